"""The loupe: one photo in the whole window, decided about as in the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.details import read_details
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.widgets.info_panel import InfoPanel
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.zoom_view import ZoomView
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo

_FLAGS = {Flag.PICK: ("✔ picked", "$text-success"), Flag.REJECT: ("✘ rejected", "$text-error")}


class LoupeScreen(Deciding):
    """Shows the album's current photo; its cursor is the grid's, so both stand on the same one."""

    contexts: ClassVar[tuple[actions.Context, ...]] = actions.LOUPE
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("loupe")]
    DEFAULT_CSS = """
    LoupeScreen {
        & #view { height: 1fr; }
        & ZoomView { width: 1fr; height: 1fr; }
        & InfoPanel { display: none; }
        &.-informed InfoPanel { display: block; }
        & #caption { height: 1; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        with Horizontal(id="view"):
            yield ZoomView(self.selector.pictures, self.selector.loupe_painter)
            yield InfoPanel()
        yield Static(id="caption")
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self.selector.album_changed.subscribe(self, self._changed)
        self._show()

    def targets(self) -> list[int]:
        """The photo that is shown, whatever is marked."""
        album = self.album
        return [] if album is None or album.current_id is None else [album.current_id]

    def _changed(self, photos: Sequence[int] | None) -> None:
        self._show()

    # -- actions -----------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Go to the next photo or the one before."""
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

    def action_info(self) -> None:
        """Show or hide what is known of the photo."""
        self.toggle_class("-informed")
        self._inform()

    def action_back(self) -> None:
        """Return to the grid."""
        self.dismiss()

    # -- drawing -----------------------------------------------------------------------------

    def _show(self) -> None:
        album = self.album
        if album is None or not len(album):
            self.dismiss()
            return
        here = album.cursor
        near = [album.tile(index) for index in (here + 1, here - 1) if 0 <= index < len(album)]
        self.query_one(ZoomView).show(album.tile(here), near)
        photo = album.current
        marked = photo is not None and photo.id in album.marks
        self.query_one("#caption", Static).update(
            self._caption(photo, f"{here + 1}/{len(album)}", marked)
        )
        self._inform()

    def _caption(self, photo: Photo | None, place: str, marked: bool) -> Text:
        variables = self.app.theme_variables
        text = Text(place + "  ")
        if photo is None:
            return text
        text.append(printable(photo.name), f"bold {variables['foreground']}")
        words, colour = _FLAGS.get(photo.flag, ("", ""))
        if words:
            text.append(f"  {words}", variables[colour[1:]])
        if photo.rating:
            text.append("  " + "★" * photo.rating, variables["text-warning"])
        if photo.label:
            text.append(f"  ● {photo.label}", photo.label)
        if marked:
            text.append("  ◆ marked", variables["text-accent"])
        if photo.problem:
            text.append(f"  {printable(photo.problem)}", variables["text-error"])
        return text

    def _inform(self) -> None:
        """Read what the panel tells, in the background; only the last photo asked for counts."""
        photo = self.album.current_id if self.album is not None else None
        if photo is not None and self.has_class("-informed"):
            self.run_worker(self._read_details(photo), exclusive=True, group="details")

    async def _read_details(self, photo: int) -> None:
        details = await self.selector.reader.ask(lambda catalog: read_details(catalog, photo))
        self.query_one(InfoPanel).show(details)
