"""Pictures that stand beside the text: where each of their cells is on the screen.

Sixel pictures and classic kitty placements are no text, so nothing takes them away when text moves.
The layer here sits between Textual and the driver and reads every frame before it is written. A
frame says for each piece of each line which strip stands where; picture strips are blank cells that
know which part of which picture belongs over them. From them the layer keeps a ledger of the whole
screen, whatever covers or scrolls or shares the window, and after each frame hands the difference
to the protocol: what came, what moved, what went.

Where Textual takes a strip apart (below a dialog) its cells become characters of a private plane
that name row and column, with the number of the picture as their colour. The layer knows them again
and writes blanks.

A picture cell that already stands where it is to be drawn is stepped over instead of written, so
that a frame which repaints everything costs no picture anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, ClassVar, NamedTuple, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from rich.color import Color
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from tui_selector.app.graphics.painter import PictureRequest, centred
from tui_selector.app.graphics.partial_frames import changed_pieces, move_to
from tui_selector.app.graphics.strips import LazyStrip, LineStrip

_FIRST_MARK, _MARKS_PER_ROW = 0xF0000, 512
"""Planes 15 and 16 have room for 256 rows of 512 columns; nobody prints them."""

_pictures: WeakValueDictionary[int, Picture] = WeakValueDictionary()
_numbers = count()


class Picture:
    """A picture that can stand on the screen, any number of times.

    Attributes:
        columns: Its width in cells.
        rows: Its height in cells.
        alive: Whether it can still be drawn; a picture that was dropped from a cache is blank.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.alive = True
        self._drawn: tuple[Style, Sequence[Strip]] | None = None
        self.number = next(_numbers) % (1 << 24)
        _pictures[self.number] = self

    def replaces(self, other: Picture) -> bool:
        """Whether it hides all of another picture when it is painted at the same place."""
        return False

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip]:
        """The picture centred in the box of a request, made once per background."""
        if self._drawn is None or self._drawn[0] != background:
            colour = background.bgcolor
            rows = [PictureStrip(self, row, 0, self.columns, colour) for row in range(self.rows)]
            self._drawn = background, centred(rows, self.columns, request, background)
        return self._drawn[1]


class PictureStrip(LazyStrip):
    """The cells under the columns `start` up to `end` of one row of a picture: blank as text."""

    __slots__ = ("background", "column", "picture", "row")

    def __init__(
        self, picture: Picture, row: int, start: int, end: int, background: Color | None
    ) -> None:
        super().__init__(end - start)
        self.picture, self.row, self.column, self.background = picture, row, start, background

    def cut(self, start: int, end: int) -> Strip:
        first = self.column + start
        return PictureStrip(self.picture, self.row, first, first + end - start, self.background)

    def build_segments(self) -> list[Segment]:
        first = _FIRST_MARK + self.row * _MARKS_PER_ROW + self.column
        text = "".join(map(chr, range(first, first + self.cell_length)))
        number = self.picture.number
        colour = Color.from_rgb(number >> 16, number >> 8 & 255, number & 255)
        return [Segment(text, Style(color=colour, bgcolor=self.background))]

    def build_text(self, console: Console) -> str:
        return Strip.blank(self.cell_length, Style(bgcolor=self.background)).render(console)


def recognised(segment: Segment) -> list[PictureStrip] | None:
    """The strips that became a segment; None for a segment of text.

    A picture that is gone, or whose number a filter has changed, gives strips of a dead picture.
    """
    text, style, _ = segment
    if not text or style is None or ord(min(text)) < _FIRST_MARK:
        return None
    number = -1
    if style.color is not None and style.color.triplet is not None:
        red, green, blue = style.color.triplet
        number = red << 16 | green << 8 | blue
    picture = _pictures.get(number, _NO_PICTURE)
    strips: list[PictureStrip] = []
    for character in text:
        row, column = divmod(ord(character) - _FIRST_MARK, _MARKS_PER_ROW)
        last = strips[-1] if strips else None
        end = last.column + last.cell_length if last is not None else 0
        if last is not None and (last.row, end) == (row, column):
            strips[-1] = PictureStrip(picture, row, last.column, column + 1, style.bgcolor)
        else:
            strips.append(PictureStrip(picture, row, column, column + 1, style.bgcolor))
    return strips


