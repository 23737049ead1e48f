"""The engine's side of the socket: attaches clients, passes requests on, tells everyone the news.

Everything here runs on one event loop and waits for nobody: a client that reads slowly gets the
newest progress only, one that sends garbage is let go, and the work never notices.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tui_selector import __version__
from tui_selector.engine import protocol
from tui_selector.engine.launch import peer
from tui_selector.engine.messages import Message
from tui_selector.engine.protocol import (
    LONGEST_REQUEST,
    PROTOCOL,
    AnyAnswer,
    AnyEvent,
    AnyRequest,
    CatalogChanged,
    Done,
    Failure,
    Leaving,
    Notice,
    Progress,
    Welcome,
)

_log = logging.getLogger(__name__)

M = TypeVar("M", bound=Message)

#: Seconds between two events of a kind: progress, and news of the catalog.
_PROGRESS_PAUSE, _NEWS_PAUSE = 0.25, 0.2

#: More photos than this in one piece of news are told as "many".
_MANY = 500

#: Requests of one client that may be under way; it is read on when one of them is answered.
_UNDER_WAY = 64

_KEPT_NOTICES = 20

#: Seconds until it is looked again whether work that nobody waits for has ended.
_LOOK_AGAIN = 5.0

#: Seconds that a leaving engine gives its clients to read the last answers.
_FLUSHING = 2.0


class Work(Protocol):
    """What the server serves."""

    @property
    def busy(self) -> bool:
        """Whether there is anything to scan, index or cluster now."""

    def status(self, clients: int) -> protocol.Status:
        """What is being done."""

    async def answer(self, request: AnyRequest, client: int) -> AnyAnswer:
        """Do what a client asks; refusals are `Failure`."""

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""


class Server:
    """Clients of one engine.

    Attributes:
        clients: How many are attached.
    """

    def __init__(self, listener: socket.socket, *, idle_seconds: float) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._idle_seconds = idle_seconds
        self._connections: dict[int, _Connection] = {}
        self._attached: set[asyncio.Task[None]] = set()
        self._serial = 0
        self._leaving = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._progress = Progress(stage="starting")
        self._progress_timer: asyncio.TimerHandle | None = None
        self._news = _News()
        self._news_timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Future[Work] = self._loop.create_future()

    @property
    def clients(self) -> int:
        return len(self._connections)

    def publish(self, event: AnyEvent) -> None:
        """Tell every client; may be called from any thread and returns at once."""
        with suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._publish, event)

    def tell(self, client: int, event: AnyEvent) -> None:
        """Tell one client, where it is still attached; may be called from any thread."""

        def send() -> None:
            connection = self._connections.get(client)
            if connection is not None:
                connection.send(event)

        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(send)

    def leave(self) -> None:
        """Make `run` return once the work has finished what is under way."""
        self._leaving.set()

    def stop(self) -> None:
        """Leave because somebody wants it: clients are told, so that none starts another engine."""
        self._publish(Leaving())
        self.leave()

    async def run(self, prepare: Callable[[], Work]) -> None:
        """Serve until `leave` is called or nobody needs the engine any more.

        `prepare` runs in a thread while clients attach already; their requests wait for it.
        What it raises is raised.
        """
        server = await asyncio.start_unix_server(
            self._attach, sock=self._listener, limit=LONGEST_REQUEST
        )
        name = Path(self._listener.getsockname())
        try:
            self._work.set_result(await asyncio.to_thread(prepare))
            self._watch_idleness()
            await self._leaving.wait()
        finally:
            name.unlink(missing_ok=True)
            server.close()
            for timer in (self._idle_timer, self._progress_timer, self._news_timer):
                if timer is not None:
                    timer.cancel()
            if self._work.done():
                await self._work.result().close()
            await asyncio.gather(*(c.finish() for c in list(self._connections.values())))
            if self._attached:
                await asyncio.wait(self._attached)

    # -- clients -----------------------------------------------------------------------------

    def _attach(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._talk(reader, writer))
        self._attached.add(task)
        task.add_done_callback(self._attached.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if peer(writer.get_extra_info("socket"))[1] != os.getuid():
            _log.warning("a connection of another user was refused")
            writer.close()
            return
        self._serial += 1
        connection = _Connection(self._serial, writer)
        self._connections[connection.number] = connection
        connection.send(Welcome(protocol=PROTOCOL, version=__version__, pid=os.getpid()))
        connection.send(self._progress)
        requests: set[asyncio.Task[None]] = set()
        try:
            while not connection.closed and (line := await reader.readline()):
                request = protocol.decode_request(line)
                task = asyncio.create_task(self._serve(request, connection))
                requests.add(task)
                task.add_done_callback(requests.discard)
                if len(requests) >= _UNDER_WAY:
                    await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        except (ValueError, OSError, msgspec.MsgspecError) as error:
            _log.warning("client %d was let go: %s", connection.number, error)
        finally:
            for task in requests:
                task.cancel()
            del self._connections[connection.number]
            connection.close()
            self._watch_idleness()

    async def _serve(self, request: AnyRequest, connection: _Connection) -> None:
        answer: AnyAnswer
        try:
            match request:
                case protocol.GetStatus():
                    answer = (await asyncio.shield(self._work)).status(self.clients)
                case protocol.Tell():
                    news = CatalogChanged(photos=request.photos, tabs=request.tabs)
                    self._publish(news, by=connection.number)
                    answer = Done()
                case protocol.Stop():
                    answer = Done()
                    self.stop()
                case _:
                    work = await asyncio.shield(self._work)
                    answer = await work.answer(request, connection.number)
        except Exception:
            _log.exception("a request failed: %s", type(request).__name__)
            answer = Failure(sentence="The engine failed at this; its log says more.")
        connection.send(msgspec.structs.replace(answer, number=request.number))

    # -- events ------------------------------------------------------------------------------

    def _publish(self, event: AnyEvent, by: int = 0) -> None:
        if isinstance(event, Progress):
            urgent = event.stage != self._progress.stage or event.note != self._progress.note
            self._progress = event
            if urgent:
                self._send_progress()
            elif self._progress_timer is None:
                self._progress_timer = self._loop.call_later(_PROGRESS_PAUSE, self._send_progress)
        elif isinstance(event, CatalogChanged):
            self._news.add(event, by)
            if self._news_timer is None:
                self._news_timer = self._loop.call_later(_NEWS_PAUSE, self._send_news)
        else:
            for connection in self._connections.values():
                connection.send(event)

    def _send_progress(self) -> None:
        if self._progress_timer is not None:
            self._progress_timer.cancel()
            self._progress_timer = None
        for connection in self._connections.values():
            connection.send(self._progress)
        self._watch_idleness()

    def _send_news(self) -> None:
        self._news_timer = None
        news, self._news = self._news, _News()
        for connection in self._connections.values():
            event = news.for_client(connection.number)
            if event is not None:
                connection.send(event)

    # -- leaving -----------------------------------------------------------------------------

    def _watch_idleness(self) -> None:
        """Leave after a while without a client and without work; either one starts it anew."""
        needed = self._is_needed()
        if needed and self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self._idle_timer is not None or self._connections:
            return
        # Work that nobody waits for may end without a word.
        self._idle_timer = (
            self._loop.call_later(min(self._idle_seconds, _LOOK_AGAIN), self._look_again)
            if needed
            else self._loop.call_later(self._idle_seconds, self._leave_if_idle)
        )

    def _look_again(self) -> None:
        self._idle_timer = None
        self._watch_idleness()

    def _is_needed(self) -> bool:
        return bool(self._connections) or not self._work.done() or self._work.result().busy

    def _leave_if_idle(self) -> None:
        self._idle_timer = None
        if not self._is_needed():
            _log.info("leaving: no client and no work for %.0f s", self._idle_seconds)
            self.leave()
        else:
            self._watch_idleness()


class _News:
    """Changes of the catalog that are told together, kept apart by who made them."""

    def __init__(self) -> None:
        self._by: dict[int, CatalogChanged] = {}

    def add(self, event: CatalogChanged, by: int) -> None:
        """Note a change made by a client, or by the engine (0)."""
        known = self._by.get(by)
        self._by[by] = event if known is None else _merged(known, event)

    def for_client(self, number: int) -> CatalogChanged | None:
        """What this client is told: what it has not done itself; None where there is nothing."""
        events = [event for by, event in self._by.items() if by != number]
        return reduce(_merged, events) if events else None


def _merged(one: CatalogChanged, other: CatalogChanged) -> CatalogChanged:
    photos = {*one.photos, *other.photos}
    many = one.many or other.many or len(photos) > _MANY
    return CatalogChanged(
        photos=[] if many else sorted(photos),
        many=many,
        tabs=one.tabs or other.tabs,
        groups=one.groups or other.groups,
    )


class _Connection:
    """What waits to be sent to one client, however slowly it reads."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.closed = False
        self._writer = writer
        self._messages: deque[Message] = deque()
        self._waiting = asyncio.Event()
        self._sending = asyncio.create_task(self._send())

    def send(self, message: Message) -> None:
        """Queue a message; a newer progress or piece of news takes the place of an unsent one."""
        if self.closed:
            return
        if isinstance(message, Progress):
            self._drop(Progress)
        elif isinstance(message, CatalogChanged):
            for unsent in self._drop(CatalogChanged):
                message = _merged(unsent, message)
        elif isinstance(message, Notice) and self._count(Notice) >= _KEPT_NOTICES:
            self._messages.remove(next(m for m in self._messages if isinstance(m, Notice)))
        self._messages.append(message)
        self._waiting.set()

    async def finish(self) -> None:
        """Send what waits, as far as the client reads it soon, and close."""
        self.closed = True
        self._waiting.set()
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_FLUSHING):
                await asyncio.wait([self._sending])
                self._writer.close()
                await self._writer.wait_closed()
        self.close()
        self._writer.transport.abort()

    def close(self) -> None:
        self.closed = True
        self._sending.cancel()
        self._writer.close()

    def _drop(self, kind: type[M]) -> list[M]:
        unsent = [message for message in self._messages if isinstance(message, kind)]
        for message in unsent:
            self._messages.remove(message)
        return unsent

    def _count(self, kind: type[Message]) -> int:
        return sum(isinstance(message, kind) for message in self._messages)

    async def _send(self) -> None:
        try:
            while True:
                while self._messages:
                    self._writer.write(protocol.encode(self._messages.popleft()))
                    await self._writer.drain()
                if self.closed:
                    return
                self._waiting.clear()
                await self._waiting.wait()
        except OSError:
            self.closed = True
