"""Partial frames that erase blanks block by block, and only where something else stands.

The text of a grid is mostly blank: grounds of tiles, one line like the other, and gaps between them
that stay as they are. On a slow line a frame that scrolls is therefore not written line by line.
What is known to be blank already is left out; other blanks below each other are erased downwards
(ECH, ECMA-48 8.3.38, and VT), which takes six bytes a line, and the words among them with them; and
then come the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec
from rich.color import Color
from rich.console import Console
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.sequences import move_to
from tui_selector.app.graphics.strips import LazyStrip

_MOST_GROUNDS = 255
_PLAIN = Style.null()


class BlankCells:
    """The cells of a screen that are known to be blank, each with its ground."""

    def __init__(self, size: Size) -> None:
        self._rows = [bytearray(size.width) for _ in range(size.height)]
        # A ground is known by a number from 1 on; 0 stands for anything else.
        self._numbers: dict[Color | None, int] = {}

    def holds(self, y: int, x: int, end: int, ground: Color | None) -> bool:
        """Whether these cells are known to be blank on this ground."""
        number = self._numbers.get(ground)
        if number is None or not 0 <= y < len(self._rows):
            return False
        return self._rows[y].count(number, x, end) == end - x

    def blank(self, y: int, x: int, end: int, ground: Color | None) -> None:
        """Know that these cells are blank from now on."""
        numbers = self._numbers
        if ground not in numbers and len(numbers) < _MOST_GROUNDS:
            numbers[ground] = len(numbers) + 1
        self._note(y, x, end, numbers.get(ground, 0))

    def forget(self, y: int, x: int, end: int) -> None:
        """Know nothing of these cells any more."""
        self._note(y, x, end, 0)

    def move(self, top: int, bottom: int, up: int) -> None:
        """Know that the lines `top` up to `bottom` have moved up, or down where it is negative."""
        lines = self._rows[top:bottom]
        fresh = [bytearray(len(line)) for line in lines[: abs(up)]]
        self._rows[top:bottom] = [*lines[up:], *fresh] if up > 0 else [*fresh, *lines[:up]]

    def _note(self, y: int, x: int, end: int, number: int) -> None:
        if 0 <= y < len(self._rows):
            row = self._rows[y]
            end = min(end, len(row))
            row[x:end] = bytes((number,)) * max(0, end - x)


class _Block(msgspec.Struct):
    """Blanks below each other on one ground."""

    x: int
    end: int
    top: int
    bottom: int

    @property
    def sequence(self) -> str:
        return erasing(self.x, self.end, self.top, self.bottom)


def erasing(x: int, end: int, top: int, bottom: int) -> str:
    """What erases the columns `x` up to `end` of the lines `top` up to `bottom`."""
    return move_to(x, top) + "\v".join([f"\x1b[{end - x}X"] * (bottom - top))


class _Parts(NamedTuple):
    """Words on one ground: how many cells are blank before and behind them, and the ground."""

    before: int
    has_words: bool
    after: int
    ground: Color | None


class _Run(msgspec.Struct):
    """Cells side by side on one ground: which of them are blank, and which are to be pictures'."""

    y: int
    x: int
    end: int
    ground: Color | None
    blanks: list[tuple[int, int]]
    pictures: list[tuple[int, int]]
    words: list[tuple[int, int]]


