"""Whether the clients have left the engine alone for a while, so that idle work may go on.

Idle work has all the time in the world; what is on somebody's screen has not. While a screen comes
up or keys come, clients say what they look at, and idle work rests.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Seconds without a request after which it is calm again.
_CALM = 3.0


class Calm:
    """See the head of this module. Methods are for any thread."""

    def __init__(self, changed: Callable[[bool], None], seconds: float = _CALM) -> None:
        """
        Args:
            changed: Called, in some thread, with whether it is calm when that has changed.
            seconds: How long nobody has asked anything when it is calm.
        """
        self._changed = changed
        self._seconds = seconds
        self._lock = threading.Lock()
        self._disturbed = 0.0
        self._is_watched = False

    @property
    def holds(self) -> bool:
        """Whether nobody has asked anything for a while."""
        with self._lock:
            return not self._is_watched

    def disturb(self) -> None:
        """Somebody asks something."""
        with self._lock:
            self._disturbed = time.monotonic()
            if self._is_watched:
                return
            self._is_watched = True
        self._changed(False)
        self._watch(self._seconds)

    def _watch(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.name, timer.daemon = "calm", True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            left = self._disturbed + self._seconds - time.monotonic()
            self._is_watched = left > 0
        if left > 0:
            self._watch(left)
        else:
            self._changed(True)
