from __future__ import annotations

import asyncio
import io
import re
from base64 import standard_b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_album import Album, Dialog, driver_to, noise
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from PIL import Image
from rich.color import Color
from rich.console import Console
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.pilot import Pilot

from tui_selector.app.graphics.kitty import (
    MARKS,
    PLACEHOLDER,
    KittyPainter,
    place_virtually,
    transmit,
)
from tui_selector.app.graphics.output import TerminalOutput, make_painter
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.widgets.tile_grid import TileGrid

CONSOLE = Console(color_system="truecolor")
CARD = Style(bgcolor=Color.from_rgb(1, 2, 3))
COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")

Place = tuple[int, int, int]


class KittyTerminal:
    """As much of a kitty as is needed to say which pictures it holds, shows and was sent."""

    def __init__(self) -> None:
        self.images: dict[int, bytes] = {}
        self.placements: dict[int, tuple[int, int]] = {}
        self.sent: list[int] = []
        self.freed: list[int] = []
        self.writes: list[str] = []
        self._incoming: tuple[int, str] | None = None

    def write(self, text: str) -> None:
        self.writes.append(text)
        for command in COMMAND.finditer(text):
            self._run(dict(part.split("=") for part in command[1].split(",")), command[2] or "")
        # A command that is split over two writes leaves half of itself here.
        assert "\x1b_G" not in COMMAND.sub("", text)

    def _run(self, keys: dict[str, str], payload: str) -> None:
        assert keys["q"] == "2", "an answer would arrive as keys"
        assert len(payload) <= 4096
        action = keys.get("a")
        if self._incoming is not None or action == "t":
            self._receive(keys, payload)
        elif action == "p":
            image_id = int(keys["i"])
            assert keys["U"] == "1"
            assert image_id in self.images, "placed before it was sent"
            self.placements[image_id] = (int(keys["c"]), int(keys["r"]))
        elif action == "d":
            assert keys["d"] == "I", "anything else keeps the pixels"
            del self.images[int(keys["i"])]
            self.placements.pop(int(keys["i"]), None)
            self.freed.append(int(keys["i"]))
        else:
            raise AssertionError(f"unknown command {keys}")

    def _receive(self, keys: dict[str, str], payload: str) -> None:
        if self._incoming is None:
            assert keys["f"] == "100"
            self._incoming = (int(keys["i"]), payload)
        else:
            assert set(keys) <= {"m", "q"}
            self._incoming = (self._incoming[0], self._incoming[1] + payload)
        if keys["m"] == "0":
            image_id, data = self._incoming
            assert 0 < image_id < 1 << 24
            assert image_id not in self.images
            self.images[image_id] = standard_b64decode(data)
            self.sent.append(image_id)
            self._incoming = None


def places(text: str) -> list[Place | None]:
    """(id, row, column) for each placeholder cell in terminal text, None for other cells."""
    found: list[Place | None] = []
    colour = 0
    for codes, placeholder, marks, other in re.findall(
        rf"\x1b\[([\d;]*)m|({PLACEHOLDER})([{''.join(MARKS)}]*)|(.)", text, re.DOTALL
    ):
        if placeholder:
            left = found[-1] if found else None
            inherits = left is not None and left[0] == colour
            row = MARKS.index(marks[0]) if marks else (left[1] if inherits and left else 0)
            if len(marks) > 1:
                column = MARKS.index(marks[1])
            else:
                same = inherits and left is not None and left[1] == row
                column = left[2] + 1 if same and left is not None else 0
            found.append((colour, row, column))
        elif other:
            found.append(None)
        elif match := re.search(r"38;2;(\d+);(\d+);(\d+)", codes):
            red, green, blue = map(int, match.groups())
            colour = red << 16 | green << 8 | blue
    return found


def png(width: int, height: int) -> EncodedPicture:
    stream = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("P").save(stream, "PNG")
    return EncodedPicture(width, height, stream.getvalue())


@pytest.fixture
def terminal() -> KittyTerminal:
    return KittyTerminal()


def send(painter: KittyPainter, name: str, box: Size, picture: EncodedPicture) -> PictureRequest:
    request = painter.request(name, f"/{name}", box, dimmed=False)
    painter.offer(request, picture)
    assert painter.pump([request]) == [request]
    return request


