"""A line of words of which one is chosen, by a key of the screen or by a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class StepBar(Widget):
    """Words side by side; the chosen one stands out and stays in sight."""

    DEFAULT_CSS = """
    StepBar {
        height: 1; background: $panel; color: $text-muted;
        & > .steps--chosen { color: $foreground; background: $primary-muted; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"steps--chosen"}
    ALLOW_SELECT = False

    class Chosen(Message):
        """A word was clicked."""

        def __init__(self, bar: StepBar, index: int) -> None:
            super().__init__()
            self.bar = bar
            self.index = index

        @property
        def control(self) -> StepBar:
            return self.bar

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.items: Sequence[str] = ()
        self.chosen = 0
        self._first = 0

    def show(self, items: Sequence[str], chosen: int) -> None:
        """Show these words, printable."""
        self.items, self.chosen = items, chosen
        self._first = min(self._first, chosen)
        while self._first < chosen and self._end(chosen) > self.size.width:
            self._first += 1
        self.refresh()

    def _end(self, index: int) -> int:
        return sum(cell_len(item) + 3 for item in self.items[self._first : index + 1])

    def on_click(self, event: events.Click) -> None:
        event.stop()
        end = 0
        for index in range(self._first, len(self.items)):
            end += cell_len(self.items[index]) + 3
            if event.x < end:
                self.post_message(self.Chosen(self, index))
                return

    def render_line(self, y: int) -> Strip:
        segments = []
        for index in range(self._first, len(self.items)):
            chosen = index == self.chosen
            style = self.get_component_rich_style("steps--chosen") if chosen else self.rich_style
            item = self.items[index]
            segments.append(Segment(set_cell_size(f" {item} ", cell_len(item) + 2), style))
            segments.append(Segment(" ", self.rich_style))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
