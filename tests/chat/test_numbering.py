"""Numbers of photos in few words."""

from __future__ import annotations

from tui_selector.chat.numbering import in_words


def test_numbers_that_follow_each_other_are_one_word() -> None:
    assert in_words([1, 2, 3, 4, 7]) == ["1–4", "7"]
    assert in_words([1, 2, 3]) == ["1", "2", "3"]
    assert in_words([1, 2, 3, 5, 6], few=2) == ["1–3", "5", "6"]
    assert in_words([]) == []
