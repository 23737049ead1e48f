"""An album of two classes whose engine groups by hand and measures in earnest, and the application
with the view of how good that is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from engine_by_hand import EngineByHand, attached
from piloted import until
from searched_album import MODEL, album_of
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.evaluate import EvaluateScreen
from tui_selector.engine import protocol
from tui_selector.engine.criteria_messages import ListRuns, RunList
from tui_selector.engine.evaluating import evaluate
from tui_selector.engine.evaluation_messages import Evaluate
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.paths import LibraryPaths

NAMES = (*(f"bus_{n}.jpg" for n in range(4)), *(f"dog_{n}.jpg" for n in range(3)), "other.jpg")
SPACES = Spaces(str(MODEL.key), MODEL.dimensions)


def labelled_album(folder: Path) -> LibraryPaths:
    """Photos 1 to 4 are called bus, 5 to 7 dog, 8 otherwise; one bus stands in the tab of dogs."""
    paths = album_of(folder, NAMES)
    with Catalog.open(paths) as catalog, catalog.transaction():
        buses, dogs = catalog.tabs.create("vehicles"), catalog.tabs.create("dogs")
        catalog.tabs.assign({1: buses, 2: buses, 3: buses, 4: dogs, 5: dogs, 6: dogs, 8: dogs})
        catalog.tabs.assign({7: 0})
    return paths


class Engine(EngineByHand):
    """The engine's side of the socket.

    Attributes:
        asked: What was to be grouped how, in order.
        refuses: A sentence that questions for groups get instead of an answer; "" for none.
    """

    model = "dictionary"

    def __init__(self, library: LibraryPaths) -> None:
        super().__init__()
        self._library = library
        self.asked: list[Clustering] = []
        self.refuses = ""

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        return self.answer(request)

    def answer(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        if isinstance(request, Evaluate):
            return evaluate(self._library, SPACES, request)
        if isinstance(request, ListRuns):
            return RunList(runs=[])
        if isinstance(request, protocol.Group):
            return self._group(request.clustering)
        return protocol.Done()

    def _group(self, clustering: Clustering) -> protocol.AnyAnswer:
        """Photos by turns in K groups; without a K the classes as they are, and what is left."""
        self.asked.append(clustering)
        if self.refuses:
            return protocol.Failure(sentence=self.refuses)
        k = clustering.k
        sets = (
            [range(1, 5), range(5, 8)] if k is None else [range(n, 9, k) for n in range(1, k + 1)]
        )
        used = msgspec.structs.replace(clustering, threshold=clustering.threshold or 0.6)
        return protocol.Groups(
            clustering=used,
            groups=[
                protocol.PhotoGroup(name=f"group {n}", tags=(), photos=list(photos))
                for n, photos in enumerate(sets)
            ],
            singles=[8] if k is None else [],
        )


@asynccontextmanager
async def evaluating(
    library: LibraryPaths, size: tuple[int, int] = (110, 30)
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Engine]]:
    """The application with the view open, once everything is measured."""
    engine = Engine(library)
    async with attached(library, engine, size) as (app, pilot):
        await pilot.press("V")
        await until(pilot, lambda: isinstance(app.screen, EvaluateScreen))
        view = app.screen
        assert isinstance(view, EvaluateScreen)
        await measured(pilot, view)
        yield app, pilot, engine


async def measured(pilot: Pilot[None], view: EvaluateScreen) -> None:
    """Wait until every run was measured or refused."""
    await until(
        pilot,
        lambda: (
            not view.measuring
            and (view.trouble or (view.rows and all(row.found or row.trouble for row in view.rows)))
        ),
    )
    await pilot.pause()


def words(view: EvaluateScreen, name: str) -> str:
    """What a line of the view says: "head" or "words"."""
    return str(view.query_one(f"#{name}", Static).content)


def plane(view: EvaluateScreen) -> list[str]:
    """The lines of the matrix as they stand on the screen."""
    return [view.matrix.render_line(y).text.rstrip() for y in range(view.matrix.size.height)]
