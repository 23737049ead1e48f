"""Choosing photos by their tags, and editing the tags of photos, on a small library."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from piloted import until
from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.tag_dialog import TagDialog
from tui_selector.app.tag_filter import TagFilter
from tui_selector.app.widgets.choice import Choice
from tui_selector.app.widgets.slider import Slider
from tui_selector.app.widgets.tag_list import TagList, TagRow
from tui_selector.app.widgets.tag_panel import TagPanel
from tui_selector.app.widgets.tile_grid import TileGrid
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Tag
from tui_selector.paths import LibraryPaths

#: Numbers of the photos that have each tag, and how sure the model is.
TAGGED = {"dog": ((1, 0.9), (2, 0.4), (6, 0.8)), "red": ((1, 0.5), (3, 0.5)), "dark": ((2, 0.7),)}


@pytest.fixture
def tagged_library(small_library: LibraryPaths) -> LibraryPaths:
    with Catalog.open(small_library) as catalog, catalog.transaction():
        of: dict[int, list[Tag]] = {}
        for name, photos in TAGGED.items():
            for number, score in photos:
                of.setdefault(number, []).append(Tag(name, score, "model"))
        for number, tags in of.items():
            catalog.tags.set_program(number, tags)
    return small_library


def shown(app: SelectorApp) -> list[str]:
    album = app.album
    assert album is not None
    return [photo.name[:2] for index in range(len(album)) if (photo := album.photo(index))]


def rows(app: App[Any]) -> dict[str, tuple[str, str]]:
    return {row.name: (row.sign, row.note) for row in app.screen.query_one(TagList).rows}


async def open_panel(app: SelectorApp, pilot: Pilot[None]) -> TagPanel:
    await pilot.press("#")
    await until(pilot, lambda: bool(app.screen.query_one(TagList).rows))
    return app.screen.query_one(TagPanel)


async def test_the_panel_counts_the_tags_of_the_tab(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        assert list(rows(app)) == ["dog", "red", "dark"]
        assert rows(app)["dog"] == ("", "3")
        await pilot.press("escape", "]")
        await until(pilot, lambda: rows(app)["dog"] == ("", "2"))
        assert "forest" not in app.screen.query_one("#title").render().plain
        await pilot.press("]")
        await until(pilot, lambda: list(rows(app)) == ["dog"])


async def test_keys_typed_right_after_it_is_opened_decide_about_no_photo(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await pilot.press("#", "d", "p", "x", "1")
        assert app.screen.query_one("#narrow", Input).value == "dpx1"
        assert app.desk is not None
        assert app.desk.titles.undo is None
        assert len(shown(app)) == 12


async def test_tags_are_included_excluded_and_left_alone(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        panel = await open_panel(app, pilot)
        await pilot.press("d", "o", "enter")
        await until(pilot, lambda: shown(app) == ["01", "02", "06"])
        assert rows(app)["dog"][0] == "with"
        await until(
            pilot, lambda: "3 of 12 photos" in app.screen.query_one("#title").render().plain
        )
        assert "#dog" in app.screen.query_one("#status").render_line(0).text
        await pilot.press("enter")
        await until(pilot, lambda: len(shown(app)) == 9)
        assert "01" not in shown(app)
        assert rows(app)["dog"][0] == "without"
        await pilot.press("enter")
        await until(pilot, lambda: len(shown(app)) == 12)
        assert not panel.chosen.is_on


async def test_the_cursor_stays_in_sight_when_photos_go(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(70, 20)) as (app, pilot):
        await pilot.press("G")
        await open_panel(app, pilot)
        await pilot.press("down", "space")
        await until(pilot, lambda: shown(app) == ["01", "02", "06"])
        await pilot.pause()
        grid = app.screen.query_one(TileGrid)
        assert grid.cursor in grid.visible_range()


async def test_several_tags_are_all_or_any_of_them(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "space", "down", "space")
        await until(pilot, lambda: shown(app) == ["01"])
        app.screen.query_one("#match", Choice).focus()
        await pilot.press("right")
        await until(pilot, lambda: shown(app) == ["01", "02", "03", "06"])
        assert "#dog|#red" in app.screen.query_one("#status").render_line(0).text
        await pilot.press("ctrl+u")
        await until(pilot, lambda: len(shown(app)) == 12)


async def test_a_threshold_holds_back_unsure_tags_and_is_kept(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "space", *["+"] * 10)
        assert app.screen.query_one("#least", Slider).value == 0.5
        await until(pilot, lambda: shown(app) == ["01", "06"])
        await until(pilot, lambda: rows(app)["dog"] == ("with", "≥0.50 2"))
        await pilot.press("-", "-")
        await until(pilot, lambda: shown(app) == ["01", "02", "06"])
    with Catalog.open(tagged_library) as catalog:
        assert catalog.tags.thresholds() == {"dog": 0.4}


async def test_a_moved_slider_is_not_lost_when_another_tag_is_chosen_at_once(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "+", "down", "+", "+")

        def thresholds() -> dict[str, float]:
            with Catalog.open(tagged_library) as catalog:
                return catalog.tags.thresholds()

        await until(pilot, lambda: thresholds() == {"dog": 0.05, "red": 0.1})


async def test_the_mouse_changes_a_tag(open_app: Any, tagged_library: LibraryPaths) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.click(TagList, offset=(5, 1))
        await until(pilot, lambda: shown(app) == ["01", "03"])
        await pilot.click(TagList, offset=(5, 0))
        await until(pilot, lambda: len(shown(app)) == 10)
        await pilot.click(TagList, offset=(5, 9))
        assert app.album is not None
        assert app.album.query.tags == TagFilter(exclude=("red",))


async def test_where_nothing_passes_that_is_said(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "space", "down", "space", "down", "space")
        await until(pilot, lambda: shown(app) == [])
        await pilot.pause()
        assert "No photo here is #dog #red #dark" in _screen_text(app)
        await pilot.press("escape", "f")
        await until(pilot, lambda: app.album is not None and app.album.query.undecided)


async def test_going_to_a_photo_that_is_held_back_drops_the_choice(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "space")
        await until(pilot, lambda: len(shown(app)) == 3)
        await app.open_photo(9)
        await until(pilot, lambda: len(shown(app)) == 12)
        assert app.album is not None
        assert app.album.current_id == 9
        await until(pilot, lambda: not app.screen.query_one(TagPanel).chosen.is_on)


def _screen_text(app: App[Any]) -> str:
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


# -- editing -------------------------------------------------------------------------------------


async def open_dialog(app: SelectorApp, pilot: Pilot[None]) -> TagDialog:
    await pilot.press("e")
    await until(pilot, lambda: isinstance(app.screen, TagDialog))
    await until(pilot, lambda: app.screen.query_one(TagList).empty != "reading …")
    dialog = app.screen
    assert isinstance(dialog, TagDialog)
    return dialog


def names(paths: LibraryPaths, photo: int) -> list[str]:
    with Catalog.open(paths) as catalog:
        return sorted(tag.name for tag in catalog.tags.of([photo])[photo])


async def test_tags_are_typed_and_switched_off_in_one_decision(
    open_app: Any, settle: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library) as (app, pilot):
        await open_dialog(app, pilot)
        assert rows(app) == {"dog": ("with", ""), "red": ("with", "")}
        await pilot.press(*"Beach, my dog", "enter", "down", "space")
        assert rows(app)["beach"] == ("with", "is given")
        assert rows(app)["dog"] == ("without", "is taken away")
        await pilot.press("enter")
        await settle(app, pilot)
        assert names(tagged_library, 1) == ["beach", "my dog", "red"]
        await pilot.press("u")
        await settle(app, pilot)
        assert names(tagged_library, 1) == ["dog", "red"]
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        assert names(tagged_library, 1) == ["beach", "my dog", "red"]


async def test_marked_photos_get_what_some_of_them_have(
    open_app: Any, settle: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library) as (app, pilot):
        await pilot.press("space", "space")
        await open_dialog(app, pilot)
        assert rows(app)["dog"] == ("with", "2 of 2")
        assert rows(app)["red"] == ("some", "1 of 2")
        await pilot.press("down", "down", "down", "space")
        red = app.screen.query_one(TagList).current
        assert red == "red"
        await pilot.press("enter")
        await settle(app, pilot)
        assert names(tagged_library, 2) == ["dark", "dog", "red"]
        assert app.album is not None
        assert app.album.marks == set()


async def test_keys_typed_right_after_it_is_asked_for_go_to_the_dialog(
    open_app: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library) as (app, pilot):
        await pilot.press("e", "d", "x")
        await until(pilot, lambda: isinstance(app.screen, TagDialog))
        assert app.screen.query_one(Input).value == "dx"
        await pilot.press("escape")
        assert app.desk is not None
        assert app.desk.titles.undo is None
        assert names(tagged_library, 1) == ["dog", "red"]


@pytest.mark.parametrize("typed", ["x" * 1000, "\x07\x00", "#"])
async def test_what_is_no_tag_is_refused_in_the_dialog(
    open_app: Any, tagged_library: LibraryPaths, typed: str
) -> None:
    async with open_app(tagged_library) as (app, pilot):
        await open_dialog(app, pilot)
        app.screen.query_one(Input).value = typed
        await pilot.press("enter")
        await pilot.pause()
        assert "ag " in app.screen.query_one("#hint").render().plain
        assert isinstance(app.screen, TagDialog)
        assert "x" * 1000 not in rows(app)


async def test_a_tag_that_is_edited_away_leaves_the_choice_at_once(
    open_app: Any, settle: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library, size=(120, 30)) as (app, pilot):
        await open_panel(app, pilot)
        await pilot.press("down", "space", "escape")
        await until(pilot, lambda: shown(app) == ["01", "02", "06"])
        await open_dialog(app, pilot)
        await pilot.press("down", "space", "enter")
        await until(pilot, lambda: shown(app) == ["02", "06"])
        await pilot.press("u")
        await until(pilot, lambda: shown(app) == ["01", "02", "06"])


# -- parts ---------------------------------------------------------------------------------------

HOSTILE = ("[bold]markup[/bold]", "\x1b[31mred\x07", "x" * 1000, "漢字" * 40, "‮flipped", "e\u0301")


class Listing(App[None]):
    def compose(self) -> ComposeResult:
        yield TagList(empty="nothing")


async def test_hostile_names_stay_in_their_row() -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        tags = app.query_one(TagList)
        tags.show([TagRow(name, "with", "1,234") for name in HOSTILE])
        await pilot.pause()
        for y in range(len(HOSTILE)):
            line = tags.render_line(y)
            assert line.cell_length == tags.size.width
            assert "\x1b" not in line.text
            assert "\x07" not in line.text
            assert line.text.rstrip().endswith("1,234")
        assert "[bold]markup" in tags.render_line(0).text
        tags.show([])
        assert "nothing" in tags.render_line(0).text
        await pilot.press("tab", "space", "down", "end", "pageup")
        assert tags.current is None


async def test_thousands_of_rows_are_walked_by_keys() -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        tags = app.query_one(TagList)
        tags.show([TagRow(f"tag {number}") for number in range(5000)])
        tags.focus()
        await pilot.press("end")
        assert tags.current == "tag 4999"
        assert "tag 4999" in tags.render_line(tags.size.height - 1).text
        await pilot.press("pageup", "home")
        assert tags.current == "tag 0"
        tags.show([TagRow(f"tag {number}") for number in range(7, 5000)])
        assert tags.current == "tag 7"


tags = st.sampled_from(["a", "b", "c", "[x]"])


@given(st.lists(tags, max_size=12), st.booleans())
def test_each_tag_is_in_one_list_and_three_steps_lead_back(steps: list[str], any_: bool) -> None:
    chosen = TagFilter(any=any_)
    for name in steps:
        before = chosen
        chosen = chosen.cycled(name)
        assert chosen.choice_of(name) != before.choice_of(name)
        assert not set(chosen.include) & set(chosen.exclude)
        again = chosen.cycled(name).cycled(name)
        assert set(again.include) == set(before.include)
        assert set(again.exclude) == set(before.exclude)
    assert chosen.is_on == any(chosen.choice_of(name) for name in "abc") or "[x]" in steps


def test_a_choice_is_put_into_few_words() -> None:
    assert TagFilter().words() == ""
    assert TagFilter(("a", "b"), ("c",)).words() == "#a #b -#c"
    assert TagFilter(("a", "b"), ("c",), any=True).words() == "#a|#b -#c"
    assert TagFilter(tuple("abcde")).words() == "#a #b #c and 2 more"
    assert "\x1b" not in TagFilter(("\x1b[31m" + "x" * 1000,)).words()
    assert len(TagFilter(("x" * 1000,)).words()) < 30
    assert Text.from_ansi(TagFilter(("[b]x",)).words()).plain == "#[b]x"


def test_counting_is_broken_off_when_the_screen_goes(tagged_library: LibraryPaths) -> None:
    from tui_selector.app.tag_counts import TagCounter

    async def count() -> None:
        counter = TagCounter(tagged_library)
        found = await counter.count(View.ALL)
        assert found is not None
        assert found.counts[0].name == "dog"
        listed = await counter.count(-99, listed=[1, 2])
        assert listed is not None
        assert next((each.name, each.photos) for each in listed.counts) == ("dog", 2)
        counter.close()
        counter.close()

    asyncio.run(count())


async def test_the_loupe_edits_tags_too(
    open_app: Any, settle: Any, tagged_library: LibraryPaths
) -> None:
    async with open_app(tagged_library) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await open_dialog(app, pilot)
        await pilot.press(*"sea", "enter", "enter")
        await settle(app, pilot)
        assert names(tagged_library, 1) == ["dog", "red", "sea"]
        assert app.album is not None
        assert app.album.current_id == 1
