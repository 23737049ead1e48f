"""The pane of a conversation: who answers, the photos, what was said, the field to type into."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.widgets import chat_words
from tui_selector.app.widgets.chat_chips import ChatChips, Chip
from tui_selector.app.widgets.chat_input import ChatInput
from tui_selector.app.widgets.chat_markdown import ChatMarkdown
from tui_selector.app.widgets.chat_transcript import Transcript, Welcome
from tui_selector.app.widgets.chat_turns import ProposalsView
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui_selector.app.app import SelectorApp
    from tui_selector.app.chat_desk import ChatDesk
    from tui_selector.chat.conversation import Turn

Wish = Literal["leave", "full", "unmark", "history", "begin", "model"]
"""To leave the pane, to have the whole window for it or not, to unmark all photos, to go to
another conversation, to begin one, to choose who answers."""

#: Where the pane may stand, whose keys do nothing in it.
_DECISIVE: tuple[actions.Context, ...] = ("grid", "groups", "map")

#: Seconds between two frames of what moves while an answer is waited for.
_BEAT = 0.25


class ChatPane(Vertical):
    """Shows what the desk has and takes questions.

    Letters that are pressed anywhere in it decide about no photo.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(replace(binding, priority=True) for binding in actions.bindings("chat")),
        *actions.bindings("reading"),
    ]
    DEFAULT_CSS = """
    ChatPane {
        background: $background;
        & > .chat--head { height: auto; max-height: 2; background: $panel; padding: 0 1; }
        & > .chat--remote { color: $text-warning; }
        & > .chat--fault { height: auto; max-height: 4; color: $text-error; padding: 0 1; }
        & > .chat--hint { height: 1; color: $text-muted; padding: 0 2; }
    }
    """

    class PhotoWanted(Message):
        """The cursor is to go to a photo."""

        def __init__(self, photo: int) -> None:
            super().__init__()
            self.photo = photo

    class Typing(Message):
        """Keys are for the field, for the answers, or for neither any more."""

        def __init__(self, contexts: tuple[actions.Context, ...]) -> None:
            super().__init__()
            self.contexts = contexts

    class Wanted(Message):
        """Something is to be done that the pane cannot do alone."""

        def __init__(self, what: Wish) -> None:
            super().__init__()
            self.what = what

    class PlanWanted(Message):
        """What an answer proposes is to be shown as a plan."""

        def __init__(self, turn: Turn) -> None:
            super().__init__()
            self.turn = turn

    def __init__(self, app: SelectorApp, desk: ChatDesk) -> None:
        """
        Args:
            app: The application.
            desk: Has the conversation.
        """
        super().__init__()
        self._selector, self._desk = app, desk
        own = {
            key
            for action in actions.ACTIONS
            if action.is_for("chat") or action.is_for("reading")
            for key in app.keys.keys[action.id]
        }
        self._decisive = {
            key
            for action in actions.ACTIONS
            if any(map(action.is_for, _DECISIVE))
            for key in app.keys.keys[action.id]
        } - own
        self._news = asyncio.Event()
        self._link = -1
        self.input = ChatInput(placeholder="Ask about these photos …")
        self.chips = ChatChips(app.pictures, app.loupe_painter, step=0)
        self.transcript = Transcript(desk, lambda: chat_words.welcome(app.keys))

    def compose(self) -> ComposeResult:
        yield Static(classes="chat--head", markup=False)
        yield self.chips
        yield self.transcript
        yield Static(classes="chat--fault", markup=False)
        yield self.input
        yield Static(classes="chat--hint", markup=False)

    def on_mount(self) -> None:
        self._desk.changed.subscribe(self, lambda _: self._news.set(), immediate=True)
        self.set_interval(_BEAT, self._beat)
        self.run_worker(self._keep_up(), group="chat", exclusive=True)
        self._news.set()

    def on_resize(self, event: events.Resize) -> None:
        self.chips.fit(event.size)

    # -- showing -----------------------------------------------------------------------------

    async def _keep_up(self) -> None:
        """Show what is new, as often as there is time for it."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._is_in_sight:
                await self._show()

    @property
    def _is_in_sight(self) -> bool:
        """Whether nothing but dialogs stands over the pane's screen, where another pane may be."""
        screens = (each for each in reversed(self.app.screen_stack) if not each.is_modal)
        return next(screens, None) is self.screen

    def look(self) -> None:
        """Show what the desk has, now that this is in sight again."""
        self.chips.draw_again()
        self._news.set()

    def _beat(self) -> None:
        if self._desk.answering:
            self._news.set()

    async def _show(self) -> None:
        desk = self._desk
        if desk.given_back:
            text, desk.given_back = desk.given_back, ""
            if not self.input.text.strip():
                self.input.put(text)
        self.input.asked = [turn.text for turn in desk.conversation.turns if turn.who == "owner"]
        self.chips.put(self._selector.album, desk.subjects.chips)
        self._tell()
        await self.transcript.show()
        self._tell_proposals()

    def _tell(self) -> None:
        """Say who answers, what is wrong, and what the next question is about."""
        desk = self._desk
        head = self.query_one(".chat--head", Static)
        head.update(Content(chat_words.head(self._selector, desk)))
        model = desk.answerer.model
        head.set_class(model is not None and bool(model.sends_to), "chat--remote")
        fault = self.query_one(".chat--fault", Static)
        trouble = desk.fault or desk.answerer.trouble
        fault.update(Content(printable(trouble)))
        fault.display = bool(trouble)
        hint = chat_words.hint(self._selector.keys, desk)
        self.query_one(".chat--hint", Static).update(Content(hint))

    def _tell_proposals(self) -> None:
        view, turn = self.transcript.last_view, self.transcript.last
        if view is None or turn is None or not turn.proposals:
            return
        done = self._desk.is_done(turn)
        keys = self._selector.keys
        hint = f"{keys.first('undo')}: undo" if done else f"{keys.first('chat-plan')}: see the plan"
        view.query_one(ProposalsView).show(turn.proposals, hint, done=done)

    # -- keys --------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Let no key that decides about photos through, whatever in the pane has the focus."""
        if event.key in self._decisive and not self._is_own(event.key):
            event.stop()
            event.prevent_default()

    def _is_own(self, key: str) -> bool:
        """Whether something between the focus and the pane has a use for a key."""
        chain: list[tuple[DOMNode, object]] = []
        for node, bindings in self.screen._modal_binding_chain:
            if node is self.screen:
                break
            if key in bindings.key_to_bindings:
                chain.append((node, bindings))
        return bool(chain)

    @on(ChatInput.Typing)
    def _typing(self, event: ChatInput.Typing) -> None:
        event.stop()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Name the keys of what has the focus now."""
        typed = self.screen.focused is self.input
        self.post_message(self.Typing(("chat",) if typed else ("reading",)))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        if self.screen.focused is None or self not in self.screen.focused.ancestors:
            self.post_message(self.Typing(()))

    def action_send(self) -> None:
        """Ask what is typed; where nothing is, look at what was proposed."""
        if self.screen.focused is self.chips:
            self.chips.action_choose()
            return
        desk = self._desk
        text = self.input.text.strip()
        if desk.answering:
            self._selector.say(
                f"An answer is on its way; {self._selector.keys.first('chat-leave')} stops it."
            )
        elif not text:
            self.action_plan()
        elif desk.ask(text):
            self.input.take()
            self._link = -1

    def action_leave(self) -> None:
        """Stop the answer that is on its way; else leave the pane."""
        if self._desk.answering:
            self._desk.stop()
        else:
            self.post_message(self.Wanted("leave"))

    def action_full(self) -> None:
        """Take the whole window, or stand beside the photos again."""
        self.post_message(self.Wanted("full"))

    def action_unmark_all(self) -> None:
        """Unmark every photo."""
        self.post_message(self.Wanted("unmark"))

    def action_history(self) -> None:
        """Go to another conversation."""
        self.post_message(self.Wanted("history"))

    def action_begin(self) -> None:
        """Begin another conversation."""
        self.post_message(self.Wanted("begin"))

    def action_model(self) -> None:
        """Choose who answers."""
        self.post_message(self.Wanted("model"))

    def action_plan(self) -> None:
        """Show what the last answer proposes as a plan."""
        turn = self.transcript.last
        if turn is None or not turn.proposals:
            self.app.bell()
        else:
            self.post_message(self.PlanWanted(turn))

    def action_retry(self) -> None:
        """Ask the last question again."""
        if not self._desk.retry():
            self.app.bell()

    def action_copy(self) -> None:
        """Copy what is selected; else the last answer."""
        turn = self.transcript.last
        typed = self.input.selected_text if self.screen.focused is self.input else ""
        text = typed or self.screen.get_selected_text() or (turn.text if turn is not None else "")
        if not text:
            self.app.bell()
            return
        self.app.copy_to_clipboard(text)
        chosen = typed or self.screen.get_selected_text()
        self._selector.say("Copied what is selected." if chosen else "Copied the answer.")

    async def action_undo(self) -> None:
        """Take back the last decision."""
        await self._selector.revert("undo")

    def action_type(self) -> None:
        """Go to the field."""
        self.input.focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the transcript by lines."""
        self.transcript.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll the transcript by a screenful."""
        lines = direction * max(1, self.transcript.size.height - 2)
        self.transcript.scroll_relative(y=lines, animate=False)

    def action_top(self) -> None:
        """Go to the beginning."""
        self.transcript.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Go to the end, and stay there."""
        self.transcript.anchor()

    # -- photos ------------------------------------------------------------------------------

    def action_photo(self, number: int) -> None:
        """Go to the photo with a number."""
        photo = self._desk.conversation.photo(number)
        if photo is None or photo.gone:
            self.app.bell()
            return
        self.chips.go(number)
        self.post_message(self.PhotoWanted(photo.id))

    def action_link(self, by: int) -> None:
        """Go to the next photo that the answer names (1), or to the one before (-1)."""
        named = self.transcript.named_photos()
        if not named:
            self.app.bell()
            return
        self._link = (self._link + by) % len(named) if self._link >= 0 else min(0, by) % len(named)
        self.action_photo(named[self._link])

    @on(ChatMarkdown.PhotoChosen)
    def _named_photo(self, event: ChatMarkdown.PhotoChosen) -> None:
        event.stop()
        self.action_photo(event.number)

    @on(ChatChips.Chosen)
    def _chip_chosen(self, event: ChatChips.Chosen) -> None:
        event.stop()
        if not event.chip.gone:
            self.post_message(self.PhotoWanted(event.chip.id))

    @on(ChatChips.Toggled)
    def _chip_toggled(self, event: ChatChips.Toggled) -> None:
        event.stop()
        self._toggle(event.chip)

    def _toggle(self, chip: Chip) -> None:
        if not chip.gone:
            self._desk.toggle(chip.id)

    @on(Welcome.Chosen)
    def _example(self, event: Welcome.Chosen) -> None:
        event.stop()
        self.input.put(event.text)
        self.input.focus()
