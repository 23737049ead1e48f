"""What is known of terminals that give themselves a name (XTVERSION), and which way suits them.

A terminal's answers say which protocols it speaks; the table says which of them it speaks well.
Only placeholders need the table to be chosen: no question asks for them.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Kind = Literal["kitty", "classic", "sixel", "halfcell", "off"]
"""Ways to draw: kitty pictures placed by Unicode placeholders, kitty pictures placed at a cell
("classic"), Sixel, half blocks, nothing."""

Graphics = Literal["auto", "kitty", "classic", "sixel", "halfcell", "off"]
"""What can be asked for; "auto" leaves it to the terminal."""


class KnownTerminal(msgspec.Struct, frozen=True):
    """A row of the table.

    Attributes:
        name: As people call it.
        pattern: Regular expression for the beginning of the name that it gives itself, lower case.
        ways: Ways to draw that it may offer, the best first.
        why: Why in this order, or why others are missing; a sentence.
        since: First version that the row is about.
        truecolour: Whether it draws 24-bit colours.
        repeats: Whether it knows REP, which says how often the last character comes again, and
            erases in the colour of the ground; where that was not found out it is False.
    """

    name: str
    pattern: str
    ways: tuple[Kind, ...]
    why: str
    since: tuple[int, int] = (0, 0)
    truecolour: bool = True
    repeats: bool = False


TERMINALS: tuple[KnownTerminal, ...] = (
    KnownTerminal(
        "kitty",
        r"kitty\(",
        ("kitty", "classic"),
        "Placeholders are kitty's own: pictures move, clip and vanish with the text.",
        since=(0, 28),
        repeats=True,
    ),
    KnownTerminal(
        "kitty before 0.28",
        r"kitty\(",
        ("classic",),
        "Unicode placeholders came with kitty 0.28.",
        repeats=True,
    ),
    KnownTerminal(
        "Ghostty",
        r"ghostty\b",
        ("kitty", "classic"),
        "It draws placeholders since its first release.",
        repeats=True,
    ),
    KnownTerminal(
        "Konsole",
        r"konsole\b",
        ("classic", "sixel"),
        "It draws no placeholders, but keeps a picture by its id and places it again without a new "
        "transfer, which Sixel cannot.",
    ),
    # Kitty placements become attributes of cells there: deleting or moving one after a resize
    # leaves pieces behind (wezterm issues 2422 and 5892).
    KnownTerminal(
        "WezTerm",
        r"wezterm\b",
        ("sixel", "classic"),
        "It draws no placeholders and leaves pieces behind where kitty placements move; its Sixel "
        "is sound.",
        repeats=True,
    ),
    KnownTerminal(
        "iTerm2",
        r"iterm2\b",
        ("sixel", "classic"),
        "It draws no placeholders; its Sixel is older and better tried than its kitty graphics.",
    ),
    # Placements live in the text cells of xterm.js and are overwritten with them (xterm.js 6098).
    KnownTerminal(
        "xterm.js (VS Code and others)",
        r"xterm\.js\b",
        ("sixel", "classic"),
        "It draws no placeholders, and its kitty placements are younger than its Sixel.",
        repeats=True,
    ),
    KnownTerminal(
        "foot", r"foot\(", ("sixel",), "It speaks Sixel and no kitty graphics.", repeats=True
    ),
    KnownTerminal("mlterm", r"mlterm\b", ("sixel",), "It speaks Sixel and no kitty graphics."),
    KnownTerminal(
        "contour", r"contour\b", ("sixel",), "It speaks Sixel and no kitty graphics.", repeats=True
    ),
    KnownTerminal("mintty", r"mintty\b", ("sixel",), "It speaks Sixel and no kitty graphics."),
    KnownTerminal(
        "xterm",
        r"xterm\(",
        ("sixel",),
        "It speaks Sixel where it was started as a VT340 (`xterm -ti vt340`).",
        truecolour=False,
        repeats=True,
    ),
    KnownTerminal(
        "VTE (GNOME Terminal and others)",
        r"vte\(",
        ("sixel",),
        "It speaks Sixel only where it was built so, as for Black Box.",
        repeats=True,
    ),
)
"""Every row says what is safe: a way counts only where the terminal's answers confirm it."""

UNKNOWN_WAYS: tuple[Kind, ...] = ("sixel", "classic")
"""Ways for a terminal that is not in the table. Who speaks Sixel and kitty graphics often took up
the latter last and in part, so Sixel goes first; placeholders are never guessed, as a terminal
without them shows odd letters in place of every photo. Windows Terminal is one that gives no name.
"""


def look_up(name: str) -> KnownTerminal | None:
    """The row for a terminal.

    Args:
        name: Name and version that it gives itself, such as "kitty(0.41.1)".
    """
    lowered = name.lower()
    found = re.search(r"(\d+)\.(\d+)", lowered)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    for row in TERMINALS:
        if re.match(row.pattern, lowered) and version >= row.since:
            return row
    return None
