"""A library of the tests: a folder, its catalog, its engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tui_selector.engine.client import BlockingClient, status
from tui_selector.engine.protocol import AnyEvent, Settle, Status
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths, library_paths

Make = Callable[..., list[Path]]


class Library:
    """A folder, its catalog and its engine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths: LibraryPaths = library_paths(root)
        self.events: list[AnyEvent] = []

    def client(self, *, start: bool = True) -> BlockingClient:
        return BlockingClient(self.paths, start=start, on_event=self.events.append)

    def catalog(self) -> Catalog:
        return Catalog.open(self.paths)

    def settle(self) -> None:
        with self.client() as client:
            client.request(Settle())

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def status(self) -> Status:
        answer = status(self.paths)
        assert answer is not None
        return answer
