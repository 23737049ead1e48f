"""A catalog of photos that are known through and through, for the tests of searches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Companion, Flag, Kind, State, Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.paths import library_paths


class SearchAlbum:
    """Adds photos to a catalog, without files."""

    def __init__(self, root: Path) -> None:
        root.mkdir(exist_ok=True)
        self.catalog = Catalog.open(library_paths(root))

    def add(
        self,
        path: str,
        *,
        kind: Kind = Kind.IMAGE,
        size: tuple[int, int] = (4000, 3000),
        tags: Iterable[Tag] = (),
        metadata: Metadata | None = None,
        flag: Flag = Flag.NONE,
        rating: int = 0,
        label: str = "",
        tab: int | None = None,
        raw: str = "",
    ) -> int:
        facts = metadata or Metadata()
        photos = self.catalog.photos
        beside = (Companion(path=raw, role="raw", size=1, mtime_ns=1),) if raw else ()
        with self.catalog.transaction():
            found = Found(path=path, size=1, mtime_ns=1, kind=kind, companions=beside)
            (id_,) = photos.add([found])
            photos.store_indexed(
                [
                    indexed_row(
                        id_,
                        id_.to_bytes(16, "big"),
                        width=size[0],
                        height=size[1],
                        taken=facts.taken,
                        metadata=msgspec.json.encode(facts).decode(),
                        tags=tuple(tag for tag in tags if tag.source != "owner"),
                    )
                ]
            )
            for tag in tags:
                if tag.source == "owner":
                    self.catalog.connection.execute(
                        "INSERT INTO tags(photo, name, source, score) VALUES(?, ?, 'owner', ?)",
                        (id_, tag.name, tag.score),
                    )
            photos.set_flag(id_, flag)
            photos.set_rating(id_, rating)
            photos.set_label(id_, label)
            if tab is not None:
                self.catalog.tabs.assign({id_: tab})
        return id_

    def lose(self, id_: int, state: State = State.TRASHED) -> None:
        with self.catalog.transaction():
            self.catalog.photos.set_state([id_], state)


@pytest.fixture
def search_album(tmp_path: Path) -> Iterator[SearchAlbum]:
    made = SearchAlbum(tmp_path / "album")
    yield made
    made.catalog.close()
