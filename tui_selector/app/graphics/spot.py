"""How sharp several photos are at the same spot."""

from __future__ import annotations

from collections.abc import Sequence

from tui_selector.app.graphics.large import Box, part
from tui_selector.app.graphics.originals import Original

#: Crops whose sizes differ by no more than this share are measured as they are.
_SAME_SIZE = 0.01


def sharpness_at(spots: Sequence[tuple[Original, Box] | None]) -> list[float | None]:
    """Measure every photo in its part of the picture, in full resolution. Not for the UI thread.

    Where photos differ in size, the larger are scaled down to the smallest: a frame with more
    pixels is not a sharper one.

    Args:
        spots: For each photo its pixels and the left, top, right and bottom of the part as
            fractions of width and height; None where there are no pixels.

    Returns:
        A measure to compare the photos by (`examination.sharpness`), None where there is none.
    """
    import numpy as np

    from tui_selector.library.pictures.examination import sharpness

    crops = [None if spot is None else _pixels(*spot) for spot in spots]
    sides = [max(right - left, bottom - top) for left, top, right, bottom in filter(None, crops)]
    found: list[float | None] = []
    for spot, crop in zip(spots, crops, strict=True):
        if spot is None or crop is None:
            found.append(None)
            continue
        image = spot[0].image
        width, height = crop[2] - crop[0], crop[3] - crop[1]
        scale = min(sides) / max(width, height)
        if scale > 1 - _SAME_SIZE:
            scale = 1.0
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        found.append(sharpness(np.asarray(part(image, image.size, crop, size))))
    return found


def _pixels(original: Original, seen: Box) -> Box | None:
    """A part in pixels of the image, None where it is empty."""
    width, height = original.image.size
    crop = (seen[0] * width, seen[1] * height, seen[2] * width, seen[3] * height)
    return crop if crop[2] - crop[0] >= 1 and crop[3] - crop[1] >= 1 else None
