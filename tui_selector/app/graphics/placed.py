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
from typing import Any, ClassVar, cast
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

from tui_selector.app.graphics.blanks import BlankCells, FrameText
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import PictureRequest, centred
from tui_selector.app.graphics.partial_frames import changed_pieces
from tui_selector.app.graphics.picture_cells import Place, Run, covers, cut_run, joined
from tui_selector.app.graphics.strips import LazyStrip, leaves

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


class PictureLayer(ABC):
    """Keeps the ledger of one app's screen; a subclass speaks a protocol."""

    _layers: ClassVar[WeakKeyDictionary[App[Any], PictureLayer]] = WeakKeyDictionary()

    def __init__(self, app: App[Any], link: TerminalLink, *, erases: bool = False) -> None:
        """
        Args:
            app: Whose frames to read.
            link: The line to the terminal.
            erases: Whether the terminal erases in the colour of the ground, which shortens frames
                on a slow line.
        """
        self.app, self.link = app, link
        self._erases = erases
        self._lines: dict[int, list[Run]] = {}
        # The same by picture; None when the lines have changed since.
        self._places: dict[Place, list[Run]] | None = None
        self._size = Size(0, 0)
        self._blanks = BlankCells(self._size)
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
        self._places = None
        self._blanks = BlankCells(self._size)

    # -- the ledger --------------------------------------------------------------------------

    def places(self) -> dict[Place, list[Run]]:
        """What is in sight of every living picture on the screen, line by line."""
        if self._places is None:
            self._places = {}
            for y in sorted(self._lines):
                for run in self._lines[y]:
                    place = Place(run.picture, run.origin, y - run.row)
                    self._places.setdefault(place, []).append(run)
        return {place: runs for place, runs in self._places.items() if place.picture.alive}

    def runs(self, y: int) -> Sequence[Run]:
        """The picture cells of a screen line, from the left."""
        return self._lines.get(y, ())

    def render(
        self, pieces: Iterable[tuple[int, int, Strip]], console: Console, *, whole: bool
    ) -> str:
        """Write a frame as text and enter it into the ledger.

        Args:
            pieces: Line, column and strip of everything the frame draws, in reading order.
            console: Renders text.
            whole: Whether to write what is known to stand there, too.
        """
        size = self.app.size
        if size != self._size:
            # The terminal may have moved or cleared anything.
            self._size = size
            self.reset()
        terse = self._erases and self.link.slow
        text = FrameText(self._blanks, console, learns=terse, erases=terse and not whole)
        touched: set[Place] = set()
        for y, x, strip in pieces:
            self._render_piece(y, x, strip, text, touched)
        return text.finished() + self.commands(touched)

    def _render_piece(
        self, y: int, x: int, strip: Strip, text: FrameText, touched: set[Place]
    ) -> None:
        before = self._lines.get(y, [])
        parts = _leaves(strip)
        if not (before or text.learns or any(isinstance(part, PictureStrip) for part in parts)):
            text.words(y, x, strip)
            return
        fresh: list[Run] = []
        start = x
        for part in parts:
            end = x + part.cell_length
            if isinstance(part, PictureStrip) and part.picture.alive:
                run = Run(x, end, part.picture, part.row, part.column, part.background)
                there = next((old.picture for old in before if covers(old, run)), None)
                if there is not run.picture:
                    touched.add(Place(run.picture, run.origin, y - run.row))
                # What is there stays in sight until a picture that hides it is painted over it.
                stays = there is not None and (there is run.picture or run.picture.replaces(there))
                text.picture(y, x, end, part.background, stays=stays)
                fresh.append(run)
            elif isinstance(part, PictureStrip):
                text.blank(y, x, end, part.background)
            else:
                text.words(y, x, part)
            x = end
        self._places = None
        left = [cut for run in before if (cut := cut_run(run, 0, start))]
        right = [cut for run in before if (cut := cut_run(run, x, run.end))]
        self._lines[y] = joined([*left, *fresh, *right])
        if not self._lines[y]:
            del self._lines[y]


class _Frame(CompositorUpdate):
    """A frame of Textual's on its way through a layer."""

    def __init__(self, layer: PictureLayer, update: LayoutUpdate | ChopsUpdate) -> None:
        self._layer, self._update = layer, update

    def render_segments(self, console: Console) -> str:
        update = self._update
        if isinstance(update, LayoutUpdate):
            return self._layer.render(_layout_pieces(update), console, whole=True)
        return self._layer.render(changed_pieces(update), console, whole=False)


def _layout_pieces(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield y, x, strip
            x += strip.cell_length


def _leaves(strip: Strip) -> list[Strip]:
    """The picture strips that a strip is made of, and what is between them."""
    found: list[Strip] = []
    for part in leaves(strip):
        if not isinstance(part, PictureStrip) and any(map(_is_marked, part)):
            found += _taken_apart(part)
        else:
            found.append(part)
    return found


def _is_marked(segment: Segment) -> bool:
    """Whether a segment may be cells of pictures that became characters."""
    text = segment.text
    return not text.isascii() and ord(text[0]) >= _FIRST_MARK


def _taken_apart(strip: Strip) -> Iterator[Strip]:
    """The same for a strip in which cells of pictures became characters."""
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
