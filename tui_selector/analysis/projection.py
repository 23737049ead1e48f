"""Two-dimensional maps of vectors: photos that look alike lie next to each other.

`principal` is there at once and shows the largest differences. `PaCMAP` follows: neighbours stay
neighbours, and far groups stay far (Wang, Huang, Rudin and Shaposhnik, "Understanding How Dimension
Reduction Tools Work", JMLR 22, 2021). `place` puts new photos on a map that is there.
"""

from __future__ import annotations

from collections.abc import Generator
from math import log10

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.kmeans import FloatArray
from tui_selector.analysis.projection_pairs import mid_pairs, near_pairs, nearest, random_pairs
from tui_selector.analysis.threads import single_threaded_algebra
from tui_selector.analysis.two_level import fit_projection

#: Fewer photos than this are mapped by their principal axes alone.
FEWEST = 8

#: Dimensions in which neighbours are looked for.
REDUCED = 64

#: Pairs of each kind for every photo (section 5.2 of the paper): ratios to the near ones.
_MID_SHARE, _FAR_SHARE = 0.5, 2.0

#: Rounds of the three phases, and the learning rate of Adam (section 5.2).
_ROUNDS = (100, 100, 250)
_RATE = 1.0

#: How far from the middle a layout begins.
_START = 0.1

#: The neighbours by which a new photo finds its place.
_PLACED_BY = 5


def reduced(vectors: FloatArray, seed: int = 0) -> FloatArray:
    """What tells photos apart, in fewer dimensions.

    Args:
        vectors: (n, d) float32, unit rows.
        seed: Of the sample of large libraries.

    Returns:
        (n, r) float32, r at most `REDUCED`, along the principal axes, the longest first.
    """
    if not len(vectors):
        return np.zeros((0, 2), np.float32)
    with single_threaded_algebra():
        return _along_axes(vectors, seed)


def _along_axes(vectors: FloatArray, seed: int) -> FloatArray:
    count, dimensions = vectors.shape
    projection = fit_projection(vectors, min(REDUCED, dimensions), seed)
    points = (vectors - projection.mean) @ projection.axes
    # The axes of small libraries come in no order.
    order = np.argsort(-points.var(axis=0), kind="stable")[:REDUCED]
    points = np.ascontiguousarray(points[:, order])
    if count <= REDUCED * 8:  # and those are not the principal ones
        centred = points - points.mean(axis=0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        points = centred @ axes.T
    # An axis may point either way; that of the largest value is the same on every machine.
    top = np.abs(points).argmax(axis=0)
    signs = np.sign(points[top, np.arange(points.shape[1])])
    return np.ascontiguousarray(points * np.where(signs == 0, 1, signs), np.float32)


def principal(points: FloatArray) -> FloatArray:
    """The first two axes of `reduced` points: (n, 2) float32; 0 where there is no such axis."""
    flat = np.zeros((len(points), 2), np.float32)
    flat[:, : min(2, points.shape[1])] = points[:, :2]
    return flat


def near_count(count: int) -> int:
    """How many neighbours of each of so many photos stay close to it (section 5.2)."""
    wanted = 10 if count < 10_000 else round(10 + 15 * (log10(count) - 4))
    return max(1, min(wanted, count // 4))


def pacmap(points: FloatArray, seed: int = 0) -> Generator[None, None, FloatArray]:
    """Lay out a map, step by step, so that the caller may do something else between steps.

    Args:
        points: (n, r) float32, as `reduced` gives them; at least `FEWEST` rows.
        seed: The same one gives the same map.

    Returns:
        (n, 2) float32, when the generator ends.
    """
    count = len(points)
    random = np.random.default_rng(seed)
    near = near_count(count)
    flat = principal(points)
    flat *= _START / max(float(np.abs(flat).max()), 1e-12)
    pairs = yield from near_pairs(points, near)
    mid = yield from mid_pairs(points, max(1, round(near * _MID_SHARE)), random)
    far = random_pairs(count, max(1, round(near * _FAR_SHARE)), pairs, random)
    yield
    adam = _Adam(flat.shape)
    for number in range(sum(_ROUNDS)):
        weight_near, weight_mid = _weights(number)
        slope = pairs.pull(flat, 10.0, weight_near)
        if weight_mid:
            slope += mid.pull(flat, 10_000.0, weight_mid)
        slope += far.push(flat)
        flat -= adam.step(slope)
        yield
    return flat


def _weights(number: int) -> tuple[float, float]:
    """Of near and mid-near pairs in a round (algorithm 1); far pairs have 1."""
    first, second, _ = _ROUNDS
    if number < first:
        return 2.0, 1000.0 + (3.0 - 1000.0) * number / first
    if number < first + second:
        return 3.0, 3.0
    return 1.0, 0.0


class _Adam:
    """Steps down a slope (Kingma and Ba 2015)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._mean = np.zeros(shape, np.float32)
        self._square = np.zeros(shape, np.float32)
        self._steps = 0

    def step(self, slope: FloatArray) -> FloatArray:
        """How far to go back along the slope."""
        self._steps += 1
        self._mean += 0.1 * (slope - self._mean)
        self._square += 0.001 * (slope**2 - self._square)
        rate = _RATE * np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        return np.asarray(rate * self._mean / (np.sqrt(self._square) + 1e-7), np.float32)


def place(known: FloatArray, where: FloatArray, fresh: FloatArray) -> FloatArray:
    """Put new photos on a map: each between the photos that it looks most like.

    Args:
        known: (n, d) float32 of the photos on the map, n at least 1.
        where: (n, 2) float32, where they lie.
        fresh: (m, d) float32 of the new photos.

    Returns:
        (m, 2) float32, inside what the neighbours span.
    """
    count = min(_PLACED_BY, len(known))
    rows, squares = nearest(known, fresh, count)
    # The nearest counts most; one that shows the same counts alone.
    weights = 1 / (squares + 1e-6 + 0.05 * squares[:, :1])
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((where[rows] * weights[:, :, None]).sum(axis=1), np.float32)


def fitted(place: FloatArray) -> NDArray[np.uint16]:
    """Coordinates as a map's file has them: (n, 2) uint16, the longer side from 0 to 65535.

    Both axes have one scale; the shorter side lies in the middle.
    """
    if not len(place):
        return np.zeros((0, 2), np.uint16)
    low, high = place.min(axis=0), place.max(axis=0)
    side = float((high - low).max())
    scaled = (place - (low + high) / 2) / (side or 1.0) + 0.5
    return np.asarray(np.clip(np.rint(scaled * 65535), 0, 65535), np.uint16)
