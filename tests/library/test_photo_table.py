from __future__ import annotations

import os
import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.companion_table import CompanionTable
from tui_selector.library.catalog.photo_table import Found, Indexed, PhotoTable, natural_key
from tui_selector.library.catalog.rescued_table import Rescued
from tui_selector.library.photo import Companion, Flag, Kind, Photo, State, Tag
from tui_selector.paths import library_paths


@pytest.fixture
def photos(tmp_path: Path) -> Iterator[PhotoTable]:
    with Catalog.open(library_paths(tmp_path)) as catalog:
        yield catalog.photos


def found(path: str, size: int = 1, *companions: str) -> Found:
    return Found(
        path=path,
        size=size,
        mtime_ns=size,
        kind=Kind.IMAGE,
        companions=tuple(
            Companion(path=name, role="sidecar", size=2, mtime_ns=3) for name in companions
        ),
    )


def indexed(id_: int, hash_: bytes, **others: object) -> Indexed:
    values: dict[str, object] = {
        "size": 1,
        "mtime_ns": 1,
        "width": 40,
        "height": 30,
        "taken": None,
        "metadata": "{}",
        "tags": (),
    }
    return Indexed(id=id_, hash=hash_, **{**values, **others})  # type: ignore[arg-type]


def one(photos: PhotoTable, id_: int) -> Photo:
    photo = photos.one(id_)
    assert photo is not None
    return photo


# -- natural order -------------------------------------------------------------------------------


def test_numbers_count_as_numbers_and_folders_come_before_longer_names() -> None:
    ordered = [
        "2.jpg",
        "10.jpg",
        "a/1.jpg",
        "a/2.jpg",
        "a/10.jpg",
        "a b/1.jpg",
        "IMG_9.jpg",
        "img_10.jpg",
        "IMG_100.jpg",
    ]
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=natural_key) == ordered


def plain_key(path: str) -> list[list[tuple[int, int, str]]]:
    """The natural order the slow way: folder by folder, text and numbers apart."""
    return [
        [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.findall(r"[0-9]+|[^0-9]+", folder)
        ]
        for folder in path.split("/")
    ]


@given(
    *[st.from_regex(r"[a-c]{0,2}[0-9]{0,3}[a-c]{0,2}(/[a-c]{1,2}[0-9]{0,3})?", fullmatch=True)] * 2
)
def test_the_key_orders_like_the_plain_definition(one_path: str, other: str) -> None:
    ours, plain = (
        (natural_key(one_path), natural_key(other)),
        (plain_key(one_path), plain_key(other)),
    )
    if plain[0] != plain[1]:
        assert (ours[0] < ours[1]) == (plain[0] < plain[1])
    else:
        assert (ours[0] == ours[1]) == (one_path == other)


@given(st.integers(0, 10**300), st.integers(0, 10**300), st.integers(0, 3), st.integers(0, 3))
def test_numbers_of_any_length_are_ordered_by_value(a: int, b: int, za: int, zb: int) -> None:
    one_path, other = f"IMG_{'0' * za}{a}.jpg", f"IMG_{'0' * zb}{b}.jpg"
    if len(str(max(a, b))) <= 255 and a != b:
        assert (natural_key(one_path) < natural_key(other)) == (a < b)


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_have_a_key(name: bytes) -> None:
    assert isinstance(natural_key(os.fsdecode(name)), bytes)


# -- rows ----------------------------------------------------------------------------------------


def test_a_new_photo_is_as_it_was_found(photos: PhotoTable) -> None:
    (id_,) = photos.add([found("sub/a.jpg", 7, "sub/a.xmp")])
    assert one(photos, id_) == Photo(
        id=id_,
        path="sub/a.jpg",
        size=7,
        mtime_ns=7,
        hash=None,
        kind=Kind.IMAGE,
        state=State.FOUND,
        problem="",
        width=0,
        height=0,
        taken=None,
        flag=Flag.NONE,
        rating=0,
        label="",
    )
    companions = CompanionTable(photos._db)
    assert [c.path for c in companions.of(id_)] == ["sub/a.xmp"]
    assert companions.all() == {id_: companions.of(id_)}
    assert companions.owners(["sub/a.xmp", "other"]) == {"sub/a.xmp": id_}


