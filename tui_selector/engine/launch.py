"""Start and stop a library's engine process, of which a lock makes sure there is only one."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tui_selector.engine.priority import stand_back_from_the_start
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

#: Seconds that an engine may take until it listens, on a machine that is busy.
STARTING = 30.0

#: Seconds between two looks at something that no event tells of.
LOOK = 0.05

#: What a new engine says on the pipe to whoever started it.
READY = b"ready"
TAKEN = b"taken"

#: Settings that the engine reads; a client's own choice (its flags) travels in the environment.
_PASSED_ON = ("model", "device", "batch_size", "workers", "idle_minutes", "polling_seconds")

_LONGEST_LOG = 1_000_000


class EngineError(Exception):
    """The engine did not do what was asked; the message is one sentence for the owner.

    Attributes:
        column: Where in a query the reason stands, in characters from 0; -1 for other reasons.
        length: How many characters are meant.
    """

    def __init__(self, sentence: str, column: int = -1, length: int = 0) -> None:
        super().__init__(sentence)
        self.column = column
        self.length = length


class LockedError(Exception):
    """Another engine holds the library."""


@contextmanager
def hold(paths: LibraryPaths, inherited: int = -1) -> Iterator[int]:
    """Hold the library's engine lock, which the kernel drops when the process dies.

    Gives the descriptor of the lock. A process that inherits it holds the lock as well, from its
    first instruction to its end.

    Args:
        paths: Of the library.
        inherited: The descriptor with which whoever started this process held the lock; -1 if none.

    Raises:
        LockedError: Another process holds it.
        OSError: The runtime folder cannot be used.
    """
    descriptor = inherited
    if descriptor < 0:
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    else:
        os.set_inheritable(descriptor, False)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"{paths.lock} is held by another engine") from error
        yield descriptor
    finally:
        os.close(descriptor)


def is_running(paths: LibraryPaths) -> bool:
    """Whether an engine process holds the library, be it only just starting or leaving."""
    try:
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def listen(paths: LibraryPaths) -> socket.socket:
    """Make the library's socket, for this user alone. Call it only while holding the lock.

    Raises:
        OSError: The socket cannot be made.
    """
    with suppress(FileNotFoundError):
        paths.socket.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(paths.socket))
        listener.listen(16)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


def dial(paths: LibraryPaths) -> socket.socket | None:
    """A connection to the library's engine; None where nobody listens.

    Raises:
        EngineError: The socket belongs to another user.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.fspath(paths.socket))
    except OSError:
        connection.close()
        return None
    if peer(connection)[1] != os.getuid():
        connection.close()
        raise EngineError(f"The socket {paths.socket} belongs to another user; it was not used.")
    return connection


def peer(connection: socket.socket) -> tuple[int, int]:
    """Process id and user id at the other end; the process id is 0 where the system hides it."""
    if hasattr(socket, "SO_PEERCRED"):
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, uid, _ = struct.unpack("3i", raw)
        return pid, uid
    # LOCAL_PEERCRED on macOS and the BSDs: struct xucred { u_int version; uid_t uid; ... }.
    raw = connection.getsockopt(0, 1, 76)
    return 0, int(struct.unpack_from("2I", raw)[1])


def dial_or_start(paths: LibraryPaths, settings: Settings | None) -> socket.socket:
    """A connection to the library's engine, which is started where none runs.

    Raises:
        EngineError: It cannot be started; the message says why.
    """
    until = time.monotonic() + STARTING
    while True:
        connection = dial(paths)
        if connection is not None:
            return connection
        left = until - time.monotonic()
        if left <= 0:
            raise EngineError(
                f"The engine did not answer within {STARTING:.0f} seconds; its log is "
                f"{paths.engine_log}."
            )
        if not is_running(paths):
            _start(paths, settings, left)
        else:
            # It is about to listen or about to leave, and says neither to strangers.
            time.sleep(LOOK)


def stop(paths: LibraryPaths, seconds: float = 30.0) -> bool:
    """Ask the library's engine, of whatever version, to leave, and wait until it has.

    Returns:
        Whether one was running.

    Raises:
        EngineError: It is still there after `seconds`.
    """
    connection = dial(paths)
    if connection is None and not is_running(paths):
        return False
    pid = told = 0
    if connection is not None:
        pid = peer(connection)[0]
        connection.close()
    until = time.monotonic() + seconds
    while is_running(paths):
        pid = pid or _pid(paths)  # one that is just being started has none yet
        if pid and not told:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            told = pid
        if time.monotonic() > until:
            raise EngineError(
                f"The engine (process {pid}) is still busy after {seconds:.0f} seconds; "
                f"'kill {pid}' ends it at once and loses nothing."
            )
        time.sleep(LOOK)
    return True


def _pid(paths: LibraryPaths) -> int:
    try:
        return int(paths.lock.read_text("ascii") or 0)
    except (OSError, ValueError):
        return 0


def _start(paths: LibraryPaths, settings: Settings | None, seconds: float) -> None:
    """Start an engine, detached, and wait until it listens; another client may be faster.

    The engine holds the library before its first instruction: whoever wants to stop it finds it,
    however busy the machine is, also where whoever started it has left meanwhile.
    """
    try:
        paths.make()
        with hold(paths) as lock, os.fdopen(_open_log(paths.engine_log), "wb") as log:
            os.ftruncate(lock, 0)  # the engine before has another process id
            word = _spawn(paths, settings, seconds, lock, log)
    except LockedError:
        return
    except OSError as error:
        raise EngineError(
            f"The engine cannot be started: {error}. Check that this folder can be written."
        ) from error
    if word != READY:
        raise EngineError(
            word.decode("utf-8", "replace")
            or f"The engine ended while it started; its log is {paths.engine_log}."
        )


def _spawn(
    paths: LibraryPaths, settings: Settings | None, seconds: float, lock: int, log: BinaryIO
) -> bytes:
    """Start an engine that inherits the lock; return what it says, nothing if not in time."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as answer:
        try:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tui_selector.engine", "--tell", str(write_end)),
                    *("--lock", str(lock), "--", os.fspath(paths.root)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # The package is importable from here; the engine itself moves on to "/".
                cwd=Path(__file__).resolve().parents[2],
                env=_environment(os.environ, settings),
                pass_fds=(write_end, lock),
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"The engine cannot be started: {error}.") from error
        finally:
            os.close(write_end)
        with suppress(OSError):
            os.write(lock, str(process.pid).encode("ascii"))
        stand_back_from_the_start(process.pid)
        threading.Thread(target=process.wait, name="engine-reaper", daemon=True).start()
        readable, _, _ = select.select([answer], [], [], seconds)
        return answer.read() if readable else b""


def _environment(base: Mapping[str, str], settings: Settings | None) -> dict[str, str]:
    environment = dict(base)
    for name in _PASSED_ON if settings is not None else ():
        environment[f"TUI_SELECTOR_{name.upper()}"] = str(getattr(settings, name))
    return environment


def _open_log(path: Path) -> int:
    """Open the log for appending; one that has grown long becomes `engine.log.1`."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LONGEST_LOG:
            path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
