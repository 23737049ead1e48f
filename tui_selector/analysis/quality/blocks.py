"""Means of filtered pixels over small blocks: what sharpness and noise are computed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.quality.planes import Grey, buffer, opencv, with_margin

#: Side of a block of a picture, pixels.
BLOCK = 16
#: Pixels that are filtered at once, so that what comes of them stays in the processor's cache.
_AT_ONCE = 2**16
#: How much coarser the coarse scale is.
COARSE = 4

#: What noise of deviation 1 gives where a picture is differentiated twice across and twice down
#: (Immerkær 1996), which takes away what is even and what rises evenly.
_RESIDUAL = 6
#: Sobel's kernels are divided by this, so that they give grey levels for each pixel.
_SOBEL = 8

Blocks = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Filtered:
    """Means over blocks, (r, c) float64 each.

    Attributes:
        fine: (r, c, 3) xx, xy and yy of the gradients, grey levels squared for each pixel squared.
        coarse: The same at the coarse scale, whose pixels are `COARSE` times as large.
        laplacian: Squares of the Laplacian, grey levels squared.
        residual: Squares of what remains without gradients: of white noise its variance.
        level: Grey levels.
    """

    fine: Blocks
    coarse: Blocks
    laplacian: Blocks
    residual: Blocks
    level: Blocks


def filtered(grey: Grey) -> Filtered | None:
    """Filter a picture (h, w) uint8; None where it is too small for a block.

    What is left at the right and at the bottom, less than a block, does not count.
    """
    rows, columns = grey.shape[0] // BLOCK, grey.shape[1] // BLOCK
    if not rows or not columns:
        return None
    cv2 = opencv()
    whole = np.ascontiguousarray(grey[: rows * BLOCK, : columns * BLOCK])
    small = columns * BLOCK // COARSE, rows * BLOCK // COARSE
    coarse = cv2.resize(whole, small, interpolation=cv2.INTER_AREA)
    laplacian, residual = (np.empty((rows, columns * BLOCK), np.float32) for _ in range(2))
    for band, part in _parts(whole, BLOCK, rows):
        real = buffer("a", band.shape, np.float32)
        real[...] = band  # OpenCV filters float32 three times as fast into float32
        second = buffer("b", band.shape, np.float32)
        cv2.Laplacian(real, cv2.CV_32F, dst=second, ksize=1)
        _sum_product(second, second, laplacian[part])
        cv2.Sobel(band, cv2.CV_32F, 2, 2, dst=second, ksize=3, scale=1 / _RESIDUAL)
        _sum_product(second, second, residual[part])
    return Filtered(
        fine=_gradients(whole, BLOCK, rows),
        coarse=_gradients(coarse, BLOCK // COARSE, rows),
        laplacian=_means(laplacian, BLOCK),
        residual=_means(residual, BLOCK),
        level=cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64),
    )


def _parts(grey: Grey, block: int, rows: int) -> Iterator[tuple[Grey, slice]]:
    """Bands of whole blocks, and which rows of blocks they are."""
    step = max(1, _AT_ONCE // (block * grey.shape[1]))
    for first in range(0, rows, step):
        last = min(first + step, rows)
        yield with_margin(grey, first * block, last * block), slice(first, last)


def _gradients(grey: Grey, block: int, rows: int) -> Blocks:
    """Means of the products of gradients over blocks, (rows, columns, 3)."""
    cv2 = opencv()
    products = [np.empty((rows, grey.shape[1]), np.float32) for _ in range(3)]
    for band, part in _parts(grey, block, rows):
        across = buffer("a", band.shape, np.float32)
        down = buffer("b", band.shape, np.float32)
        cv2.Sobel(band, cv2.CV_32F, 1, 0, dst=across, ksize=3, scale=1 / _SOBEL)
        cv2.Sobel(band, cv2.CV_32F, 0, 1, dst=down, ksize=3, scale=1 / _SOBEL)
        _sum_product(across, across, products[0][part])
        _sum_product(across, down, products[1][part])
        _sum_product(down, down, products[2][part])
    return np.stack([_means(product, block) for product in products], axis=-1)


def _sum_product(one: np.ndarray, other: np.ndarray, out: np.ndarray) -> None:
    """Sum a product over the rows of each block of a band with its margins, (blocks, width)."""
    blocks, width = out.shape
    inner = (part[1:-1].reshape(blocks, -1, width) for part in (one, other))
    np.einsum("bij,bij->bj", *inner, out=out)


def _means(sums: np.ndarray, block: int) -> Blocks:
    """Means over blocks of what is summed over their rows, (rows, width)."""
    rows, width = sums.shape
    grouped = sums.reshape(rows, width // block, block)
    return np.asarray(grouped.sum(axis=2, dtype=np.float64) / block**2)
