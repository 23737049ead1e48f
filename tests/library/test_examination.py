"""Histogram, clipping, focus peaks and sharpness against real photos, drawings and odd sizes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from skimage import data
from sklearn.datasets import load_sample_images

from tui_selector.library.pictures.examination import (
    BRIGHTEST,
    DARKEST,
    Pixels,
    clipped,
    focus_peaks,
    histogram,
    sharpness,
)

ODD_SIZES = [(0, 0), (0, 5), (1, 1), (2, 2), (1, 40), (40, 2), (3, 3), (17, 5)]


def photos() -> dict[str, Pixels]:
    """Real photos that come with the installed packages."""
    china, flower = load_sample_images().images
    return {
        "china": china,
        "flower": flower,
        "astronaut": data.astronaut(),
        "cat": data.chelsea(),
        "coffee": data.coffee(),
        "grey": np.repeat(data.camera()[..., None], 3, axis=2),
    }


PHOTOS = photos()


def blurred(rgb: Pixels, radius: float) -> Pixels:
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(radius)))


def noisy(rgb: Pixels, deviation: float) -> Pixels:
    grain = np.random.default_rng(0).normal(0, deviation, (*rgb.shape[:2], 1))
    return np.clip(rgb + grain, 0, 255).astype(np.uint8)


def uniform(*shape: int, level: int = 90) -> Pixels:
    return np.full((*shape, 3), level, np.uint8)


def drawn(seed: int) -> Pixels:
    """A scene of rectangles, its edges as sharp as pixels allow."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (160, 120), tuple(random.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = random.integers(0, (150, 110))
        width, height = random.integers(4, 40, 2)
        draw.rectangle(
            (left, top, left + width, top + height), tuple(random.integers(0, 256, 3).tolist())
        )
    return np.asarray(image)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_histogram_counts_every_pixel_of_every_channel(name: str) -> None:
    rgb = PHOTOS[name]
    counts = histogram(rgb)
    assert counts.shape == (4, 256)
    for channel in range(3):
        assert (counts[channel] == np.bincount(rgb[..., channel].ravel(), minlength=256)).all()
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    assert counts[3].sum() == luma.size
    assert abs(counts[3] @ np.arange(256) / luma.size - luma.mean()) < 1


def test_the_luma_of_a_grey_picture_is_its_grey() -> None:
    counts = histogram(PHOTOS["grey"])
    assert (counts[3] == counts[0]).all()


def test_clipping_knows_a_blown_channel_from_a_pure_colour() -> None:
    row = [
        (0, 0, 0),
        (DARKEST,) * 3,
        (DARKEST + 1,) * 3,
        (0, 0, 120),
        (BRIGHTEST - 1,) * 3,
        (200, BRIGHTEST, 200),
        (255, 255, 255),
    ]
    shadows, highlights = clipped(np.array([row], np.uint8))
    assert shadows.tolist() == [[True, True, False, False, False, False, False]]
    assert highlights.tolist() == [[False, False, False, False, False, True, True]]


@pytest.mark.parametrize("shape", ODD_SIZES)
def test_tiny_and_uniform_pictures_have_nothing_sharp(shape: tuple[int, int]) -> None:
    for level in (0, 90, 255):
        rgb = uniform(*shape, level=level)
        assert histogram(rgb).sum() == 4 * shape[0] * shape[1]
        assert focus_peaks(rgb).shape == shape
        assert not focus_peaks(rgb).any()
        assert sharpness(rgb) == 0
        shadows, highlights = clipped(rgb)
        assert shadows.all() == (level == 0 or not rgb.size)
        assert highlights.all() == (level == 255 or not rgb.size)


@pytest.mark.parametrize("name", PHOTOS)
def test_sharpness_and_peaks_fall_with_blur(name: str) -> None:
    steps = [PHOTOS[name], *(blurred(PHOTOS[name], radius) for radius in (0.4, 0.7, 1, 1.5, 2, 4))]
    measured = [sharpness(step) for step in steps]
    assert all(one > next_ * 1.05 for one, next_ in pairwise(measured))
    peaks = [float(focus_peaks(step).mean()) for step in steps]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > 0.05
    assert peaks[-1] < 0.001


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3))
def test_a_drawn_scene_is_sharper_than_its_blurred_copy(seed: int, radius: float) -> None:
    scene = drawn(seed)
    assert sharpness(scene) > sharpness(blurred(scene, radius)) > 0


@pytest.mark.parametrize("name", PHOTOS)
def test_sharpness_is_not_fooled_by_exposure_or_noise(name: str) -> None:
    rgb = PHOTOS[name]
    plain = sharpness(rgb)
    assert sharpness((rgb * 0.6).astype(np.uint8)) == pytest.approx(plain, rel=0.02)
    assert sharpness(noisy(rgb, 8)) == pytest.approx(plain, rel=0.05)
    assert sharpness(noisy(blurred(rgb, 1.5), 8)) < 0.7 * plain


def test_noise_alone_is_neither_sharp_nor_in_focus() -> None:
    grain = noisy(uniform(300, 400), 8)
    assert sharpness(grain) == 0
    assert focus_peaks(grain).mean() < 0.02


def test_a_blurred_background_does_not_count_against_a_sharp_subject() -> None:
    rgb = PHOTOS["astronaut"]
    portrait = blurred(rgb, 6).copy()
    portrait[128:384, 128:384] = rgb[128:384, 128:384]
    assert sharpness(portrait) > 2 * sharpness(blurred(rgb, 2))
    peaks = focus_peaks(portrait)
    assert peaks[127:385, 127:385].sum() > 0.95 * peaks.sum()


def test_nothing_is_written_into_the_picture() -> None:
    rgb = PHOTOS["coffee"].copy()
    rgb.setflags(write=False)
    for examine in (histogram, clipped, focus_peaks, sharpness):
        examine(rgb)
    assert (rgb == PHOTOS["coffee"]).all()


def test_a_view_into_a_larger_picture_is_measured_like_its_copy() -> None:
    whole = PHOTOS["china"]
    view = whole[40:200, 100:333]
    assert sharpness(view) == sharpness(view.copy())
    assert (focus_peaks(view) == focus_peaks(view.copy())).all()
    assert (histogram(view) == histogram(view.copy())).all()
