from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tui_selector.analysis.cull.budget import Candidates, choose
from tui_selector.analysis.cull.moments import events, parts

HOUR = 3600.0


@st.composite
def albums(draw: st.DrawFn, most: int = 14) -> Candidates:
    count = draw(st.integers(0, most))

    def numbers(low: int, high: int) -> np.ndarray:
        return draw(npst.arrays(np.int64, count, elements=st.integers(low, high)))

    times = st.one_of(
        st.just(math.nan),
        st.sampled_from([0.0, 10.0, HOUR, 30 * HOUR, 31 * HOUR]),
        st.floats(-1e9, 2e9),
    )
    keys = draw(st.lists(st.binary(max_size=3), min_size=count, max_size=count, unique=True))
    return Candidates(
        keys=keys,
        quality=draw(npst.arrays(np.float64, count, elements=st.floats(0, 1))),
        taken=draw(npst.arrays(np.float64, count, elements=times)),
        tabs=numbers(-1, 3),
        looks=numbers(0, 6),
        units=numbers(0, 9),
        fixed=draw(npst.arrays(np.bool_, count, elements=st.booleans())) & (numbers(0, 3) == 0),
    )


def single(count: int, **more: np.ndarray) -> Candidates:
    """Photos a minute apart, each for itself and as good as the others."""
    return replace(
        Candidates(
            keys=[b"%05d" % number for number in range(count)],
            quality=np.full(count, 0.5),
            taken=np.arange(count) * 60.0,
            tabs=np.zeros(count, np.int64),
            looks=np.arange(count),
            units=np.arange(count),
            fixed=np.zeros(count, np.bool_),
        ),
        **more,
    )


def reachable(candidates: Candidates, keep: int) -> int:
    """How many photos can be kept at most, by trying every choice of units."""
    groups = {unit: np.flatnonzero(candidates.units == unit) for unit in set(candidates.units)}
    must = {unit for unit, at in groups.items() if candidates.fixed[at].any()}
    base = sum(len(groups[unit]) for unit in must)
    sizes = [len(at) for unit, at in groups.items() if unit not in must]
    sums = {sum(some) for size in range(len(sizes) + 1) for some in combinations(sizes, size)}
    return base + max(each for each in sums if each <= max(0, keep - base))


@given(albums(), st.integers(0, 16))
@settings(deadline=None, max_examples=50)
def test_exactly_so_many_are_kept_where_that_is_possible(album: Candidates, keep: int) -> None:
    kept = choose(album, keep).kept
    assert kept.sum() == reachable(album, keep)
    assert kept[album.fixed].all()
    for unit in set(album.units):
        assert len(set(kept[album.units == unit])) == 1


@given(albums(), st.integers(0, 16), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_order_of_the_photos_does_not_matter(album: Candidates, keep: int, random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(album.keys)))
    random.shuffle(order)
    shuffled = Candidates(
        keys=[album.keys[i] for i in order],
        quality=album.quality[order],
        taken=album.taken[order],
        tabs=album.tabs[order],
        looks=album.looks[order],
        units=album.units[order],
        fixed=album.fixed[order],
    )
    first, second = choose(album, keep), choose(shuffled, keep)
    assert (first.kept[order] == second.kept).all()
    assert (first.event[order] == second.event).all()


@given(albums(), st.integers(0, 16))
@settings(deadline=None, max_examples=50)
def test_what_units_are_called_does_not_matter(album: Candidates, keep: int) -> None:
    renamed = replace(album, units=97 - 5 * album.units, looks=-album.looks)
    assert (choose(album, keep).kept == choose(renamed, keep).kept).all()


@given(albums(most=10), st.integers(1, 9))
@settings(deadline=None, max_examples=50)
def test_more_photos_are_never_worth_less(album: Candidates, keep: int) -> None:
    """What is chosen among single photos for a smaller number is part of a larger choice."""
    album = replace(album, units=np.arange(len(album.keys)))
    fewer, more = choose(album, keep).kept, choose(album, keep + 1).kept
    assert not (fewer & ~more).any()


def objective(album: Candidates, kept: np.ndarray) -> float:
    """What a choice is worth, as the head of the module says; no two photos look the same."""
    event = events(album.taken)
    value = 0.5 + 0.5 * album.quality

    def filled(labels: np.ndarray, label: int) -> float:
        return math.log1p(value[kept & (labels == label)].sum())

    total = 0.0
    for labels in (event, album.tabs):
        roots = {each: math.sqrt((labels == each).sum()) for each in set(labels)}
        total += sum(root * filled(labels, each) for each, root in roots.items()) / (
            sum(roots.values()) or 1
        )
    roots = {each: math.sqrt((event == each).sum()) for each in set(event)}
    for level, labels in enumerate(parts(album.taken, event), 1):
        for each, root in roots.items():
            inside = set(labels[event == each])
            weight = 0.5**level * root / sum(roots.values()) / len(inside)
            total += sum(weight * filled(labels, part) for part in inside)
    return total


@given(albums(most=9), st.integers(1, 8))
@settings(deadline=None, max_examples=50)
def test_the_choice_is_nearly_as_good_as_the_best_there_is(album: Candidates, keep: int) -> None:
    count = len(album.keys)
    order = np.array(sorted(range(count), key=lambda i: album.keys[i]), np.int64)
    album = replace(
        album,
        keys=sorted(album.keys),
        taken=album.taken[order],
        looks=np.arange(count),
        units=np.arange(count),
        fixed=np.zeros(count, np.bool_),
    )
    keep = min(keep, count)
    best = max(
        (
            objective(album, np.isin(np.arange(count), some))
            for some in combinations(range(count), keep)
        ),
        default=0.0,
    )
    assert objective(album, choose(album, keep).kept) >= (1 - 1 / math.e) * best - 1e-9


