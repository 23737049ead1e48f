from __future__ import annotations

import os
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.decisions.history import Begin, Move
from tui_selector.library.decisions.plan import (
    Action,
    BringFile,
    CreateTab,
    FileRef,
    PinPhoto,
    Plan,
    RenameTab,
    SetFlag,
    SetLabel,
    SetRating,
    SetTag,
    Subject,
    TakeOut,
    TrashPhoto,
    many,
    new_plan,
    quoted,
    subject_of,
    unquoted,
    with_paths,
)
from tui_selector.library.photo import Flag, State

#: Any file name that Linux allows, invalid UTF-8 included.
paths = st.binary(min_size=1, max_size=20).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"x")))
subjects = st.builds(
    Subject,
    id=st.integers(1, 9),
    path=paths,
    size=st.integers(0, 1 << 40),
    hash=st.none() | st.binary(min_size=16, max_size=16),
)
actions = st.one_of(
    st.builds(SetFlag, subjects, st.sampled_from(Flag), st.sampled_from(Flag)),
    st.builds(SetRating, subjects, st.integers(0, 5), st.integers(0, 5)),
    st.builds(SetLabel, subjects, st.just("red"), st.just("")),
    st.builds(SetTag, subjects, st.text(), st.none() | st.booleans(), st.none() | st.booleans()),
    st.builds(
        TrashPhoto,
        subjects,
        st.lists(st.builds(FileRef, paths, st.integers(0), st.integers(0)), max_size=3).map(tuple),
        st.sampled_from(State),
    ),
    st.builds(
        TakeOut,
        subjects,
        st.lists(st.builds(FileRef, paths, st.integers(0), st.integers(0)), max_size=3).map(tuple),
        st.lists(paths, max_size=3).map(tuple),
        st.sampled_from(State),
    ),
    st.builds(BringFile, paths, paths, st.just("copy"), st.integers(0), st.binary()),
    st.builds(CreateTab, st.integers(1), st.text(), st.floats(0, 9)),
    st.builds(RenameTab, st.integers(1), st.just("a"), st.just("b")),
    st.builds(PinPhoto, subjects, st.none() | st.integers(0), st.none() | st.integers(0)),
)


@given(st.lists(actions, max_size=4))
def test_any_plan_travels_through_json_whatever_bytes_names_hold(some: list[Action]) -> None:
    plan = new_plan("Do it", some)
    line = msgspec.json.encode(with_paths(plan, quoted))
    assert with_paths(msgspec.json.decode(line, type=Plan), unquoted) == plan


@given(paths)
def test_paths_are_percent_encoded(path: str) -> None:
    assert quoted(path).isascii()
    assert unquoted(quoted(path)) == path


def test_every_action_is_tried() -> None:
    assert {
        SetFlag,
        SetRating,
        SetLabel,
        SetTag,
        TrashPhoto,
        TakeOut,
        BringFile,
        CreateTab,
        RenameTab,
        PinPhoto,
    } == (set(get_args(Action)))


def test_titles_are_safe_to_print() -> None:
    assert many(["a\x1b[2J.jpg"]) == r"a\x1b[2J.jpg"
    assert many(["a", "b", "c"]) == "3 photos"
    assert many([]) == "0 photos"


def test_plans_are_told_apart() -> None:
    assert new_plan("a", ()).id != new_plan("a", ()).id


def test_moves_belong_to_runs() -> None:
    move = Move(action=0, kind="rename", source="/a", target="/b", size=1, mtime_ns=2)
    begin = Begin(run="1", way="do", plan=new_plan("a", ()), moves=(move,))
    assert msgspec.json.decode(msgspec.json.encode(begin), type=Begin) == begin


def test_a_subject_is_the_photo_as_it_is(album) -> None:  # type: ignore[no-untyped-def]
    photo = album.catalog.photos.one(album.add("a.jpg"))
    subject = subject_of(photo)
    assert (subject.id, subject.path, subject.size) == (photo.id, "a.jpg", photo.size)
    assert subject.hash == photo.hash is not None
