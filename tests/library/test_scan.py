from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.library.folder.scan import (
    ScanError,
    check_folder,
    is_hidden,
    is_hidden_path,
    scan,
    scan_shots,
    stat_of,
)

HOSTILE = [
    b"line\nbreak.jpg",
    b"\x1b[31mred\x1b[0m.jpg",
    "\u202egnp.jpg".encode(),
    b"latin-\xe9.jpg",
    b"\xff\xfe.jpg",
    b"tab\t.jpg",
    b"quote'\".jpg",
    b" .jpg",
    b"%41.jpg",
]


def make(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(path.encode("utf-8", "surrogateescape"))


def paths(root: Path) -> list[str]:
    return sorted(found.path for found in scan(root).files)


def test_every_photo_below_the_folder_is_listed(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.CR2", "sub/deep/er/c.mp4", "notes.txt", "sub/d")
    assert paths(tmp_path) == ["a.jpg", "sub/b.CR2", "sub/deep/er/c.mp4"]
    (found,) = (found for found in scan(tmp_path).files if found.path == "a.jpg")
    status = (tmp_path / "a.jpg").stat()
    assert (found.size, found.mtime_ns, found.kind) == (5, status.st_mtime_ns, "image")


def test_hidden_and_system_folders_are_passed_over(tmp_path: Path) -> None:
    make(
        tmp_path,
        ".hidden.jpg",
        "._apple.jpg",
        ".git/a.jpg",
        ".Trash-1000/files/a.jpg",
        "$RECYCLE.BIN/a.jpg",
        "sub/@eaDir/a.jpg",
        "lost+found/a.jpg",
        "sub/seen.jpg",
    )
    assert paths(tmp_path) == ["sub/seen.jpg"]
    assert is_hidden(".Trash")
    assert is_hidden_path("a/.b/c.jpg")
    assert not is_hidden_path("a/b/c.jpg")


def test_companions_come_with_their_photo(tmp_path: Path) -> None:
    make(tmp_path, "d/IMG.JPG", "d/IMG.CR2", "d/IMG.xmp", "IMG.CR2")
    files = {found.path: [c.path for c in found.companions] for found in scan(tmp_path).files}
    assert files == {"d/IMG.JPG": ["d/IMG.CR2", "d/IMG.xmp"], "IMG.CR2": []}


def test_an_empty_folder_has_no_photos(tmp_path: Path) -> None:
    seen = scan(tmp_path)
    assert (seen.files, seen.unreadable, seen.unsettled) == ([], [], [])


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_kept_byte_for_byte(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    (found,) = scan(tmp_path).files
    assert os.fsencode(found.path) == name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(min_size=1, max_size=60).filter(lambda name: not set(name) & set(b"/\0.")))
def test_any_name_survives(tmp_path_factory: pytest.TempPathFactory, name: bytes) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / os.fsdecode(name + b".jpg")).touch()
    (found,) = scan(root).files
    assert os.fsencode(found.path) == name + b".jpg"


class TestLinks:
    """Links are never followed; those that leave the library are told."""

    def test_a_link_out_is_told_and_shown(self, tmp_path: Path) -> None:
        make(tmp_path, "outside/secret.jpg", "library/a.jpg")
        root = tmp_path / "library"
        (root / "out.jpg").symlink_to(tmp_path / "outside/secret.jpg")
        (root / "folder").symlink_to(tmp_path / "outside")
        (root / "relative.jpg").symlink_to("../outside/secret.jpg")
        (root / "notes.txt").symlink_to("/etc/passwd")
        seen = scan(root)
        assert [found.path for found in seen.files] == ["a.jpg"]
        told = {each.path: each for each in seen.unreadable}
        assert told.keys() == {"out.jpg", "folder", "relative.jpg"}
        assert all("outside the library" in each.sentence for each in told.values())
        assert told["folder"].file is None
        out = told["out.jpg"].file
        assert out is not None
        assert out.size == os.lstat(root / "out.jpg").st_size

    def test_a_link_inside_is_a_double_and_left_out(self, tmp_path: Path) -> None:
        make(tmp_path, "sub/a.jpg")
        (tmp_path / "b.jpg").symlink_to("sub/a.jpg")
        (tmp_path / "again").symlink_to("sub")
        (tmp_path / "sub/loop").symlink_to("..")
        seen = scan(tmp_path)
        assert [found.path for found in seen.files] == ["sub/a.jpg"]
        assert seen.unreadable == []

    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("nothing.jpg", "leads nowhere"),
            ("a.jpg", "leads nowhere"),  # itself
            (".git/annex/a.jpg", "hidden folder"),
        ],
    )
    def test_a_link_that_shows_nothing_is_told(
        self, tmp_path: Path, target: str, words: str
    ) -> None:
        make(tmp_path, ".git/annex/a.jpg")
        (tmp_path / "a.jpg").symlink_to(target)
        (told,) = scan(tmp_path).unreadable
        assert words in told.sentence

    def test_a_root_that_is_a_link_is_no_link_out(self, tmp_path: Path) -> None:
        make(tmp_path, "real/a.jpg")
        (tmp_path / "real/b.jpg").symlink_to(tmp_path / "real/a.jpg")
        (tmp_path / "library").symlink_to("real")
        seen = scan(tmp_path / "library")
        assert [found.path for found in seen.files] == ["a.jpg"]
        assert seen.unreadable == []


