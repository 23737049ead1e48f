"""The installed command on a terminal that is slow, silent, mad or typed into while it is asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from patience import LONG_PATIENCE
from PIL import Image
from terminal_session import Terminal

from tui_selector.app.graphics.late_answers import PAUSE
from tui_selector.engine.launch import hold
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]

DA1 = "\x1b[?62;22c"
KITTY = "\x1bP>|kitty(0.41.1)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[4;540;900t\x1b[?62;c"
BIG = "\x1bP>|mad(1.0)\x1b\\\x1b[6;18;9t\x1b[?62;c"


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Path]:
    """Six photos that the catalog knows already, and an engine that never comes."""
    folder = tmp_path / "Photos"
    folder.mkdir()
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog, catalog.transaction():
        for number in range(6):
            file = folder / f"{number}.jpg"
            Image.effect_noise((120, 80), 40 + number).convert("RGB").save(file)
            found = file.stat()
            catalog.photos.add(
                [
                    Found(
                        path=file.name,
                        size=found.st_size,
                        mtime_ns=found.st_mtime_ns,
                        kind=Kind.IMAGE,
                    )
                ]
            )
    paths.make()
    with hold(paths):
        yield folder


@pytest.fixture
def open_album(album: Path) -> Iterator[Open]:
    """A function that opens the album in a terminal, with variables beside its own."""
    opened: list[Terminal] = []

    def start(*, answer: str = DA1, **variables: str) -> Terminal:
        terminal = Terminal(
            [str(album)], answer=answer, environment={"TUI_SELECTOR_WORKERS": "1", **variables}
        )
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


def position(terminal: Terminal) -> int:
    """Which photo the status line says the cursor is on; 0 while it says none."""
    found = re.findall(r"\b(\d+)/\d+\b", terminal.screen.display[-2] + terminal.screen.display[-1])
    return int(found[-1]) if found else 0


def test_keys_typed_before_the_answer_count(open_album: Open) -> None:
    terminal = open_album(answer="ll" + DA1 + "l")
    terminal.wait(lambda: position(terminal) == 4)
    assert terminal.leave() == 0


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\x1bP>|never ends",
        "\x1b[?62",
        "\x1bP>|" + "x" * 250 + "\x1b\\\x1b[6;99999;0t\x1b_Gi=31;ENOTSUP:no\x1b\\" + DA1,
        "\x1b[6;0;0t\x1b[4;0;0t\x1b[?1;3;0S" + DA1,
    ],
    ids=["silent", "endless", "broken off", "absurd", "zeros"],
)
def test_no_answer_and_nonsense_are_no_keys(open_album: Open, answer: str) -> None:
    terminal = open_album(answer=answer)
    terminal.wait(lambda: position(terminal) == 1)
    # A key may be the end of what was broken off, but not for long.
    while position(terminal) == 1:
        terminal.press("l")
        terminal.read()
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen


def test_an_answer_that_comes_after_the_screen_is_no_key(open_album: Open) -> None:
    in_time = False
    while not in_time:  # or the test was held up, and the terminal has typed the rest
        terminal = open_album(answer="")
        terminal.wait(lambda terminal=terminal: position(terminal) == 1)
        began = time.monotonic()
        for piece in (KITTY[:25], KITTY[25:41], KITTY[41:] + "l"):
            terminal.press(piece)
            terminal.read(0.1)
        in_time = time.monotonic() - began < PAUSE
    terminal.wait(lambda: position(terminal) == 2)
    assert terminal.leave() == 0


def test_bytes_that_are_no_text_do_not_end_the_session(open_album: Open) -> None:
    terminal = open_album()
    terminal.wait(lambda: position(terminal) == 1)
    terminal.process.send(b"\xff\xfe\x80l")
    terminal.wait(lambda: position(terminal) == 2)
    assert terminal.leave() == 0


@pytest.mark.parametrize("answer", ["", DA1])
def test_the_line_is_left_as_it_was(open_album: Open, answer: str) -> None:
    terminal = open_album(answer=answer)
    before = termios.tcgetattr(terminal.process.child_fd)
    terminal.wait(lambda: position(terminal) == 1)
    assert termios.tcgetattr(terminal.process.child_fd) != before
    terminal.press("q")
    while terminal.read():
        pass
    assert termios.tcgetattr(terminal.process.child_fd) == before


def test_a_new_font_size_is_asked_for_and_its_answer_is_no_key(open_album: Open) -> None:
    terminal = open_album(answer=BIG)
    terminal.wait(lambda: position(terminal) == 1)
    # Once before the screen, and once for its first size, as the kernel does not know the pixels.
    terminal.wait(lambda: terminal.seen.count(b"\x1b[16t") == 2)
    terminal.press("\x1b[6;18;9t")
    terminal.read()
    terminal.process.setwinsize(30, 90)
    terminal.wait(lambda: terminal.seen.count(b"\x1b[16t") == 3)
    terminal.press("\x1b[6;36;18tl")
    terminal.wait(lambda: position(terminal) == 2)
    assert terminal.leave() == 0


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_prints_lines_gets_a_sentence(album: Path, term: str) -> None:
    process = pexpect.spawn(
        sys.executable,
        ["-m", "tui_selector", str(album)],
        env={**os.environ, "TERM": term},
        timeout=LONG_PATIENCE,
    )
    process.expect(pexpect.EOF)
    assert b"TERM=dumb" in process.before
    assert b"\x1b" not in process.before
    process.close()
    assert process.exitstatus == 2


def test_a_pipe_gets_a_sentence(album: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "tui_selector", str(album)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert "needs a terminal" in answer.stderr


def test_without_colours_half_blocks_are_shades(open_album: Open) -> None:
    terminal = open_album(NO_COLOR="1")
    terminal.wait(lambda: position(terminal) == 1)
    terminal.press("l")
    terminal.wait(lambda: position(terminal) == 2)
    assert terminal.leave() == 0
    colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.seen)
    assert colours
    assert all(red == green == blue for red, green, blue in colours)
    assert not re.search(rb"[34]8;5;", terminal.seen)
