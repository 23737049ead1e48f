"""A real pseudo-terminal with a screen that can be read, for tests of the installed command."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pexpect
import pyte
from patience import LONG_PATIENCE

#: The terminal's answer to "what are you" (DA1): a VT220 with colours, no graphics.
_DA1 = re.compile(rb"\x1b\[0?c")


class Terminal:
    """Runs a command in a pseudo-terminal and keeps what a person would see."""

    def __init__(
        self,
        arguments: list[str],
        *,
        columns: int = 100,
        lines: int = 30,
        environment: Mapping[str, str] | None = None,
        answer: str = "\x1b[?62;22c",
        cwd: Path | None = None,
    ) -> None:
        """
        Args:
            arguments: Of the command.
            columns: Width of the screen.
            lines: Height of the screen.
            environment: Variables beside those of this process.
            answer: What to send when the command asks what the terminal is.
            cwd: Where to run.
        """
        self._answer = answer
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.seen = b""
        self._answered = 0
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "tui_selector", *arguments],
            dimensions=(lines, columns),
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            | dict(environment or {}),
            cwd=str(cwd) if cwd else None,
            timeout=LONG_PATIENCE,
        )
        self.process.delaybeforesend = None

    @property
    def text(self) -> str:
        """Every line of the screen."""
        return "\n".join(self.screen.display)

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the command has written; return whether it is still there."""
        try:
            data = self.process.read_nonblocking(1 << 16, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        # A question may come in two pieces.
        asked = _DA1.search(self.seen[max(self._answered, len(self.seen) - 4) :] + data)
        self.seen += data
        if asked:
            self._answered = len(self.seen)
            self.process.send(self._answer)
        # The emulator knows neither kitty's nor other application strings; a terminal skips them.
        self._stream.feed(re.sub(rb"\x1b[_P][^\x1b]*\x1b\\|\x1b\[[<>=?][0-9;]*u", b"", data))
        return True

    def wait(self, what: str | Callable[[], object]) -> None:
        """Wait until the text is on screen, or until the condition holds."""
        deadline = time.monotonic() + LONG_PATIENCE
        while time.monotonic() < deadline:
            there = self.read()
            if (what in self.text) if isinstance(what, str) else what():
                return
            if not there:
                break
        raise AssertionError(f"{what!r} did not come; on screen:\n{self.text}")

    def press(self, keys: str) -> None:
        """Type these characters."""
        self.process.send(keys)

    def leave(self, keys: str = "q") -> int | None:
        """Press the keys that quit, wait for the end, return the exit code."""
        self.press(keys)
        deadline = time.monotonic() + LONG_PATIENCE
        while self.read() and time.monotonic() < deadline:
            pass
        self.process.close(force=True)
        code: int | None = self.process.exitstatus
        return code

    def close(self) -> None:
        """End the command, whatever it is doing."""
        self.process.close(force=True)
