"""Where tiles stand that are divided into groups, each under a heading: arithmetic on cells."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from textual.geometry import Offset, Region, Size

from tui_selector.app.widgets.tile_layout import TileLayout


class GroupLayout(TileLayout, frozen=True):
    """Tiles group by group: one line of heading, then rows of tiles. Nothing is empty.

    Attributes:
        firsts: Index of the first tile of each group, and the number of tiles at the end.
        tops: Line of each heading on the scrolled plane, and the line behind the last group.
    """

    firsts: array[int]
    tops: array[int]

    @property
    def height(self) -> int:
        return max(self.viewport.height, self.tops[-1])

    def group_of(self, index: int) -> int:
        """The group of a tile."""
        return bisect_right(self.firsts, index, hi=len(self.firsts) - 1) - 1

    def group_at(self, line: int) -> int:
        """The group that a line of the plane belongs to, the nearest beyond the ends."""
        return max(0, bisect_right(self.tops, line, hi=len(self.tops) - 1) - 1)

    def row_at(self, line: int) -> tuple[range, int]:
        """The tiles on a line of the plane, and which of their lines it is; -1 is the heading."""
        if not 0 <= line < self.tops[-1]:
            return range(0), 0
        group = self.group_at(line)
        row, inner = divmod(line - self.tops[group] - 1, self.tile.height)
        if row < 0:
            return range(0), -1
        first = self.firsts[group] + row * self.columns
        return range(first, min(first + self.columns, self.firsts[group + 1])), inner

    def region(self, index: int) -> Region:
        if not self.count:
            return Region(self.margin, 0, self.tile.width, self.tile.height)
        group = self.group_of(index)
        row, column = divmod(index - self.firsts[group], self.columns)
        return Region(
            self.margin + column * self.pitch,
            self.tops[group] + 1 + row * self.tile.height,
            self.tile.width,
            self.tile.height,
        )

    def line_of(self, index: int) -> int:
        tile = self.region(index)
        is_first_row = self.count and tile.y == self.tops[self.group_of(index)] + 1
        return tile.y - 1 if is_first_row else tile.y

    def index_at(self, offset: Offset) -> int | None:
        column, beside = divmod(offset.x - self.margin, self.pitch)
        if not 0 <= column < self.columns or beside >= self.tile.width:
            return None
        tiles, _ = self.row_at(offset.y)
        return tiles[column] if column < len(tiles) else None

    def visible(self, scroll: int) -> range:
        if not self.count:
            return range(0)
        return range(
            self._next_tile(scroll), self._next_tile(scroll + max(1, self.viewport.height) - 1, 1)
        )

    def _next_tile(self, line: int, rows: int = 0) -> int:
        """The first tile on this line of the plane, or behind it; of `rows` rows below."""
        if line >= self.tops[-1]:
            return self.count
        group = self.group_at(max(0, line))
        row = (line - self.tops[group] - 1) // self.tile.height
        first = self.firsts[group] + max(0, row + rows) * self.columns
        return min(first, self.firsts[group + 1])

    def scroll_to_show(self, index: int, scroll: int) -> int:
        """The position nearest to `scroll` that shows the whole tile, and above it the heading
        where it stands in the first row; from the top of a row."""
        tile, top = self.region(index), self.line_of(index)
        if top < scroll:
            return top
        if tile.bottom > scroll + self.viewport.height:
            return min(top, self.snapped(tile.bottom - self.viewport.height, up=False))
        return scroll

    def snapped(self, line: int, *, up: bool = True) -> int:
        """The line of the next heading, or top of a row of tiles, above (`up`) or below a line."""
        line = max(0, min(line, self.tops[-1]))
        group = self.group_at(line)
        inner = line - self.tops[group]
        if inner == 0 or line == self.tops[-1]:
            return line
        if up:
            rows = (inner - 1) // self.tile.height
            return self.tops[group] + (1 + rows * self.tile.height if rows else 0)
        rows = -(-(inner - 1) // self.tile.height)
        return self.tops[group] + 1 + rows * self.tile.height

    def beside(self, index: int, rows: int) -> int:
        """The tile so many rows below one (above, where negative), in its column if there is one;
        as far as there are rows."""
        group = self.group_of(index)
        row, column = divmod(index - self.firsts[group], self.columns)
        row += rows
        while row < 0 and group > 0:
            group -= 1
            row += self._rows_of(group)
        while row >= self._rows_of(group) and group < len(self.firsts) - 2:
            row -= self._rows_of(group)
            group += 1
        row = max(0, min(row, self._rows_of(group) - 1))
        return min(self.firsts[group] + row * self.columns + column, self.firsts[group + 1] - 1)

    def _rows_of(self, group: int) -> int:
        return -(-(self.firsts[group + 1] - self.firsts[group]) // self.columns)


def group_layout(viewport: Size, tile: Size, sizes: Iterable[int]) -> GroupLayout:
    """Lay groups out one below the other.

    Args:
        viewport: Columns and rows of cells that are seen at once.
        tile: A tile in cells.
        sizes: How many tiles each group has, one at least.
    """
    columns = TileLayout(viewport, tile, 0).columns
    firsts, tops = array("q", [0]), array("q", [0])
    for size in sizes:
        firsts.append(firsts[-1] + size)
        tops.append(tops[-1] + 1 + -(-size // columns) * tile.height)
    return GroupLayout(viewport, tile, firsts[-1], firsts, tops)
