"""Keeping the best: what is never rejected, whatever was judged and chosen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.keeping import KeepPlans, keep_best
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.groups import PROTECTED, GroupKind
from tui_selector.library.photo import Flag, Kind, Photo, State

KINDS: list[GroupKind] = ["burst", "duplicates", "bracket", "panorama"]


def photo(id_: int, flag: Flag = Flag.NONE, **facts: Any) -> Photo:
    given_ = {"state": State.INDEXED, "path": f"a/{id_}.jpg", **facts}
    return Photo(
        id=id_,
        size=1,
        mtime_ns=0,
        hash=None,
        kind=Kind.IMAGE,
        problem="",
        width=1,
        height=1,
        taken=None,
        flag=flag,
        rating=0,
        label="",
        **given_,
    )


def group(photos: list[int], kind: GroupKind = "burst", confidence: float = 1.0) -> SimilarGroup:
    return SimilarGroup(
        key=str(photos),
        kind=kind,
        protected=kind in PROTECTED,
        why="why",
        photos=photos,
        reasons=[f"reason {each}" for each in photos],
        confidence=confidence,
    )


@st.composite
def albums(draw: st.DrawFn) -> tuple[list[SimilarGroup], dict[int, Photo]]:
    groups, first = [], 0
    for size in draw(st.lists(st.integers(2, 6), max_size=6)):
        ids = list(range(first, first + size))
        groups.append(group(ids, draw(st.sampled_from(KINDS)), draw(st.floats(0, 1))))
        first += size
    flags = draw(st.lists(st.sampled_from(list(Flag)), min_size=first, max_size=first))
    gone = draw(st.sets(st.integers(0, max(0, first - 1))))
    return groups, {n: photo(n, flag) for n, flag in enumerate(flags) if n not in gone}


@given(albums(), st.floats(0, 1), st.integers(1, 4))
def test_only_undecided_photos_of_groups_that_may_be_thinned_out_go(
    album: tuple[list[SimilarGroup], dict[int, Photo]], least: float, keep: int
) -> None:
    groups, photos = album
    plan = KeepPlans(groups, photos, keep=keep).certain(least)
    rejected = set(plan.reject)
    assert len(plan.reject) == len(rejected)
    assert [line.name for line in plan.lines if line.verb == "reject"] == [
        photos[id_].name for id_ in plan.reject
    ]
    assert all(photos[id_].flag is Flag.NONE for id_ in rejected)
    for each in groups:
        lost = rejected.intersection(each.photos)
        if each.protected or each.confidence < least:
            assert not lost
        if lost:
            stays = [
                id_
                for id_ in each.photos
                if id_ in photos and id_ not in lost and photos[id_].flag is not Flag.REJECT
            ]
            assert len(stays) >= keep


def test_what_is_gone_is_neither_kept_nor_rejected() -> None:
    photos = {1: photo(1, state=State.TRASHED), 2: photo(2), 3: photo(3)}
    plan = keep_best(group([1, 2, 3]), photos)
    assert [(line.verb, line.name) for line in plan.lines[1:]] == [
        ("keep", "2.jpg"),
        ("reject", "3.jpg"),
    ]
    assert plan.title == "Reject 1 photo of 1 group?"


def test_names_and_reasons_are_made_safe() -> None:
    photos = {1: photo(1, path="\x1b[2J.jpg"), 2: photo(2)}
    plan = keep_best(group([1, 2]), photos)
    assert plan.lines[1].name == r"\x1b[2J.jpg"


def test_sets_that_stay_whole_are_counted() -> None:
    photos = {n: photo(n) for n in range(6)}
    plans = KeepPlans([group([0, 1], "bracket", 0.9), group([2, 3], "panorama", 0.5)], photos)
    assert plans.certain(0.0).note == "2 sets that must stay whole are left as they are."
    assert plans.certain(0.8).note == "1 set that must stay whole is left as it is."
    assert plans.certain(0.0).title == "There is nothing to reject."
