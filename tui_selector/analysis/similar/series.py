"""What was shot in a row: bursts, and sets that must stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.fingerprints import Floats, Rows
from tui_selector.analysis.similar.panorama import may_sweep, sweeps
from tui_selector.analysis.similar.shots import Shots, look
from tui_selector.library.groups import GroupKind

#: Photos whose exposures differ by less are exposed the same, EV: cameras step by thirds.
_SAME_EXPOSURE = 0.25

#: Steps of a ladder are even to within a third of a stop; its whole height is at least a stop.
_EVEN, _LADDER = 0.35, 0.95

#: Without exposure compensation in the files a camera may have followed the light instead: a
#: ladder is believed from these steps on, and two frames only so far apart, EV.
_BELIEVED_STEP, _BELIEVED_PAIR = 0.6, 1.9

#: Frames of a focus stack, how alike they are at least, how well the sharp place keeps its
#: direction (rank correlation), and how far it travels, share of the frame.
_STACK, _SAME_FRAME, _DIRECTION, _TRAVEL = 4, 0.8, 0.8, 0.2


class Series(NamedTuple):
    """Photos shot in a row that belong together.

    `rows` are in order of time.
    """

    kind: GroupKind
    rows: Rows


class Neighbours(NamedTuple):
    """Photos that one camera took one shortly after the other.

    Attributes:
        before: (m,) rows.
        after: (m,) rows.
        strength: (m,) how alike they are, as `shots.look`.
    """

    before: Rows
    after: Rows
    strength: Floats


def runs(shots: Shots, rows: Rows, gap: float) -> list[Rows]:
    """Cut photos into runs: one camera, each frame at most `gap` seconds after the one before.

    The time for which the shutter was open does not count. Photos without a time are in no run,
    and runs have two frames at least.
    """
    rows = rows[~np.isnan(shots.taken[rows])]
    order = rows[np.lexsort((shots.ids[rows], shots.taken[rows], shots.cameras[rows]))]
    pause = np.diff(shots.taken[order]) - np.nan_to_num(shots.seconds[order[:-1]])
    cut = (pause > gap) | (np.diff(shots.cameras[order]) != 0)
    return [run for run in np.split(order, np.flatnonzero(cut) + 1) if len(run) > 1]


def neighbours(shots: Shots, several: list[Rows]) -> Neighbours:
    """Compare each frame of some runs with the next one."""
    empty = np.empty(0, np.intp)
    before = np.concatenate([empty, *(run[:-1] for run in several)])
    after = np.concatenate([empty, *(run[1:] for run in several)])
    return Neighbours(before, after, look(shots, before, after))


def sets(shots: Shots, several: list[Rows]) -> list[Series]:
    """Find the sets in some runs that must stay whole; a photo is in one of them at most."""
    found: list[Series] = []
    for run in _promising(shots, several):
        brackets = list(_brackets(shots, run))
        found += [Series("bracket", rows) for rows in brackets]
        taken = np.isin(run, np.concatenate([np.empty(0, np.intp), *brackets]))
        for rows in _stretches(run, ~taken):
            stacks = list(_focus_stacks(shots, rows))
            found += [Series("focus stack", stack) for stack in stacks]
            free = ~np.isin(rows, np.concatenate([np.empty(0, np.intp), *stacks]))
            for rest in _stretches(rows, free):
                found += [Series("panorama", sweep) for sweep in sweeps(shots, rest)]
    return found


def _promising(shots: Shots, several: list[Rows]) -> list[Rows]:
    """The runs that may hold a set; most are plain bursts, and are told at once."""
    if not several:
        return []
    rows = np.concatenate(several)
    starts = np.cumsum([0, *(len(run) for run in several[:-1])])
    exposures = shots.exposures[rows]
    height = np.fmax.reduceat(exposures, starts) - np.fmin.reduceat(exposures, starts)
    sharp = ~np.isnan(shots.sharpest[rows]).any(axis=1) & ~np.isnan(exposures)
    may_stack = np.logical_and.reduceat(sharp, starts)
    number = np.repeat(np.arange(len(several)), [len(run) for run in several])
    moved = may_sweep(shots, rows[:-1], rows[1:])
    twice = moved[:-1] & moved[1:] & (number[:-2] == number[2:])
    may_turn = np.zeros(len(several), np.bool_)
    may_turn[number[:-2][twice]] = True
    kept = (height >= _LADDER) | may_stack | may_turn
    return [several[place] for place in np.flatnonzero(kept)]


def _brackets(shots: Shots, run: Rows) -> Iterator[Rows]:
    """Ladders of exposures: no exposure twice, even steps.

    A perceptual hash cannot see them: a frame two stops brighter differs in nearly all bits. So
    EXIF decides, as the cameras write it.
    """
    exposures, biases = shots.exposures[run], shots.biases[run]
    start = 0
    while start < len(run) - 1:
        end = start + 1
        while end < len(run) and _is_new(exposures[start:end], exposures[end]):
            end += 1
        while end - start > 1 and not _is_ladder(exposures[start:end], biases[start:end]):
            end -= 1
        if end - start > 1:
            yield run[start:end]
        start = end


def _is_new(before: NDArray[np.float64], exposure: float) -> bool:
    """Whether an exposure is known and differs from those before it, which are known too."""
    return bool((np.abs(before - exposure) >= _SAME_EXPOSURE).all())


def _is_ladder(exposures: NDArray[np.float64], biases: NDArray[np.float64]) -> bool:
    if np.isnan(exposures).any():
        return False
    order = np.argsort(exposures)
    steps = np.diff(exposures[order])
    height = float(exposures[order[-1]] - exposures[order[0]])
    if height < _LADDER or np.ptp(steps) > _EVEN:
        return False
    # A camera that brackets says so: its compensation climbs the same ladder.
    if abs(float(np.ptp(biases)) - height) <= _EVEN:
        return bool((np.abs(np.diff(biases[order]) - steps) <= _EVEN).all())
    if len(steps) == 1:
        return height >= _BELIEVED_PAIR
    return bool(steps.min() >= _BELIEVED_STEP)


def _focus_stacks(shots: Shots, run: Rows) -> Iterator[Rows]:
    """Frames that are exposed and framed the same while the sharp place travels one way."""
    if len(run) < _STACK or np.isnan(shots.sharpest[run]).any():
        return
    before, after = run[:-1], run[1:]
    with np.errstate(invalid="ignore"):
        same = np.abs(shots.exposures[before] - shots.exposures[after]) < _SAME_EXPOSURE / 2
        same &= shots.focal_lengths[before] == shots.focal_lengths[after]
    same &= shots.prints.likeness(before, after) >= _SAME_FRAME
    for part in np.split(run, np.flatnonzero(~same) + 1):
        places = shots.sharpest[part]
        if len(part) < _STACK:
            continue
        travel = places - places.mean(axis=0)
        _, _, axes = np.linalg.svd(travel, full_matrices=False)
        along = travel @ axes[0]
        ranks = np.argsort(np.argsort(along, kind="stable"))
        direction = np.corrcoef(ranks, np.arange(len(part)))[0, 1]
        if abs(direction) >= _DIRECTION and np.ptp(along) >= _TRAVEL:
            yield part


def _stretches(rows: Rows, kept: NDArray[np.bool_]) -> Iterator[Rows]:
    """The longest stretches of rows that are all kept, of two rows and more."""
    bounds = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        if end - start > 1:
            yield rows[start:end]
