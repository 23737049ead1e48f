"""One photo as large as the widget, its neighbours made ready so that the next shows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import ClassVar

import msgspec
from msgspec.structs import replace
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_drawing import text_rows
from tui_selector.app.widgets.tile_view import PUMP_SECONDS
from tui_selector.library.pictures.thumbnails import THUMBNAIL_SIDE


class Placed(msgspec.Struct, frozen=True):
    """Where something stands in the widget, and what can be drawn there, the best first.

    `column` and `row` are the cells of its top left corner and may lie outside the widget.
    """

    column: int
    row: int
    requests: tuple[PictureRequest, ...]


class PhotoView(Widget):
    """Draws one tile's photo in the whole widget: first from the thumbnail, then from the file."""

    DEFAULT_CSS = """
    PhotoView {
        background: $background;
        & > .photo-view--words { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"photo-view--words"}
    # A drag pans; it does not select the text around the picture.
    ALLOW_SELECT = False

    class PicturesReady(Message):
        """Pictures have come in; many of these in a row are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PhotoView.PicturesReady)

    def __init__(
        self,
        source: Pictures,
        painter: Painter,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
    ) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
            id: As for any widget.
        """
        super().__init__(id=id)
        self._source, self._painter = source, painter
        self._tile: Tile | None = None
        self._near: tuple[Tile, ...] = ()
        self._wanted: list[PictureRequest] = []
        self._held: set[PictureRequest] = set()
        self._told = False
        self._pump_timer: Timer | None = None
        self._drawn: Sequence[Strip] | None = None
        self._last: tuple[str, Sequence[Strip]] | None = None

    @property
    def tile(self) -> Tile | None:
        """What is shown."""
        return self._tile

    @property
    def complete(self) -> bool:
        """Whether all that is in sight is drawn as well as it can be."""
        layout = self._layout(self._tile) if self._tile is not None else []
        return bool(layout) and all(placed.requests[0] in self._painter for placed in layout)

    @property
    def prepared(self) -> bool:
        """Whether the neighbours could be drawn at once."""
        return all(request in self._painter for request in self._wanted)

    def show(self, tile: Tile | None, near: Sequence[Tile] = ()) -> None:
        """Show this photo; make its neighbours ready, the likeliest first."""
        self._tile, self._near = tile, tuple(near)
        self._plan()

    def on_mount(self) -> None:
        self._pump_timer = self.set_interval(PUMP_SECONDS, self._pump, pause=True)

    def on_unmount(self) -> None:
        self._source.request(self._came, ())
        self._painter.withdraw(self._wanted)

    def on_resize(self) -> None:
        self._plan()

    # -- the way of a picture onto the screen ------------------------------------------------

    def _layout(self, tile: Tile) -> list[Placed]:
        """What shows a photo: the file at the widget's size, or its thumbnail meanwhile."""
        return [] if tile.note else [Placed(0, 0, self._whole(tile))]

    def _whole(self, tile: Tile) -> tuple[PictureRequest, ...]:
        """The whole photo in the whole widget, best first."""
        full = self._painter.request(tile.key or tile.path, tile.path, self._box(), False)
        full = replace(full, on_disk=False)
        longest = max(full.width, full.height)
        if full.encoding != "png" or longest <= THUMBNAIL_SIDE:
            return (full,)
        shrink = THUMBNAIL_SIDE / longest
        quick = replace(
            full,
            width=max(1, int(full.width * shrink)),
            height=max(1, int(full.height * shrink)),
        )
        return full, quick

    def _box(self) -> Size:
        return self.content_size

    def _plan(self) -> None:
        """Ask for what is missing, this photo before the others and quick pictures before large."""
        if not self._box() or not self.is_attached:
            return
        current = _quick_first(self._layout(self._tile) if self._tile else [])
        near = [request for tile in self._near for request in _quick_first(self._layout(tile))]
        wanted = list(dict.fromkeys([*current, *near]))
        self._painter.keep(current)
        self._painter.withdraw(set(self._wanted).difference(wanted))
        self._wanted = wanted
        missing = [
            request
            for request in wanted
            if request not in self._painter and self._source.get(request) is None
        ]
        self._source.request(self._came, missing)
        self._take()

    def _came(self) -> None:
        """Called from decoding threads: tell the widget once until it has looked."""
        if not self._told:
            self._told = True
            self.post_message(self.PicturesReady())

    def on_photo_view_pictures_ready(self, message: PicturesReady) -> None:
        message.stop()
        self._told = False
        self._take()

    def _take(self) -> None:
        """Hand what has come in to the painter."""
        for request in self._wanted:
            if request not in self._painter:
                picture = self._source.get(request)
                if picture is not None and not picture.problem:
                    self._painter.offer(request, picture)
        if self._painter.busy and self._pump_timer is not None:
            self._pump_timer.resume()
        self.refresh()

    def _pump(self) -> None:
        self._painter.pump(self._wanted)
        # Another view of the same painter may have been told what is there for this one.
        held = {request for request in self._wanted if request in self._painter}
        if held != self._held:
            self._held = held
            self.refresh()
        if not self._painter.busy and self._pump_timer is not None:
            self._pump_timer.pause()

    # -- drawing -----------------------------------------------------------------------------

    def _rows(self) -> Sequence[Strip]:
        """The rows of the widget; what was there stays until something of the new can be shown."""
        if self._tile is None:
            return self._in_words("")
        layout = self._layout(self._tile)
        ground = Style(bgcolor=self.rich_style.bgcolor)
        problem = self._tile.note or self._problem(layout)
        shown = []
        for placed in layout if not problem else ():
            drawn = (self._painter.strips(request, ground) for request in placed.requests)
            strips = next((rows for rows in drawn if rows is not None), None)
            if strips is not None:
                shown.append((placed, strips))
        if shown:
            rows = _composed(shown, self._box(), ground)
            self._last = (self._tile.path, rows)
            return rows
        if self._last is not None and self._last[0] == self._tile.path and not problem:
            return self._last[1]
        return self._in_words(problem or "…")

    def _problem(self, layout: Iterable[Placed]) -> str:
        """Why nothing of the layout can be drawn; "" where something can, or may be soon."""
        problem = ""
        for request in (request for placed in layout for request in placed.requests):
            picture = self._source.get(request)
            if request in self._painter or picture is None or not picture.problem:
                return ""
            problem = problem or picture.problem
        return problem

    def _in_words(self, text: str) -> Sequence[Strip]:
        style = self.get_component_rich_style("photo-view--words")
        return text_rows(text, self._box(), style)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._drawn = self._rows()
        try:
            if self.styles.gutter.totals != (0, 0):
                return super().render_lines(crop)
            # Finished rows go to the screen as they are, past Textual's box model.
            lines = [self.render_line(y) for y in crop.line_range]
            if crop.column_span != (0, self.size.width):
                lines = [line.crop(*crop.column_span) for line in lines]
            return lines
        finally:
            self._drawn = None

    def render_line(self, y: int) -> Strip:
        rows = self._drawn if self._drawn is not None else self._rows()
        width = self.size.width
        row = rows[y] if y < len(rows) else Strip.blank(width, self.rich_style)
        return row if row.cell_length == width else row.adjust_cell_length(width, self.rich_style)


