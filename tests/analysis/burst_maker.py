"""Bursts made from one picture, of which it is known which frame is the best."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from skimage import data

SUBJECTS = ("astronaut", "coffee", "chelsea", "rocket", "cat")


@dataclass(frozen=True)
class Frame:
    """A frame of a burst.

    Attributes:
        image: RGB.
        loss: How much it lacks against the best: 0 is the best, and a larger loss is worse.
        what: What was done to it.
    """

    image: Image.Image
    loss: float
    what: str


def subject(name: str = "astronaut", side: int = 720) -> np.ndarray:
    """A sharp photo, (h, w, 3) float64, 0 to 255, its long side as given."""
    picture = Image.fromarray(np.asarray(getattr(data, name)())[..., :3])
    scale = side / max(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS), np.float64)


def exposed(pixels: np.ndarray, ev: float) -> np.ndarray:
    """The same scene with more or less light (sRGB, IEC 61966-2-1)."""
    signal = np.linspace(0.0, 1.0, 16 * 255 + 1)
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    more = np.clip(linear * 2.0**ev, 0.0, 1.0)
    curve = np.where(more <= 0.0031308, 12.92 * more, 1.055 * more ** (1 / 2.4) - 0.055)
    # Looked up by the sixteenth of a grey level, as powers of millions of numbers take long.
    return 255.0 * curve[np.rint(16.0 * np.clip(pixels, 0.0, 255.0)).astype(np.int16)]


def defocused(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Blurred by a Gaussian, pixels."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma))


def moved(pixels: np.ndarray, length: float, degrees: float) -> np.ndarray:
    """Smeared along a straight way, pixels, degrees counter-clockwise from the horizontal."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for way in np.linspace(-length / 2, length / 2, max(2, round(8 * length))):
        x, y = way * np.cos(np.radians(degrees)), -way * np.sin(np.radians(degrees))
        left, top = int(np.floor(x)), int(np.floor(y))
        for column, across in ((left, 1 - (x - left)), (left + 1, x - left)):
            for row, down in ((top, 1 - (y - top)), (top + 1, y - top)):
                kernel[reach + row, reach + column] += across * down
    smeared = cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smeared)


def noisy(pixels: np.ndarray, sigma: float, random: np.random.Generator) -> np.ndarray:
    """With the noise of a sensor in luma, grey levels."""
    return pixels + random.normal(0.0, sigma, (*pixels.shape[:2], 1))


def picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def burst(
    name: str = "astronaut",
    frames: int = 6,
    seed: int = 0,
    kinds: tuple[str, ...] = ("defocus", "motion"),
) -> list[Frame]:
    """Frames of a subject in random order: shaken a little, some blurred, some over the top.

    Each next one is worse than the one before by a step that an eye sees, where both are blurred in
    the same way; all are framed a little differently, have a little noise and differ by up to
    0.15 EV.
    """
    random = np.random.default_rng(seed)
    scene = subject(name, 800)
    direction = random.uniform(0, 180)  # of the hand's shake
    made = []
    for rank in range(frames):
        kind = "sharp" if rank == 0 else kinds[int(random.integers(len(kinds)))]
        pixels = scene
        if kind == "defocus":
            pixels = defocused(scene, 0.8 * 1.5 ** (rank - 1))
        elif kind == "motion":
            pixels = moved(scene, 4.0 * 1.6 ** (rank - 1), direction)
        left, top = random.integers(0, 12, 2)
        height, width = scene.shape[:2]
        pixels = pixels[top : height - 12 + top, left : width - 12 + left]
        pixels = exposed(pixels, random.uniform(-0.15, 0.15))
        pixels = noisy(pixels, random.uniform(0.5, 1.5), random)
        made.append(Frame(picture(pixels), float(rank), kind))
    return [made[place] for place in random.permutation(frames)]


def bracket(name: str = "astronaut", stops: tuple[float, ...] = (-2.0, 0.0, 2.0)) -> list[Frame]:
    """One scene at several exposures; the loss is the distance from the one in the middle, EV."""
    scene = subject(name)
    return [Frame(picture(exposed(scene, stop)), abs(stop), f"{stop:+g} EV") for stop in stops]
