"""What an action is: one thing that can be done, and where."""

from __future__ import annotations

from typing import Literal

import msgspec

Context = Literal[
    "grid",
    "search",
    "loupe",
    "region",
    "compare",
    "groups",
    "duel",
    "evaluate",
    "criteria",
    "cross-table",
    "map",
    "timeline",
    "legend",
    "chat",
    "reading",
    "everywhere",
]
"""Where an action can be done: among the tiles, in the line that searches are typed into, on one
large photo, on the frame in which a part of it is chosen, on photos side by side, among groups of
photos that are nearly the same, on two of them between which is chosen, on the map, on the
timeline, in the list of kinds, while a question about photos is typed, among the answers, where
groups are measured, where photos are grouped by words, where two such groupings are held against
each other, or on every screen."""

GRID: tuple[Context, ...] = ("grid",)
SEARCH: tuple[Context, ...] = ("search",)
LOUPE: tuple[Context, ...] = ("loupe",)
REGION: tuple[Context, ...] = ("region",)
COMPARE: tuple[Context, ...] = ("compare",)
GROUPS: tuple[Context, ...] = ("groups",)
DUEL: tuple[Context, ...] = ("duel",)
MAP: tuple[Context, ...] = ("map",)
TIMELINE: tuple[Context, ...] = ("timeline",)
LEGEND: tuple[Context, ...] = ("legend",)
CHAT: tuple[Context, ...] = ("chat",)
READING: tuple[Context, ...] = ("reading",)
EVALUATE: tuple[Context, ...] = ("evaluate",)
CRITERIA: tuple[Context, ...] = ("criteria",)
CROSS_TABLE: tuple[Context, ...] = ("cross-table",)
LARGE: tuple[Context, ...] = ("loupe", "compare", "duel")
ONE_BY_ONE: tuple[Context, ...] = ("grid", "loupe")
TILES: tuple[Context, ...] = ("grid", "groups")
PHOTOS: tuple[Context, ...] = ("grid", "loupe", "compare", "groups", "map")
EVERYWHERE: tuple[Context, ...] = ("everywhere",)


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
