"""Photos decoded in full: within a budget, in order, and what is cut and painted of them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from PIL import Image

from tui_selector.app.graphics.large import covered, encode_large, painted, part
from tui_selector.app.graphics.originals import EDGE, Originals, make_mask
from tui_selector.library.pictures.decode import DecodeError

MEGABYTE = 1 << 20


def photo(folder: Path, name: str, size: tuple[int, int] = (512, 512)) -> tuple[str, str]:
    path = folder / f"{name}.png"
    Image.new("RGB", size, "teal").save(path)
    return name, str(path)


class Looker:
    """Somebody who asks for photos and waits for answers."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._answered = threading.Semaphore(0)
        self._listener = self._answered.release

    def want(self, wishes: list[tuple[str, str]], answers: int) -> None:
        self._originals.want(self._listener, wishes)
        for _ in range(answers):
            assert self._answered.acquire(timeout=PATIENCE)


def test_the_photo_is_decoded_before_its_neighbours(tmp_path: Path) -> None:
    originals = Originals()
    wishes = [photo(tmp_path, name) for name in "abc"]
    Looker(originals).want(wishes, 3)
    assert list(originals._kept) == ["a", "b", "c"]
    assert originals.size("b") == (512, 512)
    originals.close()


def test_memory_stays_in_its_budget_and_what_is_wanted_stays(tmp_path: Path) -> None:
    originals = Originals(bytes_budget=3 * MEGABYTE)
    wishes = [photo(tmp_path, name) for name in "abcdef"]
    looker = Looker(originals)
    for first in range(5):
        looker.want(wishes[first : first + 2], 2 if first == 0 else 1)
        assert sum(kept.bytes for kept in originals._kept.values()) <= 3 * MEGABYTE
        assert originals.ready(wishes[first][0], "")
        assert originals.ready(wishes[first + 1][0], "")
    assert not originals.ready("a", "")
    originals.close()


def test_a_photo_beyond_the_budget_is_halved_and_keeps_its_size(tmp_path: Path) -> None:
    originals = Originals(bytes_budget=2 * MEGABYTE)
    key, path = photo(tmp_path, "a", (2000, 1000))
    original = originals.load(key, path)
    assert (original.width, original.height) == (2000, 1000)
    assert original.bytes <= MEGABYTE
    originals.close()


def test_a_neighbour_that_would_push_out_the_photo_is_not_decoded(tmp_path: Path) -> None:
    originals = Originals(bytes_budget=3 * MEGABYTE)
    large = [photo(tmp_path, name, (600, 600)) for name in "abc"]
    Looker(originals).want(large, 2)
    assert originals.ready("a", "")
    assert originals.ready("b", "")
    assert not originals.ready("c", "")
    originals.close()


def test_a_broken_file_is_a_sentence_and_is_tried_again_later(tmp_path: Path) -> None:
    originals = Originals()
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    looker = Looker(originals)
    looker.want([("a", str(path))], 1)
    assert originals.problem("a").endswith(".")
    with pytest.raises(DecodeError):
        originals.load("a", str(path))
    looker.want([], 0)
    Image.new("RGB", (9, 9)).save(path)
    looker.want([("a", str(path))], 1)
    assert not originals.problem("a")
    assert originals.ready("a", "")
    originals.close()


def test_masks_of_the_overlays() -> None:
    image = Image.new("RGB", (64, 64), (128, 128, 128))
    image.paste((0, 0, 0), (0, 0, 32, 64))
    image.paste((255, 255, 255), (48, 0, 64, 64))
    clipping = make_mask(image, "clipping")
    assert [clipping.getpixel((x, 5)) for x in (5, 40, 60)] == [1, 0, 2]
    focus = make_mask(image, "focus")
    assert focus.getpixel((32, 30)) == EDGE
    assert focus.getpixel((5, 30)) == 0


def ramp() -> Image.Image:
    """A picture of 200 x 100 in which every pixel says where it is."""
    image = Image.new("RGB", (200, 100))
    image.putdata([(x, y, 0) for y in range(100) for x in range(200)])
    return image


@given(st.integers(0, 180), st.integers(0, 80), st.integers(1, 60), st.integers(1, 60))
def test_a_part_at_100_percent_is_the_pixels_themselves(x: int, y: int, w: int, h: int) -> None:
    crop = (x / 200, y / 100, (x + w) / 200, (y + h) / 100)
    cut = part(ramp(), crop, (w, h))
    assert cut.size == (w, h)
    assert cut.getpixel((0, 0)) == (x, y, 0)
    inside = (min(w, 200 - x) - 1, min(h, 100 - y) - 1)
    assert cut.getpixel(inside) == (x + inside[0], y + inside[1], 0)
    if x + w > 200:
        assert cut.getpixel((w - 1, 0)) == (0, 0, 0)


@pytest.mark.parametrize("zoom", [2, 4])
def test_enlarged_pixels_stay_squares(zoom: int) -> None:
    crop = (40 / 200, 20 / 100, 60 / 200, 30 / 100)
    cut = part(ramp(), crop, (20 * zoom, 10 * zoom), crisp=True)
    for x in range(20 * zoom):
        for y in range(10 * zoom):
            assert cut.getpixel((x, y)) == (40 + x // zoom, 20 + y // zoom, 0)


@pytest.mark.parametrize("shrink", [2, 4])
def test_a_shrunken_part_is_that_place(shrink: int) -> None:
    crop = (40 / 200, 20 / 100, 120 / 200, 60 / 100)
    cut = part(ramp(), crop, (80 // shrink, 40 // shrink))
    red, green, _ = cut.getpixel((40 // shrink, 20 // shrink))
    assert abs(red - (80 + shrink / 2)) <= shrink
    assert abs(green - (40 + shrink / 2)) <= shrink


def test_what_lies_beyond_the_photo_is_transparent(tmp_path: Path) -> None:
    crop = (0.9, 0.0, 1.1, 1.0)
    assert covered(crop) == pytest.approx((0.5, 1.0))
    image = part(ramp(), crop, (40, 100))
    (tmp_path / "a.png").write_bytes(encode_large(image, 0, crop))
    with Image.open(tmp_path / "a.png") as shown:
        assert shown.mode == "RGBA"
        assert shown.getpixel((19, 50))[3] == 255
        assert shown.getpixel((20, 50))[3] == 0


def test_a_dithered_palette_keeps_the_mean_of_a_sky(tmp_path: Path) -> None:
    sky = Image.linear_gradient("L").resize((256, 256)).point(lambda level: 100 + level // 16)
    image = Image.merge("RGB", (sky, sky, sky.point(lambda level: level + 60)))
    (tmp_path / "a.png").write_bytes(encode_large(image, 16))
    with Image.open(tmp_path / "a.png") as shown:
        assert shown.mode == "P"
        seen = shown.convert("RGB").resize((1, 8), Image.Resampling.BOX)
    meant = image.resize((1, 8), Image.Resampling.BOX)
    for y in range(8):
        pairs = zip(seen.getpixel((0, y)), meant.getpixel((0, y)), strict=True)
        assert all(abs(a - b) <= 3 for a, b in pairs)


def test_a_lost_speck_is_painted_however_small_the_picture() -> None:
    mask = Image.new("L", (100, 100))
    mask.putpixel((50, 50), 2)
    mask.putpixel((51, 50), 2)
    shown = painted(Image.new("RGB", (25, 25), "gray"), mask)
    assert (255, 40, 40) in {colour for _, colour in shown.getcolors()}
