"""What terminals paste when files are dropped on them, in all their spellings."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.app.dropped import dropped_paths, looks_like_paths


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, two = tmp_path / "a photo (1).jpg", tmp_path / "it's 100% [good].jpg"
    one.touch()
    two.touch()
    return one, two


def test_the_spellings_of_terminals(files: tuple[Path, Path]) -> None:
    one, two = files
    spellings = [
        f"{shlex.quote(str(one))} {shlex.quote(str(two))}",
        f"{one}\n{two}\n",
        f"{one}\r\n{two}",
        f"file://{quote(str(one))}\nfile://localhost{quote(str(two))}",
        f"file://{quote(str(one))} file://{quote(str(two))} ",
        " ".join("".join(f"\\{c}" if c in " ()'%[]" else c for c in str(f)) for f in files),
        f"'{one}'\n\"{two}\"\n'{one}'",
    ]
    for spelling in spellings:
        assert dropped_paths(spelling) == [one, two], spelling


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello world",
        "relative.jpg",
        "/no/such/file.jpg",
        "file://elsewhere/etc/passwd",
        "'/etc/pass",
        "~nobody-of-this-name/x",
        "/" + "a" * 5000,
        "/tmp\x00/x",
        "file://[",
    ],
)
def test_what_is_no_file_is_nothing(text: str) -> None:
    assert dropped_paths(text) == []


def test_a_path_that_is_not_there_is_told_from_words() -> None:
    assert looks_like_paths(" '/no/such file.jpg'")
    assert looks_like_paths("file:///x")
    assert not looks_like_paths("hello / world")


name_characters = st.characters(exclude_characters="/\0\r\n", exclude_categories=("Cs",))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(name_characters, min_size=1, max_size=40).filter(lambda n: n.strip() == n))
def test_any_name_comes_back_quoted_or_as_an_address(tmp_path: Path, name: str) -> None:
    if name in (".", "..") or len(os.fsencode(name)) > 200:
        return
    file = tmp_path / name
    file.touch()
    if len(name.splitlines()) == 1:
        assert dropped_paths(shlex.quote(str(file))) == [file]
    assert dropped_paths(f"file://{quote(os.fsencode(file))}") == [file]
