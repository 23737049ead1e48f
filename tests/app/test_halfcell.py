from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.color import Color
from rich.console import Console
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.halfcell import (
    RAMP,
    SIXTEEN,
    HalfCellPainter,
    cells,
    encode,
    ramp_text,
)
from tui_selector.app.graphics.output import depth_of
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest

CONSOLE = Console(color_system="truecolor")
CARD = Style(bgcolor=Color.from_rgb(1, 2, 3))
SGR = re.compile(r"\x1b\[([\d;]*)m|(.)", re.DOTALL)

Cell = tuple[str, str, str]


def screen_cells(text: str) -> list[Cell]:
    """Character, foreground and background of every cell; colours as SGR parameters."""
    found, foreground, background = [], "", ""
    for codes, character in SGR.findall(text):
        if character:
            found.append((character, foreground, background))
            continue
        parts = codes.split(";")
        if parts in ([""], ["0"]):
            foreground = background = ""
        while parts and parts[0] not in ("", "0"):
            size = {"5": 3, "2": 5}[parts[1]] if parts[0] in ("38", "48") else 1
            colour = ";".join(parts[2:size]) if size > 1 else str(sixteen(int(parts[0])))
            if parts[0] == "38" or (size == 1 and int(parts[0]) % 60 < 40):
                foreground = colour
            else:
                background = colour
            parts = parts[size:]
    return found


def sixteen(code: int) -> int:
    """Number of the colour that an SGR parameter names, in front or behind."""
    return (8 if code >= 90 else 0) + code % 10


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 90).convert("RGB")


def painted(
    painter: HalfCellPainter, image: Image.Image, box: Size
) -> tuple[EncodedPicture, list[Strip]]:
    request = painter.request("aa", "/photo.jpg", box, dimmed=False)
    picture = encode(
        image, request.width, request.height, request.encoding, stretch=request.stretch
    )
    painter.offer(request, picture)
    strips = painter.strips(request, CARD)
    assert strips is not None
    return picture, list(strips)


def test_every_cell_shows_the_pixel_above_and_the_pixel_below() -> None:
    picture, strips = painted(HalfCellPainter(), noise(80, 80), Size(8, 4))
    assert (picture.width, picture.height) == (8, 8)
    for row, strip in enumerate(strips):
        for column, (character, above, below) in enumerate(screen_cells(strip.render(CONSOLE))):
            assert character == "▀"
            for y, colour in ((2 * row, above), (2 * row + 1, below)):
                at = 3 * (y * picture.width + column)
                assert colour == ";".join(map(str, picture.data[at : at + 3]))


@pytest.mark.parametrize("depth", ["truecolor", "256", "16", "ramp"])
def test_text_and_segments_say_the_same(depth: str) -> None:
    # The odd height leaves the last row without a lower half.
    request = PictureRequest("aa", "/p", 9, 4, 9, 7, depth)  # type: ignore[arg-type]
    painter = HalfCellPainter(depth)  # type: ignore[arg-type]
    painter.offer(request, encode(noise(90, 70), 9, 7, depth))  # type: ignore[arg-type]
    for strip in painter.strips(request, CARD) or ():
        plain = Strip(list(strip), strip.cell_length)
        if depth == "ramp":
            assert [cell[0] for cell in screen_cells(strip.render(CONSOLE))] == [
                cell[0] for cell in screen_cells(plain.render(CONSOLE))
            ]
        else:
            assert screen_cells(strip.render(CONSOLE)) == screen_cells(plain.render(CONSOLE))


@given(st.integers(0, 12), st.integers(0, 12))
def test_cut_pieces_put_together_are_the_whole(first: int, second: int) -> None:
    _, strips = painted(HalfCellPainter(), Image.linear_gradient("L"), Size(12, 6))
    cuts = sorted({first, second, 12} - {0})
    for strip in strips:
        pieces = strip.divide(cuts)
        assert [piece.cell_length for piece in pieces] == [
            end - start for start, end in zip([0, *cuts], cuts, strict=False)
        ]
        joined = "".join(piece.render(CONSOLE) for piece in pieces)
        assert screen_cells(joined) == screen_cells(strip.render(CONSOLE))


@settings(deadline=None)
@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 60), st.integers(1, 60))
def test_the_picture_keeps_its_aspect_and_touches_the_box(
    width: int, height: int, box_width: int, box_height: int
) -> None:
    picture = encode(Image.new("RGB", (width, height)), box_width, box_height, "ramp")
    assert picture.width <= box_width
    assert picture.height <= box_height
    assert picture.width == box_width or picture.height == box_height
    scale = min(box_width / width, box_height / height)
    assert abs(picture.width - max(1, width * scale)) <= 0.51
    assert abs(picture.height - max(1, height * scale)) <= 0.51


