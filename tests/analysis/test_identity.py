from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis.identity import match_tabs

partitions = st.lists(st.integers(0, 6), max_size=60).map(
    lambda labels: [
        {photo for photo, label in enumerate(labels) if label == name}
        for name in sorted(set(labels))
    ]
)


@settings(deadline=None)  # the first call imports
@given(partitions, st.randoms())
def test_a_re_run_in_any_order_keeps_every_tab(groups, random):
    old = {10 + index: group for index, group in enumerate(groups)}
    shuffled = list(range(len(groups)))
    random.shuffle(shuffled)
    assert match_tabs(old, [groups[i] for i in shuffled]) == [10 + i for i in shuffled]


@given(partitions, partitions)
def test_one_to_one_and_only_where_photos_are_shared(before, after):
    old = dict(enumerate(before))
    matched = match_tabs(old, after)
    assert len(matched) == len(after)
    used = [tab for tab in matched if tab is not None]
    assert len(used) == len(set(used))
    for tab, photos in zip(matched, after, strict=True):
        assert tab is None or old[tab] & photos


@given(partitions, partitions)
def test_the_order_of_the_old_tabs_does_not_matter(before, after):
    old = dict(enumerate(before))
    backwards = dict(reversed(old.items()))
    assert match_tabs(old, after) == match_tabs(backwards, after)


def test_photos_that_arrive_or_leave_weigh_nothing():
    old = {1: {1, 2, 3}, 2: {4, 5, 6, 90, 91, 92, 93}}
    assert match_tabs(old, [{4, 5, 6, *range(100, 150)}, {1, 2, 3, 7}]) == [2, 1]


def test_when_a_tab_splits_the_larger_part_keeps_it():
    assert match_tabs({7: set(range(10))}, [set(range(3)), set(range(3, 10))]) == [None, 7]


def test_a_small_overlap_is_a_new_tab():
    assert match_tabs({1: set(range(20))}, [{0, *range(50, 60)}, set(range(1, 20))]) == [None, 1]
    assert match_tabs({1: {1, 2, 3, 4, 5, 6}}, [{1}, {2, 3}, {4, 5, 6}]) == [None, None, 1]


def test_the_whole_matters_more_than_the_first_best_pair():
    old = {1: {1, 2, 3, 4, 5, 6}, 2: {7, 8, 9}}
    new = [{1, 2, 3, 7, 8, 9}, {4, 5, 6}]
    assert match_tabs(old, new) == [2, 1]


def test_nothing_on_either_side():
    assert match_tabs({}, [{1}]) == [None]
    assert match_tabs({1: {1}}, []) == []
    assert match_tabs({1: set()}, [set()]) == [None]
