"""A table of counts as coloured cells, to walk about in: a confusion matrix, a cross-table."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui_selector.app.matrix import Matrix
from tui_selector.app.matrix_heads import Heads, heads, shortened
from tui_selector.app.widgets.scrolled_view import ScrolledView
from tui_selector.library.display import printable

#: Cells of the screen: least and most of a column, most of the names of rows, a note behind a row.
_NARROW, _WIDE, _NAME, _NOTE = 5, 16, 24, 8

_BOLD = Style(bold=True)

#: An empty cell is so much coloured, so that the table is seen as one.
_LEAST_HEAT = 0.06


class MatrixView(ScrolledView, can_focus=True):
    """Shows a matrix; names of rows and columns stay in sight.

    The cursor is on a cell, or on the name of a row or a column (None for the other one), and
    stands for the photos there. Enter or a click asks for them. Columns are numbered where their
    names do not fit; the names are listed above then.

    Attributes:
        matrix: What is shown.
        row: The row of the cursor; None on the names of columns.
        column: The column of the cursor; None on the names of rows.
    """

    DEFAULT_CSS = """
    MatrixView {
        background: $background; overflow: auto auto; scrollbar-size: 1 1;
        & > .matrix--name { color: $foreground; }
        & > .matrix--note { color: $text-muted; }
        & > .matrix--right { color: $success; }
        & > .matrix--wrong { color: $error; }
        & > .matrix--plain { color: $primary; }
        & > .matrix--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("matrix--name", "matrix--note", "matrix--right", "matrix--wrong", "matrix--plain"),
        "matrix--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(0, -1)", show=False),
        Binding("right,l", "move(0, 1)", show=False),
        Binding("up,k", "move(-1, 0)", show=False),
        Binding("down,j", "move(1, 0)", show=False),
        Binding("home,g", "move(-1000000, -1000000)", show=False),
        Binding("end,G", "move(1000000, 1000000)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """The cursor stands elsewhere."""

    class Chosen(Message):
        """The photos of a cell, a row or a column are asked for."""

        def __init__(self, row: int | None, column: int | None) -> None:
            super().__init__()
            self.row = row
            self.column = column

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        """
        Args:
            empty: What is said where there is no matrix.
            id: As for any widget.
        """
        super().__init__(id=id)
        self.matrix = Matrix()
        self.row: int | None = 0
        self.column: int | None = 0
        self._empty = empty
        self._heads = Heads()

    def show(self, matrix: Matrix, empty: str = "") -> None:
        """Show another matrix, the cursor where it was as far as there is such a cell."""
        self.matrix, self._empty = matrix, empty
        self.row = _within(self.row, len(matrix.rows))
        self.column = _within(self.column, len(matrix.columns))
        self._fit()
        self.post_message(self.Moved())

    def say(self, empty: str) -> None:
        """Say something else where there is no matrix."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    # -- layout ------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Give columns the width that there is, and let the rest be scrolled to."""
        self._names = [shortened(printable(name), _NAME) for name in self.matrix.rows]
        self._left = max(map(cell_len, [*self._names, self.matrix.row_word])) + 2
        notes = _NOTE * len(self.matrix.head)
        columns = max(1, len(self.matrix.columns))
        names = [printable(name) for name in self.matrix.columns]
        longest = max(map(cell_len, names), default=0)
        room = (self.size.width - self._left - notes) // columns
        self._width = max(_NARROW, min(longest + 2, room, _WIDE))
        self._heads = heads(names, self._width, self.size.width)
        self._top = self._heads.height
        width = self._left + columns * self._width + notes
        self.virtual_size = Size(width, self._top + len(self.matrix.rows))
        self._keep_in_sight()
        self.refresh()

    def _keep_in_sight(self) -> None:
        """Scroll so that the cursor is seen beside the names."""
        x, y = round(self.scroll_offset.x), round(self.scroll_offset.y)
        inside = self.scrollable_content_region.size
        if self.column is not None:
            left = self.column * self._width
            room = max(self._width, inside.width - self._left)
            x = min(left, max(x, left + self._width - room))
        if self.row is not None:
            room = max(1, inside.height - self._top)
            y = min(self.row, max(y, self.row + 1 - room))
        else:
            y = 0
        self.scroll_to(x, y, animate=False, force=True, immediate=True)

    @property
    def _first(self) -> int:
        """The first column that is drawn."""
        return round(self.scroll_offset.x / self._width)

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor; before the first cell are the names."""
        if not self.matrix.rows:
            return
        before = self.row, self.column
        self.row = _moved(self.row, rows, len(self.matrix.rows))
        self.column = _moved(self.column, columns, len(self.matrix.columns))
        if (self.row, self.column) == before:
            self.app.bell()
            return
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, way: int) -> None:
        """Move by a screenful of rows."""
        self.action_move(way * max(1, self.size.height - self._top - 1), 0)

    def action_choose(self) -> None:
        """Ask for the photos under the cursor."""
        if self.matrix.rows:
            self.post_message(self.Chosen(self.row, self.column))

    def on_click(self, event: events.Click) -> None:
        place = self._at(event.x, event.y)
        if place is not None:
            self.row, self.column = place
            self.refresh()
            self.post_message(self.Moved())
            self.action_choose()

    def _at(self, x: int, y: int) -> tuple[int | None, int | None] | None:
        """The row and column at a place of the widget; None where there is nothing."""
        if y < self._heads.listed:
            listed = self._heads.listed_at(x, y, self._first)
            return None if listed is None else (None, listed)
        row = None if y < self._top else y - self._top + round(self.scroll_offset.y)
        column = None if x < self._left else (x - self._left) // self._width + self._first
        if row is not None and row >= len(self.matrix.rows):
            return None
        if column is not None and column >= len(self.matrix.columns):
            return None
        return row, column

    # -- drawing -----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width, matrix = self.size.width, self.matrix
        if not matrix.rows:
            text = set_cell_size(f" {self._empty}" if y == 0 else "", width)
            return Strip([Segment(text, self.get_component_rich_style("matrix--note"))], width)
        row = y - self._top + round(self.scroll_offset.y)
        if y < self._heads.listed:
            segments = self._list(y)
        elif y < self._top:
            segments = self._heading(y)
        elif row < len(matrix.rows):
            segments = self._line(row)
        else:
            segments = []
        ground = Style(bgcolor=self.background_colors[1].rich_color)
        return Strip(segments).adjust_cell_length(width, ground).apply_style(ground)

    def _list(self, y: int) -> list[Segment]:
        """A line of the list of columns; the one of the cursor stands out."""
        name = self.get_component_rich_style("matrix--name")
        note = self.get_component_rich_style("matrix--note")
        return [
            Segment(text, (self._cursor if self.row is None else name + _BOLD))
            if column == self.column
            else Segment(text, note)
            for column, text in self._heads.list_line(y, self._first)
        ]

    def _heading(self, y: int) -> list[Segment]:
        matrix = self.matrix
        name = self.get_component_rich_style("matrix--name")
        note = self.get_component_rich_style("matrix--note")
        word = f" {self.matrix.row_word}" if y == self._top - 1 else ""
        segments = [Segment(set_cell_size(word, self._left), note)]
        for column in range(self._first, len(matrix.columns)):
            text = self._heads.text(column, y)
            chosen = self.row is None and column == self.column and text is not None
            style = self._cursor if chosen else name
            segments.append(Segment(_centred(text or "", self._width), style))
        if y == self._top - 1:
            segments += [Segment(f"{head:>{_NOTE}}", note) for head in self.matrix.head]
        return segments

    def _line(self, row: int) -> list[Segment]:
        matrix = self.matrix
        name = self.get_component_rich_style("matrix--name")
        note = self.get_component_rich_style("matrix--note")
        chosen = row == self.row and self.column is None
        label = set_cell_size(f" {self._names[row]}", self._left)
        segments = [Segment(label, self._cursor if chosen else name)]
        for column in range(self._first, len(matrix.columns)):
            count = matrix.counts[row][column]
            here = row == self.row and column == self.column
            right = matrix.is_right(row, column)
            text = f"{count:,}" if count or here else "·" if right else ""
            style = self._cursor if here else self._cell(row, column)
            segments.append(Segment(f"{text:^{self._width}}", style))
        if matrix.notes:
            segments += [Segment(f"{each:>{_NOTE}}", note) for each in matrix.notes[row]]
        return segments

    @property
    def _cursor(self) -> Style:
        style = self.get_component_rich_style("matrix--cursor")
        return style if self.has_focus else style + Style(underline=True, dim=True)

    def _cell(self, row: int, column: int) -> Style:
        matrix = self.matrix
        kind = "plain"
        if matrix.pairs:
            kind = "right" if matrix.is_right(row, column) else "wrong"
        full = self.get_component_styles(f"matrix--{kind}").color
        heat = matrix.heat(row, column)
        # Of few photos the colour is seen, too.
        share = _LEAST_HEAT + (1 - _LEAST_HEAT) * heat**0.7 if heat else _LEAST_HEAT / 2
        return _heated(self.background_colors[1], full, round(share, 2))


@lru_cache(maxsize=512)
def _heated(ground: Color, full: Color, share: float) -> Style:
    colour = ground.blend(full, share, 1.0)
    return Style(color=colour.get_contrast_text(0.95).rich_color, bgcolor=colour.rich_color)


def _moved(place: int | None, by: int, count: int) -> int | None:
    """A place moved; before the first is None."""
    now = min((-1 if place is None else place) + by, count - 1)
    return None if now < 0 else now


def _within(place: int | None, count: int) -> int | None:
    return place if place is None else max(0, min(place, count - 1))


def _centred(text: str, width: int) -> str:
    """A text in the middle of so many cells."""
    left = max(0, width - cell_len(text)) // 2
    return set_cell_size(" " * left + text, width)
