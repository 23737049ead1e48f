"""Tags at the side of the grid: which photos it shows, and how sure the program has to be."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.css.query import NoMatches
from textual.widget import Widget

from tui_selector.app.screens.panels import Panelled
from tui_selector.app.session import Panel

if TYPE_CHECKING:
    from tui_selector.app.tag_counts import TagCounter, TagCounts
    from tui_selector.app.widgets.tag_panel import TagPanel

#: Share of the time that counting anew may take while the catalog keeps changing.
_COUNTING_SHARE = 0.3

#: Seconds between two counts, at least.
_PAUSE = 0.1


class Tagging(Panelled):
    """Opens the panel of tags, keeps its counts true, and lets the grid show what is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._tag_counter: TagCounter | None = None
        self._tags_stale = False
        self._counting_tags = False

    async def action_tags(self) -> None:
        """Open the panel of tags; where it is open, go to it."""
        if self.panel != "tags":
            # Letters that follow are for the panel: they wait for it, and decide about no photo.
            await self.put_panel("tags")
        for field in self.query("TagPanel #narrow"):
            self.set_focus(field)

    async def make_panel(self, panel: Panel) -> Widget | None:
        if panel != "tags":
            return await super().make_panel(panel)
        if self.album is None:
            return None
        from tui_selector.app.widgets.tag_panel import TagPanel

        # The counts come when they are there; the panel is open at once.
        self.call_after_refresh(self.count_tags)
        return TagPanel(self.album.query.tags)

    def on_unmount(self) -> None:
        if self._tag_counter is not None:
            self._tag_counter.close()

    # -- counting ----------------------------------------------------------------------------

    def count_tags(self) -> None:
        """Count the tags of what is shown anew, soon, if their panel is open."""
        self._tags_stale = True
        if not self._counting_tags and self.panel == "tags":
            self._counting_tags = True
            self._count_tags()

    @work(group="tags")
    async def _count_tags(self) -> None:
        from tui_selector.app.tag_counts import TagCounter

        if self._tag_counter is None:
            self._tag_counter = TagCounter(self.selector.paths)
        try:
            while self._tags_stale and self.album is not None and self.panel == "tags":
                self._tags_stale = False
                began = time.monotonic()
                query, results = self.album.query, self.album.results
                found = await self._tag_counter.count(
                    query.tab,
                    undecided=query.undecided,
                    listed=results.ids if results is not None else None,
                )
                if found is not None and self.album.query == query:
                    self._show_tags(found)
                took = time.monotonic() - began
                await asyncio.sleep(max(_PAUSE, took / _COUNTING_SHARE - took))
        except NoMatches:
            return  # the screen is being taken down
        finally:
            self._counting_tags = False

    def _show_tags(self, found: TagCounts) -> None:
        from tui_selector.app.widgets.tag_panel import TagPanel

        album = self.album
        assert album is not None
        for panel in self.query(TagPanel):
            if panel.is_mounted:
                panel.use(album.query.tags)
                panel.show(found.counts, found.thresholds, len(album), self._unfiltered())
            else:
                self._tags_stale = True  # it is still being put together

    def _unfiltered(self) -> int:
        """How many photos would be shown if no tag were chosen."""
        album = self.album
        if album is None or not album.query.tags.is_on:
            return len(album or ())
        if album.results is not None:
            return len(album.results.ids)
        return album.tab.undecided if album.query.undecided else album.tab.count

    # -- what the owner chooses --------------------------------------------------------------

    async def on_tag_panel_filter_changed(self, event: TagPanel.FilterChanged) -> None:
        """Show the photos that the choice lets through."""
        event.stop()
        if self.album is not None:
            await self.selector.reader.show(replace(self.album.query, tags=event.chosen))

    def on_tag_panel_threshold_changed(self, event: TagPanel.ThresholdChanged) -> None:
        """Let a tag of the program count from another confidence on."""
        event.stop()
        self._set_threshold(event.name, event.least)

    @work
    async def _set_threshold(self, name: str, least: float) -> None:
        desk = self.selector.desk
        if desk is not None and await desk.set_threshold(name, least):
            self.selector.reader.reload()
            self.count_tags()
