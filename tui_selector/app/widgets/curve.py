"""A small bar chart of a score over a parameter, with the value in use marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Curve(Widget):
    """Bars for (parameter, score) pairs; the bar of the value in use stands out."""

    DEFAULT_CSS = """
    Curve {
        height: 4;
        & > .curve--bar { color: $primary-muted; }
        & > .curve--here { color: $text-accent; }
        & > .curve--axis { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"curve--bar", "curve--here", "curve--axis"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self._points: list[tuple[float, float]] = []
        self._here: float | None = None
        self._decimals = 0

    def show(
        self, points: Sequence[tuple[float, float]], here: float | None, decimals: int
    ) -> None:
        """Draw these points; `here` is the parameter in use."""
        self._points = sorted(points)
        self._here, self._decimals = here, decimals
        self.refresh()

    def _columns(self, width: int) -> list[tuple[float, float]]:
        """(parameter, score from 0 to 1) for each cell: the best of the points it stands for."""
        scores = [score for _, score in self._points]
        least, span = min(scores), max(scores) - min(scores)
        count = len(self._points)
        columns = []
        for column in range(width):
            first = column * count // width
            end = max(first + 1, (column + 1) * count // width)
            parameter, score = max(self._points[first:end], key=lambda point: point[1])
            columns.append((parameter, (score - least) / span if span else 1.0))
        return columns

    def render_line(self, y: int) -> Strip:
        width, bars = self.size.width, self.size.height - 1
        if not self._points or width < 1 or bars < 1:
            return Strip.blank(width, self.rich_style)
        columns = self._columns(width)
        if y == bars:
            ends = [f"{columns[index][0]:.{self._decimals}f}" for index in (0, -1)]
            axis = ends[0] + ends[1].rjust(max(len(columns) - len(ends[0]), len(ends[1]) + 1))
            return Strip(
                [Segment(axis[:width], self.get_component_rich_style("curve--axis"))]
            ).adjust_cell_length(width, self.rich_style)
        here = self._nearest(columns)
        segments = []
        for parameter, height in columns:
            eighths = round(max(height * bars, 0.125) * 8) - (bars - 1 - y) * 8
            name = "curve--here" if parameter == here else "curve--bar"
            segments.append(
                Segment(_EIGHTHS[min(max(eighths, 0), 8)], self.get_component_rich_style(name))
            )
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _nearest(self, columns: Sequence[tuple[float, float]]) -> float | None:
        """The parameter among the columns that is nearest to the one in use."""
        here = self._here
        if here is None:
            return None
        return min((parameter for parameter, _ in columns), key=lambda each: abs(each - here))
