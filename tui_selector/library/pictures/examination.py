"""What a photographer asks of pixels: histogram, clipping, what is in focus, how sharp it is.

Every function takes an upright 8-bit sRGB picture as an array (h, w, 3), of any size, and changes
nothing. Luma is that of ITU-R BT.601, as Pillow computes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

#: Levels at which a sample is taken for clipped; two of slack, since JPEG ripples at the ends.
DARKEST, BRIGHTEST = 2, 253

# A picture is looked at in a grid of so many cells a side, none of them smaller than this.
_GRID, _SMALLEST = 8, 16

# The share of cells that counts as "where it is sharpest", and the share that is the quietest.
_SHARPEST, _QUIETEST = 0.25, 0.1

# An edge is in focus where it rises above so many standard deviations of the noise, above this
# share of the picture's contrast, and above so many levels, which JPEG reaches in a flat area.
_ABOVE_NOISE, _OF_CONTRAST, _LEVELS = 12.0, 0.35, 12.0

# Sum of the squared weights of both Sobel kernels: what white noise of variance 1 adds.
_SOBEL_NOISE = 24.0

# A crop whose variance is not above these has nothing to be sharp: in levels, in that of the noise.
_FLAT, _ONLY_NOISE = 1.0, 0.5


def histogram(rgb: Pixels) -> npt.NDArray[np.int64]:
    """Count the pixels of every level.

    Args:
        rgb: (h, w, 3) uint8.

    Returns:
        (4, 256) counts: red, green, blue and luma; each row sums to h * w.
    """
    if not rgb.size:
        return np.zeros((4, 256), np.int64)
    image = Image.fromarray(rgb)
    counts = image.histogram() + image.convert("L").histogram()
    return np.array(counts, np.int64).reshape(4, 256)


def clipped(rgb: Pixels) -> tuple[Mask, Mask]:
    """Find the pixels that hold no detail any more.

    A shadow is lost where every channel is at most `DARKEST`, a highlight where any channel is at
    least `BRIGHTEST`: one blown channel is a wrong colour already, one empty channel is a pure one.

    Args:
        rgb: (h, w, 3) uint8.

    Returns:
        Masks (h, w) of lost shadows and of lost highlights.
    """
    brightest = np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    return brightest <= DARKEST, brightest >= BRIGHTEST


def focus_peaks(rgb: Pixels) -> Mask:
    """Find the edges that are in focus.

    They are the pixels whose modified Laplacian (the second derivatives along both axes, added
    without their signs; Nayar and Nakagawa, "Shape from focus", PAMI 1994) stands out of the noise
    and is steep for the contrast of the picture. Blur lowers the derivatives and hardly the
    contrast, so that a picture out of focus has no peaks instead of the best of a bad lot.

    Args:
        rgb: (h, w, 3) uint8.

    Returns:
        Mask (h, w); False on the outermost pixels, which have no second derivative.
    """
    mask = np.zeros(rgb.shape[:2], np.bool_)
    if min(mask.shape) < 3:
        return mask
    luma = _luma(rgb)
    noise, contrast = _noise(luma), float(np.std(luma[::2, ::2]))
    threshold = max(_ABOVE_NOISE * noise, _OF_CONTRAST * contrast, _LEVELS)
    for top, bottom in _bands(luma.shape[0] - 2):
        part = luma[top : bottom + 2].astype(np.int16)
        middle = part[1:-1, 1:-1]
        twice = middle + middle
        steep = np.abs(twice - part[1:-1, :-2] - part[1:-1, 2:])
        steep += np.abs(twice - part[:-2, 1:-1] - part[2:, 1:-1])
        np.greater(steep, threshold, out=mask[top + 1 : bottom + 1, 1:-1])
    return mask


def sharpness(rgb: Pixels) -> float:
    """Measure how sharp a crop is, to compare it with the same crop of another frame.

    Tenengrad (mean squared Sobel gradient; Krotkov, "Focusing", IJCV 1988; among the best in
    Pertuz et al., "Analysis of focus measure operators", Pattern Recognition 2013) of the sharpest
    quarter of a grid of cells, so that a blurred background does not count against a sharp
    subject. What noise adds is taken off, and the rest is divided by the variance of the luma, so
    that exposure and contrast do not count.

    Args:
        rgb: (h, w, 3) uint8; crops that are compared must have the same size in pixels.

    Returns:
        A number >= 0 that falls with blur; 0 where there is nothing to see but noise.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < 3:
        return 0.0
    luma = _luma(rgb)
    noise = _noise(luma) ** 2
    contrast = float(np.var(luma, dtype=np.float32)) - noise
    if contrast < max(_FLAT, _ONLY_NOISE * noise):
        return 0.0
    energies: list[float] = []
    for top, bottom in _bands(height - 2):
        part = luma[top : bottom + 2].astype(np.int16)
        across = _differences(part.T).T
        energy = np.einsum("ij,ij->j", across, across, dtype=np.float32)
        down = _differences(part)
        energy += np.einsum("ij,ij->j", down, down, dtype=np.float32)
        energies += [
            float(energy[left:right].mean()) / (bottom - top) for left, right in _bands(width - 2)
        ]
    energies.sort(reverse=True)
    sharpest = energies[: max(1, round(_SHARPEST * len(energies)))]
    return max(0.0, (sum(sharpest) / len(sharpest) - _SOBEL_NOISE * noise) / contrast)


def _differences(part: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Return the Sobel derivative along the first axis, (h, w) -> (h - 2, w - 2)."""
    smooth = part[:, :-2] + part[:, 2:]
    smooth += part[:, 1:-1]
    smooth += part[:, 1:-1]
    return smooth[2:] - smooth[:-2]


def _luma(rgb: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(rgb).convert("L"))


def _bands(length: int) -> Iterator[tuple[int, int]]:
    """Cut a length into at most `_GRID` equal pieces."""
    pieces = max(1, min(_GRID, length // _SMALLEST))
    edges = [length * piece // pieces for piece in range(pieces + 1)]
    yield from pairwise(edges)


def _noise(luma: Pixels) -> float:
    """Estimate the standard deviation of the noise, in levels.

    The diagonal detail (a - b - c + d) / 2 of every 2 x 2 pixels is the finest wavelet band, in
    which photos have the least of their own (Donoho and Johnstone, "Ideal spatial adaptation by
    wavelet shrinkage", Biometrika 1994). Its root mean square is taken in the quietest cells alone,
    where neither edges nor texture add to it.

    Args:
        luma: (h, w) uint8, at least 2 x 2.
    """
    height, width = luma.shape[0] // 2, luma.shape[1] // 2
    cells: list[float] = []
    for top, bottom in _bands(height):
        part = luma[2 * top : 2 * bottom, : 2 * width].astype(np.int16)
        detail = (part[::2, ::2] - part[::2, 1::2] - part[1::2, ::2] + part[1::2, 1::2]).astype(
            np.float32
        )
        detail *= detail
        cells += [float(detail[:, left:right].mean()) for left, right in _bands(width)]
    cells.sort()
    quietest = cells[: max(1, round(_QUIETEST * len(cells)))]
    return 0.5 * float(np.sqrt(sum(quietest) / len(quietest)))
