"""Where the program's own files live."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui_selector import paths


def test_one_folder_is_one_library_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = tmp_path / "album"
    album.mkdir()
    (tmp_path / "link").symlink_to(album)
    monkeypatch.chdir(tmp_path)
    names = [album, "album", "./album/../album", tmp_path / "link"]
    assert len({paths.library_paths(name).identifier for name in names}) == 1
    assert paths.library_paths(tmp_path).identifier != paths.library_paths(album).identifier


def test_nothing_of_ours_lies_in_the_owners_folder(tmp_path: Path, own_folders: Path) -> None:
    library = paths.library_paths(tmp_path)
    library.make()
    for file in (library.catalog, library.journal, library.thumbnails, library.session):
        assert file.is_relative_to(own_folders)
    assert list(tmp_path.iterdir()) == []


def test_the_socket_is_for_its_owner_alone_and_fits(tmp_path: Path) -> None:
    library = paths.library_paths(tmp_path)
    library.make()
    assert stat.S_IMODE(library.runtime.stat().st_mode) == 0o700
    assert len(os.fsencode(library.socket)) <= 107


def test_a_runtime_folder_with_a_long_name_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    assert len(os.fsencode(paths.library_paths(tmp_path).socket)) <= 107


def test_a_runtime_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = paths.library_paths(tmp_path)
    library.make()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError, match="another user"):
        library.make()


def test_a_runtime_folder_that_is_not_there_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere/at/all")
    library = paths.library_paths("/tmp")
    library.make()
    assert library.runtime.is_dir()
