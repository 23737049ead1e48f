"""Everything that can be done, once: bindings, footer, help, palette and key table are made of it.

`ACTIONS` is the registry. An action's `command` is a Textual action, which a screen of its context
answers with a method `action_<name>`. Keys are changed by the setting `keys`, action id to keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui_selector.app.action import (
    COMPARE,
    EVERYWHERE,
    GRID,
    LOUPE,
    ONE_BY_ONE,
    PHOTOS,
    REGION,
    SEARCH,
    TILES,
    Action,
    Context,
)
from tui_selector.app.chat_actions import CHAT_ACTIONS
from tui_selector.app.criteria_actions import CRITERIA_ACTIONS
from tui_selector.app.evaluate_actions import EVALUATE_ACTIONS
from tui_selector.app.export_actions import EXPORT_ACTIONS
from tui_selector.app.group_actions import GROUP_ACTIONS
from tui_selector.app.large_actions import LARGE_ACTIONS
from tui_selector.app.map_actions import MAP_ACTIONS
from tui_selector.app.table_actions import LEGEND_ACTIONS, TABLE_ACTIONS, TIMELINE_ACTIONS

__all__ = [
    "ACTIONS",
    "BY_ID",
    "COMPARE",
    "EVERYWHERE",
    "GRID",
    "LOUPE",
    "Action",
    "Context",
    "bindings",
]

if TYPE_CHECKING:
    from textual.binding import Binding


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
        (key,) if key else (),
        f"Label {colour} (again: no label)",
        "Decide",
        f"label('{colour}')",
        PHOTOS,
        family="Label red, yellow, green, blue (again: no label)" if key else "",
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
    Action("left", ("h", "left"), "Left", "Move", "move(-1, 0)", TILES),
    Action("down", ("j", "down"), "Down", "Move", "move(0, 1)", TILES),
    Action("up", ("k", "up"), "Up", "Move", "move(0, -1)", TILES),
    Action("right", ("l", "right"), "Right", "Move", "move(1, 0)", TILES),
    Action("first", ("g", "home"), "First photo", "Move", "first", (*TILES, "loupe")),
    Action("last", ("G", "end"), "Last photo", "Move", "last", (*TILES, "loupe")),
    Action("page-up", ("pageup", "ctrl+b"), "Page up", "Move", "page(-1)", TILES),
    Action("page-down", ("pagedown", "ctrl+f"), "Page down", "Move", "page(1)", TILES),
    *LARGE_ACTIONS,
    *GROUP_ACTIONS,
    *MAP_ACTIONS,
    Action("pick", ("p",), "Pick", "Decide", "flag(1)", PHOTOS, footer="pick"),
    Action("reject", ("x",), "Reject", "Decide", "flag(-1)", PHOTOS, footer="reject"),
    Action("unflag", ("U",), "Neither pick nor reject", "Decide", "flag(0)", PHOTOS),
    *(_rating(stars) for stars in range(1, 6)),
    Action("rate-0", ("0",), "Clear the rating", "Decide", "rate(0)", PHOTOS),
    _label("6", "red"),
    _label("7", "yellow"),
    _label("8", "green"),
    _label("9", "blue"),
    _label("", "purple"),
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
    Action(
        "drop-ask",
        (),
        "Ask again whether dropped files are copied or moved",
        "Tabs",
        "ask_how_to_bring",
        GRID,
    ),
    Action("split-tab", ("S",), "Split this tab into look-alikes", "Tabs", "split_tab", GRID),
    Action("move-photos", ("t",), "Move photos to another tab", "Tabs", "move_photos", GRID),
    Action("loupe", ("enter",), "Look at the photo large", "View", "loupe", GRID, footer="loupe"),
    Action("compare", ("=",), "Compare 2 to 4 marked photos", "View", "compare", GRID, "compare"),
    Action(
        "groups",
        ("D",),
        "Near-duplicates and bursts, group by group",
        "View",
        "groups",
        GRID,
        "groups",
    ),
    Action("map", ("M",), "Map: photos that look alike lie together", "View", "map", GRID, "map"),
    Action("back", ("escape",), "Back: end the range, close the panel", "View", "back", GRID),
    Action("info", ("i",), "Show or hide what is known of the photo", "View", "info", ONE_BY_ONE),
    Action("algorithm", ("a",), "Choose how the tabs are made", "View", "algorithm", GRID),
    Action("filter", ("f",), "Only undecided photos, or all", "View", "filter", GRID, "filter"),
    Action(
        "fold",
        ("F",),
        "Fold groups: only the best of each, or all (D finds them)",
        "View",
        "fold",
        GRID,
    ),
    Action("tags", ("#",), "Show photos by their tags", "View", "tags", GRID),
    Action("order", ("o",), "Order by name or by capture time", "View", "order", GRID),
    Action("larger", ("+",), "Larger tiles", "View", "zoom_tiles(1)", TILES),
    Action("smaller", ("-",), "Smaller tiles", "View", "zoom_tiles(-1)", TILES),
    *TABLE_ACTIONS,
    *LEGEND_ACTIONS,
    *TIMELINE_ACTIONS,
    *CRITERIA_ACTIONS,
    *EVALUATE_ACTIONS,
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
    *CHAT_ACTIONS,
    *EXPORT_ACTIONS,
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
