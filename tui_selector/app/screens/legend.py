"""The list of kinds beside the photos: which tabs, tags or colour labels are shown.

The list is imported when it is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.css.query import NoMatches
from textual.timer import Timer

from tui_selector.app.screens.narrowing import Narrowing
from tui_selector.app.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from textual.events import DescendantBlur, DescendantFocus

    from tui_selector.app.narrowing import Legend
    from tui_selector.app.widgets.legend_panel import LegendPanel

#: Seconds without another mark before the marked photos of each kind are counted anew.
_STILL = 0.3

#: Id of the list in the panel.
_KINDS = "kinds"


class Legended(Narrowing):
    """Opens the list of kinds, keeps its counts true, and shows the photos that are ticked."""

    _kinds: LegendPanel | None = None
    _recount: Timer | None = None

    @property
    def kinds_panel(self) -> LegendPanel | None:
        """The list, while it is open."""
        panel = self._kinds
        return panel if panel is not None and panel.is_attached else None

    def make_kinds(self) -> LegendPanel | None:
        """The list, as what is shown is ticked in it; None where nothing is shown yet."""
        if self.album is None:
            return None
        from tui_selector.app.widgets.legend_panel import LegendPanel

        self._kinds = LegendPanel(self.album.query.legend, self.selector.keys)
        return self._kinds

    async def action_legend(self) -> None:
        """Open the list of kinds; where it is open, go to it; from there close it."""
        panel = self.kinds_panel
        if self.album is None:
            self.app.bell()
            return
        if panel is not None and panel.has_focus_within:
            await self.close_kinds()
            return
        if panel is None:
            # Letters that follow are for the list: they wait for it, and decide about no photo.
            await self.open_kinds()
            # The counts come when they are there; the list is open at once.
            self.count_kinds()
        for kinds in self.query("LegendPanel KindList"):
            self.set_focus(kinds)

    def count_kinds_soon(self) -> None:
        """Count anew when no mark has been made for a moment."""
        if self.kinds_panel is None:
            return
        if self._recount is not None:
            self._recount.stop()
        self._recount = self.set_timer(_STILL, self.count_kinds)

    @work(exclusive=True, group="kinds")
    async def count_kinds(self) -> None:
        """Count the kinds of what is shown, if their list is open."""
        album = self.album
        if album is None or self.kinds_panel is None:
            return
        from tui_selector.app.kind_counts import count_kinds

        asked, marks = self.narrowed(album), list(album.marks)
        legend = asked.query.legend
        counts = await self.selector.reader.ask(
            lambda catalog: count_kinds(catalog, asked.query, marks, asked.listed)
        )
        panel = self.kinds_panel
        if counts is not None and panel is not None and album.query.legend == legend:
            with suppress(NoMatches):  # it is being taken down
                panel.show(legend, *counts, self.colours_of_kinds(legend))

    # -- what the owner chooses --------------------------------------------------------------

    async def _tick(self, legend: Legend) -> None:
        if self.album is not None:
            await self.open_query(replace(self.album.query, legend=legend))

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
        """Mark the photos of a kind that are shown, or unmark them where all are marked."""
        event.stop()
        album = self.album
        if album is None:
            return
        from tui_selector.app.kind_counts import photos_of_kind

        asked, by, key = self.narrowed(album), event.by, event.key
        found = await self.selector.reader.ask(
            lambda catalog: photos_of_kind(catalog, asked.query, by, key, asked.listed)
        )
        if found is None:
            return
        if album.marks.issuperset(found):
            album.unmark(found)
        else:
            album.mark_photos(found)
        self.show_decided(list(found))

    def on_legend_panel_left(self, event: LegendPanel.Left) -> None:
        """Go back to the photos."""
        event.stop()
        self.focus_photos()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Name the keys of the list while it has them."""
        if event.widget.id == _KINDS:
            self.query_one(KeyBar).show(("legend",), self.kinds_panel)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Name the usual keys again."""
        if event.widget.id == _KINDS:
            self.name_keys()
