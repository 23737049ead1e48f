"""Another font size in a running session reaches the painters and the grid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics import cell_size
from tui_selector.app.graphics.late_answers import CellSizeAnswer, LateAnswers
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.widgets.tile_view import TileView
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

Opened = Callable[..., AbstractAsyncContextManager[tuple[SelectorApp, Pilot[None]]]]


class Watched:
    """What painters are told and what is written to the terminal."""

    def __init__(self, app: SelectorApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[tuple[int, int]] = []
        self.written: list[str] = []
        self.kernel: tuple[int, int, int, int] = (0, 0, 0, 0)
        self.app = app
        for painter in (app.painter, app.loupe_painter):
            monkeypatch.setattr(painter, "cell_size_changed", lambda *size: self.told.append(size))
        driver: Any = app._driver
        monkeypatch.setattr(driver, "fileno", 0, raising=False)
        monkeypatch.setattr(driver, "write", self.written.append)
        monkeypatch.setattr(cell_size, "window_of", lambda _: self.kernel)

    def asking(self) -> None:
        """Make the terminal one that answers."""
        self.app.cell_size._late = LateAnswers(patience=0)
        self.app.cell_size._asks = True

    def resize(self, columns: int, rows: int, pixels: tuple[int, int] | None = None) -> None:
        size = Size(columns, rows)
        event = events.Resize(size, size, size, Size(*pixels) if pixels else None)
        self.app.cell_size.resized(event)

    @property
    def cell(self) -> tuple[int, int]:
        return self.app.graphics.cell_width_px, self.app.graphics.cell_height_px

    @property
    def questions(self) -> int:
        return self.written.count("\x1b[16t")


async def test_the_kernel_tells(
    open_app: Opened, small_library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(small_library) as (app, _):
        watched = Watched(app, monkeypatch)
        watched.kernel = (50, 100, 1200, 1200)
        watched.resize(100, 50)
        assert watched.told == [(12, 24)] * 2
        assert watched.cell == (12, 24)
        watched.resize(100, 50)
        assert watched.told == [(12, 24)] * 2
        assert watched.questions == 0


async def test_the_terminal_tells_in_band(
    open_app: Opened, small_library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(small_library) as (app, _):
        watched = Watched(app, monkeypatch)
        watched.asking()
        watched.resize(100, 50, (1100, 1100))
        assert watched.cell == (11, 22)
        watched.resize(0, 0, (0, 0))
        assert watched.cell == (11, 22)
        assert watched.questions == 0


async def test_the_terminal_is_asked_once_in_a_storm_and_once_after_it(
    open_app: Opened, small_library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(small_library) as (app, _):
        watched = Watched(app, monkeypatch)
        watched.asking()
        for columns in range(80, 120):
            watched.resize(columns, 30)
        assert watched.questions == 1
        app.on_cell_size_answer(CellSizeAnswer(9, 18))
        assert watched.cell == (9, 18)
        assert watched.questions == 2
        app.on_cell_size_answer(CellSizeAnswer(9, 18))
        assert watched.questions == 2
        assert watched.told == [(9, 18)] * 2


async def test_what_the_kernel_and_the_terminal_agree_on_is_not_asked(
    open_app: Opened, small_library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(small_library) as (app, _):
        watched = Watched(app, monkeypatch)
        watched.asking()
        width, height = watched.cell
        watched.kernel = (30, 100, 100 * width, 30 * height)
        watched.resize(100, 30)
        assert watched.questions == 0
        # The kernel's word may be coarse; the terminal's counts.
        watched.kernel = (30, 100, 1300, 780)
        watched.resize(100, 30)
        assert watched.questions == 1
        assert watched.told == []


async def test_the_grid_asks_for_pictures_of_the_new_size(
    small_library: LibraryPaths, settle: Callable[[SelectorApp, Pilot[None]], Awaitable[None]]
) -> None:
    app = SelectorApp(small_library, Settings(), TerminalGraphics("halfcell"), start_engine=False)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(app, pilot)
            view = app.screen.query_one(TileView)
            assert {request.stretch for request in view._pictures._wanted} == {1.0}
            app.cell_size.answered(CellSizeAnswer(10, 30))
            await settle(app, pilot)
            found = {request.stretch for request in view._pictures._wanted}
            assert found == {0.667}
    finally:
        app.close()
