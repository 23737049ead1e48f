from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis import density
from tui_selector.analysis.kmeans import unit
from tui_selector.analysis.metrics import adjusted_rand_index
from tui_selector.analysis.two_level import fit_projection, make_cells


def scattered(n: int, seed: int, groups: int = 6, d: int = 8):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((groups, d))
    rows = centres[random.integers(0, groups, n)] + 0.35 * random.standard_normal((n, d))
    return unit(rows.astype(np.float32))


def same_partition(one, two) -> bool:
    return adjusted_rand_index(list(one), list(two)) == 1.0


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 60),
    seed=st.integers(0, 1000),
    threshold=st.floats(0.3, 0.99),
    min_samples=st.integers(1, 6),
)
def test_dbscan_agrees_with_scikit_learn_on_core_photos(n, seed, threshold, min_samples):
    from sklearn.cluster import DBSCAN

    vectors = scattered(n, seed)
    distances = np.maximum(1.0 - vectors @ vectors.T, 0.0)
    if np.abs(distances - (1 - threshold)).min() < 1e-5:
        return
    theirs = DBSCAN(eps=1 - threshold, min_samples=min_samples, metric="precomputed").fit(distances)
    ours = density.dbscan(density.dense_graph(vectors), threshold, min_samples)
    core = theirs.core_sample_indices_
    assert same_partition(theirs.labels_[core], ours[core])
    assert np.array_equal(theirs.labels_ < 0, ours < 0)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 60), seed=st.integers(0, 1000), threshold=st.floats(-0.5, 0.99))
def test_linked_is_the_connected_components_of_the_threshold_graph(n, seed, threshold):
    from scipy.sparse.csgraph import connected_components

    vectors = scattered(n, seed)
    similar = vectors @ vectors.T
    if np.abs(similar - threshold).min() < 1e-5:
        return
    _, theirs = connected_components(similar >= threshold, directed=False)
    ours = density.linked(density.dense_graph(vectors), threshold)
    sizes = np.bincount(theirs)
    assert np.array_equal(ours < 0, sizes[theirs] == 1)
    assert same_partition(theirs[ours >= 0], ours[ours >= 0])


def test_a_chain_of_3000_near_duplicates_is_one_cluster():
    angles = np.linspace(0, 30 * np.pi / 180 * 3, 3000)
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    graph = density.dense_graph(chain)
    assert (density.linked(graph, 0.9999) == 0).all()
    assert (density.dbscan(graph, 0.9999, 3) == 0).all()


def test_a_border_photo_joins_the_most_similar_core():
    angles = np.array([0, 1, 2, 9, 20, 21, 22]) * np.pi / 180
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = density.dbscan(density.dense_graph(vectors), float(np.cos(np.pi / 180 * 8)), 3)
    assert labels[3] == labels[2]
    assert labels[4] == labels[5] == labels[6] != labels[0]


def test_a_threshold_of_minus_one_joins_all():
    graph = density.dense_graph(scattered(20, 0))
    assert (density.linked(graph, -1.0) == 0).all()


def test_cells_give_the_same_components_as_all_pairs():
    vectors = scattered(1500, 1, groups=25, d=12)
    points = fit_projection(vectors, 12).apply(vectors)
    cells = make_cells(points)
    exact = density.dense_graph(vectors)
    quick = density.cell_graph(vectors, cells.of, cells.near(density.NEAR_PHOTOS))
    for threshold in (0.8, 0.85, 0.9, 0.95):
        one = density.components(exact, exact.link >= threshold)
        two = density.components(quick, quick.link >= threshold)
        assert adjusted_rand_index(one.tolist(), two.tolist()) > 0.99


def test_thousands_of_copies_of_one_photo_stay_one_cluster_in_bounded_blocks():
    vectors = np.concatenate([np.tile(scattered(1, 0), (5000, 1)), scattered(500, 2)])
    cells = make_cells(fit_projection(vectors, 8).apply(vectors))
    assert cells.weights.max() <= 512
    graph = density.cell_graph(vectors, cells.of, cells.near(density.NEAR_PHOTOS))
    assert len(set(density.linked(graph, 0.99999)[:5000].tolist())) == 1


@settings(max_examples=40, deadline=None)
@given(
    columns=st.integers(3, 400),
    width=st.integers(1, 16),
    alike=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_top_finds_the_largest_of_each_row(columns, width, alike, seed):
    width = min(width, columns - 1)
    rows = scattered(columns, seed, d=3)
    block = np.clip(rows[:20] @ rows.T, -1.0, 1.0)
    if alike:
        block = np.round(block, 1).astype(np.float32)
    block[np.arange(len(block)), np.arange(len(block))] = -np.inf
    ids, values = density.top(block, width)
    assert np.array_equal(values, -np.sort(-block, axis=1)[:, :width])
    assert np.array_equal(np.take_along_axis(block, ids, axis=1), values)
    assert all(len(set(of_row)) == width for of_row in ids.tolist())


def test_a_pause_that_raises_ends_the_building():
    vectors = scattered(1500, 1)
    cells = make_cells(fit_projection(vectors, 8).apply(vectors))
    asked = []

    def pause():
        asked.append(None)
        if len(asked) > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        density.cell_graph(vectors, cells.of, cells.near(density.NEAR_PHOTOS), pause=pause)
    assert len(asked) < len(cells.centres)


@pytest.mark.parametrize("n", [0, 1, 2, 4, 7])
def test_hdbscan_takes_fewer_photos_than_it_wants(n):
    labels = density.hdbscan(scattered(n, 0) if n else np.zeros((0, 8), np.float32), 8, 3)
    assert labels.tolist() == [-1] * n


def test_spanning_tree_is_the_maximum_one():
    from scipy.sparse.csgraph import minimum_spanning_tree

    vectors = scattered(40, 4)
    block = (vectors @ vectors.T).astype(np.float32)
    np.fill_diagonal(block, -np.inf)
    padded = np.full((2, 45, 45), -np.inf, np.float32)
    padded[0, :40, :40] = padded[1, :40, :40] = block
    _, links = density.spanning_trees(padded)
    best = minimum_spanning_tree(np.where(np.isfinite(block), 2.0 - block, 0.0))
    for tree in links:
        real = tree[np.isfinite(tree)]
        assert len(real) == 39
        assert (2.0 - real).sum() == pytest.approx(best.sum(), rel=1e-4)
