"""Messages as the OpenAI protocol writes them, and what its servers answer, read with mistrust."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tui_selector.chat.conversation import LONGEST_ANSWER
from tui_selector.chat.hostile import one_line
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import Message, Picture

if TYPE_CHECKING:
    import httpx2

#: Quality of the JPEGs that are sent, and bytes of one at most.
_QUALITY, _LARGEST = 85, 1_500_000
#: Longest explanation of a server that is shown, characters.
_LONGEST_REASON = 200
#: Bytes of an answer that does not come in pieces.
_MOST_BYTES = 4_000_000


class Refusal(Exception):  # noqa: N818 - what a server says, not what went wrong here
    """A server says no.

    Attributes:
        status: Of HTTP, or 0.
        reason: What it explains, printable.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


class _Said(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: Any = None


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model] = []


# -- what is sent ----------------------------------------------------------------------------------


def written(messages: Sequence[Message], pixels: int) -> list[dict[str, Any]]:
    """Messages as they are sent, pictures as data URLs of at most so many pixels each."""
    return [{"role": said.role, "content": _content(said, pixels)} for said in messages]


def _content(said: Message, pixels: int) -> str | list[dict[str, Any]]:
    texts = [part for part in said.parts if isinstance(part, str)]
    if len(texts) == len(said.parts):
        return "".join(texts)
    return [
        {"type": "image_url", "image_url": {"url": data_url(part, pixels)}}
        if isinstance(part, Picture)
        else {"type": "text", "text": part}
        for part in said.parts
    ]


def data_url(picture: Picture, pixels: int) -> str:
    """A picture as a JPEG in an address (RFC 2397), without what its file says about itself."""
    image = picture.load(pixels)
    image = image if image.mode == "RGB" else image.convert("RGB")
    quality = _QUALITY
    while True:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, exif=b"")
        if buffer.tell() <= _LARGEST or quality <= 40:
            break
        quality -= 15
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


# -- what comes back -------------------------------------------------------------------------------


async def pieces_of(
    response: httpx2.Response, tell: Callable[[str], None], silent: float, shown: str
) -> None:
    """Hand on an answer piece by piece.

    Args:
        response: Of the server, its status 200.
        tell: Is given every piece.
        silent: Seconds after which a server counts as gone.
        shown: The server's address, for the eye.

    Raises:
        ModelError: It is no answer, or breaks off.
        TimeoutError: The server fell silent.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        tell(await _whole(response, shown))
        return
    if kind != "text/event-stream":
        raise ModelError(
            f"{shown} does not answer as a chat server does ({one_line(kind or 'no type', 60)}); "
            "look at chat_url."
        )
    told = 0
    ended = False
    async for data in _events(response, silent):
        if data.strip() == "[DONE]":
            return
        choice = _choice(data, shown)
        if choice is None:
            continue
        text = choice.delta.content if choice.delta else None
        if text:
            told += len(text)
            tell(text)
        ended = ended or choice.finish_reason is not None
        if told > LONGEST_ANSWER:
            return
    if not ended:
        raise ModelError(f"{shown} broke off in the middle of its answer; ask again.")


async def _events(response: httpx2.Response, silent: float) -> AsyncIterator[str]:
    """The data of server-sent events as they come."""
    import httpx2

    source = httpx2.EventSource(response).__aiter__()
    while True:
        async with asyncio.timeout(silent):
            try:
                event = await anext(source)
            except StopAsyncIteration:
                return
        yield event.data


def _choice(data: str, shown: str) -> _Choice | None:
    """What one event says; None where it says nothing.

    Raises:
        ModelError: It is malformed, or says that the server failed.
    """
    if not data.strip():
        return None
    try:
        chunk = msgspec.json.decode(data, type=_Chunk)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ModelError(
            f"{shown} sent something that is no part of an answer; the answer ends here."
        ) from error
    if chunk.error is not None:
        raise ModelError(f"{shown} failed at this: {_reason(chunk.error)}.")
    return chunk.choices[0] if chunk.choices else None


async def _whole(response: httpx2.Response, shown: str) -> str:
    """An answer of a server that does not send pieces."""
    data = b""
    async for more in response.aiter_bytes():
        data += more
        if len(data) > _MOST_BYTES:
            break
    choice = _choice(data.decode("utf-8", "replace"), shown)
    text = choice.message.content if choice and choice.message else None
    if text is None:
        raise ModelError(f"{shown} sent an answer without words.")
    return text[:LONGEST_ANSWER]


def readable_models(data: bytes) -> list[str]:
    """Names of models in the answer to `/v1/models`; none where it is malformed."""
    try:
        return [model.id for model in msgspec.json.decode(data, type=_Models).data if model.id]
    except (msgspec.MsgspecError, UnicodeError):
        return []


def said_in(data: bytes) -> str:
    """What the body of a refusal explains, one printable line; "" where it explains nothing."""
    try:
        body = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeError):
        text = data.decode("utf-8", "replace")
        return "" if "<" in text[:200] else one_line(text, _LONGEST_REASON)
    return _reason(body.get("error", body) if isinstance(body, dict) else body)


def _reason(error: Any) -> str:
    """The words of an error object."""
    if isinstance(error, dict):
        error = next(
            (error[name] for name in ("message", "detail", "error") if error.get(name)), ""
        )
    return one_line(error if isinstance(error, str) else "", _LONGEST_REASON).rstrip(".")
