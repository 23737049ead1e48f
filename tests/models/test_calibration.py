"""What cosines mean: in a world where it is known what every photo shows, and at the edges."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import contrastive_world
import numpy as np
import pytest
from contrastive_world import LABELS, THINGS, World
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.models.calibration import (
    BUILTIN_PICTURES,
    BUILTIN_WORDS,
    CAPTION_PRIOR,
    COHORT_PICTURES,
    NEGATIVES,
    PRIOR,
    Contrastive,
    Sigmoid,
    Standardised,
    least_of,
    log_sum,
    of_cohort,
    sigmoid,
    standardise,
)

FLOOR = 0.5
#: What the library shows: labels of the cohort, and things that are none.
THERE = [*range(60), *range(LABELS, LABELS + 60)]
ABSENT = [*range(100, 160), *range(LABELS + 100, LABELS + 160)]


class Library(NamedTuple):
    """Photos of the world, and a model that was trained on others."""

    world: World
    random: np.random.Generator
    shown: list[list[int]]
    vectors: np.ndarray
    calibration: Contrastive

    def matches(self, thing: int) -> np.ndarray:
        """Which photos match a text that names a thing."""
        (text,) = self.world.name(np.array([thing]), self.random)
        partitions = self.calibration.log_partition(self.vectors)
        least = least_of(partitions)
        chances = self.calibration.words(text, self.vectors @ text, partitions, least)
        return np.asarray(chances >= FLOOR)

    def truth(self, thing: int) -> np.ndarray:
        return np.array([thing in some for some in self.shown])


@cache
def trained(kind: str) -> tuple[World, Contrastive]:
    """A world, and the calibration of a model that was trained in it."""
    random = np.random.default_rng(1)
    world = contrastive_world.make_world(random)
    right, wrong = contrastive_world.train(world, random)
    cohort = world.name(np.arange(LABELS), random)
    if kind == "sigmoid":
        scale, bias = contrastive_world.fit_sigmoid(right, wrong)
        return world, Contrastive(scale, bias, cohort, Sigmoid(1, 0))
    scale = contrastive_world.fit_softmax(right, wrong)
    return world, Contrastive(scale, None, cohort, Sigmoid(1, 0))


def library(kind: str, things: list[int]) -> Library:
    """400 photos of one or two of some things."""
    world, calibration = trained(kind)
    random = np.random.default_rng(2)
    most = min(2, len(things))
    shown = [
        random.choice(things, random.integers(1, most + 1), replace=False).tolist()
        for _ in range(400)
    ]
    return Library(world, random, shown, world.show(shown, random), calibration)


@pytest.fixture(scope="module", params=["sigmoid", "softmax"])
def album(request: pytest.FixtureRequest) -> Library:
    return library(request.param, THERE)


def test_matches_are_found_and_are_right(album: Library) -> None:
    right = found = there = 0
    for thing in THERE:
        ours, truth = album.matches(thing), album.truth(thing)
        right += int((ours & truth).sum())
        found += int(ours.sum())
        there += int(truth.sum())
    assert right / found > 0.75
    assert right / there > 0.6


def test_what_is_not_there_is_not_found(album: Library) -> None:
    silent = sum(not album.matches(thing).any() for thing in ABSENT)
    assert silent / len(ABSENT) > 0.8


@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
@pytest.mark.parametrize("thing", [7, LABELS + 7])
def test_an_album_of_one_thing_is_full_of_matches(kind: str, thing: int) -> None:
    dogs = library(kind, [thing])
    assert dogs.matches(thing).mean() > 0.75
    assert dogs.matches(thing + 20).mean() < 0.02


def test_without_a_bias_the_cohort_decides_and_with_one_the_prior_does() -> None:
    """Worked out by hand: a photo that says 1 to every one of 100 labels."""
    cohort, text = np.eye(100, dtype=np.float32), np.eye(100, dtype=np.float32)[0]
    odds = math.log(PRIOR / (1 - PRIOR))
    partitions = np.full(2, 1 + math.log(100))
    softmax = Contrastive(10.0, None, cohort, Sigmoid(1, 0))
    cosines = np.array([0.1, 0.3])  # as likely as any label, and e^2 times as likely
    chances = softmax.words(text, cosines, partitions, float(partitions[0]))
    assert chances == pytest.approx(sigmoid(np.array([odds, 2 + odds])))
    with_bias = Contrastive(10.0, -16.0, cohort, Sigmoid(1, 0))
    nobody = np.full(2, -50.0)  # nothing speaks for anything else
    cosines = np.array([0.5, 1.0])
    captions = math.log(CAPTION_PRIOR / (1 - CAPTION_PRIOR))
    expected = sigmoid(10 * cosines - 16 + math.log(NEGATIVES) + captions)
    assert with_bias.words(text, cosines, nobody, 0.0) == pytest.approx(expected, rel=1e-4)
    surer = with_bias.words(text, cosines, np.full(2, 9.0), 0.0)
    assert (surer < expected / 10).all()


def test_a_photo_that_says_nothing_is_no_better_an_answer() -> None:
    cohort = np.eye(100, dtype=np.float32)
    model = Contrastive(10.0, None, cohort, Sigmoid(1, 0))
    partitions = np.array([2.0, 6.0])
    vague, usual = model.words(cohort[0], np.array([0.6, 0.6]), partitions, 6.0)
    assert vague == pytest.approx(usual)


def test_the_partition_is_the_softmax_denominator_however_many_photos() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(5000, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    model = Contrastive(100.0, -10.0, rows[:50], Sigmoid(1, 0))
    logits = 100.0 * rows.astype(np.float64) @ rows[:50].T.astype(np.float64) - 10.0
    expected = np.log(np.exp(logits).sum(axis=1))
    assert model.log_partition(rows) == pytest.approx(expected, abs=1e-3)
    assert model.log_partition(rows[:0]).shape == (0,)


def test_few_words_are_put_into_prompts_and_sentences_are_not() -> None:
    model = Contrastive(
        10.0, None, np.eye(3, dtype=np.float32), Sigmoid(1, 0), ("a photo of a {}.", "{}")
    )
    assert model.prompts("red {} bus") == ["a photo of a red {} bus.", "red {} bus"]
    assert model.prompts("a dog on the beach") == ["a dog on the beach"]
    assert Standardised(np.eye(3, dtype=np.float32)).prompts("dog") == ["dog"]


def test_alike_is_three_spreads_above_what_different_pictures_are() -> None:
    alike = of_cohort(0.5, 0.1)
    assert alike.chance(np.array([0.8])) == pytest.approx(0.5)
    by_spreads = COHORT_PICTURES.chance(np.array([1.0, 4.0]))
    assert alike.chance(np.array([0.6, 0.9])) == pytest.approx(by_spreads)
    assert np.isfinite(of_cohort(0.5, 0.0).chance(np.array([0.4, 0.5]))).all()
    for mean, spread in ((0.0, 0.6), (0.9, 0.2), (0.5, 0.1)):
        same, usual = of_cohort(mean, spread).chance(np.array([1.0, mean]))
        assert same > 0.75
        assert usual < 0.05


def test_a_score_says_how_far_it_stands_out_of_the_cohort() -> None:
    cohort = np.array([0.1, 0.2, 0.3], np.float32)
    raised = standardise(np.array([0.2, 0.3], np.float32), cohort)
    np.testing.assert_allclose(raised, [0, np.sqrt(1.5)], atol=1e-5)
    same = np.array([0.5], np.float32)
    assert standardise(same, np.full(4, 0.2, np.float32)) is same


def test_the_builtin_floor_is_even_odds_on_both_scales() -> None:
    assert BUILTIN_WORDS.chance(np.array([4.05])) == pytest.approx(0.5)
    assert BUILTIN_PICTURES.chance(np.array([0.45])) == pytest.approx(0.5)


UNIT = st.floats(-1, 1, width=32)


@given(
    cosines=st.lists(UNIT, min_size=2, max_size=8),
    partition=st.floats(-200, 200, width=32),
    scale=st.floats(1, 500),
    bias=st.one_of(st.none(), st.floats(-50, 50)),
)
def test_chances_are_chances_and_keep_the_order_of_cosines(
    cosines: list[float], partition: float, scale: float, bias: float | None
) -> None:
    cohort = np.eye(4, dtype=np.float32)
    raw = np.sort(np.array(cosines, np.float32))
    for model in (Contrastive(scale, bias, cohort, of_cohort(0.3, 0.1)), Standardised(cohort)):
        partitions = np.full(len(raw), partition, np.float32)
        for chances in (
            model.words(cohort[0], raw, partitions, partition),
            model.pictures(raw),
        ):
            assert ((chances >= 0) & (chances <= 1)).all()
            assert (np.diff(chances) >= 0).all()


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20))
def test_log_sum_is_at_least_the_highest_and_at_most_all_of_it(logits: list[float]) -> None:
    total = float(log_sum(np.array([logits]))[0])
    assert max(logits) - 1e-6 <= total <= max(logits) + math.log(len(logits)) + 1e-6


def test_the_world_has_things_that_are_no_labels() -> None:
    assert max(ABSENT) < THINGS
    assert not set(THERE) & set(ABSENT)
