"""Pictures that stand beside the text, on a model of a terminal that is fed byte by byte."""

from __future__ import annotations

import asyncio
import re
from base64 import standard_b64decode
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from drawn_album import Album, Dialog, driver_to, noise
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.graphics.classic import ClassicPainter
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.graphics.sixel import SixelPainter
from tui_selector.app.widgets.tile_grid import TileGrid

CELL = (10, 20)
SIZE = (100, 40)

_TOKEN = re.compile(
    r"\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<payload>[^\x1b]*))?\x1b\\"
    r'|\x1bP[\d;]*q"\d+;\d+;(?P<width>\d+);(?P<height>\d+)(?P<sixels>[^\x1b]*)\x1b\\'
    r"|\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\](?:[^\x1b\x07]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<single>[0-9=>A-OQ-Z])"
    r"|(?P<text>[^\x1b]+)",
    re.DOTALL,
)


class Cell(NamedTuple):
    """What a cell of the screen shows of which picture."""

    picture: int | str
    column: int
    row: int


class Placement(NamedTuple):
    image: int
    x: int
    y: int
    cell: tuple[int, int]
    columns: int
    rows: int


class Screen:
    """As much of a terminal as it takes to say which part of which picture is in which cell."""

    def __init__(self) -> None:
        self.columns, self.lines = SIZE
        self.images: dict[int, bytes] = {}
        self.placements: dict[tuple[int, int], Placement] = {}
        self.painted: dict[tuple[int, int], Cell] = {}
        self.text: dict[tuple[int, int], str] = {}
        self.sent: list[int] = []
        self.freed: list[int] = []
        self.paints: list[str] = []
        self.picture_bytes = 0
        self._x = self._y = 0
        self._saved = (0, 0)
        self._incoming: tuple[int, str] | None = None

    def write(self, data: str) -> None:
        position = 0
        while found := _TOKEN.match(data, position):
            if found["text"] is not None:
                self._print(found["text"])
            elif found["keys"] is not None:
                self.picture_bytes += len(found[0])
                keys = dict(part.split("=") for part in found["keys"].split(","))
                self._graphics(keys, found["payload"] or "")
            elif found["sixels"] is not None:
                self.picture_bytes += len(found[0])
                self._paint(int(found["width"]), int(found["height"]), found["sixels"])
            elif found["final"] is not None:
                self._control(found["parameters"], found["final"])
            elif found["single"] == "7":
                self._saved = self._x, self._y
            elif found["single"] == "8":
                self._x, self._y = self._saved
            position = found.end()
        assert position == len(data), f"half a sequence: {data[position : position + 40]!r}"

    def shown(self) -> dict[tuple[int, int], Cell]:
        """The picture in each cell that has one, classic placements above painted cells."""
        cells = dict(self.painted)
        for image, x, y, (left, top), columns, rows in self.placements.values():
            for row in range(rows):
                for column in range(columns):
                    assert (x + column, y + row) not in cells, "one picture over another"
                    cells[x + column, y + row] = Cell(image, left + column, top + row)
        return cells

    def resize(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        for cells in (self.painted, self.text):
            for x, y in list(cells):
                if x >= columns or y >= lines:
                    del cells[x, y]

    def _print(self, text: str) -> None:
        for character in text:
            if character == "\r":
                self._x = 0
            elif character in "\n\v":
                self._y += 1
            else:
                for _ in range(cell_len(character)):
                    self.painted.pop((self._x, self._y), None)
                    self.text[self._x, self._y] = character
                    self._x += 1

    def _control(self, parameters: str, final: str) -> None:
        numbers = [int(part) if part.isdigit() else 1 for part in parameters.split(";")]
        if final == "H":
            self._y = numbers[0] - 1
            self._x = (numbers[1] if len(numbers) > 1 else 1) - 1
        elif final == "C":
            self._x += numbers[0]
        elif final == "X":
            x = self._x
            self._print(" " * numbers[0])
            self._x = x
        elif final == "J":
            self.painted.clear()
            self.text.clear()
        else:
            assert final in "mhlqtnuprc", f"unknown sequence with {final}"

    def _graphics(self, keys: dict[str, str], payload: str) -> None:
        assert keys["q"] == "2", "an answer would arrive as keys"
        action = keys.get("a")
        if self._incoming is not None:
            assert set(keys) <= {"q", "m"}, "a command in the middle of a picture"
        if action == "t" or self._incoming is not None:
            image, data = self._incoming or (int(keys["i"]), "")
            self._incoming = (image, data + payload)
            if keys["m"] == "0":
                assert image not in self.images
                self.images[image] = standard_b64decode(self._incoming[1])
                self.sent.append(image)
                self._incoming = None
        elif action == "p":
            self._place(keys)
        else:
            assert action == "d"
            image = int(keys["i"])
            if keys["d"] == "I":
                del self.images[image]
                self.freed.append(image)
                numbers = [key for key in self.placements if key[0] == image]
            else:
                assert keys["d"] == "i"
                numbers = [(image, int(keys["p"]))]
            for key in numbers:
                del self.placements[key]

    def _place(self, keys: dict[str, str]) -> None:
        image, number = int(keys["i"]), int(keys["p"])
        assert image in self.images, "placed before it was sent"
        assert keys["C"] == "1", "the cursor would move"
        x, y, width, height = (int(keys[name]) for name in "xywh")
        columns = ceil((width + int(keys.get("X", 0))) / CELL[0])
        rows = ceil((height + int(keys.get("Y", 0))) / CELL[1])
        cell = (ceil(x / CELL[0]), ceil(y / CELL[1]))
        assert self._x + columns <= self.columns
        assert self._y + rows <= self.lines
        self.placements[image, number] = Placement(image, self._x, self._y, cell, columns, rows)

    def _paint(self, width: int, height: int, sixels: str) -> None:
        columns, rows = ceil(width / CELL[0]), ceil(height / CELL[1])
        names = row_names(sixels, rows)
        self.paints.append(names[0])
        assert self._x + columns <= self.columns
        assert self._y + rows < self.lines, "the terminal would scroll"
        for row in range(rows):
            for column in range(columns):
                place = self._x + column, self._y + row
                self.painted[place] = Cell(names[row], column, 0)
                self.text.pop(place, None)


class GridApp(App[None]):
    # A bar beside a window of one cell would take the room of what it scrolls, and go, and come.
    CSS = "Screen { overflow: hidden; }"

    def __init__(self, terminal: Screen, kind: Literal["classic", "sixel"], album: Album) -> None:
        super().__init__(driver_class=driver_to(terminal.write))
        self.kind: Literal["classic", "sixel"] = kind
        self.album = album
        self.source = Pictures()

    def compose(self) -> ComposeResult:
        graphics = TerminalGraphics(self.kind, truecolour=True, name="xterm(390)")
        self.grid = TileGrid(self.source, make_painter(self, graphics), self.album)
        yield self.grid
        # Sixel pictures keep off the last line, as the grid's status line does.
        yield Static("status")

    def on_mount(self) -> None:
        self.grid.styles.height = "1fr"
        self.grid.focus()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noise(tmp_path_factory.mktemp("photos"), (400, 250))


Start = Callable[[int], AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def terminal() -> Screen:
    return Screen()


@pytest.fixture(params=["classic", "sixel"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def running(
    kind: Literal["classic", "sixel"],
    terminal: Screen,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Start]:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    apps: list[GridApp] = []

    def start(count: int) -> AbstractAsyncContextManager[Pilot[None]]:
        app = GridApp(terminal, kind, Album(photos, range(count)))
        apps.append(app)
        return app.run_test(headless=False, size=SIZE)

    yield start
    for app in apps:
        app.source.close()


def grid_of(pilot: Pilot[None]) -> TileGrid:
    app = pilot.app
    assert isinstance(app, GridApp)
    return app.grid


async def settle(pilot: Pilot[None]) -> None:
    """Wait until every picture on screen was sent and everything is drawn."""
    async with asyncio.timeout(60):
        calm = 0
        # A size that has just come is laid out between two looks.
        while calm < 3:
            await pilot.pause()
            if is_settled(grid_of(pilot)):
                calm += 1
            else:
                calm = 0
                await asyncio.sleep(0.01)


def is_settled(grid: TileGrid) -> bool:
    """Whether the painter is idle and has all that the grid wants."""
    indices = grid.visible_range() if grid._grid.viewport else ()
    visible = [grid.model.tile(index) for index in indices]
    requests = [grid._pictures.request(tile, grid._grid.picture) for tile in visible]
    wanted = [*requests, *grid._pictures._wanted]
    return not grid.painter.busy and all(request in grid.painter for request in wanted)


def expected(pilot: Pilot[None]) -> dict[tuple[int, int], Cell]:
    """Where the pictures of the grid belong, by the place of its tiles."""
    grid = grid_of(pilot)
    if not grid._grid.viewport:
        return {}
    cells: dict[tuple[int, int], Cell] = {}
    for index in grid.visible_range():
        request = grid._pictures.request(grid.model.tile(index), grid._grid.picture)
        picture: int | str
        if isinstance(grid.painter, ClassicPainter):
            upload = grid.painter._uploads[request]
            picture, columns, rows = upload.image_id, upload.columns, upload.rows
        else:
            assert isinstance(grid.painter, SixelPainter)
            data = grid.painter._pictures[request]
            columns, rows = data.columns, data.rows
            picture = re.sub(r'^\x1bP[\d;]*q"[\d;]+', "", data.data)
        place = (
            grid._grid.region(index).translate(-grid.scroll_offset).translate(grid.region.offset)
        )
        left = place.x + 1 + (request.columns - columns) // 2
        top = place.y + 1 + (request.rows - rows) // 2
        for row in range(rows):
            for column in range(columns):
                if not grid.region.contains(left + column, top + row):
                    continue
                cell = Cell(picture, column, row)
                if isinstance(picture, str):
                    cell = Cell(row_names(picture, rows)[row], column, 0)
                cells[left + column, top + row] = cell
    return cells


@cache
def row_names(sixels: str, rows: int) -> list[str]:
    """What tells a row of cells from any other: the first band that lies in it."""
    bands = re.sub(r"^(?:#\d+;2;\d+;\d+;\d+)*", "", sixels).removesuffix("\x1b\\").split("-")
    return [bands[min(len(bands) - 1, ceil(row * CELL[1] / 6))] for row in range(rows)]


def without(cells: dict[tuple[int, int], Cell], region: Region) -> dict[tuple[int, int], Cell]:
    return {place: cell for place, cell in cells.items() if not region.contains(*place)}


async def test_every_picture_stands_in_its_tile(terminal: Screen, running: Start) -> None:
    async with running(200) as pilot:
        await settle(pilot)
        assert len(grid_of(pilot).visible_range()) >= 16
        assert terminal.shown() == expected(pilot)


async def test_scrolling_moves_pictures_and_sends_none_twice(
    kind: str, terminal: Screen, running: Start
) -> None:
    async with running(200) as pilot:
        await settle(pilot)
        grid = grid_of(pilot)
        sent = len(terminal.sent)
        for rows in (1, 1, -1, -1, 3, -3):
            paints = len(terminal.paints)
            grid.scroll_rows(rows)
            await settle(pilot)
            assert terminal.shown() == expected(pilot)
            # To move a Sixel picture is to paint it again, once.
            assert len(terminal.paints) - paints <= len(grid.visible_range())
        assert len(terminal.sent) == len(set(terminal.sent))
        if kind == "classic":
            again = len(terminal.sent)
            assert again > sent
            grid.scroll_rows(1)
            await settle(pilot)
            assert len(terminal.sent) == again


async def test_a_dialog_covers_pictures_and_leaves_them_whole(
    terminal: Screen, running: Start
) -> None:
    async with running(200) as pilot:
        await settle(pilot)
        sent, before = len(terminal.sent), terminal.shown()
        await pilot.app.push_screen(Dialog())
        await settle(pilot)
        dialog = pilot.app.screen.query_one(Static).region
        shown = terminal.shown()
        assert without(shown, dialog) == shown
        # What is left of a picture may stay blank, where that is little.
        assert shown.items() <= before.items()
        touched = {cell.picture for place, cell in before.items() if dialog.contains(*place)}
        others = {place: cell for place, cell in before.items() if cell.picture not in touched}
        assert others.items() <= shown.items()
        line = "".join(terminal.text.get((x, dialog.y), " ") for x in dialog.column_range)
        assert "over the grid" in line
        pilot.app.pop_screen()
        await settle(pilot)
        assert terminal.shown() == before == expected(pilot)
        assert len(terminal.sent) == sent


async def test_short_frames_of_a_slow_line_leave_the_screen_of_long_ones(
    terminal: Screen, running: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(60) as pilot:
        await settle(pilot)
        app, grid = pilot.app, grid_of(pilot)
        assert isinstance(app, GridApp)
        monkeypatch.setattr(TerminalLink, "slow", property(lambda link: True))
        steps: list[Callable[[], object]] = [
            lambda: grid.move(0, 3),
            lambda: grid.move(1, 2),
            lambda: app.push_screen(Dialog()),
            app.pop_screen,
            lambda: grid.set_model(Album(app.album.folder, range(100, 107))),
            lambda: grid.set_model(app.album, cursor=30),
        ]
        for step in steps:
            step()
            await pilot.pause()
            short = dict(terminal.text)
            app._display(app.screen, app.screen._compositor.render_update(full=True))
            words = {place: text for place, text in terminal.text.items() if text != " "}
            assert words == {place: text for place, text in short.items() if text != " "}
            await settle(pilot)
        assert terminal.shown() == expected(pilot)


async def test_the_cursor_and_marks_cost_no_picture(terminal: Screen, running: Start) -> None:
    async with running(200) as pilot:
        await settle(pilot)
        cost, before = terminal.picture_bytes, terminal.shown()
        grid = grid_of(pilot)
        grid.move(1, 0)
        await settle(pilot)
        grid.move(0, 1)
        await settle(pilot)
        grid.model_changed([3, 4])
        await settle(pilot)
        assert terminal.shown() == before
        assert terminal.picture_bytes == cost


async def test_another_tab_theme_or_window_sends_nothing_again(
    kind: str, terminal: Screen, running: Start
) -> None:
    async with running(12) as pilot:
        await settle(pilot)
        app, grid = pilot.app, grid_of(pilot)
        assert isinstance(app, GridApp)
        grid.set_model(Album(app.album.folder, range(100, 105)))
        await settle(pilot)
        assert terminal.shown() == expected(pilot)
        sent = len(terminal.sent)
        grid.set_model(app.album, cursor=3)
        await settle(pilot)
        assert terminal.shown() == expected(pilot)
        app.theme = "textual-light"
        await settle(pilot)
        assert terminal.shown() == expected(pilot)
        for size in ((80, 30), (120, 44), (23, 10), SIZE):
            terminal.resize(*size)
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert terminal.shown() == expected(pilot)
        assert len(terminal.sent) == sent == (17 if kind == "classic" else 0)


async def test_nothing_is_left_at_the_end(kind: str, terminal: Screen, running: Start) -> None:
    async with running(30) as pilot:
        await settle(pilot)
        assert bool(terminal.images) == (kind == "classic")
    assert terminal.images == {}
    assert terminal.placements == {}
    assert sorted(terminal.freed) == sorted(terminal.sent)


async def test_nothing_is_left_after_a_crash(terminal: Screen, running: Start) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async def crash() -> None:
        async with running(8) as pilot:
            await settle(pilot)
            pilot.app.call_later(fail)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert terminal.images == {}
    assert terminal.placements == {}


async def test_a_suspended_app_leaves_nothing_and_shows_all_again(
    terminal: Screen, running: Start
) -> None:
    async with running(8) as pilot:
        await settle(pilot)
        driver: Any = pilot.app._driver
        driver.stop_application_mode()
        assert terminal.images == {}
        assert terminal.placements == {}
        # The shell has used the screen meanwhile.
        terminal.write("\x1b[2J")
        pilot.app.app_resume_signal.publish(pilot.app)
        pilot.app.screen.refresh()
        await settle(pilot)
        assert terminal.shown() == expected(pilot)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (500, 9), (60, 18)])
async def test_odd_windows_cut_no_picture_wrongly(
    size: tuple[int, int], terminal: Screen, running: Start
) -> None:
    async with running(60) as pilot:
        terminal.resize(*size)
        await pilot.resize_terminal(*size)
        await settle(pilot)
        shown, wanted = terminal.shown(), expected(pilot)
        assert shown.items() <= wanted.items()
        if size[0] >= 60:
            assert shown


async def test_a_storm_of_resizes_ends_with_every_picture_in_its_tile(
    terminal: Screen, running: Start
) -> None:
    async with running(60) as pilot:
        for step in range(25):
            size = 30 + 7 * (step % 11), 8 + 3 * (step % 9)
            terminal.resize(*size)
            await pilot.resize_terminal(*size)
        await settle(pilot)
        assert terminal.shown() == expected(pilot)
