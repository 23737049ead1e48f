"""A thread that answers what clients ask of the catalog, one question after the other."""

from __future__ import annotations

import logging
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from tui_selector.engine.messages import Request
from tui_selector.engine.protocol import AnyAnswer, Failure
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Seconds until a catalog that could not be used is tried again.
PAUSE = 5.0

Question = TypeVar("Question", bound=Request)
Reply: TypeAlias = Future[AnyAnswer]
Job: TypeAlias = Callable[[], None]


class Waiting(NamedTuple, Generic[Question]):
    """Who asks, what, and where the answer goes."""

    client: int
    question: Question
    reply: Reply

    def resolve(self, answer: AnyAnswer) -> None:
        """Answer, where the client still waits."""
        if self.reply.set_running_or_notify_cancel():
            self.reply.set_result(answer)


class AnsweringThread(ABC, Generic[Question]):
    """See the head of this module. Methods without an underscore are for any thread."""

    #: What a client is told whose waiting question a newer one of its own replaces.
    _replaced = "A newer question took the place of this one."
    #: What a client is told whose question a bug has ended.
    _broken = "This failed; the engine's log says more."

    def __init__(self, name: str, paths: LibraryPaths) -> None:
        """Prepare the thread.

        Args:
            name: Of the thread.
            paths: Of the library.
        """
        self._paths = paths
        self._changed = threading.Condition()
        self._questions: list[Waiting[Question]] = []
        self._aside: list[Waiting[Question]] = []
        self._working = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End after what is being done."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def busy(self) -> bool:
        """Whether something is being done, or somebody waits for it."""
        with self._changed:
            return bool(self._working or self._questions or self._aside)

    def ask(self, question: Question, client: int) -> Reply:
        """Have a question answered; what it replaces of the same client is dropped."""
        asked = Waiting(client, question, Future())
        with self._changed:
            for queue in (self._questions, self._aside):
                for older in [each for each in queue if each.client == client]:
                    if self._replaces(question, older.question):
                        queue.remove(older)
                        older.resolve(Failure(sentence=self._replaced))
            self._questions.append(asked)
            self._changed.notify()
        return asked.reply

    # -- for the work, in the thread -------------------------------------------------------------

    @abstractmethod
    def _answer(self, catalog: Catalog, asked: Waiting[Question]) -> AnyAnswer | None:
        """Answer a question; None where it was put into `_aside`, to be asked again later.

        Raises:
            sqlite3.Error: The catalog cannot be used; it is opened anew.
        """

    def _replaces(self, newer: Question, older: Question) -> bool:
        """Whether a client that asks this needs no answer to that any more."""
        return type(newer) is type(older)

    def _begin(self, catalog: Catalog) -> None:
        """Called with each catalog that is opened, before any work."""

    def _rest(self) -> None:
        """Called after each piece of work."""

    def _is_ready(self) -> bool:
        """Whether questions can be answered yet; called under the lock."""
        return True

    def _other_work(self, catalog: Catalog) -> Job | float | None:
        """What is to be done while nobody asks; called under the lock.

        Returns:
            A piece of work, or the seconds until there may be one, or None where only a change
            brings some.
        """
        return None

    # -- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            try:
                with Catalog.open(self._paths) as catalog:
                    self._serve(catalog)
            except CatalogError as error:
                self._refuse(str(error))
            except sqlite3.Error as error:
                _log.exception("the %s cannot use the catalog", self._thread.name)
                self._refuse(f"The catalog cannot be read ({error}).")
        self._refuse("The engine is leaving.")

    def _serve(self, catalog: Catalog) -> None:
        """Do what there is to do, until the end."""
        try:
            self._begin(catalog)
            while job := self._next(catalog):
                job()
                with self._changed:
                    self._working = False
                self._rest()
        except sqlite3.Error as error:
            if catalog.suspect(error):
                self._rest()
            raise

    def _next(self, catalog: Catalog) -> Job | None:
        """Wait for something to do; None at the end."""
        with self._changed:
            while not self._stopping:
                if self._questions and self._is_ready():
                    self._working = True
                    return partial(self._reply, catalog, self._questions.pop(0))
                other = self._other_work(catalog)
                if callable(other):
                    self._working = True
                    return other
                self._changed.wait(other)
        return None

    def _reply(self, catalog: Catalog, asked: Waiting[Question]) -> None:
        if asked.reply.cancelled():
            return
        try:
            answer = self._answer(catalog, asked)
        except sqlite3.Error as error:
            asked.resolve(Failure(sentence=f"The catalog cannot be read ({error})."))
            raise
        except Exception as error:
            _log.exception("%s failed", type(asked.question).__name__)
            catalog.suspect(error)
            answer = Failure(sentence=self._broken)
        if answer is not None:
            asked.resolve(answer)

    def _refuse(self, sentence: str) -> None:
        """Say to everyone who asks that there is no catalog, and wait a little."""
        with self._changed:
            questions = [*self._aside, *self._questions]
            self._aside.clear()
            self._questions.clear()
            self._working = False
        for asked in questions:
            asked.resolve(Failure(sentence=sentence))
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._questions, PAUSE)
