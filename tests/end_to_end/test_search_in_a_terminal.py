"""Searching with the keyboard in a real pseudo-terminal, with the engine and its model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_session import Terminal

Open = Callable[..., Terminal]


def listed(folder: Path, *arguments: str) -> list[str]:
    """Names of photos."""
    answer = subprocess.run(
        [sys.executable, "-m", "tui_selector", "list", str(folder), "--json", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(photo["path"]).name for photo in json.loads(answer.stdout)]


@pytest.mark.timeout(300)
def test_what_is_typed_is_found_and_never_decides(album: Path, open_terminal: Open) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("Problems", 120)
    # Filters need no model. All of it is one write, as a slow line delivers it: what stands
    # before enter is typed, what comes behind it is about the photos found.
    terminal.press("/name:cat*\rx")
    terminal.wait(lambda: len(listed(album, "--flag", "reject")) == 1)
    assert listed(album, "--flag", "reject")[0].startswith("cat")
    terminal.wait("Search: name:cat*")

    terminal.press("/\x15")
    terminal.wait("search before")
    terminal.press("cat")
    terminal.wait("Search: cat", 120)
    terminal.wait(" ms", 120)
    assert len(listed(album, "--flag", "reject")) == 1
    terminal.press("\x1b")
    terminal.wait(lambda: "Search: cat" not in terminal.text)
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen
