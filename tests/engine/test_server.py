"""The socket: handshake, several clients, hostile clients, slow clients, leaving."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from patience import PATIENCE

from tui_selector.engine import launch, protocol
from tui_selector.engine.async_client import EngineClient
from tui_selector.engine.client import BlockingClient, EngineError, is_running, status, stop
from tui_selector.engine.launch import LockedError, hold, listen
from tui_selector.engine.protocol import (
    AnyAnswer,
    AnyEvent,
    AnyRequest,
    CatalogChanged,
    Done,
    Failure,
    GetStatus,
    Look,
    Notice,
    Pause,
    Progress,
    Rescan,
    Status,
    Stop,
    Tell,
)
from tui_selector.engine.server import Server
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.paths import LibraryPaths, library_paths


class Worker:
    """Answers what the tests ask; `Rescan` is refused, `Pause` waits for `go`."""

    def __init__(self) -> None:
        self.busy = False
        self.closed = False
        self.go = asyncio.Event()

    def status(self, clients: int) -> Status:
        return Status(
            progress=Progress(stage="idle"),
            pid=1,
            version="x",
            started=0.0,
            clients=clients,
            clustering=Clustering(),
        )

    async def answer(self, request: AnyRequest, client: int) -> AnyAnswer:
        if isinstance(request, Rescan):
            return Failure(sentence="Not now.")
        if isinstance(request, Look):
            raise RuntimeError("a bug")
        if isinstance(request, Pause):
            await self.go.wait()
        return Done()

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    paths = library_paths(tmp_path)
    paths.make()
    return paths


@asynccontextmanager
async def served(
    paths: LibraryPaths, idle_seconds: float = 3600
) -> AsyncIterator[tuple[Server, Worker, asyncio.Task[None]]]:
    server, work = Server(listen(paths), idle_seconds=idle_seconds), Worker()
    task = asyncio.create_task(server.run(lambda: work))
    try:
        yield server, work, task
    finally:
        server.leave()
        await asyncio.wait_for(task, PATIENCE)


async def attach(
    paths: LibraryPaths, on_event: Callable[[AnyEvent], None] = lambda event: None
) -> EngineClient:
    return await EngineClient.connect(paths, start=False, on_event=on_event)


async def test_the_socket_is_for_this_user_alone(paths: LibraryPaths) -> None:
    async with served(paths):
        assert stat.S_IMODE(paths.socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.runtime.stat().st_mode) == 0o700


async def test_two_clients_and_what_one_tells_the_other_hears(paths: LibraryPaths) -> None:
    heard: asyncio.Queue[AnyEvent] = asyncio.Queue()
    own: list[AnyEvent] = []
    async with served(paths) as (server, _, _):
        one = await attach(paths, own.append)
        other = await attach(paths, heard.put_nowait)
        answer = await one.request(GetStatus())
        assert isinstance(answer, Status)
        assert answer.clients == 2
        await one.request(Tell(photos=[3]))
        await one.request(Tell(photos=[4], tabs=True))
        server.publish(Notice(sentence="Hello."))
        events: list[AnyEvent] = []
        while not any(isinstance(event, CatalogChanged) for event in events):
            events.append(await asyncio.wait_for(heard.get(), PATIENCE))
        assert CatalogChanged(photos=[3, 4], tabs=True) in events
        assert Notice(sentence="Hello.") in events
        assert not any(isinstance(event, CatalogChanged) for event in own)
        await one.close()
        await other.close()


async def test_a_refusal_and_a_bug_are_sentences(paths: LibraryPaths) -> None:
    async with served(paths):
        client = await attach(paths)
        with pytest.raises(EngineError, match=r"Not now\."):
            await client.request(Rescan())
        with pytest.raises(EngineError, match="failed at this"):
            await client.request(Look(photos=[1]))
        assert client.alive
        await client.close()


async def test_garbage_closes_only_the_client_that_sent_it(paths: LibraryPaths) -> None:
    async with served(paths) as (server, _, _):
        good = await attach(paths)
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b'{"type": "Nonsense"}\n', b"\xff\x00\n"):
            reader, writer = await asyncio.open_unix_connection(str(paths.socket))
            writer.write(garbage)
            while await asyncio.wait_for(reader.readline(), PATIENCE):
                pass
            writer.close()
        assert isinstance(await good.request(GetStatus()), Status)
        assert server.clients == 1
        await good.close()


async def test_a_line_too_long_closes_the_client(
    paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_selector.engine.server.LONGEST_REQUEST", 1000)
    async with served(paths):
        reader, writer = await asyncio.open_unix_connection(str(paths.socket))
        writer.write(b"[" * 5000)
        while await asyncio.wait_for(reader.read(1000), PATIENCE):
            pass
        writer.close()
        good = await attach(paths)
        assert isinstance(await good.request(GetStatus()), Status)
        await good.close()


async def test_a_client_that_does_not_read_gets_the_newest_only(paths: LibraryPaths) -> None:
    async with served(paths) as (server, _, _):
        slow = socket.socket(socket.AF_UNIX)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(str(paths.socket))
        quick = await attach(paths)
        note = "x" * 2000
        for number in range(3000):
            server.publish(Progress(stage="indexing", done=number, note=f"{note}{number}"))
            server.publish(CatalogChanged(photos=[number]))
            if number % 100 == 0:
                await quick.request(GetStatus())
        (connection,) = [c for n, c in server._connections.items() if n == 1]
        assert len(connection._messages) <= 3
        assert isinstance(await quick.request(GetStatus()), Status)
        await quick.close()
        slow.close()


@asynccontextmanager
async def stranger(paths: LibraryPaths, word: bytes) -> AsyncIterator[None]:
    """Something that is no engine of this version listens on the socket."""
    gone = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_unix_server(speak, sock=listen(paths)):
        yield
        await asyncio.wait_for(gone.wait(), PATIENCE)


async def test_another_protocol_is_named(paths: LibraryPaths) -> None:
    word = msgspec.json.encode({"type": "Hi", "protocol": 99, "version": "9.9"}) + b"\n"
    async with stranger(paths, word):
        with pytest.raises(EngineError) as refused:
            await attach(paths)
    sentence = str(refused.value)
    assert "9.9" in sentence
    assert "protocol 99" in sentence
    assert f"(protocol {protocol.PROTOCOL})" in sentence
    assert "tui-selector engine stop" in sentence


async def test_what_is_no_engine_is_said(paths: LibraryPaths) -> None:
    async with stranger(paths, b"220 mail.example ESMTP\r\n"):
        with pytest.raises(EngineError, match="no engine of tui-selector"):
            await attach(paths)


async def test_nobody_there(paths: LibraryPaths) -> None:
    with pytest.raises(EngineError, match="No engine runs"):
        await attach(paths)
    assert status(paths) is None


@pytest.mark.parametrize("tells", [True, False])
async def test_it_leaves_when_nobody_needs_it(paths: LibraryPaths, tells: bool) -> None:
    async with served(paths, idle_seconds=0.05) as (server, work, task):
        work.busy = True
        client = await attach(paths)
        await client.close()
        await asyncio.sleep(0.2)
        assert not task.done()
        work.busy = False
        if tells:
            server.publish(Progress(stage="idle"))
        await asyncio.wait_for(asyncio.shield(task), PATIENCE)
        assert work.closed
        assert not paths.socket.exists()


async def test_a_client_keeps_it_and_stop_ends_it(paths: LibraryPaths) -> None:
    async with served(paths, idle_seconds=0.05) as (_, work, task):
        work.busy = True  # or it may have left before anybody is there
        client = await attach(paths)
        work.busy = False
        await asyncio.sleep(0.2)
        assert not task.done()
        waiting = asyncio.create_task(client.request(Pause()))
        await asyncio.sleep(0)
        assert await client.request(Stop()) == Done(number=2)
        await asyncio.wait_for(asyncio.shield(task), PATIENCE)
        assert work.closed
        with pytest.raises(EngineError, match="has ended"):
            await waiting
        await client.wait_closed()
        assert not client.alive
        await client.close()
        with pytest.raises(EngineError, match="has ended"):
            await client.request(GetStatus())


def test_only_one_holds_the_library(paths: LibraryPaths) -> None:
    assert not is_running(paths)
    with hold(paths):
        assert is_running(paths)
        with pytest.raises(LockedError), hold(paths):
            pass
    assert not is_running(paths)


def test_an_engine_holds_the_library_before_its_first_instruction(
    paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []

    def stop_it(engine: int) -> None:
        seen.append((is_running(paths), int(paths.lock.read_text()) == engine))
        threading.Thread(target=stop, args=(paths, PATIENCE)).start()

    monkeypatch.setattr(launch, "stand_back_from_the_start", stop_it)
    with pytest.raises(EngineError, match=r"has ended|ended while it started"):
        BlockingClient(paths).request(protocol.Settle())
    assert seen == [(True, True)]
    assert not is_running(paths)


async def test_who_asks_an_engine_that_is_only_starting_waits_for_it(paths: LibraryPaths) -> None:
    with hold(paths):
        asking = asyncio.create_task(asyncio.to_thread(status, paths))
        await asyncio.sleep(0.1)
        assert not asking.done()
        async with served(paths):
            assert isinstance(await asking, Status)


def test_a_stale_socket_is_replaced(paths: LibraryPaths) -> None:
    listen(paths).close()
    assert paths.socket.exists()
    listen(paths).close()


async def test_clients_hear_that_the_engine_was_stopped(paths: LibraryPaths) -> None:
    heard: asyncio.Queue[AnyEvent] = asyncio.Queue()
    async with served(paths) as (_, _, task):
        one = await attach(paths)
        other = await attach(paths, heard.put_nowait)
        await one.request(Stop())
        await asyncio.wait_for(task, PATIENCE)
        await asyncio.wait_for(other.wait_closed(), PATIENCE)
        events = [heard.get_nowait() for _ in range(heard.qsize())]
        assert events[-1] == protocol.Leaving()
        await one.close()
        await other.close()
