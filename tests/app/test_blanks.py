"""Frames that erase in blocks leave the same screen as frames that write every cell."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.blanks import BlankCells, FrameText
from tui_selector.app.graphics.terse import terse

SIZE = Size(30, 8)
CARD, GROUND = Color.from_rgb(36, 36, 36), Color.from_rgb(8, 8, 8)
CONSOLE = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True)
PICTURE = ("picture", None)

_TOKEN = re.compile(r"\x1b\[([\d;]*)([A-Za-z])|(.)", re.DOTALL)


class Terminal:
    """Characters and grounds of the cells of a screen."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, str | None]] = {}
        self.ground: str | None = None

    def write(self, text: str) -> None:
        y = x = 0
        for found in _TOKEN.finditer(text):
            numbers = [int(number) for number in (found[1] or "").split(";") if number]
            if found[2] == "H":
                y, x = numbers[0] - 1, numbers[1] - 1
            elif found[2] == "C":
                x += numbers[0]
            elif found[2] == "D":
                x -= numbers[0]
            elif found[2] == "m":
                codes = found[1].split("48;", 1)
                if len(codes) > 1:
                    self.ground = ";".join(codes[1].split(";")[:4])
                elif codes[0] in ("", "0", "49"):
                    self.ground = None
            elif found[2] == "X":
                for column in range(x, x + numbers[0]):
                    self.cells[column, y] = " ", self.ground
            elif found[2] == "b":
                for _ in range(numbers[0]):
                    self.cells[x, y] = self.cells[x - 1, y]
                    x += 1
            elif found[0] == "\v":
                y += 1
            else:
                assert found[3] is not None, f"unknown sequence {found[0]!r}"
                assert x < SIZE.width
                self.cells[x, y] = found[3], self.ground
                x += 1
            assert y < SIZE.height, "the terminal would scroll"


def a_line(words: str, width: int, ground: Color | None, *, bold: bool = False) -> Strip:
    return Strip([Segment(words.center(width), Style(bgcolor=ground, bold=bold))], width)


GROUNDS = st.sampled_from([CARD, GROUND, None])
LEAVES = st.one_of(
    st.tuples(st.just("picture"), st.integers(1, 12), GROUNDS),
    st.tuples(st.sampled_from(["", "", "◌", "0012.jpg"]), st.integers(8, 12), GROUNDS),
)
LINES = st.lists(LEAVES, min_size=1, max_size=2)
FRAMES = st.dictionaries(st.integers(0, SIZE.height - 1), LINES, max_size=SIZE.height)

Line = list[tuple[str, int, Color | None]]


def show(
    terminal: Terminal, cells: BlankCells, frame: dict[int, Line], *, learns: bool, short: bool
) -> str:
    """Write a frame; where it has a picture, that is painted afterwards."""
    text = FrameText(cells, CONSOLE, learns=learns, erases=learns)
    painted = []
    for y, line in sorted(frame.items()):
        x = 0
        for words, width, ground in line:
            if words == "picture":
                text.picture(y, x, x + width, ground, stays=False)
                painted += [(column, y) for column in range(x, x + width)]
            else:
                text.words(y, x, a_line(words, width, ground))
            x += width
    written = text.finished()
    terminal.write(terse(written, repeats=True) if short else written)
    terminal.cells |= dict.fromkeys(painted, PICTURE)
    return written


@given(st.lists(st.tuples(FRAMES, st.booleans()), min_size=1, max_size=6), st.booleans())
def test_the_screen_is_as_if_every_cell_were_written(
    frames: list[tuple[dict[int, Line], bool]], short: bool
) -> None:
    plain, erased = Terminal(), Terminal()
    nothing, cells = BlankCells(SIZE), BlankCells(SIZE)
    for frame, slow in frames:
        show(plain, nothing, frame, learns=False, short=short)
        show(erased, cells, frame, learns=slow, short=short)
        assert erased.cells == plain.cells


def test_blanks_below_each_other_are_one_block_with_the_words_among_them() -> None:
    tile: dict[int, Line] = {y: [("◌" if y == 3 else "", 20, CARD)] for y in range(1, 7)}
    terminal, cells = Terminal(), BlankCells(SIZE)
    written = show(terminal, cells, tile, learns=True, short=False)
    assert written.count("\x1b[20X") == 6
    assert written.count("H") == 2
    assert len(written) < 110
    assert {
        column for (column, y), (character, _) in terminal.cells.items() if character > " "
    } == {9}


def test_what_is_blank_already_is_not_written() -> None:
    terminal, cells = Terminal(), BlankCells(SIZE)
    frame: dict[int, Line] = {y: [("", 12, CARD), ("0012.jpg", 12, GROUND)] for y in range(4)}
    show(terminal, cells, frame, learns=True, short=False)
    again = show(terminal, cells, frame, learns=True, short=False)
    assert " " not in again
    assert "X" not in again
    assert again.count("0012.jpg") == 4


def test_a_look_that_is_seen_on_blanks_is_written_as_it_is() -> None:
    for look in ("reverse", "underline", "strike", "link https://example.org"):
        text = FrameText(BlankCells(SIZE), CONSOLE, learns=True, erases=True)
        strip = Strip([Segment("    ", Style.parse(look))], 4)
        text.words(0, 0, strip)
        assert "\x1b[4X" not in text.finished()


def test_frames_beyond_the_screen_do_no_harm() -> None:
    cells = BlankCells(SIZE)
    cells.blank(SIZE.height, 0, 10, CARD)
    cells.blank(0, SIZE.width - 2, SIZE.width + 5, CARD)
    assert not cells.holds(SIZE.height, 0, 10, CARD)
    assert cells.holds(0, SIZE.width - 2, SIZE.width, CARD)
    assert not cells.holds(0, SIZE.width - 2, SIZE.width + 5, CARD)
