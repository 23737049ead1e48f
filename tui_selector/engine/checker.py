"""The thread that has SQLite check the catalog, once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tui_selector.engine.protocol import AnyEvent, Notice
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.display import printable
from tui_selector.paths import LibraryPaths


class Checker:
    """See the head of this module."""

    def __init__(self, library: LibraryPaths, publish: Callable[[AnyEvent], None]) -> None:
        """Prepare the thread.

        Args:
            library: Which library.
            publish: Tells every client, from the thread.
        """
        self._library = library
        self._publish = publish
        self._thread = threading.Thread(target=self._run, name="checker", daemon=True)

    def check(self) -> None:
        """Have the catalog checked, unless it has been."""
        if self._thread.ident is None:
            self._thread.start()

    def _run(self) -> None:
        """Say so where SQLite finds the catalog damaged."""
        try:
            with Catalog.open(self._library) as catalog:
                sound = catalog.is_sound()
        except CatalogError:
            return  # the keeper says that
        if not sound:
            place = printable(str(self._library.catalog))
            self._publish(
                Notice(
                    sentence=f"The catalog {place} is damaged. Close tui-selector, stop the engine "
                    "and move that file away: it is made again from the photos, with the flags, "
                    "ratings and labels of the journal.",
                    severity="error",
                )
            )
