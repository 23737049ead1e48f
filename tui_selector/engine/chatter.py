"""Answers questions about photos for clients, each in a thread of its own, piece by piece."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import NamedTuple

from tui_selector.chat.backend import Backend, ChatError, ChatRequest
from tui_selector.chat.conversation import LONGEST_ANSWER, Conversation, Turn
from tui_selector.chat.photos import refreshed
from tui_selector.chat.proposals import read_answer, so_far
from tui_selector.engine.chat_messages import (
    AskChat,
    ChatAnswered,
    ChatPiece,
    ChooseChat,
    ListChatModels,
)
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.chat_pictures import Pictures
from tui_selector.engine.chat_taste import taste_in_words
from tui_selector.engine.protocol import AnyAnswer, AnyEvent, Failure, Progress
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.display import printable
from tui_selector.library.photo import State
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Seconds between two pieces that are sent: what comes quicker is sent together.
_PACE = 0.05
#: Seconds that a leaving engine waits for answers to end.
_LEAVING = 5.0
#: Seconds between two looks whether an answer is still wanted that waits for photos.
_LOOK = 0.25
#: Stages in which photos that nobody has looked at yet are about to be looked at.
_COMING = ("starting", "scanning", "indexing")

Reply = Future[AnyAnswer]


class _Asked(NamedTuple):
    """A question under way."""

    client: int
    question: AskChat
    reply: Reply
    stopped: threading.Event

    def is_over(self) -> bool:
        """Whether nobody wants the answer, or any more of it."""
        return self.stopped.is_set() or self.reply.cancelled()

    def resolve(self, answer: AnyAnswer) -> None:
        """Answer, where the client still waits."""
        if self.reply.set_running_or_notify_cancel():
            self.reply.set_result(answer)


class Chatter:
    """See the head of this module. Methods are for any thread.

    Attributes:
        models: Who can answer.
    """

    def __init__(
        self,
        library: LibraryPaths,
        models: ChatModels,
        tell: Callable[[int, AnyEvent], None],
        *,
        progress: Callable[[], Progress] = lambda: Progress(stage="idle"),
        look: Callable[[Sequence[int]], None] = lambda photos: None,
    ) -> None:
        """
        Args:
            library: Whose photos.
            models: Who can answer.
            tell: Tells one client.
            progress: Says how far the indexing of photos is; who changes it calls `note`.
            look: Has these photos indexed first.
        """
        self.models = models
        self._progress, self._look = progress, look
        self._news = threading.Condition()
        self._library = library
        self._tell = tell
        self._lock = threading.Lock()
        self._under_way: dict[int, _Asked] = {}
        self._threads: set[threading.Thread] = set()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        with self._lock:
            return bool(self._under_way)

    def ask(self, question: AskChat, client: int) -> Reply:
        """Have a question answered; an answer to the same client that is under way is stopped.

        Cancelling what is returned stops it, too.
        """
        asked = _Asked(client, question, Future(), threading.Event())
        with self._lock:
            before = self._under_way.get(client)
            if before is not None:
                before.stopped.set()
            self._under_way[client] = asked
            thread = threading.Thread(target=self._run, args=(asked,), name="chat", daemon=True)
            self._threads.add(thread)
        thread.start()
        return asked.reply

    def stop(self, client: int) -> None:
        """Cut the answer to a client short, if there is one under way."""
        with self._lock:
            asked = self._under_way.get(client)
        if asked is not None:
            asked.stopped.set()

    def note(self) -> None:
        """Photos were indexed, or will not be: answers that wait for some look again."""
        with self._news:
            self._news.notify_all()

    def choose(self, request: ListChatModels | ChooseChat) -> AnyAnswer:
        """Tell who can answer, after choosing one of them where that is asked; takes a while."""
        try:
            if isinstance(request, ChooseChat):
                self.models.choose(request.model)
            return self.models.offers()
        except (ChatError, CatalogError) as error:
            return Failure(sentence=printable(str(error)))
        except sqlite3.Error as error:
            return Failure(sentence=f"The catalog cannot be used ({error}).")

    def close(self) -> None:
        """Cut all answers short and let go of the models."""
        with self._lock:
            threads = list(self._threads)
            for asked in self._under_way.values():
                asked.stopped.set()
        until = time.monotonic() + _LEAVING
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        self.models.close()

    # -- a question's thread -------------------------------------------------------------------

    def _run(self, asked: _Asked) -> None:
        try:
            answer = self._answered(asked)
        except (ChatError, CatalogError) as error:
            answer = Failure(sentence=printable(str(error)))
        except sqlite3.Error as error:
            _log.exception("the catalog cannot be read for a chat")
            answer = Failure(sentence=f"The catalog cannot be read ({error}).")
        except Exception:
            _log.exception("a question about photos failed")
            answer = Failure(sentence="Answering failed; the engine's log says more.")
        with self._lock:
            if self._under_way.get(asked.client) is asked:
                del self._under_way[asked.client]
            self._threads.discard(threading.current_thread())
        asked.resolve(answer)

    def _answered(self, asked: _Asked) -> AnyAnswer:
        """
        Raises:
            ChatError: There is no answer.
            CatalogError: The catalog cannot be opened.
            sqlite3.Error: It cannot be read.
        """
        question = asked.question
        if question.conversation.question is None:
            return Failure(sentence="The conversation has no question to answer.")
        backend = self.models.backend(
            question.model, url=question.url, allow_remote=question.allow_remote
        )
        telling = _Telling(lambda piece: self._tell(asked.client, piece), question.number)
        with Catalog.open(self._library) as catalog:
            if not backend.sees:
                self._wait_for_photos(catalog, asked, telling.report)
            conversation = refreshed(catalog, question.conversation)
            pictures = Pictures(catalog, conversation)
        request = ChatRequest(
            conversation=conversation,
            picture=pictures.picture,
            taste=taste_in_words(self._library, conversation) if backend.sees else "",
            report=telling.report,
        )
        self.models.begin()
        try:
            with self._turn(backend, asked, telling.report):
                pieces = iter(()) if asked.is_over() else backend.answer(request, asked.is_over)
                with _closing(pieces):
                    for piece in pieces:
                        telling.add(piece)
                        if asked.is_over() or telling.is_full:
                            break
        except ChatError:
            # Whoever asked keeps what there was of the answer.
            telling.send()
            raise
        finally:
            self.models.end()
        return self._whole(asked, conversation, backend, telling)

    def _wait_for_photos(
        self, catalog: Catalog, asked: _Asked, report: Callable[[str], None]
    ) -> None:
        """Wait until the photos of a question were looked at, as long as somebody is about to.

        Raises:
            sqlite3.Error: The catalog cannot be read.
        """
        conversation = asked.question.conversation
        about = conversation.question.photos if conversation.question is not None else ()
        ids = [photo.id for photo in conversation.photos if photo.number in about]
        said, wanted = "", False
        while not asked.is_over():
            left = sum(photo.state is State.FOUND for photo in catalog.photos.get(ids))
            progress = self._progress()
            if not left or progress.stage not in _COMING:
                return
            if not wanted:
                self._look(ids)
                wanted = True
            words = _waiting_words(progress, len(ids) - left, len(ids))
            if words != said:
                report(words)
                said = words
            with self._news:
                self._news.wait(_LOOK)

    @contextmanager
    def _turn(
        self, backend: Backend, asked: _Asked, report: Callable[[str], None]
    ) -> Iterator[None]:
        """Wait for a model that answers somebody else, as long as the answer is wanted."""
        lock = self.models.turn(backend)
        holds = lock.acquire(blocking=False)
        if not holds:
            report("Another question is being answered first …")
        while not holds and not asked.is_over():
            holds = lock.acquire(timeout=_PACE)
        try:
            yield
        finally:
            if holds:
                lock.release()

    def _whole(
        self, asked: _Asked, conversation: Conversation, backend: Backend, telling: _Telling
    ) -> AnyAnswer:
        """The answer as it stands at the end."""
        about = conversation.question
        assert about is not None
        stopped = asked.is_over() or telling.is_full
        read = read_answer(telling.text, conversation.numbers)
        if not (read.text or read.proposals or stopped):
            raise ChatError(f"{backend.name} gave no answer; ask again, or ask otherwise.")
        turn = Turn(
            who="assistant",
            text=read.text,
            photos=about.photos,
            when=time.time(),
            by=printable(backend.name),
            # A proposal that was cut short may not be the one that was meant.
            proposals=() if stopped else read.proposals,
            notes=() if stopped else read.notes,
            stopped=stopped,
        )
        return ChatAnswered(
            turn=turn,
            photos=conversation.photos,
            sees=backend.sees,
            sends_to=backend.sends_to,
            waited=round(telling.waited, 3),
            seconds=round(time.monotonic() - telling.began, 3),
        )


def _waiting_words(progress: Progress, looked: int, photos: int) -> str:
    """What a question waits for whose photos were not all looked at."""
    if not progress.model:
        return "The model that looks at new photos is being prepared …"
    if photos == 1:
        return "The photo is new and is being looked at …"
    return f"{looked} of {photos} photos are looked at, the others are new …"


class _Telling:
    """Sends an answer as it comes.

    Attributes:
        text: All that was written.
        began: When, on the monotonic clock.
        waited: Seconds until the first words; 0 before them.
    """

    def __init__(self, send: Callable[[ChatPiece], None], question: int) -> None:
        self.text = ""
        self.began = time.monotonic()
        self.waited = 0.0
        self._send = send
        self._question = question
        self._shown = ""
        self._sent = 0.0

    @property
    def is_full(self) -> bool:
        """Whether no more is read."""
        return len(self.text) >= LONGEST_ANSWER

    def report(self, sentence: str) -> None:
        """Say what is done before the first words."""
        at = len(self._shown)
        self._send(ChatPiece(question=self._question, at=at, doing=printable(sentence)))

    def add(self, piece: str) -> None:
        """Send more of the answer, unless some was sent just now."""
        self.text += piece
        now = time.monotonic()
        self.waited = self.waited or now - self.began
        if now - self._sent >= _PACE:
            self._sent = now
            self.send()

    def send(self) -> None:
        """Send what was not sent yet."""
        shown = so_far(self.text).rstrip()
        at = _same(self._shown, shown)
        if at < max(len(shown), len(self._shown)):
            self._send(ChatPiece(question=self._question, at=at, text=shown[at:]))
            self._shown = shown


def _same(before: str, now: str) -> int:
    """How many characters at the beginning two texts have in common."""
    if now.startswith(before):
        return len(before)
    return next((n for n, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), len(now))


@contextmanager
def _closing(pieces: Iterator[str]) -> Iterator[None]:
    """End an iterator when the block does, not when somebody collects it."""
    try:
        yield
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
