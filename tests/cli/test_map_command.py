"""What the command writes of the map: pictures, places, and sentences."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row

from tui_selector.cli import map as command
from tui_selector.cli.root import run
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.engine.protocol import Done, Settle
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.map_file import map_of, maps_folder, write_map
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

ODD = os.fsdecode(b"od\xff\x1b[2Jd.jpg")


class Engine:
    """Answers with axes first, then with the map."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.note = ""
        self.asked: list[FindMap] = []
        self.settled = 0

    def request(self, request: object) -> object:
        if isinstance(request, Settle):
            self.settled += 1
            return Done()
        assert isinstance(request, FindMap)
        self.asked.append(request)
        ids = np.array([1, 2, 3], np.int64)
        places = np.array([[0, 0], [65535, 0], [0, 32768]], np.uint16)
        method = request.method if request.after else "pca"
        photo_map = map_of(method, "model", ids, ids, places, 3)
        file = write_map(maps_folder(library_paths(self.folder)), photo_map)
        return FoundMap(
            file=file.name,
            method=method,
            version=photo_map.head.version,
            photos=3,
            waiting=2,
            coming=not request.after,
            note=self.note,
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Photos"
    place.mkdir()
    with Catalog.open(library_paths(place)) as catalog, catalog.transaction():
        ids = catalog.photos.add(
            Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE)
            for name in ("a.jpg", "b.jpg", ODD)
        )
        catalog.photos.store_indexed(
            indexed_row(id_, hashlib.blake2b(bytes([id_]), digest_size=16).digest()) for id_ in ids
        )
        catalog.tabs.assign({ids[0]: catalog.tabs.create("sea"), ids[1]: 0})
    return place


@pytest.fixture
def engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine(folder)

    @contextmanager
    def engine_of(folder: Path) -> Iterator[Engine]:
        yield made

    monkeypatch.setattr(command, "engine_of", engine_of)
    return made


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str) -> Answer:
        code = run(["map", str(folder), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_the_best_map_is_waited_for(engine: Engine, call: Call) -> None:
    engine.note = "Of the test."
    code, said, noted = call()
    assert (code, said) == (0, "3 photos by PaCMAP; 2 wait to be indexed.\n")
    assert noted == "tui-selector: Of the test.\n"
    assert engine.settled == 1
    assert [bool(asked.after) for asked in engine.asked] == [False, True]


def test_places_are_told_to_programs(engine: Engine, call: Call) -> None:
    code, said, _ = call("--json", "--now", "--projection", "umap")
    assert code == 0
    answer = json.loads(said)
    assert answer["projection"] == "umap"
    assert [(each["path"], each["x"], each["y"]) for each in answer["photos"][:2]] == [
        ("a.jpg", 0.0, 0.0),
        ("b.jpg", 1.0, 0.0),
    ]
    assert answer["photos"][2]["y"] == pytest.approx(0.5, abs=1e-4)
    assert "path_base64" in answer["photos"][2]
    assert engine.settled == 0


def test_pictures_are_written_outside_the_album(
    engine: Engine, call: Call, tmp_path: Path, folder: Path
) -> None:
    svg, png = tmp_path / "map.svg", tmp_path / "map.png"
    code, said, _ = call("--svg", str(svg), "--png", str(png))
    assert code == 0
    assert f"Wrote {svg}." in said
    assert "sea (1)" in svg.read_text("utf-8")
    assert png.read_bytes().startswith(b"\x89PNG")
    asked = len(engine.asked)
    for wrong in (("--svg", str(tmp_path / "map.gif")), ("--png", str(folder / "map.png"))):
        code, _, why = call(*wrong)
        assert code == 2
        assert why
    assert len(engine.asked) == asked
    code, _, why = call("--svg", str(tmp_path / "none" / "map.svg"))
    assert code == 1
    assert "cannot be written" in why
