"""Which new cluster is which old tab."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

MIN_JACCARD = 0.2
"""Below this overlap a cluster is a new tab: sharing a few photos is not being the same thing."""


def match_tabs(
    old: Mapping[int, Collection[int]],
    new: Sequence[Collection[int]],
    min_jaccard: float = MIN_JACCARD,
) -> list[int | None]:
    """Return for each new cluster the id of the old tab it continues, or None for a new tab.

    ``old`` maps tab ids to photo ids. The matching maximises the summed overlap (Jaccard, over
    the photos known to both sides, so that photos that just arrived or left weigh nothing), is
    one to one, and does not depend on the order of ``old``. Pairs under ``min_jaccard`` stay
    unmatched.
    """
    matched: list[int | None] = [None] * len(new)
    tabs = sorted(old)
    was, row = _flat([old[tab] for tab in tabs])
    now, column = _flat(new)
    first, last = (np.searchsorted(was, now, side) for side in ("left", "right"))
    times = last - first
    # Each photo of a cluster meets every tab that it was in, by its place among the old photos.
    place = (
        np.repeat(first, times)
        + np.arange(times.sum())
        - np.repeat(np.cumsum(times) - times, times)
    )
    pairs, shared = np.unique(
        row[place] * max(len(new), 1) + np.repeat(column, times), return_counts=True
    )
    tab, cluster = np.divmod(pairs, max(len(new), 1))
    old_sizes = np.bincount(row[np.isin(was, now)], minlength=len(tabs))
    new_sizes = np.bincount(column[times > 0], minlength=len(new))
    overlap = shared / (old_sizes[tab] + new_sizes[cluster] - shared)
    alike = overlap >= min_jaccard
    for one, other in _best_pairs(tab[alike], cluster[alike], overlap[alike], len(tabs)):
        matched[other] = tabs[one]
    return matched


def _flat(groups: Sequence[Collection[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (m,) photos in rising order and (m,) the group that each is in, none twice."""
    photos = np.array([photo for group in groups for photo in set(group)], np.int64)
    of = np.repeat(np.arange(len(groups)), [len(set(group)) for group in groups])
    order = np.argsort(photos, kind="stable")
    return photos[order], of[order]


def _best_pairs(
    tab: NDArray[np.int64], cluster: NDArray[np.int64], overlap: NDArray[np.float64], tabs: int
) -> Iterator[tuple[int, int]]:
    """Yield the one-to-one pairs of the largest summed overlap.

    Tabs and clusters that no chain of overlaps connects are matched apart, which keeps thousands
    of them quick.
    """
    if not len(tab):
        return
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = tabs + int(cluster.max()) + 1
    graph = coo_array((np.ones(len(tab), np.int8), (tab, tabs + cluster)), shape=(size, size))
    _, parts = connected_components(graph.tocsr(), directed=False)
    order = np.argsort(parts[tab], kind="stable")
    for edges in np.split(order, np.flatnonzero(np.diff(parts[tab][order])) + 1):
        rows, row = np.unique(tab[edges], return_inverse=True)
        columns, column = np.unique(cluster[edges], return_inverse=True)
        table = np.zeros((len(rows), len(columns)))
        table[row, column] = overlap[edges]
        for one, other in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[one, other] > 0:
                yield int(rows[one]), int(columns[other])
