"""Keeps an album in agreement with the catalog, which is read in a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui_selector.app.album import Album
from tui_selector.app.catalog_thread import CatalogThread
from tui_selector.app.searches import Results
from tui_selector.app.snapshot import Query, read
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.display import printable
from tui_selector.library.photo import Photo
from tui_selector.paths import LibraryPaths

if TYPE_CHECKING:
    from tui_selector.library.catalog.listing_table import Facts

T = TypeVar("T")

#: Share of the time that reading anew may take while the catalog keeps changing.
_READING_SHARE = 0.3

#: Seconds between two readings, at least.
_PAUSE = 0.1


class ReadAhead:
    """The first reading of a library, under way while the terminal's side is still imported."""

    def __init__(self, paths: LibraryPaths, query: Query) -> None:
        """Begin to read what `query` finds."""
        self.query = query
        self.thread: CatalogThread[Catalog] = CatalogThread(
            "reader", paths, lambda catalog: catalog
        )
        self.snapshot = self.thread.submit(lambda catalog: read(catalog, query))


class AlbumReader:
    """Opens a library's catalog and reads it for an album.

    Which photos stand in a tab is read in the thread, which takes long in a large library; the
    rows of the few photos on screen are read where they are drawn, which takes none.

    Attributes:
        album: What is shown; set by `open`.
        reading: Whether a reload is under way.
        results_of: Tells what the search of a tab has found; None for other tabs.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        changed: Callable[[], None],
        complain: Callable[[str], None],
        spawn: Callable[[Coroutine[None, None, None]], object],
        ahead: ReadAhead | None = None,
    ) -> None:
        """
        Args:
            paths: Of the library.
            changed: Is called when the album shows what was read.
            complain: Is told in a sentence why the catalog cannot be read.
            spawn: Runs a coroutine in the background.
            ahead: A reading that was begun before.
        """
        self._paths = paths
        self._changed = changed
        self._complain = complain
        self._spawn = spawn
        self._ahead = ahead
        self._thread = (
            ahead.thread if ahead else CatalogThread("reader", paths, lambda catalog: catalog)
        )
        self._catalog: Catalog | None = None
        self._stale = False
        self.reading = False
        self.album: Album | None = None
        self.results_of: Callable[[int], Results | None] = lambda tab: None

    async def open(self) -> Path | None:
        """Open the catalog and begin an album.

        Returns:
            Where a damaged catalog was set aside, if one was.

        Raises:
            CatalogError: It cannot be opened; the message says why and what to do.
        """
        set_aside = await self._thread.run(lambda catalog: catalog.set_aside)
        self._catalog = Catalog.open(self._paths)
        self.album = Album(self._paths.root, self._fetch, self._stacks)
        return set_aside

    def close(self) -> None:
        """Let go of the catalog. Waits for what is being read; may be repeated."""
        self._thread.close()
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    async def show(self, query: Query, find: int | None = None, *, whole: bool = False) -> bool:
        """Let the album show what a query finds.

        Args:
            query: What to show.
            find: A photo to go to, in its own tab where it is not in this one.
            whole: Whether to count the tabs anew, too, and look for marked photos that are gone.

        Returns:
            Whether the catalog could be read.
        """
        album = self.album
        if album is None:
            return False
        results = self.results_of(query.tab)
        listed = results.ids if results is not None else None
        ranked = results is not None and results.ranked
        marks = frozenset(album.marks if whole else ())
        values = album.values(query.sort.key, results) if query.sort is not None else None
        ahead, self._ahead = self._ahead, None
        try:
            if ahead is not None and ahead.query == query and find is None:
                snapshot = await asyncio.wrap_future(ahead.snapshot)
            else:
                snapshot = await self._thread.run(
                    lambda catalog: read(
                        catalog,
                        query,
                        find=find,
                        marks=marks,
                        with_tabs=whole,
                        listed=listed,
                        ranked=ranked,
                        values=values,
                    )
                )
            self._renew(album)
        except (CatalogError, sqlite3.Error) as error:
            self._complain(f"The catalog cannot be read: {printable(str(error))}")
            return False
        album.show(snapshot, results if snapshot.query.tab == query.tab else None)
        self._changed()
        return True

    def _renew(self, album: Album) -> None:
        """Read rows from the new catalog where a damaged one was set aside meanwhile."""
        if self._catalog is not None and self._catalog.is_stale:
            self._catalog.close()
            self._catalog = Catalog.open(self._paths)
            album.forget_rows()

    def reload(self) -> None:
        """Read again what the album shows, soon; many calls are one."""
        self._stale = True
        if not self.reading and self.album is not None:
            self.reading = True
            self._spawn(self._reload(self.album))

    async def _reload(self, album: Album) -> None:
        try:
            while self._stale:
                self._stale = False
                began = time.monotonic()
                await self.show(album.query, whole=True)
                took = time.monotonic() - began
                # While photos stream in, reading them must leave the machine to their indexing.
                await asyncio.sleep(max(_PAUSE, took / _READING_SHARE - took))
        finally:
            self.reading = False

    async def ask(self, job: Callable[[Catalog], T]) -> T | None:
        """The result of a reading job; None where the catalog cannot be read."""
        try:
            return await self._thread.run(job)
        except (CatalogError, sqlite3.Error):
            return None

    def facts_of(self, ids: Sequence[int]) -> dict[int, Facts]:
        """What a table shows of some photos; read at once, on the UI thread, so let them be few."""
        if self._catalog is None:
            return {}
        try:
            return self._catalog.listing.facts(ids)
        except sqlite3.Error:
            return {}  # as `_fetch`

    async def photos_named(self, text: str, limit: int) -> list[Photo]:
        """The first photos whose path holds `text`, whatever its case."""
        return await self.ask(lambda catalog: catalog.photos.named(text, limit)) or []

    async def photos_in(self, tab: int) -> list[int]:
        """The ids of a tab's photos, whatever the filter."""
        return list(await self.ask(lambda catalog: catalog.tabs.photo_ids(tab)) or ())

    def _stacks(self, ids: Sequence[int]) -> dict[int, int]:
        if self._catalog is None:
            return {}
        try:
            return {photo: place.size for photo, place in self._catalog.groups.of(ids).items()}
        except sqlite3.Error:
            return {}  # as `_fetch`

    def _fetch(self, ids: Sequence[int]) -> list[Photo]:
        if self._catalog is None:
            return []
        try:
            return self._catalog.photos.get(ids)
        except sqlite3.Error:
            # The thread meets the same trouble and says it.
            return []
