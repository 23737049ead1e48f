from __future__ import annotations

from typing import Any

import pytest

from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.rescue import rescue
from tui_selector.library.photo import Flag, State, Tag


def lose_catalog(album: Any) -> None:
    """Damage the catalog as a failing disk does, and open what is left."""
    album.catalog.close()
    for place in album.paths.data.glob("catalog.sqlite-*"):
        place.unlink()
    album.paths.catalog.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    album.reopen()
    assert album.catalog.set_aside


def decided(album: Any) -> dict[str, tuple[Flag, int, str]]:
    return {
        photo.path: (photo.flag, photo.rating, photo.label)
        for photo in album.catalog.photos.all()
        if photo.flag or photo.rating or photo.label
    }


def test_decisions_outlive_the_catalog(album: Any) -> None:
    ids = [album.add(f"{number}.jpg") for number in range(6)]
    decisions = Decisions(album.catalog)
    decisions.flag(ids[:2], Flag.REJECT)
    decisions.flag(ids[1:3], Flag.PICK)
    decisions.rate(ids[3:], 4)
    decisions.undo()
    decisions.rate(ids[3:4], 2)
    decisions.label(ids[4:5], "green")
    decisions.flag(ids[5:], Flag.PICK)
    decisions.undo()
    before = decided(album)
    lose_catalog(album)
    said = rescue(album.catalog)
    assert said
    assert album.catalog.set_aside.name in said
    assert "5 photos" in said
    for number in reversed(range(6)):  # found in another order: other ids
        album.add(f"{number}.jpg")
    assert decided(album) == before
    assert rescue(album.catalog) is None


def test_tags_outlive_the_catalog(album: Any) -> None:
    ids = [album.add(f"{number}.jpg") for number in range(3)]
    album.catalog.tags.set_program(ids[0], [Tag("cat", 0.5, "model")])
    decisions = Decisions(album.catalog)
    decisions.tag(ids, ["mine", "[b]dog"], ["cat"])
    decisions.tag(ids[1:], [], ["mine"])
    decisions.tag(ids, ["gone"])
    decisions.undo()
    lose_catalog(album)
    assert "3 photos" in str(rescue(album.catalog))
    again = [album.add(f"{number}.jpg") for number in range(3)]
    names = [[tag.name for tag in found] for found in album.catalog.tags.of(again).values()]
    assert names == [["[b]dog", "mine"], ["[b]dog"], ["[b]dog"]]
    assert album.catalog.tags.verdict(again[0], "cat") is False
    assert album.catalog.tags.verdict(again[1], "cat") is None


def test_undo_finds_photos_of_a_lost_catalog_by_their_bytes(album: Any) -> None:
    ids = [album.add(f"{number}.jpg") for number in range(3)]
    Decisions(album.catalog).flag(ids[:1], Flag.REJECT)
    lose_catalog(album)
    rescue(album.catalog)
    for number in reversed(range(3)):
        album.add(f"{number}.jpg")
    assert decided(album) == {"0.jpg": (Flag.REJECT, 0, "")}
    outcome = Decisions(album.catalog).undo()
    assert outcome
    assert outcome.done == 1
    assert decided(album) == {}


def test_trashed_photos_stay_undoable(album: Any) -> None:
    id_ = album.add("a.jpg", "a.xmp")
    before = album.files()
    decisions = Decisions(album.catalog)
    decisions.flag([id_], Flag.PICK)
    decisions.trash([id_])
    lose_catalog(album)
    assert rescue(album.catalog)
    outcome = Decisions(album.catalog).undo()
    assert outcome
    assert (outcome.done, outcome.refused) == (1, ())
    assert album.files() == before
    album.add("a.jpg", "a.xmp")
    assert decided(album) == {"a.jpg": (Flag.PICK, 0, "")}


