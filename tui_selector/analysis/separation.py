"""How well groups are separated in the space of the photos' own vectors, without any truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Rows that are compared with all centres at once, to bound memory.
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Separation:
    """Three measures of the same groups; None where they say nothing.

    Attributes:
        silhouette: Mean silhouette under cosine distance (Rousseeuw 1987), -1 to 1; more is better.
        calinski_harabasz: Scatter between over scatter within groups (Caliński and Harabasz 1974);
            more is better.
        davies_bouldin: Mean likeness of each group to the one most like it (Davies and Bouldin
            1979); less is better.
    """

    silhouette: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None


def separation(vectors: NDArray[np.float32], labels: NDArray[np.integer]) -> Separation:
    """Measure how well groups are separated.

    Cost is O(n k d) for n photos in k groups: the mean cosine distance of a unit vector to a group
    is one less its product with the group's mean.

    Args:
        vectors: (n, d) float32, unit rows.
        labels: (n,) group of each; photos with -1 are in no group and are left out.
    """
    inside = np.flatnonzero(labels >= 0)
    _, dense = np.unique(labels[inside], return_inverse=True)
    sizes = np.bincount(dense)
    if not 2 <= len(sizes) < len(inside):
        return Separation()
    order = inside[np.argsort(dense, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sums = np.add.reduceat(vectors[order], starts[:-1], axis=0, dtype=np.float64)
    return Separation(
        silhouette=_silhouette(vectors, order, starts, sums),
        calinski_harabasz=_calinski_harabasz(vectors, order, starts, sums),
        davies_bouldin=_davies_bouldin(vectors, order, starts, sums),
    )


Parts = NDArray[np.intp]


def _silhouette(
    vectors: NDArray[np.float32], order: Parts, starts: Parts, sums: NDArray[np.float64]
) -> float:
    """The mean over all rows; a photo alone in its group counts 0."""
    sizes = np.diff(starts)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    total = 0.0
    for first in range(0, len(order), _ROWS):
        rows = vectors[order[first : first + _ROWS]].astype(np.float64)
        own = groups[first : first + _ROWS]
        here = np.arange(len(rows))
        distances = sizes - rows @ sums.T
        to_own = distances[here, own] - (1.0 - np.einsum("ij,ij->i", rows, rows))
        inner = to_own / np.maximum(sizes[own] - 1, 1)
        outer = distances / sizes
        outer[here, own] = np.inf
        nearest = outer.min(axis=1)
        scale = np.maximum(inner, nearest)
        counts = (sizes[own] > 1) & (scale > 1e-12)
        total += float(((nearest - inner)[counts] / scale[counts]).sum())
    return total / len(order)


def _calinski_harabasz(
    vectors: NDArray[np.float32], order: Parts, starts: Parts, sums: NDArray[np.float64]
) -> float:
    sizes, n, k = np.diff(starts), len(order), len(starts) - 1
    centres = sums / sizes[:, None]
    middle = sums.sum(axis=0) / n
    between = float((sizes * ((centres - middle) ** 2).sum(axis=1)).sum())
    within = sum(
        float(((vectors[order[first:last]] - centre) ** 2).sum())
        for first, last, centre in zip(starts[:-1], starts[1:], centres, strict=True)
    )
    return 1.0 if within == 0.0 else between * (n - k) / (within * (k - 1))


def _davies_bouldin(
    vectors: NDArray[np.float32], order: Parts, starts: Parts, sums: NDArray[np.float64]
) -> float:
    sizes = np.diff(starts)
    centres = sums / sizes[:, None]
    spreads = np.array(
        [
            np.linalg.norm(vectors[order[first:last]] - centre, axis=1).mean()
            for first, last, centre in zip(starts[:-1], starts[1:], centres, strict=True)
        ]
    )
    lengths = np.einsum("ij,ij->i", centres, centres)
    squares = lengths[:, None] + lengths[None, :] - 2 * (centres @ centres.T)
    distances = np.sqrt(np.maximum(squares, 0.0))
    np.fill_diagonal(distances, 0.0)
    if np.allclose(spreads, 0) or np.allclose(distances, 0):
        return 0.0
    distances[distances == 0] = np.inf
    return float(((spreads[:, None] + spreads[None, :]) / distances).max(axis=1).mean())
