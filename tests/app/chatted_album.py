"""An album whose engine has questions answered by a scripted backend, and the application on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

from engine_by_hand import EngineByHand, attached
from grouped_album import found
from piloted import until
from textual.pilot import Pilot
from textual.strip import Strip

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


class Engine(EngineByHand):
    """The engine's side of the socket: what is asked goes the engine's own way to the backend.

    Attributes:
        grouped: Set once groups are found.
    """

    def __init__(self, library: LibraryPaths, backend: Backend) -> None:
        super().__init__()
        self.grouped = asyncio.Event()
        self._models = ChatModels(library, Settings(chat_model=ASSISTANT), lambda: backend)
        loop = asyncio.get_running_loop()
        self._chatter = Chatter(
            library,
            self._models,
            lambda client, event: loop.call_soon_threadsafe(self.say, event),
        )

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        match request:
            case AskChat():
                return await asyncio.wrap_future(self._chatter.ask(request, 1))
            case ListChatModels():
                return ChatModelList(
                    models=[ChatModel(name="scripted", sees=True)], chosen="scripted"
                )
            case FindMap():
                return protocol.Failure(sentence="The map that is there stays.")
            case FindGroups():
                await self.grouped.wait()
                return found(request.wish)
            case StopChat():
                self._chatter.stop(1)
        return protocol.Done()

    def hang_up(self) -> None:
        self._chatter.close()
        super().hang_up()


@asynccontextmanager
async def chatting(
    library: LibraryPaths,
    *script: Sequence[Line],
    size: tuple[int, int] = (120, 36),
    graphics: TerminalGraphics | None = None,
    opened: bool = True,
    grouped: asyncio.Event | None = None,
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Scripted]]:
    """The application on a library with its engine, the pane open beside the photos.

    Groups are found once `grouped` is set, where there is such an event.
    """
    backend = Scripted(*script)
    engine = Engine(library, backend)
    if grouped is None:
        engine.grouped.set()
    else:
        engine.grouped = grouped
    async with attached(library, engine, size, graphics=graphics) as (app, pilot):
        if opened:
            await pilot.press("c")
            await until(pilot, lambda: app.chat.answerer.offers is not None)
        yield app, pilot, backend


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
