from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis.kmeans import unit
from tui_selector.analysis.metrics import (
    adjusted_rand_index,
    clustering_accuracy,
    contingency,
    normalized_mutual_information,
    silhouette,
)

pairs = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 5), min_size=n, max_size=n),
        st.lists(st.integers(0, 6), min_size=n, max_size=n),
    )
)


@settings(deadline=None)
@given(pairs)
def test_agrees_with_scikit_learn(pair):
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    truth, labels = pair
    assert adjusted_rand_index(truth, labels) == pytest.approx(adjusted_rand_score(truth, labels))
    theirs = normalized_mutual_info_score(truth, labels, average_method="arithmetic")
    assert normalized_mutual_information(truth, labels) == pytest.approx(theirs, abs=1e-6)


@settings(deadline=None)
@given(pairs, st.permutations(range(7)))
def test_names_of_clusters_do_not_matter(pair, names):
    truth, labels = pair
    renamed = [names[label] for label in labels]
    assert clustering_accuracy(truth, renamed) == clustering_accuracy(truth, labels)
    assert clustering_accuracy(labels, renamed) == 1.0


def test_accuracy_counts_the_best_matching():
    truth = ["cat", "cat", "cat", "dog", "dog", "bird"]
    assert clustering_accuracy(truth, [1, 1, 0, 0, 0, 0]) == pytest.approx(4 / 6)


def test_singles_are_clusters_of_their_own():
    assert contingency(["a", "a", "b"], [-1, -1, 0]).shape == (2, 3)
    assert clustering_accuracy(["a", "a", "a", "b"], [-1, -1, -1, 0]) == pytest.approx(0.5)


def test_empty_and_unequal_lengths():
    assert clustering_accuracy([], []) == 1.0
    assert adjusted_rand_index([], []) == 1.0
    assert normalized_mutual_information([], []) == 1.0
    with pytest.raises(ValueError, match="2 classes do not fit 1 labels"):
        clustering_accuracy([1, 2], [0])


@settings(deadline=None, max_examples=40)
@given(n=st.integers(4, 40), k=st.integers(2, 3), seed=st.integers(0, 100))
def test_silhouette_agrees_with_scikit_learn(n, k, seed):
    from sklearn.metrics import silhouette_score

    random = np.random.default_rng(seed)
    rows = unit(random.standard_normal((n, 5)).astype(np.float32))
    labels = np.concatenate([np.arange(k), random.integers(0, k, n - k)])
    theirs = silhouette_score(rows, labels, metric="cosine")
    assert silhouette(rows @ rows.T, labels) == pytest.approx(theirs, abs=1e-4)


def test_weights_count_like_copies_and_singles_count_nothing():
    rows = unit(np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32))
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    once = silhouette(rows @ rows.T, labels)
    assert silhouette(rows @ rows.T, labels, np.full(8, 1.0)) == pytest.approx(once)
    assert silhouette(rows @ rows.T, np.zeros(8, int)) == 0.0
    assert silhouette(rows @ rows.T, np.full(8, -1)) == 0.0
    assert silhouette(np.zeros((0, 0), np.float32), np.zeros(0, int)) == 0.0
