"""How fast the line to the terminal is, from what was written and what was answered.

The terminal reads in order, so its answer to a question proves that everything before has arrived.
The model is that of BBR (Cardwell et al., ACM Queue 14(5), 2016): the shortest round trip is the
line without a queue, the rate of arrival while there is a queue is its bandwidth, and while there
is none the rate is raised to find out.
"""

from __future__ import annotations

from collections import deque

QUEUE = 0.035
"""Seconds of pictures that may wait in front of the frame that answers a key."""

SHORT_QUEUE = 0.01
"""The same while keys are coming in; the line is nearly as busy with it, and writes are shorter."""

ASSUMED_RATE = 250_000.0
"""Bytes per second of a line that nothing is known of: 2 Mbit/s."""

LOCAL_RATE = 8_000_000.0
"""Bytes per second to begin with where the terminal answers at once."""

LOCAL = 0.01
"""Seconds in which a terminal on the same machine or network answers."""

FASTEST = 1e9
"""Bytes per second above which nothing needs to be held back."""

PATIENCE = 5.0
"""Seconds after which an answer is not waited for any more."""

_MEMORY = 60.0
"""Seconds that a round trip counts: a line may become another one."""

_PROBE = 3
"""Round trips between two attempts to find out whether a line that was measured carries more."""

_LEAST_SAMPLE = 2048
"""Bytes below which arrival says nothing about the rate."""

MOST_AT_ONCE = 64 << 10
"""Most bytes in one write, so that no frame waits for a long one."""


class LinkSpeed:
    """Estimates rate and round trip of a line from what was written and what was answered.

    Times are seconds on one clock, sizes are bytes. It does nothing by itself.

    Attributes:
        sent: Bytes written so far.
        rate: Bytes per second that the line is taken to carry.
        measured: Whether the line was ever full, so that `rate` is its bandwidth; otherwise it
            carries at least as much.
    """

    def __init__(self, round_trip: float = 0.0) -> None:
        """
        Args:
            round_trip: What is known of it beforehand; 0 if nothing.
        """
        self.sent = 0
        self.rate = LOCAL_RATE if 0 < round_trip < LOCAL else ASSUMED_RATE
        self.measured = False
        self._clear_at = 0.0
        self._round_trips: deque[tuple[float, float]] = deque(maxlen=256)
        self._first_round_trip = round_trip
        self._asked: tuple[float, int] | None = None
        self._expected = 0.0
        self._answered: tuple[float, int] | None = None
        self._held = False
        self._probed = float("-inf")

    @property
    def round_trip(self) -> float:
        """Seconds to the terminal and back on an empty line; 0 while unknown."""
        return min((trip for _, trip in self._round_trips), default=self._first_round_trip)

    @property
    def asking(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    @property
    def unconfirmed(self) -> int:
        """Bytes behind the last question that was answered."""
        return self.sent - (self._answered[1] if self._answered else 0)

    def wrote(self, now: float, size: int) -> None:
        """Count what was written."""
        self.sent += size
        self._clear_at = max(now, self._clear_at) + size / self.rate

    def asked(self, now: float) -> None:
        """Note that the terminal was asked behind all that was written."""
        if self._answered is None:
            self._answered = (now, self.sent)
        self._asked = (now, self.sent)
        self._expected = max(0.0, self._clear_at - now)

    def forget_question(self) -> None:
        """No answer will come any more."""
        self._asked = None

    def delay(self, now: float, queue: float = QUEUE) -> float | None:
        """Seconds until more may be written, 0 for now, None for not before the answer.

        Args:
            now: The time.
            queue: Seconds of pictures that may wait.
        """
        waiting = self._clear_at - now
        # A line that was measured is not tried out while keys come: what it does not carry after
        # all would stand in front of their answers.
        tries = queue >= QUEUE or not self.measured
        if waiting >= queue:
            self._held = tries
            return waiting - queue / 2
        if self._asked is not None and now - self._asked[0] < PATIENCE:
            most = self.rate * (2 * self.round_trip + 2 * queue) + MOST_AT_ONCE / 16
            if self.unconfirmed > most:
                self._held = tries
                return None
        return 0.0

    def room(self, now: float, queue: float = QUEUE) -> int:
        """Bytes that fit on the line now, so many seconds of which may wait."""
        return int(max(0.0, queue - max(0.0, self._clear_at - now)) * self.rate)

    def answered(self, now: float) -> None:
        """Learn from the answer to the question that is under way, if there is one."""
        if self._asked is None:
            return
        asked, sent = self._asked
        before, self._asked = self._answered, None
        self._answered = (now, sent)
        self._round_trips.append((now, now - asked))
        while self._round_trips[0][0] < now - _MEMORY:
            self._round_trips.popleft()
        base = self.round_trip
        if not self.measured and base < LOCAL:
            self._change_rate(now, max(self.rate, LOCAL_RATE))
        if before is None:
            return
        size, span = sent - before[1], now - before[0]
        # After a pause the span holds time in which nothing was to be sent.
        if size >= _LEAST_SAMPLE and span > 0 and asked - before[0] <= max(0.05, base):
            self._learn(now, size / span, now - asked - base, max(0.01, 0.15 * base))
        self._see_queue(now, asked, sent)
        self._held = False

    def _see_queue(self, now: float, asked: float, sent: int) -> None:
        """Know how much waits on the line: what did when the question was written, and the rest.

        Estimates of the rate are never quite right, and what they miss would pile up unseen.
        """
        queued = now - asked - self.round_trip
        clear_at = asked + max(0.0, queued) + (self.sent - sent) / self.rate
        self._clear_at = max(self._clear_at, clear_at) if queued > 0 else self._clear_at

    def _learn(self, now: float, arrived: float, queued: float, jitter: float) -> None:
        """Compare what was seen with what was expected.

        Args:
            now: The time.
            arrived: Bytes per second between the last two answers.
            queued: Seconds that the question waited in front of the bottleneck.
            jitter: Seconds by which a wait may differ without a reason.
        """
        if queued > self._expected + jitter:
            # The line is slower, unless it was idle for a part of the time.
            if arrived < self.rate:
                self._change_rate(now, (self.rate + arrived) / 2 if self.measured else arrived)
            self.measured = True
            return
        self.measured = self.measured or queued > jitter
        if not self.measured:
            self._change_rate(now, max(self.rate, arrived) * (2 if self._held else 1))
        elif self._held and now - self._probed >= _PROBE * self.round_trip:
            # Answers that come in a bunch look like a faster line; a little more at a time is safe.
            self._probed = now
            self._change_rate(now, self.rate * 1.1)

    def _change_rate(self, now: float, rate: float) -> None:
        """What is on the line takes another time from now on."""
        rate = min(FASTEST, max(1000.0, rate))
        self._clear_at = now + max(0.0, self._clear_at - now) * self.rate / rate
        self.rate = rate
