"""How sharp several photos are at the same spot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from tui_selector.app.graphics.originals import Listener, Original, Originals

Box = tuple[float, float, float, float]

#: Crops whose sizes differ by no more than this share are measured as they are.
_SAME_SIZE = 0.01


class Sight(msgspec.Struct, frozen=True):
    """What is seen of a photo.

    Attributes:
        key: Of its pixels.
        path: Of its file.
        part: Left, top, right and bottom of what is in sight, as fractions of width and height.
    """

    key: str
    path: str
    part: Box = (0.0, 0.0, 1.0, 1.0)


async def measure(
    sights: Sequence[Sight | None], originals: Originals, came: Listener
) -> list[float | None] | None:
    """Measure how sharp every photo is where it is in sight, in the background.

    Args:
        sights: For each photo what is seen of it; None where it shows no picture.
        originals: Where full resolution comes from.
        came: Called from another thread after each photo that is decoded: measure again then.

    Returns:
        As `sharpness_at`; None while photos are being decoded.
    """
    seen = [sight for sight in sights if sight is not None]
    originals.want(came, [(sight.key, sight.path) for sight in seen])
    found = {sight.key: originals.get(sight.key) for sight in seen}
    if any(each is None and not originals.problem(key) for key, each in found.items()):
        return None
    spots = []
    for sight in sights:
        original = found[sight.key] if sight is not None else None
        spots.append((original, sight.part) if sight is not None and original is not None else None)
    return await asyncio.to_thread(sharpness_at, spots)


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
    from PIL import Image as pillow  # noqa: N813

    from tui_selector.library.pictures.examination import sharpness

    crops = [None if spot is None else _pixels(*spot) for spot in spots]
    sides = [max(right - left, bottom - top) for left, top, right, bottom in filter(None, crops)]
    found: list[float | None] = []
    for spot, crop in zip(spots, crops, strict=True):
        if spot is None or crop is None:
            found.append(None)
            continue
        image = spot[0].image.crop(crop)
        scale = min(sides) / max(image.size)
        if scale < 1 - _SAME_SIZE:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            image = image.resize(size, pillow.Resampling.LANCZOS)
        found.append(sharpness(np.asarray(image)))
    return found


def _pixels(original: Original, seen: Box) -> tuple[int, int, int, int] | None:
    """A part in whole pixels of the image, None where it is empty."""
    width, height = original.image.size
    left, top = round(seen[0] * width), round(seen[1] * height)
    right, bottom = round(seen[2] * width), round(seen[3] * height)
    return (left, top, right, bottom) if left < right and top < bottom else None
