"""A good K, threshold or cluster size to start from, and the curve that it was read off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from tui_selector.analysis import density
from tui_selector.analysis.kmeans import FloatArray, Labels, spherical_kmeans, unit
from tui_selector.analysis.metrics import silhouette
from tui_selector.library.catalog.clusters import Algorithm, Clustering

if TYPE_CHECKING:
    from tui_selector.analysis.clustering import ClusterSpace

SCORE = "mean silhouette (cosine)"
SCORED_ROWS = 600
MOST_CLUSTERS = 150
CANDIDATES = 24
STARTS = 2
CLUSTER_SIZES = (2, 3, 5, 8, 12, 20)
USUAL_THRESHOLD = 0.8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to start from.

    Attributes:
        params: The parameters with the suggestion filled in.
        curve: (x, y) by rising x, where x is K, the threshold, or the smallest cluster size.
        label: What y is.
        reason: One sentence.
    """

    params: Clustering
    curve: list[tuple[float, float]]
    label: str
    reason: str


def suggest(
    space: ClusterSpace, algorithm: Algorithm, base: Clustering | None = None
) -> Suggestion:
    """Suggest the main parameter of ``algorithm`` for the photos of ``space``.

    Every candidate is tried, on the cells or a sample of a large library, and the one with the
    best mean silhouette wins; photos in no cluster count 0. The other parameters come from
    ``base``.
    """
    params = msgspec.structs.replace(base or Clustering(), algorithm=algorithm)
    if algorithm == "kmeans":
        return _suggest_k(space, params)
    if algorithm == "hdbscan":
        return _suggest_cluster_size(space, params)
    return _suggest_threshold(space, params)


def _suggest_k(space: ClusterSpace, params: Clustering) -> Suggestion:
    most = space.distinct
    if most < 3:
        k = max(most, 1)
        reason = f"With {most} distinct photo{'' if most == 1 else 's'}, K is {k}."
        return Suggestion(msgspec.structs.replace(params, k=k), [(float(k), 0.0)], SCORE, reason)
    points, weights = _sampled(*space.coarse)
    similarities = _similarities(points)
    curve = []
    for k in _spread_out(2, min(most - 1, len(points) - 1, max(len(points) // 2, 2))):
        labels = spherical_kmeans(
            points, k, weights=weights, seed=params.seed, starts=STARTS
        ).labels
        curve.append((float(k), silhouette(similarities, labels, weights)))
    best = max(curve, key=lambda point: point[1])
    reason = f"At K = {best[0]:.0f} the clusters are best separated ({SCORE} {best[1]:.2f})."
    return Suggestion(msgspec.structs.replace(params, k=int(best[0])), curve, SCORE, reason)


def _suggest_threshold(space: ClusterSpace, params: Clustering) -> Suggestion:
    graph = space.graph
    rows = _sample(space.size)
    nearest = graph.similarities[:, 0] if graph.ids.shape[1] else np.zeros(0, np.float32)
    nearest = nearest[np.isfinite(nearest)]
    if not len(nearest):
        reason = "There is nothing to compare yet, so this is the usual threshold."
        usual = msgspec.structs.replace(params, threshold=USUAL_THRESHOLD)
        return Suggestion(usual, [], SCORE, reason)
    low, high = np.quantile(nearest, (0.02, 0.98))
    floor = float(low) - 0.5 * max(0.1, float(high - low))
    values = np.linspace(max(-1.0, floor), float(high), CANDIDATES)
    similarities = space.vectors[rows] @ space.vectors[rows].T
    curve = []
    for threshold in dict.fromkeys(np.floor(values * 100) / 100):
        if params.algorithm == "dbscan":
            labels = density.dbscan(graph, threshold, params.min_samples)
        else:
            labels = density.linked(graph, threshold)
        curve.append((float(threshold), silhouette(similarities, labels[rows])))
    best = max(curve, key=lambda point: point[1])
    reason = (
        f"At a similarity of {best[0]:.2f} the clusters are best separated "
        f"({SCORE} {best[1]:.2f}, singles counting 0)."
    )
    filled = msgspec.structs.replace(params, threshold=best[0])
    return Suggestion(filled, curve, f"{SCORE}, singles 0", reason)


def _suggest_cluster_size(space: ClusterSpace, params: Clustering) -> Suggestion:
    points, weights = _sampled(*space.coarse)
    similarities = _similarities(points)
    per_row = space.size / max(len(points), 1)
    curve = []
    for size in CLUSTER_SIZES:
        if size * 2 > len(points):
            break
        labels: Labels = density.hdbscan(points, size, min(params.min_samples, size))
        curve.append((round(size * per_row), silhouette(similarities, labels, weights)))
    if not curve:
        reason = "There are too few photos to compare cluster sizes."
        return Suggestion(params, [], SCORE, reason)
    best = max(curve, key=lambda point: point[1])
    reason = (
        f"With {best[0]} photos or more to a cluster they are best separated "
        f"({SCORE} {best[1]:.2f}, singles counting 0)."
    )
    filled = msgspec.structs.replace(params, min_cluster_size=max(2, int(best[0])))
    return Suggestion(filled, [(float(x), y) for x, y in curve], f"{SCORE}, singles 0", reason)


def _spread_out(low: int, high: int) -> list[int]:
    """Return whole numbers from ``low`` to ``high``: all the small ones, then ever wider apart."""
    high = min(high, MOST_CLUSTERS)
    dense_end = min(high, 16)
    wider = np.geomspace(max(dense_end, 1), max(high, 1), CANDIDATES - 14).round().astype(int)
    return sorted({*range(low, dense_end + 1), *(k for k in wider.tolist() if low <= k <= high)})


def _sample(n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    random = np.random.default_rng(0)
    if n <= SCORED_ROWS:
        return np.arange(n)
    return np.sort(random.choice(n, SCORED_ROWS, replace=False))


def _sampled(points: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    rows = _sample(len(points))
    return points[rows], weights[rows]


def _similarities(points: FloatArray) -> FloatArray:
    rows = unit(points)
    return np.asarray(np.clip(rows @ rows.T, -1.0, 1.0), np.float32)
