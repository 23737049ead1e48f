"""As much of a kitty as it takes to know which pictures are on its screen, fed byte by byte."""

from __future__ import annotations

import codecs
import re
from base64 import standard_b64decode

from rich.cells import cell_len

PLACEHOLDER = "\U0010eeee"

_TOKEN = re.compile(
    r"\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<payload>[^\x1b]*))?\x1b\\"
    r"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]P_^X][^\x1b\x07]*(?:\x07|\x1b\\))"
    r"|\x1b[()*+][0-9A-Z]"
    r"|(?P<escape>\x1b[0-9=>A-Za-z~|}](?<![\[\]P_^X]))"
    r"|(?P<text>[^\x1b]+)",
    re.DOTALL,
)


class KittyScreen:
    """Parses what an application writes and answers what it asks.

    Attributes:
        cells: Character and foreground colour (an image id at placeholders) of every cell.
        images: Ids of the pictures that are there, with their PNG files.
        begun: Ids in the order in which they began to arrive; `aborted` are those cut short.
        shown: Ids that were complete while a cell showed them.
        received: Bytes so far, `picture_bytes` of them in graphics commands.
        questions: How many times it was asked for its status; `unanswered` is for the test to
            make it deaf to that.
        problems: What a real terminal would have stumbled over.
    """

    def __init__(self, columns: int, lines: int, cell: tuple[int, int] = (10, 20)) -> None:
        self.columns, self.lines, self.cell = columns, lines, cell
        self.images: dict[int, bytes] = {}
        self.begun: list[int] = []
        self.aborted: list[int] = []
        self.freed: list[int] = []
        self.shown: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.received = self.picture_bytes = self.questions = 0
        self.unanswered = False
        self.problems: list[str] = []
        self.alternate = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._incoming: tuple[int, list[str]] | None = None
        self._row = self._column = self._colour = 0
        self._last = " "
        self._margins: tuple[int, int | None] = 0, None
        self.clear()

    def clear(self) -> None:
        self.cells = [[(" ", 0)] * self.columns for _ in range(self.lines)]

    @property
    def text(self) -> str:
        return "\n".join("".join(character for character, _ in row) for row in self.cells)

    def ids(self) -> set[int]:
        """The pictures whose placeholders are on screen."""
        return {colour for row in self.cells for character, colour in row if character == "▣"}

    def feed(self, data: bytes) -> bytes:
        """Take in bytes; return what the terminal answers."""
        self.received += len(data)
        text, answers = self._rest + self._decoder.decode(data), b""
        position = 0
        while found := _TOKEN.match(text, position):
            if found["text"] is not None:
                self._write(found["text"])
            elif found["keys"] is not None:
                self._graphics(found[0], found["keys"], found["payload"] or "")
                answers += self._graphics_answer(found["keys"])
            elif found["final"] is not None:
                answers += self._control(found["parameters"], found["between"], found["final"])
            elif found["string"] is not None:
                self._string(found["string"])
            elif found["escape"] is not None:
                self._escape(found["escape"])
            position = found.end()
        self._rest = text[position:]
        return answers

    def _string(self, text: str) -> None:
        """Take in a control string that is no graphics command; a kitty shows none of it."""

    def _escape(self, text: str) -> None:
        """Take in a sequence of two characters; none of them moves a kitty's cursor here."""

    # -- text --------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        for character in text:
            if character == "\r":
                self._column = 0
            elif character in "\n\v":
                self._row += 1
            elif character == PLACEHOLDER:
                self._last = character
                self._put("▣", 1)
                if self._colour in self.images:
                    self.shown.add(self._colour)
            elif character >= " " and (width := cell_len(character)):
                self._last = character
                self._put(character, width)

    def _put(self, character: str, width: int) -> None:
        if self._row < self.lines and self._column < self.columns:
            row = self.cells[self._row]
            row[self._column] = (character, self._colour)
            if width == 2 and self._column + 1 < self.columns:
                row[self._column + 1] = ("", self._colour)
        self._column += width

    def _control(self, parameters: str, between: str, final: str) -> bytes:
        numbers = [int(part) if part.isdigit() else 0 for part in parameters.split(";")]
        if final in "Hf":
            self._row = max(1, numbers[0]) - 1
            self._column = max(1, numbers[1] if len(numbers) > 1 else 1) - 1
        elif final == "C":
            self._column = min(self._column + max(1, numbers[0]), self.columns - 1)
        elif final == "D":
            self._column = max(self._column - max(1, numbers[0]), 0)
        elif final == "X":
            self._erase(max(1, numbers[0]))
        elif final == "m":
            self._style(numbers)
        elif final == "b":
            self._write(self._last * max(1, numbers[0]))
        elif final == "J":
            self.clear()
        elif final == "r" and not parameters.startswith("?"):
            top, bottom = (*numbers, 0)[:2]
            self._margins = max(1, top) - 1, bottom or None
            self._row = self._column = 0
        elif final in "LM":
            self._move_lines(max(1, numbers[0]), down=final == "L")
        elif final in "hl" and parameters == "?1049":
            self.alternate = final == "h"
            self.clear()
        return self._answer(parameters, between, final)

    def _erase(self, count: int) -> None:
        """Blank cells from the cursor on, which stays where it is."""
        column = self._column
        for _ in range(min(count, self.columns - column)):
            self._put(" ", 1)
        self._column = column

    def _move_lines(self, count: int, *, down: bool) -> None:
        """Insert lines at the cursor or delete them; the others move within the margins."""
        start, end = self._row, self._margins[1] or self.lines
        if not self._margins[0] <= start < end:
            return
        count = min(count, end - start)
        blank = [[(" ", 0)] * self.columns for _ in range(count)]
        moving = self.cells[start:end]
        self.cells[start:end] = blank + moving[:-count] if down else moving[count:] + blank

    def _style(self, numbers: list[int]) -> None:
        while numbers:
            code = numbers.pop(0)
            if code == 38 and numbers[:1] == [2]:
                _, red, green, blue = numbers[:4]
                self._colour = red << 16 | green << 8 | blue
                del numbers[:4]
            elif code in (38, 48):
                del numbers[: 4 if numbers[:1] == [2] else 2]
            elif code in (0, 39):
                self._colour = 0

    def _answer(self, parameters: str, between: str, final: str) -> bytes:
        width, height = self.cell
        if final == "n" and parameters == "5":
            self.questions += 1
            return b"" if self.unanswered else b"\x1b[0n"
        if final == "q" and parameters.startswith(">"):
            return b"\x1bP>|kitty(0.41.1)\x1b\\"
        if final == "c" and not parameters.startswith((">", "=")):
            return b"\x1b[?62;c"
        if final == "t" and parameters == "16":
            return f"\x1b[6;{height};{width}t".encode()
        if final == "t" and parameters == "14":
            return f"\x1b[4;{height * self.lines};{width * self.columns}t".encode()
        if final == "p" and between == "$":
            return f"\x1b[{parameters};{2 if parameters == '?2026' else 0}$y".encode()
        return b""

    # -- pictures ----------------------------------------------------------------------------

    def _graphics_answer(self, keys: str) -> bytes:
        values = dict(part.partition("=")[::2] for part in keys.split(","))
        return f"\x1b_Gi={values['i']};OK\x1b\\".encode() if values.get("a") == "q" else b""

    def _graphics(self, command: str, keys: str, payload: str) -> None:
        self.picture_bytes += len(command)
        values = dict(part.partition("=")[::2] for part in keys.split(","))
        action = values.get("a", "t" if self._incoming else "T")
        if action == "q":
            return
        if self._incoming is not None and set(values) - {"m", "q"}:
            self.problems.append(f"{keys} in the middle of a picture")
        if action == "t":
            self._receive(values, command, payload)
        elif action == "p" and int(values["i"]) not in self.images:
            self.problems.append(f"{keys} before its picture")
        elif action == "d" and self.images.pop(int(values["i"]), None) is not None:
            self.freed.append(int(values["i"]))

    def _receive(self, values: dict[str, str], command: str, payload: str) -> None:
        if self._incoming is None:
            self._incoming = (int(values["i"]), [])
            self.begun.append(self._incoming[0])
        image_id, parts = self._incoming
        self.sizes[image_id] = self.sizes.get(image_id, 0) + len(command)
        parts.append(payload)
        if values.get("m", "0") == "0":
            data = standard_b64decode("".join(parts))
            self._incoming = None
            if data.endswith(b"IEND\xaeB`\x82"):
                self.images[image_id] = data
            else:
                self.aborted.append(image_id)
