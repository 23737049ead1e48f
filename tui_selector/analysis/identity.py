"""Which new cluster is which old tab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

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
    if not tabs or not new:
        return matched
    home: dict[int, list[int]] = {}
    for row, tab in enumerate(tabs):
        for photo in old[tab]:
            home.setdefault(photo, []).append(row)
    known_now = set().union(*new)
    old_sizes = np.array([sum(p in known_now for p in set(old[tab])) for tab in tabs], float)
    new_sizes = np.zeros(len(new))
    shared = np.zeros((len(tabs), len(new)))
    for column, photos in enumerate(new):
        for photo in set(photos):
            rows = home.get(photo)
            if rows is not None:
                new_sizes[column] += 1
                for row in rows:
                    shared[row, column] += 1
    union = old_sizes[:, None] + new_sizes[None, :] - shared
    overlap = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    overlap[overlap < min_jaccard] = 0.0

    from scipy.optimize import linear_sum_assignment

    rows_picked, columns_picked = linear_sum_assignment(overlap, maximize=True)
    for row, column in zip(rows_picked.tolist(), columns_picked.tolist(), strict=True):
        if overlap[row, column] > 0:
            matched[column] = tabs[row]
    return matched
