"""Photos on their way into the catalog: found, fed to the workers, stored, tried again.

An `Intake` belongs to the thread of its catalog; the workers only see the feed and `deliver`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from tui_selector.engine.feed import Feed, Work, Workers
from tui_selector.engine.folder import Folder
from tui_selector.engine.pace import Pace
from tui_selector.engine.pipeline import Content, Item, Outcome
from tui_selector.engine.protocol import AnyEvent, CatalogChanged, Notice
from tui_selector.engine.retries import NEVER, Retries
from tui_selector.engine.store import Spaces, Store
from tui_selector.engine.suspects import Suspects
from tui_selector.engine.work import opened
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.schema import is_corruption
from tui_selector.library.display import printable
from tui_selector.library.folder.comparison import Changes
from tui_selector.library.folder.watch import Settled
from tui_selector.library.photo import Kind, Photo, State
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.embedder import Embedder

_log = logging.getLogger(__name__)

#: Photos stored in one transaction while there are more to come.
_TOGETHER = 32

#: Batches for each worker that wait for it at most, and photos at least.
_AHEAD, _LEAST_AHEAD = 2, 128

#: More changed photos than this are told as "many".
_MANY = 256

#: Seconds that a finished photo waits at most for others to be stored with.
_PATIENCE = 0.5

#: Seconds until a disk that is full, or a folder that is gone, is tried again.
_DISK_PAUSE, _FOLDER_PAUSE = 5.0, 2.0

#: Batches in a row that the model may fail at.
_MODEL_FAILURES = 3


class Intake:
    """See the head of this module.

    Attributes:
        catalog: Of the library.
        folder: The library's folder.
        pace: How fast it goes.
        disk_trouble: Why the catalog cannot be written, one sentence; "" while it can.
        model_trouble: Why the model does not work, one sentence; "" while it does.
        failed: Whether the model was given up.
    """

    def __init__(
        self,
        catalog: Catalog,
        thumbnails: ThumbnailStore,
        *,
        workers: int,
        polling_seconds: float,
        crashed: bool = False,
        do: Callable[[Callable[[], None]], None],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        """Prepare; nothing is done yet.

        Args:
            catalog: Of the library.
            thumbnails: Of the library.
            workers: How many threads index.
            polling_seconds: How often the folder is compared where the system tells of no changes.
            crashed: Whether the engine before this one ended by a crash.
            do: Has something done on the intake's thread; called by others, and returns at once.
            publish: Tells every client.
        """
        self.folder = Folder(
            catalog, lambda settled: do(lambda: self._take(settled)), polling_seconds
        )
        self.pace = Pace()
        self.disk_trouble = ""
        self.model_trouble = ""
        self.failed = False
        self.catalog = catalog
        self._thumbnails = thumbnails
        self._count = workers
        self._do = do
        self._publish = publish
        self._feed = Feed(workers)
        self._ahead = 0
        self._room = threading.Semaphore(4 * workers)
        self._workers: list[Workers[Outcome]] = []
        self._store: Store | None = None
        self._unsaved: list[tuple[Item, Outcome]] = []
        self._batches = 0
        self._save_at = NEVER
        self._suspects = Suspects(catalog, crashed=crashed)
        self._redo: list[int] = []
        self._films: dict[int, None] = {}  # videos whose frames are to be looked at, in order
        self._films_stale = False
        self._retries = Retries()
        self._paused = False
        self._model_failures = 0
        self._compare_at = NEVER

    # -- what it is told -----------------------------------------------------------------------

    def use(self, embedder: Embedder) -> None:
        """Index with this model from now on; what a worker makes with another one is dropped."""
        if self._store is not None:
            self._save()
            self._feed.close()
            self._feed = Feed(self._count)
            self._feed.pause(self._paused)
            self._workers = [workers for workers in self._workers if workers.alive]
        feed = self._feed
        self._model_failures, self.model_trouble, self.failed = 0, "", False
        spaces = Spaces(str(embedder.key), embedder.dimensions)
        self._store = Store(self.catalog, self._thumbnails, spaces)
        self._redo = self._store.lacking()
        self._films_stale = True
        self._suspects.condemn(self._store)

        def open_work() -> AbstractContextManager[Work]:
            paths, go_on = self.catalog.paths, lambda: not feed.closed
            return opened(paths, self._thumbnails, embedder, spaces, go_on=go_on)

        size = embedder.batch_size
        self._ahead = self._count * max(_LEAST_AHEAD, _AHEAD * size)
        deliver = partial(self._deliver, feed)
        self._workers.append(Workers(feed, self._count, size, open_work, deliver))

    def pause(self, paused: bool) -> None:
        """Hand out no more photos, or go on."""
        self._paused = paused
        self._feed.pause(paused)

    def look(self, photos: Sequence[int]) -> None:
        """Index these first: somebody looks at them."""
        wanted = [photo for photo in self.catalog.photos.get(photos) if self._is_wanting(photo)]
        self._feed.promote([photo.id for photo in wanted])
        self._feed.add(map(self._item, wanted), first=True)

    def compare(self) -> None:
        """Compare the whole folder with the catalog."""
        self._compare_at = NEVER
        self._bring(self.folder.compare)

    def _take(self, settled: Settled) -> None:
        """Bring the catalog in line with what the watcher tells."""
        self._bring(lambda: self.folder.take(settled))

    def receive(self, batch: list[Item], result: list[Outcome] | Exception) -> None:
        """Take what a worker made of a batch."""
        self._batches += 1
        if isinstance(result, Exception):
            if is_corruption(result):
                raise result
            self._feed.finish(item.photo for item in batch)
            self._retries.add(item.photo for item in batch)
            self._model_failures += 1
            self.model_trouble = str(result)
            self.failed = self._model_failures >= _MODEL_FAILURES
            self._make_room()
            return
        self._model_failures, self.model_trouble = 0, ""
        items = {item.photo: item for item in batch}
        if not self._unsaved:
            self._save_at = time.monotonic() + _PATIENCE
        self._unsaved += [(items[outcome.photo], outcome) for outcome in result]

    # -- what is due ---------------------------------------------------------------------------

    def next_time(self) -> float:
        """When there is something to do (`time.monotonic`) even if nothing happens."""
        return min(self._save_at, self._compare_at, self._retries.next_time)

    def turn(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        if now >= self._compare_at:
            self.compare()
        enough = len(self._unsaved) >= _TOGETHER or len(self._feed) <= len(self._unsaved)
        if self._unsaved and (now >= self._save_at or (enough and not self.disk_trouble)):
            self._save()
        if self._store is not None and not self.folder.trouble and not self.failed:
            self._refill(now)

    def store(self) -> None:
        """Store at once what has come in, also where the disk was full the last time."""
        self._save()

    def close(self) -> None:
        """Watch and hand out nothing more."""
        self.folder.close()
        self._feed.close()
        self._room.release(self._count)

    @property
    def working(self) -> bool:
        """Whether a worker still has a batch in hand."""
        return any(workers.alive for workers in self._workers)

    def finish(self) -> None:
        """Store what the workers brought home."""
        self._save()
        self._feed.discard()

    # -- how far it is -------------------------------------------------------------------------

    @property
    def left(self) -> int:
        """How many photos wait to be indexed; files that keep being written do not count."""
        found = self.catalog.photos.count(State.FOUND)
        return max(0, found + len(self._redo) + len(self._films) - self._retries.stubborn)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to compare or to index. Without a model nobody knows yet."""
        return not (
            (self._store is None and self.catalog.photos.count())
            or self._unsaved
            or self._redo
            or self._films_stale
            or self.folder.unsettled
            or self._compare_at < NEVER
            or len(self._feed)
            or self._retries.are_awaited
            or self.left
        )

    # -- comparing -----------------------------------------------------------------------------

    def _bring(self, compare: Callable[[], Changes | None]) -> None:
        """Bring the catalog in line with the folder, and tell what that has changed."""
        before = self.folder.trouble
        try:
            changes = compare()
        except sqlite3.OperationalError as error:
            self._note_disk(error)
            self._compare_at = time.monotonic() + _DISK_PAUSE
            return
        if not self._unsaved:
            self.disk_trouble = ""
        if self.folder.trouble:
            self._feed.discard()
            self._compare_at = time.monotonic() + _FOLDER_PAUSE
        elif before and self._store is not None:
            self._redo = self._store.lacking()
            self._films_stale = True
        if changes:
            self._tell(changes.photos, tabs=True)

    def _check(self, paths: set[str]) -> None:
        """Files that a worker did not find: renamed, deleted, or the whole folder is gone."""
        if self.catalog.root.is_dir():
            self._bring(lambda: self.folder.check(paths))
        else:
            self.compare()

    # -- feeding -------------------------------------------------------------------------------

    def _refill(self, now: float) -> None:
        """Keep enough photos in the feed."""
        self._add_wanting(self._retries.due(now))
        if self._feed.waiting > self._ahead // 2:
            return
        apart = self._retries.waiting | self._feed.photos
        pending = self.catalog.photos.pending(len(apart) + len(self._suspects) + self._ahead)
        self._feed.add(
            self._item(photo)
            for photo in pending
            if photo.id not in apart and photo.id not in self._suspects
        )
        while self._redo and self._feed.waiting < self._ahead:
            some, self._redo = self._redo[: self._ahead], self._redo[self._ahead :]
            rows = self.catalog.photos.get(some)
            self._feed.add(self._item(photo) for photo in rows if photo.state is State.INDEXED)
        if self._feed.waiting < self._ahead:
            self._add_films(self._ahead, apart)
        while not len(self._feed) and (suspect := self._suspects.take()) is not None:
            self._add_wanting((suspect,))
        if len(self._feed):
            self.pace.begin()
        try:
            self._suspects.note(self._feed.photos)
        except sqlite3.OperationalError as error:
            self._note_disk(error)

    def _add_wanting(self, photos: Iterable[int]) -> None:
        """Feed those of some photos that still have to be indexed, or to be gone through."""
        for photo in self.catalog.photos.get(list(photos)):
            if self._is_wanting(photo):
                self._feed.add([self._item(photo)])
            elif photo.id in self._films:
                self._feed.add(self._film(photo))

    def _add_films(self, most: int, apart: set[int]) -> None:
        """Feed videos whose frames are not there, after all photos that have no vector."""
        assert self._store is not None
        if self._films_stale:
            self._films = dict.fromkeys(self._store.lacking_frames())
            self._films_stale = False
        some = [id_ for id_ in self._films if id_ not in apart and id_ not in self._suspects]
        rows = {photo.id: photo for photo in self.catalog.photos.get(some[:most])}
        for id_ in some[:most]:
            if id_ in rows:
                self._feed.add(self._film(rows[id_]))
            else:
                del self._films[id_]

    def _film(self, photo: Photo) -> list[Item]:
        """A video whose frames are wanted; none where it is to be indexed anew, or is gone."""
        if photo.state is not State.INDEXED or photo.hash is None:
            self._films.pop(photo.id, None)
            return []
        content = Content(photo.hash, photo.size, photo.mtime_ns)
        return [Item(photo.id, self.catalog.root / photo.path, photo.kind, photo.size, content)]

    def _is_wanting(self, photo: Photo) -> bool:
        """Whether a photo still has to be indexed, or its thumbnail was lost."""
        return photo.state is State.FOUND or (
            photo.state is State.INDEXED
            and (photo.hash is None or self._thumbnails.get(photo.hash) is None)
        )

    def _item(self, photo: Photo) -> Item:
        return Item(photo.id, self.catalog.root / photo.path, photo.kind, photo.size)

    # -- storing -------------------------------------------------------------------------------

    def _deliver(self, feed: Feed, batch: list[Item], result: list[Outcome] | Exception) -> None:
        """Called by a worker; waits while too much is unsaved."""
        self._room.acquire()
        self._do(
            lambda: self.receive(batch, result) if feed is self._feed else self._room.release()
        )

    def _make_room(self) -> None:
        if self._batches:
            self._room.release(self._batches)
        self._batches = 0

    def _save(self) -> None:
        """Store what has come in; what cannot be stored is kept and tried again."""
        if self._store is None or not self._unsaved:
            return
        try:
            stored = self._store.write(self._unsaved)
        except (sqlite3.OperationalError, OSError) as error:
            self._note_disk(error)
            self._save_at = time.monotonic() + _DISK_PAUSE
            return
        self.disk_trouble = ""
        self._save_at = NEVER
        self._feed.finish(item.photo for item, _ in self._unsaved)
        for item, _ in self._unsaved:
            if item.film is not None:
                self._films.pop(item.photo, None)
            elif item.kind is Kind.VIDEO:
                self._films_stale = True
        self._unsaved = []
        self._make_room()
        done = [*stored.indexed, *stored.problems, *stored.seen]
        self._retries.forget(done)
        self.pace.add(len(done))
        self._retries.add(stored.soon)
        self._feed.add(map(self._item, self.catalog.photos.get(stored.again)))
        if stored.gone:
            self._check(set(stored.gone))
        if done:
            self._tell(done, tabs=bool(stored.problems))

    def _note_disk(self, error: Exception) -> None:
        _log.warning("the catalog cannot be written: %s", error)
        if not self.disk_trouble:
            self.disk_trouble = (
                f"{printable(str(self.catalog.paths.data))} cannot be written ({error}); make "
                "room on its disk. Nothing is lost, and the work goes on by itself."
            )
            self._publish(Notice(sentence=self.disk_trouble, severity="error"))

    def _tell(self, photos: list[int], *, tabs: bool) -> None:
        many = len(photos) > _MANY
        self._publish(CatalogChanged(photos=[] if many else photos, many=many, tabs=tabs))
