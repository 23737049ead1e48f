"""The loupe: one photo in the whole window, decided about as in the grid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.details import read_details
from tui_selector.app.graphics.painter import Overlay
from tui_selector.app.screens.watching import SECOND, Watching
from tui_selector.app.standing import judged_rows
from tui_selector.app.widgets.film_bar import FilmBar
from tui_selector.app.widgets.film_strip import FilmStrip
from tui_selector.app.widgets.histogram import Histogram, measure_exposure
from tui_selector.app.widgets.info_panel import InfoPanel
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.loupe_caption import caption, percent, small_map
from tui_selector.app.widgets.region_view import RegionView
from tui_selector.app.widgets.why_bar import WhyBar
from tui_selector.app.widgets.zoom_view import STEP


class LoupeScreen(Watching):
    """Shows the album's current photo; its cursor is the grid's, so both stand on the same one."""

    contexts: ClassVar[tuple[actions.Context, ...]] = actions.LOUPE
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("loupe")]
    DEFAULT_CSS = """
    LoupeScreen {
        & #view { height: 1fr; }
        & ZoomView { width: 1fr; height: 1fr; }
        & #side { width: 40; display: none; background: $surface; }
        & InfoPanel, & Histogram, & FilmBar { display: none; }
        &.-informed InfoPanel, &.-measured Histogram, &.-film FilmBar { display: block; }
        &.-informed #side, &.-measured #side { display: block; }
        & InfoPanel { width: 1fr; height: 1fr; }
        & #caption { height: 1; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._direction = 1

    def compose(self) -> ComposeResult:
        with Horizontal(id="view"):
            yield RegionView(self.selector.pictures, self.selector.loupe_painter)
            with Vertical(id="side"):
                yield Histogram()
                yield InfoPanel()
        yield FilmStrip(self.selector.pictures, self.selector.loupe_painter)
        yield FilmBar()
        yield WhyBar()
        yield Static(id="caption")
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self.selector.album_changed.subscribe(self, self._changed)
        self._show()

    def on_screen_resume(self) -> None:
        """Leave where all photos have gone while a dialog stood over this."""
        self._show()

    def targets(self) -> list[int]:
        """The photo that is shown, whatever is marked."""
        album = self.album
        return [] if album is None or album.current_id is None else [album.current_id]

    def _changed(self, photos: Sequence[int] | None) -> None:
        self._show()

    # -- going about -------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Go to the next photo or the one before."""
        self._direction = by
        if self.album is not None and not self.album.step(by):
            self.app.bell()
        self._show()

    def action_first(self) -> None:
        """Go to the first photo of the tab."""
        if self.album is not None:
            self.album.cursor = 0
        self._show()

    def action_last(self) -> None:
        """Go to the last photo of the tab."""
        if self.album is not None:
            self.album.cursor = len(self.album) - 1
        self._show()

    def action_look(self, right: int, down: int) -> None:
        """Pan over a zoomed photo, go on in a video, or go to another photo."""
        if self.view.viewport is not None:
            self.view.pan(STEP * right, STEP * down)
        elif right and self.shown_film is not None:
            self.seek_by(right * SECOND)
        else:
            self.action_step(right + down)

    def action_nudge(self, right: int, down: int) -> None:
        """Pan over a zoomed photo by a cell, or go on in a video by a frame."""
        if self.view.viewport is not None:
            self.view.pan_cells(right, down)
        elif right and self.shown_film is not None:
            self.seek_frame(right)
        else:
            self.app.bell()

    def action_info(self) -> None:
        """Show or hide what is known of the photo."""
        self.toggle_class("-informed")
        self._inform()

    def action_similar(self) -> None:
        """Find photos like this one."""
        album = self.album
        if album is not None and album.current_id is not None:
            self.selector.find_similar([album.current_id])

    async def action_chat(self) -> None:
        """Ask about this photo, beside the grid."""
        await self.selector.open_chat()

    def action_back(self) -> None:
        """Return to the grid."""
        self.leave()

    # -- looking closely ---------------------------------------------------------------------

    def action_toggle_zoom(self) -> None:
        """Change between the whole photo and 100 %."""
        self.view.toggle()

    def action_zoom_photo(self, by: int) -> None:
        """Zoom one level in or out."""
        self.view.zoom_by(by)

    def action_paint(self, overlay: Overlay) -> None:
        """Paint what is lost or what is in focus over the photo, or stop it."""
        self.view.overlay = "" if self.view.overlay == overlay else overlay
        self.say_where()

    def action_histogram(self) -> None:
        """Show or hide the histogram."""
        self.toggle_class("-measured")
        self.view.examined = self.has_class("-measured")
        self._measure()

    def on_zoom_view_moved(self) -> None:
        self.say_where()

    def on_region_view_changed(self) -> None:
        self.say_where()

    def on_zoom_view_original_ready(self) -> None:
        self._measure()
        self.say_where()

    def _measure(self) -> None:
        """Count the pixels of the photo, once it is decoded."""
        tile = self.view.tile
        if tile is None or not self.has_class("-measured"):
            return
        original = self.selector.pictures.originals.get(tile.key or tile.path)
        histogram = self.query_one(Histogram)
        if original is None:
            histogram.show(None)
            return

        async def measure() -> None:
            histogram.show(await asyncio.to_thread(measure_exposure, original.image))

        self.run_worker(measure(), exclusive=True, group="histogram")

    # -- drawing -----------------------------------------------------------------------------

    def _show(self) -> None:
        album = self.album
        if album is None or not len(album):
            self.leave()
            return
        here = album.cursor
        around = (here + self._direction, here - self._direction)
        near = [album.tile(index) for index in around if 0 <= index < len(album)]
        tile = album.tile(here)
        self.view.show(tile, near)
        self.show_film(tile.path)
        self.explain()
        self.say_where()
        self._measure()
        self._inform()

    def say_where(self) -> None:
        """Say under the photo which one it is and how it is looked at."""
        album = self.album
        if album is None or not len(album):
            return
        if framed := self.region_words():
            self.query_one("#caption", Static).update(Content(framed))
            return
        photo = album.current
        marked = photo is not None and photo.id in album.marks
        overlay = self.view.overlay if self.view.moment is None else ""
        place = f"{album.cursor + 1}/{len(album)}"
        self.query_one("#caption", Static).update(
            caption(photo, place, self._sight(), overlay, self.app.theme_variables, marked)
        )

    def _sight(self) -> str:
        """Zoom and place in the photo; "" in the fit."""
        viewport = self.view.viewport
        if viewport is None:
            return ""
        words = f"{percent(viewport.zoom)} {small_map(viewport.seen)}"
        tile = self.view.tile
        original = (
            None if tile is None else self.selector.pictures.originals.get(tile.key or tile.path)
        )
        if original is not None and original.image.width < original.width:
            words += f" of {percent(original.image.width / original.width)} of the pixels"
        return words

    def _inform(self) -> None:
        """Read what the panel tells, in the background; only the last photo asked for counts."""
        photo = self.album.current_id if self.album is not None else None
        if photo is not None and self.has_class("-informed"):
            self.run_worker(self._read_details(photo), exclusive=True, group="details")

    async def _read_details(self, photo: int) -> None:
        panel = self.query_one(InfoPanel)
        details = await self.selector.reader.ask(lambda catalog: read_details(catalog, photo))
        results = self.album.results if self.album is not None else None
        hit = results.hits.get(photo) if results is not None else None
        panel.show(details, hit)
        if details is not None and details.standing is not None:
            panel.show_judgement(await judged_rows(self.selector.link, details.standing))
