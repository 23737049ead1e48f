"""Keep what C libraries write to file descriptor 2 away from the terminal.

libtiff, LibRaw, FFmpeg and others report damaged files straight to descriptor 2, past `sys.stderr`
and past every Python hook; in a full-screen program these bytes land on top of the picture.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_STDERR = 2
_LOG_LIMIT = 1_000_000


def redirect_native_output(log: Path | None) -> None:
    """Point descriptor 2 at the end of the file `log`, or at nothing, for good.

    For a process without a screen, once at its start, before other threads run. `sys.stderr`
    follows, since it writes to the same descriptor. A log that cannot be opened is replaced by
    nothing: a full disk must not stop the process.
    """
    _flush(sys.stderr)
    _point_stderr_at(_open_log(log))


@contextmanager
def quiet_native_output(log: Path | None) -> Iterator[None]:
    """Keep the screen for `sys.__stderr__` alone; descriptor 2 goes to `log`, or to nothing.

    Textual draws on `sys.__stderr__`, which for the length of the block writes to a descriptor
    of its own that still is the terminal. Everything else that writes to descriptor 2, from any
    thread or library, goes to the log. Enter it in the main thread before Textual is imported;
    the exit puts everything back, so that a traceback is seen. A terminal that is gone takes
    everything without an error: whoever draws must not end before the rest has.
    """
    screen = sys.__stderr__
    if screen is None:
        redirect_native_output(log)
        yield
        return
    _flush(screen)
    saved = os.dup(_STDERR)
    own = io.TextIOWrapper(
        io.BufferedWriter(_Screen(saved, "w", closefd=False)),
        encoding=screen.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
    _point_stderr_at(_open_log(log))
    sys.__stderr__ = own  # type: ignore[misc]
    try:
        yield
    finally:
        _flush(own)
        _flush(sys.stderr)
        os.dup2(saved, _STDERR)
        sys.__stderr__ = screen  # type: ignore[misc]
        own.detach()
        os.close(saved)


class _Screen(io.FileIO):
    """A terminal that a dropped connection leaves deaf instead of broken."""

    def write(self, data: Buffer) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


def _open_log(log: Path | None) -> int:
    """Open the log for appending, emptied first when it has grown too long."""
    if log is not None:
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(log, flags, 0o600)
            if os.fstat(descriptor).st_size > _LOG_LIMIT:
                os.ftruncate(descriptor, 0)
        except OSError:
            pass
        else:
            return descriptor
    return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def _point_stderr_at(target: int) -> None:
    if target == _STDERR:
        # Descriptor 2 was closed, so opening the log has just taken its number.
        os.set_inheritable(_STDERR, True)
        return
    os.dup2(target, _STDERR)
    os.close(target)


def _flush(stream: object) -> None:
    with suppress(AttributeError, OSError, ValueError):
        stream.flush()  # type: ignore[attr-defined]
