"""Conversations about photos, without a screen: what is asked, what comes back, what is kept.

A question goes to the engine, which answers piece by piece. The desk lives as long as the
application: a pane that is closed and opened again finds the answer that came meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace
from textual.signal import Signal

from tui_selector.app.chat_answerer import Answerer
from tui_selector.app.widgets.chat_chips import Chip
from tui_selector.chat.conversation import (
    MOST_PHOTOS,
    ChatPhoto,
    Conversation,
    Turn,
    new_conversation,
)
from tui_selector.chat.history import History, HistoryError
from tui_selector.chat.photos import read_photos, refreshed
from tui_selector.engine.chat_messages import AskChat, ChatAnswered, ChatPiece, StopChat
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.chat.planning import ChatPlan
    from tui_selector.chat.proposals import Proposal
    from tui_selector.library.catalog.catalog import Catalog

T = TypeVar("T")

#: Cut short before anything was said.
_NOTHING_SAID = "Stopped before an answer came."


class ChatDesk:
    """The conversation that is shown, and everything that is done with it.

    Attributes:
        conversation: As it stands; the question that is being answered is its last turn.
        shown: What has come of it.
        doing: What is done before its first words, printable; "" for nothing in particular.
        fault: Why there is no answer to the last question, a sentence; "" where nothing is wrong.
        given_back: Text of a question that was not answered; whoever takes it empties this.
        answerer: Who answers.
        changed: Published when any of these has changed.
    """

    def __init__(self, app: SelectorApp) -> None:
        """
        Args:
            app: The application.
        """
        self._app = app
        self.conversation = new_conversation()
        self.shown = ""
        self.doing = ""
        self.fault = ""
        self.given_back = ""
        self.changed: Signal[None] = Signal(app, "chat")
        self.answerer = Answerer(app, self._tell)
        self._history = History(app.paths.chats)
        # Ids of the photos that the owner picked out for the next question, by hand.
        self._picked: tuple[int, ...] | None = None
        # Ids of what the view offers in which the owner asks; None: the photo under the cursor.
        self._offer: Callable[[], Sequence[int]] | None = None
        self._marks: frozenset[int] = frozenset()
        self._question = 0
        # The question that is being answered, perhaps of a conversation that is shown no more.
        self._asked: Conversation | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def answering(self) -> bool:
        """Whether an answer to this conversation is on its way."""
        return self._asked is not None and self._asked.id == self.conversation.id

    # -- whom it is about --------------------------------------------------------------------

    @property
    def joining(self) -> list[int]:
        """Ids of the photos that join with the next question: the marked ones; else what the view
        offers, or the current one, where nobody is talked about yet."""
        album = self._app.album
        if album is None:
            return []
        here = {photo.id for photo in self.conversation.photos if not photo.gone}
        room = MOST_PHOTOS - len(self.conversation.photos)
        marked = [id_ for id_ in album.targets() if id_ in album.marks and id_ not in here]
        if not album.marks and self._offer is not None:
            return [id_ for id_ in self._offer() if id_ not in here][:room]
        if marked or here or album.marks:
            return marked[:room]
        return [] if album.current_id is None else [album.current_id]

    @property
    def about(self) -> list[int]:
        """Ids of the photos that the next question is about.

        Those picked out by hand; else the marked ones; else what the view offers; else those of the
        question before; else all.
        """
        album, conversation = self._app.album, self.conversation
        here = [photo.id for photo in conversation.photos if not photo.gone]
        joining = self.joining
        if self._picked is not None:
            return [id_ for id_ in (*here, *joining) if id_ in self._picked]
        wanted: Collection[int] = album.marks if album is not None else ()
        if not wanted and self._offer is not None:
            wanted = self._offer()
        chosen = [id_ for id_ in here if id_ in wanted]
        if chosen or joining:
            return [*chosen, *joining]
        last = next((turn for turn in reversed(conversation.turns) if turn.who == "owner"), None)
        before = set() if last is None else set(last.photos)
        same = [
            photo.id for photo in conversation.photos if photo.number in before and not photo.gone
        ]
        return same or here

    @property
    def chips(self) -> list[Chip]:
        """The photos of the conversation, and behind them those that join."""
        about, album = set(self.about), self._app.album
        chips = [
            Chip(photo.id, photo.number, photo.name, photo.gone, photo.id in about)
            for photo in self.conversation.photos
        ]
        for id_ in self.joining:
            photo = album.photo_of(id_) if album is not None else None
            if photo is not None:
                chips.append(Chip(id_, 0, printable(photo.name), asked=id_ in about))
        return chips

    def toggle(self, photo: int) -> None:
        """Ask about a photo with the next question, or do not."""
        about = self.about
        if photo in about:
            about.remove(photo)
        else:
            about.append(photo)
        self._picked = tuple(about)
        self._tell()

    def offer(self, photos: Callable[[], Sequence[int]] | None) -> None:
        """Have the next question be about what a view offers, unless photos are marked.

        Args:
            photos: Tells ids; None: the one under the cursor, where nobody is talked about yet.
        """
        self._offer = photos
        self._tell()

    def album_changed(self) -> None:
        """See whom the next question is about: photos, marks or the cursor may have changed."""
        album = self._app.album
        marks = frozenset(album.marks) if album is not None else frozenset()
        if marks != self._marks:
            self._marks, self._picked = marks, None
        self._tell()

    # -- asking ------------------------------------------------------------------------------

    async def ask(self, text: str) -> bool:
        """Ask about the photos in question; whether that could be done."""
        album = self._app.album
        if album is None or self.answering or not text.strip():
            return False
        about, joining = self.about, self.joining
        before = self.conversation

        def look(catalog: Catalog) -> tuple[Conversation, list[ChatPhoto]]:
            return refreshed(catalog, before), read_photos(catalog, joining)

        await self._settled()
        found = await self._app.reader.ask(look)
        if found is None or self.conversation is not before or self._asked is not None:
            return False
        conversation = found[0].joined(found[1])
        numbers = {photo.id: photo.number for photo in conversation.photos}
        is_tab = album.query.tab > 0 and self._offer is None
        tab = album.query.tab if is_tab else None
        conversation = replace(conversation, tab=tab)
        self.conversation = conversation.asked(
            text, [numbers[id_] for id_ in about if id_ in numbers]
        )
        self._picked = None
        # Asked about; the next question is about the same until the owner goes elsewhere for it.
        self._offer = None if self._offer is None else (lambda: ())
        used = [id_ for id_ in about if id_ in album.marks]
        album.unmark(used)
        self._app.album_changed.publish(used)
        self._begin(text, conversation)
        return True

    async def retry(self) -> bool:
        """Ask the last question again; whether there is one."""
        before = self.conversation
        again = before.retried()
        if self.answering or again.question is None:
            return False
        await self._settled()
        if self.conversation is not before or self._asked is not None:
            return False
        self.conversation = again
        self._begin("", before)
        return True

    def stop(self) -> None:
        """Cut the answer short that is on its way."""
        if self._asked is not None:
            self.doing = "Stopping …"
            self._tell()
            self._app.run_worker(self._stop(), name="stop chat")

    async def _settled(self) -> None:
        """Wait for the end of an answer to a conversation that is shown no more."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _stop(self) -> None:
        from tui_selector.engine.client import EngineError

        try:
            await self._app.link.request(StopChat())
        except EngineError:
            return  # the question that is asked meets the same trouble and says it

    def _begin(self, text: str, before: Conversation) -> None:
        """Send the question.

        Args:
            text: As it was typed, to be given back; "" where it was asked again.
            before: What to go back to where there is no answer.
        """
        self._asked = self.conversation
        self.shown = self.doing = self.fault = self.given_back = ""
        self._task = asyncio.create_task(self._answer(self.conversation, text, before))
        self._tell()

    async def _answer(self, asked: Conversation, text: str, before: Conversation) -> None:
        from tui_selector.engine.client import EngineError

        sentence = ""
        answered: ChatAnswered | None = None
        try:
            answer = await self._app.link.request(AskChat(conversation=asked))
            assert isinstance(answer, ChatAnswered)
            answered = answer
        except EngineError as error:
            sentence = printable(str(error))
        if answered is not None and answered.turn.stopped and not answered.turn.text.strip():
            answered, sentence = None, _NOTHING_SAID
        turn: Turn | None = None
        if answered is not None:
            turn = answered.turn
        elif self._is_shown(asked) and self.shown.strip():
            # What has come is worth keeping, and so is why there is no more of it.
            question = asked.turns[-1]
            turn = Turn(
                who="assistant",
                text=self.shown,
                photos=question.photos,
                when=question.when,
                by=self.answerer.name,
                notes=(sentence,),
                stopped=True,
            )
            sentence = ""
        if turn is not None:
            photos = answered.photos if answered is not None else ()
            await self._answered(asked, turn, photos, again=not text)
        elif self._is_shown(asked):
            self.conversation = replace(before, photos=self.conversation.photos)
            self.fault, self.given_back = sentence, text
        self._asked = None
        if self._is_shown(asked):
            self.shown = self.doing = ""
        self._tell()

    async def _answered(
        self, asked: Conversation, turn: Turn, photos: Sequence[ChatPhoto], *, again: bool
    ) -> None:
        """Take up an answer, and keep it with its question."""
        known = {photo.number: photo for photo in photos}
        if self._is_shown(asked):
            now = tuple(known.get(photo.number, photo) for photo in self.conversation.photos)
            self.conversation = replace(self.conversation, photos=now).said(turn)
            asked = replace(asked, photos=now)
        try:
            await asyncio.to_thread(self._keep, asked, turn, again)
        except HistoryError as error:
            self._app.say(printable(str(error)), "warning")

    def _keep(self, asked: Conversation, turn: Turn, again: bool) -> None:
        if not again:
            self._history.keep(asked)
        self._history.keep(asked.said(turn))

    def _is_shown(self, asked: Conversation) -> bool:
        """Whether the conversation that a question belongs to is still the one on screen."""
        return self.conversation.id == asked.id

    def hear(self, piece: ChatPiece) -> None:
        """Take in more of the answer that is on its way."""
        if not self.answering or piece.question < self._question:
            return
        self._question = piece.question
        self.shown = self.shown[: piece.at] + piece.text
        self.doing = printable(piece.doing)
        self._tell()

    # -- conversations -----------------------------------------------------------------------

    def begin_anew(self) -> None:
        """Begin another conversation; the one that is shown is kept, as far as it was answered."""
        self._show(new_conversation())

    async def open(self, conversation: Conversation) -> None:
        """Go on with a conversation that was kept."""
        self._show(conversation)
        await self.look_who_is_there()

    def _show(self, conversation: Conversation) -> None:
        self.stop()
        self.conversation, self._picked = conversation, None
        self.shown = self.doing = self.fault = self.given_back = ""
        self._tell()

    async def conversations(self) -> list[Conversation]:
        """What was kept, the latest first; empty, and a sentence, where it cannot be read."""
        try:
            return await asyncio.to_thread(self._history.conversations)
        except HistoryError as error:
            self._app.say(printable(str(error)), "error")
            return []

    async def forget(self, conversation: str) -> None:
        """Leave a conversation out of the history."""
        try:
            await asyncio.to_thread(self._history.forget, conversation)
        except HistoryError as error:
            self._app.say(printable(str(error)), "error")

    async def look_who_is_there(self) -> None:
        """Note which photos of the conversation are gone, or back again."""
        before = self.conversation
        if not before.photos:
            self._tell()
            return
        now = await self._read(lambda catalog: refreshed(catalog, before))
        if now is not None and self.conversation.id == before.id:
            photos = self.conversation.photos[len(now.photos) :]
            self.conversation = replace(self.conversation, photos=(*now.photos, *photos))
        self._tell()

    # -- proposals ---------------------------------------------------------------------------

    async def plan(self, turn: Turn) -> ChatPlan | None:
        """What the proposals of an answer come to now; None where the catalog cannot be read."""
        from tui_selector.chat.planning import plan_proposals

        conversation = self.conversation
        return await self._read(
            lambda catalog: plan_proposals(catalog, conversation, turn.proposals)
        )

    def is_done(self, turn: Turn) -> bool:
        """Whether nothing is left to do of what an answer proposes for photos."""
        album = self._app.album
        if album is None or not any(each.photos for each in turn.proposals):
            return False
        for proposal in turn.proposals:
            for number in proposal.photos:
                known = self.conversation.photo(number)
                photo = album.photo_of(known.id) if known is not None else None
                if known is None or known.gone or photo is None:
                    continue
                if not _is_done(proposal, photo, is_marked=known.id in album.marks):
                    return False
        return True

    # -- shared ------------------------------------------------------------------------------

    async def _read(self, job: Callable[[Catalog], T]) -> T | None:
        return await self._app.reader.ask(job)

    def _tell(self) -> None:
        self.changed.publish(None)


def _is_done(proposal: Proposal, photo: Photo, *, is_marked: bool) -> bool:
    """Whether a photo is already as it was proposed."""
    if proposal.act == "mark":
        return is_marked
    if proposal.act == "rate":
        return photo.rating == proposal.stars
    return photo.flag is (Flag.PICK if proposal.act == "keep" else Flag.REJECT)
