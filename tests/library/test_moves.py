from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tui_selector.library.decisions import moves
from tui_selector.library.decisions.moves import (
    GoneError,
    RefusedError,
    copy_new,
    inside,
    is_same_file,
    leaves,
    rename_into,
    rename_new,
)
from tui_selector.library.folder.identity import content_hash


@pytest.fixture(params=["renameat2", "link", "claim"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to rename without overwriting, as the file system or kernel lacks the better."""
    if request.param != "renameat2":
        monkeypatch.setattr(moves, "_renameat2", lambda: lambda source, target: errno.EINVAL)
    if request.param == "claim":

        def link(*given: object, **named: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", link)
    return str(request.param)


def test_a_rename_moves_the_bytes(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"1")
    rename_new(tmp_path / "a", tmp_path / "b")
    assert [place.name for place in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_bytes() == b"1"


def test_nothing_is_ever_overwritten(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    with pytest.raises(RefusedError, match="already a file called b"):
        rename_new(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == b"1"
    assert (tmp_path / "b").read_bytes() == b"2"


def test_a_link_to_nowhere_is_not_overwritten_either(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").symlink_to("nowhere")
    with pytest.raises(RefusedError):
        rename_new(tmp_path / "a", tmp_path / "b")


def test_a_file_that_is_gone_is_said(tmp_path: Path, way: str) -> None:
    with pytest.raises(GoneError, match="a is no longer there"):
        rename_new(tmp_path / "a", tmp_path / "b")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(RefusedError, match="folder"):
        rename_new(tmp_path / "a", tmp_path / "no" / "b")
    assert (tmp_path / "a").exists()


def test_another_disk_is_refused(tmp_path: Path, other_disk: Path, way: str) -> None:
    target = other_disk / "b"
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(RefusedError, match="another disk"):
        rename_new(tmp_path / "a", target)
    assert (tmp_path / "a").exists()
    assert not target.exists()


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "_renameat2", lambda: lambda source, target: errno.EROFS)
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(RefusedError, match="read-only file system"):
        rename_new(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").exists()


@pytest.mark.parametrize("path", ["", "../a", "b/../../a", "/etc/passwd", "a//b", "./a", "a\0b"])
def test_paths_that_leave_the_library_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(RefusedError):
        inside(tmp_path, path)


def test_links_that_leave_the_library_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to("real")
    with pytest.raises(RefusedError, match="link that leaves the library"):
        inside(root, "out/a")
    assert inside(root, "in/a") == root / "in" / "a"
    assert inside(root, "new/deep/a") == root / "new" / "deep" / "a"
    (root / "photo").symlink_to(tmp_path / "elsewhere")
    assert leaves(root, root / "photo")
    (root / "alias").symlink_to("real")
    assert not leaves(root, root / "alias")


def test_a_neighbour_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "rooted").mkdir()
    (root / "out").symlink_to(tmp_path / "rooted")
    with pytest.raises(RefusedError):
        inside(root, "out/a")


def test_folders_are_made_on_the_way_in(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    root = tmp_path / "root"
    root.mkdir()
    assert rename_into(root, tmp_path / "a", "x/y/b").read_bytes() == b"1"
    (tmp_path / "c").write_bytes(b"2")
    with pytest.raises(RefusedError):
        rename_into(root, tmp_path / "c", "x/y/b")
    assert (tmp_path / "c").exists()


def test_a_copy_appears_whole_with_its_times(tmp_path: Path) -> None:
    source, target, part = (tmp_path / name for name in ("a", "b", ".part"))
    source.write_bytes(b"picture")
    os.utime(source, ns=(1, 1_234_567_890_123_456_789))
    part.write_bytes(b"left by a crash")
    copy_new(source, target, part, content_hash(b"picture"))
    assert target.read_bytes() == b"picture"
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert not part.exists()


def test_a_copy_of_other_bytes_than_planned_is_refused(tmp_path: Path) -> None:
    source, target, part = (tmp_path / name for name in ("a", "b", ".part"))
    source.write_bytes(b"new")
    with pytest.raises(RefusedError, match="changed while"):
        copy_new(source, target, part, content_hash(b"old"))
    assert [place.name for place in tmp_path.iterdir()] == ["a"]
    target.write_bytes(b"taken")
    with pytest.raises(RefusedError, match="already"):
        copy_new(source, target, part, content_hash(b"new"))
    assert target.read_bytes() == b"taken"


def test_a_file_is_known_by_size_and_time_or_by_its_bytes(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_bytes(b"123")
    then = place.stat().st_mtime_ns
    assert is_same_file(place, size=3, mtime_ns=then, content=None)
    assert is_same_file(place, size=3, mtime_ns=0, content=content_hash(b"123"))
    assert is_same_file(place, size=3, mtime_ns=None, content=None)
    assert not is_same_file(place, size=3, mtime_ns=0, content=content_hash(b"124"))
    assert not is_same_file(place, size=3, mtime_ns=0, content=None)
    assert not is_same_file(place, size=4, mtime_ns=then, content=None)
    with pytest.raises(GoneError):
        is_same_file(tmp_path / "no", size=1, mtime_ns=0, content=None)
    with pytest.raises(GoneError, match="no longer a file"):
        is_same_file(tmp_path, size=1, mtime_ns=0, content=None)
