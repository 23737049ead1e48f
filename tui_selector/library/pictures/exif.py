"""Values out of EXIF and XMP, each believed only where it makes sense."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_TEXT_LIMIT = 120
_XMP_LIMIT = 1_000_000

# Tag numbers: Exif 2.32 (CIPA DC-008), tables 4 to 15.
_MAKE, _MODEL, SOFTWARE, _CHANGED, _RATING = 0x010F, 0x0110, 0x0131, 0x0132, 0x4746
_EXPOSURE_TIME, _F_NUMBER, _ISO, _ISO_INDEX, _ISO_SPEED = 0x829A, 0x829D, 0x8827, 0x8832, 0x8833
_SHUTTER_VALUE, _APERTURE_VALUE, _BIAS, _FOCAL_LENGTH = 0x9201, 0x9202, 0x9204, 0x920A
SERIAL, LENS = 0xA431, 0xA434
_GPS_DATE, _GPS_TIME = 29, 7

# Each date with its fraction of a second and its offset from UTC.
_ORIGINAL = (0x9003, 0x9291, 0x9011)
_DIGITISED = (0x9004, 0x9292, 0x9012)
_FILE_CHANGED = (_CHANGED, 0x9290, 0x9010)

_DATE = re.compile(
    r"\s*(\d{4})[:./-](\d\d?)[:./-](\d\d?)[ T]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)

# Where face regions begin and end in an XMP packet, what each of them has, and what names it.
_NAMED = rb"%b(?:\s*=\s*([\"'])([^<>]{1,120}?)\1|>([^<]{1,120})<)"
_FACES = (
    (
        *(b"<mwg-rs:RegionList", b"</mwg-rs:RegionList", rb"mwg-rs:Type(?:\s*=\s*[\"']|>)\s*Face"),
        _NAMED % b"mwg-rs:Name",
    ),
    (
        *(b"<MPRI:Regions", b"</MPRI:Regions", rb"MPReg:(?:Rectangle|PersonDisplayName)"),
        _NAMED % b"MPReg:PersonDisplayName",
    ),
)
_MOST_FACES = 100

Tags = Mapping[int, object]
Taken = tuple[float, int | None]


def text(value: object) -> str:
    """Return a tag as one trimmed line of at most 120 characters, without NULs."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return value.split("\0", 1)[0].strip()[:_TEXT_LIMIT].strip()


def number(value: object) -> float | None:
    """Return a tag as a finite number; a list counts by its first element."""
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def within(value: float | None, low: float, high: float) -> float | None:
    """Return the value where it lies in [low, high]."""
    return value if value is not None and low <= value <= high else None


def whole(value: float | None, low: int, high: int) -> int | None:
    """Return the value as a whole number where it lies in [low, high]."""
    return round(value) if value is not None and low <= value <= high else None


def camera(main: Tags) -> str:
    """Return maker and model as one name, without saying the maker twice."""
    make, model = text(main.get(_MAKE)), text(main.get(_MODEL))
    first = model.lower().split(" ", 1)[0]
    if not make or (first and first in make.lower().split()):
        return model or make
    return f"{make} {model}".strip()[:_TEXT_LIMIT]


def exposure(detail: Tags) -> dict[str, float | None]:
    """Return exposure time, f-number, focal length and bias; APEX values stand in for the first."""
    shutter = within(number(detail.get(_SHUTTER_VALUE)), -20, 20)
    aperture = within(number(detail.get(_APERTURE_VALUE)), 0, 20)
    seconds = within(number(detail.get(_EXPOSURE_TIME)), 1e-7, 1e6)
    f_number = within(number(detail.get(_F_NUMBER)), 0.1, 1000)
    return {
        "exposure_time": 2.0**-shutter if seconds is None and shutter is not None else seconds,
        "f_number": 2 ** (aperture / 2) if f_number is None and aperture else f_number,
        "focal_length": within(number(detail.get(_FOCAL_LENGTH)), 0.1, 100_000),
        "exposure_bias": within(number(detail.get(_BIAS)), -20, 20),
    }


def iso(detail: Tags) -> int | None:
    """Return the sensitivity; 65535 in the old 16-bit tag means "see the newer ones"."""
    for tag in (_ISO, _ISO_INDEX, _ISO_SPEED):
        value = whole(number(detail.get(tag)), 1, 100_000_000)
        if value is not None and not (tag == _ISO and value == 65535):
            return value
    return None


def rating(main: Tags, xmp: bytes) -> int | None:
    """Return the star rating, -1 for rejected; XMP, which every editor writes, goes first."""
    found = xmp_value(xmp, "xmp:Rating") or xmp_value(xmp, "xap:Rating")
    try:
        stars = float(found) if found else None
    except ValueError:
        stars = None
    if stars is not None:
        return whole(stars, -1, 5)
    return whole(number(main.get(_RATING)), 0, 5)


