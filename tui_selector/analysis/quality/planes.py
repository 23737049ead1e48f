"""A picture at the sizes at which it is measured."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Grey = NDArray[np.uint8]

#: Long side at which detail is measured, pixels.
WORKING_SIDE = 480
#: Long side at which light and colour are measured at most, pixels.
LIGHT_SIDE = 256
#: Scale from which neighbours are blended instead of averaged.
_NEARLY = 0.9


@dataclass(frozen=True, slots=True)
class Planes:
    """One picture for every signal.

    Attributes:
        grey: (h, w) uint8, luma, the long side at most `WORKING_SIDE`.
        rgb: (h, w, 3) uint8, the long side at most `LIGHT_SIDE`.
    """

    grey: Grey
    rgb: NDArray[np.uint8]


@cache
def opencv() -> ModuleType:
    """OpenCV, working in the thread that calls it: callers bring a thread for each core."""
    import cv2

    cv2.setNumThreads(1)
    return cv2


def planes_of(image: Image.Image, luma: Image.Image | None = None) -> Planes:
    """Scale a picture for measuring. It is never enlarged.

    Args:
        image: Upright, RGB, of any size.
        luma: The same as "L", where somebody has made it already.
    """
    # By a whole factor first: it is then the same whether the decoder has scaled by it or not.
    factor = max(image.size) // WORKING_SIDE
    if factor > 1 or luma is None:
        luma = (image.reduce(factor) if factor > 1 else image).convert("L")
    grey = np.asarray(luma, np.uint8)
    factor = -(-max(image.size) // LIGHT_SIDE)
    rgb = np.asarray(image.reduce(factor) if factor > 1 else image, np.uint8)
    return Planes(shrunk(grey, WORKING_SIDE), rgb)


def shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale pixels (h, w, ...) down so that the long side is at most `side`."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    cv2 = opencv()
    # Averaging costs five times as much, and between nearly equal sizes makes no difference.
    how = cv2.INTER_AREA if scale < _NEARLY else cv2.INTER_LINEAR
    scaled: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=how)
    return scaled


def with_margin(grey: Grey, first: int, end: int) -> Grey:
    """Rows from `first` to `end` with one more above and below, as filters need them; at the
    picture's edges they are mirrored."""
    last = grey.shape[0] - 1
    if first > 0 and end <= last:
        return grey[first - 1 : end + 1]
    rows = np.abs(np.arange(first - 1, end + 1))
    return grey[np.where(rows > last, 2 * last - rows, rows)]


class _Buffers(threading.local):
    """Arrays of one thread, used again and again: fresh memory costs more than filling it."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}


_buffers = _Buffers()


def buffer(name: str, shape: tuple[int, int], kind: type[np.generic]) -> np.ndarray:
    """An array of this thread with whatever is in it, the same one for each name and shape."""
    found = _buffers.arrays.get(name)
    if found is None or found.shape != shape or found.dtype != kind:
        found = _buffers.arrays[name] = np.empty(shape, kind)
    return found
