"""Which photos are compared, where they look, and how they stand, without a screen."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.album import Album
from tui_selector.app.comparison import (
    MOST,
    Comparison,
    arrangement,
    candidates,
    neighbour,
    shares,
)
from tui_selector.app.snapshot import Query, Snapshot

SIDES = [4000, 4000, 4000]


def album_of(*photos: int, cursor: int = 0, marks: tuple[int, ...] = ()) -> Album:
    album = Album(Path("/photos"), lambda ids: [])
    album.show(Snapshot(Query(), (), array("q", photos)))
    album.cursor = cursor
    album.marks.update(marks)
    return album


@pytest.mark.parametrize(
    ("cursor", "marks", "wanted"),
    [
        (0, (), [11, 12]),
        (3, (), [13, 14]),
        (2, (11,), [11, 13]),
        (0, (13,), [11, 13]),
        (1, (12,), [12, 13]),
        (0, (13, 11), [11, 13]),
        (0, (99,), [11, 99]),
        (2, (11, 12, 13, 14), [11, 12, 13, 14]),
        (0, (11, 12, 13, 14, 98), [11, 12, 13, 14, 98]),
    ],
)
def test_whom_the_owner_means(cursor: int, marks: tuple[int, ...], wanted: list[int]) -> None:
    assert candidates(album_of(11, 12, 13, 14, cursor=cursor, marks=marks)) == wanted


def test_there_may_be_nobody_to_compare() -> None:
    assert candidates(album_of()) == []
    assert candidates(album_of(11)) == [11]
    assert candidates(album_of(11, marks=(11,))) == [11]


def test_the_neighbour_is_one_that_is_not_compared_yet() -> None:
    album = album_of(11, 12, 13, 14, cursor=2)
    assert neighbour(album, 11, 1, [11, 12]) == 13
    assert neighbour(album, 14, -1, [14, 13]) == 12
    assert neighbour(album, 14, 1) is None
    assert neighbour(album, 77, 1, [13]) == 14


def test_locked_views_move_together_and_keep_their_shifts() -> None:
    comparison = Comparison([1, 2, 3])
    comparison.moved(0, 1.0, (0.5, 0.5), SIDES)
    comparison.locked = False
    comparison.moved(1, 1.0, (0.6, 0.45), SIDES)
    assert [frame.centre for frame in comparison.frames] == [(0.5, 0.5), (0.6, 0.45), (0.5, 0.5)]
    comparison.locked = True
    comparison.moved(2, 2.0, (0.7, 0.5), SIDES)
    assert [frame.zoom for frame in comparison.frames] == [2.0] * 3
    assert comparison.frames[0].centre == pytest.approx((0.7, 0.5))
    assert comparison.frames[1].centre == pytest.approx((0.8, 0.45))
    comparison.active = 1
    comparison.align(SIDES)
    assert {frame.centre for frame in comparison.frames} == {comparison.frames[1].centre}


def test_a_view_held_by_the_edge_of_its_photo_moves_the_others_as_far_as_itself() -> None:
    comparison = Comparison([1, 2])
    comparison.locked = False
    comparison.moved(1, 1.0, (0.9, 0.5), SIDES[:2])
    comparison.locked = True
    comparison.moved(0, 1.0, (0.7, 0.5), SIDES[:2])
    assert comparison.frames[1].centre == pytest.approx((1.1, 0.5))
    comparison.moved(1, 1.0, (0.85, 0.5), SIDES[:2], before=(0.95, 0.5))
    assert comparison.frames[1].centre == (0.85, 0.5)
    assert comparison.frames[0].centre == pytest.approx((0.6, 0.5))


def test_photos_of_another_size_show_the_same_part_of_the_scene() -> None:
    comparison = Comparison([1, 2, 3])
    comparison.moved(0, 1.0, (0.5, 0.5), [4000, 2000, 0])
    assert [frame.zoom for frame in comparison.frames] == [1.0, 2.0, 1.0]
    comparison.moved(1, None, (0.5, 0.5), [4000, 2000, 0])
    assert [frame.zoom for frame in comparison.frames] == [None] * 3


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=20
    )
)
def test_a_locked_move_keeps_every_distance(
    moves: list[tuple[int, float, float, bool]],
) -> None:
    comparison = Comparison([1, 2, 3])
    for index, x, y, locked in moves:
        comparison.locked = locked
        before = [
            frame.centre[0] - comparison.frames[index].centre[0] for frame in comparison.frames
        ]
        comparison.moved(index, 1.0, (x, y), SIDES)
        after = [
            frame.centre[0] - comparison.frames[index].centre[0] for frame in comparison.frames
        ]
        assert comparison.frames[index].centre == (x, y)
        if locked:
            assert after == pytest.approx(before)


def test_swapping_keeps_the_active_photo_active() -> None:
    comparison = Comparison([1, 2, 3])
    assert comparison.swap()
    assert comparison.photos == [2, 1, 3]
    assert comparison.active_photo == 1
    comparison.active = 2
    assert comparison.swap()
    assert comparison.photos == [2, 3, 1]
    assert comparison.active_photo == 3
    assert not Comparison([1]).swap()


def test_dropping_keeps_another_photo_active() -> None:
    comparison = Comparison([1, 2, 3, 4])
    comparison.active = 2
    comparison.drop(1)
    assert comparison.active_photo == 3
    comparison.drop(3)
    assert comparison.active_photo == 4
    comparison.drop(4)
    assert comparison.active_photo == 2
    comparison.drop(2)
    assert comparison.active_photo is None


def test_what_left_comes_back_to_its_place_looking_where_it_looked() -> None:
    comparison = Comparison([1, 2, 3])
    comparison.moved(1, 1.0, (0.3, 0.4), SIDES)
    comparison.leave(2)
    assert comparison.left == [2]
    comparison.come_back(2)
    assert comparison.photos == [1, 2, 3]
    assert comparison.active_photo == 2
    assert comparison.frames[1].centre == (0.3, 0.4)
    assert comparison.left == []


def test_what_left_does_not_come_back_where_there_is_no_room() -> None:
    comparison = Comparison([1, 2, 3, 4])
    comparison.leave(2)
    comparison.frames.append(type(comparison.frames[0])(5))
    comparison.come_back(2)
    assert comparison.photos == [1, 3, 4, 5]
    assert len(comparison.photos) <= MOST


@pytest.mark.parametrize(
    ("window", "aspects", "wanted"),
    [
        ((150, 42), [1.5, 1.5], (1, 2)),
        ((80, 60), [1.5, 1.5], (2, 1)),
        ((150, 42), [0.66, 0.66, 0.66], (1, 3)),
        ((150, 42), [1.5] * 4, (2, 2)),
        ((150, 42), [0.66] * 4, (1, 4)),
        ((80, 22), [1.5] * 4, (2, 2)),
        ((40, 60), [1.5] * 3, (3, 1)),
        ((1, 1), [1.5] * 4, (1, 4)),
        ((100, 30), [1.0], (1, 1)),
    ],
)
def test_photos_stand_where_they_are_largest(
    window: tuple[int, int], aspects: list[float], wanted: tuple[int, int]
) -> None:
    assert arrangement(window, aspects, 0.5, 2) == wanted


@given(
    st.tuples(st.integers(1, 500), st.integers(1, 200)),
    st.lists(st.floats(0.05, 20), min_size=1, max_size=MOST),
)
def test_every_photo_has_a_place(window: tuple[int, int], aspects: list[float]) -> None:
    rows, columns = arrangement(window, aspects, 0.5, 2)
    assert rows * columns >= len(aspects)
    assert (rows - 1) * columns < len(aspects)


def test_shares_are_of_the_best() -> None:
    assert shares([2.0, 1.0, None]) == [1.0, 0.5, None]
    assert shares([0.0, 0.0]) == [None, None]
    assert shares([None, None]) == [None, None]
    assert shares([]) == []
