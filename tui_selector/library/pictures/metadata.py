"""What a file says about itself: when, with what and where it was taken."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import msgspec

from tui_selector.library.folder.files import open_file
from tui_selector.library.photo import Kind
from tui_selector.library.pictures import exif as values
from tui_selector.library.pictures.formats import kind_of

if TYPE_CHECKING:
    from PIL import Image

_HEAD = 128 * 1024
# Pillow's number for the second directory, which EXIF links by position and not by a tag, is -1.
_EXIF_IFD, _GPS_IFD, _THUMBNAIL_IFD = 0x8769, 0x8825, -1
_ISO_6709 = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?", re.ASCII)

Result = TypeVar("Result")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about one photo or video; a field that is missing or nonsense is None or "".

    `taken` is in seconds since the epoch, UTC, with its fraction; without a known time zone
    (`taken_offset`, minutes east of UTC, is None) the clock on the wall counts as UTC.
    `exposure_time` and `duration` are in seconds, `focal_length` in mm, `exposure_bias` in EV,
    `latitude` and `longitude` in degrees, `altitude` in metres. `rating` is -1 (rejected) to 5,
    0 where the file says unrated. `orientation` is EXIF's, 1 to 8; `width` and `height` are the
    upright size in pixels. `faces` has a name, or "", for each face that
    somebody marked in the file. Texts are as in the file, shortened: make them `printable` to show.
    """

    taken: float | None = None
    taken_offset: int | None = None
    camera: str = ""
    serial: str = ""
    lens: str = ""
    exposure_time: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    exposure_bias: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    rating: int | None = None
    orientation: int = 1
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    software: str = ""
    faces: tuple[str, ...] = ()


def read_metadata(path: Path, data: bytes | None = None) -> Metadata:
    """Read the metadata of a photo, RAW file or video; `data` is its content if already read.

    Never raises: from a file that cannot be read, or whose metadata are damaged or hostile, comes
    whatever is sound, at worst an empty Metadata.
    """
    try:
        with open_file(path) if data is None else io.BytesIO(data) as stream:
            kind = kind_of(stream.read(32), path.suffix.lower())
            stream.seek(0)
            if kind is Kind.VIDEO:
                return _from_video(stream)
            return _from_raw(stream) if kind is Kind.RAW else _from_still(stream)
    except Exception:
        # Hostile headers make the parsers raise nearly anything; no metadata is then the truth.
        return Metadata()


def embedded_thumbnail(path: Path) -> Image.Image | None:
    """Return the upright RGB thumbnail in the first 128 KiB of a JPEG or TIFF-like file, or None.

    Cameras store about 160 x 120 pixels, often with black bars, which are cut off. Never raises.
    """
    try:
        with open_file(path) as stream:
            head = stream.read(_HEAD)
        return _thumbnail(head)
    except Exception:
        # As in `read_metadata`: no thumbnail is an ordinary answer.
        return None


def _from_still(stream: BinaryIO) -> Metadata:
    from tui_selector.library.pictures.still import (
        open_still,
        orientation_of,
        read_exif,
        upright_size,
    )

    with open_still(stream) as image:
        exif = read_exif(image, stream)
        orientation = orientation_of(exif)
        packet = image.info.get("xmp", b"")
        xmp = packet.encode() if isinstance(packet, str) else packet
        facts = _from_exif(exif, xmp if isinstance(xmp, bytes) else b"")
        width, height = upright_size(image, orientation)
    return msgspec.structs.replace(facts, orientation=orientation, width=width, height=height)


def _from_exif(exif: Image.Exif | None, xmp: bytes) -> Metadata:
    main: values.Tags = exif or {}
    detail = _directory(exif, _EXIF_IFD)
    gps = _directory(exif, _GPS_IFD)
    taken = _attempt(lambda: values.taken(main, detail, gps, xmp)) or (None, None)
    facts = Metadata(
        taken=taken[0],
        taken_offset=taken[1],
        camera=values.camera(main),
        serial=values.text(detail.get(values.SERIAL)),
        lens=values.text(detail.get(values.LENS)),
        software=values.text(main.get(values.SOFTWARE)),
        iso=_attempt(lambda: values.iso(detail)),
        rating=_attempt(lambda: values.rating(main, xmp)),
        faces=_attempt(lambda: values.faces(xmp)) or (),
    )
    numbers = {**(_attempt(lambda: values.exposure(detail)) or {}), **values.position(gps)}
    return msgspec.structs.replace(facts, **numbers)


