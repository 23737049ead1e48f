"""Files that are there whole or not at all: written beside their place, synced, then renamed."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tui_selector.library.decisions.moves import (
    RefusedError,
    discard,
    make_folders,
    reason,
    rename_new,
    sync_folders,
)
from tui_selector.library.display import printable

_BLOCK = 1 << 20

#: What the system answers where nothing more can be written to a disk, whatever the file.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV)


class StoppedError(Exception):
    """The owner has had enough; what was written whole stays."""


class DiskError(RefusedError):
    """Nothing more can be written to the target, whatever the file."""


class Progress:
    """How far an export is. Any thread may look at it, or stop it.

    Attributes:
        total: What there is to do, in bytes of files or in photos.
        done: How much of it is done.
    """

    def __init__(self, told: Callable[[int, int], None] = lambda done, total: None) -> None:
        """
        Args:
            told: Is called with `done` and `total` at every step, in the thread that exports.
        """
        self.total = 0
        self.done = 0
        self._told = told
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have the export end before the next block."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def start(self, total: int) -> None:
        """Say how much there is to do."""
        self.total, self.done = total, 0
        self._told(0, total)

    def step(self, by: int) -> None:
        """Go on.

        Raises:
            StoppedError: It was told to stop.
        """
        if self._stop.is_set():
            raise StoppedError
        self.done += by
        self._told(self.done, self.total)


@contextmanager
def new_file(target: Path, *, one_of_many: bool = False) -> Iterator[BinaryIO]:
    """Write a file that appears at `target` whole when the block ends, and never over another.

    The bytes go to a hidden file beside it, which is removed when the block fails.

    Args:
        target: Where to.
        one_of_many: Whether the caller puts the names of many files on the disk together
            (`sync_folders`).

    Raises:
        DiskError: The disk is full, read-only or broken.
        RefusedError: It cannot be written, or `target` is taken.
    """
    make_folders(target.parent)
    part = target.with_name(f".tui-selector-{os.urandom(6).hex()}.part")
    try:
        with part.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        rename_new(part, target)
        if not one_of_many:
            sync_folders([target.parent])
    except OSError as error:
        raise refusal(target, error) from error
    finally:
        discard(part)


def refusal(target: Path, error: OSError) -> RefusedError:
    """The sentence for a file that cannot be written."""
    kind = DiskError if error.errno in _DISK_ERRORS else RefusedError
    return kind(f"{printable(str(target))} cannot be written ({reason(error)}).")


def copy(source: Path, target: Path, progress: Progress) -> int:
    """Copy a file, one of many, with its times; return its bytes.

    Raises:
        RefusedError: It cannot be read or written, or changes while it is copied.
        StoppedError: The export was stopped.
    """
    with new_file(target, one_of_many=True) as write, _reading(source) as read:
        before = os.fstat(read.fileno())
        copied = pour(read, write, progress)
        after = os.fstat(read.fileno())
        if (copied, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise RefusedError(f"{printable(source.name)} is being written to; try again.")
        write.flush()
        os.utime(write.fileno(), ns=(after.st_atime_ns, after.st_mtime_ns))
    return copied


def pour(read: BinaryIO, write: BinaryIO, progress: Progress) -> int:
    """Copy what is left in one stream to another; return how many bytes that was."""
    count = 0
    while block := read.read(_BLOCK):
        write.write(block)
        count += len(block)
        progress.step(len(block))
    return count


@contextmanager
def _reading(source: Path) -> Iterator[BinaryIO]:
    try:
        stream = source.open("rb")
    except OSError as error:
        raise RefusedError(f"{printable(source.name)} cannot be read ({reason(error)}).") from error
    with stream:
        yield stream


def link(source: Path, target: Path, *, symbolic: bool) -> None:
    """Make a link to a file; a link appears whole by itself.

    Raises:
        RefusedError: It cannot be made.
    """
    make_folders(target.parent)
    try:
        if symbolic:
            target.symlink_to(source)
        else:
            os.link(source, target, follow_symlinks=False)
    except FileExistsError as error:
        raise RefusedError(f"There is already a file {printable(str(target))}.") from error
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise RefusedError(
                f"{printable(source.name)} is on another disk than {printable(str(target.parent))};"
                " hard links need one disk. Export copies or symbolic links."
            ) from error
        raise refusal(target, error) from error
