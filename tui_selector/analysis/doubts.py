"""How near photos are to the border between clusters: what whoever sorts them looks at first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Photos that are compared with all centres at once.
_BLOCK = 8192


class Doubts(NamedTuple):
    """Of n photos.

    Attributes:
        doubt: (n,) float32: 0 at the centre of its own cluster, 0.5 on the border to the next one,
            up to 1 in the midst of that; 0 to 0.5 for a photo in no cluster, 0.5 half-way between
            the two nearest. NaN where there are not two clusters to doubt between.
        other: (n,) int64: the nearest of the other clusters; the nearest of all for a photo in no
            cluster; -1 where there is none.
    """

    doubt: NDArray[np.float32]
    other: NDArray[np.int64]


def doubts(vectors: NDArray[np.float32], labels: NDArray[np.int64], count: int) -> Doubts:
    """Measure how near each photo is to the border of its cluster.

    With a, the distance to the centre of its own cluster without itself, and b, that to the nearest
    other centre, the simplified silhouette of Hruschka, Campello and de Castro (2004) is
    s = (b - a) / max(a, b); the doubt is (1 - s) / 2. Distances are 1 - cosine.

    Args:
        vectors: (n, d) unit rows.
        labels: (n,) the cluster of each, -1 for none.
        count: How many clusters there are.
    """
    size = len(vectors)
    doubt = np.full(size, np.nan, np.float32)
    other = np.full(size, -1, np.int64)
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    for cluster in range(count):
        sums[cluster] = vectors[labels == cluster].sum(0)
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    lengths = np.linalg.norm(sums, axis=1)
    there = np.flatnonzero((sizes > 0) & (lengths > 0))
    if len(there) < 2:
        return Doubts(doubt, other)
    centres = sums[there] / lengths[there, None]
    places = np.full(count, -1)
    places[there] = np.arange(len(there))
    for start in range(0, size, _BLOCK):
        block = slice(start, start + _BLOCK)
        near = vectors[block] @ centres.T
        rows = np.arange(len(near))
        label = labels[block]
        own = np.where(label >= 0, places[label], -1)
        # Photos of no cluster are held against the two nearest.
        home = np.where(own >= 0, own, near.argmax(1))
        mine = near[rows, home]
        alone = _without_itself(vectors[block], sums, sizes, label)
        mine = np.where(own >= 0, np.where(np.isnan(alone), mine, alone), mine)
        near[rows, home] = -np.inf
        second = near.argmax(1)
        a, b = 1 - mine, 1 - near[rows, second]
        furthest = np.maximum(np.maximum(a, b), np.finfo(np.float32).tiny)
        doubt[block] = np.clip((1 - (b - a) / furthest) / 2, 0, 1)
        other[block] = there[np.where(own >= 0, second, home)]
    return Doubts(doubt, other)


def _without_itself(
    vectors: NDArray[np.float32],
    sums: NDArray[np.float32],
    sizes: NDArray[np.intp],
    labels: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Cosine of each vector to the centre of the others in its cluster; NaN where it is alone."""
    rest = sums[labels] - vectors
    length = np.linalg.norm(rest, axis=1)
    several = (labels >= 0) & (sizes[labels] > 1) & (length > 1e-6)
    cosine = np.einsum("ij,ij->i", rest, vectors) / np.where(several, length, 1)
    return np.where(several, cosine, np.nan).astype(np.float32)
