"""Searching with a model whose cosines mean what a dual encoder's do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row
from dictionary import Dictionary
from patience import PATIENCE

from tui_selector.engine.search_messages import Found, Search, Similar
from tui_selector.engine.searcher import Searcher
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found as File
from tui_selector.library.photo import Kind
from tui_selector.models.calibration import Contrastive, of_cohort
from tui_selector.paths import library_paths
from tui_selector.search.scores import FLOOR, Weights

THINGS = ["dog", "bus", "sea", "tuba", "cat", "tree", "cake", "boat"]


class Dual(Dictionary):
    """Asks for few words in a prompt."""

    def __init__(self, bias: float | None) -> None:
        super().__init__(THINGS)
        self.asked: list[str] = []
        self.calibration = Contrastive(  # type: ignore[assignment]
            60.0, bias, np.eye(40, dtype=np.float32), of_cohort(0.1, 0.1), ("a photo of a {}",)
        )

    def embed_texts(self, texts: list[str]) -> np.ndarray:  # type: ignore[override]
        self.asked += texts
        return super().embed_texts(texts)


class Album:
    """A library of photos that show the things that they are named after."""

    def __init__(self, folder: Path, model: Dual) -> None:
        self.model = model
        self.paths = library_paths(folder)
        self.catalog = Catalog.open(self.paths)
        self.searcher = Searcher(self.paths)
        self.searcher.start()
        self.searcher.use(model)

    def add(self, *names: str) -> list[int]:
        with self.catalog.transaction():
            ids = self.catalog.photos.add(
                [File(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE) for name in names]
            )
            hashes = [name.encode() for name in names]
            vectors = Dictionary(THINGS).embed_texts([name.partition(".")[0] for name in names])
            for space in (str(self.model.key), f"{self.model.key}/words"):
                self.catalog.vectors.append(space, hashes, vectors)
            self.catalog.photos.store_indexed(
                indexed_row(id_, hash_) for id_, hash_ in zip(ids, hashes, strict=True)
            )
        return ids

    def ask(self, question: Search | Similar) -> Found:
        found = self.searcher.ask(question, 1).result(PATIENCE)
        assert isinstance(found, Found), found
        return found

    def find(self, text: str) -> Found:
        return self.ask(Search(text=text, weights=Weights(name=0)))


@pytest.fixture(params=[None, -40.0], ids=["softmax", "sigmoid"])
def album(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Album]:
    opened = Album(tmp_path, Dual(request.param))
    yield opened
    opened.searcher.close()
    opened.catalog.close()


def photos(found: Found) -> list[int]:
    return [hit.photo for hit in found.hits]


def test_what_is_shown_matches_and_what_is_not_does_not(album: Album) -> None:
    dog, bus, sea = album.add("dog.jpg", "bus.jpg", "sea.jpg")
    assert photos(album.find("bus")) == [bus]
    nothing = album.find("tuba")
    assert nothing.hits == []
    assert {hit.photo for hit in nothing.nearest} == {dog, bus, sea}
    assert "a photo of a tuba" in album.model.asked


def test_the_reasons_are_those_of_the_score(album: Album) -> None:
    album.add("dog.jpg", "dog sea.jpg", "sea.jpg")
    found = album.find("dog")
    assert found.hits
    for hit in (*found.hits, *found.nearest):
        (meaning,) = [signal for signal in hit.reasons if signal.kind == "meaning"]
        assert meaning.chance == pytest.approx(hit.score, abs=2e-4)
        assert (hit.score >= FLOOR) == (hit in found.hits)


def test_photos_that_come_later_are_held_against_the_cohort_too(album: Album) -> None:
    (first,) = album.add("dog.jpg")
    assert photos(album.find("dog")) == [first]
    later = album.add("dog 2.jpg", "boat.jpg")
    assert set(photos(album.find("dog"))) == {first, later[0]}
    assert photos(album.find("boat")) == [later[1]]


def test_words_and_pictures_meet_on_one_scale(album: Album) -> None:
    dog, _, sea, both = album.add("dog.jpg", "bus.jpg", "sea.jpg", "dog sea.jpg")
    assert photos(album.find("dog -sea")) == [dog]
    assert photos(album.find("@sea.jpg"))[0] == sea
    assert photos(album.find("dog @sea.jpg")) == [both]
    alike = album.ask(Similar(photos=[dog], reasons=False))
    assert set(photos(alike)) == {dog, both}
