"""The way from one model to another: photos get vectors of the new one while the old one serves.

What is embedded is stored at once, under the space of the model that is to take over, so an engine
that is stopped goes on where it was. Where nothing is lacking any more, `take_over` makes the
change in one transaction.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import msgspec

from tui_selector.engine.feed import Feed, Workers
from tui_selector.engine.pace import Pace
from tui_selector.engine.pipeline import Content, Failed, Item
from tui_selector.engine.renewing import Known, Renewed, opened
from tui_selector.engine.retries import NEVER
from tui_selector.engine.store import Spaces, mean_of
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.frame_table import frame_key
from tui_selector.library.photo import Kind, Photo, State
from tui_selector.models.embedder import Embedder

_log = logging.getLogger(__name__)

#: Key of the catalog under which is kept which model serves.
SERVING_KEY = "serving"

#: Photos stored in one transaction while there are more to come.
_TOGETHER = 32

#: Seconds that a finished photo waits at most for others, and until a full disk is tried again.
_PATIENCE, _DISK_PAUSE = 0.5, 5.0

#: Batches for each worker that wait for it at most, and photos at least.
_AHEAD, _LEAST_AHEAD = 2, 128

#: Batches in a row that the model may fail at.
_MODEL_FAILURES = 3


class Serving(msgspec.Struct, frozen=True):
    """The model that the photos, the tabs and the searches are looked at with.

    Attributes:
        model: What it was asked for by, as `models.choice.choose` takes it; "" where none serves.
        space: Of its vectors.
    """

    model: str = ""
    space: str = ""


class Swap:
    """Embeds all indexed photos with another model; belongs to the thread of its catalog.

    Attributes:
        embedder: The model that is to take over.
        spaces: Of its vectors.
        pace: How fast it goes.
        trouble: Why it does not go on at present, one sentence; "" while it does.
        failed: Whether the model was given up.
    """

    def __init__(
        self,
        catalog: Catalog,
        embedder: Embedder,
        *,
        workers: int,
        do: Callable[[Callable[[], None]], None],
    ) -> None:
        """Find out what is lacking, and begin as soon as `turn` says so.

        Args:
            catalog: Of the library.
            embedder: The model that is to take over.
            workers: How many threads embed.
            do: Has something done on the thread of the catalog; for any thread.
        """
        self.embedder = embedder
        self.spaces = Spaces(str(embedder.key), embedder.dimensions)
        self.pace = Pace()
        self.trouble = ""
        self.failed = False
        self._catalog = catalog
        self._count = workers
        self._do = do
        self._room = threading.Semaphore(4 * workers)
        self._batches = 0
        self._feed = feed = Feed(workers)
        feed.pause(True)
        self._ahead = workers * max(_LEAST_AHEAD, _AHEAD * embedder.batch_size)
        self._unsaved: list[Renewed] = []
        self._save_at = NEVER
        self._failures = 0
        # Photos that cannot be read now. They hold nobody up: once the model serves they are
        # indexed anew, and what is wrong with them is said then.
        self._passed: set[int] = set()
        self._waiting: dict[int, None] = {}
        self._stale = False
        self._list()

        def open_work() -> AbstractContextManager[Callable[[list[Item]], list[Renewed | Failed]]]:
            return opened(embedder, lambda: not feed.closed)

        self._workers = Workers(feed, workers, embedder.batch_size, open_work, self._deliver)

    # -- what it is told -----------------------------------------------------------------------

    def look(self, photos: Sequence[int]) -> None:
        """Embed these first: somebody looks at them."""
        self._feed.promote(photos)
        wanted = [photo for photo in photos if self._waiting.pop(photo, 0) is None]
        self._add(wanted, first=True)

    def note_photos(self) -> None:
        """Photos may have come, changed or gone."""
        self._stale = True

    # -- what is due ---------------------------------------------------------------------------

    def turn(self, *, may_work: bool) -> None:
        """Do what is due.

        Args:
            may_work: Whether photos may be handed out.
        """
        now = time.monotonic()
        enough = len(self._unsaved) >= _TOGETHER or len(self._feed) <= len(self._unsaved)
        if self._unsaved and (now >= self._save_at or (enough and not self.trouble)):
            self._save()
        self._feed.pause(not may_work or self.failed)
        if not may_work or self.failed:
            return
        if self._stale and not (self._waiting or len(self._feed)):
            self._list()
        if self._waiting and self._feed.waiting <= self._ahead // 2:
            some = list(self._waiting)[: self._ahead]
            for photo in some:
                del self._waiting[photo]
            self._add(some)
        if len(self._feed):
            self.pace.begin()

    def next_time(self) -> float:
        """When there is something to do (`time.monotonic`) even if nothing happens."""
        return self._save_at

    @property
    def left(self) -> int:
        """How many photos are not stored yet."""
        return len(self._waiting) + len(self._feed)

    @property
    def is_done(self) -> bool:
        """Whether nothing is lacking that can be had."""
        return not (self._stale or self.failed or self._unsaved or self.left)

    def close(self) -> None:
        """Hand out nothing more; what the workers have in hand still comes."""
        self._feed.close()
        self._room.release(self._count)

    @property
    def working(self) -> bool:
        """Whether a worker still has a batch in hand."""
        return self._workers.alive

    def finish(self) -> None:
        """Store what the workers brought home."""
        self._save()

    # -- feeding -------------------------------------------------------------------------------

    def _list(self) -> None:
        """Find the photos that have no vector by this model, one for each content."""
        catalog = self._catalog
        with catalog.transaction():
            catalog.vectors.trim(self.spaces.pictures, self.spaces.dimensions)
        there = catalog.vectors.hashes(self.spaces.pictures)
        there &= catalog.model_tags.hashes(self.spaces.pictures)
        films = set(catalog.frames.lacking(self.spaces.pictures)) - self._passed
        framed = {
            photo.id
            for photo in catalog.photos.get(list(films))
            if photo.hash is not None and catalog.frames.of(photo.hash)
        }
        busy = self._passed | self._feed.photos
        firsts: dict[bytes, int] = {}
        for id_, hash_, _, _ in catalog.photos.indexed():
            if (hash_ not in there or id_ in framed) and id_ not in busy:
                firsts.setdefault(hash_, id_)
        self._waiting = dict.fromkeys(firsts.values())
        self._stale = False

    def _add(self, photos: Iterable[int], *, first: bool = False) -> None:
        rows = self._catalog.photos.get(list(photos))
        self._feed.add([known for row in rows for known in self._known(row)], first=first)

    def _known(self, photo: Photo) -> list[Known]:
        """A photo for the workers; none where it is to be indexed anew, or is gone."""
        if photo.state is not State.INDEXED or photo.hash is None:
            return []
        content = Content(photo.hash, photo.size, photo.mtime_ns)
        return [
            Known(
                photo=photo.id,
                path=self._catalog.root / photo.path,
                kind=photo.kind,
                size=photo.size,
                film=content,
                width=photo.width,
                height=photo.height,
                has_frames=photo.kind is Kind.VIDEO and bool(self._catalog.frames.of(photo.hash)),
            )
        ]

    # -- storing -------------------------------------------------------------------------------

    def _deliver(self, batch: list[Item], result: list[Renewed | Failed] | Exception) -> None:
        """Called by a worker; waits while too much is unsaved."""
        self._room.acquire()
        self._do(lambda: self._receive(batch, result))

    def _receive(self, batch: list[Item], result: list[Renewed | Failed] | Exception) -> None:
        """Take what a worker made of a batch."""
        self._batches += 1
        if isinstance(result, Exception):
            self._failures += 1
            self.trouble = str(result)
            self.failed = self._failures >= _MODEL_FAILURES
            self._feed.finish(item.photo for item in batch)
            self._waiting = dict.fromkeys(item.photo for item in batch) | self._waiting
            self._make_room()
            return
        self._failures, self.trouble = 0, ""
        for outcome in result:
            if isinstance(outcome, Failed):
                self._passed.add(outcome.photo)
                self._feed.finish((outcome.photo,))
            else:
                self._unsaved.append(outcome)
        if not self._unsaved:
            self._make_room()
        elif self._feed.closed:
            self._save()
        elif self._save_at == NEVER:
            self._save_at = time.monotonic() + _PATIENCE

    def _make_room(self) -> None:
        if self._batches:
            self._room.release(self._batches)
        self._batches = 0

    def _save(self) -> None:
        """Store what has come in; what cannot be stored is kept and tried again."""
        if not self._unsaved:
            return
        try:
            with self._catalog.transaction():
                self._write(self._unsaved)
        except (sqlite3.OperationalError, OSError) as error:
            _log.warning("vectors of the new model cannot be stored: %s", error)
            self.trouble = f"The vectors of {self.embedder.name} cannot be stored ({error})."
            self._save_at = time.monotonic() + _DISK_PAUSE
            return
        self._feed.finish(each.photo for each in self._unsaved)
        self.pace.add(len(self._unsaved))
        self._unsaved, self._save_at, self.trouble = [], NEVER, ""
        self._make_room()

    def _write(self, some: Sequence[Renewed]) -> None:
        import numpy as np

        vectors, pictures, words = self._catalog.vectors, self.spaces.pictures, self.spaces.words
        hashes = [each.hash for each in some]
        vectors.append(pictures, hashes, np.stack([each.vector for each in some]))
        vectors.append(words, hashes, np.stack([each.words for each in some]))
        for each in some:
            if each.frames is not None:
                keys = [frame_key(each.hash, second) for second in each.frames.seconds]
                for space, rows in (
                    (pictures, each.frames.vectors),
                    (words, each.frames.words),
                ):
                    vectors.append(space, keys, rows)
                    vectors.replace(space, each.hash, mean_of(rows))
        self._catalog.model_tags.keep(pictures, [(each.hash, each.tags) for each in some])


def take_over(catalog: Catalog, former: str, serving: Serving) -> None:
    """Let a model serve from now on: its tags become those of the photos.

    Joins the caller's transaction, in which the tabs are written too.

    Args:
        catalog: Of the library.
        former: The space of the model that has served; "" where none has.
        serving: The model that serves.
    """
    catalog.model_tags.exchange(former, serving.space)
    catalog.store(SERVING_KEY, serving)
