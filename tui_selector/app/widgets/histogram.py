"""How often each brightness occurs in a photo, per channel, and how much of it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

Levels = tuple[int, ...]

# Levels at each end that are lost, and how many of the others may rise out of the picture.
_LOST, _HIGHEST = 3, 6


class Exposure(msgspec.Struct, frozen=True):
    """What a histogram shows.

    Attributes:
        red: Pixels of each of the 256 levels.
        green: As `red`.
        blue: As `red`.
        shadows: Share of the pixels that are lost in black, 0 to 1.
        highlights: Share of the pixels that are lost in white.
    """

    red: Levels
    green: Levels
    blue: Levels
    shadows: float
    highlights: float


class Histogram(Widget):
    """Red, green and blue as light that adds up, and a line about lost shadows and highlights."""

    DEFAULT_CSS = """
    Histogram {
        height: 10; width: 1fr; padding: 0 1; background: $surface; color: $text-muted;
        & > .histogram--lost { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"histogram--lost"}

    def __init__(self) -> None:
        super().__init__()
        self._exposure: Exposure | None = None

    def show(self, exposure: Exposure | None) -> None:
        """Show this; None empties it."""
        self._exposure = exposure
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, rows = self.content_size.width, self.content_size.height - 1
        if self._exposure is None or y > rows or width < 1:
            return Strip.blank(self.size.width, self.rich_style)
        if y == rows:
            middle = self._words(self._exposure)
        else:
            middle = self._bars(self._exposure, width, rows, y)
        edge = Segment(" ", self.rich_style)
        line = Strip([edge, *middle])
        return line.adjust_cell_length(self.size.width, self.rich_style)

    def _bars(self, exposure: Exposure, width: int, rows: int, y: int) -> list[Segment]:
        """One row of cells, two dots high; a dot is lit in the channels that reach so far."""
        channels = [
            heights(levels, width, 2 * rows)
            for levels in (exposure.red, exposure.green, exposure.blue)
        ]
        ground = self.background_colors[1]
        segments = []
        for column in range(width):
            above, below = (
                _light([channel[column] > 2 * (rows - y) - half for channel in channels], ground)
                for half in (1, 2)
            )
            style = Style.from_color(above.rich_color, below.rich_color)
            segments.append(Segment("▀", style))
        return segments

    def _words(self, exposure: Exposure) -> list[Segment]:
        lost = self.get_component_rich_style("histogram--lost")
        parts = [Segment("lost ", self.rich_style)]
        for name, share in (("shadows", exposure.shadows), ("highlights", exposure.highlights)):
            style = lost if share >= 0.001 else self.rich_style
            parts.append(Segment(f"{name} {100 * share:.1f} %  ", style))
        return parts


def heights(levels: Sequence[int], columns: int, most: int) -> list[int]:
    """The height of every column of a histogram.

    The scale leaves out the lost levels at both ends and the few highest of the others, so that a
    black night or a blown sky does not press the rest flat.

    Args:
        levels: Pixels of each of the 256 levels.
        columns: How many columns there are.
        most: The greatest height.

    Returns:
        Heights from 0 to `most`.
    """
    edges = [256 * column // columns for column in range(columns + 1)]
    counts = [max(levels[first : max(first + 1, last)]) for first, last in pairwise(edges)]
    scale = max(1, sorted(levels[_LOST:-_LOST])[-_HIGHEST])
    return [min(most, round(0.8 * most * count / scale)) for count in counts]


def _light(lit: Sequence[bool], ground: Color) -> Color:
    if not any(lit):
        return ground
    red, green, blue = (235 if on else 60 for on in lit)
    return Color(red, green, blue)


def measure_exposure(image: object) -> Exposure:
    """Count the pixels of a photo (a Pillow image, RGB). Takes a while: not for the UI thread."""
    import numpy as np

    from tui_selector.library.pictures import examination

    pixels = np.asarray(image)
    counts = examination.histogram(pixels)
    shadows, highlights = examination.clipped(pixels)
    red, green, blue = (tuple(int(count) for count in counts[row]) for row in range(3))
    return Exposure(red, green, blue, float(shadows.mean()), float(highlights.mean()))
