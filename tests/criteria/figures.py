"""Pictures of which colour, shape and number are known: things scattered on a plain background."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

from tui_selector.paths import LibraryPaths

COLOURS = {
    "red": (205, 32, 28),
    "green": (46, 140, 60),
    "blue": (46, 96, 190),
    "yellow": (240, 208, 40),
    "purple": (118, 58, 165),
}
SHAPES = ("circle", "square", "triangle", "star")
NUMBERS = (1, 2, 3, 4)

_SIDE = 256


class Figure(NamedTuple):
    """A picture and what is known of it."""

    image: Image.Image
    colour: str
    shape: str
    number: int


#: Puts pictures into the library of a folder as if they were indexed.
AddFigures = Callable[[Path, Sequence[Figure]], LibraryPaths]


def figures(each: int = 1, seed: int = 0) -> list[Figure]:
    """Every colour with every shape and number, `each` of them, in random order.

    Size, place, angle, shade, background and noise differ from picture to picture.
    """
    chance = random.Random(seed)
    made = [
        Figure(_draw(chance, COLOURS[colour], shape, number), colour, shape, number)
        for colour in COLOURS
        for shape in SHAPES
        for number in NUMBERS
        for _ in range(each)
    ]
    chance.shuffle(made)
    return made


def _draw(
    chance: random.Random, colour: tuple[int, int, int], shape: str, number: int
) -> Image.Image:
    shade = chance.choice((238, 225, 205, 60, 30))
    back = tuple(min(255, max(0, shade + chance.randint(-6, 6))) for _ in range(3))
    image = Image.new("RGB", (_SIDE, _SIDE), back)
    draw = ImageDraw.Draw(image)
    ink = tuple(min(255, max(0, value + chance.randint(-10, 10))) for value in colour)
    placed: list[tuple[float, float, float]] = []
    while len(placed) < number:
        radius = chance.uniform(20, 34)
        x, y = (chance.uniform(radius + 22, _SIDE - radius - 22) for _ in range(2))
        if all((x - a) ** 2 + (y - b) ** 2 > (radius + r + 10) ** 2 for a, b, r in placed):
            placed.append((x, y, radius))
    for x, y, radius in placed:
        if shape == "circle":
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
        else:
            draw.polygon(_corners(chance, shape, x, y, radius), fill=ink)
    noise = Image.effect_noise(image.size, chance.uniform(2, 10)).convert("RGB")
    return Image.blend(image, noise, 0.06).filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.8)))


def _corners(
    chance: random.Random, shape: str, x: float, y: float, radius: float
) -> list[tuple[float, float]]:
    import math

    count = {"square": 4, "triangle": 3, "star": 10}[shape]
    turn = chance.uniform(0, 2 * math.pi)
    return [
        (
            x + radius * (0.42 if shape == "star" and corner % 2 else 1.0) * math.cos(angle),
            y + radius * (0.42 if shape == "star" and corner % 2 else 1.0) * math.sin(angle),
        )
        for corner in range(count)
        for angle in (turn + 2 * math.pi * corner / count,)
    ]
