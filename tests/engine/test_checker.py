"""A catalog that is damaged inside is said to every client."""

from __future__ import annotations

import queue
from pathlib import Path

from patience import PATIENCE

from tui_selector.engine.checker import Checker
from tui_selector.engine.protocol import AnyEvent, Notice
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.paths import library_paths


def test_a_damaged_catalog_is_said_once(tmp_path: Path) -> None:
    paths = library_paths(tmp_path / "album")
    with Catalog.open(paths) as catalog:
        catalog.photos.add(
            Found(path=f"{'x' * 200}{number}.jpg", size=1, mtime_ns=1, kind="image")
            for number in range(400)
        )
        (page,) = catalog.connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'photos'"
        ).fetchone()
        (size,) = catalog.connection.execute("PRAGMA page_size").fetchone()
    with paths.catalog.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))
    told: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
    checker = Checker(paths, told.put)
    checker.check()
    checker.check()
    event = told.get(timeout=PATIENCE)
    assert isinstance(event, Notice)
    assert event.severity == "error"
    assert "is damaged" in event.sentence
    checker._thread.join(PATIENCE)
    assert told.empty()
