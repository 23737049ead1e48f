"""The line to the terminal on a simulated clock: what is measured and what is held back."""

from __future__ import annotations

import threading

import pytest
from simulated_line import PIECE, Line
from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_selector.app.graphics.link import (
    COURTESY,
    PAINTING,
    QUERY,
    REST,
    TerminalLink,
    Transfer,
)
from tui_selector.app.graphics.link_speed import PATIENCE, QUEUE

LINES = [(250_000, 0.08), (60_000, 0.2), (1_500_000, 0.03), (12_000_000, 0.002)]


@pytest.mark.parametrize(("rate", "round_trip"), LINES)
def test_a_busy_line_is_measured_and_used_without_a_long_queue(
    rate: float, round_trip: float
) -> None:
    line = Line(rate, round_trip)
    seconds = 6
    finished = [line.send(20_000)[1] for _ in range(int(rate * seconds / 20_000))]
    line.run(60)
    speed = line.link.speed
    assert speed.measured
    assert speed.rate == pytest.approx(rate, rel=0.2)
    assert speed.round_trip == pytest.approx(round_trip, abs=0.01)
    assert all(finished)
    # The line is in use for most of the time.
    assert finished[-1][0] < 1.2 * seconds + 10 * round_trip
    # Learning takes a few round trips; then a frame waits for little more than a piece.
    settled = [wait for at, wait in line.waits if 1 + 5 * round_trip < at < finished[-1][0]]
    assert max(settled) < 2 * QUEUE + PIECE / rate + 0.3 * round_trip
    assert line.most_asking == 1


def test_the_first_burst_on_an_unknown_line_is_small() -> None:
    line = Line(30_000, 0.3)
    line.send(500_000)
    line.run(0.3)
    assert sum(map(len, line.written)) < 0.3 * 250_000 + 20_000
    assert line.link.speed.unconfirmed < 100_000


def test_a_line_that_becomes_slower_or_faster_is_followed() -> None:
    line = Line(400_000, 0.05)
    for _ in range(300):
        line.send(20_000)
    line.run(4)
    line.rate = 100_000
    line.run(10)
    assert line.link.speed.rate == pytest.approx(100_000, rel=0.25)
    line.rate = 400_000
    line.run(14)
    assert line.link.speed.rate == pytest.approx(400_000, rel=0.25)


def test_an_idle_line_is_not_taken_for_a_slow_one() -> None:
    line = Line(250_000, 0.08)
    for _ in range(40):
        line.send(20_000)
    line.run(10)
    before = line.link.speed.rate
    for second in range(11, 40):
        line.send(1500)
        line.run(second)
    assert line.link.speed.rate >= 0.9 * before


def test_a_terminal_that_answers_at_once_is_trusted_from_the_start() -> None:
    line = Line(1e9, 0.0005, known=0.0005)
    _, done = line.send(300_000)
    line.run(0.05)
    assert done


def test_pictures_come_after_each_other_and_what_is_cancelled_never() -> None:
    line = Line(250_000, 0.08)
    first, _ = line.send(60_000, "a")
    second, _ = line.send(8_000, "b")
    _, third_done = line.send(8_000, "c")
    line.run(0.1)
    link = line.link
    link.cancel(second)
    link.command(line.write, "(delete)")
    assert "(delete)" not in line.written, "a command in the middle of a picture"
    link.cancel(first)
    line.run(5)
    text = "".join(part for part in line.written if part != QUERY)
    assert "b" not in text.replace("<b>", "")
    assert text.index("<a>") < text.index("(delete)") < text.index("c")
    assert set(text[: text.index("<a>")]) == {"a"}
    assert len(text[: text.index("<a>")]) < 60_000
    assert third_done
    link.cancel(first)
    assert text.count("<a>") == 1


def test_a_terminal_that_falls_silent_gets_its_pictures_late_and_no_second_question() -> None:
    line = Line(250_000, 0.08)
    line.answers = False
    _, done = line.send(200_000)
    line.run(PATIENCE - 1)
    assert not done
    line.run(4 * PATIENCE)
    assert done
    assert line.written.count(QUERY) == 1


def test_a_key_finds_the_line_free() -> None:
    line = Line(250_000, 0.08)
    line.send(400_000)
    line.run(0.5)
    line.link.typed()
    count = len(line.written)
    line.run(0.5 + COURTESY * 0.9)
    assert [text for text in line.written[count:] if text != QUERY] == []
    line.write("the frame that answers")
    line.link.framed()
    line.run(0.6 + COURTESY)
    assert len(line.written) > count + 2
    # A key that changes nothing on screen holds pictures up for a moment only.
    line.link.typed()
    count = len(line.written)
    line.run(line.now + COURTESY + 0.1)
    assert len(line.written) > count


