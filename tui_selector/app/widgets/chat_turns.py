"""What was said, turn by turn: questions, answers as they come, and what answers propose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from tui_selector.app.widgets.chat_markdown import ChatMarkdown, shown
from tui_selector.chat.conversation import Turn
from tui_selector.chat.proposals import Proposal
from tui_selector.library.display import printable

#: What stands before an answer that is under way, one after the other.
_BEATS = ("⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏")


class PhotoNames(Static):
    """Who speaks, and the photos it is about; a click on a number goes to the photo."""

    DEFAULT_CSS = """
    PhotoNames {
        height: auto; link-color: $text-accent; link-style: underline;
        link-background: transparent;
    }
    """

    def __init__(self, who: str, numbers: Sequence[int], gone: Collection[int] = ()) -> None:
        """
        Args:
            who: Speaks; printable.
            numbers: Of the photos that it is about.
            gone: Those of them that are no longer there, which lead nowhere.
        """
        super().__init__(_named(who, numbers, gone), markup=False)

    def action_photo(self, number: int) -> None:
        """Go to a photo."""
        self.post_message(ChatMarkdown.PhotoChosen(number))


def _named(who: str, numbers: Sequence[int], gone: Collection[int]) -> Content:
    text, spans = who, [Span(0, len(who), Style(bold=True))]
    if numbers:
        text += "  photo " if len(numbers) == 1 else "  photos "
    for place, number in enumerate(numbers):
        text += ", " if place else ""
        start = len(text)
        text += str(number)
        if number in gone:
            spans.append(Span(start, len(text), Style(strike=True)))
        else:
            style = Style.from_meta({"@click": f"photo({number})"})
            spans.append(Span(start, len(text), style))
    return Content(text, spans=spans)


class QuestionView(Vertical):
    """A question of the owner."""

    DEFAULT_CSS = """
    QuestionView {
        height: auto; margin: 0 0 1 0; padding: 0 1; background: $boost;
        border-left: outer $accent;
        & > PhotoNames { color: $text-muted; }
        & > .chat--words { height: auto; }
    }
    """

    def __init__(self, turn: Turn, gone: Collection[int]) -> None:
        """
        Args:
            turn: The question.
            gone: Numbers of photos that are no longer there.
        """
        super().__init__()
        self._turn, self._gone = turn, gone

    def compose(self) -> ComposeResult:
        yield PhotoNames(f"You {_clock(self._turn.when)}".strip(), self._turn.photos, self._gone)
        yield Static(Content(shown(self._turn.text)), classes="chat--words", markup=False)


class AnswerView(Vertical):
    """An answer, as far as it has come."""

    DEFAULT_CSS = """
    AnswerView {
        height: auto; margin: 0 0 1 0; padding: 0 1 0 2;
        & > .chat--who { color: $text-muted; text-style: bold; height: 1; }
        & > .chat--state { color: $text-muted; height: auto; display: none; }
        & > .chat--state.-fault { color: $text-error; }
        & > ProposalsView { display: none; }
    }
    """

    def __init__(
        self, who: str, numbers: Callable[[], Collection[int]], turn: Turn | None = None
    ) -> None:
        """
        Args:
            who: Answers; printable.
            numbers: Tells which photos are there, which names lead to.
            turn: The whole answer; None while it comes.
        """
        super().__init__()
        self._who = Static(Content(who), classes="chat--who", markup=False)
        self._words = ChatMarkdown(turn.text if turn is not None else "", numbers)
        self._state = Static("", classes="chat--state", markup=False)
        self.proposals = ProposalsView()
        self._turn = turn
        self._beat = 0

    def compose(self) -> ComposeResult:
        yield self._who
        yield self._words
        yield self._state
        yield self.proposals

    def on_mount(self) -> None:
        if self._turn is not None:
            self._end(self._turn)

    async def show(self, text: str) -> None:
        """Show what has come so far."""
        await self._words.show(text)

    def wait(self, words: str) -> None:
        """Say that there is more to come, and what is being done."""
        self._beat = (self._beat + 1) % len(_BEATS)
        self._say(f"{_BEATS[self._beat]} {printable(words)}")

    async def end(self, turn: Turn) -> None:
        """Show the whole answer."""
        self._turn = turn
        self._who.update(Content(printable(turn.by) or "Answer"))
        await self._words.show(turn.text)
        self._end(turn)

    def _end(self, turn: Turn) -> None:
        notes = [*turn.notes, "Stopped." if turn.stopped else ""]
        self._say("\n".join(printable(note) for note in notes if note))
        self.proposals.show(turn.proposals)

    def _say(self, words: str, *, fault: bool = False) -> None:
        self._state.update(Content(words))
        self._state.set_class(fault, "-fault")
        self._state.display = bool(words)


class ProposalsView(Vertical):
    """What an answer proposes, line by line, and how to have it done."""

    DEFAULT_CSS = """
    ProposalsView {
        height: auto; width: 1fr; border: round $primary; border-title-color: $text-primary;
        padding: 0 1; margin: 0;
        & > Static { height: auto; width: 1fr; }
        & > .chat--hint { color: $text-accent; margin: 1 0 0 0; }
        &.-done { border: round $success; border-title-color: $text-success; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(classes="chat--lines")
        yield Static(classes="chat--hint", markup=False)

    def show(self, proposals: Sequence[Proposal], hint: str = "", *, done: bool = False) -> None:
        """Show these; nothing where there are none.

        Args:
            proposals: In their order.
            hint: How to have them done, or taken back.
            done: Whether they were.
        """
        self.display = bool(proposals)
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(style="dim", overflow="fold", ratio=1)
        for each in proposals:
            table.add_row(Text(each.act), Text(object_of(each)), Text(printable(each.reason)))
        self.query_one(".chat--lines", Static).update(table)
        self.border_title = "done" if done else "proposed"
        self.set_class(done, "-done")
        line = self.query_one(".chat--hint", Static)
        line.update(Content(hint))
        line.display = bool(hint)


def object_of(proposal: Proposal) -> str:
    """What something is proposed for: "1, 3", "2 as ★★★★", a text."""
    if not proposal.photos:
        return f"“{printable(proposal.text)}”"
    numbers = ", ".join(map(str, proposal.photos))
    return f"{numbers} {'★' * proposal.stars}" if proposal.stars else numbers


def _clock(when: float) -> str:
    """When something was said, as the clock here shows it; the day where that is another one."""
    if not when:
        return ""
    moment = datetime.fromtimestamp(when)
    today = datetime.now().date() == moment.date()
    return f"{moment:%H:%M}" if today else f"{moment:%d %b %Y, %H:%M}"
