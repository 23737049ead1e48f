"""Still pictures through Pillow, at a bounded cost in memory."""

from __future__ import annotations

import io
import math
import struct
import threading
from typing import BinaryIO

from PIL import Image, ImageFile, JpegImagePlugin, TiffImagePlugin

from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.budget import DECODING, MemoryBudget
from tui_selector.library.pictures.colour import to_rgb
from tui_selector.library.pictures.picture import Picture, upright

CUT_SHORT = "The file is cut short; a part of the picture is missing."

#: Formats by content; JPEG includes MPO and HEIF includes HEIC. The rest of Pillow's list is not
#: photographs, starts other programs (EPS) or is recognised by so little that other files pass for
#: it (TGA, PCX).
FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "HEIF",
    "AVIF",
    "TIFF",
    "GIF",
    "BMP",
    "DIB",
    "JPEG2000",
    "PSD",
    "PPM",
    "QOI",
)

#: Shared by every decoder of the process.
memory = MemoryBudget(DECODING)

# `memory` is the guard against decompression bombs: it knows what a scaled decode really costs.
Image.MAX_IMAGE_PIXELS = None

# Peak bytes for each pixel beyond Pillow's own copy: planes and frames that the library holds.
_EXTRA_BYTES = {"WEBP": 12, "HEIF": 11, "AVIF": 11, "JPEG2000": 24, "GIF": 6}
_NARROW_MODES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}

# What converting one band of rows takes.
_BAND = 64 * 2**20

# Bytes that the decoder of a JPEG is handed at once. Between two blocks it waits for the lock of
# the interpreter, which the threads of other photos want, too; with Pillow's 64 KB that is often.
_BLOCK = 16 * 2**20

_heif = threading.Lock()
_heif_ready = False


def open_still(stream: BinaryIO) -> Image.Image:
    """Open a picture lazily: the header is parsed, no pixel is decoded.

    Raises what Pillow and its plugins raise on damaged headers, which can be any Exception.
    """
    global _heif_ready
    with _heif:
        if not _heif_ready:
            import pillow_heif

            pillow_heif.register_heif_opener()
            _heif_ready = True
    return Image.open(stream, formats=FORMATS)


def decode_still(stream: BinaryIO, longest: int) -> Picture:
    """Decode the first frame or page, upright, its long side at least min(`longest`, original).

    A JPEG is scaled by its DCT while decoding; a HEIF may hold a thumbnail that is enough. A JPEG
    too big for the memory budget comes smaller than asked. Raises DecodeError for a picture beyond
    the budget, and otherwise whatever Pillow raises on damaged data.
    """
    with open_still(stream) as image:
        width, height = image.size
        cost = _prepare(image, longest)
        if not memory.fits(cost):
            raise DecodeError(
                f"The picture measures {width} x {height} pixels and would need "
                f"{cost // 2**20} MB of memory, more than the {memory.total // 2**20} MB allowed."
            )
        with memory.borrow(cost):
            cut = _load(image, stream)
            rgb = to_rgb(image, reduce=_reduction(image.size, longest))
            picture = Picture(rgb, width, height, CUT_SHORT if cut else None)
            # Read only now: Pillow turns a TIFF itself while loading and forgets its orientation.
            return upright(picture, orientation_of(read_exif(image, stream)))


