"""A timeline as it is drawn: bars of photos over time, pauses between events, and a cursor."""

from __future__ import annotations

import math

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app.narrowing import Span
from tui_selector.app.times import Scale, Times, fitting, scale
from tui_selector.app.widgets.looks import Look, style_of
from tui_selector.library.timeline import UNITS, words

_BLOCKS = " ▁▂▃▄▅▆▇█"
#: Lines of bars, and the eighths of a cell that they have.
_LINES = 2
_LEVELS = 8 * _LINES
#: Most cells that a bar is wide.
_WIDEST = 3


_LOOKS = {
    "words": Look("text-muted"),
    "here": Look("foreground", bold=True),
    "bar": Look("primary"),
    "other": Look("secondary"),
    "faint": Look("text-disabled"),
    "chosen": Look("warning"),
    "cursor": Look("accent", "primary-muted"),
    "cursor-blurred": Look("foreground", "panel"),
}


class TimelineView(Widget):
    """Draws a timeline."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._times: Times | None = None
        self._scale: Scale | None = None
        self._finer = 0
        self._bar = 0
        self._anchor: int | None = None
        self._scroll = 0
        self._span: Span | None = None
        self._styles: dict[str, Style] = {}

    # -- what is shown -----------------------------------------------------------------------

    def show(self, times: Times, fit: Scale | None, span: Span | None, photo: int | None) -> None:
        """Show other times.

        Args:
            times: Of the photos of a tab.
            fit: Bars that fit the width that the strip has; None to make them.
            span: What is chosen of them.
            photo: Where the cursor of the photos stands.
        """
        self._times, self._span, self._anchor = times, span, None
        self._rescale(fit)
        self.follow(photo)

    def follow(self, photo: int | None) -> None:
        """Put the cursor on the bar of a photo, where it has one."""
        times, shown = self._times, self._scale
        place = times.places.get(photo) if times is not None and photo is not None else None
        if shown is not None and place is not None:
            self._go(shown.bar_at(place))

    def _rescale(self, fit: Scale | None = None) -> None:
        """Make the bars anew: as fine as the room lets them be, or as the owner wants them."""
        times = self._times
        self._scale = None
        if times is not None and len(times.clocks) and self.size.width:
            self._scale = fit or fitting(times, self.size.width)
            if self._finer:
                unit = UNITS.index(self._scale.unit) - self._finer
                self._scale = scale(times, UNITS[max(0, min(unit, len(UNITS) - 1))])
            self._bar = min(self._bar, len(self._scale.bars) - 1)
            self._show_cursor()
        self.refresh()

    def on_resize(self) -> None:
        self._rescale()

    def _go(self, bar: int) -> None:
        if bar != self._bar:
            self._bar = bar
            self._show_cursor()
            self.refresh()

    def _show_cursor(self) -> None:
        """Scroll sideways so that the cursor is in sight."""
        if self._scale is None:
            return
        width, length = self._room, len(self._scale.columns)
        x = self._column_of(self._bar)
        margin = min(8, width // 4) if length > width else 0
        if not self._scroll + margin <= x < self._scroll + width - margin:
            self._scroll = x - width // 2
        self._scroll = max(0, min(self._scroll, length - width))

    @property
    def _wide(self) -> int:
        """Cells that a column takes."""
        length = len(self._scale.columns) if self._scale is not None else 1
        return max(1, min(self.size.width // length, _WIDEST))

    @property
    def _room(self) -> int:
        """Columns that are in sight."""
        return self.size.width // self._wide

    def _column_of(self, bar: int) -> int:
        assert self._scale is not None
        return next(x for x, column in enumerate(self._scale.columns) if column.bar == bar)

    def _event(self) -> int:
        """The event under the cursor, as the place of the photo there tells it."""
        times, shown = self._times, self._scale
        if times is None or shown is None:
            return 0
        place = shown.bars[self._bar].first
        return next(n for n, event in enumerate(times.events) if place < event.end)

    # -- drawing -----------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            variables, ground = self.app.theme_variables, self.background_colors[1]
            self._styles[name] = self.rich_style + style_of(_LOOKS[name], variables, ground)
        return self._styles[name]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            strip = self._words()
        elif self._scale is None:
            strip = Strip([])
        elif y <= _LINES:
            strip = self._bars(self._scale, _LINES - y)
        else:
            strip = self._dates(self._scale)
        return strip.adjust_cell_length(width, self.rich_style)

    def _words(self) -> Strip:
        times, shown = self._times, self._scale
        if times is None:
            return Strip([Segment(" reading …", self._style("words"))])
        undated = f" · {times.undated:,} undated" if times.undated else ""
        if shown is None:
            return Strip([Segment(f" no photo here has a date{undated}", self._style("words"))])
        count = len(times.events)
        bar, event = shown.bars[self._bar], times.events[self._event()]
        if self._anchor is not None:
            low, high = sorted((self._anchor, self._bar))
            first, last = shown.bars[low], shown.bars[high]
            here = words(times.clocks[first.first], times.clocks[last.end - 1])
            here += f": {last.end - first.first:,} photos"
        else:
            here = f"{words(event.start, event.last)}: {len(event):,} photos"
            here += "" if len(bar) == len(event) else f", {len(bar):,} in this {shown.unit}"
        unit = "an hour" if shown.unit == "hour" else f"a {shown.unit}"
        total = f"{undated} · {count:,} event{'' if count == 1 else 's'}, a bar is {unit}"
        return Strip(
            [Segment(f" {here}", self._style("here")), Segment(total, self._style("words"))]
        )

    def _bars(self, shown: Scale, line: int) -> Strip:
        """A line of the bars; 0 is the lowest."""
        assert self._times is not None
        most = max(map(len, shown.bars))
        segments: list[Segment] = []
        wide = self._wide
        for column in shown.columns[self._scroll : self._scroll + self._room]:
            if column.bar < 0:
                segments.append(Segment(" " * wide, self.rich_style))
                continue
            # Areas tell few photos from none beside many: the root of their number.
            level = max(1, round(_LEVELS * math.sqrt(len(shown.bars[column.bar]) / most)))
            block = _BLOCKS[max(0, min(level - 8 * line, 8))]
            segments.append(Segment(block * wide, self._look(shown, column.bar)))
        return Strip(segments)

    def _look(self, shown: Scale, number: int) -> Style:
        assert self._times is not None
        bar, clocks = shown.bars[number], self._times.clocks
        if self._anchor is not None:
            low, high = sorted((self._anchor, self._bar))
            if low <= number <= high:
                return self._style("chosen")
        if number == self._bar:
            return self._style("cursor" if self.has_focus else "cursor-blurred")
        span = self._span
        if span is not None and not span.first <= clocks[bar.first] < span.end:
            return self._style("faint")
        return self._style("other" if bar.event % 2 else "bar")

    def _dates(self, shown: Scale) -> Strip:
        """What the bars are called, where there is room for it."""
        text = ""
        wide = self._wide
        for number, column in enumerate(shown.columns[self._scroll : self._scroll + self._room]):
            x = number * wide
            if column.label and cell_len(text) <= x:
                text = f"{set_cell_size(text, x)}{column.label} "
        # A name that would be cut is left out.
        if cell_len(text.rstrip()) > self.size.width:
            text = text.rstrip().rpartition("  ")[0]
        return Strip([Segment(text, self._style("words"))])
