"""Partial frames that write the cells that changed, and no others.

Textual writes a changed line from the left edge of its widget. For a tile at the right end of a
grid that is a line of pictures, for pictures that stand beside the text it would take them away.

A grid that is scrolled changes in every cell, and its text is several tens of kilobytes. But most
of it stands on the screen already, some lines away: the terminal moves it (DL and IL within
margins, ECMA-48 8.3.32 and 8.3.67), and only what comes into sight is written: on a slow line less
its blanks, for which lines that come into sight are erased in the colour between the tiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from rich.color import Color
from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from tui_selector.app.graphics.blanks import BlankCells, FrameText, blanks, erasing
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.sequences import move_to
from tui_selector.app.graphics.strips import LineStrip, leaves

_LEAST_LINES = 4
"""Fewer lines than this are written faster than they are moved."""


def write_changes_alone(
    app: App[Any], link: TerminalLink | None = None, *, erases: bool = False
) -> None:
    """Have every partial frame of an app written so; once for each app.

    Args:
        app: The app.
        link: The line to its terminal.
        erases: Whether the terminal erases in the colour of the ground, which shortens frames on a
            slow line.
    """
    display = app._display
    drawn = DrawnLines()
    listens = False

    def display_changes(screen: Screen[Any], renderable: RenderableType | None) -> None:
        nonlocal listens
        if not listens:
            listens = True
            app.app_resume_signal.subscribe(app, lambda _: drawn.forget(), immediate=True)
        if isinstance(renderable, ChopsUpdate) and screen is app.screen:
            size = screen.size if erases and link is not None and link.slow else None
            renderable = cast("RenderableType", _Changes(renderable, drawn, size))
        elif renderable is not None:
            drawn.forget()
        display(screen, renderable)

    # Every frame of every screen goes through this method.
    app._display = display_changes  # type: ignore[method-assign]


class Move(NamedTuple):
    """Lines of the screen that stand elsewhere in the next frame.

    Attributes:
        top: The first of the lines that move.
        bottom: The line behind the last.
        up: By how many lines they move up; down where it is negative.
    """

    top: int
    bottom: int
    up: int

    @property
    def sequence(self) -> str:
        """What makes the terminal move them; it leaves the cursor anywhere."""
        lines = f"\x1b[{self.up}M" if self.up > 0 else f"\x1b[{-self.up}L"
        return f"\x1b[{self.top + 1};{self.bottom}r{move_to(0, self.top)}{lines}\x1b[r"

    @property
    def fresh(self) -> range:
        """The lines that come into sight."""
        if self.up > 0:
            return range(max(self.top, self.bottom - self.up), self.bottom)
        return range(self.top, min(self.bottom, self.top - self.up))


class DrawnLines:
    """The lines of tiles that are known to stand on the screen, each with its column.

    Attributes:
        blanks: The cells that are known to be blank; None before there were any.
    """

    def __init__(self) -> None:
        self._lines: dict[int, tuple[int, LineStrip]] = {}
        self.blanks: BlankCells | None = None

    def forget(self) -> None:
        """Nothing is known of the screen any more."""
        self._lines.clear()
        self.blanks = None

    def at(self, y: int, x: int, length: int) -> Strip | None:
        """What stands on a line from a column on, if so many of its cells are known."""
        column, strip = self._lines.get(y, (x, None))
        if strip is None or not column <= x <= x + length <= column + strip.cell_length:
            return None
        return strip.crop(x - column, x - column + length)

    def note(self, update: ChopsUpdate) -> None:
        """Know what stands there once a frame has been written."""
        for y, first, last in update.spans:
            line = _line_of_tiles(update, y)
            known = self._lines.pop(y, None)
            if line is None:
                continue
            x, strip = line
            if first > x or last < x + strip.cell_length:
                if known is None or (known[0], known[1].cell_length) != (x, strip.cell_length):
                    continue
                strip = _spliced(known[1], strip, max(0, first - x), last - x)
            self._lines[y] = x, strip

    def move(self, update: ChopsUpdate, console: Console) -> Move | None:
        """How lines of a frame stand to those on the screen, if many of them merely moved.

        What moves is from then on known to stand there.

        Args:
            update: The frame; only lines that it writes from edge to edge may move.
            console: What strips are rendered with.
        """
        lines = {
            y: line[1]
            for y, first, last in update.spans
            if first == 0
            and last >= update.chop_ends[y][-1]
            and (line := _line_of_tiles(update, y, whole=False))
        }
        if len(lines) < _LEAST_LINES:
            return None
        top, bottom = min(lines), max(lines) + 1
        if bottom - top != len(lines):
            return None
        places: dict[tuple[str, ...], int] = {}
        for y, (_, strip) in self._lines.items():
            if top <= y < bottom:
                places[_tiles(strip, console)] = y
        votes = Counter(
            places[tiles] - y
            for y, strip in lines.items()
            if (tiles := _tiles(strip, console)) in places
        )
        up, count = votes.most_common(1)[0] if votes else (0, 0)
        if not up or 4 * count < len(lines):
            return None
        moved = {y - up: line for y, line in self._lines.items() if top <= y < bottom}
        for y in range(top, bottom):
            self._lines.pop(y, None)
        self._lines |= {y: line for y, line in moved.items() if top <= y < bottom}
        return Move(top, bottom, up)


def _line_of_tiles(
    update: ChopsUpdate, y: int, *, whole: bool = True
) -> tuple[int, LineStrip] | None:
    """Column and strip of the tiles on a line of a frame; None where there are none.

    Args:
        whole: None, too, where something stands before the tiles.
    """
    found = [(x, strip) for x, strip in update.chops[y].items() if isinstance(strip, LineStrip)]
    return found[0] if found and (len(found) == 1 or not whole) else None


def _spliced(before: LineStrip, after: LineStrip, start: int, end: int) -> LineStrip:
    """A line with the cells `start` up to `end` of another."""
    pieces = (before.crop(0, start), after.crop(start, end), before.crop(end))
    return LineStrip(
        part
        for piece in pieces
        for part in (piece.parts if isinstance(piece, LineStrip) else (piece,))
    )


def _tiles(strip: LineStrip, console: Console) -> tuple[str, ...]:
    """What a line of tiles looks like, less the gaps between them."""
    return tuple(part.render(console) for part in strip.parts if part.cell_length > 2)


class _Changes(CompositorUpdate):
    """A partial frame on its way to the driver."""

    def __init__(self, update: ChopsUpdate, drawn: DrawnLines, erased: Size | None) -> None:
        """
        Args:
            update: The frame as Textual would write it.
            drawn: What is known of the screen.
            erased: How large the screen is if blanks are erased; None to write them.
        """
        self._update = update
        self._drawn = drawn
        self._erased = erased

    def render_segments(self, console: Console) -> str:
        move = self._drawn.move(self._update, console)
        pieces = self._pieces(move, console)
        if self._erased is None:
            self._drawn.blanks = None
            text = _written(move, pieces, console)
        else:
            text = self._with_blanks_erased(move, pieces, console, self._erased)
        self._drawn.note(self._update)
        return text

    def _pieces(self, move: Move | None, console: Console) -> Iterator[tuple[int, int, Strip]]:
        """Line, column and strip of what has to be written once lines have moved."""
        for y, x, strip in changed_pieces(self._update):
            compares = move or self._erased is not None
            before = self._drawn.at(y, x, strip.cell_length) if compares else None
            if before is None:
                yield y, x, strip
            else:
                yield from ((y, *piece) for piece in _different(before, strip, x, console))

    def _with_blanks_erased(
        self,
        move: Move | None,
        pieces: Iterable[tuple[int, int, Strip]],
        console: Console,
        size: Size,
    ) -> str:
        cells = self._drawn.blanks = self._drawn.blanks or BlankCells(size)
        text = FrameText(cells, console, learns=True, erases=True)
        moved = ""
        if move:
            # What comes into sight is blank; terminals do not agree on which ground.
            ground, fresh = self._gap(move), move.fresh
            erased = erasing(0, size.width, fresh.start, fresh.stop)
            moved = blanks(1, ground).render(console).replace(" ", move.sequence + erased)
            cells.move(*move)
            for y in fresh:
                cells.blank(y, 0, size.width, ground)
        for y, start, strip in pieces:
            x = start
            for leaf in leaves(strip):
                text.words(y, x, leaf)
                x += leaf.cell_length
        return moved + text.finished()

    def _gap(self, move: Move) -> Color | None:
        """The ground between the tiles of some lines."""
        line = _line_of_tiles(self._update, move.top, whole=False)
        style = line[1].parts[0]._segments[0].style if line else None
        return style.bgcolor if style else None


def _written(move: Move | None, pieces: Iterable[tuple[int, int, Strip]], console: Console) -> str:
    out = [move.sequence] if move else []
    at = (-1, -1)
    for y, x, piece in pieces:
        if (x, y) != at:
            out.append(move_to(x, y))
        out.append(piece.render(console))
        at = x + piece.cell_length, y
    return "".join(out)


def _different(
    before: Strip, after: Strip, x: int, console: Console
) -> Iterator[tuple[int, Strip]]:
    """Column and strip of the parts of a line that begins at column `x` that look different."""
    there: dict[int, Strip] = {}
    column = x
    for leaf in leaves(before):
        there[column] = leaf
        column += leaf.cell_length
    for leaf in leaves(after):
        was = there.get(x)
        if was is not leaf and (
            was is None
            or was.cell_length != leaf.cell_length
            or was.render(console) != leaf.render(console)
        ):
            yield x, leaf
        x += leaf.cell_length


def changed_pieces(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Line, column and strip of what a partial frame changes."""
    for y, first, last in update.spans:
        yield from pieces_between(update.chops[y].items(), first, last, y)


def pieces_between(
    chops: Iterable[tuple[int, Strip | None]], first: int, last: int, y: int
) -> Iterator[tuple[int, int, Strip]]:
    """Line, column and strip of what a line shows in the columns `first` up to `last`.

    Args:
        chops: Column and strip of the line's pieces; None where a piece was not rendered.
    """
    for x, strip in chops:
        if strip is None:
            continue
        start, end = max(x, first), min(x + strip.cell_length, last)
        if start < end:
            whole = start == x and end == x + strip.cell_length
            yield y, start, strip if whole else strip.crop(start - x, end - x)
