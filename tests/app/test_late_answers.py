"""What a slow terminal answers is never taken for keys."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers import linux_driver

from tui_selector.app.graphics.late_answers import (
    CellSizeAnswer,
    LateAnswers,
    TerminalParser,
    listen,
)

ANSWERS = (
    "\x1bP>|kitty(0.41.1)\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[6;18;9t",
    "\x1b[4;792;1350t",
    "\x1b[?1;0;256S",
    "\x1b[?2;0;1440;864S",
)
LAST = "\x1b[?62;c"
KEYS = ("p", "x", "1", "\x1b[A", "\x1b[1;2C", " ", "é")


@given(st.lists(st.sampled_from(ANSWERS + KEYS)), st.lists(st.integers(0, 60)))
def test_answers_go_and_keys_stay_however_the_stream_is_cut(
    parts: list[str], cuts: list[int]
) -> None:
    stream = "".join(parts) + LAST + "q"
    late = LateAnswers()
    typed, start = "", 0
    for cut in cuts:
        if piece := stream[start : start + cut]:
            typed += late.strip(piece)
        start += cut
    typed += late.strip(stream[start:]) if stream[start:] else ""
    expected = "".join(part for part in parts if part in KEYS) + "q"
    assert typed == expected


def test_after_the_last_answer_everything_is_typed() -> None:
    late = LateAnswers()
    assert late.strip(f"a{LAST}b") == "ab"
    assert late.strip("\x1bP") == "\x1bP"
    assert late.strip(ANSWERS[2]) == ANSWERS[2]


def test_patience_ends() -> None:
    late = LateAnswers(patience=-1)
    assert late.strip("k") == "k"
    assert late.strip(ANSWERS[0]) == ANSWERS[0]
    late.expect(60)
    assert late.strip("k" + ANSWERS[0]) == "k"


def test_an_answer_that_never_ends_swallows_no_keys() -> None:
    late = LateAnswers(pause=-1)
    garbage = "a\x1bP>|gar"
    assert late.strip(garbage) == "a"
    assert late.strip("p") == "p"


class Clock:
    """What the time is, in seconds."""

    now = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, in the hands of the test."""
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


def test_keys_behind_a_string_that_never_ends_count_after_a_while(clock: Clock) -> None:
    late = LateAnswers(pause=1)
    late.strip("\x1bP>|gar")
    typed = ""
    for tenth in range(20):
        clock.now = tenth / 10
        typed += late.strip("j")
    assert typed == "j" * 9


def test_a_program_that_is_held_up_takes_no_answer_for_keys(clock: Clock) -> None:
    late = LateAnswers()
    clock.now = 100.0  # nobody has read anything until now
    assert late.strip("\x1b[?6") == ""
    clock.now = 110.0
    assert late.strip("2;45") == ""
    assert late.take_escape() == ""
    clock.now = 115.0
    assert late.strip("c5") == "5"


def test_a_terminal_is_waited_for_only_while_somebody_reads(clock: Clock) -> None:
    late = LateAnswers()
    assert late.strip("j") == "j"
    clock.now = 1000.0  # the program was held up
    assert late.strip(ANSWERS[2]) == ""
    for _ in range(201):
        clock.now += 0.1
        late.take_escape()
    assert late.strip(ANSWERS[2]) == ANSWERS[2]


def test_the_escape_key_comes_a_moment_later(clock: Clock) -> None:
    late = LateAnswers()
    assert late.strip("\x1b") == ""
    assert late.take_escape() == ""
    clock.now = 0.2
    assert late.take_escape() == "\x1b"
    assert late.take_escape() == ""
    assert late.strip("[A") == "[A"


def test_an_escape_is_a_key_only_after_the_reader_has_waited(clock: Clock) -> None:
    late = LateAnswers()
    parser = TerminalParser(late)
    assert list(parser.feed(ANSWERS[2] + "\x1b")) != []  # the size of a cell
    clock.now = 1.0  # the program was held up, and more lies ready
    assert keys(parser) == []
    assert keys(parser, ANSWERS[3][1:]) == []
    assert list(parser.feed("\x1b")) == []
    assert keys(parser) == []
    clock.now = 1.1
    assert keys(parser) == []  # it is Textual's now
    assert late.strip("[A") == "[A"


