"""RAW files: the preview, its turning, and developing where there is no preview."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tui_selector.library.pictures.decode import DecodeError, decode
from tui_selector.library.pictures.metadata import read_metadata

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}


def dng_bytes(
    width: int,
    height: int,
    *,
    preview: Image.Image | None = None,
    orientation: int = 1,
    exif: bytes = b"",
) -> bytes:
    """Write by hand a DNG of a red sensor picture, with or without a JPEG preview before it."""
    mosaic = np.full((height, width), 500, dtype="<u2")
    mosaic[0::2, 0::2] = 60000
    pixels = mosaic.tobytes()
    sensor: dict[int, tuple[int, bytes]] = {
        254: _long(0),
        256: _long(width),
        257: _long(height),
        258: _short(16),
        259: _short(1),
        262: _short(32803),
        273: _long(8),
        274: _short(orientation),
        277: _short(1),
        278: _long(height),
        279: _long(len(pixels)),
        33421: _short(2, 2),
        33422: (1, bytes([0, 1, 1, 2])),
    }
    common: dict[int, tuple[int, bytes]] = {
        271: (2, b"Maker\0"),
        272: (2, b"Maker One\0"),
        274: _short(orientation),
        306: (2, b"2024:05:06 07:08:09\0"),
        50706: (1, bytes([1, 4, 0, 0])),
        50708: (2, b"Maker One\0"),
        50721: (10, struct.pack("<18i", *[n for v in (1, 0, 0, 0, 1, 0, 0, 0, 1) for n in (v, 1)])),
        50728: (5, struct.pack("<6I", 1, 1, 1, 1, 1, 1)),
    }
    body = io.BytesIO()
    body.write(b"II*\0" + b"\0" * 4 + pixels)
    if preview is None:
        first = _directory(body, sensor | common)
    else:
        stream = io.BytesIO()
        preview.save(stream, "JPEG", quality=90, exif=exif)
        start = body.tell()
        body.write(stream.getvalue() + b"\0" * (len(stream.getvalue()) % 2))
        inner = _directory(body, sensor)
        front = {
            254: _long(1),
            256: _long(preview.width),
            257: _long(preview.height),
            258: _short(8, 8, 8),
            259: _short(7),
            262: _short(6),
            273: _long(start),
            277: _short(3),
            278: _long(preview.height),
            279: _long(len(stream.getvalue())),
            330: _long(inner),
        }
        first = _directory(body, front | common)
    data = bytearray(body.getvalue())
    data[4:8] = struct.pack("<I", first)
    return bytes(data)


def _short(*values: int) -> tuple[int, bytes]:
    return 3, struct.pack(f"<{len(values)}H", *values)


def _long(*values: int) -> tuple[int, bytes]:
    return 4, struct.pack(f"<{len(values)}I", *values)


def _directory(body: io.BytesIO, tags: dict[int, tuple[int, bytes]]) -> int:
    entries = b""
    for tag, (kind, value) in sorted(tags.items()):
        count = len(value) // _SIZES[kind]
        if len(value) > 4:
            offset = body.tell()
            body.write(value + b"\0" * (len(value) % 2))
            value = struct.pack("<I", offset)
        entries += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    start = body.tell()
    body.write(struct.pack("<H", len(tags)) + entries + b"\0" * 4)
    return start


def two_tone(size: tuple[int, int]) -> Image.Image:
    """Blue above green, as the sensor's rows lie."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((0, 255, 0), (0, size[1] // 2, *size))
    return image


# Where blue, the sensor's upper half, has to be: a point in the upright picture.
@pytest.mark.parametrize(
    ("orientation", "size", "blue"),
    [
        (1, (600, 400), (0.5, 0.2)),
        (3, (600, 400), (0.5, 0.8)),
        (6, (400, 600), (0.8, 0.5)),
        (8, (400, 600), (0.2, 0.5)),
    ],
)
def test_the_preview_is_used_and_turned(
    orientation: int, size: tuple[int, int], blue: tuple[float, float]
) -> None:
    data = dng_bytes(600, 400, preview=two_tone((300, 200)), orientation=orientation)
    picture = decode(Path("shot.dng"), longest=256, data=data)
    assert (picture.width, picture.height) == size
    assert max(picture.image.size) == 300
    x, y = (int(share * side) for share, side in zip(blue, picture.image.size, strict=True))
    pixel = picture.image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200
    assert pixel[1] < 80


def test_a_preview_that_says_how_it_lies_is_not_turned_twice() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    data = dng_bytes(600, 400, preview=two_tone((300, 200)), orientation=3, exif=exif.tobytes())
    top = decode(Path("shot.dng"), longest=256, data=data).image.getpixel((150, 20))
    assert isinstance(top, tuple)
    assert top[1] > 200


@pytest.mark.parametrize("preview", [None, (40, 30)])
@pytest.mark.parametrize(("orientation", "size"), [(1, (600, 400)), (6, (400, 600))])
def test_without_a_large_preview_the_sensor_is_developed(
    preview: tuple[int, int] | None, orientation: int, size: tuple[int, int]
) -> None:
    small = None if preview is None else Image.new("RGB", preview, (0, 0, 255))
    data = dng_bytes(600, 400, preview=small, orientation=orientation)
    picture = decode(Path("shot.dng"), longest=512, data=data)
    assert (picture.width, picture.height) == size
    assert picture.image.size == (size[0] // 2, size[1] // 2)
    red, green, blue = np.asarray(picture.image).reshape(-1, 3).mean(axis=0)
    assert red > 150
    assert green < 60
    assert blue < 80


def test_a_jpeg_named_as_raw_is_still_a_picture() -> None:
    stream = io.BytesIO()
    two_tone((64, 32)).save(stream, "JPEG")
    assert decode(Path("shot.nef"), longest=64, data=stream.getvalue()).width == 64


@pytest.mark.parametrize("cut", [20, 200, 3000])
def test_a_damaged_raw_file_gives_one_sentence(cut: int) -> None:
    data = dng_bytes(60, 40)[:cut]
    with pytest.raises(DecodeError, match=r"^[A-Z].*\.$"):
        decode(Path("shot.dng"), longest=64, data=data)


def test_metadata_come_from_the_tiff_tags() -> None:
    facts = read_metadata(Path("shot.dng"), dng_bytes(60, 40, orientation=6))
    assert facts.camera == "Maker One"
    assert facts.taken == 1714979289.0  # 2024-05-06 07:08:09
    assert (facts.width, facts.height, facts.orientation) == (40, 60, 6)