def test_marks_are_the_ones_of_the_protocol() -> None:
    assert len(set(MARKS)) == len(MARKS) == 297
    assert [ord(MARKS[at]) for at in (0, 1, 2, 296)] == [0x305, 0x30D, 0x30E, 0x1D244]


@given(st.binary(min_size=1, max_size=20_000))
def test_a_file_arrives_whole_in_small_pieces(data: bytes) -> None:
    terminal = KittyTerminal()
    terminal.write("".join([*transmit(7, data), place_virtually(7, 20, 8)]))
    assert terminal.images == {7: data}
    assert terminal.placements == {7: (20, 8)}


def test_a_picture_is_sent_once_and_shown_as_text(terminal: KittyTerminal) -> None:
    painter = KittyPainter(terminal.write, first_id=0x010203)
    request = send(painter, "a", Size(20, 8), png(200, 160))
    painter.offer(request, png(200, 160))
    assert painter.pump([request]) == []
    assert terminal.sent == [0x010203]
    assert terminal.images[0x010203] == png_data(terminal)
    strips = painter.strips(request, CARD)
    assert strips is not None
    assert len(strips) == 8
    for row, strip in enumerate(strips):
        text = strip.render(CONSOLE)
        assert places(text) == [(0x010203, row, column) for column in range(20)]
        # One mark names the row; the cells after the first inherit it.
        assert len(text) < 20 + 60


def png_data(terminal: KittyTerminal) -> bytes:
    (data,) = terminal.images.values()
    assert data.startswith(b"\x89PNG")
    return data


def test_the_id_survives_a_console_with_few_colours(terminal: KittyTerminal) -> None:
    painter = KittyPainter(terminal.write, first_id=0xABCDEF)
    request = send(painter, "a", Size(4, 2), png(40, 40))
    strips = painter.strips(request, CARD)
    assert strips is not None
    for system in ("standard", "256", None):
        text = strips[0].cut(0, 3).render(Console(color_system=system))  # type: ignore[attr-defined]
        assert [place and place[0] for place in places(text)] == [0xABCDEF] * 3


@given(st.sets(st.integers(1, 29), max_size=5))
def test_a_cut_anywhere_leaves_every_cell_its_place(cuts: set[int]) -> None:
    painter = KittyPainter(KittyTerminal().write, first_id=9)
    request = send(painter, "a", Size(30, 6), png(200, 120))
    for strip in painter.strips(request, CARD) or ():
        whole = places(strip.render(CONSOLE))
        pieces = strip.divide([*sorted(cuts), 30])
        # A dialog may cover any of the pieces: each has to be right alone.
        assert [place for piece in pieces for place in places(piece.render(CONSOLE))] == whole
        assert [place for segment in strip for place in places(segment_text(segment))] == whole


def segment_text(segment: Any) -> str:
    style = segment.style
    codes = ";".join(style.color.get_ansi_codes()) if style and style.color else ""
    return f"\x1b[{codes}m{segment.text}"


@given(st.integers(1, 500), st.integers(1, 500))
def test_the_placement_is_the_smallest_box_that_holds_the_picture(width: int, height: int) -> None:
    terminal = KittyTerminal()
    painter = KittyPainter(terminal.write, cell_width=9, cell_height=18, first_id=1)
    send(painter, "a", Size(20, 7), EncodedPicture(width, height, b"x"))
    columns, rows = terminal.placements[1]
    scale = min(20 * 9 / width, 7 * 18 / height)
    assert 1 <= columns <= 20
    assert 1 <= rows <= 7
    assert columns * 9 >= min(width * scale, 180) - 0.01 > (columns - 1) * 9 - 0.02
    assert rows * 18 >= min(height * scale, 126) - 0.01 > (rows - 1) * 18 - 0.02


def test_large_cells_do_not_ask_for_more_pixels_than_a_link_can_take(
    terminal: KittyTerminal,
) -> None:
    painter = KittyPainter(terminal.write, cell_width=40, cell_height=80, longest=480)
    request = painter.request("a", "/a", Size(42, 15), dimmed=False)
    assert max(request.width, request.height) == 480
    assert request.width / request.height == pytest.approx(42 * 40 / (15 * 80), rel=0.01)