def test_an_answer_cut_behind_its_escape_is_none_the_less_one() -> None:
    parser = TerminalParser(LateAnswers())
    assert keys(parser, "\x1b", ANSWERS[3][1:], "p") == ["p"]


@pytest.mark.parametrize("begun", ["\x1b[?62", "\x1b[6;18", "\x1b[4;", "\x1b[?"])
def test_an_answer_broken_off_rates_no_photo(begun: str) -> None:
    late = LateAnswers(pause=60)
    assert late.strip(begun) == ""
    assert late.strip("l") == "l"


@pytest.mark.parametrize("key", ["\x1b[4~", "\x1b[6;5~", "\x1b[46;5u", "\x1b[?2026;2$y"])
def test_keys_that_begin_like_answers_stay_whole(key: str) -> None:
    for cut in range(2, len(key)):
        late = LateAnswers(pause=60)
        assert late.strip(key[:cut]) + late.strip(key[cut:]) == key


def test_an_answer_that_comes_in_time_is_put_together() -> None:
    late = LateAnswers(pause=60)
    assert late.strip("a\x1b[6;1") == "a"
    assert late.strip("8;9tp") == "p"
    assert late.take_cell() == (9, 18)
    assert late.take_cell() is None


def keys(parser: TerminalParser, *pieces: str) -> list[str]:
    found = [event for piece in pieces for event in parser.feed(piece)]
    found += parser.tick()
    return [event.key for event in found if isinstance(event, events.Key)]


def test_the_parser_hands_on_keys_alone() -> None:
    parser = TerminalParser(LateAnswers())
    pieces = (*ANSWERS, "p", ANSWERS[0][:5], ANSWERS[0][5:], LAST, "x")
    assert keys(parser, *pieces) == ["p", "x"]


def test_what_was_typed_before_comes_first_and_once() -> None:
    late = LateAnswers("jé\x1b[B".encode() + b"\xff", patience=0)
    assert keys(TerminalParser(late), "x") == ["j", "é", "down", "x"]
    assert keys(TerminalParser(late), "y") == ["y"]


def test_what_was_typed_before_comes_without_another_key() -> None:
    assert keys(TerminalParser(LateAnswers(b"jk", patience=0))) == ["j", "k"]


def test_an_answer_begun_while_the_terminal_was_asked_ends_afterwards() -> None:
    late = LateAnswers(b"j" + ANSWERS[0][:9].encode())
    parser = TerminalParser(late)
    assert keys(parser) == ["j"]
    assert keys(parser, ANSWERS[0][9:] + "p") == ["p"]


def test_the_size_of_a_cell_is_handed_to_the_application() -> None:
    late = LateAnswers(patience=0)
    parser = TerminalParser(late)
    late.expect(60)
    (answer,) = parser.feed("\x1b[6;18;9t")
    assert isinstance(answer, CellSizeAnswer)
    assert (answer.width, answer.height) == (9, 18)
    assert not list(parser.feed("\x1b[6;1;1t"))


def test_the_driver_reads_through_it_and_skips_what_is_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("XTermParser", "getincrementaldecoder"):
        assert name in linux_driver.LinuxDriver.run_input_thread.__code__.co_names
        monkeypatch.setattr(linux_driver, name, getattr(linux_driver, name))
    listen(LateAnswers(b"j", patience=0))
    parser = linux_driver.XTermParser(False)  # type: ignore[attr-defined]
    assert isinstance(parser, TerminalParser)
    assert keys(parser) == ["j"]
    decode = linux_driver.getincrementaldecoder("utf-8")().decode  # type: ignore[attr-defined]
    assert decode(b"a\xffb\xc3") + decode(b"\xa9") == "abé"
