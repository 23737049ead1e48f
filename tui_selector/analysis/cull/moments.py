"""Events in the time of an album, and how an event is divided into ever smaller parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: A gap ends an event when it is so many times the typical gap around it, which is the geometric
#: mean of this many gaps on either side.
_FACTOR, _AROUND = 17.0, 10
#: Shorter gaps count as this, seconds: within a burst nothing is an event.
_SHORTEST = 30.0
#: How often an event is halved.
LEVELS = 6


def events(taken: FloatArray) -> IntArray:
    """Divide photos into events by the gaps between them.

    The rule of PhotoTOC (Platt, Czerwinski and Field, "PhotoTOC: automatic clustering for browsing
    personal photographs", 2003): a gap ends an event where it is much longer than those around it.

    Args:
        taken: (n,) capture times, seconds; NaN where unknown.

    Returns:
        (n,) the number of the event, from 0 in order of time; photos without a time are the last.
    """
    labels = np.zeros(len(taken), np.int64)
    known = np.flatnonzero(~np.isnan(taken))
    order = known[np.argsort(taken[known], kind="stable")]
    if len(order) > 1:
        gaps = np.log(np.maximum(np.diff(taken[order]), _SHORTEST))
        sums = np.concatenate(([0.0], np.cumsum(gaps)))
        places = np.arange(len(gaps))
        low = np.maximum(places - _AROUND, 0)
        high = np.minimum(places + _AROUND + 1, len(gaps))
        typical = (sums[high] - sums[low] - gaps) / np.maximum(high - low - 1, 1)
        is_end = gaps >= np.log(_FACTOR) + np.where(high - low > 1, typical, np.log(_SHORTEST))
        labels[order[1:]] = np.cumsum(is_end)
    unknown = np.isnan(taken)
    labels[unknown] = labels[order[-1]] + 1 if len(order) else 0
    return labels


def parts(taken: FloatArray, event: IntArray) -> list[IntArray]:
    """Halve the time of every event again and again.

    Photos without a time count as taken one after the other, in the order given.

    Args:
        taken: (n,) capture times, seconds; NaN where unknown.
        event: (n,) what `events` gave.

    Returns:
        For each level from 1, (n,) the number of the part: that of the event times 2 ** level, and
        which part it is, from 0.
    """
    time = np.where(np.isnan(taken), np.arange(len(taken), dtype=np.float64), taken)
    count = int(event.max(initial=-1)) + 1
    start = np.full(count, np.inf)
    end = np.full(count, -np.inf)
    np.minimum.at(start, event, time)
    np.maximum.at(end, event, time)
    span = end[event] - start[event]
    share = np.divide(time - start[event], span, out=np.zeros(len(time)), where=span > 0)
    return [
        event * 2**level + np.minimum((share * 2**level).astype(np.int64), 2**level - 1)
        for level in range(1, LEVELS + 1)
    ]
