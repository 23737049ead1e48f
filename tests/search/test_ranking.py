"""What makes a photo a match, in small libraries whose vectors are made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tui_selector.models.calibration import Standardised
from tui_selector.search import floor
from tui_selector.search.index import Kind, build
from tui_selector.search.ranking import (
    UNTAGGED,
    Asked,
    Marks,
    Shelf,
    explain,
    rank,
)
from tui_selector.search.scores import Weights

#: Directions of things; the cohort is all of them and the photos lie near some.
THINGS = np.eye(40, 48, dtype=np.float32)
MODEL = Standardised(THINGS)
DOG, BUS, SEA = THINGS[0], THINGS[1], THINGS[2]


def near(*parts: tuple[float, np.ndarray]) -> np.ndarray:
    vector = sum(weight * part for weight, part in parts) + 0.02
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def shelf(vectors: list[np.ndarray], kind: Kind = "exact") -> Shelf:
    matrix = np.stack(vectors)
    rows = np.arange(len(matrix))
    return Shelf(build(kind, matrix), rows, build(kind, matrix), rows, MODEL, np.zeros(len(rows)))


def marks(*scores: float) -> Marks:
    places = [place for place, score in enumerate(scores) if score]
    return Marks(np.array(places, np.int64), np.array([scores[place] for place in places]))


@pytest.fixture
def photos() -> Shelf:
    """A dog, a bus, a dog at the sea, the sea, and two things nobody asks for."""
    return shelf(
        [
            near((1, DOG)),
            near((1, BUS)),
            near((1, DOG), (1, SEA)),
            near((1, SEA)),
            near((1, THINGS[7])),
            near((1, THINGS[8])),
        ]
    )


def test_what_is_shown_is_a_match_and_nothing_else(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("bus", words=BUS)])
    assert ranking.positions[0] == 1
    assert ranking.matches() == 1
    assert ranking.complete


def test_a_thing_that_is_not_there_has_no_match_but_nearest_ones(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("tuba", words=THINGS[20])])
    assert ranking.matches() == 0
    assert len(ranking.positions) == 6


def test_many_photos_of_one_thing_stay_matches() -> None:
    dogs = shelf([near((1, DOG), (0.1, THINGS[9 + place])) for place in range(20)])
    assert rank(dogs, [Asked("dog", words=DOG)]).matches() == 20


def test_two_terms_want_both(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("dog", words=DOG), Asked("sea", words=SEA)])
    assert ranking.positions[0] == 2
    assert ranking.matches() == 1


def test_a_negative_term_takes_away(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("dog", words=DOG), Asked("sea", words=SEA, weight=-1)])
    assert list(ranking.positions[: ranking.matches()]) == [0]


def test_only_negatives_keep_everything_else(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("dog", words=DOG, weight=-1)])
    assert set(ranking.positions[: ranking.matches()]) == {1, 3, 4, 5}


def test_weights_move_the_balance(photos: Shelf) -> None:
    def first(dog: float, sea: float) -> float:
        ranking = rank(photos, [Asked("dog", dog, words=DOG), Asked("bus", sea, words=BUS)])
        return float(ranking.positions[0])

    assert first(5, 1) == 0
    assert first(1, 5) == 1


def test_an_attribute_and_a_thing_must_hold_together(photos: Shelf) -> None:
    dogs = Asked("red dog", words=DOG, attributes=(("red", marks(0, 0.9, 0.9, 0, 0, 0)),))
    ranking = rank(photos, [dogs])
    assert list(ranking.positions[:2]) == [2, 0]
    assert ranking.matches() == 1


def test_an_attribute_alone_is_its_tag(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("red", attributes=(("red", marks(0, 0.6, 0, 0.9, 0, 0)),))])
    assert list(ranking.positions[:2]) == [3, 1]
    assert ranking.matches() == 2
    assert ranking.chances[-1] == pytest.approx(UNTAGGED)


def test_a_tag_or_a_name_that_says_so_is_enough(photos: Shelf) -> None:
    tuba = Asked(
        "tuba", words=THINGS[20], labels=marks(0, 0, 0, 0, 0.95, 0), names=marks(0, 0, 0, 0, 0, 1)
    )
    assert list(rank(photos, [tuba]).positions[:2]) == [4, 5]
    assert rank(photos, [tuba]).matches() == 2
    assert rank(photos, [tuba], weights=Weights(tag=0, name=0)).matches() == 0


def test_pictures_have_a_scale_of_their_own(photos: Shelf) -> None:
    ranking = rank(photos, [Asked("@dog.jpg", picture=near((1, DOG)))])
    assert list(ranking.positions[:2]) == [0, 2]
    assert ranking.matches() == 2


def test_filters_leave_out_and_ties_keep_their_order(photos: Shelf) -> None:
    allowed = np.array([True, False, True, False, True, True])
    assert list(rank(photos, [], allowed=allowed).positions) == [0, 2, 4, 5]
    assert rank(photos, [], allowed=allowed).matches() == 4
    found = rank(photos, [Asked("bus", words=BUS)], allowed=allowed)
    assert set(found.positions) == {0, 2, 4, 5}


def test_a_photo_without_a_vector_is_ranked_by_what_is_known() -> None:
    whole = shelf([near((1, DOG)), near((1, BUS))])
    rows = np.array([0, -1])
    ranking = rank(whole._replace(word_rows=rows), [Asked("bus", words=BUS, labels=marks(0, 1))])
    assert ranking.positions[0] == 1
    assert ranking.matches() == 1


def test_an_index_that_is_not_exact_ranks_the_same_best() -> None:
    random = np.random.default_rng(4)
    vectors = [
        near((1, THINGS[place % 40]), (0.3, THINGS[random.integers(40)]), (0.2, random.random(48)))
        for place in range(6000)
    ]
    asked = [Asked("dog", words=DOG), Asked("sea", words=SEA, weight=-0.5)]
    allowed = random.random(6000) < 0.7
    exact = rank(shelf(vectors), asked, allowed=allowed)
    quick = rank(shelf(vectors, "rotated"), asked, allowed=allowed)
    assert exact.complete
    assert not quick.complete
    assert list(quick.positions[:50]) == list(exact.positions[:50])
    assert allowed[quick.positions].all()


def test_the_reasons_are_those_of_the_score(photos: Shelf) -> None:
    asked = [
        Asked("bus", words=BUS, labels=marks(0, 0.9, 0, 0, 0, 0)),
        Asked("dog", words=DOG, weight=-2),
    ]
    reasons = explain(photos, asked, np.array([4, 1]), Weights(tag=0.5))
    signals = reasons[1]
    assert [(s.kind, s.asked, s.weight) for s in signals] == [
        ("meaning", "bus", 1),
        ("tag", "bus", 0.5),
        ("meaning", "dog", -2),
    ]
    assert [s.kind for s in reasons[0]] == ["meaning", "meaning"]
    meaning, tag, against = signals
    bus = 1 - (1 - meaning.chance) * (1 - tag.chance) ** 0.5
    score = (bus * (1 - against.chance) ** 2) ** (1 / 3)
    ranking = rank(photos, asked, weights=Weights(tag=0.5))
    assert ranking.chances[list(ranking.positions).index(1)] == pytest.approx(score, abs=1e-3)


def test_the_histogram_counts_every_score() -> None:
    assert floor.histogram(np.array([0.0, 0.5, 0.99, 1.0]), 2) == [1, 3]
