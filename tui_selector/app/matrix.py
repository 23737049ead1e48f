"""A table of how many photos are in a row and a column at once, without a screen."""

from __future__ import annotations

import msgspec

from tui_selector.library.display import printable


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Photos by two properties: known class and group, or the classes of two criteria.

    Attributes:
        rows: Names, as they were given; printed they are made harmless.
        columns: The same of the columns.
        counts: For each row the number of photos in each column.
        row_word: What rows are: "class".
        column_word: What columns are: "group".
        head: Headings of what stands behind a row.
        notes: For each row what stands there, e.g. precision and recall.
        pairs: For each row the column that stands for it; -1 for none. Empty where rows and columns
            have nothing to do with each other.
    """

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()
    row_word: str = ""
    column_word: str = ""
    head: tuple[str, ...] = ()
    notes: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Photos in the table."""
        return sum(map(sum, self.counts))

    def of_row(self, row: int) -> int:
        """Photos in a row."""
        return sum(self.counts[row])

    def of_column(self, column: int) -> int:
        """Photos in a column."""
        return sum(line[column] for line in self.counts)

    def heat(self, row: int, column: int) -> float:
        """How full a cell is, 0 to 1: of its row where columns stand for rows, else of the fullest
        cell of the table."""
        count = self.counts[row][column]
        most = self.of_row(row) if self.pairs else max(map(max, self.counts))
        return count / most if most else 0.0

    def is_right(self, row: int, column: int) -> bool:
        """Whether the column stands for the row."""
        return bool(self.pairs) and self.pairs[row] == column

    def words(self, row: int | None, column: int | None) -> str:
        """A cell, a row, a column (None for the other) or all of it, as a printable sentence."""
        if not self.rows:
            return ""
        name = "" if row is None else printable(self.rows[row])
        group = "" if column is None else printable(self.columns[column])
        if row is not None and column is not None:
            count = self.counts[row][column]
            stands = f" · {group} stands for {name}" if self.is_right(row, column) else ""
            of_row = _share(count, self.of_row(row), name)
            of_column = _share(count, self.of_column(column), group)
            both = "in" if self.pairs else "and"
            return f"{photos(count)}: {name} {both} {group} · {of_row}, {of_column}{stands}"
        count = self.total
        if row is not None:
            count = self.of_row(row)
        elif column is not None:
            count = self.of_column(column)
        return f"{photos(count)}: {name or group or 'all'}"


def photos(count: int) -> str:
    """How many photos."""
    return "1 photo" if count == 1 else f"{count:,} photos"


def _share(part: int, whole: int, name: str) -> str:
    return f"{100 * part / whole if whole else 0:.0f} % of {name}"
