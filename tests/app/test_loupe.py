"""The loupe: one photo large, the same cursor as the grid, the same decisions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.widgets.info_panel import InfoPanel
from tui_selector.app.widgets.zoom_view import ZoomView
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

HALF_CELLS = TerminalGraphics("halfcell", 10, 20, "test", True, "for a test")


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    folder = tmp_path / "album"
    folder.mkdir()
    for index, colour in enumerate(("red", "green", "blue", "white")):
        Image.new("RGB", (90, 60), colour).save(folder / f"{index}.png")
    (folder / "4.jpg").write_bytes(b"\xff\xd8 no picture")
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        reconcile(catalog, scan(folder))
    return paths


def app_of(paths: LibraryPaths) -> SelectorApp:
    return SelectorApp(paths, Settings(), HALF_CELLS, start_engine=False)


async def opened(pilot: Pilot[None]) -> LoupeScreen:
    """Wait for the photos, then open the loupe on the first."""
    app = pilot.app
    assert isinstance(app, SelectorApp)
    while app.album is None or not len(app.album):
        await pilot.pause(0.01)
    await pilot.press("g", "enter")
    await pilot.pause()
    assert isinstance(app.screen, LoupeScreen)
    return app.screen


def ink(screen: LoupeScreen) -> int:
    """How many cells of a row of the picture are drawn."""
    row = screen.query_one(ZoomView).render_line(3)
    return sum(len(segment.text.strip()) for segment in row)


async def test_the_photo_fills_the_window_and_the_cursor_is_the_grids(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot)
        while ink(loupe) < 60:
            await pilot.pause(0.01)
        await pilot.press("l", "j", "right")
        assert app.album is not None
        assert app.album.cursor == 3
        await pilot.press("h", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, LoupeScreen)
        assert app.album.cursor == 2


async def test_decisions_are_about_this_photo_whatever_is_marked(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert app.album is not None
        assert app.desk is not None
        app.album.mark([2, 3])
        await pilot.press("x", "p")
        while app.desk.waiting:
            await pilot.pause(0.01)
    with Catalog.open(library) as catalog:
        flags = {photo.name: photo.flag for photo in catalog.photos.all()}
    assert flags["0.png"] is Flag.REJECT
    assert flags["1.png"] is Flag.PICK
    assert flags["2.png"] is flags["3.png"] is Flag.NONE


async def test_trash_shows_the_next_photo_and_undo_comes_back(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot)
        await pilot.press("d")
        assert app.album is not None
        assert app.album.current is not None
        assert app.album.current.name == "1.png"
        await pilot.press("u")
        while app.album.current is None or app.album.current.name != "0.png":
            await pilot.pause(0.01)
        assert app.screen is loupe
        assert (library.root / "0.png").exists()


async def test_the_last_photo_leaving_closes_the_loupe(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("d", "d", "d", "d", "d")
        await pilot.pause()
        assert not isinstance(app.screen, LoupeScreen)


async def test_a_file_that_is_no_picture_is_a_sentence(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot)
        await pilot.press("G")
        view = loupe.query_one(ZoomView)

        def shown() -> str:
            return " ".join(
                "".join(segment.text for segment in view.render_line(y)).strip()
                for y in range(view.size.height)
            )

        while "." not in shown():
            await pilot.pause(0.01)


async def test_info_follows_the_photo(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(100, 30)) as pilot:
        loupe = await opened(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert loupe.query_one(InfoPanel).display
        await pilot.press("i")
        assert not loupe.query_one(InfoPanel).display
