from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis.kmeans import (
    fill_empty,
    first_variation,
    group_sums,
    lloyd,
    spherical_kmeans,
    unit,
)
from tui_selector.analysis.metrics import adjusted_rand_index


def blobs(groups: int, each: int, d: int = 16, spread: float = 0.1, seed: int = 0):
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((groups, d)).astype(np.float32))
    truth = np.repeat(np.arange(groups), each)
    noise = spread * random.standard_normal((len(truth), d)).astype(np.float32)
    return unit(centres[truth] + noise), truth


@pytest.mark.parametrize("seed", range(5))
def test_finds_clean_blobs_whatever_the_seed(seed):
    points, truth = blobs(5, 40)
    assert adjusted_rand_index(truth, spherical_kmeans(points, 5, seed=seed).labels) == 1.0


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 40),
    share=st.floats(0, 1),
    copies=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_every_k_up_to_n_fills_every_cluster(n, share, copies, seed):
    random = np.random.default_rng(seed)
    rows = unit(random.standard_normal((n, 6)).astype(np.float32))
    points = np.repeat(rows, copies, axis=0)
    k = 1 + round(share * (len(points) - 1))
    labels = spherical_kmeans(points, k, seed=seed, starts=2).labels
    assert sorted(set(labels.tolist())) == list(range(k))


def test_the_same_seed_gives_the_same_labels():
    points, _ = blobs(8, 20, spread=0.5)
    first = spherical_kmeans(points, 6, seed=3)
    second = spherical_kmeans(points, 6, seed=3)
    assert np.array_equal(first.labels, second.labels)


@pytest.mark.parametrize("k", [0, -1, 11])
def test_refuses_a_k_outside_the_points(k):
    points, _ = blobs(2, 5)
    with pytest.raises(ValueError, match="K must lie between 1 and 10"):
        spherical_kmeans(points, k)


def test_a_weight_counts_like_that_many_copies():
    points, _ = blobs(4, 6, spread=0.6)
    weights = np.random.default_rng(0).integers(1, 5, len(points)).astype(np.float32)
    copies = np.repeat(points, weights.astype(int), axis=0)
    weighted = lloyd(points, weights, points[::6])
    copied = lloyd(copies, np.ones(len(copies), np.float32), points[::6])
    assert np.array_equal(np.repeat(weighted.labels, weights.astype(int)), copied.labels)
    assert weighted.objective == pytest.approx(copied.objective, rel=1e-4)


def test_polishing_never_lowers_the_objective_and_reports_it_truly():
    for seed in range(10):
        points, _ = blobs(6, 12, spread=0.8, seed=seed)
        mass = np.ones(len(points), np.float32)
        start = lloyd(points, mass, points[:6])
        polished = first_variation(points, mass, start.labels, 6)
        assert polished.objective >= start.objective - 1e-4
        sums = group_sums(points, mass, polished.labels, 6)
        assert polished.objective == pytest.approx(np.linalg.norm(sums, axis=1).sum(), rel=1e-4)


def test_polishing_leaves_no_single_move_that_helps():
    points, _ = blobs(4, 8, spread=0.8)
    mass = np.ones(len(points), np.float32)
    found = spherical_kmeans(points, 4, starts=5)

    def objective(labels):
        return np.linalg.norm(group_sums(points, mass, labels, 4), axis=1).sum()

    best = objective(found.labels)
    for photo in range(len(points)):
        for cluster in range(4):
            moved = found.labels.copy()
            moved[photo] = cluster
            assert objective(moved) <= best + 1e-3


def test_an_empty_cluster_takes_the_photo_that_fits_worst():
    labels = np.array([0, 0, 0, 2], np.int32)
    nearest = np.array([0.9, 0.2, 0.5, 0.1], np.float32)
    assert fill_empty(labels, nearest, 3).tolist() == [0, 1, 0, 2]


def test_group_sums_leave_singles_out():
    points = np.eye(3, dtype=np.float32)
    sums = group_sums(points, np.ones(3, np.float32), np.array([1, -1, 1], np.int32), 3)
    assert sums.tolist() == [[0, 0, 0], [1, 0, 1], [0, 0, 0]]
