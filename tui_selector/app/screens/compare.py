"""Comparing: two to four photos side by side, looked at together, decided about one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.comparison import MOST, Comparison, Pair, arrangement, neighbour, shares
from tui_selector.app.details import exposure, read_details
from tui_selector.app.graphics.painter import Overlay
from tui_selector.app.graphics.spot import Sight, measure
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.widgets.compare_pane import TALL, ComparePane, PaneWords
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.zoom_view import STEP, ZoomView
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo

if TYPE_CHECKING:
    from tui_selector.app.album import Album

#: Seconds that the photos stand still before their sharpness is measured.
_STILL = 0.15

#: Rows that are not panes: the line of words and the keys.
_BELOW = 2


class CompareScreen(Deciding):
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

    def __init__(self, photos: Sequence[int]) -> None:
        """
        Args:
            photos: Ids of at most four photos.
        """
        super().__init__()
        self.comparison = Comparison(photos)
        self._looked: dict[int, Pair] = {}
        self._sharpness: dict[int, float | None] = {}
        self._facts: dict[int, str] = {}
        self._dropped: Photo | None = None
        self._overlay: Overlay = ""
        self._still: Timer | None = None

    def compose(self) -> ComposeResult:
        with Grid(id="panes"):
            for _ in range(MOST):
                yield ComparePane(self.selector.pictures, self.selector.loupe_painter)
        yield Static(id="words")
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self.selector.album_changed.subscribe(self, self._changed)
        self._show()

    def on_unmount(self) -> None:
        self.selector.pictures.originals.want(self._original_came, ())

    def on_resize(self) -> None:
        self._arrange()
        self._stand_still()

    def on_screen_resume(self) -> None:
        """Leave where all photos have gone while a dialog stood over this."""
        self._show()

    @property
    def panes(self) -> list[ComparePane]:
        """The panes that show photos, in order."""
        return list(self.query(ComparePane))[: len(self.comparison.frames)]

    def targets(self) -> list[int]:
        """The active photo, whatever is marked."""
        photo = self.comparison.active_photo
        return [] if photo is None else [photo]

    # -- decisions ---------------------------------------------------------------------------

    def _decided(self, album: Album, photos: list[int], *, advance: bool) -> None:
        """Use up the marks, and make the next photo the active one."""
        album.unmark(photos)
        if advance and photos == self.targets() and self.selector.settings.advance:
            self.comparison.active += 1
        self.show_decided(photos)

    def action_trash(self) -> None:
        """Move the active photo to the trash; undo brings it back here."""
        photos = self.targets()
        super().action_trash()
        album = self.album
        for photo in photos:
            if album is not None and album.is_leaving(photo):
                self.comparison.leave(photo)
        self._show()

    def action_mark(self) -> None:
        """Mark or unmark the active photo, then advance."""
        album, photos = self.album, self.targets()
        if album is not None and photos:
            marked = photos[0] in album.marks
            (album.unmark if marked else album.mark_photos)(photos)
            self.comparison.active += 1
            self.show_decided(photos)

    def _changed(self, photos: Sequence[int] | None) -> None:
        """Let photos go that are gone, and take back those that undo has brought back."""
        album = self.album
        if album is None:
            return
        for photo in self.comparison.photos:
            if not self._is_there(photo):
                self.comparison.leave(photo)
        for photo in self.comparison.left:
            if self._is_there(photo) and not album.is_leaving(photo):
                self.comparison.come_back(photo)
        self._show()

    def _is_there(self, photo: int) -> bool:
        row = self._row(photo)
        return row is not None and row.state in PRESENT

    def _row(self, photo: int) -> Photo | None:
        return self.album.photo_of(photo) if self.album is not None else None

    # -- choosing ----------------------------------------------------------------------------

    def action_pane(self, by: int) -> None:
        """Make the next photo the active one, or the one before; after the last comes the first."""
        count = len(self.comparison.frames)
        if count:
            self._choose((self.comparison.active + by) % count)

    def _choose(self, index: int) -> None:
        self.comparison.active = index
        self._tell()

    @on(ComparePane.Chosen)
    def _pane_chosen(self, event: ComparePane.Chosen) -> None:
        event.stop()
        if event.pane in self.panes:
            self._choose(self.panes.index(event.pane))

    def action_swap(self) -> None:
        """Let the active photo and the next one change places."""
        if not self.comparison.swap():
            self.app.bell()
        self._show()

    def action_replace_photo(self, by: int) -> None:
        """Compare the next photo of the tab, or the one before, in the place of the active one."""
        album, active = self.album, self.comparison.active_photo
        besides = self.comparison.photos
        other = neighbour(album, active, by, besides) if album is not None else None
        if other is None:
            self.app.bell()
            return
        self.comparison.replace(other)
        self._show()

    def action_drop_worst(self) -> None:
        """Compare the photo that is the least sharp at this spot no more; nothing else happens."""
        measured = {
            photo: share
            for photo, share in zip(self.comparison.photos, self.sharpness, strict=True)
            if share is not None
        }
        if len(measured) < 2:
            known = all(photo in self._sharpness for photo in self.comparison.photos)
            self.selector.say(
                "There are no two photos whose sharpness can be compared here."
                if known
                else "The sharpness is still being measured."
            )
            self.app.bell()
            return
        worst = min(measured, key=measured.__getitem__)
        self._drop(worst, f", the least sharp here ({_percent(measured[worst])})")

    def action_drop(self) -> None:
        """Compare the active photo no more; nothing else happens to it."""
        photo = self.comparison.active_photo
        if photo is None or len(self.comparison.frames) < 2:
            self.app.bell()
            return
        self._drop(photo, "")

    def _drop(self, photo: int, why: str) -> None:
        self._dropped = self._row(photo)
        self.comparison.drop(photo)
        name = printable(self._dropped.name) if self._dropped else "the photo"
        key = self.selector.keys.first("reject-dropped")
        self.selector.say(f"Dropped {name}{why}. {key} rejects it.")
        self._show()

    def action_reject_dropped(self) -> None:
        """Reject the photo that was dropped last."""
        album, desk, photo = self.album, self.selector.desk, self._dropped
        if album is None or desk is None or photo is None:
            self.app.bell()
            return
        self._dropped = None
        desk.flag([photo.id], Flag.REJECT)
        key = self.selector.keys.first("undo")
        self.selector.say(f"Rejected {printable(photo.name)}: {key} takes it back.")
        self._decided(album, [photo.id], advance=False)

    # -- looking -----------------------------------------------------------------------------

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
            self._choose(index)
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
        self._tell()

    def action_align(self) -> None:
        """Let every photo look where the active one looks."""
        self.comparison.align(self._sides())
        self._look()

    def action_paint(self, overlay: Overlay) -> None:
        """Paint lost shadows and highlights, or what is in focus, over every photo."""
        self._overlay = "" if self._overlay == overlay else overlay
        for pane in self.panes:
            pane.view.overlay = self._overlay
        self._tell()

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
        """Of each photo at the spot in sight, as a share of the best; None while not known."""
        return shares([self._sharpness.get(photo) for photo in self.comparison.photos])

    def _stand_still(self) -> None:
        """Forget what was measured elsewhere; measure again when nothing has moved for a moment."""
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
        photos = self.comparison.photos
        sights = [_sight(pane.view) for pane in self.panes]
        originals = self.selector.pictures.originals
        measured = await measure(sights, originals, self._original_came)
        if measured is not None:
            self._sharpness = dict(zip(photos, measured, strict=True))
            self._tell()

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
        styles = self.query_one("#panes", Grid).styles
        styles.grid_size_rows, styles.grid_size_columns = rows, columns

    def _show(self) -> None:
        """Show what the comparison holds now; with nothing left to look at, return."""
        if not self.is_attached:
            return
        if self.album is None or not self.comparison.frames:
            self.leave()
            return
        self._arrange()
        for index, pane in enumerate(self.query(ComparePane)):
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
        self._tell()

    @work(exclusive=True, group="facts")
    async def _read_facts(self) -> None:
        """Read the exposures that are not known yet, in the background."""
        for photo in self.comparison.photos:
            if photo not in self._facts:
                details = await self.selector.reader.ask(partial(read_details, id_=photo))
                self._facts[photo] = exposure(details.metadata) if details is not None else ""
        self._tell()

    def _tell(self) -> None:
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
                    active=index == comparison.active,
                    tile=album.tile_of(self._row(photo)),
                    sharpness="" if share is None or len(shares_) < 2 else _percent(share),
                    sharpest=share is not None and share == best,
                    facts=self._facts.get(photo, ""),
                )
            )
        self.query_one("#words", Static).update(self._words())

    def _words(self) -> str:
        """The line below the photos."""
        count, view = len(self.comparison.frames), self._view
        zoom = view.zoom if view is not None else None
        parts = [
            f"{count} photos" if count > 1 else "1 photo",
            "whole photos" if zoom is None else f"{zoom:.0%}".replace("%", " %"),
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


def _sight(view: ZoomView) -> Sight | None:
    """What is seen in a view; None where it shows no picture."""
    tile, viewport = view.tile, view.viewport
    if tile is None or tile.note:
        return None
    sight = Sight(tile.key or tile.path, tile.path)
    return sight if viewport is None else replace(sight, part=viewport.seen)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
