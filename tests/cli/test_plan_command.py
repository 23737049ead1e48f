"""Plan files on the command line: shown, asked about, applied, taken back; exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from PIL import Image

from tui_selector.cli.root import run
from tui_selector.library.decisions.plan_file import Proposal, Proposed, Verb, write
from tui_selector.library.folder.identity import hash_file

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

ODD = os.fsdecode(b"od\xff\x1b[2Jd.png")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def album(tmp_path: Path, call: Call) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for index, name in enumerate(("a.png", "b.png", "c.png", ODD)):
        Image.new("RGB", (60 + index, 40), "teal").save(folder / name)
    for name in ("a.xmp", "b.png.xmp"):
        (folder / name).write_text(f"<x>{name}</x>")
    assert call("list", folder)[0] == 0
    return folder


@pytest.fixture
def plan(album: Path, tmp_path: Path) -> Path:
    verbs: dict[str, Verb] = {"a.png": "trash", "b.png": "trash", "c.png": "reject", ODD: "keep"}
    place = tmp_path / "plan.jsonl"
    write(
        place,
        Proposal(
            id="0123456789abcdef",
            library=album,
            made=1.8e9,
            rules="blurry, \x1b]0;dark\x07",
            keep=1,
            photos=tuple(
                Proposed(
                    path=name,
                    hash=hash_file(album / name),
                    action=verb,
                    reasons=(f"A reason\nto {verb}.",),
                )
                for name, verb in verbs.items()
            ),
        ),
    )
    return place


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_show_prints_reasons_and_does_nothing(call: Call, album: Path, plan: Path) -> None:
    before = contents(album)
    code, out, err = call("plan", "show", plan)
    assert (code, err) == (0, "")
    assert out.splitlines()[1:4] == [
        "Trash 2, reject 1, keep 1.",
        "trash  a.png",
        r"         A reason\nto trash.",
    ]
    assert "\x1b" not in out
    assert "od" not in out.replace("according", "")
    assert r"keep   od\xff\x1b[2Jd.png" in call("plan", "show", plan, "--all")[1]
    assert contents(album) == before


def test_show_answers_in_json(call: Call, album: Path, plan: Path) -> None:
    code, out, _ = call("plan", "show", plan, "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown["library"] == {"path": str(album)}
    assert [photo["action"] for photo in shown["photos"]] == ["trash", "trash", "reject", "keep"]
    assert shown["photos"][0]["hash"] == hash_file(album / "a.png").hex()
    assert "path_base64" in shown["photos"][3]


def test_apply_and_undo_bring_back_everything(call: Call, album: Path, plan: Path) -> None:
    before = contents(album)
    code, out, _ = call("plan", "apply", plan, "--yes")
    assert code == 0
    assert out.startswith("Reject c.png, trash 2 photos: 3 done.\n")
    assert set(contents(album)) == {"c.png", ODD}
    assert call("mark", album, ODD, "--rating", 3)[0] == 0
    code, out, _ = call("plan", "undo", plan, "--json")
    assert (code, json.loads(out)["done"]) == (0, 3)
    assert contents(album) == before
    listed = json.loads(call("list", album, "--json")[1])
    assert [photo["flag"] for photo in listed] == ["none"] * 4
    assert call("plan", "undo", plan)[0] == 1


def test_what_changed_is_refused_and_the_rest_is_applied(
    call: Call, album: Path, plan: Path
) -> None:
    Image.new("RGB", (9, 9), "red").save(album / "a.png")
    before = contents(album)
    for arguments in (["--dry-run"], ["--yes"]):
        code, out, err = call("plan", "apply", plan, *arguments)
        assert code == 1
        assert err == (
            "tui-selector: a.png has changed since the plan was made; it is left as it is. "
            "Judge it anew.\n"
        )
        if arguments == ["--dry-run"]:
            assert out == "Reject c.png, trash b.png: 2 would be done.\n"
            assert contents(album) == before
    assert set(contents(album)) == {"a.png", "a.xmp", "c.png", ODD}
    assert call("plan", "undo", plan)[0] == 0
    assert contents(album) == before


def test_a_second_time_nothing_is_left_to_do(call: Call, plan: Path) -> None:
    call("plan", "apply", plan, "--yes")
    code, out, _ = call("plan", "apply", plan, "--yes", "--json")
    answer = json.loads(out)
    assert (code, answer["done"], answer["settled"], answer["refused"]) == (0, 0, 3, [])
    said = "Nothing was left to do: 0 done. 3 were so already.\n"
    assert call("plan", "apply", plan, "--yes") == (0, said, "")


def test_dry_run_in_json(call: Call, plan: Path) -> None:
    code, out, _ = call("plan", "apply", plan, "--dry-run", "--json")
    answer = json.loads(out)
    assert (code, answer["would_do"]) == (0, [{"path": p} for p in ("a.png", "b.png", "c.png")])


@pytest.mark.parametrize("answer", [True, False])
def test_it_asks_first(
    call: Call, album: Path, plan: Path, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr(click, "confirm", confirm)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    before = contents(album)
    code, out, err = call("plan", "apply", plan)
    assert asked == ["Reject c.png, trash 2 photos?"]
    assert "trash  b.png" in out
    assert code == (0 if answer else 1)
    assert (contents(album) == before) is not answer
    assert ("Nothing was changed." in err) is not answer


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_without_somebody_to_ask_nothing_is_done(
    call: Call, album: Path, plan: Path, arguments: list[str]
) -> None:
    before = contents(album)
    code, out, err = call("plan", "apply", plan, *arguments)
    assert (code, out) == (2, "")
    assert "--yes" in err
    assert contents(album) == before


@pytest.mark.parametrize("what", ["show", "apply", "undo"])
def test_what_is_no_plan_is_refused(call: Call, album: Path, what: str) -> None:
    code, out, err = call("plan", what, album / "a.png")
    assert (code, out) == (2, "")
    assert "Line 1 of " in err
    code, _, err = call("plan", what, album / "none")
    assert (code, "There is no plan file" in err) == (2, True)


@pytest.mark.parametrize("what", ["apply", "undo"])
def test_folders_that_are_gone_or_unknown_are_left_alone(
    call: Call, album: Path, plan: Path, tmp_path: Path, what: str
) -> None:
    yes = ["--yes"] if what == "apply" else []
    other = tmp_path / "other"
    other.mkdir()
    text = plan.read_text()
    plan.write_text(text.replace(str(album), str(other)))
    code, _, err = call("plan", what, plan, *yes)
    assert (code, "never looked at" in err) == (2, True)
    other.rmdir()
    code, _, err = call("plan", what, plan, *yes)
    assert (code, "is not there" in err) == (2, True)


def test_a_link_to_the_folder_is_not_the_folder(
    call: Call, album: Path, plan: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(album)
    plan.write_text(plan.read_text().replace(str(album), str(link)))
    before = contents(album)
    code, _, err = call("plan", "apply", plan, "--yes")
    assert (code, "not about" in err) == (2, True)
    assert contents(album) == before
