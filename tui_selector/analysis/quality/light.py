"""Exposure, contrast, colour and how much there is to see at all.

Of a RAW file too it is the picture that is measured, the camera's preview, and not the sensor: what
is clipped there is what its owner sees clipped, and photos of one group compare whatever their
format.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.quality.planes import opencv

#: Values of a channel that are clipped: up to the first, from the second on.
_BLACK, _WHITE = 2, 253
#: Light that is told from none, EV relative to white.
_DARKEST = -10.0

_SIGNAL = np.arange(256) / 255.0
#: Linear light for each value of sRGB (IEC 61966-2-1).
_LINEAR = np.where(_SIGNAL <= 0.04045, _SIGNAL / 12.92, ((_SIGNAL + 0.055) / 1.055) ** 2.4)


@dataclass(frozen=True, slots=True)
class Light:
    """See `tui_selector.library.quality.Quality`, whose fields have these names."""

    black_red: float
    black_green: float
    black_blue: float
    white_red: float
    white_green: float
    white_blue: float
    luma_5: float
    luma_50: float
    luma_95: float
    luma_mean: float
    light: float
    contrast: float
    colourfulness: float
    entropy: float


def measure_light(rgb: NDArray[np.uint8]) -> Light:
    """Measure the light of (h, w, 3) uint8 sRGB."""
    cv2 = opencv()
    pixels = rgb.shape[0] * rgb.shape[1]
    levels = np.arange(256)
    channels = [_histogram(rgb, channel) / pixels for channel in range(3)]
    black = [float(shares[: _BLACK + 1].sum()) for shares in channels]
    white = [float(shares[_WHITE:].sum()) for shares in channels]
    luma = _histogram(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 0) / pixels
    mean = float(luma @ levels)
    some = luma[luma > 0]
    linear = float(luma @ _LINEAR)
    low, middle, high = np.searchsorted(np.cumsum(luma), (0.05, 0.5, 0.95)).clip(0, 255)
    return Light(
        black_red=black[0],
        black_green=black[1],
        black_blue=black[2],
        white_red=white[0],
        white_green=white[1],
        white_blue=white[2],
        luma_5=float(low),
        luma_50=float(middle),
        luma_95=float(high),
        luma_mean=mean,
        light=max(math.log2(linear), _DARKEST) if linear > 0 else _DARKEST,
        contrast=math.sqrt(max(float(luma @ (levels - mean) ** 2), 0.0)),
        colourfulness=_colourfulness(rgb),
        entropy=max(0.0, -float(some @ np.log2(some))),
    )


def _histogram(pixels: NDArray[np.uint8], channel: int) -> NDArray[np.float64]:
    """How many pixels have each of the 256 values."""
    counts = opencv().calcHist([pixels], [channel], None, [256], [0, 256])
    return np.asarray(counts, np.float64).ravel()


def _colourfulness(rgb: NDArray[np.uint8]) -> float:
    """M3 of Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003)."""
    cv2 = opencv()
    red, green, blue = cv2.split(rgb.astype(np.int16))
    means, spreads = [], []
    # The second is half of this, which whole numbers hold.
    for opponent, scale in (
        (cv2.subtract(red, green), 1.0),
        (cv2.subtract(cv2.add(red, green), cv2.add(blue, blue)), 0.5),
    ):
        mean, spread = cv2.meanStdDev(opponent)
        means.append(scale * float(mean[0, 0]))
        spreads.append(scale * float(spread[0, 0]))
    return math.hypot(*spreads) + 0.3 * math.hypot(*means)