def test_the_budget_frees_what_was_not_used_for_longest_but_never_the_screen(
    terminal: KittyTerminal,
) -> None:
    painter = KittyPainter(terminal.write, first_id=1, bytes_budget=2 * 4 * 100 * 100)
    box, picture = Size(10, 5), png(100, 100)
    a = send(painter, "a", box, picture)
    b = send(painter, "b", box, picture)
    painter.keep([a])
    c = send(painter, "c", box, picture)
    assert (a in painter, b in painter, c in painter) == (True, False, True)
    painter.keep([a, c])
    send(painter, "d", box, picture)
    assert a in painter
    assert c in painter
    assert len(terminal.images) == 2
    painter.forget("a")
    assert a not in painter
    painter.clear_all()
    assert terminal.images == {}
    assert sorted(terminal.freed) == [1, 2, 3, 4]


def test_little_is_sent_at_a_time_in_the_order_wanted(terminal: KittyTerminal) -> None:
    behind = False
    picture = png(100, 100)
    room = 2 * (len(picture.data) * 4 // 3)
    painter = KittyPainter(terminal.write, first_id=1, batch_bytes=room, backlog=lambda: behind)
    requests = [painter.request(name, f"/{name}", Size(10, 5), dimmed=False) for name in "abcde"]
    for request in requests:
        painter.offer(request, picture)
    wanted = requests[::-1]
    assert painter.pump(wanted) == wanted[:2]
    behind = True
    assert painter.pump(wanted) == []
    behind = False
    painter.withdraw([wanted[2]])
    assert painter.pump(wanted) == wanted[3:]
    assert not painter.busy
    assert wanted[2] not in painter


def test_ids_go_round_and_pass_over_those_in_use(terminal: KittyTerminal) -> None:
    painter = KittyPainter(terminal.write, first_id=(1 << 24) - 1)
    picture = png(10, 10)
    send(painter, "a", Size(2, 1), picture)
    send(painter, "b", Size(2, 1), picture)
    assert terminal.sent == [(1 << 24) - 1, 1]


# The whole grid in an app whose driver is the terminal above.


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noise(tmp_path_factory.mktemp("photos"), (160, 100))


class GridApp(App[None]):
    def __init__(self, terminal: KittyTerminal, folder: Path, count: int) -> None:
        super().__init__(driver_class=driver_to(terminal.write))
        self.album = Album(folder, range(count))
        self.source = Pictures()

    def compose(self) -> ComposeResult:
        graphics = TerminalGraphics("kitty", truecolour=True)
        self.grid = TileGrid(self.source, make_painter(self, graphics), self.album)
        yield self.grid

    def on_mount(self) -> None:
        self.grid.focus()


@pytest.fixture
def running(
    terminal: KittyTerminal, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], Any]]:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    apps: list[GridApp] = []

    def start(count: int) -> Any:
        app = GridApp(terminal, photos, count)
        apps.append(app)
        return app.run_test(headless=False, size=(100, 40))

    yield start
    for app in apps:
        app.source.close()


async def settle(pilot: Pilot[None]) -> None:
    """Wait until every picture on screen has been sent and nothing is on its way."""
    grid = pilot.app.query_one(TileGrid)
    async with asyncio.timeout(PATIENCE):
        while True:
            await pilot.pause()
            visible = [grid.model.tile(index) for index in grid.visible_range()]
            requests = [grid._pictures.request(tile, grid._grid.picture) for tile in visible]
            ahead = grid._pictures._wanted
            if all(request in grid.painter for request in [*requests, *ahead]):
                break
            await asyncio.sleep(0.01)
    await pilot.pause()


def shown(terminal: KittyTerminal) -> set[int]:
    """Ids in all the frames written so far."""
    return {
        place[0] for text in terminal.writes for place in places(COMMAND.sub("", text)) if place
    }


