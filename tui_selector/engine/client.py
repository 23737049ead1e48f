"""A client's side of the socket, for the command line; see `async_client` for the screen's."""

from __future__ import annotations

import shlex
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import msgspec

from tui_selector import __version__
from tui_selector.engine import (
    chat_messages,
    doubt_messages,
    evaluation_messages,
    group_messages,
    map_messages,
    protocol,
    search_messages,
)
from tui_selector.engine.launch import LOOK, EngineError, dial, dial_or_start, is_running, stop
from tui_selector.engine.messages import Answer
from tui_selector.engine.protocol import (
    LONGEST_LINE,
    PROTOCOL,
    AnyAnswer,
    AnyEvent,
    AnyRequest,
    Failure,
    FromEngine,
    Status,
    Welcome,
)
from tui_selector.library.display import printable
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

__all__ = ["BlockingClient", "EngineError", "is_running", "status", "stop"]

#: Requests whose work may take as long as it takes.
PATIENT = (
    protocol.Settle,
    protocol.Rescan,
    protocol.Recluster,
    protocol.Group,
    protocol.Suggest,
    protocol.Divide,
    doubt_messages.AskDoubts,
    evaluation_messages.Evaluate,
    group_messages.FindGroups,
    map_messages.FindMap,
    search_messages.Search,
    search_messages.Similar,
    search_messages.Explain,
    search_messages.IndexInfo,
    chat_messages.AskChat,
    chat_messages.Describe,
)

#: Seconds that any other answer may take, on a machine that is busy.
ANSWERING = 30.0

#: Bytes in the first word of an engine of any version, at most.
_LONGEST_WELCOME = 1000

LOST = "The engine has ended; its log is {log}."


class _AnyWelcome(msgspec.Struct):
    """What can be read of the first word of an engine of any version."""

    protocol: int
    version: str = "of another version"


class BlockingClient:
    """A connection to the engine for a program without an event loop.

    Use it in a `with` block.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        *,
        start: bool = True,
        settings: Settings | None = None,
        on_event: Callable[[AnyEvent], None] | None = None,
    ) -> None:
        """Attach to the library's engine; with `start`, start it where none runs.

        Events that come before an answer go to `on_event`; without one, `events` gives them.

        Raises:
            EngineError: There is none, it cannot be started, or it speaks another protocol.
        """
        self._paths = paths
        self._socket, self.welcome = reach(paths, start, settings)
        self._bytes = bytearray()
        self._events: deque[AnyEvent] = deque()
        self._on_event = on_event or self._events.append
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine, which goes on working."""
        self._socket.close()

    def request(self, request: AnyRequest) -> AnyAnswer:
        """Ask and wait for the answer.

        Raises:
            EngineError: The engine refuses, has ended, or gives no answer in time.
        """
        self._last += 1
        patient = isinstance(request, PATIENT)
        until = None if patient else time.monotonic() + ANSWERING
        line = protocol.encode(msgspec.structs.replace(request, number=self._last))
        try:
            self._socket.settimeout(ANSWERING)
            self._socket.sendall(line)
        except OSError as error:
            raise EngineError(LOST.format(log=self._paths.engine_log)) from error
        while True:
            message = self._message(until)
            if isinstance(message, Answer):
                if message.number == self._last:
                    return succeeded(message)
            elif not isinstance(message, Welcome):
                self._on_event(message)

    def events(self) -> Iterator[AnyEvent]:
        """Events as they come, without end.

        Raises:
            EngineError: The engine has ended.
        """
        while True:
            while self._events:
                yield self._events.popleft()
            message = self._message(None)
            if not isinstance(message, Answer | Welcome):
                yield message

    def _message(self, until: float | None) -> FromEngine:
        line = self._line(until)
        try:
            return protocol.decode_from_engine(line)
        except msgspec.MsgspecError as error:
            raise EngineError("The engine said something that cannot be understood.") from error

    def _line(self, until: float | None) -> bytes:
        searched = 0
        while True:
            end = self._bytes.find(b"\n", searched)
            if end >= 0:
                line = bytes(self._bytes[:end])
                del self._bytes[: end + 1]
                return line
            searched = len(self._bytes)
            try:
                self._socket.settimeout(until and max(until - time.monotonic(), 0.001))
                data = self._socket.recv(1 << 16)
            except TimeoutError as error:
                raise EngineError("The engine gives no answer; it may be very busy.") from error
            except OSError as error:
                raise EngineError(LOST.format(log=self._paths.engine_log)) from error
            if not data or len(self._bytes) > LONGEST_LINE:
                raise EngineError(LOST.format(log=self._paths.engine_log))
            self._bytes += data


def status(paths: LibraryPaths) -> Status | None:
    """What the library's engine is doing; None where none runs. Starts nothing.

    Raises:
        EngineError: One runs and does not answer, or speaks another protocol.
    """
    if not is_running(paths):
        return None
    with BlockingClient(paths, start=False) as client:
        answer = client.request(protocol.GetStatus())
    assert isinstance(answer, Status)
    return answer


def reach(
    paths: LibraryPaths, start: bool, settings: Settings | None
) -> tuple[socket.socket, Welcome]:
    """Connect and hear the engine's first word.

    Raises:
        EngineError: There is no engine, it cannot be started, or it speaks another protocol.
    """
    until = time.monotonic() + ANSWERING
    while True:
        connection = dial_or_start(paths, settings) if start else dial(paths)
        if connection is None:
            if not is_running(paths) or time.monotonic() > until:
                raise EngineError(f"No engine runs for {printable(str(paths.root))}.")
            time.sleep(LOOK)  # it is about to listen or about to leave
            continue
        try:
            line = _first_line(connection, until)
            if line or not start or time.monotonic() > until:
                welcome = _check(line, paths)
                connection.settimeout(None)
                return connection, welcome
        except BaseException:
            connection.close()
            raise
        # It was just leaving, or was killed; the next one is another.
        connection.close()


def _first_line(connection: socket.socket, until: float) -> bytes:
    """The first line and not a byte more; nothing where the connection ends before it does."""
    line = bytearray()
    try:
        while not line.endswith(b"\n") and len(line) < _LONGEST_WELCOME:
            connection.settimeout(max(until - time.monotonic(), 0.001))
            byte = connection.recv(1)
            if not byte:
                return b""
            line += byte
    except TimeoutError as error:
        raise EngineError("The engine does not answer; it may be very busy.") from error
    except OSError:
        return b""
    return bytes(line)


def _check(line: bytes, paths: LibraryPaths) -> Welcome:
    """Read the engine's first word.

    Raises:
        EngineError: It is not of this protocol.
    """
    try:
        word = msgspec.json.decode(line, type=_AnyWelcome)
    except msgspec.MsgspecError as error:
        raise EngineError(
            f"What answers on {paths.socket} is no engine of tui-selector."
            if line
            else LOST.format(log=paths.engine_log)
        ) from error
    if word.protocol != PROTOCOL:
        folder = printable(shlex.quote(str(paths.root)))
        raise EngineError(
            f"The engine of this folder runs tui-selector {word.version} (protocol "
            f"{word.protocol}); this is {__version__} (protocol {PROTOCOL}). End it with "
            f"'tui-selector engine stop {folder}', then try again."
        )
    welcome = protocol.decode_from_engine(line)
    assert isinstance(welcome, Welcome)
    return welcome


def succeeded(answer: AnyAnswer) -> AnyAnswer:
    if isinstance(answer, Failure):
        raise EngineError(answer.sentence, answer.column, answer.length)
    return answer
