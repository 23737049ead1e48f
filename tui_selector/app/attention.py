"""Tells the engine which photos the owner looks at.

It works on these first, and does nothing that can wait while the owner goes through photos.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_selector.engine.protocol import Look

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp

#: Seconds that photos have to be on screen, so that scrolling past them tells nothing.
_STILL = 0.3

#: Seconds after which the same photos are told again, while the owner moves among them.
_AGAIN = 1.5

#: More photos than this are not looked at.
_MOST = 256


class Attention:
    """Sends what is on screen once it has stayed there for a moment, and again to a new engine."""

    def __init__(self, app: SelectorApp) -> None:
        """
        Args:
            app: The application; its `link` is the connection.
        """
        self._app = app
        self._seen: tuple[int, ...] = ()
        self._told: tuple[int, ...] = ()
        self._told_at = 0.0
        self._waiting = False

    def see(self, photos: Sequence[int]) -> None:
        """These photos are on screen; in the order of the screen. Called with every move, too."""
        self._seen = tuple(photos[:_MOST])
        if not self._app.link.connected:
            self._told = ()  # the next engine knows nothing
        elif self._seen and self._is_news and not self._waiting:
            self._waiting = True
            self._app.set_timer(_STILL, self._tell)

    @property
    def _is_news(self) -> bool:
        return self._seen != self._told or time.monotonic() - self._told_at > _AGAIN

    def _tell(self) -> None:
        self._waiting = False
        if self._seen and self._app.link.connected:
            self._told = self._seen
            self._told_at = time.monotonic()
            self._app.run_worker(self._send(list(self._seen)), group="attention", exclusive=True)

    async def _send(self, photos: list[int]) -> None:
        from tui_selector.engine.launch import EngineError

        try:
            await self._app.link.request(Look(photos=photos))
        except EngineError:
            self._told = ()
