"""The strip over the photos that shows when they were taken: bars, and pauses between events."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from tui_selector.app import actions
from tui_selector.app.narrowing import Span
from tui_selector.app.times import span_of
from tui_selector.app.widgets.timeline_view import TimelineView
from tui_selector.library.timeline import UNITS


class TimelineStrip(TimelineView, can_focus=True):
    """Bars of photos over time with a cursor; a range of them is chosen by keys or by a drag."""

    DEFAULT_CSS = """
    TimelineStrip {
        height: 4; width: 1fr; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("timeline")]
    ALLOW_SELECT = False

    _dragging = False

    class Chosen(Message):
        """Photos of a span of time are wanted alone; None for those of all times."""

        def __init__(self, span: Span | None) -> None:
            super().__init__()
            self.span = span

    class Moved(Message):
        """The cursor went to a bar, whose first photo this is."""

        def __init__(self, photo: int) -> None:
            super().__init__()
            self.photo = photo

    class Left(Message):
        """The owner goes back to the photos; with `close`, the strip is not wanted any more."""

        def __init__(self, close: bool) -> None:
            super().__init__()
            self.close = close

    # -- keys --------------------------------------------------------------------------------

    def action_bar(self, by: int) -> None:
        """Go to the next bar, or to the one before."""
        if self._scale is None or not 0 <= self._bar + by < len(self._scale.bars):
            self.app.bell()
            return
        self._go(self._bar + by)
        self._tell_place()

    def action_event(self, by: int) -> None:
        """Go to the next event, or to the one before."""
        times, shown = self._times, self._scale
        if times is None or shown is None:
            self.app.bell()
            return
        number = self._event() + by
        if not 0 <= number < len(times.events):
            self.app.bell()
            return
        self._go(shown.bar_at(times.events[number].first))
        self._tell_place(times.events[number].first)

    def action_begin_range(self) -> None:
        """Begin a range at the cursor; or end it here and show its photos alone."""
        if self._scale is None:
            self.app.bell()
        elif self._anchor is None:
            self._anchor = self._bar
            self.refresh()
        else:
            self._choose_range(self._anchor, self._bar)

    def action_choose_event(self) -> None:
        """Show the photos of the range alone; without one, those of the event."""
        if self._scale is None:
            self.app.bell()
        elif self._anchor is not None:
            self._choose_range(self._anchor, self._bar)
        else:
            self._choose_at(self._bar)

    def action_all_times(self) -> None:
        """Show the photos of all times again."""
        self.post_message(self.Chosen(None))

    def action_finer(self, by: int) -> None:
        """Let a bar stand for less time, or for more."""
        if self._scale is None:
            self.app.bell()
            return
        unit = UNITS.index(self._scale.unit)
        if not 0 <= unit - by < len(UNITS):
            self.app.bell()
            return
        place = self._scale.bars[self._bar].first
        self._finer, self._anchor = self._finer + by, None
        self._rescale()
        self._go(self._scale.bar_at(place))

    def action_leave_timeline(self) -> None:
        """Give up the range; else go back to the photos."""
        if self._anchor is not None:
            self._anchor = None
            self.refresh()
        else:
            self.post_message(self.Left(close=False))

    def action_close_timeline(self) -> None:
        """Show the timeline no more."""
        self.post_message(self.Left(close=True))

    def _tell_place(self, place: int | None = None) -> None:
        if self._times is not None and self._scale is not None:
            place = self._scale.bars[self._bar].first if place is None else place
            self.post_message(self.Moved(self._times.photos[place]))

    def _choose_at(self, bar: int) -> None:
        """Show the event of a bar alone; the bar's month or year where bars are so wide."""
        times, shown = self._times, self._scale
        assert times is not None
        assert shown is not None
        if shown.unit in ("hour", "day"):
            event = times.events[shown.bars[bar].event]
            self._choose(span_of(times, event, event))
        else:
            self._choose(span_of(times, shown.bars[bar], shown.bars[bar]))

    def _choose_range(self, one: int, other: int) -> None:
        times, shown = self._times, self._scale
        assert times is not None
        assert shown is not None
        self._anchor = None
        self._choose(span_of(times, shown.bars[min(one, other)], shown.bars[max(one, other)]))

    def _choose(self, span: Span) -> None:
        # What is chosen already is given up: the same click shows and hides.
        self.post_message(self.Chosen(None if span == self._span else span))

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        bar = self._bar_at(event.x)
        if bar is not None and event.button == 1:
            self.capture_mouse()
            self._dragging, self._anchor, self._bar = True, bar, bar
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        bar = self._bar_at(event.x)
        if self._dragging and bar is not None and bar != self._bar:
            self._bar = bar
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if not self._dragging:
            return
        self.release_mouse()
        self._dragging, anchor = False, self._anchor
        self._anchor = None
        if anchor is None or self._scale is None:
            return
        if anchor == self._bar:
            self._choose_at(self._bar)
        else:
            self._choose_range(anchor, self._bar)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._slide(8)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._slide(-8)

    def _slide(self, by: int) -> None:
        if self._scale is not None:
            most = max(0, len(self._scale.columns) - self._room)
            self._scroll = max(0, min(self._scroll + by, most))
            self.refresh()

    def _bar_at(self, x: int) -> int | None:
        """The bar at a column of the widget; beside a bar the nearest one."""
        if self._scale is None:
            return None
        x = max(0, min(x // self._wide + self._scroll, len(self._scale.columns) - 1))
        bar = self._scale.columns[x].bar
        # A pause stands between two bars.
        return bar if bar >= 0 else self._scale.columns[x - 1].bar
