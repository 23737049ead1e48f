"""Memory that a model holds only while nobody else needs it.

What answers questions now and then shares a device with what embeds photos. Where the latter runs
out of memory, those who hold some without using it are asked to give it back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_lock = threading.Lock()
_lenders: list[Callable[[], bool]] = []


def lend(give_back: Callable[[], bool]) -> None:
    """Be asked from now on.

    Args:
        give_back: Gives back what is held and not in use; whether that was anything. Called from
            any thread; it waits for nothing.
    """
    with _lock:
        _lenders.append(give_back)


def keep(give_back: Callable[[], bool]) -> None:
    """Be asked no more."""
    with _lock:
        if give_back in _lenders:
            _lenders.remove(give_back)


def call_back() -> bool:
    """Have everything given back that is not in use; whether that was anything."""
    with _lock:
        asked = list(_lenders)
    given = [give_back() for give_back in asked]
    return any(given)
