"""Links between photos, from the strongest to the weakest, that can be cut at any strength."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.fingerprints import Floats, Rows

#: The strength of what belongs together at any threshold.
SURE = np.float32(2.0)


class Forest:
    """Links between n photos.

    Attributes:
        left: (m,) rows.
        right: (m,) rows.
        strength: (m,) float32, `SURE` or a likeness.
    """

    def __init__(self, count: int, left: Rows, right: Rows, strength: Floats) -> None:
        self.count = count
        self.left = left
        self.right = right
        self.strength = strength

    @classmethod
    def of(cls, count: int, parts: Iterable[tuple[Rows, Rows, Floats]]) -> Forest:
        """Put the links of several sources together."""
        empty = (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))
        left, right, strength = zip(empty, *parts, strict=True)
        return cls(count, np.concatenate(left), np.concatenate(right), np.concatenate(strength))

    def labels(self, threshold: float) -> NDArray[np.intp]:
        """Return (n,): which group each photo is in; numbers of groups are of no meaning."""
        return components(self.count, *self._kept(threshold))

    def weakest(self, labels: NDArray[np.intp], threshold: float) -> Floats:
        """The strength of the weakest link that holds each group together, by label, 0 to 1."""
        weakest = np.full(self.count, SURE, np.float32)
        kept = self.strength >= threshold
        np.minimum.at(weakest, labels[self.left[kept]], self.strength[kept])
        return np.minimum(weakest, np.float32(1.0))

    def sizes(self, threshold: float) -> tuple[int, int]:
        """How many groups of two and more photos there are, and how many photos are in them."""
        sizes = np.bincount(self.labels(threshold))
        sizes = sizes[sizes > 1]
        return len(sizes), int(sizes.sum())

    def _kept(self, threshold: float) -> tuple[Rows, Rows]:
        kept = self.strength >= np.float32(threshold)
        return self.left[kept], self.right[kept]


def components(count: int, left: Rows, right: Rows) -> NDArray[np.intp]:
    """Return (n,): the number of the connected component of each row."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(left), np.int8)
    graph = coo_array((ones, (left, right)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    result: NDArray[np.intp] = labels.astype(np.intp)
    return result


def chain(groups: NDArray[np.intp]) -> tuple[Rows, Rows, Floats]:
    """Link the members of each group one after the other, surely.

    Args:
        groups: (n,) the number of each row's group; rows with a number of their own stay alone.
    """
    order = np.argsort(groups, kind="stable")
    same = groups[order[:-1]] == groups[order[1:]]
    return order[:-1][same], order[1:][same], np.full(int(same.sum()), SURE, np.float32)
