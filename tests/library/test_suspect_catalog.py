"""A catalog that is damaged where its opening does not look."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.paths import LibraryPaths, library_paths

PAGE = 4096


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    """Of a library whose catalog has several dozen pages."""
    paths = library_paths(tmp_path / "album")
    with Catalog.open(paths) as catalog:
        catalog.photos.add(
            Found(path=f"{'x' * 200}{number}.jpg", size=1, mtime_ns=1, kind="image")
            for number in range(400)
        )
    return paths


def damage(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        (page,) = catalog.connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'photos'"
        ).fetchone()
    with paths.catalog.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes(PAGE))


def read(catalog: Catalog) -> None:
    catalog.connection.execute("SELECT * FROM photos").fetchall()


def test_what_is_found_damaged_is_set_aside_by_the_next_who_opens_it(paths: LibraryPaths) -> None:
    damage(paths)
    with Catalog.open(paths) as catalog:
        assert catalog.set_aside is None
        with pytest.raises(sqlite3.DatabaseError) as caught:
            read(catalog)
        assert not catalog.is_stale
        assert catalog.suspect(caught.value)
        assert catalog.is_stale
        with Catalog.open(paths) as fresh:
            assert fresh.set_aside is not None
            assert fresh.set_aside.exists()
            assert not fresh.is_stale
            assert fresh.photos.count() == 0
        assert catalog.is_stale
    with Catalog.open(paths) as again:
        assert again.set_aside is None


def test_a_suspicion_of_a_sound_catalog_costs_nothing(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        catalog.suspect(_corruption())
        assert catalog.is_stale
        with Catalog.open(paths) as again:
            assert again.set_aside is None
            assert again.photos.count() == 400
        assert not catalog.is_stale


def test_other_errors_raise_no_suspicion(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        with pytest.raises(sqlite3.Error) as caught:
            catalog.connection.execute("SELECT * FROM nowhere")
        assert not catalog.suspect(caught.value)
        assert not catalog.suspect(ValueError("something else"))
        assert not catalog.is_stale


@pytest.mark.parametrize("how", ["damaged", "deleted"])
def test_a_catalog_made_anew_gives_no_id_twice(paths: LibraryPaths, how: str) -> None:
    with Catalog.open(paths) as catalog:
        before = {id_ for (id_,) in catalog.connection.execute("SELECT id FROM photos")}
    if how == "deleted":
        paths.catalog.unlink()
    else:
        paths.catalog.write_bytes(b"garbage" * 1000)
    with Catalog.open(paths) as catalog:
        found = [Found(path="new.jpg", size=1, mtime_ns=1, kind="image")]
        assert before.isdisjoint(catalog.photos.add(found))


def test_the_first_catalog_of_a_library_counts_from_one(tmp_path: Path) -> None:
    with Catalog.open(library_paths(tmp_path / "other")) as catalog:
        found = [Found(path="new.jpg", size=1, mtime_ns=1, kind="image")]
        assert catalog.photos.add(found) == [1]


def _corruption() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
