"""How sharp a picture is, where, and whether motion or defocus has taken its detail.

Gradients at a fine scale are compared with those at a scale four times coarser. The power spectrum
of photographs falls with the square of the frequency (Field 1987), so that both hold the same
energy in a sharp one, whatever it shows and however it is exposed; blur takes it from the fine
scale alone. Motion takes it along one direction: the structure tensors of both scales say which.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tui_selector.analysis.quality.blocks import COARSE, Blocks, Filtered, filtered
from tui_selector.analysis.quality.planes import Grey
from tui_selector.library.quality import Blur

#: Tiles along each side of the picture, each of some blocks.
TILES = 8

#: Mean squares of coarse gradients, grey levels squared: below the first there is nothing to
#: compare; a tile counts from the second on, and from a share of the mean of all tiles.
_FLAT, _FAINT, _TEXTURED = 0.5, 1.0, 0.2
#: Gradients across all lines, as a share of those along, under which all lines run in parallel.
_PARALLEL = 0.05
#: Share of the tiles that count which are the sharpest.
_SHARPEST = 1 / 8
#: What noise of deviation 1 adds to the squares of both gradients.
_NOISE = 2 * 12 / 64

#: Detail of the sharpest parts, in the direction of least, under which a picture is blurred.
_BLURRED = 0.58
#: Anisotropy up to which the loss goes one way, and from which it is the same in all directions.
_ONE_WAY, _ALL_WAYS = 0.80, 0.86


@dataclass(frozen=True, slots=True)
class Sharpness:
    """See `tui_selector.library.quality.Quality`, whose fields have these names."""

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


def measure_sharpness(blocks: Filtered | None, noise: float | None) -> Sharpness:
    """Measure how sharp a picture is.

    Args:
        blocks: The picture at the working size; None where it is too small to tell.
        noise: Standard deviation of its noise, grey levels; None where it is not known.
    """
    if blocks is None:
        return Sharpness()
    tiles = _tiled(np.dstack([blocks.fine, blocks.coarse, blocks.laplacian]))
    fine, coarse, laplacian = tiles[..., :3], tiles[..., 3:6], tiles[..., 6]
    added = _NOISE * (noise or 0.0) ** 2
    peak, detail, x, y = _compare(_energy(fine) - added, _energy(coarse) - added / COARSE**2)
    anisotropy, direction = _directions(fine, coarse, added)
    least = peak
    if direction is not None:
        along = _along(fine, direction) - added / 2
        before = _along(coarse, direction) - added / 2 / COARSE**2
        least = _compare(along, before)[0]
    energy = _energy(fine)
    return Sharpness(
        sharpness=None if peak is None or least is None else math.sqrt(peak * least),
        detail=detail,
        sharpest_x=x,
        sharpest_y=y,
        laplacian_peak=_peak(laplacian),
        laplacian_mean=float(laplacian.mean()),
        # As Sobel's kernels are usually written, without the eighth.
        tenengrad_peak=64 * _peak(energy),
        tenengrad_mean=64 * float(energy.mean()),
        anisotropy=anisotropy,
        direction=direction,
        blur=Blur.UNKNOWN if least is None else _kind(least, anisotropy),
    )


def detail_of(grey: Grey) -> float | None:
    """`Sharpness.detail` of a small part of a picture, (h, w) uint8; None where it is too flat."""
    blocks = filtered(grey)
    return None if blocks is None else _compare(_energy(blocks.fine), _energy(blocks.coarse))[1]


def _tiled(blocks: Blocks) -> Blocks:
    """Means over tiles of means over blocks: (r, c, k) to at most (TILES, TILES, k)."""
    rows, columns, signals = blocks.shape
    down = _averaging(rows) @ blocks.reshape(rows, columns * signals)
    return np.asarray(_averaging(columns) @ down.reshape(-1, columns, signals))


@lru_cache(maxsize=256)
def _averaging(length: int) -> Blocks:
    """The matrix that averages so many blocks in a row to tiles, (tiles, length)."""
    tiles = min(length, TILES)
    tile = np.arange(length) * tiles // length
    belongs = (tile == np.arange(tiles)[:, None]).astype(np.float64)
    return np.asarray(belongs / belongs.sum(axis=1, keepdims=True))


def _peak(values: Blocks) -> float:
    """The 95th percentile."""
    ranked = np.sort(values, axis=None)
    return float(ranked[round(0.95 * (len(ranked) - 1))])


def _energy(tensor: Blocks) -> Blocks:
    return np.asarray(tensor[..., 0] + tensor[..., 2])


def _along(tensor: Blocks, direction: float) -> Blocks:
    """Mean squares of the gradients along a direction, degrees."""
    across, down = math.cos(math.radians(direction)), -math.sin(math.radians(direction))
    parts = np.array([across**2, 2 * across * down, down**2])
    return np.asarray(tensor @ parts)


def _compare(
    fine: Blocks, coarse: Blocks
) -> tuple[float | None, float | None, float | None, float | None]:
    """Fine over coarse gradients in tiles: at their peak, over all, and the middle of the peak."""
    mean = float(coarse.mean())
    if mean < _FLAT:
        return None, None, None, None
    detail = math.sqrt(max(float(fine.mean()), 0.0) / mean)
    counts = coarse >= max(_FAINT, _TEXTURED * mean)
    if not counts.any():
        return None, detail, None, None
    ratio = np.where(counts, fine / np.maximum(coarse, 1e-9), -1.0)
    number = max(1, round(_SHARPEST * int(counts.sum())))
    best = np.argsort(ratio, axis=None)[-number:]
    rows, columns = np.unravel_index(best, ratio.shape)
    peak = math.sqrt(max(float(ratio.flat[best].mean()), 0.0))
    x = (float(columns.mean()) + 0.5) / ratio.shape[1]
    y = (float(rows.mean()) + 0.5) / ratio.shape[0]
    return peak, detail, x, y


def _directions(fine: Blocks, coarse: Blocks, noise: float) -> tuple[float | None, float | None]:
    """Least over most detail in any direction, and the direction of least, degrees."""
    before, after = (
        np.array([[xx, xy], [xy, yy]])
        for xx, xy, yy in (coarse.mean(axis=(0, 1)), fine.mean(axis=(0, 1)))
    )
    before -= np.eye(2) * noise / 2 / COARSE**2
    after -= np.eye(2) * noise / 2
    shares = np.linalg.eigvalsh(before)
    if shares[1] < _FLAT or shares[0] < _PARALLEL * shares[1]:
        return None, None
    values, vectors = np.linalg.eig(np.linalg.solve(before, after))
    first, last = np.argsort(values.real)
    if values.real[last] <= 0.0:
        return None, None
    anisotropy = math.sqrt(max(float(values.real[first]), 0.0) / float(values.real[last]))
    across, down = vectors.real[:, first]
    return anisotropy, math.degrees(math.atan2(-down, across)) % 180.0


def _kind(least: float, anisotropy: float | None) -> Blur:
    if least >= _BLURRED:
        return Blur.NONE
    if anisotropy is None or _ONE_WAY <= anisotropy < _ALL_WAYS:
        return Blur.UNSURE
    return Blur.MOTION if anisotropy < _ONE_WAY else Blur.DEFOCUS
