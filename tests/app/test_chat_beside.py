"""The conversation beside the groups and beside the map."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
from chatted_album import ask, chatting, pane, screen_text, shown
from piloted import until
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.chat_dialogs import ChatPlanDialog
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.groups import GroupsScreen
from tui_selector.app.screens.map import MapScreen
from tui_selector.app.widgets.chat_pane import ChatPane
from tui_selector.app.widgets.map_side import MapSide
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.map_file import map_of, maps_folder, write_map
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths


async def to_groups(app: SelectorApp, pilot: Pilot[None]) -> GroupsScreen:
    """Open the groups and go to the second: photos 5 and 4."""
    await pilot.press("D")
    await until(pilot, lambda: isinstance(app.screen, GroupsScreen) and app.screen.found)
    view = app.screen
    assert isinstance(view, GroupsScreen)
    await pilot.press("right_square_bracket")
    assert view.current_id == 5
    return view


def flagged(library: LibraryPaths) -> dict[int, Flag]:
    with Catalog.open(library) as catalog:
        return {photo.id: photo.flag for photo in catalog.photos.all() if photo.flag}


async def test_a_group_is_asked_about_and_decided(small_library: LibraryPaths) -> None:
    answer = "Photo 2 is sharper.\n\n```proposals\nkeep 2: sharper\nreject 1: soft\n```"
    async with chatting(small_library, [answer], ["Photo 3 is."], opened=False) as (
        app,
        pilot,
        backend,
    ):
        view = await to_groups(app, pilot)
        # Letters that follow at once are the question.
        await pilot.press("c", *"pxb?")
        assert pane(app).input.text == "pxb?"
        await ask(app, pilot, "Which?")
        asked = backend.asked[0]
        assert [photo.id for photo in asked.photos] == [5, 4]
        assert asked.turns[-1].photos == (1, 2)
        assert asked.tab is None
        # What decides about photos among groups does not in the answers.
        pane(app).transcript.focus()
        await pilot.press("b", "x", "w", "d")
        assert app.screen is view
        await pilot.press("n")
        assert view.current_id == 4
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ChatPlanDialog))
        await pilot.press("y")
        await until(pilot, lambda: flagged(small_library) == {5: Flag.REJECT, 4: Flag.PICK})
        await pilot.press("u")
        await until(pilot, lambda: flagged(small_library) == {})
        # Another group joins; marked photos come before it.
        await pilot.press("i", "escape", "right_square_bracket", "c")
        await ask(app, pilot, "And of these?")
        assert [photo.id for photo in backend.asked[1].photos] == [5, 4, 3, 1, 2]
        assert backend.asked[1].turns[-1].photos == (3, 4, 5)


async def test_a_question_waits_for_the_groups_it_is_about(small_library: LibraryPaths) -> None:
    grouped = asyncio.Event()
    async with chatting(small_library, ["Fine."], opened=False, grouped=grouped) as (
        app,
        pilot,
        backend,
    ):
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, GroupsScreen))
        await pilot.press("c")
        pane(app).input.put("Which?")
        await pilot.press("enter")
        await until(pilot, lambda: "Waiting for the photos of this view" in screen_text(app))
        assert pane(app).input.text == ""
        assert backend.asked == []
        grouped.set()
        await until(pilot, lambda: len(app.chat.conversation.turns) == 2)
        view = app.screen
        assert isinstance(view, GroupsScreen)
        assert view.group is not None
        assert [photo.id for photo in backend.asked[0].photos] == list(view.group.photos)


async def test_marks_come_before_the_group_and_the_pane_closes_first(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, ["Fine."], opened=False) as (app, pilot, backend):
        view = await to_groups(app, pilot)
        await pilot.press("l", "space", "c")
        await ask(app, pilot, "How is it?")
        assert [photo.id for photo in backend.asked[0].photos] == [4]
        await pilot.press("escape")
        assert app.screen.focused is view.grid
        await pilot.press("left_square_bracket", "space")
        chips = pane(app).chips
        await until(pilot, lambda: len(chips.model) == 2)
        assert [chips.model.tile(index).caption for index in range(2)] == ["1 04", "+ 05"]
        await pilot.press("escape")
        assert not view.query(ChatPane)
        assert app.screen is view
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))


async def test_the_group_that_is_asked_about_is_the_one_under_the_cursor(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, opened=False) as (app, pilot, _):
        await pilot.press("D", "c")  # before there are groups
        await until(pilot, lambda: isinstance(app.screen, GroupsScreen) and app.screen.found)
        await until(pilot, lambda: app.chat.subjects.joining == [6, 7, 8])
        await until(pilot, lambda: len(pane(app).chips.model) == 3)
        await pilot.press("escape", "right_square_bracket")
        await until(pilot, lambda: len(pane(app).chips.model) == 2)
        assert app.chat.subjects.about == [5, 4]


async def test_a_photo_of_no_group_is_shown_in_its_tab(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["Photo 1 is fine."]) as (app, pilot, _):
        await pilot.press("escape", "G", "c")
        await ask(app, pilot, "How is it?")
        await pilot.press("escape", "g")
        await to_groups(app, pilot)
        await pilot.press("c", "alt+1")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))
        assert app.album is not None
        assert app.album.current_id == 12


async def test_a_pane_that_another_view_hides_leaves_what_comes_to_the_one_in_sight(
    small_library: LibraryPaths,
) -> None:
    go_on = threading.Event()
    async with chatting(small_library, ["It is ", go_on, "fine."]) as (app, pilot, _):
        hidden = pane(app)
        await pilot.press("escape")
        view = await to_groups(app, pilot)
        await pilot.press("c", *"how", "enter")
        await until(pilot, lambda: app.chat.shown)
        await until(pilot, lambda: "It is" in screen_text(app))
        assert not hidden.transcript._laid
        go_on.set()
        await until(pilot, lambda: not app.chat.answering)
        await shown(app, pilot)
        await pilot.press("escape", "escape", "escape")
        await until(pilot, lambda: app.screen is not view)
        await until(pilot, lambda: "It is fine." in screen_text(app))


async def test_a_narrow_window_has_the_conversation_alone(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["Fine."], opened=False, size=(80, 24)) as (app, pilot, _):
        view = await to_groups(app, pilot)
        await pilot.press("c")
        await pilot.pause()
        assert view.is_chat_full
        assert not view.grid.display
        await ask(app, pilot, "Which?")
        assert "Fine." in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert view.grid.display
        assert app.screen.focused is view.grid


async def test_the_map_asks_about_what_is_looked_at_or_marked(small_library: LibraryPaths) -> None:
    ids = np.arange(1, 12, dtype=np.int64)
    places = np.stack([ids * 5000, ids * 5000], axis=1).astype(np.uint16)
    write_map(maps_folder(small_library), map_of("pacmap", "model", ids, ids - 1, places, 11))
    async with chatting(small_library, ["Photo 1."], ["Photo 3."], opened=False) as (
        app,
        pilot,
        backend,
    ):
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, MapScreen) and app.screen.shown)
        view = app.screen
        assert isinstance(view, MapScreen)
        view.plot.go_to(6)
        await pilot.press("c")
        assert not view.query_one(MapSide).display
        await ask(app, pilot, "What is it?")
        assert [photo.id for photo in backend.asked[0].photos] == [7]
        # Of a conversation that has begun, what is looked at is no part before it is marked.
        await pilot.press("escape")
        view.plot.go_to(2)
        await pilot.press("space")
        view.plot.go_to(3)
        await pilot.press("space", "c")
        await ask(app, pilot, "And these?")
        assert [photo.id for photo in backend.asked[1].photos] == [7, 3, 4]
        assert backend.asked[1].turns[-1].photos == (2, 3)
        await pilot.press("ctrl+l")
        assert view.current_id == 4
        await pilot.press("escape", "escape")
        assert view.query_one(MapSide).display
        assert app.screen is view
