"""Which keys do what: the registry's, under the owner's settings; and how help shows them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from tui_selector.app.actions import ACTIONS, BY_ID, Action

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
        # A bar would end the cell of the table, in code too.
        part if part.isspace() or part == " … " else f"`{part}`".replace("|", r"\|")
        for part in re.split("(  | … )", shown)
    )
