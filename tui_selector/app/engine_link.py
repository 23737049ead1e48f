"""The screen's connection to the engine: made in the background, mended when it breaks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tui_selector.engine.protocol import (
    AnyAnswer,
    AnyEvent,
    AnyRequest,
    CatalogChanged,
    Leaving,
    Tell,
)
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

if TYPE_CHECKING:
    from tui_selector.engine.async_client import EngineClient

#: Seconds between attempts to reach the engine: doubled from the first to the last.
_FIRST_WAIT, _LAST_WAIT = 0.5, 30.0

#: An engine that lives this long, in seconds, has not failed at its start.
_LIVES = 60.0

#: How often the engine is started again by itself when it ends soon after its start.
_RESTARTS = 1

_TOLD_AT_ONCE = 10_000


class EngineLink:
    """Keeps a client of the engine connected.

    The engine is started where none runs, and once more if it ends by itself; after that, and after
    somebody has stopped it, it is only joined when somebody else starts it, or when `start` is
    called. Callbacks run on the event loop.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        settings: Settings,
        on_event: Callable[[AnyEvent], None],
        on_change: Callable[[], None],
    ) -> None:
        """
        Args:
            paths: Of the library.
            settings: What a new engine is started with.
            on_event: Is handed what the engine says unasked.
            on_change: Is called when the connection was made or lost.
        """
        self._paths = paths
        self._settings = settings
        self._on_event = on_event
        self._on_change = on_change
        self._client: EngineClient | None = None
        self._failures = 0
        self._was_stopped = False
        self._wake = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        self.trouble = ""

    @property
    def connected(self) -> bool:
        """Whether the engine is there."""
        return self._client is not None

    @property
    def gave_up(self) -> bool:
        """Whether the engine is no longer started by itself."""
        return self._was_stopped or self._failures > _RESTARTS

    async def run(self) -> None:
        """Connect, stay connected, connect again; until cancelled."""
        from tui_selector.engine.async_client import EngineClient
        from tui_selector.engine.launch import EngineError

        wait = _FIRST_WAIT
        while True:
            began = time.monotonic()
            try:
                client = await EngineClient.connect(
                    self._paths,
                    start=not self.gave_up,
                    settings=self._settings,
                    on_event=self._hear,
                )
            except (EngineError, OSError) as error:
                if not self.gave_up:
                    self._lost(str(error))
            else:
                await self._stay(client)
                lived = time.monotonic() - began
                self._failures = 0 if lived > _LIVES else self._failures
                wait = _FIRST_WAIT if lived > _LIVES else wait
                self._lost(
                    "The engine was stopped." if self._was_stopped else "The engine has ended."
                )
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
                wait = _FIRST_WAIT
            except TimeoutError:
                wait = min(wait * 2, _LAST_WAIT)
            self._wake.clear()

    def start(self) -> None:
        """Try again to start the engine, now."""
        self._failures = 0
        self._was_stopped = False
        self._wake.set()

    async def request(self, request: AnyRequest) -> AnyAnswer:
        """Ask the engine and wait for its answer.

        Raises:
            EngineError: It is not there, refuses, or ends meanwhile; the message is a sentence.
        """
        from tui_selector.engine.client import EngineError

        if self._client is None:
            raise EngineError(
                self.trouble or "The engine is still starting; try again in a moment."
            )
        return await self._client.request(request)

    def tell(self, photos: Iterable[int] = (), *, tabs: bool = False) -> None:
        """Let other clients know that the catalog was changed; nobody waits for that."""
        if self._client is None:
            return
        some = list(photos)
        request = Tell(photos=some[:_TOLD_AT_ONCE], tabs=tabs or len(some) > _TOLD_AT_ONCE)
        talk = asyncio.create_task(self._say(request))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _say(self, request: AnyRequest) -> None:
        from tui_selector.engine.client import EngineError

        try:
            await self.request(request)
        except EngineError:
            # The next connection begins with a look at the whole catalog.
            return

    def _hear(self, event: AnyEvent) -> None:
        if isinstance(event, Leaving):
            self._was_stopped = True
        else:
            self._on_event(event)

    async def _stay(self, client: EngineClient) -> None:
        self._client = client
        self._was_stopped = False
        self.trouble = ""
        self._on_change()
        self._on_event(CatalogChanged(many=True, tabs=True))
        try:
            await client.wait_closed()
        finally:
            self._client = None
            await client.close()

    def _lost(self, sentence: str) -> None:
        self._failures += 1
        self.trouble = sentence
        self._on_change()
