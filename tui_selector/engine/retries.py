"""Photos that are tried again after a while, which grows with each attempt."""

from __future__ import annotations

import time
from collections.abc import Iterable, KeysView

#: Seconds until a file is tried again that was being written; each attempt doubles it.
_SOON, _LATEST = 1.0, 60.0

#: Attempts at a file that keeps being written for which others wait.
_ATTEMPTS = 4

NEVER = float("inf")


class Retries:
    """Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}
        self._attempts: dict[int, int] = {}

    @property
    def waiting(self) -> KeysView[int]:
        """The photos whose time has not come."""
        return self._at.keys()

    @property
    def stubborn(self) -> int:
        """How many photos have failed so often that nobody waits for them."""
        return sum(tries >= _ATTEMPTS for tries in self._attempts.values())

    @property
    def are_awaited(self) -> bool:
        """Whether one of those that wait is not stubborn."""
        return any(self._attempts.get(photo, 0) < _ATTEMPTS for photo in self._at)

    @property
    def next_time(self) -> float:
        """When the first of them is due."""
        return min(self._at.values(), default=NEVER)

    def add(self, photos: Iterable[int]) -> None:
        """Note that photos have failed just now."""
        now = time.monotonic()
        for photo in photos:
            tries = self._attempts[photo] = self._attempts.get(photo, 0) + 1
            self._at[photo] = now + min(_SOON * 2 ** (tries - 1), _LATEST)

    def due(self, now: float) -> list[int]:
        """The photos whose time has come, which wait no longer."""
        due = [photo for photo, at in self._at.items() if at <= now]
        for photo in due:
            del self._at[photo]
        return due

    def forget(self, photos: Iterable[int]) -> None:
        """Note that photos have succeeded, or failed for good."""
        for photo in photos:
            self._attempts.pop(photo, None)
