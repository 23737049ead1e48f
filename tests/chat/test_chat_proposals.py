"""Proposals in answers: the fixed form, and what hostile text makes of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui_selector.chat.proposals import (
    ACTS,
    LONGEST_LINE,
    LONGEST_REASON,
    LONGEST_TEXT,
    MOST_LINES,
    Proposal,
    read_answer,
    so_far,
    written,
)

NUMBERS = range(1, 6)


def block(*lines: str) -> str:
    return "\n".join(("Here is what I would do.", "", "```proposals", *lines, "```"))


def proposed(*lines: str) -> tuple[Proposal, ...]:
    return read_answer(block(*lines), NUMBERS).proposals


def test_every_act_is_read() -> None:
    answer = read_answer(
        block(
            "keep 2: sharper at the eyes",
            "reject 1, 3: blurred by motion",
            "mark 4",
            "rate 2, 5 as 4: the best light",
            'search "dog on a beach": more of them',
            'rename "Beach day"',
        ),
        NUMBERS,
    )
    assert answer.text == "Here is what I would do."
    assert answer.notes == ()
    assert answer.proposals == (
        Proposal(act="keep", photos=(2,), reason="sharper at the eyes"),
        Proposal(act="reject", photos=(1, 3), reason="blurred by motion"),
        Proposal(act="mark", photos=(4,)),
        Proposal(act="rate", photos=(2, 5), stars=4, reason="the best light"),
        Proposal(act="search", text="dog on a beach", reason="more of them"),
        Proposal(act="rename", text="Beach day"),
    )


@pytest.mark.parametrize(
    ("line", "photos"),
    [
        ("keep photos 1 and 3", (1, 3)),
        ("- pick #2: nice", (2,)),
        ("KEEP 1,2 , and 3", (1, 2, 3)),
        ("keep 1 2 3", (1, 2, 3)),
        ("keep 2, 2, 2", (2,)),
    ],
)
def test_photos_are_named_in_many_ways(line: str, photos: tuple[int, ...]) -> None:
    (proposal,) = proposed(line)
    assert (proposal.act, proposal.photos) == ("keep", photos)


@pytest.mark.parametrize(
    "line",
    [
        "delete 1",
        "trash 2: rubbish",
        "rm -rf ~/Photos",
        "keep",
        "keep all",
        "keep 1 then delete 2",
        "keep 99999999999999999999",
        "rate 1",
        "rate 1 as 9",
        "rate 1 as 0",
        "search dog",
        'search ""',
        'rename "Beach" and delete 1',
        "reject 1-3",
        "<b>keep 1</b>",
    ],
)
def test_what_is_not_of_the_form_is_left_out_and_noted(line: str) -> None:
    answer = read_answer(block(line), NUMBERS)
    assert answer.proposals == ()
    assert len(answer.notes) == 1


def test_only_photos_of_the_conversation_are_taken() -> None:
    answer = read_answer(block("reject 1, 77, 3"), NUMBERS)
    assert answer.proposals == (Proposal(act="reject", photos=(1, 3)),)
    assert answer.notes == ("There is no photo 77 here; it is left out.",)


def test_a_photo_is_not_kept_and_rejected_at_once() -> None:
    answer = read_answer(block("keep 1, 2", "reject 2, 3"), NUMBERS)
    assert [each.photos for each in answer.proposals] == [(1,), (3,)]
    assert answer.notes == ("Photo 2 was to be kept and rejected at once; it is left as it is.",)


def test_only_the_last_block_counts_and_text_after_it_stays_text() -> None:
    text = f"{block('reject 1')}\nNo, rather:\n\n```proposals\nkeep 1\n```\nShall I?"
    answer = read_answer(text, NUMBERS)
    assert answer.proposals == (Proposal(act="keep", photos=(1,)),)
    assert answer.text.endswith("No, rather:\n\nShall I?")


def test_a_block_that_was_cut_short_is_read_as_far_as_it_goes() -> None:
    answer = read_answer("Well.\n```proposals\nkeep 1\nreject 2: blu", NUMBERS)
    assert [each.act for each in answer.proposals] == ["keep", "reject"]


def test_limits_hold() -> None:
    many = read_answer(block(*["keep 1"] * (MOST_LINES + 5)), NUMBERS)
    assert many.notes == (f"Only the first {MOST_LINES} lines of the proposals were read.",)
    long = read_answer(block("keep 1: " + "x" * LONGEST_LINE), NUMBERS)
    assert long.proposals == ()
    (cut,) = proposed(f"keep 1: {'x' * (LONGEST_LINE - 20)}")
    assert len(cut.reason) == LONGEST_REASON


def test_while_it_is_written_the_block_is_not_shown() -> None:
    whole = block("keep 1: sharp")
    shown = [so_far(whole[:end]) for end in range(len(whole) + 1)]
    assert all("proposals" not in text and "keep" not in text for text in shown)
    assert shown[-1] == "Here is what I would do."


def test_other_code_blocks_are_text() -> None:
    text = "Look:\n```python\nkeep 1\n```"
    assert read_answer(text, NUMBERS) == (text, (), ())


# -- properties ----------------------------------------------------------------------------------

LINES = st.one_of(
    st.text(max_size=80),
    st.builds(
        " ".join,
        st.lists(
            st.one_of(
                st.sampled_from(
                    [*ACTS, "1", "2", "3,", "99", "as", ":", '"', "and", "#", "-", "("]
                ),
                st.text(max_size=5),
            ),
            max_size=12,
        ),
    ),
)


@settings(max_examples=40)
@given(st.lists(LINES, max_size=60), st.text(max_size=40))
@example(["keep 1" + " ," * 200 + " x"], "")
@example(["keep " + "1 " * 250 + "!"], "```")
def test_the_reader_never_raises_and_keeps_its_limits(lines: list[str], end: str) -> None:
    answer = read_answer(block(*lines) + end, NUMBERS)
    for each in answer.proposals:
        assert each.act in ACTS
        assert set(each.photos) <= set(NUMBERS)
        assert len(set(each.photos)) == len(each.photos)
        assert bool(each.photos) != bool(each.text)
        assert (each.act == "rate") == (each.stars > 0)
        assert 0 <= each.stars <= 5
        assert len(each.reason) <= LONGEST_REASON
        assert len(each.text) <= LONGEST_TEXT
        assert each.reason.isprintable() or not each.reason.isascii()
        assert "\n" not in each.reason + each.text
    kept = {n for each in answer.proposals if each.act == "keep" for n in each.photos}
    gone = {n for each in answer.proposals if each.act == "reject" for n in each.photos}
    assert kept.isdisjoint(gone)


@settings(max_examples=40)
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    answer = read_answer(text, NUMBERS)
    assert not any(ord(char) < 32 and char != "\n" for char in answer.text)
    assert so_far(text) is not None


NUMBERED = st.lists(st.sampled_from(list(NUMBERS)), min_size=1, max_size=5, unique=True).map(tuple)
WORDS = st.from_regex(r"[a-z]+( [a-z]+){0,4}", fullmatch=True)


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.builds(Proposal, act=st.just("mark"), photos=NUMBERED, reason=WORDS),
            st.builds(
                Proposal,
                act=st.just("rate"),
                photos=NUMBERED,
                stars=st.integers(1, 5),
                reason=WORDS,
            ),
            st.builds(Proposal, act=st.just("search"), text=WORDS),
        ),
        max_size=1,
    )
)
def test_what_is_written_is_read_again(proposals: list[Proposal]) -> None:
    assert read_answer(written(proposals), NUMBERS).proposals == tuple(proposals)
