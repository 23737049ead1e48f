"""The command that exports."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tui_selector.cli.root import run

Answer = tuple[int, str, str]
Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    for name, colour in (("x/a.png", "red"), ("y/a.png", "green"), ("b.png", "blue")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), colour).save(folder / name)
    (folder / "b.xmp").write_text("<x/>")
    return folder


def names(folder: Path) -> set[str]:
    return {str(place.relative_to(folder)) for place in folder.rglob("*") if place.is_file()}


def test_picked_photos_are_copied_and_the_lines_that_fetch_them_printed(
    call: Call, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 5511 10.0.0.1 22")
    assert call("export", album, tmp_path / "out") == (
        1,
        "",
        "tui-selector: No photo fits; nothing was exported.\n",
    )
    call("mark", album, "x/a.png", "y/a.png", "b.png", "--pick")
    code, out, _ = call("export", album, tmp_path / "out", "--dry-run")
    assert code == 0
    assert "3 photos, 4 files" in out
    assert "1 get a number" in out
    assert not (tmp_path / "out").exists()
    code, out, _ = call("export", album, tmp_path / "out")
    assert code == 0
    assert out.startswith("Copied 3 photos (4 files")
    assert f"10.0.0.1:{tmp_path / 'out'}/" in out
    assert names(tmp_path / "out") == {"a.png", "a (2).png", "b.png", "b.xmp"}
    assert "4 files were there already" in call("export", album, tmp_path / "out")[1]
    assert call("export", album, tmp_path / "tree", "--tree", "--alone")[0] == 0
    assert names(tmp_path / "tree") == {"x/a.png", "y/a.png", "b.png"}


def test_a_move_is_undone(call: Call, album: Path, tmp_path: Path) -> None:
    before = names(album)
    code, out, _ = call("export", album, tmp_path / "out", "--all", "--as", "move")
    assert code == 0
    assert "`tui-selector undo` brings them back." in out
    assert names(album) == set()
    assert call("undo", album)[0] == 0
    assert names(album) == before
    assert call("list", album, "--json")[1].count('"path"') == 3


def test_answers_in_json(call: Call, album: Path, tmp_path: Path) -> None:
    code, out, _ = call("export", album, tmp_path / "o", "--tab", "all", "--dry-run", "--json")
    plan = json.loads(out)
    assert (code, plan["photos"], plan["files"], plan["renamed"]) == (0, 3, 4, 1)
    assert {item["to"]["path"] for item in plan["items"]} == {
        "a.png",
        "a (2).png",
        "b.png",
        "b.xmp",
    }
    code, out, _ = call("export", album, tmp_path / "o", "--all", "--as", "html", "--json")
    done = json.loads(out)
    assert (code, done["photos"], done["files"]) == (0, 3, 1)
    assert done["places"] == [{"path": str(tmp_path / "o")}]


def test_lists_and_tables_on_the_standard_output(
    capfdbinary: pytest.CaptureFixture[bytes], album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*arguments: object) -> tuple[int, bytes]:
        code = run([str(argument) for argument in arguments])
        sys.stdout.flush()
        return code, capfdbinary.readouterr().out

    code, out = call("export", album, "-", "--all", "--as", "list", "-0")
    assert code == 0
    assert out.split(b"\0")[:-1] == [
        os.fsencode(album / name) for name in ("b.png", "b.xmp", "x/a.png", "y/a.png")
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out)))
    code, out = call("export", album, "-", "--from", "-", "--as", "jsonl")
    assert [json.loads(line)["path"] for line in out.splitlines()] == [
        "b.png",
        "x/a.png",
        "y/a.png",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["OUT", "--picked", "--tab", "All"], 2, "Say once which photos"),
        (["-", "--all"], 2, "Only list, csv, jsonl can be written"),
        (["OUT", "--tab", "Beach"], 2, "There is no tab Beach"),
        (["ALBUM/in", "--all"], 1, "is inside the library"),
        (["ALBUM/../taken", "--all"], 1, "is a file; name a folder"),
        (["ALBUM/../taken", "--all", "--as", "csv"], 1, "There is already a file"),
    ],
)
def test_what_makes_no_sense_is_refused(
    call: Call, album: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "taken").write_bytes(b"mine")
    given = [
        word.replace("OUT", str(tmp_path / "out")).replace("ALBUM", str(album))
        for word in arguments
    ]
    answer = call("export", album, *given)
    assert answer[0] == code
    assert said in answer[2]
    assert names(tmp_path) == {"taken", *(f"album/{name}" for name in names(album))}
