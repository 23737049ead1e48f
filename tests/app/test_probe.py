from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tui_selector.app.graphics import probe as probing
from tui_selector.app.graphics.probe import Answers, Graphics, decide, parse, probe

KITTY = b"\x1bP>|kitty(0.41.1)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[4;864;1440t\x1b[?62;c"
GHOSTTY = b"\x1bP>|ghostty 1.0.1\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;40;20t\x1b[?62;22;52c"
WEZTERM = b"\x1bP>|WezTerm 20240203\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?65;4;6;18;22c"
XTERM = b"\x1bP>|XTerm(379)\x1b\\\x1b[6;17;8t\x1b[?64;1;2;6;9c"

Respond = Callable[[int], None]


class Terminal:
    """The far end of a pseudo-terminal that answers the probe by a script."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.device = os.ttyname(self.slave)
        self.asked = b""
        self._thread: threading.Thread | None = None

    def script(self, respond: Respond) -> None:
        def run() -> None:
            while not self.asked.endswith(b"\x1b[c"):
                if not select.select([self.master], [], [], 5)[0]:
                    return
                self.asked += os.read(self.master, 4096)
            respond(self.master)

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def finish(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        self.finish()
        os.close(self.master)
        os.close(self.slave)

    def leftover(self) -> bytes:
        """What a program that starts now would read as keys."""
        attributes = termios.tcgetattr(self.slave)
        attributes[3] &= ~termios.ICANON
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)
        ready = select.select([self.slave], [], [], 0)[0]
        return os.read(self.slave, 4096) if ready else b""


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    end = Terminal()
    yield end
    end.close()


def say(*parts: bytes | float) -> Respond:
    """Write the bytes in turn; a number is a pause in seconds."""

    def respond(master: int) -> None:
        for part in parts:
            if isinstance(part, bytes):
                os.write(master, part)
            else:
                time.sleep(part)

    return respond


@pytest.mark.parametrize(
    ("answer", "kind", "cell", "name"),
    [
        (KITTY, "kitty", (9, 18), "kitty(0.41.1)"),
        (GHOSTTY, "kitty", (20, 40), "ghostty 1.0.1"),
        (WEZTERM, "halfcell", (10, 20), "WezTerm 20240203"),
        (XTERM, "halfcell", (8, 17), "XTerm(379)"),
    ],
)
def test_known_terminals(
    terminal: Terminal, answer: bytes, kind: str, cell: tuple[int, int], name: str
) -> None:
    terminal.script(say(answer))
    before = termios.tcgetattr(terminal.slave)
    found = probe(device=terminal.device, environment={"TERM": "xterm-256color"}, timeout=3)
    assert (found.kind, found.name) == (kind, name)
    assert (found.cell_width_px, found.cell_height_px) == cell
    assert found.reason.endswith(".")
    assert termios.tcgetattr(terminal.slave) == before
    assert terminal.leftover() == b""


def test_an_answer_in_pieces_is_put_together(terminal: Terminal) -> None:
    middle = len(KITTY) // 2
    terminal.script(say(KITTY[:5], 0.02, KITTY[5:middle], 0.02, KITTY[middle:]))
    found = probe(device=terminal.device, environment={}, timeout=3)
    assert found.kind == "kitty"
    assert terminal.leftover() == b""


def test_a_terminal_that_is_far_away_or_just_starting_may_answer_late(terminal: Terminal) -> None:
    terminal.script(say(0.5, KITTY))
    found = probe(device=terminal.device, environment={}, timeout=0.05)
    assert found.kind == "kitty"
    assert not found.late


def test_a_silent_terminal_gets_half_blocks(terminal: Terminal) -> None:
    found = probe(device=terminal.device, environment={}, timeout=0.05)
    assert found.kind == "halfcell"
    assert "did not answer" in found.reason
    assert found.late


def test_garbage_and_keys_are_no_answer_and_no_input(terminal: Terminal) -> None:
    terminal.script(say(b"qq\x1b[A\x00\xff\xfe\x1bP>|never ends", b"x" * 200))
    found = probe(device=terminal.device, environment={}, timeout=0.1)
    terminal.finish()
    assert found.kind == "halfcell"
    assert terminal.leftover() == b""


def test_a_stream_without_end_does_not_hold_the_start_up(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "SILENCE", 0.2)
    stop = threading.Event()

    def chatter(master: int) -> None:
        while not stop.wait(0.01):
            os.write(master, b"k")

    terminal.script(chatter)
    found = probe(device=terminal.device, environment={}, timeout=0.1)
    stop.set()
    assert found.kind == "halfcell"


def test_no_terminal_at_all(tmp_path: object) -> None:
    missing = probe(device=f"{tmp_path}/tty", environment={})
    assert missing.kind == "halfcell"
    assert "no terminal" in missing.reason
    assert probe(device="/dev/null", environment={}).kind == "halfcell"


def test_a_dumb_terminal_is_not_asked() -> None:
    assert probe(device="/nowhere", environment={"TERM": "dumb"}).kind == "off"
    assert probe("off", device="/nowhere", environment={}).kind == "off"


def asked(name: str, *, kitty: bool = True) -> Answers:
    return Answers(name=name, kitty=kitty, answered=True, terminal=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kitty(0.27.1)", "halfcell"),
        ("kitty(0.28.0)", "kitty"),
        ("kitty(1.0.0)", "kitty"),
        ("Konsole 24.08", "halfcell"),
        ("iTerm2 3.5.0", "halfcell"),
        ("", "halfcell"),
    ],
)
def test_only_terminals_with_placeholders_get_kitty_pictures(name: str, kind: str) -> None:
    assert decide("auto", asked(name), {}).kind == kind


def test_a_kitty_that_refuses_graphics_gets_half_blocks() -> None:
    assert decide("auto", asked("kitty(0.41.1)", kitty=False), {}).kind == "halfcell"


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"TMUX": "/tmp/tmux"}, "tmux"),
        ({"TERM": "tmux-256color"}, "tmux"),
        ({"STY": "1"}, "screen"),
    ],
)
def test_a_multiplexer_gets_half_blocks_unless_overridden(
    environment: dict[str, str], word: str
) -> None:
    answers = asked("kitty(0.41.1)")
    chosen = decide("auto", answers, environment)
    assert chosen.kind == "halfcell"
    assert word in chosen.reason
    forced = decide("kitty", answers, environment)
    assert forced.kind == "kitty"
    assert forced.passthrough == (word == "tmux")


@pytest.mark.parametrize("wish", ["kitty", "classic", "sixel", "halfcell", "off"])
def test_the_owners_wish_is_fulfilled(wish: Graphics) -> None:
    chosen = decide(wish, asked("foot(1.16)", kitty=False), {})
    assert chosen.kind == wish
    assert f"--graphics {wish}" in chosen.reason


def test_truecolour_is_known_by_name_by_term_or_by_colorterm() -> None:
    assert decide("auto", asked("foot(1.16)", kitty=False), {}).truecolour
    assert decide("auto", Answers(), {"COLORTERM": "truecolor"}).truecolour
    assert decide("auto", Answers(), {"TERM": "xterm-direct"}).truecolour
    assert not decide("auto", asked("XTerm(379)", kitty=False), {"TERM": "xterm"}).truecolour


def test_the_cell_size_comes_from_the_best_source_there_is() -> None:
    window = (50, 100, 1000, 1000)
    assert parse(b"\x1b[6;18;9t\x1b[4;2000;2000t", window).cell == (9, 18)
    assert parse(b"\x1b[4;800;900t", window).cell == (9, 16)
    assert parse(b"", window).cell == (10, 20)
    assert parse(b"\x1b[6;0;0t", (0, 0, 0, 0)).cell is None


def test_a_name_with_control_characters_is_made_harmless() -> None:
    assert parse(b"\x1bP>|evil\n\x9b\x01name\x1b\\", (0, 0, 0, 0)).name.isprintable()