def test_a_photo_that_had_not_been_read_is_found_by_place_and_size(
    album: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("tui_selector.library.decisions.planning._HASHED_AT_ONCE", 0)
    id_ = album.add("a.jpg", indexed=False)
    Decisions(album.catalog).flag([id_], Flag.PICK)
    lose_catalog(album)
    rescue(album.catalog)
    album.add("a.jpg")
    assert decided(album) == {"a.jpg": (Flag.PICK, 0, "")}


def test_newer_decisions_are_not_overwritten(album: Any) -> None:
    id_ = album.add("a.jpg")
    Decisions(album.catalog).flag([id_], Flag.REJECT)
    lose_catalog(album)
    rescue(album.catalog)
    id_ = album.add("a.jpg", indexed=False)
    Decisions(album.catalog).flag([id_], Flag.PICK)
    album.index(id_)
    assert decided(album) == {"a.jpg": (Flag.PICK, 0, "")}
    Decisions(album.catalog).flag([id_], Flag.NONE)
    album.index(id_)
    assert decided(album) == {}


def test_photos_indexed_before_the_rescue_get_theirs_too(album: Any) -> None:
    id_ = album.add("a.jpg")
    Decisions(album.catalog).rate([id_], 5)
    lose_catalog(album)
    album.add("a.jpg")
    assert decided(album) == {}
    rescue(album.catalog)
    assert decided(album) == {"a.jpg": (Flag.NONE, 5, "")}


def test_a_deleted_catalog_is_rescued_as_well(album: Any) -> None:
    id_ = album.add("a.jpg")
    assert rescue(album.catalog) is None
    Decisions(album.catalog).flag([id_], Flag.PICK)
    album.catalog.close()
    for place in album.paths.data.glob("catalog.sqlite*"):
        place.unlink()
    album.reopen()
    said = rescue(album.catalog)
    assert said
    assert "The catalog was gone" in said


def test_a_new_library_has_nothing_to_say(album: Any) -> None:
    assert rescue(album.catalog) is None
    assert album.catalog.photos.count(State.FOUND) == 0


def test_a_crash_before_the_rescue_is_made_up_for(album: Any) -> None:
    id_ = album.add("a.jpg")
    Decisions(album.catalog).flag([id_], Flag.PICK)
    lose_catalog(album)
    album.reopen()
    assert album.catalog.set_aside is None
    assert rescue(album.catalog)
    album.add("a.jpg")
    assert decided(album) == {"a.jpg": (Flag.PICK, 0, "")}


def test_a_decision_belongs_to_one_of_identical_photos(album: Any) -> None:
    album.write("copy.jpg", b"same")
    album.write("first.jpg", b"same")
    album.write("last.jpg", b"same")
    ids = [album.add(name) for name in ("copy.jpg", "first.jpg", "last.jpg")]
    decisions = Decisions(album.catalog)
    decisions.flag(ids[1:2], Flag.PICK)
    decisions.rate(ids[2:], 3)
    lose_catalog(album)
    said = rescue(album.catalog)
    assert said
    assert "2 photos" in said
    _find(album, "copy.jpg", "first.jpg", "last.jpg")
    assert decided(album) == {"first.jpg": (Flag.PICK, 0, ""), "last.jpg": (Flag.NONE, 3, "")}


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_decision_follows_a_renamed_photo_to_one_place(album: Any, is_taken: bool) -> None:
    album.write("a.jpg", b"same")
    Decisions(album.catalog).flag([album.add("a.jpg")], Flag.PICK)
    lose_catalog(album)
    rescue(album.catalog)
    (album.root / "a.jpg").rename(album.root / "b.jpg")
    album.write("c.jpg", b"same")
    if is_taken:
        album.write("a.jpg", b"something else")
    _find(album, *(["a.jpg"] if is_taken else []), "b.jpg", "c.jpg")
    assert decided(album) == {"b.jpg": (Flag.PICK, 0, "")}


def test_a_photo_renamed_between_decisions_has_one_set_of_them(album: Any) -> None:
    id_ = album.add("a.jpg")
    decisions = Decisions(album.catalog)
    decisions.flag([id_], Flag.PICK)
    (album.root / "a.jpg").rename(album.root / "b.jpg")
    album.write("a.jpg", (album.root / "b.jpg").read_bytes())
    album.catalog.photos.set_path(id_, "b.jpg")
    decisions.rate([id_], 4)
    decisions.label([id_], "red")
    decisions.undo()
    lose_catalog(album)
    rescue(album.catalog)
    _find(album, "a.jpg", "b.jpg")
    assert decided(album) == {"b.jpg": (Flag.PICK, 4, "")}


def test_what_was_decided_about_a_trashed_copy_is_not_said_of_the_other(album: Any) -> None:
    for name in ("a.jpg", "copy.jpg"):
        album.write(name, b"same")
    ids = [album.add(name) for name in ("a.jpg", "copy.jpg")]
    decisions = Decisions(album.catalog)
    decisions.flag(ids[1:], Flag.REJECT)
    decisions.trash(ids[1:])
    lose_catalog(album)
    rescue(album.catalog)
    _find(album, "a.jpg")
    assert decided(album) == {}
    assert Decisions(album.catalog).undo()
    _find(album, "copy.jpg")
    assert decided(album) == {"copy.jpg": (Flag.REJECT, 0, "")}


def test_decisions_outlive_the_catalog_twice(album: Any) -> None:
    for _ in range(2):
        album.write("a.jpg", b"same")
        album.write("copy.jpg", b"same")
        id_, _ = _find(album, "a.jpg", "copy.jpg")
        before = decided(album)
        Decisions(album.catalog).rate([id_], 1 + album.catalog.photos.one(id_).rating)
        if not before:
            Decisions(album.catalog).flag([id_], Flag.PICK)
        lose_catalog(album)
        rescue(album.catalog)
    _find(album, "a.jpg", "copy.jpg")
    assert decided(album) == {"a.jpg": (Flag.PICK, 2, "")}


def _find(album: Any, *names: str) -> list[int]:
    """Find photos, all of them before any is read."""
    ids = [album.add(name, indexed=False) for name in names]
    for id_ in ids:
        album.index(id_)
    return ids