def position(gps: Tags) -> dict[str, float | None]:
    """Return latitude, longitude and altitude; exactly (0, 0) is a receiver without a fix."""
    latitude, longitude = _degrees(gps, 1, "S", 90), _degrees(gps, 3, "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return {"latitude": None, "longitude": None, "altitude": None}
    altitude = within(number(gps.get(6)), 0, 100_000)
    if altitude is not None and gps.get(5) in {1, b"\1"}:
        altitude = -altitude
    return {"latitude": latitude, "longitude": longitude, "altitude": altitude}


def _degrees(gps: Tags, reference: int, negative: str, limit: float) -> float | None:
    parts = gps.get(reference + 1)
    if not isinstance(parts, (tuple, list)) or not parts:
        return None
    total = 0.0
    for part, unit in zip(parts, (1, 60, 3600), strict=False):
        value = number(part)
        if value is None:
            return None
        total += value / unit
    sign = -1 if text(gps.get(reference)).upper().startswith(negative) else 1
    return within(sign * total, -limit, limit)


def taken(main: Tags, detail: Tags, gps: Tags, xmp: bytes) -> Taken | None:
    """Return (seconds since the epoch, minutes east of UTC or None) of the best date there is.

    From the most to the least trusted: original, digitised, XMP, GPS (UTC), last change.
    """
    tags = {**main, **detail}
    for group in (_ORIGINAL, _DIGITISED):
        if found := _exif_date(tags, group):
            return found
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        if found := moment(xmp_value(xmp, name)):
            return found
    return _gps_date(gps) or _exif_date(tags, _FILE_CHANGED)


def _exif_date(tags: Tags, group: tuple[int, int, int]) -> Taken | None:
    date, fraction, offset = (text(tags.get(tag)) for tag in group)
    found = moment(date, offset)
    if found and re.fullmatch(r"[0-9]{1,9}", fraction):
        return math.floor(found[0]) + float(f"0.{fraction}"), found[1]
    return found


def _gps_date(gps: Tags) -> Taken | None:
    clock = gps.get(_GPS_TIME)
    if not isinstance(clock, (tuple, list)) or len(clock) != 3:
        return None
    parts = [number(part) for part in clock]
    hour, minute, second = parts
    day = moment(f"{text(gps.get(_GPS_DATE))} 00:00:00", "+00:00")
    if day is None or hour is None or minute is None or second is None:
        return None
    seconds = within(hour * 3600 + minute * 60 + second, 0, 86401)
    return None if seconds is None else (day[0] + seconds, 0)


def moment(date: str, offset: str = "") -> Taken | None:
    """Read a date with or without an offset from UTC, in EXIF's or ISO 8601's way of writing.

    Returns (seconds since the epoch, minutes east of UTC or None), or None for no such day.
    """
    match = _DATE.match(date)
    if match is None:
        return None
    *parts, second, fraction, zone = match.groups()
    try:
        wall = datetime(*(int(part) for part in parts), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    if wall.year < 1826:
        return None
    wall += timedelta(seconds=min(int(second or 0), 59))
    east = _minutes(zone or offset)
    exact = wall.timestamp() + (float(f"0.{fraction[:9]}") if fraction else 0.0)
    return exact - 60 * (east or 0), east


def _minutes(offset: str) -> int | None:
    if offset.strip() == "Z":
        return 0
    match = _OFFSET.fullmatch(offset.strip())
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return (minutes if match[1] == "+" else -minutes) if minutes <= 15 * 60 else None


def faces(packet: bytes) -> tuple[str, ...]:
    """Return the names of the faces that are marked in an XMP packet, "" for one without a name.

    As the Metadata Working Group's regions (Guidelines for Handling Metadata 2.0, 5.9), which
    Lightroom, digiKam and Picasa write, or, where there are none, as Microsoft's.
    """
    packet = packet[:_XMP_LIMIT]
    for first, last, mark, name in _FACES:
        regions = packet.partition(first)[2].partition(last)[0].split(b"<rdf:li")[1:]
        names = [_name(region, name) for region in regions if re.search(mark, region)]
        if names:
            return tuple(names[:_MOST_FACES])
    return ()


def _name(region: bytes, pattern: bytes) -> str:
    match = re.search(pattern, region)
    if match is None:
        return ""
    name = html.unescape((match[2] or match[3]).decode("utf-8", "replace"))
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())


def xmp_value(packet: bytes, name: str) -> str:
    """Return a simple property of an XMP packet, written as attribute or as element, or "".

    A search instead of an XML parser: packets are hostile input, and damaged ones are common.
    """
    key = re.escape(name.encode())
    pattern = rb"(?:\b%b\s*=\s*[\"']|<%b>)\s*([^\"'<]{1,120})" % (key, key)
    match = re.search(pattern, packet[:_XMP_LIMIT])
    return match[1].decode("utf-8", "replace").strip() if match else ""