@given(st.binary(min_size=1, max_size=60).filter(lambda name: 0 not in name))
def test_paths_of_any_bytes_come_back(name: bytes) -> None:
    path = os.fsdecode(name)
    with Catalog.open(library_paths("/nowhere/photos")) as catalog:
        photos = catalog.photos
        photos.remove([photo.id for photo in photos.all()])
        (id_,) = photos.add([found(path, 1, path + ".xmp")])
        at = photos.at(path)
        assert at is not None
        assert os.fsencode(at.path) == name
        assert photos.known() == {path: (id_, 1, 1)}
        assert photos.known_at([path]) == photos.known()
        assert catalog.companions.of(id_)[0].path == path + ".xmp"


def test_photos_come_in_the_order_asked_for(photos: PhotoTable) -> None:
    ids = photos.add(found(f"{n}.jpg") for n in range(1200))
    wanted = [*reversed(ids), 10**9]
    assert [photo.id for photo in photos.get(wanted)] == list(reversed(ids))
    assert photos.one(10**9) is None


def test_two_present_photos_never_share_a_path(photos: PhotoTable) -> None:
    (first,) = photos.add([found("a.jpg")])
    with pytest.raises(sqlite3.IntegrityError):
        photos.add([found("a.jpg")])
    for state in (State.TRASHED, State.MISSING):
        photos.set_state((first,), state)
        assert photos.at("a.jpg") is None
        (again,) = photos.add([found("a.jpg")])
        assert one(photos, again).id != first
        photos.remove((again,))


def test_ids_are_never_used_again(photos: PhotoTable) -> None:
    (first,) = photos.add([found("a.jpg")])
    photos.remove((first,))
    assert photos.add([found("a.jpg")]) != [first]


def test_what_waits_is_listed_and_counted(photos: PhotoTable) -> None:
    ids = photos.add(found(f"{n}.jpg") for n in (10, 9, 8, 7))
    assert [photo.path for photo in photos.pending(3)] == ["7.jpg", "8.jpg", "9.jpg"]
    photos.store_indexed([indexed(ids[0], b"h")])
    photos.set_problem(ids[1], "The file is damaged.")
    photos.set_state((ids[2],), State.TRASHED)
    assert photos.count() == 3
    assert photos.count(State.FOUND) == 1
    assert photos.count(State.TRASHED, State.PROBLEM) == 2
    assert [photo.path for photo in photos.all()] == ["7.jpg", "9.jpg", "10.jpg"]
    (problem,) = photos.problems()
    assert (problem.path, problem.sentence) == ("9.jpg", "The file is damaged.")


def test_a_folder_is_told_from_names_that_begin_like_it(photos: PhotoTable) -> None:
    photos.add([found(path) for path in ("a/1.jpg", "a/b/2.jpg", "a0.jpg", "a.jpg", "a-b/3.jpg")])
    assert set(photos.known_below("a")) == {"a/1.jpg", "a/b/2.jpg"}
    assert set(photos.known_below("")) == set(photos.known())
    assert photos.known_below("a/1.jpg") == {}


def test_a_changed_file_waits_again_and_keeps_its_decisions(photos: PhotoTable) -> None:
    (id_,) = photos.add([found("a.jpg")])
    photos.store_indexed([indexed(id_, b"h", remark="It is cut short.")])
    photos.set_flag(id_, Flag.PICK)
    photos.set_rating(id_, 5)
    photos.set_label(id_, "blue")
    photos.set_changed(id_, size=9, mtime_ns=8, kind=Kind.RAW)
    photo = one(photos, id_)
    assert (photo.state, photo.hash, photo.problem) == (State.FOUND, None, "")
    assert (photo.size, photo.mtime_ns, photo.kind) == (9, 8, Kind.RAW)
    assert (photo.flag, photo.rating, photo.label) == (Flag.PICK, 5, "blue")


