"""Every signal of one decoded picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tui_selector.analysis.quality.blocks import filtered
from tui_selector.analysis.quality.light import measure_light
from tui_selector.analysis.quality.noise import measure_noise
from tui_selector.analysis.quality.pages import measure_pages
from tui_selector.analysis.quality.planes import WORKING_SIDE, planes_of
from tui_selector.analysis.quality.sharpness import measure_sharpness
from tui_selector.library.quality import Quality

if TYPE_CHECKING:
    from PIL import Image

#: Goes up whenever the same picture would get other signals: stored ones are then measured again.
VERSION = 1

#: Long side to decode to at least, pixels.
SIDE = WORKING_SIDE


def measure(
    image: Image.Image,
    size: tuple[int, int] | None = None,
    luma: Image.Image | None = None,
) -> Quality:
    """Measure a picture; what a closer look tells is not there yet (see `close`).

    Args:
        image: Upright, of any mode; at least `SIDE` pixels wide or high where the original is.
        size: Upright width and height of the original, pixels; those of `image` by default.
        luma: The image as "L", where somebody has made it already.
    """
    if image.mode != "RGB":
        image = image.convert("RGB")
    width, height = size or image.size
    planes = planes_of(image, luma)
    blocks = filtered(planes.grey)
    noise = measure_noise(blocks)
    screen, document = measure_pages(planes)
    return Quality(
        width=width,
        height=height,
        side=max(planes.grey.shape),
        **asdict(measure_sharpness(blocks, noise)),
        **asdict(measure_light(planes.rgb)),
        noise=noise,
        screen=screen,
        document=document,
    )
