"""What leaves the library from this screen, and decisions that come back; made when first used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.exports import Exports
    from tui_selector.app.sidecars import Sidecars


class Outgoing:
    """Exports and sidecars of one screen."""

    def __init__(self, app: SelectorApp) -> None:
        self._app = app
        self._exports: Exports | None = None
        self._sidecars: Sidecars | None = None

    @property
    def exports(self) -> Exports:
        """Exports of photos."""
        if self._exports is None:
            from tui_selector.app.exports import Exports

            self._exports = Exports(self._app)
        return self._exports

    @property
    def sidecars(self) -> Sidecars:
        """Decisions in XMP sidecars."""
        if self._sidecars is None:
            from tui_selector.app.sidecars import Sidecars

            self._sidecars = Sidecars(self._app)
        return self._sidecars

    @property
    def words(self) -> str:
        """How far the export is that runs, for the status line; "" where none does."""
        return self._exports.words if self._exports is not None else ""

    def look(self) -> None:
        """Look at sidecars that have changed elsewhere, in the background, if settings say so."""
        if self._app.settings.sidecars != "off" and self._app.desk is not None:
            self._app.run_worker(self.sidecars.look(), name="sidecars", group="sidecars")

    def decided(self, photos: Iterable[int]) -> None:
        """Write what has just been decided into sidecars, if settings say so."""
        if self._app.settings.sidecars == "sync":
            self.sidecars.decided(photos)

    def close(self) -> None:
        """Stop what is exported, write what is to be written. Waits; may be repeated."""
        for each in (self._exports, self._sidecars):
            if each is not None:
                each.close()
