"""The library's folder: compared with the catalog as a whole, then watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.folder.comparison import Changes
from tui_selector.library.folder.reconcile import (
    UNREADABLE_KEY,
    OtherDiskError,
    reconcile,
    reconcile_paths,
)
from tui_selector.library.folder.scan import ScanError, Unreadable
from tui_selector.library.folder.watch import Settled, Watcher


class Folder:
    """Brings the catalog in line with the folder; belongs to the thread of its catalog.

    A folder that is gone, or stands empty on another disk than before, changes nothing: its disk
    may have been pulled.

    Attributes:
        trouble: Why the folder cannot be compared, one sentence; "" while it can.
        unsettled: Files that may still be written; they are told once they have settled.
        closed: Folders in it that cannot be looked into.
    """

    def __init__(
        self, catalog: Catalog, on_settled: Callable[[Settled], None], polling_seconds: float
    ) -> None:
        self.trouble = ""
        self.unsettled: set[str] = set()
        self.closed: list[Unreadable] = []
        self._catalog = catalog
        self._root = catalog.root
        self._started = False
        self._watcher = Watcher(self._root, on_settled, polling_seconds)

    @property
    def watching(self) -> Literal["events", "polling", "no"]:
        """How changes are noticed."""
        return self._watcher.mode if self._started and not self.trouble else "no"

    @property
    def remark(self) -> str:
        """What the owner should know: changes are not told, folders are left out; else ""."""
        told = [self._watcher.reason if self._started else ""]
        if self.closed:
            first, *more = self.closed
            told.append(f"Photos in {printable(first.path)} are left out. {first.sentence}")
            if more:
                folders = f"{len(more)} more folder{'s are' if len(more) > 1 else ' is'}"
                told.append(f"{folders} left out, too; 'tui-selector index' names them.")
        return " ".join(filter(None, told))

    @property
    def _is_gone(self) -> str:
        return (
            f"The folder {printable(str(self._root))} is gone; its disk may have been pulled. "
            "Nothing is changed until it is back."
        )

    def close(self) -> None:
        self._watcher.stop()

    def compare(self) -> Changes | None:
        """Compare the whole folder with the catalog; None, and `trouble`, where that cannot be.

        Raises:
            sqlite3.OperationalError: The catalog cannot be written.
        """
        try:
            if not self._started:
                self._watcher.start()
                self._started = True
            seen = self._watcher.scan()
            changes = self._written(reconcile(self._catalog, seen))
        except OtherDiskError as error:
            self.trouble = str(error)
            return None
        except (ScanError, OSError) as error:
            self.trouble = str(error) if self._root.exists() else self._is_gone
            return None
        self.unsettled = set(seen.unsettled)
        self.trouble = ""
        return changes

    def take(self, settled: Settled) -> Changes | None:
        """Bring the catalog in line with what the watcher tells.

        Raises:
            sqlite3.OperationalError: The catalog cannot be written.
        """
        if settled.gone:
            self.trouble = self._is_gone
            return None
        if settled.rescan or self.trouble:
            return self.compare()
        self.unsettled -= settled.paths
        self.unsettled -= {end for move in settled.moves for end in move}
        return self.check(settled.paths, settled.moves)

    def check(self, paths: set[str], moves: list[tuple[str, str]] | None = None) -> Changes | None:
        """Compare some paths with the catalog; None where the folder itself is not there.

        Raises:
            sqlite3.OperationalError: The catalog cannot be written.
        """
        if not self._root.is_dir():
            return None
        return self._written(reconcile_paths(self._catalog, self._root, paths, moves or []))

    def _written(self, changes: Changes) -> Changes:
        """Photos that show something else now go to another tab."""
        self._catalog.tabs.unsort(changes.changed)
        # A link out of the library is left alone on purpose, and said where problems are listed.
        self.closed = [
            each
            for each in self._catalog.load(UNREADABLE_KEY, list[Unreadable], [])
            if not (self._root / each.path).is_symlink()
        ]
        return changes