async def test_what_was_sent_once_is_not_sent_again(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(200) as pilot:
        await settle(pilot)
        grid = pilot.app.query_one(TileGrid)
        assert len(grid.visible_range()) >= 16
        first = len(terminal.sent)

        grid.move(1, 0)
        grid.move(0, 1)
        grid.range_anchor = 0
        grid.range_anchor = None
        grid.model_changed([3, 4])
        await pilot.app.push_screen(Dialog())
        await settle(pilot)
        pilot.app.pop_screen()
        pilot.app.notify("a toast over the grid")
        pilot.app.theme = "textual-light"
        await settle(pilot)
        assert len(terminal.sent) == first

        await pilot.resize_terminal(80, 30)
        await settle(pilot)
        assert len(terminal.sent) == first

        grid.scroll_rows(1)
        await settle(pilot)
        grid.scroll_rows(-1)
        await settle(pilot)
        assert len(terminal.sent) == len(set(terminal.sent))
        assert shown(terminal) <= set(terminal.sent)


async def test_another_tab_and_back_sends_only_the_other_tab(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(12) as pilot:
        await settle(pilot)
        app, grid = pilot.app, pilot.app.query_one(TileGrid)
        assert len(terminal.sent) == 12
        grid.set_model(Album(app.album.folder, range(100, 105)))
        await settle(pilot)
        assert len(terminal.sent) == 17
        grid.set_model(app.album, cursor=3)
        await settle(pilot)
        assert len(terminal.sent) == 17


async def test_every_picture_is_freed_at_the_end(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(30) as pilot:
        await settle(pilot)
        assert terminal.images
    assert terminal.images == {}
    assert sorted(terminal.freed) == sorted(terminal.sent)


async def test_every_picture_is_freed_after_a_crash(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async def crash() -> None:
        async with running(8) as pilot:
            await settle(pilot)
            assert terminal.images
            pilot.app.call_later(fail)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert len(terminal.sent) == 8
    assert terminal.images == {}


async def test_a_suspended_app_leaves_no_picture_and_sends_them_again(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(8) as pilot:
        await settle(pilot)
        pilot.app._driver.stop_application_mode()
        assert terminal.images == {}
        pilot.app.app_resume_signal.publish(pilot.app)
        await settle(pilot)
        assert len(terminal.images) == 8


async def test_frames_show_each_cell_of_each_picture(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(4) as pilot:
        await settle(pilot)
        terminal.writes.clear()
        pilot.app.refresh(repaint=True, layout=True)
        pilot.app.screen.refresh()
        await pilot.pause()
        drawn = {
            place for text in terminal.writes for place in places(COMMAND.sub("", text)) if place
        }
        expected = {
            (image_id, row, column)
            for image_id, (columns, rows) in terminal.placements.items()
            for row in range(rows)
            for column in range(columns)
        }
        assert drawn == expected
        cells = sum(columns * rows for columns, rows in terminal.placements.values())
        frame = max((text for text in terminal.writes), key=len)
        # Colours and marks once per row: the short form has reached the screen.
        assert frame.count(PLACEHOLDER) == cells
        rows = sum(rows for _, rows in terminal.placements.values())
        assert frame.count("m" + PLACEHOLDER) == rows


async def test_a_rejected_photo_is_sent_once_more_faded(
    terminal: KittyTerminal, running: Callable[[int], Any]
) -> None:
    async with running(4) as pilot:
        await settle(pilot)
        grid = pilot.app.query_one(TileGrid)
        for dimmed in ({2}, set(), {2}):
            pilot.app.album.dimmed = dimmed
            grid.model_changed([2])
            await settle(pilot)
        assert len(terminal.sent) == 5
        bright, dark = (
            Image.open(io.BytesIO(terminal.images[image_id])).convert("L").getextrema()[1]
            for image_id in (min(terminal.sent), terminal.sent[-1])
        )
        assert dark < bright / 2


def test_tmux_gets_every_command_wrapped(terminal: KittyTerminal) -> None:
    written: list[str] = []

    class Recorder:
        def write(self, text: str) -> None:
            written.append(text)

        def stop_application_mode(self) -> None:
            return

    app: Any = type("FakeApp", (), {"_driver": Recorder()})()
    TerminalOutput(app, passthrough=True).write("".join(transmit(5, b"x" * 5000)))
    wrapped = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", written[0])
    assert "".join(f"\x1bPtmux;{part}\x1b\\" for part in wrapped) == written[0]
    for part in wrapped:
        terminal.write(part.replace("\x1b\x1b", "\x1b"))
    assert terminal.images == {5: b"x" * 5000}
