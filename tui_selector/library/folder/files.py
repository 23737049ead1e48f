"""Opening a photo for reading, and the errors that say in one sentence what went wrong."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_READ_ERRORS = {
    errno.ENOENT: "The file is gone.",
    errno.ENOTDIR: "The file is gone.",
    errno.ELOOP: "The link leads in a circle.",
    errno.EACCES: "There is no permission to read the file.",
    errno.EPERM: "There is no permission to read the file.",
    errno.EIO: "The disk reports an error while reading the file.",
    errno.ESTALE: "The network folder with the file is not connected.",
    errno.ENAMETOOLONG: "The file name is too long.",
}


class DecodeError(Exception):
    """A file that cannot be shown; the text is one sentence that does not name the path."""


class UnreadableError(DecodeError):
    """The file system refused the bytes (gone, no permission, I/O): trying later may work."""


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading, without waiting on pipes and devices.

    Raises UnreadableError with one sentence.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableError(reason(error) or "The file cannot be opened.") from error
    except ValueError as error:
        raise UnreadableError("The file name cannot be used.") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise UnreadableError(f"This is {what}, not a file.")
    return os.fdopen(descriptor, "rb")


def reason(error: OSError) -> str | None:
    """Return the sentence for what the file system refused, None for any other OSError."""
    return _READ_ERRORS.get(error.errno or 0)
