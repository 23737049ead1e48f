"""The culling screen: tabs above, photos in the middle, a panel at the side, the status below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from tui_selector.app import actions
from tui_selector.app.screens.chat import Chatting
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.screens.exporting import Exporting
from tui_selector.app.screens.grid_narrowing import GridNarrowing
from tui_selector.app.screens.naming import Naming
from tui_selector.app.screens.saved_searches import SavedSearches
from tui_selector.app.screens.tabs import Tabbed
from tui_selector.app.screens.tagging import Tagging
from tui_selector.app.screens.views import Views
from tui_selector.app.snapshot import Query
from tui_selector.app.status import status_parts
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.status_bar import StatusBar
from tui_selector.app.widgets.tab_bar import TabBar
from tui_selector.app.widgets.tile_grid import TileGrid

if TYPE_CHECKING:
    from tui_selector.app.widgets.table_view import TableView

#: More tiles than this are redrawn as a whole.
_MOST_SINGLE_TILES = 200


class CullScreen(
    Views, GridNarrowing, Naming, Tabbed, Exporting, Chatting, Tagging, SavedSearches, Deciding
):
    """Shows one tab of the library as tiles or as a table and lets the owner decide.

    The cursor is the album's; those of tiles and table follow it, and the album's follows theirs
    when the owner moves.
    """

    contexts: ClassVar[tuple[actions.Context, ...]] = actions.GRID
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("grid")]

    DEFAULT_CSS = """
    CullScreen {
        background: $background;
        & #middle { height: 1fr; }
        & TileGrid { width: 1fr; height: 1fr; }
        & #side { width: 42; height: 1fr; display: none; }
        & #side > * { width: 1fr; height: 1fr; }
        &.-narrow #side { width: 36; }
        &.-chat #side { width: 42%; min-width: 46; max-width: 84; }
        &.-chat-full #side { width: 1fr; min-width: 0; max-width: 100%; }
        & #table { width: 1fr; height: 1fr; display: none; }
        &.-table #table { display: block; }
        &.-table #photos { display: none; }
        &.-table.-both #photos { display: block; width: 40; }
        &.-chat-full #photos, &.-chat-full #table { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_styled = False
        self._shown: Query | None = None
        self._range_from: int | None = None

    def compose(self) -> ComposeResult:
        selector = self.selector
        size = selector.session.tile or selector.settings.tile
        if selector.settings.tile != type(selector.settings)().tile:
            size = selector.settings.tile
        yield TabBar(id="tabs")
        with Horizontal(id="middle"):
            yield TileGrid(
                selector.pictures, selector.painter, step=size - 1, empty="Opening …", id="photos"
            )
            yield Container(id="side")
        yield StatusBar(id="status")
        yield KeyBar(selector.keys, self.contexts)

    def on_mount(self) -> None:
        selector = self.selector
        selector.album_changed.subscribe(self, self._album_changed)
        selector.status_changed.subscribe(self, self._status_changed)
        self.watch(self.tiles, "scroll_y", self.fetch_ahead, init=False)
        self.watch(self.tiles, "scroll_y", self._attend, init=False)
        self.grid.focus()
        if selector.album is not None or selector.trouble:
            self._album_changed(None)
        self._status_changed(None)

    def focus_photos(self) -> None:
        self.set_focus(self.grid)

    def last_seen(self) -> int:
        return max(self.grid.visible_range().stop, self.grid.cursor)

    # -- showing -----------------------------------------------------------------------------

    def _album_changed(self, photos: Sequence[int] | None) -> None:
        """Show what the album shows now; `photos` merely look different."""
        album = self.album
        if album is None:
            self.tiles.set_model(self.tiles.model, empty=self.selector.trouble)
            self._status_changed(None)
            return
        self.forget_rows(photos)
        self.query_one(TabBar).show(album.tabs, album.query.tab)
        if self._shown != album.query:
            first = self._shown is None
            same_tab = self._shown is not None and self._shown.tab == album.query.tab
            if first:
                self.call_after_refresh(self.selector.opening.photos_painted)
            self._shown, self._range_from = album.query, None
            self.show_album(in_sight=first or same_tab)
            if first and self.selector.session.panel == "info":
                # The algorithm panel needs the engine, which is still to come.
                self.open_panel("info")
        else:
            self._redraw(photos)
        self._status_changed(None)
        self.tell_details()
        self.tell_chat(photos)
        if photos is None:
            self.search_tab_shown()
            self.count_tags()
            self.read_times()
            self.count_kinds()
        else:
            self.count_kinds_soon()

    def _redraw(self, photos: Sequence[int] | None) -> None:
        """Draw these photos again, or all where others are shown, and put the cursor right."""
        album = self.album
        assert album is not None
        indices: list[int] | None = None
        if photos is not None and len(photos) <= _MOST_SINGLE_TILES:
            found = (album.index_of(photo) for photo in photos)
            indices = [index for index in found if index is not None]
        anchor = album.index_of(self._range_from) if self._range_from is not None else None
        for view in self.views:
            view.model_changed(indices)
            if anchor is not None:
                view.range_anchor = anchor
            view.cursor = album.cursor

    def _attend(self) -> None:
        """Have the engine work first on what is on screen."""
        if self.album is not None and self.is_current:
            seen = self.grid.visible_range()
            self.selector.attention.see(self.album.ids[seen.start : seen.stop])

    def _status_changed(self, nothing: None) -> None:
        self.engine_came()
        self.tell_chat_engine()
        self._attend()
        self.tell_empty()
        in_range = len(self.grid.selected_range() or ())
        self.query_one(StatusBar).show(status_parts(self.selector, in_range))

    # -- moving ------------------------------------------------------------------------------

    def _moved(self) -> None:
        """Let the album's cursor follow the grid's."""
        album, grid = self.album, self.grid
        if album is None or not len(album) or not self.is_current:
            return
        if album.cursor != grid.cursor:
            album.cursor = grid.cursor
            self.tell_details()
            self.tell_chat(())
            self.tell_timeline()
            self.fetch_ahead()
        for view in self.views:
            view.cursor = album.cursor
        album.remember_place(grid.top_index)
        self._status_changed(None)
        # Both ask to be drawn before the next frame is; left to their turns, the photo's name and
        # place would stand in a frame of their own, a sixtieth of a second behind the cursor.
        for widget in (grid, self.query_one(StatusBar)):
            widget._check_refresh()

    @on(TileGrid.CursorMoved)
    def _cursor_moved(self, event: TileGrid.CursorMoved) -> None:
        event.stop()
        if event.grid is not self.grid and event.grid.has_focus:
            self.grid.cursor = event.index
        self._moved()

    def on_table_view_cursor_moved(self, event: Message) -> None:
        """Let the album's cursor follow the table's."""
        event.stop()
        self._moved()

    def _follow(self) -> None:
        """Let the cursors of what shows the photos follow the album's."""
        if self.album is not None:
            for view in self.views:
                view.cursor = self.album.cursor

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Stand on the photo that another screen left the cursor on."""
        # What has just been mounted is styled; twice would take a while at the start.
        event.refresh_styles = event.refresh_styles and self._is_styled
        self._is_styled = True
        self._follow()
        self.chat_resumed()

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by tiles."""
        self._follow()
        self.grid.move(dx, dy)
        self._moved()

    def action_first(self) -> None:
        """Go to the first photo."""
        self.grid.first()
        self._moved()

    def action_last(self) -> None:
        """Go to the last photo."""
        self.grid.last()
        self._moved()

    def action_page(self, direction: int) -> None:
        """Move by a screenful."""
        self._follow()
        self.grid.page(direction)
        self._moved()

    def action_zoom_tiles(self, direction: int) -> None:
        """Make tiles larger or smaller."""
        self.tiles.zoom(direction)
        selector = self.selector
        selector.session = replace(selector.session, tile=self.tiles.step + 1)

    # -- marks -------------------------------------------------------------------------------

    def targets(self) -> list[int]:
        self._take_range()
        return super().targets()

    def _take_range(self) -> None:
        """Turn the visual range into marks."""
        album, chosen = self.album, self.grid.selected_range()
        if album is not None and chosen is not None:
            album.mark(chosen)

    def end_range(self) -> None:
        self._range_from = None
        for view in self.views:
            view.range_anchor = None
        self._status_changed(None)

    def action_visual(self) -> None:
        """Begin a range at the cursor; or end it here and mark what is in it."""
        album, grid = self.album, self.grid
        if album is None or album.current_id is None:
            return
        if grid.range_anchor is None:
            self._range_from = album.current_id
            for view in self.views:
                view.range_anchor = grid.cursor
            self._status_changed(None)
        else:
            chosen = grid.selected_range() or range(0)
            self._take_range()
            self.end_range()
            self.show_decided([album.ids[index] for index in chosen])

    async def action_mark_all(self) -> None:
        """Mark every photo that this tab shows; of a search, every match."""
        if self.album is not None:
            await self.fetch_all()
            self.album.mark_all()
            self.show_decided(list(self.album.ids))

    def action_invert_marks(self) -> None:
        """Mark what is not marked in this tab, and unmark what is."""
        if self.album is not None:
            self._take_range()
            self.end_range()
            self.album.invert_marks()
            self.show_decided(list(self.album.ids))

    @on(TileGrid.MarkRequested)
    def _mark_requested(self, event: TileGrid.MarkRequested) -> None:
        event.stop()
        self.grid.cursor = event.grid.cursor
        self._mark(event.indices, event.extend)

    def on_table_view_mark_requested(self, event: TableView.MarkRequested) -> None:
        """Mark rows of the table."""
        event.stop()
        self._mark(event.indices, event.extend)

    def _mark(self, indices: range, extend: bool) -> None:
        album = self.album
        if album is None:
            return
        self._moved()
        if extend:
            album.mark(indices)
        else:
            for index in indices:
                album.toggle(index)
        self.show_decided([album.ids[index] for index in indices])

    # -- looking -----------------------------------------------------------------------------

    @on(TileGrid.Activated)
    def _activated(self, event: TileGrid.Activated) -> None:
        event.stop()
        self.grid.cursor = event.index
        self._moved()
        self.action_loupe()

    def on_table_view_activated(self, event: Message) -> None:
        """Look at the photo of the row that was double-clicked."""
        event.stop()
        self._moved()
        self.action_loupe()

    def action_loupe(self) -> None:
        """Look at the current photo large."""
        if self.album is not None and self.album.current_id is not None:
            from tui_selector.app.screens.loupe import LoupeScreen

            self.app.push_screen(LoupeScreen())

    def action_compare(self) -> None:
        """Look at the marked photos side by side; at this one and the next where none is marked."""
        album = self.album
        if album is None or album.current_id is None:
            self.app.bell()
            return
        from tui_selector.app.comparison import MOST, candidates

        self._take_range()
        self.end_range()
        photos = candidates(album)
        if len(photos) > MOST:
            key = self.selector.keys.first("unmark-all")
            self.selector.say(
                f"{len(photos)} photos are marked; {MOST} at most stand side by side."
                f" {key} unmarks all.",
                "warning",
            )
        elif len(photos) < 2:
            self.selector.say("There is no other photo here to compare this one with.")
        else:
            from tui_selector.app.screens.compare import CompareScreen

            self.app.push_screen(CompareScreen(photos))

    def action_groups(self) -> None:
        """Look at near-duplicates and bursts, group by group."""
        if self.album is not None:
            from tui_selector.app.screens.groups import GroupsScreen

            self.end_range()
            self.app.push_screen(GroupsScreen())

    def action_map(self) -> None:
        """Look at the map, on which photos that look alike lie together."""
        if self.album is not None:
            from tui_selector.app.screens.map import MapScreen

            self._take_range()
            self.end_range()
            self.app.push_screen(MapScreen())

    async def action_back(self) -> None:
        """Leave the panel, end the range, close the panel, leave the search: one at a time."""
        if self.grid.range_anchor is not None:
            self.end_range()
        elif not any(view.has_focus for view in self.views):
            self.grid.focus()
        elif self.panel:
            self.open_panel("")
        else:
            await self.leave_search()
