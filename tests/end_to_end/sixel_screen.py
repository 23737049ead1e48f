"""As much of an xterm as it takes to know which Sixel pictures are on its screen."""

from __future__ import annotations

import re
from math import ceil

from kitty_screen import KittyScreen

_PICTURE = re.compile(r'\x1bP[\d;]*q"1;1;(\d+);(\d+)#')


class SixelScreen(KittyScreen):
    """A picture stands in cells, each painting under a number of its own, until text comes there.

    `images`, `begun`, `shown` and `sizes` are about paintings; none is ever cut short or kept. What
    is painted right beside a picture, or below the beginning of one, is another piece of it.
    """

    _saved = (0, 0)

    def _string(self, text: str) -> None:
        found = _PICTURE.match(text)
        if found is None:
            return
        self.picture_bytes += len(text)
        width, height = (int(size) for size in found.groups())
        columns, rows = ceil(width / self.cell[0]), ceil(height / self.cell[1])
        if self._column + columns > self.columns or self._row + rows > self.lines:
            self.problems.append(f"a picture of {width}x{height} leaves the screen")
        number = self._joined()
        if number is None:
            number = len(self.begun) + 1
            self.begun.append(number)
            self.shown.add(number)
        self.sizes[number] = self.sizes.get(number, 0) + len(text)
        for row in self.cells[self._row : self._row + rows]:
            for column in range(self._column, min(self.columns, self._column + columns)):
                row[column] = ("▣", number)

    def _joined(self) -> int | None:
        """The picture that what is painted at the cursor goes on with."""
        left = self.cells[self._row][self._column - 1] if self._column else (" ", 0)
        if left[0] == "▣":
            return left[1]
        row = self.cells[self._row - 1] if self._row else []
        above = row[self._column] if row else (" ", 0)
        begins = not self._column or row[self._column - 1 : self._column] != [above]
        return above[1] if above[0] == "▣" and begins else None

    def _escape(self, text: str) -> None:
        if text == "\x1b7":
            self._saved = self._row, self._column
        elif text == "\x1b8":
            self._row, self._column = self._saved

    def _answer(self, parameters: str, between: str, final: str) -> bytes:
        if final == "q" and parameters.startswith(">"):
            return b"\x1bP>|XTerm(390)\x1b\\"
        if final == "c" and not parameters.startswith((">", "=")):
            return b"\x1b[?64;4;22c"
        if final == "S":
            return b"\x1b[?1;0;256S" if parameters.startswith("?1;") else b"\x1b[?2;0;1000;1000S"
        return super()._answer(parameters, between, final)

    def _graphics_answer(self, keys: str) -> bytes:
        return b""
