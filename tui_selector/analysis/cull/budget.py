r"""Choosing a given number of photos so that they are good and spread over time and tabs.

What a choice S is worth is, over all features f (events, halves of events and halves of those, and
tabs),

    \sum_f w_f \log(1 + \sum_{i \in S, i \in f} v_i)

where v is a photo's value: its quality, from a half for the worst to 1, halved for each better one
that is nearly the same. An event or a tab weighs as the square root of how many photos it has, so
that a hundred photos get ten times the seats of one rather than a hundred times; the parts of an
event share its weight evenly, however many photos are in each.
The logarithm makes each further seat in the same event or tab worth less. This is a monotone
submodular function of features (Wei, Iyer and Bilmes, "Fast multi-stage submodular maximization",
2014); taking the photo with the highest gain again and again reaches at least 1 - 1/e of the best
choice of single photos (Nemhauser, Wolsey and Fisher, 1978).

Photos that must stay together count as one, by gain over the square root of their number (Lin and
Bilmes, "Multi-document summarization via budgeted maximization of submodular functions", 2010: by
the number itself, an event of one bracket would hardly ever be kept). They are taken only where
exactly the number that is asked for can still be reached. Ties go to the lower key: neither the
order of the photos nor chance has a say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.cull.moments import FloatArray, IntArray, events, parts

BoolArray: TypeAlias = NDArray[np.bool_]

#: What the worst photo is worth beside the best.
_WORST = 0.5
#: What each level of halves is worth beside the one above it.
_LEVEL = 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """The photos to choose from; every array is (n,).

    Attributes:
        keys: Unique; break ties.
        quality: 0 to 1.
        taken: Capture times, seconds; NaN where unknown.
        tabs: Photos with the same number are in the same tab.
        looks: Photos with the same number are nearly the same.
        units: Photos with the same number are kept as one or not at all.
        fixed: Photos that are kept in any case, with their units.
    """

    keys: Sequence[bytes]
    quality: FloatArray
    taken: FloatArray
    tabs: IntArray
    looks: IntArray
    units: IntArray
    fixed: BoolArray


@dataclass(frozen=True, slots=True)
class Choice:
    """Which photos are kept.

    Attributes:
        kept: (n,) whether each is.
        event: (n,) the number of its event, from 0 in order of time.
    """

    kept: BoolArray
    event: IntArray


def choose(candidates: Candidates, keep: int) -> Choice:
    """Choose `keep` photos.

    There are fewer where there are no more, or where units make the number impossible; there are
    more only where more are fixed.

    Raises:
        ValueError: A key is there twice, or `keep` is negative.
    """
    count = len(candidates.keys)
    if keep < 0 or len(set(candidates.keys)) < count:
        raise ValueError("keys must differ and a number to keep is 0 or more")
    # All happens in the order of keys: sums are then the same in whatever order photos come.
    order = np.array(sorted(range(count), key=lambda i: candidates.keys[i]), np.int64)
    taken = candidates.taken[order]
    event = events(taken)
    features = [event, *parts(taken, event), candidates.tabs[order]]
    weights = [_roots(event), *_shared(event, features[1:-1]), _roots(features[-1])]
    value = _values(candidates.quality[order], candidates.looks[order])
    _, units = np.unique(candidates.units[order], return_inverse=True)
    chosen = _Choosing(value, features, weights, _by_first(units)).choose(
        candidates.fixed[order], keep
    )
    kept = np.zeros(count, np.bool_)
    kept[order] = chosen
    numbers = np.zeros(count, np.int64)
    numbers[order] = event
    return Choice(kept, numbers)


def _roots(labels: IntArray) -> FloatArray:
    """(n,) what the event or tab of each photo weighs; 1 all together."""
    _, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    roots = np.sqrt(sizes)
    return np.asarray(roots[index] / max(roots.sum(), 1.0), np.float64)


def _shared(event: IntArray, levels: list[IntArray]) -> list[FloatArray]:
    """For each level, (n,) what the part of each photo weighs."""
    whole = _roots(event)
    weights: list[FloatArray] = []
    for level, part in enumerate(levels, 1):
        count = np.bincount(np.unique(part) // 2**level, minlength=1)
        weights.append(_LEVEL**level * whole / count[event])
    return weights


def _values(quality: FloatArray, looks: IntArray) -> FloatArray:
    """What each photo is worth: half as much for every better one that looks the same."""
    _, look = np.unique(looks, return_inverse=True)
    order = np.lexsort((-quality, look))  # stable: ties stay in the order of keys
    first = np.zeros(len(order), np.int64)
    if len(order):
        starts = np.flatnonzero(np.diff(look[order], prepend=-1))
        first = np.repeat(starts, np.diff(starts, append=len(order)))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - first
    return (_WORST + (1 - _WORST) * np.clip(quality, 0, 1)) * 0.5 ** np.minimum(rank, 60)


def _by_first(units: IntArray) -> IntArray:
    """Number units in the order of their first photos, whatever numbers they had."""
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], np.int64) if len(units) else units


class _Choosing:
    """The greedy choice: the unit with the highest gain for what it costs, again and again.

    An entry is a pair of a unit and a feature that it adds to; they are in the order of units.
    """

    def __init__(
        self,
        value: FloatArray,
        features: list[IntArray],
        weights: list[FloatArray],
        units: IntArray,
    ) -> None:
        self._units = units
        self._sizes = np.bincount(units)
        self._cost = np.sqrt(self._sizes)
        weight: list[FloatArray] = []
        pairs: list[IntArray] = []
        adds: list[FloatArray] = []
        #: Where the numbers of each sort of feature begin.
        self._first = [0]
        for feature, of_photo in zip(features, weights, strict=True):
            names, first, index = np.unique(feature, return_index=True, return_inverse=True)
            pairs.append(np.stack((units, index + self._first[-1])))
            adds.append(value)
            weight.append(of_photo[first])
            self._first.append(self._first[-1] + len(names))
        self._weight = np.concatenate(weight)
        self._filled = np.zeros(len(self._weight))
        unit, feature = np.concatenate(pairs, axis=1)
        both, index = np.unique(unit * len(self._weight) + feature, return_inverse=True)
        self._adds = np.bincount(index, np.concatenate(adds))
        self._feature = both % max(len(self._weight), 1)
        self._start = np.searchsorted(both, np.arange(len(self._sizes) + 1) * len(self._weight))
        self._owner = np.repeat(np.arange(len(self._sizes)), np.diff(self._start))
        self._members: dict[int, IntArray] = {}
        self._behind = self._queues(value, np.stack(features, axis=1))

    def _queues(self, value: FloatArray, features: IntArray) -> IntArray:
        """For each unit, the next best with the same features, -1 for none.

        Only units of one photo stand in queues, where the better one always comes first.
        """
        behind = np.full(len(self._sizes), -1, np.int64)
        alone = np.flatnonzero(self._sizes[self._units] == 1)
        if len(alone):
            _, queue = np.unique(features[alone], axis=0, return_inverse=True)
            order = np.lexsort((-value[alone], queue))  # stable: ties stay in the order of keys
            units, queue = self._units[alone][order], queue[order]
            same = queue[1:] == queue[:-1]
            behind[units[:-1][same]] = units[1:][same]
        return behind

    def choose(self, fixed: BoolArray, keep: int) -> BoolArray:
        """(n,) which photos are kept."""
        is_over = np.zeros(len(self._sizes), np.bool_)
        is_over[self._units[fixed]] = True
        for unit in np.flatnonzero(is_over).tolist():
            self._fill(unit)
        chosen = is_over.copy()
        free = Counter(self._sizes[~is_over].tolist())
        room = _largest_sum(free, max(0, keep - int(self._sizes[is_over].sum())))
        # Units that stand behind others in a queue have no gain before those are over.
        gains = np.zeros(len(self._sizes))
        gains[self._behind[self._behind >= 0]] = -np.inf
        for unit in np.flatnonzero(is_over & (gains == 0)).tolist():
            self._end(gains, is_over, unit)
        self._update(gains, np.arange(len(gains)))
        while room:
            unit = int(np.argmax(gains))  # the first of those that are as good
            is_over[unit] = True
            self._end(gains, is_over, unit)
            size = int(self._sizes[unit])
            free[size] -= 1
            # What is passed over here is never needed: the room can be filled without it.
            if size <= room and _largest_sum(free, room - size) == room - size:
                chosen[unit] = True
                room -= size
                for feature in self._fill(unit):
                    self._update(gains, self._with(feature))
        return np.asarray(chosen[self._units], np.bool_)

    def _end(self, gains: FloatArray, is_over: BoolArray, unit: int) -> None:
        """Take a unit out; the next of its queue that is not over comes to the front."""
        gains[unit] = -np.inf
        behind = int(self._behind[unit])
        while behind >= 0 and is_over[behind]:
            behind = int(self._behind[behind])
        if behind >= 0:
            gains[behind] = 0.0
            self._update(gains, np.array([behind]))

    def _fill(self, unit: int) -> list[int]:
        """Note that a unit is chosen; return its events and tabs.

        Parts of events change only with their events.
        """
        mine = slice(self._start[unit], self._start[unit + 1])
        features = self._feature[mine]
        self._filled[features] += self._adds[mine]
        events_end, tabs_start = self._first[1], self._first[-2]
        return [each for each in features.tolist() if each < events_end or each >= tabs_start]

    def _update(self, gains: FloatArray, units: IntArray) -> None:
        """Set what units add to the worth of the choice, but for those that have no gain."""
        units = units[gains[units] > -np.inf]
        if not len(units):
            return
        lengths = self._start[units + 1] - self._start[units]
        starts = np.cumsum(lengths) - lengths
        entries = np.repeat(self._start[units] - starts, lengths) + np.arange(lengths.sum())
        feature = self._feature[entries]
        added = np.log1p(self._adds[entries] / (1.0 + self._filled[feature]))
        gains[units] = np.add.reduceat(self._weight[feature] * added, starts) / self._cost[units]

    def _with(self, feature: int) -> IntArray:
        """The units with a feature."""
        if feature not in self._members:
            self._members[feature] = self._owner[self._feature == feature]
        return self._members[feature]


def _largest_sum(sizes: Counter[int], most: int) -> int:
    """The largest number, `most` at most, that some of the units have together.

    Args:
        sizes: How many units there are of each size.
    """
    if sizes[1] >= most:
        return most
    mask = (1 << (most + 1)) - 1
    sums = 1  # bit s is set where some units have s photos together
    for size, number in sizes.items():
        step = 1
        while number > 0:
            some = min(step, number)
            sums |= (sums << (size * some)) & mask
            number -= some
            step *= 2
    return sums.bit_length() - 1
