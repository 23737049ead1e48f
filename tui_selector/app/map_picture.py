"""The dots of a map as pixels: discs in the photos' colours, the brighter the denser they lie.

It is imported with the map; a picture is made beside the app and handed to its painter.
"""

from __future__ import annotations

from math import ceil

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest
from tui_selector.app.map_camera import ACROSS, DOWN, Camera
from tui_selector.app.map_colours import Colouring, Ink, States, mixed, shades
from tui_selector.app.map_points import Flags, MapPoints

Pixels = NDArray[np.uint8]

#: The share of the pixels round a photo in a crowd that discs cover, and their radius in pixels.
_COVER, _CROWD = 0.6, 24
_LEAST, _MOST = 1.2, 6.0

#: Pixels on a side of the squares by which density is told, and photos from which on it is.
_SQUARE = 4
_DENSE = 4

#: The ground, the first number of a palette; those of photos follow.
_GROUND, _FIRST = 0, 1

#: Brightnesses of a colour at most.
_LEVELS = 6


class PixelFrame(msgspec.Struct, frozen=True, eq=False):
    """What a picture of a map shows.

    Attributes:
        points: The photos.
        marked: (n,) which of them are marked.
        colouring: Their colours.
        camera: The view.
        ink: The colours of everything else.
    """

    points: MapPoints
    marked: Flags
    colouring: Colouring
    camera: Camera
    ink: Ink

    def is_like(self, other: PixelFrame) -> bool:
        """Whether both show the same."""
        return (
            self.points is other.points
            and self.marked is other.marked
            and self.colouring is other.colouring
            and (self.camera, self.ink) == (other.camera, other.ink)
        )

    def shift(self, camera: Camera) -> tuple[int, int] | None:
        """Columns and rows by which it stands elsewhere in a view; None where it does not fit."""
        own = self.camera
        if (own.scale, own.columns, own.rows) != (camera.scale, camera.columns, camera.rows):
            return None
        column, row = camera.cell(*own.origin)
        if abs(column - round(column)) > 0.02 or abs(row - round(row)) > 0.02:
            return None
        return round(column), round(row)


