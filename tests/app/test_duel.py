"""Ranking by choices between two: how many are asked, what is never asked, what is taken back."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.duel import Duel, Votes, choice_words, most_choices
from tui_selector.library.catalog.vote_table import Vote


def fight(duel: Duel, taste: list[int], choices: int | None = None) -> int:
    """Choose by a taste, the best first, as often as asked; return how often that was."""
    made = 0
    while duel.pair is not None and made != choices:
        duel.choose(min(duel.pair, key=taste.index))
        made += 1
    return made


def test_the_most_choices_are_those_of_binary_insertion() -> None:
    assert [most_choices(count) for count in range(1, 9)] == [0, 1, 3, 5, 8, 11, 14, 17]


@pytest.mark.parametrize("count", range(1, 7))
def test_every_order_is_found_with_no_more_choices_than_said(count: int) -> None:
    asked = []
    for taste in permutations(range(count)):
        duel = Duel(range(count))
        assert duel.left == most_choices(count)
        asked.append(fight(duel, list(taste)))
        assert duel.ranked == list(taste)
        assert duel.placed == count
    assert max(asked) == most_choices(count)


@given(st.permutations(range(20)))
def test_what_is_left_never_grows_and_ends_at_nothing(taste: list[int]) -> None:
    duel = Duel(range(20))
    while duel.pair is not None:
        left = duel.left
        duel.choose(min(duel.pair, key=taste.index))
        assert duel.left < left
    assert duel.left == 0
    assert duel.ranked == taste


@given(st.permutations(range(9)), st.permutations(range(9)), st.integers(0, 30))
def test_what_was_chosen_is_not_asked_again_in_whatever_order(
    taste: list[int], order: list[int], choices: int
) -> None:
    first = Duel(range(9))
    made = fight(first, taste, choices)
    again = Duel(range(9), first.made)
    assert (again.pair, again.ranked) == (first.pair, first.ranked)
    if first.pair is None:
        other = Duel(order, first.made)
        assert other.pair is None
        assert other.ranked == taste
    else:
        assert fight(again, taste) + made <= most_choices(9)


@given(st.permutations(range(8)), st.integers(1, 12))
def test_taking_back_goes_to_where_it_was(taste: list[int], choices: int) -> None:
    duel = Duel(range(8))
    fight(duel, taste, choices)
    before = (duel.pair, duel.ranked, duel.left, duel.placed)
    if duel.pair is not None:
        vote = duel.choose(duel.pair[1])
        assert duel.take_back() == vote
        assert (duel.pair, duel.ranked, duel.left, duel.placed) == before
    while duel.take_back():
        pass
    assert duel.pair == (0, 1)


def test_a_photo_that_has_gone_is_not_asked_about() -> None:
    duel = Duel([1, 2, 3, 4])
    fight(duel, [3, 1, 2, 4], 2)
    duel.drop([1])
    fight(duel, [3, 2, 4])
    assert duel.ranked == [3, 2, 4]


def test_a_choice_about_others_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the pair"):
        Duel([1, 2]).choose(3)


def test_the_last_word_counts() -> None:
    assert Duel([1, 2], [Vote(1, 2), Vote(2, 1)]).ranked == [2, 1]
    votes = Votes([Vote(1, 2), Vote(7, 8)]).changed(add=[Vote(2, 1)])
    ranked = votes.ranked([1, 2])
    assert ranked is not None
    assert ranked.photos == [2, 1]
    assert votes.ranked([1, 7]) is None
    assert votes.changed(remove=[Vote(2, 1)]).ranked([1, 2]) is None


def test_a_photo_comes_before_what_it_was_chosen_over_and_the_others_stay_as_they_stood() -> None:
    ranked = Votes([Vote(4, 1)]).ranked([1, 2, 3, 4, 5])
    assert ranked is not None
    assert ranked.photos == [4, 1, 2, 3, 5]
    ranked = Votes([Vote(5, 4), Vote(4, 2)]).ranked([1, 2, 3, 4, 5])
    assert ranked is not None
    assert ranked.photos == [1, 5, 4, 2, 3]


def test_only_places_that_choices_alone_decide_are_called_so() -> None:
    ranked = Votes([Vote(3, 1)]).ranked([1, 2, 3])
    assert ranked is not None
    assert not any(ranked.is_decided(photo) for photo in ranked.photos)
    assert [choice_words(ranked.over[each], ranked.under[each], 2) for each in (3, 1, 2)] == [
        "you chose it over 1 of 2 others",
        "you chose 1 of 2 others over it",
        "",
    ]
    ranked = Votes([Vote(3, 1), Vote(3, 2)]).ranked([1, 2, 3])
    assert ranked is not None
    assert [photo for photo in ranked.photos if ranked.is_decided(photo)] == [3]
    ranked = Votes([Vote(3, 1), Vote(1, 2)]).ranked([1, 2, 3])
    assert ranked is not None
    assert ranked.photos == [3, 1, 2]
    assert all(ranked.is_decided(photo) for photo in ranked.photos)


@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_choices_in_a_circle_keep_every_photo_and_others_are_obeyed(
    count: int, pairs: list[tuple[int, int]]
) -> None:
    votes = [Vote(*pair) for pair in pairs if pair[0] != pair[1] and max(pair) < count]
    duel = Duel(range(count), votes)
    assert sorted(duel.ranked) == list(range(count))
    standing = duel.standing()
    assert all(standing.over[photo] + standing.under[photo] <= count - 1 for photo in duel.ranked)
    downhill = [vote for vote in votes if vote.winner < vote.loser]
    ranked = Duel(range(count)[::-1], downhill).ranked
    assert all(ranked.index(vote.winner) < ranked.index(vote.loser) for vote in downhill)
