"""Signals of pictures whose truth is known: made ones, and one real scene taken three times."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burst_maker import SUBJECTS, defocused, exposed, moved, noisy, picture, subject
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tui_selector.analysis.quality.measure import SIDE, measure
from tui_selector.analysis.quality.tags import NAMES, is_blank, quality_tags
from tui_selector.library.pictures.decode import decode
from tui_selector.library.quality import FIELDS, Blur, Quality, pack, unpack


def names(quality: Quality) -> set[str]:
    return {tag.name for tag in quality_tags(quality)}


def sharpness(image: Image.Image) -> float:
    found = measure(image).sharpness
    assert found is not None
    return found


# -- sharpness and blur --------------------------------------------------------------------------


def test_a_real_scene_sharp_in_motion_and_out_of_focus(shared_data: Callable[[str], Path]) -> None:
    sharp, motion, focus = (
        measure(decode(shared_data("blur") / f"176_HONOR-7X_{letter}.jpg", longest=SIDE).image)
        for letter in "SMF"
    )
    assert sharp.sharpness is not None
    assert motion.sharpness is not None
    assert focus.sharpness is not None
    assert sharp.sharpness > 1.5 * motion.sharpness > 1.5 * 1.1 * focus.sharpness
    assert (sharp.blur, motion.blur, focus.blur) == (Blur.NONE, Blur.MOTION, Blur.DEFOCUS)
    assert motion.direction is not None
    assert min(motion.direction, 180 - motion.direction) < 10  # the camera was swung sideways
    assert "motion blur" in names(motion)
    assert "out of focus" in names(focus)
    assert "blurry" not in names(sharp)


@pytest.mark.parametrize("name", SUBJECTS)
def test_more_defocus_is_less_sharp(name: str) -> None:
    scene = subject(name)
    found = [sharpness(picture(defocused(scene, sigma))) for sigma in (0.3, 1.0, 1.7, 3.0, 5.0)]
    assert found == sorted(found, reverse=True)
    assert measure(picture(scene)).blur is Blur.NONE
    assert measure(picture(defocused(scene, 6.0))).blur is Blur.DEFOCUS


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 135.0])
def test_motion_is_told_from_defocus_with_its_direction(degrees: float) -> None:
    quality = measure(picture(moved(subject("coffee"), 24.0, degrees)))
    assert quality.blur is Blur.MOTION
    assert quality.direction is not None
    apart = abs(quality.direction - degrees) % 180
    assert min(apart, 180 - apart) < 12


@pytest.mark.parametrize("change", [lambda p: exposed(p, -1.0), lambda p: 128 + (p - 128) * 0.5])
def test_neither_exposure_nor_contrast_makes_a_photo_sharper(
    change: Callable[[np.ndarray], np.ndarray],
) -> None:
    scene = subject("chelsea")
    assert sharpness(picture(change(scene))) == pytest.approx(sharpness(picture(scene)), rel=0.06)


def test_noise_does_not_pass_for_detail() -> None:
    blurred = defocused(subject("chelsea"), 3.0)
    clean = sharpness(picture(blurred))
    with_noise = sharpness(picture(noisy(blurred, 8.0, np.random.default_rng(1))))
    assert with_noise == pytest.approx(clean, rel=0.2)
    assert with_noise < sharpness(picture(subject("chelsea"))) / 1.5


def test_the_sharp_part_is_found_and_decides() -> None:
    scene = subject("coffee")
    height, width = scene.shape[:2]
    shallow = defocused(scene, 5.0)
    box = np.s_[height // 8 : height // 2, width // 8 : width // 2]
    shallow[box] = scene[box]
    quality = measure(picture(shallow))
    assert quality.sharpest_x is not None
    assert quality.sharpest_y is not None
    assert 0.1 < quality.sharpest_x < 0.55
    assert 0.1 < quality.sharpest_y < 0.55
    assert quality.blur is Blur.NONE
    assert quality.sharpness is not None
    assert quality.detail is not None
    assert quality.sharpness > 1.5 * quality.detail


def test_the_same_photo_at_another_resolution_is_as_sharp() -> None:
    scene = subject("astronaut", 960)
    large = picture(scene).resize((1920, 1920), Image.Resampling.BICUBIC)
    assert sharpness(large) == pytest.approx(sharpness(picture(scene)), rel=0.05)
    assert measure(large).side == measure(picture(scene)).side == SIDE


def test_one_even_colour_says_that_it_cannot_tell() -> None:
    quality = measure(Image.new("RGB", (800, 600), (90, 120, 40)))
    assert quality.sharpness is None
    assert quality.blur is Blur.UNKNOWN
    assert names(quality) == {"blank"}


def test_lines_that_all_run_in_parallel_say_nothing_about_motion() -> None:
    stripes = np.tile(np.repeat([40.0, 210.0], 12), 40)[:800]
    quality = measure(picture(np.broadcast_to(stripes[None, :, None], (600, 800, 3))))
    assert quality.anisotropy is None
    assert quality.blur is not Blur.MOTION


# -- light, colour, noise ------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [-2.0, -1.0, 1.0])
def test_light_is_told_in_ev(stop: float) -> None:
    scene = np.clip(subject("coffee"), 70, 120)
    between = measure(picture(exposed(scene, stop))).light - measure(picture(scene)).light
    assert between == pytest.approx(stop, abs=0.15)


def test_clipping_is_told_for_each_channel() -> None:
    pixels = np.full((400, 400, 3), 128.0)
    pixels[:100, :, 0] = 255  # a quarter is clipped red, an eighth has no blue
    pixels[200:250, :, 2] = 0
    quality = measure(picture(pixels))
    shares = (quality.white_red, quality.white_green, quality.black_blue, quality.black_red)
    assert shares == pytest.approx((0.25, 0.0, 0.125, 0.0), abs=0.01)
    assert quality.clipped_white == quality.white_red
    assert quality.clipped_black == quality.black_blue


def test_percentiles_and_contrast_of_two_halves() -> None:
    pixels = np.full((400, 400, 3), 50.0)
    pixels[:, 200:] = 150.0
    quality = measure(picture(pixels))
    assert (quality.luma_5, quality.luma_95) == (50, 150)
    assert quality.luma_mean == pytest.approx(100, abs=1)
    assert quality.contrast == pytest.approx(50, abs=1)
    assert quality.entropy == pytest.approx(1.0, abs=0.1)


def test_colourfulness_is_that_of_the_paper() -> None:
    random = np.random.default_rng(3)
    pixels = np.rint(random.uniform(0, 255, (200, 200, 3)))  # small enough to be measured as it is
    red, green, blue = np.moveaxis(pixels, -1, 0)
    one, other = red - green, 0.5 * (red + green) - blue
    m3 = math.hypot(one.std(), other.std()) + 0.3 * math.hypot(one.mean(), other.mean())
    assert measure(picture(pixels)).colourfulness == pytest.approx(m3, rel=1e-3)
    assert measure(Image.new("L", (200, 200), 99)).colourfulness == pytest.approx(0, abs=1e-2)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 12.0])
def test_noise_is_told_where_the_picture_is_flat(sigma: float) -> None:
    scene = subject("coffee", SIDE)
    scene[:, : SIDE // 3] = 120.0
    quality = measure(picture(noisy(scene, sigma, np.random.default_rng(2))))
    assert quality.noise == pytest.approx(sigma, rel=0.12)


@pytest.mark.parametrize(("stop", "fault"), [(-6.0, "underexposed"), (4.0, "overexposed")])
def test_a_spoilt_exposure_has_its_tag(stop: float, fault: str) -> None:
    scene = subject("coffee")
    assert not names(measure(picture(scene))) & {"underexposed", "overexposed"}
    assert fault in names(measure(picture(exposed(scene, stop))))


# -- what is no photo of anything ------------------------------------------------------------------


def test_a_lens_cap_is_blank_with_its_noise() -> None:
    dark = np.abs(np.random.default_rng(4).normal(0, 3, (600, 800, 3)))
    quality = measure(picture(dark))
    assert is_blank(quality)
    assert names(quality) == {"blank"}


def test_a_night_with_lights_is_not_blank() -> None:
    night = np.zeros((600, 800, 3))
    night[::60, ::60] = 255
    night[250:350, 300:500] = subject("coffee")[:100, :200]
    assert not is_blank(measure(picture(night)))


def drawn_screen() -> Image.Image:
    image = Image.new("RGB", (1170, 2532), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 1170, 140), fill=(30, 90, 200))
    random = np.random.default_rng(5)
    for top in range(200, 2400, 64):
        left = 40
        while left < 1000:
            right = left + int(random.integers(30, 120))
            pen.rectangle((left, top, right, top + 26), fill=(20, 20, 20))
            left = right + 22
    return image


def drawn_page() -> Image.Image:
    image = Image.new("RGB", (2400, 3200), (236, 233, 225))
    pen = ImageDraw.Draw(image)
    random = np.random.default_rng(6)
    for top in range(200, 3000, 60):
        for left in range(200, 2200, 18):
            if random.random() < 0.7:
                pen.line(
                    (left, top, left + 10, top + int(random.integers(10, 34))), (40, 40, 45), 5
                )
    light = np.linspace(0.75, 1.05, 2400)[None, :, None]
    pixels = np.asarray(image, np.float64) * light
    return picture(noisy(pixels, 4.0, random))


def test_screens_and_pages_are_told_from_photos() -> None:
    assert names(measure(drawn_screen())) == {"screenshot"}
    assert names(measure(drawn_page())) == {"document"}
    for name in SUBJECTS:
        assert not names(measure(picture(subject(name)))) & {"screenshot", "document"}


@pytest.mark.parametrize("folder", ["corel", "coco", "caltech"])
def test_real_photos_have_hardly_any_fault(folder: str, shared_data: Callable[[str], Path]) -> None:
    files = sorted(shared_data(folder).glob("*.jpg"))[::3]
    said = [names(measure(decode(file, longest=SIDE).image)) for file in files]
    wrong = [tags & {"blurry", "blank", "screenshot", "document", "noisy"} for tags in said]
    assert sum(map(bool, wrong)) <= 0.03 * len(files)


# -- hostile pictures ------------------------------------------------------------------------------


def well_formed(quality: Quality) -> bool:
    """Whether each number is finite and survives the catalog."""
    values = [getattr(quality, name) for name in FIELDS]
    finite = all(math.isfinite(value) for value in values if value is not None)
    return finite and unpack(pack(quality)).blur == quality.blur


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 900), (900, 1), (2, 3), (15, 15), (16, 16), (17, 1000), (30_000, 40)]
)
@pytest.mark.parametrize("mode", ["black", "white", "noise"])
def test_odd_sizes_are_measured(size: tuple[int, int], mode: str) -> None:
    image = Image.effect_noise(size, 60) if mode == "noise" else Image.new("L", size, mode)
    quality = measure(image)
    assert well_formed(quality)
    assert (quality.width, quality.height) == size
    assert {tag.name for tag in quality_tags(quality)} <= set(NAMES)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F"]),
)
def test_any_small_picture_is_measured(width: int, height: int, seed: int, mode: str) -> None:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert well_formed(measure(Image.fromarray(pixels).convert("L").convert(mode)))


def test_the_original_size_is_kept() -> None:
    quality = measure(Image.new("RGB", (500, 375)), (4000, 3000))
    assert (quality.width, quality.height, quality.side) == (4000, 3000, SIDE)
    assert quality.megapixels == 12
    assert quality.faces is None  # nobody has looked
