"""Conversations, what models are told of them, how they are kept and shown."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from chat_photos import photo
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.chat import history
from tui_selector.chat.conversation import MOST_PHOTOS, Conversation, Turn, new_conversation
from tui_selector.chat.history import History
from tui_selector.chat.hostile import harmless, one_line
from tui_selector.chat.markdown import linked_number, mentions, photo_markdown
from tui_selector.chat.prompt import MOST_TURNS, Shown, heading, messages, system_prompt
from tui_selector.chat.proposals import Proposal, read_answer


def answer(text: str = "Photo 2.", *proposals: Proposal) -> Turn:
    return Turn(who="assistant", text=text, by="test", proposals=proposals)


# -- conversations -------------------------------------------------------------------------------


def test_numbers_stay_whatever_joins_or_goes() -> None:
    talk = new_conversation([photo(11), photo(12), photo(13)]).without([12])
    talk = talk.joined([photo(14), photo(11, name="new.jpg")])
    assert [(each.number, each.id, each.gone) for each in talk.photos] == [
        (1, 11, False),
        (2, 12, True),
        (3, 13, False),
        (4, 14, False),
    ]
    assert talk.numbers == (1, 3, 4)
    assert talk.photo(1) == photo(11, 1, name="new.jpg")
    assert talk.photo(0) is None
    assert talk.photo(5) is None
    assert talk.joined([photo(12)]).numbers == (1, 2, 3, 4)


def test_there_are_not_more_photos_than_can_be_numbered() -> None:
    talk = new_conversation(photo(id_) for id_ in range(1, MOST_PHOTOS + 20))
    assert len(talk.photos) == MOST_PHOTOS


def test_each_question_knows_which_photos_it_was_about() -> None:
    talk = new_conversation([photo(11), photo(12)]).asked("Which is better?")
    talk = talk.said(answer()).without([11]).asked("And now?", about=[1, 2, 9])
    assert [turn.photos for turn in talk.turns] == [(1, 2), (), (2,)]
    assert talk.question is talk.turns[-1]
    assert talk.said(answer()).question is None


def test_a_question_is_asked_again_without_its_answer() -> None:
    talk = new_conversation([photo(11)]).asked("Which?")
    assert talk.said(answer()).retried() == talk
    assert new_conversation().retried().turns == ()


def test_it_travels_as_json() -> None:
    talk = new_conversation([photo(11)], tab=3).asked("Which?")
    talk = talk.said(answer("One.", Proposal(act="keep", photos=(1,), reason="sharp")))
    assert msgspec.json.decode(msgspec.json.encode(talk), type=Conversation) == talk


# -- what models are told ------------------------------------------------------------------------


def test_photos_are_shown_once_under_their_headings() -> None:
    talk = new_conversation([photo(11, name="a.jpg"), photo(12, taken="2026-07-03 14:03:22")])
    talk = talk.asked("Which?", about=[1]).said(answer()).asked("And of both?")
    _, first, reply, second = messages(talk, "likes warm light")
    assert first.parts == ("Photo 1: a.jpg\n", Shown(1), "\n", "Which?")
    assert reply.parts == ("Photo 2.",)
    assert second.parts == (
        f"{heading(talk.photos[1])}\n",
        Shown(2),
        "\n",
        "And of both?",
    )
    assert heading(talk.photos[1]) == "Photo 2: 12.jpg, 2026-07-03 14:03:22"
    assert "likes warm light" in system_prompt("likes warm light")


def test_what_was_told_stays_as_it_was_from_turn_to_turn() -> None:
    talk = new_conversation([photo(11), photo(12)]).asked("Which?")
    before = messages(talk)
    talk = talk.said(answer()).joined([photo(13)]).asked("And with the third?")
    assert messages(talk)[: len(before)] == before


def test_a_question_about_some_of_the_photos_says_which() -> None:
    talk = new_conversation([photo(11), photo(12)]).asked("Which?").said(answer())
    assert messages(talk.asked("Why?", about=[2]))[-1].parts == ("(About photo 2.)\n", "Why?")


def test_photos_of_turns_that_are_left_out_are_shown_later() -> None:
    talk = new_conversation([photo(11)])
    for number in range(MOST_TURNS):
        talk = talk.asked(f"Question {number}?").said(answer())
    told = messages(talk)
    assert len(told) == MOST_TURNS + 1
    assert Shown(1) in told[1].parts


def test_a_photo_that_is_gone_is_named_and_not_shown() -> None:
    talk = new_conversation([photo(11)]).asked("Which?").without([11])
    assert messages(talk)[1].parts == ("Photo 1: 11.jpg (no longer here)\n", "Which?")
    assert messages(new_conversation([photo(11)]).asked("x"), sees=False)[1].parts[0] == (
        "Photo 1: 11.jpg\n"
    )


def test_the_system_prompt_shows_the_form_that_is_read() -> None:
    assert len(read_answer(system_prompt(), range(1, 5)).proposals) == 6


# -- the history ---------------------------------------------------------------------------------


def test_conversations_are_kept_turn_by_turn_the_latest_first(tmp_path: Path) -> None:
    kept = History(tmp_path / "chat.jsonl")
    assert kept.conversations() == []
    first = new_conversation([photo(11)]).asked("Which?")
    second = new_conversation([photo(12)]).asked("Why?")
    for talk in (first, second, first.said(answer())):
        kept.keep(talk)
    assert kept.conversations() == [first.said(answer()), second]
    kept.forget(first.id)
    assert kept.conversations() == [second]
    assert (tmp_path / "chat.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_answer_that_was_asked_for_again_replaces_the_first(tmp_path: Path) -> None:
    kept = History(tmp_path / "chat.jsonl")
    talk = new_conversation([photo(11)]).asked("Which?")
    for text in ("One.", "Two."):
        kept.keep(talk)
        kept.keep(talk.said(answer(text)))
    assert kept.conversations() == [talk.said(answer("Two."))]


def test_half_written_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    kept = History(path)
    talk = new_conversation([photo(11)]).asked("Which?")
    kept.keep(talk)
    whole = path.read_bytes()
    path.write_bytes(b'\xff\xfe\n{"id": 3}\n[[[[\n' + whole + whole[: len(whole) // 2])
    assert History(path).conversations() == [talk]
    kept.keep(talk.said(answer()))
    assert History(path).conversations() == [talk.said(answer())]


def test_the_file_does_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LARGEST_FILE", 20_000)
    kept = History(tmp_path / "chat.jsonl")
    talks = [new_conversation().asked(f"Question {number} {'x' * 500}") for number in range(60)]
    for talk in talks:
        kept.keep(talk)
    assert (tmp_path / "chat.jsonl").stat().st_size < 21_000
    found = kept.conversations()
    assert found == talks[-len(found) :][::-1]
    assert len(found) > 10
    assert [path.name for path in tmp_path.iterdir()] == ["chat.jsonl"]


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").mkdir()
    kept = History(tmp_path / "chat.jsonl")
    with pytest.raises(history.HistoryError, match="cannot be kept"):
        kept.keep(new_conversation().asked("x"))
    with pytest.raises(history.HistoryError, match="cannot be read"):
        kept.conversations()


# -- showing it ----------------------------------------------------------------------------------


def test_only_photos_are_links() -> None:
    shown = photo_markdown({1, 2, 3}).render(
        "**photo 2**, photos 1, 2 and 9; [x](http://e.com) <b>b</b> http://x.com ![i](file:///a)\n"
        "[r]: http://r.com\n\n`photo 1` [photo 3](javascript:alert)"
    )
    assert shown.count("<a ") == 4
    assert 'href="photo:2"' in shown
    assert "<b>" not in shown
    assert "<img" not in shown
    assert 'href="http' not in shown
    assert "javascript" not in shown.replace("(javascript:alert)", "")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Photos 1, 2 and 5", [1, 2, 5]),
        ("photo #3 or 4", [3, 4]),
        ("my photos of 2024", []),
        ("image 2 and picture 3", [2, 3]),
        ("photo 123", []),
        ("photoshop 3", []),
    ],
)
def test_photos_are_found_in_text(text: str, numbers: list[int]) -> None:
    assert [number for _, _, number in mentions(text)] == numbers


@pytest.mark.parametrize(
    ("href", "number"),
    [("photo:2", 2), ("photo:", None), ("photo:²", None), ("photo:123", None), ("http://2", None)],
)
def test_only_our_links_lead_to_photos(href: str, number: int | None) -> None:
    assert linked_number(href) == number


@given(st.text())
def test_any_markdown_is_shown_without_links_elsewhere(text: str) -> None:
    tokens = photo_markdown({1, 2}).parse(harmless(text))
    for block in tokens:
        for token in block.children or []:
            assert token.type not in ("image", "html_inline")
            if token.type == "link_open":
                assert linked_number(str(token.attrGet("href"))) in {1, 2}
        assert block.type != "html_block"


@given(st.text())
def test_hostile_text_becomes_harmless(text: str) -> None:
    safe = harmless(text)
    assert safe == harmless(safe)
    assert not any(ord(char) < 32 and char != "\n" for char in safe)
    assert "\x1b" not in safe
    safe.encode()
    line = one_line(text, 20)
    assert len(line) <= 20
    assert "\n" not in line


def test_harmless_text_shows_what_it_takes_away() -> None:
    assert harmless("a\x1b[2Jb\r\nc\td\u202ee\u200df") == "a\\x1b[2Jb\nc    d\\u202eef"
