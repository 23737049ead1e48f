"""How a command says that it cannot go on."""

from __future__ import annotations

import sys


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
