"""The pairs of photos that a PaCMAP layout pulls together and pushes apart."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.kmeans import FloatArray

Rows = NDArray[np.int64]

#: Neighbours that are looked at more closely than those that are wanted (section 5.1).
_MORE = 50

#: The neighbours whose distance says how dense it is around a photo (section 3.1).
_DENSITY = slice(3, 6)

#: Candidates of which the second nearest becomes a mid-near pair (section 3.2).
_CANDIDATES = 6

#: From here on neighbours are looked for in a few cells of an inverted file.
_EXACT_ROWS = 20_000
_PROBES = 8

#: Rows whose candidates are compared at once.
_BLOCK = 8192

#: Points whose neighbours are looked for at once, and how many need no inverted file.
_ASKED, _FEW = 1024, 1000


class PairList:
    """Pairs (i, j), the same number for every i; shares of their slopes are summed fast."""

    def __init__(self, other: Rows) -> None:
        """
        Args:
            other: (n, k): the j of each pair of each i.
        """
        self.other = other
        flat = other.ravel()
        self._order = np.argsort(flat, kind="stable")
        self._owners = (self._order // other.shape[1]).astype(np.int64)
        counts = np.bincount(flat, minlength=len(other))
        self._named = np.flatnonzero(counts)
        self._starts = (np.cumsum(counts) - counts)[self._named]

    def pull(self, place: FloatArray, scale: float, weight: float) -> FloatArray:
        """Slope of ``weight * d / (scale + d)`` summed over pairs, d = |yi - yj|^2 + 1."""
        apart, d = self._apart(place)
        return self._sum(apart, np.float32(2 * weight * scale) / (scale + d) ** 2)

    def push(self, place: FloatArray) -> FloatArray:
        """Slope of ``1 / (1 + d)`` summed over pairs."""
        apart, d = self._apart(place)
        return self._sum(apart, np.float32(-2) / (1 + d) ** 2)

    def _apart(self, place: FloatArray) -> tuple[FloatArray, FloatArray]:
        """From j to i, (2, n, k), and d."""
        apart = np.stack([place[:, axis, None] - place[:, axis][self.other] for axis in (0, 1)])
        return apart, apart[0] ** 2 + apart[1] ** 2 + 1

    def _sum(self, apart: FloatArray, factor: FloatArray) -> FloatArray:
        slope = np.empty((len(self.other), 2), np.float32)
        for axis in (0, 1):
            shares = apart[axis] * factor
            slope[:, axis] = shares.sum(axis=1)
            if len(self._named):
                taken = np.add.reduceat(shares.ravel()[self._order], self._starts)
                slope[self._named, axis] -= taken
        return slope


def nearest(points: FloatArray, asked: FloatArray, count: int) -> tuple[Rows, FloatArray]:
    """The rows of `points` (n, r) nearest to each of `asked` (m, r), n at least `count`.

    Returns:
        (m, count) rows, the nearest first, and (m, count) squared distances.
    """
    return _Nearest(points, exact=len(asked) < _FEW).of(asked, count)


class _Nearest:
    """Finds near points."""

    def __init__(self, points: FloatArray, *, exact: bool) -> None:
        import faiss

        points = np.ascontiguousarray(points, np.float32)
        dimensions = points.shape[1]
        self._coarse = faiss.IndexFlatL2(dimensions)
        self._index: Any = self._coarse
        if not exact and len(points) > _EXACT_ROWS:
            cells = round(len(points) ** 0.5)
            self._index = faiss.IndexIVFFlat(self._coarse, dimensions, cells)
            self._index.nprobe = _PROBES
            self._index.cp.max_points_per_centroid = 64
            self._index.cp.niter = 6
            self._index.train(points)
        self._index.add(points)

    def of(self, asked: FloatArray, count: int) -> tuple[Rows, FloatArray]:
        """See `nearest`."""
        squares, rows = self._index.search(np.ascontiguousarray(asked, np.float32), count)
        # An inverted file may know fewer; the nearest one stands in for the rest.
        absent = rows < 0
        rows = np.where(absent, rows[:, :1], rows)
        squares = np.where(absent, squares[:, :1], squares)
        return rows, np.maximum(squares, 0)


def near_pairs(points: FloatArray, count: int) -> Generator[None, None, PairList]:
    """The `count` nearest neighbours of each point, distances scaled by how dense it is there.

    Yields between its steps and returns the pairs.
    """
    total = min(len(points) - 1, count + _MORE)
    known = _Nearest(points, exact=False)
    yield
    rows = np.empty((len(points), total), np.int64)
    squares = np.empty((len(points), total), np.float32)
    for low in range(0, len(points), _ASKED):
        found, apart = known.of(points[low : low + _ASKED], total + 1)
        # A twin may stand before the point itself.
        own = found == np.arange(low, low + len(found))[:, None]
        own[~own.any(axis=1), -1] = True
        several = own.sum(axis=1) > 1
        own[several] = own[several] & (own[several].cumsum(axis=1) == 1)
        rows[low : low + len(found)] = found[~own].reshape(len(found), -1)
        squares[low : low + len(found)] = apart[~own].reshape(len(found), -1)
        yield
    spread = np.sqrt(squares[:, _DENSITY]).mean(axis=1) if total > 3 else np.ones(len(points))
    spread = np.maximum(spread, 1e-10)
    scaled = squares / spread[:, None] / spread[rows]
    picked = np.argsort(scaled, axis=1, kind="stable")[:, : min(count, total)]
    return PairList(np.take_along_axis(rows, picked, axis=1))


def mid_pairs(
    points: FloatArray, count: int, random: np.random.Generator
) -> Generator[None, None, PairList]:
    """Of `_CANDIDATES` points taken at random, the second nearest; `count` times for each point.

    Yields between its steps and returns the pairs.
    """
    total = len(points)
    found = np.empty((total, count), np.int64)
    for low in range(0, total, _BLOCK):
        mine = points[low : low + _BLOCK]
        for number in range(count):
            others = random.integers(0, total, (len(mine), _CANDIDATES))
            apart = points[others] - mine[:, None]
            squares = np.einsum("nkd,nkd->nk", apart, apart)
            squares[others == np.arange(low, low + len(mine))[:, None]] = np.inf
            second = np.argpartition(squares, 1, axis=1)[:, 1:2]
            found[low : low + len(mine), number] = np.take_along_axis(others, second, 1)[:, 0]
            yield
    return PairList(found)


def random_pairs(total: int, count: int, near: PairList, random: np.random.Generator) -> PairList:
    """`count` points for each that are neither itself nor its neighbours, as far as chance has it.

    One that is drawn as a neighbour is drawn once more; in a library of a few dozen photos it may
    still be one.
    """
    found = random.integers(0, total, (total, count))
    everyone = np.arange(total)[:, None]
    for _ in range(3):
        clash = found == everyone
        for column in range(near.other.shape[1]):
            clash |= found == near.other[:, column, None]
        if not clash.any():
            break
        found[clash] = random.integers(0, total, int(clash.sum()))
    return PairList(found)
