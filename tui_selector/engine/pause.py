"""Whether the owner has paused indexing, which the next engine of a library remembers."""

from __future__ import annotations

import logging
import sqlite3

from tui_selector.library.catalog.catalog import Catalog

_log = logging.getLogger(__name__)

#: Key of the catalog under which it is kept.
_KEY = "paused"


class Pause:
    """What is wished, and what the catalog says of it.

    Attributes:
        wished: Whether indexing is paused; None until the catalog says it, or somebody wishes it.
    """

    def __init__(self) -> None:
        self.wished: bool | None = None
        self._kept: bool | None = None

    def recall(self, catalog: Catalog) -> bool:
        """Be paused where the engine before this one was, unless somebody has wished otherwise."""
        self._kept = catalog.load(_KEY, bool, default=False)
        if self.wished is None:
            self.wished = self._kept
        return self.wished

    def keep(self, catalog: Catalog) -> None:
        """Remember for the next engine what is wished of this one."""
        if self.wished == self._kept:
            return
        self._kept = self.wished
        try:
            catalog.store(_KEY, value=self.wished)
        except sqlite3.OperationalError as error:
            _log.warning("whether indexing is paused cannot be kept: %s", error)
