"""Culling with the keyboard: what is decided, about whom, and where the cursor goes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from piloted import until
from textual.widgets import Input

from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.dialogs import ChoiceDialog, TabDialog
from tui_selector.app.widgets.status_bar import StatusBar
from tui_selector.app.widgets.tab_bar import TabBar
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Flag, Photo, State
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


def photos(paths: LibraryPaths, ids: Iterable[int]) -> list[Photo]:
    with Catalog.open(paths) as catalog:
        return catalog.photos.get(list(ids))


def flags(paths: LibraryPaths, *ids: int) -> list[int]:
    return [int(photo.flag) for photo in photos(paths, ids)]


async def test_the_folder_opens_on_all_photos(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, _):
        assert isinstance(app.screen, CullScreen)
        assert app.album is not None
        assert len(app.album) == 12
        assert app.screen.grid.has_focus
        names = [tab.name for tab in app.album.tabs]
        assert names == ["All", "beach", "forest", "Singles", "Problems"]


async def test_deciding_about_one_photo_advances(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("p", "x", "3", "7", "l", "p", "h", "U")
        await settle(app, pilot)
        assert flags(small_library, 1, 2, 6) == [Flag.PICK, Flag.REJECT, Flag.NONE]
        third, fourth = photos(small_library, [3, 4])
        assert third.rating == 3
        assert fourth.label == "yellow"
        assert app.album is not None
        assert app.album.current_id == 7


async def test_arrows_and_page_keys_move_the_cursor_of_a_grid_that_scrolls(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library, size=(50, 16)) as (app, pilot):
        grid = app.screen.grid
        assert grid.max_scroll_y > 0
        seen = []
        for key in ("down", "right", "pagedown", "home", "end", "up", "pageup"):
            await pilot.press(key)
            await settle(app, pilot)
            seen.append(grid.cursor)
        columns = grid.columns
        page = columns * grid.page_rows
        assert seen[:5] == [columns, columns + 1, columns + 1 + page, 0, 11]
        assert seen[5:] == [11 - columns, 11 - columns - page]


async def test_deciding_does_not_advance_where_the_owner_wants_it_so(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library, Settings(advance=False)) as (app, pilot):
        await pilot.press("p", "5")
        await settle(app, pilot)
        (first,) = photos(small_library, [1])
        assert (first.flag, first.rating) == (Flag.PICK, 5)


async def test_the_same_label_twice_is_no_label(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library, Settings(advance=False)) as (app, pilot):
        await pilot.press("6", "6", "8")
        await settle(app, pilot)
        assert photos(small_library, [1])[0].label == "green"
        await pilot.press("8")
        await settle(app, pilot)
        assert photos(small_library, [1])[0].label == ""


async def test_marks_survive_other_tabs_and_are_used_up_by_a_decision(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("space", "space", "]", "]", "space")
        await settle(app, pilot)
        assert app.album.tab.name == "forest"
        assert app.album.marks == {1, 2, 6}
        assert "3 marked (1 here)" in app.screen.query_one(StatusBar).text
        await pilot.press("x")
        await settle(app, pilot)
        assert flags(small_library, 1, 2, 6, 7) == [-1, -1, -1, 0]
        assert not app.album.marks


async def test_a_visual_range_is_what_a_decision_is_about(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("l", "v", "l", "l")
        assert "range of 3" in app.screen.query_one(StatusBar).text
        await pilot.press("p")
        await settle(app, pilot)
        assert flags(small_library, 1, 2, 3, 4, 5) == [0, 1, 1, 1, 0]
        assert isinstance(app.screen, CullScreen)
        assert app.screen.grid.range_anchor is None


async def test_a_visual_range_becomes_marks_and_escape_gives_it_up(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("v", "l", "v", "l", "v", "l", "escape")
        assert app.album.marks == {1, 2}
        await pilot.press("I")
        assert app.album.marks == set(range(3, 13))
        await pilot.press("ctrl+u")
        assert not app.album.marks
        await pilot.press("ctrl+a")
        assert len(app.album.marks) == 12


async def test_trash_and_undo_go_to_the_photo_and_back(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("]", "l", "d")
        await settle(app, pilot)
        assert not (small_library.root / "02.jpg").exists()
        assert app.album.current_id == 3
        assert "undo Trash 02.jpg" in app.screen.query_one(StatusBar).text
        await pilot.press("]", "]", "u")
        await settle(app, pilot)
        assert (small_library.root / "02.jpg").exists()
        assert app.album.tab.name == "beach"
        assert app.album.current_id == 2
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        assert not (small_library.root / "02.jpg").exists()


async def test_a_refused_decision_is_said_and_the_photo_comes_back(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    (small_library.root / "01.jpg").write_bytes(b"other bytes, of another size")
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("d")
        await settle(app, pilot)
        assert (small_library.root / "01.jpg").exists()
        assert 1 in app.album.ids
        errors = [note.message for note in app._notifications if note.severity == "error"]
        assert any("01.jpg" in message for message in errors)


async def test_the_filter_hides_what_is_decided(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("f", "p", "x")
        assert app.album.current_id == 3
        await settle(app, pilot)
        assert list(app.album.ids) == list(range(3, 13))
        assert flags(small_library, 1, 2, 3) == [1, -1, 0]
        await pilot.press("f")
        await settle(app, pilot)
        assert len(app.album) == 12
        assert app.album.current_id == 3


async def test_a_photo_leaves_the_rejected_tab_when_it_is_picked(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("x", "x")
        await settle(app, pilot)
        await app.open_tab(View.REJECTED)
        await settle(app, pilot)
        assert list(app.album.ids) == [1, 2]
        await pilot.press("p")
        assert list(app.album.ids) == [2]
        await settle(app, pilot)
        assert flags(small_library, 1, 2) == [1, -1]


async def test_keys_typed_ahead_meet_the_photo_they_were_meant_for(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        next_tab = "right_square_bracket"
        keys = [next_tab, "x", next_tab, "l", "p", "d", "u", "6"]
        for key in keys:
            app.simulate_key(key)
        assert app.desk is not None
        await until(pilot, lambda: app.desk.titles.undo == "Label 08.jpg red")
        assert flags(small_library, 1, 6, 7) == [Flag.REJECT, Flag.NONE, Flag.PICK]
        (eighth,) = photos(small_library, [8])
        assert eighth.state is State.INDEXED
        assert eighth.label == "red"


async def test_the_cursor_stays_on_its_photo_while_the_catalog_changes(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("]", "l", "l", "space")
        with Catalog.open(small_library) as catalog, catalog.transaction():
            catalog.photos.set_state([1], State.MISSING)
            beach = app.album.query.tab
            catalog.tabs.assign({6: beach, 7: beach})
        app.reader.reload()
        await settle(app, pilot)
        assert list(app.album.ids) == [2, 3, 4, 5, 6, 7]
        assert app.album.current_id == 4
        assert app.album.marks == {3}
        assert isinstance(app.screen, CullScreen)
        assert app.screen.grid.cursor == 2


async def test_new_photos_are_counted_until_the_tab_is_looked_at(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        with Catalog.open(small_library) as catalog, catalog.transaction():
            beach = next(tab.id for tab in catalog.tabs.all() if tab.name == "beach")
            catalog.connection.execute("DELETE FROM members WHERE photo IN (6, 7)")
            catalog.tabs.assign({6: beach, 7: beach}, fresh=True)
        app.reader.reload()
        await settle(app, pilot)
        assert [tab.fresh for tab in app.album.tabs if tab.name == "beach"] == [2]
        await pilot.press("]")
        await settle(app, pilot)
        await pilot.press("[")
        await settle(app, pilot)
        assert [tab.fresh for tab in app.album.tabs if tab.name == "beach"] == [0]


async def test_tabs_by_number_and_by_click(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("alt+3")
        assert app.album.tab.name == "forest"
        await pilot.press("alt+9")
        assert app.album.tab.name == "forest"
        assert app.screen.query_one(TabBar).tab_at(1) == View.ALL
        await pilot.click(TabBar, offset=(1, 0))
        await settle(app, pilot)
        assert app.album.query.tab == View.ALL


async def test_problems_show_their_sentence(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("!")
        await settle(app, pilot)
        assert app.album.tile(0).note == "The file 12.jpg is no picture; delete it."
        assert "is no picture" in app.screen.query_one(StatusBar).text


async def test_a_key_can_be_changed_and_a_clash_is_said(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    settings = Settings(keys={"pick": "f9", "reject": "q", "nonsense": "z"})
    async with open_app(small_library, settings) as (app, pilot):
        said = [note.message for note in app._notifications]
        assert len(said) == 2
        await pilot.press("p", "f9", "x")
        await settle(app, pilot)
        assert flags(small_library, 1, 2) == [Flag.PICK, Flag.REJECT]


async def test_letters_in_a_text_field_decide_nothing(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("]", "r")
        await settle(app, pilot)
        await pilot.press("p", "x", "d")
        assert app.screen.query_one(Input).value.endswith("pxd")
        await pilot.press("escape")
        await settle(app, pilot)
        assert flags(small_library, 1, 2, 3) == [0, 0, 0]


async def test_a_tab_is_renamed_merged_and_photos_are_moved(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("]", "r", "ctrl+u", *"sea", "enter")
        await settle(app, pilot)
        assert app.album.tab.name == "sea"
        await pilot.press("space", "t")
        await pilot.pause()
        assert isinstance(app.screen, TabDialog)
        await pilot.press(*"towels", "enter")
        await settle(app, pilot)
        assert [(tab.name, tab.count) for tab in app.album.tabs if tab.id > 0] == [
            ("sea", 4),
            ("forest", 4),
            ("towels", 1),
        ]
        await pilot.press("m", *"for", "enter")
        await settle(app, pilot)
        assert (app.album.tab.name, app.album.tab.count) == ("forest", 8)
        await pilot.press("u", "u", "u")
        await settle(app, pilot)
        assert [(tab.name, tab.count) for tab in app.album.tabs if tab.id > 0] == [
            ("beach", 5),
            ("forest", 4),
        ]


@pytest.mark.parametrize("key", ["r", "S"])
async def test_all_is_no_tab_to_arrange(
    small_library: LibraryPaths, open_app: Any, settle: Any, key: str
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press(key)
        await settle(app, pilot)
        assert isinstance(app.screen, CullScreen)
        (said,) = [note.message for note in app._notifications]
        assert "'All' cannot be" in said


async def test_dropped_files_are_copied_after_asking_once(
    small_library: LibraryPaths, open_app: Any, settle: Any, tmp_path: Path
) -> None:
    from textual.events import Paste

    outside = tmp_path / "card"
    outside.mkdir()
    for name in ("a b.jpg", "c.jpg"):
        (outside / name).write_bytes(name.encode())
    async with open_app(small_library) as (app, pilot):
        app.post_message(Paste(f"'{outside}/a b.jpg'"))
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("c")
        await settle(app, pilot)
        assert (small_library.root / "a b.jpg").read_bytes() == b"a b.jpg"
        app.post_message(Paste(f"file://{outside}/c.jpg"))
        await until(pilot, (small_library.root / "c.jpg").exists)
        assert isinstance(app.screen, CullScreen)
        assert (outside / "c.jpg").exists()
        await app.run_action("screen.ask_how_to_bring")
        app.post_message(Paste(f"'{outside}/c.jpg'"))
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, CullScreen))
        app.clear_notifications()
        app.post_message(Paste(f"'{outside}/c.jpg'"))
        await until(pilot, lambda: len(app._notifications) > 0)
        (said,) = [note.message for note in app._notifications]
        assert said.startswith("Files are taken in among the tiles")


async def test_the_loupe_decides_about_its_photo_whatever_is_marked(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        await pilot.press("space", "enter", "l", "x", "l")
        await settle(app, pilot)
        await pilot.press("escape", "l")
        await settle(app, pilot)
        assert flags(small_library, 1, 2, 3) == [0, 0, -1]
        assert app.album.marks == {1}
        assert app.album.current_id == 6
