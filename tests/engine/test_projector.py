"""What the engine answers about the map, and what it keeps of it as photos come and go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row
from patience import PATIENCE

from tui_selector.analysis import projection_umap
from tui_selector.engine import projector as module
from tui_selector.engine import protocol
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.engine.projector import Projector
from tui_selector.engine.protocol import AnyAnswer, Failure
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.map_file import PhotoMap, Projection, last_map, maps_folder, read_map
from tui_selector.library.photo import Kind, State
from tui_selector.paths import LibraryPaths, library_paths

SPACES = Spaces("model", 16)


class Album:
    """A catalog and a projector on it."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.paths = paths
        self.catalog = Catalog.open(paths)
        self.projector = Projector(paths)
        self.random = np.random.default_rng(0)
        self.centres = self.random.standard_normal((4, 16))
        self.count = 0

    def add(self, count: int, group: int | None = None, spaces: Spaces = SPACES) -> list[int]:
        """Index photos of four groups, or of one."""
        numbers = range(self.count, self.count + count)
        self.count += count
        catalog = self.catalog
        with catalog.transaction():
            ids = catalog.photos.add(
                [Found(path=f"{n}.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE) for n in numbers]
            )
            hashes = [f"{n}".encode() for n in numbers]
            owners = [n % 4 if group is None else group for n in numbers]
            vectors = self.centres[owners] + 0.2 * self.random.standard_normal((count, 16))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            catalog.vectors.append(spaces.pictures, hashes, vectors.astype(np.float32))
            catalog.photos.store_indexed(
                [indexed_row(id_, hash_) for id_, hash_ in zip(ids, hashes, strict=True)]
            )
        return ids

    def ask(self, method: Projection = "pacmap", after: str = "", client: int = 1) -> AnyAnswer:
        return self.projector.ask(FindMap(method=method, after=after), client).result(PATIENCE)

    def find(self, method: Projection = "pacmap", after: str = "") -> FoundMap:
        answer = self.ask(method, after)
        assert isinstance(answer, FoundMap)
        assert protocol.decode_from_engine(protocol.encode(answer)) == answer
        return answer

    def settled(self, method: Projection = "pacmap") -> FoundMap:
        """The map that nothing better follows."""
        found = self.find(method)
        while found.coming:
            found = self.find(method, found.version)
        return found

    def map_of(self, found: FoundMap) -> PhotoMap:
        photo_map = read_map(maps_folder(self.paths) / found.file)
        assert photo_map is not None
        assert photo_map.head.version == found.version
        assert len(photo_map.ids) == found.photos
        return photo_map


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Album]:
    # After everything else means never where other tests keep every core busy.
    monkeypatch.setattr(module, "_NICENESS", 0)
    (tmp_path / "Photos").mkdir()
    album = Album(library_paths(tmp_path / "Photos"))
    album.projector.start()
    yield album
    album.projector.close()
    album.catalog.close()


def test_axes_come_at_once_and_the_layout_when_it_is_ready(album: Album) -> None:
    ids = album.add(40)
    album.projector.use(SPACES)
    first = album.find()
    assert (first.method, first.coming, first.photos) == ("pca", True, 40)
    second = album.find(after=first.version)
    assert (second.method, second.coming, second.placed) == ("pacmap", False, 0)
    assert album.map_of(second).ids.tolist() == ids
    assert album.find().version == second.version
    # The file is what the screen shows before there is any engine.
    last = last_map(album.paths, "pacmap")
    assert last is not None
    assert last.head.version == second.version


def test_another_engine_finds_what_was_laid_out(album: Album) -> None:
    album.add(40)
    album.projector.use(SPACES)
    version = album.settled().version
    other = Projector(album.paths)
    other.start()
    try:
        other.use(SPACES)
        found = other.ask(FindMap(), 1).result(PATIENCE)
        assert isinstance(found, FoundMap)
        assert (found.version, found.method, found.coming) == (version, "pacmap", False)
    finally:
        other.close()


def test_new_photos_are_placed_and_those_that_left_are_gone(album: Album) -> None:
    ids = album.add(60)
    album.projector.use(SPACES)
    before = album.map_of(album.settled())
    (fresh,) = album.add(1, group=2)
    with album.catalog.transaction():
        album.catalog.photos.set_state([ids[0]], State.TRASHED)
    found = album.find()
    assert (found.method, found.photos, found.placed, found.coming) == ("pacmap", 60, 1, False)
    after = album.map_of(found)
    assert after.ids.tolist() == [*ids[1:], fresh]
    np.testing.assert_array_equal(after.places[:-1], before.places[1:])
    centres = [after.places[:-1][np.arange(1, 60) % 4 == g].mean(axis=0) for g in range(4)]
    apart = [float(np.abs(after.places[-1] - centre).sum()) for centre in centres]
    assert int(np.argmin(apart)) == 2


def test_many_new_photos_are_shown_at_once_and_laid_out_anew(album: Album) -> None:
    album.add(40)
    album.projector.use(SPACES)
    album.settled()
    album.add(20)
    first = album.find()
    assert (first.method, first.photos, first.placed, first.coming) == ("pacmap", 60, 20, True)
    second = album.find(after=first.version)
    assert (second.method, second.placed, second.coming) == ("pacmap", 0, False)


def test_each_model_has_its_own_map(album: Album) -> None:
    album.add(40)
    album.projector.use(SPACES)
    one = album.settled()
    with album.catalog.transaction():
        hashes = [f"{n}".encode() for n in range(40)]
        vectors = np.random.default_rng(5).standard_normal((40, 8)).astype(np.float32)
        album.catalog.vectors.append("other", hashes, vectors)
    album.projector.use(Spaces("other", 8))
    other = album.settled()
    assert other.file != one.file
    album.projector.use(SPACES)
    assert album.find().version == one.version


def test_questions_are_answered_while_a_layout_goes_on(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def slowly(points: np.ndarray, seed: int) -> Iterator[None]:
        while not may_end.is_set():
            yield
            may_end.wait(0.01)
        return points[:, :2]  # type: ignore[return-value]

    monkeypatch.setattr(module.projection, "pacmap", slowly)
    album.add(40)
    album.projector.use(SPACES)
    first = album.find()
    waits = album.projector.ask(FindMap(after=first.version), 1)
    assert album.ask("pca", client=2).version == first.version  # type: ignore[union-attr]
    assert not waits.done()
    newer = album.projector.ask(FindMap(after=first.version), 1)
    assert isinstance(waits.result(PATIENCE), Failure)
    may_end.set()
    wait([newer], PATIENCE)
    assert newer.result().method == "pacmap"  # type: ignore[union-attr]


def test_a_layout_rests_while_somebody_is_busy(album: Album) -> None:
    may_go_on, asked = threading.Event(), threading.Event()

    def calm() -> bool:
        asked.set()
        return may_go_on.is_set()

    other = Projector(album.paths, may_go_on=calm)
    album.add(40)
    other.start()
    try:
        other.use(SPACES)
        first = other.ask(FindMap(), 1).result(PATIENCE)
        assert isinstance(first, FoundMap)
        waits = other.ask(FindMap(after=first.version), 1)
        assert asked.wait(PATIENCE)
        assert other.ask(FindMap(method="pca"), 2).result(PATIENCE).version == first.version  # type: ignore[union-attr]
        assert not waits.done()
        may_go_on.set()
        assert waits.result(PATIENCE).method == "pacmap"  # type: ignore[union-attr]
    finally:
        other.close()


def test_a_layout_of_another_model_answers_those_who_wait(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forever(points: np.ndarray, seed: int) -> Iterator[None]:
        while True:
            yield

    monkeypatch.setattr(module.projection, "pacmap", forever)
    album.add(20)
    with album.catalog.transaction():
        hashes = [f"{n}".encode() for n in range(20)]
        vectors = np.random.default_rng(5).standard_normal((20, 8)).astype(np.float32)
        album.catalog.vectors.append("other", hashes, vectors)
    album.projector.use(SPACES)
    first = album.find()
    waits = album.projector.ask(FindMap(after=first.version), 1)
    album.projector.use(Spaces("other", 8))
    answer = waits.result(PATIENCE)
    assert isinstance(answer, FoundMap)
    assert answer.version != first.version


def test_a_layout_that_fails_is_said_and_not_tried_again(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(points: np.ndarray, seed: int) -> Iterator[None]:
        yield
        raise RuntimeError("of the test")

    monkeypatch.setattr(module.projection, "pacmap", fails)
    album.add(20)
    album.projector.use(SPACES)
    found = album.settled()
    assert (found.method, found.coming) == ("pca", False)
    assert "log" in found.note


def test_without_umap_it_is_pacmap_and_that_is_said(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_umap, "find_spec", lambda name: None)
    album.add(20)
    album.projector.use(SPACES)
    found = album.settled("umap")
    assert found.method == "pacmap"
    assert "tui-selector[umap]" in found.note


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_photos_have_a_map(album: Album, count: int) -> None:
    if count:
        album.add(count)
    album.projector.use(SPACES)
    found = album.settled()
    assert (found.method, found.photos, found.coming) == ("pca", count, False)
    assert len(album.map_of(found).places) == count


def test_without_a_model_it_says_so(album: Album) -> None:
    album.projector.fail("There is no model.")
    answer = album.ask()
    assert isinstance(answer, Failure)
    assert answer.sentence == "There is no model."


def test_a_damaged_file_is_made_anew(album: Album) -> None:
    album.add(20)
    album.projector.use(SPACES)
    found = album.settled()
    file = maps_folder(album.paths) / found.file
    for damage in (b"", file.read_bytes()[:-1], b"x" * 40, file.read_bytes()[:30]):
        file.write_bytes(damage)
        assert read_map(file) is None
        assert album.settled().version == found.version
