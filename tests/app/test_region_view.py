"""A part of a photo, framed with the mouse or by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from piloted import until
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from tui_selector.app.graphics.halfcell import HalfCellPainter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.widgets.region_view import RegionView, framed
from tui_selector.app.widgets.tile import Tile

#: In a window of 80 x 20 cells, each 1 x 2 dots, the photo is 80 x 20 cells at its fit.
WIDTH, HEIGHT = 400, 200


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    source = Pictures()
    yield source
    source.close()


class ViewApp(App[None]):
    """One view in the whole screen, and what it said."""

    def __init__(self, source: Pictures, photo: Path) -> None:
        super().__init__()
        self.photo = photo
        self.view = RegionView(source, HalfCellPainter())
        self.chosen: list[tuple[float, ...]] = []
        self.changes: list[tuple[float, ...] | None] = []  # what was framed after each of them

    def compose(self) -> ComposeResult:
        yield self.view

    def on_region_view_chosen(self, message: RegionView.Chosen) -> None:
        self.chosen.append(message.region)

    def on_region_view_changed(self) -> None:
        self.changes.append(self.view.region_chosen)


@pytest.fixture
def app(tmp_path: Path, pictures: Pictures) -> ViewApp:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (WIDTH, HEIGHT), (0, 0, 80)).save(photo)
    return ViewApp(pictures, photo)


def tile(photo: Path, width: int = WIDTH, height: int = HEIGHT) -> Tile:
    return Tile("", str(photo), photo.name, width=width, height=height)


def text_of(view: RegionView, row: int) -> str:
    return "".join(segment.text for segment in view.render_line(row))


async def drag(
    pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int], button: int = 1
) -> None:
    """Press a button at a cell, move to another and let go."""
    await pilot.mouse_down(RegionView, offset=start, button=button)
    await pilot.hover(RegionView, offset=end)
    await pilot.mouse_up(RegionView, offset=end)
    await pilot.pause()


async def test_a_drag_with_the_right_button_chooses_what_is_under_it(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        await drag(pilot, (20, 5), (39, 9), button=3)
        (region,) = app.chosen
        assert region == pytest.approx((0.25, 0.25, 0.5, 0.5))
        assert app.view.region_chosen is None
        assert not app.view.has_focus
        # Whatever corner the drag begins in.
        await drag(pilot, (39, 5), (20, 9), button=3)
        assert app.chosen[1] == pytest.approx(region)


async def test_the_left_button_draws_after_begin_and_only_then(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        await drag(pilot, (20, 5), (39, 9))
        assert not app.chosen
        assert app.view.begin()
        await drag(pilot, (0, 0), (79, 19))
        assert app.chosen == [pytest.approx((0.0, 0.0, 1.0, 1.0))]


async def test_a_drag_shows_what_it_draws(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        await pilot.mouse_down(RegionView, offset=(20, 5), button=3)
        await pilot.hover(RegionView, offset=(30, 8))
        await pilot.pause()
        assert text_of(app.view, 5)[20:31] == "┏" + "━" * 9 + "┓"
        assert text_of(app.view, 8)[20:31] == "┗" + "━" * 9 + "┛"
        await pilot.press("escape")
        assert app.view.region_chosen is None
        assert app.mouse_captured is None
        await pilot.hover(RegionView, offset=(35, 9))
        await pilot.mouse_up(RegionView, offset=(35, 9))
        await pilot.pause()
        assert not app.chosen
        assert not app.screen.get_selected_text()


async def test_a_slip_of_the_hand_chooses_nothing(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        await drag(pilot, (20, 5), (21, 5), button=3)
        assert not app.chosen
        assert app.view.region_chosen is None


async def test_keys_move_size_and_choose(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        assert app.view.begin()
        await pilot.pause()
        assert app.view.has_focus
        assert app.view.region_chosen == pytest.approx((0.25, 0.25, 0.75, 0.75))
        await pilot.press("l", "right", "j", "up", "up", "k", "h")
        assert app.view.region_chosen == pytest.approx((0.2625, 0.15, 0.7625, 0.65))
        await pilot.press("L", "shift+right", "J", "J", "K", "shift+left", "H", "H")
        assert app.view.region_chosen == pytest.approx((0.2625, 0.15, 0.75, 0.7))
        await pilot.press("enter")
        await pilot.pause()
        assert app.chosen == [pytest.approx((0.2625, 0.15, 0.75, 0.7))]
        assert app.changes[-1] is None
        assert not app.view.can_focus


async def test_the_frame_stays_in_the_picture_and_is_never_empty(app: ViewApp) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.show(tile(app.photo))
        app.view.begin()
        await pilot.pause()
        await pilot.press(*["h"] * 15, *["k"] * 8)
        assert app.view.region_chosen == pytest.approx((0.0, 0.0, 0.5, 0.5))
        await pilot.press(*["L"] * 25, *["J"] * 8)
        assert app.view.region_chosen == pytest.approx((0.0, 0.0, 1.0, 1.0))
        await pilot.press(*["H"] * 45, *["K"] * 12)
        assert app.view.region_chosen == pytest.approx((0.0, 0.0, 1 / 40, 1 / 10))
        await pilot.press("escape")
        await pilot.pause()
        assert app.view.region_chosen is None
        assert not app.chosen


async def test_the_frame_is_drawn_over_the_picture(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        await until(pilot, lambda: app.view.complete)
        before = text_of(app.view, 5)
        app.view.begin()
        await pilot.pause()
        assert text_of(app.view, 5)[20:60] == "┏" + "━" * 38 + "┓"
        assert text_of(app.view, 14)[20:60] == "┗" + "━" * 38 + "┛"
        middle = text_of(app.view, 10)
        assert (middle[20], middle[59]) == ("┃", "┃")
        assert middle[21:59] == before[21:59]
        assert text_of(app.view, 4) == before
        app.view.end()
        assert text_of(app.view, 5) == before


async def test_in_a_zoomed_photo_the_part_is_what_is_seen(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        app.view.zoom_to(1.0)
        app.view.pan(-10, -10)
        await pilot.pause()
        # At 100 % a cell is a pixel wide and two high.
        await drag(pilot, (40, 10), (79, 19), button=3)
        assert app.chosen == [pytest.approx((40 / 400, 20 / 200, 80 / 400, 40 / 200))]


async def test_a_photo_of_unknown_size_and_a_frame_of_a_video_have_no_parts(app: ViewApp) -> None:
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo, 0, 0))
        assert not app.view.begin()
        await drag(pilot, (20, 5), (39, 9), button=3)
        app.view.show(tile(app.photo))
        app.view.moment = 1.0
        assert not app.view.begin()
        assert not app.chosen


async def test_another_photo_ends_it(app: ViewApp, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (WIDTH, HEIGHT)).save(other)
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(tile(app.photo))
        app.view.begin()
        app.view.show(tile(app.photo))
        assert app.view.region_chosen is not None
        app.view.show(tile(other))
        await pilot.pause()
        assert app.view.region_chosen is None


corner = st.tuples(st.integers(-8, 16), st.integers(-5, 9))


@given(corner, corner)
def test_a_frame_never_changes_the_size_of_rows(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    rows = [Strip([Segment("." * 10)], 10) for _ in range(5)]
    first = min(one[0], other[0]), min(one[1], other[1])
    end = max(one[0], other[0]), max(one[1], other[1])
    drawn = framed(rows, first, end, Style())
    assert len(drawn) == 5
    for row in drawn:
        assert row.cell_length == 10
        assert len("".join(segment.text for segment in row)) == 10
