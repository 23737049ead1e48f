"""Counts the tags of what the grid shows, in a thread of its own: the newest question counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from tui_selector.app.catalog_thread import CatalogThread
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.tag_table import TagCount
from tui_selector.paths import LibraryPaths


class TagCounts(msgspec.Struct, frozen=True):
    """Tags with their counts, most photos first, and the thresholds that there are."""

    counts: list[TagCount]
    thresholds: dict[str, float]


class TagCounter:
    """Counts without keeping anybody waiting: in a large library counting takes half a second."""

    def __init__(self, paths: LibraryPaths) -> None:
        """
        Args:
            paths: Of the library.
        """
        self._catalog: Catalog | None = None
        self._thread = CatalogThread("tags", paths, self._keep)

    async def count(
        self, tab: int, *, undecided: bool = False, listed: Sequence[int] | None = None
    ) -> TagCounts | None:
        """Count the tags in a tab, or of the photos listed; None where that cannot be.

        Args:
            tab: A cluster's id or a `View`.
            undecided: Whether only photos that are neither picked nor rejected are counted.
            listed: What a search has found, where that is shown instead.
        """

        def job(catalog: Catalog) -> TagCounts:
            if listed is not None:
                counts = catalog.tags.shared(listed)
            else:
                counts = catalog.tags.counted(tab, undecided=undecided)
            return TagCounts(counts, catalog.tags.thresholds())

        try:
            return await self._thread.run(job)
        except (CatalogError, sqlite3.Error):
            return None

    def close(self) -> None:
        """Break off what is being counted and let go of the catalog."""
        catalog, self._catalog = self._catalog, None
        if catalog is not None:
            # The thread may have closed it: it was set aside.
            with suppress(sqlite3.ProgrammingError):
                catalog.connection.interrupt()
        self._thread.close()

    def _keep(self, catalog: Catalog) -> Catalog:
        self._catalog = catalog
        return catalog
