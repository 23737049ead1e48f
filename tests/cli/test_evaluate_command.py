"""What the command says of how well photos are found and grouped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.cli import evaluate as search_command
from tui_selector.cli import evaluate_groups as command
from tui_selector.cli.root import run
from tui_selector.engine import protocol, search_messages
from tui_selector.engine.criteria_messages import ListRuns, RunList
from tui_selector.engine.evaluating import evaluate
from tui_selector.engine.evaluation_messages import Evaluate
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

NAMES = ("bus_1.jpg", "bus_2.jpg", "bus_3.jpg", "dog_1.jpg", "dog_2.jpg")


class Engine:
    """Groups by hand, measures in earnest, and finds photos in the order of their ids."""

    def __init__(self, library: LibraryPaths) -> None:
        self._library = library

    def request(self, request: object) -> object:
        match request:
            case protocol.GetStatus():
                return protocol.Status(
                    progress=protocol.Progress(stage="idle", model="by hand"),
                    pid=1,
                    version="",
                    started=0.0,
                    clients=1,
                    clustering=protocol.Clustering(),
                )
            case Evaluate():
                return evaluate(self._library, None, request)
            case ListRuns():
                return RunList(runs=[])
            case protocol.Group():
                groups = [
                    protocol.PhotoGroup(name="one", tags=(), photos=[1, 2, 3]),
                    protocol.PhotoGroup(name="two", tags=(), photos=[4, 5]),
                ]
                return protocol.Groups(clustering=request.clustering, groups=groups, singles=[])
            case search_messages.Search():
                photos = range(1, 6)[request.offset : request.offset + min(request.limit, 2)]
                return search_messages.Found(
                    query="",
                    hits=[search_messages.Hit(photo=photo, score=0.5) for photo in photos],
                    total=5,
                    nearest=[],
                    floor=0.0,
                    ranked=True,
                    complete=True,
                    histogram=[],
                    notes=[],
                    encoding_ms=0.0,
                    searching_ms=0.0,
                )
        return protocol.Done()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "Photos"
    place.mkdir()
    paths = library_paths(place)
    with Catalog.open(paths) as catalog, catalog.transaction():
        found = [Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE) for name in NAMES]
        ids = catalog.photos.add(found)
        catalog.photos.store_indexed(indexed_row(id_, bytes([id_]) * 16) for id_ in ids)
        tab = catalog.tabs.create("all of them")
        catalog.tabs.assign(dict.fromkeys(ids, tab))

    @contextmanager
    def engine_of(folder: Path) -> Iterator[Engine]:
        yield Engine(paths)

    monkeypatch.setattr(command, "engine_of", engine_of)
    monkeypatch.setattr(search_command, "engine_of", engine_of)
    return place


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(what: str, *arguments: str) -> Answer:
        code = run(["evaluate", what, str(folder), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_groups_are_measured_against_what_names_tell(call: Call, tmp_path: Path) -> None:
    picture = tmp_path / "m.svg"
    code, said, _ = call("groups", "--json", "--matrix", str(picture))
    assert code == 0
    report = json.loads(said)
    assert (report["truth"], report["known"], report["photos"]) == ("{class}_#", 5, 5)
    assert [each["name"] for each in report["runs"]] == [
        "tabs as they are",
        "k-means, K = 2",
        "DBSCAN",
        "linked",
        "HDBSCAN",
    ]
    assert report["runs"][0]["measures"]["accuracy"] == pytest.approx(0.6)
    assert report["runs"][1]["measures"]["accuracy"] == 1.0
    assert report["runs"][1]["measures"]["silhouette"] is None
    assert picture.read_text().startswith("<svg")


def test_people_see_a_table_and_each_class(call: Call) -> None:
    code, said, _ = call("groups", "--run", "algorithms")
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == "{class}_#: 2 classes, 5 of 5 photos: bus 3, dog 2"
    assert lines[2].split() == ["k-means,", "K", "=", "2", "2", *["1.000"] * 3, *["–"] * 3]
    assert "No model is there" in lines[6]
    assert lines[-1].split() == ["1.00", "1.00", "1.00", "2", "dog"]


def test_a_truth_that_tells_nothing_is_wrong_usage(call: Call) -> None:
    for truth in ("folders", "{class}--#", "nowhere.csv"):
        code, said, err = call("groups", "--truth", truth)
        assert (code, said) == (2, "")
        assert len(err.strip().splitlines()) == 1


def test_captions_give_recall_and_the_median_rank(call: Call, tmp_path: Path) -> None:
    captions = tmp_path / "captions.csv"
    rows = "".join(f"{name},about {name}\n" for name in (*NAMES, "elsewhere.jpg"))
    captions.write_text(f"file,caption\n{rows}")
    code, said, _ = call("search", "--captions", str(captions), "--json")
    assert code == 0
    found = json.loads(said)["captions"]
    assert (found["captions"], found["missing"]) == (5, 1)
    assert (found["R@1"], found["R@5"], found["median rank"]) == (0.2, 1.0, 3)
    assert "median rank 3 (chance 3)" in call("search", "--captions", str(captions))[1]
