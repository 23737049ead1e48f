from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest

from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    root = tmp_path / "photos"
    root.mkdir()
    return library_paths(root)


def found(path: str) -> Found:
    return Found(path=path, size=1, mtime_ns=1, kind=Kind.IMAGE)


def test_nothing_of_the_program_lies_in_the_library(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        catalog.photos.add([found("a.jpg")])
        assert catalog.root == paths.root
    assert list(paths.root.iterdir()) == []
    assert paths.catalog.exists()


def test_a_transaction_is_all_or_nothing(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        with pytest.raises(sqlite3.IntegrityError), catalog.transaction():
            catalog.photos.add([found("a.jpg"), found("b.jpg"), found("a.jpg")])
        assert catalog.photos.count() == 0
        with catalog.transaction():
            catalog.photos.add([found("a.jpg")])
        assert catalog.photos.count() == 1


def test_inner_transactions_join_the_outermost(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:

        def add_twice() -> None:
            with catalog.transaction():
                with catalog.transaction():
                    catalog.photos.add([found("a.jpg")])
                catalog.photos.add([found("a.jpg")])

        with pytest.raises(sqlite3.IntegrityError):
            add_twice()
        assert catalog.photos.count() == 0


def test_others_see_a_transaction_only_when_it_is_whole(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as writer, Catalog.open(paths) as reader:
        version = reader.data_version
        with writer.transaction():
            writer.photos.add([found("a.jpg")])
            assert reader.photos.count() == 0
            assert reader.data_version == version
        assert reader.photos.count() == 1
        assert reader.data_version != version


def test_values_are_kept_and_checked(paths: LibraryPaths) -> None:
    class View(msgspec.Struct):
        tab: int
        scroll: float

    with Catalog.open(paths) as catalog:
        assert catalog.load("view", View | None, None) is None
        catalog.store("view", View(3, 0.5))
        catalog.store("view", View(4, 0.5))
    with Catalog.open(paths) as catalog:
        assert catalog.load("view", View, View(0, 0)) == View(4, 0.5)
        catalog.store("view", "something else")
        assert catalog.load("view", View, View(0, 0)) == View(0, 0)


def test_a_corrupt_catalog_is_named(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        assert catalog.set_aside is None
    paths.catalog.write_bytes(b"no database" * 1000)
    with Catalog.open(paths) as catalog:
        assert catalog.set_aside is not None
        assert catalog.set_aside.read_bytes() == b"no database" * 1000


def test_a_damaged_page_inside_is_found_by_reading_everything(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        with catalog.transaction():
            catalog.photos.add(found(f"{n:05d}.jpg") for n in range(3000))
        assert catalog.is_sound()
        catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = paths.catalog.stat().st_size
    with paths.catalog.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\0" * 4096)
    with Catalog.open(paths) as catalog:
        assert not catalog.is_sound()


def test_a_data_folder_that_cannot_be_made_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(CatalogError, match="cannot be made"):
        Catalog.open(library_paths(tmp_path))


def on_a_small_disk(tmp_path: Path, code: str) -> str:
    """Run code in a process whose files may grow to 512 KiB only, and give what it prints."""
    script = f"""
import os, resource, signal, sqlite3
from pathlib import Path
import numpy as np
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.photo import Kind
from tui_selector.library.catalog.photo_table import Found
from tui_selector.paths import library_paths

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
catalog = Catalog.open(library_paths(Path({str(tmp_path)!r})))
catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the making of the tables
resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, 512 * 1024))
{textwrap.dedent(code)}
"""
    answer = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_a_full_disk_stores_nothing_half(tmp_path: Path) -> None:
    answer = on_a_small_disk(
        tmp_path,
        """
        with catalog.transaction():
            catalog.photos.add([Found(path="a.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)])
        try:
            with catalog.transaction():
                catalog.photos.add(
                    Found(path=f"{n}.jpg" + "x" * 500, size=1, mtime_ns=1, kind=Kind.IMAGE)
                    for n in range(3000)
                )
        except sqlite3.OperationalError as error:
            print(error)
        print(catalog.photos.count(), catalog.connection.in_transaction)
        """,
    )
    said, left = answer.splitlines()
    assert said in ("database or disk is full", "disk I/O error")
    assert left == "1 False"
    with Catalog.open(library_paths(tmp_path)) as catalog:
        assert [photo.path for photo in catalog.photos.all()] == ["a.jpg"]
        assert catalog.is_sound()


def test_vectors_on_a_full_disk_are_not_stored(tmp_path: Path) -> None:
    answer = on_a_small_disk(
        tmp_path,
        """
        rows = np.ones((100, 1024), np.float32)
        for batch in range(4):
            hashes = [bytes((batch, n)) for n in range(100)]
            try:
                with catalog.transaction():
                    catalog.vectors.append("m", hashes, rows)
            except OSError as error:
                print(type(error).__name__, error.strerror)
        print(catalog.vectors.count("m"))
        """,
    )
    assert answer.splitlines() == ["OSError File too large", "OSError File too large", "200"]
    with Catalog.open(library_paths(tmp_path)) as catalog:
        hashes, matrix = catalog.vectors.load("m", 1024)
        assert matrix.shape == (200, 1024)
        assert hashes[-1] == bytes((1, 99))


def test_a_closed_catalog_is_closed(paths: LibraryPaths) -> None:
    catalog = Catalog.open(paths)
    catalog.close()
    with pytest.raises(sqlite3.ProgrammingError):
        catalog.photos.count()
