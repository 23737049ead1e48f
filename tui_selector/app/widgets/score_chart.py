"""How many photos have which score, and the threshold among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class ScoreChart(Widget):
    """Bars over scores from 0 to 1 with a line at the threshold; the mouse moves the line.

    Heights grow with the logarithm of the number of photos: the few that match stand beside the
    many that do not.
    """

    DEFAULT_CSS = """
    ScoreChart {
        height: 7;
        & > .score-chart--below { color: $primary-muted; }
        & > .score-chart--above { color: $text-success; }
        & > .score-chart--line { color: $text-accent; text-style: bold; }
        & > .score-chart--axis { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "score-chart--below",
        "score-chart--above",
        "score-chart--line",
        "score-chart--axis",
    }

    class Moved(Message):
        """The owner wants the threshold at another score."""

        def __init__(self, floor: float) -> None:
            super().__init__()
            self.floor = floor

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self._counts: tuple[int, ...] = ()
        self._floor = 0.5

    def show(self, counts: Sequence[int], floor: float) -> None:
        """Draw these.

        Args:
            counts: Photos in each of some equal parts of 0 to 1; none for no chart.
            floor: The threshold.
        """
        self._counts, self._floor = tuple(counts), floor
        self.refresh()

    @property
    def line(self) -> int:
        """The column of the threshold."""
        return min(math.floor(self._floor * self.size.width), self.size.width - 1)

    def heights(self, width: int, most: int) -> list[int]:
        """The height of the bar in each of `width` columns, 0 to `most`; photos show as 1."""
        scale = math.log1p(max(self._counts, default=0)) or 1.0
        parts = len(self._counts)
        counts = [self._counts[column * parts // width] for column in range(width)]
        return [max(1, round(most * math.log1p(count) / scale)) if count else 0 for count in counts]

    def render_line(self, y: int) -> Strip:
        width, rows = self.size.width, self.size.height - 1
        if width < 1 or not self._counts:
            return Strip.blank(width, self.rich_style)
        style = self.get_component_rich_style
        line = self.line
        if y == rows:
            axis = self._axis(width)
            above = [
                Segment("".join(axis[:line]), style("score-chart--axis")),
                Segment("▲", style("score-chart--line")),
                Segment("".join(axis[line + 1 :]), style("score-chart--axis")),
            ]
            return Strip(above).adjust_cell_length(width, self.rich_style)
        segments = []
        for column, height in enumerate(self.heights(width, rows * 8)):
            eighths = min(max(height - (rows - 1 - y) * 8, 0), 8)
            if column == line and eighths == 0:
                segments.append(Segment("│", style("score-chart--line")))
                continue
            name = "above" if column >= line else "below"
            segments.append(Segment(_EIGHTHS[eighths], style(f"score-chart--{name}")))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _axis(self, width: int) -> str:
        """The limits, and on the wider side of the threshold what is measured."""
        line, end = self.line, max(1, width - 3)
        first, last = (1, min(line, end)) if line > end - line else (line + 1, end)
        name = "score".center(last - first) if last - first >= len("score") else ""
        return f"0{name:>{max(0, last - 1)}}".ljust(end) + "100"[: width - end]

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._move(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._move(event.x)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _move(self, x: int) -> None:
        if self.size.width:
            share = min(max(x / self.size.width, 0.0), 1.0)
            self.post_message(self.Moved(round(share, 2)))
