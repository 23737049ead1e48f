"""Comparing: two to four photos side by side, looked at together, decided about one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.comparison import MOST, Pair, arrangement, shares
from tui_selector.app.details import Details, exposure, read_details
from tui_selector.app.duel import Votes
from tui_selector.app.graphics.painter import Overlay
from tui_selector.app.graphics.spot import Sight, measure
from tui_selector.app.screens.choosing import Choosing
from tui_selector.app.widgets.compare_pane import TALL, ComparePane, PaneWords
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.loupe_caption import percent
from tui_selector.app.widgets.zoom_view import STEP, ZoomView

#: Seconds that the photos stand still before their sharpness is measured.
_STILL = 0.15

#: Rows that are not panes: the line of words and the keys.
_BELOW = 2


class CompareScreen(Choosing):
    """Shows photos side by side; decisions are about the active one."""

    contexts: ClassVar[tuple[actions.Context, ...]] = actions.COMPARE
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("compare")]
    DEFAULT_CSS = """
    CompareScreen {
        background: $background;
        & #panes { height: 1fr; grid-gutter: 0 1; }
        & #words { height: 1; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    class OriginalReady(Message):
        """A photo has been decoded in full; many of these in a row are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, CompareScreen.OriginalReady)

    def __init__(
        self,
        photos: Sequence[int],
        among: Sequence[int] | None = None,
        votes: Votes | None = None,
    ) -> None:
        """Arguments as those of `Choosing`."""
        super().__init__(photos, among, votes)
        self._looked: dict[int, Pair] = {}
        self._sharpness: dict[int, float | None] = {}
        self._measured: list[Sight | None] = []
        self._facts: dict[int, str] = {}
        self._overlay: Overlay = ""
        self._still: Timer | None = None

    def compose(self) -> ComposeResult:
        pictures, painter = self.selector.pictures, self.selector.loupe_painter
        self._panes = [ComparePane(pictures, painter) for _ in range(MOST)]
        self._grid = Grid(*self._panes, id="panes")
        self._line = Static(id="words")
        yield self._grid
        yield self._line
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self.selector.album_changed.subscribe(self, self._changed)
        self.show_photos()

    def on_unmount(self) -> None:
        self.selector.pictures.originals.want(self._original_came, ())

    def on_resize(self) -> None:
        self._arrange()
        self._stand_still()

    def on_screen_resume(self) -> None:
        """Leave where all photos have gone while a dialog stood over this."""
        self.show_photos()

    @property
    def panes(self) -> list[ComparePane]:
        """The panes that show photos, in order."""
        return self._panes[: len(self.comparison.frames)]

    # -- looking -----------------------------------------------------------------------------

    @on(ComparePane.Chosen)
    def _pane_chosen(self, event: ComparePane.Chosen) -> None:
        event.stop()
        if event.pane in self.panes:
            self.choose(self.panes.index(event.pane))

    @property
    def _view(self) -> ZoomView | None:
        """The view of the active photo."""
        panes = self.panes
        return panes[self.comparison.active].view if panes else None

    def action_look(self, right: int, down: int) -> None:
        """Pan by a part of the pane; in the fit, go to the photo beside or below."""
        view = self._view
        if view is None:
            return
        if view.zoom is not None:
            view.pan(right * STEP, down * STEP)
            return
        index = self.comparison.active + right + down * self._columns
        if 0 <= index < len(self.comparison.frames):
            self.choose(index)
        else:
            self.app.bell()

    def action_nudge(self, right: int, down: int) -> None:
        """Pan by one cell."""
        if self._view is not None:
            self._view.pan_cells(right, down)

    def action_toggle_zoom(self) -> None:
        """Change between the whole photos and 100 %."""
        if self._view is not None:
            self._view.toggle()

    def action_zoom_photo(self, steps: int) -> None:
        """Zoom in or out by a level."""
        if self._view is not None:
            self._view.zoom_by(steps)

    def action_lock(self) -> None:
        """Unlock zoom and pan, to shift one photo against the others, or lock them again."""
        self.comparison.locked = not self.comparison.locked
        self.tell()

    def action_align(self) -> None:
        """Let every photo look where the active one looks."""
        self.comparison.align(self._sides())
        self._look()

    def action_paint(self, overlay: Overlay) -> None:
        """Paint lost shadows and highlights, or what is in focus, over every photo."""
        self._overlay = "" if self._overlay == overlay else overlay
        for pane in self.panes:
            pane.view.overlay = self._overlay
        self.tell()

    def action_back(self) -> None:
        """Return to where the photos came from, the cursor on the active one."""
        album, photo = self.album, self.comparison.active_photo
        index = album.index_of(photo) if album is not None and photo is not None else None
        if album is not None and index is not None:
            album.cursor = index
        self.leave()

    @on(ZoomView.Moved)
    def _moved(self, event: ZoomView.Moved) -> None:
        event.stop()
        views = [pane.view for pane in self.panes]
        if event.view not in views:
            return
        index = views.index(event.view)
        before = self._looked.get(index)
        self.comparison.active = index
        self.comparison.moved(index, event.zoom, event.centre, self._sides(), before)
        self._looked[index] = event.centre
        self._look(besides=index)

    def _sides(self) -> list[int]:
        """The long side of each photo in pixels, 0 where it is not known."""
        originals = self.selector.pictures.originals
        sides = []
        for pane in self.panes:
            tile = pane.view.tile
            known = (tile.width, tile.height) if tile is not None else (0, 0)
            decoded = originals.size(tile.key or tile.path) if tile is not None else None
            sides.append(max(known) or max(decoded or known))
        return sides

    # -- sharpness ---------------------------------------------------------------------------

    @property
    def sharpness(self) -> list[float | None]:
        return shares([self._sharpness.get(photo) for photo in self.comparison.photos])

    @property
    def measured(self) -> bool:
        return all(photo in self._sharpness for photo in self.comparison.photos)

    def _stand_still(self) -> None:
        """Forget what was measured elsewhere; measure again when nothing has moved for a moment."""
        if self.measured and self._sights() == self._measured:
            return
        self._sharpness.clear()
        if self._still is not None:
            self._still.stop()
        # A timer that has run once cannot be set again.
        self._still = self.set_timer(_STILL, self._measure)

    def _original_came(self) -> None:
        """Called from the decoding thread."""
        self.post_message(self.OriginalReady())

    @on(OriginalReady)
    def _original_ready(self, event: OriginalReady) -> None:
        event.stop()
        self._stand_still()

    @work(exclusive=True, group="sharpness")
    async def _measure(self) -> None:
        """Measure every photo in the part that is in sight, once all are decoded."""
        photos, sights = self.comparison.photos, self._sights()
        originals = self.selector.pictures.originals
        measured = await measure(sights, originals, self._original_came)
        if measured is not None:
            self._sharpness, self._measured = dict(zip(photos, measured, strict=True)), sights
            self.tell()

    def _sights(self) -> list[Sight | None]:
        return [_sight(pane.view) for pane in self.panes]

    # -- showing -----------------------------------------------------------------------------

    @property
    def _columns(self) -> int:
        return self._arrangement()[1]

    def _arrangement(self) -> tuple[int, int]:
        graphics = self.selector.graphics
        photos = map(self._row, self.comparison.photos)
        aspects = [
            photo.width / photo.height if photo and photo.width and photo.height else 1.5
            for photo in photos
        ] or [1.5]
        window = (self.size.width, max(1, self.size.height - _BELOW))
        caption = 2 if window[1] // max(1, len(aspects) // 2) >= TALL else 1
        cell = graphics.cell_width_px / max(1, graphics.cell_height_px)
        return arrangement(window, aspects, cell, caption)

    def _arrange(self) -> None:
        """Divide the window among the panes."""
        rows, columns = self._arrangement()
        styles = self._grid.styles
        styles.grid_size_rows, styles.grid_size_columns = rows, columns

    def show_photos(self) -> None:
        """Show what the comparison holds now; with nothing left to look at, return."""
        if not self.is_attached:
            return
        if self.album is None or not self.comparison.frames:
            self.leave()
            return
        self._arrange()
        for index, pane in enumerate(self._panes):
            used = index < len(self.comparison.frames)
            pane.set_class(not used, "-unused")
            tile = self.album.tile_of(self._row(self.comparison.photos[index])) if used else None
            if tile != pane.view.tile:
                pane.view.show(tile)
            if pane.view.overlay != self._overlay:
                pane.view.overlay = self._overlay
        self._read_facts()
        self._look()

    def _look(self, besides: int | None = None) -> None:
        """Let every view look where its frame looks."""
        for index, (pane, frame) in enumerate(zip(self.panes, self.comparison.frames, strict=True)):
            if index == besides:
                continue
            if (pane.view.zoom, pane.view.centre) != (frame.zoom, frame.centre):
                pane.view.look(frame.zoom, frame.centre)
            viewport = pane.view.viewport
            self._looked[index] = frame.centre if viewport is None else viewport.settled().centre
        self._stand_still()
        self.tell()

    @work(exclusive=True, group="facts")
    async def _read_facts(self) -> None:
        """Read the exposures that are not known yet, in the background."""
        for photo in self.comparison.photos:
            if photo not in self._facts:
                details = await self.selector.reader.ask(partial(read_details, id_=photo))
                self._facts[photo] = _facts(details) if details is not None else ""
        self.tell()

    def tell(self) -> None:
        """Say in words what is seen."""
        album, comparison = self.album, self.comparison
        if album is None or not comparison.frames:
            return
        shares_ = self.sharpness
        best = max((share for share in shares_ if share is not None), default=None)
        for index, (pane, share) in enumerate(zip(self.panes, shares_, strict=True)):
            photo = comparison.photos[index]
            pane.caption.show(
                PaneWords(
                    number=index + 1,
                    active=self.is_chosen(index),
                    tile=album.tile_of(self._row(photo)),
                    sharpness="" if share is None or len(shares_) < 2 else percent(round(share, 2)),
                    sharpest=share is not None and share == best,
                    facts=self._facts.get(photo, ""),
                )
            )
        self._line.update(self._words())

    def is_chosen(self, index: int) -> bool:
        """Whether decisions are about the photo at `index`."""
        return index == self.comparison.active

    def _words(self) -> str:
        """The line below the photos."""
        count, view = len(self.comparison.frames), self._view
        zoom = view.zoom if view is not None else None
        parts = [
            f"{count} photos" if count > 1 else "1 photo",
            "whole photos" if zoom is None else percent(zoom),
        ]
        if count > 1:
            key = self.selector.keys.first("lock")
            parts.append(
                f"zoom and pan locked ({key} unlocks)"
                if self.comparison.locked
                else f"photo {self.comparison.active + 1} moves alone ({key} locks)"
            )
        painted = {"clipping": "clipping painted", "focus": "focus painted"}.get(self._overlay)
        return " · ".join([*parts, *([painted] if painted else [])])


def _facts(details: Details) -> str:
    """How a photo was exposed, and how large it is."""
    photo = details.photo
    size = f"{photo.width} × {photo.height}" if photo.width and photo.height else ""
    return " · ".join(filter(None, (exposure(details.metadata), size)))


def _sight(view: ZoomView) -> Sight | None:
    """What is seen in a view; None where it shows no picture."""
    tile, viewport = view.tile, view.viewport
    if tile is None or tile.note:
        return None
    sight = Sight(tile.key or tile.path, tile.path)
    return sight if viewport is None else replace(sight, part=viewport.seen)
