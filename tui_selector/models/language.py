"""Models that answer in words: what they are told and how they answer, wherever they run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError

if TYPE_CHECKING:
    from PIL import Image

#: Most tokens of an answer, unless somebody wants fewer.
MOST_TOKENS = 1024


class Picture(NamedTuple):
    """A picture in a message.

    Attributes:
        key: Which picture it is: what was made of a picture of the same key may be used again.
        load: Gives it, upright RGB, of at most so many pixels (width times height). What it raises
            goes to whoever asked the model.
    """

    key: str
    load: Callable[[int], Image.Image]


Part: TypeAlias = str | Picture


class Message(NamedTuple):
    """A message to a model: texts and pictures in the order in which they are read."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]


def _unheard(sentence: str) -> None:
    """Nobody listens."""


class LanguageModel(ABC):
    """Goes on with conversations. Used by one thread at a time, unless `at_once` says more."""

    #: What it is called on screen, and what is made with it is kept under.
    name: str
    #: Whether it looks at pictures; one that does not is shown none.
    sees: bool
    #: Where pictures go, for the eye: "", where they stay in this process, or the server's address.
    sends_to: str = ""
    #: How many may ask it at once.
    at_once: int = 1
    #: How many conversations `answer_each` answers in about the time of one.
    together: int = 1

    @property
    def is_loaded(self) -> bool:
        """Whether it holds memory that `close` gives back."""
        return False

    def give_back(self) -> bool:
        """Close it, unless it is being asked; whether it was closed. Waits for nothing."""
        return False

    @abstractmethod
    def stream(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        *,
        most_tokens: int = MOST_TOKENS,
        report: Callable[[str], None] = _unheard,
    ) -> Iterator[str]:
        """Answer the last message piece by piece: raw, hostile text.

        Nothing is yielded any more once `stop` returns True, which is not an error; it is called
        often and from any thread. Closing the iterator stops, too.

        Args:
            messages: The conversation; the last one is the user's.
            stop: Whether nobody wants the answer any more.
            most_tokens: After so many the answer ends.
            report: Is told in a sentence what is done before the first words.

        Raises:
            ModelError: There is no answer, or no more of it; the message is a sentence.
        """

    def answer(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> str:
        """All of the answer at once; what there is of it once `stop` returns True.

        Raises:
            ModelError: As `stream`.
        """
        return "".join(self.stream(messages, stop, most_tokens=most_tokens))

    def bound_answer(
        self,
        messages: Sequence[Message],
        bound: Bound,
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> str | None:
        """Answer with what may be answered and nothing else, whatever the model would rather say.

        Args:
            messages: As `stream` takes them.
            bound: What the answer has to be.
            stop: Whether nobody wants the answer any more; what there is of it then is returned.
            most_tokens: After so many the answer ends, whole or not.

        Returns:
            None where the model cannot be held to that; `answer` is asked then, and read with more
            care.

        Raises:
            ModelError: As `stream`.
        """
        return None

    def answer_each(
        self,
        conversations: Sequence[Sequence[Message]],
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> list[str | ModelError]:
        """Answer conversations that have nothing to do with each other.

        Args:
            conversations: As `stream` takes each.
            stop: Whether nobody wants more answers; those that are missing then are "".
            most_tokens: Of each answer.

        Returns:
            For each the answer, or why there is none.
        """
        answers: list[str | ModelError] = []
        for conversation in conversations:
            try:
                text = "" if stop() else self.answer(conversation, stop, most_tokens=most_tokens)
            except ModelError as error:
                answers.append(error)
            else:
                answers.append(text)
        return answers

    def close(self) -> None:  # noqa: B027 - most hold none
        """Give back the memory that it holds; it may be asked again, and is slower then."""
