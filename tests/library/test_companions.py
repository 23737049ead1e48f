from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.folder.companions import (
    FileEntry,
    belongs,
    group_shots,
    kind_by_name,
    shot_keys,
    suffix_of,
)
from tui_selector.library.photo import Kind
from tui_selector.library.pictures.formats import IMAGE_SUFFIXES, RAW_SUFFIXES, VIDEO_SUFFIXES


def shots(*names: str, folder: str = "") -> dict[str, list[str]]:
    """Photo to the companions it gets, in a folder with these files."""
    files = [FileEntry(name, len(name), number) for number, name in enumerate(names)]
    random.Random(3).shuffle(files)
    return {
        found.path: [companion.path for companion in found.companions]
        for found in group_shots(folder, files)
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.jpg", "b.jpg"], {"a.jpg": [], "b.jpg": []}),
        (["IMG.JPG", "IMG.CR2"], {"IMG.JPG": ["IMG.CR2"]}),
        (["IMG.jpg", "img.NEF"], {"IMG.jpg": ["img.NEF"]}),
        (["IMG.HEIC", "IMG.MOV", "IMG.AAE"], {"IMG.HEIC": ["IMG.AAE", "IMG.MOV"]}),
        (["IMG.JPG", "IMG.MP4"], {"IMG.JPG": ["IMG.MP4"]}),
        (["IMG.DNG", "IMG.MOV"], {"IMG.DNG": ["IMG.MOV"]}),
        (["IMG.CR3", "IMG.xmp"], {"IMG.CR3": ["IMG.xmp"]}),
        (["IMG.CR2", "IMG.CR2.xmp"], {"IMG.CR2": ["IMG.CR2.xmp"]}),
        (["IMG.CR2", "IMG_01.CR2.xmp"], {"IMG.CR2": ["IMG_01.CR2.xmp"]}),
        (["IMG.jpg", "IMG.CR2", "IMG.CR2.xmp"], {"IMG.jpg": ["IMG.CR2", "IMG.CR2.xmp"]}),
        (["IMG.jpg", "IMG.ACR", "IMG.jpg.json"], {"IMG.jpg": ["IMG.ACR", "IMG.jpg.json"]}),
        (["MVI.AVI", "MVI.THM"], {"MVI.AVI": ["MVI.THM"]}),
        (["IMG.CR2", "IMG.DNG"], {"IMG.CR2": ["IMG.DNG"]}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_files_of_one_shot_are_one_photo(names: list[str], expected: dict[str, list[str]]) -> None:
    assert shots(*names) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # The camera's own format takes what could belong to either.
        (["a.png", "a.jpg", "a.xmp"], {"a.png": [], "a.jpg": ["a.xmp"]}),
        (["a.png", "a.jpg", "a.png.xmp"], {"a.png": ["a.png.xmp"], "a.jpg": []}),
        (["a.heic", "a.jpg", "a.dng"], {"a.heic": ["a.dng"], "a.jpg": []}),
        # A picture and a film that merely share a name.
        (["clip.png", "clip.mp4"], {"clip.png": [], "clip.mp4": []}),
        (["clip.jpg", "clip.mkv"], {"clip.jpg": [], "clip.mkv": []}),
        (["a.mov", "a.mp4"], {"a.mov": [], "a.mp4": []}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_files_that_only_share_a_name_stay_apart(
    names: list[str], expected: dict[str, list[str]]
) -> None:
    assert shots(*names) == expected


def test_a_sidecar_of_nothing_is_passed_over() -> None:
    assert shots("lost.xmp", "a.jpg", "data.json", "a.json", "notes.txt") == {"a.jpg": []}


def test_roles_sizes_and_times_are_kept() -> None:
    files = [
        FileEntry("IMG.HEIC", 10, 1),
        FileEntry("IMG.DNG", 20, 2),
        FileEntry("IMG.MOV", 30, 3),
        FileEntry("IMG.AAE", 40, 4),
    ]
    (found,) = group_shots("trip/", files)
    assert (found.path, found.size, found.mtime_ns, found.kind) == ("trip/IMG.HEIC", 10, 1, "image")
    assert {(c.path, c.role, c.size, c.mtime_ns) for c in found.companions} == {
        ("trip/IMG.DNG", "raw", 20, 2),
        ("trip/IMG.MOV", "movie", 30, 3),
        ("trip/IMG.AAE", "sidecar", 40, 4),
    }


SUFFIXES = [".jpg", ".JPG", ".png", ".heic", ".CR2", ".dng", ".mov", ".mp4", ".avi", ".xmp", ".aae"]
NAMES = st.builds(
    str.__add__,
    st.sampled_from(["a", "A", "a_01", "a.CR2", "a.jpg", "b", "\udcff", "\n"]),
    st.sampled_from(SUFFIXES),
)


@given(st.sets(NAMES))
def test_no_photo_is_dropped_and_no_file_is_given_twice(names: set[str]) -> None:
    given_out = [path for photo, others in shots(*names).items() for path in (photo, *others)]
    assert len(given_out) == len(set(given_out))
    photos = {name for name in names if kind_by_name(name)}
    assert photos <= set(given_out) <= names


@given(st.sets(NAMES))
def test_files_of_one_shot_share_a_key(names: set[str]) -> None:
    for photo, others in shots(*names).items():
        for other in others:
            assert set(shot_keys(photo)) & set(shot_keys(other))


def test_suffixes() -> None:
    assert suffix_of("IMG.JPG") == ".jpg"
    assert suffix_of("IMG.CR2.xmp") == ".xmp"
    assert suffix_of("IMG") == ""
    assert suffix_of(".jpg") == ""
    assert {kind_by_name(f"a{s}") for s in IMAGE_SUFFIXES} == {Kind.IMAGE}
    assert {kind_by_name(f"a{s}") for s in RAW_SUFFIXES} == {Kind.RAW}
    assert {kind_by_name(f"a{s}") for s in VIDEO_SUFFIXES} == {Kind.VIDEO}
    assert belongs("a.xmp")
    assert not belongs("a.txt")
