"""An album whose engine has questions answered by a scripted backend, and the application on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
from grouped_album import found
from piloted import until
from textual.pilot import Pilot
from textual.strip import Strip

from tui_selector import __version__
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.widgets.chat_pane import ChatPane
from tui_selector.chat.backend import Backend, ChatRequest
from tui_selector.chat.conversation import Conversation
from tui_selector.engine import protocol
from tui_selector.engine.chat_messages import (
    AskChat,
    ChatModel,
    ChatModelList,
    ListChatModels,
    StopChat,
)
from tui_selector.engine.chat_models import ASSISTANT, ChatModels
from tui_selector.engine.chatter import Chatter
from tui_selector.engine.group_messages import FindGroups
from tui_selector.engine.map_messages import FindMap
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

Line = str | Exception | threading.Event
"""What a script says next, fails with, or waits for."""


class Scripted(Backend):
    """Says what is written down, one answer after the other.

    Attributes:
        script: The answers that are to come.
        asked: The conversations that were asked about.
    """

    name = "scripted"
    sees = True

    def __init__(self, *script: Sequence[Line]) -> None:
        self.script = list(script)
        self.asked: list[Conversation] = []

    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        self.asked.append(request.conversation)
        for line in self.script.pop(0):
            if isinstance(line, Exception):
                raise line
            if isinstance(line, threading.Event):
                while not line.wait(0.005) and not stop():
                    pass
            if stop():
                return
            if isinstance(line, str):
                yield line


class Engine:
    """The engine's side of the socket: what is asked goes the engine's own way to the backend."""

    def __init__(self, library: LibraryPaths, backend: Backend) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._models = ChatModels(library, Settings(chat_model=ASSISTANT), lambda: backend)
        loop = asyncio.get_running_loop()
        self._chatter = Chatter(
            library,
            self._models,
            lambda client, event: loop.call_soon_threadsafe(self.say, event),
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.say(protocol.Welcome(protocol=protocol.PROTOCOL, version=__version__, pid=1))
        self.say(protocol.Progress(stage="idle", model="by hand"))
        with suppress(asyncio.CancelledError):
            while line := await reader.readline():
                request = protocol.decode_request(line)
                if isinstance(request, AskChat):
                    task = asyncio.create_task(self._answer(request))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                    continue
                answer: protocol.AnyAnswer = protocol.Done()
                if isinstance(request, ListChatModels):
                    answer = ChatModelList(
                        models=[ChatModel(name="scripted", sees=True)], chosen="scripted"
                    )
                elif isinstance(request, FindMap):
                    answer = protocol.Failure(sentence="The map that is there stays.")
                elif isinstance(request, FindGroups):
                    answer = found(request.wish)
                elif isinstance(request, StopChat):
                    self._chatter.stop(1)
                self.say(msgspec.structs.replace(answer, number=request.number))
        writer.close()

    async def _answer(self, request: AskChat) -> None:
        answer = await asyncio.wrap_future(self._chatter.ask(request, 1))
        self.say(msgspec.structs.replace(answer, number=request.number))

    def say(self, event: protocol.Message) -> None:
        self._writers[-1].write(protocol.encode(event))

    def hang_up(self) -> None:
        self._chatter.close()
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def chatting(
    library: LibraryPaths,
    *script: Sequence[Line],
    size: tuple[int, int] = (120, 36),
    graphics: TerminalGraphics | None = None,
    opened: bool = True,
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Scripted]]:
    """The application on a library with its engine, the pane open beside the photos."""
    library.make()
    backend = Scripted(*script)
    engine = Engine(library, backend)
    server = await asyncio.start_unix_server(engine.serve, library.socket)
    app = SelectorApp(library, Settings(), graphics or TerminalGraphics("off"))
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.album is not None and len(app.album))
            await until(pilot, lambda: app.link.connected and app.progress.model)
            if opened:
                await pilot.press("c")
                await until(pilot, lambda: app.chat.models is not None)
            yield app, pilot, backend
    finally:
        engine.hang_up()
        app.close()
        server.close()


def pane(app: SelectorApp) -> ChatPane:
    """The open pane, of the uppermost screen that has one."""
    return next(each for screen in reversed(app.screen_stack) for each in screen.query(ChatPane))


async def ask(app: SelectorApp, pilot: Pilot[None], text: str) -> None:
    """Type a question, send it, and wait for the end of the answer."""
    before = len(app.chat.conversation.turns)
    pane(app).input.focus()
    pane(app).input.put(text)
    await pilot.press("enter")
    await until(pilot, lambda: len(app.chat.conversation.turns) > before or app.chat.fault)
    await until(pilot, lambda: not app.chat.answering)
    await shown(app, pilot)


async def shown(app: SelectorApp, pilot: Pilot[None]) -> None:
    """Wait until the pane shows what the desk has."""
    transcript = pane(app).transcript
    await until(pilot, lambda: tuple(transcript._laid) == app.chat.conversation.turns)
    await pilot.pause()
    await pilot.pause()


def screen_text(app: SelectorApp) -> str:
    """Every line of the screen."""
    strips: list[Strip] = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