_NO_PICTURE = Picture(1, 1)
_NO_PICTURE.alive = False


class Run(NamedTuple):
    """Cells `x` up to `end` of a screen line, under one row of a picture from a column on."""

    x: int
    end: int
    picture: Picture
    row: int
    column: int
    background: Color | None

    @property
    def origin(self) -> int:
        """Where on the screen the picture's first column is, or would be."""
        return self.x - self.column


class Place(NamedTuple):
    """A picture with its top left corner at a cell of the screen, perhaps outside."""

    picture: Picture
    x: int
    y: int


class Part(NamedTuple):
    """A rectangle of a picture, in cells of the picture."""

    column: int
    row: int
    columns: int
    rows: int


class PictureLayer(ABC):
    """Keeps the ledger of one app's screen; a subclass speaks a protocol."""

    _layers: ClassVar[WeakKeyDictionary[App[Any], PictureLayer]] = WeakKeyDictionary()

    def __init__(self, app: App[Any]) -> None:
        self.app = app
        self._lines: dict[int, list[Run]] = {}
        self._size = Size(0, 0)
        display = app._display

        def display_pictures(screen: Screen[Any], renderable: RenderableType | None) -> None:
            if isinstance(renderable, LayoutUpdate | ChopsUpdate):
                display(screen, cast("RenderableType", _Frame(self, renderable)))
            else:
                display(screen, renderable)
            self.after_frame()

        # Every frame of every screen goes through this method.
        app._display = display_pictures  # type: ignore[method-assign]
        PictureLayer._layers[app] = self

    @classmethod
    def of(cls, app: App[Any]) -> PictureLayer | None:
        """The layer that an app has already: its painters share the one that was made first."""
        return PictureLayer._layers.get(app)

    # -- the protocol ------------------------------------------------------------------------

    @abstractmethod
    def commands(self, touched: set[Place]) -> str:
        """What to write right behind the text of a frame.

        Args:
            touched: Places of which cells were written anew.
        """

    def after_frame(self) -> None:  # noqa: B027
        """Called when a frame was written."""

    def reset(self) -> None:
        """The screen was cleared, or shows something else."""
        self._lines.clear()

    # -- the ledger --------------------------------------------------------------------------

    def places(self) -> dict[Place, list[Run]]:
        """What is in sight of every living picture on the screen, line by line."""
        places: dict[Place, list[Run]] = {}
        for y in sorted(self._lines):
            for run in self._lines[y]:
                if run.picture.alive:
                    place = Place(run.picture, run.origin, y - run.row)
                    places.setdefault(place, []).append(run)
        return places

    def runs(self, y: int) -> Sequence[Run]:
        """The picture cells of a screen line, from the left."""
        return self._lines.get(y, ())

    def render(self, pieces: Iterable[tuple[int, int, Strip]], console: Console) -> str:
        """Write a frame as text and enter it into the ledger.

        Args:
            pieces: Line, column and strip of everything the frame draws.
            console: Renders text.
        """
        size = self.app.size
        if size != self._size:
            # The terminal may have moved or cleared anything.
            self.reset()
            self._size = size
        out: list[str] = []
        touched: set[Place] = set()
        at = (-1, -1)
        for y, x, strip in pieces:
            if (x, y) != at:
                out.append(move_to(x, y))
            out.append(self._render_piece(y, x, strip, console, touched))
            at = x + strip.cell_length, y
        commands = self.commands(touched)
        return "".join(out) + commands

    def _render_piece(
        self, y: int, x: int, strip: Strip, console: Console, touched: set[Place]
    ) -> str:
        before = self._lines.get(y, [])
        parts = list(_leaves(strip))
        if not before and not any(isinstance(part, PictureStrip) for part in parts):
            return strip.render(console)
        out: list[str] = []
        fresh: list[Run] = []
        start = x
        for part in parts:
            end = x + part.cell_length
            if isinstance(part, PictureStrip) and part.picture.alive:
                run = Run(x, end, part.picture, part.row, part.column, part.background)
                place = Place(run.picture, run.origin, y - run.row)
                there = next((old.picture for old in before if _covers(old, run)), None)
                if there is run.picture:
                    out.append(f"\x1b[{end - x}C")
                elif there is not None and run.picture.replaces(there):
                    # What is there stays in sight until the picture is painted over it.
                    out.append(f"\x1b[{end - x}C")
                    touched.add(place)
                else:
                    out.append(part.render(console))
                    touched.add(place)
                fresh.append(run)
            else:
                out.append(part.render(console))
            x = end
        left = [cut for run in before if (cut := _cut(run, 0, start))]
        right = [cut for run in before if (cut := _cut(run, x, run.end))]
        self._lines[y] = _joined([*left, *fresh, *right])
        if not self._lines[y]:
            del self._lines[y]
        return "".join(out)