class FrameText:
    """Puts the text of a frame together, piece by piece in reading order."""

    def __init__(self, cells: BlankCells, console: Console, *, learns: bool, erases: bool) -> None:
        """
        Args:
            cells: What is known of the screen.
            console: Renders text.
            learns: Whether to look for blanks in the text; they are known from then on.
            erases: Whether to leave out blanks that are there, and to erase others in blocks.
        """
        self._cells, self._console = cells, console
        self.learns, self._erases = learns, erases
        self._out: list[str] = []
        self._at = (-1, -1)
        # What may go on with the next piece.
        self._run: _Run | None = None
        self._blocks: dict[Color | None, list[_Block]] = {}
        # The block that ends above, by its ground and its columns.
        self._open: dict[tuple[Color | None, int, int], _Block] = {}
        # Most lines are made of the same few strips.
        self._parted: dict[int, tuple[Strip, _Parts | None]] = {}

    def _on(self, y: int, x: int, end: int, ground: Color | None) -> _Run:
        """The run that goes on to a cell, or begins."""
        run = self._run
        if run is not None and (run.y, run.end, run.ground) == (y, x, ground):
            run.end = end
            return run
        self._end_run()
        self._run = _Run(y, x, end, ground, [], [], [])
        return self._run

    def blank(self, y: int, x: int, end: int, ground: Color | None) -> None:
        """Show blanks."""
        if x == end:
            return
        if not self._erases:
            self._write(y, x, end, blanks(end - x, ground).render(self._console))
        self._on(y, x, end, ground).blanks.append((x, end))

    def picture(self, y: int, x: int, end: int, ground: Color | None, *, stays: bool) -> None:
        """Leave cells to a picture.

        Args:
            stays: Whether what stands there stays in sight; otherwise the cells become blank.
        """
        if stays:
            self._cells.forget(y, x, end)
        else:
            self.blank(y, x, end, ground)
            self._on(y, end, end, ground).pictures.append((x, end))

    def words(self, y: int, x: int, strip: Strip) -> None:
        """Show any other cells."""
        end = x + strip.cell_length
        parts = self._parts(strip) if self.learns else None
        if parts is None:
            self._end_run()
            self._write(y, x, end, strip.render(self._console))
            self._cells.forget(y, x, end)
            return
        before, has_words, after, ground = parts
        first, last = x + before, end - after
        self.blank(y, x, first, ground)
        if has_words:
            self._write(y, first, last, strip.crop(before, last - x).render(self._console))
            self._on(y, first, last, ground).words.append((first, last))
            self.blank(y, last, end, ground)

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        cells, place = self._cells, (run.y, run.x, run.end, run.ground)
        if (
            self._erases
            and not all(cells.holds(run.y, x, end, run.ground) for x, end in run.blanks)
            and not self._goes_on(*place)
        ):
            block = _Block(run.x, run.end, run.y, run.y + 1)
            self._open[run.ground, run.x, run.end] = block
            self._blocks.setdefault(run.ground, []).append(block)
        if self.learns:
            cells.blank(*place)
        else:
            cells.forget(run.y, run.x, run.end)
        for x, end in (*run.pictures, *run.words):
            cells.forget(run.y, x, end)

    def _goes_on(self, y: int, x: int, end: int, ground: Color | None) -> bool:
        """Whether a block that ends right above has one more line now."""
        block = self._open.get((ground, x, end))
        if block is None or block.bottom != y:
            return False
        block.bottom += 1
        return True

    def _parts(self, strip: Strip) -> _Parts | None:
        found = self._parted.get(id(strip))
        if found is None:
            found = self._parted[id(strip)] = strip, _parts(strip)
        return found[1]

    def _write(self, y: int, x: int, end: int, text: str) -> None:
        row, column = self._at
        if (row, column) != (y, x):
            along = row == y and column < x
            self._out.append(f"\x1b[{x - column}C" if along else move_to(x, y))
        self._out.append(text)
        self._at = y, end

    def finished(self) -> str:
        """All of it."""
        self._end_run()
        return "".join([*self._erased(), *self._out])

    def _erased(self) -> Iterator[str]:
        for ground, blocks in self._blocks.items():
            # One blank, with what sets and ends its style around it.
            look = blanks(1, ground).render(self._console)
            yield look.replace(" ", "".join(block.sequence for block in blocks))


def blanks(count: int, ground: Color | None) -> Strip:
    """Some blank cells on a ground."""
    return Strip.blank(count, Style(bgcolor=ground))


def _parts(strip: Strip) -> _Parts | None:
    """A strip as words on a ground.

    None where it has more than one ground, or where a look draws something on blanks.
    """
    if isinstance(strip, LazyStrip):
        return None if strip.ground is None else _Parts(0, True, 0, *strip.ground)
    segments = strip._segments
    styles = [segment.style or _PLAIN for segment in segments]
    if not segments or not all(map(_is_bare, styles)):
        return None
    ground = styles[0].bgcolor
    if any(style.bgcolor != ground for style in styles):
        return None
    text = "".join([segment.text for segment in segments])
    words = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return _Parts(before, bool(words), len(text) - before - len(words), ground)


@lru_cache(maxsize=256)
def _is_bare(style: Style) -> bool:
    """Whether nothing but the ground is seen of a style where it has no words."""
    lines = style.underline, style.underline2, style.overline, style.strike
    return not (style.reverse or style.link or any(lines))
