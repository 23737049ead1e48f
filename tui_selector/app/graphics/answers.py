"""The questions to a terminal, and what its answers look like among typed keys and noise.

Source: xterm's ctlseqs (XTVERSION, DA1, XTSMGRAPHICS, window reports) and the kitty graphics
protocol.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_QUERY_ID = 31

NAME = b"\x1b[>0q"
PICTURES = b"\x1b_Gi=%d,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" % _QUERY_ID
CELL_SIZE = b"\x1b[16t"
ATTRIBUTES = b"\x1b[c"

_SIZES = (
    CELL_SIZE,
    b"\x1b[14t",  # size of the window in pixels
    b"\x1b[?1;1;0S",  # colour registers
    b"\x1b[?2;1;0S",  # largest Sixel picture
)

QUESTIONS = b"".join((NAME, PICTURES, *_SIZES, ATTRIBUTES))
"""All questions in one write. The last is answered by every terminal, so its answer ends the
wait."""

QUESTIONS_TO_MULTIPLEXERS = b"".join((NAME, *_SIZES, ATTRIBUTES))
"""The same for tmux and screen, which would take the question for pictures as a window title."""

QUESTION_FOR_PICTURES = PICTURES + ATTRIBUTES
"""What is left to be asked where a multiplexer was expected and none was there."""

_SHAPES = (
    "\x1bP[^\x1b\x07]{0,300}(?:\x1b\\\\|\x07)",  # name and version
    "\x1b_G[^\x1b]{0,300}\x1b\\\\",  # kitty graphics
    r"\x1b\[[46];\d{1,5};\d{1,5}t",  # sizes in pixels
    r"\x1b\[\?[\d;]{0,100}[cS]",  # device attributes, Sixel limits
)
_BEGINNINGS = (
    "\x1bP[^\x1b\x07]{0,300}\x1b?",
    "\x1b_[^\x1b]{0,300}\x1b?",
    r"\x1b(?:\[(?:[46?][\d;]{0,100})?)?",
)
_LAST = r"\x1b\[\?[\d;]{0,100}c"

ANSWER = "|".join(_SHAPES)
"""Regular expression of any answer."""

BEGUN = f"(?:{'|'.join(_BEGINNINGS)})$"
"""Regular expression of the beginning of an answer at the end of what has come."""

LAST = _LAST
"""Regular expression of the answer to the last question."""

CELL = r"\x1b\[6;(\d{1,5});(\d{1,5})t"
"""Regular expression of the size of a cell: height, then width."""

_ANSWER = re.compile(ANSWER.encode())
_LAST_ANSWER = re.compile(LAST.encode())
_NAME = re.compile(rb"\x1bP>\|([^\x1b\x07]{0,200})(?:\x1b\\|\x07)")
_PICTURES = re.compile(rb"\x1b_Gi=%d;OK\x1b\\" % _QUERY_ID)
_CELL = re.compile(CELL.encode())
_WINDOW = re.compile(rb"\x1b\[4;(\d{1,5});(\d{1,5})t")
_COLOURS = re.compile(rb"\x1b\[\?1;0;(\d{1,9})S")
_LARGEST = re.compile(rb"\x1b\[\?2;0;(\d{1,5});(\d{1,5})S")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")

CellSource = Literal["terminal", "window", "kernel", "guess"]
"""Where a cell's size comes from: the terminal said it, or it said the window's size, or the kernel
knows the window's size, or nobody does."""


class Answers(msgspec.Struct, frozen=True):
    """What the terminal said.

    Attributes:
        name: Name and version that it gives itself; "" if it does not.
        kitty: Whether it takes kitty graphics.
        sixel: Whether its device attributes name Sixel.
        cell: Width and height of a cell in pixels; None if unknown.
        cell_source: Where `cell` comes from.
        colours: Colour registers for Sixel; 0 if unknown.
        largest: Width and height in pixels of the largest Sixel picture; zeros if unknown.
        answered: Whether anything was understood.
        terminal: Whether there was a terminal to ask.
        complete: Whether the last question was answered.
        round_trip: Seconds from the questions to the first answer; 0 if there was none.
        typed: What was typed meanwhile; may end in the beginning of an answer.
    """

    name: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    cell_source: CellSource = "guess"
    colours: int = 0
    largest: tuple[int, int] = (0, 0)
    answered: bool = False
    terminal: bool = False
    complete: bool = False
    round_trip: float = 0.0
    typed: bytes = b""


Window = tuple[int, int, int, int]
"""Rows, columns, width and height in pixels as the kernel knows them; zeros where it does not."""


def parse(data: bytes, window: Window, round_trip: float = 0.0) -> Answers:
    """Read the answers out of what came from the terminal, keys and noise among it.

    Args:
        data: The bytes.
        window: The window as the kernel knows it.
        round_trip: Seconds from the questions to the first answer.
    """
    name = _NAME.search(data)
    attributes = _ATTRIBUTES.search(data)
    kitty = _PICTURES.search(data) is not None
    colours, largest = _COLOURS.search(data), _LARGEST.search(data)
    cell, source = _cell(data, window)
    return Answers(
        name=_printable(name[1]) if name else "",
        kitty=kitty,
        sixel=attributes is not None and b"4" in attributes[1].split(b";"),
        cell=cell,
        cell_source=source,
        colours=int(colours[1]) if colours else 0,
        largest=(int(largest[1]), int(largest[2])) if largest else (0, 0),
        answered=bool(name or attributes or kitty),
        terminal=True,
        complete=attributes is not None,
        round_trip=round_trip,
        typed=_ANSWER.sub(b"", data),
    )


def has_answer(data: bytes) -> bool:
    """Whether any answer is in it whole."""
    return _ANSWER.search(data) is not None


def count_last(data: bytes) -> int:
    """How many times the last question was answered."""
    return len(_LAST_ANSWER.findall(data))


def _printable(name: bytes) -> str:
    text = name.decode("ascii", "replace")
    return "".join(character for character in text if character.isprintable())


def _cell(data: bytes, window: Window) -> tuple[tuple[int, int] | None, CellSource]:
    rows, columns, _, _ = window
    if found := _CELL.search(data):
        cell = plausible_cell(int(found[2]), int(found[1]))
        if cell is not None:
            return cell, "terminal"
    if (found := _WINDOW.search(data)) and rows and columns:
        cell = plausible_cell(int(found[2]) // columns, int(found[1]) // rows)
        if cell is not None:
            return cell, "window"
    cell = cell_of(window)
    return cell, "kernel" if cell else "guess"


def cell_of(window: Window) -> tuple[int, int] | None:
    """Width and height of a cell in pixels by the kernel's knowledge of the window, if any."""
    rows, columns, width, height = window
    return plausible_cell(width // columns, height // rows) if rows and columns else None


def plausible_cell(width: int, height: int) -> tuple[int, int] | None:
    """The size of a cell in pixels, None if no font is like that."""
    return (width, height) if 3 <= width <= 200 and 5 <= height <= 400 else None
