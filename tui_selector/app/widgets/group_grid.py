"""The grid of groups: a heading for each, its tiles below, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip

from tui_selector.app.widgets.group_layout import GroupLayout, group_layout
from tui_selector.app.widgets.looks import Look, drawn_style
from tui_selector.app.widgets.tile import TileModel
from tui_selector.app.widgets.tile_caption import one_line
from tui_selector.app.widgets.tile_grid import TileGrid
from tui_selector.app.widgets.tile_layout import TileLayout


class GroupedModel(TileModel, Protocol):
    """Tiles group by group."""

    @property
    def sizes(self) -> Sequence[int]:
        """How many tiles each group has, one at least."""
        ...

    def heading(self, group: int) -> str:
        """What stands above a group; printable."""
        ...


_HEADING = Look("text-muted", "surface")
_HERE = Look("foreground", "panel", bold=True)


class GroupGrid(TileGrid):
    """A tile grid whose tiles stand in groups."""

    _groups: GroupedModel | None = None

    def set_groups(self, model: GroupedModel, *, cursor: int = 0, empty: str = "") -> None:
        """Show these groups, the cursor on a tile, in sight; say `empty` where there are none."""
        self._groups = model
        self.set_model(model, cursor=cursor, empty=empty)

    def groups_changed(self, cursor: int) -> None:
        """Draw the model as it is now, tiles having come, gone or moved."""
        if self._groups is not None:
            top = self.top_index
            self.set_model(self._groups, cursor=cursor, scroll=top, in_sight=True)

    def say(self, sentence: str) -> None:
        """Say this where there are no groups."""
        if sentence != self._empty:
            self._empty = sentence
            self.refresh()

    @property
    def group(self) -> int | None:
        """The group that the cursor stands in; None where there are none."""
        layout = self._layout
        return layout.group_of(self.cursor) if layout is not None and layout.count else None

    def go_to_group(self, group: int) -> None:
        """Put the cursor on the first tile of a group, the nearest beyond the ends."""
        layout = self._layout
        if layout is not None and layout.count:
            self.cursor = layout.firsts[max(0, min(group, len(layout.firsts) - 2))]

    def make_layout(self, size: Size, tile: Size, count: int) -> TileLayout:
        sizes = self._groups.sizes if self._groups is not None else ()
        return group_layout(size, tile, sizes)

    @property
    def _layout(self) -> GroupLayout | None:
        return self._grid if isinstance(self._grid, GroupLayout) else None

    # -- moving ------------------------------------------------------------------------------

    def move(self, dx: int, dy: int) -> None:
        layout = self._layout
        if layout is None or not layout.count:
            return
        there = layout.beside(self.cursor, dy) if dy else self.cursor
        self.cursor = there + dx

    def scroll_rows(self, rows: int) -> None:
        layout = self._layout
        if layout is not None:
            line = self.scroll_offset.y + rows * layout.tile.height
            self.scroll_to(y=layout.snapped(line, up=rows < 0), animate=False, force=True)

    def caption_at(self, x: int, y: int) -> int | None:
        layout = self._layout
        if layout is None:
            return None
        _, inner = layout.row_at(y + self.scroll_offset.y)
        return self.index_at(x, y) if inner == layout.tile.height - 1 else None

    def watch_cursor(self, before: int, now: int) -> None:
        super().watch_cursor(before, now)
        layout = self._layout
        if layout is None or not layout.count:
            return
        old, new = layout.group_of(min(before, layout.count - 1)), layout.group_of(now)
        if old != new:
            width = self.size.width
            lines = (layout.tops[group] - self.scroll_offset.y for group in (old, new))
            self.refresh(
                *(Region(0, y, width, 1) for y in lines if 0 <= y < layout.viewport.height)
            )

    # -- drawing -----------------------------------------------------------------------------

    def draw_plane(self, line: int, width: int) -> Strip:
        layout = self._layout
        if layout is None or self._groups is None:
            return super().draw_plane(line, width)
        tiles, inner = layout.row_at(line)
        if inner >= 0:
            return self.draw_row(tiles, inner, width)
        group = layout.group_at(line)
        style = drawn_style(_HERE if group == self.group else _HEADING, self)
        text = one_line(f" {self._groups.heading(group)}", width)
        return Strip([Segment(text, style)], width)
