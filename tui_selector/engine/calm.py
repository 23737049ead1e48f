"""Whether the clients have left the engine alone for a while, so that idle work may go on.

Idle work has all the time in the world; what is on somebody's screen has not. While a screen comes
up or keys come, clients say what they look at, and idle work rests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

#: Seconds without a request after which idle work goes on.
_CALM = 3.0


class Calm:
    """See the head of this module. `disturb` is for the event loop, `holds` for any thread."""

    def __init__(self, on_calm: Callable[[], None], seconds: float = _CALM) -> None:
        """
        Args:
            on_calm: Called on the event loop once it is calm again.
            seconds: How long nobody has asked anything when it is calm.
        """
        self._on_calm = on_calm
        self._seconds = seconds
        self._disturbed = -seconds
        self._is_watched = False

    @property
    def holds(self) -> bool:
        """Whether nobody has asked anything for a while."""
        return self._left() <= 0

    def disturb(self) -> None:
        """Somebody asks something."""
        self._disturbed = time.monotonic()
        if not self._is_watched:
            self._watch()

    def _left(self) -> float:
        """Seconds until it is calm if nothing happens; none or less when it is."""
        return self._disturbed + self._seconds - time.monotonic()

    def _watch(self) -> None:
        left = self._left()
        self._is_watched = left > 0
        if self._is_watched:
            asyncio.get_running_loop().call_later(left, self._watch)
        else:
            self._on_calm()
