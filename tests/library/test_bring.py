from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tui_selector.library.decisions.decisions import Decisions


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    return folder


def put(place: Path, data: bytes) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def test_files_and_folders_are_copied_and_undone(album: Any, outside: Path) -> None:
    put(outside / "Trip" / "a.jpg", b"a")
    put(outside / "Trip" / "day 2" / "b.CR2", b"b")
    put(outside / "Trip" / "day 2" / "b.CR2.xmp", b"x")
    put(outside / "Trip" / "notes.txt", b"no photo")
    put(outside / "Trip" / "list.json", b"no photo")
    put(outside / "Trip" / ".hidden.jpg", b"hidden")
    (outside / "Trip" / "loop").symlink_to(outside)
    put(outside / "c.jpg", b"c")
    decisions = Decisions(album.catalog)
    outcome = decisions.bring([outside / "Trip", outside / "c.jpg"], "new")
    assert not outcome.refused
    brought = {
        "new/Trip/a.jpg": b"a",
        "new/Trip/day 2/b.CR2": b"b",
        "new/Trip/day 2/b.CR2.xmp": b"x",
        "new/c.jpg": b"c",
    }
    assert album.files() == brought
    assert outcome.done == 4
    assert decisions.undo_title == "Copy 4 files into the library"
    assert (outside / "c.jpg").exists()
    decisions.undo()
    assert album.files() == {}
    assert album.trashed() == [b"a", b"b", b"c", b"x"]
    (outside / "c.jpg").unlink()
    decisions.redo()
    assert album.files() == brought
    assert not album.trashed()


def test_files_are_moved_and_go_back(album: Any, outside: Path) -> None:
    source = put(outside / "a.jpg", b"a")
    decisions = Decisions(album.catalog)
    assert decisions.bring([source], how="move").done == 1
    assert not source.exists()
    assert album.files() == {"a.jpg": b"a"}
    put(source, b"new")
    outcome = decisions.undo()
    assert outcome
    assert outcome.refused
    assert album.files() == {"a.jpg": b"a"}
    source.unlink()
    decisions.undo()
    assert source.read_bytes() == b"a"
    decisions.redo()
    assert album.files() == {"a.jpg": b"a"}


def test_a_shot_gets_one_number(album: Any, outside: Path) -> None:
    album.write("IMG.xmp", b"there")
    sources = [
        put(outside / name, name.encode())
        for name in ("IMG.JPG", "IMG.CR2", "IMG.CR2.xmp", "img.xmp", "IMG_01.CR2.xmp")
    ]
    Decisions(album.catalog).bring(sources)
    assert set(album.files()) == {
        "IMG.xmp",
        "IMG (2).JPG",
        "IMG (2).CR2",
        "IMG (2).CR2.xmp",
        "img (2).xmp",
        "IMG (2)_01.CR2.xmp",
    }


def test_names_never_collide(album: Any, outside: Path) -> None:
    sources = [put(outside / str(number) / "a.jpg", bytes([number])) for number in range(4)]
    album.write("A.JPG", b"there")
    assert Decisions(album.catalog).bring(sources).done == 4
    assert sorted(album.files()) == ["A.JPG", *(f"a ({number}).jpg" for number in range(2, 6))]
    assert album.files()["A.JPG"] == b"there"


def test_what_is_there_already_does_not_come(album: Any, outside: Path) -> None:
    album.add("a.jpg")
    data = (album.root / "a.jpg").read_bytes()
    copy, side = put(outside / "b.jpg", data), put(outside / "b.xmp", b"x")
    first, again = put(outside / "c.jpg", b"c"), put(outside / "d.jpg", b"c")
    outcome = Decisions(album.catalog).bring([copy, side, first, again])
    assert outcome.done == 1
    assert [refusal.path for refusal in outcome.refused] == [str(copy), str(again)]
    assert "as a.jpg" in outcome.refused[0].sentence
    assert set(album.files()) == {"a.jpg", "c.jpg"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.jpg", "There is no file"),
        ("notes.txt", "no photo"),
        ("empty", "There are no photos in"),
        ("pipe.jpg", "neither a file nor a folder"),
        (".", "The library itself lies in"),
    ],
)
def test_what_cannot_come_is_said(album: Any, tmp_path: Path, name: str, sentence: str) -> None:
    put(tmp_path / "notes.txt", b"1")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    outcome = Decisions(album.catalog).bring([tmp_path / name])
    assert outcome.done == 0
    assert sentence in outcome.refused[0].sentence
    assert album.files() == {}


def test_the_library_does_not_come_into_itself(album: Any) -> None:
    album.add("a.jpg")
    outcome = Decisions(album.catalog).bring([album.root / "a.jpg", album.root])
    assert len(outcome.refused) == 2
    assert set(album.files()) == {"a.jpg"}


def test_nothing_is_brought_outside(album: Any, outside: Path, tmp_path: Path) -> None:
    source = put(outside / "a.jpg", b"a")
    (album.root / "out").symlink_to(tmp_path)
    for folder in ("../elsewhere", "out/x"):
        outcome = Decisions(album.catalog).bring([source], folder)
        assert outcome.done == 0
        assert outcome.refused
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "x").exists()


def test_another_disk_is_copied_from_but_not_moved_from(album: Any, other_disk: Path) -> None:
    source = put(other_disk / "a.jpg", b"a")
    decisions = Decisions(album.catalog)
    outcome = decisions.bring([source], how="move")
    assert outcome.done == 0
    assert "another disk" in outcome.refused[0].sentence
    assert source.exists()
    assert decisions.undo_title is None
    assert decisions.bring([source], how="copy").done == 1
    assert album.files() == {"a.jpg": b"a"}


def test_a_full_library_disk_leaves_nothing_half(album: Any, outside: Path) -> None:
    disk = album.root / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k none '{disk}' 2>/dev/null") != 0:
        pytest.skip("mounting a file system is not permitted here")
    try:
        big, small = put(outside / "big.jpg", b"1" * 200_000), put(outside / "s.jpg", b"2")
        outcome = Decisions(album.catalog).bring([big, small], "disk")
        assert outcome.done == 1
        assert "no space left" in outcome.refused[0].sentence
        assert album.files() == {"disk/s.jpg": b"2"}
        assert sorted(os.listdir(disk)) == ["s.jpg"]
    finally:
        os.system(f"umount -l '{disk}'")


def test_a_brought_photo_that_was_edited_since_stays(album: Any, outside: Path) -> None:
    decisions = Decisions(album.catalog)
    decisions.bring([put(outside / "a.jpg", b"a")])
    album.write("a.jpg", b"edited")
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 0
    assert "has changed" in outcome.refused[0].sentence
    assert album.files() == {"a.jpg": b"edited"}
    assert decisions.undo_title is None
