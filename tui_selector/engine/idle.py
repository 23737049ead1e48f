"""A thread that works on photos one after the other while nothing else is to be done."""

from __future__ import annotations

import logging
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Longest wait for the photo in hand at the end, seconds; the next engine takes it up again.
_LEAVING = 1.0
#: Seconds until a catalog that could not be used is tried again.
_PAUSE = 5.0


class Waiting(Protocol):
    """A photo that waits to be worked on, as it was when it was indexed. `path` as `Photo.path`."""

    @property
    def hash(self) -> bytes: ...
    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...


def is_unchanged(catalog: Catalog, photo: Waiting) -> bool:
    """Whether a photo's file still is the one that was indexed.

    Raises:
        OSError: It cannot be looked at.
    """
    found = (catalog.root / photo.path).stat()
    return (found.st_size, found.st_mtime_ns) == (photo.size, photo.mtime_ns)


class IdleThread(ABC):
    """See the head of this module. Public methods are for any thread."""

    def __init__(
        self,
        name: str,
        paths: LibraryPaths,
        *,
        crashed: bool,
        may_work: Callable[[], bool],
    ) -> None:
        """Prepare the thread.

        Args:
            name: Of the thread; also the beginning of what it keeps in the catalog.
            paths: Of the library.
            crashed: Whether the engine before this one ended by a crash; the picture that was in
                hand then is passed over.
            may_work: Whether nothing else is to be done; `wake` is called when that may change.
        """
        self._paths = paths
        self._crashed = crashed
        self._may_work = may_work
        self._in_hand_key = f"{name}_in_hand"
        self._changed = threading.Condition()
        self._woken = True
        self._working = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End after the photo in hand, where that does not take long."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(_LEAVING)

    @property
    def busy(self) -> bool:
        """Whether photos are being worked on."""
        with self._changed:
            return self._working

    def wake(self) -> None:
        """Look again whether there is something to do."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    # -- for the work ------------------------------------------------------------------------

    @abstractmethod
    def _work(self, catalog: Catalog) -> None:
        """Work while there is something to do and `_goes_on`.

        Raises:
            sqlite3.Error: The catalog cannot be used.
        """

    @abstractmethod
    def _pass_over(self, catalog: Catalog, hash_: bytes) -> None:
        """Take a picture for done at which the engine before this one may have crashed."""

    def _begin(self, catalog: Catalog) -> None:  # noqa: B027 - most have nothing to do here
        """Called with each catalog that is opened, before any work."""

    @property
    def _is_given_up(self) -> bool:
        """Whether there is nothing to do for good."""
        return False

    def _rest(self) -> None:  # noqa: B027 - most tell nobody
        """Called when there is nothing left to do for now."""

    def _take_in_hand(self, catalog: Catalog, hash_: bytes) -> None:
        """Note the picture at which a crash would have happened; b"" when it is done."""
        catalog.store(self._in_hand_key, hash_.hex())

    def _goes_on(self) -> bool:
        with self._changed:
            return not self._stopping and self._may_work()

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            try:
                with Catalog.open(self._paths) as catalog:
                    self._begin(catalog)
                    self._pass_over_the_guilty(catalog)
                    while not self._is_given_up and self._wait() and not catalog.is_stale:
                        self._work(catalog)
            except (CatalogError, sqlite3.Error) as error:
                _log.warning("the %s cannot use the catalog: %s", self._thread.name, error)
            with self._changed:
                self._working = False
                if self._is_given_up:
                    return
                self._woken = True
                self._changed.wait_for(lambda: self._stopping, _PAUSE)

    def _pass_over_the_guilty(self, catalog: Catalog) -> None:
        """
        Raises:
            sqlite3.Error: The catalog cannot be written.
        """
        in_hand = bytes.fromhex(catalog.load(self._in_hand_key, str, ""))
        if self._crashed and in_hand:
            _log.warning("picture %s is passed over after a crash", in_hand.hex())
            with catalog.transaction():
                self._pass_over(catalog, in_hand)
        self._crashed = False

    def _wait(self) -> bool:
        """Wait until there may be something to do; False at the end."""
        with self._changed:
            rested, self._working = self._working, False
        if rested:
            self._rest()
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or (self._woken and self._may_work()))
            self._woken = False
            self._working = not self._stopping
            return not self._stopping
