"""Runs `tui-selector` as a user does, in a process of its own, and looks at what it left."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patience import LONG_PATIENCE

from tui_selector.paths import library_paths

#: Control characters (C0 but newline, DEL, C1) and characters that turn the direction of text.
_HOSTILE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Answer:
    """What a command said: exit code, standard output and error stream."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer to `--json`."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """Everything that reached the terminal."""
        return self.out + self.err

    @property
    def hostile(self) -> list[str]:
        """Characters that a terminal would act on."""
        return _HOSTILE.findall(self.text)

    def is_one_sentence(self, *words: str) -> bool:
        """Whether the command said one sentence of its own, holding these words, and no more."""
        return (
            not self.out
            and self.err.count("\n") == 1
            and self.err.startswith("tui-selector: ")
            and self.err.rstrip().endswith((".", "?"))
            and all(word in self.err for word in words)
        )


def command(*arguments: object, before: Sequence[str] = (), cwd: Path | None = None) -> Answer:
    """Run `tui-selector` with these arguments, behind the words `before`."""
    answer = subprocess.run(
        [*before, sys.executable, "-m", "tui_selector", *map(os.fspath, map(_text, arguments))],
        capture_output=True,
        cwd=cwd,
        timeout=LONG_PATIENCE,
    )
    return Answer(answer.returncode, answer.stdout.decode(), answer.stderr.decode())


def _text(argument: object) -> str | Path:
    return argument if isinstance(argument, Path) else str(argument)


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a folder's catalog."""
    connection = sqlite3.connect(library_paths(folder).catalog)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def paths_of(folder: Path, condition: str) -> list[str]:
    """Paths of the photos of a folder's catalog for which an SQL condition holds, in order.

    It is for waiting: asking the command again and again would take the processor from what is
    waited for.
    """
    rows = query(
        folder,
        "SELECT path FROM photos WHERE state NOT IN ('trashed', 'missing')"
        f" AND {condition} ORDER BY path",
    )
    return [os.fsdecode(path) for (path,) in rows]


def engine_pid(folder: Path) -> int:
    """The process id of a folder's engine; 0 where none has started yet."""
    try:
        return int(library_paths(folder).lock.read_text() or 0)
    except FileNotFoundError:
        return 0


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that no event tells of.

    Raises:
        AssertionError: It did not come in time.
    """
    deadline = time.monotonic() + LONG_PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"it did not come within {LONG_PATIENCE} s"
        time.sleep(0.02)
