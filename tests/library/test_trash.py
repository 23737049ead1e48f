from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui_selector.library.decisions import trash
from tui_selector.library.decisions.moves import GoneError, RefusedError


def mounted(place: Path, options: str = "size=1m") -> bool:
    place.mkdir()
    return os.system(f"mount -t tmpfs -o {options} none '{place}' 2>/dev/null") == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    place = tmp_path / "disk"
    if not mounted(place):
        pytest.skip("mounting a file system is not permitted here")
    yield place
    os.system(f"umount -l '{place}'")


def test_a_file_goes_to_the_home_trash_and_comes_back(tmp_path: Path, own_folders: Path) -> None:
    path = tmp_path / "a b.jpg"
    path.write_bytes(b"1")
    put = trash.put(path)
    assert not path.exists()
    assert put.trash_path == own_folders / "data" / "Trash" / "files" / "a b.jpg"
    note = put.info_path.read_text()
    assert note.startswith("[Trash Info]\n")
    assert f"Path={str(path).replace(' ', '%20')}\n" in note
    assert re.search(r"^DeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", note, re.MULTILINE)
    assert put.trash_path.parent.stat().st_mode & 0o777 == 0o700
    assert trash.find(path) == [put]
    trash.restore(put, path)
    assert path.read_bytes() == b"1"
    assert not trash.find(path)
    assert not put.info_path.exists()


def test_two_files_of_one_name_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    places = []
    for number in range(3):
        path.write_bytes(bytes([number]))
        places.append(trash.put(path))
    assert len({place.trash_path for place in places}) == 3
    assert {place.trash_path.read_bytes() for place in places} == {b"\0", b"\1", b"\2"}
    assert set(trash.find(path)) == set(places)
    promised = trash.place_for(path)
    assert trash.place_for(path, "x", {promised.trash_path}) != promised


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.jpg", b"a\nb\x1b[2J.jpg", b"%41.jpg", b"a" * 250 + b".jpg"]
)
def test_any_name_round_trips(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(b"1")
    put = trash.put(path)
    assert put.info_path.read_bytes().isascii()
    assert trash.find(path) == [put]
    trash.restore(put, path)
    assert path.read_bytes() == b"1"


def test_a_link_is_moved_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    link = tmp_path / "link"
    link.symlink_to("real")
    put = trash.put(link)
    assert put.trash_path.is_symlink()
    assert (tmp_path / "real").exists()


def test_an_occupied_place_keeps_the_file_in_the_trash(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    put = trash.put(path)
    path.write_bytes(b"2")
    with pytest.raises(RefusedError, match="already a file"):
        trash.restore(put, path)
    assert path.read_bytes() == b"2"
    assert put.trash_path.read_bytes() == b"1"
    assert put.info_path.exists()


def test_a_missing_folder_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "x" / "y" / "a.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1")
    put = trash.put(path)
    path.parent.rmdir()
    path.parent.parent.rmdir()
    trash.restore(put, path)
    assert path.read_bytes() == b"1"


def test_an_emptied_trash_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    put = trash.put(path)
    put.trash_path.unlink()
    with pytest.raises(GoneError, match="no longer in the trash"):
        trash.restore(put, path)
    with pytest.raises(GoneError):
        trash.put(path)


def test_a_note_of_another_file_is_left_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(b"1")
    put = trash.put(path)
    trash.forget_note(put, path)
    assert put.info_path.exists()  # the file is in the trash
    put.trash_path.rename(path)
    trash.forget_note(put, other)
    assert put.info_path.exists()
    trash.forget_note(put, path)
    assert not put.info_path.exists()


def test_a_disk_has_its_own_trash(disk: Path) -> None:
    path = disk / "sub" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(b"1")
    put = trash.put(path)
    assert put.trash_path == disk / f".Trash-{os.getuid()}" / "files" / "a.jpg"
    assert "Path=sub/a.jpg\n" in put.info_path.read_text()
    assert trash.find(path) == [put]
    trash.restore(put, path)
    assert path.read_bytes() == b"1"


@pytest.mark.parametrize(("mode", "is_used"), [(0o1777, True), (0o777, False)])
def test_a_shared_trash_must_be_sticky(disk: Path, mode: int, is_used: bool) -> None:
    shared = disk / ".Trash"
    shared.mkdir()
    shared.chmod(mode)
    path = disk / "a.jpg"
    path.write_bytes(b"1")
    put = trash.put(path)
    uid = str(os.getuid())
    top = shared / uid if is_used else disk / f".Trash-{uid}"
    assert put.trash_path == top / "files" / "a.jpg"
    assert trash.find(path) == [put]
    assert "Path=a.jpg\n" in put.info_path.read_text()


def test_a_trash_that_is_a_link_is_not_used(disk: Path, tmp_path: Path) -> None:
    (tmp_path / "trap").mkdir()
    (disk / f".Trash-{os.getuid()}").symlink_to(tmp_path / "trap")
    path = disk / "a.jpg"
    path.write_bytes(b"1")
    with pytest.raises(RefusedError, match="no trash"):
        trash.put(path)
    assert path.exists()
    assert not list((tmp_path / "trap").iterdir())


def test_a_disk_that_belongs_to_somebody_else_has_a_trash_further_down(
    disk: Path, as_nobody: Callable[[Path, str], str]
) -> None:
    path = disk / "photos" / "2024" / "a.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1")
    disk.chmod(0o755)
    answer = as_nobody(
        disk / "photos",
        """
        path = root / "2024" / "a.jpg"
        put = trash.put(path)
        print(put.trash_path.relative_to(root), path.exists())
        print(put.info_path.read_text().splitlines()[1])
        print(trash.find(path) == [put])
        trash.restore(put, path)
        print(path.read_bytes())
        print([photo.path for photo in scan(root).files])
        """,
    )
    uid = os.getuid() or 65534
    assert answer.splitlines() == [
        f".Trash-{uid}/files/a.jpg False",
        "Path=2024/a.jpg",
        "True",
        "b'1'",
        "['2024/a.jpg']",
    ]


def test_a_trash_that_somebody_else_made_is_not_used(disk: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    theirs = disk / f".Trash-{os.getuid()}"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    (disk / "sub").mkdir()
    path = disk / "sub" / "a.jpg"
    path.write_bytes(b"1")
    assert trash.put(path).trash_path.is_relative_to(disk / "sub")


def test_a_disk_that_cannot_be_written_is_said(disk: Path) -> None:
    path = disk / "a.jpg"
    path.write_bytes(b"1")
    if os.system(f"mount -o remount,ro '{disk}'") != 0:
        pytest.skip("remounting is not permitted here")
    with pytest.raises(RefusedError, match="no trash and none can be made"):
        trash.put(path)
    assert path.read_bytes() == b"1"


def test_a_bind_mount_of_one_disk_counts_as_two(tmp_path: Path) -> None:
    real, mount = tmp_path / "real", tmp_path / "mount"
    real.mkdir()
    mount.mkdir()
    if os.system(f"mount --bind '{real}' '{mount}' 2>/dev/null") != 0:
        pytest.skip("mounting is not permitted here")
    try:
        path = mount / "a.jpg"
        path.write_bytes(b"1")
        put = trash.put(path)
        assert put.trash_path.is_relative_to(mount)
    finally:
        os.system(f"umount -l '{mount}'")


def test_a_full_disk_leaves_the_file(disk: Path) -> None:
    path = disk / "a.jpg"
    path.write_bytes(b"1")
    trash.place_for(path)
    fill = b"0" * 4096 * (os.statvfs(disk).f_bavail - 1)
    (disk / "fill").write_bytes(fill)
    with (disk / "rest").open("wb", buffering=0) as rest:
        rest.write(b"0" * 4096)
    with pytest.raises(RefusedError, match="no space left"):
        trash.put(path)
    assert path.read_bytes() == b"1"
    assert not list((disk / f".Trash-{os.getuid()}" / "info").iterdir())
