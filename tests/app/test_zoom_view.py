"""The zoomable view on its own: what it asks for, what the mouse does, what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from piloted import until
from textual.app import App, ComposeResult
from textual.geometry import Offset, Size

from tui_selector.app.graphics.halfcell import HalfCellPainter
from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.zoom_view import ZoomView

WIDTH, HEIGHT = 1200, 900


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    source = Pictures()
    yield source
    source.close()


def quarters(path: Path, turn: int = 0) -> Path:
    """A picture whose quarters are red, green, blue and white."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    colours = ["red", "lime", "blue", "white"]
    for index in range(4):
        colour = colours[(index + turn) % 4]
        image.paste(Image.new("RGB", (600, 450), colour), (600 * (index % 2), 450 * (index // 2)))
    image.save(path)
    return path


def tile(path: Path, *, sized: bool = True) -> Tile:
    size = {"width": WIDTH, "height": HEIGHT} if sized else {}
    return Tile("", str(path), path.name, **size)


class ViewApp(App[None]):
    """One view in the whole screen, and what it said."""

    def __init__(self, source: Pictures, painter: Painter) -> None:
        super().__init__()
        self.view = ZoomView(source, painter)
        self.moves: list[ZoomView.Moved] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_zoom_view_moved(self, message: ZoomView.Moved) -> None:
        self.moves.append(message)


def colour_at(view: ZoomView, x: int, y: int) -> tuple[int, int, int]:
    """The upper colour of a cell."""
    (segment,) = view.render_line(y).crop(x, x + 1)
    assert segment.style is not None
    assert segment.style.color is not None
    return tuple(segment.style.color.get_truecolor())


async def test_zoom_shows_the_pixels_of_the_place(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png")))
        await until(pilot, lambda: view.complete)
        view.toggle()
        await until(pilot, lambda: view.complete)
        assert view.zoom == 1.0
        # At the centre the four quarters meet.
        assert colour_at(view, 39, 11) == (255, 0, 0)
        assert colour_at(view, 40, 11) == (0, 255, 0)
        assert colour_at(view, 39, 12) == (0, 0, 255)
        assert colour_at(view, 40, 12) == (255, 255, 255)
        view.pan_cells(-5, 3)
        await until(pilot, lambda: view.complete)
        assert colour_at(view, 44, 8) == (255, 0, 0)
        assert colour_at(view, 45, 9) == (255, 255, 255)


class Uncut(HalfCellPainter):
    """Draws no picture wider than 30 cells, and shows none of which the left or top is cut off."""

    cuttable = False

    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        return super().request(key, path, Size(min(30, box.width), box.height), dimmed)


async def test_a_painter_that_cannot_cut_gets_what_is_in_sight_in_parts_that_it_can_draw(
    tmp_path: Path, pictures: Pictures
) -> None:
    app = ViewApp(pictures, Uncut())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png")))
        view.toggle()
        view.pan_cells(-5, 3)
        shown = view._layout(view.tile) if view.tile else []
        boxes = [(each.column, each.requests[0].columns) for each in shown]
        assert sorted(boxes) == [(0, 26), (26, 27), (53, 27)]
        for each in shown:
            # What serves for the moment is as large on the screen as what is meant.
            assert len({(request.width, request.height) for request in each.requests}) == 1
        await until(pilot, lambda: view.complete)
        assert colour_at(view, 44, 8) == (255, 0, 0)
        assert colour_at(view, 45, 9) == (255, 255, 255)


async def test_a_pan_never_leaves_the_picture_and_says_where_it_is(
    tmp_path: Path, pictures: Pictures
) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png")))
        view.zoom_to(1.0)
        view.pan(-100, -100)
        await pilot.pause()
        assert view.viewport is not None
        assert view.viewport.offset == (0, 0)
        assert app.moves[-1].zoom == 1.0
        assert app.moves[-1].centre == pytest.approx((40 / WIDTH, 24 / HEIGHT))
        said = len(app.moves)
        view.pan(-1, 0)
        await pilot.pause()
        assert len(app.moves) == said


async def test_locked_views_follow_without_an_echo(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(tile(quarters(tmp_path / "a.png")))
        app.view.look(2.0, (0.25, 0.75))
        await pilot.pause()
        assert (app.view.zoom, app.view.centre) == (2.0, (0.25, 0.75))
        assert not app.moves


async def test_wheel_and_double_click_zoom_at_the_mouse(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png")))
        await pilot.double_click(view, offset=(20, 6))
        assert view.zoom == 1.0
        before = view.viewport
        assert before is not None
        # A quarter from the left and the top, less the margins of the fit (8 cells each side).
        assert before.point(20.5, 6.5) == pytest.approx(((20.5 - 8) / 64, 6.5 / 24), abs=0.01)
        view.zoom_by(1, Offset(60, 20))
        after = view.viewport
        assert after is not None
        assert after.point(60.5, 20.5) == pytest.approx(before.point(60.5, 20.5), abs=0.001)
        await pilot.double_click(view, offset=(60, 20))
        assert view.zoom is None


async def test_the_picture_follows_the_mouse(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png")))
        view.zoom_to(1.0)
        viewport = view.viewport
        assert viewport is not None
        held = viewport.point(30, 10)
        await pilot.mouse_down(view, offset=(30, 10))
        await pilot.hover(view, offset=(25, 12))
        await pilot.mouse_up(view, offset=(25, 12))
        await pilot.hover(view, offset=(60, 3))
        viewport = view.viewport
        assert viewport is not None
        assert viewport.point(25, 12) == pytest.approx(held)


async def test_a_photo_of_unknown_size_zooms_once_it_is_decoded(
    tmp_path: Path, pictures: Pictures
) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(tile(quarters(tmp_path / "a.png"), sized=False))
        view.toggle()
        await until(pilot, lambda: view.viewport is not None and view.complete)
        assert view.viewport is not None
        assert view.viewport.picture == (WIDTH, HEIGHT)


async def test_zoom_and_centre_stay_from_photo_to_photo(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    first, second = tile(quarters(tmp_path / "a.png")), tile(quarters(tmp_path / "b.png", 1))
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(first, [second])
        view.look(1.0, (0.75, 0.25))
        await until(pilot, lambda: view.complete and view.prepared)
        assert colour_at(view, 40, 12) == (0, 255, 0)
        view.show(second, [first])
        # The neighbour was made ready, so it is there at once.
        assert view.complete
        assert colour_at(view, 40, 12) == (0, 0, 255)


async def test_a_pan_in_kitty_sends_only_what_comes_into_sight(
    tmp_path: Path, pictures: Pictures
) -> None:
    sent: list[str] = []
    app = ViewApp(pictures, KittyPainter(sent.append, first_id=1))
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        Image.radial_gradient("L").resize((4000, 3000)).convert("RGB").save(tmp_path / "a.png")
        view.show(Tile("", str(tmp_path / "a.png"), "a.png", width=4000, height=3000))
        view.look(1.0, (0.5, 0.5))
        await until(pilot, lambda: view.complete)
        sent.clear()
        view.pan_cells(3, 0)
        view.pan_cells(-3, 0)
        await until(pilot, lambda: view.complete)
        assert "a=t" not in "".join(sent)
        pieces = {
            request.crop for placed in view._layout(view._tile) for request in placed.requests
        }
        view.pan(0.25, 0)
        await until(pilot, lambda: view.complete)
        new = {request.crop for placed in view._layout(view._tile) for request in placed.requests}
        uploads = "".join(sent).count("a=t")
        assert 0 < uploads <= 2 * len(new - pieces)


async def test_a_file_that_vanished_while_zoomed_is_a_sentence(
    tmp_path: Path, pictures: Pictures
) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.toggle()
        view.show(tile(tmp_path / "gone.png"))

        def words() -> str:
            return " ".join(
                "".join(segment.text for segment in view.render_line(y)).strip() for y in range(24)
            )

        await until(pilot, lambda: "The file is gone." in words())


async def test_an_overlay_paints_what_is_lost(tmp_path: Path, pictures: Pictures) -> None:
    app = ViewApp(pictures, HalfCellPainter())
    image = Image.new("RGB", (400, 300), (90, 90, 90))
    image.paste((255, 255, 255), (0, 0, 200, 300))
    image.save(tmp_path / "a.png")
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.show(Tile("", str(tmp_path / "a.png"), "a.png", width=400, height=300))
        view.overlay = "clipping"
        await until(pilot, lambda: view.complete)
        assert colour_at(view, 20, 10) == (255, 40, 40)
        assert colour_at(view, 60, 10) == (90, 90, 90)
        view.toggle()
        await until(pilot, lambda: view.complete)
        assert colour_at(view, 30, 10) == (255, 40, 40)
        view.overlay = ""
        await until(pilot, lambda: view.complete)
        assert colour_at(view, 30, 10) == (255, 255, 255)
