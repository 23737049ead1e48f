"""Pairs of rows that are close to each other, found tile by tile on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.threads import single_threaded_algebra

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

#: Rows of a tile: its products fit the cache of a core.
_TILE = 512


class Pairs(NamedTuple):
    """Pairs of rows, `left` < `right`, in order."""

    left: Rows
    right: Rows

    @classmethod
    def none(cls) -> Pairs:
        return cls(np.empty(0, np.intp), np.empty(0, np.intp))

    def at(self, kept: NDArray[np.bool_] | Rows) -> Pairs:
        """Some of them, or all in another order."""
        return Pairs(self.left[kept], self.right[kept])

    @classmethod
    def union(cls, *several: Pairs, count: int) -> Pairs:
        """Each pair of several, of `count` rows, once."""
        keys = np.sort(np.concatenate([pairs.left * count + pairs.right for pairs in several]))
        keys = keys[np.diff(keys, prepend=-1) != 0]
        return cls(*np.divmod(keys, count))


def close_pairs(points: Floats, radius: float, since: int = 0) -> Pairs:
    """Pairs of points at most so far apart, by Euclid.

    Args:
        points: (n, d) float32.
        radius: The greatest distance.
        since: Only pairs of which at least one is this row or a later one.
    """
    return _close_pairs(points, radius, _tiles(len(points), since))


def close_pairs_at_a_time(
    points: Floats, radius: float, times: NDArray[np.float64], apart: float
) -> Pairs:
    """Pairs of points at most so far apart, in place and, where both times are known, in time.

    Args:
        points: (n, d) float32.
        radius: The greatest distance.
        times: (n,) seconds, NaN where unknown.
        apart: Seconds between the two at most.
    """
    order, tiles = _at_a_time(times, apart)
    return _in_time(_close_pairs(points[order], radius, tiles), order, times, apart)


def alike_pairs_at_a_time(
    vectors: Floats, least: float, times: NDArray[np.float64], apart: float
) -> Pairs:
    """Pairs of vectors (n, d) float32 whose product is at least so much; times as above."""
    order, tiles = _at_a_time(times, apart)
    vectors = vectors[order]
    return _in_time(_products_above(vectors, vectors, least, tiles), order, times, apart)


def _at_a_time(times: NDArray[np.float64], apart: float) -> tuple[Rows, list[tuple[int, int]]]:
    """An order of rows, and the tiles that hold every pair whose times are near or unknown."""
    order = np.argsort(times, kind="stable")  # those without a time come last
    first = times[order[::_TILE]]
    last = times[np.append(order[_TILE - 1 :: _TILE], order[-1:])[: len(first)]]
    # A tile of two spans of time that are too far from each other holds no pair; a comparison with
    # an unknown time is never true, and a span with one in it has no beginning.
    first[np.isnan(last)] = np.nan
    return order, [
        (top, across)
        for top, across in _tiles(len(times), 0)
        if not first[across // _TILE] - last[top // _TILE] > apart
    ]


def _in_time(found: Pairs, order: Rows, times: NDArray[np.float64], apart: float) -> Pairs:
    """Pairs of an order as pairs of rows, those whose times are near or unknown."""
    one, other = order[found.left], order[found.right]
    near = ~(np.abs(times[one] - times[other]) > apart)
    one, other = one[near], other[near]
    pairs = Pairs(np.minimum(one, other), np.maximum(one, other))
    return pairs.at(np.lexsort((pairs.right, pairs.left)))


def _close_pairs(points: Floats, radius: float, tiles: list[tuple[int, int]]) -> Pairs:
    half = 0.5 * np.einsum("nd,nd->n", points, points)[:, None]
    ones = np.ones_like(half)
    # x.y - |x|^2 / 2 - |y|^2 / 2 + r^2 / 2 >= 0 says that |x - y| <= r.
    return _products_above(
        np.hstack([points, 0.5 * radius**2 - half, ones]),
        np.hstack([points, ones, -half]),
        0.0,
        tiles,
    )


def alike_pairs(vectors: Floats, least: float, since: int = 0) -> Pairs:
    """Pairs of vectors (n, d) float32 whose product is at least so much; `since` as above."""
    return _products_above(vectors, vectors, least, _tiles(len(vectors), since))


def _tiles(count: int, since: int) -> list[tuple[int, int]]:
    """First row and first column of the tiles that hold every pair, its later row from `since`."""
    return [
        (top, across)
        for across in range(since, count, _TILE)
        for top in range(0, min(across + _TILE, count), _TILE)
    ]


def _products_above(
    left: Floats, right: Floats, least: float, tiles: list[tuple[int, int]]
) -> Pairs:
    count = len(left)
    left, right = np.ascontiguousarray(left, np.float32), np.ascontiguousarray(right, np.float32)

    def look(tile: tuple[int, int]) -> NDArray[np.intp]:
        top, across = tile
        products = left[top : top + _TILE] @ right[across : across + _TILE].T
        found = np.flatnonzero(products >= least)
        rows, columns = np.divmod(found, products.shape[1])
        rows += top
        columns += across
        keys: NDArray[np.intp] = (rows * count + columns)[rows < columns]
        return keys

    if not tiles:
        return Pairs.none()
    with single_threaded_algebra(), ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        keys = np.sort(np.concatenate(list(threads.map(look, tiles))))
    return Pairs(*np.divmod(keys, count))
