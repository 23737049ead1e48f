"""An engine whose answers a test gives, and the application that asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
from piloted import until
from textual.pilot import Pilot

from tui_selector import __version__
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.engine import protocol
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


class EngineByHand:
    """The engine's side of the socket: idle, with a model, done with whatever it is asked.

    Attributes:
        model: The name of its model.
    """

    model = "by hand"

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._replies: set[asyncio.Task[None]] = set()

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        """What a request gets for an answer; it may take as long as it likes."""
        return protocol.Done()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet a client and answer what it asks."""
        self._writers.append(writer)
        self.say(protocol.Welcome(protocol=protocol.PROTOCOL, version=__version__, pid=1))
        self.say(protocol.Progress(stage="idle", model=self.model))
        with suppress(asyncio.CancelledError):
            while line := await reader.readline():
                task = asyncio.create_task(self._respond(protocol.decode_request(line), writer))
                self._replies.add(task)
                task.add_done_callback(self._replies.discard)
        writer.close()

    async def _respond(self, request: protocol.AnyRequest, writer: asyncio.StreamWriter) -> None:
        answer = await self.reply(request)
        writer.write(protocol.encode(msgspec.structs.replace(answer, number=request.number)))

    def say(self, event: protocol.Message) -> None:
        """Tell the latest client."""
        self._writers[-1].write(protocol.encode(event))

    def hang_up(self) -> None:
        """Leave all clients."""
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def attached(
    library: LibraryPaths,
    engine: EngineByHand,
    size: tuple[int, int],
    *,
    graphics: TerminalGraphics | None = None,
    settings: Settings | None = None,
    alone: bool = False,
) -> AsyncIterator[tuple[SelectorApp, Pilot[None]]]:
    """The application on a library with photos, connected to its engine unless `alone`."""
    library.make()
    server = await asyncio.start_unix_server(engine.serve, library.socket)
    app = SelectorApp(
        library,
        settings or Settings(),
        graphics or TerminalGraphics("off"),
        start_engine=not alone,
    )
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.album is not None and len(app.album))
            if not alone:
                await until(pilot, lambda: app.link.connected and app.progress.model)
            yield app, pilot
    finally:
        app.close()
        engine.hang_up()
        server.close()
