"""The thread that writes photos into the catalog, and says how far it is.

Everything it is told comes through `do`, in order, from any thread.
"""

from __future__ import annotations

import logging
import queue
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress

from tui_selector.engine.intake import Intake
from tui_selector.engine.pause import Pause
from tui_selector.engine.protocol import AnyEvent, Done, Failure, Notice, Progress, Stage
from tui_selector.engine.succession import Loaded, Succession
from tui_selector.engine.swap import Serving, Swap
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.rescue import rescue
from tui_selector.library.display import printable
from tui_selector.library.photo import State
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.embedder import Embedder
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Longest wait for news, seconds; the lock of a queue takes no infinity.
_LONG = 3600.0

#: Seconds until a catalog is tried again that could not be opened.
_RETRY = 5.0

Reply = Future[Done | Failure]


class _StaleError(Exception):
    """The catalog that is open is not the library's any more."""


class _StoppedError(Exception):
    """The engine is to leave."""


class Keeper:
    """See the head of this module.

    Attributes:
        progress: What was said last.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        *,
        workers: int,
        polling_seconds: float,
        crashed: bool = False,
        publish: Callable[[AnyEvent], None],
        on_photos: Callable[[bool], None],
        is_clustering: Callable[[], bool],
        is_loading: Callable[[], bool],
        on_embedded: Callable[[Swap, Serving], None],
        on_given_up: Callable[[Swap], None],
        on_crash: Callable[[], None],
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            workers: How many threads index.
            polling_seconds: How often the folder is compared where the system tells of no changes.
            crashed: Whether the engine before this one ended by a crash.
            publish: Tells every client.
            on_photos: Called after photos changed, with whether none is left to index.
            is_clustering: Whether tabs are being made.
            is_loading: Whether a model is being loaded that may be prepared next.
            on_embedded: Called once all photos have vectors of a model that is to take over; it
                is to have `took_over` called.
            on_given_up: Called where such a model does not work.
            on_crash: Called when the thread ends by a bug.
        """
        self.progress = Progress(stage="starting")
        self._paths = paths
        self._worker_count = workers
        self._polling_seconds = polling_seconds
        self._crashed = crashed
        self._publish = publish
        self._on_photos = on_photos
        self._is_clustering = is_clustering
        self._is_loading = is_loading
        self._on_crash = on_crash
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._waiting: list[Reply] = []
        self._model = ""
        self._failure = ""
        self._closed = ""
        self._serving: Loaded | None = None
        self._succession = Succession(
            workers=workers,
            do=self._do,
            publish=publish,
            on_embedded=on_embedded,
            on_given_up=on_given_up,
        )
        self._pausing = Pause()
        self._stopping = False
        self._was_done = False
        self._data_version = 0
        self._intake: Intake | None = None
        self._thread = threading.Thread(target=self._run, name="keeper")

    # -- for any thread ------------------------------------------------------------------------

    def start(self) -> None:
        """Open the catalog, compare the folder, watch it, and index once there is a model."""
        self._thread.start()

    def close(self) -> None:
        """Finish the batches under way, store them and end."""
        self._do(self._stop)
        if self._thread.is_alive():
            self._thread.join()

    @property
    def busy(self) -> bool:
        """Whether anything is being done or waits to be.

        A folder is watched without being busy; one that is gone, for which nothing can be done, is
        waited for in the same way.
        """
        intake = self._intake
        if intake is not None and intake.folder.trouble:
            return False
        return self.progress.stage not in ("idle", "failed", "paused")

    def use(self, embedder: Embedder, serving: Serving) -> None:
        """Index with this model; `serving` is kept of it in the catalog."""
        self._do(lambda: self._use(embedder, serving))

    def prepare(self, coming: Loaded | None) -> None:
        """Embed all photos with a model that is to take over, or let none take over."""
        self._do(lambda: self._succession.prepare(coming))

    def took_over(self, swap: Swap, *, done: bool) -> None:
        """The model of a swap serves now, or that has to be tried again."""
        self._do(lambda: self._took_over(swap, done))

    def fail(self, sentence: str) -> None:
        """Index nothing, and say why."""
        self._do(lambda: setattr(self, "_failure", sentence))

    def wake(self) -> None:
        """Look again whether all is done."""
        self._do(lambda: None)

    def pause(self, *, paused: bool) -> None:
        """Hand out no more photos, or go on; the next engine of the library does the same."""
        self._do(lambda: self._pause(paused))

    def look(self, photos: Sequence[int]) -> None:
        """Index these first."""
        self._do(lambda: self._look(photos))

    def rescan(self) -> Reply:
        """Compare the whole folder now."""
        reply: Reply = Future()
        self._do(lambda: self._rescan(reply))
        return reply

    def settle(self) -> Reply:
        """Answered when nothing is left to do."""
        reply: Reply = Future()
        self._do(lambda: self._waiting.append(reply))
        return reply

    def _do(self, action: Callable[[], None]) -> None:
        self._inbox.put(action)

    # -- on the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with (
                self._open() as catalog,
                ThumbnailStore.open(self._paths.thumbnails) as thumbnails,
            ):
                try:
                    self._serve(catalog, thumbnails)
                except Exception as error:
                    catalog.suspect(error)
                    raise
        except _StoppedError:
            return
        except _StaleError:
            _log.warning("the catalog was damaged or lost; the next engine begins with a new one")
            self._on_crash()
        except Exception:
            _log.exception("the keeper ended by a bug")
            self._on_crash()

    def _open(self) -> Catalog:
        """Open the catalog; while that cannot be, say why and try again.

        Raises:
            _StoppedError: It is not wanted any more.
        """
        while not self._stopping:
            try:
                catalog = Catalog.open(self._paths)
            except CatalogError as error:
                self._closed = str(error)
                self._say(Progress(stage="failed", note=self._closed))
                self._answer(done=False)
                with suppress(queue.Empty):
                    self._inbox.get(timeout=_RETRY)()
            else:
                self._closed = ""
                return catalog
        raise _StoppedError

    def _serve(self, catalog: Catalog, thumbnails: ThumbnailStore) -> None:
        for sentence in [*Decisions(catalog).recover(), rescue(catalog)]:
            if sentence:
                self._publish(Notice(sentence=sentence, severity="warning"))
        intake = self._intake = Intake(
            catalog,
            thumbnails,
            workers=self._worker_count,
            polling_seconds=self._polling_seconds,
            crashed=self._crashed,
            do=self._do,
            publish=self._publish,
        )
        intake.pause(self._pausing.recall(catalog))
        self._take_model(catalog)
        try:
            self._say_progress(intake, catalog, "scanning")
            intake.compare()
            while not self._stopping:
                if catalog.is_stale:
                    raise _StaleError
                self._turn(intake, catalog)
                wait = min(intake.next_time(), self._succession.next_time()) - time.monotonic()
                try:
                    self._inbox.get(timeout=min(max(wait, 0.0), _LONG))()
                except queue.Empty:
                    continue
        finally:
            intake.close()
            self._succession.close()
            while intake.working or self._succession.working or not self._inbox.empty():
                try:
                    self._inbox.get(timeout=0.1)()
                except queue.Empty:
                    continue
            intake.finish()
            self._succession.finish()
            self._intake = None

    def _turn(self, intake: Intake, catalog: Catalog) -> None:
        self._pausing.keep(catalog)
        intake.turn()
        if not self._inbox.empty():
            return
        done = intake.is_done
        version = catalog.connection.total_changes
        if version != self._data_version or done != self._was_done:
            if done:
                intake.pace.rest()
            self._data_version, self._was_done = version, done
            self._on_photos(done)
            self._succession.note_photos()
        may_work = not self._pausing.wished and not self._trouble()
        self._succession.turn(done=done, may_work=may_work, serving=self._model)
        self._data_version += catalog.connection.total_changes - version
        self._say_progress(intake, catalog, self._stage(intake, done=done))
        is_over = done and self._succession.swap is None
        is_over = is_over and not self._is_loading() and not self._is_clustering()
        # Whoever stops being busy has told what is next before: the inbox is looked at last.
        self._answer(done=is_over and self._inbox.empty())

    def _use(self, embedder: Embedder, serving: Serving) -> None:
        if embedder.notice:
            self._publish(Notice(sentence=embedder.notice, severity="warning"))
        self._serving = embedder, serving
        if self._intake is not None:
            self._take_model(self._intake.catalog)

    def _take_model(self, catalog: Catalog) -> None:
        """Index with the model once there is one; the catalog is open."""
        if self._intake is not None and self._serving is not None:
            embedder, serving = self._serving
            self._model = embedder.name
            self._intake.use(embedder)
            self._succession.open(catalog, serving)

    def _took_over(self, swap: Swap, done: bool) -> None:
        now_serving = self._succession.took_over(swap, done)
        if now_serving is not None and self._intake is not None:
            self._serving = now_serving
            self._take_model(self._intake.catalog)

    def _look(self, photos: Sequence[int]) -> None:
        if self._intake is not None:
            self._intake.look(photos)
        self._succession.look(photos)

    def _pause(self, paused: bool) -> None:
        self._pausing.wished = paused
        if self._intake is not None:
            self._intake.pause(paused)

    def _rescan(self, reply: Reply) -> None:
        if self._intake is not None:
            self._intake.compare()
            self._intake.store()
        trouble = self._trouble()
        _resolve(reply, Failure(sentence=trouble) if trouble else Done())

    def _stop(self) -> None:
        self._stopping = True

    # -- how far it is -------------------------------------------------------------------------

    def _stage(self, intake: Intake, *, done: bool) -> Stage:
        if self._failure or intake.failed:
            return "failed"
        if done and self._is_clustering():
            return "clustering"
        if self._pausing.wished:
            return "paused"
        if done:
            return "idle" if self._succession.swap is None else "swapping"
        return "indexing" if self._model else "starting"

    def _say_progress(self, intake: Intake, catalog: Catalog, stage: Stage) -> None:
        counts = catalog.photos
        swap = self._succession.swap if self._was_done else None
        if swap is not None:
            left, total, rate = swap.left, counts.count(State.INDEXED), swap.pace.rate()
        else:
            left, rate = intake.left, intake.pace.rate()
            total = left + intake.pace.done or counts.count()
        self._say(
            Progress(
                stage=stage,
                done=max(0, total - left),
                total=total,
                rate=round(rate, 1),
                remaining=round(left / rate, 1) if rate and left else None,
                problems=counts.count(State.PROBLEM),
                closed=len(intake.folder.closed),
                model=self._model,
                coming=self._succession.name,
                watching=intake.folder.watching,
                note=self._trouble()
                or intake.model_trouble
                or (swap.trouble if swap is not None else "")
                or intake.folder.remark,
            )
        )

    def _say(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self._publish(progress)

    def _trouble(self) -> str:
        """Why nothing can be done at present."""
        if self._failure or self._intake is None:
            return self._failure or self._closed
        if self._intake.failed:
            return self._intake.model_trouble
        return self._intake.disk_trouble or self._intake.folder.trouble

    def _answer(self, *, done: bool) -> None:
        """Answer those who wait for the end: it is reached, or cannot be."""
        trouble = "" if done else self._trouble()
        if not (done or trouble) and self._pausing.wished:
            folder = printable(shlex.quote(str(self._paths.root)))
            trouble = f"Indexing is paused; 'tui-selector engine resume {folder}' goes on with it."
        if done or trouble:
            waiting, self._waiting = self._waiting, []
            for reply in waiting:
                _resolve(reply, Failure(sentence=trouble) if trouble else Done())


def _resolve(reply: Reply, answer: Done | Failure) -> None:
    if reply.set_running_or_notify_cancel():
        reply.set_result(answer)
