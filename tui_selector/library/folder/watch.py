"""Noticing what changes in a library's folder, and telling it once files are whole.

Where the kernel tells of changes (inotify) it is listened to; on network disks, and where the
system lets no more folders be watched, the folder is compared with itself every so often. Either
way a path is told only when its file has settled (see `settling`).
"""

from __future__ import annotations

import errno
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from tui_selector.library.folder.folder_events import FolderEvent, FolderEvents
from tui_selector.library.folder.mounts import remote_file_system
from tui_selector.library.folder.scan import Scan, ScanError, check_folder, scan, stat_of
from tui_selector.library.folder.settling import Settling, Trust

#: The two halves of a rename come together; a first half that stays alone left the library.
_HALF_ALONE = 0.4

#: What settles within so many seconds is told together.
_TOGETHER = 0.2

#: How often the library's own folder is looked for, seconds.
_HEARTBEAT = 2.0

#: Where more than this settles at once, comparing the whole folder costs less.
_MANY = 5000

_log = logging.getLogger(__name__)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the folder since the last time, now that it is over.

    Attributes:
        paths: Files and folders that came, changed or went, relative to the root.
        moves: Renames inside the library (old path, new path), in the order they happened.
        rescan: Not everything was seen: compare the whole folder (`Watcher.scan`).
        gone: The library's folder is not there; a `rescan` follows when it is back.
    """

    paths: set[str] = set()
    moves: list[tuple[str, str]] = []
    rescan: bool = False
    gone: bool = False


class Watcher:
    """Watches a folder from `start` to `stop`.

    Args:
        root: The library's folder, resolved.
        on_settled: Called in the watcher's thread, one call at a time.
        polling_seconds: How often the folder is compared where the system tells of no changes.

    Attributes:
        mode: Whether the system tells of changes, or the folder is compared with itself.
        reason: One sentence that says why the folder is compared; "" in the mode "events".
    """

    def __init__(
        self, root: Path, on_settled: Callable[[Settled], None], polling_seconds: float = 30
    ) -> None:
        self.mode: Literal["events", "polling"] = "events"
        self.reason = ""
        self._root = root
        self._on_settled = on_settled
        self._polling_seconds = polling_seconds
        self._wake = threading.Condition()
        self._inbox: list[FolderEvent] = []
        #: Guards `_settling` and `_snapshot`, which `scan` uses in its caller's thread.
        self._state = threading.Lock()
        self._settling = Settling(lambda path: stat_of(root, path))
        self._departed: dict[int, tuple[FolderEvent, float]] = {}
        self._moves: list[tuple[str, str]] = []
        self._paths: set[str] = set()
        self._rescan = False
        self._gone = False
        self._stopping = False
        self._events: FolderEvents | None = None
        self._identity: tuple[int, int] | None = None
        self._snapshot: dict[str, tuple[int, int]] | None = None
        self._next_poll = 0.0
        self._next_report = 0.0
        self._next_heartbeat = 0.0
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch. What changes from now on is told.

        Raises:
            ScanError: The folder is not there, is no folder, or may not be read.
        """
        check_folder(self._root)
        self._begin()
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer; returns once the last call of `on_settled` is over."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._end()

    def scan(self) -> Scan:
        """List the folder without the files that may still be written; those settle on their own.

        Raises:
            ScanError: The folder is not there, is no folder, or may not be read.
        """
        with self._state:
            waiting = self._settling.paths
        seen = scan(
            self._root,
            settled_before=time.time() - Trust.UNKNOWN.value,
            unsettled=waiting,
        )
        with self._state:
            self._snapshot = _statuses(seen)
        for path in seen.unsettled:
            if path not in waiting:
                self._tell(FolderEvent("found", path))
        return seen

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._inbox or self._stopping, self._pause())
                if self._stopping:
                    return
                events, self._inbox = self._inbox, []
            now = time.monotonic()
            if now >= self._next_heartbeat:
                self._next_heartbeat = now + _HEARTBEAT
                self._look_for_root()
            if self.mode == "polling" and now >= self._next_poll and not self._gone:
                self._poll()
                self._next_poll = time.monotonic() + self._polling_seconds
            for event in events:
                self._take(event, now)
            self._take_departed(now)
            if not self._gone:
                self._report(self._settled(now))

    def _report(self, settled: Settled | None) -> None:
        if settled is None:
            return
        try:
            self._on_settled(settled)
        except Exception:
            _log.exception("what settled in %s could not be taken up", self._root)

    def _pause(self) -> float:
        """Seconds until there is something to do even if nothing happens."""
        times = [self._next_heartbeat]
        if not self._gone:
            times += [since + _HALF_ALONE for _, since in self._departed.values()]
            if self.mode == "polling":
                times.append(self._next_poll)
            settling = self._settling.next_time()
            if settling is not None:
                times.append(max(settling, self._next_report))
            if self._moves or self._paths or self._rescan:
                times.append(self._next_report)
        return max(0.0, min(times) - time.monotonic())

    def _tell(self, event: FolderEvent) -> None:
        with self._wake:
            self._inbox.append(event)
            self._wake.notify()

    def _take(self, event: FolderEvent, now: float) -> None:
        """Note what an event means for what waits."""
        if event.what in _TRUST:
            self._note(event.path, _TRUST[event.what], now)
        elif event.what == "removed":
            self._take_removed(event, now)
        elif event.what == "departed":
            self._departed[event.cookie] = (event, now)
        elif event.what == "arrived":
            departed = self._departed.pop(event.cookie, None)
            if departed is not None:
                source = departed[0].path
                if not self._moves:
                    self._next_report = now + _TOGETHER
                self._moves.append((source, event.path))
                with self._state:
                    self._settling.move(source, event.path, now)
            elif event.is_folder:
                self._paths.add(event.path)
            else:
                self._note(event.path, Trust.CLOSED, now)
        elif event.what == "overflow":
            self._rescan = True
        elif event.what == "limit":
            self._fall_back(_LIMIT)
            self._rescan = True
        else:
            self._look_for_root(lost=True)

    def _take_removed(self, event: FolderEvent, now: float) -> None:
        if event.is_folder:
            self._paths.add(event.path)
        else:
            self._note(event.path, Trust.CLOSED, now)

    def _take_departed(self, now: float) -> None:
        """Give up on first halves of renames whose second half did not come."""
        for cookie, (event, since) in list(self._departed.items()):
            if now - since >= _HALF_ALONE:
                del self._departed[cookie]
                self._take_removed(event, now)
                if event.is_folder and self._events is not None:
                    self._events.forget(event.path)

    def _note(self, path: str, trust: Trust, now: float) -> None:
        with self._state:
            self._settling.note(path, trust, now)

    def _settled(self, now: float) -> Settled | None:
        """What is to be told now; None where that is nothing."""
        if now < self._next_report:
            return None
        with self._state:
            paths = self._settling.ripe(now) | self._paths
        moves, rescan = self._moves, self._rescan
        if not paths and not moves and not rescan:
            return None
        self._paths, self._moves, self._rescan = set(), [], False
        self._next_report = now + _TOGETHER
        if rescan:
            self._watch_again()
        if rescan or len(paths) + len(moves) > _MANY:
            return Settled(rescan=True)
        return Settled(paths=paths, moves=moves)

    # -- how changes are noticed -------------------------------------------------------------

    def _begin(self) -> None:
        """Choose how to notice changes, and begin."""
        self._identity = _identity(self._root)
        self._next_heartbeat = time.monotonic() + _HEARTBEAT
        remote = remote_file_system(self._root)
        if remote is not None:
            self._fall_back(f"The folder is on a network disk ({remote})")
            return
        if sys.platform != "linux":
            self._fall_back("This system is not listened to for changes")
            return
        try:
            self._events = FolderEvents(self._root, self._tell)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)
            self._fall_back(_LIMIT if full else f"The folder cannot be watched ({error.strerror})")
        else:
            self.mode, self.reason = "events", ""

    def _fall_back(self, because: str) -> None:
        self.mode = "polling"
        self.reason = f"{because}; it is compared every {self._polling_seconds:g} seconds."
        self._next_poll = time.monotonic() + self._polling_seconds
        self._end()

    def _end(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.stop()
            with self._wake:
                self._inbox.clear()

    def _watch_again(self) -> None:
        """Watch the folders whose making was among the lost events."""
        try:
            if self._events is not None:
                self._events.complete()
        except OSError:
            self._fall_back(_LIMIT)

    def _poll(self) -> None:
        """Compare the folder with what it was."""
        try:
            seen = _statuses(scan(self._root))
        except ScanError:
            self._look_for_root(lost=True)
            return
        now = time.monotonic()
        with self._state:
            before, self._snapshot = self._snapshot, seen
            if before is None:
                self._rescan = True
                return
            for path, status in seen.items():
                if before.get(path) != status:
                    self._settling.note(path, Trust.UNKNOWN, now)
            for path in before.keys() - seen.keys():
                self._settling.note(path, Trust.CLOSED, now)

    def _look_for_root(self, *, lost: bool = False) -> None:
        """Notice that the library's folder is gone, or back."""
        identity = _identity(self._root)
        if not self._gone and (lost or identity != self._identity):
            self._gone = True
            self._end()
            self._departed.clear()
            self._moves, self._paths = [], set()
            with self._state:
                self._settling.clear()
                self._snapshot = None
            self._report(Settled(gone=True))
        if self._gone and identity is not None:
            self._gone = False
            self._begin()
            self._rescan = True


#: How far a file is trusted to be whole after an event.
_TRUST = {"created": Trust.OPEN, "closed": Trust.CLOSED, "found": Trust.UNKNOWN}

_LIMIT = "The system lets no more folders be watched (fs.inotify.max_user_watches)"


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder stands at a path now; None where none does."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _statuses(seen: Scan) -> dict[str, tuple[int, int]]:
    """Path to size and time of every file that a scan saw."""
    files: dict[str, tuple[int, int]] = {}
    for found in seen.files:
        files[found.path] = (found.size, found.mtime_ns)
        for companion in found.companions:
            files[companion.path] = (companion.size, companion.mtime_ns)
    return files
