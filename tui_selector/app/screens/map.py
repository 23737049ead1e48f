"""The map of a library: photos that look alike lie next to each other."""

from __future__ import annotations

from typing import ClassVar, get_args

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.map_colours import COLOURINGS, TITLES
from tui_selector.app.screens.chat import ChatBeside
from tui_selector.app.screens.map_marks import MapMarks
from tui_selector.app.screens.map_narrowing import MapNarrowing
from tui_selector.app.screens.map_saving import Saving
from tui_selector.app.screens.naming import Naming
from tui_selector.app.status import decision_text
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.map_pixels import MapPixels
from tui_selector.app.widgets.map_plot import MapPlot
from tui_selector.app.widgets.map_side import MapSide
from tui_selector.app.widgets.map_thumbnails import PicturesWhen
from tui_selector.app.widgets.tile import Tile
from tui_selector.library.display import printable
from tui_selector.library.map_file import Projection
from tui_selector.library.photo import Photo
from tui_selector.library.timeline import datetime_of

_PICTURES: dict[PicturesWhen, str] = {
    "near": "Pictures where few photos are in sight.",
    "always": "Pictures wherever there is room.",
    "never": "Photos as dots.",
}


class MapScreen(ChatBeside, MapMarks, Naming, MapNarrowing, Saving):
    """Shows the map and lets the owner mark parts of it and decide."""

    contexts: ClassVar[tuple[actions.Context, ...]] = ("map",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("map")]
    DEFAULT_CSS = """
    MapScreen {
        background: $background;
        & #map-head { height: 1; padding: 0 1; background: $surface; color: $foreground; }
        & #map-middle { height: 1fr; }
        & MapPlot { width: 1fr; height: 1fr; }
        &.-narrow MapSide { width: 26; & PhotoView { height: 8; } &.-panel { width: 36; } }
        &.-chat MapSide { display: none; }
        & #map-line { height: 1; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        selector = self.selector
        self.pixels = MapPixels(
            selector.loupe_painter, selector.terminal_link, selector.settings.dots
        )
        yield Static(id="map-head", markup=False)
        with Horizontal(id="map-middle"):
            yield MapPlot(
                selector.pictures,
                selector.painter,
                self._tile,
                self.pixels,
                id="map",
            ).add_class("-photos")
            yield MapSide(selector.pictures, selector.loupe_painter)
            yield Container(id="side")
        yield Static(id="map-line", classes="-photos", markup=False)
        yield KeyBar(selector.keys, self.contexts)

    def on_mount(self) -> None:
        selector = self.selector
        selector.album_changed.subscribe(self, self.album_changed)
        selector.status_changed.subscribe(self, self.status_changed, immediate=True)
        self.method = selector.settings.projection
        self.plot.focus()
        self.show_map()
        self.ask()

    @property
    def side(self) -> MapSide:
        """The photo that is looked at, and the legend."""
        return self.query_one(MapSide)

    # -- showing -----------------------------------------------------------------------------

    def show_map(self) -> None:
        if not self.is_attached:
            return
        shown, album, plot = self.shown, self.album, self.plot
        # A question may wait for the photo that is looked at.
        self.tell_chat(())
        if shown is None:
            plot.show_map(None, None, empty=self.empty_words())
            self.tell()
            return
        if album is not None:
            shown.points.mark(album.marks)
        is_first = not plot.has_map
        plot.show_map(shown.points, shown.colouring, empty=self.empty_words())
        self.side.show_legend(shown.colouring, TITLES[self.colour_by])
        self.show_colours_of_kinds()
        here = shown.points.index_of(album.current_id) if is_first and album is not None else None
        if here is not None:
            plot.go_to(here)
        self.tell()

    def redraw(self) -> None:
        self.plot.refresh()

    def tell(self) -> None:
        if not self.is_attached:
            return
        self.query_one("#map-head", Static).update(self.head_words(), layout=False)
        self.query_one("#map-line", Static).update(self._line_words(), layout=False)
        photo = self._photo(self.plot.here)
        tile = self.album.tile_of(photo) if self.album is not None and photo is not None else None
        self.side.show_photo(tile, self._photo_words(photo))
        if self.shown is None:
            self.plot.show_map(None, None, empty=self.empty_words())

    def _line_words(self) -> str:
        """What can be done now."""
        plot, keys = self.plot, self.selector.keys
        if plot.drawing:
            corner, close = keys.first("map-corner"), keys.first("map-close")
            unmark, leave = keys.first("map-unmark"), keys.first("map-leave")
            what = "Lasso" if plot.drawing == "lasso" else "Box"
            return (
                f"{what}: arrows, {corner}: corner · {close}: mark inside · {unmark}: unmark it"
                f" · {leave}: give up · mouse: drag (ctrl: unmark)"
            )
        undo = self.selector.desk.titles.undo if self.selector.desk is not None else None
        parts = [
            f"zoom {plot.camera.zoom:.1f}×" if plot.has_map else "",
            f"{len(plot.thumbnails)} as pictures" if plot.thumbnails else "",
            f"{keys.first('undo')}: undo {undo}" if undo else "",
        ]
        return " · ".join(filter(None, parts))

    def _photo(self, index: int | None) -> Photo | None:
        if index is None or self.shown is None or self.album is None:
            return None
        return self.album.photo_of(int(self.shown.points.ids[index]))

    def _tile(self, index: int) -> Tile:
        photo = self._photo(index)
        return self.album.tile_of(photo) if self.album is not None else Tile("", "", "")

    def _photo_words(self, photo: Photo | None) -> str:
        album = self.album
        if photo is None or album is None:
            return ""
        facts = self.selector.reader.facts_of([photo.id]).get(photo.id)
        parts = [
            printable(photo.name),
            _when(facts.clock) if facts is not None else "",
            decision_text(photo),
            "marked" if photo.id in album.marks else "",
        ]
        return "\n".join(filter(None, parts))

    # -- pointing ----------------------------------------------------------------------------

    @on(MapPlot.Pointed)
    def _pointed(self, event: MapPlot.Pointed) -> None:
        event.stop()
        self.tell()
        self.tell_chat(())
        self.tell_timeline()
        self._attend()

    @on(MapPlot.Moved)
    def _moved(self, event: MapPlot.Moved) -> None:
        event.stop()
        self.query_one("#map-line", Static).update(self._line_words(), layout=False)
        if event.by_owner:
            self._attend()

    def _attend(self) -> None:
        """Have the engine rest from what can wait while the owner goes over the map."""
        if self.current_id is not None:
            self.selector.attention.see([self.current_id])
        elif self.shown is not None and len(self.shown.points):
            points = self.shown.points
            self.selector.attention.see(points.ids[points.visible(self.plot.camera)[:9]].tolist())

    @on(MapPlot.DrawingChanged)
    def _drawing_changed(self, event: MapPlot.DrawingChanged) -> None:
        event.stop()
        self.tell()

    @on(MapPlot.Chosen)
    async def _chosen(self, event: MapPlot.Chosen) -> None:
        event.stop()
        await self._open(event.index)

    @property
    def current_id(self) -> int | None:
        """The photo that is looked at."""
        index = self.plot.here
        return None if index is None or self.shown is None else int(self.shown.points.ids[index])

    # -- moving ------------------------------------------------------------------------------

    def action_go(self, right: int, down: int) -> None:
        """Pan; while drawing, move the crosshair."""
        self.plot.go(right, down)

    def action_leap(self, right: int, down: int) -> None:
        """Go to the next photo that way."""
        if not self.plot.leap(right, down):
            self.app.bell()

    def action_zoom_map(self, direction: int) -> None:
        """Zoom at the crosshair."""
        self.plot.zoom(direction)

    async def action_reset(self) -> None:
        """Show all of the map, then all of its photos; marks and photos stay as they are."""
        album = self.album
        if self.plot.is_whole and album is not None and album.query.is_filtered:
            await self.open_query(replace(album.query.whole, sort=album.query.sort))
        self.plot.reset()

    # -- drawing -----------------------------------------------------------------------------

    def action_draw(self, drawing: str) -> None:
        """Begin a lasso or a box."""
        self.plot.draw("box" if drawing == "box" else "lasso")

    def action_corner(self) -> None:
        """Drop a corner."""
        if not self.plot.corner():
            self.app.bell()

    async def action_close_line(self, adding: bool = True) -> None:
        """Close the line; where none is drawn, show the marked photos, or this one, in the grid."""
        album = self.album
        if self.plot.drawing:
            if not self.plot.close_line(adding=adding):
                self.app.bell()
        elif album is not None and album.marks and adding:
            number = len(album.marks)
            called = "1 photo of the map" if number == 1 else f"{number:,} photos of the map"
            self.selector.show_photos(sorted(album.marks), called)
        elif self.plot.here is not None and adding:
            await self._open(self.plot.here)
        else:
            self.app.bell()

    async def _open(self, index: int) -> None:
        """Go to a photo in its tab."""
        if self.shown is not None:
            photo = int(self.shown.points.ids[index])
            self.leave()
            await self.selector.open_photo(photo)

    async def action_back(self) -> None:
        """Give up the line; close the conversation, or the list of kinds; else leave."""
        if self.plot.drawing:
            self.plot.draw("")
        elif self.chat_pane is not None:
            self.close_chat()
        elif self.kinds_panel is not None:
            await self.close_kinds()
        else:
            self.leave()

    # -- the conversation --------------------------------------------------------------------

    async def open_chat(self) -> None:
        await self.close_kinds()
        await super().open_chat()

    async def action_legend(self) -> None:
        """Open the list of kinds, instead of the conversation."""
        if self.chat_pane is not None:
            self.close_chat()
        await super().action_legend()

    def focus_photos(self) -> None:
        self.set_focus(self.plot)

    def chat_photos(self) -> list[int] | None:
        """The photo that is looked at, where nobody is talked about yet; None before the map."""
        is_new = not self.selector.chat.conversation.numbers
        if is_new and self.shown is None and not (self.trouble and self.selector.link.connected):
            return None
        photo = self.current_id if is_new and self.query(MapPlot) else None
        return [] if photo is None else [photo]

    async def go_to_photo(self, photo: int) -> None:
        """Go to a photo on the map, or in the tabs where it is not on the map."""
        if not self.point_at(photo):
            self.leave()
            await self.selector.open_photo(photo)

    def point_at(self, photo: int) -> bool:
        index = self.shown.points.index_of(photo) if self.shown is not None else None
        if index is None:
            return False
        self.plot.go_to(index)
        self.tell()
        return True

    # -- how it is shown ---------------------------------------------------------------------

    def action_colour(self, by: int) -> None:
        """Colour by something else."""
        self.colour_by = COLOURINGS[(COLOURINGS.index(self.colour_by) + by) % len(COLOURINGS)]
        self.colour_anew()

    def action_pictures(self) -> None:
        """Draw pictures where few photos are in sight, wherever there is room, or never."""
        ways = tuple(_PICTURES)
        self.plot.when = ways[(ways.index(self.plot.when) + 1) % len(ways)]
        self.selector.say(_PICTURES[self.plot.when])
        self.tell()

    def action_dots(self) -> None:
        """Draw photos as pixels or as braille."""
        if not self.pixels.can_draw:
            self.selector.say("This terminal shows no pixels: photos are braille.")
            return
        self.selector.say(f"Photos as {self.pixels.switch()}.")
        self.redraw()

    def action_projection(self) -> None:
        """Lay the map out another way."""
        ways: tuple[Projection, ...] = get_args(Projection)
        self.method = ways[(ways.index(self.method) + 1) % len(ways)]
        self.found, self.trouble = None, ""
        self.ask()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show what was decided elsewhere."""
        self.chat_resumed()
        if self.shown is not None:
            self.album_changed(None)


def _when(clock: float | None) -> str:
    """A moment on the clock of the place, as the timeline shows it."""
    return "" if clock is None else f"{datetime_of(clock):%d %b %Y %H:%M}"
