"""The arithmetic of the map: views, lines round photos, what cells show, colours, pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.color import ColorTriplet
from skimage.measure import points_in_poly

from tui_selector.app import map_colours
from tui_selector.app.map_camera import Camera
from tui_selector.app.map_colours import HUES, Colouring, Ink, LegendEntry
from tui_selector.app.map_export import write_picture
from tui_selector.app.map_points import MapPoints, braille, inside, line_dots
from tui_selector.app.widgets.map_frame import FrameDrawer, Sketch
from tui_selector.library.catalog.map_table import MapFacts
from tui_selector.library.catalog.tab_table import TabInfo

INK = Ink((20, 20, 20), (240, 180, 60), (220, 220, 220), True)


def scattered(count: int, seed: int = 0) -> MapPoints:
    places = np.random.default_rng(seed).integers(0, 65536, (count, 2))
    return MapPoints(np.arange(count, dtype=np.int64) * 3, places)


def one_colour(count: int) -> Colouring:
    return Colouring(np.zeros(count, np.int16), (LegendEntry("all", HUES[0], count),))


# -- views -----------------------------------------------------------------------------------


@given(
    st.integers(10, 300),
    st.integers(4, 100),
    st.floats(0.6, 30),
    st.floats(-40, 40),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_what_is_zoomed_at_stays_where_it_is(
    columns: int, rows: int, by: float, pan: float, right: float, down: float
) -> None:
    camera = Camera.fitting((0, 0, 65535, 40000), columns, rows).moved(pan, -pan)
    column, row = right * columns, down * rows
    before = camera.place(column, row)
    after = camera.zoomed(by, column, row).place(column, row)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-3)
    assert camera.cell(*before) == pytest.approx((column, row), abs=1e-6)


def test_the_whole_map_is_in_sight_at_first_and_zoom_ends_somewhere() -> None:
    points = scattered(500)
    camera = Camera.fitting(points.bounds, 80, 24)
    assert len(points.visible(camera)) == 500
    assert camera.zoom == 1
    for _ in range(100):
        camera = camera.zoomed(1.25, 40, 12)
    assert camera.zoom <= max(40, 1 / camera.fit) * 1.001
    for _ in range(200):
        camera = camera.zoomed(1 / 1.25, 40, 12)
    assert camera.zoom == pytest.approx(0.5)


def test_another_window_shows_the_same_part() -> None:
    camera = Camera.fitting((0, 0, 1000, 1000), 80, 24).zoomed(4, 10, 10)
    wide = camera.resized(160, 48, Camera.fitting((0, 0, 1000, 1000), 160, 48).fit)
    assert (wide.x, wide.y) == (camera.x, camera.y)
    assert wide.zoom == pytest.approx(camera.zoom)


# -- inside of lines -------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=3, max_size=12, unique=True),
    st.integers(0, 1000),
)
def test_inside_is_what_another_polygon_test_says(
    corners: list[tuple[float, float]], seed: int
) -> None:
    places = np.random.default_rng(seed).uniform(0, 100, (200, 2))
    found = inside(places, corners)
    expected = points_in_poly(places, np.array(corners))
    # They may differ on the line itself.
    assert (found != expected).sum() <= 1


def test_no_line_encloses_nothing() -> None:
    assert not inside(np.array([[1.0, 1.0]]), [(0, 0), (2, 2)]).any()


# -- looking for photos ----------------------------------------------------------------------


def test_the_nearest_photo_is_found_within_reach_alone() -> None:
    points = MapPoints(np.array([7, 9]), np.array([[0, 0], [100, 0]]))
    assert points.nearest((90, 5), 20) == 1
    assert points.nearest((50, 50), 20) is None
    assert MapPoints(np.zeros(0, np.int64), np.zeros((0, 2))).nearest((0, 0), 9) is None


def test_the_next_photo_in_a_direction_lies_there() -> None:
    points = MapPoints(np.arange(4), np.array([[0, 0], [50, 10], [20, 60], [-40, 0]]))
    assert points.towards((0, 0), 1, 0, 1) == 1
    assert points.towards((0, 0), 0, 1, 1) == 2
    assert points.towards((0, 0), -1, 0, 1) == 3
    assert points.towards((0, 0), 0, -1, 1) is None


def test_photos_are_found_by_id() -> None:
    points = scattered(50)
    assert points.index_of(33) == 11
    assert points.index_of(34) is None
    assert points.index_of(None) is None
    points.mark({3, 6, 1000})
    assert points.marked.nonzero()[0].tolist() == [1, 2]


# -- cells -----------------------------------------------------------------------------------


def test_braille_has_the_dots_of_the_standard() -> None:
    for dots, sign in ((((0, 0),), "⠁"), (((3, 1),), "⢀"), (((0, 1), (3, 0)), "⡈")):
        lit = np.zeros((4, 2), np.bool_)
        for place in dots:
            lit[place] = True
        assert chr(0x2800 + int(braille(lit)[0, 0])) == sign
    assert braille(np.ones((8, 6), np.bool_)).tolist() == [[255] * 3] * 2


@given(st.integers(0, 400), st.floats(0.6, 20), st.integers(0, 99))
def test_cells_hold_the_photos_in_sight(count: int, zoom: float, seed: int) -> None:
    points = scattered(count, seed)
    camera = Camera.fitting(points.bounds, 40, 12).zoomed(zoom, 13, 7)
    cells = points.cells(camera, np.zeros(count, np.int16))
    assert int(cells.photos.sum()) == len(points.visible(camera))
    assert ((cells.dots > 0) == (cells.photos > 0)).all()
    for place in points.places[points.visible(camera)].tolist():
        column, row = camera.cell(*place)
        # A photo on the edge of a cell may be drawn on either side of it: places are rounded.
        around = {
            (int(np.clip(row + dy, 0, 11)), int(np.clip(column + dx, 0, 39)))
            for dy in (-1e-3, 0, 1e-3)
            for dx in (-1e-3, 0, 1e-3)
        }
        assert any(cells.photos[cell] > 0 for cell in around)


def test_a_cell_has_the_colour_of_most_or_of_the_highest() -> None:
    points = MapPoints(np.arange(3), np.array([[0, 0], [0, 0], [0, 0]]))
    camera = Camera(2, 2, x=0, y=0)
    kinds = np.array([1, 1, 2], np.int16)
    most, highest = (points.cells(camera, kinds, peak=peak) for peak in (False, True))
    there = most.photos == 3
    assert most.kinds[there].tolist() == [1]
    assert highest.kinds[there].tolist() == [2]


def test_a_line_goes_through_its_corners() -> None:
    lit = line_dots([(0.5, 0.5), (9.5, 0.5), (9.5, 4.5)], 5, 10)
    assert lit[2, 1]
    assert lit[2, 19]
    assert lit[18, 19]
    assert not lit[10, 4]
    assert not line_dots([(-50, -50), (-20, -9)], 5, 10).any()


# -- frames ----------------------------------------------------------------------------------


def drawn(points: MapPoints, colouring: Colouring, sketch: Sketch, size: int = 20) -> list[str]:
    camera = Camera.fitting(points.bounds, 2 * size, size)
    return [strip.text for strip in FrameDrawer(INK).draw(points, colouring, camera, sketch)]


def test_few_photos_are_discs_and_many_are_dots() -> None:
    few = "".join(drawn(scattered(8), one_colour(8), Sketch()))
    assert few.count("●") in range(6, 9)
    many = "".join(drawn(scattered(2000), one_colour(2000), Sketch()))
    assert "●" not in many
    assert sum(0x2800 < ord(sign) < 0x2900 for sign in many) > 400


def test_every_row_is_as_wide_as_the_view() -> None:
    points = scattered(300)
    sketch = Sketch("lasso", [(0, 0), (60000, 0), (30000, 60000)], (3, 4), (5, 6))
    rows = drawn(points, one_colour(300), sketch)
    assert {len(row) for row in rows} == {40}
    assert rows[6][5] == "◉"
    assert rows[4][2] + rows[4][4] == "╶╴"


def test_marked_photos_shine_and_others_fade() -> None:
    points = MapPoints(np.arange(2), np.array([[0, 0], [65535, 0]]))
    camera = Camera.fitting(points.bounds, 20, 3)

    def colours() -> list[ColorTriplet]:
        (row,) = [
            strip
            for strip in FrameDrawer(INK).draw(points, one_colour(2), camera, Sketch())
            if strip.text.strip()
        ]
        found = [part.style.color for part in row if part.text.strip() and part.style]
        return [colour.triplet for colour in found if colour and colour.triplet]

    plain = colours()
    assert plain[0] == plain[-1]
    points.mark([1])
    faded, bright = colours()
    assert sum(faded) < sum(plain[0]) < sum(bright)


# -- colours ---------------------------------------------------------------------------------


def facts_of(tabs: list[int], flags: list[int], taken: list[float | None]) -> MapFacts:
    ids = np.arange(1, len(tabs) + 1)
    return MapFacts(ids, np.array(tabs), np.array(flags), np.array(taken, np.float64))


FACTS = facts_of([7, 9, 7, 0], [0, 1, -1, 0], [10.0, None, 20.0, 3e12])


def test_photos_are_coloured_by_their_tab() -> None:
    tabs = [TabInfo(id=-1, name="All"), TabInfo(id=9, name="sea"), TabInfo(id=7, name="a\x1b[2J")]
    colouring = map_colours.by_tab(FACTS, tabs)
    named = [colouring.legend[kind].name for kind in colouring.kinds]
    assert named[1] == "sea"
    assert named[3] == "Singles"
    assert "\x1b" not in named[0]
    assert [entry.count for entry in colouring.legend] == [1, 2, 1]


def test_many_tabs_share_a_colour() -> None:
    facts = facts_of(list(range(1, 31)), [0] * 30, [None] * 30)
    tabs = [TabInfo(id=tab, name=f"{tab}") for tab in range(1, 31)]
    colouring = map_colours.by_tab(facts, tabs)
    assert len(colouring.legend) == len(HUES) + 1
    assert colouring.legend[-1].count == 30 - len(HUES)


def test_photos_are_coloured_by_tag_flag_date_and_score() -> None:
    by_tag = map_colours.by_tag(FACTS, ["dog", "sky"], np.array([[1, 1], [3, 0]]))
    assert [by_tag.legend[kind].name for kind in by_tag.kinds][:3] == [
        "sky",
        "none of these",
        "dog",
    ]
    by_flag = map_colours.by_flag(FACTS)
    assert [by_flag.legend[kind].name for kind in by_flag.kinds] == [
        "undecided",
        "picked",
        "rejected",
        "undecided",
    ]
    by_date = map_colours.by_date(FACTS)
    assert by_date.kinds[1] == 0
    assert by_date.kinds[0] < by_date.kinds[2] < by_date.kinds[3]
    assert [entry.count for entry in by_date.legend] == [1, 1, 1, 1]
    by_score = map_colours.by_score(FACTS, {1: 0.05, 2: 0.99}, "dog")
    assert by_score.kinds.tolist()[2:] == [0, 0]
    assert 0 < by_score.kinds[0] < by_score.kinds[1]


def test_it_is_said_where_there_is_nothing_to_colour_by() -> None:
    nothing = facts_of([0], [0], [None])
    assert "taken" in map_colours.by_date(nothing).note
    assert "searched" in map_colours.by_score(nothing, {}, "").note
    assert "tag" in map_colours.by_tag(nothing, [], np.zeros((0, 2), np.int64)).note


# -- pictures --------------------------------------------------------------------------------


def test_the_map_is_written_as_svg_and_png(tmp_path: Path) -> None:
    points = scattered(20)
    points.mark([0])
    colouring = Colouring(
        np.arange(20, dtype=np.int16) % 2,
        (LegendEntry("<sea> & sky", HUES[0], 10), LegendEntry("dogs", HUES[1], 10)),
    )
    write_picture(tmp_path / "map.svg", points, colouring, 'Photos: "a" < b')
    root = ElementTree.fromstring((tmp_path / "map.svg").read_text("utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{name}circle")) == 20 + 2
    assert [each.text for each in root.findall(f".//{name}text")] == [
        'Photos: "a" < b',
        "<sea> & sky (10)",
        "dogs (10)",
    ]
    write_picture(tmp_path / "map.png", points, colouring, "Photos")
    with Image.open(tmp_path / "map.png") as image:
        colours = {colour for _, colour in image.getcolors(1 << 24) or ()}
    assert {HUES[0], HUES[1]} <= colours
    with pytest.raises(ValueError, match="svg"):
        write_picture(tmp_path / "map.gif", points, colouring, "")
