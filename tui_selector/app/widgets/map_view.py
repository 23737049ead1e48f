"""A map as it is drawn: photos as dots or as pictures, the part in sight, where one looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from msgspec.structs import replace
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.map_camera import Camera
from tui_selector.app.map_colours import Colouring, Ink
from tui_selector.app.map_picture import PixelFrame
from tui_selector.app.map_points import MapPoints
from tui_selector.app.widgets.map_frame import FrameDrawer, Sketch
from tui_selector.app.widgets.map_pixels import MapPixels, laid_over
from tui_selector.app.widgets.map_thumbnails import PicturesWhen, Thumbnail, arranged
from tui_selector.app.widgets.photo_view import PhotoView, Placed
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_drawing import text_rows

#: How far a photo may lie from where one points, in dots.
_REACH = 10.0


class MapView(PhotoView, can_focus=True):
    """Draws a map."""

    DEFAULT_CSS = """
    MapView { background: $background; }
    """

    class Pointed(Message):
        """The mouse or the crosshair has come to another photo.

        Attributes:
            index: Its number; None where it has left one.
        """

        def __init__(self, index: int | None) -> None:
            super().__init__()
            self.index = index

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MapView.Pointed)

    class Moved(Message):
        """Another part is in sight.

        Attributes:
            by_owner: Whether it was moved, rather than fitted.
        """

        def __init__(self, by_owner: bool) -> None:
            super().__init__()
            self.by_owner = by_owner

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MapView.Moved)

    def __init__(
        self,
        source: Pictures,
        painter: Painter,
        tile_of: Callable[[int], Tile],
        pixels: MapPixels,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
    ) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
            tile_of: Returns the tile of the photo with this number.
            pixels: Shows dots where the terminal shows pixels.
            id: As for any widget.
        """
        super().__init__(source, painter, id=id)
        self._tile_of = tile_of
        self._points: MapPoints | None = None
        self._colouring: Colouring | None = None
        self._empty = ""
        self._camera = Camera(1, 1)
        self._moved = False
        self._here: int | None = None
        self._when: PicturesWhen = "near"
        self._thumbnails: list[Thumbnail] = []
        self._level = 0
        self._drawer: FrameDrawer | None = None
        self._frame: list[Strip] | None = None
        self._pixels = pixels
        self._is_painting = False

    # -- what is shown -----------------------------------------------------------------------

    def show_map(
        self, points: MapPoints | None, colouring: Colouring | None, *, empty: str = ""
    ) -> None:
        """Show other photos, or the same ones at other places; the view stays where it was moved.

        Args:
            points: The photos.
            colouring: Their colours.
            empty: What to say where there are none.
        """
        photo = None
        if self._points is not None and self._here is not None:
            photo = int(self._points.ids[self._here])
        self._moved = self._moved and self.has_map
        self._points, self._colouring, self._empty = points, colouring, empty
        self._tile = Tile("", "map", "")
        self._here = points.index_of(photo) if points is not None else None
        self._fit()
        self._look()

    def colour(self, colouring: Colouring) -> None:
        """Show the same photos in other colours."""
        self._colouring = colouring
        self.refresh()

    @property
    def has_map(self) -> bool:
        """Whether there is a map, of some photos at least."""
        return self._points is not None and len(self._points) > 0

    @property
    def camera(self) -> Camera:
        """What is looked at."""
        return self._camera

    @property
    def is_whole(self) -> bool:
        """Whether all of the map is in sight, as after a reset."""
        return not self._moved

    @property
    def here(self) -> int | None:
        """The number of the photo that is pointed at."""
        return self._here

    @property
    def thumbnails(self) -> Sequence[Thumbnail]:
        """The photos that are drawn as pictures."""
        return self._thumbnails

    @property
    def when(self) -> PicturesWhen:
        """When photos are drawn as pictures."""
        return self._when

    @when.setter
    def when(self, when: PicturesWhen) -> None:
        self._when = when
        self._look()

    # -- the part in sight -------------------------------------------------------------------

    def on_resize(self) -> None:
        self._fit()
        self._look()

    def _fit(self) -> None:
        """Fit the view to the window; to the whole map, too, unless it was moved."""
        size, points = self.content_size, self._points
        if not size or points is None:
            return
        whole = Camera.fitting(points.bounds, size.width, size.height)
        if self._moved:
            whole = self._camera.resized(size.width, size.height, whole.fit)
        self._camera = whole

    def reset(self) -> None:
        """Show all of the map again."""
        self._moved = False
        self._fit()
        self._look()

    def move(self, camera: Camera) -> None:
        """Look at another part."""
        if self.has_map:
            self._camera, self._moved = camera, True
            self._look(by_owner=True)

    def _look(self, *, by_owner: bool = False) -> None:
        """Draw the part that is in sight, and ask for its pictures."""
        self._thumbnails = self._arranged()
        self._plan()
        self.refresh()
        self.post_message(self.Moved(by_owner))

    def look_at(self, column: float, row: float) -> None:
        """Look at the picture at a point of the screen, or else at the photo nearest to it.

        Args:
            column: In cells.
            row: The same.
        """
        if self._points is None:
            return
        camera = self._camera
        found = next((each.number for each in self._thumbnails if each.holds(column, row)), None)
        if found is None:
            found = self._points.nearest(camera.place(column, row), _REACH / camera.scale)
        self.look_at_photo(found)

    def look_at_photo(self, index: int | None) -> None:
        """Look at the photo with this number."""
        if index != self._here:
            self._here = index
            self.post_message(self.Pointed(index))

    # -- pictures ----------------------------------------------------------------------------

    def _arranged(self) -> list[Thumbnail]:
        """Which photos are drawn as pictures, and where."""
        if self._points is None or not self._painter.draws:
            return []
        return arranged(self._points, self._camera, self._when)

    def _layout(self, tile: Tile) -> list[Placed]:
        self._level = 0
        placed = [Placed(*self._placed(each)) for each in self._thumbnails]
        self._level = self._painter.level([each.requests[0] for each in placed if each.requests])
        return [Placed(*self._placed(each)) for each in self._thumbnails] if self._level else placed

    def _placed(self, each: Thumbnail) -> tuple[int, int, tuple[PictureRequest, ...]]:
        tile = self._tile_of(each.number)
        if tile.note:
            return each.column, each.row, ()
        request = self._painter.request(tile.key or tile.path, tile.path, each.box, tile.dimmed)
        request = replace(request, on_disk=False)
        # Over a slow line a lesser one comes first.
        variants = self._painter.variants(request)
        quick = variants[min(self._level, len(variants) - 1)]
        return each.column, each.row, tuple(dict.fromkeys((request, quick)))

    # -- drawing -----------------------------------------------------------------------------

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        self._frame = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawer = self._frame = None

    def sketch(self) -> Sketch:
        """What lies over the photos."""
        return Sketch(here=self.here_cell())

    def here_cell(self) -> tuple[int, int] | None:
        """Column and row of the photo that is looked at."""
        if self._points is None or self._here is None:
            return None
        column, row = self._camera.cell(*self._points.places[self._here].tolist())
        return int(column // 1), int(row // 1)

    def _rows(self) -> Sequence[Strip]:
        if self._frame is None:
            self._frame = self._draw()
        return self._frame

    def _draw(self) -> list[Strip]:
        points, colouring, size = self._points, self._colouring, self.content_size
        ground = Style(bgcolor=self.rich_style.bgcolor)
        if points is None or colouring is None or not len(points):
            return text_rows(self._empty, size, self.get_component_rich_style("photo-view--words"))
        if self._drawer is None:
            self._drawer = FrameDrawer(self._ink())
        rows = self._dots(self._drawer, points, colouring, ground)
        over: dict[int, list[tuple[int, Strip]]] = {}
        for each in self._thumbnails:
            _, _, requests = self._placed(each)
            drawn = (self._painter.strips(request, ground) for request in requests)
            strips = next((strips for strips in drawn if strips is not None), None)
            if strips is None:
                continue
            for number, strip in enumerate((*strips, self._line_under(each, points, colouring))):
                over.setdefault(each.row + number, []).append((each.column, strip))
        here = self.here_cell()
        for row, parts in over.items():
            if row < len(rows):
                plain = rows[row]
                rows[row] = laid_over(plain, parts)
                if here is not None and here[1] == row and self._painter.cuttable:
                    # The photo that is looked at is seen where another's picture covers it, too.
                    sign = plain.crop(here[0], here[0] + 1)
                    rows[row] = laid_over(rows[row], [(here[0], sign)] if sign else [])
        return rows

    def _dots(
        self, drawer: FrameDrawer, points: MapPoints, colouring: Colouring, ground: Style
    ) -> list[Strip]:
        """The photos and what lies over them: as pixels where these are there, else as text."""
        camera, sketch = self._camera, self.sketch()

        def text() -> list[Strip]:
            return drawer.draw(points, colouring, camera, sketch)

        pixels = self._pixels
        if not pixels.suits(len(points.seen(camera)[0]), len(self._thumbnails)):
            return text()
        if pixels.want(PixelFrame(points, points.marked, colouring, camera, self._ink())):
            self._paint_pixels()
        rows = pixels.rows(camera, text, ground)
        if rows is None:
            return text()
        for row, parts in drawer.over(camera, sketch).items():
            rows[row] = laid_over(rows[row], parts)
        return rows

    @work(group="pixels")
    async def _paint_pixels(self) -> None:
        if self._is_painting:
            return  # what is wanted now comes when that is done
        self._is_painting = True
        try:
            await self._pixels.paint()
        finally:
            self._is_painting = False
        self.refresh()
        self._pump()
        if self._pixels.busy and self._pump_timer is not None:
            self._pump_timer.resume()

    def _pump(self) -> None:
        super()._pump()
        if self._pixels.pump():
            self.refresh()
        if self._pixels.busy and self._pump_timer is not None:
            self._pump_timer.resume()

    def on_unmount(self) -> None:
        self._pixels.forget()
        super().on_unmount()

    def _line_under(self, each: Thumbnail, points: MapPoints, colouring: Colouring) -> Strip:
        """The line under a picture: its colour, whether it is marked, whether it is looked at."""
        ink, width = self._ink(), each.box.width
        entry = colouring.legend[int(colouring.kinds[each.number])]
        marked = bool(points.marked[each.number])
        colour = ink.accent if marked else entry.colour
        sign = "━" if each.number == self._here else "▔"
        text = f" {'●' if marked else sign}{sign * (width - 3)} "
        style = Style(
            color=RichColor.from_rgb(*(ink.words if each.number == self._here else colour)),
            bgcolor=RichColor.from_rgb(*ink.ground),
        )
        return Strip([Segment(text[:width], style)], width)

    def _ink(self) -> Ink:
        theme = self.app.current_theme
        variables = self.app.theme_variables
        ground = self.background_colors[1]
        accent = Color.parse(variables.get("accent", "#d9b36c"))
        words = Color.parse(variables.get("foreground", "#d4d4d4"))
        return Ink(ground.rgb, accent.rgb, words.rgb, theme.dark)
