"""What photos are known to show: by folders, by patterns, by files; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.truth import (
    CAPTIONS,
    CLASSES,
    FOLDERS,
    Register,
    TruthError,
    by_folder,
    by_pattern,
    described,
    known_classes,
    read_rows,
    sources,
)


def paths(*names: str) -> dict[int, str]:
    return dict(enumerate(names, 1))


def test_the_folder_that_a_photo_lies_in_is_its_class() -> None:
    assert by_folder(paths("cat/1.jpg", "train/dog/2.jpg", "3.jpg")) == {1: "cat", 2: "dog"}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{class}_#", "play_flute_12.jpg", "play_flute"),
        ("{class}_#", "play_flute.jpg", None),
        ("{class}__*", "butterfly__image_0005.jpg", "butterfly"),
        ("{class}#", "cat012.jpg", "cat"),
        ("{class}#", "12.jpg", None),
        ("#_{class}", "7_red bus.jpg", "red bus"),
        ("{class}/*", "red/1.jpg", "red"),
        ("*/{class}-#", "set/red-1.jpg", "red"),
        ("{class}_*_{class}", "a_1_a.jpg", "a"),
        ("{class}_*_{class}", "a_1_b.jpg", None),
        ("{class}.#", "a.b.1.jpg", "a.b"),
        ("{class}", ".jpg", ".jpg"),
    ],
)
def test_patterns(pattern: str, name: str, expected: str | None) -> None:
    assert by_pattern(pattern, {1: name}).get(1) == expected


@given(st.text(max_size=12), st.text(max_size=30))
def test_no_pattern_and_no_name_is_too_odd(before: str, name: str) -> None:
    found = by_pattern(before + "{class}", {1: name})
    assert all(text in name for text in found.values())


def test_what_tells_most_is_offered_first() -> None:
    named = paths(*(f"{kind}_{number}.jpg" for kind in ("cat", "dog") for number in range(3)))
    assert sources(named)[0] == "{class}_#"
    assert sources(named | {9: "x/cat_9.jpg", 10: "y/1.jpg", 11: "x/2.jpg", 12: "y/3.jpg"}) == [
        "{class}_#",
        FOLDERS,
    ]
    assert sources(paths("IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg")) == []
    assert sources(paths("a/1.jpg", "b/2.jpg", "c/3.jpg")) == []


def test_files_name_photos_by_path_or_by_a_name_that_is_the_only_one(tmp_path: Path) -> None:
    here = paths("a/1.jpg", "b/1.jpg", "b/2.jpg")
    file = tmp_path / "labels.csv"
    file.write_text("file,class\na/1.jpg,x\n1.jpg,y\nelsewhere/2.jpg,z\n3.jpg,w\n")
    assert known_classes(str(file), here) == {1: "x", 3: "z"}
    assert Register(here).find("1.jpg") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "image,text\na.jpg,one\na.jpg,two\n"),
        ("t.json", json.dumps({"a.jpg": ["one", "two"]})),
        ("t.json", json.dumps([{"file": "a.jpg", "caption": ["one", " ", "two"]}])),
        ("t.jsonl", '{"image_file": "a.jpg", "text": "one"}\n\n{"file": "a.jpg", "text": "two"}'),
    ],
)
def test_every_kind_of_file_says_the_same(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert read_rows(file, CAPTIONS) == [("a.jpg", "one"), ("a.jpg", "two")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "no rows"),
        ("t.csv", b"file,colour\na.jpg,red\n", "lacks a `file` or a `class`"),
        ("t.json", b"[[1]]", "lacks a `file`"),
        ("t.json", b'{"a":', "cannot be read"),
        ("t.json", b"[" * 100_000, "cannot be read"),
        ("t.csv", b"\xff\xfe\x00", "cannot be read"),
        ("t.jsonl", b"{}\nnot json", "cannot be read"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(TruthError, match=sentence):
        read_rows(file, CLASSES)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "Say where the classes are"),
        (FOLDERS, "do not lie in folders"),
        ("{class}-#\x1b", r"No photo is called like \{class\}-#\\x1b"),
        ("/no/such/file.csv", r"file\.csv cannot be read: No such file or directory\."),
    ],
)
def test_a_source_that_tells_nothing_is_refused(source: str, sentence: str) -> None:
    with pytest.raises(TruthError, match=sentence):
        known_classes(source, paths("1.jpg"))


def test_a_file_about_other_photos_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("file,class\nx.jpg,y\n")
    with pytest.raises(TruthError, match="No file that is named there"):
        known_classes(str(file), paths("1.jpg"))


def test_classes_are_described_in_a_line() -> None:
    found = {number: f"c{number % 8}" for number in range(20)} | {99: "\x1b"}
    text = described(found, 30, most=3)
    assert text == "9 classes, 21 of 30 photos: c0 3, c1 3, c2 3 and 6 more"
    assert described({1: "a\x1b"}, 1) == "1 class, 1 of 1 photos: a\\x1b 1"
