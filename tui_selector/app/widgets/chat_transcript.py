"""The transcript of a conversation: it stays at its end until the owner scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content, Span
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tui_selector.app.widgets.chat_turns import AnswerView, QuestionView
from tui_selector.chat.conversation import Turn
from tui_selector.chat.markdown import mentions

if TYPE_CHECKING:
    from tui_selector.app.chat_desk import ChatDesk

#: Turns that are laid out; of what was said before only the number is told.
_MOST_TURNS = 60

#: Asked where nothing has been asked yet.
EXAMPLES = (
    "Which photo is better, and why?",
    "Is this photo suitable for a children's album?",
    "Which of these would you keep?",
    "What is wrong with this photo?",
)


class Welcome(Vertical):
    """What stands in an empty conversation."""

    DEFAULT_CSS = """
    Welcome {
        height: auto; padding: 1 2;
        & Static { height: auto; margin: 0 0 1 0; color: $text-muted; }
        & .chat--examples {
            link-color: $text-accent; link-style: none; link-background: transparent;
        }
    }
    """

    class Chosen(Message):
        """An example is to be asked."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, hint: str) -> None:
        """
        Args:
            hint: What to do, printable.
        """
        super().__init__()
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Static(Content(self._hint), markup=False)
        yield _Examples(EXAMPLES)


class _Examples(Static):
    def __init__(self, examples: Sequence[str]) -> None:
        self._examples = examples
        text, spans = "", []
        for number, example in enumerate(examples):
            start = len(text) + 2
            text += f"› {example}\n"
            style = Style.from_meta({"@click": f"ask({number})"})
            spans.append(Span(start, start + len(example), style))
        super().__init__(Content(text.rstrip(), spans=spans), classes="chat--examples")

    def action_ask(self, number: int) -> None:
        """Ask an example."""
        self.post_message(Welcome.Chosen(self._examples[number]))


class Transcript(VerticalScroll):
    """Lays out what the desk has, and no more than what is new of it."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr; background: $background; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .chat--turns { height: auto; min-height: 100%; padding: 1 0 0 0; }
        & .chat--turns > * { max-width: 108; }
        &:focus > .chat--turns { background: $foreground 3%; }
        & .chat--earlier { color: $text-muted; padding: 0 1; margin: 0 0 1 0; height: 1; }
    }
    """

    def __init__(self, desk: ChatDesk, hint: Callable[[], str]) -> None:
        """
        Args:
            desk: Has the conversation.
            hint: Says what to do in an empty conversation.
        """
        super().__init__()
        self._desk, self._hint = desk, hint
        self._of = ""
        self._laid: list[Turn] = []
        self._gone: frozenset[int] = frozenset()
        self._coming: AnswerView | None = None
        # As high as the view at least: what is anchored is drawn from its end up.
        self._turns = Vertical(classes="chat--turns")

    def compose(self) -> ComposeResult:
        yield self._turns

    def on_mount(self) -> None:
        self.anchor()

    async def show(self) -> None:
        """Lay out what the conversation has become."""
        desk = self._desk
        conversation = desk.conversation
        turns = conversation.turns
        gone = frozenset(photo.number for photo in conversation.photos if photo.gone)
        begun = self._laid == list(turns[: len(self._laid)])
        if self._of != conversation.id or not begun or gone != self._gone:
            await self._begin(conversation.id, gone)
        await self._lay(turns[len(self._laid) :])
        await self._follow()

    async def _begin(self, id_: str, gone: frozenset[int]) -> None:
        """Lay everything out anew."""
        self._of, self._laid, self._gone, self._coming = id_, [], gone, None
        await self._turns.remove_children()
        turns = self._desk.conversation.turns
        if not turns:
            await self._turns.mount(Welcome(self._hint()))
        earlier = max(0, len(turns) - _MOST_TURNS)
        if earlier:
            self._laid = list(turns[:earlier])
            words = f"{earlier} turns before are not shown."
            await self._turns.mount(Static(words, classes="chat--earlier", markup=False))
        self.anchor()

    async def _lay(self, turns: Sequence[Turn]) -> None:
        """Lay out more turns; an answer that was under way becomes the whole one."""
        if not turns:
            return
        await self.query(Welcome).remove()
        for turn in turns:
            self._laid.append(turn)
            if turn.who == "owner":
                await self._turns.mount(QuestionView(turn, self._gone))
                self.anchor()
            elif self._coming is not None:
                coming, self._coming = self._coming, None
                await coming.end(turn)
            else:
                await self._turns.mount(AnswerView(self._named(turn.by), self._numbers, turn))

    async def _follow(self) -> None:
        """Show how far the answer is that is on its way."""
        desk = self._desk
        if not desk.answering:
            if self._coming is not None:
                coming, self._coming = self._coming, None
                await coming.remove()
            return
        if self._coming is None:
            self._coming = AnswerView(self._named(desk.answerer.name), self._numbers)
            await self._turns.mount(self._coming)
        await self._coming.show(desk.shown)
        self._coming.wait(desk.doing)

    def _numbers(self) -> tuple[int, ...]:
        return self._desk.conversation.numbers

    @staticmethod
    def _named(name: str) -> str:
        return name or "Answer"

    @property
    def last(self) -> Turn | None:
        """The last answer."""
        return next((turn for turn in reversed(self._laid) if turn.who == "assistant"), None)

    @property
    def last_view(self) -> AnswerView | None:
        """The last whole answer as it is laid out."""
        views = [view for view in self.query(AnswerView) if view is not self._coming]
        return views[-1] if views else None

    def named_photos(self) -> list[int]:
        """Numbers of the photos that the last answer names, in order, each as often as it does."""
        text = self._desk.shown if self._desk.answering else ""
        text = text or (self.last.text if self.last is not None else "")
        here = self._desk.conversation.numbers
        return [number for _, _, number in mentions(text) if number in here]