def orientation_of(exif: Image.Exif | None) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none."""
    value = exif.get(0x0112, 1) if exif is not None else 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright_size(image: Image.Image, orientation: int) -> tuple[int, int]:
    """Return (width, height) in pixels of a picture opened and not loaded, as it stands upright."""
    # Pillow gives a TIFF the size that it will have once loaded.
    if orientation < 5 or image.format == "TIFF":
        return image.size
    return image.height, image.width


def read_exif(image: Image.Image, stream: BinaryIO) -> Image.Exif | None:
    """Return the EXIF of a picture opened from `stream`, None where there is none or it is damaged.

    No pixel is decoded for it, unlike Pillow's own `getexif`, which loads a whole PNG.
    """
    try:
        if image.format != "PNG" or "exif" in image.info:
            return image.getexif()
        block = _png_exif(stream)
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + block)
        return exif if block else None
    except Exception:
        # Hostile EXIF makes Pillow raise nearly anything; the pixels are still good.
        return None


def _png_exif(stream: BinaryIO) -> bytes:
    """Return the eXIf chunk of a PNG wherever it stands, or nothing; the position is kept."""
    position = stream.tell()
    try:
        stream.seek(8)
        while len(head := stream.read(8)) == 8:
            length = int.from_bytes(head[:4], "big")
            if head[4:] == b"eXIf":
                return stream.read(min(length, 2**20))
            stream.seek(length + 4, io.SEEK_CUR)
        return b""
    finally:
        stream.seek(position)


def _prepare(image: Image.Image, longest: int) -> int:
    """Choose the decoding scale and return the bytes that loading will take at its peak."""
    width, height = image.size
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        share = min(1.0, longest / max(width, height))
        # HEIF offers an embedded thumbnail that covers this size; other formats ignore it.
        image.draft(None, (math.ceil(width * share), math.ceil(height * share)))
        width, height = image.size
        extra = width * height * _EXTRA_BYTES.get(image.format or "", 0)
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            extra = _strip_bytes(image)
            if image.tag_v2.get(0x0112, 1) != 1:
                # Pillow turns it while loading, into a second copy.
                extra += width * height * _NARROW_MODES.get(image.mode, 4)
        return _cost(image.mode, width, height, longest) + extra
    coefficients = 0
    if image.info.get("progressive"):
        # libjpeg keeps every coefficient (2 bytes) of a progressive picture until the end.
        most = max((h * v for _, h, v, _ in image.layer), default=1)
        parts = sum(h * v / max(1, most) for _, h, v, _ in image.layer)
        coefficients = int(width * height * parts * 2)

    def scaled(scale: int) -> tuple[int, int]:
        return math.ceil(width / scale), math.ceil(height / scale)

    scale = 1
    while scale < 8 and (
        max(scaled(2 * scale)) >= longest
        or not memory.fits(_cost(image.mode, *scaled(scale), longest) + coefficients)
    ):
        scale *= 2
    image.decodermaxblock = _BLOCK
    image.draft(None, (max(1, width // scale), max(1, height // scale)))
    return _cost(image.mode, *image.size, longest) + coefficients


def _cost(mode: str, width: int, height: int, longest: int) -> int:
    """Return the bytes of the loaded picture, the reduced RGB copy and that copy turned."""
    loaded = _NARROW_MODES.get(mode, 4) + (12 if mode in {"I", "F"} else 0)
    reduce = _reduction((width, height), longest)
    return width * height * loaded + 8 * (width // reduce + 1) * (height // reduce + 1) + _BAND


def _reduction(size: tuple[int, int], longest: int) -> int:
    return max(1, max(size) // max(1, longest))


def _strip_bytes(image: TiffImagePlugin.TiffImageFile) -> int:
    """Return the size of two strips or tiles, which libtiff and Pillow hold uncompressed."""
    tags = image.tag_v2
    depth = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
    bits = sum(depth) if isinstance(depth, tuple) else int(depth)
    columns = tags.get(TiffImagePlugin.TILEWIDTH, image.width)
    rows = tags.get(TiffImagePlugin.TILELENGTH) or tags.get(
        TiffImagePlugin.ROWSPERSTRIP, image.height
    )
    if TiffImagePlugin.TILEWIDTH not in tags:
        rows = min(rows, image.height)
    return 2 * int(columns) * int(rows) * max(1, bits) // 8


def _load(image: Image.Image, stream: BinaryIO) -> bool:
    """Load the pixels; True where the file ends early and the rest stays empty."""
    try:
        image.load()
    except (OSError, SyntaxError, struct.error, IndexError) as error:
        ends_early = "truncated" in str(error) and getattr(error, "errno", None) is None
        if not ends_early or not isinstance(image, ImageFile.ImageFile):
            raise
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            stream.seek(0)
            image.fp = _EndedJpeg(stream)  # type: ignore[assignment]
            image.load()
        else:
            # The rows before the end are in place: declare the picture loaded.
            image.tile = []
        if not _has_content(image):
            raise
        return True
    return False


def _has_content(image: Image.Image) -> bool:
    """Whether at least a tenth of the rows differ from the empty rest at the bottom."""
    small = image.convert("RGB").resize((32, 100), Image.Resampling.BOX)
    rows = [small.crop((0, y, 32, y + 1)).tobytes() for y in range(100)]
    return sum(row != rows[-1] for row in rows) >= 10


class _EndedJpeg(io.RawIOBase):
    """A cut JPEG with end-of-image markers after its end, so that libjpeg finishes it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size) or b"\xff\xd9"

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()
