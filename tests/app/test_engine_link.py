"""When the screen starts an engine, and when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from patience import PATIENCE

from tui_selector.app.engine_link import EngineLink
from tui_selector.engine import async_client
from tui_selector.engine.launch import EngineError
from tui_selector.engine.protocol import AnyEvent, Leaving, Progress
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


class Engines:
    """Stands in for the engine: connections that the tests end."""

    def __init__(self) -> None:
        self.runs = False
        self.started = 0
        self.connected: asyncio.Queue[Connection] = asyncio.Queue()
        self.asked: asyncio.Queue[bool] = asyncio.Queue()

    async def connect(
        self,
        paths: LibraryPaths,
        *,
        start: bool,
        settings: Settings,
        on_event: Callable[[AnyEvent], None],
    ) -> Connection:
        self.asked.put_nowait(start)
        if not self.runs and not start:
            raise EngineError("No engine runs.")
        self.started += not self.runs
        self.runs = True
        connection = Connection(self, on_event)
        self.connected.put_nowait(connection)
        return connection


class Connection:
    def __init__(self, engines: Engines, on_event: Callable[[AnyEvent], None]) -> None:
        self.say = on_event
        self._engines = engines
        self._closed = asyncio.Event()

    def end(self) -> None:
        self._engines.runs = False
        self._closed.set()

    async def wait_closed(self) -> None:
        await self._closed.wait()

    async def close(self) -> None:
        pass


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    engines = Engines()
    monkeypatch.setattr(async_client, "EngineClient", engines)
    monkeypatch.setattr("tui_selector.app.engine_link._FIRST_WAIT", 0.01)
    return engines


async def test_an_engine_that_was_stopped_stays_stopped_until_it_is_wanted(
    engines: Engines, small_library: LibraryPaths
) -> None:
    events: list[Any] = []
    changes: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
    link = EngineLink(
        small_library,
        Settings(),
        events.append,
        lambda: changes.put_nowait((link.connected, link.trouble)),
    )
    task = asyncio.create_task(link.run())
    try:
        first = await asyncio.wait_for(engines.connected.get(), PATIENCE)
        assert await changes.get() == (True, "")
        first.say(Progress(stage="idle"))
        first.say(Leaving())
        first.end()
        assert await asyncio.wait_for(changes.get(), PATIENCE) == (False, "The engine was stopped.")
        assert link.gave_up
        assert [await asyncio.wait_for(engines.asked.get(), PATIENCE) for _ in range(3)] == [
            True,
            False,
            False,
        ]
        assert engines.started == 1

        engines.runs = True  # somebody else has started it
        second = await asyncio.wait_for(engines.connected.get(), PATIENCE)
        assert not link.gave_up
        second.say(Leaving())
        second.end()
        link.start()
        await asyncio.wait_for(engines.connected.get(), PATIENCE)
        assert engines.started == 2
        assert Leaving() not in events
        assert Progress(stage="idle") in events
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_an_engine_that_ends_by_itself_is_started_once_more(
    engines: Engines, small_library: LibraryPaths
) -> None:
    link = EngineLink(small_library, Settings(), lambda event: None, lambda: None)
    task = asyncio.create_task(link.run())
    try:
        for _ in range(2):
            assert not link.gave_up
            (await asyncio.wait_for(engines.connected.get(), PATIENCE)).end()
        while [await asyncio.wait_for(engines.asked.get(), PATIENCE) for _ in range(2)][-1]:
            pass
        assert engines.started == 2
        assert link.gave_up
        assert link.trouble == "The engine has ended."
    finally:
        task.cancel()
        await asyncio.wait([task])
