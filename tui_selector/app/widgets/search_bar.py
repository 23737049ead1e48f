"""The line that searches are typed into."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from tui_selector.app import actions, keymap
from tui_selector.app.widgets.search_hint import Hint
from tui_selector.library.display import printable
from tui_selector.search.completion import Completion

#: Seconds without a key before a search is made.
SETTLED = 0.12

#: Longest text that can be typed, characters.
LONGEST = 20_000

#: Queries that are remembered, and the longest one that is.
_REMEMBERED, _LONGEST_REMEMBERED = 100, 1000

_BLANKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Joiners that emoji and many scripts are written with.
_JOINERS = frozenset("\u200c\u200d")
# A query may hold the character that image placeholders are made of.
_PLACEHOLDER = "\U0010eeee"

Complete = Callable[[str, int], Awaitable[list[Completion]]]
Leave = Callable[[], Awaitable[None]]

#: Actions after which keys are for the photos.
_LEAVING = ("submit", "leave")


def cleaned(text: str) -> str:
    """Text as it can be shown while it is typed: control characters become blanks, marks that
    would turn the direction of writing and halves of characters are left out."""
    text = _BLANKS.sub(" ", text).replace(_PLACEHOLDER, "")
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in _JOINERS or unicodedata.category(char) not in {"Cf", "Cs", "Cc"}
    )


def remembered(history: Sequence[str], text: str) -> tuple[str, ...]:
    """A history with a query at its end; each stands in it once."""
    text = text.strip()
    if not text or len(text) > _LONGEST_REMEMBERED:
        return tuple(history)
    return (*[each for each in history if each != text][1 - _REMEMBERED :], text)


class SearchInput(Input):
    """The text of a search: with history and completion; letters typed here never cull."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("search")]

    class Typing(Message):
        """Keys go into the text from now on, or do so no more."""

        def __init__(self, field: SearchInput, on: bool) -> None:
            super().__init__()
            self.field = field
            self.on = on

    class PanelWanted(Message):
        """The owner wants to see threshold and weights."""

    def __init__(
        self,
        keys: keymap.Keymap,
        history: Sequence[str],
        complete: Complete,
        go: Leave,
        leave: Leave,
    ) -> None:
        """
        Args:
            keys: Which keys do what.
            history: What was searched for before, the latest last.
            complete: Offers what may stand at a column of a text.
            go: Goes to the photos found, if there are any.
            leave: Brings back the tab as it was.
        """
        super().__init__(
            placeholder="words, #tag, -word, @photo, date:2025-07, rating>=3 …  (tab completes)",
            max_length=LONGEST,
            select_on_focus=False,
            highlighter=self._underline,  # type: ignore[arg-type] # any function will do
        )
        self.history = list(history)
        self._decisive = {
            key
            for action in actions.ACTIONS
            if action.is_for("grid") and not action.command.startswith("page")
            for key in keys.keys[action.id]
        }
        self.fault: tuple[int, int] | None = None
        self._complete, self._go, self._leave = complete, go, leave
        self._older = 0
        self._draft = ""
        self._offers: list[Completion] = []
        self._taken = -1
        self._base = ""

    class Offered(Message):
        """Completions are there; `taken` is the index of the one in the text, -1 before any."""

        def __init__(self, offers: Sequence[Completion], taken: int) -> None:
            super().__init__()
            self.offers = offers
            self.taken = taken

    def _underline(self, text: str | Text) -> Text:
        """Underline what the fault is about."""
        shown = Text(text, no_wrap=True, end="") if isinstance(text, str) else text
        if self.fault is not None:
            column, length = self.fault
            shown.stylize("underline red", column, column + max(1, length))
        return shown

    def put(self, text: str) -> None:
        """Replace the text; the cursor stands at its end."""
        self.value = cleaned(text)[:LONGEST]
        self.cursor_position = len(self.value)

    def forget_draft(self, history: Sequence[str]) -> None:
        """Begin at the end of another history."""
        self.history = list(history)
        self._older = 0

    # -- keys --------------------------------------------------------------------------------

    def on_focus(self) -> None:
        self.post_message(self.Typing(self, True))

    def on_blur(self) -> None:
        self.post_message(self.Typing(self, False))

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what leaves the text, and let go of the keys that came behind it."""
        if self.screen.focused is not self:
            event.prevent_default()
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.action in _LEAVING:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)

    async def action_submit(self) -> None:
        """Go to the photos found. Keys wait for them: they would be about other photos."""
        await self._go()

    async def action_leave(self) -> None:
        """Give the tab back as it was. Keys wait for that."""
        await self._leave()

    def type_ahead(self, event: events.Key) -> None:
        """Take a key that was pressed before this field had the focus, or that it has no use for.

        Letters are typed; what would decide about photos is swallowed.
        """
        if event.character is not None and event.is_printable:
            self.insert_text_at_cursor(event.character)
        elif event.key not in self._decisive or self._bindings.key_to_bindings.get(event.key):
            return
        event.stop()
        event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(cleaned(event.text.strip("\r\n")), *sorted(self.selection))

    def action_recall(self, by: int) -> None:
        """Go to an older (1) or a newer (-1) query."""
        if not 0 <= self._older + by <= len(self.history):
            self.app.bell()
            return
        if self._older == 0:
            self._draft = self.value
        self._older += by
        self.put(self.history[-self._older] if self._older else self._draft)

    async def action_complete(self, by: int) -> None:
        """Take the first completion, then the next (1) or the one before (-1)."""
        if self._taken < 0:
            self._base = self.value
            self._offers = await self._complete(self.value, self.cursor_position)
        if not self._offers:
            self.app.bell()
            return
        count = len(self._offers)
        self._taken = (self._taken + by) % count if self._taken >= 0 else min(0, by) % count
        offer, taken = self._offers[self._taken], self._taken
        text = cleaned(offer.apply(self._base))
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = offer.start + len(offer.text)
        self._taken = taken
        self.post_message(self.Offered(self._offers, taken))

    @property
    def completes(self) -> bool:
        """Whether completions are being gone through."""
        return self._taken >= 0

    def typed(self) -> None:
        """Forget the completions of a text that is there no more."""
        self._taken, self._offers = -1, []

    def action_panel(self) -> None:
        """Show threshold and weights."""
        self.post_message(self.PanelWanted())


class SearchBar(Vertical):
    """Prompt, text and hint. It posts `Wanted` when the typing rests."""

    DEFAULT_CSS = """
    SearchBar {
        height: auto; background: $panel;
        & > Horizontal { height: 1; background: $panel; }
        & Static { width: auto; max-width: 50%; color: $text-accent; text-style: bold; }
        & SearchInput, & SearchInput:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $panel;
        }
    }
    """

    class Wanted(Message):
        """Another text is to be searched for."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, input_: SearchInput) -> None:
        super().__init__()
        self._prompt = Static("/", markup=False)
        self.input = input_
        self.hint = Hint()
        self._timer: Timer | None = None
        self._searched = ""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._prompt
            yield self.input
        yield self.hint

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    @property
    def is_typed_in(self) -> bool:
        """Whether keys go into the text."""
        # The field itself learns of its focus later.
        return self.screen.focused is self.input

    def show(self, text: str, prompt: str) -> None:
        """Show what is searched for, without searching for it.

        Args:
            text: Of the query.
            prompt: What stands before it, printable: "like a.jpg"; "" for nothing.
        """
        self._rest()
        self._prompt.update(Text(f" {prompt} / " if prompt else " / "))
        if text != self.input.value:
            with self.input.prevent(Input.Changed):
                self.input.put(text)
            self.input.typed()
        self._searched = self.input.value

    def show_fault(self, sentence: str, column: int = -1, length: int = 0) -> None:
        """Say why nothing was searched for, and point at the column."""
        cell = None
        self.input.fault = (column, length) if column >= 0 else None
        if column >= 0:
            before = cell_len(self.input.value[:column])
            cell = self.input.region.x - self.region.x + before - self.input.scroll_offset.x
        self.input.refresh()
        if not self.input.completes:
            self.hint.fault(printable(sentence), cell)

    def show_result(self, words: str) -> None:
        """Say what came of a search, unless completions are being gone through."""
        self.input.fault = None
        self.input.refresh()
        if not self.input.completes:
            self.hint.say(words)

    # -- typing ------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.input.typed()
        self._soon()

    @on(SearchInput.Offered)
    def _offered(self, event: SearchInput.Offered) -> None:
        event.stop()
        self.hint.offer(event.offers, event.taken)
        self._soon()

    def _soon(self) -> None:
        self._rest()
        self._timer = self.set_timer(SETTLED, self._want)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _want(self) -> None:
        if (text := self.take()) is not None:
            self.post_message(self.Wanted(text))

    def take(self) -> str | None:
        """What is typed, if it was not searched for yet; whoever takes it does."""
        self._rest()
        if self.input.value == self._searched:
            return None
        self._searched = self.input.value
        return self._searched
