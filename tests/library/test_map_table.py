"""What maps are told of photos."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Flag, Kind, State, Tag
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    (tmp_path / "Photos").mkdir()
    with Catalog.open(library_paths(tmp_path / "Photos")) as catalog:
        yield catalog


def add(catalog: Catalog, name: str, taken: float | None, *tags: Tag) -> int:
    with catalog.transaction():
        (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE)])
        catalog.photos.store_indexed(
            [
                indexed_row(
                    id_,
                    hashlib.blake2b(name.encode(), digest_size=16).digest(),
                    taken=taken,
                    tags=tags,
                )
            ]
        )
    return id_


def test_facts_are_those_of_indexed_photos(catalog: Catalog) -> None:
    a, b = add(catalog, "a.jpg", 5.0), add(catalog, "b.jpg", None)
    gone = add(catalog, "c.jpg", 7.0)
    with catalog.transaction():
        catalog.photos.add([Found(path="d.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)])
        sea = catalog.tabs.create("sea")
        catalog.tabs.assign({a: sea, b: 0})
        catalog.photos.set_flag(b, Flag.REJECT)
        catalog.photos.set_state([gone], State.TRASHED)
    facts = catalog.maps.facts()
    assert facts.ids.tolist() == [a, b]
    assert facts.tabs.tolist() == [sea, 0]
    assert facts.flags.tolist() == [0, -1]
    np.testing.assert_array_equal(facts.taken, [5.0, np.nan])
    assert facts.at(np.array([1])).ids.tolist() == [b]


def test_an_empty_library_has_no_facts_and_no_tags(catalog: Catalog) -> None:
    assert len(catalog.maps.facts().ids) == 0
    names, best = catalog.maps.best_tags(5)
    assert names == []
    assert best.shape == (0, 2)


def test_the_tag_that_fits_best_is_one_of_the_most_frequent(catalog: Catalog) -> None:
    def dog(score: float) -> Tag:
        return Tag("dog", score, "model")

    def sky(score: float) -> Tag:
        return Tag("sky", score, "model")

    a = add(catalog, "a.jpg", None, dog(0.9), sky(0.3), Tag("dark", 1.0, "pixels"))
    b = add(catalog, "b.jpg", None, dog(0.2), sky(0.8))
    c = add(catalog, "c.jpg", None, dog(0.5), Tag("tuba", 0.9, "model"))
    names, best = catalog.maps.best_tags(2)
    assert names == ["dog", "sky"]
    assert best.tolist() == [[a, 0], [b, 1], [c, 0]]
    with catalog.transaction():
        catalog.tags.set_verdict(a, "dog", False)
        catalog.tags.set_verdict(c, "sky", True)
    names, best = catalog.maps.best_tags(2)
    assert names == ["sky", "dog"]
    assert best.tolist() == [[a, 0], [b, 0], [c, 0]]