def test_pipes_and_folders_with_a_photos_name_are_no_photos(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    make(tmp_path, "folder.jpg/a.jpg")
    assert paths(tmp_path) == ["folder.jpg/a.jpg"]


class TestRefusals:
    """One sentence for each way in which a folder cannot be looked into."""

    def test_missing(self, tmp_path: Path) -> None:
        for look in (scan, check_folder):
            with pytest.raises(ScanError, match=r"^There is no folder .*nowhere\.$"):
                look(tmp_path / "nowhere")

    def test_a_file(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg")
        with pytest.raises(ScanError, match="is a file, not a folder"):
            scan(tmp_path / "a.jpg")

    def test_a_hostile_name_is_made_visible(self, tmp_path: Path) -> None:
        with pytest.raises(ScanError) as caught:
            scan(tmp_path / "\x1b[2J")
        assert "\x1b" not in str(caught.value)

    def test_no_permission(self, tmp_path: Path, as_nobody: Callable[[Path, str], str]) -> None:
        make(tmp_path, "closed/a.jpg", "listed/b.jpg", "open/c.jpg")
        (tmp_path / "closed").chmod(0)
        (tmp_path / "listed").chmod(0o444)  # names can be read, nothing can be looked at
        answer = as_nobody(
            tmp_path,
            """
            seen = scan(root)
            print([found.path for found in seen.files])
            print(sorted((each.path, each.sentence, each.file) for each in seen.unreadable))
            root.chmod(0)
            try:
                scan(root)
            except ScanError as error:
                print(error)
            """,
        )
        told = "'There is no permission to look into this folder.', None"
        assert answer.splitlines()[:2] == [
            "['open/c.jpg']",
            f"[('closed', {told}), ('listed', {told})]",
        ]
        assert "There is no permission to look into" in answer.splitlines()[2]


class TestUnsettled:
    """Files that may still be written are left out, and with them their whole shot."""

    def test_young_files_are_left_out(self, tmp_path: Path) -> None:
        make(tmp_path, "old.jpg", "young.jpg")
        now = time.time()
        os.utime(tmp_path / "old.jpg", (now - 100, now - 100))
        seen = scan(tmp_path, settled_before=now - 2)
        assert [found.path for found in seen.files] == ["old.jpg"]
        assert seen.unsettled == ["young.jpg"]

    def test_waiting_files_take_their_shot_with_them(self, tmp_path: Path) -> None:
        make(tmp_path, "d/IMG.JPG", "d/IMG.CR2", "d/IMG.CR2.xmp", "d/other.JPG")
        seen = scan(tmp_path, unsettled={"d/IMG.CR2"})
        assert [found.path for found in seen.files] == ["d/other.JPG"]
        assert sorted(seen.unsettled) == ["d/IMG.CR2", "d/IMG.CR2.xmp", "d/IMG.JPG"]


def test_a_part_of_the_tree_can_be_scanned(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.jpg", "sub/deep/c.jpg", "subway/d.jpg")
    seen = scan(tmp_path, below="sub")
    assert sorted(found.path for found in seen.files) == ["sub/b.jpg", "sub/deep/c.jpg"]


def test_single_shots_can_be_scanned(tmp_path: Path) -> None:
    make(tmp_path, "d/IMG_1.JPG", "d/img_1.cr2", "d/IMG_1.CR2.xmp", "d/IMG_2.JPG", "d/IMG_1/x.jpg")
    for name in ("IMG_1.JPG", "img_1.cr2", "IMG_1.CR2.xmp", "IMG_1.gone"):
        seen = scan_shots(tmp_path, "d", [name])
        assert {f.path: len(f.companions) for f in seen.files} == {"d/IMG_1.JPG": 2}, name
    assert scan_shots(tmp_path, "nowhere", ["a.jpg"]).files == []


def test_status_of_a_file(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    assert stat_of(tmp_path, "a.jpg") == (5, (tmp_path / "a.jpg").stat().st_mtime_ns)
    assert stat_of(tmp_path, "link.jpg") is None
    assert stat_of(tmp_path, "none.jpg") is None
    assert stat_of(tmp_path, "nul\0.jpg") is None
