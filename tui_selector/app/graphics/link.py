"""The way to the terminal: what waits for it, and how much may be on it at a time.

Pictures share one line with the frames that answer keys. Were they written as fast as the operating
system takes them, a key would wait behind megabytes in the buffers of ssh. So pictures are held
here, and only as many bytes are on the way as the line takes in a small part of a second.

How fast that is, the terminal says: behind a few pieces of a picture it is asked for its status
(`CSI 5 n`), one question at a time. What the answers tell, `LinkSpeed` knows.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from tui_selector.app.graphics.link_speed import (
    MOST_AT_ONCE,
    PATIENCE,
    QUEUE,
    SHORT_QUEUE,
    LinkSpeed,
)

QUERY = "\x1b[5n"
ANSWER = "\x1b[0n"

SLOW = 4_000_000.0
"""Bytes per second below which frames are written in fewer bytes."""

COURTESY = 0.12
"""Seconds that pictures wait for the frame that answers a key."""

PAINTING = "\x1b[?2026h\x1b7"
"""What a picture begins with that is painted over the text: shown at once, the cursor stays."""

_PICTURES = ("\x1b_G", "\x1bPtmux;", PAINTING)

REST = 0.5
"""Seconds without a key after which the next one is not expected at once."""

_AHEAD = 0.1
"""Seconds of pictures that are kept ready behind what is being sent."""

_RETRY = 0.01
"""Seconds to wait for the queue of the driver."""

_LEAVING = 1.0
"""Seconds that leaving the terminal waits for an answer that would otherwise be typed there."""


class Transfer(msgspec.Struct, eq=False):
    """A picture on its way: escape sequences that belong together.

    Attributes:
        pieces: The sequences in order; nothing but text may come between them.
        write: Sends text to the terminal.
        abort: Tells the terminal in the middle that no more will come.
        done: Called when the last piece was written.
        position: How many pieces were written.
    """

    pieces: Sequence[str]
    write: Callable[[str], None]
    abort: str
    done: Callable[[], None]
    position: int = 0

    @property
    def size(self) -> int:
        """Bytes that were not written yet."""
        return sum(map(len, self.pieces[self.position :]))


class Timer(Protocol):
    """Something that can be called off."""

    def cancel(self) -> None: ...


def is_picture(text: str) -> bool:
    """Whether what is written is (part of) a picture, and no frame."""
    return text.startswith(_PICTURES)


CallLater = Callable[[float, Callable[[], None]], Timer]


def _call_later(delay: float, callback: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(delay, callback)


class TerminalLink:
    """Holds pictures back so that keys are answered at once, and measures the line meanwhile.

    Until `listen` is called nothing can be measured and everything is written at once. Everything
    but `heard`, `typed` and `give_way` belongs to the thread of the event loop.
    """

    def __init__(
        self,
        round_trip: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        call_later: CallLater = _call_later,
    ) -> None:
        """
        Args:
            round_trip: To the terminal and back in seconds, 0 where unknown.
            clock: Seconds.
            call_later: Calls a function after some seconds.
        """
        self.speed = LinkSpeed(round_trip)
        self._clock, self._call_later = clock, call_later
        self._ask: Callable[[str], None] | None = None
        self._is_full: Callable[[], bool] = lambda: False
        self._transfers: deque[Transfer] = deque()
        self._commands: list[tuple[Callable[[str], None], str]] = []
        self._timer: Timer | None = None
        self._draining = False
        self._asked_at = 0
        self._typed_at: float | None = None
        self._last_key = float("-inf")
        self._framed = threading.Event()
        self._quiet = threading.Event()
        self._quiet.set()

    # -- measuring ---------------------------------------------------------------------------

    @property
    def paced(self) -> bool:
        """Whether the terminal is asked, and pictures are held back accordingly."""
        return self._ask is not None

    @property
    def slow(self) -> bool:
        """Whether the line is so slow that the bytes of a frame count for more than its making."""
        return self.paced and self.speed.rate < SLOW

    def listen(
        self, ask: Callable[[str], None], is_full: Callable[[], bool] = lambda: False
    ) -> None:
        """Begin to measure: answers will be handed to `heard` or `answered` from now on.

        Args:
            ask: Writes the question.
            is_full: Says whether the driver's queue is so full that a write might wait.
        """
        self._ask, self._is_full = ask, is_full

    def wrote(self, text: str) -> None:
        """Count what was written to the terminal, whoever wrote it."""
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        self.speed.wrote(self._clock(), size)

    def typed(self) -> None:
        """A key came in, in whichever thread: its answer shall find the line empty."""
        self._framed.clear()
        self._typed_at = self._last_key = self._clock()

    def give_way(self) -> None:
        """Wait, in a thread of its own, until the last key is answered, or will not be.

        Threads of one process take turns: a key would wait for pictures that are being made.
        """
        typed_at = self._typed_at
        if typed_at is not None:
            self._framed.wait(max(0.0, typed_at + COURTESY - self._clock()))

    @property
    def resting(self) -> bool:
        """Whether no key came in for a while, so that what is long and may wait can be sent."""
        return self._clock() - self._last_key >= REST

    @property
    def _queue(self) -> float:
        return QUEUE if self.resting else SHORT_QUEUE

    def framed(self) -> None:
        """A frame was written, the answer to the last key if there was one."""
        if self._typed_at is not None:
            self._typed_at = None
            self._framed.set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = self._call_later(0.0, self._drain)

    def heard(self) -> None:
        """Note an answer the moment it is read, in whichever thread: leaving may wait for it."""
        self._quiet.set()

    def answered(self, when: float | None = None) -> None:
        """Learn from an answer and write what may follow.

        Args:
            when: The time at which it was read; now if left out.
        """
        self._quiet.set()
        if not self.speed.asking:
            return
        self.speed.answered(self._clock() if when is None else when)
        if self.speed.sent > self._asked_at:
            self._question()
        self._drain()

    def _question(self) -> None:
        """Ask, unless an answer is still to come."""
        if self._ask is not None and not self.speed.asking:
            self._quiet.clear()
            self._ask(QUERY)
            self.speed.asked(self._clock())
            self._asked_at = self.speed.sent

    # -- sending -----------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether there is use for another picture: few bytes wait here."""
        waiting = sum(transfer.size for transfer in self._transfers)
        return not self._transfers or waiting < _AHEAD * self.speed.rate

    def send(self, transfer: Transfer) -> None:
        """Write a picture as soon as the line is free for it, after those that wait."""
        self._transfers.append(transfer)
        self._drain()

    def cancel(self, transfer: Transfer) -> None:
        """Do not send what is left of a picture."""
        if transfer not in self._transfers:
            return
        begun = transfer.position > 0
        self._transfers.remove(transfer)
        if begun:
            transfer.write(transfer.abort)
            self._flush_commands()

    def command(self, write: Callable[[str], None], text: str) -> None:
        """Write a graphics command, but not into the middle of a picture."""
        if self._transfers and self._transfers[0].position:
            self._commands.append((write, text))
        else:
            write(text)

    def _flush_commands(self) -> None:
        commands, self._commands = self._commands, []
        for write, text in commands:
            write(text)

    def _drain(self) -> None:
        """Write as much as the line takes; come back when it takes more."""
        if self._draining:
            return
        self._draining = True
        try:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            delay: float | None = 0.0
            while self._transfers and delay == 0.0:
                delay = self._delay()
                if delay == 0.0:
                    self._write_some(self._transfers[0])
            if self._transfers and delay is None:
                # Were the answer never to come, sending would go on all the same.
                delay = PATIENCE
            if self._transfers and delay is not None:
                self._timer = self._call_later(max(delay, 0.001), self._drain)
        finally:
            self._draining = False

    def _delay(self) -> float | None:
        if not self.paced:
            return 0.0
        if self._is_full():
            return _RETRY
        now, typed = self._clock(), self._typed_at
        if typed is not None and now - typed < COURTESY:
            return COURTESY - (now - typed)
        return self.speed.delay(now, self._queue)

    def _write_some(self, transfer: Transfer) -> None:
        """Write the next pieces of a picture, as many as there is room for, at least one."""
        room = transfer.size
        if self.paced:
            # An answer from an empty line, against which the next ones are compared.
            self._question()
            room = min(MOST_AT_ONCE, self.speed.room(self._clock(), self._queue))
        start = end = transfer.position
        while end < len(transfer.pieces) and (end == start or room >= len(transfer.pieces[end])):
            room -= len(transfer.pieces[end])
            end += 1
        transfer.position = end
        transfer.write("".join(transfer.pieces[start:end]))
        if end == len(transfer.pieces):
            self._transfers.remove(transfer)
            self._flush_commands()
            transfer.done()
        self._question()

    # -- leaving -----------------------------------------------------------------------------

    def leave(self, *, dead: bool = False) -> None:
        """End every picture and wait for the answer that is under way, a second at most.

        An answer that comes later would be typed into whatever has the terminal next.

        Args:
            dead: Whether nobody is there to answer.
        """
        for transfer in list(self._transfers):
            self.cancel(transfer)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not dead:
            self._quiet.wait(_LEAVING)
        self.speed.forget_question()
        self._quiet.set()
