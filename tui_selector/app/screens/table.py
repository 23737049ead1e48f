"""The photos as a table beside the tiles or instead of them: its columns and its order.

Both are views of the same album: one cursor, one set of marks, one order. The table is imported
when it is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.containers import Horizontal

from tui_selector.app.narrowing import Sort
from tui_selector.app.screens.hits import Hits
from tui_selector.app.screens.narrowing import Narrowing
from tui_selector.app.session import Panel
from tui_selector.app.snapshot import Query
from tui_selector.app.widgets.tile_grid import TileGrid

if TYPE_CHECKING:
    from tui_selector.app.table_columns import Column
    from tui_selector.app.table_rows import TableRows
    from tui_selector.app.widgets.table_view import TableView

#: Columns of the window that a table and tiles need side by side.
_BOTH = 130


class Tabular(Hits, Narrowing):
    """Shows the photos as a table, and orders them by its columns."""

    def __init__(self) -> None:
        super().__init__()
        self._table: TableView | None = None
        self._rows: TableRows | None = None
        self._empty = ""

    @property
    def tiles(self) -> TileGrid:
        """The photos as tiles."""
        return self.query_one("#photos", TileGrid)

    @property
    def is_table_shown(self) -> bool:
        """Whether the photos are shown as a table."""
        return self._table is not None and self.has_class("-table")

    @property
    def grid(self) -> TileGrid | TableView:
        """The photos, as the tiles or the table that keys are for."""
        return self._table if self._table is not None and self.is_table_shown else self.tiles

    @property
    def views(self) -> Sequence[TileGrid | TableView]:
        """Everything that shows the photos now, that which keys are for first."""
        return (self.grid, self.tiles) if self.has_class("-both") else (self.grid,)

    async def action_table(self) -> None:
        """Show the photos as a table, with tiles beside it where there is room; or tiles alone."""
        if self.album is None:
            self.app.bell()
            return
        self.end_range()
        if self._table is None:
            from tui_selector.app.widgets.table_view import TableView

            self._table = TableView(id="table")
            await self.query_one("#middle", Horizontal).mount(self._table, before="#photos")
            self.watch(self._table, "scroll_y", self.fetch_ahead, init=False)
        self.set_class(not self.is_table_shown, "-table")
        self.find_room()
        self.show_album(in_sight=True)
        self.set_focus(self.grid)

    def find_room(self) -> None:
        """Let tiles stand beside the table where there is room for both, and go where not."""
        side = self.query_one("#side")
        room = self.size.width - (side.outer_size.width if side.display else 0)
        both = self.is_table_shown and room >= _BOTH
        if both != self.has_class("-both"):
            self.set_class(both, "-both")
            self.show_album(in_sight=True)

    def on_resize(self) -> None:
        """There may be room for both now, or none any more."""
        self.find_room()

    async def put_panel(self, panel: Panel) -> None:
        await super().put_panel(panel)
        if self.is_table_shown:
            self.call_after_refresh(self.find_room)

    def show_album(self, *, in_sight: bool = False) -> None:
        """Show the album in every view, scrolled to where its tab was, or to the cursor."""
        album = self.album
        if album is None:
            return
        self._empty = self.empty_words()
        for view in self.views:
            # A window may be smaller than that of the last session; a filter moves photos about.
            if view is self._table:
                view.set_model(
                    self._table_rows(),
                    cursor=album.cursor,
                    scroll=album.top,
                    in_sight=True,
                    empty=self._empty,
                )
                sort = album.query.sort
                self._table.show_sorted(*((sort.key, sort.descending) if sort else (None, False)))
            elif isinstance(view, TileGrid):
                view.set_model(
                    album,
                    cursor=album.cursor,
                    scroll=album.top,
                    in_sight=in_sight,
                    empty=self._empty,
                )

    def empty_words(self) -> str:
        """Why there are no photos, and what to do; "" where there are some."""
        album = self.album
        if album is None or len(album):
            return ""
        from tui_selector.app.emptiness import empty_words

        return empty_words(self.selector, album)

    def tell_empty(self) -> None:
        """Say why there are no photos, where there are none and it is not what was said before."""
        words = self.empty_words()
        if words and words != self._empty:
            self.show_album()

    def forget_rows(self, photos: Sequence[int] | None) -> None:
        """Read again what is known of these photos, of all where None."""
        if self._rows is not None:
            self._rows.forget(photos)

    def _table_rows(self) -> TableRows:
        from tui_selector.app.table_rows import TableRows

        album, columns = self.album, self._columns()
        assert album is not None
        if self._rows is None or self._rows.album is not album or self._rows.columns != columns:
            self._rows = TableRows(album, self.selector.reader.facts_of, columns)
        return self._rows

    def _columns(self) -> tuple[Column, ...]:
        """The columns that were chosen and have something to say at present."""
        from tui_selector.app.table_columns import chosen

        album, idle = self.album, set[str]()
        if album is None or album.results is None or not album.results.ranked:
            idle.add("score")
        if album is None or not album.doubts:
            idle.add("doubt")
        shown = chosen(self.selector.session.columns)
        return tuple(column for column in shown if column.id not in idle)

    # -- columns -----------------------------------------------------------------------------

    async def action_columns(self) -> None:
        """Ask which columns the table has."""
        from tui_selector.app.screens.column_dialog import ColumnDialog
        from tui_selector.app.table_columns import chosen

        def answered(columns: tuple[str, ...] | None) -> None:
            if columns is not None:
                selector = self.selector
                selector.session = replace(selector.session, columns=columns)
                self.show_album(in_sight=True)

        shown = tuple(column.id for column in chosen(self.selector.session.columns))
        if not self.is_table_shown:
            await self.action_table()
        # Letters that follow are for the dialog: they wait for it.
        await self.app.push_screen(ColumnDialog(shown), answered)

    # -- order -------------------------------------------------------------------------------

    async def action_sort_by(self, step: int) -> None:
        """Order by the next column of the table that can be ordered by, or by the one before."""
        album = self.album
        if album is None:
            return
        columns = self._sortable()
        keys = [column.sort for column in columns]
        sort = album.query.sort
        now = sort.key if sort is not None else "date" if album.query.order == "time" else "name"
        place = keys.index(now) if now in keys else 0
        await self._sort(columns[(place + step) % len(columns)])

    async def action_reverse(self) -> None:
        """Turn the order round."""
        album = self.album
        if album is None:
            return
        sort = album.query.sort
        if sort is None:
            if album.results is not None and album.results.ranked:
                sort = Sort("score", descending=True)
            else:
                sort = Sort("date" if album.query.order == "time" else "name")
        await self._open_sorted(replace(sort, descending=not sort.descending))

    async def on_table_view_sort_requested(self, event: TableView.SortRequested) -> None:
        """Order by a column whose head was clicked; again: the other way round."""
        event.stop()
        await self._sort(event.column)

    def _sortable(self) -> list[Column]:
        """Columns that can be ordered by, each by another key."""
        found: dict[str, Column] = {}
        for column in self._columns():
            if column.sort:
                found.setdefault(column.sort, column)
        return list(found.values())

    async def _sort(self, column: Column) -> None:
        sort = self.album.query.sort if self.album is not None else None
        if sort is not None and sort.key == column.sort:
            await self._open_sorted(replace(sort, descending=not sort.descending))
        else:
            await self._open_sorted(Sort(column.sort, column.falls))

    async def _open_sorted(self, sort: Sort) -> None:
        if self.album is None:
            return
        if sort.key != "score":
            await self.fetch_all()
        await self.open_query(replace(self.album.query, sort=sort))

    async def action_reset_view(self) -> None:
        """Show all of this tab in the usual order again; nothing is changed about any photo."""
        album = self.album
        if album is None:
            return
        self.end_range()
        if album.query != album.query.whole:
            await self.open_query(album.query.whole)
        self.selector.say("Everything of this tab is shown, in the usual order.")

    async def open_query(self, query: Query) -> None:
        """Show what a query finds; the place in the tab that is left is remembered."""
        album = self.album
        if album is not None:
            album.remember_place(self.grid.top_index)
            await super().open_query(query)
