"""Which photos are indexed next, and the threads that do it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from tui_selector.analysis.threads import single_threaded_algebra
from tui_selector.engine.pipeline import Item, Outcome

_log = logging.getLogger(__name__)

#: A batch is closed when its files reach so many bytes for each photo that it may hold, between a
#: least and a most, so that results keep coming.
_PHOTO_BYTES, _LEAST_BYTES, _MOST_BYTES = 3 * 2**20, 24 * 2**20, 96 * 2**20


class Feed:
    """The photos that wait for a worker, in order; any thread may call any method.

    An id is in the feed from `add` until `finish`: while it waits and while a worker has it.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._waiting: deque[Item] = deque()
        self._ids: set[int] = set()
        self._started = 0
        self._paused = False
        self._closed = False

    def __len__(self) -> int:
        """How many photos wait or are being worked on."""
        with self._changed:
            return len(self._ids)

    def __contains__(self, photo: int) -> bool:
        with self._changed:
            return photo in self._ids

    @property
    def photos(self) -> set[int]:
        """The photos that wait or are being worked on."""
        with self._changed:
            return set(self._ids)

    @property
    def waiting(self) -> int:
        """How many photos no worker has taken yet."""
        with self._changed:
            return len(self._waiting)

    def add(self, items: Iterable[Item], *, first: bool = False) -> None:
        """Put photos at the end, or before all others; those that are in already stay."""
        with self._changed:
            fresh = [item for item in items if item.photo not in self._ids]
            if not self._ids:
                self._started = 0
            self._ids.update(item.photo for item in fresh)
            if first:
                self._waiting.extendleft(reversed(fresh))
            else:
                self._waiting.extend(fresh)
            self._changed.notify_all()

    def promote(self, photos: Sequence[int]) -> None:
        """Move waiting photos to the front, in this order."""
        with self._changed:
            items = {item.photo: item for item in self._waiting}
            wanted = [items.pop(photo) for photo in photos if photo in items]
            self._waiting = deque([*wanted, *items.values()])

    def discard(self) -> None:
        """Drop the photos that wait; those that a worker has are finished as usual."""
        with self._changed:
            self._ids.difference_update(item.photo for item in self._waiting)
            self._waiting.clear()

    def finish(self, photos: Iterable[int]) -> None:
        """Note that photos are done with and may be added again."""
        with self._changed:
            self._ids.difference_update(photos)

    def pause(self, paused: bool) -> None:
        """Hand out no more photos, or go on handing them out."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def close(self) -> None:
        """Send every worker home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether the workers are to go home."""
        with self._changed:
            return self._closed

    def take(self, most: int) -> list[Item]:
        """Wait for photos and take up to `most` of them; empty when the feed is closed.

        Large files make smaller batches, and the last photos are shared among the workers. Their
        first batches are of different sizes: while one worker has its photos embedded, others then
        look at theirs, instead of all wanting the interpreter at one time and the device at
        another.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._waiting and not self._paused))
            if self._closed:
                return []
            if self._started < self._workers:
                self._started += 1
                most = -(-most * self._started // self._workers)
            room = min(max(most * _PHOTO_BYTES, _LEAST_BYTES), _MOST_BYTES)
            most = max(1, min(most, -(-len(self._waiting) // self._workers)))
            batch = [self._waiting.popleft()]
            size = batch[0].size
            while self._waiting and len(batch) < most:
                size += self._waiting[0].size
                if size > room:
                    break
                batch.append(self._waiting.popleft())
            return batch


Result = TypeVar("Result")

#: Indexes a batch. It is opened in the thread that uses it.
Work = Callable[[list[Item]], list[Outcome]]


class Workers(Generic[Result]):
    """Threads, one per core, that take batches from a feed and hand on what comes out of them."""

    def __init__(
        self,
        feed: Feed,
        count: int,
        batch_size: int,
        open_work: Callable[[], AbstractContextManager[Callable[[list[Item]], list[Result]]]],
        deliver: Callable[[list[Item], list[Result] | Exception], None],
    ) -> None:
        """Start the threads.

        Args:
            feed: Where batches come from; closing it ends the threads.
            count: How many threads.
            batch_size: Photos in a batch at most.
            open_work: Gives a thread what works on its batches.
            deliver: Is handed each batch with what came out of it, or with what was raised; it
                may block until there is room.
        """

        def run() -> None:
            with open_work() as work:
                while batch := feed.take(batch_size):
                    try:
                        # Its small multiplications would wake threads that only wait for each
                        # other: a tenth of the processor time of indexing, with two cores.
                        with single_threaded_algebra():
                            outcomes = work(batch)
                    except Exception as error:
                        _log.exception("a batch of %d photos failed", len(batch))
                        deliver(batch, error)
                    else:
                        deliver(batch, outcomes)

        self._threads = [
            threading.Thread(target=run, name=f"worker-{number}") for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether a thread still has a batch in hand."""
        return any(thread.is_alive() for thread in self._threads)
