"""One photo as large as the widget, its neighbours made ready so that the next shows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.graphics.pictures import PictureSource
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_drawing import text_rows
from tui_selector.app.widgets.tile_view import PUMP_SECONDS
from tui_selector.library.pictures.thumbnails import THUMBNAIL_SIDE


class PhotoView(Widget):
    """Draws one tile's photo in the whole widget: first from the thumbnail, then from the file."""

    DEFAULT_CSS = """
    PhotoView {
        background: $background;
        & > .photo-view--words { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"photo-view--words"}

    class PicturesReady(Message):
        """Pictures have come in; many of these in a row are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PhotoView.PicturesReady)

    def __init__(
        self,
        source: PictureSource,
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
        self._told = False
        self._pump_timer: Timer | None = None

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

    def _requests(self, tile: Tile) -> list[PictureRequest]:
        """What shows a photo, best first: the file at the widget's size, then its thumbnail."""
        if tile.note:
            return []
        key = tile.key or tile.path
        full = self._painter.request(key, tile.path, self._box(), False)
        full = replace(full, on_disk=False)
        longest = max(full.width, full.height)
        if full.encoding != "png" or longest <= THUMBNAIL_SIDE:
            return [full]
        shrink = THUMBNAIL_SIDE / longest
        quick = replace(
            full,
            width=max(1, int(full.width * shrink)),
            height=max(1, int(full.height * shrink)),
        )
        return [full, quick]

    def _box(self) -> Size:
        return self.content_size

    def _plan(self) -> None:
        """Ask for what is missing, this photo before the others and quick pictures before large."""
        if not self._box() or not self.is_attached:
            return
        current = self._requests(self._tile) if self._tile else []
        near = [request for tile in self._near for request in reversed(self._requests(tile))]
        wanted = [*reversed(current), *near]
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
        if self._painter.pump(self._wanted):
            self.refresh()
        if not self._painter.busy and self._pump_timer is not None:
            self._pump_timer.pause()

    # -- drawing -----------------------------------------------------------------------------

    def _rows(self) -> Sequence[Strip]:
        ground = Style(bgcolor=self.rich_style.bgcolor)
        if self._tile is None:
            return self._in_words("")
        requests = self._requests(self._tile)
        for request in requests:
            strips = self._painter.strips(request, ground)
            if strips is not None:
                return strips
        problems = [picture.problem for picture in map(self._source.get, requests) if picture]
        return self._in_words(self._tile.note or next(filter(None, problems), "…"))

    def _in_words(self, text: str) -> Sequence[Strip]:
        style = self.get_component_rich_style("photo-view--words")
        return text_rows(text, self._box(), style)

    def render_line(self, y: int) -> Strip:
        rows = self._rows()
        width = self.size.width
        row = rows[y] if y < len(rows) else Strip.blank(width, self.rich_style)
        return row if row.cell_length == width else row.adjust_cell_length(width, self.rich_style)
