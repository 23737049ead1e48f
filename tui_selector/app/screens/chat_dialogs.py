"""What is asked about a conversation: whether to do what is proposed, which one, who answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from tui_selector.app.keeping import KeepLine
from tui_selector.app.screens.dialogs import Dialog
from tui_selector.app.screens.plan_dialog import PlanLines
from tui_selector.app.widgets.chat_words import where
from tui_selector.chat.conversation import Conversation
from tui_selector.chat.hostile import one_line
from tui_selector.chat.planning import ChatPlan, PlanLine
from tui_selector.engine.chat_messages import ChatModel, ChatModelList
from tui_selector.library.display import printable

#: Longest question that stands for its conversation, characters.
_LONGEST_TITLE = 60


class ChatPlanDialog(Dialog[bool]):
    """Shows what an answer proposes; the answer is whether to do it."""

    DEFAULT_CSS = """
    ChatPlanDialog {
        & > Vertical { width: 100; max-width: 95%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "accept", show=False, priority=True),
        Binding("n", "dismiss(False)", show=False),
        Binding("escape", "dismiss(False)", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, plan: ChatPlan) -> None:
        """
        Args:
            plan: What the proposals come to.
        """
        super().__init__()
        self.plan = plan

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Text(title(self.plan)), classes="dialog--title")
            yield PlanLines()
            yield Label(
                "y: do it, undo takes it back · j k: scroll · esc: leave", classes="dialog--hint"
            )

    def on_mount(self) -> None:
        self.query_one(PlanLines).show([_line(each) for each in self.plan.lines])

    def action_scroll(self, lines: int) -> None:
        self.query_one(PlanLines).scroll_relative(y=lines, animate=False)

    def action_accept(self) -> None:
        """Do it, where there is anything to do."""
        if is_empty(self.plan):
            self.app.bell()
        else:
            self.dismiss(True)


def is_empty(plan: ChatPlan) -> bool:
    """Whether there is nothing to do."""
    return not (plan.plan.actions or plan.marks or plan.searches)


def title(plan: ChatPlan) -> str:
    """What a plan does, as a question."""
    does = [printable(plan.plan.title)] if plan.plan.actions else []
    if plan.marks:
        count = len(plan.marks)
        does.append("mark 1 photo" if count == 1 else f"mark {count} photos")
    does += [f"search for “{printable(text)}”" for text in plan.searches[:1]]
    if not does:
        return "There is nothing to do: it is all as proposed, or cannot be done."
    words = ", ".join(does)
    return f"{words[:1].upper()}{words[1:]}?"


def _line(line: PlanLine) -> KeepLine:
    verb = "leave" if line.refused else line.act
    name = f"{line.number}  {line.name}" if line.number else f"“{line.name}”"
    return KeepLine(verb, printable(name), printable(line.why))


class ConversationDialog(Dialog[Conversation | None]):
    """Asks for one of the conversations that were kept."""

    DEFAULT_CSS = """
    ConversationDialog {
        & > Vertical { width: 84; max-width: 95%; }
        & OptionList, & OptionList:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "choose(1)", show=False),
        Binding("k", "choose(-1)", show=False),
        Binding("d,delete", "forget", show=False),
    ]

    def __init__(
        self, kept: Sequence[Conversation], forget: Callable[[str], Awaitable[None]]
    ) -> None:
        """
        Args:
            kept: The conversations, the latest first.
            forget: Leaves one out from now on, by its id.
        """
        super().__init__()
        self._kept, self._forget = list(kept), forget

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Conversations", classes="dialog--title")
            yield OptionList(*(Option(_summary(each)) for each in self._kept))
            yield Label(
                "enter: open · d: take out of the list · esc: leave", classes="dialog--hint"
            )

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.focus()
        choices.highlighted = 0

    def action_choose(self, by: int) -> None:
        choices = self.query_one(OptionList)
        (choices.action_cursor_down if by > 0 else choices.action_cursor_up)()

    async def action_forget(self) -> None:
        """Leave out the conversation under the cursor."""
        choices = self.query_one(OptionList)
        place = choices.highlighted
        if place is None:
            return
        gone = self._kept.pop(place)
        choices.remove_option_at_index(place)
        await self._forget(gone.id)
        if not self._kept:
            self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._kept[event.option_index])


def _summary(conversation: Conversation) -> Text:
    """When, about how many photos, and the first question."""
    first = next((turn for turn in conversation.turns if turn.who == "owner"), None)
    when = conversation.turns[-1].when if conversation.turns else conversation.started
    count = len(conversation.photos)
    photos = "1 photo" if count == 1 else f"{count} photos"
    text = Text(no_wrap=True, overflow="ellipsis")
    moment = datetime.fromtimestamp(when)
    text.append(f"{moment:%d %b %H:%M}  ", style="dim")
    text.append(one_line(first.text, _LONGEST_TITLE) if first is not None else "…")
    text.append(f"  {photos}", style="dim")
    return text


class ModelDialog(Dialog[str | None]):
    """Asks who is to answer."""

    DEFAULT_CSS = """
    ModelDialog {
        & > Vertical { width: 84; max-width: 95%; }
        & OptionList, & OptionList:focus { border: none; }
        & OptionList > .option-list--option-disabled { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "choose(1)", show=False),
        Binding("k", "choose(-1)", show=False),
    ]

    def __init__(self, models: ChatModelList) -> None:
        """
        Args:
            models: Who can answer, or could.
        """
        super().__init__()
        self._models = models

    def compose(self) -> ComposeResult:
        chosen = self._models.chosen
        with Vertical():
            yield Label("Who answers?", classes="dialog--title")
            yield OptionList(
                *(
                    Option(_model(each, is_chosen=each.name == chosen), disabled=not each.here)
                    for each in self._models.models
                )
            )
            yield Label("enter: take it · esc: leave", classes="dialog--hint")

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.focus()
        names = [each.name for each in self._models.models]
        choices.highlighted = (
            names.index(self._models.chosen) if self._models.chosen in names else None
        )

    def action_choose(self, by: int) -> None:
        choices = self.query_one(OptionList)
        (choices.action_cursor_down if by > 0 else choices.action_cursor_up)()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._models.models[event.option_index].name)


def _model(model: ChatModel, *, is_chosen: bool) -> Text:
    """A model in two lines: what it is, and where pictures go or what is missing."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("● " if is_chosen else "  ", style="bold")
    text.append(printable(model.name), style="bold" if model.here else "")
    size = f", {model.size / 1e9:.1f} GB" if model.size else ""
    text.append(f"  {printable(model.about)}{size}\n", style="dim")
    words = [where(model.sees, model.sends_to)] if model.here else []
    words += [printable(model.trouble)] if model.trouble else []
    text.append(f"    {' · '.join(words)}", style="dim")
    return text
