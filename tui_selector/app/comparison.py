"""Photos side by side, without a screen: which they are, where each looks, how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec

from tui_selector.app.album import Album

#: Most photos that are compared at a time.
MOST = 4

Pair = tuple[float, float]

#: A picture that is no more than this much less large in fewer rows stands in fewer rows.
_AS_LARGE = 1.02


class Frame(msgspec.Struct):
    """One of the photos.

    Attributes:
        photo: Its id.
        zoom: Screen pixels per picture pixel; None for the whole photo.
        centre: The point in the middle of its view, as fractions of width and height. It may lie
            outside the photo: views that are locked together keep their distance at its edges.
    """

    photo: int
    zoom: float | None = None
    centre: Pair = (0.5, 0.5)


class Comparison:
    """Up to `MOST` photos, one of them active, looked at together.

    Attributes:
        frames: The photos, in the order of the screen.
        locked: Whether zoom and pan of one are those of all. Shifts made while they are not stay
            when they are again, to make up for a camera that has moved.
    """

    def __init__(self, photos: Sequence[int]) -> None:
        """
        Args:
            photos: Their ids, at most `MOST`.
        """
        self.frames = [Frame(photo) for photo in photos]
        self.locked = True
        self._active = 0
        self._left: dict[int, tuple[int, Frame]] = {}

    @property
    def photos(self) -> list[int]:
        """The ids, in order."""
        return [frame.photo for frame in self.frames]

    @property
    def active(self) -> int:
        """Index of the photo that decisions are about; 0 where there is none."""
        return self._active

    @active.setter
    def active(self, index: int) -> None:
        self._active = max(0, min(index, len(self.frames) - 1))

    @property
    def active_photo(self) -> int | None:
        """Id of the active photo."""
        return self.frames[self._active].photo if self.frames else None

    # -- which photos ------------------------------------------------------------------------

    def swap(self) -> bool:
        """Let the active photo and the next one (the one before the last) change places.

        Returns:
            Whether there was another one.
        """
        here = self._active
        other = here + 1 if here + 1 < len(self.frames) else here - 1
        if other < 0:
            return False
        self.frames[here], self.frames[other] = self.frames[other], self.frames[here]
        self._active = other
        return True

    def drop(self, photo: int) -> None:
        """Compare one photo no more; the next one takes its place."""
        index = self.photos.index(photo)
        del self.frames[index]
        self.active = self._active - (index < self._active)

    def replace(self, photo: int) -> None:
        """Let another photo stand in the place of the active one, and look where it looked."""
        self.frames[self._active].photo = photo

    def order(self, photos: Sequence[int]) -> None:
        """Let the photos stand in another order, the first active; others come after these."""
        places = {photo: place for place, photo in enumerate(photos)}
        self.frames.sort(key=lambda frame: places.get(frame.photo, len(places)))
        self._active = 0

    def leave(self, photo: int) -> None:
        """Compare a photo no more that may come back: it is on its way to the trash, or gone."""
        index = self.photos.index(photo)
        self._left[photo] = (index, self.frames[index])
        self.drop(photo)

    @property
    def left(self) -> list[int]:
        """Ids of those that may come back."""
        return list(self._left)

    def come_back(self, photo: int) -> None:
        """Put a photo that left where it was, and make it the active one, if there is room."""
        index, frame = self._left.pop(photo)
        if len(self.frames) < MOST and photo not in self.photos:
            self.frames.insert(index, frame)
            self._active = min(index, len(self.frames) - 1)

    # -- where they look ---------------------------------------------------------------------

    def moved(
        self,
        index: int,
        zoom: float | None,
        centre: Pair,
        sides: Sequence[int],
        before: Pair | None = None,
    ) -> None:
        """Let the others follow one view that has been zoomed or panned, where they are locked.

        Photos of different sizes show the same part of the picture, not the same number of pixels.

        Args:
            index: Of the view.
            zoom: Its zoom now.
            centre: Its centre now.
            sides: The long side of each photo in pixels; 0 where it is not known.
            before: Where the view really looked before, at an edge of the photo; None where it
                looked at its frame's centre.
        """
        mover = self.frames[index]
        was = mover.centre if before is None else before
        right, down = centre[0] - was[0], centre[1] - was[1]
        mover.zoom, mover.centre = zoom, centre
        if not self.locked:
            return
        for frame, side in zip(self.frames, sides, strict=True):
            if frame is not mover:
                frame.zoom = _scaled(zoom, sides[index], side)
                frame.centre = (frame.centre[0] + right, frame.centre[1] + down)

    def align(self, sides: Sequence[int]) -> None:
        """Let every photo look where the active one looks, and forget the shifts.

        Args:
            sides: As for `moved`.
        """
        leader = self.frames[self._active]
        for frame, side in zip(self.frames, sides, strict=True):
            frame.zoom = _scaled(leader.zoom, sides[self._active], side)
            frame.centre = leader.centre


def _scaled(zoom: float | None, side: int, other: int) -> float | None:
    """The zoom at which a photo of another size shows as much of the scene."""
    return zoom * side / other if zoom is not None and side and other else zoom


def candidates(album: Album) -> list[int]:
    """Whom the owner wants to compare, in the order of the tab.

    Two marked photos or more are all of them, however many; one is joined by the current photo;
    without marks it is the current photo and its neighbour.
    """
    marked = album.targets() if album.marks else []
    if len(marked) > 1 or album.current_id is None:
        return marked
    found = {*marked, album.current_id}
    if len(found) == 1:
        (one,) = found
        beside = neighbour(album, one, 1) or neighbour(album, one, -1)
        found.update(() if beside is None else (beside,))
    order = {photo: index for photo in found if (index := album.index_of(photo)) is not None}
    return sorted(found, key=lambda photo: order.get(photo, len(album)))


def neighbour(
    album: Album, photo: int | None, direction: int, besides: Sequence[int] = ()
) -> int | None:
    """The nearest photo of the tab before (-1) or after (1) one, that is not among `besides`.

    Where the photo is not in the tab it is looked for from the cursor on.
    """
    start = None if photo is None else album.index_of(photo)
    index = album.cursor if start is None else start + direction
    while 0 <= index < len(album):
        if album.ids[index] not in besides and album.ids[index] != photo:
            return album.ids[index]
        index += direction
    return None


def neighbour_in(
    photos: Sequence[int], photo: int, direction: int, besides: Sequence[int]
) -> int | None:
    """The nearest of some photos before (-1) or after (1) one, that is not among `besides`; from
    the first on where it is none of them."""
    index = photos.index(photo) + direction if photo in photos else 0
    while 0 <= index < len(photos):
        if photos[index] not in besides:
            return photos[index]
        index += direction
    return None


def arrangement(
    window: tuple[int, int], aspects: Sequence[float], cell: float, caption: int
) -> tuple[int, int]:
    """How many rows and columns of panes show photos largest.

    Args:
        window: Columns and rows of cells that there are for all.
        aspects: Width divided by height of each photo, at least one.
        cell: Width of a cell divided by its height.
        caption: Rows of each pane that are not picture.

    Returns:
        Rows and columns of panes.
    """
    best, largest = (1, len(aspects)), 0.0
    for rows in range(1, len(aspects) + 1):
        columns = ceil(len(aspects) / rows)
        width = max(1, window[0] // columns) * cell
        height = max(1, window[1] // rows - caption)
        area = sum(min(width, height * aspect) ** 2 / aspect for aspect in aspects)
        if area > largest * _AS_LARGE:
            best, largest = (rows, columns), area
    return best


def shares(measured: Sequence[float | None]) -> list[float | None]:
    """Each number as a share of the largest; None where it is unknown or nothing was measured."""
    largest = max((number for number in measured if number is not None), default=0.0)
    return [
        None if number is None or largest <= 0 else min(1.0, number / largest)
        for number in measured
    ]
