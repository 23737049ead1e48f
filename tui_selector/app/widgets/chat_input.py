"""The field that questions are typed into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui_selector.app.widgets.chat_markdown import shown
from tui_selector.chat.conversation import LONGEST_QUESTION


class ChatInput(TextArea):
    """Lines of a question. Letters typed here never cull; what was asked before comes back."""

    DEFAULT_CSS = """
    ChatInput, ChatInput:focus {
        height: auto; min-height: 3; max-height: 8; padding: 0 1; border: round $primary 60%;
        background: $background; scrollbar-size-vertical: 1;
    }
    ChatInput:focus { border: round $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,shift+enter", "line", "new line", show=False),
    ]

    class Typing(Message):
        """Keys go into the field from now on, or do so no more."""

        def __init__(self, on: bool) -> None:
            super().__init__()
            self.on = on

    def __init__(self, *, placeholder: str = "") -> None:
        """
        Args:
            placeholder: Stands in the field while it is empty.
        """
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder=placeholder,
        )
        self.asked: Sequence[str] = ()
        self._older = 0
        self._draft = ""

    def put(self, text: str) -> None:
        """Replace the text; the cursor stands at its end."""
        self.load_text(shown(text)[:LONGEST_QUESTION])
        self.move_cursor(self.document.end)

    def take(self) -> str:
        """Take the text out of the field."""
        text = self.text.strip()
        self._older = 0
        self.load_text("")
        return text

    def on_focus(self) -> None:
        self.post_message(self.Typing(True))

    def on_blur(self) -> None:
        self.post_message(self.Typing(False))

    def type_ahead(self, event: events.Key) -> None:
        """Take a key that was pressed before this field had the focus."""
        if event.character is not None and event.is_printable:
            self.insert(event.character)
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(shown(event.text), *self.selection, maintain_selection_offset=False)

    def action_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up a line; from the first one, to the question before."""
        before = self.cursor_location
        super().action_cursor_up(select)
        if not select and self.cursor_location == before:
            self._recall(1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down a line; from the last one, to the question after."""
        before = self.cursor_location
        super().action_cursor_down(select)
        if not select and self._older and self.cursor_location == before:
            self._recall(-1)

    def _recall(self, by: int) -> None:
        """Go to an older (1) or a newer (-1) question."""
        if not 0 <= self._older + by <= len(self.asked):
            return
        if self._older == 0:
            self._draft = self.text
        self._older += by
        self.put(self.asked[-self._older] if self._older else self._draft)
