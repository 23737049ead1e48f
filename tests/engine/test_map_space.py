"""Clusters of the map: groups as they lie there, known by their vectors afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tui_selector.analysis.clustering import ClusterSpace
from tui_selector.analysis.projection_features import features
from tui_selector.engine.map_space import MapSpace
from tui_selector.engine.tabs import Album
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.map_file import map_of, maps_folder, write_map
from tui_selector.paths import LibraryPaths, library_paths

MODEL = "model"


def album_of(vectors: np.ndarray) -> Album:
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = list(range(1, len(vectors) + 1))
    space = ClusterSpace(vectors.astype(np.float32))
    names, taken = [f"{id_}.jpg" for id_ in ids], [None] * len(ids)
    return Album(ids=ids, rows=ids, names=names, taken=taken, tags=cast(Any, None), space=space)


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    (tmp_path / "Photos").mkdir()
    return library_paths(tmp_path / "Photos")


def place(paths: LibraryPaths, owners: np.ndarray, count: int) -> None:
    """Write a map on which the first photos lie round the middles of their owners."""
    middles = np.array([[5000, 5000], [60000, 5000], [30000, 60000]])
    places = middles[owners] + np.random.default_rng(0).integers(-2000, 2000, (len(owners), 2))
    ids = np.arange(1, count + 1, dtype=np.int64)
    write_map(
        maps_folder(paths),
        map_of("pacmap", MODEL, ids, ids, places[:count].astype(np.uint16), count),
    )


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two labellings make the same groups."""
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


def test_the_cosine_of_features_is_a_gaussian_of_the_distance() -> None:
    places = np.random.default_rng(0).uniform(0, 1000, (300, 2))
    found = features(places)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    apart = np.linalg.norm(places[:, None] - places, axis=2) / np.ptp(places, axis=0).max()
    gaussian = np.exp(-((apart / 0.06) ** 2) / 2)
    assert np.abs(found @ found.T - gaussian).mean() < 0.04
    assert features(np.zeros((0, 2))).shape == (0, 192)
    assert np.isfinite(features(np.ones((3, 2)))).all()


@pytest.mark.parametrize(
    "wish",
    [
        Clustering(k=3, space="map"),
        Clustering(algorithm="hdbscan", space="map"),
        Clustering(algorithm="dbscan", threshold=0.5, space="map"),
        Clustering(algorithm="linked", threshold=0.5, space="map"),
    ],
    ids=lambda wish: wish.algorithm,
)
def test_groups_are_those_of_the_map_and_not_of_the_vectors(
    paths: LibraryPaths, wish: Clustering
) -> None:
    random = np.random.default_rng(1)
    by_looks, on_map = np.arange(60) % 2, np.arange(60) // 20
    vectors = random.standard_normal((2, 16))[by_looks] + 0.1 * random.standard_normal((60, 16))
    album = album_of(vectors)
    place(paths, on_map, 60)
    mapped = MapSpace(paths)
    grouping = mapped.cluster(album, MODEL, wish)
    assert same(grouping.labels, on_map)
    assert grouping.used.space == "map"
    assert grouping.note is None
    looks = mapped.cluster(album, MODEL, Clustering(k=2))
    assert same(looks.labels, by_looks)
    assert mapped.suggest(album, MODEL, Clustering(space="map")).params.k == 3


def test_photos_that_are_not_on_the_map_go_to_those_they_look_like(paths: LibraryPaths) -> None:
    random = np.random.default_rng(2)
    owners = np.arange(60) % 3
    vectors = random.standard_normal((3, 16))[owners] + 0.1 * random.standard_normal((60, 16))
    place(paths, owners, 50)
    grouping = MapSpace(paths).cluster(album_of(vectors), MODEL, Clustering(k=3, space="map"))
    assert same(grouping.labels, owners)


def test_without_a_map_two_axes_stand_for_it_and_that_is_said(paths: LibraryPaths) -> None:
    vectors = np.random.default_rng(3).standard_normal((30, 16))
    grouping = MapSpace(paths).cluster(album_of(vectors), MODEL, Clustering(k=4, space="map"))
    assert grouping.count == 4
    assert "no map yet" in (grouping.note or "")
