from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_selector.library.catalog import vectors
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths, library_paths


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    return library_paths(tmp_path)


@pytest.fixture
def catalog(paths: LibraryPaths) -> Iterator[Catalog]:
    with Catalog.open(paths) as opened:
        yield opened


def unit(*seeds: int, dimensions: int = 8) -> NDArray[np.float32]:
    """A unit row for each seed."""
    rows = np.stack([np.random.default_rng(s).standard_normal(dimensions) for s in seeds])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def names(*seeds: int) -> list[bytes]:
    return [b"hash-%d" % seed for seed in seeds]


def file_of(paths: LibraryPaths) -> Path:
    (file,) = paths.vectors.glob("*.f16")
    return file


def test_vectors_come_back_in_order_as_unit_rows(catalog: Catalog) -> None:
    catalog.vectors.append("m", names(1, 2), unit(1, 2))
    catalog.vectors.append("m", names(3), unit(3))
    hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == names(1, 2, 3)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, unit(1, 2, 3), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-6)


def test_vectors_outlive_the_process(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        catalog.vectors.append("m", names(1), unit(1))
    with Catalog.open(paths) as catalog:
        assert catalog.vectors.load("m", 8)[0] == names(1)
        assert catalog.vectors.present("m", names(1, 2)) == set(names(1))


def test_storing_twice_stores_once(catalog: Catalog, paths: LibraryPaths) -> None:
    catalog.vectors.append("m", names(1, 2, 1), unit(1, 2, 1))
    catalog.vectors.append("m", names(2, 3), unit(9, 3))
    assert catalog.vectors.count("m") == 3
    hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == names(1, 2, 3)
    np.testing.assert_allclose(matrix, unit(1, 2, 3), atol=1e-3)
    assert file_of(paths).stat().st_size == 3 * 8 * 2


def test_spaces_are_kept_apart(catalog: Catalog) -> None:
    catalog.vectors.append("m", names(1), unit(1))
    catalog.vectors.append("n/other model@2", names(1, 2), unit(4, 5, dimensions=3))
    assert sorted(catalog.vectors.spaces()) == ["m", "n/other model@2"]
    assert catalog.vectors.load("m", 8)[1].shape == (1, 8)
    assert catalog.vectors.load("n/other model@2", 3)[1].shape == (2, 3)


def test_an_unknown_space_is_empty(catalog: Catalog) -> None:
    hashes, matrix = catalog.vectors.load("m", 8)
    assert (hashes, matrix.shape) == ([], (0, 8))
    assert catalog.vectors.count("m") == 0
    assert catalog.vectors.trim("m", 8) == []


def test_a_crash_before_the_commit_leaves_nothing(paths: LibraryPaths) -> None:
    """The bytes are in the file already, but no row names them: they are overwritten."""
    with Catalog.open(paths) as catalog:
        catalog.vectors.append("m", names(1), unit(1))
        catalog.connection.execute("BEGIN IMMEDIATE")
        catalog.vectors.append("m", names(2, 3), unit(2, 3))
        assert file_of(paths).stat().st_size == 3 * 8 * 2
        catalog.connection.execute("ROLLBACK")
    with Catalog.open(paths) as catalog:
        assert catalog.vectors.count("m") == 1
        assert catalog.vectors.present("m", names(2, 3)) == set()
        catalog.vectors.append("m", names(3), unit(3))
        hashes, matrix = catalog.vectors.load("m", 8)
        assert hashes == names(1, 3)
        np.testing.assert_allclose(matrix, unit(1, 3), atol=1e-3)


def test_a_write_that_fails_stores_nothing(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.vectors.append("m", names(1), unit(1))
    with monkeypatch.context() as patched:
        patched.setattr(vectors.os, "pwrite", lambda *_: os.write(-1, b""))
        with pytest.raises(OSError, match="Bad file descriptor"), catalog.transaction():
            catalog.vectors.append("m", names(2), unit(2))
    assert catalog.vectors.count("m") == 1
    catalog.vectors.append("m", names(2), unit(2))
    assert catalog.vectors.load("m", 8)[0] == names(1, 2)


def test_rows_whose_bytes_are_lost_are_embedded_again(
    catalog: Catalog, paths: LibraryPaths
) -> None:
    catalog.vectors.append("m", names(1, 2, 3), unit(1, 2, 3))
    os.truncate(file_of(paths), 8 * 2 + 5)
    assert catalog.vectors.load("m", 8)[0] == names(1)
    assert catalog.vectors.trim("m", 8) == names(2, 3)
    catalog.vectors.append("m", names(3, 2), unit(3, 2))
    hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == names(1, 3, 2)
    np.testing.assert_allclose(matrix, unit(1, 3, 2), atol=1e-3)


def test_a_deleted_file_loses_every_row_and_no_more(paths: LibraryPaths) -> None:
    with Catalog.open(paths) as catalog:
        catalog.vectors.append("m", names(1, 2), unit(1, 2))
    file_of(paths).unlink()
    with Catalog.open(paths) as catalog:
        assert catalog.vectors.load("m", 8)[0] == []
        assert catalog.vectors.trim("m", 8) == names(1, 2)
        assert catalog.vectors.count("m") == 0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.lists(st.integers(0, 12), max_size=6), st.booleans()), max_size=8))
