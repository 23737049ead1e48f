"""A thread that has a catalog of its own and does jobs in the order they were given."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths

T = TypeVar("T")
R = TypeVar("R")


class CatalogThread(Generic[T]):
    """One thread, one catalog, jobs one after another.

    `run` is called on the event loop and never waits: a job's place in the queue is taken when
    `run` is called, whether or not its future is awaited.
    """

    def __init__(self, name: str, paths: LibraryPaths, make: Callable[[Catalog], T]) -> None:
        """
        Args:
            name: Of the thread.
            paths: Of the library.
            make: Makes of the catalog what jobs are given; called once, in the thread.
        """
        self._paths = paths
        self._make = make
        self._catalog: Catalog | None = None
        self._made: T | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """Jobs that are not finished."""
        return self._waiting

    def run(self, job: Callable[[T], R]) -> asyncio.Future[R]:
        """Queue a job; its future tells the result or the exception.

        The future fails with `CatalogError` where the catalog cannot be opened; the next job tries
        again.
        """
        return asyncio.wrap_future(self.submit(job))

    def submit(self, job: Callable[[T], R]) -> Future[R]:
        """`run` where no event loop is at hand."""
        self._waiting += 1
        future: Future[R] = self._executor.submit(self._do, job)
        future.add_done_callback(self._finished)
        return future

    def close(self) -> None:
        """Finish the jobs that are queued, then close the catalog. Waits; may be repeated."""
        if not self._closed:
            self._closed = True
            self._executor.submit(self._close)
        self._executor.shutdown(wait=True)

    def _do(self, job: Callable[[T], R]) -> R:
        try:
            return job(self._open())
        except sqlite3.DatabaseError as error:
            if self._catalog is None or not self._catalog.suspect(error):
                raise
        return job(self._open())

    def _open(self) -> T:
        """What jobs are given; the catalog is opened anew where it was set aside."""
        if self._catalog is not None and self._catalog.is_stale:
            self._close()
        if self._made is None:
            self._catalog = Catalog.open(self._paths)
            self._made = self._make(self._catalog)
        return self._made

    def _finished(self, future: Future[R]) -> None:
        self._waiting -= 1

    def _close(self) -> None:
        self._made = None
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
