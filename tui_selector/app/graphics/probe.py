"""Asks the terminal what it is and what it can draw, before Textual takes it over.

One write holds every question, and the answer to the last ends the wait. A terminal behind tmux is
asked once more through it: its answers prove that tmux hands pictures on.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from tui_selector.app.graphics.answers import (
    QUESTION_FOR_PICTURES,
    QUESTIONS,
    QUESTIONS_TO_MULTIPLEXERS,
    Answers,
    Window,
    count_last,
    has_answer,
    parse,
)
from tui_selector.app.graphics.choice import TerminalGraphics, decide
from tui_selector.app.graphics.multiplexer import (
    Tmux,
    ask_tmux,
    expected,
    multiplexer,
    through_tmux,
)
from tui_selector.app.graphics.terminals import Graphics, Kind

__all__ = ["Graphics", "Kind", "TerminalGraphics", "probe", "window_of"]

TIMEOUT = 0.3
"""How long a terminal that has begun to answer may pause, in seconds."""

SILENCE = 2.0
"""How long a terminal may say nothing at all: one that is just starting, or at the far end of ssh,
takes its time, and every terminal answers the last question."""

_ROUND_TRIPS = 4
"""How many round trips an answer through a tmux may take that perhaps hands nothing on."""

_MOST_ANSWER_BYTES = 16384


def probe(
    graphics: Graphics = "auto",
    timeout: float = TIMEOUT,
    *,
    device: str = "/dev/tty",
    environment: Mapping[str, str] = os.environ,
    keep_input: bool = True,
) -> TerminalGraphics:
    """Find out how to draw pictures. Call it before Textual starts; it never raises.

    Args:
        graphics: What the user wants; "auto" leaves it to the terminal.
        timeout: Seconds without an answer after which the terminal is taken to have said all; at
            first the terminal may be silent for longer, at the far end of ssh in particular.
        device: The terminal to ask.
        environment: Environment variables.
        keep_input: Whether what comes after the last answer is left to be read; otherwise it is
            thrown away, as a shell would take a late answer for keys.
    """
    if graphics == "off" or environment.get("TERM") == "dumb":
        return decide(graphics, Answers(), environment)
    try:
        with _Line(device, keep_input) as line:
            answers, tmux = _interview(line, timeout, max(timeout, SILENCE), environment)
    except (OSError, termios.error):
        answers, tmux = Answers(), None
    return decide(graphics, answers, environment, tmux)


def _interview(
    line: _Line, timeout: float, patience: float, environment: Mapping[str, str]
) -> tuple[Answers, Tmux | None]:
    """Ask the terminal, and the one around tmux where tmux has answered."""
    if not expected(environment):
        answers = line.ask(QUESTIONS, timeout, patience)
    else:
        answers = line.ask(QUESTIONS_TO_MULTIPLEXERS, timeout, patience)
        if answers.name and not multiplexer(answers.name, environment):
            more = line.ask(QUESTION_FOR_PICTURES, timeout, patience)
            answers = replace(
                answers,
                kitty=more.kitty,
                complete=answers.complete and more.complete,
                typed=answers.typed + more.typed,
            )
    if not answers.answered or multiplexer(answers.name, environment) != "tmux":
        return answers, None
    tmux = ask_tmux(environment)
    if tmux.passthrough is False:
        return answers, tmux
    if not tmux.passthrough:
        patience = min(patience, max(timeout, _ROUND_TRIPS * answers.round_trip))
    outer = line.ask(through_tmux(QUESTIONS), timeout, patience)
    tmux = replace(tmux, terminal=outer.name or tmux.terminal, kitty=outer.kitty)
    cell = outer if outer.cell_source == "terminal" else answers
    return (
        replace(
            answers,
            cell=cell.cell,
            cell_source=cell.cell_source,
            complete=answers.complete and outer.complete,
            round_trip=outer.round_trip or answers.round_trip,
            typed=answers.typed + outer.typed,
        ),
        tmux,
    )


class _Line:
    """A terminal that is asked and left as it was."""

    def __init__(self, device: str, keep_input: bool) -> None:
        self._device = device
        self._keep_input = keep_input

    def __enter__(self) -> _Line:
        """Open the terminal, without echo and line by line reading.

        Raises:
            OSError: There is no such terminal.
            termios.error: It is not a terminal.
        """
        self._descriptor = os.open(self._device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            self._before = termios.tcgetattr(self._descriptor)
            quiet = termios.tcgetattr(self._descriptor)
            # An enter key stays one: the application would read a newline as ctrl+j.
            quiet[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
            quiet[3] &= ~(termios.ICANON | termios.ECHO)
            quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 0, 0
            termios.tcsetattr(self._descriptor, termios.TCSANOW, quiet)
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if not self._keep_input:
                termios.tcflush(self._descriptor, termios.TCIFLUSH)
            # At once: a terminal stopped with ctrl+s would never take what was written.
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)
        finally:
            os.close(self._descriptor)

    def ask(self, questions: bytes, timeout: float, patience: float) -> Answers:
        """Put questions and read what comes until the last is answered.

        Args:
            questions: The bytes to write.
            timeout: Seconds to wait for more after something has come.
            patience: Seconds to wait for the first byte.

        Raises:
            OSError: The terminal is gone.
        """
        self._write(questions, patience)
        asked = time.monotonic()
        data, answered = b"", 0.0
        for data in self._reads(timeout, patience):
            if not answered and has_answer(data):
                answered = time.monotonic()
            if count_last(data):
                break
        return parse(data, window_of(self._descriptor), max(0.0, answered - asked))

    def _write(self, data: bytes, patience: float) -> None:
        """Write, but give up on a terminal that takes nothing (stopped with ctrl+s)."""
        deadline = time.monotonic() + patience
        while data:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._descriptor], [], left)[1]:
                return
            data = data[os.write(self._descriptor, data) :]

    def _reads(self, timeout: float, patience: float) -> Iterator[bytes]:
        """All that has come, each time that more has, until the time is up."""
        data = b""
        start = time.monotonic()
        deadline = start + patience
        while len(data) < _MOST_ANSWER_BYTES:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                return
            read = os.read(self._descriptor, 4096)
            if not read:
                return
            data += read
            yield data
            # A stream without an end (a pasted file) must not hold the start up for ever, and keys
            # that come before the first answer are none.
            begun = time.monotonic() + timeout if has_answer(data) else deadline
            deadline = min(begun, start + patience)


def window_of(descriptor: int) -> Window:
    """The window of a terminal as the kernel knows it; zeros where it does not."""
    try:
        packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return 0, 0, 0, 0
    rows, columns, width, height = struct.unpack("HHHH", packed)
    return rows, columns, width, height
