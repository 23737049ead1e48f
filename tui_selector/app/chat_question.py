"""A question on its way to the engine, and what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_selector.chat.conversation import Conversation
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.chat_subjects import Subjects

#: Stages of an engine that looks for photos, or has not begun to.
_LOOKING = ("starting", "scanning", "indexing")


class Question:
    """A question, from the key that sends it to the end of its answer.

    Attributes:
        conversation: With the question as its last turn.
        text: As it was typed, to be given back; "" where it was asked again.
        before: What to go back to where there is no answer.
        sent: Whether the engine has it.
        stopped: Whether no answer is wanted any more.
    """

    def __init__(self, conversation: Conversation, text: str, before: Conversation) -> None:
        self.conversation, self.text, self.before = conversation, text, before
        self.sent = self.stopped = False


class Readiness:
    """Knows whether a question can be sent, and says what it waits for."""

    def __init__(self, app: SelectorApp, subjects: Subjects) -> None:
        """
        Args:
            app: The application.
            subjects: Knows whom a question is about.
        """
        self._app, self._subjects = app, subjects
        self._news = asyncio.Event()
        app.album_changed.subscribe(app, lambda _: self._news.set(), immediate=True)
        app.status_changed.subscribe(app, lambda _: self._news.set(), immediate=True)

    def look(self) -> None:
        """Look again: something has changed that neither the album nor the engine tells."""
        self._news.set()

    async def photos(self, question: Question) -> None:
        """Wait until it is known which photos to ask about, or that there are none."""
        await self._until(lambda: question.stopped or not self._lacks(question))

    async def engine(self, question: Question) -> None:
        """Wait until the engine is there, or is not to be."""
        link = self._app.link
        await self._until(lambda: question.stopped or link.connected or link.gave_up)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._news.clear()
            await self._news.wait()

    def _lacks_photos(self, question: Question) -> bool:
        """Whether no photo is known yet, and some may come."""
        app, album = self._app, self._app.album
        if question.conversation.photos or app.trouble or app.link.gave_up:
            return False
        if album is None:
            return True
        if album.tabs[0].count or album.marks:
            return False
        return not app.link.connected or app.progress.stage in _LOOKING

    def _lacks(self, question: Question) -> bool:
        """Whether it is not known yet which photos to ask about, and will be."""
        if self._lacks_photos(question):
            return True
        return not (self._app.link.gave_up or self._subjects.are_known)

    def words(self, question: Question, doing: str) -> str:
        """What is waited for, or done, before the first words of an answer; printable.

        Args:
            question: What was asked.
            doing: What the engine says that it does for it; "" for nothing.
        """
        if question.stopped:
            return "Stopping …"
        link = self._app.link
        if not link.connected:
            trouble = f"{printable(link.trouble)} " if link.trouble else ""
            return f"{trouble}Waiting for the engine, which is starting …"
        if not question.sent and self._lacks_photos(question):
            return "Waiting for photos, which the engine looks for …"
        if not question.sent and self._lacks(question):
            return "Waiting for the photos of this view, which the engine works at …"
        if not doing and self._app.progress.stage == "starting":
            return "Waiting for the engine, which is starting …"
        return doing or "Thinking …"
