"""Every kind of index against the plain definition of what it has to find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.search.index import EXACT_BYTES, Hits, Kind, build, choose, recall

KINDS: tuple[Kind, ...] = ("exact", "rotated", "hnsw", "faiss-ivf")


def grouped(count: int, dimensions: int = 96, seed: int = 0) -> np.ndarray:
    """Unit rows in groups, like those of photos: (count, dimensions) float32."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((20, dimensions))
    rows = centres[random.integers(0, 20, count)]
    rows = rows + 0.7 * random.standard_normal((count, dimensions)) / np.arange(1, dimensions + 1)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def truth(vectors: np.ndarray, queries: np.ndarray, k: int, allowed: np.ndarray) -> Hits:
    """The k nearest allowed rows by sorting everything."""
    rows, scores = [], []
    for query in queries:
        all_scores = vectors @ query
        order = [row for row in np.argsort(-all_scores, kind="stable") if allowed[row]][:k]
        rows.append(order + [-1] * (k - len(order)))
        scores.append([all_scores[row] for row in order] + [-np.inf] * (k - len(order)))
    return Hits(np.array(rows), np.array(scores, np.float32))


@pytest.mark.parametrize("kind", KINDS)
def test_finds_nearly_all_of_the_nearest(kind: Kind) -> None:
    vectors = grouped(3000)
    queries = grouped(40, seed=1)
    found = build(kind, vectors).search(queries, 10)
    exact = truth(vectors, queries, 10, np.ones(3000, bool))
    assert recall(found, exact) >= (1.0 if kind == "exact" else 0.98)
    for row in range(len(queries)):
        np.testing.assert_allclose(
            found.scores[row], vectors[found.rows[row]] @ queries[row], atol=1e-5
        )
        assert (np.diff(found.scores[row]) <= 1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_filtered_search_still_returns_k(kind: Kind, share: float) -> None:
    vectors = grouped(2000)
    allowed = np.random.default_rng(2).random(2000) < share
    queries = grouped(10, seed=3)
    found = build(kind, vectors).search(queries, 15, allowed)
    assert (found.rows >= 0).all()
    assert allowed[found.rows].all()
    assert recall(found, truth(vectors, queries, 15, allowed)) >= 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_added_later_is_found(kind: Kind) -> None:
    vectors = grouped(1500)
    index = build(kind, vectors[:1000])
    index.add(vectors[1000:1001])
    index.add(vectors[1001:])
    assert len(index) == 1500
    found = index.search(vectors[1000:], 1)
    assert (found.rows[:, 0] == np.arange(1000, 1500)).mean() >= 0.98


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_tiny_library_is_searched_whole(kind: Kind, count: int) -> None:
    vectors = grouped(count)
    found = build(kind, vectors).search(vectors[:1], 10)
    assert sorted(found.rows[0][found.rows[0] >= 0]) == list(range(count))
    assert np.isneginf(found.scores[0][count:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_where_nothing_is_allowed(kind: Kind) -> None:
    vectors = grouped(300)
    found = build(kind, vectors).search(vectors[:2], 5, np.zeros(300, bool))
    assert (found.rows == -1).all()
    assert np.isneginf(found.scores).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**16), st.data())
def test_the_exact_index_is_the_definition(
    count: int, k: int, asked: int, seed: int, data: st.DataObject
) -> None:
    vectors, queries = grouped(count, 8, seed), grouped(asked, 8, seed + 1)
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    found = build("exact", vectors).search(queries, k, allowed)
    np.testing.assert_allclose(found.scores, truth(vectors, queries, k, allowed).scores, atol=1e-5)
    assert allowed[found.rows[found.rows >= 0]].all()


def test_the_rotated_index_takes_as_many_dimensions_as_it_needs() -> None:
    from tui_selector.search.index import Rows
    from tui_selector.search.rotated import RotatedIndex

    random = np.random.default_rng(5).standard_normal((4000, 160)).astype(np.float32)
    shapeless = random / np.linalg.norm(random, axis=1, keepdims=True)
    assert RotatedIndex(Rows(grouped(4000, 160))).width == 64
    assert RotatedIndex(Rows(shapeless)).width > 64


def test_exact_until_it_is_no_longer_instant() -> None:
    assert choose(100_000, 512, "auto") == "exact"
    assert choose(EXACT_BYTES // 4 // 512 + 1, 512, "auto") == "rotated"
    assert choose(10, 512, "hnsw") == "hnsw"
