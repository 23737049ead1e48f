"""How a command says that it cannot go on."""

from __future__ import annotations

import sys

from tui_selector.library.display import printable


class CommandError(Exception):
    """A command cannot go on; the text says why, `code` is what the process exits with."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def complain(text: str, code: int, opening: bool = False) -> int:
    """Print a sentence on the error stream, on the normal screen, and return the exit code.

    Args:
        text: One sentence or more.
        code: What to return.
        opening: Whether the alternate screen is shown and has to be left first.
    """
    if opening:
        sys.stdout.write("\x1b[?1049l\x1b[?25h")
        sys.stdout.flush()
    sys.stderr.write(f"tui-selector: {text}\n")
    return code


def pointed(sentence: str, text: str, column: int, length: int) -> str:
    """A sentence about a part of a text, and below it the text with that part pointed at.

    Args:
        sentence: What is wrong.
        text: What somebody typed.
        column: Where the part begins, in characters from 0.
        length: How many characters it has.
    """
    # One column for each character, whatever it is.
    line = "".join(char if char.isprintable() else "?" for char in text)
    first = max(0, column - 60)
    pointer = " " * (column - first) + "^" * max(1, min(length, 40))
    return f"{sentence}\n  {printable(line[first : first + 100])}\n  {pointer}"
