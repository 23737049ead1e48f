"""What the command says of groups: for people, for programs, and by its exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tui_selector.cli import groups as command
from tui_selector.cli.root import run
from tui_selector.engine.group_messages import (
    FindGroups,
    FoundGroups,
    SimilarGroup,
    ThresholdCount,
)
from tui_selector.engine.protocol import Done, Settle
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

ODD = os.fsdecode(b"od\xff\x1b[2Jd.jpg")


class Engine:
    """Answers with what it is given."""

    def __init__(self) -> None:
        self.groups: list[SimilarGroup] = []
        self.note = ""
        self.asked: list[FindGroups] = []
        self.settled = 0

    def request(self, request: object) -> object:
        if isinstance(request, Settle):
            self.settled += 1
            return Done()
        assert isinstance(request, FindGroups)
        self.asked.append(request)
        return FoundGroups(
            wish=request.wish,
            groups=self.groups,
            counts=[ThresholdCount(0.85, 3, 9), ThresholdCount(0.9, 1, 2)],
            photos=12,
            waiting=2,
            note=self.note,
            milliseconds=1.0,
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
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Photos"
    place.mkdir()
    with Catalog.open(library_paths(place)) as catalog:
        catalog.photos.add(
            Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE)
            for name in ("a.jpg", "b.jpg", ODD)
        )
    return place


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str) -> Answer:
        code = run(["groups", str(folder), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def group(photos: list[int], *, protected: bool = False) -> SimilarGroup:
    return SimilarGroup(
        key="burst:1",
        kind="bracket" if protected else "burst",
        protected=protected,
        why="Some frames.",
        photos=photos,
        reasons=["sharper, +22 %", *[""] * (len(photos) - 1)],
        confidence=0.8,
        best=0.9,
    )


def test_people_see_the_best_first_and_why(engine: Engine, call: Call) -> None:
    engine.groups = [group([2, 3, 1])]
    code, said, _ = call()
    assert code == 0
    lines = said.splitlines()
    assert lines[:3] == ["burst: Some frames.", "  ▸ b.jpg  (sharper, +22 %)", lines[2]]
    assert "\x1b" not in said
    assert lines[3:] == ["    a.jpg", "", "1 group of 3 photos, out of 12; 2 wait to be indexed."]


def test_a_set_that_stays_whole_has_no_best(engine: Engine, call: Call) -> None:
    engine.groups = [group([1, 2], protected=True)]
    assert call()[1].splitlines()[1:3] == ["  = a.jpg  (sharper, +22 %)", "  = b.jpg"]


def test_programs_see_everything(engine: Engine, call: Call) -> None:
    engine.groups = [group([2, 3])]
    code, said, _ = call("--json")
    assert code == 0
    answer = json.loads(said)
    assert answer["groups"][0]["photos"][0] == {
        "id": 2,
        "path": "b.jpg",
        "reason": "sharper, +22 %",
    }
    assert answer["groups"][0]["photos"][1]["path_base64"]
    assert answer["groups"][0]["best_confidence"] == 0.9
    assert answer["counts"][0] == {"threshold": 0.85, "groups": 3, "photos": 9}


@pytest.mark.parametrize(
    ("flag", "setting"),
    [
        (None, "similar"),
        ("--similar", "similar"),
        ("--duplicates", "duplicate"),
        ("--bursts", "bursts"),
    ],
)
def test_a_flag_says_what_photos_have_in_common(
    engine: Engine, call: Call, flag: str | None, setting: str
) -> None:
    call(*([flag] if flag else []), "--threshold", "0.9", "--gap", "5")
    (request,) = engine.asked
    assert (request.wish.setting, request.wish.threshold, request.wish.gap) == (setting, 0.9, 5.0)
    assert engine.settled == 1


def test_nothing_found_is_told_by_the_exit_code(engine: Engine, call: Call) -> None:
    engine.note = "2 photos are not measured yet; only their copies are found."
    code, said, complained = call("--now")
    assert code == 1
    assert said == "0 groups of 0 photos, out of 12; 2 wait to be indexed.\n"
    assert complained == f"tui-selector: {engine.note}\n"
    assert engine.settled == 0


def test_counts_stand_for_the_slider(engine: Engine, call: Call) -> None:
    engine.groups = [group([1, 2])]
    assert call("--counts")[1].splitlines() == [
        "0.85       3 groups of 9 photos",
        "0.90       1 groups of 2 photos",
    ]


def test_a_threshold_outside_the_slider_is_refused(engine: Engine, call: Call) -> None:
    code, _, complained = call("--duplicates", "--threshold", "0.3")
    assert code == 2
    assert "must lie between 0.85 and 1" in complained
    assert not engine.asked
