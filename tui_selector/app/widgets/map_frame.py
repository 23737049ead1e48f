"""One frame of a map as strips: dots in their colours, the line that is drawn, the crosshair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_selector.app.map_camera import Camera
from tui_selector.app.map_colours import Colouring, Ink, Rgb, States, mixed, shades
from tui_selector.app.map_points import MapPoints, Place, braille, inside, line_dots

Drawing = Literal["", "lasso", "box"]
"""What is being drawn: nothing, a line round photos, a box."""

#: Brightnesses of a cell, by how many photos lie in it; and from how many on they tell density.
_LEVELS = 6
_DENSE = 4

#: Cells for each photo in sight from which on photos are discs: a dot would hardly be seen.
_SPARSE = 6

_STATES: States = ("plain", "faded", "marked")

_BRAILLE = 0x2800

#: Numbers of looks beside those of photos.
_BLANK, _LINE, _AIM, _HERE = 0, 1, 2, 3
_FIRST = 4


class Sketch(NamedTuple):
    """What lies over the photos.

    Attributes:
        drawing: What is being drawn.
        corners: Its places so far, the crosshair's the last.
        crosshair: Column and row of the cell; None where the mouse is used.
        here: Column and row of the photo that is looked at; None where there is none.
    """

    drawing: Drawing = ""
    corners: Sequence[Place] = ()
    crosshair: tuple[int, int] | None = None
    here: tuple[int, int] | None = None


class _Styles(dict[int, Style]):
    """The style of each look, by twice its number and one more where the ground is tinted."""

    def __init__(self, ink: Ink, colouring: Colouring | None) -> None:
        super().__init__()
        self.colouring, self._ink = colouring, ink
        own = [ink.ground, ink.accent, ink.accent if ink.dark else ink.words, ink.words]
        legend = colouring.legend if colouring is not None else ()
        self._palette: list[Rgb] = [*own, *shades(legend, ink, _LEVELS, _STATES)]

    def __missing__(self, key: int) -> Style:
        ink, (look, tinted) = self._ink, divmod(key, 2)
        ground = mixed(ink.ground, ink.words, 0.14) if tinted else ink.ground
        self[key] = Style(
            color=RichColor.from_rgb(*self._palette[look]),
            bgcolor=RichColor.from_rgb(*ground),
            bold=look in (_AIM, _HERE),
        )
        return self[key]


class FrameDrawer:
    """Draws frames; it keeps the styles, of which there are some hundred at most."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._plain = self._styles = _Styles(ink, None)

    def draw(
        self, points: MapPoints, colouring: Colouring, camera: Camera, sketch: Sketch
    ) -> list[Strip]:
        """The rows of a frame."""
        rows, columns = camera.rows, camera.columns
        cells = points.cells(camera, colouring.kinds, peak=colouring.peak)
        looks = self._looks(points, colouring, cells.photos, cells.kinds, cells.marked)
        signs = np.where(cells.dots > 0, _BRAILLE + cells.dots.astype(np.uint32), 0x20)
        if int(cells.photos.sum()) * _SPARSE <= cells.photos.size:
            signs = np.where(cells.photos > 0, ord("●"), 0x20).astype(np.uint32)
        tinted = np.zeros((rows, columns), np.bool_)
        line = [camera.cell(x, y) for x, y in sketch.corners]
        if sketch.drawing and len(line) > 2:
            centres = np.mgrid[0:columns, 0:rows].T.reshape(-1, 2) + 0.5
            tinted = inside(centres, line).reshape(rows, columns)
        _put_sketch(signs, looks, camera, sketch)
        if self._styles.colouring is not colouring:
            self._styles = _Styles(self._ink, colouring)
        return _strips(signs, looks, tinted, self._styles)

    def over(self, camera: Camera, sketch: Sketch) -> dict[int, list[tuple[int, Strip]]]:
        """What lies over the photos alone: by row, columns and what stands there."""
        signs = np.full((camera.rows, camera.columns), 0x20, np.uint32)
        looks = np.full(signs.shape, _BLANK, np.int64)
        _put_sketch(signs, looks, camera, sketch)
        there = np.flatnonzero((looks != _BLANK).any(axis=1))
        signs, looks = signs[there], looks[there]
        whole = _strips(signs, looks, np.zeros(looks.shape, np.bool_), self._plain)
        found: dict[int, list[tuple[int, Strip]]] = {}
        for row, strip, own in zip(there.tolist(), whole, looks, strict=True):
            changes = np.flatnonzero(np.diff(own != _BLANK, prepend=False, append=False))
            spans = changes.reshape(-1, 2).tolist()
            found[row] = [(start, strip.crop(start, end)) for start, end in spans]
        return found

    def _looks(
        self,
        points: MapPoints,
        colouring: Colouring,
        photos: NDArray[np.int64],
        kinds: NDArray[np.int64],
        marked: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """The number of each cell's look."""
        most = int(photos.max(initial=0))
        if most > _DENSE:
            shares = np.log2(np.maximum(photos, 1)) / np.log2(most)
            levels = np.minimum((shares * _LEVELS).astype(np.int64), _LEVELS - 1)
        else:
            levels = np.full(photos.shape, _LEVELS - 2)
        state = np.where(marked, 2, 1 if points.marked.any() else 0)
        looks = _FIRST + (kinds * _LEVELS + levels) * 3 + state
        return np.where(photos > 0, looks, _BLANK)


def _strips(
    signs: NDArray[np.uint32],
    looks: NDArray[np.int64],
    tinted: NDArray[np.bool_],
    styles: _Styles,
) -> list[Strip]:
    """Rows of signs with their looks; all (rows, columns)."""
    rows, columns = signs.shape
    if not rows:
        return []
    # What is blank has no colour but the ground: it joins what stands before it.
    before = np.where(looks == _BLANK, 0, np.arange(columns))
    looks = np.take_along_axis(looks, np.maximum.accumulate(before, axis=1), axis=1)
    keys = looks * 2 + tinted
    changes = np.diff(keys, axis=1, prepend=-1) != 0
    texts = signs.astype("<u4").tobytes().decode("utf-32-le")
    starts = np.flatnonzero(changes)
    segments = [
        Segment(texts[start:end], styles[key])
        for start, end, key in zip(
            starts.tolist(),
            [*starts[1:].tolist(), len(texts)],
            keys.ravel()[starts].tolist(),
            strict=True,
        )
    ]
    ends = changes.sum(axis=1).cumsum().tolist()
    return [
        Strip(segments[first:last], columns)
        for first, last in zip([0, *ends[:-1]], ends, strict=True)
    ]


def _put_sketch(
    signs: NDArray[np.uint32], looks: NDArray[np.int64], camera: Camera, sketch: Sketch
) -> None:
    """Draw the line and what is looked at."""
    rows, columns = signs.shape
    if sketch.drawing:
        line = [camera.cell(x, y) for x, y in sketch.corners]
        lit = braille(line_dots([*line, *line[:1]], rows, columns))
        drawn = lit > 0
        signs[drawn] = _BRAILLE + lit[drawn].astype(np.uint32)
        looks[drawn] = _LINE
    _put_crosshair(signs, looks, sketch, rows, columns)


def _put_crosshair(
    signs: NDArray[np.uint32],
    looks: NDArray[np.int64],
    sketch: Sketch,
    rows: int,
    columns: int,
) -> None:
    """Draw the photo that is looked at, and the arms of the crosshair round its cell."""
    if sketch.here is not None:
        column, row = sketch.here
        if 0 <= column < columns and 0 <= row < rows:
            signs[row, column], looks[row, column] = ord("◉"), _HERE
    if sketch.crosshair is None:
        return
    column, row = sketch.crosshair
    for right, down, sign in ((-1, 0, "╶"), (1, 0, "╴"), (0, -1, "╷"), (0, 1, "╵")):
        x, y = column + right, row + down
        if 0 <= x < columns and 0 <= y < rows:
            signs[y, x], looks[y, x] = ord(sign), _AIM
    if sketch.here != (column, row) and 0 <= column < columns and 0 <= row < rows:
        if signs[row, column] == 0x20:
            signs[row, column] = ord("·")
        looks[row, column] = _AIM
