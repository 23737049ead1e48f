"""What is said of folders that cannot be looked into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_selector.engine.folder import Folder
from tui_selector.library.catalog.catalog import Catalog

CLOSED = "There is no permission to look into this folder."


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of folders that the system lets nobody look into, whoever runs the tests."""
    names: set[str] = set()
    scandir = os.scandir

    def guarded(path: str | bytes | Path | int) -> object:
        if not isinstance(path, int) and Path(os.fsdecode(path)).name in names:
            raise PermissionError(13, "Permission denied", os.fsdecode(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    return names


@pytest.fixture
def folder(catalog: Catalog) -> Iterator[Folder]:
    folder = Folder(catalog, on_settled=lambda settled: None, polling_seconds=60)
    yield folder
    folder.close()


def test_a_folder_without_permission_is_told(
    catalog: Catalog, folder: Folder, closed: set[str]
) -> None:
    for name in ("a", "b\x1b[31m", "c"):
        (catalog.root / name).mkdir()
    closed.add("b\x1b[31m")
    folder.compare()
    assert [each.sentence for each in folder.closed] == [CLOSED]
    assert "Photos in b" in folder.remark
    assert CLOSED in folder.remark
    assert "\x1b" not in folder.remark

    closed.update("ac")
    folder.compare()
    assert len(folder.closed) == 3
    assert "2 more folders are left out" in folder.remark

    closed.clear()
    folder.compare()
    assert folder.closed == []
    assert "left out" not in folder.remark


def test_a_folder_that_is_closed_while_it_is_watched_is_told(
    catalog: Catalog, folder: Folder, closed: set[str]
) -> None:
    folder.compare()
    assert folder.closed == []
    (catalog.root / "late").mkdir()
    closed.add("late")
    folder.check({"late"})
    assert [each.path for each in folder.closed] == ["late"]
    folder.check({"elsewhere"})
    assert [each.path for each in folder.closed] == ["late"]
    (catalog.root / "late").rmdir()
    folder.check({"late"})
    assert folder.closed == []


def test_a_link_out_of_the_library_is_no_closed_folder(
    catalog: Catalog, folder: Folder, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (catalog.root / "link").symlink_to(tmp_path / "elsewhere")
    folder.compare()
    assert folder.closed == []
