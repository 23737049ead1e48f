"""Partial frames that erase blanks block by block, and only where something else stands.

Where pictures are painted over the text, the text of a grid is mostly blank: grounds of tiles, one
line like the other, and gaps between them that stay as they are. On a slow line a frame that
scrolls is therefore not written line by line. What is known to be blank already is left out; other
blanks below each other are erased downwards (ECH, ECMA-48 8.3.38, and VT), which takes six bytes a
line; and then come the texts that stand among them.
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

from tui_selector.app.graphics.partial_frames import move_to

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
        erase = f"\x1b[{self.end - self.x}X"
        return move_to(self.x, self.top) + "\v".join([erase] * (self.bottom - self.top))


class _Parts(NamedTuple):
    """Words of one look on one ground, and how many blanks are before and behind them."""

    before: int
    words: str
    after: int
    ground: Color | None


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
        # Blanks side by side that may go on: line, columns, ground.
        self._run: tuple[int, int, int, Color | None] | None = None
        # Cells that are pictures' once those blanks are shown.
        self._pictures: list[tuple[int, int, int]] = []
        self._blocks: dict[Color | None, list[_Block]] = {}
        # The block that ends above, by its ground and its columns.
        self._open: dict[tuple[Color | None, int, int], _Block] = {}
        # Most lines are made of the same few strips.
        self._parted: dict[int, tuple[Strip, _Parts | None]] = {}

    def blank(self, y: int, x: int, end: int, ground: Color | None) -> None:
        """Show blanks."""
        run = self._run
        if run is not None:
            if run[0] == y and run[2] == x and run[3] == ground:
                x = run[1]
            else:
                self._end_run()
        self._run = y, x, end, ground

    def _end_run(self) -> None:
        if self._run is None:
            return
        y, x, end, ground = self._run
        self._run = None
        if not self._erases:
            self._write(y, x, end, _blanks(end - x, ground).render(self._console))
        elif not (self._cells.holds(y, x, end, ground) or self._goes_on(y, x, end, ground)):
            block = self._open[ground, x, end] = _Block(x, end, y, y + 1)
            self._blocks.setdefault(ground, []).append(block)
        if self.learns:
            self._cells.blank(y, x, end, ground)
        else:
            self._cells.forget(y, x, end)
        self._leave_to_pictures()

    def _goes_on(self, y: int, x: int, end: int, ground: Color | None) -> bool:
        """Whether a block that ends right above has one more line now."""
        block = self._open.get((ground, x, end))
        if block is None or block.bottom != y:
            return False
        block.bottom += 1
        return True

    def picture(self, y: int, x: int, end: int, ground: Color | None, *, stays: bool) -> None:
        """Leave cells to a picture.

        Args:
            stays: Whether what stands there stays in sight; otherwise the cells become blank.
        """
        if not stays:
            self.blank(y, x, end, ground)
        self._pictures.append((y, x, end))
        if self._run is None:
            self._leave_to_pictures()

    def _leave_to_pictures(self) -> None:
        for cells in self._pictures:
            self._cells.forget(*cells)
        self._pictures.clear()

    def words(self, y: int, x: int, strip: Strip) -> None:
        """Show any other cells."""
        end = x + strip.cell_length
        parts = self._parts(strip) if self.learns else None
        if parts is None:
            self._end_run()
            self._write(y, x, end, strip.render(self._console))
            self._cells.forget(y, x, end)
        elif not parts.words:
            self.blank(y, x, end, parts.ground)
        else:
            self._end_run()
            self._words(y, x, strip, parts)

    def _words(self, y: int, x: int, strip: Strip, parts: _Parts) -> None:
        """Show words with blanks around them."""
        before, _, after, ground = parts
        end = x + strip.cell_length
        first, last = x + before, end - after
        start, stop = x, end
        # What stands beside the words is blank already if it was so for other words.
        if self._erases and self._goes_on(y, x, end, ground):
            start, stop = first, last
        elif self._erases:
            start = first if self._cells.holds(y, x, first, ground) else x
            stop = last if self._cells.holds(y, last, end, ground) else end
        piece = strip.crop(start - x, stop - x)
        self._write(y, start, stop, piece.render(self._console))
        self._cells.blank(y, x, first, ground)
        self._cells.forget(y, first, last)
        self._cells.blank(y, last, end, ground)

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
            look = _blanks(1, ground).render(self._console)
            yield look.replace(" ", "".join(block.sequence for block in blocks))


def _blanks(count: int, ground: Color | None) -> Strip:
    return Strip.blank(count, Style(bgcolor=ground))


def _parts(strip: Strip) -> _Parts | None:
    """A strip as words on a ground.

    None where it has more than one ground, or words of several looks, or where a look draws
    something on blanks.
    """
    segments = strip._segments
    styles = [segment.style or _PLAIN for segment in segments]
    if not segments or not all(map(_is_bare, styles)):
        return None
    ground = styles[0].bgcolor
    text = "".join([segment.text for segment in segments])
    words = text.strip(" ")
    if len(segments) > 1 and (words or any(style.bgcolor != ground for style in styles)):
        return None
    before = len(text) - len(text.lstrip(" ")) if words else 0
    return _Parts(before, words, len(text) - before - len(words), ground)


@lru_cache(maxsize=256)
def _is_bare(style: Style) -> bool:
    """Whether nothing but the ground is seen of a style where it has no words."""
    lines = style.underline, style.underline2, style.overline, style.strike
    return not (style.reverse or style.link or any(lines))
