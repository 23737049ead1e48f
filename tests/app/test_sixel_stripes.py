"""A Sixel picture taken apart into stripes is the same picture."""

from __future__ import annotations

import re
from math import ceil

import pytest
from PIL import Image

from tui_selector.app.graphics.sixel import BAND, ST, SixelPicture
from tui_selector.library.pictures.sixel import encode_sixel

WIDTH = 60


def picture(cell_height: int, rows: int) -> SixelPicture:
    size = (WIDTH, rows * cell_height)
    noise = Image.effect_noise(size, 90).convert("RGB")
    return SixelPicture(6, rows, cell_height, encode_sixel(noise, *size, 16))


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
        (part_width, part_height), palette, part = taken_apart(whole.part(stripe))
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


def test_a_large_picture_is_parted_where_its_cells_allow_it() -> None:
    assert len(picture(20, 14).stripes()) == ceil(14 / 3)
    assert len(picture(17, 5).stripes()) == 1, "six rows of 17 pixels end with a band"


@pytest.mark.parametrize("rows", [1, 2, 4, 6])
def test_rows_at_the_end_are_left_out_with_the_band_that_reaches_beyond(rows: int) -> None:
    whole = picture(20, 7)
    _, _, bands = taken_apart(whole.data)
    (_, height), _, part = taken_apart(whole.part(range(rows)))
    assert part == bands[: rows * 20 // BAND]
    assert rows * 20 - BAND < height <= rows * 20
