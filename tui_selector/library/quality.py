"""What was measured of a picture, as a value: `tui_selector.analysis.quality` measures it."""

from __future__ import annotations

import enum
import math
import struct
from typing import Any

import msgspec


class Blur(enum.IntEnum):
    """What kind of blur lies over a whole picture, even over its sharpest part."""

    UNKNOWN = 0  #: Nothing in it is detailed enough to tell.
    NONE = 1
    UNSURE = 2  #: It is blurred; motion and defocus cannot be told apart.
    MOTION = 3
    DEFOCUS = 4


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one picture.

    All is measured on the upright picture scaled down (never up) to one working size, so that
    photos compare whatever their resolution; where the original is smaller, `side` says so. A
    signal that cannot be told is None. Shares are 0 to 1; grey levels and channels 0 to 255.

    Attributes:
        width: Upright width of the original, pixels.
        height: Upright height of the original, pixels.
        side: Long side that detail was measured at, pixels; 0 where nothing could be measured.
        sharpness: Detail of the sharpest parts: fine gradients over coarse ones, noise taken out,
            the geometric mean of all directions and of the one with least. It does not depend on
            exposure or contrast. A sharp photo has 0.7 to 2, a Gaussian blur of 2 pixels of the
            working size leaves 0.4.
        detail: Fine over coarse gradients of the whole picture; low where little is in focus.
        sharpest_x: Middle of the sharpest parts from the left, share of the width.
        sharpest_y: The same from the top, share of the height.
        laplacian_peak: Mean square of the Laplacian in the 95th percentile of 8 x 8 tiles, grey
            levels squared. It grows with contrast and noise.
        laplacian_mean: The same over the whole picture.
        tenengrad_peak: Mean square of the Sobel gradient in the 95th percentile of the tiles, grey
            levels squared for each pixel squared.
        tenengrad_mean: The same over the whole picture.
        anisotropy: Detail in the direction that has least of it, as a share of the direction that
            has most: 1 is the same in all, motion leaves 0.4 to 0.7.
        direction: Direction of least detail, which is that of a motion, degrees counter-clockwise
            from the horizontal, 0 to 180.
        blur: Whether it is blurred, and how.
        black_red: Share of pixels whose red is at most 2.
        black_green: The same of green.
        black_blue: The same of blue.
        white_red: Share of pixels whose red is at least 253.
        white_green: The same of green.
        white_blue: The same of blue.
        luma_5: 5th percentile of luma (Rec. 601), grey levels.
        luma_50: Median of luma.
        luma_95: 95th percentile of luma.
        luma_mean: Mean of luma.
        light: Mean of linear light, in EV relative to white (0 and less).
        contrast: Standard deviation of luma, grey levels.
        colourfulness: M3 of Hasler and Suesstrunk (2003): 0 none, 33 moderate, 82 high.
        noise: Standard deviation of luma's noise on flat parts at the working size, grey levels.
        entropy: Of the histogram of luma, bits, 0 to 8.
        screen: How much it looks like a picture of a screen's pixels (a screenshot), 0 to 1.
        document: How much it looks like a page with text, 0 to 1.
        faces: Faces that were found; None where nobody has looked or can look. A face that is
            turned away or small is not found.
        eyes: Prominent faces on which an eye was found; None without a face.
        prominent: Faces that are at least half as wide as the widest; None as `faces`.
        face_x: Middle of the widest face from the left, share of the width.
        face_y: The same from the top, share of the height.
        face_width: Width of the widest face, share of the width.
        face_sharpness: As `detail`, of the least sharp prominent face, scaled to one size.
        eye_sharpness: The same of the region of the eyes.
        close_sharpness: As `sharpness`, at a long side of 1600 pixels; None where nobody has
            looked so closely, or the original is smaller than half of that.
    """

    width: int
    height: int
    side: int
    sharpness: float | None = None
    detail: float | None = None
    sharpest_x: float | None = None
    sharpest_y: float | None = None
    laplacian_peak: float = 0.0
    laplacian_mean: float = 0.0
    tenengrad_peak: float = 0.0
    tenengrad_mean: float = 0.0
    anisotropy: float | None = None
    direction: float | None = None
    blur: Blur = Blur.UNKNOWN
    black_red: float = 0.0
    black_green: float = 0.0
    black_blue: float = 0.0
    white_red: float = 0.0
    white_green: float = 0.0
    white_blue: float = 0.0
    luma_5: float = 0.0
    luma_50: float = 0.0
    luma_95: float = 0.0
    luma_mean: float = 0.0
    light: float = 0.0
    contrast: float = 0.0
    colourfulness: float = 0.0
    noise: float | None = None
    entropy: float = 0.0
    screen: float = 0.0
    document: float = 0.0
    faces: int | None = None
    eyes: int | None = None
    prominent: int | None = None
    face_x: float | None = None
    face_y: float | None = None
    face_width: float | None = None
    face_sharpness: float | None = None
    eye_sharpness: float | None = None
    close_sharpness: float | None = None

    @property
    def clipped_black(self) -> float:
        """Share of pixels at the lower end of the channel that has most of them."""
        return max(self.black_red, self.black_green, self.black_blue)

    @property
    def clipped_white(self) -> float:
        """Share of pixels at the upper end of the channel that has most of them."""
        return max(self.white_red, self.white_green, self.white_blue)

    @property
    def megapixels(self) -> float:
        """Size of the original, millions of pixels."""
        return self.width * self.height / 1e6


#: The signals in the order in which they are packed.
FIELDS = Quality.__struct_fields__

_LAYOUT = struct.Struct(f"<{len(FIELDS)}f")
_INTEGERS = frozenset({"width", "height", "side", "blur", "faces", "eyes", "prominent"})

#: Bytes of a packed `Quality`.
PACKED_SIZE = _LAYOUT.size


def pack(quality: Quality) -> bytes:
    """A `Quality` as little-endian float32 in the order of `FIELDS`; None is NaN."""
    values = (getattr(quality, name) for name in FIELDS)
    return _LAYOUT.pack(*(math.nan if value is None else float(value) for value in values))


def unpack(data: bytes) -> Quality:
    """Read what `pack` has written.

    Raises:
        ValueError: The bytes are of another layout.
    """
    if len(data) != PACKED_SIZE:
        raise ValueError("The signals of a picture were packed by another version.")
    signals: dict[str, Any] = {}
    for name, value in zip(FIELDS, _LAYOUT.unpack(data), strict=True):
        if math.isnan(value):
            signals[name] = None
        else:
            signals[name] = round(value) if name in _INTEGERS else value
    signals["blur"] = Blur(signals["blur"] or 0)
    return Quality(**signals)
