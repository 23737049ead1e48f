from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from scipy.fft import dct

from tui_selector.library.pictures.decode import decode
from tui_selector.library.pictures.perceptual import distance, perceptual_hash


def scene(seed: int) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((480, 360), Image.Resampling.BICUBIC)


def test_the_transform_is_the_cosine_transform() -> None:
    image = scene(3)
    grey = image.convert("L").resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=3.0)
    low = dct(dct(np.asarray(grey, dtype=float), axis=0), axis=1)[:8, :8]
    bits = (low > np.median(low)).flatten()
    assert perceptual_hash(image) == int("".join(str(int(bit)) for bit in bits), 2)


def test_copies_stay_close_and_other_pictures_are_far() -> None:
    image = scene(1)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=30)
    copies = [
        image.resize((200, 150)),
        Image.open(stream),
        ImageEnhance.Brightness(image).enhance(1.1),
    ]
    fingerprint = perceptual_hash(image)
    assert all(distance(fingerprint, perceptual_hash(copy)) <= 6 for copy in copies)
    assert all(distance(fingerprint, perceptual_hash(scene(n))) > 12 for n in range(2, 8))


def test_a_real_copy_is_found(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("neardup")

    def fingerprint(name: str) -> int:
        return perceptual_hash(decode(folder / name, longest=256).image)

    original = fingerprint("ukbench00120.jpg")
    assert distance(original, fingerprint("ukbench00120_resize.jpg")) <= 6
    assert distance(original, fingerprint("ukbench00004.jpg")) > 12


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_distance_counts_bits(one: int, other: int) -> None:
    assert distance(one, one) == 0
    assert distance(one, other) == distance(other, one) <= 64


def test_a_flat_picture_has_a_fingerprint() -> None:
    assert 0 <= perceptual_hash(Image.new("RGB", (1, 1))) < 2**64
