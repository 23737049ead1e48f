"""Photos into groups: copies, duplicates, bursts, sets that stay whole, the same motif.

A photo is in one group at most. What surely belongs together is joined first; motifs are then
joined by what stands for each of these units. Nothing here is random.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar import links
from tui_selector.analysis.similar.fingerprints import Floats, Rows
from tui_selector.analysis.similar.forest import Forest, chain, components
from tui_selector.analysis.similar.links import Links, Near
from tui_selector.analysis.similar.naming import is_edit, why
from tui_selector.analysis.similar.neighbours import Pairs
from tui_selector.analysis.similar.series import Neighbours, Series, neighbours, runs, sets
from tui_selector.analysis.similar.shots import Shots
from tui_selector.library.groups import (
    LIMITS,
    THRESHOLDS,
    GroupKind,
    GroupSetting,
    GroupWish,
    slider,
)


class Group(NamedTuple):
    """Photos that are nearly the same.

    Attributes:
        kind: What the group is.
        rows: In order of time, then of id.
        strength: How alike they are at the weakest link that holds them together, 0 to 1.
        why: One sentence.
    """

    kind: GroupKind
    rows: Rows
    strength: float
    why: str


class ThresholdSizes(NamedTuple):
    """What a threshold gives: how many groups, and how many photos are in them."""

    threshold: float
    groups: int
    photos: int


class Compared(NamedTuple):
    """What is known of photos already.

    Attributes:
        near: Those of which the outlines of frames were compared, and which of these are near.
        since: The first row that was compared with none to find duplicates.
        duplicates: Pairs before it that show one picture.
    """

    near: Near
    since: int
    duplicates: Links

    @classmethod
    def none(cls) -> Compared:
        return cls(Near.none(), 0, Links.of([]))


class Grouping:
    """The groups of some photos, at any threshold. What costs is done once, when it is needed."""

    def __init__(self, shots: Shots, gap: float, before: Grouping | None = None) -> None:
        """Take the photos.

        Args:
            shots: All of them, by id.
            gap: Seconds between two frames of a burst at most.
            before: Groups of much the same photos; what was compared there is not compared again.
        """
        self.shots = shots
        self.gap = gap
        self._compared = Compared.none() if before is None else before._continued(shots)
        self._near = self._compared.near
        self._everyone = np.arange(len(shots))
        self._kept: tuple[float, Forest] | None = None

    def groups(self, wish: GroupWish) -> list[Group]:
        """The groups of two and more photos, those with most photos first."""
        forest = self.forest(wish.setting, wish.value)
        labels = forest.labels(wish.value)
        strength = forest.weakest(labels, wish.value)
        sizes = np.bincount(labels, minlength=len(self.shots))
        shared = np.flatnonzero(sizes[labels] > 1)
        taken = np.nan_to_num(self.shots.taken[shared], nan=np.inf)
        order = shared[np.lexsort((self.shots.ids[shared], taken, labels[shared]))]
        bounds = np.flatnonzero(np.diff(labels[order])) + 1
        groups = [
            self._group(rows, float(strength[labels[rows[0]]]), wish)
            for rows in np.split(order, bounds)
            if len(rows)
        ]
        groups.sort(key=lambda group: (-len(group.rows), int(self.shots.ids[group.rows[0]])))
        return groups

    def counts(self, setting: GroupSetting) -> list[ThresholdSizes]:
        """What each threshold of the slider gives, ascending."""
        forest = self.forest(setting, LIMITS[setting][0])
        return [ThresholdSizes(value, *forest.sizes(value)) for value in slider(setting)]

    def forest(self, setting: GroupSetting, least: float) -> Forest:
        """The links that a setting cuts, from a threshold on."""
        if setting == "duplicate":
            return self._pictures
        return self._moments if setting == "bursts" else self._motifs(least)

    # -- the same picture ----------------------------------------------------------------------

    @cached_property
    def _duplicates(self) -> Links:
        since, known = self._compared.since, self._compared.duplicates
        known = Links.of([known, links.duplicates(self.shots, since)])
        return Links.of([known, links.crops(self.shots, known, since)])

    @cached_property
    def _pictures(self) -> Forest:
        return Forest.of(len(self.shots), [chain(self.shots.contents), self._duplicates])

    def _continued(self, shots: Shots) -> Compared:
        """What was compared of these photos, as far as they are the same as here."""
        if "_duplicates" not in self.__dict__:
            return Compared.none()
        _, mine, theirs = np.intersect1d(self.shots.ids, shots.ids, True, True)
        same = self.shots.prints.same(shots.prints, mine, theirs)
        same &= self.shots.has_vector[mine] == shots.has_vector[theirs]
        taken, others = self.shots.taken[mine], shots.taken[theirs]
        same &= (taken == others) | (np.isnan(taken) & np.isnan(others))
        row_of = np.full(len(self.shots), -1, np.intp)
        row_of[mine[same]] = theirs[same]
        new = np.setdiff1d(np.arange(len(shots)), row_of)
        since = int(new[0]) if len(new) else len(shots)

        looked, near = row_of[self._near.rows], self._near.pairs
        left, right = row_of[near.left], row_of[near.right]
        stay = (left >= 0) & (right >= 0)
        here = Near(looked[looked >= 0], Pairs(left[stay], right[stay]))
        found = self._duplicates
        left, right = row_of[found.left], row_of[found.right]
        stay = (left >= 0) & (right >= 0) & (right < since)
        return Compared(here, since, Links(left[stay], right[stay], found.strength[stay]))

    @cached_property
    def _picture_of(self) -> NDArray[np.intp]:
        """(n,): the number of the picture that each photo shows, at the usual threshold."""
        return self._pictures.labels(THRESHOLDS["duplicate"])

    # -- the same moment -----------------------------------------------------------------------

    @cached_property
    def _runs(self) -> list[Rows]:
        return runs(self.shots, self._best_of(self._picture_of), self.gap)

    @cached_property
    def _sets(self) -> list[Series]:
        return sets(self.shots, self._runs)

    @cached_property
    def _set_of(self) -> NDArray[np.intp]:
        """(n,): the number of the set that each photo belongs to, or -1."""
        numbers = np.full(len(self.shots), -1, np.intp)
        for number, series in enumerate(self._sets):
            numbers[series.rows] = number
        return numbers

    @cached_property
    def _in_a_row(self) -> Neighbours:
        """Frames and their next ones, both in no set."""
        found = neighbours(self.shots, self._runs)
        free = (self._set_of[found.before] < 0) & (self._set_of[found.after] < 0)
        return Neighbours(found.before[free], found.after[free], found.strength[free])

    @cached_property
    def _moments(self) -> Forest:
        return Forest.of(len(self.shots), [self._chained_sets(), self._in_a_row])

    @cached_property
    def _burst_of(self) -> NDArray[np.intp]:
        """(n,): the number of the burst or set of each photo, at the usual threshold."""
        return self._moments.labels(THRESHOLDS["bursts"])

    def _chained_sets(self) -> tuple[Rows, Rows, Floats]:
        alone = len(self._sets) + self._everyone
        return chain(np.where(self._set_of >= 0, self._set_of, alone))

    # -- the same motif ------------------------------------------------------------------------

    def _motifs(self, least: float) -> Forest:
        if self._kept is None or least < self._kept[0]:
            units = self._units
            whole = np.isin(units, units[self._set_of >= 0])
            best = self._best_of(units)
            rows = best[~whole[best]]
            self._near = links.neighbours(self.shots, rows, self._near)
            motifs = links.look_alikes(self.shots, self._near.pairs, rows, least)
            joined = links.averaged(self.shots, motifs)
            self._kept = least, Forest.of(len(self.shots), [chain(units), joined])
        return self._kept[1]

    @cached_property
    def _units(self) -> NDArray[np.intp]:
        """(n,): the number of what surely belongs together with each photo."""
        sure = [chain(self._picture_of), chain(self._burst_of)]
        left, right, _ = (np.concatenate(columns) for columns in zip(*sure, strict=True))
        return components(len(self.shots), left, right)

    def _best_of(self, labels: NDArray[np.intp]) -> Rows:
        """What stands for each group: the largest of its photos, the first of several."""
        order = np.lexsort((self._everyone, -self.shots.pixels, labels))
        first = np.diff(labels[order], prepend=-1) != 0
        return np.sort(order[first])

    # -- what a group is -----------------------------------------------------------------------

    def _group(self, rows: Rows, strength: float, wish: GroupWish) -> Group:
        kind = self._kind(rows, wish)
        sentence = why(self.shots, kind, rows, strength)
        return Group(kind, rows, strength, sentence)

    def _kind(self, rows: Rows, wish: GroupWish) -> GroupKind:
        shots = self.shots
        if _one(shots.contents[rows]):
            return "copies"
        if wish.setting == "duplicate" or _one(self._picture_of[rows]):
            return "shot" if is_edit(shots, rows) else "duplicates"
        number = int(max(self._set_of[rows].tolist()))
        if number >= 0:
            return self._sets[number].kind
        pictures = rows[self._stands[rows]]
        if wish.setting == "bursts" or _one(self._burst_of[pictures]):
            return "burst"
        return "similar"

    @cached_property
    def _stands(self) -> NDArray[np.bool_]:
        """(n,): whether a photo stands for the picture that it shows."""
        stands = np.zeros(len(self.shots), np.bool_)
        stands[self._best_of(self._picture_of)] = True
        return stands


def _one(labels: NDArray[np.intp]) -> bool:
    # Of a handful of numbers, Python's own set is made in a tenth of NumPy's time.
    return len(set(labels.tolist())) == 1
