"""What a slow terminal answers is never taken for keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers import linux_driver

from tui_selector.app.graphics.late_answers import LateAnswers, _Parser

ANSWERS = (
    "\x1bP>|kitty(0.41.1)\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[6;18;9t",
    "\x1b[4;792;1350t",
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
    # A cut right behind an escape lets the escape through: it may be the key, and keys never wait.
    lone = any(stream[: sum(cuts[:n])].endswith("\x1b") for n in range(1, len(cuts) + 1))
    if not lone:
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


def test_the_parser_hands_on_keys_alone() -> None:
    parser = _Parser()
    found = [
        event.key
        for piece in (*ANSWERS, "p", ANSWERS[0][:5], ANSWERS[0][5:], LAST, "x")
        for event in parser.feed(piece)
        if isinstance(event, events.Key)
    ]
    assert found == ["p", "x"]


def test_the_driver_makes_its_parser_by_the_name_that_is_replaced() -> None:
    assert "XTermParser" in linux_driver.LinuxDriver.run_input_thread.__code__.co_names
