"""An album whose engine has questions answered by a scripted backend, and the application on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
from piloted import until
from textual.pilot import Pilot
from textual.strip import Strip

from tui_selector import __version__
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.widgets.chat_pane import ChatPane
from tui_selector.chat.backend import Backend, ChatError, ChatRequest
from tui_selector.chat.conversation import Conversation, Turn
from tui_selector.chat.proposals import read_answer, so_far
from tui_selector.engine import protocol
from tui_selector.engine.chat_messages import (
    AskChat,
    ChatAnswered,
    ChatModel,
    ChatModelList,
    ChatPiece,
    ListChatModels,
    StopChat,
)
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
    """The engine's side of the socket."""

    def __init__(self, backend: Scripted) -> None:
        self.backend = backend
        self.stopped = threading.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        welcome = protocol.Welcome(protocol=protocol.PROTOCOL, version=__version__, pid=1)
        self.say(welcome)
        self.say(protocol.Progress(stage="idle", model="by hand"))
        with suppress(asyncio.CancelledError):
            while line := await reader.readline():
                request = protocol.decode_request(line)
                if isinstance(request, AskChat):
                    self.stopped.clear()
                    self._tasks.append(asyncio.create_task(self._answer(request)))
                    continue
                answer: protocol.AnyAnswer = protocol.Done()
                if isinstance(request, ListChatModels):
                    answer = ChatModelList(
                        models=[ChatModel(name="scripted", sees=True)], chosen="scripted"
                    )
                elif isinstance(request, StopChat):
                    self.stopped.set()
                self.say(msgspec.structs.replace(answer, number=request.number))
        writer.close()

    async def _answer(self, request: AskChat) -> None:
        loop = asyncio.get_running_loop()
        said: list[str] = []

        def work() -> None:
            asked = ChatRequest(request.conversation, lambda number, pixels: None)  # type: ignore[arg-type, return-value]
            for piece in self.backend.answer(asked, self.stopped.is_set):
                said.append(piece)
                text = so_far("".join(said))
                piece_ = ChatPiece(question=request.number, text=text)
                loop.call_soon_threadsafe(self.say, piece_)

        try:
            await asyncio.to_thread(work)
        except ChatError as error:
            self.say(protocol.Failure(number=request.number, sentence=str(error)))
            return
        question = request.conversation.turns[-1]
        read = read_answer("".join(said), request.conversation.numbers)
        turn = Turn(
            who="assistant",
            text=read.text,
            photos=question.photos,
            when=question.when,
            by=self.backend.name,
            proposals=read.proposals,
            notes=read.notes,
            stopped=self.stopped.is_set(),
        )
        photos = request.conversation.photos
        self.say(ChatAnswered(number=request.number, turn=turn, photos=photos, sees=True))

    def say(self, event: protocol.Message) -> None:
        self._writers[-1].write(protocol.encode(event))

    def hang_up(self) -> None:
        self.stopped.set()
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
    engine = Engine(backend)
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
    """The open pane."""
    (screen,) = [each for each in app.screen_stack if isinstance(each, CullScreen)]
    return screen.query_one(ChatPane)


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
