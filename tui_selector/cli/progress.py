"""A line that tells how far something is that takes its time."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Self

from tui_selector.library.display import printable
from tui_selector.models.sizes import in_words

#: Cells of the bar.
_CELLS = 24
#: Seconds between two drawings.
_PACE = 0.1


class ProgressLine:
    """A line of progress on the error stream, where a person is watching; erased at an error."""

    def __init__(self, name: str) -> None:
        self._name = printable(name)
        self._shown = sys.stderr.isatty()
        self._first: tuple[float, int] | None = None
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._shown and kind is not None:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, there: int, total: int) -> None:
        now = time.monotonic()
        self._first = self._first or (now, there)
        if not self._shown or (now - self._last < _PACE and there < total):
            return
        self._last = now
        began, before = self._first
        rate = (there - before) / (now - began) if now > began else 0.0
        filled = _CELLS * there // max(total, 1)
        text = f"{self._name} {'█' * filled}{'░' * (_CELLS - filled)} {in_words(there)}"
        text += f" of {in_words(total)}"
        if rate:
            text += f", {in_words(int(rate))}/s, {(total - there) / rate:.0f} s left"
        end = "\n" if there >= total else ""
        room = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{text[:room]}{end}")
        sys.stderr.flush()
