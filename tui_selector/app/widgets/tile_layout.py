"""Where tiles stand: arithmetic on cells, without a widget."""

from __future__ import annotations

import msgspec
from textual.geometry import Offset, Region, Size

TILE_SIZES: tuple[Size, ...] = (
    Size(12, 5),
    Size(16, 7),
    Size(22, 9),
    Size(28, 11),
    Size(36, 14),
    Size(44, 17),
    Size(64, 23),
)
"""Tile sizes in cells, smallest first, with the frame around the picture and the caption."""

DEFAULT_STEP = 2


class TileLayout(msgspec.Struct, frozen=True):
    """`count` tiles of one size, row by row, in a viewport; every length in cells.

    A tile has one row of frame above the picture, one column on either side and the caption below.
    The size of a tile does not depend on the viewport, so a window that changes its size needs no
    picture anew; what is left over goes between the tiles.
    """

    viewport: Size
    tile: Size
    count: int

    @property
    def columns(self) -> int:
        return max(1, self.viewport.width // self.tile.width)

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def pitch(self) -> int:
        """Columns from one tile to the next."""
        return max(self.tile.width, self.viewport.width // self.columns)

    @property
    def margin(self) -> int:
        """Empty columns to the left of the first tile."""
        spare = self.viewport.width - (self.columns - 1) * self.pitch - self.tile.width
        return max(0, spare // 2)

    @property
    def gap(self) -> int:
        """Empty columns between two tiles."""
        return self.pitch - self.tile.width

    @property
    def picture(self) -> Size:
        """The box of the picture inside a tile."""
        return Size(self.tile.width - 2, self.tile.height - 2)

    @property
    def page_rows(self) -> int:
        """Rows of tiles that are wholly visible at once, at least one."""
        return max(1, self.viewport.height // self.tile.height)

    @property
    def height(self) -> int:
        """Lines to scroll over, such that the last position shows whole rows from the top."""
        if self.rows * self.tile.height <= self.viewport.height:
            return self.viewport.height
        return (self.rows - self.page_rows) * self.tile.height + self.viewport.height

    def region(self, index: int) -> Region:
        """The tile at `index` on the scrolled plane."""
        row, column = divmod(index, self.columns)
        return Region(
            self.margin + column * self.pitch,
            row * self.tile.height,
            self.tile.width,
            self.tile.height,
        )

    def line_of(self, index: int) -> int:
        """The line that is at the top when the tile's row is the first on screen."""
        return self.region(index).y

    def index_at(self, offset: Offset) -> int | None:
        """The tile at a point of the scrolled plane, None beside the tiles."""
        column, beside = divmod(offset.x - self.margin, self.pitch)
        row = offset.y // self.tile.height
        if not (0 <= column < self.columns and row >= 0) or beside >= self.tile.width:
            return None
        index = row * self.columns + column
        return index if index < self.count else None

    def visible(self, scroll: int) -> range:
        """Indices of the tiles that show at least one line when scrolled down by `scroll` lines."""
        first = max(0, scroll // self.tile.height)
        last = (scroll + max(1, self.viewport.height) - 1) // self.tile.height
        return range(
            min(self.count, first * self.columns), min(self.count, (last + 1) * self.columns)
        )

    def scroll_to_show(self, index: int, scroll: int) -> int:
        """The position nearest to `scroll` that shows the whole tile, from the top of a row."""
        top = index // self.columns * self.tile.height
        if top < scroll:
            return top
        if top + self.tile.height > scroll + self.viewport.height:
            hidden = top - (self.page_rows - 1) * self.tile.height
            return max(0, hidden)
        return scroll
