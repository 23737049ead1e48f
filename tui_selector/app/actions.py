"""Everything that can be done, once: bindings, footer, help, palette and key table are made of it.

`ACTIONS` is the registry. An action's `command` is a Textual action, which a screen of its context
answers with a method `action_<name>`. Keys are changed by the setting `keys`, action id to keys.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from textual.binding import Binding

Context = Literal["grid", "search", "loupe", "region", "compare", "everywhere"]
"""Where an action can be done: among the tiles, in the line that searches are typed into, on one
large photo, on the frame in which a part of it is chosen, on photos side by side, or on every
screen."""

GRID: tuple[Context, ...] = ("grid",)
SEARCH: tuple[Context, ...] = ("search",)
LOUPE: tuple[Context, ...] = ("loupe",)
REGION: tuple[Context, ...] = ("region",)
COMPARE: tuple[Context, ...] = ("compare",)
LARGE: tuple[Context, ...] = ("loupe", "compare")
ONE_BY_ONE: tuple[Context, ...] = ("grid", "loupe")
PHOTOS: tuple[Context, ...] = ("grid", "loupe", "compare")
EVERYWHERE: tuple[Context, ...] = ("everywhere",)

#: Keys that a terminal cannot tell from another key.
_SAME_IN_A_TERMINAL = {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace"}

_MODIFIERS = frozenset({"alt", "ctrl", "shift", "super", "hyper", "meta"})

_SHOWN = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "shift+up": "shift+↑",
    "shift+down": "shift+↓",
}


class Action(msgspec.Struct, frozen=True):
    """One thing that can be done.

    Attributes:
        id: Name in the settings; stable.
        keys: Keys that do it, in Textual's spelling; none for the palette alone.
        description: A few words for help and palette, an imperative.
        section: Heading it stands under in help and the key table.
        command: Textual action that does it, e.g. "rate(3)".
        when: The contexts it can be done in.
        footer: Word for the footer; "" keeps it out of the footer.
        family: Description that stands for neighbouring actions of the same family in help.
    """

    id: str
    keys: tuple[str, ...]
    description: str
    section: str
    command: str
    when: tuple[Context, ...]
    footer: str = ""
    family: str = ""

    def is_for(self, context: Context) -> bool:
        """Whether it is among the bindings of this context."""
        return context in self.when


def _rating(stars: int) -> Action:
    words = f"Rate {stars} star{'s' if stars > 1 else ''}"
    return Action(
        f"rate-{stars}",
        (str(stars),),
        words,
        "Decide",
        f"rate({stars})",
        PHOTOS,
        family="Rate with 1 to 5 stars",
    )


def _label(key: str, colour: str) -> Action:
    return Action(
        f"label-{colour}",
        (key,),
        f"Label {colour} (again: no label)",
        "Decide",
        f"label('{colour}')",
        PHOTOS,
        family="Label red, yellow, green, blue (again: no label)",
    )


def _tab(number: int) -> Action:
    return Action(
        f"tab-{number}",
        (f"alt+{number}",),
        f"Go to tab {number}",
        "Tabs",
        f"tab_number({number})",
        GRID,
        family="Go to tab 1 to 9",
    )


ACTIONS: tuple[Action, ...] = (
    Action("left", ("h", "left"), "Left", "Move", "move(-1, 0)", GRID),
    Action("down", ("j", "down"), "Down", "Move", "move(0, 1)", GRID),
    Action("up", ("k", "up"), "Up", "Move", "move(0, -1)", GRID),
    Action("right", ("l", "right"), "Right", "Move", "move(1, 0)", GRID),
    Action("first", ("g", "home"), "First photo", "Move", "first", ONE_BY_ONE),
    Action("last", ("G", "end"), "Last photo", "Move", "last", ONE_BY_ONE),
    Action("page-up", ("pageup", "ctrl+b"), "Page up", "Move", "page(-1)", GRID),
    Action("page-down", ("pagedown", "ctrl+f"), "Page down", "Move", "page(1)", GRID),
    *(
        Action(f"look-{way}", (key, way), words, "Loupe", f"look({step})", LOUPE)
        for way, key, step, words in (
            ("left", "h", "-1, 0", "Previous photo; zoomed: pan left; video: 1 s back"),
            ("right", "l", "1, 0", "Next photo; zoomed: pan right; video: 1 s on"),
            ("up", "k", "0, -1", "Previous photo; zoomed: pan up"),
            ("down", "j", "0, 1", "Next photo; zoomed: pan down"),
        )
    ),
    *(
        Action(
            f"nudge-{way}",
            (f"shift+{way}",),
            f"Pan {way} by a little",
            "Loupe",
            f"nudge({step})",
            LARGE,
            family="Zoomed: pan by a little; video: a frame back or on",
        )
        for way, step in (("left", "-1, 0"), ("right", "1, 0"), ("up", "0, -1"), ("down", "0, 1"))
    ),
    *(
        Action(
            f"{way}-moment",
            (key,),
            f"Video: the {way} scene",
            "Loupe",
            f"moment({by})",
            LOUPE,
            family="Video: the previous or next scene",
        )
        for way, key, by in (("previous", "[", -1), ("next", "]", 1))
    ),
    Action(
        "export-frame",
        ("E",),
        "Video: write this frame as a photo of its own",
        "Loupe",
        "export_frame",
        LOUPE,
    ),
    Action("leave", ("escape",), "Back to the grid", "Loupe", "back", LARGE, "back"),
    Action("previous-photo", ("N", "pageup"), "Previous photo", "Loupe", "step(-1)", LOUPE),
    Action("next-photo", ("n", "pagedown"), "Next photo", "Loupe", "step(1)", LOUPE, "next"),
    Action("zoom", ("z",), "Zoom to 100 %, or fit", "Loupe", "toggle_zoom", LARGE, "zoom"),
    Action("zoom-in", ("+",), "Zoom in", "Loupe", "zoom_photo(1)", LARGE),
    Action("zoom-out", ("-",), "Zoom out", "Loupe", "zoom_photo(-1)", LARGE),
    Action("histogram", ("H",), "Show or hide the histogram", "Loupe", "histogram", LOUPE),
    Action(
        "clipping", ("C",), "Paint lost shadows and highlights", "Loupe", "paint('clipping')", LARGE
    ),
    Action("focus-peaking", ("F",), "Paint what is in focus", "Loupe", "paint('focus')", LARGE),
    Action(
        "why", ("W",), "Why: show where the words, or the tags, are", "Loupe", "why", LOUPE, "why"
    ),
    Action("why-word", ("w",), "Why: the next word by itself", "Loupe", "why_word", LOUPE),
    *(
        Action(
            f"why-{id_}",
            (key,),
            f"Why: {words}",
            "Loupe",
            f"why_opacity({step})",
            LOUPE,
            family="Why: less or more over the photo",
        )
        for id_, key, words, step in (
            ("weaker", "<", "less over the photo", -1),
            ("stronger", ">", "more over the photo", 1),
        )
    ),
    *(
        Action(f"beside-{way}", (key, way), words, "Compare", f"look({step})", COMPARE)
        for way, key, step, words in (
            ("left", "h", "-1, 0", "The photo to the left; zoomed: pan left"),
            ("right", "l", "1, 0", "The photo to the right; zoomed: pan right"),
            ("up", "k", "0, -1", "The photo above; zoomed: pan up"),
            ("down", "j", "0, 1", "The photo below; zoomed: pan down"),
        )
    ),
    Action("next-pane", ("tab",), "The next photo", "Compare", "pane(1)", COMPARE, "next"),
    Action("previous-pane", ("shift+tab",), "The photo before", "Compare", "pane(-1)", COMPARE),
    Action("lock", ("L",), "Lock or unlock zoom and pan", "Compare", "lock", COMPARE, "lock"),
    Action("align", ("=",), "All look where this one looks", "Compare", "align", COMPARE),
    Action("swap", ("s",), "Swap with the next photo", "Compare", "swap", COMPARE),
    Action(
        "drop-worst",
        ("w",),
        "Drop the least sharp from the comparison",
        "Compare",
        "drop_worst",
        COMPARE,
        "drop worst",
    ),
    Action("drop", ("backspace",), "Drop this one from the comparison", "Compare", "drop", COMPARE),
    Action(
        "reject-dropped",
        ("X",),
        "Reject what was dropped last",
        "Compare",
        "reject_dropped",
        COMPARE,
    ),
    Action(
        "next-instead",
        ("n", "pagedown"),
        "The next photo of the tab instead of this one",
        "Compare",
        "replace_photo(1)",
        COMPARE,
    ),
    Action(
        "previous-instead",
        ("N", "pageup"),
        "The photo before instead of this one",
        "Compare",
        "replace_photo(-1)",
        COMPARE,
    ),
    Action("pick", ("p",), "Pick", "Decide", "flag(1)", PHOTOS, footer="pick"),
    Action("reject", ("x",), "Reject", "Decide", "flag(-1)", PHOTOS, footer="reject"),
    Action("unflag", ("U",), "Neither pick nor reject", "Decide", "flag(0)", PHOTOS),
    *(_rating(stars) for stars in range(1, 6)),
    Action("rate-0", ("0",), "Clear the rating", "Decide", "rate(0)", PHOTOS),
    _label("6", "red"),
    _label("7", "yellow"),
    _label("8", "green"),
    _label("9", "blue"),
    Action(
        "trash", ("d", "delete"), "Move to the trash", "Decide", "trash", PHOTOS, footer="trash"
    ),
    Action("undo", ("u", "ctrl+z"), "Undo", "Decide", "undo", PHOTOS, footer="undo"),
    Action("redo", ("ctrl+r",), "Redo", "Decide", "redo", PHOTOS),
    Action("mark", ("space",), "Mark and advance", "Mark", "mark", PHOTOS, footer="mark"),
    Action("range", ("v",), "Mark a range: begin, end", "Mark", "visual", GRID),
    Action("mark-all", ("ctrl+a",), "Mark all in this tab", "Mark", "mark_all", GRID),
    Action("invert-marks", ("I",), "Invert the marks in this tab", "Mark", "invert_marks", GRID),
    Action("unmark-all", ("ctrl+u",), "Unmark all, in every tab", "Mark", "unmark_all", PHOTOS),
    Action(
        "edit-tags",
        ("e",),
        "Give tags and take tags away: marked photos, or this one",
        "Decide",
        "edit_tags",
        ONE_BY_ONE,
    ),
    Action("previous-tab", ("[",), "Previous tab", "Tabs", "tab(-1)", GRID),
    Action("next-tab", ("]",), "Next tab", "Tabs", "tab(1)", GRID, footer="tab"),
    *(_tab(number) for number in range(1, 10)),
    Action("rename-tab", ("r",), "Rename this tab", "Tabs", "rename_tab", GRID),
    Action("merge-tab", ("m",), "Merge this tab into another", "Tabs", "merge_tab", GRID),
    Action("split-tab", ("S",), "Split this tab into look-alikes", "Tabs", "split_tab", GRID),
    Action("move-photos", ("t",), "Move photos to another tab", "Tabs", "move_photos", GRID),
    Action("loupe", ("enter",), "Look at the photo large", "View", "loupe", GRID, footer="loupe"),
    Action("compare", ("=",), "Compare 2 to 4 marked photos", "View", "compare", GRID, "compare"),
    Action("back", ("escape",), "Back: end the range, close the panel", "View", "back", GRID),
    Action("info", ("i",), "Show or hide what is known of the photo", "View", "info", ONE_BY_ONE),
    Action("algorithm", ("a",), "Choose how the tabs are made", "View", "algorithm", GRID),
    Action("filter", ("f",), "Only undecided photos, or all", "View", "filter", GRID, "filter"),
    Action("tags", ("#",), "Show photos by their tags", "View", "tags", GRID),
    Action("order", ("o",), "Order by name or by capture time", "View", "order", GRID),
    Action("larger", ("+",), "Larger tiles", "View", "zoom_tiles(1)", GRID),
    Action("smaller", ("-",), "Smaller tiles", "View", "zoom_tiles(-1)", GRID),
    Action("problems", ("!",), "Files that could not be read", "View", "problems", GRID),
    Action(
        "search", ("/",), "Search: words, photos, tags, filters", "Search", "search", GRID, "search"
    ),
    Action(
        "similar",
        ("s",),
        "Photos like this one, or like the marked ones (rejected: not like those)",
        "Search",
        "similar",
        ONE_BY_ONE,
    ),
    Action(
        "region",
        ("R",),
        "Photos like a part of this one (mouse: drag with the right button)",
        "Search",
        "region",
        LOUPE,
    ),
    *(
        Action(
            f"region-{way}",
            (key, way),
            f"Move the frame {way}",
            "Search",
            f"move_region({step})",
            REGION,
            family="The frame of a part: move it",
        )
        for way, key, step in (
            ("left", "h", "-1, 0"),
            ("down", "j", "0, 1"),
            ("up", "k", "0, -1"),
            ("right", "l", "1, 0"),
        )
    ),
    *(
        Action(
            f"region-{id_}",
            keys,
            f"Make the frame {words}",
            "Search",
            f"size_region({step})",
            REGION,
            family="The frame of a part: narrower, higher, lower, wider",
        )
        for id_, keys, words, step in (
            ("narrower", ("H", "shift+left"), "narrower", "-1, 0"),
            ("higher", ("J", "shift+down"), "higher", "0, 1"),
            ("lower", ("K", "shift+up"), "lower", "0, -1"),
            ("wider", ("L", "shift+right"), "wider", "1, 0"),
        )
    ),
    Action(
        "region-go",
        ("enter",),
        "The frame of a part: photos like it",
        "Search",
        "choose_region",
        REGION,
    ),
    Action(
        "region-leave",
        ("escape",),
        "The frame of a part: leave it",
        "Search",
        "leave_region",
        REGION,
    ),
    Action("next-hit", ("n",), "Next photo found", "Search", "hit(1)", GRID),
    Action("previous-hit", ("N",), "Previous photo found", "Search", "hit(-1)", GRID),
    Action("threshold", ("w",), "Threshold and weights of the search", "Search", "threshold", GRID),
    Action("keep-search", ("K",), "Keep this search as a tab", "Search", "keep_search", GRID),
    Action("forget-search", (), "Remove this search's tab", "Search", "forget_search", GRID),
    *(
        Action(
            f"search-{id_}", (key,), f"In the search line: {words}", "Search", does, SEARCH, footer
        )
        for id_, key, words, does, footer in (
            ("go", "enter", "go to the photos found", "submit", "photos"),
            ("leave", "escape", "back to the tab as it was", "leave", "back"),
            ("older", "up", "the search before", "recall(1)", "search before"),
            ("newer", "down", "the search after", "recall(-1)", ""),
            ("complete", "tab", "complete; again: the next", "complete(1)", "complete"),
            ("complete-back", "shift+tab", "the completion before", "complete(-1)", ""),
            ("panel", "ctrl+t", "threshold and weights", "panel", "threshold"),
        )
    ),
    Action("pause", (), "Pause or go on indexing", "Application", "pause", EVERYWHERE),
    Action("rescan", (), "Compare the folder again", "Application", "rescan", EVERYWHERE),
    Action("traffic", ("T",), "Show the link's speed", "Application", "traffic", EVERYWHERE),
    Action("suspend", (), "Go back to the shell", "Application", "suspend_process", EVERYWHERE),
    Action("theme", (), "Choose a theme", "Application", "change_theme", EVERYWHERE),
    Action("help", ("?", "f1"), "Every key", "Application", "show_keys", EVERYWHERE, footer="help"),
    Action(
        "palette", ("ctrl+p", ":"), "Find a command", "Application", "command_palette", EVERYWHERE
    ),
    Action("quit", ("q", "ctrl+q"), "Quit", "Application", "quit", EVERYWHERE, footer="quit"),
)

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


class Keymap(msgspec.Struct, frozen=True):
    """Which keys do what, after the owner's settings.

    Attributes:
        keys: Action id to its keys.
        complaints: One sentence for every setting that was passed over.
    """

    keys: Mapping[str, tuple[str, ...]]
    complaints: tuple[str, ...] = ()

    def shown(self, action_id: str) -> str:
        """The keys of an action as help shows them, e.g. "h  ←"; "" where it has none."""
        return "  ".join(shown_key(key) for key in self.keys[action_id])

    def first(self, action_id: str) -> str:
        """The key that sentences name; "the palette" where the action has none."""
        keys = self.keys[action_id]
        return shown_key(keys[0]) if keys else "the palette"

    def overrides(self) -> dict[str, str]:
        """What differs from the registry, as `textual.app.App.set_keymap` takes it."""
        return {
            action.id: ",".join(self.keys[action.id])
            for action in ACTIONS
            if self.keys[action.id] != action.keys
        }


def keymap(settings: Mapping[str, str] | None = None) -> Keymap:
    """The keys of every action, with the owner's in the place of the registry's.

    A setting that names no action, no key, or a key that another action has in the same context is
    passed over with a sentence; the action keeps its own keys then.

    Args:
        settings: Action id to keys, comma-separated.
    """
    keys = {action.id: action.keys for action in ACTIONS}
    complaints: list[str] = []
    for id_, text in (settings or {}).items():
        wanted = tuple(key.strip() for key in text.split(","))
        complaint = _fault(id_, wanted)
        if complaint:
            complaints.append(complaint)
        else:
            keys[id_] = wanted
    while clash := _first_clash(keys):
        loser, key, owner = clash
        complaints.append(
            f"The key '{shown_key(key)}' cannot be '{loser.id}': it is already '{owner.id}'"
            f" ({owner.description}). '{loser.id}' keeps {_spoken(loser.keys)}; give"
            f" '{owner.id}' another key too."
        )
        keys[loser.id] = loser.keys
    return Keymap(keys, tuple(complaints))


def _fault(id_: str, wanted: tuple[str, ...]) -> str:
    """What is wrong with one entry of the setting, or ""."""
    if id_ not in BY_ID:
        near = difflib.get_close_matches(id_, BY_ID, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "the help screen lists them all."
        return f"There is no action '{id_}' to give a key to; {hint}"
    for key in wanted:
        if key in _SAME_IN_A_TERMINAL:
            same = _SAME_IN_A_TERMINAL[key]
            return f"'{key}' cannot be a key for '{id_}': a terminal sends it as '{same}'."
        if not _is_key(key):
            return f"'{key}' is no key ('{id_}' in the settings); write 'p', 'ctrl+p' or 'f5'."
    return ""


def _is_key(key: str) -> bool:
    from textual.keys import Keys

    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if not set(modifiers) <= _MODIFIERS:
        return False
    if len(last) == 1:
        return last.isprintable() and (bool(modifiers) or last != ",")
    return last in {str(known.value) for known in Keys}


def _first_clash(keys: Mapping[str, tuple[str, ...]]) -> tuple[Action, str, Action] | None:
    """The first action with a changed key that another action has in a context they share."""
    for action in ACTIONS:
        if keys[action.id] == action.keys:
            continue
        for other in ACTIONS:
            if other is action or not _meet(action, other):
                continue
            for key in keys[action.id]:
                if key in keys[other.id]:
                    return action, key, other
    return None


def _meet(one: Action, other: Action) -> bool:
    return (
        bool(set(one.when) & set(other.when))
        or "everywhere" in one.when
        or "everywhere" in other.when
    )


def shown_key(key: str) -> str:
    """A key as help and sentences show it: "←", "page up", "ctrl+a"."""
    return _SHOWN.get(key, key)


def _spoken(keys: tuple[str, ...]) -> str:
    return " and ".join(f"'{shown_key(key)}'" for key in keys) if keys else "no key"


def bindings(*contexts: Context) -> list[Binding]:
    """The bindings of a screen, or of the application for "everywhere"."""
    from textual.binding import Binding

    return [
        Binding(
            ",".join(action.keys),
            action.command,
            action.footer or action.description,
            show=bool(action.footer),
            id=action.id,
            tooltip=action.description,
        )
        for action in ACTIONS
        if action.keys and any(action.is_for(context) for context in contexts)
    ]


def sections(
    keys: Keymap, actions: Iterable[Action] = ACTIONS
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Help, section by section: the heading and its rows of keys and description.

    Families become one row; an action without a key has "palette" in its place.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for (section, _), some in groupby(actions, lambda each: (each.section, each.family or each.id)):
        members = list(some)
        if len(members) == 1:
            row = (keys.shown(members[0].id) or "palette", members[0].description)
        else:
            row = (_span(keys, members), members[0].family)
        found.setdefault(section, []).append(row)
    yield from found.items()


def _span(keys: Keymap, members: list[Action]) -> str:
    """The keys of a family: "1 … 5" as the registry has them, else each."""
    if all(keys.keys[member.id] == member.keys for member in members):
        return f"{keys.first(members[0].id)} … {keys.first(members[-1].id)}"
    return "  ".join(keys.first(member.id) for member in members if keys.keys[member.id])


def key_table() -> str:
    """The table of keys in Markdown, as the README has it."""
    lines = ["| key | does |", "|---|---|"]
    for section, rows in sections(keymap()):
        lines.append(f"| **{section}** | |")
        lines.extend(f"| {_code(shown)} | {description} |" for shown, description in rows)
    return "\n".join(lines) + "\n"


def _code(shown: str) -> str:
    if shown == "palette":
        return shown
    return "".join(
        part if part.isspace() or part == " … " else f"`{part}`"
        for part in re.split("(  | … )", shown)
    )
