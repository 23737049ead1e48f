"""Which part of a picture a window of cells shows at a zoom, without a screen.

A window moves over the picture by whole cells, so that the pieces of the picture that have been
sent to the terminal stay right wherever the window stands: panning moves text and sends only the
pieces that come into sight.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import msgspec

Pair = tuple[float, float]

LEVELS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0)
"""Zooms in screen pixels per picture pixel; 1 is 100 %."""

PIECE = (32, 14)
"""Columns and rows of a piece: small enough to send little that is out of sight."""

_ROUNDING = 1e-6


class Piece(msgspec.Struct, frozen=True):
    """A rectangle of cells of the zoomed picture, counted from the picture's top left corner."""

    column: int
    row: int
    columns: int
    rows: int


class Viewport(msgspec.Struct, frozen=True):
    """A window over a zoomed picture.

    Attributes:
        picture: Width and height of the upright picture in pixels, each at least 1.
        window: Columns and rows of the window, each at least 1.
        cell: Width and height of a cell in screen pixels, the smallest dots that can be drawn.
        zoom: Screen pixels per picture pixel, more than 0.
        centre: The point of the picture in the middle of the window, as fractions of its width and
            height. The window does not leave the picture, whatever the centre is.
    """

    picture: tuple[int, int]
    window: tuple[int, int]
    cell: Pair
    zoom: float
    centre: Pair = (0.5, 0.5)

    @property
    def fit(self) -> float:
        """The zoom at which the whole picture just fits into the window."""
        return min(
            count * cell / side
            for count, cell, side in zip(self.window, self.cell, self.picture, strict=True)
        )

    @property
    def extent(self) -> Pair:
        """The size of the zoomed picture in cells and their fractions."""
        wide, high = (
            side * self.zoom / cell for side, cell in zip(self.picture, self.cell, strict=True)
        )
        return wide, high

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows that the zoomed picture touches, each at least 1."""
        wide, high = self.extent
        return max(1, ceil(wide - _ROUNDING)), max(1, ceil(high - _ROUNDING))

    @property
    def offset(self) -> tuple[int, int]:
        """The cell of the zoomed picture in the window's top left corner.

        Negative where the picture is smaller than the window: it stands in the middle then.
        """
        left, top = (
            -((window - size) // 2)
            if size <= window
            else min(max(0, round(centre * extent - window / 2)), size - window)
            for window, size, centre, extent in zip(
                self.window, self.size, self.centre, self.extent, strict=True
            )
        )
        return left, top

    def settled(self) -> Viewport:
        """The same view with the centre that the window really has."""
        return self._at(self.offset)

    def point(self, x: float, y: float) -> Pair:
        """The point of the picture, as fractions, at a place in the window.

        Args:
            x: Columns from the window's left edge.
            y: Rows from the window's top edge.
        """
        across, down = (
            min(max(0.0, (offset + place) / extent), 1.0)
            for offset, place, extent in zip(self.offset, (x, y), self.extent, strict=True)
        )
        return across, down

    def zoomed(self, zoom: float, x: float, y: float) -> Viewport:
        """Zoom so that the point of the picture at a place in the window stays there.

        It stays to within half a cell, and only as far as the window stays in the picture.

        Args:
            zoom: The new zoom.
            x: Columns from the window's left edge.
            y: Rows from the window's top edge.
        """
        point = self.point(x, y)
        new = msgspec.structs.replace(self, zoom=zoom)
        across, down = (
            part + (window / 2 - place) / extent
            for part, window, place, extent in zip(
                point, self.window, (x, y), new.extent, strict=True
            )
        )
        return msgspec.structs.replace(new, centre=(across, down)).settled()

    def panned(self, columns: int, rows: int) -> Viewport:
        """Move the window by cells, as far as the picture goes."""
        left, top = self.offset
        return self._at((left + columns, top + rows)).settled()

    def _at(self, offset: tuple[int, int]) -> Viewport:
        across, down = (
            0.5 if size <= window else (place + window / 2) / extent
            for place, window, size, extent in zip(
                offset, self.window, self.size, self.extent, strict=True
            )
        )
        return msgspec.structs.replace(self, centre=(across, down))

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """The part of the picture in the window: left, top, right, bottom as fractions."""
        columns, rows = self.window
        return (*self.point(0, 0), *self.point(columns, rows))

    def pieces(self, piece: tuple[int, int] = PIECE) -> list[Piece]:
        """The pieces that the window touches, the middle of the window first.

        Args:
            piece: Columns and rows of a piece; those at the right and bottom edges are smaller.
        """
        (left, top), (columns, rows), (wide, high) = self.offset, self.window, self.size
        found = []
        for row in range(max(0, top) // piece[1] * piece[1], min(high, top + rows), piece[1]):
            for column in range(
                max(0, left) // piece[0] * piece[0], min(wide, left + columns), piece[0]
            ):
                width, height = min(piece[0], wide - column), min(piece[1], high - row)
                found.append(Piece(column, row, width, height))
        middle = (left + columns / 2, top + rows / 2)

        def distance(each: Piece) -> float:
            across = (each.column + each.columns / 2 - middle[0]) * self.cell[0]
            down = (each.row + each.rows / 2 - middle[1]) * self.cell[1]
            return across**2 + down**2

        return sorted(found, key=distance)

    def parts(self, most: tuple[int, int]) -> list[Piece]:
        """What is in sight in as few parts as may be, for painters whose pictures cannot be cut.

        Args:
            most: Columns and rows of the largest part, each at least 1.
        """
        (left, top), (columns, rows), (wide, high) = self.offset, self.window, self.size
        left, top = max(0, left), max(0, top)
        return [
            Piece(column, row, width, height)
            for row, height in _divided(top, min(rows, high - top), most[1])
            for column, width in _divided(left, min(columns, wide - left), most[0])
        ]

    def crop(self, piece: Piece) -> tuple[float, float, float, float]:
        """A piece as fractions of the picture: left, top, right, bottom.

        The last cells may reach beyond the right and bottom edges, which are 1.
        """
        wide, high = self.extent
        return (
            piece.column / wide,
            piece.row / high,
            (piece.column + piece.columns) / wide,
            (piece.row + piece.rows) / high,
        )


def _divided(start: int, length: int, most: int) -> list[tuple[int, int]]:
    """Start and length of the fewest parts of about one size that are no longer than `most`."""
    count = ceil(length / most)
    ends = [start + length * part // count for part in range(count + 1)]
    return [(first, last - first) for first, last in pairwise(ends)]


def next_level(viewport: Viewport, zoom: float | None, by: int) -> float | None:
    """The zoom one step in (`by` > 0) or out; None is the fit, the smallest there is but 100 %.

    Args:
        viewport: Says which zoom is the fit.
        zoom: The zoom now; None for the fit.
        by: Direction.

    Returns:
        The zoom after the step; the same where there is no further one.
    """
    fit = viewport.fit
    levels = [level for level in LEVELS if level > 1.02 * fit or level == 1.0]
    steps = sorted([fit, *(level for level in levels if not 0.98 < level / fit < 1.02)])
    now = fit if zoom is None else zoom
    if by > 0:
        found = next((step for step in steps if step > 1.001 * now), now)
    else:
        found = next((step for step in reversed(steps) if step < now / 1.001), now)
    if found == now:
        return zoom
    return None if found == fit else found
