"""The installed command leaves no picture in the terminal: suspended, hung up, ended."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import LONG_PATIENCE
from PIL import Image
from terminal_session import Terminal

from tui_selector.engine.client import stop
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]

SENT = re.compile(rb"\x1b_Ga=t,[^;]*?i=(\d+)")
FREED = re.compile(rb"\x1b_Ga=d,d=I,i=(\d+)")
ANSWERS = {
    "kitty": "\x1bP>|kitty(0.41.1)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;c",
    "classic": "\x1bP>|kitty(0.26.5)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;c",
    "sixel": "\x1bP>|foot(1.16.2)\x1b\\\x1b[6;18;9t\x1b[?62;4c",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Six photos; their engine is stopped at the end."""
    photos = tmp_path / "Photos"
    photos.mkdir()
    for number in range(6):
        picture = Image.effect_noise((240, 160), 40 + number).convert("RGB")
        picture.save(photos / f"{number}.jpg")
    yield photos
    stop(library_paths(photos), LONG_PATIENCE)


def opened(folder: Path, kind: str, open_terminal: Open) -> Terminal:
    """The folder in a terminal that speaks a protocol, with all its pictures."""
    terminal = open_terminal(folder, answer=ANSWERS[kind])
    terminal.wait(lambda: pictures(terminal) >= 6)
    return terminal


def pictures(terminal: Terminal) -> int:
    return len(set(SENT.findall(terminal.seen))) + len(re.findall(rb"\x1bP[\d;]*q", terminal.seen))


def all_freed(terminal: Terminal) -> bool:
    return set(SENT.findall(terminal.seen)) == set(FREED.findall(terminal.seen))


def is_stopped(terminal: Terminal) -> bool:
    """Whether the command has stopped itself, as a shell waits for before it lets it go on."""
    state = Path(f"/proc/{terminal.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return state[0] == "T"


def test_an_app_that_ends_is_suspended_or_killed_leaves_no_picture(
    folder: Path, open_terminal: Open
) -> None:
    """One after the other, with one engine."""
    for kind in ANSWERS:
        _ends(opened(folder, kind, open_terminal))
        _is_suspended(opened(folder, kind, open_terminal))
        _is_killed(opened(folder, kind, open_terminal))


def _ends(terminal: Terminal) -> None:
    assert terminal.leave() == 0
    assert all_freed(terminal)
    # They are freed while the screen is still the one that they are on.
    assert not FREED.search(terminal.seen.rpartition(b"\x1b[?1049l")[2])
    assert b"Traceback" not in terminal.seen


def _is_suspended(terminal: Terminal) -> None:
    os.kill(terminal.process.pid, signal.SIGTSTP)
    terminal.wait(lambda: is_stopped(terminal))
    while b"\x1b[?1049l" not in terminal.seen:
        terminal.read()
    assert all_freed(terminal)
    before = pictures(terminal)
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.wait(lambda: pictures(terminal) >= before + 6)
    assert terminal.leave() == 0
    assert all_freed(terminal)


def _is_killed(terminal: Terminal) -> None:
    os.kill(terminal.process.pid, signal.SIGTERM)
    while terminal.read():
        pass
    assert b"\x1b[?1049l" in terminal.seen
    assert all_freed(terminal)
    assert b"Traceback" not in terminal.seen
