"""How fast photos are indexed, and how many are done."""

from __future__ import annotations

import time
from collections import deque

#: Seconds that the rate looks back on.
_WINDOW = 10.0


class Pace:
    """Counts photos from when work begins until it rests."""

    def __init__(self) -> None:
        self._done = 0
        self._stored: deque[tuple[float, int]] = deque()

    @property
    def done(self) -> int:
        """Photos done since the work began."""
        return self._done

    def begin(self) -> None:
        """The first photo is being worked on now."""
        if not self._stored:
            self._stored.append((time.monotonic(), 0))

    def add(self, photos: int) -> None:
        """Note that so many photos were stored just now."""
        self._done += photos
        self._stored.append((time.monotonic(), photos))

    def rest(self) -> None:
        """The work is over; what comes next begins at nothing."""
        self._done = 0
        self._stored.clear()

    def rate(self) -> float:
        """Photos per second over the last seconds; 0 while unknown."""
        now = time.monotonic()
        while len(self._stored) > 2 and now - self._stored[1][0] > _WINDOW:
            self._stored.popleft()
        # What was stored first only says when the time of the others begins.
        photos = sum(count for _, count in self._stored) - (
            self._stored[0][1] if self._stored else 0
        )
        return photos / max(now - self._stored[0][0], 0.1) if photos else 0.0
