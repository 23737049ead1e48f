"""Who answers: what every backend is asked, and how it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tui_selector.chat.conversation import Conversation

if TYPE_CHECKING:
    from PIL import Image


class ChatError(Exception):
    """There is no answer, or no more of it; the message is a sentence that says what to do."""


def _unheard(sentence: str) -> None:
    """Nobody listens."""


class ChatRequest(NamedTuple):
    """A question with everything that an answer may be made of.

    Attributes:
        conversation: Its last turn is the question.
        picture: Gives the photo of a number, upright RGB, of at most so many pixels (width times
            height); raises `ChatError` where it is gone or cannot be read.
        taste: What is known of the owner's taste, in a sentence; "" where nothing is.
        report: Is told in a sentence what is done before the first words ("Loading …").
    """

    conversation: Conversation
    picture: Callable[[int, int], Image.Image]
    taste: str = ""
    report: Callable[[str], None] = _unheard


class Backend(ABC):
    """Answers questions about photos, one at a time."""

    #: What it is called on screen.
    name: str
    #: Whether it looks at the photos; else it knows only what was measured.
    sees: bool
    #: Where pictures go, for the eye: "", where they stay in this process, or the server's address.
    sends_to: str = ""

    @abstractmethod
    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        """Answer the question piece by piece, as a model writes it: raw, hostile text.

        Nothing is yielded any more once `stop` returns True, which is not an error; it is called
        often and is quick. Closing the iterator stops, too.

        Raises:
            ChatError: It cannot be answered, or not any further.
        """

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Give back the memory that it holds; it may be asked again, and is slower then."""
