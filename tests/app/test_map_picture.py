"""The dots of a map as pixels: where they are, what covers what, and what the terminal is sent."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from rich.style import Style
from textual.strip import Strip

from tui_selector.app.graphics.halfcell import HalfCellPainter
from tui_selector.app.graphics.kitty import KittyPainter, PlaceholderStrip
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import PictureRequest
from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.map_camera import Camera
from tui_selector.app.map_colours import HUES, Colouring, Ink, LegendEntry
from tui_selector.app.map_picture import PixelFrame, encoded, picture_of
from tui_selector.app.map_points import MapPoints
from tui_selector.app.widgets.map_pixels import MapPixels

INK = Ink((20, 20, 20), (240, 180, 60), (220, 220, 220), True)
COLUMNS, ROWS = 60, 30
SIZE = COLUMNS * 10, ROWS * 20


def points_at(*places: tuple[int, int]) -> MapPoints:
    return MapPoints(np.arange(1, len(places) + 1), np.array(places))


def frame_of(points: MapPoints, kinds: list[int], *, peak: bool = False) -> PixelFrame:
    legend = tuple(LegendEntry(f"{n}", hue, 1) for n, hue in enumerate(HUES[:3]))
    colouring = Colouring(np.array(kinds, np.int16), legend, peak)
    camera = Camera.fitting((0, 0, 60_000, 60_000), COLUMNS, ROWS)
    return PixelFrame(points, points.marked, colouring, camera, INK)


def colour_at(frame: PixelFrame, photo: int) -> tuple[int, ...]:
    """The colour of the pixel at which a photo lies."""
    pixels, palette = picture_of(frame, SIZE, 256)
    column, row = frame.camera.cell(*frame.points.places[photo].tolist())
    number = int(pixels[int(row * 20), int(column * 10)])
    return tuple(palette[3 * number : 3 * number + 3])


def test_discs_lie_where_photos_are_and_in_their_colours() -> None:
    frame = frame_of(points_at((10_000, 10_000), (40_000, 20_000), (30_000, 50_000)), [0, 1, 2])
    pixels, _ = picture_of(frame, SIZE, 256)
    assert pixels.shape == SIZE[::-1]
    for photo in range(3):
        assert colour_at(frame, photo) == HUES[photo]
    # Three discs with a radius of 6 pixels, and nothing else.
    assert 3 * 100 < np.count_nonzero(pixels) < 3 * 150


def test_marked_photos_cover_others_which_fade() -> None:
    points = points_at((30_000, 30_000), (30_000, 30_000), (50_000, 50_000))
    points.mark([1])
    frame = frame_of(points, [0, 1, 1])
    shown, faded = colour_at(frame, 1), colour_at(frame, 2)
    assert min(shown) > max(HUES[0]) // 2
    assert shown == colour_at(frame, 0)
    assert max(faded) < max(HUES[1]) // 2


def test_where_the_highest_colour_counts_it_is_seen() -> None:
    places = [(30_000, 30_000)] * 40
    frame = frame_of(points_at(*places), [*[0] * 39, 2], peak=True)
    shown = np.array(colour_at(frame, 0), float)
    apart = [np.linalg.norm(shown - hue) for hue in HUES[:3]]
    assert int(np.argmin(apart)) == 2


def test_crowds_are_brighter_than_the_lonely() -> None:
    random = np.random.default_rng(0)
    crowd = random.normal(20_000, 800, (3000, 2)).astype(int)
    places = [*map(tuple, crowd.tolist()), (55_000, 55_000)]
    frame = frame_of(points_at(*places), [0] * 3001)
    assert sum(colour_at(frame, 3000)) < sum(HUES[0]) < sum(colour_at(frame, 0))


def test_too_few_colours_are_refused() -> None:
    frame = frame_of(points_at((1, 1)), [0])
    assert len(picture_of(frame, SIZE, 4)[1]) == 3 * 4
    with pytest.raises(ValueError, match="kinds"):
        picture_of(frame, SIZE, 3)


def test_with_few_colours_what_is_marked_has_them() -> None:
    points = points_at((10_000, 10_000), (40_000, 20_000), (30_000, 50_000))
    points.mark([1, 2])
    pixels, palette = picture_of(frame_of(points, [0, 1, 2]), SIZE, 5)
    assert len(palette) == 3 * 5
    assert set(np.unique(pixels).tolist()) == {0, 1, 2, 4}


def test_pictures_are_what_a_painter_takes() -> None:
    frame = frame_of(points_at((10_000, 10_000), (40_000, 20_000)), [0, 1])
    pixels, palette = picture_of(frame, SIZE, 256)
    request = PictureRequest("map", "", COLUMNS, ROWS, *SIZE, "png")
    png = encoded(request, pixels, palette)
    assert (png.width, png.height) == SIZE
    image = np.asarray(Image.open(io.BytesIO(png.data)).convert("RGB"))
    assert (image == np.array(palette, np.uint8).reshape(-1, 3)[pixels]).all()
    sixel = encoded(PictureRequest("map", "", COLUMNS, ROWS, *SIZE, "sixel"), pixels, palette)
    assert sixel.data.startswith(b'\x1bP0;1;0q"1;1;600;600')


def text_of(camera: Camera) -> list[Strip]:
    return [Strip.blank(camera.columns)] * camera.rows


def widths(strip: Strip) -> list[int]:
    """The cells of a row: how many stand under a picture (negative), or are text."""
    if isinstance(strip, LineStrip):
        return [width for part in strip.parts for width in widths(part)]
    is_picture = isinstance(strip, PlaceholderStrip)
    return [-strip.cell_length if is_picture else strip.cell_length]


async def test_a_picture_moves_with_the_map_until_the_next_is_there() -> None:
    sent: list[str] = []
    painter = KittyPainter(sent.append, cell_width=10, cell_height=20, first_id=7)
    pixels = MapPixels(painter, TerminalLink())
    ground = Style(bgcolor="#141414")

    def rows(camera: Camera) -> list[Strip] | None:
        return pixels.rows(camera, lambda: text_of(camera), ground)

    frame = frame_of(points_at((10_000, 10_000), (40_000, 20_000)), [0, 1])
    assert pixels.want(frame)
    assert not pixels.want(frame)
    await pixels.paint()
    assert rows(frame.camera) is None
    assert pixels.busy
    assert pixels.pump()
    assert not pixels.busy
    assert [widths(row) for row in rows(frame.camera) or ()] == [[-COLUMNS]] * ROWS

    moved = frame.camera.moved(6, 2)
    shown = rows(moved) or []
    assert [widths(row) for row in shown] == [[6 - COLUMNS, 6]] * (ROWS - 2) + [[COLUMNS]] * 2
    assert rows(frame.camera.zoomed(2, 10, 10)) is None

    later = PixelFrame(frame.points, frame.marked, frame.colouring, moved, INK)
    assert pixels.want(later)
    await pixels.paint()
    assert pixels.pump()
    assert [widths(row) for row in rows(moved) or ()] == [[-COLUMNS]] * ROWS
    assert any("a=d,d=I,i=7" in text for text in sent), "the picture before is freed"
    pixels.forget()
    assert rows(moved) is None
    assert any("a=d,d=I,i=8" in text for text in sent)


async def test_only_the_last_frame_that_was_wanted_is_painted() -> None:
    painter = KittyPainter(lambda text: None, cell_width=10, cell_height=20)
    pixels = MapPixels(painter, TerminalLink())
    frame = frame_of(points_at((10_000, 10_000)), [0])
    others = [
        PixelFrame(frame.points, frame.marked, frame.colouring, frame.camera.moved(n, 0), INK)
        for n in range(3)
    ]
    for other in others:
        pixels.want(other)
    await pixels.paint()
    assert pixels.pump()
    ground, last = Style(bgcolor="#141414"), others[-1].camera
    assert [widths(row) for row in pixels.rows(last, list, ground) or ()] == [[-COLUMNS]] * ROWS


class Uncuttable(KittyPainter):
    """Paints whole pictures alone, as those of Sixel terminals are."""

    cuttable = False


def test_pixels_are_drawn_where_they_are_soon_there() -> None:
    link = TerminalLink()
    link.listen(lambda text: None)
    pixels = MapPixels(KittyPainter(lambda text: None), link)
    assert pixels.suits(100_000, 3)
    link.speed.measured, link.speed.rate = True, 500_000.0
    assert pixels.suits(100_000, 3), "it was drawn before"
    link.speed.rate = 250_000.0
    assert not pixels.suits(100_000, 0)
    assert pixels.suits(5000, 0)
    link.speed.rate = 60_000.0
    assert not pixels.suits(100_000, 0)
    assert pixels.switch() == "pixels"
    assert pixels.suits(100_000, 0)
    assert pixels.switch() == "braille"
    assert not pixels.suits(10, 0)
    # Sixel data is more, and does not stand under other pictures.
    link.speed.rate = 400_000.0
    sixels = MapPixels(Uncuttable(lambda text: None), link)
    assert not sixels.suits(20_000, 0)
    link.speed.rate = 3_000_000.0
    assert sixels.suits(100_000, 0)
    assert not sixels.suits(100_000, 1)
    assert not sixels.suits(100_001, 0)
    halves = MapPixels(HalfCellPainter("truecolor"), link)
    assert not halves.can_draw
    assert not halves.suits(10, 0)
