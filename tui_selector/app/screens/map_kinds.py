"""The list of kinds beside the map: which tabs, tags or colour labels it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.timer import Timer

from tui_selector.app.screens.mapping import Mapping
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.map_side import MapSide

if TYPE_CHECKING:
    from textual.events import DescendantBlur, DescendantFocus

    from tui_selector.app.narrowing import Legend
    from tui_selector.app.widgets.legend_panel import LegendPanel

#: Seconds without another mark before the marked photos of each kind are counted anew.
_STILL = 0.3

#: Id of the list in the panel.
_KINDS = "kinds"


class MapKinds(Mapping):
    """Opens the list of kinds in the place of the picture and the legend, in the same colours.

    What is ticked there is what the map shows, and the tiles and the table, too.
    """

    _recount: Timer | None = None

    def on_mount(self) -> None:
        """Count anew where photos or marks are others."""
        self.selector.album_changed.subscribe(self, self._kinds_changed)

    @property
    def kinds_panel(self) -> LegendPanel | None:
        """The list, while it is open."""
        found = list(self.query("LegendPanel"))
        return found[0] if found else None  # type: ignore[return-value]

    async def action_legend(self) -> None:
        """Open the list of kinds; where it is open, go to it; from there close it."""
        panel = self.kinds_panel
        if panel is not None and panel.has_focus_within:
            await self.close_kinds()
            return
        if panel is None:
            if self.album is None:
                self.app.bell()
                return
            from tui_selector.app.widgets.legend_panel import LegendPanel

            # Letters that follow are for the list: they wait for it, and decide about no photo.
            panel = LegendPanel(self.album.query.legend, self.selector.keys)
            await self.query_one(MapSide).put(panel)
            self.count_kinds()
        for kinds in self.query("LegendPanel KindList"):
            self.set_focus(kinds)

    async def close_kinds(self) -> None:
        """Show the picture and the legend again."""
        self.focus_photos()
        await self.query_one(MapSide).put(None)

    def _kinds_changed(self, photos: Sequence[int] | None) -> None:
        if self.kinds_panel is None:
            return
        if photos is None:
            self.count_kinds()
            return
        if self._recount is not None:
            self._recount.stop()
        self._recount = self.set_timer(_STILL, self.count_kinds)

    @work(exclusive=True, group="kinds")
    async def count_kinds(self) -> None:
        """Count the kinds of what filters let through, if their list is open."""
        album = self.album
        if album is None or self.kinds_panel is None:
            return
        from tui_selector.app.kind_counts import count_kinds

        legend, query, marks = album.query.legend, album.query.filters, list(album.marks)
        counts = await self.selector.reader.ask(lambda catalog: count_kinds(catalog, query, marks))
        panel = self.kinds_panel
        if counts is not None and panel is not None and album.query.legend == legend:
            panel.show(legend, *counts, self._colours_of_kinds(legend))

    def show_colours_of_kinds(self) -> None:
        """Show the colours that kinds have on the map, where the list is open."""
        if (panel := self.kinds_panel) is not None:
            panel.colour(self._colours_of_kinds(panel.legend))

    def _colours_of_kinds(self, legend: Legend) -> dict[str, str]:
        """By the name of a kind; empty where the map is coloured by something else."""
        if self.shown is None or legend.by != self.colour_by:
            return {}
        entries = self.shown.colouring.legend
        return {entry.name: "#{:02x}{:02x}{:02x}".format(*entry.colour) for entry in entries}

    # -- what the owner chooses --------------------------------------------------------------

    async def _tick(self, legend: Legend) -> None:
        if self.album is not None:
            await self.selector.reader.show(replace(self.album.query, legend=legend))

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
        """Mark the photos of a kind, or unmark them where all are marked."""
        event.stop()
        album = self.album
        if album is None:
            return
        from tui_selector.app.kind_counts import photos_of_kind

        query, by, key = album.query.filters, event.by, event.key
        found = await self.selector.reader.ask(
            lambda catalog: photos_of_kind(catalog, query, by, key)
        )
        if found is None:
            return
        if album.marks.issuperset(found):
            album.unmark(found)
        else:
            album.mark_photos(found)
        self.show_decided(list(found))

    def on_legend_panel_left(self, event: LegendPanel.Left) -> None:
        """Go back to the map."""
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
