"""Folders, disks, names and catalogs that are not as they should be."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installed_command import command, query, wait_until
from patience import LONG_PATIENCE
from PIL import Image
from terminal_session import Terminal

from tui_selector.engine.client import stop
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder whose engine is stopped at the end."""
    folder = tmp_path / "Photos"
    folder.mkdir()
    yield folder
    stop(library_paths(folder), LONG_PATIENCE)


def make_photos(folder: Path, *names: str | bytes) -> None:
    """Photos no two of which look alike, or have the same bytes."""
    for number, name in enumerate(names):
        path = Path(os.fsdecode(name)) if isinstance(name, bytes) else Path(name)
        picture = Image.radial_gradient("L").resize((96, 64)).rotate(40 * number)
        hue = Image.new("L", picture.size, 37 * number % 256)
        Image.merge("HSV", (hue, Image.new("L", picture.size, 200), picture)).convert("RGB").save(
            folder / path, "JPEG"
        )


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """A function that mounts something on a new folder; skips where that is refused."""
    places: list[Path] = []

    def mount(name: str, *options: object) -> Path:
        place = tmp_path / name
        place.mkdir()
        if (
            shutil.which("mount") is None
            or subprocess.run(["mount", *map(str, options), place], capture_output=True).returncode
        ):
            pytest.skip("this machine does not let tests mount anything")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "--lazy", place], check=True)


# -- folders -------------------------------------------------------------------------------------


def test_an_empty_folder(folder: Path) -> None:
    index = command("index", folder)
    assert (index.code, index.out, index.err) == (0, "0 photos.\n", "")
    clusters = command("clusters", folder)
    assert (clusters.code, clusters.out) == (0, "There are no photos to cluster.\n")
    assert command("clusters", folder, "--json").json["clusters"] == []
    assert command("list", folder).text == ""


@pytest.mark.parametrize("name", ["index", "clusters", "list", "mark", "trash", "undo"])
def test_a_file_instead_of_a_folder(folder: Path, name: str) -> None:
    make_photos(folder, "a.jpg")
    more = {"mark": ["a.jpg", "--pick"], "trash": ["a.jpg"]}.get(name, [])
    answer = command(name, folder / "a.jpg", *more)
    assert answer.code == 2
    assert answer.is_one_sentence("is a file")


def test_no_permission(folder: Path) -> None:
    make_photos(folder, "a.jpg", "b.jpg")
    (folder / "locked").mkdir()
    make_photos(folder / "locked", "c.jpg")
    # Root may read everything as long as it has these capabilities.
    before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] * (os.getuid() == 0)
    (folder / "locked").chmod(0)
    (folder / "b.jpg").chmod(0)
    try:
        if before and subprocess.run([*before, "ls", folder / "locked"]).returncode != 2:
            pytest.skip("this machine lets root read everything")
        answer = command("index", folder, "--json", before=before)
        assert answer.code == 0
        problems = {problem["path"]: problem["reason"] for problem in answer.json["problems"]}
        assert problems.keys() == {"locked", "b.jpg"}
        assert all("permission" in reason for reason in problems.values())
        command("engine", "stop", folder)
        folder.chmod(0)
        refused = command("index", folder, before=before)
        assert refused.code == 2
        assert refused.is_one_sentence("may not be read")
    finally:
        for place in (folder, folder / "locked", folder / "b.jpg"):
            place.chmod(0o700)


def test_a_folder_that_vanishes_while_it_is_open(
    folder: Path, tmp_path: Path, open_terminal: Open
) -> None:
    make_photos(folder, "a.jpg", "b.jpg", "c.jpg")
    assert command("mark", folder, "b.jpg", "--pick").code == 0
    terminal = open_terminal(folder, "--graphics", "halfcell")
    states = "SELECT state, count(*) FROM photos GROUP BY state"
    terminal.wait(lambda: query(folder, states) == [("indexed", 3)])
    terminal.wait("b.jpg")
    away = tmp_path / "away"
    folder.rename(away)
    terminal.wait("Nothing is changed until it is back")
    assert query(folder, states) == [("indexed", 3)]
    # Deciding about a photo that cannot be reached changes nothing that cannot be undone.
    terminal.press("d")
    terminal.wait("a.jpg is no longer there")
    make_photos(away, "d.jpg")
    away.rename(folder)
    terminal.wait(lambda: query(folder, states) == [("indexed", 4)])
    picked = command("list", folder, "--flag", "pick", "--json").json
    assert [photo["path"] for photo in picked] == ["b.jpg"]
    shutil.rmtree(folder)
    terminal.wait(lambda: "Nothing is changed until it is back" in terminal.text)
    assert query(folder, states) == [("indexed", 4)]
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen


