"""From one model to another while the first one serves."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from engine_library import Make
from intake_bench import old
from mean_colour import MeanColour
from patience import PATIENCE
from PIL import Image

from tui_selector.engine.conductor import Conductor
from tui_selector.engine.model_messages import ChooseModel, ListModels, ModelChosen, ModelList
from tui_selector.engine.protocol import (
    AnyAnswer,
    AnyEvent,
    Done,
    Failure,
    Notice,
    Progress,
    Settle,
)
from tui_selector.engine.search_messages import Found, Similar
from tui_selector.engine.swap import SERVING_KEY, Serving
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import State, Tag
from tui_selector.models.choice import Choice
from tui_selector.models.embedder import Embedding, ModelError, ModelKey
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

T = TypeVar("T")


class Corners(MeanColour):
    """Another model: its vector is the colour of one corner, in another space."""

    key = ModelKey("corners", "7", "p8")
    name = "corners"
    dimensions = 4
    batch_size = 2

    def __init__(self) -> None:
        super().__init__()
        self.order: list[bytes] = []
        self.begun = threading.Event()
        self.may_go = threading.Semaphore(0)

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        if self.broken:
            raise RuntimeError("the device is gone")
        self.begun.set()
        for each in batch:
            assert self.may_go.acquire(timeout=PATIENCE)
            self.order.append(each.tobytes())
        self.embedded += len(batch)
        rows = np.stack([np.append(each[0, 0].astype(float) + 1, 9.0) for each in batch])
        vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return Embedding(vectors, vectors[:, :2], [(Tag("corner", 0.5, "model"),)] * len(batch))


class Engine:
    """An engine without a socket, with models that the test holds in its hands."""

    def __init__(
        self,
        paths: LibraryPaths,
        models: dict[str, MeanColour],
        model: str,
        # However many cores there are: each worker may hold back half a batch.
        workers: int = 2,
    ) -> None:
        self.events: list[AnyEvent] = []
        self.crashed = threading.Event()
        self._heard = threading.Condition()
        settings = Settings(model=model, workers=workers)
        self.conductor = Conductor(paths, settings, self._hear, self.crashed.set)

        def load(name: str, settings: Settings) -> MeanColour:
            if name not in models:
                raise ModelError(f"There is no {name}.")
            return models[name]

        def choose(wanted: str) -> Choice:
            if wanted not in models:
                raise ModelError(f"There is no {wanted}.")
            return Choice(name=wanted, reason="it is set")

        loader = self.conductor._loader
        loader._load, loader._choose = load, choose  # type: ignore[assignment,method-assign]
        self.conductor.start()

    def _hear(self, event: AnyEvent) -> None:
        with self._heard:
            self.events.append(event)
            self._heard.notify_all()

    def until(self, fulfilled: Callable[[Progress], object]) -> Progress:
        """Wait until what the engine says of its progress is as wanted."""
        with self._heard:
            assert self._heard.wait_for(
                lambda: fulfilled(self.conductor._keeper.progress), timeout=PATIENCE
            ), self.conductor._keeper.progress
        return self.conductor._keeper.progress

    def ask(self, request: object, kind: type[T]) -> T:
        conductor = self.conductor
        reply: Future[AnyAnswer]
        if isinstance(request, ChooseModel | ListModels):
            reply = conductor._loader.ask(request)
        elif isinstance(request, Settle):
            reply = conductor._keeper.settle()  # type: ignore[assignment]
        else:
            assert isinstance(request, Similar)
            reply = conductor._searcher.ask(request, 1)
        answer = reply.result(PATIENCE)
        assert isinstance(answer, kind), answer
        return answer

    def close(self) -> None:
        asyncio.run(self.conductor.close())
        assert not self.crashed.is_set()


class Bench:
    """A library with photos, two models, and engines one after the other."""

    def __init__(self, root: Path) -> None:
        self.paths = library_paths(root)
        self.first, self.second = MeanColour(), Corners()
        self.engines: list[Engine] = []

    def engine(self, model: str, workers: int = 2) -> Engine:
        for engine in self.engines:
            engine.close()
        models = {"first": self.first, "second": self.second}
        self.engines = [Engine(self.paths, models, model, workers)]
        return self.engines[0]

    def close(self) -> None:
        for _ in range(1000):
            self.second.may_go.release()
        for engine in self.engines:
            engine.close()

    def serving(self) -> Serving:
        with Catalog.open(self.paths) as catalog:
            return catalog.load(SERVING_KEY, Serving, Serving())

    def vectors(self) -> int:
        with Catalog.open(self.paths) as catalog:
            return catalog.vectors.count(str(self.second.key))

    def tabs(self) -> dict[int, tuple[str, frozenset[int]]]:
        with Catalog.open(self.paths) as catalog:
            named = {tab.id: tab.name for tab in catalog.tabs.all()}
            return {
                tab: (named.get(tab, ""), frozenset(photos))
                for tab, photos in catalog.tabs.clusters().items()
            }

    def ids(self) -> list[int]:
        with Catalog.open(self.paths) as catalog:
            return [photo.id for photo in catalog.photos.all((State.INDEXED,))]

    def tags(self) -> set[str]:
        with Catalog.open(self.paths) as catalog:
            some = catalog.tags.of(self.ids())
        return {tag.name for tags in some.values() for tag in tags if tag.source == "model"}


@pytest.fixture
def bench(tmp_path: Path, make_photos: Make) -> Iterator[Bench]:
    root = tmp_path / "Photos"
    old(make_photos(root, 24))
    made = Bench(root)
    yield made
    made.close()


def go_on(bench: Bench, photos: int) -> None:
    for _ in range(photos):
        bench.second.may_go.release()


def test_the_old_model_serves_until_all_is_embedded_and_then_all_changes(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    ids, tabs = bench.ids(), bench.tabs()
    kept = next(iter(tabs))
    with Catalog.open(bench.paths) as catalog:
        catalog.tabs.rename(kept, "Mine", "owner")
    chosen = engine.ask(ChooseModel(model="second"), ModelChosen)
    assert (chosen.serving, chosen.chosen, chosen.photos) == ("first", "second", 24)
    go_on(bench, 10)
    progress = engine.until(lambda each: each.stage == "swapping" and each.done >= 8)
    assert (progress.model, progress.coming, progress.total) == ("mean colour", "corners", 24)

    found = engine.ask(Similar(photos=ids[:1], limit=24), Found)
    assert len({hit.photo for hit in (*found.hits, *found.nearest)}) > 1
    assert bench.serving() == Serving("first", str(bench.first.key))
    assert bench.tags() == {"colour"}
    assert {tab: photos for tab, (_, photos) in bench.tabs().items()} == {
        tab: photos for tab, (_, photos) in tabs.items()
    }
    assert engine.ask(ListModels(), ModelList).coming == "second"

    go_on(bench, 100)
    engine.ask(Settle(), Done)
    assert bench.serving() == Serving("second", str(bench.second.key))
    assert bench.tags() == {"corner"}
    after = bench.tabs()
    assert after[kept][0] == "Mine"
    assert set(ids) == {photo for _, photos in after.values() for photo in photos} | set(
        _singles(bench)
    )
    progress = engine.until(lambda each: each.stage == "idle" and not each.coming)
    assert progress.model == "corners"
    engine.ask(Similar(photos=ids[:1], limit=24), Found)
    searcher = engine.conductor._searcher
    assert searcher._collection is not None
    assert searcher._collection.pictures.dimensions == 4
    assert bench.second.embedded == 24
    assert bench.first.embedded == 24


def _singles(bench: Bench) -> list[int]:
    with Catalog.open(bench.paths) as catalog:
        return catalog.tabs.members(int(View.SINGLES))


def test_what_is_looked_at_is_embedded_first(bench: Bench) -> None:
    engine = bench.engine("first", workers=1)  # one after the other
    engine.ask(Settle(), Done)
    with Catalog.open(bench.paths) as catalog:
        photos = list(catalog.photos.all((State.INDEXED,)))
    looked_before, looked_now = photos[-3:], photos[10:13]
    engine.conductor._keeper.look([photo.id for photo in looked_before])
    engine.ask(ChooseModel(model="second"), ModelChosen)
    assert bench.second.begun.wait(PATIENCE)
    engine.conductor._keeper.look([photo.id for photo in looked_now])
    _processed(engine)
    go_on(bench, 100)
    engine.ask(Settle(), Done)

    def name(pixels: bytes) -> str:
        (path,) = (photo.path for photo in photos if _prepared(bench, photo.path) == pixels)
        return path

    # The batch that the worker holds already is finished first.
    held, waiting = looked_before[: bench.second.batch_size], looked_before[2:]
    expected = [photo.path for photo in (*held, *looked_now, *waiting)]
    assert [name(pixels) for pixels in bench.second.order[:6]] == expected


def _prepared(bench: Bench, path: str) -> bytes:
    with Image.open(bench.paths.root / path) as image:
        return bench.second.prepare(image).tobytes()


def _processed(engine: Engine) -> None:
    """Wait until the keeper has done all that it was told."""
    done = threading.Event()
    engine.conductor._keeper._do(done.set)
    assert done.wait(PATIENCE)


def test_an_interrupted_swap_goes_on_where_it_was(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    engine.ask(ChooseModel(model="second", own=True), ModelChosen)
    go_on(bench, 12)
    until = time.monotonic() + PATIENCE
    while bench.vectors() < 8:
        assert time.monotonic() < until
        time.sleep(0.02)
    swap = engine.conductor._keeper._succession.swap
    assert swap is not None
    leaving = threading.Thread(target=engine.close)
    leaving.start()
    while not swap._feed.closed:
        assert time.monotonic() < until
        time.sleep(0.01)
    go_on(bench, 4)  # the workers that wait in the model have to come home
    leaving.join(PATIENCE)
    bench.engines.clear()
    before, embedded = bench.vectors(), bench.second.embedded
    assert 8 <= before == embedded < 24
    assert bench.serving().model == "first"

    again = bench.engine("first")  # the choice for the library outweighs the settings
    go_on(bench, 100)
    again.ask(Settle(), Done)
    assert bench.serving() == Serving("second", str(bench.second.key))
    assert bench.second.embedded == 24
    assert bench.second.embedded - embedded == 24 - before


def test_choosing_the_one_that_serves_takes_the_choice_back(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    tabs = bench.tabs()
    engine.ask(ChooseModel(model="second"), ModelChosen)
    go_on(bench, 6)
    engine.until(lambda each: each.stage == "swapping" and each.done >= 4)
    swap = engine.conductor._keeper._succession.swap
    assert swap is not None
    engine.ask(ChooseModel(model="first"), ModelChosen)
    go_on(bench, 8)
    engine.ask(Settle(), Done)
    assert engine.until(lambda each: each.stage == "idle").coming == ""
    assert bench.serving().model == "first"
    assert (bench.tabs(), bench.tags()) == (tabs, {"colour"})
    assert bench.second.embedded < 24
    go_on(bench, 24)
    until = time.monotonic() + PATIENCE
    while swap.working or bench.vectors() < bench.second.embedded:  # what they had in hand is kept
        assert time.monotonic() < until
        time.sleep(0.02)

    go_on(bench, 100)
    engine.ask(ChooseModel(model="second"), ModelChosen)
    engine.until(lambda each: each.stage == "idle" and each.model == "corners")
    assert bench.second.embedded == 24  # none twice
    engine.ask(ChooseModel(model="first"), ModelChosen)
    engine.until(lambda each: each.stage == "idle" and each.model == "mean colour")
    assert bench.first.embedded == 24
    assert bench.tags() == {"colour"}


def test_new_photos_are_served_at_once_and_embedded_twice(bench: Bench, make_photos: Make) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    engine.ask(ChooseModel(model="second"), ModelChosen)
    engine.until(lambda each: each.stage == "swapping")
    old(make_photos(bench.paths.root, 4, first=24))
    go_on(bench, 12)
    assert engine.conductor._keeper.rescan().result(PATIENCE) == Done()
    until = time.monotonic() + PATIENCE
    while len(bench.ids()) < 28:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert bench.serving().model == "first"
    assert bench.first.embedded == 28
    go_on(bench, 100)
    engine.ask(Settle(), Done)
    assert bench.serving().model == "second"
    assert (bench.first.embedded, bench.second.embedded) == (28, 28)


def test_a_photo_that_cannot_be_read_holds_nobody_up(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    engine.close()
    bench.engines.clear()
    with Catalog.open(bench.paths) as catalog:
        photo = next(iter(catalog.photos.all((State.INDEXED,))))
    path = bench.paths.root / photo.path
    status = path.stat()
    damaged = path.read_bytes()[:100].ljust(status.st_size, b"\0")
    path.write_bytes(damaged)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    engine = bench.engine("second")
    go_on(bench, 200)
    engine.ask(Settle(), Done)
    assert bench.serving().model == "second"
    with Catalog.open(bench.paths) as catalog:
        (problem,) = catalog.photos.problems()
    assert problem.path == photo.path
    assert len(bench.ids()) == 23


def test_a_model_that_fails_leaves_the_other_one_serving(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    bench.second.broken = True
    engine.ask(ChooseModel(model="second"), ModelChosen)
    engine.until(
        lambda each: any(
            isinstance(event, Notice) and "mean colour goes on" in event.sentence
            for event in engine.events
        )
    )
    engine.ask(Settle(), Done)
    assert bench.serving().model == "first"
    bench.second.broken = False
    go_on(bench, 100)
    engine.ask(ChooseModel(model="second"), ModelChosen)
    engine.until(lambda each: each.stage == "idle" and each.model == "corners")


def test_a_model_that_is_not_there_changes_nothing(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    refused = engine.ask(ChooseModel(model="third", own=True), Failure)
    assert refused.sentence == "There is no third."
    assert engine.ask(ListModels(), ModelList).serving == "first"
    engine.ask(Settle(), Done)
    next_one = bench.engine("third")
    next_one.until(
        lambda each: (
            any(
                isinstance(event, Notice) and "There is no third." in event.sentence
                for event in next_one.events
            )
            or each.stage == "failed"
        )
    )


def test_a_former_model_that_is_gone_leaves_the_tabs_until_the_other_is_done(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    tabs = bench.tabs()
    engine.close()
    bench.engines = [Engine(bench.paths, {"second": bench.second}, "second")]
    go_on(bench, 6)
    until = time.monotonic() + PATIENCE
    while bench.vectors() < 4:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert bench.tabs().keys() == tabs.keys()
    go_on(bench, 100)
    bench.engines[0].ask(Settle(), Done)
    assert bench.serving() == Serving("second", str(bench.second.key))
    assert bench.tags() == {"corner"}


def test_a_pause_holds_the_swap(bench: Bench) -> None:
    engine = bench.engine("first")
    engine.ask(Settle(), Done)
    engine.conductor._keeper.pause(paused=True)
    engine.until(lambda each: each.stage == "paused")
    engine.ask(ChooseModel(model="second"), ModelChosen)
    go_on(bench, 100)
    progress = engine.until(lambda each: each.coming == "corners")
    assert progress.stage == "paused"
    assert bench.second.embedded == 0
    engine.conductor._keeper.pause(paused=False)
    engine.ask(Settle(), Done)
    assert bench.serving().model == "second"
