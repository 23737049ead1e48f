"""Models behind an OpenAI-compatible server that the owner names: vLLM, llama.cpp, Ollama, ….

The protocol is that of `POST /v1/chat/completions` with `"stream": true`: server-sent events whose
data is JSON (https://platform.openai.com/docs/api-reference/chat-streaming).
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from tui_selector.chat.backends.address import Address, read_address
from tui_selector.chat.backends.schemas import SCHEMA_HINT, lines_of, schema_of
from tui_selector.chat.backends.wire import Refusal, pieces_of, readable_models, said_in, written
from tui_selector.chat.hostile import one_line
from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import MOST_TOKENS, LanguageModel, Message, Picture

if TYPE_CHECKING:
    import httpx2

#: Pixels of a picture at most, by the number of pictures up to which they hold.
_PIXELS = ((4, 1_000_000), (12, 500_000), (99, 250_000))
#: What becomes of them at each try after the server found them too large.
_FEWER = (1.0, 0.5, 0.25)
#: Seconds in which a server is reached, begins to answer, and goes on: it may have to load a model.
_REACHED, _BEGINS, _SILENT = 10.0, 300.0, 120.0
#: Seconds before each new try while a server is busy, unless it says how many; and the longest.
_PAUSES, _LONGEST_PAUSE = (1.0, 3.0, 8.0), 20.0
#: How often it is looked whether the answer is still wanted, seconds.
_LOOK = 0.05
#: Bytes of an error's explanation that are read.
_MOST_ERROR = 20_000

#: Answers of servers that are busy: too many questions, or still loading the model.
_BUSY = (429, 503)
#: Answers of servers that do not know what is asked of them.
_UNKNOWN = (400, 415, 422, 500, 501)
_TOO_LARGE = ("context", "too long", "too large", "maximum", "max_tokens", "image size")


class ServerModel(LanguageModel):
    """See the head of this module.

    Attributes:
        address: Where the server is.
    """

    sees = True
    at_once = together = 4

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        key: str = "",
        allow_remote: bool = False,
        pixels: int = 0,
        begins: float = _BEGINS,
        silent: float = _SILENT,
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        """Say which; nothing is asked yet.

        Args:
            url: Of the server, with `/v1` or without.
            model: Its name there; "" asks for the first that the server has.
            key: A secret that the server wants, or "".
            allow_remote: Whether photos may go to another machine.
            pixels: Pixels of a picture at most; 0 goes by their number.
            begins: Seconds in which it has to begin to answer.
            silent: Seconds in which it has to go on.
            pauses: Seconds before each new try while it is busy.

        Raises:
            ChatError: The address is none, or is not allowed.
        """
        self.address: Address = read_address(url, allow_remote=allow_remote)
        self.name = model or "server"
        self.sends_to = self.address.shown
        self._model = model
        self._key = key
        self._pixels = pixels
        self._takes_schemas = True
        self._begins, self._silent, self._pauses = begins, silent, tuple(pauses)

    def stream(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        *,
        most_tokens: int = MOST_TOKENS,
        report: Callable[[str], None] = lambda _: None,
    ) -> Iterator[str]:
        """See `LanguageModel.stream`."""
        try:
            yield from self._answered(messages, stop, most_tokens, report, {})
        except Refusal as refusal:
            raise ModelError(self._sentence(refusal)) from refusal

    def bound_answer(
        self,
        messages: Sequence[Message],
        bound: Bound,
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> str | None:
        """See `LanguageModel.bound_answer`; the server is asked for JSON of a schema.

        One that refuses that is not asked for it again. One that does not know of it writes what it
        likes, which is returned as it stands.
        """
        if not self._takes_schemas:
            return None
        said = Message("user", (*messages[-1].parts, SCHEMA_HINT))
        told, form = [*messages[:-1], said], {"response_format": schema_of(bound)}
        try:
            return lines_of("".join(self._answered(told, stop, most_tokens, _unheard, form)))
        except Refusal as refusal:
            if refusal.status not in _UNKNOWN or _mentions(refusal.reason, _TOO_LARGE):
                raise ModelError(self._sentence(refusal)) from refusal
            self._takes_schemas = False
            return None

    def answer_each(
        self,
        conversations: Sequence[Sequence[Message]],
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> list[str | ModelError]:
        """See `LanguageModel.answer_each`; `at_once` of them are asked at the same time."""
        if len(conversations) < 2:
            return super().answer_each(conversations, stop, most_tokens=most_tokens)

        def answer(conversation: Sequence[Message]) -> list[str | ModelError]:
            return super(ServerModel, self).answer_each(
                [conversation], stop, most_tokens=most_tokens
            )

        with ThreadPoolExecutor(min(self.at_once, len(conversations)), "chat questions") as pool:
            return [one for each in pool.map(answer, conversations) for one in each]

    def _answered(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        most_tokens: int,
        report: Callable[[str], None],
        form: Mapping[str, Any],
    ) -> Iterator[str]:
        """An answer piece by piece, with smaller pictures where the server wants them.

        Raises:
            Refusal: The server says no.
            ModelError: It cannot be reached, or breaks off.
        """
        count = sum(isinstance(part, Picture) for said in messages for part in said.parts)
        full = self._pixels or next((most for n, most in _PIXELS if count <= n), _PIXELS[-1][1])
        for share in _FEWER if count else _FEWER[:1]:
            body = {
                "messages": written(messages, int(full * share)),
                "max_tokens": most_tokens,
                "temperature": 0,
                "stream": True,
                **form,
            }
            report(f"Asking {self.name} at {self.address.shown} …")
            begun = False
            try:
                for piece in self._talk(body, stop, report):
                    begun = True
                    yield piece
                return
            except Refusal as refusal:
                is_large = refusal.status == 413 or (
                    refusal.status in (400, 422) and _mentions(refusal.reason, _TOO_LARGE)
                )
                if begun or not (is_large and count and share != _FEWER[-1]):
                    raise

    # -- a thread with an event loop of its own, which can be interrupted at any time ------------

    def _talk(
        self, body: Mapping[str, Any], stop: Callable[[], bool], report: Callable[[str], None]
    ) -> Iterator[str]:
        """
        Raises:
            Refusal: The server says no.
            ModelError: It cannot be reached, or breaks off.
        """
        heard: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        loop = asyncio.new_event_loop()
        task = loop.create_task(self._listen(body, heard.put, report))

        def run() -> None:
            try:
                loop.run_until_complete(task)
                heard.put(None)
            except BaseException as error:
                heard.put(error)
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()

        thread = threading.Thread(target=run, name="chat server", daemon=True)
        thread.start()
        try:
            while not stop():
                try:
                    piece = heard.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(task.cancel)
            thread.join()

    async def _listen(
        self,
        body: Mapping[str, Any],
        tell: Callable[[str], None],
        report: Callable[[str], None],
    ) -> None:
        import httpx2

        timeout = httpx2.Timeout(self._begins, connect=_REACHED)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with httpx2.AsyncClient(
                timeout=timeout,
                headers=headers,
                # What the environment says of proxies must not lead photos off this machine.
                trust_env=not self.address.is_local,
            ) as client:
                if not self._model:
                    self._model = await self._first_model(client)
                    self.name = self._model
                await self._ask(client, {**body, "model": self._model}, tell, report)
        except httpx2.TimeoutException as error:
            within = _REACHED if isinstance(error, httpx2.ConnectTimeout) else self._begins
            raise ModelError(
                f"{self.address.shown} gave no answer within {within:.0f} seconds."
            ) from error
        except TimeoutError as error:
            raise ModelError(
                f"{self.address.shown} fell silent for {self._silent:.0f} seconds; the answer "
                "ends here."
            ) from error
        except httpx2.ConnectError as error:
            raise ModelError(
                f"Nobody answers at {self.address.shown}. Start the server, or correct chat_url."
            ) from error
        except httpx2.TransportError as error:
            raise ModelError(
                f"The line to {self.address.shown} broke ({one_line(str(error), 120)}); ask again."
            ) from error
        except (httpx2.InvalidURL, httpx2.DecodingError, UnicodeError) as error:
            raise ModelError(
                f"{self.address.shown} cannot be talked to ({one_line(str(error), 120)})."
            ) from error

    async def _first_model(self, client: httpx2.AsyncClient) -> str:
        """The name of the first model that the server has."""
        response = await client.get(f"{self.address.base}/models")
        if response.status_code != 200:
            raise Refusal(response.status_code, said_in(response.content[:_MOST_ERROR]))
        names = readable_models(response.content)
        if not names:
            raise ModelError(f"{self.address.shown} has no model; name one with chat_model.")
        return names[0]

    async def _ask(
        self,
        client: httpx2.AsyncClient,
        body: Mapping[str, Any],
        tell: Callable[[str], None],
        report: Callable[[str], None],
    ) -> None:
        url = f"{self.address.base}/chat/completions"
        content = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        for pause in (*self._pauses, None):
            async with client.stream("POST", url, content=content, headers=headers) as response:
                if response.status_code == 200:
                    await pieces_of(response, tell, self._silent, self.address.shown)
                    return
                reason = said_in(await _beginning(response))
                if response.status_code not in _BUSY or pause is None:
                    raise Refusal(response.status_code, reason)
                wait = _retry_after(response.headers.get("retry-after"), pause)
            report(f"{self.address.shown} is busy; asking again in {wait:.0f} s …")
            await asyncio.sleep(wait)

    def _sentence(self, refusal: Refusal) -> str:
        """What a refusal means to the owner."""
        where = self.address.shown
        because = f": {refusal.reason}" if refusal.reason else ""
        match refusal.status:
            case 401 | 403:
                return (
                    f"{where} wants a key that it knows; put it into the environment variable that "
                    "chat_key names and end the engine, which reads it when it starts "
                    f"({refusal.status}{because})."
                )
            case 404:
                return f"{where} has no model {one_line(self.name, 80)} or no chat (404{because})."
            case 429:
                return f"{where} is asked too much at present; try again later (429{because})."
            case 503:
                return f"{where} is not ready yet; try again in a while (503{because})."
            case status if 300 <= status < 400:
                return f"{where} sends the question elsewhere ({status}), which is not followed."
            case status if status >= 500:
                return f"{where} failed at this ({status}{because})."
        return f"{where} does not take this question ({refusal.status}{because})."


def _unheard(sentence: str) -> None:
    """Nobody listens."""


def _mentions(reason: str, words: Sequence[str]) -> bool:
    return any(word in reason.casefold() for word in words)


def _retry_after(said: str | None, otherwise: float) -> float:
    """Seconds that a busy server wants to be left alone (RFC 9110, 10.2.3)."""
    try:
        return min(max(float(said or otherwise), 0.0), _LONGEST_PAUSE)
    except ValueError:
        return otherwise


async def _beginning(response: httpx2.Response) -> bytes:
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) >= _MOST_ERROR:
            break
    return data[:_MOST_ERROR]
