"""Which photos of a map are drawn as pictures, and where: as many as do not overlap."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from textual.geometry import Size

from tui_selector.app.map_camera import ACROSS, DOWN, Camera
from tui_selector.app.map_points import MapPoints

PicturesWhen = Literal["near", "always", "never"]
"""When photos are drawn as pictures: where few are in sight, always, or never."""

#: Sizes of pictures in cells, the largest first; a line in the photo's colour stands under each.
_BOXES = (Size(26, 9), Size(20, 7), Size(14, 5), Size(10, 4))

#: Photos that are tried at most when pictures are laid out.
_MOST_TRIED = 4000

#: How many times the cells of its picture a photo has to itself where pictures are drawn.
_ROOM = 0.6


class Thumbnail(NamedTuple):
    """A picture on the map: the photo's number, its top left cell and its size."""

    number: int
    column: int
    row: int
    box: Size

    def holds(self, column: float, row: float) -> bool:
        """Whether a point of the screen, in cells, is on it or on the line under it."""
        width, height = self.box
        return 0 <= column - self.column < width and 0 <= row - self.row < height + 1


def arranged(points: MapPoints, camera: Camera, when: PicturesWhen) -> list[Thumbnail]:
    """Lay out the pictures of the photos in a view.

    Args:
        points: The photos.
        camera: The view.
        when: Whether pictures are drawn at all.
    """
    seen, dots = points.seen(camera)
    if when == "never" or not len(seen):
        return []
    room = camera.columns * camera.rows / len(seen)
    box = next((box for box in _BOXES if room >= _ROOM * box.area), None)
    if box is None:
        if when == "near":
            return []
        box = _BOXES[-1]
    # Which ones are drawn where they are many is left to chance, the same one every time.
    order = np.argsort(points.ids[seen] * 2_654_435_761 % 2**32)[:_MOST_TRIED]
    seen, centres = seen[order], dots[order] / (ACROSS, DOWN)
    taken = np.zeros((camera.rows, camera.columns), np.bool_)
    width, height = box.width, box.height + 1
    found: list[Thumbnail] = []
    for index, (x, y) in zip(seen.tolist(), centres.tolist(), strict=True):
        column = min(max(round(x - width / 2), 0), camera.columns - width)
        row = min(max(round(y - height / 2), 0), camera.rows - height)
        if column < 0 or row < 0 or taken[row : row + height, column : column + width].any():
            continue
        taken[row : row + height, max(0, column - 1) : column + width + 1] = True
        found.append(Thumbnail(index, column, row, box))
    return found
