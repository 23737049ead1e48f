"""Room for every photo of a map: layouts put much emptiness between groups and none inside them."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from tui_selector.analysis.kmeans import FloatArray

#: How far a layout goes towards as many photos in every column and row: 0 not at all, 1 wholly.
_EVEN = 0.6

#: Most photos that are kept apart from each other; of more, how dense they lie is what a map shows.
_MOST = 20_000

#: The share of the room for each that photos are apart, and how many neighbours are looked at.
_APART, _NEAR = 0.4, 6

#: Rounds, the share of them in which the room grows, and how far a round goes.
_ROUNDS, _GROWING, _PUSH = 40, 0.8, 0.35

#: Width of what a layout is fitted to, for each unit of its height: about that of a window.
_WIDE = 1.6


def spaced(places: FloatArray) -> Generator[None, None, FloatArray]:
    """Turn a layout so that it is wide, spread it, and keep its photos apart.

    Who is whose neighbour hardly changes; distances between groups do.

    Args:
        places: (n, 2) float32.

    Returns:
        (n, 2) float32, when the generator ends; it yields between steps.
    """
    if len(places) < 3:
        return places
    flat = _even(_turned(places))
    flat[:, 0] *= _WIDE
    yield
    return (yield from _kept_apart(flat)) if len(flat) <= _MOST else flat


def _turned(places: FloatArray) -> FloatArray:
    """Along its principal axes, the longer one across."""
    centred = places - places.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1]
    # The largest component of each axis points right or down: a map does not flip for nothing.
    top = np.abs(axes).argmax(axis=0)
    return np.asarray(centred @ (axes * np.where(axes[top, [0, 1]] < 0, -1, 1)), np.float32)


def _even(places: FloatArray) -> FloatArray:
    """Each axis part of the way from 0 to 1 as it is to the ranks along it."""
    low, high = places.min(axis=0), places.max(axis=0)
    whole = (places - low) / np.maximum(high - low, 1e-12)
    ranks = np.empty_like(whole)
    for axis in (0, 1):
        values, back = np.unique(whole[:, axis], return_inverse=True)
        ranks[:, axis] = back / max(1, len(values) - 1)
    return np.asarray(whole + _EVEN * (ranks - whole), np.float32)


def _kept_apart(places: FloatArray) -> Generator[None, None, FloatArray]:
    """Push those that lie too close away from each other."""
    from scipy.spatial import cKDTree

    count = len(places)
    least = _APART * (_WIDE / count) ** 0.5
    # Those at one place go apart in directions that differ.
    angles = np.arange(count) * 2.399963
    flat = places + np.float32(least * 1e-2) * np.stack([np.cos(angles), np.sin(angles)], 1)
    for number in range(_ROUNDS):
        # Room grows slowly, so that groups push each other away before they would mix.
        room = least * min(1.0, (number + 1) / (_GROWING * _ROUNDS))
        apart, rows = cKDTree(flat).query(flat, k=min(_NEAR, count), distance_upper_bound=room)
        close = np.isfinite(apart) & (rows != np.arange(count)[:, None])
        if room == least and not close.any():
            break
        away = flat[:, None] - flat[np.where(close, rows, 0)]
        push = np.where(close, room / np.maximum(apart, 1e-9) - 1, 0)
        flat = flat + _PUSH * (away * push[:, :, None]).sum(axis=1)
        yield
    return np.asarray(flat, np.float32)