class _Frame(CompositorUpdate):
    """A frame of Textual's on its way through a layer."""

    def __init__(self, layer: PictureLayer, update: LayoutUpdate | ChopsUpdate) -> None:
        self._layer, self._update = layer, update

    def render_segments(self, console: Console) -> str:
        update = self._update
        pieces = (
            _layout_pieces(update) if isinstance(update, LayoutUpdate) else changed_pieces(update)
        )
        return self._layer.render(pieces, console)


def _layout_pieces(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield y, x, strip
            x += strip.cell_length


def _leaves(strip: Strip) -> Iterator[Strip]:
    """The picture strips that a strip is made of, and what is between them."""
    if isinstance(strip, PictureStrip):
        yield strip
    elif isinstance(strip, LineStrip):
        for part in strip.parts:
            yield from _leaves(part)
    elif any(text and ord(text[0]) >= _FIRST_MARK for text, _, _ in strip):
        words: list[Segment] = []
        for segment in strip:
            pictures = recognised(segment)
            if pictures is None:
                words.append(segment)
                continue
            if words:
                yield Strip(words)
                words = []
            yield from pictures
        if words:
            yield Strip(words)
    else:
        yield strip


def _covers(old: Run, new: Run) -> bool:
    """Whether the cells of a run are under the same part of a picture at the same place already."""
    return (
        old.x <= new.x
        and new.end <= old.end
        and old.row == new.row
        and old.origin == new.origin
        and old.background == new.background
    )


def _cut(run: Run, first: int, last: int) -> Run | None:
    """The cells of a run in the columns `first` up to `last`."""
    x, end = max(run.x, first), min(run.end, last)
    return run._replace(x=x, end=end, column=run.column + x - run.x) if x < end else None


def _joined(runs: list[Run]) -> list[Run]:
    """Put runs together that a frame has written in two pieces."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.end == run.x
            and last.picture is run.picture
            and last.row == run.row
            and last.origin == run.origin
            and last.background == run.background
        ):
            joined[-1] = last._replace(end=run.end)
        else:
            joined.append(run)
    return joined


def rectangles(place: Place, runs: Sequence[Run]) -> list[Part]:
    """The parts of a picture in sight as few rectangles.

    Args:
        place: Where the picture stands.
        runs: Its cells in sight, line by line from the top.
    """
    parts: list[Part] = []
    for run in runs:
        columns = run.end - run.x
        for index, part in enumerate(parts):
            if (part.column, part.columns) == (run.column, columns) and (
                part.row + part.rows == run.row
            ):
                parts[index] = part._replace(rows=part.rows + 1)
                break
        else:
            parts.append(Part(run.column, run.row, columns, 1))
    return parts
