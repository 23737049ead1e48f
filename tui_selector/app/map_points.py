"""The photos of a map as arrays: which are where, which are inside a line, and what a cell shows.

numpy is imported with this module, which the screen of the map imports when it is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.app.map_camera import ACROSS, DOWN, Camera

Place = tuple[float, float]
Flags = NDArray[np.bool_]

#: Dots of a braille character by column and row in the cell (Unicode 16, section 21.1).
_BITS = np.array([[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]], np.uint8)


class Cells(NamedTuple):
    """What each cell of a view shows: all (rows, columns).

    Attributes:
        dots: Bits of its braille character.
        photos: How many photos lie in it.
        kinds: Which colour most of them have.
        marked: Whether one of them is marked.
    """

    dots: NDArray[np.uint8]
    photos: NDArray[np.int64]
    kinds: NDArray[np.int64]
    marked: Flags


class MapPoints:
    """Photos on a plane.

    Attributes:
        ids: (n,) int64.
        places: (n, 2) float32.
        marked: (n,) which are marked.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        places: NDArray[np.generic],
        whole: NDArray[np.generic] | None = None,
    ) -> None:
        """
        Args:
            ids: Of the photos.
            places: Of the photos.
            whole: (m, 2) the places of the map that they are a part of; theirs where left out.
        """
        self.ids = ids
        self.places = np.ascontiguousarray(places, np.float32)
        self._whole = self.places if whole is None else np.asarray(whole, np.float32)
        self.marked: Flags = np.zeros(len(ids), np.bool_)
        self._order: NDArray[np.int64] | None = None
        self._seen: tuple[Camera, NDArray[np.int64], NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all places, of photos that are not shown, too."""
        whole = self._whole
        if not len(whole):
            return 0.0, 0.0, 1.0, 1.0
        (left, top), (right, bottom) = whole.min(axis=0), whole.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def index_of(self, photo: int | None) -> int | None:
        """The number of a photo; None where it is not on the map."""
        if photo is None or not len(self.ids):
            return None
        if self._order is None:
            self._order = np.argsort(self.ids, kind="stable")
        at = int(np.searchsorted(self.ids, photo, sorter=self._order))
        if at == len(self.ids) or int(self.ids[self._order[at]]) != photo:
            return None
        return int(self._order[at])

    def mark(self, photos: Collection[int]) -> None:
        """Take these for marked, and no others."""
        wanted = np.fromiter(photos, np.int64, len(photos))
        self.marked = np.isin(self.ids, wanted)

    # -- looking for photos ------------------------------------------------------------------

    def seen(self, camera: Camera) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The numbers of the photos in a view, and where they lie in it, in dots: (n,), (n, 2)."""
        if self._seen is None or self._seen[0] != camera:
            left, top = camera.origin
            dots = (self.places - np.array((left, top), np.float32)) * np.float32(camera.scale)
            across, down = dots.T
            inside_ = (across >= 0) & (across < camera.columns * ACROSS)
            inside_ &= (down >= 0) & (down < camera.rows * DOWN)
            found = np.flatnonzero(inside_)
            self._seen = camera, found, dots[found]
        return self._seen[1:]

    def visible(self, camera: Camera) -> NDArray[np.int64]:
        """The numbers of the photos in a view."""
        return self.seen(camera)[0]

    def nearest(self, place: Place, within: float) -> int | None:
        """The number of the photo nearest to a place; None where none is within this distance."""
        if not len(self.ids):
            return None
        apart = ((self.places - np.array(place, np.float32)) ** 2).sum(axis=1)
        index = int(apart.argmin())
        return index if apart[index] <= within * within else None

    def towards(self, place: Place, right: int, down: int, least: float) -> int | None:
        """The number of the nearest photo in a direction, within 45 degrees of it.

        Args:
            place: From where.
            right: 1, 0 or -1.
            down: The same.
            least: How far in that direction it is at least.
        """
        away = self.places - np.array(place, np.float32)
        ahead = away[:, 0] * right + away[:, 1] * down
        aside = np.abs(away[:, 0] * down) + np.abs(away[:, 1] * right)
        found = np.flatnonzero((ahead >= least) & (aside <= ahead))
        if not len(found):
            return None
        return int(found[np.argmin((away[found] ** 2).sum(axis=1) + aside[found] ** 2)])

    def inside(self, corners: Sequence[Place]) -> NDArray[np.int64]:
        """The numbers of the photos inside a closed line, by the even-odd rule."""
        return np.flatnonzero(inside(self.places, corners))

    # -- drawing -----------------------------------------------------------------------------

    def cells(self, camera: Camera, kinds: NDArray[np.int16], *, peak: bool = False) -> Cells:
        """What the cells of a view show.

        Args:
            camera: The view.
            kinds: (n,) the number of each photo's colour.
            peak: Whether a cell has its highest colour and not its most frequent one.
        """
        rows, columns = camera.rows, camera.columns
        seen, dots = self.seen(camera)
        across, down = dots.astype(np.int64).T
        cell = down // DOWN * columns + across // ACROSS
        lit = np.zeros((rows * DOWN, columns * ACROSS), np.bool_)
        lit[down, across] = True
        photos = np.bincount(cell, minlength=rows * columns)
        count = int(kinds.max(initial=0)) + 1
        tally = np.bincount(cell * count + kinds[seen], minlength=rows * columns * count)
        tally = tally.reshape(rows, columns, count)
        highest = count - 1 - (tally[:, :, ::-1] > 0).argmax(axis=2)
        most = highest if peak else tally.argmax(axis=2)
        marked = np.bincount(cell[self.marked[seen]], minlength=rows * columns) > 0
        return Cells(
            braille(lit), photos.reshape(rows, columns), most, marked.reshape(rows, columns)
        )


def braille(lit: Flags) -> NDArray[np.uint8]:
    """Bits of the braille characters that show these dots.

    Args:
        lit: (4 rows, 2 columns).

    Returns:
        (rows, columns) uint8.
    """
    rows, columns = lit.shape[0] // DOWN, lit.shape[1] // ACROSS
    parts = lit.reshape(rows, DOWN, columns, ACROSS)
    return np.asarray(np.einsum("rdca,ad->rc", parts, _BITS, dtype=np.uint8), np.uint8)


def inside(places: NDArray[np.floating], corners: Sequence[Place]) -> Flags:
    """Which places lie inside a closed line, by the even-odd rule.

    Args:
        places: (n, 2).
        corners: Of the line, at least three; the last is joined to the first.
    """
    x, y = np.asarray(places, np.float64).T
    found = np.zeros(len(x), np.bool_)
    if len(corners) < 3:
        return found
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        found ^= crosses & (x < x1 + (y - y1) * ((x2 - x1) / (y2 - y1)))
    return found


def line_dots(corners: Sequence[tuple[float, float]], rows: int, columns: int) -> Flags:
    """The dots of a line through points that are given in cells: (4 rows, 2 columns)."""
    lit = np.zeros((rows * DOWN, columns * ACROSS), np.bool_)
    for (x1, y1), (x2, y2) in pairwise(corners):
        across, down = (x2 - x1) * ACROSS, (y2 - y1) * DOWN
        count = min(int(max(abs(across), abs(down))) + 2, 20_000)
        xs = np.linspace(x1 * ACROSS, x2 * ACROSS, count).astype(np.int64)
        ys = np.linspace(y1 * DOWN, y2 * DOWN, count).astype(np.int64)
        seen = (xs >= 0) & (ys >= 0) & (xs < lit.shape[1]) & (ys < lit.shape[0])
        lit[ys[seen], xs[seen]] = True
    return lit
