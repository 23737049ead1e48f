"""The list of kinds: ticks say what is shown, in every view, and change no photo."""

from __future__ import annotations

from typing import Any

import pytest
from piloted import until

from tui_selector.app.app import SelectorApp
from tui_selector.app.widgets.legend_panel import KindList
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Tag
from tui_selector.paths import LibraryPaths

ALL = list(range(1, 13))


@pytest.fixture
def labelled(small_library: LibraryPaths) -> LibraryPaths:
    """1 and 6 are red; 1, 2 and 7 show a dog."""
    with Catalog.open(small_library) as catalog, catalog.transaction():
        for photo in (1, 6):
            catalog.photos.set_label(photo, "red")
        for photo in (1, 2, 7):
            catalog.tags.set_program(photo, [Tag("dog", 0.5, "model")])
    return small_library


def shown(app: SelectorApp) -> list[int]:
    return list(app.album.ids) if app.album is not None else []


def rows(app: SelectorApp) -> list[tuple[str, bool, str]]:
    return [(row.name, bool(row.sign), row.note) for row in app.screen.query_one(KindList).rows]


async def test_kinds_are_ticked_alone_all_none_and_among_marked_photos(
    open_app: Any, labelled: LibraryPaths
) -> None:
    async with open_app(labelled, size=(150, 30)) as (app, pilot):
        # The tags, which stand at the side already, make way.
        await pilot.press("y", "l", "space", "G", "k", "space", "g", "#")
        await until(pilot, lambda: app.screen.query("TagPanel"))
        await pilot.press("escape", "Y")
        await until(
            pilot,
            lambda: (
                rows(app)
                == [
                    ("beach", True, "1 of 5 marked"),
                    ("forest", True, "4"),
                    ("Singles", True, "1 of 2 marked"),
                    ("in no tab yet", True, "1"),
                ]
            ),
        )
        await pilot.press("space")
        await until(pilot, lambda: shown(app) == ALL[5:])
        assert "only 3 tabs" in app.screen.query_one("#status").text
        await pilot.press("down", "o")
        await until(pilot, lambda: shown(app) == [6, 7, 8, 9])
        await pilot.press("0")
        await until(pilot, lambda: shown(app) == [])
        assert "R: show everything" in app.screen.empty_words()
        await pilot.press("a", "w")
        await until(pilot, lambda: shown(app) == [1, 11])
        await until(pilot, lambda: len(rows(app)) == 2)
        await pilot.press("space")
        await until(pilot, lambda: len(shown(app)) == 1)
        await pilot.press("escape", "R")
        await until(pilot, lambda: shown(app) == ALL)
        assert app.album is not None
        assert app.album.marks == {1, 11}


async def test_kinds_may_be_tags_or_colour_labels_and_are_marked_as_one(
    open_app: Any, labelled: LibraryPaths
) -> None:
    async with open_app(labelled, size=(150, 30)) as (app, pilot):
        await pilot.press("Y", "b")
        await until(pilot, lambda: ("dog", True, "3") in rows(app))
        await pilot.press("m")
        assert app.album is not None
        await until(pilot, lambda: app.album.marks == {1, 2, 7})
        await pilot.press("b")
        await until(pilot, lambda: [row[0] for row in rows(app)] == ["red", "no label"])
        await until(pilot, lambda: rows(app)[0][2] == "1 of 2 marked")
        await pilot.press("o")
        await until(pilot, lambda: shown(app) == [1, 6])
        assert "only label red" in app.screen.query_one("#status").text
        await pilot.press("Y")
        await until(pilot, lambda: app.screen.panel == "")
        assert app.screen.kinds_panel is None
        assert shown(app) == [1, 6]
