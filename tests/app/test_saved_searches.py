"""Searches that are kept as tabs: over sessions, up to date, renamed and removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloted import until
from searched_album import add, album_of, bar, find, matches, names, said, searching, tab
from textual.pilot import Pilot
from textual.widgets import Input

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.dialogs import TextDialog
from tui_selector.app.searches import SEARCH, as_query, search_tab
from tui_selector.engine import protocol
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.paths import LibraryPaths
from tui_selector.search.language import parse

NAMES = ["bus 1.jpg", "dog 1.jpg", "dog 2.jpg", "sea 1.jpg", "sea 2.jpg", "sea 3.jpg"]


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    return album_of(tmp_path / "Photos", NAMES)


def keep(library: LibraryPaths, *searches: tuple[str, str]) -> None:
    with Catalog.open(library) as catalog, catalog.transaction():
        for name, query in searches:
            catalog.searches.save(name, query)


def kept(library: LibraryPaths) -> list[tuple[str, str]]:
    with Catalog.open(library) as catalog:
        return [(search.name, search.query) for search in catalog.searches.all()]


def tabs(app: SelectorApp) -> list[tuple[str, int]]:
    """Name and count of the tabs that are searches."""
    assert app.album is not None
    return [(each.name, each.count) for each in app.album.tabs if each.id <= SEARCH]


async def answer(app: SelectorApp, pilot: Pilot[None], key: str, text: str) -> None:
    """Press a key that asks for a name, and give one."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, TextDialog))
    await until(pilot, lambda: app.screen.query(Input) and app.screen.query_one(Input).has_focus)
    app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(app.screen, TextDialog))


async def test_a_search_is_kept_as_a_tab_over_sessions(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await find(app, pilot, "dog")
        await answer(app, pilot, "K", "Dogs [b]x[/b]")
        await until(pilot, lambda: tab(app) == search_tab("Dogs [b]x[/b]"))
        assert kept(library) == [("Dogs [b]x[/b]", "dog")]
        assert matches(app) == ["dog 1.jpg", "dog 2.jpg"]
        assert tabs(app) == [("Dogs [b]x[/b]", 2)]
        await pilot.press("l", "q")
    async with searching(library) as (app, pilot, _):
        assert tab(app) == search_tab("Dogs [b]x[/b]")
        await until(pilot, lambda: matches(app) == ["dog 1.jpg", "dog 2.jpg"])
        assert app.album is not None
        assert app.album.current_id in {2, 3}
        assert app.album.cursor == 1
        await until(pilot, lambda: bar(app).text == "dog")


async def test_saved_searches_are_counted_and_opened(library: LibraryPaths) -> None:
    keep(library, ("Sea", "sea"), ("Buses", "name:bus*"))
    async with searching(library) as (app, pilot, engine):
        await until(pilot, lambda: tabs(app) == [("Sea", 3), ("Buses", 1)])
        assert {each.limit for each in engine.asked} == {0}
        await pilot.press("]", "]")
        await until(pilot, lambda: names(app) == ["bus 1.jpg"])
        await pilot.press("[")
        await until(pilot, lambda: matches(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"])
        await until(pilot, lambda: said(app).startswith("3 photos"))


async def test_a_saved_search_follows_the_catalog(library: LibraryPaths) -> None:
    keep(library, ("Sea", "sea"), ("Dogs", "dog"))
    async with searching(library) as (app, pilot, engine):
        await pilot.press("]")
        await until(pilot, lambda: tabs(app) == [("Sea", 3), ("Dogs", 2)] and matches(app))
        with Catalog.open(library) as catalog:
            add(catalog, ["dog 3.jpg", "sea 4.jpg"])
        engine.say(protocol.CatalogChanged(many=True))
        await until(pilot, lambda: tabs(app) == [("Sea", 4), ("Dogs", 3)])
        assert len(matches(app)) == 4


async def test_another_search_from_a_saved_one_leaves_it_as_it_is(library: LibraryPaths) -> None:
    keep(library, ("Sea", "sea"))
    async with searching(library) as (app, pilot, _):
        await pilot.press("]")
        await until(pilot, lambda: bool(matches(app)))
        await find(app, pilot, "dog")
        assert matches(app) == ["dog 1.jpg", "dog 2.jpg"]
        assert [name for name, _ in tabs(app)] == ["Search: dog", "Sea"]
        await pilot.press("escape")
        await until(pilot, lambda: tab(app) == search_tab("Sea"))
        assert bar(app).text == "sea"
        assert kept(library) == [("Sea", "sea")]


async def test_renaming_and_removing(library: LibraryPaths) -> None:
    keep(library, ("Sea", "sea"), ("Dogs", "dog"))
    async with searching(library) as (app, pilot, _):
        await pilot.press("]")
        await until(pilot, lambda: bool(matches(app)))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        field = app.screen.query_one(Input)
        await until(pilot, lambda: field.has_focus)
        field.value = "DOGS"
        await pilot.press("enter")
        assert isinstance(app.screen, TextDialog)
        await pilot.press("escape")
        await answer(app, pilot, "r", "Water")
        await until(pilot, lambda: tab(app) == search_tab("Water"))
        assert kept(library) == [("Water", "sea"), ("Dogs", "dog")]
        assert matches(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"]
        await app.screen.run_action("forget_search")
        await until(pilot, lambda: tab(app) == View.ALL)
        assert kept(library) == [("Dogs", "dog")]
        assert [name for name, _ in tabs(app)] == ["Dogs"]
        await pilot.press("slash", "up")
        assert bar(app).text == "sea"


async def test_similar_photos_are_kept_as_a_query(library: LibraryPaths) -> None:
    async with searching(library) as (app, pilot, _):
        await pilot.press("l", "s")
        await until(pilot, lambda: tab(app) == SEARCH)
        await answer(app, pilot, "K", "Like the dog")
        await until(pilot, lambda: tab(app) == search_tab("Like the dog"))
        assert kept(library) == [("Like the dog", '@"dog 1.jpg"')]
        await until(pilot, lambda: matches(app) == ["dog 1.jpg", "dog 2.jpg"])
        app.find_similar([4], region=(0.0, 0.0, 0.5, 0.5))
        await pilot.pause()
        assert not isinstance(app.screen, TextDialog)


async def test_a_saved_search_is_about_what_is_marked_when_it_is_opened(
    library: LibraryPaths,
) -> None:
    keep(library, ("Like marked", "@marked"))
    async with searching(library) as (app, pilot, _):
        await pilot.press("G", "space", "]")
        await until(pilot, lambda: matches(app) == ["sea 1.jpg", "sea 2.jpg", "sea 3.jpg"])


def test_photos_become_a_query_that_is_read_again() -> None:
    query = as_query(["a b.jpg", 'x"y.jpg'], ["no.jpg"], "red bus")
    terms = parse(query).terms
    assert [(term.kind, term.text, term.weight) for term in terms] == [
        ("photo", "a b.jpg", 1.0),
        ("photo", 'x"y.jpg', 1.0),
        ("photo", "no.jpg", -1.0),
        ("words", "red bus", 1.0),
    ]


def test_the_tab_of_a_name_is_the_same_in_upper_and_lower_case() -> None:
    assert search_tab("Dogs") == search_tab("dogs") < SEARCH
    assert search_tab("\udcff") < SEARCH
