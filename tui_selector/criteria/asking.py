"""Asking a model, each thing once: what is known from before is not asked again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tui_selector.criteria.answers import is_refusal
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import Step
from tui_selector.criteria.store import RunStore, question_key
from tui_selector.criteria.ways.way import Broken, Interrupted, Stop
from tui_selector.library.folder.files import DecodeError
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import LanguageModel, Message, Part, Picture

if TYPE_CHECKING:
    from PIL import Image

#: Questions in a row that fail before the run is stopped: then it is the model that is gone.
MOST_FAILURES = 3
#: Longest time that an answer may take, seconds.
PATIENCE = 180.0
#: Most tokens of an answer about one photo, and about several or a list.
SHORT, LONG = 160, 800

#: Gives a picture, upright RGB, of at most so many pixels (width times height).
Load = Callable[[Subject, int], "Image.Image"]


class Answered(NamedTuple):
    """An answer, or (`text` is "") why there is none."""

    text: str
    failed: str = ""
    cached: bool = False


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

    def ask(self, system: str, question: str, picture: Subject | None = None) -> Answered:
        """Ask once.

        Raises:
            Interrupted: The run is stopped.
            Broken: The model does not answer any more.
        """
        if self._stop():
            raise Interrupted
        self.calls += 1
        end = self._clock() + PATIENCE
        late = False

        def stop() -> bool:
            nonlocal late
            late = late or self._clock() > end
            return late or self._stop()

        parts: list[Part] = []
        if picture is not None:
            parts.append(Picture(picture.key, partial(self._load, picture)))
        parts.append(question)
        told = [Message("system", (system,))] if system else []
        told.append(Message("user", tuple(parts)))
        try:
            text = self.model.answer(told, stop, most_tokens=LONG if system else SHORT)
        except ModelError as error:
            return self._fail(str(error))
        except (DecodeError, OSError) as error:
            return Answered("", f"The picture cannot be read: {error}")
        if self._stop():
            raise Interrupted
        if late:
            return self._fail(f"{self.model.name} did not answer within {PATIENCE:.0f} seconds.")
        self._failures = 0
        if is_refusal(text):
            return Answered("", f"{self.model.name} refuses to answer.")
        if not text.strip():
            return Answered("", f"{self.model.name} answers nothing.")
        return Answered(text)

    def _fail(self, sentence: str) -> Answered:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise Broken(sentence)
        return Answered("", sentence)

    def _key(self, step: Step, system: str, item: str, picture: Subject | None) -> bytes:
        attempt = str(self._attempts.get(step, 0))
        shown = picture.key if picture is not None else ""
        return question_key(self._known_as, step, attempt, system, item, shown)
