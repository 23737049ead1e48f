"""Tags choose among what a search has found, also among what was not fetched yet."""

from __future__ import annotations

from pathlib import Path

from piloted import until
from searched_album import album_of, find, names, searching

from tui_selector.app.widgets.tag_list import TagList
from tui_selector.library.catalog.catalog import Catalog


async def test_tags_choose_among_all_that_was_found(tmp_path: Path) -> None:
    many = album_of(tmp_path / "Many", [f"dog {number:03}.jpg" for number in range(450)])
    with Catalog.open(many) as catalog, catalog.transaction():
        for id_ in list(catalog.tabs.photo_ids(-1))[-5:]:
            catalog.tags.set_verdict(id_, "mine", True)
    async with searching(many) as (app, pilot, _):
        await find(app, pilot, "dog")
        await pilot.press("#")
        await until(
            pilot, lambda: app.screen.query_one(TagList).empty == "No photo here has a tag."
        )
        assert app.album is not None
        app.screen.grid.scroll_end(animate=False)
        await until(pilot, lambda: app.album and len(app.album) == 400)
        app.screen.grid.scroll_end(animate=False)
        await until(pilot, lambda: len(app.screen.query_one(TagList).rows) == 1)
        await pilot.press("down", "space")
        await until(
            pilot, lambda: names(app) == [f"dog {number}.jpg" for number in range(445, 450)]
        )


async def test_more_is_fetched_until_tags_let_some_through(tmp_path: Path) -> None:
    many = album_of(tmp_path / "Many", [f"dog {number:03}.jpg" for number in range(450)])
    with Catalog.open(many) as catalog, catalog.transaction():
        ids = list(catalog.tabs.photo_ids(-1))
        for id_ in (ids[0], ids[-1]):
            catalog.tags.set_verdict(id_, "mine", True)
    async with searching(many) as (app, pilot, engine):
        await pilot.press("#")
        await until(pilot, lambda: len(app.screen.query_one(TagList).rows) == 1)
        await pilot.press("down", "space", "escape")
        await until(pilot, lambda: app.album and len(app.album) == 2)
        await find(app, pilot, "dog")
        await until(pilot, lambda: names(app) == ["dog 000.jpg", "dog 449.jpg"])
        assert len([each for each in engine.asked if each.text]) <= 4
