"""The part of an engine that answers questions, over a library of noise, without a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from catalog_rows import indexed_row
from patience import LONG_PATIENCE
from PIL import Image

from tui_selector.chat.backend import Backend, ChatRequest
from tui_selector.engine import protocol
from tui_selector.engine.chat_messages import (
    AskChat,
    ChatPiece,
    ChooseChat,
    Describe,
    ListChatModels,
    StopChat,
)
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.chatter import Chatter
from tui_selector.engine.client import EngineError
from tui_selector.engine.describer import Describer
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

Script = Callable[[ChatRequest, Callable[[], bool]], Iterator[str]]


def add_photos(catalog: Catalog, *names: str, size: tuple[int, int] = (320, 200)) -> list[int]:
    """Photos of noise, as if they had been indexed."""
    made = []
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).integers(0, 255, (*size[::-1], 3), np.uint8)
        place = catalog.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).save(place, "JPEG")
        (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=2, kind=Kind.IMAGE)])
        catalog.photos.store_indexed(
            [
                indexed_row(
                    id_,
                    name.encode("utf-8", "surrogateescape"),
                    mtime_ns=2,
                    width=size[0],
                    height=size[1],
                )
            ]
        )
        made.append(id_)
    return made


class Scripted(Backend):
    """Answers as a test says, in the place of the assistant."""

    name = "scripted"
    sees = True

    def __init__(self) -> None:
        self.script: Script = lambda request, stop: iter(("Photo 2 ", "is sharper."))
        self.requests: list[ChatRequest] = []

    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        self.requests.append(request)
        return self.script(request, stop)


class ChatEngine:
    """Answers requests about chats.

    Attributes:
        told: What was told to which client.
        published: What was told to all.
        progress: How far the indexing of photos is.
        looked: The photos that were to be indexed first.
    """

    def __init__(self, library: LibraryPaths, settings: Settings = Settings()) -> None:  # noqa: B008
        self.backend = Scripted()
        self.told: list[tuple[int, ChatPiece]] = []
        self.published: list[protocol.AnyEvent] = []
        self.models = ChatModels(library, settings, lambda: self.backend)
        self.progress = protocol.Progress(stage="idle")
        self.looked: list[int] = []
        self.chatter = Chatter(
            library,
            self.models,
            self._tell,
            progress=lambda: self.progress,
            look=self.looked.extend,
        )
        self.describer = Describer(library, self.models, self.published.append)
        self._on_event: Callable[[protocol.AnyEvent], None] = lambda event: None

    def _tell(self, client: int, event: protocol.AnyEvent) -> None:
        assert isinstance(event, ChatPiece)
        self.told.append((client, event))
        self._on_event(event)

    def answer(self, request: Any, client: int = 1) -> protocol.AnyAnswer:
        match request:
            case AskChat():
                return self.chatter.ask(request, client).result(LONG_PATIENCE)
            case Describe():
                return self.describer.ask(request).result(LONG_PATIENCE)
            case ListChatModels() | ChooseChat():
                return self.chatter.choose(request)
            case StopChat():
                self.chatter.stop(client)
        return protocol.Done()

    # -- as the command line knows it ----------------------------------------------------------

    def request(self, request: Any) -> protocol.AnyAnswer:
        answer = self.answer(msgspec.structs.replace(request, number=1))
        if isinstance(answer, protocol.Failure):
            raise EngineError(answer.sentence)
        return answer

    @contextmanager
    def engine_of(
        self, folder: Path, *, on_event: Callable[[protocol.AnyEvent], None] = lambda event: None
    ) -> Iterator[ChatEngine]:
        from tui_selector.cli.failure import CommandError

        self._on_event = on_event
        try:
            yield self
        except EngineError as error:
            raise CommandError(str(error)) from error

    def close(self) -> None:
        self.describer.close()
        self.chatter.close()


def shown(pieces: list[ChatPiece]) -> str:
    """What a client that follows the pieces shows."""
    text = ""
    for piece in pieces:
        text = text[: piece.at] + piece.text
    return text
