"""The table: the same album as the tiles, one cursor, one set of marks, one order."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from piloted import until
from textual.geometry import Offset
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.column_dialog import ColumnDialog
from tui_selector.app.table_columns import COLUMNS, USUAL, chosen, widths
from tui_selector.app.widgets.table_view import TableView
from tui_selector.app.widgets.tag_list import TagList
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths


def line(app: SelectorApp, y: int) -> str:
    return app.screen.query_one(TableView).render_line(y).text.rstrip()


def names(app: SelectorApp) -> list[str]:
    album = app.album
    assert album is not None
    return [photo.name[:2] for index in range(len(album)) if (photo := album.photo(index))]


async def test_it_is_another_view_of_the_same_album(
    open_app: Any, small_library: LibraryPaths, settle: Any
) -> None:
    async with open_app(small_library, size=(150, 24)) as (app, pilot):
        album, screen = app.album, app.screen
        assert album is not None
        await pilot.press("l", "y")
        table = screen.query_one(TableView)
        assert screen.grid is table
        await pilot.press("end", "up", "pageup", "down", "right", "left")
        assert table.cursor == screen.tiles.cursor == album.cursor == 1
        assert table.has_focus
        assert table.cursor == screen.tiles.cursor == 1
        assert line(app, 0).split()[:3] == ["name", "date", "camera"]
        assert line(app, 2).split()[:3] == ["02.jpg", "1970-01-01", "00:16"]
        await pilot.press("j", "j", "space", "p")
        # The mark is used up by the decision, as in the grid; both views stand on the same photo.
        assert album.photo(3).flag is Flag.PICK  # type: ignore[union-attr]
        assert table.cursor == screen.tiles.cursor == album.cursor == 4
        await pilot.press("4", "v", "j", "v")
        assert album.marks == {6, 7}
        assert line(app, 6).startswith(" ✓ 06.jpg")
        assert "★★★★" in line(app, 5)
        await pilot.press("7")
        # A colour label is a badge; what stands behind it stays in its column.
        app.session = replace(app.session, columns=("name", "label", "size"))
        app.screen.show_album(in_sight=True)
        sizes = {line(app, y).index(" kB") for y in range(1, 13)}
        assert "yellow" in line(app, 6)
        assert len(sizes) == 1
        await pilot.press("ctrl+u", "v", "j", "v")
        await pilot.press("d")
        await settle(app, pilot)
        assert len(table.model) == 10
        await pilot.press("u")
        await until(pilot, lambda: len(album) == 12)
        await pilot.press("y")
        assert screen.grid is screen.tiles
        assert screen.tiles.has_focus
        assert screen.tiles.cursor == album.cursor


async def test_columns_are_chosen_and_kept(open_app: Any, small_library: LibraryPaths) -> None:
    async with open_app(small_library, size=(150, 24)) as (app, pilot):
        await pilot.press("|")
        assert isinstance(app.screen, ColumnDialog)
        columns = app.screen.query_one(TagList)
        for name in ("folder", "camera", "name"):
            columns.cursor = list(COLUMNS).index(name)
            await pilot.press("space")
        await pilot.press("enter")
        assert "folder" in line(app, 0)
        assert "camera" not in line(app, 0)
        kept = tuple(id_ for id_ in COLUMNS if id_ in {*USUAL, "folder"} - {"camera"})
        assert app.session.columns == kept
        # The last one goes up by two; nothing goes before the name.
        await pilot.press("|")
        columns = app.screen.query_one(TagList)
        columns.cursor = [row.name for row in columns.rows].index(kept[-1])
        while columns.rows[columns.cursor + 1].name != kept[-2]:
            await pilot.press("K")
        await pilot.press("home", "J", "enter")
        moved = (*kept[:-2], kept[-1], kept[-2])
        assert app.session.columns == moved
        head = line(app, 0)
        assert head.index(COLUMNS[moved[-2]].title) < head.index(COLUMNS[moved[-1]].title)
        await pilot.press("|")
        assert [row.name for row in app.screen.query_one(TagList).rows if row.sign] == [*moved]
    # `Session` is what reopening reads.
    assert [column.id for column in chosen(("no such", "iso", "iso"))] == ["name", "iso"]


async def test_keys_and_heads_order_every_view(open_app: Any, small_library: LibraryPaths) -> None:
    async with open_app(small_library, size=(150, 24)) as (app, pilot):
        await pilot.press("y", ">")
        await until(pilot, lambda: names(app)[0] == "11")
        assert "date▲" in line(app, 0)
        assert app.album is not None
        assert app.album.current_id == 1  # the cursor stays on its photo
        await pilot.press("O")
        await until(pilot, lambda: names(app)[0] == "01")
        await click_head(app, pilot, "rating")
        await pilot.press("g", "G", "5")
        await until(pilot, lambda: names(app)[0] == "12")
        assert "by rating ↓" in app.screen.query_one("#status").text
        await click_head(app, pilot, "name")
        await click_head(app, pilot, "name")
        await until(pilot, lambda: names(app) == [f"{n:02}" for n in range(12, 0, -1)])
        await pilot.press("y")
        assert app.screen.tiles.cursor == app.album.cursor
        await pilot.press("R")
        await until(pilot, lambda: names(app) == [f"{n:02}" for n in range(1, 13)])


async def click_head(app: SelectorApp, pilot: Pilot[None], title: str) -> None:
    x = line(app, 0).index(title)
    await pilot.click(TableView, offset=Offset(x, 0))
    await pilot.pause()


async def test_the_mouse_marks_rows(open_app: Any, small_library: LibraryPaths) -> None:
    async with open_app(small_library, size=(100, 24)) as (app, pilot):
        await pilot.press("y")
        await pilot.click(TableView, offset=Offset(1, 3))
        await pilot.click(TableView, offset=Offset(8, 5), shift=True)
        assert app.album is not None
        assert app.album.marks == {3, 4, 5}
        assert app.album.current_id == 5


async def test_columns_fill_the_room_and_scroll_where_there_is_none(
    open_app: Any, small_library: LibraryPaths
) -> None:
    usual = chosen(())
    assert tuple(column.id for column in usual) == USUAL
    least = [column.width for column in usual]
    assert widths(usual, sum(least)) == least
    wide = widths(usual, 200)
    assert 200 - len(usual) * 2 <= sum(wide) + len(usual) <= 200
    async with open_app(small_library, size=(60, 24)) as (app, pilot):
        await pilot.press("y")
        assert "label" not in line(app, 0)
        await pilot.press(*"l" * 12)
        assert line(app, 0).split()[:2] == ["‹", "name"]
        assert "label" in line(app, 0)
        await pilot.press(*"h" * 12)
        assert "camera" in line(app, 0)


async def test_the_search_line_filters_the_table(
    open_app: Any, small_library: LibraryPaths, settle: Any
) -> None:
    async with open_app(small_library, size=(150, 24)) as (app, pilot):
        await pilot.press("4", "4", "y", ">", "/", *"rating>=3 -name:02*", "enter")
        await until(pilot, lambda: names(app) == ["01"])
        assert app.screen.grid.has_focus
        assert "01.jpg" in line(app, 1)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(names(app)) == 12)
        assert "date▲" in line(app, 0)
