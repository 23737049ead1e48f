"""The loupe: one photo large, the same cursor as the grid, the same decisions."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from piloted import open_loupe
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.widgets.film_bar import FilmBar
from tui_selector.app.widgets.histogram import Histogram
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


def ink(screen: LoupeScreen) -> int:
    """How many cells of a row of the picture are drawn."""
    row = screen.query_one(ZoomView).render_line(3)
    return sum(len(segment.text.strip()) for segment in row)


async def test_the_photo_fills_the_window_and_the_cursor_is_the_grids(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
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
        await open_loupe(pilot)
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
        loupe = await open_loupe(pilot)
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
        await open_loupe(pilot)
        await pilot.press("d", "d", "d", "d", "d")
        await pilot.pause()
        assert not isinstance(app.screen, LoupeScreen)


async def test_a_file_that_is_no_picture_is_a_sentence(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
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
        loupe = await open_loupe(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert loupe.query_one(InfoPanel).display
        await pilot.press("i")
        assert not loupe.query_one(InfoPanel).display


@pytest.fixture
def gradients(tmp_path: Path) -> LibraryPaths:
    """Three photos of 1200 x 900 pixels and a video of two seconds."""
    folder = tmp_path / "gradients"
    folder.mkdir()
    for index in range(3):
        image = Image.radial_gradient("L").resize((1200, 900))
        image.point(lambda level, darker=60 * index: max(0, level - darker)).convert("RGB").save(
            folder / f"{index}.jpg"
        )
    with av.open(str(folder / "film.mp4"), "w") as container:
        track = container.add_stream("mpeg4", rate=10)
        track.width, track.height, track.pix_fmt = 96, 64, "yuv420p"
        for number in range(20):
            pixels = np.full((64, 96, 3), 230 if number > 10 else 30, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(track.encode(frame))
        container.mux(track.encode())
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        reconcile(catalog, scan(folder))
    return paths


def caption(loupe: LoupeScreen) -> str:
    return str(loupe.query_one("#caption", Static).render())


async def complete(pilot: Pilot[None], loupe: LoupeScreen) -> None:
    while not loupe.view.complete:
        await pilot.pause(0.01)


async def test_zoomed_the_arrows_pan_and_n_goes_on_at_the_same_place(
    gradients: LibraryPaths,
) -> None:
    app = app_of(gradients)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("z")
        while loupe.view.viewport is None:
            await pilot.pause(0.01)
        await complete(pilot, loupe)
        assert "100 %" in caption(loupe)
        before = loupe.view.viewport
        await pilot.press("l", "j", "right", "shift+left")
        after = loupe.view.viewport
        assert before is not None
        assert after is not None
        assert after.offset[0] == before.offset[0] + 20 + 20 - 1
        assert after.offset[1] > before.offset[1]
        assert app.album is not None
        assert app.album.cursor == 0
        await pilot.press("n")
        while loupe.view.viewport is None:
            await pilot.pause(0.01)
        assert app.album.cursor == 1
        assert loupe.view.viewport.offset == after.offset
        await pilot.press("+")
        assert loupe.view.zoom == 2.0
        await pilot.press("-", "-")
        assert loupe.view.zoom == 0.5
        await pilot.press("z", "l")
        assert loupe.view.zoom is None
        assert app.album.cursor == 2


async def test_decisions_at_100_percent_advance_and_stay_there(gradients: LibraryPaths) -> None:
    app = app_of(gradients)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("z", "p", "x")
        assert app.album is not None
        assert app.desk is not None
        assert app.album.cursor == 2
        assert loupe.view.zoom == 1.0
        while app.desk.waiting:
            await pilot.pause(0.01)


async def test_overlays_and_histogram_are_told_and_taken_back(gradients: LibraryPaths) -> None:
    app = app_of(gradients)
    async with app.run_test(size=(100, 30)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("C")
        assert "highlights" in caption(loupe)
        await pilot.press("F")
        assert "in focus" in caption(loupe)
        await complete(pilot, loupe)
        await pilot.press("F", "H")
        assert "in focus" not in caption(loupe)
        histogram = loupe.query_one(Histogram)
        assert histogram.display

        def told() -> str:
            last = histogram.content_size.height - 1
            return "".join(segment.text for segment in histogram.render_line(last))

        while "lost shadows" not in told():
            await pilot.pause(0.01)
        await pilot.press("H")
        assert not histogram.display


async def test_a_video_is_gone_through_by_seconds_frames_and_the_mouse(
    gradients: LibraryPaths,
) -> None:
    app = app_of(gradients)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("G")
        bar = loupe.query_one(FilmBar)
        assert bar.display

        def told() -> str:
            return "".join(segment.text for segment in bar.render_line(0))

        while "0:02.00" not in told():
            await pilot.pause(0.01)
        assert "poster" in told()
        await pilot.press("l")
        await complete(pilot, loupe)
        assert "0:01.00" in told()
        row = loupe.view.render_line(10).crop(40, 41)
        assert app.album is not None
        assert app.album.cursor == 3
        await pilot.press("shift+right")
        await complete(pilot, loupe)
        assert "0:01.15" in told()
        brighter = loupe.view.render_line(10).crop(40, 41)
        levels = [
            segment.style.color.get_truecolor().red
            for strip in (row, brighter)
            for segment in strip
            if segment.style and segment.style.color
        ]
        # Frame 10 is the last dark one.
        assert levels[0] < 64 < 190 < levels[1]
        await pilot.click(bar, offset=(78, 0))
        assert loupe.view.moment == pytest.approx(1.95)
        await pilot.press("l")
        assert loupe.view.moment == pytest.approx(1.95)
        await pilot.press("k")
        assert app.album.cursor == 2
        assert not bar.display


async def test_a_file_that_vanishes_while_zoomed_is_a_sentence(gradients: LibraryPaths) -> None:
    app = app_of(gradients)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        (gradients.root / "1.jpg").unlink()
        await pilot.press("z", "n")

        def shown() -> str:
            return " ".join(
                "".join(segment.text for segment in loupe.view.render_line(y)).strip()
                for y in range(loupe.view.size.height)
            )

        while "The file is gone." not in shown():
            await pilot.pause(0.01)
        await pilot.press("n")
        while loupe.view.viewport is None:
            await pilot.pause(0.01)
        await complete(pilot, loupe)
