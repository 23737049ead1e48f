"""The map on the real application: what is shown, pointed at, enclosed, coloured and decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from piloted import until
from skimage.measure import points_in_poly
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.kitty import PLACEHOLDER
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.narrowing import Legend, Span
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.dialogs import TextDialog
from tui_selector.app.screens.map import MapScreen
from tui_selector.app.screens.name_dialog import NameDialog
from tui_selector.app.widgets.legend_panel import KindList
from tui_selector.app.widgets.map_plot import MapPlot
from tui_selector.app.widgets.timeline_strip import TimelineStrip
from tui_selector.engine.client import EngineError
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.map_file import PhotoMap, Projection, map_of, maps_folder, write_map
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths

#: Where the photos 1 to 11 lie: beach to the left, forest to the right, two on their own.
PLACES = [
    *((3000, 9000), (9000, 3000), (15000, 20000), (4000, 30000), (12000, 34000)),
    *((50000, 5000), (60000, 12000), (52000, 25000), (65000, 30000)),
    *((30000, 40000), (33000, 1000)),
]

Where = Callable[[SelectorApp], MapPlot]


def made(paths: LibraryPaths, method: Projection = "pacmap", turn: int = 0) -> PhotoMap:
    """A map of the small library, as an engine leaves it."""
    places = np.roll(np.array(PLACES, np.uint16), turn, axis=0)
    ids = np.arange(1, 12, dtype=np.int64)
    photo_map = map_of(method, "model", ids, ids - 1, places, 11)
    write_map(maps_folder(paths), photo_map)
    return photo_map


def found(photo_map: PhotoMap, **facts: Any) -> FoundMap:
    head = photo_map.head
    given = {"file": f"{head.method}-x", "method": head.method, "version": head.version}
    return FoundMap(**{**given, "photos": head.photos, **facts})


@pytest.fixture
def mapped(small_library: LibraryPaths) -> LibraryPaths:
    made(small_library)
    return small_library


def screen(app: SelectorApp) -> MapScreen:
    (found,) = [each for each in app.screen_stack if isinstance(each, MapScreen)]
    return found


def words(app: SelectorApp, name: str) -> str:
    return str(screen(app).query_one(f"#map-{name}", Static).content)


async def open_map(app: SelectorApp, pilot: Pilot[None]) -> MapPlot:
    await pilot.press("M")
    await until(pilot, lambda: isinstance(app.screen, MapScreen))
    view = screen(app)
    await until(pilot, lambda: view.shown is not None)
    await pilot.pause()
    return view.plot


def cell_of(plot: MapPlot, photo: int) -> tuple[int, int]:
    """The cell in which a photo lies."""
    column, row = plot.camera.cell(*PLACES[photo - 1])
    return int(column), int(row)


def expected(plot: MapPlot, cells: Sequence[tuple[int, int]]) -> set[int]:
    """The photos inside a line through the middles of cells, by another polygon test."""
    corners = np.array([plot.camera.place(column + 0.5, row + 0.5) for column, row in cells])
    return set((np.flatnonzero(points_in_poly(np.array(PLACES, float), corners)) + 1).tolist())


async def aim_at(plot: MapPlot, pilot: Pilot[None], cell: tuple[int, int]) -> None:
    """Bring the crosshair to a cell by keys; columns go by two."""
    columns, rows = cell[0] - plot.aim[0], cell[1] - plot.aim[1]
    assert columns % 2 == 0
    across, down = "right" if columns > 0 else "left", "down" if rows > 0 else "up"
    await pilot.press(*[f"shift+{across}"] * (abs(columns) // 10))
    await pilot.press(*[across] * (abs(columns) % 10 // 2))
    await pilot.press(*[f"shift+{down}"] * (abs(rows) // 5), *[down] * (abs(rows) % 5))
    assert plot.aim == cell


def round_the_left(plot: MapPlot) -> list[tuple[int, int]]:
    """A line that is no rectangle, at columns that keys reach from where the crosshair is."""
    left, top = plot.aim
    odd, last = left % 2, plot.camera.rows - 1
    return [(odd, 0), (20 + odd, 2), (12 + odd, top), (24 + odd, last), (odd, last)]


async def test_the_map_of_the_last_visit_is_there_without_an_engine(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        assert words(app, "head") == "Map · 11 photos · PaCMAP"
        legend = words(app, "legend")
        assert "beach  5" in legend
        assert "forest  4" in legend
        assert "Singles  2" in legend
        # It begins at the photo that the grid stood on.
        assert screen(app).current_id == 1
        assert words(app, "words").startswith("01.jpg")
        assert sum(strip.text.count("●") for strip in plot._rows()) >= 9
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)


@pytest.mark.parametrize("drawing", ["lasso", "box"])
async def test_lines_by_keyboard_and_mouse_mark_what_a_polygon_test_finds(
    mapped: LibraryPaths, open_app: Any, drawing: str
) -> None:
    async with open_app(mapped, size=(110, 32)) as (app, pilot):
        plot = await open_map(app, pilot)
        key = "l" if drawing == "lasso" else "o"
        cells = round_the_left(plot)
        if drawing == "box":
            cells = [cells[0], (cells[3][0], cells[2][1] + 8)]
        corners = cells
        if drawing == "box":
            (left, top), (right, bottom) = cells
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        meant = expected(plot, corners)
        assert 2 <= len(meant) < 8
        await pilot.press(key)
        for cell in cells[:-1]:
            await aim_at(plot, pilot, cell)
            await pilot.press("v")
        await aim_at(plot, pilot, cells[-1])
        await pilot.press("enter")
        await pilot.pause()
        assert app.album.marks == meant
        assert f"{len(meant)} marked" in words(app, "head")
        # The same line, dragged with ctrl: everything is unmarked again.
        await pilot.press(key)
        await pilot.mouse_down(plot, offset=cells[0], control=True)
        for cell in cells[1:]:
            await pilot.hover(plot, offset=cell)
        await pilot.mouse_up(plot, offset=cells[-1])
        await pilot.pause()
        assert app.album.marks == set()
        await pilot.press(key)
        await pilot.mouse_down(plot, offset=cells[0])
        for cell in cells[1:]:
            await pilot.hover(plot, offset=cell)
        await pilot.mouse_up(plot, offset=cells[-1])
        await pilot.pause()
        assert app.album.marks == meant
        assert plot.drawing == ""


async def test_a_line_can_be_given_up_and_unmarks_with_its_own_key(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        await pilot.press("ctrl+a")
        assert app.album.marks == set(range(1, 12))
        await pilot.press("o")
        assert "Box" in words(app, "line")
        await pilot.press("enter")  # there is no corner yet
        assert plot.drawing == "box"
        await aim_at(plot, pilot, (plot.aim[0] % 2, 0))
        await pilot.press("v", *["shift+right"] * 3, *["shift+down"] * 9, "X")
        await pilot.pause()
        gone = set(range(1, 12)) - app.album.marks
        assert gone
        assert gone <= {1, 2, 3, 4, 5, 11, 10}
        await pilot.press("l", "v", "escape")
        assert plot.drawing == ""
        assert isinstance(app.screen, MapScreen)
        await pilot.press("I")
        assert app.album.marks == gone


async def test_what_is_marked_is_shown_in_the_grid_and_stays_marked(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        await open_map(app, pilot)
        app.album.mark_photos([2, 7])
        await pilot.press("enter")
        await until(pilot, lambda: list(app.album.ids) == [2, 7])
        assert isinstance(app.screen, CullScreen)
        assert app.album.marks == {2, 7}
        assert "2 photos of the map" in app.album.tab.name


async def test_enter_goes_to_the_photo_that_is_looked_at(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        await pilot.press("shift+right")
        photo = screen(app).current_id
        assert photo is not None
        assert photo != 1
        assert plot.aim == plot.here_cell()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))
        await until(pilot, lambda: app.album.current_id == photo)


async def test_decisions_are_about_the_marks_or_the_photo(
    mapped: LibraryPaths,
    open_app: Any,
    settle: Callable[[SelectorApp, Pilot[None]], Awaitable[None]],
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        await pilot.press("p")
        plot.go_to(6)
        await pilot.press("space")
        assert app.album.marks == {7}
        plot.go_to(1)
        await pilot.press("x")
        await settle(app, pilot)
        with Catalog.open(mapped) as catalog:
            flags = {photo.id: photo.flag for photo in catalog.photos.all() if photo.flag}
        assert flags == {1: Flag.PICK, 7: Flag.REJECT}
        assert app.album.marks == set()
        await pilot.press("C", "C")
        await until(pilot, lambda: "picked  1" in words(app, "legend"))
        assert "rejected  1" in words(app, "legend")
        await pilot.press("u")
        await settle(app, pilot)
        await until(pilot, lambda: "rejected" not in words(app, "legend"))


async def test_zooming_panning_and_reset_change_the_view_alone(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        whole = plot.camera
        plot.go_to(7)
        app.album.mark_photos([3])
        column, row = plot.aim
        place = plot.camera.place(column + 0.5, row + 0.5)
        await pilot.press("+", "+")
        assert plot.camera.zoom > 2
        assert plot.aim == (column, row)
        assert plot.camera.place(column + 0.5, row + 0.5) == pytest.approx(place, abs=1)
        before = plot.camera
        await pilot.press("right", "down")
        assert plot.camera.x > before.x
        assert plot.camera.y > before.y
        await pilot.mouse_down(plot, offset=(30, 10))
        await pilot.hover(plot, offset=(20, 6))
        await pilot.mouse_up(plot, offset=(20, 6))
        assert plot.camera.x > before.x
        await pilot.press("R")
        assert plot.camera == whole
        assert app.album.marks == {3}
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert plot.camera.zoom == pytest.approx(1)


async def test_a_photo_was_taken_when_the_clock_of_the_place_said(
    mapped: LibraryPaths, open_app: Any
) -> None:
    with Catalog.open(mapped) as catalog:
        catalog.connection.execute(
            "INSERT OR REPLACE INTO metadata(photo, facts) SELECT id,"
            " json_object('taken', taken, 'taken_offset', 480) FROM photos"
        )
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        await open_map(app, pilot)
        # 1,000 seconds and less after the first of January 1970 in Greenwich.
        assert "01 Jan 1970 08:1" in screen(app)._photo_words(app.album.photo_of(3))


async def test_filters_of_the_photos_are_filters_of_the_map(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        album, reader = app.album, app.reader
        whole = (await open_map(app, pilot)).camera
        await pilot.press("escape")
        # Photo n was taken n seconds before 1000: the timeline shows those from 3 to 8.
        span = Span(992.0, 997.5)
        await reader.show(replace(album.query, span=span))
        plot = await open_map(app, pilot)
        assert words(app, "head").startswith("Map · 6 of 11 photos · ")
        assert screen(app).shown.points.ids.tolist() == [3, 4, 5, 6, 7, 8]
        # The map lies as it lay, and what is not shown is marked by nothing.
        assert plot.camera == whole
        await pilot.press("ctrl+a")
        assert album.marks == {3, 4, 5, 6, 7, 8}
        # A kind that is ticked off beside it, and then no filter at all.
        await reader.show(replace(album.query, legend=Legend("tab", frozenset({"2"}))))
        await until(pilot, lambda: "only 1 tab" in words(app, "head"))
        assert screen(app).shown.points.ids.tolist() == [6, 7, 8]
        await pilot.press("+", "R")
        assert "only 1 tab" in words(app, "head")
        await pilot.press("R")
        await until(pilot, lambda: words(app, "head").startswith("Map · 11 photos · "))
        assert not album.query.is_filtered
        assert album.marks == {3, 4, 5, 6, 7, 8}


async def test_what_is_marked_on_the_map_is_given_a_name(
    mapped: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        app.album.mark_photos([6, 10])
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, NameDialog))
        await pilot.press(*"lake", "enter")
        await until(pilot, lambda: isinstance(app.screen, MapScreen))
        await settle(app, pilot)
        await until(pilot, lambda: "lake  2" in words(app, "legend"))
        assert not app.album.marks
        assert plot.has_map
        with Catalog.open(mapped) as catalog:
            assert catalog.tabs.tab_of(6) == catalog.tabs.tab_of(10) != catalog.tabs.tab_of(7)


async def test_the_wheel_zooms_at_the_mouse_and_the_mouse_shows_photos(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        plot = await open_map(app, pilot)
        cell = cell_of(plot, 9)
        await pilot.hover(plot, offset=cell)
        await pilot.pause()
        assert screen(app).current_id == 9
        assert words(app, "words").startswith("09.jpg")
        before = plot.camera.place(cell[0] + 0.5, cell[1] + 0.5)
        await pilot._post_mouse_events([_scroll()], plot, offset=cell, button=0)
        await pilot.pause()
        assert plot.camera.zoom > 1.2
        assert plot.camera.place(cell[0] + 0.5, cell[1] + 0.5) == pytest.approx(before, abs=1)


def _scroll() -> Any:
    from textual import events

    return events.MouseScrollUp


async def test_few_photos_in_sight_are_pictures(mapped: LibraryPaths) -> None:
    app = SelectorApp(
        mapped,
        _settings(),
        TerminalGraphics("halfcell"),
        start_engine=False,
    )
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.album is not None and len(app.album))
            plot = await open_map(app, pilot)
            shown = plot.thumbnails
            assert len(shown) >= 4
            boxes = [(each.column, each.row, *each.box) for each in shown]
            for number, (x, y, width, height) in enumerate(boxes):
                assert x >= 0
                assert y + height < plot.camera.rows
                for left, top, wide, high in boxes[:number]:
                    assert (
                        x >= left + wide or left >= x + width or y > top + high or top > y + height
                    )
            await pilot.press("t", "t")
            assert plot.when == "never"
            assert not plot.thumbnails
    finally:
        app.close()


async def test_photos_are_pixels_where_the_terminal_shows_these(mapped: LibraryPaths) -> None:
    app = SelectorApp(
        mapped, _settings(), TerminalGraphics("kitty", truecolour=True), start_engine=False
    )
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: app.album is not None and len(app.album))
            plot = await open_map(app, pilot)

            def shown() -> str:
                return "".join(segment.text for strip in plot._rows() for segment in strip)

            await pilot.press("t", "t")
            await until(pilot, lambda: PLACEHOLDER in shown())
            assert "●" not in shown()
            await pilot.press("l", "v", "right", "v", "down")
            # The line stands over the picture, which stays.
            assert any(0x2800 < ord(sign) < 0x2900 for sign in shown())
            assert PLACEHOLDER in shown()
            await pilot.press("escape", "B")
            assert PLACEHOLDER not in shown()
            assert shown().count("●") >= 9
            await pilot.press("B")
            await until(pilot, lambda: PLACEHOLDER in shown())
    finally:
        app.close()


def _settings() -> Any:
    from tui_selector.settings import Settings

    return Settings()


async def test_the_map_is_written_into_a_file_outside_the_album(
    mapped: LibraryPaths, open_app: Any, tmp_path: Path
) -> None:
    async with open_app(mapped, size=(100, 30)) as (app, pilot):
        await open_map(app, pilot)
        await pilot.press("E")
        dialog = app.screen
        assert isinstance(dialog, TextDialog)
        fault = screen(app)._export_fault
        assert "svg" in (fault(str(tmp_path / "map.txt")) or "")
        assert "outside" in (fault(str(mapped.root / "map.svg")) or "")
        file = tmp_path / "map.svg"
        assert fault(str(file)) is None
        dialog.dismiss(str(file))
        await until(pilot, file.exists)
        assert "already" in (fault(str(file)) or "")


class Link:
    """Stands for the engine: answers each question by the next of some answers."""

    def __init__(self, *answers: FoundMap | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[FindMap] = []

    async def request(self, request: Any) -> Any:
        if not isinstance(request, FindMap):
            raise EngineError("of the test")
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_the_best_map_comes_after_the_first(
    small_library: LibraryPaths, open_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_selector.library.map_file import file_name

    pca, pacmap = made(small_library, "pca", 3), made(small_library)
    link = Link(
        found(pca, file=file_name("pca", "model"), coming=True),
        found(pacmap, file=file_name("pacmap", "model"), note="Of the test."),
    )
    async with open_app(small_library, size=(100, 30)) as (app, pilot):
        monkeypatch.setattr(app.link, "_client", link)
        await open_map(app, pilot)
        await until(pilot, lambda: len(link.asked) == 2)
        view = screen(app)
        await until(pilot, lambda: view.found is not None and not view.found.coming)
        await until(pilot, lambda: view.shown.head.version == pacmap.head.version)
        assert [asked.after for asked in link.asked] == ["", pca.head.version]
        await pilot.pause()
        assert words(app, "head") == "Map · 11 photos · PaCMAP · Of the test."


async def test_trouble_is_said(
    small_library: LibraryPaths, open_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(small_library, size=(100, 30)) as (app, pilot):
        link = Link(EngineError("The engine has a cold."))
        monkeypatch.setattr(app.link, "_client", link)
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, MapScreen) and screen(app).trouble)
        await pilot.pause()
        assert any("has a cold" in strip.text for strip in screen(app).plot._rows())


async def test_kinds_and_times_are_chosen_beside_the_map(
    mapped: LibraryPaths, open_app: Any
) -> None:
    async with open_app(mapped, size=(120, 34)) as (app, pilot):
        plot, album = await open_map(app, pilot), app.album
        view = screen(app)
        await pilot.press("Y")
        await until(pilot, lambda: len(view.query_one(KindList).rows) == 4)
        rows = view.query_one(KindList).rows
        assert [(row.name, row.note) for row in rows[:2]] == [("beach", "5"), ("forest", "4")]
        # Kinds have the colours that they have on the map, where it is coloured by them.
        assert [row.colour for row in rows] == ["#5ea9ee", "#f0a848", "#7a7a7a", ""]
        await pilot.press("down", "o")
        await until(pilot, lambda: view.shown.points.ids.tolist() == [6, 7, 8, 9])
        assert words(app, "head").startswith("Map · 4 of 11 photos · only 1 tab · ")
        await pilot.press("m")
        await until(pilot, lambda: album.marks == {6, 7, 8, 9})
        await pilot.press("a")
        await until(pilot, lambda: len(view.shown.points) == 11)
        await until(
            pilot, lambda: "4 of 4 marked" in [r.note for r in view.query_one(KindList).rows]
        )
        # Back on the map, its keys are its own; from there the list is closed.
        await pilot.press("escape", "Y", "escape", "C")
        assert plot.has_focus
        await until(pilot, lambda: not any(row.colour for row in view.query_one(KindList).rows))
        await pilot.press("escape")
        await until(pilot, lambda: view.kinds_panel is None)
        # Photo n was taken n seconds before 1000: one event.
        await pilot.press("H")
        await until(pilot, lambda: "11 photos" in view.query_one(TimelineStrip).render_line(0).text)
        await pilot.press("v", "v")
        await until(pilot, lambda: album.query.span is not None)
        await pilot.press("backspace")
        await until(pilot, lambda: album.query.span is None)
        await pilot.press("escape")
        assert plot.has_focus
        await pilot.press("H", "H")
        assert not view.query_one(TimelineStrip).display
        assert isinstance(app.screen, MapScreen)
