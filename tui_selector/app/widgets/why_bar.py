"""The line that says which words are looked for in a photo, how surely they are there, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
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
        self._lead = self._note = ""
        self._how: list[_Part] = []
        self._finer = False

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
        self._note = printable(word.note)
        self._how = _how(explanation, word, opacity)
        self._finer = explanation.finer
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
            line = [Segment(_cut(f" {printable(self._sentence)}", self.size.width), ground)]
            return Strip(line).adjust_cell_length(self.size.width, ground)
        chosen = self.get_component_rich_style("why-bar--chosen")
        other = self.get_component_rich_style("why-bar--word")
        line = [Segment(self._lead, ground)]
        for index, word in enumerate(self._words):
            style: Style = chosen if index == self._index else other
            line.append(Segment(word, style))
        room = self.size.width - sum(segment.cell_length for segment in line)
        line.append(Segment(self._told(room), ground))
        return Strip(line).adjust_cell_length(self.size.width, ground)

    def _told(self, room: int) -> str:
        """How the words were found, as far as there is room; what matters least is left out."""
        if self._note:
            return _cut(f"  {self._note}", room)
        parts = list(self._how)
        while parts:
            told = "  " + " · ".join(part.text for part in parts) + (" …" if self._finer else "")
            if cell_len(told) <= room:
                return told
            parts.remove(min(parts, key=lambda part: part.weight))
        return ""


class _Part(NamedTuple):
    """A part of what is told.

    Attributes:
        text: Printable.
        weight: What matters more has a larger one.
    """

    text: str
    weight: int


def _how(explanation: Explanation, word: WordHeat, opacity: int) -> list[_Part]:
    """How a word was found, in the order in which it is told."""
    heat = _Part(f"heat {opacity} %", 2)
    if word.from_pixels:
        return [heat, _Part("colours of the pixels", 1)]
    model = printable(explanation.model.partition(" · ")[0])
    parts = [heat, _Part(model, 0), _Part(_METHODS[explanation.method], 1)]
    if explanation.seen != (0.0, 0.0, 1.0, 1.0):
        parts.append(_Part("sees the middle square", 3))
    return parts


def _cut(text: str, room: int) -> str:
    """A text that says where it goes on."""
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)) + "…"


def _said(word: WordHeat) -> str:
    """A word and how surely it is there: "dog 92 %", "helicopter ≈ 3 %"."""
    name = printable(word.text) or "all"
    if word.chance is None:
        return name
    sign = "" if word.chance >= FLOOR else "≈ "
    return f"{name} {sign}{100 * word.chance:.0f} %"