def test_a_moved_photo_is_sorted_anew(photos: PhotoTable) -> None:
    ids = photos.add([found("1.jpg"), found("2.jpg")])
    photos.set_path(ids[0], "10.jpg")
    assert [photo.id for photo in photos.all()] == [ids[1], ids[0]]
    assert one(photos, ids[0]).state is State.FOUND
    photos.set_path(ids[0], "10.jpg", State.MISSING)
    assert one(photos, ids[0]).state is State.MISSING


def test_indexing_stores_what_it_learned(photos: PhotoTable) -> None:
    (id_,) = photos.add([found("a.jpg")])
    tags = (Tag("dog", 0.7, "model"), Tag("bright", 0.9, "pixels"))
    photos.store_indexed(
        [indexed(id_, b"h", taken=12.5, tags=tags, metadata='{"camera":"X"}', size=5, mtime_ns=6)]
    )
    photo = one(photos, id_)
    assert (photo.state, photo.hash, photo.key) == (State.INDEXED, b"h", "68")
    assert (photo.width, photo.height, photo.taken) == (40, 30, 12.5)
    assert (photo.size, photo.mtime_ns) == (5, 6)
    assert photos.metadata(id_) == '{"camera":"X"}'
    assert [same.id for same in photos.with_hash(b"h")] == [id_]
    assert photos.with_hash(b"h", (State.TRASHED,)) == []


def test_removing_a_photo_removes_all_that_hangs_on_it(photos: PhotoTable) -> None:
    (id_,) = photos.add([found("a.jpg", 1, "a.xmp")])
    photos.remove((id_,))
    assert CompanionTable(photos._db).all() == {}


def test_a_problem_can_be_marked_to_be_tried_again(photos: PhotoTable) -> None:
    ids = photos.add([found("a.jpg", 5), found("b.jpg", 5)])
    photos.set_problem(ids[0], "Damaged.")
    photos.set_problem(ids[1], "No permission.", retry=True)
    assert one(photos, ids[0]).mtime_ns == 5
    assert one(photos, ids[1]).mtime_ns == 0


# -- decisions rescued from a lost catalog -------------------------------------------------------


def test_rescued_decisions_are_put_back_when_a_photo_is_indexed(photos: PhotoTable) -> None:
    photos.rescue(
        [
            Rescued(hash=b"h", path="a.jpg", flag=Flag.PICK, rating=4, label="red"),
            Rescued(hash=b"other", path="b.jpg", flag=Flag.REJECT, rating=0, label=""),
        ]
    )
    ids = photos.add([found("a.jpg"), found("copy.jpg"), found("b.jpg")])
    photos.store_indexed([indexed(ids[0], b"h"), indexed(ids[1], b"h"), indexed(ids[2], b"new")])
    decided = [(p.flag, p.rating, p.label) for p in photos.get(ids)]
    assert decided == [(Flag.PICK, 4, "red"), (Flag.NONE, 0, ""), (Flag.NONE, 0, "")]


def test_a_later_decision_is_not_overwritten_by_a_rescued_one(photos: PhotoTable) -> None:
    photos.rescue([Rescued(hash=b"h", path="a.jpg", flag=Flag.PICK, rating=4, label="red")])
    (id_,) = photos.add([found("a.jpg")])
    photos.store_indexed([indexed(id_, b"h")])
    photos.set_flag(id_, Flag.REJECT)
    photos.store_indexed([indexed(id_, b"h")])
    assert one(photos, id_).flag is Flag.REJECT
    photos.set_flag(id_, Flag.NONE)
    photos.set_rating(id_, 0)
    photos.set_label(id_, "")
    photos.store_indexed([indexed(id_, b"h")])
    assert one(photos, id_).flag is Flag.NONE
