"""The timeline over the photos: bars and events, and choosing some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from piloted import until
from textual.geometry import Offset

from tui_selector.app.app import SelectorApp
from tui_selector.app.narrowing import Span
from tui_selector.app.snapshot import Query
from tui_selector.app.times import Times, fitting, read_times, scale
from tui_selector.app.widgets.timeline_strip import TimelineStrip
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths

DAY, HOUR = 86_400.0, 3600.0
#: 12 July 2025, 10:00.
NOON = 1_752_314_400.0


@pytest.fixture
def travelled(small_library: LibraryPaths) -> LibraryPaths:
    """1 to 5 were taken within two hours, 6 to 9 the day after, 10 and 11 in another year."""
    moments = {
        **{n: NOON + 25 * 60 * n for n in range(1, 6)},
        **{n: NOON + DAY + 60 * n for n in range(6, 10)},
        10: NOON + 400 * DAY,
        11: NOON + 400 * DAY + 5,
    }
    with Catalog.open(small_library) as catalog, catalog.transaction():
        for photo, moment in moments.items():
            catalog.connection.execute("UPDATE photos SET taken = ? WHERE id = ?", (moment, photo))
    return small_library


def times(paths: LibraryPaths, query: Query | None = None) -> Times:
    with Catalog.open(paths) as catalog:
        return read_times(catalog, query or Query())


def test_times_are_those_of_the_tab_whatever_is_chosen_of_them(travelled: LibraryPaths) -> None:
    found = times(travelled)
    assert list(found.photos) == list(range(1, 12))
    assert [len(event) for event in found.events] == [5, 4, 2]
    assert found.undated == 1
    assert len(times(travelled, Query(tab=2, span=Span(0, 1))).photos) == 4


def test_bars_are_as_fine_as_there_is_room(travelled: LibraryPaths) -> None:
    found = times(travelled)
    assert fitting(found, 80).unit == "hour"
    assert fitting(found, 5).unit == "day"
    assert fitting(found, 4).unit == "month"
    days = scale(found, "day")
    assert [column.bar for column in days.columns] == [0, -1, 1, -1, 2]
    assert [column.label for column in days.columns if column.label] == [
        "12 Jul 2025",
        "13 Jul 2025",
        "16 Aug 2026",
    ]
    assert [days.bar_at(place) for place in range(11)] == [0] * 5 + [1] * 4 + [2] * 2
    years = scale(found, "year")
    assert [len(bar) for bar in years.bars] == [9, 2]
    assert [column.bar for column in years.columns] == [0, 1]


def shown(app: SelectorApp) -> list[int]:
    return list(app.album.ids) if app.album is not None else []


async def opened(app: SelectorApp, pilot: Any) -> TimelineStrip:
    await pilot.press("H")
    strip = app.screen.query_one(TimelineStrip)
    await until(pilot, lambda: "event" in strip.render_line(0).text)
    return strip


async def test_keys_go_from_event_to_event_and_show_one(
    open_app: Any, travelled: LibraryPaths
) -> None:
    async with open_app(travelled, size=(100, 30)) as (app, pilot):
        strip = await opened(app, pilot)
        assert strip.has_focus
        assert "5 photos" in strip.render_line(0).text
        assert "1 undated" in strip.render_line(0).text
        assert "12 Jul 2025" in strip.render_line(3).text
        await pilot.press("]")
        assert app.album is not None
        assert app.album.current_id == 6  # the photos' cursor goes with it
        await pilot.press("enter")
        await until(pilot, lambda: shown(app) == [6, 7, 8, 9])
        assert "13 Jul 2025" in app.screen.query_one("#status").text
        await pilot.press("escape", "j", "p")
        assert app.screen.grid.has_focus
        await pilot.press("H", "backspace")
        await until(pilot, lambda: len(shown(app)) == 12)
        await pilot.press("v", "[", "v")
        await until(pilot, lambda: len(shown(app)) < 12)
        assert set(shown(app)) <= set(range(1, 10))
        await pilot.press("H", "R")
        await until(pilot, lambda: len(shown(app)) == 12)
        assert not strip.display


async def test_a_drag_chooses_a_span_and_a_click_an_event(
    open_app: Any, travelled: LibraryPaths
) -> None:
    async with open_app(travelled, size=(100, 30)) as (app, pilot):
        strip = await opened(app, pilot)
        await pilot.press("-")
        at: Callable[[int], Offset] = lambda bar: Offset(strip._column_of(bar) * strip._wide, 1)  # noqa: E731
        await pilot.mouse_down(TimelineStrip, offset=at(0))
        await pilot.hover(TimelineStrip, offset=at(1))
        await pilot.mouse_up(TimelineStrip, offset=at(1))
        await until(pilot, lambda: shown(app) == list(range(1, 10)))
        await until(pilot, lambda: strip._span is not None)
        await pilot.click(TimelineStrip, offset=at(2))
        await until(pilot, lambda: shown(app) == [10, 11])
        await until(pilot, lambda: app.album.query.span == strip._span)
        await pilot.click(TimelineStrip, offset=at(2))
        await until(pilot, lambda: len(shown(app)) == 12)


async def test_photos_without_dates_are_said(open_app: Any, small_library: LibraryPaths) -> None:
    with Catalog.open(small_library) as catalog, catalog.transaction():
        catalog.connection.execute("UPDATE photos SET taken = NULL")
    async with open_app(small_library, size=(100, 30)) as (app, pilot):
        await pilot.press("H")
        strip = app.screen.query_one(TimelineStrip)
        await until(pilot, lambda: "12 undated" in strip.render_line(0).text)
        await pilot.press("l", "]", "v", "enter", "+", "escape")
        assert app.screen.grid.has_focus
