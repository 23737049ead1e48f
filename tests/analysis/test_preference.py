"""Learning what the owner prefers: a taste is found, noise and too few choices are not trusted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.analysis.preference import Preference, learn, lowest, signals
from tui_selector.library.quality import Quality


def choices(
    count: int, errors: float, seed: int = 0, unknown: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choices of one who likes the first signal much and the third a little less than nothing."""
    random = np.random.default_rng(seed)
    one, other = random.normal(size=(2, count, 5)) * [1, 10, 0.1, 1, 0.001]
    is_one = (one - other) @ [2.0, 0.0, -5.0, 0.0, 0.0] > 0
    is_one ^= random.random(count) < errors
    winners = np.where(is_one[:, None], one, other)
    losers = np.where(is_one[:, None], other, one)
    winners[random.random(winners.shape) < unknown] = np.nan
    return winners, losers, np.arange(count) // 4


def test_a_taste_is_found_and_foreseen() -> None:
    learnt = learn(*choices(200, errors=0.05))
    assert learnt is not None
    assert learnt.trusted
    assert learnt.agreement > 0.85
    assert (learnt.choices, learnt.groups) == (200, 50)
    winners, losers, _ = choices(500, errors=0.0, seed=1)
    assert np.mean(learnt.scores(winners) > learnt.scores(losers)) > 0.9


def test_guesses_are_not_trusted() -> None:
    trusted = [
        learnt.trusted
        for seed in range(20)
        if (learnt := learn(*choices(60, errors=0.5, seed=seed))) is not None
    ]
    assert len(trusted) == 20
    assert sum(trusted) <= 1


def test_what_is_not_known_says_nothing() -> None:
    learnt = learn(*choices(300, errors=0.0, unknown=0.2))
    assert learnt is not None
    assert learnt.trusted


@pytest.mark.parametrize("count", [0, 1, 4])
def test_one_group_teaches_nothing(count: int) -> None:
    assert learn(*choices(count, errors=0.0)) is None


def test_few_choices_are_not_trusted_however_good() -> None:
    learnt = learn(*choices(29, errors=0.0))
    assert learnt is not None
    assert not learnt.trusted
    assert not Preference(np.ones(1), 200, 5, 1.0).trusted


@given(st.floats(0, 1), st.integers(1, 1000))
def test_the_lower_end_is_below_the_share_and_nears_it(share: float, count: int) -> None:
    assert -1e-9 <= lowest(share, count) <= share + 1e-9
    assert lowest(share, count) <= lowest(share, 4 * count) + 1e-9


def test_signals_of_what_was_not_measured_are_not_known() -> None:
    known = Quality(width=4000, height=3000, side=512, sharpness=1.0, eyes=1, prominent=2)
    rows = signals([known, None])
    assert rows.shape[0] == 2
    assert np.isnan(rows[1]).all()
    assert rows[0, 0] == 0.0
    assert rows[0, 4] == 0.5