def test_any_mix_of_commits_and_crashes_keeps_each_vector_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[list[int], bool]]
) -> None:
    paths = library_paths(tmp_path_factory.mktemp("mix"))
    stored: list[int] = []
    for seeds, crashes in batches:
        if not seeds:
            continue
        with Catalog.open(paths) as catalog:
            catalog.connection.execute("BEGIN IMMEDIATE")
            catalog.vectors.append("m", names(*seeds), unit(*seeds))
            catalog.connection.execute("ROLLBACK" if crashes else "COMMIT")
        if not crashes:
            stored += [seed for seed in dict.fromkeys(seeds) if seed not in stored]
    with Catalog.open(paths) as catalog:
        hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == names(*stored)
    if stored:
        np.testing.assert_allclose(matrix, unit(*stored), atol=1e-3)


def test_a_vector_that_is_replaced_gets_a_new_row(catalog: Catalog) -> None:
    catalog.vectors.append("m", names(1, 2), unit(1, 2))
    catalog.vectors.replace("m", names(1)[0], unit(9)[0])
    catalog.vectors.append("m", names(3), unit(3))
    assert catalog.vectors.rows("m") == {b"hash-1": 2, b"hash-2": 1, b"hash-3": 3}
    assert catalog.vectors.count("m") == 4
    hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == [b"", b"hash-2", b"hash-1", b"hash-3"]
    np.testing.assert_allclose(matrix[1:], unit(2, 9, 3), atol=1e-3)
    np.testing.assert_allclose(
        catalog.vectors.get("m", names(1), 8)[b"hash-1"], unit(9)[0], atol=1e-3
    )
    assert catalog.vectors.load("m", 8, 2)[0] == [b"hash-1", b"hash-3"]


def test_a_replacement_that_is_rolled_back_changes_nothing(catalog: Catalog) -> None:
    catalog.vectors.append("m", names(1), unit(1))

    def replace_and_fail() -> None:
        with catalog.transaction():
            catalog.vectors.replace("m", names(1)[0], unit(9)[0])
            raise KeyError

    with pytest.raises(KeyError):
        replace_and_fail()
    hashes, matrix = catalog.vectors.load("m", 8)
    assert hashes == names(1)
    np.testing.assert_allclose(matrix, unit(1), atol=1e-3)
    catalog.vectors.append("m", names(2), unit(2))
    np.testing.assert_allclose(catalog.vectors.load("m", 8)[1], unit(1, 2), atol=1e-3)
