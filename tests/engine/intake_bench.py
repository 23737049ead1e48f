"""An intake whose results are taken up by the test's thread."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from patience import PATIENCE

from tui_selector.engine.intake import Intake
from tui_selector.engine.protocol import AnyEvent
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Photo
from tui_selector.library.pictures.thumbnails import ThumbnailStore


class Bench:
    """See the head of this module."""

    def __init__(
        self, catalog: Catalog, thumbnails: ThumbnailStore, *, crashed: bool = False
    ) -> None:
        self.events: list[AnyEvent] = []
        self.catalog = catalog
        self._actions: list[Callable[[], None]] = []
        self.intake = Intake(
            catalog,
            thumbnails,
            workers=1,
            polling_seconds=30,
            crashed=crashed,
            do=self._actions.append,
            publish=self.events.append,
        )

    def until(self, fulfilled: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while True:
            self.intake.turn()
            if fulfilled():
                return
            assert time.monotonic() < end, "it did not come to that"
            if self._actions:
                self._actions.pop(0)()
            else:
                time.sleep(0.01)

    def close(self) -> None:
        self.intake.close()
        while self.intake.working:
            time.sleep(0.01)

    def photo(self, path: str) -> Photo:
        photo = self.catalog.photos.at(path)
        assert photo is not None
        return photo


def old(paths: list[Path]) -> list[Path]:
    """Give files a time at which nobody can still be writing them."""
    for path in paths:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return paths
