"""A Sixel picture taken apart into pieces is the same picture."""

from __future__ import annotations

import re
from math import ceil

import pytest
from PIL import Image

from tui_selector.app.graphics.picture_cells import Part
from tui_selector.app.graphics.sixel_picture import BAND, ST, STRIPE, SixelPicture
from tui_selector.library.pictures.sixel import encode_sixel

WIDTH = 60


def picture(cell_height: int, rows: int) -> SixelPicture:
    size = (WIDTH, rows * cell_height)
    noise = Image.effect_noise(size, 90).convert("RGB")
    return SixelPicture(6, rows, (10, cell_height), encode_sixel(noise, *size, 16))


def taken_apart(data: str) -> tuple[tuple[int, int], dict[str, str], list[str]]:
    """Width and height, the palette, and the bands with their colours by value."""
    found = re.match(r'\x1bP[\d;]*q"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)*)(.*)$', data, re.DOTALL)
    assert found is not None
    palette = dict(re.findall(r"#(\d+);2;(\d+;\d+;\d+)", found[3]))
    body = found[4].removesuffix(ST)
    assert data.endswith(ST)
    bands = [re.sub(r"#(\d+)", lambda n: f"<{palette[n[1]]}>", band) for band in body.split("-")]
    return (int(found[1]), int(found[2])), palette, bands


@pytest.mark.parametrize("cell_height", [12, 15, 16, 17, 18, 20, 23, 24, 36])
def test_stripes_begin_with_a_row_of_cells_and_make_up_the_whole(cell_height: int) -> None:
    whole = picture(cell_height, 7)
    (width, height), _, bands = taken_apart(whole.data)
    assert (width, height) == (WIDTH, 7 * cell_height)
    stripes = whole.stripes()
    assert [row for stripe in stripes for row in stripe] == list(range(7))
    together: list[str] = []
    for stripe in stripes:
        (part_width, part_height), palette, part = taken_apart(
            whole.part(Part(0, stripe.start, 6, len(stripe)))
        )
        assert part_width == WIDTH
        assert part_height == BAND * len(part) or len(stripes) == 1
        assert len(together) * BAND == stripe.start * cell_height
        assert (
            set(palette.values())
            == {value for band in part for value in re.findall(r"<([\d;]+)>", band)}
            or len(stripes) == 1
        )
        together += part
    assert together == bands


def pixels(data: str, left: int = 0, top: int = 0) -> dict[tuple[int, int], str]:
    """The colour of every pixel that is painted, beginning at a corner."""
    (width, height), palette, _ = taken_apart(data)
    body = re.sub(r'^\x1bP[\d;]*q"[\d;]+(?:#\d+;2;\d+;\d+;\d+)*', "", data).removesuffix(ST)
    painted: dict[tuple[int, int], str] = {}
    for band, line in enumerate(body.split("-")):
        for layer in filter(None, line.split("$")):
            number, runs = re.fullmatch(r"#(\d+)(.*)", layer).groups()  # type: ignore[union-attr]
            x = 0
            for count, character in re.findall(r"(?:!(\d+))?([?-~])", runs):
                for x in range(x, x + int(count or 1)):  # noqa: B020
                    for bit in range(BAND):
                        if ord(character) - 63 >> bit & 1 and band * BAND + bit < height:
                            painted[left + x, top + band * BAND + bit] = palette[number]
                x += 1
            assert x <= width
    return painted


@pytest.mark.parametrize("cell_height", [17, 20, 24])
def test_pieces_are_short_and_paint_every_pixel_as_the_whole_does(cell_height: int) -> None:
    whole = picture(cell_height, 7)
    together: dict[tuple[int, int], str] = {}
    for piece in whole.pieces():
        data = whole.part(piece)
        assert len(data) < 2 * STRIPE
        together |= pixels(data, piece.column * 10, piece.row * cell_height)
    assert len(whole.pieces()) > 3
    assert together == pixels(whole.data)


def test_a_large_picture_is_parted_where_its_cells_allow_it() -> None:
    assert len(picture(20, 14).stripes()) == ceil(14 / 3)
    assert len(picture(17, 5).stripes()) == 1, "six rows of 17 pixels end with a band"


@pytest.mark.parametrize("rows", [1, 2, 4, 6])
def test_rows_at_the_end_are_left_out_with_the_band_that_reaches_beyond(rows: int) -> None:
    whole = picture(20, 7)
    _, _, bands = taken_apart(whole.data)
    (_, height), _, part = taken_apart(whole.part(Part(0, 0, 6, rows)))
    assert part == bands[: rows * 20 // BAND]
    assert rows * 20 - BAND < height <= rows * 20
