"""A language model as the one that answers in a conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tui_selector.chat import prompt
from tui_selector.chat.backend import Backend, ChatError, ChatRequest
from tui_selector.chat.conversation import Conversation
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import MOST_TOKENS, LanguageModel, Message, Part, Picture

#: Between these a model thinks aloud; nobody else reads it.
_THINKS, _THOUGHT = "<think>", "</think>"


class ModelBackend(Backend):
    """Puts a conversation into words and pictures for a model.

    Attributes:
        model: The model.
    """

    def __init__(self, model: LanguageModel, *, most_tokens: int = MOST_TOKENS) -> None:
        self.model = model
        self.name = model.name
        self.sees = model.sees
        self.sends_to = model.sends_to
        self._most_tokens = most_tokens

    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        """See `Backend.answer`."""
        said = prompt.messages(request.conversation, request.taste, sees=self.sees)
        try:
            pieces = self.model.stream(
                in_turns(self._shown(request, each) for each in said),
                stop,
                most_tokens=self._most_tokens,
                report=request.report,
            )
            yield from without_thoughts(pieces)
        except ModelError as error:
            raise ChatError(str(error)) from error
        finally:
            self.name = self.model.name  # which a server tells when it is asked

    def close(self) -> None:
        """See `Backend.close`."""
        self.model.close()

    def _shown(self, request: ChatRequest, message: prompt.Message) -> Message:
        parts: list[Part] = []
        for part in message.parts:
            if isinstance(part, prompt.Shown):
                key = _key(request.conversation, part.number)
                parts.append(Picture(key, partial(request.picture, part.number)))
            else:
                parts.append(part)
        return Message(message.role, tuple(parts))


def in_turns(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Messages in which the user and the assistant take turns, as chat templates want it."""
    told: list[Message] = []
    for message in messages:
        if told and told[-1].role == message.role:
            told[-1] = Message(message.role, (*told[-1].parts, "\n\n", *message.parts))
        else:
            told.append(message)
    return tuple(told)


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """An answer without what a model thinks aloud before it."""
    head = ""
    thinks: bool | None = None
    for piece in pieces:
        if thinks is False:
            yield piece
            continue
        head += piece
        begin = head.lstrip()
        if thinks is None:
            if _THINKS.startswith(begin[: len(_THINKS)]) and len(begin) < len(_THINKS):
                continue
            thinks = begin.startswith(_THINKS)
        if thinks and _THOUGHT in head:
            head, thinks = head.partition(_THOUGHT)[2].lstrip(), False
        if thinks is False and head:
            yield head
            head = ""
    if not thinks and head:
        yield head


def _key(conversation: Conversation, number: int) -> str:
    """What tells the picture of a photo from all others."""
    photo = conversation.photo(number)
    return "" if photo is None else photo.key or f"photo {photo.id}"
