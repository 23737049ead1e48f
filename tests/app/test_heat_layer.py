"""Heat painted over large pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tui_selector.app.graphics.heat import warmed
from tui_selector.app.graphics.painter import HeatLayer, PictureRequest
from tui_selector.app.graphics.pictures import Pictures


def layer(heat: np.ndarray, opacity: int = 60) -> HeatLayer:
    rows, columns = heat.shape
    return HeatLayer(columns, rows, heat.astype(np.uint8).tobytes(), opacity)


def corner() -> np.ndarray:
    """A grid of 4 x 6 cells, hot in the right lower corner."""
    heat = np.zeros((4, 6), np.uint8)
    heat[2:, 4:] = 255
    return heat


def test_hot_places_glow_and_others_are_dim() -> None:
    image = Image.new("RGB", (120, 80), (90, 90, 90))
    pixels = np.asarray(warmed(image, layer(corner()))).astype(int)
    hot, cold = pixels[70, 110], pixels[10, 10]
    assert hot[0] > 150
    assert hot[0] > hot[2] + 60
    assert (cold < 90).all()
    assert cold[0] == cold[1] == cold[2]


def test_without_opacity_nothing_changes() -> None:
    image = Image.effect_noise((60, 40), 80).convert("RGB")
    assert warmed(image, layer(corner(), 0)).tobytes() == image.tobytes()


def test_more_opacity_hides_more_of_the_photo() -> None:
    image = Image.effect_noise((60, 40), 80).convert("RGB")
    spread = [
        np.asarray(warmed(image, layer(np.full((1, 1), 255), opacity))).std(axis=(0, 1)).max()
        for opacity in (20, 60, 100)
    ]
    assert spread[0] > spread[1] > spread[2] == pytest.approx(0.0)


def test_a_part_is_warmed_as_in_the_whole() -> None:
    """Pieces of a zoomed picture meet without seams."""
    image = Image.new("RGB", (480, 320), (100, 110, 120))
    heat = layer(np.random.default_rng(3).integers(0, 256, (8, 12)))
    whole = np.asarray(warmed(image, heat)).astype(int)
    left, top, right, bottom = 240, 80, 400, 240
    crop = (left / 480, top / 320, right / 480, bottom / 320)
    piece = np.asarray(warmed(image.crop((left, top, right, bottom)), heat, crop)).astype(int)
    assert np.abs(piece - whole[top:bottom, left:right]).max() <= 2


def test_a_part_may_reach_beyond_the_picture() -> None:
    image = Image.new("RGB", (50, 50))
    assert warmed(image, layer(corner()), (0.8, 0.8, 1.1, 1.2)).size == (50, 50)


def test_pictures_are_encoded_with_their_heat(tmp_path: object) -> None:
    path = f"{tmp_path}/photo.png"
    Image.new("RGB", (120, 80), (90, 90, 90)).save(path)
    source = Pictures(None)
    request = PictureRequest(
        path, path, 12, 4, 12, 8, "truecolor", on_disk=False, heat=layer(corner())
    )
    with_heat = source._load(request)
    source.close()
    pixels = np.frombuffer(with_heat.data, np.uint8).reshape(8, 12, 3).astype(int)
    assert pixels[-1, -1, 0] > pixels[-1, -1, 2] + 60
    assert pixels[0, 0].max() < 90
