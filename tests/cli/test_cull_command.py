"""Proposing what may go: real files and a real catalog; the engine's groups are made up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from catalog_rows import indexed_row

from tui_selector.cli import cull as command
from tui_selector.cli.root import run
from tui_selector.engine.group_messages import FindGroups, FoundGroups, SimilarGroup
from tui_selector.engine.protocol import Done, Settle
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.decisions.plan_file import read
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.photo import Companion, Flag, Kind
from tui_selector.library.quality import Blur, Quality
from tui_selector.paths import library_paths

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

SHARP: dict[str, Any] = {
    "width": 4000,
    "height": 3000,
    "side": 512,
    "sharpness": 1.0,
    "blur": Blur.NONE,
    "contrast": 50.0,
    "entropy": 7.0,
    "luma_95": 230.0,
    "light": -2.0,
}
ODD = os.fsdecode(b"od\xff\x1b[2Jd.jpg")


class Engine:
    """Answers as an engine does that has nothing left to index."""

    def __init__(self) -> None:
        self.groups: dict[str, list[SimilarGroup]] = {}
        self.asked: list[FindGroups] = []

    def request(self, request: object) -> object:
        if isinstance(request, Settle):
            return Done()
        assert isinstance(request, FindGroups)
        self.asked.append(request)
        return FoundGroups(
            wish=request.wish,
            groups=self.groups.get(request.wish.setting, []),
            counts=[],
            photos=0,
            waiting=0,
            note="",
            milliseconds=0,
        )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()

    @contextmanager
    def engine_of(folder: Path) -> Iterator[Engine]:
        yield made

    monkeypatch.setattr(command, "engine_of", engine_of)
    return made


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def put(catalog: Catalog, name: str, number: int, **signals: Any) -> int:
    """Write a photo and its sidecar, and what the engine would have found out about it."""
    place = catalog.root / name
    place.write_bytes(os.fsencode(name) * 9)
    sidecar = catalog.root / f"{name}.xmp"
    sidecar.write_bytes(b"<x/>")
    status, other = place.stat(), sidecar.stat()
    companion = Companion(
        path=sidecar.name, role="sidecar", size=other.st_size, mtime_ns=other.st_mtime_ns
    )
    content = hash_file(place)
    with catalog.transaction():
        (id_,) = catalog.photos.add(
            [
                Found(
                    path=name,
                    size=status.st_size,
                    mtime_ns=status.st_mtime_ns,
                    kind=Kind.IMAGE,
                    companions=(companion,),
                )
            ]
        )
        catalog.photos.store_indexed(
            [
                indexed_row(
                    id_,
                    content,
                    size=status.st_size,
                    mtime_ns=status.st_mtime_ns,
                    width=4000,
                    height=3000,
                    taken=1.7e9 + 60 * number,
                )
            ]
        )
        if signals.pop("measured", True):
            catalog.qualities.store(content, "1", Quality(**{**SHARP, **signals}), b"")
    return id_


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """a to d: sharp, blurred, dark, and one that was not measured; and one with an odd name."""
    folder = tmp_path / "album"
    folder.mkdir()
    with Catalog.open(library_paths(folder)) as catalog:
        put(catalog, "a.jpg", 1)
        put(catalog, "b.jpg", 2, sharpness=0.3, blur=Blur.MOTION)
        put(catalog, "c.jpg", 3, light=-6.0, black_red=0.5)
        put(catalog, "d.jpg", 4, measured=False)
        put(catalog, ODD, 5, sharpness=0.8)
    return folder


def group(photos: list[int], kind: Any = "burst", protected: bool = False) -> SimilarGroup:
    return SimilarGroup(
        key="k",
        kind=kind,
        protected=protected,
        why="Shot in a row.",
        photos=photos,
        reasons=[f"Place {place}." for place in range(1, len(photos) + 1)],
        confidence=0.9,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_plan_is_written_shown_applied_and_taken_back(
    call: Call, engine: Engine, album: Path, tmp_path: Path
) -> None:
    before = contents(album)
    plan = tmp_path / "plan.jsonl"
    code, out, err = call("cull", album, "--rules", "blurry, dark", "--trash", "-o", plan)
    assert code == 0
    assert "Trash 2, keep 3." in out
    assert f"tui-selector plan apply {plan}" in out
    assert "1 photo is not measured yet" in err
    assert contents(album) == before
    code, out, _ = call("plan", "show", plan)
    assert out.splitlines()[2:] == [
        "trash  b.jpg",
        "         Blurred by motion: sharpness 0.30 at its sharpest.",
        "trash  c.jpg",
        "         Dark: 6.0 EV below white, 50% is black.",
    ]
    assert call("plan", "apply", plan, "--yes")[0] == 0
    gone = {"b.jpg", "b.jpg.xmp", "c.jpg", "c.jpg.xmp"}
    assert set(contents(album)) == set(before) - gone
    assert call("plan", "undo", plan)[0] == 0
    assert contents(album) == before


def test_json_without_a_file_is_the_plan_itself(
    call: Call, engine: Engine, album: Path, tmp_path: Path
) -> None:
    code, out, _ = call("cull", album, "--rules", "blurry", "--keep", 3, "--json")
    assert code == 0
    assert out.isascii()
    head, *photos = map(json.loads, out.splitlines())
    assert (head["library"], head["rules"], head["keep"]) == (str(album), "blurry", 3)
    assert [photo["action"] for photo in photos].count("keep") == 3
    assert all(photo["reasons"] for photo in photos)
    assert not list(library_paths(album).data.glob("plans/*"))
    place = tmp_path / "plan.jsonl"
    place.write_text(out)
    found = read(place)
    assert {photo.path: photo.action for photo in found.photos}["b.jpg"] == "reject"
    assert call("plan", "apply", place, "--yes")[0] == 0


def test_json_with_a_file_says_what_it_comes_to(
    call: Call, engine: Engine, album: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.jsonl"
    code, out, _ = call("cull", album, "--rules", "blurry", "--keep", 1, "--json", "-o", plan)
    assert (code, json.loads(out)) == (
        0,
        {"plan": str(plan), "stay": 1, "go": 4, "rules": {"blurry": 1, "keep": 3}},
    )
    code, _, err = call("cull", album, "--rules", "blurry", "-o", plan)
    assert (code, "already" in err) == (1, True)


def test_without_a_name_it_lies_beside_the_catalog(call: Call, engine: Engine, album: Path) -> None:
    before = contents(album)
    code, out, _ = call("cull", album, "--keep", 2, "--pick")
    assert code == 0
    (plan,) = library_paths(album).plans.iterdir()
    assert str(plan) in out
    assert "more than --keep 2" in out
    assert contents(album) == before
    assert call("plan", "apply", plan, "--yes")[0] == 0
    listed = json.loads(call("list", album, "--json")[1])
    assert sorted(photo["flag"] for photo in listed) == ["pick"] * 2 + ["reject"] * 3


def test_groups_are_asked_for_as_the_rules_say(call: Call, engine: Engine, album: Path) -> None:
    call("cull", album, "--rules", "similar:0.8, duplicates", "--json")
    asked = [(request.wish.setting, request.wish.threshold) for request in engine.asked]
    assert asked == [("duplicate", None), ("bursts", None), ("similar", 0.8)]
    engine.asked.clear()
    call("cull", album, "--rules", "blurry", "--json")
    assert [request.wish.setting for request in engine.asked] == ["duplicate", "bursts"]


def test_the_rest_of_a_burst_goes_and_brackets_stay(
    call: Call, engine: Engine, album: Path, tmp_path: Path
) -> None:
    with Catalog.open(library_paths(album)) as catalog:
        ids = {photo.path: photo.id for photo in catalog.photos.all()}
    engine.groups["bursts"] = [
        group([ids["d.jpg"], ids["a.jpg"]]),
        group([ids["b.jpg"], ids["c.jpg"]], kind="bracket", protected=True),
    ]
    plan = tmp_path / "plan.jsonl"
    assert call("cull", album, "--rules", "bursts, blurry, dark", "-o", plan)[0] == 0
    found = {photo.path: photo for photo in read(plan).photos}
    assert [path for path, photo in found.items() if photo.action == "reject"] == ["a.jpg"]
    assert found["a.jpg"].instead == found["d.jpg"].hash
    assert found["b.jpg"].reasons == ("Shot in a row.",)
    # What was to stay is gone: so what goes in its place stays.
    (album / "d.jpg").unlink()
    code, _, err = call("plan", "apply", plan, "--yes")
    assert (code, "there no more" in err) == (1, True)


def test_what_the_owner_decided_is_respected(
    call: Call, engine: Engine, album: Path, tmp_path: Path
) -> None:
    assert call("mark", album, "b.jpg", "--pick")[0] == 0
    assert call("mark", album, "a.jpg", "--reject")[0] == 0
    plan = tmp_path / "plan.jsonl"
    _, out, _ = call("cull", album, "--rules", "blurry", "--keep", 0, "-o", plan)
    verdicts = {photo.path: photo.action for photo in read(plan).photos}
    assert verdicts == {"b.jpg": "keep", "c.jpg": "reject", "d.jpg": "reject", ODD: "reject"}
    assert "More than 0 stay" in out
    with Catalog.open(library_paths(album)) as catalog:
        flags = {photo.path: photo.flag for photo in catalog.photos.all()}
    assert flags["a.jpg"] is Flag.REJECT


def test_rules_that_make_no_sense_are_pointed_at(call: Call, engine: Engine, album: Path) -> None:
    code, out, err = call("cull", album, "--rules", "dark, blury")
    assert (code, out) == (2, "")
    assert err == (
        "tui-selector: There is no rule “blury”; do you mean blurry?\n"
        "  dark, blury\n"
        "        ^^^^^\n"
    )
    code, _, err = call("cull", album)
    assert (code, "--rules, --keep, or both" in err) == (2, True)
    assert call("cull", album, "--keep", "-1")[0] == 2
    assert not engine.asked


def test_hints_that_nobody_can_give_yet_are_said(call: Call, engine: Engine, album: Path) -> None:
    code, _, err = call("cull", album, "--rules", "closed-eyes", "--json")
    assert code == 0
    assert "5 photos are not searched for faces yet" in err


def test_help_lists_every_rule(call: Call) -> None:
    from tui_selector.analysis.cull.language import KINDS

    out = call("cull", "--help")[1]
    assert all(f"  {name}" in out for name in KINDS)
