"""Tags that need no model: what the pixels and the camera's clock say by themselves.

Every score is at least 0.5, the point from which a tag is more likely right than not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tui_selector.library.photo import Tag
from tui_selector.library.pictures.metadata import Metadata

if TYPE_CHECKING:
    from PIL import Image

#: Side of the miniature that colours are counted on, pixels.
_SIDE = 48
#: Width of the frame round the miniature that shows the background, pixels.
_FRAME = 4
#: Share of the frame that one colour must have to be a plain background, and how far from that
#: colour (CIELAB distance) a pixel must lie to be something else.
_PLAIN, _APART = 0.7, 14.0
#: Least share of the picture outside a plain background for its colours to count.
_LEAST_SUBJECT = 0.03
#: Most colour tags of one photo.
_MAX_COLOURS = 3
#: Chroma that camera noise stays below, and the share of pixels above it up to which a picture is
#: black and white.
_GREY_CHROMA, _COLOURED = 5.0, 0.05
#: CIELAB lightness (0 to 100) at which the mean is surely dark or bright, and 20 from it not.
_DARK, _BRIGHT = 15.0, 85.0
#: Longer side over shorter: up to here a square, from there a panorama.
_SQUARE, _PANORAMA = 1.06, 2.0

#: The eleven basic colour terms of English (Berlin and Kay 1969) and turquoise, each by some sRGB
#: examples; a pixel takes the name of the nearest example in CIELAB. The last three of blue are
#: as far from grey as Munsell chroma 6 is: what is bluer than chroma 3 is called blue.
_PALETTE = {
    "red": ("d9261c", "b01020", "7e1416", "e4503c"),
    "orange": ("f58a1f", "e2701a", "ffa94d", "f0a878"),
    "yellow": ("f7dc2a", "e0bd1c", "fff07a"),
    "green": ("2f8f3a", "1d5c2a", "6fae4a", "8fc97f", "4c6a2c"),
    "turquoise": ("2bb5b0", "1b7f86", "7fd6cf", "10484e"),
    "blue": ("2f62c4", "1c3475", "5b9bdc", "9cc6ee", "14204a", "043255", "406087", "7493bc"),
    "purple": ("7a3aa8", "4b2068", "a98bd0"),
    "pink": ("f08cb4", "d9458c", "f7c1d2"),
    "brown": ("8a5a32", "5c3a20", "b08a5e", "3c2616"),
    "white": ("ffffff", "ececec", "f4f0e6"),
    "grey": ("c2c2c2", "9a9a9a", "707070", "4c4c4c", "a39e94", "5d5a55"),
    "black": ("000000", "1a1a1a", "2a2a2c"),
}
#: The names of colours that a pixel may have.
COLOURS = tuple(_PALETTE)
#: Share of the picture from which a colour is worth a tag. Brown, grey, black and white are in
#: nearly every picture, so they have to fill more of it.
_SHARE = dict.fromkeys(_PALETTE, 0.15) | {"brown": 0.4, "grey": 0.5, "black": 0.5, "white": 0.4}

#: Tags for so many faces; more are just "people".
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_SEASONS = ("winter", "spring", "summer", "autumn")
#: First hour of each part of the day on the local clock; before the first it is night.
_DAY = ((5, "morning"), (11, "noon"), (14, "afternoon"), (18, "evening"), (22, "night"))
#: Degrees of latitude between which the year has no four seasons.
_TROPIC = 23.4


_SIGNAL = np.arange(256, dtype=np.float32) / 255.0
#: Light for each value of an sRGB channel.
_LINEAR = np.where(_SIGNAL <= 0.04045, _SIGNAL / 12.92, ((_SIGNAL + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)


def lab(pixels: np.ndarray) -> np.ndarray:
    """Convert sRGB to CIELAB (D65, IEC 61966-2-1 and CIE 15).

    Args:
        pixels: (..., 3) uint8.

    Returns:
        (..., 3) float32: lightness 0 to 100, green to red, blue to yellow.
    """
    linear = _LINEAR[pixels]
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
    )
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.0890], np.float32)
    curve = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


_NAMES = np.array(
    [number for number, examples in enumerate(_PALETTE.values()) for _ in examples], np.intp
)
_EXAMPLES = lab(
    np.array([list(bytes.fromhex(each)) for row in _PALETTE.values() for each in row], np.uint8)
)
_SQUARES = (_EXAMPLES**2).sum(axis=-1)


def colour_names(pixels: np.ndarray) -> np.ndarray:
    """Name the colour of each pixel by the nearest example.

    Args:
        pixels: (..., 3) float32, CIELAB as `lab` gives it.

    Returns:
        (...,) intp, the places of the names in `COLOURS`.
    """
    # |p - e|² without its |p|², which is the same for every example.
    return np.asarray(_NAMES[(_SQUARES - 2.0 * (pixels @ _EXAMPLES.T)).argmin(axis=-1)])


def pixel_tags(image: Image.Image) -> list[Tag]:
    """Name a picture's shape, its light and its main colours.

    Args:
        image: Upright, of any size and mode.

    Returns:
        Shape first, then light, then colours, the widest first.
    """
    from PIL import Image

    if image.mode != "RGB":
        image = image.convert("RGB")
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    picture = lab(np.asarray(small))
    return [*_shape(*image.size), *_light(picture), *_colours(picture)]


def _shape(width: int, height: int) -> list[Tag]:
    ratio = max(width, height) / min(width, height)
    if ratio <= _SQUARE:
        return [Tag("square", 1.0, "pixels")]
    shape = Tag("landscape" if width > height else "portrait", 1.0, "pixels")
    return [shape, Tag("panorama", 1.0, "pixels")] if ratio >= _PANORAMA else [shape]


def _light(picture: np.ndarray) -> list[Tag]:
    mean = float(picture[..., 0].mean())
    tags = []
    for name, away in (("dark", mean - _DARK), ("bright", _BRIGHT - mean)):
        score = 1.0 - max(away, 0.0) / 20.0
        if score >= 0.5:
            tags.append(Tag(name, round(score, 3), "pixels"))
    return tags


def _colours(picture: np.ndarray) -> list[Tag]:
    red, blue = picture[..., 1], picture[..., 2]
    coloured = red * red + blue * blue >= _GREY_CHROMA**2
    if np.count_nonzero(coloured) <= _COLOURED * coloured.size:
        return [Tag("black and white", 1.0, "pixels")]
    pixels = picture[_subject(picture)]
    counts = np.bincount(colour_names(pixels), minlength=len(COLOURS))
    shares = dict(zip(COLOURS, (counts / len(pixels)).tolist(), strict=True))
    tags = []
    for name, least in _SHARE.items():
        share = shares[name]
        if share >= least:
            tags.append((share, Tag(name, round(min(share / (2 * least), 1.0), 3), "pixels")))
    tags.sort(key=lambda item: -item[0])
    return [tag for _, tag in tags[:_MAX_COLOURS]]


def _subject(picture: np.ndarray) -> np.ndarray:
    """Which pixels count for the colours: all but a plain, colourless background, (48, 48) bool.

    A shirt on a white sheet is as red as it is; a blue sky round a tower stays blue.
    """
    frame = np.ones(picture.shape[:2], bool)
    frame[_FRAME:-_FRAME, _FRAME:-_FRAME] = False
    border = np.sort(picture[frame], axis=0)
    background = border[len(border) // 2 - 1 : len(border) // 2 + 1].mean(axis=0)  # their median
    away = picture - background
    away *= away
    apart = away.sum(axis=-1) > _APART**2
    plain = float((~apart[frame]).mean()) >= _PLAIN
    colourless = float(np.hypot(background[1], background[2])) < 2 * _GREY_CHROMA
    if plain and colourless and float(apart.mean()) >= _LEAST_SUBJECT:
        return np.asarray(apart)
    return np.ones_like(apart)


def file_tags(metadata: Metadata) -> list[Tag]:
    """Name what a file says about itself: when it was taken, and whose faces are marked in it."""
    return [*_time(metadata), *_people(metadata.faces)]


def _people(faces: tuple[str, ...]) -> list[Tag]:
    """Name and count the people of whom somebody marked the faces."""
    if not faces:
        return []
    names = ["person"] if len(faces) == 1 else ["people"]
    if 2 <= len(faces) < 2 + len(_COUNTS):
        names.append(f"{_COUNTS[len(faces) - 2]} people")
    names += [name.casefold() for name in faces if name]
    return [Tag(name, 1.0, "exif") for name in dict.fromkeys(names)]


def _time(metadata: Metadata) -> list[Tag]:
    """Name the season and the time of day by the clock of the place where the photo was taken.

    Without a latitude the northern half is assumed, with a lower score; between the tropics no
    season is named. A clock that was never set (New Year's midnight) says nothing, and midnight
    to the second is a date without a time.
    """
    if metadata.taken is None:
        return []
    try:
        shift = timedelta(seconds=metadata.taken, minutes=metadata.taken_offset or 0)
        local = datetime(1970, 1, 1, tzinfo=UTC) + shift
    except (OverflowError, ValueError):
        return []
    midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    if midnight and (local.month, local.day) == (1, 1):
        return []
    tags = []
    latitude = metadata.latitude
    if latitude is None or abs(latitude) > _TROPIC:
        half_year = 2 if latitude is not None and latitude < 0 else 0
        season = _SEASONS[(local.month % 12 // 3 + half_year) % 4]
        tags.append(Tag(season, 0.7 if latitude is None else 1.0, "exif"))
    if not midnight:
        part = "night"
        for hour, name in _DAY:
            if local.hour >= hour:
                part = name
        tags.append(Tag(part, 1.0, "exif"))
    return tags
