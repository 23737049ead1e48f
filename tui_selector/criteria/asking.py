"""Asking a model, each thing once: what is known from before is not asked again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui_selector.criteria.answers import is_refusal
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import Step
from tui_selector.criteria.store import RunStore, question_key
from tui_selector.criteria.ways.way import Broken, Interrupted, Stop
from tui_selector.library.folder.files import DecodeError
from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import LanguageModel, Message, Picture

if TYPE_CHECKING:
    from PIL import Image

#: Questions in a row that fail before the run is stopped: then it is the model that is gone.
MOST_FAILURES = 3
#: Longest time that an answer may take, seconds.
PATIENCE = 180.0
#: Most tokens of an answer about one photo, and about several or a list.
SHORT, LONG = 160, 800

Conversations: TypeAlias = "Sequence[Sequence[Message]]"

#: Gives a picture, upright RGB, of at most so many pixels (width times height).
Load = Callable[[Subject, int], "Image.Image"]


class UnreadableError(ModelError):
    """A picture cannot be read, which is no fault of the model."""


class Answered(NamedTuple):
    """An answer, or (`text` is "") why there is none.

    Attributes:
        text: What the model wrote.
        failed: One sentence; "" where nothing went wrong.
        is_bound: Whether the model was held to the answers that there are.
    """

    text: str
    failed: str = ""
    is_bound: bool = False


class Asker:
    """Asks a model for one run.

    Attributes:
        calls: How many answers the model was asked for.
    """

    def __init__(
        self,
        model: LanguageModel,
        store: RunStore,
        stop: Stop,
        load: Load,
        *,
        known_as: str = "",
        attempts: dict[Step, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            model: Who is asked.
            store: Where answers are kept.
            stop: Tells that the run is to be stopped.
            load: Gives pictures; raises `DecodeError` or `OSError`.
            known_as: What the model's answers are kept under; "" is its name.
            attempts: How many times steps were to be asked afresh; earlier answers do not count.
            clock: Gives seconds.
        """
        self.model = model
        self.calls = 0
        self._store, self._stop, self._load, self._clock = store, stop, load, clock
        self._known_as = known_as or model.name
        self._attempts = attempts or {}
        self._failures = 0

    def known(self, step: Step, system: str, item: str, picture: Subject | None) -> str | None:
        """What was answered about an item before; None where that was never asked."""
        return self._store.answer(self._key(step, system, item, picture))

    def keep(
        self, step: Step, system: str, item: str, picture: Subject | None, answer: str
    ) -> None:
        """Keep what was answered about an item."""
        self._store.keep([(self._key(step, system, item, picture), answer)])

    def ask(self, system: str, question: str, bound: Bound | None = None) -> Answered:
        """Ask once.

        Args:
            system: What is to be done.
            question: About what.
            bound: What the answer has to be, where the model can be held to that.

        Raises:
            Interrupted: The run is stopped.
            Broken: The model does not answer any more.
        """
        told = [Message("system", (system,)), Message("user", (question,))]
        is_bound = False

        def ask(stop: Stop) -> list[str | ModelError]:
            nonlocal is_bound
            text = None
            if bound is not None:
                text = self.model.bound_answer(told, bound, stop, most_tokens=LONG)
                is_bound = text is not None
            return [self.model.answer(told, stop, most_tokens=LONG) if text is None else text]

        (answered,) = self._asked(1, ask)
        return answered._replace(is_bound=is_bound)

    def ask_each(self, question: str, pictures: Sequence[Subject]) -> Iterator[Answered]:
        """Ask the same about pictures, as many at once as the model takes in the time of one.

        Raises:
            Interrupted: The run is stopped.
            Broken: The model does not answer any more.
        """
        done = 0
        while done < len(pictures):
            some = pictures[done:][: max(1, self.model.together)]
            told = [[Message("user", (self._shown(picture), question))] for picture in some]

            def ask(stop: Stop, told: Conversations = told) -> list[str | ModelError]:
                return self.model.answer_each(told, stop, most_tokens=SHORT)

            yield from self._asked(len(some), ask)
            done += len(some)

    def _asked(
        self, count: int, ask: Callable[[Stop], list[str | ModelError]]
    ) -> Iterator[Answered]:
        """What a model answers, with what is wrong with that.

        Raises:
            Interrupted, Broken: As `ask`.
        """
        if self._stop():
            raise Interrupted
        self.calls += count
        end = self._clock() + PATIENCE
        late = False

        def stop() -> bool:
            nonlocal late
            late = late or self._clock() > end
            return late or self._stop()

        try:
            found = ask(stop)
        except ModelError as error:
            found = [error] * count
        if self._stop():
            raise Interrupted
        for answer in found:
            yield self._judged(answer, is_late=late)

    def _judged(self, answer: str | ModelError, *, is_late: bool) -> Answered:
        """
        Raises:
            Broken: Nothing but failures came lately.
        """
        if isinstance(answer, UnreadableError):
            return Answered("", str(answer))
        if isinstance(answer, ModelError):
            return self._fail(str(answer))
        if is_late:
            return self._fail(f"{self.model.name} did not answer within {PATIENCE:.0f} seconds.")
        self._failures = 0
        if is_refusal(answer):
            return Answered("", f"{self.model.name} refuses to answer.")
        if not answer.strip():
            return Answered("", f"{self.model.name} answers nothing.")
        return Answered(answer)

    def _shown(self, subject: Subject) -> Picture:
        def load(pixels: int) -> Image.Image:
            try:
                return self._load(subject, pixels)
            except (DecodeError, OSError) as error:
                raise UnreadableError(f"The picture cannot be read: {error}") from error

        return Picture(subject.key, load)

    def _fail(self, sentence: str) -> Answered:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise Broken(sentence)
        return Answered("", sentence)

    def _key(self, step: Step, system: str, item: str, picture: Subject | None) -> bytes:
        attempt = str(self._attempts.get(step, 0))
        shown = picture.key if picture is not None else ""
        return question_key(self._known_as, step, attempt, system, item, shown)
