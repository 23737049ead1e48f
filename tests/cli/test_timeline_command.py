"""What the command says of events: for people, for programs, and by its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui_selector.cli.root import run
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths

#: 12 July 2025, 10:00.
MORNING = 1_752_314_400.0


def test_events_are_listed_and_undated_photos_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    with Catalog.open(library_paths(tmp_path)) as catalog, catalog.transaction():
        stats = [(tmp_path / name).stat() for name in names]
        catalog.photos.add(
            [
                Found(path=name, size=stat.st_size, mtime_ns=stat.st_mtime_ns, kind=Kind.IMAGE)
                for name, stat in zip(names, stats, strict=True)
            ]
        )
    assert run(["timeline", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "0 photos in 0 events; 4 without a capture time.\n"
    with Catalog.open(library_paths(tmp_path)) as catalog, catalog.transaction():
        ids = catalog.tabs.photo_ids(View.ALL)
        for id_, moment in zip(ids, (MORNING + 86_400, MORNING, MORNING + 300.5), strict=False):
            catalog.connection.execute("UPDATE photos SET taken = ? WHERE id = ?", (moment, id_))
    assert run(["timeline", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Sat 12 Jul 2025, 10:00 to 10:05")
    assert lines[0].endswith("b.jpg")
    assert lines[-1] == "3 photos in 2 events; 1 without a capture time."
    assert run(["timeline", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "events": [
            {
                "start": "2025-07-12T10:00:00",
                "end": "2025-07-12T10:05:00.500000",
                "photos": 2,
                "first": {"path": "b.jpg"},
            },
            {
                "start": "2025-07-13T10:00:00",
                "end": "2025-07-13T10:00:00",
                "photos": 1,
                "first": {"path": "a.jpg"},
            },
        ],
        "undated": 1,
    }