def picture_of(frame: PixelFrame, size: tuple[int, int], colours: int) -> tuple[Pixels, list[int]]:
    """The picture of a frame.

    Args:
        frame: What it shows.
        size: Its width and height in pixels.
        colours: Of the palette, at most.

    Returns:
        (height, width) uint8 numbers of colours, and red, green and blue of these in turn.

    Raises:
        ValueError: There are more kinds of photos than colours.
    """
    colouring, ink = frame.colouring, frame.ink
    any_marked = bool(frame.marked.any())
    states: States = ("faded", "marked") if any_marked else ("plain",)
    kinds = max(1, len(colouring.legend))
    levels = min(_LEVELS, (colours - _FIRST) // (kinds * len(states)))
    if levels >= 1:
        palette = [ink.ground, *shades(colouring.legend, ink, levels, states)]
        discs = _Discs(frame, size, levels, len(states))
    elif any_marked and colours - _FIRST > kinds:
        # Colours are for what is marked; all else has one.
        rest = mixed(ink.ground, ink.words, 0.3)
        palette = [ink.ground, *shades(colouring.legend, ink, 1, ("marked",)), rest]
        discs = _Discs(frame, size, 1, 1, rest=_FIRST + kinds)
    else:
        raise ValueError("There are more kinds of photos than colours.")
    return discs.pixels, [value for colour in palette for value in colour]


class _Discs:
    """Paints the photos of a frame as discs, each in one pass over its pixels."""

    def __init__(
        self,
        frame: PixelFrame,
        size: tuple[int, int],
        levels: int,
        states: int,
        rest: int | None = None,
    ) -> None:
        """
        Args:
            frame: What is painted.
            size: Width and height in pixels.
            levels: Of brightness.
            states: Numbers of each level: one, or those of photos that are not marked and are.
            rest: The number of all photos that are not marked; None where they have theirs.
        """
        camera = frame.camera
        width, height = size
        seen, dots = frame.points.seen(camera)
        x = (dots[:, 0] * np.float32(width / (camera.columns * ACROSS))).astype(np.int64)
        y = (dots[:, 1] * np.float32(height / (camera.rows * DOWN))).astype(np.int64)
        x, y = np.minimum(x, width - 1), np.minimum(y, height - 1)
        self.radius = _radius(x, y, width)
        edge = self._edge = ceil(self.radius) + 2
        self._wide = width + 2 * edge
        self._canvas = np.full((height + 2 * edge) * self._wide, _GROUND, np.uint8)
        marked = frame.marked[seen]
        kinds = frame.colouring.kinds[seen].astype(np.int64)
        # Of discs that cover each other the last is seen: chance decides which, the same one every
        # time, or the colour that counts more.
        chance = frame.points.ids[seen] * 2_654_435_761 % 2**20
        order = np.argsort(kinds if frame.colouring.peak else chance, kind="stable")
        order = np.concatenate((order[~marked[order]], order[marked[order]]))
        level = _levels(x, y, size, levels)
        looks = _FIRST + (kinds * levels + level) * states
        dim = _FIRST + (kinds * levels + np.maximum(level - 2, 0)) * states
        at = (y + edge) * self._wide + x + edge
        last = len(order) - int(marked.sum())
        others = order[:last]
        if rest is not None:
            looks[others] = dim[others] = rest
        self._paint(at[others], looks[others], dim[others], self.radius)
        top = order[last:]
        if len(top):
            # A gap round marked ones sets them apart from what they cover.
            self._paint(
                at[top], looks[top] + states - 1, np.zeros(len(top), np.int64), self.radius + 1
            )
        self.pixels = np.ascontiguousarray(
            self._canvas.reshape(-1, self._wide)[edge : edge + height, edge : edge + width]
        )

    def _paint(
        self,
        at: NDArray[np.int64],
        looks: NDArray[np.int64],
        rims: NDArray[np.int64],
        radius: float,
    ) -> None:
        reach = ceil(radius)
        across, down = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
        apart = np.hypot(across, down)
        core, rim = looks.astype(np.uint8), rims.astype(np.uint8)
        for inner, outer, values in ((radius - 0.5, radius + 0.5, rim), (-1, radius - 0.5, core)):
            chosen = (apart > inner) & (apart <= outer)
            for right, below in zip(across[chosen].tolist(), down[chosen].tolist(), strict=True):
                self._canvas[at + (below * self._wide + right)] = values


def _radius(x: NDArray[np.int64], y: NDArray[np.int64], width: int) -> float:
    """Of discs that are told apart where most photos lie."""
    if not len(x):
        return _LEAST
    square = y // _CROWD * (width // _CROWD + 1) + x // _CROWD
    crowd = float(np.median(np.bincount(square)[square]))
    return float(min(max((_COVER * _CROWD**2 / crowd / np.pi) ** 0.5, _LEAST), _MOST))


def _levels(
    x: NDArray[np.int64], y: NDArray[np.int64], size: tuple[int, int], levels: int
) -> NDArray[np.int64]:
    """How bright each photo is, by how many lie round it."""
    columns, rows = size[0] // _SQUARE + 3, size[1] // _SQUARE + 3
    square = (y // _SQUARE + 1) * columns + x // _SQUARE + 1
    counts = np.bincount(square, minlength=rows * columns).reshape(rows, columns)
    near = np.zeros_like(counts)
    lines = counts[:-2] + counts[1:-1] + counts[2:]
    near[1:-1, 1:-1] = lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]
    most = int(near.max(initial=0))
    if most <= _DENSE:
        return np.full(len(x), max(levels - 2, 0))
    shares = np.log2(near.ravel()[square] + 1) / np.log2(most + 1)
    return np.asarray(np.minimum((shares * levels).astype(np.int64), levels - 1))


def encoded(request: PictureRequest, pixels: Pixels, palette: list[int]) -> EncodedPicture:
    """A picture, or a part of one, as a painter takes it.

    Args:
        request: What it answers: PNG or Sixel data.
        pixels: (height, width) numbers of colours.
        palette: Of these.
    """
    height, width = pixels.shape
    if request.encoding == "sixel":
        from tui_selector.library.pictures.sixel import sixel_data

        return EncodedPicture(width, height, sixel_data(pixels, palette))
    from io import BytesIO

    from PIL import Image

    image = Image.fromarray(pixels, "P")
    image.putpalette(palette)
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=2)
    return EncodedPicture(width, height, stream.getvalue())