def test_tiles_are_not_made_while_a_key_waits_for_its_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line, waited = Line(250_000, 0.08), list[float]()
    line.link.give_way()

    def wait(event: threading.Event, timeout: float) -> bool:
        waited.append(0.0 if event.is_set() else timeout)
        return True

    monkeypatch.setattr(threading.Event, "wait", wait)
    line.link.give_way()
    assert not waited, "no key came"
    line.link.typed()
    line.link.give_way()
    line.run(line.now + COURTESY / 2)
    line.link.give_way()
    assert waited == [COURTESY, pytest.approx(COURTESY / 2)]
    line.run(line.now + COURTESY)
    line.link.give_way()
    assert waited[2:] == [0.0], "a key that changes nothing has no frame"
    line.link.typed()
    line.link.framed()
    line.link.give_way()
    assert not any(waited[3:])


def test_keys_that_come_one_after_the_other_leave_no_rest() -> None:
    line = Line(250_000, 0.08)
    assert line.link.resting
    for _ in range(5):
        line.link.typed()
        line.link.framed()
        line.run(line.now + REST * 0.9)
        assert not line.link.resting
    line.run(line.now + REST * 0.2)
    assert line.link.resting


def test_nothing_is_held_where_nobody_answers_questions() -> None:
    written: list[str] = []
    done: list[bool] = []
    link = TerminalLink(call_later=lambda delay, callback: pytest.fail("a timer"))
    link.send(Transfer(["a" * 10**6, "b"], written.append, "", lambda: done.append(True)))
    assert written == ["a" * 10**6 + "b"]
    assert done == [True]
    assert not link.paced


def test_leaving_ends_the_picture_and_asks_no_more() -> None:
    line = Line(250_000, 0.08)
    line.send(60_000, "a")
    line.send(60_000, "b")
    line.run(0.05)
    line.link.heard()
    line.link.leave()
    assert line.written[-1] == "<a>"
    count = len(line.written)
    line.run(10)
    assert len(line.written) == count
    _, done = line.send(1000, "c")
    line.run(20)
    assert done, "after a suspension pictures go on"


@pytest.mark.parametrize("cut", range(1, 5))
def test_textuals_parser_knows_the_answer_however_it_is_cut(
    cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

    from tui_selector.app.graphics.link import ANSWER
    from tui_selector.app.graphics.link_driver import _Answer

    monkeypatch.setitem(ANSI_SEQUENCES_KEYS, ANSWER, (_Answer.STATUS,))
    parser = XTermParser()
    stream = f"j{ANSWER}x"
    found = [
        event.key
        for piece in (stream[:cut], stream[cut:])
        for event in parser.feed(piece)
        if isinstance(event, events.Key)
    ]
    assert found == ["j", _Answer.STATUS.value, "x"]


class Driver(LinuxDriver):
    """A driver without a terminal."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, data: str) -> None:
        self.written.append(data)

    def process_message(self, message: Message) -> None:
        pass


@pytest.mark.parametrize("kind", ["sixel", "kitty", "kitty in tmux"])
async def test_a_picture_is_no_answer_to_a_key(kind: str) -> None:
    from tui_selector.app.graphics.link_driver import attach

    picture = {
        "sixel": f"{PAINTING}\x1b[3;4H\x1bP0;1;0q{'~' * 500}\x1b\\\x1b8\x1b[?2026l",
        "kitty": f"\x1b_Ga=t;{'A' * 500}\x1b\\",
        "kitty in tmux": f"\x1bPtmux;\x1b\x1b_Ga=t;{'A' * 500}\x1b\x1b\\\x1b\\",
    }[kind]
    line = Line(250_000, 0.08)
    driver = Driver()
    attach(line.link, driver, lambda: False)
    key = events.Key("j", "j")
    driver.process_message(key)
    # A frame that was on its way before the app saw the key.
    driver.write("\x1b[?2026h\x1b[1;1H" + "the frame that shows a picture")
    assert line.link._typed_at is not None
    key._set_forwarded()
    driver.write(picture)
    assert line.link._typed_at is not None
    driver.write("\x1b[?2026h\x1b[1;1H" + "the frame that answers the key")
    assert line.link._typed_at is None
