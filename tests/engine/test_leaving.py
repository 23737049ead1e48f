"""When an engine that nobody uses leaves: the server and its work in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from engine_library import Make
from mean_colour import MeanColour
from patience import PATIENCE

from tui_selector.engine import conductor
from tui_selector.engine.async_client import EngineClient
from tui_selector.engine.conductor import Conductor
from tui_selector.engine.launch import listen
from tui_selector.engine.protocol import AnyEvent, Progress, Settle
from tui_selector.engine.server import Server
from tui_selector.paths import library_paths
from tui_selector.settings import Settings


async def test_it_does_not_wait_for_ever_for_a_folder_that_is_gone(
    tmp_path: Path, make_photos: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conductor, "_load_model", lambda *_: MeanColour())
    root = tmp_path / "Photos"
    make_photos(root, 2)
    paths = library_paths(root)
    paths.make()
    server = Server(listen(paths), idle_seconds=0.1)
    crashes: list[None] = []

    def prepare() -> Conductor:
        work = Conductor(paths, Settings(workers=1), server.publish, lambda: crashes.append(None))
        work.start()
        return work

    serving = asyncio.create_task(server.run(prepare))
    notes: asyncio.Queue[str] = asyncio.Queue()

    def hear(event: AnyEvent) -> None:
        if isinstance(event, Progress) and event.note:
            notes.put_nowait(event.note)

    client = await EngineClient.connect(paths, start=False, on_event=hear)
    await client.request(Settle())
    root.rename(tmp_path / "pulled")
    assert "until it is back" in await asyncio.wait_for(notes.get(), PATIENCE)
    assert not serving.done()
    await client.close()
    await asyncio.wait_for(serving, PATIENCE)
    assert crashes == []
    assert not paths.socket.exists()
