"""What a model is told in a step of a criterion, to be changed by the owner."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, TextArea

from tui_selector.app.screens.dialogs import Dialog
from tui_selector.criteria.prompts import DEFAULTS
from tui_selector.criteria.run import Step


class PromptDialog(Dialog[str | None]):
    """Shows the prompt of a step; the answer is the text to use, "" for the usual one."""

    DEFAULT_CSS = """
    PromptDialog {
        & > Vertical { width: 100; max-width: 95%; }
        & TextArea, & TextArea:focus {
            height: 14; border: none; background: $panel; margin: 1 0; padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", show=False, priority=True),
        Binding("ctrl+r", "usual", show=False, priority=True),
    ]

    def __init__(self, step: Step, text: str) -> None:
        """
        Args:
            step: Which step.
            text: What the owner has written before; "" where the usual text is used.
        """
        super().__init__()
        self._step = step
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(
                Text(f"What a model is told in the step '{self._step}'"), classes="dialog--title"
            )
            yield TextArea(self._text or DEFAULTS[self._step], show_line_numbers=False)
            yield Label(
                Text(
                    "{criterion}, {classes} and the like are filled in · ctrl+s: use it, and do the"
                    " step again · ctrl+r: the usual text · esc: leave"
                ),
                classes="dialog--hint",
            )

    def on_mount(self) -> None:
        self.query_one(TextArea).focus()

    def action_keep(self) -> None:
        """Use the text as it stands."""
        text = self.query_one(TextArea).text.strip()
        self.dismiss("" if text == DEFAULTS[self._step].strip() else text)

    def action_usual(self) -> None:
        """Put the usual text there."""
        self.query_one(TextArea).text = DEFAULTS[self._step]
