"""Groups in every grid: how many photos stand behind a tile, and folding them away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from piloted import until

from tui_selector.app.album_reader import AlbumReader
from tui_selector.app.widgets.status_bar import StatusBar
from tui_selector.engine.protocol import CatalogChanged
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.groups import GroupKind
from tui_selector.paths import LibraryPaths

BURST: GroupKind = "burst"


@pytest.fixture
def grouped(small_library: LibraryPaths) -> LibraryPaths:
    """3, 1 and 2 are a group, the best first; 6 and 5 are one over two tabs."""
    keep(small_library, {3: ("a", 0), 1: ("a", 1), 2: ("a", 2), 6: ("b", 0), 5: ("b", 1)})
    return small_library


def keep(library: LibraryPaths, places: dict[int, tuple[str, int]]) -> list[int]:
    with Catalog.open(library) as catalog, catalog.transaction():
        return catalog.groups.replace(
            {photo: (key, BURST, place) for photo, (key, place) in places.items()}
        )


def badges(app: Any) -> dict[str, str]:
    tiles = [app.album.tile(index) for index in range(len(app.album))]
    return {tile.caption: tile.badge for tile in tiles if "×" in tile.badge}


async def test_tiles_tell_how_many_are_in_their_group(
    grouped: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(grouped, size=(120, 30)) as (app, pilot):
        assert badges(app) == {
            **dict.fromkeys(("01.jpg", "02.jpg", "03.jpg"), "×3"),
            **dict.fromkeys(("05.jpg", "06.jpg"), "×2"),
        }
        assert "×3" in "".join(app.screen.grid.render_line(y).text for y in range(20))
        changed = keep(grouped, {6: ("b", 0), 5: ("b", 1)})
        app._talk.hear(CatalogChanged(photos=changed))
        await settle(app, pilot)
        assert set(badges(app)) == {"05.jpg", "06.jpg"}


async def test_drawing_tiles_asks_the_catalog_once_for_a_screenful(
    grouped: LibraryPaths, open_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    stacks = AlbumReader._stacks

    def counted(self: AlbumReader, ids: Sequence[int]) -> dict[int, int]:
        asked.append(len(ids))
        return stacks(self, ids)

    monkeypatch.setattr(AlbumReader, "_stacks", counted)
    async with open_app(grouped, size=(120, 30)) as (app, pilot):
        await pilot.press("l", "j", "h", "G", "g", "+", "-")
        assert badges(app)
        assert asked == [12]


async def test_folded_groups_show_their_best(
    grouped: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(grouped, size=(160, 30)) as (app, pilot):
        await pilot.press("F")
        await settle(app, pilot)
        assert list(app.album.ids) == [3, 4, 6, 7, 8, 9, 10, 11, 12]
        assert "folded" in app.screen.query_one(StatusBar).text
        # 5 is the best of its group that stands in this tab.
        await app.open_tab(1)
        await settle(app, pilot)
        assert list(app.album.ids) == [3, 4, 5]
        await pilot.press("F")
        await settle(app, pilot)
        assert list(app.album.ids) == [1, 2, 3, 4, 5]


async def test_a_photo_that_is_gone_to_is_unfolded(grouped: LibraryPaths, open_app: Any) -> None:
    async with open_app(grouped) as (app, pilot):
        await pilot.press("F")
        await until(pilot, lambda: len(app.album) == 9)
        await app.open_photo(2)
        assert app.album.current_id == 2
        assert not app.album.query.folded
