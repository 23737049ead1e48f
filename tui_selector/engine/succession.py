"""One model after another: which is to take over, how far it is, when the change is made.

A `Succession` belongs to the thread of its catalog, the keeper's.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence

from tui_selector.engine.protocol import AnyEvent, Notice
from tui_selector.engine.retries import NEVER
from tui_selector.engine.swap import SERVING_KEY, Serving, Swap
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.models.embedder import Embedder

_log = logging.getLogger(__name__)

#: Photos that were looked at last, which another model embeds first.
_REMEMBERED = 512

#: Seconds until a change is tried again that the disk did not let happen.
_RETRY = 5.0

#: A model that is loaded, and what is kept of it in the catalog.
Loaded = tuple[Embedder, Serving]


class Succession:
    """See the head of this module.

    Attributes:
        swap: The work for the model that is to take over; None while there is none.
    """

    def __init__(
        self,
        *,
        workers: int,
        do: Callable[[Callable[[], None]], None],
        publish: Callable[[AnyEvent], None],
        on_embedded: Callable[[Swap, Serving], None],
        on_given_up: Callable[[Swap], None],
    ) -> None:
        """
        Args:
            workers: How many threads embed.
            do: Has something done on the thread of the catalog; for any thread.
            publish: Tells every client.
            on_embedded: Called once no photo lacks a vector of the model that is to take over;
                `took_over` ends the change.
            on_given_up: Called where that model does not work.
        """
        self.swap: Swap | None = None
        self._workers = workers
        self._do = do
        self._publish = publish
        self._on_embedded = on_embedded
        self._on_given_up = on_given_up
        self._catalog: Catalog | None = None
        self._coming: Loaded | None = None
        self._ended: list[Swap] = []
        self._change_at = 0.0  # infinity while the tabs of the other model are being made
        self._looked_at: dict[int, None] = {}  # the latest last

    @property
    def name(self) -> str:
        """Name of the model that is to take over, or ""."""
        return self._coming[0].name if self._coming else ""

    # -- what it is told -----------------------------------------------------------------------

    def open(self, catalog: Catalog, serving: Serving | None) -> None:
        """Begin with what waits, now that there is a catalog.

        Args:
            catalog: Of the library.
            serving: What is to be kept of the model that serves; None while none does.
        """
        self._catalog = catalog
        if serving is not None and catalog.load(SERVING_KEY, Serving, Serving()) != serving:
            try:
                catalog.store(SERVING_KEY, serving)
            except sqlite3.OperationalError as error:
                _log.warning("which model serves cannot be kept: %s", error)
        if self._coming is not None and self.swap is None:
            self._begin(catalog, self._coming[0])

    def prepare(self, coming: Loaded | None) -> None:
        """Embed with another model, in place of the one that was to take over before; or with none.

        A model that takes over at this moment does so all the same.
        """
        if self._change_at == NEVER:
            return
        if self.swap is not None:
            self._end(self.swap)
        self._coming = coming
        if self._catalog is not None and coming is not None:
            self._begin(self._catalog, coming[0])

    def look(self, photos: Sequence[int]) -> None:
        """Embed these first, and before any others if a swap begins later."""
        if self.swap is not None:
            self.swap.look(photos)
        for photo in reversed(photos):
            self._looked_at.pop(photo, None)
            self._looked_at[photo] = None
        for photo in list(self._looked_at)[:-_REMEMBERED]:
            del self._looked_at[photo]

    def note_photos(self) -> None:
        """Photos may have come, changed or gone."""
        if self.swap is not None:
            self.swap.note_photos()

    def took_over(self, swap: Swap, done: bool) -> Loaded | None:
        """End a change.

        Args:
            swap: Which one.
            done: Whether its model serves now; if not, that is tried again.

        Returns:
            The model that serves from now on.
        """
        if not done:
            self._change_at = time.monotonic() + _RETRY
            return None
        coming = self._coming
        self._end(swap)
        return coming

    # -- what is due ---------------------------------------------------------------------------

    def turn(self, *, done: bool, may_work: bool, serving: str) -> None:
        """Embed while there is no other work, and see to the change when all is embedded.

        Args:
            done: Whether all photos are indexed.
            may_work: Whether photos may be handed out.
            serving: Name of the model that serves.
        """
        swap = self.swap
        if swap is None:
            return
        swap.turn(may_work=done and may_work)
        if swap.failed:
            sentence = f"{swap.trouble} {serving} goes on."
            self._publish(Notice(sentence=sentence, severity="error"))
            self._end(swap)
            self._on_given_up(swap)
        elif done and swap.is_done and self._coming and time.monotonic() >= self._change_at:
            self._change_at = NEVER
            self._on_embedded(swap, self._coming[1])

    def next_time(self) -> float:
        """When there is something to do (`time.monotonic`) even if nothing happens."""
        if self.swap is None:
            return NEVER
        return min(self.swap.next_time(), self._change_at or NEVER)

    @property
    def working(self) -> bool:
        """Whether a worker still has a batch in hand."""
        return any(swap.working for swap in self._all())

    def close(self) -> None:
        """Hand out nothing more."""
        for swap in self._all():
            swap.close()

    def finish(self) -> None:
        """Store what the workers brought home."""
        if self.swap is not None:
            self.swap.finish()

    def _all(self) -> list[Swap]:
        return [*self._ended, self.swap] if self.swap is not None else self._ended

    def _begin(self, catalog: Catalog, embedder: Embedder) -> None:
        if embedder.notice:
            self._publish(Notice(sentence=embedder.notice, severity="warning"))
        self.swap = Swap(catalog, embedder, workers=self._workers, do=self._do)
        self.swap.look([*reversed(self._looked_at)])
        self._change_at = 0.0

    def _end(self, swap: Swap) -> None:
        swap.finish()
        swap.close()
        self._ended = [each for each in (*self._ended, swap) if each.working]
        self.swap = self._coming = None
        self._change_at = 0.0
