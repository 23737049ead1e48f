"""How a screen comes up: first the photos, then what can wait for them, then the engine."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from tui_selector.app import collector
from tui_selector.app.desk import Decided, Desk
from tui_selector.app.snapshot import first_query
from tui_selector.library.catalog.catalog import CatalogError
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp

#: Seconds that the first screen waits for the catalog, so that it is drawn once and with photos.
_FIRST_LOOK = 0.1


class Opening:
    """Opens the catalog of an application, shows what it holds, and stays with the engine."""

    def __init__(self, app: SelectorApp) -> None:
        """
        Args:
            app: The application.
        """
        self._app = app
        self._answered = asyncio.Event()
        self._painted = asyncio.Event()

    async def begin(self) -> None:
        """Open the catalog, in the background, and wait for it for a moment."""
        # The catalog has been read meanwhile, most of the time; a slow one is read while the
        # screen stands there empty.
        self._app.run_worker(self._open(), name="open")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), _FIRST_LOOK)

    def catalog_answered(self) -> None:
        """Say that the catalog was read, or cannot be."""
        self._answered.set()

    def photos_painted(self) -> None:
        """Say that photos are on the screen, and that what has waited for it may begin."""
        self._painted.set()

    async def _open(self) -> None:
        """Open the catalog and show what it holds."""
        app = self._app
        try:
            set_aside = await app.reader.open()
        except (CatalogError, sqlite3.Error) as error:
            app.cannot_read(printable(str(error)))
            gc.enable()
            return
        album = app.reader.album
        assert album is not None
        kept = app.session
        album.restore_place(kept.tab, kept.photo, kept.top)
        album.query = first_query(kept, app.settings)
        app.desk = Desk(app.paths, album, self._decided)
        if set_aside is not None:
            app.say(
                f"The catalog was damaged. It was set aside as {printable(str(set_aside))}; a new "
                "one is being made of the photos, and your decisions come back as they are read.",
                "warning",
            )
        if await app.reader.show(album.query, whole=True):
            app.run_worker(self._finish(app.desk), name="engine")

    async def _finish(self, desk: Desk) -> None:
        """Do what can wait until the photos are on the screen; then stay with the engine."""
        await self._painted.wait()
        app = self._app
        collector.begin(app)
        try:
            for sentence in await desk.recover():
                app.say(sentence)
        except (CatalogError, sqlite3.Error) as error:
            app.say(printable(str(error)), "error")
        app.status_changed.publish(None)
        await asyncio.to_thread(_import_beside_keys)
        app.out.look()
        if app.has_engine:
            await app.link.run()

    def _decided(self, decided: Decided) -> None:
        from tui_selector.app.outcome import show

        show(self._app, decided)


def _import_beside_keys() -> None:
    """Import what is needed next, which would hold up keys for a while on the thread of the UI."""
    import tui_selector.app.sidecars
    import tui_selector.engine.async_client  # noqa: F401
