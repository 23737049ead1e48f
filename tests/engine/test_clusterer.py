"""When tabs are made, when photos slide into them, and whose wish is heard."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from catalog_rows import indexed_row
from patience import PATIENCE

from tui_selector.analysis.clustering import ClusterSpace
from tui_selector.analysis.density import NeighbourGraph
from tui_selector.engine.clusterer import Clusterer
from tui_selector.engine.doubt_messages import AskDoubts, Doubtful
from tui_selector.engine.made import Made
from tui_selector.engine.protocol import (
    AnyEvent,
    CatalogChanged,
    Clustered,
    Failure,
    Group,
    Groups,
    Recluster,
    Suggest,
    Suggestion,
)
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.photo import Kind, State, Tag
from tui_selector.paths import LibraryPaths, library_paths

KINDS = ("cat", "dog", "tree", "boat")
SPACES = Spaces("model", 16)


@pytest.fixture
def paths(tmp_path) -> LibraryPaths:  # type: ignore[no-untyped-def]
    (tmp_path / "Photos").mkdir()
    return library_paths(tmp_path / "Photos")


@pytest.fixture
def catalog(paths: LibraryPaths) -> Iterator[Catalog]:
    with Catalog.open(paths) as catalog:
        yield catalog


class Running:
    """A clusterer, its events, and a way to wait for its rest."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.events: list[AnyEvent] = []
        self.clusterer = Clusterer(paths, self.events.append, on_rest=lambda: None)
        self.clusterer.start()
        self.clusterer.use(SPACES)

    def note(self, *, all_indexed: bool) -> None:
        self.clusterer.note_photos(all_indexed)
        until = time.monotonic() + PATIENCE
        while self.clusterer.busy:
            assert time.monotonic() < until
            time.sleep(0.005)


@pytest.fixture
def running(paths: LibraryPaths, catalog: Catalog) -> Iterator[Running]:
    running = Running(paths)
    yield running
    running.clusterer.close()


