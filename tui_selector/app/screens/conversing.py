"""A conversation beside whatever a screen shows: what its pane wants is done here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work

from tui_selector.app.screens.decide import Part
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.chat_subjects import Offer
    from tui_selector.app.widgets.chat_pane import ChatPane
    from tui_selector.chat.conversation import Turn
    from tui_selector.chat.planning import ChatPlan

#: Columns that photos and a conversation need side by side.
BOTH = 100


class Conversing(Part):
    """Goes to the pane of the conversation, and does what is chosen there.

    Subclasses put the pane where there is room for it (`open_chat`, `close_chat`), and say whom a
    question is about where nothing is marked (`chat_photos`).
    """

    def __init__(self) -> None:
        super().__init__()
        self._chat_met = False

    @abstractmethod
    async def open_chat(self) -> None:
        """Put the pane on the screen, and wait until it stands there."""

    @abstractmethod
    def close_chat(self) -> None:
        """Take the pane away, and give the keys back to the photos."""

    #: Tells the photos to ask about where none is marked; None: the one under the album's cursor.
    chat_photos: Offer | None = None

    @property
    def chat_pane(self) -> ChatPane | None:
        """The pane, while it is open."""
        found = list(self.query("ChatPane"))
        return found[0] if found else None  # type: ignore[return-value]

    @property
    def is_chat_full(self) -> bool:
        """Whether the conversation has the whole window."""
        return self.has_class("-chat-full")

    async def action_chat(self) -> None:
        """Open the conversation beside the photos, and go to its field."""
        if self.album is not None:
            self.end_range()
        self.selector.chat.offer(self.chat_photos)
        # Letters that follow are a question: they wait for the field.
        await self.open_chat()
        if (pane := self.chat_pane) is not None:
            self.set_focus(pane.input)

    def make_pane(self) -> ChatPane:
        """A pane that shows the conversation as it is."""
        from tui_selector.app.widgets.chat_pane import ChatPane

        self._look_who_answers()
        self._look_who_is_asked_about()
        return ChatPane(self.selector, self.selector.chat)

    @work(exclusive=True, group="chat-models")
    async def _look_who_answers(self) -> None:
        await self.selector.chat.answerer.look()

    @work(exclusive=True, group="chat-photos")
    async def _look_who_is_asked_about(self) -> None:
        await self.selector.chat.look_who_is_there()

    def set_chat(self, *, is_open: bool) -> None:
        """Lay the screen out for an open pane, or for none."""
        self.set_class(is_open, "-chat")
        self.set_class(is_open and self.size.width < BOTH, "-chat-full")

    def _set_chat_full(self, full: bool) -> None:
        pane = self.chat_pane
        if pane is None or full == self.is_chat_full:
            return
        with self.app.batch_update():
            self.set_class(full, "-chat-full")
        pane.chips.fit(pane.size, wide=full)

    def tell_chat(self, photos: Sequence[int] | None) -> None:
        """Let the open pane know that marks or the cursor have changed; None: or any photo."""
        if not self.has_class("-chat"):
            return
        self.selector.chat.album_changed()
        if photos is None:
            self._look_who_is_asked_about()

    def chat_resumed(self) -> None:
        """Show what has come meanwhile, and draw the chips again: another screen may have used
        their painter, or had a pane of its own."""
        if (pane := self.chat_pane) is not None:
            pane.look()

    def tell_chat_engine(self) -> None:
        """Ask who answers, as soon as the engine is there."""
        connected = self.selector.link.connected
        if connected and not self._chat_met and self.has_class("-chat"):
            self._look_who_answers()
        self._chat_met = connected and self.has_class("-chat")

    # -- what the screen does ----------------------------------------------------------------

    def focus_photos(self) -> None:
        """Give the keys back to the photos."""

    async def go_to_photo(self, photo: int) -> None:
        """Put the cursor on a photo, in its tab where it is not in this one."""
        album = self.album
        if album is None:
            return
        index = album.index_of(photo)
        if index is None:
            await self.selector.open_photo(photo)
        else:
            album.cursor = index
            self.selector.album_changed.publish([])

    # -- what the pane wants -----------------------------------------------------------------

    async def on_chat_pane_photo_wanted(self, event: ChatPane.PhotoWanted) -> None:
        """Go to a photo."""
        event.stop()
        await self.go_to_photo(event.photo)

    def on_chat_pane_typing(self, event: ChatPane.Typing) -> None:
        """Name the keys of what has the focus."""
        event.stop()
        if event.contexts:
            self.query_one(KeyBar).show((*event.contexts, "everywhere"), self.chat_pane)
        else:
            self.name_keys()

    def on_chat_pane_wanted(self, event: ChatPane.Wanted) -> None:
        """Do what the pane cannot do alone."""
        event.stop()
        desk = self.selector.chat
        if event.what == "leave":
            self._leave_chat()
        elif event.what == "full":
            if self.is_chat_full and self.size.width < BOTH:
                self.selector.say("The window is too narrow for photos beside the conversation.")
            else:
                self._set_chat_full(not self.is_chat_full)
        elif event.what == "unmark":
            self.action_unmark_all()
        elif event.what == "begin":
            desk.begin_anew()
            desk.offer(self.chat_photos)
        elif event.what == "history":
            self._choose_conversation()
        else:
            self._choose_who_answers()

    def _leave_chat(self) -> None:
        """Go back to the photos; the pane stays where there is room for both."""
        if self.is_chat_full and self.size.width < BOTH:
            self.close_chat()
            return
        self._set_chat_full(False)
        self.focus_photos()

    @work(exclusive=True, group="chat-dialog")
    async def _choose_conversation(self) -> None:
        from tui_selector.app.screens.chat_dialogs import ConversationDialog

        desk = self.selector.chat
        kept = await desk.conversations()
        if not kept:
            self.selector.say("No conversation has been kept yet.")
            return
        chosen = await self.app.push_screen_wait(ConversationDialog(kept, desk.forget))
        if chosen is not None and chosen.id != desk.conversation.id:
            await desk.open(chosen)

    @work(exclusive=True, group="chat-dialog")
    async def _choose_who_answers(self) -> None:
        from tui_selector.app.screens.chat_dialogs import ModelDialog

        desk = self.selector.chat
        await desk.answerer.look()
        if desk.answerer.offers is None:
            self.selector.say(self.selector.link.trouble or "The engine is starting …", "warning")
            return
        name = await self.app.push_screen_wait(ModelDialog(desk.answerer.offers))
        if name is not None:
            await desk.answerer.choose(name)

    # -- proposals ---------------------------------------------------------------------------

    async def on_chat_pane_plan_wanted(self, event: ChatPane.PlanWanted) -> None:
        """Show what an answer proposes as a plan."""
        event.stop()
        self._propose_chat(event.turn)

    @work(exclusive=True, group="chat-dialog")
    async def _propose_chat(self, turn: Turn) -> None:
        from tui_selector.app.screens.chat_dialogs import ChatPlanDialog

        plan = await self.selector.chat.plan(turn)
        if plan is not None and await self.app.push_screen_wait(ChatPlanDialog(plan)):
            await self._do_proposed(plan)

    async def _do_proposed(self, plan: ChatPlan) -> None:
        """Do what the owner has agreed to."""
        album, desk = self.album, self.selector.desk
        if album is None or desk is None:
            return
        if plan.plan.actions:
            decided = await desk.carry_out(plan.plan)
            album.forget_rows(decided.photos)
            self.show_decided(list(decided.photos))
            if decided.done:
                key = self.selector.keys.first("undo")
                self.selector.say(f"{printable(decided.title)}: {key} takes that back.")
        if plan.marks:
            album.mark_photos(plan.marks)
            self.show_decided(list(plan.marks))
        if plan.searches:
            self.selector.search_for(plan.searches[0])
