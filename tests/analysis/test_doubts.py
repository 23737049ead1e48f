"""Doubts: the midst of a cluster has none, its border has half, the other side more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.analysis.doubts import doubts


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(np.array(degrees, np.float32))
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def test_photos_on_the_border_are_doubted_more_than_those_in_the_midst() -> None:
    vectors = at(0, 5, -5, 44, 90, 85, 95)
    found = doubts(vectors, np.array([0, 0, 0, 0, 1, 1, 1]), 2)
    assert found.doubt[3] == found.doubt.max()
    assert 0.4 < found.doubt[3] < 0.5
    assert (found.doubt[[0, 1, 2, 4, 5, 6]] < 0.1).all()
    assert found.other.tolist() == [1, 1, 1, 1, 0, 0, 0]


def test_a_photo_in_the_midst_of_another_cluster_is_doubted_most() -> None:
    found = doubts(at(0, 5, -5, 90, 90, 85, 95), np.array([0, 0, 0, 0, 1, 1, 1]), 2)
    assert found.doubt[3] > 0.95


def test_photos_of_no_cluster_are_half_way_at_most_and_named_with_the_nearest() -> None:
    found = doubts(at(0, 5, 85, 90, 43, 80), np.array([0, 0, 1, 1, -1, -1]), 2)
    assert found.doubt[4] == pytest.approx(0.5, abs=0.1)
    assert found.doubt[5] < found.doubt[4] <= 0.5
    assert found.other[4:].tolist() == [0, 1]


def test_one_cluster_or_a_cluster_of_one_leaves_no_doubt() -> None:
    assert np.isnan(doubts(at(0, 5), np.array([0, 0]), 1).doubt).all()
    assert np.isnan(doubts(at(0, 5), np.array([1, 1]), 3).doubt).all()
    assert doubts(at(0, 85, 90), np.array([0, 1, 1]), 2).doubt[0] == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 6))
def test_doubts_are_shares_and_others_are_other_clusters(seed: int, size: int, count: int) -> None:
    numbers = np.random.default_rng(seed)
    vectors = numbers.standard_normal((size, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = numbers.integers(-1, count, size)
    found = doubts(vectors, labels, count)
    if len(set(labels.tolist()) - {-1}) < 2:
        assert np.isnan(found.doubt).all()
        return
    assert ((found.doubt >= 0) & (found.doubt <= 1)).all()
    assert (found.other != labels).all()
    assert (found.other >= 0).all()
    again = doubts(vectors[::-1], labels[::-1], count)
    np.testing.assert_allclose(again.doubt[::-1], found.doubt, atol=1e-4)