def test_each_event_gets_a_photo_before_one_gets_a_second() -> None:
    count = 200
    starts = np.repeat(np.arange(10) * 48 * HOUR, 20)
    album = single(count, taken=starts + np.tile(np.arange(20) * 60.0, 10))
    kept = choose(album, 10).kept
    assert (kept.reshape(10, 20).sum(1) == 1).all()
    assert (choose(album, 40).kept.reshape(10, 20).sum(1) == 4).all()


def test_a_long_event_is_kept_from_beginning_to_end() -> None:
    kept = choose(single(160), 8).kept
    assert (kept.reshape(8, 20).sum(1) == 1).all()


def test_each_tab_gets_its_share() -> None:
    tabs = np.arange(120) % 4
    kept = choose(single(120, tabs=tabs), 12).kept
    assert np.bincount(tabs[kept]).tolist() == [3, 3, 3, 3]


def test_a_large_event_gets_the_square_root_of_its_size() -> None:
    taken = np.concatenate((np.arange(1000) * 20.0, 1e6 + np.arange(10) * 20.0))
    album = single(1010, taken=taken, tabs=np.arange(1010) >= 1000)
    kept = choose(album, 33).kept
    assert 2 <= kept[1000:].sum() <= 4


def test_the_best_of_an_event_is_kept_and_ties_go_to_the_lower_key() -> None:
    quality = np.full(20, 0.3)
    quality[13] = 0.9
    album = single(20, quality=quality, taken=np.zeros(20))
    assert np.flatnonzero(choose(album, 1).kept).tolist() == [13]
    # Nor does it matter how many others were taken at about the same time.
    album = single(20, quality=quality, taken=np.where(np.arange(20) == 13, 0.0, 300.0))
    assert np.flatnonzero(choose(album, 1).kept).tolist() == [13]
    even = single(20, taken=np.zeros(20))
    assert np.flatnonzero(choose(even, 3).kept).tolist() == [0, 1, 2]


def test_the_second_of_a_kind_comes_after_the_first_of_another() -> None:
    looks = np.repeat(np.arange(4), 5)
    quality = np.tile([0.9, 0.8, 0.7, 0.6, 0.5], 4) - np.repeat([0.0, 0.1, 0.2, 0.3], 5)
    album = single(20, looks=looks, quality=quality, taken=np.zeros(20))
    assert np.flatnonzero(choose(album, 4).kept).tolist() == [0, 5, 10, 15]


def test_a_protected_set_is_taken_whole_only_where_it_fits() -> None:
    units = np.array([0, 0, 0, 1, 2, 3])
    best = np.array([1.0, 1, 1, 0, 0, 0])
    album = single(6, units=units, quality=best)
    for keep in range(7):
        kept = choose(album, keep).kept
        assert kept.sum() == keep
        assert len(set(kept[:3])) == 1
    bound = replace(album, fixed=np.array([False, True, False, False, False, False]))
    assert np.flatnonzero(choose(bound, 0).kept).tolist() == [0, 1, 2]


def test_an_event_of_one_bracket_is_kept_beside_one_of_single_photos() -> None:
    album = single(
        8,
        taken=np.array([0.0, 1, 2, 9e5, 9e5 + 60, 9e5 + 120, 9e5 + 180, 9e5 + 240]),
        tabs=np.array([0, 0, 0, 1, 1, 1, 1, 1]),
        units=np.array([0, 0, 0, 3, 4, 5, 6, 7]),
    )
    kept = choose(album, 4).kept
    assert kept[:3].all()
    assert kept[3:].sum() == 1


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="keys must differ"):
        choose(replace(single(2), keys=[b"a", b"a"]), 1)
    with pytest.raises(ValueError, match="0 or more"):
        choose(single(2), -1)


# -- events ----------------------------------------------------------------------------------------


def test_events_end_at_gaps_that_are_long_for_their_surroundings() -> None:
    morning = np.arange(30) * 60.0
    evening = 8 * HOUR + np.arange(30) * 60.0
    days = 40 * HOUR + np.arange(30) * 12 * HOUR
    labels = events(np.concatenate((morning, evening, days)))
    assert labels[:60].tolist() == [0] * 30 + [1] * 30
    assert len(set(labels[75:])) == 1
    assert labels[75] > 1


def test_a_burst_is_no_event_and_nor_is_a_pause_of_minutes() -> None:
    taken = np.concatenate((np.arange(20) * 0.1, 300 + np.arange(20) * 0.1))
    assert set(events(taken)) == {0}


@given(
    npst.arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e9, 2e9) | st.just(math.nan))
)
@settings(deadline=None, max_examples=50)
def test_events_follow_time_and_parts_lie_within(taken: np.ndarray) -> None:
    labels = events(taken)
    known = np.flatnonzero(~np.isnan(taken))
    order = known[np.argsort(taken[known], kind="stable")]
    assert (np.diff(labels[order]) >= 0).all()
    assert set(labels) == set(range(len(set(labels))))
    above = labels
    for level in parts(taken, labels):
        for part in set(level[level >= 0]):
            inside = level == part
            assert len(set(above[inside])) == 1
        above = level


def test_there_may_be_one_photo_or_none() -> None:
    assert events(np.array([])).tolist() == []
    assert choose(single(0), 3).kept.tolist() == []
    assert choose(single(1), 3).kept.tolist() == [True]
    assert choose(single(2, taken=np.full(2, math.nan)), 1).kept.tolist() == [True, False]
