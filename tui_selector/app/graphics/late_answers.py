"""What comes from the terminal beside keys: answers after Textual has taken over, keys before.

Textual reads what it does not know as keys typed one by one, and a version number would rate and
trash photos. While answers are expected they are taken out of what is typed; keys that were typed
while the terminal was asked go in first.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterable, Iterator
from functools import partial

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

from tui_selector.app.graphics.answers import ANSWER, BEGUN, CELL, LAST, plausible_cell

PATIENCE = 20.0
"""Seconds that the reader waits until a terminal is taken to answer no more."""

PAUSE = 1.0
"""Seconds within which the end of an answer follows its beginning; what comes later is typed."""

ESCAPE_PAUSE = 0.1
"""Seconds after which an escape is no beginning of an answer, but the key."""

# Longest that the reader of keys waits at a time, seconds. Where more has passed since it looked
# last, the program was held up and what came meanwhile lies ready: nobody has waited for it.
_LONGEST_WAIT = 0.1

# Nothing that a terminal sends goes on so; Textual would take its digits for ratings.
_BROKEN_OFF = r"^\x1b\[[46?][\d;]*(?=[^\d;~tucSnR$])"


class CellSizeAnswer(Message):
    """The terminal has said how large a cell is."""

    def __init__(self, width: int, height: int) -> None:
        """
        Args:
            width: In pixels.
            height: In pixels.
        """
        super().__init__()
        self.width, self.height = width, height


class LateAnswers:
    """Takes answers out of a stream of typed characters that comes in pieces."""

    def __init__(
        self, typed: bytes = b"", *, patience: float = PATIENCE, pause: float = PAUSE
    ) -> None:
        """
        Args:
            typed: What was typed while the terminal was asked; may end in a begun answer.
            patience: Seconds for which the reader waits for answers; 0 if none is under way.
            pause: Seconds within which the rest of a begun answer comes.
        """
        self._left = patience  # seconds for which answers are still waited for
        self._pause = pause
        self._typed = typed.decode("utf-8", "ignore")
        self._held = ""
        self._waited = 0.0  # seconds since what is held began
        self._looked_at = time.monotonic()
        self._cell: tuple[int, int] | None = None

    def expect(self, seconds: float) -> None:
        """Wait for an answer for so long. May be called from any thread."""
        self._left = max(self._left, seconds)

    def take_typed(self) -> str:
        """What was typed before, once."""
        typed, self._typed = self._typed, ""
        return typed

    def take_cell(self) -> tuple[int, int] | None:
        """Width and height of a cell as the terminal has said last, once."""
        cell, self._cell = self._cell, None
        return cell

    def take_escape(self) -> str:
        """An escape with nothing behind it for a moment, once: it is a key."""
        self._look()
        if self._held != "\x1b" or self._waited < ESCAPE_PAUSE:
            return ""
        self._held = ""
        return "\x1b"

    def strip(self, text: str) -> str:
        """The next piece without answers; the beginning of one is held back for the next piece."""
        self._look()
        if self._held and self._waited <= self._pause:
            text = re.sub(_BROKEN_OFF, "", self._held + text)
        else:
            self._waited = 0.0
        self._held = ""
        if self._left <= 0 or "\x1b" not in text:
            return text
        if re.search(LAST, text):
            self._left = 0.0
        elif begun := re.search(BEGUN, text):
            if begun.start():
                self._waited = 0.0
            text, self._held = text[: begun.start()], text[begun.start() :]
        for found in re.finditer(CELL, text):
            self._cell = plausible_cell(int(found[2]), int(found[1])) or self._cell
        return re.sub(ANSWER, "", text)

    def skip(self) -> None:
        """Do not count the time since the last piece: nobody has waited for another yet."""
        self._looked_at = time.monotonic()

    def _look(self) -> None:
        """Count how long the reader has waited."""
        now = time.monotonic()
        waited = min(now - self._looked_at, _LONGEST_WAIT)
        self._waited += waited
        self._left -= waited
        self._looked_at = now


class TerminalParser(XTermParser):
    """Textual's parser of what is typed, behind `LateAnswers`."""

    def __init__(self, late: LateAnswers, debug: bool = False) -> None:
        super().__init__(debug)
        self._late = late
        self._has_read = False  # since the last tick, which is at once then

    def feed(self, data: str) -> Iterable[Message]:
        self._has_read = True
        # Empty data means the end of the input, which an answer is not.
        return self._feed_stripped(self._late.take_typed() + data) if data else super().feed(data)

    def tick(self) -> Iterable[Message]:
        if typed := self._late.take_typed():
            yield from self._feed_stripped(typed)
        if self._has_read:
            self._has_read = False
            self._late.skip()
        elif escape := self._late.take_escape():
            yield from super().feed(escape)
        yield from super().tick()

    def _feed_stripped(self, data: str) -> Iterator[Message]:
        typed = self._late.strip(data)
        if cell := self._late.take_cell():
            yield CellSizeAnswer(*cell)
        if typed:
            yield from super().feed(typed)


def listen(late: LateAnswers) -> None:
    """Let the driver of this process read through `late`; call it before the application runs.

    Bytes that are no text are skipped, too: they would end the driver's reading for good.
    """
    linux_driver.XTermParser = partial(TerminalParser, late)  # type: ignore[attr-defined, assignment]
    linux_driver.getincrementaldecoder = _lenient_decoder  # type: ignore[attr-defined, assignment]


def _lenient_decoder(encoding: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), "ignore")
