"""A table over any number of rows at the cost of one screenful, with a cursor and a range."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui_selector.app.table_columns import Column, widths
from tui_selector.app.widgets.looks import Look, style_of
from tui_selector.app.widgets.scrolled_view import ScrolledView
from tui_selector.app.widgets.table_model import EmptyTable, TableModel, TableRow
from tui_selector.app.widgets.tile_caption import ELLIPSIS, MARK, shorten
from tui_selector.app.widgets.tile_drawing import LABELS, LOOKS

#: Cells before the first column: the mark.
_LEAD = 3

#: Rows that a turn of the wheel scrolls by.
_WHEEL = 3

_SIGNS = {False: "▲", True: "▼"}


_LOOKS = {
    "head": Look("text-muted", "panel", bold=True),
    "sorted": Look("text-accent", "panel", bold=True),
    "plain": Look("text-muted"),
    **{name: LOOKS[name] for name in ("name", "faded", "cursor", "cursor-blurred", "range")},
    **{name: LOOKS[name] for name in ("mark", "pick", "reject", "rating", "empty")},
    "marked": Look(ground="warning-muted"),
    "score": Look("text-accent"),
    **{f"label-{label}": look for label, look in LABELS.items()},
}


class TableView(ScrolledView, can_focus=True, inherit_bindings=False):
    """Rows with a cursor. It binds no keys: the owner calls its methods, as those of `TileGrid`."""

    DEFAULT_CSS = """
    TableView {
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """
    ALLOW_SELECT = False

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """Index of the current row; 0 where there is none."""

    range_anchor: reactive[int | None] = reactive(None, repaint=False, init=False)
    """Where the visual range begins that ends at the cursor; None without a range."""

    class CursorMoved(Message):
        """The cursor stands on another row."""

    class Activated(Message):
        """A row was double-clicked."""

    class MarkRequested(Message):
        """The mouse asks to mark rows; as `TileGrid.MarkRequested`."""

        def __init__(self, indices: range, extend: bool) -> None:
            super().__init__()
            self.indices = indices
            self.extend = extend

    class SortRequested(Message):
        """The head of a column was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.model: TableModel = EmptyTable()
        self.sorted_by: tuple[str, bool] | None = None
        self._empty = ""
        self._first = 1
        self._arrive: tuple[int, int | None] | None = None
        self._styles: dict[str, Style] = {}

    # -- what is shown -----------------------------------------------------------------------

    def set_model(
        self,
        model: TableModel,
        *,
        cursor: int = 0,
        scroll: int | None = None,
        in_sight: bool = False,
        empty: str | None = None,
    ) -> None:
        """Show other rows. Posts no message; the visual range ends. As `TileGrid.set_model`."""
        if empty is not None:
            self._empty = empty
        self.model = model
        self.set_reactive(TableView.range_anchor, None)
        self.set_reactive(TableView.cursor, self._clamp(cursor))
        shown = self.cursor if scroll is None or in_sight else None
        self._place(scroll or 0, shown)

    def model_changed(self, indices: Iterable[int] | None = None) -> None:
        """Draw again what the model now says: these rows, or all where rows may have moved."""
        if indices is not None and self.virtual_size.height == len(self.model) + 1:
            for index in indices:
                self._redraw(index)
            return
        seen = self.cursor in self.visible_range()
        before = self.cursor
        self.set_reactive(TableView.cursor, self._clamp(before))
        self._place(self.top_index, self.cursor if seen else None)
        if self.cursor != before:
            self.post_message(self.CursorMoved())

    def show_sorted(self, key: str | None, descending: bool) -> None:
        """Say in the head what the rows are sorted by; None for no column."""
        now = None if key is None else (key, descending)
        if now != self.sorted_by:
            self.sorted_by = now
            self.refresh(Region(0, 0, self.size.width, 1))

    def _place(self, top: int, shown: int | None) -> None:
        self.virtual_size = Size(self.size.width, len(self.model) + 1)
        self.refresh()
        if not self.size:
            self._arrive = (top, shown)
            return
        self._arrive = None
        if shown is not None:
            top = max(shown - self.page_rows + 1, min(top, shown))
        self.scroll_to(y=top, animate=False, force=True)

    def on_resize(self) -> None:
        top, shown = self._arrive or (self.top_index, self.cursor)
        self._place(top, shown)

    # -- where one is ------------------------------------------------------------------------

    @property
    def page_rows(self) -> int:
        """Rows that fit the screen, at least one."""
        return max(1, self.size.height - 1)

    @property
    def top_index(self) -> int:
        """The first row on screen."""
        return self.scroll_offset.y

    def visible_range(self) -> range:
        """Indices of the rows on screen."""
        top = self.top_index
        return range(min(top, len(self.model)), min(top + self.page_rows, len(self.model)))

    def selected_range(self) -> range | None:
        """The visual range, both ends included; None without one."""
        if self.range_anchor is None or not len(self.model):
            return None
        anchor = self._clamp(self.range_anchor)
        return range(min(anchor, self.cursor), max(anchor, self.cursor) + 1)

    def move(self, dx: int, dy: int) -> None:
        """Move the cursor by rows, and the columns behind the first sideways."""
        if dy and len(self.model):
            self.cursor += dy
        if dx:
            most = self._most_hidden()
            first = min(max(1, self._first + dx), 1 + most)
            if first != self._first:
                self._first = first
                self.refresh()
            elif not most or not 1 <= self._first + dx <= 1 + most:
                self.app.bell()

    def first(self) -> None:
        self.cursor = 0

    def last(self) -> None:
        self.cursor = len(self.model) - 1

    def page(self, direction: int) -> None:
        """Move by as many rows as fit the screen, down (1) or up (-1)."""
        self.move(0, direction * self.page_rows)

    def _clamp(self, index: int) -> int:
        return max(0, min(index, len(self.model) - 1))

    def validate_cursor(self, index: int) -> int:
        return self._clamp(index)

    def watch_cursor(self, before: int, now: int) -> None:
        rows = (
            {before, now}
            if self.range_anchor is None
            else range(min(before, now), max(before, now) + 1)
        )
        for row in rows:
            self._redraw(row)
        self.show(now)
        self.post_message(self.CursorMoved())

    def watch_range_anchor(self, before: int | None, now: int | None) -> None:
        self.refresh()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._redraw(self.cursor)

    def show(self, index: int) -> None:
        """Scroll no further than needed to have the row on screen."""
        if self._arrive is not None:
            self._arrive = (self._arrive[0], index)
            return
        top = self.top_index
        if not top <= index < top + self.page_rows:
            top = index if index < top else index - self.page_rows + 1
            self.scroll_to(y=top, animate=False, force=True)

    def _redraw(self, index: int) -> None:
        if index in self.visible_range():
            self.refresh(Region(0, index - self.top_index + 1, self.size.width, 1))

    # -- mouse -------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y == 0:
            column = self._column_at(event.x)
            if column is not None and column.sort:
                self.post_message(self.SortRequested(column))
            return
        index = event.y - 1 + self.top_index
        if index >= len(self.model):
            return
        if event.shift:
            indices = range(min(index, self.cursor), max(index, self.cursor) + 1)
            self.cursor = index
            self.post_message(self.MarkRequested(indices, extend=True))
            return
        self.cursor = index
        if event.ctrl or event.x < _LEAD:
            self.post_message(self.MarkRequested(range(index, index + 1), extend=False))
        elif event.chain == 2:
            self.post_message(self.Activated())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -_WHEEL)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.prevent_default()
        event.stop()
        self.scroll_to(y=self.top_index + by, animate=False, force=True)

    # -- drawing -----------------------------------------------------------------------------

    def _spans(self) -> list[tuple[int, int]]:
        """Place and width in cells of each column that is in sight: its index, its width."""
        columns = self.model.columns
        if not columns:
            return []
        self._first = min(self._first, 1 + self._most_hidden())
        places = [0, *range(self._first, len(columns))]
        room = self.scrollable_content_region.width - _LEAD
        found = widths((columns[place] for place in places), room)
        return list(zip(places, found, strict=True))

    def _most_hidden(self) -> int:
        """How many columns behind the first have to be hidden to see the last."""
        columns = self.model.columns
        left = self.scrollable_content_region.width - _LEAD
        left -= sum(column.width + 1 for column in columns)
        hidden = 0
        while left < 0 and hidden < len(columns) - 2:
            hidden += 1
            left += columns[hidden].width + 1
        return hidden

    def _column_at(self, x: int) -> Column | None:
        end = _LEAD
        for place, width in self._spans():
            end += width + 1
            if _LEAD <= x < end:
                return self.model.columns[place]
        return None

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._head(width)
        index = y - 1 + self.top_index
        if index < len(self.model):
            return self._row(index, width)
        style = self.rich_style
        if not len(self.model) and y == max(1, self.size.height // 2):
            text = self._empty[: max(0, width)]
            pad = max(0, width - cell_len(text)) // 2
            empty = self._style("empty", style)
            return Strip([Segment(" " * pad + text, empty)]).adjust_cell_length(width, style)
        return Strip([Segment(" " * width, style)], width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _style(self, name: str, line: Style) -> Style:
        if name not in self._styles:
            variables, ground = self.app.theme_variables, self.background_colors[1]
            self._styles[name] = style_of(_LOOKS[name], variables, ground)
        return line + self._styles[name]

    def _head(self, width: int) -> Strip:
        base = self.rich_style
        head, by = self._style("head", base), self._style("sorted", base)
        more = "‹" if self._first > 1 else " "
        segments = [Segment(f"{more:<{_LEAD}}", head)]
        for place, room in self._spans():
            column = self.model.columns[place]
            is_key = self.sorted_by is not None and self.sorted_by[0] == column.sort
            text = column.title
            if is_key and self.sorted_by is not None:
                text += _SIGNS[self.sorted_by[1]]
            segments.append(
                Segment(_fitted(text, room, column.right) + " ", by if is_key else head)
            )
        return Strip(segments).adjust_cell_length(width, head)

    def _row(self, index: int, width: int) -> Strip:
        row = self.model.row(index)
        line, plain = self._line_style(index, row)
        segments = [Segment(f" {MARK if row.marked else ' '} ", self._part("mark", line, plain))]
        if len(row.cells) < len(self.model.columns):
            text = row.cells[0] if row.cells else ""
            segments.append(Segment(text, self._part("faded", line, plain)))
            return Strip(segments).adjust_cell_length(width, line)
        for place, room in self._spans():
            column, text = self.model.columns[place], row.cells[place]
            shown = (
                _name(text, room) if column.look == "name" else _fitted(text, room, column.right)
            )
            look = self._look(column, row)
            if column.look == "label" and text:
                badge = f" {text} "[:room]
                segments.append(Segment(badge, self._style(look, line)))
                segments.append(Segment(" " * (room + 1 - len(badge)), line))
                continue
            segments.append(Segment(f"{shown} ", self._part(look, line, plain)))
        return Strip(segments).adjust_cell_length(width, line)

    def _look(self, column: Column, row: TableRow) -> str:
        match column.look:
            case "flag":
                return "pick" if row.flag > 0 else "reject"
            case "label":
                return f"label-{row.label}" if row.label else "plain"
            case "name" | "plain":
                return "faded" if row.dimmed else column.look
        return column.look

    def _part(self, look: str, line: Style, plain: bool) -> Style:
        return line if plain else self._style(look, line)

    def _line_style(self, index: int, row: TableRow) -> tuple[Style, bool]:
        """The style of a row, and whether its cells take no colours of their own."""
        base = self.rich_style
        if index == self.cursor:
            return self._style("cursor" if self.has_focus else "cursor-blurred", base), True
        selected = self.selected_range()
        if selected is not None and index in selected:
            return self._style("range", base), True
        return (self._style("marked", base), False) if row.marked else (base, False)


def _fitted(text: str, room: int, right: bool) -> str:
    """A text in so many cells, cut with an ellipsis where it is longer."""
    length = cell_len(text)
    if length > room:
        return set_cell_size(text, max(0, room - 1)) + ELLIPSIS[:room]
    return " " * (room - length) + text if right else text + " " * (room - length)


def _name(text: str, room: int) -> str:
    """The name of a file, shortened in its middle."""
    return set_cell_size(shorten(text, room), room)
