"""Conversations about photos, without a screen: what is asked, what comes back, what is kept.

A question goes to the engine, which answers piece by piece. The desk lives as long as the
application: a pane that is closed and opened again finds the answer that came meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace
from textual.signal import Signal

from tui_selector.app.chat_answerer import Answerer
from tui_selector.app.chat_question import Question, Readiness
from tui_selector.app.chat_subjects import Offer, Subjects
from tui_selector.chat.conversation import ChatPhoto, Conversation, Turn, new_conversation
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
        fault: Why there is no answer to the last question, a sentence; "" where nothing is wrong.
        given_back: Text of a question that was not answered; whoever takes it empties this.
        answerer: Who answers.
        subjects: Whom the next question is about.
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
        self.fault = ""
        self.given_back = ""
        self.changed: Signal[None] = Signal(app, "chat")
        self.answerer = Answerer(app, self.look)
        self.subjects = Subjects(app, lambda: self.conversation)
        self._history = History(app.paths.chats)
        self._readiness = Readiness(app, self.subjects)
        # What the engine does before the first words of the answer.
        self._doing = ""
        self._heard = 0
        # What is being answered, perhaps of a conversation that is shown no more.
        self._asked: Question | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def answering(self) -> bool:
        """Whether an answer to this conversation is on its way."""
        return self._asked is not None and self._is_shown(self._asked)

    @property
    def doing(self) -> str:
        """What is waited for, or done, before the first words of the answer; "" once they come."""
        asked = self._asked
        if asked is None or (self.shown and not asked.stopped):
            return ""
        return self._readiness.words(asked, self._doing)

    def toggle(self, photo: int) -> None:
        """Ask about a photo with the next question, or do not."""
        self.subjects.toggle(photo)
        self.look()

    def offer(self, photos: Offer | None) -> None:
        """See `Subjects.offer`."""
        self.subjects.offer(photos)
        self.look()

    def album_changed(self) -> None:
        """See whom the next question is about: photos, marks or the cursor may have changed."""
        self.subjects.marks_changed()
        self.look()

    # -- asking ------------------------------------------------------------------------------

    def ask(self, text: str) -> bool:
        """Ask about the photos in question; whether that can be done now.

        It is shown at once, and waits for the engine and for photos where they are not there yet.
        """
        if self.answering or not text.strip():
            return False
        before = self.conversation
        *turns, turn = before.asked(text).turns
        # As they will be numbered, unless some of them are gone by now.
        turn = replace(turn, photos=self.subjects.numbers)
        self._begin(Question(replace(before, turns=(*turns, turn)), text, before))
        return True

    def retry(self) -> bool:
        """Ask the last question again; whether there is one."""
        before = self.conversation
        again = before.retried()
        if self.answering or again.question is None:
            return False
        self._begin(Question(again, "", before))
        return True

    def stop(self) -> None:
        """Cut the answer short that is on its way."""
        asked = self._asked
        if asked is not None and not asked.stopped:
            asked.stopped = True
            self.look()
            if asked.sent:
                self._app.run_worker(self._stop(), name="stop chat")

    async def _stop(self) -> None:
        from tui_selector.engine.client import EngineError

        try:
            await self._app.link.request(StopChat())
        except EngineError:
            return  # the question that is asked meets the same trouble and says it

    def _begin(self, question: Question) -> None:
        """Show a question as asked, and see to its answer."""
        self.conversation = question.conversation
        self.shown = self._doing = self.fault = self.given_back = ""
        self._asked = question
        self._task = asyncio.create_task(self._see_to(question, self._task))
        self.look()

    async def _see_to(self, question: Question, former: asyncio.Task[None] | None) -> None:
        """Have a question answered, and take up what comes of it."""
        from tui_selector.engine.client import EngineError

        sentence = ""
        answered: ChatAnswered | None = None
        if former is not None:
            # It answers a question of a conversation that is shown no more.
            await asyncio.wait({former})
        try:
            answered = await self._answered(question)
        except EngineError as error:
            sentence = printable(str(error))
        if answered is not None and answered.turn.stopped and not answered.turn.text.strip():
            answered = None
        if answered is None:
            sentence = sentence or _NOTHING_SAID
        turn = answered.turn if answered is not None else self._broken_off(question, sentence)
        if turn is not None:
            await self._take(question, turn, answered.photos if answered is not None else ())
        elif self._is_shown(question):
            photos = self.conversation.photos
            self.conversation = replace(question.before, photos=photos)
            self.fault, self.given_back = sentence, question.text
        if self._asked is question:
            self._asked = None
        if self.answerer.offers is None:
            await self.answerer.look()
        if self._is_shown(question):
            self.shown = self._doing = ""
        self.look()

    async def _answered(self, question: Question) -> ChatAnswered | None:
        """What the engine answers, once it can be asked; None where it was stopped before that.

        Raises:
            EngineError: There is no answer.
        """
        if question.text:
            await self._readiness.photos(question)
            await self._join(question)
        await self._readiness.engine(question)
        if question.stopped:
            return None
        question.sent = True
        self.look()
        answer = await self._app.link.request(AskChat(conversation=question.conversation))
        assert isinstance(answer, ChatAnswered)
        return answer

    async def _join(self, question: Question) -> None:
        """Find out whom a question is about, and number those that are new.

        Raises:
            EngineError: The catalog cannot be read.
        """
        from tui_selector.engine.client import EngineError

        album = self._app.album
        if question.stopped or not self._is_shown(question):
            question.stopped = True
            return
        before, asked = question.before, question.conversation
        is_tab = album is not None and album.query.tab > 0 and not self.subjects.are_offered
        chosen = self.subjects.take()

        def look(catalog: Catalog) -> tuple[Conversation, list[ChatPhoto]]:
            return refreshed(catalog, before), read_photos(catalog, chosen.joining)

        found = await self._app.reader.ask(look)
        if found is None:
            raise EngineError(self._app.trouble or "The catalog cannot be read; ask again.")
        here = found[0].joined(found[1])
        numbers = {photo.id: photo.number for photo in here.photos}
        turn = replace(
            asked.turns[-1],
            photos=tuple(numbers[id_] for id_ in chosen.about if id_ in numbers),
        )
        question.conversation = replace(
            here,
            turns=(*before.turns, turn),
            tab=album.query.tab if album is not None and is_tab else None,
        )
        if self._is_shown(question):
            self.conversation = question.conversation
            self.look()

    def _broken_off(self, question: Question, sentence: str) -> Turn | None:
        """What has come of an answer, with why there is no more of it; None where nothing has."""
        if not (self._is_shown(question) and self.shown.strip()):
            return None
        asked = question.conversation.turns[-1]
        return Turn(
            who="assistant",
            text=self.shown,
            photos=asked.photos,
            when=asked.when,
            by=self.answerer.name,
            notes=(sentence,),
            stopped=True,
        )

    async def _take(self, question: Question, turn: Turn, photos: Sequence[ChatPhoto]) -> None:
        """Take up an answer, and keep it with its question."""
        known = {photo.number: photo for photo in photos}
        asked = question.conversation
        if self._is_shown(question):
            now = tuple(known.get(photo.number, photo) for photo in self.conversation.photos)
            self.conversation = replace(self.conversation, photos=now).said(turn)
            asked = replace(asked, photos=now)
        try:
            await asyncio.to_thread(self._keep, asked, turn, not question.text)
        except HistoryError as error:
            self._app.say(printable(str(error)), "warning")

    def _keep(self, asked: Conversation, turn: Turn, again: bool) -> None:
        if not again:
            self._history.keep(asked)
        self._history.keep(asked.said(turn))

    def _is_shown(self, question: Question) -> bool:
        """Whether the conversation that a question belongs to is still the one on screen."""
        return self.conversation.id == question.conversation.id

    def hear(self, piece: ChatPiece) -> None:
        """Take in more of the answer that is on its way."""
        asked = self._asked
        if not self.answering or asked is None or not asked.sent or piece.question < self._heard:
            return
        self._heard = piece.question
        self.shown = self.shown[: piece.at] + piece.text
        self._doing = printable(piece.doing)
        self.look()

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
        self.conversation = conversation
        self.subjects.forget()
        self.shown = self._doing = self.fault = self.given_back = ""
        self.look()

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
            self.look()
            return
        now = await self._read(lambda catalog: refreshed(catalog, before))
        if now is not None and self.conversation.id == before.id:
            photos = self.conversation.photos[len(now.photos) :]
            self.conversation = replace(self.conversation, photos=(*now.photos, *photos))
        self.look()

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

    def look(self) -> None:
        """Let whoever shows the conversation look at it again."""
        self._readiness.look()
        self.changed.publish(None)


def _is_done(proposal: Proposal, photo: Photo, *, is_marked: bool) -> bool:
    """Whether a photo is already as it was proposed."""
    if proposal.act == "mark":
        return is_marked
    if proposal.act == "rate":
        return photo.rating == proposal.stars
    return photo.flag is (Flag.PICK if proposal.act == "keep" else Flag.REJECT)
