"""Which photos are alike, and how much: the links that groups are cut from.

Neighbours are found by products of short rows (outlines of fingerprints, vectors in their principal
axes), all else is compared for those few pairs alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.crops import crop_likeness
from tui_selector.analysis.similar.fingerprints import Floats, Rows
from tui_selector.analysis.similar.forest import components
from tui_selector.analysis.similar.neighbours import (
    Pairs,
    alike_pairs,
    alike_pairs_at_a_time,
    close_pairs,
    close_pairs_at_a_time,
)
from tui_selector.analysis.similar.shots import Shots, cosines, look
from tui_selector.analysis.threads import single_threaded_algebra
from tui_selector.analysis.two_level import fit_projection
from tui_selector.library.groups import LIMITS

#: How far apart outlines of duplicates are at most. Of 1,800 changed copies of 152 photos (sizes,
#: shapes, crops, light, blur, turns) that likeness of frames finds at 0.9, or of discs at 0.85, 99
#: of 100 are nearer; of unrelated pairs of 10,000 photos about 1 in 40,000, and 1 in 4,000.
_FRAME_RADIUS, _DISC_RADIUS = 0.265, 0.316

#: What the interpolation of a turn costs in likeness, which is given back.
_TURN = 0.05

#: How alike the colours of turned copies are at least: a turn adds corners and loses others.
_TURNED_COLOURS = 0.8

#: How alike vectors and colours are at least of photos that may be parts of each other: 19 of 20
#: crops of 70 % of each side are as alike, and 1 in 600 pairs of photos in series of one motif.
_CROPPED, _CROPPED_COLOURS = 0.7, 0.85

#: By how much the best of all sizes and places seems more alike than it is.
_SOUGHT = 0.04

#: Pairs that are looked at as parts of each other: so many are always, and of more one for every
#: two photos at most.
_FEW = 1000

#: Seconds between two photos that are two exposures for sure, where both times are known.
_APART = 0.02

#: Principal axes that neighbours are looked for in, and how much less alike they may seem there.
_AXES, _SLACK = 48, 0.1

#: Photos that the axes are found by, about.
_SAMPLE = 1024

#: Photos of one component that are compared all with all; a larger one is first cut into smaller.
_MOST = 1500

#: How fast the threshold rises until a component falls apart into small ones.
_STEP = np.float32(0.05)


class Links(NamedTuple):
    """m pairs of rows and how alike they are, 0 to 1; `left` < `right`."""

    left: Rows
    right: Rows
    strength: Floats

    @classmethod
    def of(cls, several: Iterable[Links]) -> Links:
        """All of several, in their order."""
        empty = cls(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))
        left, right, strength = zip(empty, *several, strict=True)
        return cls(np.concatenate(left), np.concatenate(right), np.concatenate(strength))

    def at(self, kept: NDArray[np.bool_]) -> Links:
        """Some of them."""
        return Links(self.left[kept], self.right[kept], self.strength[kept])


class Near(NamedTuple):
    """Photos that were compared all with all.

    Attributes:
        rows: Which photos.
        pairs: Those of them whose frames have nearly the same outlines.
    """

    rows: Rows
    pairs: Pairs

    @classmethod
    def none(cls) -> Near:
        """Nothing was compared."""
        return cls(np.empty(0, np.intp), Pairs.none())


def neighbours(shots: Shots, rows: Rows, before: Near) -> Near:
    """Compare some photos, ascending rows, all with all.

    Args:
        shots: The photos.
        rows: Which of them, ascending.
        before: What was compared already.
    """
    rows = rows[~shots.prints.flat[rows]]
    old = np.isin(rows, before.rows)
    order = np.concatenate([rows[old], rows[~old]])
    outlines = shots.prints.part(rows).outlines()[np.searchsorted(rows, order)]
    fresh = _original(close_pairs(outlines, _FRAME_RADIUS, int(old.sum())), order)
    fresh = Pairs(np.minimum(*fresh), np.maximum(*fresh))
    here = np.zeros(len(shots), np.bool_)
    here[rows] = True
    known = before.pairs.at(here[before.pairs.left] & here[before.pairs.right])
    return Near(rows, Pairs.union(known, fresh, count=max(1, len(shots))))


def duplicates(shots: Shots, since: int = 0) -> Links:
    """Pairs that show one picture: in another size or shape, flipped, or turned.

    Frames that correlate by 0.9 and more are one picture: unrelated photos have at most 0.65,
    other views of one object 0.77 (`hashing`). Two exposures of a camera on a tripod may be as
    alike; they are told by their times.

    Args:
        shots: The photos.
        since: Only pairs of which at least one is this row or a later one.
    """
    least = np.float32(LIMITS["duplicate"][0])
    known = np.flatnonzero(~shots.prints.flat)
    first = int(np.searchsorted(known, since))
    prints, times = shots.prints.part(known), shots.taken[known]

    def close(points: Floats, radius: float) -> Pairs:
        if first:
            found = close_pairs(points, radius, first)
            found = found.at(~(np.abs(times[found.left] - times[found.right]) > _APART))
        else:
            found = close_pairs_at_a_time(points, radius, times, _APART)
        return _original(found, known)

    near = close(prints.outlines(), _FRAME_RADIUS)
    turned = close(prints.turned_outlines(), _DISC_RADIUS)
    turned = turned.at(shots.prints.colour_likeness(*turned) >= _TURNED_COLOURS)
    pairs = Pairs.union(near, turned, count=max(1, len(shots)))
    strength = shots.prints.likeness(*pairs)
    others = strength < 1 - _TURN
    some = pairs.at(others)
    turns = np.minimum(shots.prints.turned_likeness(*some) + np.float32(_TURN), 1)
    turns[shots.prints.colour_likeness(*some) < _TURNED_COLOURS] = 0
    strength[others] = np.maximum(strength[others], turns)
    return Links(*pairs, strength).at(strength >= least)


def crops(shots: Shots, known: Links, since: int = 0) -> Links:
    """Pairs of which one picture is a part of the other, by `crops.crop_likeness`.

    Such pairs are looked for where vectors are alike and times allow it; where there are many, the
    most alike ones count.

    Args:
        shots: The photos.
        known: Pairs that show one picture as a whole; the surest of them are not looked at.
        since: Only pairs of which at least one is this row or a later one.
    """
    rows = _contemporaries(shots)
    if not shots.vectors.shape[1] or len(rows) < 2:
        return Links.of([])
    times, vectors = shots.taken[rows], shots.vectors[rows]
    with single_threaded_algebra():
        short = vectors @ _axes(vectors)
    first, least = int(np.searchsorted(rows, since)), _CROPPED - _SLACK
    if first:
        pairs = alike_pairs(short, least, first)
        pairs = pairs.at(~(np.abs(times[pairs.left] - times[pairs.right]) > _APART))
    else:
        pairs = alike_pairs_at_a_time(short, least, times, _APART)
    pairs = _original(pairs, rows)
    pairs = pairs.at(shots.contents[pairs.left] != shots.contents[pairs.right])
    sure = known.at(known.strength >= 1 - _SOUGHT)
    pairs = pairs.at(~np.isin(_keys(pairs, shots), _keys(Pairs(sure.left, sure.right), shots)))
    pairs = pairs.at(shots.prints.colour_likeness(*pairs) >= _CROPPED_COLOURS)
    alike = cosines(shots, *pairs)
    pairs, alike = pairs.at(alike >= _CROPPED), alike[alike >= _CROPPED]
    most = np.argsort(-alike, kind="stable")[: max(_FEW, len(shots) // 2)]
    pairs = pairs.at(np.sort(most))
    strength = crop_likeness(shots.prints, shots.shapes, *pairs) - np.float32(_SOUGHT)
    return Links(*pairs, strength).at(strength >= np.float32(LIMITS["duplicate"][0]))


def _contemporaries(shots: Shots) -> Rows:
    """Photos with something to recognise and others whose times are near or unknown."""
    rows = np.flatnonzero(~shots.prints.flat)
    times = shots.taken[rows]
    if np.isnan(times).any():
        return rows
    order = np.argsort(times, kind="stable")
    near = np.diff(times[order]) <= _APART
    beside = np.zeros(len(rows), np.bool_)
    beside[order[:-1][near]] = beside[order[1:][near]] = True
    return rows[beside]


def _keys(pairs: Pairs, shots: Shots) -> NDArray[np.intp]:
    """A number for each pair."""
    return pairs.left * len(shots) + pairs.right


def look_alikes(shots: Shots, near: Pairs, rows: Rows, least: float) -> Links:
    """Pairs of some photos that show the same motif, by `shots.look`.

    Fingerprints count where their outlines are close, vectors everywhere.

    Args:
        shots: The photos.
        near: What `neighbours` has found among them.
        rows: Which of them, ascending.
        least: How alike they are at least.
    """
    near = near.at(shots.prints.colour_likeness(*near) ** 2 >= least)
    strength = look(shots, *near)
    found = [Links(*near, strength).at(strength >= least)]
    if shots.vectors.shape[1] and len(rows) > 1:
        vectors = shots.vectors[rows]
        with single_threaded_algebra():
            short = vectors @ _axes(vectors)
        pairs = _original(alike_pairs(short, least - _SLACK), rows)
        colours = shots.prints.colour_likeness(*pairs) ** 2
        pairs, colours = pairs.at(colours >= least), colours[colours >= least]
        strength = colours * cosines(shots, *pairs)
        found.append(Links(*pairs, strength).at(strength >= least))
    # A pair that was found twice counts by the stronger link: components do not see the weaker.
    return Links.of(found)


def _axes(vectors: Floats) -> Floats:
    """(d, r): the axes in which vectors are told apart best, their common direction among them."""
    projection = fit_projection(vectors[:: 1 + len(vectors) // _SAMPLE], _AXES)
    mean = projection.mean[:, None]
    basis, _ = np.linalg.qr(np.hstack([mean, projection.axes]))
    return np.ascontiguousarray(basis, np.float32)


def averaged(shots: Shots, links: Links) -> Links:
    """Turn look-alikes into links that hold groups together on average, not by a chain.

    A walk along a beach is a chain of photos of which each is like the next; its ends have nothing
    in common. Average linkage (Sokal and Michener 1958) joins two groups where their members are
    alike on average.

    Returns:
        One link for each join: any threshold cuts them as it cuts the tree of joins.
    """
    joined: list[Links] = []
    with single_threaded_algebra():
        for rows, inner in _components(len(shots), links):
            if len(rows) == 2 or len(rows) > _MOST:
                joined.append(inner)
            else:
                joined.append(_linkage(rows, _likeness(shots, rows, inner)))
    return Links.of(joined)


def _likeness(shots: Shots, rows: Rows, links: Links) -> Floats:
    """How alike all pairs of some photos are, (m, m)."""
    colours = shots.prints.colour_rows(rows)
    vectors = shots.vectors[rows]
    alike: Floats = np.maximum(vectors @ vectors.T, 0) * (colours @ colours.T) ** 2
    left, right = np.searchsorted(rows, links.left), np.searchsorted(rows, links.right)
    np.maximum.at(alike, (left, right), links.strength)
    np.maximum.at(alike, (right, left), links.strength)
    return alike


def _linkage(rows: Rows, alike: Floats) -> Links:
    from scipy.cluster.hierarchy import linkage

    above = np.triu_indices(len(rows), 1)
    joins = linkage(1 - alike[above].astype(np.float64), "average")
    # Each cluster is stood for by one of its photos; scipy numbers joins after the photos.
    stands = np.concatenate([rows, np.zeros(len(joins), np.intp)])
    for number, (one, other) in enumerate(joins[:, :2].astype(np.intp).tolist()):
        stands[len(rows) + number] = min(stands[one], stands[other])
    ends = np.sort(stands[joins[:, :2].astype(np.intp)], axis=1)
    return Links(ends[:, 0], ends[:, 1], (1 - joins[:, 2]).astype(np.float32))


def _components(count: int, links: Links) -> list[tuple[Rows, Links]]:
    """The connected components of links: the rows of each, ascending, and its links."""
    found: list[tuple[Rows, Links]] = []
    waiting = [(links, np.float32(0.0))]
    while waiting:
        some, threshold = waiting.pop()
        labels = components(count, some.left, some.right)
        order = np.argsort(labels[some.left], kind="stable")
        some = Links(some.left[order], some.right[order], some.strength[order])
        bounds = np.flatnonzero(np.diff(labels[some.left], prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            part = Links(some.left[start:end], some.right[start:end], some.strength[start:end])
            rows = np.unique(np.concatenate([part.left, part.right]))
            higher = max(threshold, np.float32(part.strength.min())) + _STEP
            if len(rows) <= _MOST or higher > 1:
                found.append((rows, part))
            else:
                waiting.append((part.at(part.strength >= higher), higher))
    return found


def _original(pairs: Pairs, rows: Rows) -> Pairs:
    """Pairs of `rows` as pairs of what these are rows of."""
    return Pairs(rows[pairs.left], rows[pairs.right])
