"""One of a few words, on one line, changed as a slider is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """Chooses one of a few answers by left and right, by a click, or by the wheel."""

    DEFAULT_CSS = """
    Choice {
        height: 1;
        & > .choice--label { color: $text-muted; }
        & > .choice--arrow { color: $text-muted; }
        & > .choice--value { color: $foreground; }
        &:focus > .choice--label { color: $foreground; text-style: bold; }
        &:focus > .choice--arrow { color: $text-accent; }
        &:focus > .choice--value { text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--label", "choice--arrow", "choice--value"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "change(-1)", "previous", show=False),
        Binding("right,l,space,enter", "change(1)", "next", show=False),
    ]

    index: reactive[int] = reactive(0)

    class Changed(Message):
        """Another answer is chosen, by the owner's doing."""

        def __init__(self, choice: Choice, answer: str) -> None:
            super().__init__()
            self.choice = choice
            self.answer = answer

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(
        self,
        label: str,
        answers: Sequence[tuple[str, str]],
        *,
        label_width: int = 14,
        id: str | None = None,  # noqa: A002 (Textual's name)
    ) -> None:
        """
        Args:
            label: What is chosen.
            answers: Each answer and the words that are shown for it.
            label_width: Cells of the label's column.
            id: As for any widget.
        """
        super().__init__(id=id)
        self.label = label
        self.answers = list(answers)
        self.label_width = label_width

    @property
    def answer(self) -> str:
        """The chosen answer."""
        return self.answers[self.index][0]

    @answer.setter
    def answer(self, answer: str) -> None:
        self.index = [known for known, _ in self.answers].index(answer)

    def action_change(self, by: int) -> None:
        self.index = (self.index + by) % len(self.answers)
        self.post_message(self.Changed(self, self.answer))

    def on_click(self, event: events.Click) -> None:
        self.action_change(-1 if event.x <= self._first() else 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_change(-1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_change(1)

    def _first(self) -> int:
        return min(self.label_width, self.size.width // 2)

    def render_line(self, y: int) -> Strip:
        def style(name: str) -> Style:
            return self.get_component_rich_style(f"choice--{name}")

        first = self._first()
        room = max(0, self.size.width - first - 4)
        shown = self.answers[self.index][1][:room]
        return Strip(
            [
                Segment(self.label[: max(0, first - 1)].ljust(first), style("label")),
                Segment("◂ ", style("arrow")),
                Segment(shown, style("value")),
                Segment(" ▸", style("arrow")),
            ]
        ).adjust_cell_length(self.size.width, self.rich_style)
