"""Searching on the screen: the line, the tab of what was found, and everything that goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from piloted import until
from searched_album import (
    add,
    album_of,
    bar,
    find,
    matches,
    names,
    said,
    searching,
    tab,
    type_search,
)
from textual import events

from tui_selector.app import session
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.searches import SEARCH
from tui_selector.app.session import Session
from tui_selector.app.widgets.info_panel import InfoPanel
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.search_bar import SearchBar, cleaned, remembered
from tui_selector.app.widgets.search_panel import SearchPanel
from tui_selector.app.widgets.slider import Slider
from tui_selector.app.widgets.tab_bar import TabBar
from tui_selector.engine import protocol, search_messages
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths
from tui_selector.search.scores import FLOOR
from tui_selector.settings import Settings

NAMES = ["bus 1.jpg", "dog 1.jpg", "dog 2.jpg", "sea 1.jpg", "sea 2.jpg", "sea 3.jpg"]


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    return album_of(tmp_path / "Photos", NAMES)


async def test_results_come_as_words_are_typed(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await type_search(app, pilot, "dog")
        await until(pilot, lambda: tab(app) == SEARCH)
        assert matches(app) == ["dog 1.jpg", "dog 2.jpg"]
        assert app.album is not None
        assert [each.name for each in app.album.tabs][:2] == ["All", "Search: dog"]
        assert app.album.tab.count == 2
        await until(pilot, lambda: said(app).startswith("2 photos"))
        bar(app).input.value = "bus"
        await until(pilot, lambda: matches(app) == ["bus 1.jpg"])
        assert app.album.cursor == 0


async def test_letters_typed_in_the_line_never_cull(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await pilot.press("slash", *"dxpu5 6qm", "ctrl+z", "ctrl+r", "delete", "ctrl+a", "p")
        assert bar(app).text == "pdxpu5 6qm"
        assert app.desk is not None
        assert app.desk.titles.undo is None
        with Catalog.open(library) as catalog:
            assert all(photo.flag is Flag.NONE for photo in catalog.photos.get(range(1, 7)))


async def test_other_keys_for_the_actions_neither_cull_nor_fail(library: LibraryPaths) -> None:
    keys = {"reject": "f6", "search": "f5", "search-go": "f7", "search-leave": "f8"}
    async with searching(library, settings=Settings(keys=keys)) as (app, pilot, _):
        await pilot.press("f5", *"name:sea*", "f6")
        assert app.desk is not None
        assert app.desk.titles.undo is None
        await pilot.press("f7")
        await until(pilot, lambda: app.screen.grid.has_focus)
        assert names(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"]
        await pilot.press("f6")
        await until(pilot, lambda: app.desk is not None and app.desk.titles.undo is not None)
        await pilot.press("f5")
        await until(pilot, lambda: bar(app).is_typed_in)
        await pilot.press("f8")
        await until(pilot, lambda: tab(app) == View.ALL)


async def test_the_keys_of_the_line_are_shown_while_it_is_typed_into(
    library: LibraryPaths,
) -> None:
    async with searching(library) as (app, pilot, _):
        keys = app.screen.query_one(KeyBar)
        await pilot.press("slash")
        await until(pilot, lambda: "complete" in keys.render_line(0).text)
        assert "reject" not in keys.render_line(0).text
        assert "quit" not in keys.render_line(0).text
        back = keys.render_line(0).text.index("back")
        await pilot.click(KeyBar, offset=(back, 0))
        await until(pilot, lambda: "reject" in keys.render_line(0).text)
        assert not bar(app).display


async def test_keys_that_arrive_at_once_are_all_typed(library: LibraryPaths) -> None:
    """A paste by the terminal, or a slow line, brings the key and the letters together."""
    async with searching(library) as (app, pilot, _):
        for key, character in (("slash", "/"), *((each, each) for each in "dxp")):
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: app.screen.query(SearchBar) and len(bar(app).text) == 3)
        assert bar(app).text == "dxp"
        assert app.desk is not None
        assert app.desk.titles.undo is None
        assert names(app) == NAMES


@pytest.mark.parametrize(("typed", "rejected"), [("dog", {2, 3}), ("sea", {4, 5, 6})])
async def test_a_key_behind_enter_is_about_what_was_found(
    library: LibraryPaths, typed: str, rejected: set[int]
) -> None:
    async with searching(library) as (app, pilot, _):
        for key in ("slash", *typed, "enter", "x"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.desk is not None and app.desk.titles.undo is not None)
        with Catalog.open(library) as catalog:
            found = {p.id for p in catalog.photos.get(range(1, 7)) if p.flag is Flag.REJECT}
        assert len(found) == 1
        assert found < rejected
        assert bar(app).text == typed


async def test_a_key_behind_escape_is_about_the_tab_that_comes_back(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await type_search(app, pilot, "sea")
        await until(pilot, lambda: tab(app) == SEARCH)
        for key in ("escape", "x"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.desk is not None and app.desk.titles.undo is not None)
        with Catalog.open(library) as catalog:
            assert catalog.photos.get([1])[0].flag is Flag.REJECT


async def test_enter_on_a_fault_stays_in_the_line(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await pilot.press("slash", *"rating:9", "enter", "x")
        assert bar(app).is_typed_in
        assert bar(app).text == "rating:9x"


async def test_escape_brings_the_tab_back_as_it_was(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        assert app.album is not None
        await pilot.press("l", "l", "f")
        before = app.album.query
        await type_search(app, pilot, "sea")
        await until(pilot, lambda: tab(app) == SEARCH)
        await pilot.press("escape")
        await until(pilot, lambda: tab(app) == View.ALL)
        assert app.album.query == before
        assert app.album.cursor == 2
        assert not bar(app).display
        assert app.screen.grid.has_focus
        assert all(each.id != SEARCH for each in app.album.tabs)


async def test_each_search_begins_at_its_best_and_a_visit_elsewhere_keeps_the_place(
    library: LibraryPaths,
) -> None:
    async with searching(library) as (app, pilot, _):
        assert app.album is not None
        await find(app, pilot, "sea")
        await pilot.press("l", "l", "[")
        await until(pilot, lambda: tab(app) == View.ALL)
        await pilot.press("]")
        await until(pilot, lambda: tab(app) == SEARCH)
        assert app.album.cursor == 2
        await pilot.press("slash", "ctrl+u")
        await until(pilot, lambda: tab(app) == View.ALL)
        await find(app, pilot, "sea dog")
        assert app.album.cursor == 0


async def test_enter_goes_to_the_results_and_escape_back(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await find(app, pilot, "sea")
        assert app.screen.grid.has_focus
        await pilot.press("p")
        assert app.album is not None
        await until(pilot, lambda: app.desk is not None and not app.desk.waiting)
        with Catalog.open(library) as catalog:
            (picked,) = [p for p in catalog.photos.get(range(1, 7)) if p.flag is Flag.PICK]
        assert picked.path.startswith("sea")
        await pilot.press("enter")
        assert isinstance(app.screen, LoupeScreen)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: tab(app) == View.ALL)


async def test_no_match_is_said_and_the_nearest_are_told_apart(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await find(app, pilot, "tuba")
        await until(pilot, lambda: said(app).startswith("No match"))
        assert app.album is not None
        assert matches(app) == []
        assert sorted(names(app)) == NAMES
        assert app.album.tab.count == 0
        assert all(app.album.tile(index).badge.startswith("≈") for index in range(6))


async def test_the_nearest_stand_faded_behind_the_matches(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await find(app, pilot, "dog")
        assert app.album is not None
        tiles = [app.album.tile(index) for index in range(6)]
        assert [tile.dimmed for tile in tiles] == [False] * 2 + [True] * 4
        assert [tile.badge.startswith("≈") for tile in tiles] == [False] * 2 + [True] * 4
        await pilot.press("ctrl+a")
        await until(pilot, lambda: app.album is not None and app.album.marks == {2, 3})


async def test_filters_alone_need_no_model(library: LibraryPaths) -> None:
    async with searching(library, model=False) as (app, pilot, engine):
        await find(app, pilot, "name:sea*")
        assert names(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"]
        assert all(not each.text for each in engine.asked)
        assert app.album is not None
        assert app.album.tile(0).badge == ""


async def test_what_filters_find_stands_in_the_order_of_the_tab(library: LibraryPaths) -> None:
    async with searching(library, model=False) as (app, pilot, _):
        with Catalog.open(library) as catalog:
            times = [(400.0 - id_, id_) for id_ in (4, 5, 6)]
            catalog.connection.executemany("UPDATE photos SET taken = ? WHERE id = ?", times)
            catalog.connection.commit()
        await find(app, pilot, "name:sea*")
        await pilot.press("o")
        await until(pilot, lambda: names(app) == ["sea 3.jpg", "sea 2.jpg", "sea 1.jpg"])


async def test_without_an_engine_filters_work_and_words_say_why_not(library: LibraryPaths) -> None:
    async with searching(library, engine=False) as (app, pilot, engine):
        await find(app, pilot, "name:dog*")
        assert names(app) == ["dog 1.jpg", "dog 2.jpg"]
        await type_search(app, pilot, "dog")
        await until(pilot, lambda: "still starting" in said(app))
        assert not engine.asked
        await pilot.press("escape")


async def test_a_search_waits_for_the_engine_and_is_made_when_it_comes(
    library: LibraryPaths,
) -> None:
    async with searching(library, engine=False) as (app, pilot, _):
        await type_search(app, pilot, "dog")
        await until(pilot, lambda: "still starting" in said(app))
        app.run_worker(app.link.run())
        await until(pilot, lambda: tab(app) == SEARCH)
        assert matches(app) == ["dog 1.jpg", "dog 2.jpg"]


async def test_a_newer_search_overtakes_an_older_one(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, engine):
        await type_search(app, pilot, "dog")
        engine.open.clear()
        await until(pilot, lambda: any(each.text == "dog" for each in engine.asked))
        bar(app).input.value = "dog sea"
        await until(pilot, lambda: any(each.text == "dog sea" for each in engine.asked))
        bar(app).input.value = "bus"
        await until(pilot, lambda: any(each.text == "bus" for each in engine.asked))
        engine.open.set()
        await until(pilot, lambda: tab(app) == SEARCH)
        assert app.searches.results[SEARCH].sought.text == "bus"
        await pilot.pause()
        assert matches(app) == ["bus 1.jpg"]


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("dog rating:9", 11, "0 to 5 stars"),
        ('beach "unclosed', 6, "never closed"),
        ("dog rateing:3", 4, "do you mean rating"),
        ("日本 rating:x", 10, "takes a number"),
    ],
)
async def test_a_fault_is_pointed_at(
    library: LibraryPaths, text: str, column: int, sentence: str
) -> None:
    from rich.cells import cell_len

    async with searching(library, size=(140, 24)) as (app, pilot, _):
        await type_search(app, pilot, text)
        await until(pilot, lambda: sentence in said(app))
        line = bar(app).hint.render_line(0).text
        start = bar(app).input.region.x
        assert cell_len(line[: line.index("^")]) == start + cell_len(text[:column])
        assert bar(app).input.fault is not None
        assert bar(app).input.fault[0] == column
        assert tab(app) == View.ALL


async def test_long_sentences_take_more_lines_and_still_point(library: LibraryPaths) -> None:
    async with searching(library, size=(80, 24)) as (app, pilot, _):
        await type_search(app, pilot, "dog colour:red")
        await until(pilot, lambda: "Put words with a colon in quotes." in said(app))
        await until(pilot, lambda: bar(app).hint.size.height > 2)
        rows = [bar(app).hint.render_line(y).text for y in range(bar(app).hint.size.height)]
        assert rows[0].index("^") == bar(app).input.region.x + 4
        assert rows[0].strip() == "^"
        bar(app).input.value = "dog"
        await until(pilot, lambda: bar(app).hint.size.height == 1)


async def test_the_engines_refusal_points_at_its_column(library: LibraryPaths) -> None:
    async with searching(library, size=(140, 24)) as (app, pilot, _):
        await type_search(app, pilot, "sea @nobody")
        await until(pilot, lambda: "No indexed photo is called nobody" in said(app))
        line = bar(app).hint.render_line(0).text
        assert line.index("^") == bar(app).input.region.x + 4


HOSTILE = [
    "a" * 10_000,
    "dog " * 2_500,
    "👩‍👩‍👧 🐕",
    "שלום כלב \u202e tac",
    "\x1b[31mdog\x07\x00",
    "[bold red]dog[/] [link=x]",
    "-dog -sea",
    "💥" * 5_000,
    "#" * 300,
    "@marked",
    "12345",
    "\U0010eeee\udc80",
    "/no/such/file.jpg",
    '"" "" ""',
]


async def test_hostile_queries_get_a_sentence_or_a_result(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        for text in HOSTILE:
            await type_search(app, pilot, "dog")
            await until(pilot, lambda: tab(app) == SEARCH and said(app).startswith("2 photos"))
            bar(app).input.put(text)

            def is_answered() -> bool:
                results = app.searches.results.get(SEARCH)
                found = results is None or results.sought.text == bar(app).text
                return found or bar(app).input.fault is not None

            await until(pilot, is_answered)
            await pilot.pause()
            lines = [
                bar(app).hint.render_line(0),
                bar(app).input.render_line(0),
                app.screen.query_one(TabBar).render_line(0),
            ]
            shown = "".join(line.text for line in lines)
            assert not any(char in shown for char in "\x1b\x07\x00\u202e\U0010eeee\udc80"), text
            assert said(app) or not bar(app).text.strip()
            await pilot.press("escape")
            await until(pilot, lambda: tab(app) == View.ALL)
            await until(pilot, lambda: not bar(app).is_typed_in)


def test_typed_text_is_made_safe_and_keeps_what_words_are_made_of() -> None:
    assert cleaned("a\x1b[2J\tb\u2028c") == "a [2J b c"
    assert cleaned("\u202eabc\u2066") == "abc"
    assert cleaned("👩‍👧 کتاب‌ها é") == "👩‍👧 کتاب‌ها é"


def test_the_history_is_short_and_each_query_stands_in_it_once() -> None:
    assert remembered(("a", "b"), " a ") == ("b", "a")
    assert remembered(("a",), "  ") == ("a",)
    assert remembered(("a",), "x" * 2000) == ("a",)
    full = tuple(map(str, range(100)))
    assert remembered(full, "new") == (*full[1:], "new")


async def test_history_goes_back_and_forth_and_outlives_the_session(
    library: LibraryPaths,
) -> None:
    async with searching(library) as (app, pilot, _):
        for text in ("dog", "sea", "dog"):
            await find(app, pilot, text)
        await pilot.press("slash", "ctrl+u", *"ca", "up")
        assert bar(app).text == "dog"
        await pilot.press("up")
        assert bar(app).text == "sea"
        await pilot.press("up", "down", "down")
        assert bar(app).text == "ca"
        await pilot.press("escape", "q")
    assert session.load(library.session).queries == ("sea", "dog")
    async with searching(library) as (app, pilot, _):
        await pilot.press("slash", "up")
        assert bar(app).text == "dog"


async def test_completions_are_taken_one_after_the_other(library: LibraryPaths) -> None:
    async with searching(library, size=(120, 24)) as (app, pilot, _):
        await pilot.press("slash", *"or", "tab")
        await until(pilot, lambda: bar(app).text == "orientation:")
        assert "shape of the picture" in said(app)
        await pilot.press("tab")
        await until(pilot, lambda: bar(app).text == "orientation:")
        await pilot.press(*"p")
        await pilot.press("tab")
        await until(pilot, lambda: bar(app).text == "orientation:portrait")
        await pilot.press("ctrl+u", *"in:", "tab")
        await until(pilot, lambda: bar(app).text == "in:All")
        await pilot.press("tab")
        await until(pilot, lambda: bar(app).text == "in:Singles")
        await pilot.press("shift+tab")
        await until(pilot, lambda: bar(app).text == "in:All")


async def test_more_is_fetched_as_the_owner_scrolls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = album_of(tmp_path / "Many", [f"dog {number:03}.jpg" for number in range(450)])
    async with searching(many) as (app, pilot, engine):
        assert app.album is not None
        await find(app, pilot, "dog")
        assert (len(app.album), app.album.tab.count) == (200, 450)
        for wanted in (400, 450):
            app.screen.grid.scroll_end(animate=False)
            await until(pilot, lambda wanted=wanted: app.album and len(app.album) == wanted)
        assert len(set(app.album.ids)) == 450
        assert [each.offset for each in engine.asked if each.text] == [0, 200, 400]


async def test_marking_all_marks_every_match(tmp_path: Path) -> None:
    many = album_of(tmp_path / "Many", [f"dog {number:03}.jpg" for number in range(250)])
    async with searching(many) as (app, pilot, _):
        await find(app, pilot, "dog")
        await pilot.press("ctrl+a")
        await until(pilot, lambda: app.album is not None and len(app.album.marks) == 250)


async def test_hits_are_gone_through_in_any_tab(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        assert app.album is not None
        await pilot.press("n")
        assert any("Nothing was searched for" in note.message for note in app._notifications)
        await find(app, pilot, "sea")
        await pilot.press("n", "n")
        assert app.album.cursor == 2
        await pilot.press("n")
        assert app.album.cursor == 2
        await pilot.press("[")
        await until(pilot, lambda: tab(app) == View.ALL)
        await pilot.press("n")
        assert app.album.current_id == 4
        await pilot.press("n", "N")
        assert app.album.current_id == 4
        assert app.screen.grid.cursor == 3


async def test_similar_to_this_one_and_to_the_marked_ones_but_the_rejected(
    library: LibraryPaths,
) -> None:
    async with searching(library) as (app, pilot, engine):
        assert app.album is not None
        await pilot.press("l", "s")
        await until(pilot, lambda: tab(app) == SEARCH)
        assert matches(app) == ["dog 1.jpg", "dog 2.jpg"]
        assert app.album.tab.name == "Search: like dog 1.jpg"
        await pilot.press("escape")
        await until(pilot, lambda: tab(app) == View.ALL)
        await pilot.press("G", "x", "space", "l", "h", "h", "space")
        app.album.mark_photos([6, 4])
        app.album.unmark([5])
        await pilot.press("s")
        await until(pilot, lambda: tab(app) == SEARCH)
        asked = [each for each in engine.asked if isinstance(each, search_messages.Similar)][-1]
        assert (asked.photos, asked.unlike) == ([4], [6])


async def test_similar_from_the_loupe_returns_to_the_grid(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await pilot.press("enter")
        assert isinstance(app.screen, LoupeScreen)
        await pilot.press("s")
        await until(pilot, lambda: tab(app) == SEARCH)
        assert isinstance(app.screen, CullScreen)
        assert matches(app) == ["bus 1.jpg"]


async def test_photos_chosen_elsewhere_get_a_tab_that_escape_leaves(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, engine):
        before = names(app)
        await pilot.press("enter")
        app.show_photos([2, 1], "red,\x1b bus")
        await until(pilot, lambda: tab(app) == SEARCH)
        assert names(app) == sorted(before[:2])
        assert app.album is not None
        assert app.album.tab.name == "red,\\x1b bus"
        assert said(app) == "2 photos"
        assert not engine.asked
        await pilot.press("K")
        assert any("is no search" in note.message for note in app._notifications)
        await pilot.press("escape")
        await until(pilot, lambda: tab(app) != SEARCH)
        assert names(app) == before


async def test_words_may_be_added_to_a_search_by_photos(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, engine):
        await pilot.press("s")
        await until(pilot, lambda: tab(app) == SEARCH)
        await type_search(app, pilot, "name:dog*")
        await until(pilot, lambda: app.searches.results[SEARCH].sought.text == "name:dog*")
        asked = engine.asked[-1]
        assert isinstance(asked, search_messages.Similar)
        assert (asked.photos, asked.text) == ([1], "name:dog*")
        await pilot.press("enter", "[")
        await until(pilot, lambda: tab(app) == View.ALL)
        await type_search(app, pilot, "sea")
        await until(pilot, lambda: matches(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"])
        assert isinstance(engine.asked[-1], search_messages.Search)


async def test_the_threshold_is_moved_on_the_scores(library: LibraryPaths) -> None:
    async with searching(library, size=(120, 40)) as (app, pilot, engine):
        await find(app, pilot, "dog")
        await pilot.press("w")
        await until(pilot, lambda: app.screen.query(SearchPanel))
        panel = app.screen.query_one(SearchPanel)
        await until(pilot, lambda: panel.query_one("#floor", Slider).has_focus)
        assert sum(app.searches.results[SEARCH].histogram) == 6
        await pilot.press("home")
        await until(pilot, lambda: len(matches(app)) == 6)
        assert engine.asked[-1].floor == 0.0
        await pilot.click("#chart", offset=(20, 2))
        await until(pilot, lambda: engine.asked[-1].floor > 0)
        await pilot.press("r")
        await until(pilot, lambda: matches(app) == ["dog 1.jpg", "dog 2.jpg"])
        assert engine.asked[-1].floor == FLOOR
        name = panel.query_one("#name", Slider)
        name.focus()
        await pilot.press("home")
        await until(pilot, lambda: engine.asked[-1].weights.name == 0.0)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not app.screen.query(SearchPanel))
        assert tab(app) == SEARCH


async def test_the_panel_opens_from_the_line_and_goes_with_the_search(
    library: LibraryPaths,
) -> None:
    async with searching(library, size=(120, 40)) as (app, pilot, _):
        await type_search(app, pilot, "dog")
        await until(pilot, lambda: tab(app) == SEARCH)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: app.screen.query(SearchPanel))
        await pilot.press("escape", "[")
        await until(pilot, lambda: not app.screen.query(SearchPanel))


async def test_the_info_panel_says_what_the_score_is_made_of(library: LibraryPaths) -> None:
    async with searching(library, size=(120, 40)) as (app, pilot, _):
        await find(app, pilot, "dog")
        await pilot.press("i")
        await until(pilot, lambda: app.screen.query(InfoPanel))
        reasons = app.screen.query_one(InfoPanel).query_one("#reasons")
        await until(pilot, lambda: reasons.display and reasons.size.height > 2)
        text = "\n".join(line.text for line in reasons.render_lines(reasons.size.region))
        assert "score" in text
        assert "meaning" in text
        assert "name" in text
        await pilot.press("[")
        await until(pilot, lambda: not reasons.display)


async def test_results_follow_the_catalog(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, engine):
        await find(app, pilot, "dog")
        await pilot.press("l")
        with Catalog.open(library) as catalog:
            add(catalog, ["dog 0.jpg"])
        engine.say(protocol.CatalogChanged(many=True))
        await until(pilot, lambda: len(matches(app)) == 3)
        assert app.album is not None
        assert app.album.current is not None
        assert app.album.current.name == "dog 2.jpg"
        await pilot.press("d")
        await until(pilot, lambda: len(matches(app)) == 2)


async def test_a_session_ends_in_all_photos_where_it_was_in_a_search(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await find(app, pilot, "sea")
        photo = app.album.current_id if app.album else None
        await pilot.press("q")
    kept: Session = session.load(library.session)
    assert (kept.tab, kept.photo, kept.top) == (View.ALL, photo, None)


async def test_no_search_reads_as_a_sentence(library: LibraryPaths, open_app: Any) -> None:
    async with open_app(library) as (app, pilot):
        await pilot.press("w", "K")
        await pilot.pause()
        said_ = " ".join(note.message for note in app._notifications)
        assert "This tab is no search" in said_
        assert "There is no search to keep" in said_
