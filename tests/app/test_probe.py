from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from patience import PATIENCE

from tui_selector.app.graphics import probe as probing
from tui_selector.app.graphics.answers import ATTRIBUTES, QUESTIONS, parse
from tui_selector.app.graphics.multiplexer import through_tmux
from tui_selector.app.graphics.probe import probe

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
                if not select.select([self.master], [], [], PATIENCE)[0]:
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


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminals here answer whenever they get to it, but for those that are silent on purpose."""
    monkeypatch.setattr(probing, "SILENCE", PATIENCE)


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
        (WEZTERM, "sixel", (10, 20), "WezTerm 20240203"),
        (XTERM, "halfcell", (8, 17), "XTerm(379)"),
    ],
)
def test_known_terminals(
    terminal: Terminal, answer: bytes, kind: str, cell: tuple[int, int], name: str
) -> None:
    terminal.script(say(answer))
    before = termios.tcgetattr(terminal.slave)
    found = probe(device=terminal.device, environment={"TERM": "xterm-256color"}, timeout=PATIENCE)
    assert (found.kind, found.name) == (kind, name)
    assert (found.cell_width_px, found.cell_height_px) == cell
    assert found.reason.endswith(".")
    assert termios.tcgetattr(terminal.slave) == before
    assert terminal.leftover() == b""


def test_an_answer_in_pieces_is_put_together(terminal: Terminal) -> None:
    middle = len(KITTY) // 2
    terminal.script(say(KITTY[:5], 0.02, KITTY[5:middle], 0.02, KITTY[middle:]))
    found = probe(device=terminal.device, environment={}, timeout=PATIENCE)
    assert found.kind == "kitty"
    assert terminal.leftover() == b""


def test_a_terminal_that_is_far_away_or_just_starting_may_answer_late(terminal: Terminal) -> None:
    terminal.script(say(0.5, KITTY))
    found = probe(device=terminal.device, environment={}, timeout=0.05)
    assert found.kind == "kitty"
    assert not found.late


def test_a_silent_terminal_gets_half_blocks(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "SILENCE", 0.2)
    found = probe(device=terminal.device, environment={}, timeout=0.05)
    assert found.kind == "halfcell"
    assert "did not answer" in found.reason
    assert found.late


def test_garbage_is_no_answer(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "SILENCE", 0.2)
    terminal.script(say(b"qq\x1b[A\x00\xff\xfe\x1bP>|never ends", b"x" * 200))
    found = probe(device=terminal.device, environment={}, timeout=0.1, keep_input=False)
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


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        (b"jj" + KITTY, b"jj"),
        (KITTY + b"dx", b"dx"),
        (KITTY[:31] + b"p\x1b[B" + KITTY[31:], b"p\x1b[B"),
        ("é\r".encode() + KITTY, "é\r".encode()),
    ],
)
def test_keys_typed_before_the_answer_are_kept_in_order(
    terminal: Terminal, answer: bytes, typed: bytes
) -> None:
    terminal.script(say(answer))
    found = probe(device=terminal.device, environment={}, timeout=PATIENCE)
    assert found.kind == "kitty"
    assert found.typed == typed


def test_keys_do_not_shorten_the_wait_for_the_first_answer(terminal: Terminal) -> None:
    terminal.script(say(b"j", 0.3, KITTY))
    found = probe(device=terminal.device, environment={}, timeout=0.05)
    assert found.kind == "kitty"
    assert found.typed == b"j"


def test_keys_after_the_answer_stay_for_the_application_alone(terminal: Terminal) -> None:
    for keep, left in ((True, b"q"), (False, b"")):
        terminal.asked = b""
        terminal.script(say(KITTY))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                probing, "parse", lambda *a: (os.write(terminal.master, b"q"), parse(*a))[1]
            )
            probe(device=terminal.device, environment={}, timeout=PATIENCE, keep_input=keep)
        terminal.finish()
        assert terminal.leftover() == left


def test_the_round_trip_is_measured(terminal: Terminal) -> None:
    terminal.script(say(0.1, KITTY))
    found = probe(device=terminal.device, environment={}, timeout=PATIENCE)
    assert found.round_trip >= 0.1
    silent = probe(device="/dev/null", environment={})
    assert silent.round_trip == 0


def test_an_answer_cut_off_is_handed_over_with_its_beginning(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "SILENCE", 3.0)
    terminal.script(say(b"j" + GHOSTTY[:12]))
    found = probe(device=terminal.device, environment={}, timeout=0.1)
    assert found.late
    assert found.typed == b"j" + GHOSTTY[:12]


def test_a_terminal_stopped_by_the_owner_does_not_hold_the_start_up(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "SILENCE", 0.2)
    termios.tcflow(terminal.slave, termios.TCOOFF)
    found = probe(device=terminal.device, environment={}, timeout=0.1)
    termios.tcflow(terminal.slave, termios.TCOON)
    assert found.kind == "halfcell"
    assert found.late


INNER = b"\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c"


def tmux_in_between(outer: bytes | None) -> Respond:
    """Answers as tmux 3.3a does; the terminal around it, asked through it, says `outer`."""

    def respond(master: int) -> None:
        os.write(master, INNER)
        handed = b""
        while not handed.endswith(through_tmux(QUESTIONS)):
            if not select.select([master], [], [], PATIENCE)[0]:
                return
            handed += os.read(master, 4096)
        if outer is not None:
            os.write(master, outer)

    return respond


def test_the_terminal_around_a_far_tmux_is_asked_through_it(terminal: Terminal) -> None:
    terminal.script(tmux_in_between(KITTY))
    found = probe(device=terminal.device, environment={"TERM": "tmux-256color"}, timeout=PATIENCE)
    assert found.kind == "kitty"
    assert found.passthrough
    assert found.name == "tmux 3.3a"
    assert (found.cell_width_px, found.cell_height_px) == (9, 18)
    assert not found.late


@pytest.mark.parametrize("term", ["tmux-256color", "screen-256color"])
def test_tmux_and_screen_get_no_question_that_they_take_as_a_title(
    terminal: Terminal, term: str
) -> None:
    terminal.script(say(b"\x1b[?1;2c"))
    probe(device=terminal.device, environment={"TERM": term}, timeout=0.05)
    terminal.finish()
    assert b"\x1b_" not in terminal.asked


def test_a_terminal_that_was_started_from_tmux_is_asked_for_pictures_after_all(
    terminal: Terminal,
) -> None:
    def respond(master: int) -> None:
        os.write(master, b"\x1bP>|kitty(0.41.1)\x1b\\\x1b[6;18;9t\x1b[?62;c")
        more = b""
        while not more.endswith(ATTRIBUTES):
            more += os.read(master, 4096)
        os.write(master, b"\x1b_Gi=31;OK\x1b\\\x1b[?62;cj")

    terminal.script(respond)
    found = probe(device=terminal.device, environment={"TMUX": "/t"}, timeout=PATIENCE)
    assert found.kind == "kitty"
    assert (found.cell_width_px, found.typed, found.late) == (9, b"j", False)


def test_a_tmux_that_hands_nothing_on_gets_half_blocks_and_the_line_to_set(
    terminal: Terminal,
) -> None:
    terminal.script(tmux_in_between(None))
    found = probe(device=terminal.device, environment={"TERM": "tmux-256color"}, timeout=0.1)
    assert found.kind == "halfcell"
    assert "tmux set -g allow-passthrough on" in found.reason
    assert found.late


def test_a_tmux_set_to_hand_nothing_on_is_not_waited_for(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_selector.app.graphics.multiplexer import Tmux

    monkeypatch.setattr(
        probing, "ask_tmux", lambda _: Tmux("3.3a", False, "xterm-kitty", None, "kitty(0.41.1)")
    )
    terminal.script(say(INNER))
    found = probe(device=terminal.device, environment={"TMUX": "/t"}, timeout=PATIENCE)
    terminal.finish()
    assert found.kind == "halfcell"
    assert "tmux keeps pictures from kitty(0.41.1)" in found.reason
    assert not found.late
    assert not select.select([terminal.master], [], [], 0)[0]


def test_the_last_question_is_the_one_that_everybody_answers() -> None:
    assert QUESTIONS.endswith(ATTRIBUTES)


def test_the_cell_size_comes_from_the_best_source_there_is() -> None:
    window = (50, 100, 1000, 1000)
    for data, cell, source in (
        (b"\x1b[6;18;9t\x1b[4;2000;2000t", (9, 18), "terminal"),
        (b"\x1b[6;0;0t\x1b[4;800;900t", (9, 16), "window"),
        (b"", (10, 20), "kernel"),
    ):
        found = parse(data, window)
        assert (found.cell, found.cell_source) == (cell, source)
    nothing = parse(b"\x1b[6;0;0t", (0, 0, 0, 0))
    assert (nothing.cell, nothing.cell_source) == (None, "guess")


def test_the_limits_of_sixel_are_read() -> None:
    found = parse(b"\x1b[?1;0;256S\x1b[?2;0;1440;864S\x1b[?63;4c", (0, 0, 0, 0))
    assert (found.colours, found.largest, found.sixel) == (256, (1440, 864), True)
    refused = parse(b"\x1b[?1;1;0S\x1b[?2;3;0S\x1b[?63;44c", (0, 0, 0, 0))
    assert (refused.colours, refused.largest, refused.sixel) == (0, (0, 0), False)
    assert refused.typed == b""


def test_a_name_with_control_characters_is_made_harmless() -> None:
    assert parse(b"\x1bP>|evil\n\x9b\x01name\x1b\\", (0, 0, 0, 0)).name.isprintable()