def _from_raw(stream: BinaryIO) -> Metadata:
    """Read the file's own TIFF tags or its preview's EXIF; LibRaw fills the gaps."""
    import rawpy

    from tui_selector.library.pictures.raw import upright_size

    # RAF, CR3, ORF and RW2 are no plain TIFF; their previews carry the EXIF.
    facts = _attempt(lambda: _from_tiff(stream)) or Metadata()
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        if not facts.camera:
            thumb = _attempt(raw.extract_thumb)
            if thumb is not None and isinstance(thumb.data, bytes):
                preview = io.BytesIO(thumb.data)
                facts = _attempt(lambda: _from_still(preview)) or facts
        width, height, orientation = upright_size(raw)
        other, lens = raw.other, values.text(raw.lens.model)
    return msgspec.structs.replace(
        facts,
        width=width,
        height=height,
        orientation=orientation,
        lens=facts.lens or lens,
        iso=facts.iso or values.whole(other.iso_speed, 1, 100_000_000),
        exposure_time=facts.exposure_time or values.within(other.shutter_speed, 1e-7, 1e6),
        f_number=facts.f_number or values.within(other.aperture, 0.1, 1000),
        focal_length=facts.focal_length or values.within(other.focal_length, 0.1, 100_000),
    )


def _from_tiff(stream: BinaryIO) -> Metadata:
    from PIL import Image

    tags = Image.Exif()
    tags.load_from_fp(stream)
    return _from_exif(tags, b"")


def _from_video(stream: BinaryIO) -> Metadata:
    from tui_selector.library.pictures.video import open_video, upright_size

    with open_video(stream) as container:
        tags = {key.lower(): text for key, text in container.metadata.items()}
        duration = container.duration / 1e6 if container.duration else None
        size = _attempt(lambda: upright_size(container)) or (None, None)

    def first(*names: str) -> str:
        return next((values.text(tags[name]) for name in names if tags.get(name)), "")

    apple = "com.apple.quicktime."
    taken = values.moment(first(apple + "creationdate", "date"))
    created = values.moment(first("creation_time"))
    if taken is None and created is not None and created[0] > 0:
        # Containers write UTC, and the start of 1904 or 1970 where no clock was set.
        taken = (created[0], 0)
    place = _ISO_6709.match(first(apple + "location.iso6709", "location", "location-eng"))
    latitude, longitude, altitude = (
        (float(g) if g else None for g in place.groups()) if place else (None,) * 3
    )
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        latitude = longitude = altitude = None
    make, model = first(apple + "make", "make"), first(apple + "model", "model")
    return Metadata(
        taken=taken[0] if taken else None,
        taken_offset=taken[1] if taken else None,
        camera=values.camera({0x010F: make, 0x0110: model}),
        software=first(apple + "software", "com.android.version", "encoder"),
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
        duration=duration,
        width=size[0],
        height=size[1],
    )


def _thumbnail(head: bytes) -> Image.Image | None:
    from PIL import Image

    from tui_selector.library.pictures.picture import Picture, upright

    block = head if head[:4] in {b"II*\0", b"MM\0*"} else _exif_block(head)
    if not block:
        return None
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    first = exif.get_ifd(_THUMBNAIL_IFD)
    start, length = int(first[0x0201]), int(first[0x0202])
    with Image.open(io.BytesIO(block[start : start + length]), formats=["JPEG"]) as stored:
        if max(stored.size) > 1024:
            return None
        image = stored.convert("RGB")
    detail = _directory(exif, _EXIF_IFD)
    image = _without_bars(
        image, values.number(detail.get(0xA002)), values.number(detail.get(0xA003))
    )
    orientation = exif.get(0x0112, 1)
    return upright(Picture(image, *image.size), orientation).image


def _exif_block(head: bytes) -> bytes:
    """Return the TIFF block in the APP1 segment of a JPEG, or nothing."""
    position = 2
    while head[:2] == b"\xff\xd8" and head[position : position + 1] == b"\xff":
        marker = head[position + 1]
        length = int.from_bytes(head[position + 2 : position + 4], "big")
        if marker == 0xE1 and head[position + 4 : position + 10] == b"Exif\0\0":
            return head[position + 10 : position + 2 + length]
        if marker == 0xDA or length < 2:
            break
        position += 2 + length
    return b""


def _without_bars(image: Image.Image, width: float | None, height: float | None) -> Image.Image:
    """Cut a thumbnail to the shape of the photo where cameras pad it with black bars."""
    if not width or not height:
        return image
    shape = width / height
    wide, high = image.size
    inner = (min(wide, round(high * shape)), min(high, round(wide / shape)))
    # More than a third is no bar: the thumbnail is of another shape altogether.
    if inner[0] * inner[1] < 0.65 * wide * high:
        return image
    left, top = (wide - inner[0]) // 2, (high - inner[1]) // 2
    return image.crop((left, top, left + inner[0], top + inner[1]))


def _directory(exif: Image.Exif | None, number: int) -> Mapping[int, object]:
    if exif is None:
        return {}
    return _attempt(lambda: dict(exif.get_ifd(number))) or {}


def _attempt(read: Callable[[], Result]) -> Result | None:
    """Return what `read` returns, or None where hostile metadata makes it raise."""
    try:
        return read()
    except Exception:
        return None
