"""Photos at which a decoder may have crashed the whole process.

Libraries written in C do not raise when a hostile file defeats them: they end the process. The
catalog remembers which photos were handed out; after a crash those are indexed last, one at a
time, and the one that crashes the engine again is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import State

if TYPE_CHECKING:
    from tui_selector.engine.store import Store

#: Key of the catalog under which the photos are kept that are handed out.
_KEY = "in_hand"

SENTENCE = (
    "The program crashed at this file; it is left alone until it changes. "
    "Get it from a backup or move it to the trash."
)


def has_crashed(report: Path) -> bool:
    """Whether an engine that was to write its fatal errors into `report` has done so."""
    try:
        return report.stat().st_size > 0
    except OSError:
        return False


class Suspects:
    """Photos that were handed out when the engine crashed.

    Attributes:
        guilty: The photo that was alone with the engine then; None where there is none.
    """

    def __init__(self, catalog: Catalog, *, crashed: bool) -> None:
        handed_out = catalog.load(_KEY, list[int], []) if crashed else []
        self.guilty = handed_out[0] if len(handed_out) == 1 else None
        self._waiting = set(handed_out) if self.guilty is None else set()
        self._catalog = catalog
        self._noted: list[int] | None = None

    def __contains__(self, photo: int) -> bool:
        return photo in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> int | None:
        """The next suspect, which is none from then on; None where there is none."""
        return self._waiting.pop() if self._waiting else None

    def condemn(self, store: Store) -> None:
        """Leave the guilty photo alone from now on, and say why."""
        guilty = self._catalog.photos.one(self.guilty or 0)
        if guilty is not None and guilty.state is State.FOUND:
            self._catalog.photos.set_problem(guilty.id, SENTENCE)
        elif guilty is not None and guilty.id in store.lacking_frames():
            store.leave_frames(guilty, SENTENCE)

    def note(self, photos: Iterable[int]) -> None:
        """Remember which photos are handed out.

        Raises:
            sqlite3.OperationalError: The catalog cannot be written.
        """
        handed_out = sorted(photos)
        if handed_out != self._noted:
            self._catalog.store(_KEY, handed_out)
            self._noted = handed_out
