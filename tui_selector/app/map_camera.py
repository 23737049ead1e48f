"""Which part of a map is looked at: arithmetic between places on the map and dots on the screen.

A cell of the terminal has two by four dots (braille), which are about square. Places are those of
`library.map_file`: to the right and down, from 0 to `SIDE`.
"""

from __future__ import annotations

import msgspec

#: Dots of a cell.
ACROSS, DOWN = 2, 4

#: Empty dots around a map that is seen whole.
_MARGIN = 6

#: One step of the wheel, and how far in it goes at most: a place for every dot.
STEP = 1.25
_MOST = 40.0


class Camera(msgspec.Struct, frozen=True):
    """A view of a map.

    Attributes:
        columns: Cells across.
        rows: Cells down.
        x: The place in the middle of the view.
        y: The same, down.
        scale: Dots for each unit of the map.
        fit: The scale at which the whole map is seen.
    """

    columns: int
    rows: int
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    fit: float = 1.0

    @classmethod
    def fitting(cls, bounds: tuple[float, float, float, float], columns: int, rows: int) -> Camera:
        """The view that shows everything.

        Args:
            bounds: Of all places: left, top, right, bottom.
            columns: Cells across.
            rows: Cells down.
        """
        left, top, right, bottom = bounds
        across = max(1, columns * ACROSS - 2 * _MARGIN)
        down = max(1, rows * DOWN - 2 * _MARGIN)
        scale = min(across / max(right - left, 1.0), down / max(bottom - top, 1.0))
        return cls(columns, rows, (left + right) / 2, (top + bottom) / 2, scale, scale)

    @property
    def zoom(self) -> float:
        """How much larger than the whole map this is; 1 shows all of it."""
        return self.scale / self.fit

    @property
    def origin(self) -> tuple[float, float]:
        """The place at the top left corner."""
        return (
            self.x - self.columns * ACROSS / 2 / self.scale,
            self.y - self.rows * DOWN / 2 / self.scale,
        )

    def place(self, column: float, row: float) -> tuple[float, float]:
        """The place at a point of the screen, in cells; the middle of a cell is at .5."""
        left, top = self.origin
        return left + column * ACROSS / self.scale, top + row * DOWN / self.scale

    def cell(self, x: float, y: float) -> tuple[float, float]:
        """The point of the screen, in cells, at a place."""
        left, top = self.origin
        return (x - left) * self.scale / ACROSS, (y - top) * self.scale / DOWN

    def moved(self, columns: float, rows: float) -> Camera:
        """The view so many cells further to the right and down."""
        return msgspec.structs.replace(
            self,
            x=self.x + columns * ACROSS / self.scale,
            y=self.y + rows * DOWN / self.scale,
        )

    def zoomed(self, by: float, column: float, row: float) -> Camera:
        """A larger or smaller view; what is at this point of the screen stays there."""
        scale = min(max(self.scale * by, self.fit / 2), max(_MOST * self.fit, 1.0))
        x, y = self.place(column, row)
        kept = self.scale / scale
        return msgspec.structs.replace(
            self, x=x + (self.x - x) * kept, y=y + (self.y - y) * kept, scale=scale
        )

    def resized(self, columns: int, rows: int, fit: float) -> Camera:
        """The same view in a window of another size, at whose scale `fit` everything is seen."""
        return msgspec.structs.replace(
            self, columns=columns, rows=rows, scale=self.zoom * fit, fit=fit
        )
