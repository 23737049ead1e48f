"""What a table shows: rows of printable text under columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tui_selector.app.table_columns import Column


class TableRow(msgspec.Struct, frozen=True):
    """A row.

    Attributes:
        cells: Printable text of each column.
        marked: Whether it is marked.
        flag: 1 for a pick, -1 for a reject, else 0.
        label: Colour label, "" for none.
        dimmed: Whether it steps back.
    """

    cells: tuple[str, ...] = ()
    marked: bool = False
    flag: int = 0
    label: str = ""
    dimmed: bool = False


class TableModel(Protocol):
    """What a table shows."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, the first of which stays in sight when the others are scrolled."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> TableRow:
        """The row at an index."""


class EmptyTable:
    """No rows."""

    columns: Sequence[Column] = ()

    def __len__(self) -> int:
        return 0

    def row(self, index: int) -> TableRow:
        return TableRow()
