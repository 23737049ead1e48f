"""A slow line and the terminal at its end, on a clock that a test turns."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from tui_selector.app.graphics.link import QUERY, TerminalLink, Transfer

PIECE = 4000
"""Characters of the pieces that `Line.send` makes."""

Event = tuple[float, int, Callable[[], None]]


class Line:
    """A bottleneck with a delay behind it, and a terminal that answers at the end."""

    def __init__(self, rate: float, round_trip: float, *, known: float = 0.0) -> None:
        self.rate, self.round_trip = rate, round_trip
        self.now = 0.0
        self.answers = True
        self.asking = self.most_asking = 0
        self.waits: list[tuple[float, float]] = []
        self.written: list[str] = []
        self._free_at = 0.0
        self._events: list[Event] = []
        self._count = itertools.count()
        self.link = TerminalLink(known, clock=lambda: self.now, call_later=self.call_later)
        self.link.listen(self.write)

    def call_later(self, delay: float, callback: Callable[[], None]) -> Call:
        call = Call(callback)
        event: Event = (self.now + delay, next(self._count), call)
        heapq.heappush(self._events, event)
        return call

    def write(self, text: str) -> None:
        self._free_at = max(self.now, self._free_at) + len(text) / self.rate
        self.waits.append((self.now, self._free_at - self.now))
        self.written.append(text)
        self.link.wrote(text)
        if text == QUERY:
            self.asking += 1
            self.most_asking = max(self.most_asking, self.asking)
            if self.answers:
                self.call_later(self._free_at - self.now + self.round_trip, self._answer)

    def _answer(self) -> None:
        self.asking -= 1
        self.link.answered()

    def send(self, size: int, name: str = "x") -> tuple[Transfer, list[float]]:
        """Send a picture; return it and a list that will hold the time at which it was sent."""
        done: list[float] = []
        pieces = [name * min(PIECE, size - start) for start in range(0, size, PIECE)]
        transfer = Transfer(pieces, self.write, f"<{name}>", lambda: done.append(self.now))
        self.link.send(transfer)
        return transfer, done

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, callback = heapq.heappop(self._events)
            callback()
        self.now = max(self.now, until)


class Call:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def __call__(self) -> None:
        if self._callback is not None:
            self._callback()

    def cancel(self) -> None:
        self._callback = None
