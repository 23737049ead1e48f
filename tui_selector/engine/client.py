"""A client's side of the socket: for the screen (asyncio) and for the command line (blocking)."""

from __future__ import annotations

import asyncio
import shlex
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from tui_selector import __version__
from tui_selector.engine import protocol
from tui_selector.engine.launch import EngineError, dial, dial_or_start, is_running, stop
from tui_selector.engine.protocol import (
    LONGEST_LINE,
    PROTOCOL,
    Answer,
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

__all__ = ["BlockingClient", "EngineClient", "EngineError", "is_running", "status", "stop"]

#: Requests whose work may take as long as it takes.
_PATIENT = (
    protocol.Settle,
    protocol.Rescan,
    protocol.Recluster,
    protocol.Group,
    protocol.Suggest,
    protocol.Divide,
    protocol.Search,
    protocol.Similar,
    protocol.Explain,
    protocol.IndexInfo,
)

#: Seconds that any other answer may take, on a machine that is busy.
_ANSWERING = 30.0

#: Bytes in the first word of an engine of any version, at most.
_LONGEST_WELCOME = 1000

_LOST = "The engine has ended; its log is {log}."


class _AnyWelcome(msgspec.Struct):
    """What can be read of the first word of an engine of any version."""

    protocol: int
    version: str = "of another version"


class EngineClient:
    """A connection to the engine, for an asyncio program.

    Events are handed to the callback on the event loop, in the order in which they came.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        welcome: Welcome,
        on_event: Callable[[AnyEvent], None],
    ) -> None:
        self.welcome = welcome
        self._paths = paths
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._waiting: dict[int, asyncio.Future[AnyAnswer]] = {}
        self._last = 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(
        cls,
        paths: LibraryPaths,
        *,
        start: bool = True,
        settings: Settings | None = None,
        on_event: Callable[[AnyEvent], None] = lambda event: None,
    ) -> Self:
        """Attach to the library's engine; with `start`, start it where none runs.

        `settings` are what a new engine is started with; None leaves it to read its own.

        Raises:
            EngineError: There is none, it cannot be started, or it speaks another protocol.
        """
        connection, welcome = await asyncio.to_thread(_reach, paths, start, settings)
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=LONGEST_LINE)
        return cls(paths, reader, writer, welcome, on_event)

    @property
    def alive(self) -> bool:
        """Whether the engine is still there."""
        return not self._reading.done()

    async def wait_closed(self) -> None:
        """Return when the engine has ended or the connection was closed."""
        await asyncio.wait([self._reading])

    async def request(self, request: AnyRequest) -> AnyAnswer:
        """Ask and wait for the answer.

        Raises:
            EngineError: The engine refuses, has ended, or gives no answer in time.
        """
        if not self.alive:
            raise EngineError(_LOST.format(log=self._paths.engine_log))
        self._last += 1
        number = self._last
        answer: asyncio.Future[AnyAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(None if isinstance(request, _PATIENT) else _ANSWERING):
                line = protocol.encode(msgspec.structs.replace(request, number=number))
                self._writer.write(line)
                await self._writer.drain()
                return _succeeded(await answer)
        except TimeoutError as error:
            raise EngineError("The engine gives no answer; it may be very busy.") from error
        except OSError as error:
            raise EngineError(_LOST.format(log=self._paths.engine_log)) from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Let go of the engine, which goes on working."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await _close(self._writer)

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                message = protocol.decode_from_engine(line)
                if isinstance(message, Answer):
                    answer = self._waiting.get(message.number)
                    if answer is not None and not answer.done():
                        answer.set_result(message)
                elif not isinstance(message, Welcome):
                    self._on_event(message)
        except (OSError, ValueError, msgspec.MsgspecError):
            # A line that is cut off or too long ends the connection like its end does.
            pass
        finally:
            self._writer.close()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(EngineError(_LOST.format(log=self._paths.engine_log)))


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
        self._socket, self.welcome = _reach(paths, start, settings)
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
        patient = isinstance(request, _PATIENT)
        until = None if patient else time.monotonic() + _ANSWERING
        line = protocol.encode(msgspec.structs.replace(request, number=self._last))
        try:
            self._socket.settimeout(_ANSWERING)
            self._socket.sendall(line)
        except OSError as error:
            raise EngineError(_LOST.format(log=self._paths.engine_log)) from error
        while True:
            message = self._message(until)
            if isinstance(message, Answer):
                if message.number == self._last:
                    return _succeeded(message)
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
                raise EngineError(_LOST.format(log=self._paths.engine_log)) from error
            if not data or len(self._bytes) > LONGEST_LINE:
                raise EngineError(_LOST.format(log=self._paths.engine_log))
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


def _reach(
    paths: LibraryPaths, start: bool, settings: Settings | None
) -> tuple[socket.socket, Welcome]:
    """Connect and hear the engine's first word.

    Raises:
        EngineError: There is no engine, it cannot be started, or it speaks another protocol.
    """
    until = time.monotonic() + _ANSWERING
    while True:
        connection = dial_or_start(paths, settings) if start else dial(paths)
        if connection is None:
            raise EngineError(f"No engine runs for {printable(str(paths.root))}.")
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
            else _LOST.format(log=paths.engine_log)
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


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _succeeded(answer: AnyAnswer) -> AnyAnswer:
    if isinstance(answer, Failure):
        raise EngineError(answer.sentence, answer.column, answer.length)
    return answer
