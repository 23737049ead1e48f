"""The timeline over the map: when its photos were taken, and choosing a part of that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work

from tui_selector.app.screens.mapping import Mapping
from tui_selector.app.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import DescendantBlur, DescendantFocus

    from tui_selector.app.times import Scale, Times
    from tui_selector.app.widgets.timeline_strip import TimelineStrip
    from tui_selector.library.catalog.catalog import Catalog


class MapTimes(Mapping):
    """Opens the timeline of all photos; what is chosen there is what the map shows.

    It stands before `#map-middle`. Subclasses say which photo is looked at, and go to one.
    """

    _timeline: TimelineStrip | None = None

    def on_mount(self) -> None:
        """Read the times anew where other photos are shown."""
        self.selector.album_changed.subscribe(self, self._times_changed)

    def _times_changed(self, photos: Sequence[int] | None) -> None:
        if photos is None:
            self.read_times()

    async def action_timeline(self) -> None:
        """Open the timeline over the map, and go to it."""
        from tui_selector.app.widgets.timeline_strip import TimelineStrip

        if self.album is None:
            self.app.bell()
            return
        if self._timeline is None:
            self._timeline = TimelineStrip(id="timeline")
            await self.mount(self._timeline, before="#map-middle")
        self._timeline.display = True
        self.read_times()
        self.set_focus(self._timeline)

    @work(exclusive=True, group="times")
    async def read_times(self) -> None:
        """Read when the photos that filters let through were taken, if the timeline is open."""
        album, strip = self.album, self._timeline
        if album is None or strip is None or not strip.display:
            return
        from tui_selector.app.times import fitting, read_times

        query, width = album.query, self.size.width

        def read(catalog: Catalog) -> tuple[Times, Scale | None]:
            times = read_times(catalog, query.filters)
            return times, fitting(times, width) if len(times.clocks) else None

        found = await self.selector.reader.ask(read)
        if found is not None and strip.is_attached and album.query == query:
            times, fit = found
            fits = strip.size.width == width
            strip.show(times, fit if fits else None, query.span, self.current_id)

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
            await self.selector.reader.show(replace(self.album.query, span=event.span))

    def on_timeline_strip_moved(self, event: TimelineStrip.Moved) -> None:
        """Go to the first photo of a bar, where the map shows it."""
        event.stop()
        self.point_at(event.photo)

    def on_timeline_strip_left(self, event: TimelineStrip.Left) -> None:
        """Go back to the map."""
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
