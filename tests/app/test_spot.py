"""Sharpness at the same spot of several photos."""

from __future__ import annotations

from PIL import Image, ImageFilter
from skimage import data

from tui_selector.app.graphics.originals import Original
from tui_selector.app.graphics.spot import sharpness_at

WHOLE = (0.0, 0.0, 1.0, 1.0)


def original(blur: float = 0.0, scale: int = 1) -> Original:
    image = Image.fromarray(data.astronaut()).filter(ImageFilter.GaussianBlur(blur))
    if scale > 1:
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
    return Original(image, *image.size)


def test_the_sharper_frame_has_the_larger_number() -> None:
    sharp, soft, softer = sharpness_at([(original(blur), WHOLE) for blur in (0, 0.7, 2)])
    assert sharp is not None
    assert soft is not None
    assert softer is not None
    assert sharp > soft > softer > 0


def test_only_the_spot_counts() -> None:
    sharp, soft = original(), original(2)
    soft.image.paste(sharp.image.crop((300, 300, 512, 512)), (300, 300))
    spot = (0.62, 0.62, 0.95, 0.95)
    one, other = sharpness_at([(sharp, spot), (soft, spot)])
    assert one == other
    one, other = sharpness_at([(sharp, WHOLE), (soft, WHOLE)])
    assert one is not None
    assert other is not None
    assert one > other


def test_more_pixels_are_not_more_sharpness() -> None:
    small, large = sharpness_at([(original(1), WHOLE), (original(1, scale=2), WHOLE)])
    assert small is not None
    assert large is not None
    assert abs(small / large - 1) < 0.15


def test_what_cannot_be_measured_is_none() -> None:
    found = sharpness_at([None, (original(), WHOLE), (original(), (0.5, 0.5, 0.5, 0.5))])
    assert found[0] is None
    assert found[1]
    assert found[2] is None
    assert sharpness_at([]) == []
