"""Saying what photos are, and the queue of those whose tab is uncertain."""

from __future__ import annotations

from typing import Any

import pytest
from piloted import until
from textual.pilot import Pilot
from textual.widgets import OptionList

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.name_dialog import NameDialog
from tui_selector.engine.doubt_messages import AskDoubts, Doubtful
from tui_selector.engine.launch import EngineError
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths


def offered(app: SelectorApp) -> list[str]:
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


def tab_of(paths: LibraryPaths, photo: int) -> int | None:
    with Catalog.open(paths) as catalog:
        return catalog.tabs.tab_of(photo)


async def ask(app: SelectorApp, pilot: Pilot[None]) -> None:
    await pilot.press("L")
    await until(pilot, lambda: isinstance(app.screen, NameDialog))


async def test_marked_photos_get_a_tab_or_a_tag_and_undo_takes_it_back(
    open_app: Any, small_library: LibraryPaths, settle: Any
) -> None:
    async with open_app(small_library, size=(100, 30)) as (app, pilot):
        assert app.album is not None
        await pilot.press("space", "space")
        await ask(app, pilot)
        await pilot.press(*"for")
        await until(pilot, lambda: offered(app)[:2] == ["tab forest  (4)", "new tab: for"])
        await pilot.press("enter")
        await settle(app, pilot)
        assert (tab_of(small_library, 1), tab_of(small_library, 2)) == (2, 2)
        assert not app.album.marks
        await pilot.press("u")
        await settle(app, pilot)
        assert tab_of(small_library, 1) == 1
        await pilot.press("g")
        await ask(app, pilot)
        await pilot.press(*"#Sunset")
        await until(pilot, lambda: offered(app) == ["new tag: #sunset"])
        await pilot.press("enter")
        await settle(app, pilot)
        assert app.album.current_id == 2  # on to the next one
        with Catalog.open(small_library) as catalog:
            assert catalog.tags.verdict(1, "sunset") is True
        await ask(app, pilot)
        await pilot.press(*"suns")
        await until(pilot, lambda: "tag #sunset" in offered(app))
        await pilot.press("escape")
        await ask(app, pilot)
        await pilot.press(*"dunes", "enter")
        await settle(app, pilot)
        assert [tab.name for tab in app.album.tabs if tab.id > 0] == ["beach", "forest", "dunes"]
        await ask(app, pilot)
        await pilot.press("escape")


async def test_the_queue_has_uncertain_photos_first_and_names_their_rivals(
    open_app: Any, small_library: LibraryPaths, settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[AskDoubts] = []

    async def answer(request: AskDoubts) -> Doubtful:
        asked.append(request)
        if len(asked) == 1:
            raise EngineError("The engine is loading.")
        if len(asked) == 2:
            return Doubtful(photos=[], doubts=[], others=[], note="There are no two tabs.")
        return Doubtful(photos=[7, 3, 11], doubts=[0.9, 0.5, 0.4], others=[1, 2, 1])

    async with open_app(small_library, size=(150, 30)) as (app, pilot):
        monkeypatch.setattr(app.link, "request", answer)
        assert app.album is not None
        await pilot.press("Q")
        await until(pilot, lambda: len(asked) == 1)
        await pilot.press("Q")
        await until(pilot, lambda: len(asked) == 2)
        await until(pilot, lambda: len(app._notifications) == 2)
        said = [note.message for note in app._notifications]
        assert said == ["The engine is loading.", "There are no two tabs."]
        await pilot.press("y", "Q")
        await until(pilot, lambda: list(app.album.ids)[:3] == [7, 3, 11])
        await until(pilot, lambda: app.album.current_id == 7)
        assert "90 %" in app.screen.grid.render_line(1).text
        await ask(app, pilot)
        await until(pilot, lambda: offered(app)[0] == "tab forest  (4) · likely")
        assert offered(app)[1] == "tab beach  (5) · likely"
        await pilot.press("down", "enter")
        await settle(app, pilot)
        assert tab_of(small_library, 7) == 1
        # It is certain now; the next one in doubt is under the cursor.
        await until(pilot, lambda: list(app.album.ids)[:2] == [3, 11])
        assert app.album.current_id == 3
        await pilot.press("R")
        await until(pilot, lambda: list(app.album.ids) == list(range(1, 13)))
