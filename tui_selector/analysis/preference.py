"""What the owner prefers among photos that are nearly the same, learnt from his choices of two.

A logistic regression on the differences of quality signals, without an intercept (Bradley and
Terry's model of paired comparisons, with covariates): the chance that one photo is preferred to
another is the logistic function of the weighted difference of their signals. A signal that one of
the two lacks says nothing.

It is trusted only where it has shown that it foresees choices that it was not taught: groups are
held out in turn, and of the choices in them at least so many must be foreseen that, with nine
chances in ten, more than 60 % of all would be (the lower end of Wilson's interval), over at least
30 choices in at least 6 groups. Half of them is what guessing gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_selector.library.quality import Quality

#: How strongly weights are drawn to nothing; signals are scaled to differ by 1.
_RIDGE = 1.0

_ITERATIONS, _FOLDS = 25, 10

#: What must be shown before it is trusted; 1.2816 is the normal quantile of nine in ten.
_LEAST_CHOICES, _LEAST_GROUPS, _LEAST_AGREEMENT, _QUANTILE = 30, 6, 0.6, 1.2816


class Preference(msgspec.Struct, frozen=True):
    """What was learnt.

    Attributes:
        weights: (k,) float64, of the signals as `signals` gives them.
        choices: How many it was learnt from.
        groups: Of how many groups.
        agreement: Share of the choices that were foreseen while their group was held out.
    """

    weights: NDArray[np.float64]
    choices: int
    groups: int
    agreement: float

    @property
    def trusted(self) -> bool:
        """Whether it may suggest anything; the head of this module has the rule."""
        return (
            self.choices >= _LEAST_CHOICES
            and self.groups >= _LEAST_GROUPS
            and lowest(self.agreement, self.choices) > _LEAST_AGREEMENT
        )

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much each of (n, k) photos is preferred, (n,); comparable within a group only.

        A signal that is not known counts as the mean of those that are.
        """
        known = ~np.isnan(rows)
        means = np.nan_to_num(rows).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return np.asarray(np.where(known, rows, means) @ self.weights, np.float64)


def signals(photos: Sequence[Quality | None]) -> NDArray[np.float64]:
    """What of photos of one group may count, (n, k) float64; NaN where it is not known."""
    rows = [_signals(each) if each is not None else [None] * _COUNT for each in photos]
    return np.array(rows, np.float64).reshape(len(photos), _COUNT)


def _signals(each: Quality) -> list[float | None]:
    return [
        _log(each.close_sharpness if each.close_sharpness is not None else each.sharpness),
        _log(each.detail),
        _log(each.eye_sharpness),
        _log(each.face_sharpness),
        None if each.eyes is None or not each.prominent else each.eyes / each.prominent,
        math.sqrt(each.clipped_white),
        math.sqrt(each.clipped_black),
        each.light,
        _log(each.contrast),
        _log(1 + each.colourfulness),
        _log(each.noise),
        _log(each.megapixels),
    ]


def _log(value: float | None) -> float | None:
    return math.log(value) if value else None


_COUNT = len(_signals(Quality(width=1, height=1, side=1)))


def learn(
    winners: NDArray[np.float64], losers: NDArray[np.float64], groups: NDArray[np.int64]
) -> Preference | None:
    """Learn from choices.

    Args:
        winners: (n, k), the signals of the photos that were preferred.
        losers: (n, k), those of the photos that they were preferred to.
        groups: (n,), which group each choice is of.

    Returns:
        What was learnt; None where there is nothing to learn from.
    """
    differences = np.nan_to_num(winners - losers)
    told = np.count_nonzero(differences, axis=0)
    scale = np.sqrt(np.sum(differences**2, axis=0) / np.maximum(told, 1))
    scale[scale == 0] = np.inf
    rows = differences / scale
    names, number = np.unique(groups, return_inverse=True)
    if len(names) < 2 or not rows.any():
        return None
    fold = number % min(_FOLDS, len(names))
    foreseen = 0.0
    for held in range(fold.max() + 1):
        margin = rows[fold == held] @ _fitted(rows[fold != held])
        foreseen += float(np.sum(margin > 0) + 0.5 * np.sum(margin == 0))
    return Preference(_fitted(rows) / scale, len(rows), len(names), foreseen / len(rows))


def _fitted(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights under which it is most likely that each of (n, k) differences is preferred."""
    weights = np.zeros(rows.shape[1])
    for _ in range(_ITERATIONS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (1 - chance) - _RIDGE * weights
        bend = (rows.T * (chance * (1 - chance))) @ rows + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def lowest(share: float, count: int) -> float:
    """The lower end of Wilson's interval for a share of so many, with nine chances in ten."""
    if not count:
        return 0.0
    square = _QUANTILE**2
    middle = share + square / (2 * count)
    spread = _QUANTILE * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return (middle - spread) / (1 + square / count)
