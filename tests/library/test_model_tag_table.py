"""Tags of two models: one's are the photos', the other's are kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, Tag
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def photo(catalog: Catalog, name: str, hash_: bytes, *tags: Tag) -> int:
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE)])
    catalog.photos.store_indexed([indexed_row(id_, hash_, tags=tags)])
    return id_


def shown(catalog: Catalog, id_: int) -> list[tuple[str, float, str]]:
    return sorted((tag.name, tag.score, tag.source) for tag in catalog.tags.of([id_])[id_])


def test_tags_are_exchanged_and_come_back(catalog: Catalog) -> None:
    dog, dark = Tag("dog", 0.75, "model"), Tag("dark", 1.0, "pixels")
    one = photo(catalog, "a.jpg", b"one", dog, dark)
    twin = photo(catalog, "copy.jpg", b"one", dog)
    other = photo(catalog, "b.jpg", b"two")
    catalog.tags.set_verdict(one, "holiday", True)
    catalog.model_tags.keep("new", [(b"one", [Tag("puppy", 0.5, "model")]), (b"two", [])])
    assert catalog.model_tags.hashes("new") == {b"one", b"two"}
    before = shown(catalog, one)

    catalog.model_tags.exchange("old", "new")
    assert shown(catalog, one) == [
        ("dark", 1.0, "pixels"),
        ("holiday", 1.0, "owner"),
        ("puppy", 0.5, "model"),
    ]
    assert shown(catalog, twin) == [("puppy", 0.5, "model")]
    assert shown(catalog, other) == []
    assert catalog.model_tags.hashes("new") == set()
    assert catalog.model_tags.hashes("old") == {b"one", b"two"}

    catalog.model_tags.exchange("new", "old")
    assert shown(catalog, one) == before
    assert catalog.model_tags.hashes("old") == set()


def test_a_name_of_any_letters_survives(catalog: Catalog) -> None:
    name = 'a "quoted" \\ name, 狗\n'
    one = photo(catalog, "a.jpg", b"one")
    catalog.model_tags.keep("new", [(b"one", [Tag(name, 0.25, "model")])])
    catalog.model_tags.exchange("old", "new")
    assert shown(catalog, one) == [(name, 0.25, "model")]
