"""What decoding a file gives: an upright RGB picture."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

from PIL import Image

# Pillow warns on stderr about every odd tag; what matters about a file is said in one sentence.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture.

    `image` is RGB in sRGB and may be smaller than the original; `width` and `height` are the
    original's upright size in pixels. `note` is a sentence about what is wrong with a picture
    that could be shown all the same.
    """

    image: Image.Image
    width: int
    height: int
    note: str | None = None


# EXIF 2.32, tag 0x0112: how the stored rows have to be turned to stand upright.
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Picture, orientation: int) -> Picture:
    """Turn a picture that is stored with an EXIF orientation; unknown values turn nothing."""
    method = _TRANSPOSE.get(orientation)
    if method is None:
        return picture
    turned = replace(picture, image=picture.image.transpose(method))
    if orientation >= 5:
        return replace(turned, width=picture.height, height=picture.width)
    return turned


def fit(
    image: Image.Image,
    box: tuple[int, int],
    resample: Image.Resampling = Image.Resampling.BICUBIC,
    *,
    enlarge: bool = False,
) -> Image.Image:
    """Return `image` scaled down to lie inside `box` (width, height in pixels), aspect kept.

    A picture that already fits is returned as it is, or reaches the edges of the box if it is to
    `enlarge`.
    """
    scale = min(box[0] / image.width, box[1] / image.height)
    if scale == 1 or (scale > 1 and not enlarge):
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, resample, reducing_gap=3.0)
