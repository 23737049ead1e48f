"""A command in a pseudo-terminal at the far end of a slow line, in real time.

A thread carries the bytes, so that they are on time however long the screen here takes for them:
when they arrived is what counts, a terminal reads them faster than Python.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from kitty_screen import KittyScreen

PACKET = 1400
BUFFER = 256 << 10
"""Bytes that the line takes in before it makes the writer wait, as sockets and ssh do."""


class Direction:
    """One way of the line: a bottleneck that lets bytes through at a rate, then a delay.

    Methods are for any thread.
    """

    def __init__(self, rate: float, delay: float) -> None:
        """
        Args:
            rate: Bytes per second.
            delay: Seconds.
        """
        self.rate, self.delay = rate, delay
        self._free_at = 0.0
        self._packets: deque[tuple[float, bytes]] = deque()
        self._changed = threading.Condition()

    def put(self, data: bytes) -> None:
        with self._changed:
            now = time.monotonic()
            for start in range(0, len(data), PACKET):
                packet = data[start : start + PACKET]
                self._free_at = max(now, self._free_at) + len(packet) / self.rate
                self._packets.append((self._free_at + self.delay, packet))
            self._changed.notify_all()

    def take(self) -> tuple[float, bytes]:
        """What has arrived by now, and when the last of it did."""
        with self._changed:
            now, at, arrived = time.monotonic(), 0.0, []
            while self._packets and self._packets[0][0] <= now:
                at, packet = self._packets.popleft()
                arrived.append(packet)
            return at, b"".join(arrived)

    def wait(self, most: float) -> None:
        """Wait until something arrives."""
        until = time.monotonic() + most
        with self._changed:
            while (left := until - time.monotonic()) > 0:
                due = self._packets[0][0] - time.monotonic() if self._packets else left
                if due <= 0:
                    return
                self._changed.wait(min(due, left))

    @property
    def waiting(self) -> int:
        """Bytes before the bottleneck."""
        return int(max(0.0, self._free_at - time.monotonic()) * self.rate)

    @property
    def due(self) -> float | None:
        """Seconds until something arrives, None if nothing is under way."""
        with self._changed:
            return max(0.0, self._packets[0][0] - time.monotonic()) if self._packets else None


class ThrottledLink:
    """Runs `tui-selector` with a screen behind a line.

    Attributes:
        screen: What the far end shows.
        shown_at: When the last of it arrived.
        most_waiting: Most bytes that have waited before the bottleneck.
    """

    def __init__(
        self,
        arguments: list[str],
        *,
        rate: float = 250_000.0,
        round_trip: float = 0.08,
        columns: int = 100,
        lines: int = 40,
        environment: Mapping[str, str] | None = None,
        terminal: type[KittyScreen] = KittyScreen,
    ) -> None:
        """
        Args:
            arguments: Of the command.
            rate: Bytes per second either way.
            round_trip: Seconds there and back when nothing else is under way.
            columns: Of the screen.
            lines: Of the screen.
            environment: What to add to the environment.
            terminal: What stands at the far end.
        """
        self.screen = terminal(columns, lines)
        self.down, self.up = Direction(rate, round_trip / 2), Direction(rate, round_trip / 2)
        self.shown_at = 0.0
        self.most_waiting = 0
        self.exit_code: int | None = None
        self.tail = b""
        command = [sys.executable, "-m", "tui_selector", *arguments]
        values = os.environ | {"TERM": "xterm-kitty"} | dict(environment or {})
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # The size is set by the parent; the first thing the child does takes far longer.
            os.execve(sys.executable, command, values)
        self.resize(columns, lines)
        self._wake, self._woken = os.pipe()
        self._ended = False
        self._carrier = threading.Thread(target=self._carry, daemon=True)
        self._carrier.start()

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        if (columns, lines) != (self.screen.columns, self.screen.lines):
            self.screen.columns, self.screen.lines = columns, lines
            self.screen.clear()
        width, height = self.screen.cell
        size = struct.pack("HHHH", lines, columns, columns * width, lines * height)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def press(self, keys: str) -> float:
        """Type these characters; return when."""
        return self._send(keys.encode())

    def _send(self, data: bytes) -> float:
        now = time.monotonic()
        self.up.put(data)
        os.write(self._woken, b"1")
        return now

    def _carry(self) -> None:
        """Take in what the command writes, and give it what was typed, both on time."""
        with contextlib.suppress(OSError):
            while True:
                due = self.up.due
                readable = [self._wake]
                if self.down.waiting < BUFFER:
                    readable.append(self.master)
                ready = select.select(readable, [], [], 0.05 if due is None else min(due, 0.05))[0]
                if self._wake in ready:
                    os.read(self._wake, 64)
                if keys := self.up.take()[1]:
                    os.write(self.master, keys)
                if self.master in ready:
                    data = os.read(self.master, 1 << 16)
                    if not data:
                        break
                    self.down.put(data)
                    self.most_waiting = max(self.most_waiting, self.down.waiting)
        self._ended = True

    def step(self, most: float = 0.05) -> bool:
        """Show what the line has brought; return whether the command is still there."""
        if self._ended:
            return self._end()
        self.down.wait(most)
        at, arrived = self.down.take()
        if arrived:
            self.shown_at = at
            self.tail = (self.tail + arrived)[-4096:]
            if answer := self.screen.feed(arrived):
                self._send(answer)
        return True

    def _end(self) -> bool:
        while (due := self.down.due) is not None:
            time.sleep(due)
            self.screen.feed(self.down.take()[1])
        if self.exit_code is None:
            self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return False

    def wait(self, condition: Callable[[], object], seconds: float = 30.0) -> float:
        """Carry on until the condition holds; return how many seconds that took."""
        start = time.monotonic()
        while not condition():
            there = self.step()
            if time.monotonic() - start > seconds or not there:
                if condition():
                    break
                raise AssertionError(f"it did not happen; on screen:\n{self.screen.text}")
        return time.monotonic() - start

    def rest(self, seconds: float) -> None:
        """Carry on for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and self.step(left):
            pass

    def leave(self, keys: str = "q") -> int | None:
        """Press the keys that quit and wait for the end; return the exit code."""
        self.press(keys)
        until = time.monotonic() + 20
        while self.step() and time.monotonic() < until:
            pass
        return self.exit_code

    def close(self) -> None:
        """End the command, whatever it is doing."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        self._carrier.join()
        for descriptor in (self.master, self._wake, self._woken):
            with contextlib.suppress(OSError):
                os.close(descriptor)