def add(catalog: Catalog, count: int, kinds: Sequence[int] = (0, 1, 2, 3)) -> list[int]:
    """Add indexed photos of some kinds in turn: each kind has its own direction and tag."""
    first = catalog.photos.count()
    random = np.random.default_rng(first)
    which = [kinds[number % len(kinds)] for number in range(count)]
    vectors = np.eye(4, 16, dtype=np.float32)[which] + random.normal(0, 0.05, (count, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    with catalog.transaction():
        ids = catalog.photos.add(
            Found(path=f"{KINDS[kind]}/{first + n}.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)
            for n, kind in enumerate(which)
        )
        hashes = [id_.to_bytes(16, "big") for id_ in ids]
        catalog.vectors.append(SPACES.pictures, hashes, vectors)
        catalog.photos.store_indexed(
            indexed_row(id_, hash_, tags=(Tag(KINDS[kind], 0.9, "model"),))
            for id_, hash_, kind in zip(ids, hashes, which, strict=True)
        )
    return ids


def tabs(catalog: Catalog) -> dict[str, int]:
    return {tab.name: tab.count for tab in catalog.tabs.all() if tab.id > 0}


def made(catalog: Catalog) -> Made:
    return catalog.load("clustered", Made, Made())


def test_the_first_tabs_come_early_and_grow(catalog: Catalog, running: Running) -> None:
    add(catalog, 40)
    running.note(all_indexed=False)
    assert tabs(catalog) == {}
    add(catalog, 40)
    running.note(all_indexed=False)
    assert tabs(catalog) == dict.fromkeys(KINDS, 20)
    assert made(catalog).photos == 80
    add(catalog, 40)
    running.note(all_indexed=False)
    assert made(catalog).photos == 80
    assert tabs(catalog) == dict.fromkeys(KINDS, 30)
    assert all(tab.fresh == 0 for tab in catalog.tabs.all())
    running.note(all_indexed=True)
    assert made(catalog).photos == 120
    assert made(catalog).complete
    assert CatalogChanged(tabs=True) in running.events


def test_new_photos_slide_into_their_tab_as_fresh(catalog: Catalog, running: Running) -> None:
    add(catalog, 80)
    running.note(all_indexed=True)
    before = {tab.id: tab.name for tab in catalog.tabs.all()}
    new = add(catalog, 6, kinds=(1,))
    running.note(all_indexed=True)
    assert {tab.id: tab.name for tab in catalog.tabs.all()} == before
    (dogs,) = [tab for tab in catalog.tabs.all() if tab.name == "dog"]
    assert (dogs.count, dogs.fresh) == (26, 6)
    assert {catalog.tabs.tab_of(photo) for photo in new} == {dogs.id}
    assert made(catalog).photos == 80


def test_what_fits_nowhere_is_a_single(catalog: Catalog, running: Running) -> None:
    add(catalog, 80, kinds=(0, 1, 2))
    running.note(all_indexed=True)
    (stranger,) = add(catalog, 1, kinds=(3,))
    running.note(all_indexed=True)
    assert catalog.tabs.tab_of(stranger) == View.SINGLES


def test_sliding_goes_on_after_a_restart(
    catalog: Catalog, running: Running, paths: LibraryPaths
) -> None:
    add(catalog, 80)
    running.note(all_indexed=True)
    running.clusterer.close()
    new = add(catalog, 4, kinds=(2,))
    again = Running(paths)
    again.note(all_indexed=True)
    again.clusterer.close()
    (trees,) = [tab for tab in catalog.tabs.all() if tab.name == "tree"]
    assert {catalog.tabs.tab_of(photo) for photo in new} == {trees.id}
    assert again.clusterer.clustering.k == 4


def test_a_merged_tab_takes_what_the_other_would_have(catalog: Catalog, running: Running) -> None:
    add(catalog, 80)
    running.note(all_indexed=True)
    ids = {tab.name: tab.id for tab in catalog.tabs.all()}
    for photo in catalog.photos.all():
        path = catalog.root / photo.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, ns=(1, 1))
    assert not Decisions(catalog).merge_tabs(ids["dog"], ids["cat"]).refused
    new = add(catalog, 4, kinds=(1,))
    running.note(all_indexed=True)
    assert {catalog.tabs.tab_of(photo) for photo in new} == {ids["cat"]}
    running.clusterer.ask(Recluster(clustering=Clustering(k=4)), 1).result(PATIENCE)
    assert {catalog.tabs.tab_of(photo) for photo in new} == {ids["cat"]}
    assert tabs(catalog) == {"cat": 44, "tree": 20, "boat": 20}


def test_a_library_that_doubled_is_clustered_anew(catalog: Catalog, running: Running) -> None:
    add(catalog, 80, kinds=(0, 1))
    running.note(all_indexed=True)
    before = {tab.name: tab.id for tab in catalog.tabs.all() if tab.id > 0}
    assert before.keys() == {"cat", "dog"}
    add(catalog, 90, kinds=(2, 3))
    running.note(all_indexed=True)
    after = {tab.name: tab.id for tab in catalog.tabs.all() if tab.id > 0}
    assert after.keys() == set(KINDS)
    assert before.items() <= after.items()


def test_photos_that_leave_are_not_in_the_way(catalog: Catalog, running: Running) -> None:
    ids = add(catalog, 80)
    catalog.photos.set_state(ids[:8], State.TRASHED)
    answer = running.clusterer.ask(Group(clustering=Clustering(k=4)), 1).result(PATIENCE)
    assert isinstance(answer, Groups)
    assert sum(len(group.photos) for group in answer.groups) == 72
    assert {group.name for group in answer.groups} == set(KINDS)


def test_the_newest_wish_wins(catalog: Catalog, paths: LibraryPaths) -> None:
    add(catalog, 80)
    clusterer = Clusterer(paths, lambda event: None, on_rest=lambda: None)
    older = clusterer.ask(Recluster(clustering=Clustering(k=2)), 1)
    another = clusterer.ask(Recluster(clustering=Clustering(k=3)), 2)
    newer = clusterer.ask(Recluster(clustering=Clustering(k=4)), 1)
    assert isinstance(older.result(0), Failure)
    clusterer.use(SPACES)
    clusterer.start()
    answers = another.result(PATIENCE), newer.result(PATIENCE)
    assert [each.tabs for each in answers if isinstance(each, Clustered)] == [3, 4]
    clusterer.close()
    assert tabs(catalog).keys() == set(KINDS)


def test_without_a_model_everyone_is_told(catalog: Catalog, paths: LibraryPaths) -> None:
    clusterer = Clusterer(paths, lambda event: None, on_rest=lambda: None)
    clusterer.start()
    reply = clusterer.ask(Group(clustering=Clustering()), 1)
    clusterer.fail("There is no model.")
    assert reply.result(PATIENCE) == Failure(sentence="There is no model.")
    clusterer.close()


def test_who_needs_the_graph_waits_for_it_and_nobody_else_does(
    catalog: Catalog, paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()
    builds: list[ClusterSpace] = []
    build = ClusterSpace.build_graph

    def gated(space: ClusterSpace, pause: Callable[[], None] = lambda: None) -> NeighbourGraph:
        builds.append(space)
        begun.set()
        assert gate.wait(PATIENCE)
        return build(space, pause)

    monkeypatch.setattr(ClusterSpace, "build_graph", gated)
    add(catalog, 80)
    clusterer = Clusterer(paths, lambda event: None, on_rest=lambda: None)
    clusterer.use(SPACES)
    clusterer.start()
    linked = Clustering(algorithm="linked", threshold=0.8)
    dropped = clusterer.ask(Group(clustering=linked), 1)
    assert begun.wait(PATIENCE)
    waiting = clusterer.ask(Group(clustering=linked), 1)
    suggested = clusterer.ask(Suggest(algorithm="dbscan"), 2)
    assert isinstance(dropped.result(PATIENCE), Failure)
    others = clusterer.ask(Group(clustering=Clustering(k=4)), 3).result(PATIENCE)
    assert isinstance(others, Groups)
    assert clusterer.busy
    assert not waiting.done()
    gate.set()
    answer = waiting.result(PATIENCE)
    assert isinstance(answer, Groups)
    assert {group.name for group in answer.groups} == set(KINDS)
    assert isinstance(suggested.result(PATIENCE), Suggestion)
    assert len(builds) == 1
    clusterer.close()


def test_no_graph_is_built_ahead_while_somebody_looks(
    catalog: Catalog, paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    build = ClusterSpace.build_graph

    def told(space: ClusterSpace, pause: Callable[[], None] = lambda: None) -> NeighbourGraph:
        begun.set()
        return build(space, pause)

    monkeypatch.setattr(ClusterSpace, "build_graph", told)
    add(catalog, 80)
    clusterer = Clusterer(paths, lambda event: None, on_rest=lambda: None)
    clusterer.make_way(resting=True)
    clusterer.use(SPACES)
    clusterer.start()
    clusterer.note_photos(True)
    assert isinstance(clusterer.ask(Group(clustering=Clustering(k=4)), 1).result(PATIENCE), Groups)
    assert not begun.is_set()
    clusterer.make_way(resting=False)
    assert begun.wait(PATIENCE)
    clusterer.close()


def test_a_graph_that_cannot_be_built_is_said(
    catalog: Catalog, paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(space: ClusterSpace, pause: Callable[[], None] = lambda: None) -> NeighbourGraph:
        raise MemoryError

    monkeypatch.setattr(ClusterSpace, "build_graph", fail)
    add(catalog, 80)
    clusterer = Clusterer(paths, lambda event: None, on_rest=lambda: None)
    clusterer.use(SPACES)
    clusterer.start()
    linked = Clustering(algorithm="linked", threshold=0.8)
    answer = clusterer.ask(Group(clustering=linked), 1).result(PATIENCE)
    assert isinstance(answer, Failure)
    assert "log" in answer.sentence
    clusterer.close()


def test_photos_on_the_border_are_told_first_and_pinned_ones_are_certain(
    catalog: Catalog, running: Running
) -> None:
    ids = add(catalog, 80)
    running.note(all_indexed=True)
    cat, dog = (
        next(tab.id for tab in catalog.tabs.all() if tab.name == name) for name in KINDS[:2]
    )
    with catalog.transaction():
        catalog.tabs.assign({ids[0]: dog})  # a cat among the dogs
        catalog.tabs.pin(ids[4], cat)
    found = running.clusterer.ask(AskDoubts(limit=50), 1).result(PATIENCE)
    assert isinstance(found, Doubtful)
    assert found.photos[0] == ids[0]
    assert found.doubts[0] > 0.8
    assert found.others[0] == cat
    assert found.doubts == sorted(found.doubts, reverse=True)
    assert found.doubts[1] < 0.3
    assert len(found.photos) == 50
    assert found.certain == 1
    everything = running.clusterer.ask(AskDoubts(), 1).result(PATIENCE)
    assert isinstance(everything, Doubtful)
    assert set(ids) - set(everything.photos) == {ids[4]}
