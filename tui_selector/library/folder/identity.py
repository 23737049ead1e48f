"""What a photo is, whatever it is called: the hash of its bytes.

BLAKE2b with a digest of 128 bits (RFC 7693), the fastest hash of the standard library that nobody
can make collide on purpose.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_DIGEST_SIZE = 16
_BLOCK = 1 << 20

#: A file that changes while it is read is read again so often before that is an error.
_TRIES = 3


class UnsettledError(OSError):
    """A file was being written while it was read; it can be read later."""


def content_hash(data: bytes) -> bytes:
    """The identity of a photo with these bytes: 16 bytes."""
    return hashlib.blake2b(data, digest_size=_DIGEST_SIZE).digest()


def hash_file(path: Path) -> bytes:
    """The content hash of a file of any size, in bounded memory.

    Raises:
        OSError: It cannot be read, is no regular file, or is being written.
    """
    return identify(path)[0]


def identify(path: Path) -> tuple[bytes, os.stat_result]:
    """The content hash of a file of any size, and what the file was while those bytes were read.

    Raises:
        OSError: It cannot be read, is no regular file, or is being written.
    """
    for _ in range(_TRIES):
        with _open(path) as (file, before):
            digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
            while block := file.read(_BLOCK):
                digest.update(block)
            if _is_unchanged(before, os.fstat(file.fileno())):
                return digest.digest(), before
    raise _unsettled(path)


def read_whole(path: Path) -> tuple[bytes, os.stat_result]:
    """The bytes of a file, and what the file was while they were read.

    For still pictures and RAW files; a video may be larger than memory (see `identify`).

    Raises:
        OSError: It cannot be read, is no regular file, or is being written.
        MemoryError: It does not fit into memory.
    """
    for _ in range(_TRIES):
        with _open(path) as (file, before):
            data = file.read()
            after = os.fstat(file.fileno())
            if _is_unchanged(before, after) and len(data) == after.st_size:
                return data, after
    raise _unsettled(path)


@contextmanager
def _open(path: Path) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """Open a regular file without waiting on pipes and devices."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        yield file, status


def _is_unchanged(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def _unsettled(path: Path) -> UnsettledError:
    return UnsettledError(errno.EBUSY, "The file is being written while it is read", str(path))
