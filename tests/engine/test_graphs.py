"""When the neighbour graph is built, gives way, and is dropped."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from patience import PATIENCE

from tui_selector.analysis import clustering, density
from tui_selector.analysis.clustering import ClusterSpace
from tui_selector.analysis.density import NeighbourGraph
from tui_selector.analysis.kmeans import unit
from tui_selector.analysis.suggest import Suggestion
from tui_selector.engine.graphs import GraphBuilder
from tui_selector.library.catalog.clusters import Algorithm, Clustering

LINKED = Clustering(algorithm="linked", threshold=0.9)


class Gated(ClusterSpace):
    """A space whose graph is built, in two steps, once `gate` is open."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        super().__init__(unit(random.standard_normal((40, 8)).astype(np.float32)))
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.builds = 0

    def build_graph(self, pause: Callable[[], None] = lambda: None) -> NeighbourGraph:
        self.builds += 1
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        pause()
        return super().build_graph(pause)


class Ends:
    """Counts what the builder tells."""

    def __init__(self) -> None:
        self.one = threading.Semaphore(0)

    def __call__(self) -> None:
        self.one.release()


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def builder(ends: Ends) -> Iterator[GraphBuilder]:
    builder = GraphBuilder(ends)
    yield builder
    builder.close()


def test_it_gives_way_until_it_may_or_must_run(builder: GraphBuilder, ends: Ends) -> None:
    space = Gated()
    space.gate.set()
    assert builder.want(space, Clustering())
    assert not space.begun.wait(0.05)
    builder.allow(True)
    assert ends.one.acquire(timeout=PATIENCE)
    assert not space.needs_graph(LINKED)

    builder.allow(False)
    other = Gated(1)
    other.gate.set()
    assert builder.want(other, Clustering(), urgent=True)
    assert ends.one.acquire(timeout=PATIENCE)
    assert not other.needs_graph(LINKED)


def test_a_space_is_built_once_however_often_it_is_wanted(
    builder: GraphBuilder, ends: Ends
) -> None:
    builder.allow(True)
    space = Gated()
    for _ in range(3):
        assert builder.want(space, Clustering())
        assert space.begun.wait(PATIENCE)
    space.gate.set()
    assert ends.one.acquire(timeout=PATIENCE)
    assert builder.want(space, Clustering(), urgent=True)
    assert space.builds == 1


def test_a_newer_space_takes_the_place_of_an_older_one(builder: GraphBuilder, ends: Ends) -> None:
    builder.allow(True)
    older, newer = Gated(), Gated(1)
    builder.want(older, Clustering(), urgent=True)
    assert older.begun.wait(PATIENCE)
    newer.gate.set()
    builder.want(newer, Clustering())
    assert ends.one.acquire(timeout=PATIENCE)
    older.gate.set()
    builder.close()
    assert older.needs_graph(LINKED)
    assert not newer.needs_graph(LINKED)
    assert not ends.one.acquire(blocking=False)


def test_a_graph_that_cannot_be_built_is_told_once(
    builder: GraphBuilder, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(vectors: object) -> NeighbourGraph:
        raise MemoryError

    monkeypatch.setattr(density, "dense_graph", fail)
    space = Gated()
    space.gate.set()
    assert builder.want(space, Clustering(), urgent=True)
    assert ends.one.acquire(timeout=PATIENCE)
    assert not builder.want(space, Clustering(), urgent=True)


def test_thresholds_are_suggested_ahead(
    builder: GraphBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: queue.Queue[tuple[str, int]] = queue.Queue()

    def suggest(space: ClusterSpace, algorithm: Algorithm, base: Clustering) -> Suggestion:
        found.put((algorithm, base.min_samples))
        return real(space, algorithm, base)

    real = clustering.suggest
    monkeypatch.setattr(clustering, "suggest", suggest)
    builder.allow(True)
    space = Gated()
    space.gate.set()
    builder.want(space, Clustering(min_samples=4))
    assert [found.get(timeout=PATIENCE) for _ in range(2)] == [("linked", 4), ("dbscan", 4)]
    assert space.suggest(Clustering(algorithm="dbscan", min_samples=4)).params.threshold is not None
    assert found.empty()
