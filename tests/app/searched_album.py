"""An album with an engine that searches it in earnest, with a model whose vectors are made by
hand: photos show the thing that their name begins with."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from catalog_rows import indexed_row
from dictionary import Dictionary
from piloted import until
from textual.pilot import Pilot

from tui_selector import __version__
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.searches import SEARCH
from tui_selector.app.widgets.search_bar import SearchBar
from tui_selector.engine import protocol, search_messages
from tui_selector.engine.searcher import Searcher
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

MODEL = Dictionary(("dog", "bus", "sea", "tuba", "cat"))


def album_of(folder: Path, names: Sequence[str]) -> LibraryPaths:
    """A library of indexed photos."""
    folder.mkdir()
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        add(catalog, names)
    return paths


def add(catalog: Catalog, names: Sequence[str]) -> list[int]:
    """Index photos that show the thing that their name begins with."""
    found = []
    for name in names:
        file = catalog.root / name
        file.write_text(name)
        facts = file.stat()
        found.append(
            Found(path=name, size=facts.st_size, mtime_ns=facts.st_mtime_ns, kind=Kind.IMAGE)
        )
    with catalog.transaction():
        ids = catalog.photos.add(found)
        things = [re.split(r"[^a-z]", name)[0] for name in names]
        hashes = [hashlib.blake2b(name.encode(), digest_size=16).digest() for name in names]
        vectors = MODEL.embed_texts(things)
        catalog.vectors.append(str(MODEL.key), hashes, vectors)
        catalog.vectors.append(f"{MODEL.key}/words", hashes, vectors)
        catalog.photos.store_indexed(
            indexed_row(id_, hash_, size=each.size, mtime_ns=each.mtime_ns, width=60, height=40)
            for id_, each, hash_ in zip(ids, found, hashes, strict=True)
        )
    return ids


class Engine:
    """The engine's side of the socket: searches, and does nothing else.

    Attributes:
        asked: Every search it was asked for.
        open: Whether answers go out; cleared to hold them back.
    """

    def __init__(self, library: LibraryPaths) -> None:
        self.searcher = Searcher(library)
        self.asked: list[search_messages.Search | search_messages.Similar] = []
        self.open = asyncio.Event()
        self.open.set()
        self._writers: list[asyncio.StreamWriter] = []
        self._answers: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        welcome = protocol.Welcome(protocol=protocol.PROTOCOL, version=__version__, pid=1)
        writer.write(protocol.encode(welcome))
        self.say(protocol.Progress(stage="idle", model="dictionary"))
        with suppress(asyncio.CancelledError):
            while line := await reader.readline():
                task = asyncio.create_task(self._answer(protocol.decode_request(line), writer))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)
        writer.close()

    async def _answer(self, request: protocol.AnyRequest, writer: asyncio.StreamWriter) -> None:
        answer: protocol.AnyAnswer = protocol.Done()
        if isinstance(request, search_messages.Search | search_messages.Similar):
            self.asked.append(request)
            await self.open.wait()
            answer = await asyncio.wrap_future(self.searcher.ask(request, 1))
        writer.write(protocol.encode(msgspec.structs.replace(answer, number=request.number)))

    def say(self, event: protocol.Message) -> None:
        self._writers[-1].write(protocol.encode(event))

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def searching(
    library: LibraryPaths,
    *,
    model: bool = True,
    size: tuple[int, int] = (100, 30),
    engine: bool = True,
    settings: Settings | None = None,
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Engine]]:
    """The application on a library, and its engine; with `engine` unset nobody answers."""
    library.make()
    made = Engine(library)
    server = await asyncio.start_unix_server(made.serve, library.socket)
    made.searcher.start()
    if model:
        made.searcher.use(MODEL)
    app = SelectorApp(library, settings or Settings(), TerminalGraphics("off"), start_engine=engine)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.album is not None and len(app.album))
            if engine:
                await until(pilot, lambda: app.link.connected and app.progress.model)
            yield app, pilot, made
    finally:
        app.close()
        made.hang_up()
        server.close()
        made.searcher.close()


# -- what the screen shows, and what is typed into it ----------------------------------------------


def names(app: SelectorApp) -> list[str]:
    album = app.album
    assert album is not None
    return [album.tile(index).caption for index in range(len(album))]


def matches(app: SelectorApp) -> list[str]:
    """Names of the photos that are no mere neighbours, whatever their order."""
    album = app.album
    assert album is not None
    return sorted(
        name for name, id_ in zip(names(app), album.ids, strict=True) if album.is_match(id_)
    )


def bar(app: SelectorApp) -> SearchBar:
    return app.screen_stack[0].query_one(SearchBar)


def said(app: SelectorApp) -> str:
    return bar(app).hint.text


def tab(app: SelectorApp) -> int:
    assert app.album is not None
    return app.album.query.tab


async def type_search(app: SelectorApp, pilot: Pilot[None], text: str) -> None:
    await pilot.press("slash")
    await until(pilot, lambda: app.screen.query(SearchBar) and bar(app).is_typed_in)
    bar(app).input.value = text


async def find(app: SelectorApp, pilot: Pilot[None], text: str) -> None:
    """Search and go to the results."""
    await type_search(app, pilot, text)
    title = app.searches.results.get(SEARCH)
    await until(pilot, lambda: app.searches.results.get(SEARCH) is not title and tab(app) == SEARCH)
    await pilot.press("enter")
    await until(pilot, lambda: not bar(app).is_typed_in)
