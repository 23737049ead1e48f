"""What every message between clients and the engine is made of."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Anything that travels."""


class Request(Message, frozen=True, kw_only=True):
    """A client's wish; `number` is chosen by the client and repeated in the answer."""

    number: int = 0


class Answer(Message, frozen=True, kw_only=True):
    """The answer to the request with the same number."""

    number: int = 0
