"""Heat over a large picture: it glows where words are found, and is dim elsewhere."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tui_selector.app.graphics.large import WHOLE, Crop, part
from tui_selector.app.graphics.painter import HeatLayer

if TYPE_CHECKING:
    from PIL.Image import Image

#: Colours of heat at the given bytes, as glowing iron has them; between two they are mixed.
_GLOW = ((0, (150, 0, 0)), (128, (255, 60, 0)), (200, (255, 130, 0)), (255, (255, 220, 70)))
#: How much darker the coldest places become at full opacity.
_DIMMED = 0.65


def warmed(image: Image, layer: HeatLayer, crop: Crop = WHOLE) -> Image:
    """A picture with heat over it.

    Args:
        image: RGB; the part of the photo that is shown.
        layer: The heat of the whole photo.
        crop: The part.
    """
    from PIL import Image as pillow  # noqa: N813

    opacity = layer.opacity / 100
    grid = pillow.frombytes("L", (layer.columns, layer.rows), layer.heat)
    heat = part(grid, crop, image.size)
    light = [round(255 * (1 - opacity * _DIMMED * (255 - byte) / 255)) for byte in range(256)]
    answer = pillow.composite(image, pillow.new("RGB", image.size), heat.point(light))
    glow = heat.copy()
    glow.putpalette(bytes(value for byte in range(256) for value in _colour(byte)))
    cover = [round(opacity * byte) for byte in range(256)]
    return pillow.composite(glow.convert("RGB"), answer, heat.point(cover))


def _colour(byte: int) -> tuple[int, ...]:
    for (low, cold), (high, hot) in pairwise(_GLOW):
        if byte <= high:
            share = (byte - low) / (high - low)
            return tuple(round(c + share * (h - c)) for c, h in zip(cold, hot, strict=True))
    return _GLOW[-1][1]
