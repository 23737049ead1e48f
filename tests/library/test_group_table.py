"""What grouping asks of photos, and the groups that are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.group_table import GroupPlace
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(library_paths(tmp_path))


def put(catalog: Catalog, *names: str, **facts: object) -> list[int]:
    """Index photos that say these facts about themselves."""
    with catalog.transaction():
        ids = catalog.photos.add(
            [Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE) for name in names]
        )
        catalog.photos.store_indexed(
            [
                indexed_row(
                    id_, name.encode(), width=30, height=20, taken=5.25, metadata=json.dumps(facts)
                )
                for id_, name in zip(ids, names, strict=True)
            ]
        )
    return ids


def test_facts_are_those_of_the_file(catalog: Catalog) -> None:
    put(catalog, "a/b.jpg", camera="X100", serial="7", exposure_time=0.01, iso=200)
    put(catalog, "c.jpg")
    first, second = catalog.groups.facts()
    assert (first.path, first.hash, first.taken, first.width * first.height) == (
        "a/b.jpg",
        b"a/b.jpg",
        5.25,
        600,
    )
    assert first.camera == "X100\x007"
    assert first.numbers == (0.01, None, 200, None, None)
    assert second.camera == ""
    assert second.numbers == (None,) * 5


def test_groups_are_kept_and_only_changes_are_written(catalog: Catalog) -> None:
    a, b, c, d = put(catalog, "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    groups = catalog.groups
    first = {
        a: ("x", "burst", 1),
        b: ("x", "burst", 0),
        c: ("y", "copies", 0),
        d: ("y", "copies", 1),
    }
    assert sorted(groups.replace(first)) == [a, b, c, d]
    assert groups.replace(first) == []
    assert groups.of([a, b, 999]) == {
        a: GroupPlace("x", "burst", 1, 2),
        b: GroupPlace("x", "burst", 0, 2),
    }
    assert groups.members("x") == [b, a]
    assert sorted(groups.replace({a: ("x", "burst", 0), c: ("x", "burst", 1)})) == [a, b, c, d]
    assert groups.members("x") == [a, c]
    assert groups.of([d]) == {}


def test_a_photo_that_is_forgotten_leaves_its_group(catalog: Catalog) -> None:
    a, b, c = put(catalog, "a.jpg", "b.jpg", "c.jpg")
    catalog.groups.replace({id_: ("x", "burst", n) for n, id_ in enumerate((a, b, c, 999))})
    catalog.photos.remove([a])
    assert catalog.groups.members("x") == [b, c]
    assert catalog.groups.of([b])[b].size == 2
    catalog.photos.remove([b])
    assert catalog.groups.of([c]) == {}
