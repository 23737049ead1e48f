"""A client's side of the socket, for the screen; see `client` for the command line's."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Self

import msgspec

from tui_selector.engine import protocol
from tui_selector.engine.client import ANSWERING, LOST, PATIENT, reach, succeeded
from tui_selector.engine.launch import EngineError
from tui_selector.engine.messages import Answer
from tui_selector.engine.protocol import LONGEST_LINE, AnyAnswer, AnyEvent, AnyRequest, Welcome
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


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
        connection, welcome = await _reached(paths, start, settings)
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
            raise EngineError(LOST.format(log=self._paths.engine_log))
        self._last += 1
        number = self._last
        answer: asyncio.Future[AnyAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(None if isinstance(request, PATIENT) else ANSWERING):
                line = protocol.encode(msgspec.structs.replace(request, number=number))
                self._writer.write(line)
                await self._writer.drain()
                return succeeded(await answer)
        except TimeoutError as error:
            raise EngineError("The engine gives no answer; it may be very busy.") from error
        except OSError as error:
            raise EngineError(LOST.format(log=self._paths.engine_log)) from error
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
                    answer.set_exception(EngineError(LOST.format(log=self._paths.engine_log)))


async def _reached(
    paths: LibraryPaths, start: bool, settings: Settings | None
) -> tuple[socket.socket, Welcome]:
    """Reach the engine in a thread that the end of the program does not wait for.

    An engine that only just starts, or that finishes a batch before it leaves, takes its time.
    """
    found: Future[tuple[socket.socket, Welcome]] = Future()
    found.set_running_or_notify_cancel()

    def look() -> None:
        try:
            found.set_result(reach(paths, start, settings))
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=look, name="reaching the engine", daemon=True).start()
    try:
        return await asyncio.wrap_future(found)
    except asyncio.CancelledError:
        found.add_done_callback(_hang_up)
        raise


def _hang_up(found: Future[tuple[socket.socket, Welcome]]) -> None:
    """Close a connection that nobody wants any more."""
    if found.exception() is None:
        found.result()[0].close()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
