"""The screen's side of the socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
from patience import PATIENCE

from tui_selector.engine import async_client
from tui_selector.engine.async_client import EngineClient
from tui_selector.engine.launch import EngineError
from tui_selector.engine.protocol import Welcome
from tui_selector.paths import LibraryPaths


class SlowEngine:
    """An engine that is reached when the test says so."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.here, self.there = socket.socketpair()
        self.failure: EngineError | None = None

    def reach(self, *arguments: object) -> tuple[socket.socket, Welcome]:
        self.asked.set()
        assert self.may_answer.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        return self.here, Welcome(protocol=1, version="1", pid=1)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowEngine]:
    engine = SlowEngine()
    monkeypatch.setattr(async_client, "reach", engine.reach)
    yield engine
    engine.may_answer.set()
    engine.here.close()
    engine.there.close()


@pytest.mark.parametrize("fails", [False, True])
def test_the_end_of_the_program_waits_for_no_engine_that_is_only_starting(
    slow: SlowEngine, paths: LibraryPaths, fails: bool
) -> None:
    slow.failure = EngineError("The engine ended while it started.") if fails else None

    async def give_up() -> None:
        connecting = asyncio.create_task(EngineClient.connect(paths))
        await asyncio.to_thread(slow.asked.wait, PATIENCE)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    asyncio.run(give_up())  # returns although nobody has answered
    assert not slow.may_answer.is_set()
    slow.may_answer.set()
    if not fails:
        assert slow.there.recv(1) == b""  # what came after all was closed


async def test_why_there_is_no_engine_is_told(slow: SlowEngine, paths: LibraryPaths) -> None:
    slow.failure = EngineError("The engine cannot be started.")
    slow.may_answer.set()
    with pytest.raises(EngineError, match="cannot be started"):
        await EngineClient.connect(paths)
