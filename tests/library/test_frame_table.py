"""Frames of videos in the catalog: kept with the bytes, forgotten with the last video of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog import schema
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.frame_table import frame_key
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, State
from tui_selector.paths import LibraryPaths, library_paths

VIDEO, OTHER = b"v" * 16, b"o" * 16


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    return library_paths(tmp_path)


@pytest.fixture
def catalog(paths: LibraryPaths) -> Iterator[Catalog]:
    with Catalog.open(paths) as opened:
        yield opened


def add(catalog: Catalog, name: str, hash_: bytes, kind: Kind = Kind.VIDEO) -> int:
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=kind)])
    catalog.photos.store_indexed([indexed_row(id_, hash_)])
    return id_


def test_frames_come_back_by_time_with_their_keys(catalog: Catalog) -> None:
    keys = catalog.frames.set(VIDEO, [2.5, 0.0, 61.0004])
    assert catalog.frames.of(VIDEO) == [0.0, 2.5, 61.0]
    assert catalog.frames.all() == {VIDEO: [(0.0, keys[1]), (2.5, keys[0]), (61.0, keys[2])]}
    assert len(set(keys)) == 3
    assert all(key.startswith(VIDEO) and key != VIDEO for key in keys)
    catalog.frames.set(VIDEO, [7.0])
    assert catalog.frames.of(VIDEO) == [7.0]
    assert catalog.frames.of(OTHER) == []


def test_a_key_has_room_for_the_longest_film() -> None:
    assert len(frame_key(VIDEO, 1e12)) == len(frame_key(VIDEO, 0.0))


def test_videos_lack_frames_until_every_one_has_a_vector(catalog: Catalog) -> None:
    video = add(catalog, "a.mp4", VIDEO)
    add(catalog, "b.jpg", OTHER, Kind.IMAGE)
    assert catalog.frames.lacking("m") == [video]
    keys = catalog.frames.set(VIDEO, [0.0, 1.0])
    assert catalog.frames.lacking("m") == [video]
    catalog.vectors.append("m", keys[:1], np.ones((1, 2), np.float32))
    assert catalog.frames.lacking("m") == [video]
    catalog.vectors.append("m", keys, np.ones((2, 2), np.float32))
    assert catalog.frames.lacking("m") == []
    assert catalog.frames.lacking("another model") == [video]
    catalog.photos.set_state([video], State.TRASHED)
    assert catalog.frames.lacking("another model") == []


def test_frames_go_with_the_last_video_of_their_bytes(catalog: Catalog) -> None:
    first, second = add(catalog, "a.mp4", VIDEO), add(catalog, "b.mp4", VIDEO)
    other = add(catalog, "c.mp4", OTHER)
    catalog.frames.set(VIDEO, [0.0])
    catalog.frames.set(OTHER, [0.0])
    catalog.photos.remove([first])
    assert catalog.frames.of(VIDEO) == [0.0]
    catalog.photos.remove([second])
    assert catalog.frames.of(VIDEO) == []
    catalog.photos.set_changed(other, size=2, mtime_ns=2, kind=Kind.VIDEO)
    assert catalog.frames.of(OTHER) == []


def test_moves_and_the_trash_keep_frames(catalog: Catalog) -> None:
    video = add(catalog, "a.mp4", VIDEO)
    catalog.frames.set(VIDEO, [0.0, 3.0])
    catalog.photos.set_path(video, "b/c.mp4")
    catalog.photos.set_state([video], State.TRASHED)
    catalog.photos.set_state([video], State.INDEXED)
    assert catalog.frames.of(VIDEO) == [0.0, 3.0]


def test_a_catalog_without_frames_is_migrated(
    paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = next(n for n, text in enumerate(schema.MIGRATIONS) if "TABLE frames" in text)
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:before])
        older.setattr(schema, "VERSION", before)
        paths.make()
        connection, _ = schema.connect(paths.catalog)
        connection.execute(
            "INSERT INTO photos(path, sort_key, size, mtime_ns, kind, state, hash, noticed)"
            " VALUES(?, ?, 1, 1, 'video', 'indexed', ?, 0)",
            (b"a.mp4", b"a.mp4", VIDEO),
        )
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("SELECT * FROM frames")
        connection.close()
    with Catalog.open(paths) as catalog:
        (video,) = catalog.photos.all()
        assert video.hash == VIDEO
        assert catalog.frames.lacking("m") == [video.id]
        catalog.frames.set(VIDEO, [1.0])
        assert catalog.frames.of(VIDEO) == [1.0]
