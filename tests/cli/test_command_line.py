"""The command line without a screen: answers, refusals, exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tui_selector.cli.root import run
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import library_paths

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
    folder.mkdir()
    for index, colour in enumerate(("red", "green", "blue")):
        Image.new("RGB", (60, 40), colour).save(folder / f"{index + 8}.png")
    return folder


def test_list_is_in_natural_order(call: Call, album: Path) -> None:
    code, out, _ = call("list", album, "--json")
    assert code == 0
    assert [photo["path"] for photo in json.loads(out)] == ["8.png", "9.png", "10.png"]


def test_mark_filters_and_undo(call: Call, album: Path) -> None:
    assert call("mark", album, "8.png", "9.png", "--reject")[0] == 0
    assert call("mark", album, album / "10.png", "--rating", 4, "--label", "green")[0] == 0
    rejected = json.loads(call("list", album, "--flag", "reject", "--json")[1])
    assert [photo["path"] for photo in rejected] == ["8.png", "9.png"]
    rated = json.loads(call("list", album, "--rating", 3, "--json")[1])
    assert [(photo["path"], photo["label"]) for photo in rated] == [("10.png", "green")]
    for _ in range(3):
        assert call("undo", album)[0] == 0
    assert all(p["flag"] == "none" for p in json.loads(call("list", album, "--json")[1]))
    assert call("undo", album) == (1, "", "tui-selector: There is nothing to undo.\n")
    assert call("redo", album)[0] == 0
    assert len(json.loads(call("list", album, "--flag", "reject", "--json")[1])) == 2


def test_tags_are_given_listed_taken_and_undone(call: Call, album: Path) -> None:
    code, out, _ = call("tag", album, "add", "Beach,#red sky", "8.png", "9.png")
    assert (code, out) == (0, "Tag 2 photos: +beach +red sky: 4 done.\n")
    listed = json.loads(call("tag", album, "list", "--json")[1])
    assert listed == [
        {"tag": "beach", "photos": 2, "owned": 2, "threshold": 0.0},
        {"tag": "red sky", "photos": 2, "owned": 2, "threshold": 0.0},
    ]
    assert call("tag", album, "remove", "beach", "8.png")[0] == 0
    of = json.loads(call("tag", album, "list", "8.png", "--json")[1])
    assert of == [{"path": "8.png", "tags": [{"name": "red sky", "score": 1.0, "source": "owner"}]}]
    assert call("tag", album, "list")[1] == "      2 red sky\n      1 beach\n"
    assert call("undo", album)[0] == 0
    assert call("tag", album, "list")[1] == "      2 beach\n      2 red sky\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "beach"), "Name tags and photos"),
        (("add", "x" * 1000, "8.png"), "at most 100 characters"),
        (("add", " , ,\n", "8.png"), "A tag needs a name"),
        (("add", "\x00", "8.png"), "A tag needs a name"),
        (("remove", "beach", "none.png"), "no photo of"),
    ],
)
def test_tags_that_make_no_sense_are_refused(
    call: Call, album: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = call("tag", album, *words)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_tag_with_control_characters_does_not_reach_the_terminal(call: Call, album: Path) -> None:
    assert call("tag", album, "add", "\x1b]0;x\x07[red]y", "8.png")[0] == 0
    code, out, _ = call("tag", album, "list", "8.png")
    assert code == 0
    assert "\x1b" not in out
    assert "]0;x [red]y" in out


def test_trash_moves_and_undo_brings_back(call: Call, album: Path) -> None:
    before = (album / "9.png").read_bytes()
    (album / "9.xmp").write_text("<x/>")
    code, out, _ = call("trash", album, "9.png", "--dry-run", "--json")
    assert (code, json.loads(out)) == (0, {"would_trash": ["9.png", "9.xmp"]})
    assert call("trash", album, "9.png")[0] == 0
    assert not (album / "9.png").exists()
    assert not (album / "9.xmp").exists()
    assert len(json.loads(call("list", album, "--json")[1])) == 2
    assert call("undo", album)[0] == 0
    assert (album / "9.png").read_bytes() == before
    assert (album / "9.xmp").read_text() == "<x/>"


def test_trash_of_the_rejected(call: Call, album: Path) -> None:
    call("mark", album, "8.png", "--reject")
    assert call("trash", album, "--rejected")[0] == 0
    assert sorted(path.name for path in album.iterdir()) == ["10.png", "9.png"]


def test_trash_where_nothing_is_rejected(call: Call, album: Path) -> None:
    said = "No photo is rejected; nothing was moved.\n"
    assert call("trash", album, "--rejected") == (0, said, "")
    code, out, err = call("trash", album, "--rejected", "--json")
    assert (code, json.loads(out), err) == (0, [], "")


def test_a_link_that_leaves_the_library_is_not_decided_about(
    call: Call, album: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (60, 40), "white").save(tmp_path / "secret.png")
    (album / "link.png").symlink_to(tmp_path / "secret.png")
    said = "tui-selector: link.png is a link to a file outside the library; it is left alone.\n"
    for arguments in (["mark", "--pick"], ["mark", "--rating", 3], ["trash"]):
        code, _, err = call(arguments[0], album, "link.png", *arguments[1:])
        assert (code, err) == (1, said)
    listed = json.loads(call("list", album, "--json")[1])
    assert [photo["flag"] for photo in listed] == ["none"] * 4


@pytest.mark.parametrize("arguments", [["list"], ["mark", "8.png", "--pick"], ["trash", "8.png"]])
def test_the_empty_place_of_a_pulled_disk_changes_nothing(
    call: Call, album: Path, arguments: list[str]
) -> None:
    assert call("mark", album, "9.png", "--pick")[0] == 0
    photos = {path: path.read_bytes() for path in album.iterdir()}
    with Catalog.open(library_paths(album)) as catalog:
        disk = catalog.load("disk", int, -1)
        assert disk == album.stat().st_dev
        catalog.store("disk", disk + 1)  # as if the photos had been on a disk mounted here
    for path in photos:
        path.unlink()
    code, out, err = call(arguments[0], album, *arguments[1:])
    assert (code, out) == (1, "")
    assert err.startswith(f"tui-selector: The folder {album} is empty and on another disk than ")
    for path, data in photos.items():
        path.write_bytes(data)
    listed = json.loads(call("list", album, "--json")[1])
    assert [(photo["path"], photo["flag"]) for photo in listed] == [
        ("8.png", "none"),
        ("9.png", "pick"),
        ("10.png", "none"),
    ]


def test_names_that_are_no_text(call: Call, album: Path) -> None:
    strange = os.fsdecode(b"bad\xff\n\x1b[31m.png")
    (album / "8.png").rename(album / strange)
    code, out, _ = call("list", album)
    assert code == 0
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3
    listed = json.loads(call("list", album, "--json")[1])
    assert sum("path_base64" in photo for photo in listed) == 1
    assert call("mark", album, strange, "--pick")[0] == 0
    assert call("trash", album, strange)[0] == 0
    assert call("undo", album)[0] == 0
    assert (album / strange).exists()


def test_print0_gives_the_bytes_on_disk(
    album: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (album / os.fsdecode(b"\xfe.png")).write_bytes((album / "8.png").read_bytes())
    assert run(["list", str(album), "-0"]) == 0
    out = capfdbinary.readouterr().out
    assert sorted(out.rstrip(b"\0").split(b"\0")) == sorted(
        os.fsencode(path) for path in album.iterdir()
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "{album}/8.png"], "is a file"),
        (["list", "{album}/nowhere"], "There is no folder"),
        (["mark", "{album}", "8.png"], "Say what to mark"),
        (["mark", "{album}", "nobody.png", "--pick"], "is no photo of"),
        (["mark", "{album}", "8.png", "--rating", "6"], "6 is not in the range"),
        (["trash", "{album}"], "Name the photos"),
        (["trash", "{album}", "8.png", "--rejected"], "Name the photos"),
        (["mark", "{album}", "8.png", "--pick", "--reject"], "Choose one"),
        (["groups", "{album}", "--bursts", "--duplicates"], "Choose one"),
        (["export", "{album}", "out", "--picked", "--rejected"], "Say once which photos"),
        (["list", "{album}", "--json", "--print0"], "choose one"),
        (["list", "{album}", "--tab", "Nope"], "There is no tab"),
        (["clusters", "{album}", "-k", "0"], "not in the range"),
        (["clusters", "{album}", "--threshold", "2", "--algorithm", "dbscan"], "not in the range"),
        (["clusters", "{album}", "--threshold", ".5"], "belongs to"),
        (["clusters", "{album}", "-k", "3", "--algorithm", "dbscan"], "belongs to"),
        (["idnex", "{album}"], "Did you mean"),
        (["idnex"], "Did you mean"),
        (["open", "{album}"], "needs a terminal"),
        (["--graphics", "crayon", "{album}"], "is not one of"),
        (["list", ""], "FOLDER is empty"),
        (["list"], "`tui-selector list --help` shows how."),
        (["search", "{album}", "a", "dog"], "between quotes"),
        (["tag", "{album}"], "Choose from: add, remove, list."),
    ],
)
def test_nonsense_gets_one_sentence_and_exit_code_2(
    call: Call, album: Path, arguments: list[str], words: str
) -> None:
    code, out, err = call(*(argument.format(album=album) for argument in arguments))
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("tui-selector: ")
    assert err.count("\n") == 1


def test_wrong_settings_are_named(
    call: Call, album: Path, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    file = own_folders / "config" / "tui-selector" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("tiel = 3")
    code, out, _ = call("doctor", "--json")
    assert code == 1
    finding = next(check for check in json.loads(out) if check["what"] == "settings")
    assert "did you mean 'tile'" in finding["finding"]


def test_help_and_version(call: Call) -> None:
    assert call("--version")[1].startswith("tui-selector ")
    code, out, _ = call("--help")
    assert code == 0
    for command in ("demo", "index", "clusters", "list", "mark", "trash", "undo", "doctor"):
        assert command in out
        assert call(command, "--help")[0] == 0
