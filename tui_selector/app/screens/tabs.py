"""Going from tab to tab, and how much of a tab is shown."""

from __future__ import annotations

from msgspec.structs import replace

from tui_selector.app.screens.table import Tabular
from tui_selector.app.widgets.tab_bar import TabBar
from tui_selector.library.catalog.tab_table import Order, View


class Tabbed(Tabular):
    """Opens tabs, and shows all of one or what is undecided, folded or in another order."""

    async def action_tab(self, by: int) -> None:
        """Go to the next or the previous tab."""
        album = self.album
        if album is None:
            return
        ids = [tab.id for tab in album.tabs]
        place = ids.index(album.query.tab) if album.query.tab in ids else 0
        await self.open_query(replace(album.query, tab=ids[(place + by) % len(ids)]))

    async def action_tab_number(self, number: int) -> None:
        """Go to a tab by its place, from 1."""
        album = self.album
        if album is not None and number <= len(album.tabs):
            await self.open_query(replace(album.query, tab=album.tabs[number - 1].id))

    async def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        """Open the tab that was clicked."""
        event.stop()
        if self.album is not None:
            await self.open_query(replace(self.album.query, tab=event.tab))

    async def action_problems(self) -> None:
        """Go to the files that could not be read."""
        album = self.album
        if album is None:
            return
        if any(tab.id == View.PROBLEMS for tab in album.tabs):
            await self.open_query(replace(album.query, tab=View.PROBLEMS, undecided=False))
        else:
            self.selector.say("Every file could be read.")

    async def action_filter(self) -> None:
        """Show only undecided photos, or all again."""
        album = self.album
        if album is not None:
            await self.open_query(replace(album.query, undecided=not album.query.undecided))

    async def action_fold(self) -> None:
        """Show only the best of photos that are nearly the same, or all again."""
        album = self.album
        if album is not None:
            await self.open_query(replace(album.query, folded=not album.query.folded))

    async def action_order(self) -> None:
        """Order by name or by capture time."""
        album = self.album
        if album is not None and album.results is not None and album.results.ranked:
            self.selector.say("What a search has found stands in the order of its scores.")
        elif album is not None:
            order: Order = "name" if album.query.order == "time" else "time"
            await self.open_query(replace(album.query, order=order, sort=None))
