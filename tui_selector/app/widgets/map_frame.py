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
from tui_selector.app.map_colours import GREY, Colouring, Rgb, mixed
from tui_selector.app.map_points import MapPoints, Place, braille, inside, line_dots

Drawing = Literal["", "lasso", "box"]
"""What is being drawn: nothing, a line round photos, a box."""

#: Brightnesses of a cell, by how many photos lie in it; and from how many on they tell density.
_LEVELS = 6
_DENSE = 4

#: Cells for each photo in sight from which on photos are discs: a dot would hardly be seen.
_SPARSE = 6

#: Share of a colour that is left of photos that are not marked while others are.
_FADED = 0.34

_WHITE: Rgb = (255, 255, 255)
_BRAILLE = 0x2800

#: Numbers of looks beside those of photos.
_BLANK, _LINE, _AIM, _HERE = 0, 1, 2, 3
_FIRST = 4


class Ink(NamedTuple):
    """Colours that a frame is drawn with.

    Attributes:
        ground: Behind everything.
        accent: Marked photos and the line that is drawn.
        words: Texts, and the crosshair at rest.
        dark: Whether the ground is dark.
    """

    ground: Rgb
    accent: Rgb
    words: Rgb
    dark: bool


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


class FrameDrawer:
    """Draws frames; it keeps the styles, of which there are some hundred at most."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._styles: dict[tuple[int, Rgb, bool], Style] = {}

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
        if sketch.drawing:
            line = [camera.cell(x, y) for x, y in sketch.corners]
            if len(line) > 2:
                centres = np.mgrid[0:columns, 0:rows].T.reshape(-1, 2) + 0.5
                tinted = inside(centres, line).reshape(rows, columns)
            lit = braille(line_dots([*line, *line[:1]], rows, columns))
            drawn = lit > 0
            signs[drawn] = _BRAILLE + lit[drawn].astype(np.uint32)
            looks[drawn] = _LINE
        _put_crosshair(signs, looks, sketch, rows, columns)
        styles = self._palette(colouring)
        return [self._row(signs[row], looks[row], tinted[row], styles) for row in range(rows)]

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

    def _palette(self, colouring: Colouring) -> list[Rgb]:
        """The colour of each look."""
        ink = self._ink
        palette = [ink.ground, ink.accent, ink.accent if ink.dark else ink.words, ink.words]
        for entry in colouring.legend or ():
            own = entry.colour if ink.dark else mixed(entry.colour, (0, 0, 0), 0.35)
            for level in range(_LEVELS):
                share = 0.5 + 0.5 * level / (_LEVELS - 2)
                shade = mixed(ink.ground, own, min(share, 1.0))
                if level == _LEVELS - 1:
                    shade = mixed(own, _WHITE if ink.dark else (0, 0, 0), 0.25)
                bright = mixed(own, _WHITE if ink.dark else (0, 0, 0), 0.55)
                palette += [shade, mixed(ink.ground, shade, _FADED), bright]
        return palette or [GREY]

    def _row(
        self,
        signs: NDArray[np.uint32],
        looks: NDArray[np.int64],
        tinted: NDArray[np.bool_],
        palette: list[Rgb],
    ) -> Strip:
        text = signs.astype("<u4").tobytes().decode("utf-32-le")
        keys = looks * 2 + tinted
        starts = np.flatnonzero(np.diff(keys, prepend=-1)).tolist()
        segments = [
            Segment(text[start:end], self._style(int(keys[start]), palette))
            for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
        ]
        return Strip(segments, len(text))

    def _style(self, key: int, palette: list[Rgb]) -> Style:
        look, tinted = divmod(key, 2)
        colour = palette[look]
        known = self._styles.get((look in (_AIM, _HERE), colour, bool(tinted)))
        if known is None:
            ink = self._ink
            ground = mixed(ink.ground, ink.accent, 0.13) if tinted else ink.ground
            known = Style(
                color=RichColor.from_rgb(*colour),
                bgcolor=RichColor.from_rgb(*ground),
                bold=look in (_AIM, _HERE),
            )
            self._styles[look in (_AIM, _HERE), colour, bool(tinted)] = known
        return known


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
