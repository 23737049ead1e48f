"""The grid that every screen uses: a tile view with a cursor, a visual range and the mouse."""

from __future__ import annotations

from collections.abc import Iterable

from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive

from tui_selector.app.widgets.tile import Tile, TileModel
from tui_selector.app.widgets.tile_drawing import TileStyles
from tui_selector.app.widgets.tile_layout import TILE_SIZES
from tui_selector.app.widgets.tile_view import TileView

__all__ = ["TILE_SIZES", "Tile", "TileGrid", "TileModel"]


class TileGrid(TileView, can_focus=True):
    """Tiles with a cursor. It binds no keys: the owner calls its methods."""

    DEFAULT_CSS = """
    TileGrid {
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """Index of the current tile; 0 where there is none."""

    range_anchor: reactive[int | None] = reactive(None, repaint=False, init=False)
    """Where the visual range begins that ends at the cursor; None without a range."""

    class CursorMoved(Message):
        """The cursor stands on another tile."""

        def __init__(self, grid: TileGrid, index: int) -> None:
            super().__init__()
            self.grid = grid
            self.index = index

        @property
        def control(self) -> TileGrid:
            return self.grid

    class Activated(Message):
        """A tile was double-clicked, or `activate` was called."""

        def __init__(self, grid: TileGrid, index: int) -> None:
            super().__init__()
            self.grid = grid
            self.index = index

        @property
        def control(self) -> TileGrid:
            return self.grid

    class MarkRequested(Message):
        """The mouse asks to mark tiles.

        `indices` has one element, to be marked or unmarked, for a click on a caption or with ctrl;
        with shift it reaches from the cursor to the click, `extend` is set, and all of it is to be
        marked.
        """

        def __init__(self, grid: TileGrid, indices: range, extend: bool) -> None:
            super().__init__()
            self.grid = grid
            self.indices = indices
            self.extend = extend

        @property
        def control(self) -> TileGrid:
            return self.grid

    def selected_range(self) -> range | None:
        """The visual range, both ends included; None without one."""
        if self.range_anchor is None or not len(self.model):
            return None
        anchor = self._clamp(self.range_anchor)
        return range(min(anchor, self.cursor), max(anchor, self.cursor) + 1)

    def set_model(
        self,
        model: TileModel,
        *,
        cursor: int = 0,
        scroll: int | None = None,
        in_sight: bool = False,
        empty: str | None = None,
    ) -> None:
        """Show other tiles, without a new widget and without sending a picture that is still there.

        Posts no message. The visual range ends.

        Args:
            model: The tiles.
            cursor: Where the cursor stands.
            scroll: The first tile on screen (`top_index` of an earlier moment); None to show the
                cursor.
            in_sight: Whether to scroll on where the cursor would not be on screen.
            empty: What to say where there are no tiles; None leaves it as it is.
        """
        if empty is not None:
            self._empty = empty
        self._direction = 1
        cursor = max(0, min(cursor, len(model) - 1))
        self.set_reactive(TileGrid.range_anchor, None)
        self.set_reactive(TileGrid.cursor, cursor)
        if scroll is None:
            self._replace_model(model, 0, cursor)
        else:
            self._replace_model(model, scroll, cursor if in_sight else None)

    def model_changed(self, indices: Iterable[int] | None = None) -> None:
        """Draw again what the model now says.

        Args:
            indices: The tiles that look different; None where tiles may have come, gone or moved.
        """
        if indices is not None and len(self.model) == self._grid.count:
            self._redraw(indices)
            self._plan_soon()
            return
        before = self.cursor
        seen = before in self.visible_range()
        self.set_reactive(TileGrid.cursor, self._clamp(before))
        self._replace_model(self.model, self.top_index, self.cursor if seen else None)
        if self.cursor != before:
            self.post_message(self.CursorMoved(self, self.cursor))

    def move(self, dx: int, dy: int) -> None:
        """Move the cursor by tiles; sideways it runs on into the next or previous row."""
        count = len(self.model)
        if not count:
            return
        row, column = divmod(self.cursor, self.columns)
        row = min(max(0, row + dy), (count - 1) // self.columns)
        self.cursor = min(row * self.columns + column, count - 1) + dx

    def first(self) -> None:
        self.cursor = 0

    def last(self) -> None:
        self.cursor = len(self.model) - 1

    def page(self, direction: int) -> None:
        """Move by as many whole rows as fit the screen, down (1) or up (-1)."""
        self.move(0, direction * self.page_rows)

    def half_page(self, direction: int) -> None:
        self.move(0, direction * max(1, self.page_rows // 2))

    def activate(self) -> None:
        """Post `Activated` for the tile under the cursor."""
        if len(self.model):
            self.post_message(self.Activated(self, self.cursor))

    def _clamp(self, index: int) -> int:
        return max(0, min(index, len(self.model) - 1))

    def validate_cursor(self, index: int) -> int:
        return self._clamp(index)

    def watch_cursor(self, before: int, now: int) -> None:
        if self.range_anchor is None:
            self._redraw((before, now))
        else:
            self._redraw(range(min(before, now), max(before, now) + 1))
        self.show(now)
        self.post_message(self.CursorMoved(self, now))

    def watch_range_anchor(self, before: int | None, now: int | None) -> None:
        ends = [end for end in (before, now, self.cursor) if end is not None]
        self._redraw(range(min(ends), max(ends) + 1))

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._redraw((self.cursor,))

    def kept_index(self) -> int | None:
        return self.cursor

    def tile_line(self, index: int, tile: Tile, styles: TileStyles) -> tuple[Style, Style | None]:
        if index == self.cursor:
            line = styles.cursor if self.has_focus else styles.cursor_blurred
            return line, line
        selected = self.selected_range()
        if selected is not None and index in selected:
            return styles.range, None
        return super().tile_line(index, tile, styles)

    def on_click(self, event: events.Click) -> None:
        index = self.index_at(event.x, event.y)
        if index is None:
            return
        event.stop()
        if event.shift:
            indices = range(min(index, self.cursor), max(index, self.cursor) + 1)
            self.cursor = index
            self.post_message(self.MarkRequested(self, indices, extend=True))
            return
        self.cursor = index
        if event.ctrl or self.caption_at(event.x, event.y) is not None:
            self.post_message(self.MarkRequested(self, range(index, index + 1), extend=False))
        elif event.chain == 2:
            self.activate()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.prevent_default()
        event.stop()
        self.scroll_rows(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.prevent_default()
        event.stop()
        self.scroll_rows(-1)
