"""Spherical k-means (Dhillon and Modha 2001) on weighted unit vectors.

The objective is the summed cosine of every point with its centroid. Each start is seeded by
k-means++ (Arthur and Vassilvitskii 2007), runs Lloyd's rounds, and the best start is polished by
first variation (Dhillon, Guan and Kogan 2002): single points change cluster while that raises the
objective, which leaves the shallow optima in which Lloyd's rounds get stuck on few photos.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Labels = NDArray[np.int32]

START_WORK = 6e8
"""Multiply-adds that all starts of one run may cost together; it sets how many starts there are."""

MIN_STARTS, MAX_STARTS = 2, 100
POLISHED_SHARE = 4
MAX_ROUNDS = 40

TYPICAL_ROUNDS = 12
FIXED_CLUSTERS = 40
"""What a round costs whatever K is, counted in clusters."""


class Partition(NamedTuple):
    """One result: ``labels`` (n,) in 0..k-1, none empty; ``objective``, a summed cosine."""

    labels: Labels
    objective: float


def spherical_kmeans(
    points: FloatArray,
    k: int,
    *,
    weights: FloatArray | None = None,
    seed: int = 0,
    starts: int | None = None,
) -> Partition:
    """Cluster ``points`` (n, d) float32 rows into exactly ``k`` non-empty clusters.

    Rows have length 1, or less where a projection cut dimensions off. ``weights`` (n,) says how
    many photos a row stands for. ``starts`` defaults to as many as fit the work budget. The same
    seed gives the same labels. Meant for some thousand rows: it holds n * n floats.

    Raises ValueError unless 1 <= k <= n.
    """
    n, d = points.shape
    if not 1 <= k <= n:
        raise ValueError(f"K must lie between 1 and {n}, not {k}.")
    mass = np.ones(n, np.float32) if weights is None else np.asarray(weights, np.float32)
    if k == n:
        return Partition(np.arange(n, dtype=np.int32), float(mass.sum()))
    random = np.random.default_rng(seed)
    if starts is None:
        per_start = n * d * (k + FIXED_CLUSTERS) * TYPICAL_ROUNDS
        starts = int(np.clip(START_WORK / per_start, MIN_STARTS, MAX_STARTS))
    halves = np.einsum("ij,ij->i", points, points) / 2
    gaps = np.maximum(halves[:, None] + halves - points @ points.T, 0.0)
    np.fill_diagonal(gaps, 0.0)
    found = [lloyd(points, mass, points[plus_plus(gaps, mass, k, random)]) for _ in range(starts)]
    found.sort(key=lambda partition: -partition.objective)
    polished = [
        first_variation(points, mass, partition.labels, k)
        for partition in found[: max(1, starts // POLISHED_SHARE)]
    ]
    return max(polished, key=lambda partition: round(partition.objective, 4))


def plus_plus(
    gaps: FloatArray, mass: FloatArray, k: int, random: np.random.Generator
) -> NDArray[np.intp]:
    """Pick ``k`` rows, each with probability proportional to its gap from those before.

    ``gaps`` is (n, n), half the squared distance of each pair. Like scikit-learn, each step
    tries a few candidates and keeps the one that helps most.
    """
    n = len(gaps)
    tries = 2 + int(np.log(k))
    picks = [int(random.choice(n, p=mass / mass.sum(dtype=np.float64)))]
    gap = gaps[picks[0]]
    for _ in range(1, k):
        chance = np.cumsum(gap * mass, dtype=np.float64)
        if chance[-1] <= 1e-7:
            free = np.setdiff1d(np.arange(n), picks)
            picks.append(int(random.choice(free)))
            continue
        drawn = np.searchsorted(chance, random.random(tries) * chance[-1], side="right")
        candidates = np.minimum(drawn, n - 1)
        left = np.minimum(gap, gaps[candidates])
        winner = int(np.argmin(left @ mass))
        picks.append(int(candidates[winner]))
        gap = left[winner]
    return np.array(picks, np.intp)


def lloyd(
    points: FloatArray, mass: FloatArray, centroids: FloatArray, rounds: int = MAX_ROUNDS
) -> Partition:
    """Alternate assignment and mean until nothing moves; an emptied cluster is re-seeded."""
    k = len(centroids)
    previous: Labels | None = None
    for _ in range(rounds):
        similarities = points @ centroids.T
        labels = similarities.argmax(axis=1).astype(np.int32)
        nearest = np.take_along_axis(similarities, labels[:, None].astype(np.intp), axis=1)[:, 0]
        labels = fill_empty(labels, nearest, k)
        if previous is not None and np.array_equal(labels, previous):
            break
        previous = labels
        sums = group_sums(points, mass, labels, k)
        centroids = unit(sums)
    return Partition(labels, float(np.linalg.norm(sums, axis=1).sum()))


def fill_empty(labels: Labels, nearest: FloatArray, k: int) -> Labels:
    """Give each empty cluster the photo that fits its own cluster worst.

    ``nearest`` (n,) is each photo's cosine with its centroid. Only clusters of two or more
    photos give one away, so with n >= k none stays empty.
    """
    counts = np.bincount(labels, minlength=k)
    empty = np.flatnonzero(counts == 0)
    if not len(empty):
        return labels
    labels = labels.copy()
    worst_first = iter(np.argsort(nearest, kind="stable").tolist())
    for cluster in empty.tolist():
        for photo in worst_first:
            if counts[labels[photo]] > 1:
                counts[labels[photo]] -= 1
                labels[photo] = cluster
                counts[cluster] = 1
                break
    return labels


def first_variation(
    points: FloatArray, mass: FloatArray, labels: Labels, k: int, rounds: int = 200
) -> Partition:
    """Move single points while that raises the objective.

    Each round applies the best move out of and into every cluster, at most one per cluster, so
    the gains computed together stay valid together.
    """
    labels = labels.copy()
    sums = group_sums(points, mass, labels, k)
    rows = np.arange(len(points))
    squares = (mass * mass * np.einsum("ij,ij->i", points, points))[:, None]
    for _ in range(rounds):
        lengths = np.linalg.norm(sums, axis=1)
        dots = mass[:, None] * (points @ sums.T)
        joined = np.sqrt(np.maximum(lengths**2 + 2 * dots + squares, 0.0)) - lengths
        own = dots[rows, labels]
        left = lengths[labels] - np.sqrt(
            np.maximum(lengths[labels] ** 2 - 2 * own + squares[:, 0], 0.0)
        )
        joined[rows, labels] = -np.inf
        target = joined.argmax(axis=1)
        gain = joined[rows, target] - left
        gain[np.bincount(labels, minlength=k)[labels] == 1] = 0.0
        touched = np.zeros(k, bool)
        moved = False
        for photo in np.flatnonzero(gain > 1e-5)[np.argsort(-gain[gain > 1e-5], kind="stable")]:
            source, sink = labels[photo], target[photo]
            if touched[source] or touched[sink]:
                continue
            touched[source] = touched[sink] = moved = True
            sums[source] -= mass[photo] * points[photo]
            sums[sink] += mass[photo] * points[photo]
            labels[photo] = sink
        if not moved:
            break
    return Partition(labels, float(np.linalg.norm(sums, axis=1).sum()))


def group_sums(points: FloatArray, mass: FloatArray, labels: Labels, k: int) -> FloatArray:
    """Return the (k, d) weighted sum of the rows of each label; labels below 0 are left out."""
    order, starts = by_label(labels, k)
    sums = np.zeros((k, points.shape[1]), np.float32)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        rows = points[order] * mass[order, None]
        sums[filled] = np.add.reduceat(rows, starts[filled], axis=0)
    return sums


def by_label(labels: Labels, k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows in the order of their labels, and (k + 1,) where each label starts.

    Labels below 0 are left out. Labels that fit 16 bits sort by radix, several times faster.
    """
    narrow = labels.astype(np.int16) if k < 2**15 else labels
    order = np.argsort(narrow, kind="stable")
    outside = int(np.count_nonzero(labels < 0))
    counts = np.bincount(labels[labels >= 0] if outside else labels, minlength=k)
    return order[outside:], np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


def unit(rows: FloatArray) -> FloatArray:
    """Return the rows scaled to length 1; rows of length 0 stay 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 1e-12, lengths, 1.0), np.float32)
