"""The fingerprint of a picture: what it survives, and what it tells apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from tui_selector.analysis.similar.fingerprints import Fingerprints
from tui_selector.analysis.similar.hashing import HASH_BYTES, picture_hash

Change = Callable[[Image.Image], Image.Image]


def scene(seed: int, width: int = 300, height: int = 200) -> Image.Image:
    """Blurred noise with the spectrum of a photo: coarse and strong, fine and weak."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells, weight in ((3, 60.0), (7, 30.0), (15, 15.0), (40, 6.0)):
        noise = rng.uniform(-1, 1, (cells, cells, 3))
        for channel in range(3):
            layer = Image.fromarray(noise[..., channel].astype(np.float32))
            total[..., channel] += weight * np.asarray(
                layer.resize((width, height), Image.Resampling.BICUBIC)
            )
    return Image.fromarray(np.clip(128 + total, 0, 255).astype(np.uint8))


def compared(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    prints = Fingerprints.of([picture_hash(np.asarray(each)) for each in (one, other)])
    left, right = np.array([0]), np.array([1])
    return float(prints.likeness(left, right)[0]), float(prints.turned_likeness(left, right)[0])


@pytest.mark.parametrize("way", list(Image.Transpose), ids=lambda way: way.name.lower())
def test_a_picture_is_recognised_however_it_lies(way: Image.Transpose) -> None:
    picture = scene(1)
    frame, disc = compared(picture, picture.transpose(way))
    assert frame > 0.99
    assert disc > 0.99


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((75, 50), Image.Resampling.LANCZOS),
        lambda picture: picture.resize((256, 256), Image.Resampling.BILINEAR),
        lambda picture: ImageOps.grayscale(picture).convert("RGB"),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
        lambda picture: picture.filter(ImageFilter.GaussianBlur(2)),
    ],
    ids=["smaller", "square", "grey", "darker", "blurred"],
)
def test_a_changed_copy_is_recognised(change: Change) -> None:
    assert compared(scene(2), change(scene(2)))[0] > 0.95


@pytest.mark.parametrize("angle", [5, 30, 45, 137, 300])
def test_a_turned_copy_is_recognised_by_its_disc(angle: float) -> None:
    picture = scene(3)
    frame, disc = compared(picture, picture.rotate(angle, Image.Resampling.BICUBIC))
    assert disc > 0.9
    assert frame < 0.9


def test_other_pictures_are_not_alike() -> None:
    prints = Fingerprints.of([picture_hash(np.asarray(scene(seed))) for seed in range(10, 40)])
    left, right = np.triu_indices(len(prints), 1)
    assert prints.likeness(left, right).max() < 0.8
    assert prints.turned_likeness(left, right).max() < 0.8


def test_colours_are_the_same_wherever_they_stand() -> None:
    picture = scene(5)
    moved = np.roll(np.asarray(picture), (100, 60), axis=(1, 0))
    changed = np.asarray(ImageOps.grayscale(picture).convert("RGB"))
    hashes = [picture_hash(each) for each in (np.asarray(picture), moved, changed)]
    prints = Fingerprints.of(hashes)
    there, grey = prints.colour_likeness(np.array([0, 0]), np.array([1, 2]))
    assert there > 0.95
    assert grey < 0.8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_is_like_nothing(level: int) -> None:
    blank = Image.new("RGB", (40, 30), (level, level, level))
    assert compared(blank, blank) == (0.0, 0.0)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (700, 2)])
def test_any_size_has_a_hash(size: tuple[int, int]) -> None:
    pixels: NDArray[np.uint8] = np.zeros((*size, 3), np.uint8)
    pixels[0, 0] = 255
    assert len(picture_hash(pixels)) == HASH_BYTES


def test_a_hash_of_another_length_is_like_nothing() -> None:
    sound = picture_hash(np.asarray(scene(4)))
    prints = Fingerprints.of([sound, b"", sound[:-1], sound])
    assert prints.flat.tolist() == [False, True, True, False]
    assert prints.likeness(np.array([0, 0]), np.array([1, 3])).tolist() == pytest.approx([0, 1])


def test_pairs_are_compared_in_their_order_however_many() -> None:
    prints = Fingerprints.of([picture_hash(np.asarray(scene(seed))) for seed in range(3)])
    left = np.tile([0, 1], 9000)
    right = np.tile([2, 1], 9000)
    likeness = prints.likeness(left, right)
    assert np.ptp(likeness[::2]) == pytest.approx(0, abs=1e-6)
    assert likeness[1::2].min() > 0.999


@pytest.mark.parametrize("way", list(Image.Transpose), ids=lambda way: way.name.lower())
def test_outlines_stay_however_a_picture_lies(way: Image.Transpose) -> None:
    picture = scene(6)
    pictures = [picture, picture.transpose(way), picture.rotate(33), scene(7)]
    prints = Fingerprints.of([picture_hash(np.asarray(each)) for each in pictures])
    frames, discs = prints.outlines(), prints.turned_outlines()
    assert np.linalg.norm(frames[0] - frames[1]) < 0.1
    assert np.linalg.norm(frames[0] - frames[3]) > 0.3
    assert np.linalg.norm(discs[0] - discs[1:3], axis=1).max() < 0.15
    assert np.linalg.norm(discs[0] - discs[3]) > 0.25
