"""The timeline over the photos: when those that are shown were taken, and choosing some of them.

Its strip is imported when it is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work

from tui_selector.app.screens.narrowing import Narrowing
from tui_selector.app.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from textual.events import DescendantBlur, DescendantFocus

    from tui_selector.app.times import Scale, Times
    from tui_selector.app.widgets.timeline_strip import TimelineStrip
    from tui_selector.library.catalog.catalog import Catalog


class Timed(Narrowing):
    """Opens the timeline, keeps it true, and shows the photos of what is chosen there."""

    _timeline: TimelineStrip | None = None

    async def action_timeline(self) -> None:
        """Open the timeline over the photos, and go to it."""
        if self.album is None:
            self.app.bell()
            return
        self.end_range()
        if self._timeline is None:
            from tui_selector.app.widgets.timeline_strip import TimelineStrip

            self._timeline = TimelineStrip(id="timeline")
            await self.mount(self._timeline, before=self.below_timeline)
        self._timeline.display = True
        self.read_times()
        self.set_focus(self._timeline)

    @work(exclusive=True, group="times")
    async def read_times(self) -> None:
        """Read when the photos that are shown were taken, if the timeline is open."""
        album, strip = self.album, self._timeline
        if album is None or strip is None or not strip.display:
            return
        from tui_selector.app.times import fitting, read_times

        asked, width = self.narrowed(album), self.size.width

        def read(catalog: Catalog) -> tuple[Times, Scale | None]:
            times = read_times(catalog, asked.query, asked.listed, ranked=asked.ranked)
            return times, fitting(times, width) if len(times.clocks) else None

        found = await self.selector.reader.ask(read)
        if found is not None and strip.is_attached and self.narrowed(album).query == asked.query:
            times, fit = found
            fits = strip.size.width == width
            strip.show(times, fit if fits else None, asked.query.span, self.current_id)

    def tell_timeline(self) -> None:
        """Let the timeline's cursor follow the photo that is looked at."""
        strip = self._timeline
        if strip is not None and strip.display and not strip.has_focus:
            strip.follow(self.current_id)

    # -- what the owner chooses --------------------------------------------------------------

    async def on_timeline_strip_chosen(self, event: TimelineStrip.Chosen) -> None:
        """Show the photos of a span of time alone, or those of all times."""
        event.stop()
        if self.album is not None:
            await self.open_query(replace(self.album.query, span=event.span))

    def on_timeline_strip_moved(self, event: TimelineStrip.Moved) -> None:
        """Go to the first photo of a bar, where it is shown."""
        event.stop()
        self.point_at(event.photo)

    def on_timeline_strip_left(self, event: TimelineStrip.Left) -> None:
        """Go back to the photos."""
        event.stop()
        if event.close and self._timeline is not None:
            self._timeline.display = False
        self.focus_photos()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Name the keys of the timeline while it has them."""
        if event.widget is self._timeline:
            self.query_one(KeyBar).show(("timeline",), self._timeline)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Name the usual keys again."""
        if event.widget is self._timeline:
            self.name_keys()
