"""How well a clustering agrees with known classes, and how well it separates its clusters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def clustering_accuracy(truth: Sequence[Hashable], labels: Sequence[int]) -> float:
    """Return ACC: the share of photos in their class under the best one-to-one matching.

    Classes and clusters may differ in number; a photo labelled -1 counts as a cluster of its
    own. The matching is optimal (Hungarian). 0 photos give 1.0. Raises ValueError when the two
    differ in length.
    """
    from scipy.optimize import linear_sum_assignment

    table = contingency(truth, labels)
    if table.size == 0:
        return 1.0
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def adjusted_rand_index(truth: Sequence[Hashable], labels: Sequence[int]) -> float:
    """Return the Rand index corrected for chance (Hubert and Arabie 1985), at most 1."""
    return ari(contingency(truth, labels))


def normalized_mutual_information(truth: Sequence[Hashable], labels: Sequence[int]) -> float:
    """Return mutual information over the arithmetic mean of both entropies, in [0, 1]."""
    return nmi(contingency(truth, labels))


def ari(counts: IntArray, alone: IntArray | None = None) -> float:
    """The adjusted Rand index of a (classes, clusters) table of counts.

    ``alone`` (classes,) says how many photos of each class are clusters of their own besides.
    """
    table = counts.astype(np.float64)
    of_class = table.sum(axis=1) + (0 if alone is None else alone)
    n = of_class.sum()
    if n < 2:
        return 1.0
    together = _pairs(table).sum()
    of_truth = _pairs(of_class).sum()
    of_labels = _pairs(table.sum(axis=0)).sum()
    expected = of_truth * of_labels / _pairs(n)
    most = (of_truth + of_labels) / 2
    if most == expected:
        return 1.0
    return float((together - expected) / (most - expected))


def nmi(counts: IntArray, alone: IntArray | None = None) -> float:
    """The normalized mutual information of a table; see `ari`."""
    table = counts.astype(np.float64)
    singles = np.zeros(len(table)) if alone is None else alone.astype(np.float64)
    n = table.sum() + singles.sum()
    if n == 0:
        return 1.0
    joint = table / n
    rows, columns = joint.sum(axis=1) + singles / n, joint.sum(axis=0)
    filled = joint > 0
    independent = np.outer(rows, columns)
    shared = float((joint[filled] * np.log(joint[filled] / independent[filled])).sum())
    has_singles = singles > 0
    shared -= float((singles[has_singles] / n * np.log(rows[has_singles])).sum())
    entropies = _entropy(rows) + _entropy(columns) + float(singles.sum() / n * np.log(n))
    if entropies == 0:
        return 1.0
    return float(np.clip(2 * shared / entropies, 0.0, 1.0))


def silhouette(
    similarities: NDArray[np.float32],
    labels: NDArray[np.integer],
    weights: NDArray[np.floating] | None = None,
) -> float:
    """Return the mean silhouette (Rousseeuw 1987) under cosine distance, in [-1, 1].

    ``similarities`` is the (n, n) cosine matrix, ``labels`` (n,) with -1 for photos outside
    every cluster; those, and photos alone in their cluster, count 0. ``weights`` (n,) says how
    many photos a row stands for. Fewer than two clusters give 0.
    """
    n = len(labels)
    clusters, dense = np.unique(labels, return_inverse=True)
    inside = labels >= 0
    if n == 0 or np.count_nonzero(clusters >= 0) < 2:
        return 0.0
    mass = np.ones(n, np.float32) if weights is None else np.asarray(weights, np.float32)
    member = np.zeros((n, len(clusters)), np.float32)
    member[np.arange(n), dense] = mass
    sizes = member.sum(axis=0)
    sums = (1.0 - similarities) @ member
    own_mass = sizes[dense] - mass
    counts = np.bincount(dense, minlength=len(clusters))
    scored = inside & (counts[dense] > 1)
    own = sums[np.arange(n), dense] / np.maximum(own_mass, 1e-9)
    others = sums / sizes
    others[np.arange(n), dense] = np.inf
    others[:, clusters < 0] = np.inf
    nearest = others.min(axis=1)
    scale = np.maximum(own, nearest)
    safe = np.where(scale > 1e-7, scale, 1.0)
    score = np.where(scored & (scale > 1e-7), (nearest - own) / safe, 0.0)
    return float((score * mass).sum() / mass.sum())


def contingency(truth: Sequence[Hashable], labels: Sequence[int]) -> IntArray:
    """Return the (classes, clusters) table of counts; each photo labelled -1 is its own cluster.

    Raises ValueError when the two differ in length.
    """
    if len(truth) != len(labels):
        raise ValueError(f"{len(truth)} classes do not fit {len(labels)} labels.")
    if len(truth) == 0:
        return np.zeros((0, 0), np.int64)
    names: dict[Hashable, int] = {}
    rows = np.array([names.setdefault(name, len(names)) for name in truth], np.int64)
    given = np.asarray(labels, np.int64).copy()
    alone = np.flatnonzero(given < 0)
    given[alone] = given.max(initial=-1) + 1 + np.arange(len(alone))
    clusters, columns = np.unique(given, return_inverse=True)
    table = np.zeros((len(names), len(clusters)), np.int64)
    np.add.at(table, (rows, columns), 1)
    return table


def _pairs(count: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(count * (count - 1) / 2, np.float64)


def _entropy(shares: NDArray[np.float64]) -> float:
    filled = shares[shares > 0]
    return float(-(filled * np.log(filled)).sum())