def test_a_read_only_folder(mounted: Callable[..., Path], folder: Path) -> None:
    make_photos(folder, "a.jpg")
    place = mounted("ro", "--bind", folder)
    subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
    answer = command("trash", place, "a.jpg")
    assert answer.code == 1
    assert "a.jpg stays where it is" in answer.err
    assert "read-only" in answer.err
    assert (place / "a.jpg").exists()
    assert [photo["state"] for photo in command("list", place, "--json").json] == ["found"]
    assert "nothing to undo" in command("undo", place).err


# -- disks ---------------------------------------------------------------------------------------


def test_a_full_disk_for_the_catalog(
    mounted: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photos(folder, *(f"{number}.jpg" for number in range(40)))
    disk = mounted("data", "-t", "tmpfs", "-o", "size=420k", "none")
    monkeypatch.setenv("XDG_DATA_HOME", str(disk))
    answer = command("index", folder)
    assert answer.code == 1
    assert answer.is_one_sentence("full"), answer
    mark = command("mark", folder, "1.jpg", "--pick")
    assert mark.code == 1
    assert "Traceback" not in mark.err
    # The engine that met the full disk goes on as soon as there is room.
    subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
    again = command("index", folder, "--json")
    assert (again.code, again.err) == (0, "")
    assert (again.json["photos"], again.json["problems"]) == (40, [])
    assert command("mark", folder, "1.jpg", "--pick").code == 0


def test_no_room_for_a_catalog_at_all(
    mounted: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photos(folder, "a.jpg")
    disk = mounted("data", "-t", "tmpfs", "-o", "size=8k", "none")
    monkeypatch.setenv("XDG_DATA_HOME", str(disk))
    for arguments in (["index", folder], ["list", folder], ["mark", folder, "a.jpg", "--pick"]):
        answer = command(*arguments)
        assert answer.code == 1
        assert answer.is_one_sentence("cannot be"), answer


def test_a_full_disk_for_the_photos(mounted: Callable[..., Path]) -> None:
    disk = mounted("disk", "-t", "tmpfs", "-o", "size=1m", "none")
    photos = disk / "Photos"
    photos.mkdir()
    make_photos(photos, "a.jpg", "b.jpg")
    with (disk / "rest").open("wb", buffering=0) as rest:
        try:
            while rest.write(bytes(4096)):
                pass
        except OSError:
            pass
    answer = command("trash", photos, "a.jpg")
    assert answer.code == 1
    assert "a.jpg stays where it is" in answer.err
    assert {path.name for path in photos.iterdir()} == {"a.jpg", "b.jpg"}
    assert "nothing to undo" in command("undo", photos).err
    (disk / "rest").unlink()
    assert command("trash", photos, "a.jpg").code == 0
    assert command("undo", photos).code == 0
    assert {path.name for path in photos.iterdir()} == {"a.jpg", "b.jpg"}


# -- few photos, and the same photo over and over --------------------------------------------------


def test_one_photo_two_photos_and_more_clusters_than_photos(folder: Path) -> None:
    for count in (1, 2, 3):
        make_photos(folder, *(f"{number}.jpg" for number in range(count)))
        assert command("index", folder).code == 0
        for arguments in ([], ["-k", "50"], ["--algorithm", "hdbscan"]):
            answer = command("clusters", folder, *arguments, "--json")
            assert answer.code == 0
            groups = [*(group["photos"] for group in answer.json["clusters"])]
            assert sum(map(len, [*groups, answer.json["singles"]])) == count
            assert all(groups)
    assert "K is 3" in command("clusters", folder, "-k", "50").out


@pytest.mark.parametrize("how", ["copied", "encoded again"])
def test_every_photo_is_the_same(folder: Path, how: str) -> None:
    make_photos(folder, "0.jpg")
    picture = Image.open(folder / "0.jpg").copy()
    for number in range(12):
        if how == "copied":
            shutil.copy(folder / "0.jpg", folder / f"copy_{number}.jpg")
        else:
            exif = Image.Exif()
            exif[0x010E] = f"copy {number}"
            picture.save(folder / f"copy_{number}.jpg", quality=92, exif=exif)
    (folder / "0.jpg").unlink()
    index = command("index", folder, "--json")
    assert (index.code, index.json["photos"], index.json["problems"]) == (0, 12, [])
    for arguments in ([], ["-k", "7"], *(["--algorithm", a] for a in ("dbscan", "linked"))):
        answer = command("clusters", folder, *arguments, "--json")
        assert answer.code == 0
        assert [len(group["photos"]) for group in answer.json["clusters"]] == [12]


# -- names ---------------------------------------------------------------------------------------

NAMES = [
    b"new\nline.jpg",
    b"esc\x1b[31mred\x1b]0;title\x07.jpg",
    "bidi\u202egpj.exe.jpg".encode(),
    b"not\xff\xfeutf8.jpg",
    "c1\x9b31m.jpg".encode(),
    b"\x9b31m.jpg",
    b"[bold red]markup[ ].jpg",
    b"$(touch x) `q` 'q'.jpg",
    b"--json.jpg",
    "line\u2028zero\u200bwidth.jpg".encode(),
]


def test_hostile_names_in_every_command(folder: Path) -> None:
    make_photos(folder, *NAMES)
    inner = folder / "dir\x1b[2J\n"
    inner.mkdir()
    make_photos(inner, b"x\ty.jpg")
    (folder / "broken\x1b[31m\n.jpg").write_bytes(b"xx")
    for name in ("index", "list", "clusters"):
        for arguments in ([], ["--json"]):
            answer = command(name, folder, *arguments)
            assert (answer.code, answer.err, answer.hostile) == (0, "", [])
            if not arguments and name == "list":
                assert len(answer.out.splitlines()) == len(NAMES) + 2
    names = [os.fsdecode(raw) for raw in NAMES]
    before = [(folder / name).read_bytes() for name in names]
    for arguments in (["mark", folder, "--pick"], ["trash", folder]):
        answer = command(*arguments, "--", *names)
        assert (answer.code, answer.err, answer.hostile) == (0, "", []), answer
    assert not any((folder / name).exists() for name in names)
    answer = command("undo", folder)
    assert (answer.code, answer.err, answer.hostile) == (0, "", [])
    assert [(folder / name).read_bytes() for name in names] == before
    for arguments in (
        ["mark", folder, "no\x1b[31m", "--pick"],
        ["list", folder, "--tab", "no\x1b[31m"],
        ["list", folder / "no\x1b[31m"],
    ):
        answer = command(*arguments)
        assert (answer.code, answer.hostile) == (2, [])
        assert answer.is_one_sentence()


def test_hostile_names_on_the_screen(folder: Path, open_terminal: Open) -> None:
    make_photos(folder, *NAMES)
    terminal = open_terminal(folder, "--graphics", "off", columns=160, lines=50)
    terminal.wait(lambda: _all_read(folder))
    terminal.wait("[bold re")
    terminal.press("gi")
    for _ in NAMES:
        terminal.press("l")
        terminal.read()
    terminal.press("\r")
    for _ in NAMES:
        terminal.press("h")
        terminal.read()
    terminal.press("\x1b")
    terminal.press("gdu")
    terminal.wait(lambda: re.search("Undone|Trash", terminal.text))
    assert terminal.leave() == 0
    for raw in (b"\x1b[31mred", b"\x1b]0;title", b"\x9b31m", "\u202e".encode(), b"\xff\xfe"):
        assert raw not in terminal.seen
    assert b"\xe2\x80\xa8" not in terminal.seen
    assert b"Traceback" not in terminal.seen


def _all_read(folder: Path) -> bool:
    """Whether the engine has found photos and looked at each."""
    if not library_paths(folder).catalog.exists():
        return False
    try:
        return query(folder, "SELECT DISTINCT state FROM photos") == [("indexed",)]
    except sqlite3.OperationalError:
        return False  # its tables are just being made


# -- links ---------------------------------------------------------------------------------------


def test_a_link_out_of_the_library(folder: Path, tmp_path: Path) -> None:
    make_photos(folder, "a.jpg")
    outside = tmp_path / "outside"
    outside.mkdir()
    make_photos(outside, "secret.jpg", "other.jpg")
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "links").symlink_to(outside)
    index = command("index", folder, "--json").json
    assert {problem["path"] for problem in index["problems"]} == {"link.jpg", "links"}
    assert all("outside the library" in problem["reason"] for problem in index["problems"])
    assert query(folder, "SELECT path FROM photos WHERE hash IS NOT NULL") == [(b"a.jpg",)]
    for arguments in (["trash", folder, "link.jpg"], ["mark", folder, "link.jpg", "--reject"]):
        answer = command(*arguments)
        assert answer.code == 1
        assert "link" in answer.err
    assert (folder / "link.jpg").is_symlink()
    assert {path.name for path in outside.iterdir()} == {"secret.jpg", "other.jpg"}


# -- catalogs ------------------------------------------------------------------------------------


def test_a_catalog_of_a_newer_version(folder: Path, open_terminal: Open) -> None:
    make_photos(folder, "a.jpg")
    assert command("mark", folder, "a.jpg", "--pick").code == 0
    catalog = library_paths(folder).catalog
    connection = sqlite3.connect(catalog)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = catalog.read_bytes()
    for arguments in (["list"], ["index"], ["clusters"], ["undo"]):
        answer = command(*arguments, folder)
        assert answer.code == 1
        assert answer.is_one_sentence("newer tui-selector")
    terminal = open_terminal(folder, "--graphics", "halfcell", columns=240)
    terminal.wait("newer tui-selector")
    assert terminal.leave() == 0
    assert catalog.read_bytes() == before
    assert not list(catalog.parent.glob("*corrupt*"))


@pytest.mark.parametrize("where", ["header", "photos"])
def test_a_damaged_catalog_is_set_aside_and_decisions_come_back(folder: Path, where: str) -> None:
    names = [f"{number}.jpg" for number in range(12)]
    make_photos(folder, *names)
    assert command("index", folder).code == 0
    assert command("mark", folder, "1.jpg", "2.jpg", "--pick").code == 0
    assert command("mark", folder, "3.jpg", "--rating", "4", "--label", "red").code == 0
    assert command("trash", folder, "4.jpg").code == 0
    assert command("engine", "stop", folder).code == 0
    catalog = library_paths(folder).catalog
    ((page,),) = query(folder, "SELECT rootpage FROM sqlite_master WHERE name = 'photos'")
    ((size,),) = query(folder, "PRAGMA page_size")
    with catalog.open("r+b") as file:
        file.seek(0 if where == "header" else (page - 1) * size)
        file.write(b"\xaa" * 512 if where == "header" else bytes(size))

    # Damage in the middle is found by whoever reads there, and mended by the next command.
    answers = [command("index", folder, "--json") for _ in range(1 if where == "header" else 2)]
    assert all("Traceback" not in answer.err for answer in answers)
    assert answers[-1].code == 0
    assert answers[-1].json["photos"] == 11
    assert "set aside" in answers[0].err or "is kept as" in answers[0].err
    assert len(list(catalog.parent.glob("catalog.corrupt-*.sqlite"))) == 1
    picked = command("list", folder, "--flag", "pick", "--json").json
    assert {photo["path"] for photo in picked} == {"1.jpg", "2.jpg"}
    (rated,) = command("list", folder, "--rating", "1", "--json").json
    assert (rated["path"], rated["rating"], rated["label"]) == ("3.jpg", 4, "red")
    assert command("undo", folder).code == 0
    assert (folder / "4.jpg").exists()


def test_a_catalog_damaged_while_it_is_open(folder: Path, open_terminal: Open) -> None:
    make_photos(folder, *(f"{number}.jpg" for number in range(12)))
    terminal = open_terminal(folder, "--graphics", "halfcell", columns=120)
    terminal.wait(lambda: _all_read(folder))
    terminal.press("gp")
    terminal.wait(lambda: query(folder, "SELECT count(*) FROM photos WHERE flag = 1") == [(1,)])
    catalog = library_paths(folder).catalog
    ((page,),) = query(folder, "SELECT rootpage FROM sqlite_master WHERE name = 'photos'")
    query(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    with catalog.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))
    # Another process finds the damage; everybody goes over to the new catalog.
    command("list", folder)
    command("list", folder)
    wait_until(lambda: len(list(catalog.parent.glob("catalog.corrupt-*.sqlite"))) == 1)
    terminal.press("lp")
    terminal.wait(lambda: _indexed_anew(folder))
    terminal.wait(lambda: (terminal.press("lp"), len(_picked(folder)) >= 2)[1])
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen


def _indexed_anew(folder: Path) -> bool:
    return query(folder, "SELECT count(*) FROM photos WHERE state = 'indexed'") == [(12,)]


def _picked(folder: Path) -> list[tuple[bytes]]:
    return query(folder, "SELECT path FROM photos WHERE flag = 1")
