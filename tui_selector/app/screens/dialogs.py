"""Small questions over the screen. Their backdrop is fully transparent: a translucent one would
rewrite the colours by which a terminal knows its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box in the middle of the screen; escape leaves it without an answer."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: transparent;
        & > Vertical {
            width: 60; max-width: 95%; height: auto; max-height: 90%;
            background: $surface; border: round $primary; padding: 0 1;
        }
        & .dialog--title { text-style: bold; width: 1fr; }
        & .dialog--hint { color: $text-muted; width: 1fr; }
        & .dialog--fault { color: $text-error; width: 1fr; }
        & Input, & Input:focus {
            border: none; background: $panel; height: 1; padding: 0 1; margin: 1 0;
        }
        & OptionList {
            height: auto; max-height: 16; border: none; background: $surface; padding: 0;
            margin: 1 0;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave", show=False)
    ]


class TextDialog(Dialog[str | None]):
    """Asks for a line of text; the answer is stripped of surrounding white space."""

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        hint: str = "enter: accept · esc: leave",
        fault: Callable[[str], str | None] = lambda text: None,
    ) -> None:
        """
        Args:
            title: The question.
            value: What stands in the field first.
            hint: The line below it.
            fault: Says in one sentence why a text will not do; None where it will.
        """
        super().__init__()
        self._title, self._value, self._hint, self._fault = title, value, hint, fault

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Text(self._title), classes="dialog--title")
            yield Input(self._value)
            yield Label(Text(self._hint), classes="dialog--hint", id="hint")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        fault = self._fault(text)
        if fault is None:
            self.dismiss(text)
            return
        hint = self.query_one("#hint", Label)
        hint.update(Text(fault))
        hint.set_class(True, "dialog--fault")


class TabDialog(Dialog[int | str | None]):
    """Asks for a tab: one that there is (its id is the answer), or the name of a new one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False, priority=True),
        Binding("up", "choose(-1)", show=False, priority=True),
    ]

    def __init__(
        self, title: str, tabs: Sequence[tuple[int, str, int]], *, new: bool = False
    ) -> None:
        """
        Args:
            title: The question.
            tabs: Id, name (printable) and number of photos of each tab.
            new: Whether a name that no tab has makes a new tab.
        """
        super().__init__()
        self._title, self._tabs, self._new = title, list(tabs), new
        self._shown: list[int | str] = []

    def compose(self) -> ComposeResult:
        hint = "type to find" + (" or to name a new tab" if self._new else "")
        with Vertical():
            yield Label(Text(self._title), classes="dialog--title")
            yield Input(placeholder=hint)
            yield OptionList()
            yield Label("enter: take it · ↑ ↓: choose · esc: leave", classes="dialog--hint")

    def on_mount(self) -> None:
        self._offer("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer(event.value.strip())

    def _offer(self, typed: str) -> None:
        wanted = typed.casefold()
        found = [tab for tab in self._tabs if wanted in tab[1].casefold()]
        self._shown = [id_ for id_, _, _ in found]
        options = [Option(Text(f"{name}  ({count})")) for _, name, count in found]
        if self._new and typed and all(name.casefold() != wanted for _, name, _ in found):
            self._shown.append(typed)
            options.append(Option(Text(f"new tab: {typed}")))
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(options)
        choices.highlighted = 0 if options else None

    def action_choose(self, by: int) -> None:
        choices = self.query_one(OptionList)
        (choices.action_cursor_down if by > 0 else choices.action_cursor_up)()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is None:
            self.app.bell()
        else:
            self.dismiss(self._shown[highlighted])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index])


class ChoiceDialog(Dialog[str | None]):
    """Asks for one of a few answers, each with a key of its own."""

    def __init__(self, title: str, text: str, choices: Sequence[tuple[str, str, str]]) -> None:
        """
        Args:
            title: The question.
            text: What it is about.
            choices: Key, answer and description of each choice.
        """
        super().__init__()
        self._title, self._text, self._choices = title, text, list(choices)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Text(self._title), classes="dialog--title")
            yield Label(Text(self._text), classes="dialog--hint")
            yield OptionList(
                *(Option(Text(f"{key}  {described}")) for key, _, described in self._choices)
            )
            yield Label("esc: leave", classes="dialog--hint")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        for key, answer, _ in self._choices:
            if event.key == key:
                event.stop()
                self.dismiss(answer)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_index][1])


def bring_dialog(names: Sequence[str]) -> ChoiceDialog:
    """Ask whether dropped files are copied or moved into the library; `names` are printable."""
    few = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return ChoiceDialog(
        "Add to this library?",
        few,
        [
            ("c", "copy", "copy: the originals stay where they are"),
            ("m", "move", "move: they leave where they are"),
        ],
    )