def test_narrow_cells_make_a_square_photo_wider_in_cells() -> None:
    photo = Image.new("RGB", (100, 100))
    square, _ = painted(HalfCellPainter(cell_width=10, cell_height=20), photo, Size(40, 10))
    narrow, _ = painted(HalfCellPainter(cell_width=8, cell_height=20), photo, Size(40, 10))
    assert (square.width, square.height) == (20, 20)
    assert (narrow.width, narrow.height) == (25, 20)


def test_a_picture_is_centred_and_fills_its_box() -> None:
    _, strips = painted(HalfCellPainter(), Image.new("RGB", (10, 40), "red"), Size(11, 6))
    assert len(strips) == 6
    for strip in strips:
        assert strip.cell_length == 11
        assert strip.text == "    ▀▀▀    "


def test_the_256_colours_are_the_fixed_ones_and_near_the_photo() -> None:
    image = Image.new("RGB", (40, 40), (255, 0, 0))
    assert set(encode(image, 8, 8, "256").data) == {196}
    assert min(encode(noise(80, 80), 16, 16, "256").data) >= 16


def test_with_sixteen_colours_greys_are_mixed_and_strong_colours_are_not() -> None:
    grey = Image.new("RGB", (40, 40), (180, 180, 180))
    picture = encode(grey, 40, 40, "16")
    assert set(picture.data) <= set(range(16))
    assert set(picture.data) == {7, 8}
    mean = sum(sum(SIXTEEN[number]) / 3 for number in picture.data) / len(picture.data)
    assert mean == pytest.approx(180, abs=10)
    red = encode(Image.new("RGB", (8, 8), (205, 0, 0)), 8, 8, "16")
    assert set(red.data) == {1}


@pytest.mark.parametrize(
    ("system", "no_color", "depth"),
    [
        ("truecolor", False, "truecolor"),
        ("256", False, "256"),
        ("standard", False, "16"),
        (None, False, "ramp"),
        ("truecolor", True, "ramp"),
    ],
)
def test_the_depth_is_what_the_terminal_has(system: Any, no_color: bool, depth: str) -> None:
    console = Console(color_system=system)
    app: Any = type("FakeApp", (), {"console": console, "no_color": no_color})()
    assert depth_of(app) == depth


def test_without_colours_brightness_becomes_characters() -> None:
    assert ramp_text(bytes([0, 128, 255]), bytes([0, 128, 255])) == RAMP[0] + RAMP[5] + RAMP[-1]
    assert ramp_text(bytes([255]), bytes([0])) == RAMP[4]
    assert ramp_text(bytes([0, 255]), None, dark_ink=True) == RAMP[-1] + RAMP[0]
    painter = HalfCellPainter("ramp")
    _, strips = painted(painter, Image.new("RGB", (8, 8), "white"), Size(4, 2))
    assert strips[0].text == RAMP[-1] * 4
    request = painter.request("aa", "/photo.jpg", Size(4, 2), dimmed=False)
    on_paper = painter.strips(request, Style(bgcolor=Color.from_rgb(250, 250, 250)))
    assert on_paper is not None
    assert on_paper[0].text == RAMP[0] * 4


def test_a_dimmed_picture_is_darker_and_greyer() -> None:
    image = Image.new("RGB", (20, 20), (250, 40, 40))
    plain, dim = (encode(image, 4, 4, "truecolor", dimmed=dimmed).data for dimmed in (False, True))
    assert max(dim) < max(plain) / 2
    assert max(dim) - min(dim) < (max(plain) - min(plain)) / 4


def test_the_least_used_pictures_leave_first() -> None:
    painter = HalfCellPainter(cells_budget=2 * 32)
    box = Size(8, 4)
    requests = [painter.request(name, f"/{name}", box, dimmed=False) for name in "abc"]
    picture = encode(Image.new("RGB", (10, 10)), 8, 8, "truecolor")
    assert cells(picture) == 32
    painter.offer(requests[0], picture)
    painter.offer(requests[1], picture)
    assert painter.strips(requests[0], CARD) is not None
    painter.offer(requests[2], picture)
    assert [request in painter for request in requests] == [True, False, True]
    painter.forget("a")
    assert requests[0] not in painter
    painter.clear_all()
    assert requests[2] not in painter
