"""The thread that works at runs of criterion sorting, one after the other.

A run goes on where it stopped, also in another engine. Runs of the whole library sort new photos
as soon as all are indexed.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from typing import NamedTuple

import msgspec

from tui_selector.chat.backend import ChatError
from tui_selector.criteria.job import Job
from tui_selector.criteria.making import Made, make_sorting, means_for
from tui_selector.criteria.material import Material
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import Run
from tui_selector.criteria.store import RunStore
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.criteria_messages import RunProgress
from tui_selector.engine.protocol import AnyEvent, CatalogChanged
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.embedder import Embedder
from tui_selector.models.language import LanguageModel
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Seconds between two reports of progress.
_PACE = 0.25
#: Seconds until a catalog that could not be used is tried again.
_PAUSE = 5.0


class Tools(NamedTuple):
    """What runs are made with.

    Attributes:
        embedder: Makes vectors of texts; None while there is none.
        model: A language model, or None.
        no_model: Why there is no language model.
    """

    embedder: Embedder | None
    model: LanguageModel | None
    no_model: str


class Desk(NamedTuple):
    """The catalog, the pictures and the runs as one thread has them open."""

    catalog: Catalog
    material: Material
    store: RunStore


def open_desk(
    stack: ExitStack, paths: LibraryPaths, embedder: Embedder | None, catalog: Catalog | None = None
) -> Desk:
    """Open what is needed for runs; `stack` closes it.

    Raises:
        CatalogError, OSError, sqlite3.Error: Something cannot be opened.
    """
    if catalog is None:
        catalog = stack.enter_context(Catalog.open(paths))
    thumbnails = stack.enter_context(ThumbnailStore.open(paths.thumbnails))
    store = stack.enter_context(RunStore.open(paths.criteria))
    words, dimensions = "", 0
    if embedder is not None:
        words = Spaces(str(embedder.key), embedder.dimensions).words
        dimensions = embedder.calibration.dimensions
    return Desk(catalog, Material(catalog, thumbnails, words, dimensions), store)


class SortingWork:
    """See the head of this module. Methods without an underscore are for any thread."""

    def __init__(
        self,
        paths: LibraryPaths,
        models: ChatModels,
        publish: Callable[[AnyEvent], None],
        on_rest: Callable[[], None],
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            models: Gives the language model.
            publish: Tells every client.
            on_rest: Called when there is nothing to do any more.
        """
        self._paths, self._models = paths, models
        self._publish, self._on_rest = publish, on_rest
        self._changed = threading.Condition()
        self._embedder: Embedder | None = None
        self._ready = False
        self._queue: list[str] = []
        self._current = ""
        self._cancelled: set[str] = set()
        self._news = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sorting")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End after the piece under way; what is not done goes on with the next engine."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def busy(self) -> bool:
        """Whether a run is worked at, or waits for it."""
        with self._changed:
            return bool(self._queue or self._current or (self._news and self._ready))

    def use(self, embedder: Embedder | None) -> None:
        """Compare texts with this model's; None where there is none."""
        with self._changed:
            self._embedder, self._ready = embedder, True
            self._changed.notify()

    def note_photos(self, all_indexed: bool) -> None:
        """Photos have come, changed or gone; are all indexed by now?"""
        if all_indexed:
            with self._changed:
                self._news = True
                self._changed.notify()

    def submit(self, run: str) -> None:
        """Work at a run, after those that wait already."""
        with self._changed:
            self._cancelled.discard(run)
            if run not in self._queue:
                self._queue.append(run)
            self._changed.notify()

    def cancel(self, run: str) -> bool:
        """Stop a run; False where nobody works at it and it does not wait."""
        with self._changed:
            known = run == self._current or run in self._queue
            if run in self._queue:
                self._queue.remove(run)
            if run == self._current:
                self._cancelled.add(run)
            return known

    def works_at(self, run: str) -> bool:
        """Whether a run is worked at, or waits for it."""
        with self._changed:
            return run == self._current or run in self._queue

    def tools(self) -> Tools:
        """What runs are made with now; loads nothing."""
        try:
            model, no_model = self._models.language_model(), ""
        except ChatError as error:
            model, no_model = None, str(error)
        return Tools(self._embedder, model, no_model)

    # -- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        self._take_up()
        while True:
            with self._changed:
                while not self._stopping and not (self._ready and (self._queue or self._news)):
                    self._changed.wait()
                if self._stopping:
                    return
                news, self._news = self._news, False
                self._current = self._queue.pop(0) if self._queue else ""
                run = self._current
            ended: Run | None = None
            try:
                if run:
                    ended = self._work(run)
                if news:
                    self._follow()
            except (CatalogError, sqlite3.Error, OSError):
                _log.exception("runs cannot be made")
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, _PAUSE)
            except Exception:
                _log.exception("a run failed")
                ended = self._given_up(run)
            with self._changed:
                self._current = ""
            if ended is not None:
                self._publish(RunProgress(run=ended))
                self._publish(CatalogChanged(many=True))
            self._on_rest()

    def _take_up(self) -> None:
        """Queue the runs that another engine has left undone."""
        if not (self._paths.criteria / "runs.sqlite").exists():
            return
        try:
            with RunStore.open(self._paths.criteria) as store:
                left = [run.id for run in store.runs() if run.state in ("waiting", "running")]
        except (sqlite3.Error, OSError):
            _log.exception("earlier runs cannot be read")
            return
        for run in reversed(left):
            self.submit(run)

    def _work(self, id_: str) -> Run | None:
        """Do all of a run, and return it as it stands then; None where there is none.

        Raises:
            CatalogError, OSError, sqlite3.Error: Something cannot be opened, read or written.
        """
        tools = self.tools()
        with ExitStack() as stack:
            desk = open_desk(stack, self._paths, tools.embedder)
            run = desk.store.run(id_)
            if run is None:
                return None
            subjects = desk.material.subjects(run.wish.photos)
            try:
                made = self._make(run, subjects, desk, tools)
            except ValueError as error:
                failed = msgspec.structs.replace(run, state="failed", note=str(error))
                desk.store.save(failed)
                return failed
            job = Job(run, subjects, desk.store, made.sorting, made.descriptions)
            self._advance(job, tools)
            return job.run

    def _make(self, run: Run, subjects: list[Subject], desk: Desk, tools: Tools) -> Made:
        means = means_for(
            run.wish, desk.material, subjects, tools.embedder, tools.model, tools.no_model
        )

        def stop() -> bool:
            return self._stopping or run.id in self._cancelled

        return make_sorting(run, means, desk.material, subjects, desk.store, stop)

    def _advance(self, job: Job, tools: Tools) -> None:
        """Go on until the run is done or is to be stopped, and tell how far it is."""
        asks = job.run.way in ("vision", "language") and tools.model is not None
        told, told_steps = 0.0, ""
        while not job.is_done:
            if self._stopping or job.run.id in self._cancelled:
                break
            steps = "".join(each.state for each in job.run.steps)
            if time.monotonic() - told > _PACE or steps != told_steps:
                self._publish(RunProgress(run=job.run))
                told, told_steps = time.monotonic(), steps
            if not asks or tools.model is None:
                job.advance()
                continue
            self._models.begin()
            try:
                with self._models.turn(tools.model) or nullcontext():
                    job.advance()
            finally:
                self._models.end()
        if job.run.id in self._cancelled:
            if job.run.state != "done":
                job.cancel()
        elif self._stopping and job.run.state in ("running", "cancelled"):
            job.leave()

    def _follow(self) -> None:
        """Sort the photos that have come since runs of the whole library were made."""
        if not (self._paths.criteria / "runs.sqlite").exists():
            return
        with ExitStack() as stack:
            desk = open_desk(stack, self._paths, self._embedder)
            keys = {subject.key for subject in desk.material.subjects()}
            for run in desk.store.runs():
                is_whole = run.state == "done" and run.wish.photos is None
                if is_whole and keys - desk.store.keys(run.id):
                    self.submit(run.id)

    def _given_up(self, id_: str) -> Run | None:
        """A run that a bug has ended, as failed."""
        try:
            with RunStore.open(self._paths.criteria) as store:
                run = store.run(id_)
                if run is None:
                    return None
                sentence = "Sorting failed; the engine's log says more."
                failed = msgspec.structs.replace(run, state="failed", note=sentence)
                store.save(failed)
                return failed
        except (sqlite3.Error, OSError):
            _log.exception("a run cannot be written")
            return None
