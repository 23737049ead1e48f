"""Searches that are kept as tabs, and the panel with a search's threshold and weights."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace
from textual import work
from textual.widget import Widget

from tui_selector.app.screens.hits import Hits
from tui_selector.app.searches import SEARCH, SearchError, Sought, as_query, search_tab
from tui_selector.app.session import Panel
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.widgets.search_panel import SearchPanel
    from tui_selector.library.catalog.search_table import SavedSearch, SearchTable

T = TypeVar("T")

#: Seconds before each saved search is counted, in which others may ask.
_COUNTING = 0.3

#: Longest name of a saved search, characters.
_LONGEST_NAME = 100


class SavedSearches(Hits):
    """Keeps, renames and forgets searches; counts what those in the tab bar find."""

    # -- keeping -----------------------------------------------------------------------------

    @work
    async def action_keep_search(self) -> None:
        """Ask for a name, and keep the search that is shown as a tab."""
        from tui_selector.app.screens.dialogs import TextDialog

        album = self.album
        sought = self.searches.sought_in(album.query.tab) if album is not None else None
        if album is None or sought is None:
            key = self.selector.keys.first("search")
            self.selector.say(f"There is no search to keep here; {key} begins one.")
            return
        query = await self._as_query(sought)
        if query is None:
            return
        name = await self.app.push_screen_wait(
            TextDialog(
                f"Keep '{sought.title}' as a tab",
                value=printable(query)[:_LONGEST_NAME],
                hint="a name; one that there is already becomes this search · esc: leave",
                fault=_fault,
            )
        )
        if name and await self._change(lambda table: table.save(name, query)):
            self.remember(query)
            await self._go_to_kept(name)

    async def _go_to_kept(self, name: str) -> None:
        """Show a search that was kept just now; the one that was not is gone with it."""
        album = self.album
        if album is None:
            return
        tab = search_tab(name)
        self.searches.forget(tab)
        if album.query.tab == SEARCH and SEARCH in self.searches.results:
            results = self.searches.results[SEARCH]
            self.searches.forget(SEARCH)
            if not (results.sought.photos or results.sought.marked):
                self.searches.keep(tab, results)
        self._sought = None
        await self.selector.reader.show(replace(album.query, tab=tab), whole=True)

    async def _as_query(self, sought: Sought) -> str | None:
        """What is kept of a search; None, and a sentence, where a query cannot say it."""
        if sought.listed is not None:
            self.selector.say(
                f"'{sought.called}' is no search; tag these photos to keep them together.",
                "warning",
            )
            return None
        if sought.region is not None:
            self.selector.say("A search by a part of a photo cannot be kept as a tab.", "warning")
            return None
        wanted = (*sought.photos, *sought.unlike)
        if not wanted:
            return " ".join(sought.text.split())
        rows = await self.selector.reader.ask(lambda catalog: catalog.photos.get(wanted)) or []
        paths = {photo.id: photo.path for photo in rows}
        like = [paths[photo] for photo in sought.photos if photo in paths]
        unlike = [paths[photo] for photo in sought.unlike if photo in paths]
        return as_query(like, unlike, " ".join(sought.text.split()))

    def action_forget_search(self) -> None:
        """Remove the tab of the search that is shown; no photo is touched."""
        saved = self._saved()
        if saved is not None:
            self._forget(saved)
        elif self.is_search_shown:
            self.run_worker(self.leave_search())
        else:
            self.selector.say("This tab is no search.")

    @work
    async def _forget(self, saved: SavedSearch) -> None:
        if await self._change(lambda table: table.remove(saved.name)):
            self.searches.forget(search_tab(saved.name))
            self.remember(saved.query)
            keys = self.selector.keys
            self.selector.say(
                f"Removed the tab '{printable(saved.name)}'; {keys.first('search')} and"
                f" {keys.first('search-older')} bring its search back."
            )
            self.selector.reader.reload()

    @work
    async def action_rename_tab(self) -> None:
        """Ask for the name of the search, or of the tab."""
        from tui_selector.app.screens.dialogs import TextDialog

        saved, album = self._saved(), self.album
        if saved is None or album is None:
            super().action_rename_tab()
            return
        others = {each.name.lower() for each in self.searches.saved if each != saved}
        name = await self.app.push_screen_wait(
            TextDialog(
                f"Rename '{printable(saved.name)}'",
                value=printable(saved.name),
                fault=lambda text: (
                    "Another search has that name." if text.lower() in others else _fault(text)
                ),
            )
        )
        if name and name != saved.name:
            before = search_tab(saved.name)
            if await self._change(lambda table: table.rename(saved.name, name)):
                results = self.searches.results.get(before)
                self.searches.forget(before)
                if results is not None:
                    self.searches.keep(search_tab(name), results)
                tab = search_tab(name) if album.query.tab == before else album.query.tab
                await self.selector.reader.show(replace(album.query, tab=tab), whole=True)

    def _saved(self) -> SavedSearch | None:
        album = self.album
        return self.searches.saved_in(album.query.tab) if album is not None else None

    async def _change(self, change: Callable[[SearchTable], T]) -> bool:
        """Change the saved searches; say why where that cannot be done."""
        from tui_selector.library.catalog.catalog import CatalogError

        desk = self.selector.desk
        if desk is None:
            return False
        try:
            await desk.change_searches(change)
        except (CatalogError, sqlite3.Error, ValueError) as error:
            self.selector.say(printable(str(error)), "error")
            return False
        self.selector.link.tell(tabs=True)
        return True

    # -- counting ----------------------------------------------------------------------------

    def search_tab_shown(self) -> None:
        super().search_tab_shown()
        if self.searches.saved:
            self.count_saved()

    @work(exclusive=True, group="count")
    async def count_saved(self) -> None:
        """Count what saved searches find whose tabs are not open; soon, and when nothing is asked.

        A question of this client that waits for the engine is dropped for the next one; so what is
        counted waits for what the owner wants.
        """
        for search in self.searches.saved:
            tab = search_tab(search.name)
            if tab in self.searches.counts and tab not in self.searches.stale:
                continue
            await asyncio.sleep(_COUNTING)
            album = self.album
            if album is None or album.query.tab == tab:
                continue
            if self.searches.busy:
                return  # the answer comes with a change of the album
            try:
                results = await self.searches.find(Sought(text=search.query), 0)
            except SearchError:
                continue
            self.searches.count(tab, results.total)
            album.tabs = self.searches.among(album.tabs)
            self.selector.album_changed.publish([])

    # -- threshold and weights ---------------------------------------------------------------

    def action_threshold(self) -> None:
        """Show or hide threshold and weights of the search."""
        if self.panel == "search":
            self.open_panel("")
        elif self.is_search_shown:
            self.open_panel("search")
        else:
            key = self.selector.keys.first("search")
            self.selector.say(f"This tab is no search; {key} begins one.")

    def on_search_input_panel_wanted(self) -> None:
        """Show threshold and weights of what is typed."""
        self.action_threshold()

    async def make_panel(self, panel: Panel) -> Widget | None:
        if panel != "search":
            return await super().make_panel(panel)
        album = self.album
        sought = self.searches.sought_in(album.query.tab) if album is not None else None
        if sought is None:
            return None
        from tui_selector.app.widgets.search_panel import SearchPanel

        made = SearchPanel(sought.floor, sought.weights)
        made.show_found(album.results if album is not None else None)
        return made

    def tell_found(self) -> None:
        super().tell_found()
        album = self.album
        if album is None or self.panel != "search":
            return
        from tui_selector.app.widgets.search_panel import SearchPanel

        for panel in self.query(SearchPanel):
            panel.show_found(album.results)

    def on_search_panel_changed(self, event: SearchPanel.Changed) -> None:
        """Search with another threshold and other weights, in the tab that is open."""
        event.stop()
        album = self.album
        sought = self.searches.sought_in(album.query.tab) if album is not None else None
        if album is not None and sought is not None:
            self.again_with(replace(sought, floor=event.floor, weights=event.weights))

    @work(exclusive=True, group="search")
    async def again_with(self, sought: Sought) -> None:
        """Make another search in the tab that is open."""
        album = self.album
        assert album is not None
        tab = album.query.tab
        if tab == SEARCH:
            self._sought = sought
        try:
            results = await self.searches.find(sought)
        except SearchError as error:
            if self._bar is not None:
                self._bar.show_fault(str(error), error.column, error.length)
            return
        self.searches.keep(tab, results)
        if album.query.tab == tab:
            self._made += 1
            await self.selector.reader.show(replace(album.query, search=self._made))


def _fault(name: str) -> str | None:
    if not name:
        return "A search needs a name."
    return None if len(name) <= _LONGEST_NAME else f"A name has at most {_LONGEST_NAME} characters."
