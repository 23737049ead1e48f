"""The line that says which words are looked for in a photo, how surely they are there, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.engine.search_messages import Explanation, WordHeat
from tui_selector.library.display import printable
from tui_selector.search.scores import FLOOR

_METHODS: Mapping[Literal["class activation", "patches", "occlusion"], str] = {
    "class activation": "class activation map",
    "patches": "likeness of patches",
    "occlusion": "covering parts",
}


class WhyBar(Widget):
    """One line; a click on a word shows that word."""

    DEFAULT_CSS = """
    WhyBar {
        height: 1; display: none; background: $surface; color: $text-muted;
        & > .why-bar--word { color: $foreground; background: $surface; }
        & > .why-bar--chosen { color: $surface; background: $warning; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"why-bar--word", "why-bar--chosen"}
    ALLOW_SELECT = False

    class Chosen(Message):
        """A word was clicked.

        Attributes:
            index: Which one.
        """

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__()
        self._sentence = ""
        self._words: list[str] = []
        self._index = 0
        self._lead = self._method = ""

    def say(self, sentence: str) -> None:
        """Show a sentence in the place of words."""
        self._sentence, self._words = sentence, []
        self.refresh()

    def show(self, explanation: Explanation, index: int, opacity: int) -> None:
        """Show what was found.

        Args:
            explanation: What the engine told.
            index: Which of its words is painted.
            opacity: How strongly, percent.
        """
        words = explanation.words
        word = words[index]
        self._lead = " tags:" if explanation.from_tags else " search:"
        self._words = [f" {_said(each)} " for each in words]
        self._index = index
        model = printable(explanation.model.partition(" · ")[0])
        finer = " …" if explanation.finer else ""
        how = [f"heat {opacity} %"]
        if word.from_pixels:
            how.append("colours of the pixels")
        else:
            how += [model, _METHODS[explanation.method] + finer]
            if explanation.seen != (0.0, 0.0, 1.0, 1.0):
                how.append("sees the square in the middle")
        self._method = "  " + (printable(word.note) or " · ".join(how))
        self._sentence = ""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        end = cell_len(self._lead)
        for index, word in enumerate(self._words):
            start, end = end, end + cell_len(word)
            if start <= event.x < end:
                event.stop()
                self.post_message(self.Chosen(index))

    def render_line(self, y: int) -> Strip:
        ground = self.rich_style
        if self._sentence:
            line = [Segment(f" {printable(self._sentence)}", ground)]
            return Strip(line).adjust_cell_length(self.size.width, ground)
        chosen = self.get_component_rich_style("why-bar--chosen")
        other = self.get_component_rich_style("why-bar--word")
        line = [Segment(self._lead, ground)]
        for index, word in enumerate(self._words):
            style: Style = chosen if index == self._index else other
            line.append(Segment(word, style))
        line.append(Segment(self._method, ground))
        return Strip(line).adjust_cell_length(self.size.width, ground)


def _said(word: WordHeat) -> str:
    """A word and how surely it is there: "dog 92 %", "helicopter ≈ 3 %"."""
    name = printable(word.text) or "all"
    if word.chance is None:
        return name
    sign = "" if word.chance >= FLOOR else "≈ "
    return f"{name} {sign}{100 * word.chance:.0f} %"
