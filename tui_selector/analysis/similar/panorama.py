"""Frames that were shot while the camera turned: each shows a part of the one before, moved.

Low-pass pictures out of the fingerprints are laid over each other at every step. Windows of photos
that overlap by 40 to 60 % fit by 0.78 and more in 19 of 20 (323 photos of Corel, Caltech-101, COCO
and ukbench); two photos that have nothing in common by 0.65 at most, neighbours in a series of one
motif by 0.68, frames of a burst fit best where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.fingerprints import Floats, Rows
from tui_selector.analysis.similar.shots import Shots

#: Frames of a panorama at least, and seconds between two of them: a faster series is a burst that
#: follows something.
_FRAMES, _SLOW = 3, 0.4

#: How well two frames fit where they overlap, how much better than where they do not move, and by
#: how much steps may differ from each other, share of the frame.
_FIT, _BETTER, _STEADY = 0.75, 0.1, 0.2

#: How alike the colours of two frames are at least, and how alike frames are that did not move.
_COLOURS, _STILL = 0.6, 0.5

#: Side of the low-pass pictures that are laid over each other; steps of a quarter to two thirds of
#: it, and what the hand strays across.
_SIDE = 24
_STEPS, _STRAYS = range(6, 17), range(-2, 3)


def sweeps(shots: Shots, run: Rows) -> Iterator[Rows]:
    """Find panoramas among frames shot in a row.

    Their focal length is the same, and each overlaps the one before, moved by about the same step
    in one direction.
    """
    if len(run) < _FRAMES:
        return
    fits = may_sweep(shots, run[:-1], run[1:])
    if not (fits[:-1] & fits[1:]).any():
        return
    pictures = shots.prints.pictures(run, _SIDE)
    steps, overlap, still = _steps(pictures[:-1], pictures[1:])
    fits &= (overlap >= _FIT) & (overlap >= still + _BETTER)
    start = 0
    for place in range(len(fits) + 1):
        steady = (
            place < len(fits)
            and fits[place]
            and (place == start or np.abs(steps[place] - steps[start]).max() <= _STEADY * _SIDE)
        )
        if steady:
            continue
        if place - start + 1 >= _FRAMES:
            yield run[start : place + 1]
        start = place if place < len(fits) and fits[place] else place + 1


def may_sweep(shots: Shots, before: Rows, after: Rows) -> NDArray[np.bool_]:
    """Whether pairs of frames may be neighbours in a panorama, by what costs little, (m,).

    They are not taken too quickly, with the same focal length, have colours in common and are not
    the same view.
    """
    with np.errstate(invalid="ignore"):
        fits = shots.taken[after] - shots.taken[before] >= _SLOW
        fits &= ~(shots.focal_lengths[before] > shots.focal_lengths[after])
        fits &= ~(shots.focal_lengths[before] < shots.focal_lengths[after])
    fits &= ~(shots.prints.flat[before] | shots.prints.flat[after])
    some = np.flatnonzero(fits)
    fits[some] = shots.prints.colour_likeness(before[some], after[some]) >= _COLOURS
    some = np.flatnonzero(fits)
    fits[some] = shots.prints.likeness(before[some], after[some]) < _STILL
    result: NDArray[np.bool_] = fits
    return result


def _steps(before: Floats, after: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """By how much pictures move.

    Args:
        before: (m, side, side).
        after: (m, side, side).

    Returns:
        The best step of each pair, (m, 2) pixels down and to the right; how well they fit there,
        (m,) correlation; and how well they fit unmoved.
    """
    ways = [(stray, step) for step in _STEPS for stray in _STRAYS]
    ways += [(stray, -step) for stray, step in ways] + [
        way for stray, step in ways for way in ((step, stray), (-step, stray))
    ]
    fits = np.stack([_fit(before, after, down, right) for down, right in ways])
    best = fits.argmax(axis=0)
    return np.array(ways, np.intp)[best], fits.max(axis=0), _fit(before, after, 0, 0)


def _fit(before: Floats, after: Floats, down: int, right: int) -> Floats:
    """How well the part that both show correlates where `after` is moved, (m,)."""
    one = before[:, max(0, down) : _SIDE + min(0, down), max(0, right) : _SIDE + min(0, right)]
    other = after[:, max(0, -down) : _SIDE + min(0, -down), max(0, -right) : _SIDE + min(0, -right)]
    one = one - one.mean(axis=(1, 2), keepdims=True)
    other = other - other.mean(axis=(1, 2), keepdims=True)
    product = (one * other).sum(axis=(1, 2))
    size = (one * one).sum(axis=(1, 2)) * (other * other).sum(axis=(1, 2))
    result: Floats = product / np.sqrt(np.maximum(size, 1e-12))
    return result
