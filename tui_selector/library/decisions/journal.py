"""The journal: every decision, in a file of its own beside the catalog, one JSON line an entry.

It is written before anything changes, so that a crash can be cleaned up, and it is kept apart from
the catalog, so that decisions survive the catalog's loss. Lines are only ever appended, under a
lock on the file that is held from the beginning of a run to its end; a line that a crash or a full
disk cut short is passed over. Paths are percent-encoded.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tui_selector.library.decisions.history import Begin, Done, Entry, History, Move, Run
from tui_selector.library.decisions.moves import reason, sync_folders
from tui_selector.library.decisions.plan import quoted, unquoted, with_paths
from tui_selector.library.display import printable

#: Bytes of the journal's end that are read first; more is read as undo goes further back.
_WINDOW = 64 * 1024

#: Seconds to wait for another process that is changing files.
_PATIENCE = 5.0


class JournalError(Exception):
    """The journal cannot be read or written; the message says why and what to do."""


class BusyError(JournalError):
    """Another process is changing the library."""


class Journal:
    """The journal of one library. The file is made by the first entry."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._history = History()
        self._low = 0  # the history holds the entries of the bytes from here
        self._high = 0  # to here
        self._inode = 0
        self._descriptor: int | None = None
        self._decoder = msgspec.json.Decoder(Entry)

    # -- reading -----------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """Every entry from the beginning; lines that are none are passed over.

        Raises:
            JournalError: The file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                for line in file:
                    if entry := self._entry(line):
                        yield entry
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(error) from error

    def last_undoable(self) -> Run | None:
        """The run that undo would take back."""
        self._refresh()
        while not self._history.undo and self._low:
            self._reach_back()
        return self._history.undo[-1] if self._history.undo else None

    def last_redoable(self) -> Run | None:
        """The run that redo would do again."""
        self._refresh()
        while not self._history.redo and not self._history.decided and self._low:
            self._reach_back()
        return self._history.redo[-1] if self._history.redo else None

    def undoable(self, count: int) -> list[Run]:
        """The last `count` runs that can be undone, the next one first."""
        self._refresh()
        while len(self._history.undo) < count and self._low:
            self._reach_back()
        return self._history.undo[: -count - 1 : -1]

    def unfinished(self) -> Begin | None:
        """A run that began and is not over: under the lock, one whose process has died."""
        self._refresh()
        return self._history.unfinished

    def _refresh(self) -> None:
        """Take in what has been appended, by this process or another."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            if self._inode:
                self._start(0, 0, 0)
            return
        except OSError as error:
            raise self._unreadable(error) from error
        if found.st_ino != self._inode or found.st_size < self._high:
            self._start(max(0, found.st_size - _WINDOW), found.st_size, found.st_ino)
        elif found.st_size > self._high:
            self._take_in(self._high, found.st_size)

    def _start(self, low: int, end: int, inode: int) -> None:
        """Forget everything and read the bytes from about `low` to `end`."""
        while True:
            self._history, self._low, self._high, self._inode = History(), low, low, inode
            # The rest of a run that began before the window is passed over, as that run is older
            # than all that is in it; a window that is less than one run is made larger.
            if self._take_in(low, end, aligned=low == 0) or low == 0:
                return
            low = max(0, end - 2 * (end - low))

    def _reach_back(self) -> None:
        length = self._high - self._low
        self._start(max(0, self._low - length), self._high, self._inode)

    def _take_in(self, start: int, end: int, *, aligned: bool = True) -> bool:
        """Add the whole lines from `start` to `end` to the history.

        Returns:
            Whether the beginning of a run is among them.
        """
        if end <= start:
            return False
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                data = file.read(end - start)
        except OSError as error:
            raise self._unreadable(error) from error
        begin = 0 if aligned else data.find(b"\n") + 1
        stop = data.rfind(b"\n") + 1
        has_begin = False
        for line in data[begin:stop].splitlines():
            if entry := self._entry(line):
                has_begin = has_begin or isinstance(entry, Begin)
                self._history.add(entry)
        self._high = start + stop
        return has_begin

    def _entry(self, line: bytes) -> Entry | None:
        try:
            entry: Entry = self._decoder.decode(line)
            return _with_paths(entry, unquoted)
        except (msgspec.MsgspecError, ValueError):
            return None

    def _unreadable(self, error: OSError) -> JournalError:
        return JournalError(
            f"The journal {printable(str(self.path))} cannot be read ({reason(error)})."
        )

    # -- writing -----------------------------------------------------------------------------

    @contextmanager
    def locked(self, patience: float | None = None) -> Iterator[None]:
        """Hold the journal's lock; other processes wait.

        Args:
            patience: Seconds to wait for a process that holds it; some where None.

        Raises:
            BusyError: Another process holds it all that time.
            JournalError: The file cannot be written.
        """
        is_new = not self.path.exists()
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._wait(descriptor, _PATIENCE if patience is None else patience)
            if is_new:
                sync_folders((self.path.parent,))
            self._descriptor = descriptor
            yield
        finally:
            self._descriptor = None
            os.close(descriptor)

    def _wait(self, descriptor: int, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                # A blocking flock cannot be given a time limit; a stopped process may hold it.
                if time.monotonic() >= deadline:
                    raise BusyError(
                        "Another tui-selector is changing this library; nothing was changed here. "
                        "Try again when it is done."
                    ) from error
                time.sleep(0.01)
            except OSError as error:
                raise self._unwritable(error) from error
            else:
                return

    def write(self, entry: Entry, *, sync: bool = False) -> None:
        """Append an entry; the lock must be held.

        Args:
            sync: Return only once it is on the disk.

        Raises:
            JournalError: It cannot be written; the journal is as it was.
        """
        descriptor = self._descriptor
        assert descriptor is not None, "the journal is written under its lock"
        line = msgspec.json.encode(_with_paths(entry, quoted)) + b"\n"
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            if end and os.pread(descriptor, 1, end - 1) != b"\n":
                line = b"\n" + line
            try:
                self._append(descriptor, line)
                if sync:
                    os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, end)
                raise
        except OSError as error:
            raise self._unwritable(error) from error

    def _append(self, descriptor: int, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            written = os.write(descriptor, rest)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rest = rest[written:]

    def _unwritable(self, error: OSError) -> JournalError:
        return JournalError(
            f"The journal {printable(str(self.path))} cannot be written ({reason(error)}); "
            "nothing was changed."
        )


def _with_paths(entry: Entry, change: Callable[[str], str]) -> Entry:
    if isinstance(entry, Done):
        return entry
    moves = tuple(
        Move(
            action=move.action,
            kind=move.kind,
            source=change(move.source),
            target=change(move.target),
            size=move.size,
            mtime_ns=move.mtime_ns,
            info=change(move.info),
        )
        for move in entry.moves
    )
    return msgspec.structs.replace(entry, plan=with_paths(entry.plan, change), moves=moves)
