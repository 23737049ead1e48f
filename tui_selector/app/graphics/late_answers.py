"""Answers to the probe that come after Textual has taken the terminal over are no keys.

Textual reads what it does not know as keys typed one by one, and a version number would rate and
trash photos. Until the terminal has answered the last question, its answers are taken out of what
is typed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

#: Seconds after which a terminal is taken to answer no more.
PATIENCE = 20.0

#: Name and version (DCS), graphics (APC), sizes in pixels, device attributes.
_ANSWER = re.compile(
    r"\x1bP[^\x1b]{0,300}\x1b\\|\x1b_G[^\x1b]{0,300}\x1b\\|\x1b\[[46];\d+;\d+t|\x1b\[\?[\d;]*c"
)
_LAST = re.compile(r"\x1b\[\?[\d;]*c")

#: The beginning of an answer at the end of what has come.
_BEGUN = re.compile(
    r"(?:\x1bP[^\x1b]{0,300}\x1b?|\x1b_[^\x1b]{0,300}\x1b?|\x1b\[(?:[46?][\d;]*)?)$"
)


class LateAnswers:
    """Takes answers out of a stream of typed characters that comes in pieces."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """
        Args:
            patience: Seconds to go on for at most.
        """
        self._until: float | None = time.monotonic() + patience
        self._held = ""

    def strip(self, text: str) -> str:
        """The next piece without answers; the beginning of one is held back for the next piece."""
        text, self._held = self._held + text, ""
        if self._until is None:
            return text
        if time.monotonic() > self._until or _LAST.search(text):
            self._until = None
        elif begun := _BEGUN.search(text):
            text, self._held = text[: begun.start()], text[begun.start() :]
        return _ANSWER.sub("", text)


class _Parser(XTermParser):
    """Textual's parser of what is typed, behind `LateAnswers`."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._late = LateAnswers()

    def feed(self, data: str) -> Iterable[Message]:
        # Empty data means the end of the input, which an answer is not.
        typed = self._late.strip(data) if data else data
        return super().feed(typed) if typed or not data else ()


def expect_late_answers() -> None:
    """Let the driver of this process skip answers; call it before the application runs."""
    linux_driver.XTermParser = _Parser  # type: ignore[attr-defined]
