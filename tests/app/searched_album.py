"""An album with an engine that searches it in earnest, with a model whose vectors are made by
hand: photos show the thing that their name begins with."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from catalog_rows import indexed_row
from dictionary import Dictionary
from engine_by_hand import EngineByHand, attached
from piloted import until
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
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


class Engine(EngineByHand):
    """The engine's side of the socket: searches, and does nothing else.

    Attributes:
        asked: Every search it was asked for.
        open: Whether answers go out; cleared to hold them back.
    """

    model = "dictionary"

    def __init__(self, library: LibraryPaths) -> None:
        super().__init__()
        self.searcher = Searcher(library)
        self.asked: list[search_messages.Search | search_messages.Similar] = []
        self.open = asyncio.Event()
        self.open.set()

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        if not isinstance(request, search_messages.Search | search_messages.Similar):
            return protocol.Done()
        self.asked.append(request)
        await self.open.wait()
        return await asyncio.wrap_future(self.searcher.ask(request, 1))

    def hang_up(self) -> None:
        super().hang_up()
        self.searcher.close()


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
    made = Engine(library)
    made.searcher.start()
    if model:
        made.searcher.use(MODEL)
    async with attached(library, made, size, settings=settings, alone=not engine) as (app, pilot):
        yield app, pilot, made


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
