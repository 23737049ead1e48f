"""A reading that was begun before the screen came up is used once, and only where it fits."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path

import pytest

from tui_selector.app.album_reader import AlbumReader, ReadAhead
from tui_selector.app.snapshot import Query
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    paths = library_paths(tmp_path)
    with Catalog.open(paths) as catalog, catalog.transaction():
        catalog.photos.add(
            Found(path=f"{n}.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE) for n in range(5)
        )
    return paths


def reader_of(paths: LibraryPaths, ahead: ReadAhead) -> AlbumReader:
    def spawn(job: Coroutine[None, None, None]) -> None:
        job.close()

    return AlbumReader(paths, lambda: None, lambda sentence: None, spawn, ahead)


async def test_it_is_shown_where_it_answers_the_question(paths: LibraryPaths) -> None:
    ahead = ReadAhead(paths, Query())
    found = ahead.snapshot.result(30)
    with Catalog.open(paths) as catalog, catalog.transaction():
        catalog.photos.remove([1])
    reader = reader_of(paths, ahead)
    await reader.open()
    assert await reader.show(Query(), whole=True)
    assert reader.album is not None
    assert list(reader.album.ids) == list(found.ids) == [1, 2, 3, 4, 5]
    assert await reader.show(Query(), whole=True)
    assert list(reader.album.ids) == [2, 3, 4, 5]
    reader.close()


async def test_another_question_is_read_anew(paths: LibraryPaths) -> None:
    reader = reader_of(paths, ReadAhead(paths, Query(View.REJECTED)))
    await reader.open()
    assert await reader.show(Query(), whole=True)
    assert reader.album is not None
    assert len(reader.album) == 5
    reader.close()
