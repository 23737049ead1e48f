"""Tags by stored vectors: who gets them, when, and what of the owner's stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row
from mean_colour import MeanColour

from tui_selector.engine.protocol import AnyEvent, CatalogChanged
from tui_selector.engine.tagging import TAGGED_KEY, Tagged, calibrate, retag, retag_beside
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, State, Tag
from tui_selector.models.vocabulary import Label
from tui_selector.paths import library_paths


class ByVectors(MeanColour):
    """Tags a photo with every word of its vocabulary whose place in the vector is large."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = list(words)
        self.vocabulary = ",".join(words)
        self.seen = 0

    def calibrate(self, folder: Path | None = None, own: Sequence[Label] = ()) -> None:
        self.words += [label.tag for label in own]
        self.vocabulary = ",".join(self.words)

    def tags(self, vectors: np.ndarray) -> list[tuple[Tag, ...]]:
        self.seen += len(vectors)
        return [
            tuple(
                Tag(word, round(float(value), 2), "model")
                for word, value in zip(self.words, vector, strict=False)
                if value > 0.5
            )
            for vector in vectors
        ]


MODEL = ByVectors("dog", "sea", "tree")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def add(
    catalog: Catalog,
    name: str,
    hash_: bytes,
    *vectors: Sequence[float],
    kind: Kind = Kind.IMAGE,
    tags: Sequence[Tag] = (),
) -> int:
    """Index a photo, or a video with a frame for each vector."""
    with catalog.transaction():
        (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=kind)])
        catalog.photos.store_indexed([indexed_row(id_, hash_, tags=tuple(tags))])
        keys = [hash_]
        if kind is Kind.VIDEO:
            keys = catalog.frames.set(hash_, [float(second) for second in range(len(vectors))])
        if vectors:
            rows = np.array(vectors, np.float32)
            catalog.vectors.append(f"{MODEL.key}/words", keys, rows)
    return id_


def tags(catalog: Catalog, photo: int) -> set[tuple[str, str]]:
    return {(tag.name, tag.source) for tag in catalog.tags.of([photo])[photo]}


def test_photos_videos_and_copies_get_the_tags_of_their_vectors(catalog: Catalog) -> None:
    old, dark = Tag("old", 0.9, "model"), Tag("dark", 1.0, "pixels")
    dog = add(catalog, "dog.jpg", b"dog", [1, 0, 0], tags=[old, dark])
    copy = add(catalog, "copy.jpg", b"dog", tags=[dark])
    film = add(catalog, "film.mp4", b"film", [0, 1, 0], [0, 0, 1], kind=Kind.VIDEO)
    nothing = add(catalog, "grey.jpg", b"grey", [-1, -1, -1])
    without = add(catalog, "later.jpg", b"later", tags=[old])
    catalog.tags.set_verdict(dog, "mine", True)
    catalog.tags.set_verdict(copy, "dog", False)

    assert sorted(retag(catalog, MODEL)) == sorted([dog, copy, film])
    assert tags(catalog, dog) == {("dog", "model"), ("dark", "pixels"), ("mine", "owner")}
    assert tags(catalog, copy) == {("dark", "pixels")}
    assert tags(catalog, film) == {("sea", "model"), ("tree", "model")}
    assert tags(catalog, nothing) == set()
    assert tags(catalog, without) == {("old", "model")}


def test_it_is_done_once_for_a_model_and_its_words(catalog: Catalog) -> None:
    photo = add(catalog, "sea.jpg", b"sea", [0, 1, 0])
    model = ByVectors("dog", "sea")
    assert retag(catalog, model) == [photo]
    assert model.seen == 1
    assert retag(catalog, model) == []
    assert model.seen == 1
    more = ByVectors("dog", "ocean")
    assert retag(catalog, more) == [photo]
    assert tags(catalog, photo) == {("ocean", "model")}


def test_what_was_not_done_is_done_the_next_time(catalog: Catalog) -> None:
    photos = [add(catalog, f"{n}.jpg", b"%d" % n, [1, 0, 0]) for n in range(300)]
    left = iter([True, False])
    some = retag(catalog, MODEL, lambda: next(left))
    assert 0 < len(some) < 300
    assert catalog.load(TAGGED_KEY, Tagged, Tagged()) == Tagged()
    assert set(some) | set(retag(catalog, MODEL)) == set(photos)


def test_photos_that_are_not_there_and_models_without_words_are_left_alone(
    catalog: Catalog,
) -> None:
    gone = add(catalog, "gone.jpg", b"gone", [1, 0, 0], tags=[Tag("old", 0.9, "model")])
    with catalog.transaction():
        catalog.photos.set_state([gone], State.TRASHED)
    assert retag(catalog, MODEL) == []
    assert retag(catalog, MeanColour()) == []
    assert tags(catalog, gone) == {("old", "model")}


def test_the_owners_words_reach_the_model_and_wrong_ones_its_notice(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("our boat: a boat\n")
    model = ByVectors("dog")
    calibrate(model, tmp_path, file)
    assert model.words == ["dog", "our boat"]
    assert model.notice == ""
    file.write_text(": nothing\n")
    calibrate(model, tmp_path, file)
    assert "Line 1" in model.notice
    assert model.notice.endswith("Photos are tagged without your words.")
    colour = MeanColour()
    calibrate(colour, tmp_path, file)  # it has no words, so nothing is wrong with them
    assert colour.notice == ""
    colour = MeanColour()
    calibrate(colour, tmp_path, file)  # it has no words, so nothing is wrong with them
    assert colour.notice == ""


def test_clients_are_told_of_what_changed_beside_all_else(tmp_path: Path) -> None:
    library = library_paths(tmp_path)
    told: list[AnyEvent] = []
    with Catalog.open(library) as catalog:
        photo = add(catalog, "sea.jpg", b"sea", [0, 1, 0])
    retag_beside(library, MODEL, told.append).join(20)
    assert told == [CatalogChanged(photos=[photo])]
    with Catalog.open(library) as catalog:
        assert tags(catalog, photo) == {("sea", "model")}
    retag_beside(library, MODEL, told.append).join(20)
    assert len(told) == 1
