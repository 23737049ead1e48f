"""Searching with the keyboard in a real pseudo-terminal, with the engine and its model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from installed_command import paths_of
from terminal_session import Terminal

from tui_selector.library.photo import Flag

Open = Callable[..., Terminal]


def rejected(folder: Path) -> list[str]:
    """Names of photos."""
    return paths_of(folder, f"flag = {int(Flag.REJECT)}")


def test_what_is_typed_is_found_and_never_decides(album: Path, open_terminal: Open) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("Problems")
    # Filters need no model. All of it is one write, as a slow line delivers it: what stands
    # before enter is typed, what comes behind it is about the photos found.
    terminal.press("/name:cat*\rx")
    terminal.wait(lambda: len(rejected(album)) == 1)
    assert rejected(album)[0].startswith("cat")
    terminal.wait("Search: name:cat*")

    terminal.press("/\x15")
    terminal.wait("search before")
    terminal.press("cat")
    terminal.wait("Search: cat")
    terminal.wait(" ms")
    assert len(rejected(album)) == 1
    terminal.press("\x1b")
    terminal.wait(lambda: "Search: cat" not in terminal.text)
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen
