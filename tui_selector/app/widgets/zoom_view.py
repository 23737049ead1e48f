"""One photo that can be zoomed and panned, by keys, wheel and mouse.

The widget for the loupe and for comparing photos side by side. A zoom is in screen pixels per
picture pixel (1.0 is 100 %, 2.0 is 200 %), None is the whole photo fitted into the widget; a centre
is the point of the picture in the middle, as fractions of its width and height. Both stay while
photos change, so that the frames of a burst show the same detail.

What the user does (`zoom_to`, `zoom_by`, `toggle`, `pan`, the mouse) posts `Moved`. To lock views
together, handle it and call `look` on the others, which posts nothing::

    def on_zoom_view_moved(self, message: ZoomView.Moved) -> None:
        for view in self.query(ZoomView):
            if view is not message.view:
                view.look(message.zoom, message.centre)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, gcd

from msgspec.structs import replace
from textual import events
from textual.geometry import Offset, Size
from textual.message import Message

from tui_selector.app.graphics.painter import HeatLayer, Overlay, PictureRequest
from tui_selector.app.graphics.viewport import Pair, Piece, Viewport, next_level
from tui_selector.app.widgets.photo_view import PhotoView, Placed
from tui_selector.app.widgets.tile import Tile
from tui_selector.library.pictures.thumbnails import THUMBNAIL_SIDE

#: Part of the window that a pan by a key moves.
STEP = 0.25


class ZoomView(PhotoView):
    """Shows one photo, fitted or zoomed."""

    _zoom: float | None = None
    _centre: Pair = (0.5, 0.5)
    _overlay: Overlay = ""
    _heat: HeatLayer | None = None
    _moment: float | None = None
    _examined = False
    _full_colour = True
    _weighed: tuple[str, float | None] | None = None
    _grabbed: Offset | None = None
    _dragged = False

    class Moved(Message):
        """The user has zoomed or panned a view.

        Attributes:
            view: The view.
            zoom: Its zoom now; None for the fit.
            centre: The point in its middle, as fractions of the picture.
        """

        def __init__(self, view: ZoomView, zoom: float | None, centre: Pair) -> None:
            super().__init__()
            self.view, self.zoom, self.centre = view, zoom, centre

        @property
        def control(self) -> ZoomView:
            return self.view

    # -- where it looks ----------------------------------------------------------------------

    @property
    def zoom(self) -> float | None:
        """Screen pixels per picture pixel; None for the fit."""
        return self._zoom

    @property
    def centre(self) -> Pair:
        """The point in the middle of a zoomed view, as fractions of the picture."""
        return self._centre

    @property
    def viewport(self) -> Viewport | None:
        """What is in sight at the zoom; None in the fit, or while the photo's size is unknown."""
        return None if self._tile is None else self._viewport(self._tile)

    def look(self, zoom: float | None, centre: Pair | None = None) -> None:
        """Look at a point at a zoom; posts no message.

        Args:
            zoom: Screen pixels per picture pixel; None for the fit.
            centre: The point for the middle; None for the last one.
        """
        self._zoom = zoom
        self._centre = self._centre if centre is None else centre
        self._plan()

    def zoom_to(self, zoom: float | None, at: Offset | None = None) -> None:
        """Zoom; the point of the picture under `at` stays there.

        Args:
            zoom: Screen pixels per picture pixel; None for the fit.
            at: A cell of the widget; None zooms to the last centre.
        """
        now = self._whereabouts()
        centre = self._centre
        if now is not None and zoom is not None and at is not None:
            centre = now.zoomed(zoom, at.x + 0.5, at.y + 0.5).centre
        self._move(zoom, centre)

    def zoom_by(self, steps: int, at: Offset | None = None) -> None:
        """Zoom one level in (`steps` > 0) or out; a bell where there is no further one."""
        now = self._whereabouts()
        level = self._zoom if now is None else next_level(now, self._zoom, steps)
        if level == self._zoom:
            self.app.bell()
        else:
            self.zoom_to(level, at)

    def toggle(self, at: Offset | None = None) -> None:
        """Change between the fit and 100 %."""
        self.zoom_to(1.0 if self._zoom is None else None, at)

    def pan(self, right: float, down: float) -> None:
        """Move over the picture by fractions of the widget's size, at least a cell."""
        self.pan_cells(
            *(
                int(part * side) or (part > 0) - (part < 0)
                for part, side in zip((right, down), self._box(), strict=True)
            )
        )

    def pan_cells(self, columns: int, rows: int) -> None:
        """Move over the picture by cells, as far as it goes; nothing in the fit."""
        viewport = self.viewport
        if viewport is not None:
            self._move(self._zoom, viewport.panned(columns, rows).centre)

    def _move(self, zoom: float | None, centre: Pair) -> None:
        if (zoom, centre) != (self._zoom, self._centre):
            self.look(zoom, centre)
            self.post_message(self.Moved(self, zoom, centre))

    def _viewport(self, tile: Tile) -> Viewport | None:
        size = self._picture_size(tile)
        if self._zoom is None or size is None or not self._box() or not self._painter.draws:
            return None
        return Viewport(size, self._window(), self._cell(), self._zoom, self._centre)

    def _whereabouts(self) -> Viewport | None:
        """The viewport, of the fit too; None while nothing is known of the photo."""
        size = self._picture_size(self._tile) if self._tile else None
        if size is None or not self._box() or not self._painter.draws:
            return None
        fit = Viewport(size, self._window(), self._cell(), 1.0, self._centre)
        return replace(fit, zoom=self._zoom or fit.fit)

    def _window(self) -> tuple[int, int]:
        return self._box().width, self._box().height

    def _cell(self) -> Pair:
        """A cell in the dots that the painter can draw."""
        size = Size(8, 8)
        request = self._painter.request("", "", size, False)
        return request.width * request.stretch / size.width, request.height / size.height

    def _most(self) -> tuple[int, int]:
        """Columns and rows of the largest picture that the painter can draw in the widget."""
        whole, (width, height) = self._painter.request("", "", self._box(), False), self._cell()
        columns, rows = round(whole.width * whole.stretch // width), round(whole.height // height)
        return max(1, columns), max(1, rows)

    def _picture_size(self, tile: Tile) -> tuple[int, int] | None:
        """Size of the upright original in pixels; None while it is not known."""
        if tile.width and tile.height:
            return tile.width, tile.height
        return self._source.originals.size(tile.key or tile.path)

    # -- overlays and videos -----------------------------------------------------------------

    @property
    def overlay(self) -> Overlay:
        """What is painted over the photo."""
        return self._overlay

    @overlay.setter
    def overlay(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._plan()

    @property
    def heat(self) -> HeatLayer | None:
        """What is painted over this one picture, not over the next photo or frame."""
        return self._heat

    @heat.setter
    def heat(self, heat: HeatLayer | None) -> None:
        self._heat = heat
        self._plan()

    @property
    def examined(self) -> bool:
        """Whether the photos are decoded in full though nothing here needs it."""
        return self._examined

    @examined.setter
    def examined(self, examined: bool) -> None:
        self._examined = examined
        self._plan()

    @property
    def moment(self) -> float | None:
        """Seconds into a video; None for its poster, and for photos."""
        return self._moment

    @moment.setter
    def moment(self, moment: float | None) -> None:
        if moment != self._moment:
            self._heat = None
        self._moment = moment
        self._plan()

    def show(self, tile: Tile | None, near: Sequence[Tile] = ()) -> None:
        if tile is None or self._tile is None or tile.path != self._tile.path:
            self._moment = self._heat = None
        super().show(tile, near)

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self._zoom is not None:
            self._grabbed, self._dragged = event.screen_offset, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._grabbed is not None:
            moved = self._grabbed - event.screen_offset
            if moved:
                self._grabbed, self._dragged = event.screen_offset, True
                self.pan_cells(moved.x, moved.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and not self._dragged:
            event.stop()
            self.toggle(event.offset)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.zoom_by(1, event.offset)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.zoom_by(-1, event.offset)

    # -- what is asked for -------------------------------------------------------------------

    class OriginalReady(Message):
        """A photo has been decoded in full, or cannot be; many of these in a row are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ZoomView.OriginalReady)

    def on_zoom_view_original_ready(self) -> None:
        self._plan()

    def on_unmount(self) -> None:
        self._source.originals.want(self._original_came, ())
        super().on_unmount()

    def _plan(self) -> None:
        if self.is_attached:
            self._want_originals()
            self._weigh()
        super()._plan()

    @property
    def complete(self) -> bool:
        return super().complete and all(map(self._is_decoded, self._decoding()[:1]))

    @property
    def prepared(self) -> bool:
        return super().prepared and all(map(self._is_decoded, self._decoding()))

    def _decoding(self) -> list[tuple[str, str]]:
        """Key and path of what is decoded in full: where pixels are looked at, and the next."""
        if self._zoom is None and not self._overlay and not self._examined:
            return []
        tiles = [tile for tile in (self._tile, *self._near) if tile is not None and not tile.note]
        return [(tile.key or tile.path, tile.path) for tile in tiles]

    def _is_decoded(self, wish: tuple[str, str]) -> bool:
        originals = self._source.originals
        return originals.ready(wish[0], self._overlay) or bool(originals.problem(wish[0]))

    def _want_originals(self) -> None:
        self._source.originals.want(self._original_came, self._decoding(), self._overlay)

    def _original_came(self) -> None:
        """Called from the decoding thread."""
        self.post_message(self.OriginalReady())

    def _weigh(self) -> None:
        """Choose between full colour and a palette by the line, once for each photo and zoom."""
        if self._tile is not None and self._box():
            now = (self._tile.path, self._zoom)
            if now != self._weighed:
                self._weighed = now
                whole = self._painter.request("", "", self._box(), False)
                self._full_colour = self._painter.level([whole]) == 0

    def _best(self, request: PictureRequest) -> PictureRequest:
        if request.encoding != "png":
            return request
        return replace(request, colours=0) if self._full_colour else replace(request, dithered=True)

    def _whole(self, tile: Tile) -> tuple[PictureRequest, ...]:
        full, *quick = super()._whole(tile)
        return (self._best(full), *quick)

    def _problem(self, layout: Iterable[Placed]) -> str:
        tile = self._tile
        if tile is not None and self._zoom is not None and self._moment is None:
            why = self._source.originals.problem(tile.key or tile.path)
            if why:
                return why
        return super()._problem(layout)

    def _layout(self, tile: Tile) -> list[Placed]:
        if tile.note:
            return []
        key = tile.key or tile.path
        moment = self._moment if tile is self._tile else None
        overlay: Overlay = self._overlay if moment is None else ""
        if not self._source.originals.ready(key, overlay):
            overlay = ""
        heat = self._heat if tile is self._tile else None
        viewport = self._viewport(tile)
        if viewport is None:
            whole = self._whole(tile)
            if moment is not None:
                frame = replace(whole[0], moment=moment)
                return [Placed(0, 0, (*_painted(frame, "", heat), frame))]
            return [Placed(0, 0, (*_painted(whole[0], overlay, heat), *whole))]
        sharp = moment is not None or self._source.originals.ready(key, "")
        pieces = viewport.pieces() if self._painter.cuttable else viewport.parts(self._most())
        left, top = viewport.offset
        return [
            Placed(
                piece.column - left,
                piece.row - top,
                self._piece(tile, viewport, piece, sharp, overlay, heat, moment),
            )
            for piece in pieces
        ]

    def _piece(
        self,
        tile: Tile,
        viewport: Viewport,
        piece: Piece,
        sharp: bool,
        overlay: Overlay,
        heat: HeatLayer | None,
        moment: float | None,
    ) -> tuple[PictureRequest, ...]:
        """What shows a piece, best first; the last is cut from the thumbnail and costs nothing."""
        box = Size(piece.columns, piece.rows)
        request = self._painter.request(tile.key or tile.path, tile.path, box, False)
        request = replace(request, on_disk=False, crop=viewport.crop(piece), moment=moment)
        full = self._best(request)
        if moment is not None:
            return (*_painted(full, "", heat), full)
        share = min(1.0, THUMBNAIL_SIDE / max(viewport.picture) / viewport.zoom)
        quick = _shrunk(request, share)
        painted = _painted(full, overlay, heat)
        return (*painted, full, quick) if sharp else (*_painted(quick, "", heat), quick)


def _shrunk(request: PictureRequest, share: float) -> PictureRequest:
    """The same picture with a share of its pixels to a side, as large on the screen."""
    if request.encoding != "png":
        return replace(request, block=ceil(1 / share))
    # The same shape to the pixel, or seams would show between the pieces.
    unit = gcd(request.width, request.height)
    times = ceil(unit * share)
    return replace(
        request, width=request.width // unit * times, height=request.height // unit * times
    )


def _painted(
    request: PictureRequest, overlay: Overlay, heat: HeatLayer | None
) -> tuple[PictureRequest, ...]:
    """The same picture with what is painted over it; nothing where nothing is."""
    return (replace(request, overlay=overlay, heat=heat),) if overlay or heat else ()
