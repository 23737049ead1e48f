"""Camera RAW files through LibRaw: the preview the camera made, or a half-size development."""

from __future__ import annotations

import io
from typing import BinaryIO

import rawpy
from PIL import Image

from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.picture import Picture, upright
from tui_selector.library.pictures.still import (
    decode_still,
    memory,
    open_still,
    orientation_of,
    read_exif,
)

# LibRaw's flip (dcraw's): quarter turns that make the sensor's rows stand upright, as EXIF values.
_ORIENTATION = {3: 3, 5: 8, 6: 6}


def decode_raw(stream: BinaryIO, longest: int) -> Picture:
    """Decode a RAW file upright, from its embedded preview where that is large enough.

    The preview serves when its long side reaches half of min(`longest`, original); the result can
    therefore be smaller than `longest`. Raises rawpy.LibRawError for what LibRaw cannot read and
    DecodeError for what exceeds the memory budget.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not memory.fits(size):
        raise DecodeError(f"The file is {size // 2**20} MB, more than is opened at a time.")
    with rawpy.imread(stream) as raw:
        width, height, orientation = upright_size(raw)
        preview = _preview(raw, longest, orientation)
        wanted = min(longest, max(width, height))
        if preview is not None and 2 * max(preview.image.size) >= wanted:
            return Picture(preview.image, width, height, preview.note)
        try:
            developed = _develop(raw, raw.sizes.raw_width * raw.sizes.raw_height)
        except (rawpy.LibRawError, rawpy.NotSupportedError):
            if preview is None:
                raise
            developed = preview.image
        return Picture(developed, width, height)


def upright_size(raw: rawpy.RawPy) -> tuple[int, int, int]:
    """Return (width, height, EXIF orientation) of an open RAW file, the size upright in pixels."""
    sizes = raw.sizes
    orientation = _ORIENTATION.get(sizes.flip, 1)
    if orientation >= 5:
        return sizes.height, sizes.width, orientation
    return sizes.width, sizes.height, orientation


def _preview(raw: rawpy.RawPy, longest: int, orientation: int) -> Picture | None:
    """Decode the preview upright, or None where there is none that decodes."""
    try:
        thumb = raw.extract_thumb()
        if isinstance(thumb.data, bytes):
            picture = decode_still(io.BytesIO(thumb.data), longest)
        else:
            image = Image.fromarray(thumb.data)
            picture = Picture(image.convert("RGB"), image.width, image.height)
    except Exception:
        # A damaged preview raises nearly anything; the sensor data can still be developed.
        return None
    lies = orientation >= 5 and picture.width > picture.height
    turned_round = orientation == 3 and not _says_upside_down(thumb.data)
    return upright(picture, orientation) if lies or turned_round else picture


def _says_upside_down(preview: object) -> bool:
    """Whether a JPEG preview has an EXIF orientation of its own, which is then applied already."""
    if not isinstance(preview, bytes):
        return False
    stream = io.BytesIO(preview)
    with open_still(stream) as image:
        return orientation_of(read_exif(image, stream)) != 1


def _develop(raw: rawpy.RawPy, pixels: int) -> Image.Image:
    """Develop at half size with the camera's white balance; LibRaw turns it upright itself."""
    cost = pixels * 6
    if not memory.fits(cost):
        raise DecodeError("The picture is too large to develop and has no usable preview.")
    with memory.borrow(cost):
        return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))
