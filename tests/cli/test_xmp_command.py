"""The commands that write and read sidecars."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tui_selector.cli.root import run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for name, colour in (("a.png", "red"), ("b.png", "green")):
        Image.new("RGB", (60, 40), colour).save(folder / name)
    return folder


def test_writing_and_reading(call: Call, album: Path) -> None:
    call("mark", album, "a.png", "--rating", 4, "--pick")
    code, out, _ = call("xmp", "write", album, "--dry-run")
    assert (code, out) == (0, "1 sidecar would be written, 0 said the same already.\n  a.xmp\n")
    assert not (album / "a.xmp").exists()
    assert json.loads(call("xmp", "write", album, "--json")[1])["written"] == [{"path": "a.xmp"}]
    sidecar = album / "a.xmp"
    sidecar.write_text(sidecar.read_text("utf-8").replace('Rating="4"', 'Rating="2"'), "utf-8")
    code, out, _ = call("xmp", "read", album)
    assert (code, out) == (0, "1 sidecar read: 1 photo changed.\n  a.png: 2 stars\n")
    assert json.loads(call("list", album, "--json", "--rating", 1)[1])[0]["rating"] == 2
    call("undo", album)
    assert json.loads(call("list", album, "--json", "--rating", 1)[1])[0]["rating"] == 4


def test_conflicts_are_told_and_decided(call: Call, album: Path) -> None:
    call("mark", album, "a.png", "--rating", 4)
    call("xmp", "write", album)
    sidecar = album / "a.xmp"
    sidecar.write_text(sidecar.read_text("utf-8").replace('Rating="4"', 'Rating="2"'), "utf-8")
    call("mark", album, "a.png", "--rating", 5)
    code, out, err = call("xmp", "read", album, "a.png")
    assert (code, out) == (0, "1 sidecar read: 0 photos changed.\n")
    assert "The rating was changed here (5) and in a.xmp (2)" in err
    assert "--prefer catalog or --prefer sidecar decides" in err
    assert call("xmp", "write", album, "--prefer", "catalog")[0] == 0
    assert 'Rating="5"' in sidecar.read_text("utf-8")


def test_a_hostile_sidecar_is_refused(call: Call, album: Path) -> None:
    (album / "a.xmp").write_bytes(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x/>')
    code, _, err = call("xmp", "read", album)
    assert code == 1
    assert "The sidecar a.xmp is left alone. It has a document type" in err


def test_sidecars_follow_where_the_settings_say_so(
    call: Call, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_SELECTOR_SIDECARS", "sync")
    call("mark", album, "a.png", "--rating", 4)
    sidecar = album / "a.xmp"
    assert 'Rating="4"' in sidecar.read_text("utf-8")
    call("undo", album)
    assert "Rating" not in sidecar.read_text("utf-8")
