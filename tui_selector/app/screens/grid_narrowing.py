"""The timeline and the list of kinds of the tab that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_selector.app.screens.legend import Legended
from tui_selector.app.screens.narrowing import Narrowed
from tui_selector.app.screens.table import Tabular
from tui_selector.app.screens.timeline import Timed
from tui_selector.app.session import Panel

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui_selector.app.album import Album


class GridNarrowing(Legended, Timed, Tabular):
    """Narrows the tab that is open; its list of kinds is one of the panels."""

    below_timeline = "#middle"

    def narrowed(self, album: Album) -> Narrowed:
        results = album.results
        if results is None:
            return Narrowed(album.query)
        return Narrowed(album.query, results.ids, results.ranked)

    @property
    def current_id(self) -> int | None:
        return self.album.current_id if self.album is not None else None

    def point_at(self, photo: int) -> bool:
        index = self.album.index_of(photo) if self.album is not None else None
        if index is None:
            return False
        self.grid.cursor = index
        return True

    async def make_panel(self, panel: Panel) -> Widget | None:
        return self.make_kinds() if panel == "legend" else await super().make_panel(panel)

    async def open_kinds(self) -> None:
        await self.put_panel("legend")

    async def close_kinds(self) -> None:
        await self.put_panel("")