def _quick_first(layout: Sequence[Placed]) -> list[PictureRequest]:
    """Every request of a layout, first what serves for the moment, then what is meant."""
    levels = zip_longest(*(reversed(placed.requests) for placed in layout))
    return [request for level in levels for request in level if request is not None]


def _composed(
    shown: Sequence[tuple[Placed, Sequence[Strip]]], box: Size, ground: Style
) -> list[Strip]:
    """Put pictures that do not overlap into the rows of a box, cut at its edges."""
    parts: list[list[tuple[int, Strip]]] = [[] for _ in range(box.height)]
    for placed, strips in shown:
        for index, strip in enumerate(strips):
            row = placed.row + index
            first, last = max(0, -placed.column), min(strip.cell_length, box.width - placed.column)
            if 0 <= row < box.height and first < last:
                parts[row].append((placed.column + first, strip.crop(first, last)))
    rows: list[Strip] = []
    for row_parts in parts:
        line: list[Strip] = []
        position = 0
        for column, strip in sorted(row_parts, key=lambda part: part[0]):
            line += [Strip.blank(column - position, ground), strip]
            position = column + strip.cell_length
        line.append(Strip.blank(box.width - position, ground))
        line = [strip for strip in line if strip.cell_length]
        rows.append(line[0] if len(line) == 1 else LineStrip(line))
    return rows
