"""Large pictures: a part of a photo at a zoom, what is painted over it, and its PNG."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from tui_selector.app.graphics.originals import EDGE, HIGHLIGHT, SHADOW

if TYPE_CHECKING:
    from PIL.Image import Image

Crop = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of a picture; right and bottom may be beyond 1."""

WHOLE: Crop = (0.0, 0.0, 1.0, 1.0)

COLOURS = {SHADOW: (40, 110, 255), HIGHLIGHT: (255, 40, 40), EDGE: (80, 255, 60)}
"""What lost shadows, lost highlights and edges in focus are painted in."""

#: Share of a shrunken pixel, of 255, from which it is painted. A lost speck must stay in sight;
#: edges are everywhere, and those of the finest texture would paint over all.
_ENOUGH = {SHADOW: 24, HIGHLIGHT: 24, EDGE: 80}

_MARGIN = 4


def part(image: Image, crop: Crop, size: tuple[int, int], *, crisp: bool = False) -> Image:
    """A part of a picture at exactly a size.

    Where a pixel of the picture is a pixel of the answer, nothing is resampled.

    Args:
        image: The picture.
        crop: The part.
        size: Width and height of the answer in pixels.
        crisp: Whether enlarged pixels stay squares, so that what is judged is the photo and not a
            filter.

    Returns:
        An image in the mode of `image`, black where it reaches beyond the picture.
    """
    from PIL import Image as pillow  # noqa: N813

    left, right = crop[0] * image.width, crop[2] * image.width
    top, bottom = crop[1] * image.height, crop[3] * image.height
    if abs(right - left - size[0]) < 0.5 and abs(bottom - top - size[1]) < 0.5:
        x, y = round(left), round(top)
        return image.crop((x, y, x + size[0], y + size[1]))
    share = covered(crop)
    inner = max(1, round(size[0] * share[0])), max(1, round(size[1] * share[1]))
    right, bottom = min(right, image.width), min(bottom, image.height)
    # Cut first: a resize with a box would convert and filter rows far outside of it.
    margin = ceil(_MARGIN * max(1.0, (right - left) / inner[0], (bottom - top) / inner[1]))
    x, y = max(0, floor(left) - margin), max(0, floor(top) - margin)
    cut = image.crop(
        (x, y, min(image.width, ceil(right) + margin), min(image.height, ceil(bottom) + margin))
    )
    if inner[0] < right - left:
        method = pillow.Resampling.BOX if image.mode == "L" else pillow.Resampling.BICUBIC
    else:
        method = pillow.Resampling.NEAREST if crisp else pillow.Resampling.BICUBIC
    shown = cut.resize(inner, method, box=(left - x, top - y, right - x, bottom - y))
    if inner == size:
        return shown
    answer = pillow.new(image.mode, size)
    answer.paste(shown)
    return answer


def within(image: Image, crop: Crop) -> Image:
    """A part as `part` gives it, less what reaches beyond the picture."""
    across, down = covered(crop)
    width, height = max(1, round(image.width * across)), max(1, round(image.height * down))
    return image if (width, height) == image.size else image.crop((0, 0, width, height))


def covered(crop: Crop) -> tuple[float, float]:
    """The shares of a part's width and height that lie in the picture."""
    left, top, right, bottom = crop
    return min(1.0, (1 - left) / (right - left)), min(1.0, (1 - top) / (bottom - top))


def painted(image: Image, mask: Image, crop: Crop = WHOLE) -> Image:
    """A picture with the colours of a mask over it.

    Args:
        image: RGB; the part of the photo that is shown.
        mask: Of the whole photo, as `Original.masks` has it.
        crop: The part.
    """
    left, right = crop[0] * mask.width, min(crop[2], 1.0) * mask.width
    top, bottom = crop[1] * mask.height, min(crop[3], 1.0) * mask.height
    x, y = floor(left), floor(top)
    cut = mask.crop((x, y, max(x + 1, ceil(right)), max(y + 1, ceil(bottom))))
    here = (
        (left - x) / cut.width,
        (top - y) / cut.height,
        (crop[2] * mask.width - x) / cut.width,
        (crop[3] * mask.height - y) / cut.height,
    )
    answer = image.copy()
    for value, colour in COLOURS.items():
        only = cut.point([255 if level == value else 0 for level in range(256)])
        if only.getbbox() is not None:
            specks = part(only, here, image.size, crisp=True)
            enough = specks.point([255 if level >= _ENOUGH[value] else 0 for level in range(256)])
            answer.paste(colour, mask=enough)
    return answer


def encode_large(image: Image, colours: int, crop: Crop = WHOLE) -> bytes:
    """A PNG that is made fast.

    Args:
        image: RGB.
        colours: Size of the palette, which is dithered so that skies show no bands; 0 for full
            colour.
        crop: The part that it is; what lies beyond the photo becomes transparent.
    """
    from io import BytesIO

    from PIL import Image as pillow  # noqa: N813

    share = covered(crop)
    if min(share) < 1:
        alpha = pillow.new("L", image.size)
        alpha.paste(255, (0, 0, round(image.width * share[0]), round(image.height * share[1])))
        image = image.copy()
        image.putalpha(alpha)
    elif colours:
        palette = image.quantize(colours, method=pillow.Quantize.FASTOCTREE)
        image = image.quantize(palette=palette, dither=pillow.Dither.FLOYDSTEINBERG)
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=4 if image.mode == "P" else 1)
    return stream.getvalue()
