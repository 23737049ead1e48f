"""The list of kinds at the side of the photos: which tabs, tags or colour labels are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widget import Widget

from tui_selector.app.screens.timeline import Timed
from tui_selector.app.session import Panel
from tui_selector.app.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from textual.events import DescendantBlur, DescendantFocus

    from tui_selector.app.narrowing import Legend
    from tui_selector.app.widgets.legend_panel import LegendPanel

#: Seconds without another mark before the marked photos of each kind are counted anew.
_STILL = 0.3

#: Id of the list in the panel.
_KINDS = "kinds"


class Legended(Timed):
    """Opens the list of kinds, keeps its counts true, and shows the photos that are ticked."""

    def __init__(self) -> None:
        super().__init__()
        self._recount: Timer | None = None

    async def action_legend(self) -> None:
        """Open the list of kinds; where it is open, go to it; from there close it."""
        if self.panel != "legend":
            # Letters that follow are for the panel: they wait for it, and decide about no photo.
            await self.put_panel("legend")
            # The counts come when they are there; the panel is open at once.
            self.count_kinds()
        elif any(panel.has_focus_within for panel in self.query("LegendPanel")):
            await self.put_panel("")
            return
        for kinds in self.query("LegendPanel KindList"):
            self.set_focus(kinds)

    async def make_panel(self, panel: Panel) -> Widget | None:
        if panel != "legend":
            return await super().make_panel(panel)
        if self.album is None:
            return None
        from tui_selector.app.widgets.legend_panel import LegendPanel

        return LegendPanel(self.album.query.legend, self.selector.keys)

    def count_kinds_soon(self) -> None:
        """Count anew when no mark has been made for a moment."""
        if self.panel != "legend":
            return
        if self._recount is not None:
            self._recount.stop()
        self._recount = self.set_timer(_STILL, self.count_kinds)

    @work(exclusive=True, group="legend")
    async def count_kinds(self) -> None:
        """Count the kinds of what the tab shows, if their list is open."""
        album = self.album
        if album is None or self.panel != "legend":
            return
        from tui_selector.app.kind_counts import count_kinds
        from tui_selector.app.widgets.legend_panel import LegendPanel

        query, results, marks = album.query, album.results, list(album.marks)
        listed = results.ids if results is not None else None
        found = await self.selector.reader.ask(
            lambda catalog: count_kinds(catalog, query, marks, listed)
        )
        try:
            if found is not None and album.query.legend == query.legend:
                for panel in self.query(LegendPanel):
                    panel.show(query.legend, *found)
        except NoMatches:
            return  # the panel is being taken down

    async def _tick(self, legend: Legend) -> None:
        if self.album is not None:
            await self.open_query(replace(self.album.query, legend=legend))

    # -- what the owner chooses --------------------------------------------------------------

    async def on_legend_panel_changed(self, event: LegendPanel.Changed) -> None:
        """Show the photos that are ticked."""
        event.stop()
        await self._tick(event.legend)

    async def on_legend_panel_within_wanted(self, event: LegendPanel.WithinWanted) -> None:
        """Show only the photos that are marked now, or others, too."""
        event.stop()
        album = self.album
        if album is None:
            return
        legend = album.query.legend
        if legend.within is not None:
            await self._tick(replace(legend, within=None))
        elif album.marks:
            await self._tick(replace(legend, within=frozenset(album.marks)))
        else:
            key = self.selector.keys.first("mark")
            self.selector.say(f"No photo is marked. {key} marks one.")

    async def on_legend_panel_kind_marked(self, event: LegendPanel.KindMarked) -> None:
        """Mark the photos of a kind that the tab shows, or unmark them where all are marked."""
        event.stop()
        album = self.album
        if album is None:
            return
        from tui_selector.app.kind_counts import photos_of_kind

        query, results, by, key = album.query, album.results, event.by, event.key
        listed = results.ids if results is not None else None
        found = await self.selector.reader.ask(
            lambda catalog: photos_of_kind(catalog, query, by, key, listed)
        )
        if found is None:
            return
        if album.marks.issuperset(found):
            album.unmark(found)
        else:
            album.mark_photos(found)
        self.show_decided(list(found))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Name the keys of the list while it has them."""
        if event.widget.id == _KINDS:
            self.query_one(KeyBar).show(("legend",), self.query_one("LegendPanel"))

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Name the usual keys again."""
        if event.widget.id == _KINDS:
            self.query_one(KeyBar).show((*self.contexts, "everywhere"))

    def on_legend_panel_left(self, event: LegendPanel.Left) -> None:
        """Go back to the photos."""
        event.stop()
        self.set_focus(self.grid)
