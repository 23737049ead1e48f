"""Whether heat lies on what words name, and what it costs.

    python tests/benchmarks/bench_heat.py [--data FOLDER] [--grids N]

The grid pointing game (Boehle et al. 2021, "Convolutional Dynamic Alignment Networks for
Interpretable Classifications"): four photos of different classes make one picture, and the heat of
each class name should lie on its quarter. Told are the share of names whose hottest place is in
their quarter, and the mean share of the heat that is there; by chance both are .25. Class
activation is compared with occlusion of the same model, and its time with that of the two passes
through the network that it needs at least.

Then small photos are put somewhere on landscapes. Told are the share of names whose hottest place
is on the photo (by chance .09), and how far to the right of its middle that is in the median, with
the mirror image and without.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image, ImageOps

from tui_selector import paths
from tui_selector.engine.explaining import over_photo
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.models.heat import (
    STEPS,
    WHOLE,
    Heat,
    class_activation,
    class_weights,
    occlusion,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
#: Pixels of a picture and of a small photo on it, and cells of the grid that heat is told on.
SIDE, SMALL, CELLS = 400, 120, 24


def labelled(folder: Path) -> list[dict[str, str]]:
    """The files of a folder and their classes."""
    with (folder / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def square(path: Path, side: int) -> Image.Image:
    """The middle of a photo."""
    with Image.open(path) as photo:
        return ImageOps.fit(photo.convert("RGB"), (side, side))


def grids(folder: Path, count: int) -> Iterator[tuple[Image.Image, list[str]]]:
    """Pictures of four classes each, and the names of their quarters, row by row."""
    classes: dict[str, list[str]] = {}
    for row in labelled(folder):
        classes.setdefault(row["class"], []).append(row["file"])
    chance = random.Random(0)
    for _ in range(count):
        names = chance.sample(sorted(classes), 4)
        picture = Image.new("RGB", (SIDE, SIDE))
        for place, name in enumerate(names):
            part = square(folder / chance.choice(classes[name]), SIDE // 2)
            picture.paste(part, (place % 2 * SIDE // 2, place // 2 * SIDE // 2))
        yield picture, [name.replace("_", " ") for name in names]


def scores(heat: Heat) -> tuple[list[bool], list[float]]:
    """For each name: whether it is hottest in its quarter, and the share of its heat there."""
    hits, shares = [], []
    for place, cells in enumerate(over_photo(heat, CELLS, CELLS)):
        row, column = np.unravel_index(cells.argmax(), cells.shape)
        hits.append((row >= CELLS // 2, column >= CELLS // 2) == (place >= 2, place % 2 == 1))
        half = CELLS // 2
        top, left = place // 2 * half, place % 2 * half
        total = float(cells.sum())
        own = float(cells[top : top + half, left : left + half].sum())
        shares.append(own / total if total else 0.25)
    return hits, shares


def play(model: BuiltinEmbedder, folder: Path, count: int) -> None:
    """Print what both methods reach."""
    found: dict[str, tuple[list[bool], list[float], list[float]]] = {}
    passes: list[float] = []
    for number, (picture, names) in enumerate(grids(folder, count)):
        start = time.perf_counter()
        model.embed([model.prepare(picture)] * 2)
        passes.append(time.perf_counter() - start)
        methods: dict[str, Callable[[], Heat | None]] = {
            "class activation": partial(model.heat, picture, names)
        }
        if number < count // 4:  # it takes long
            methods["occlusion"] = partial(occlusion, model, picture, names, len(STEPS) - 1)
        for name, method in methods.items():
            start = time.perf_counter()
            heat = method()
            assert heat is not None
            hits, shares, times = found.setdefault(name, ([], [], []))
            times.append(time.perf_counter() - start)
            more = scores(heat)
            hits += more[0]
            shares += more[1]
    least = statistics.median(passes)
    for name, (hits, shares, times) in found.items():
        median = statistics.median(times)
        print(
            f"{folder.name:9} {name:17} hottest in its quarter {np.mean(hits):.3f}, heat there"
            f" {np.mean(shares):.3f} ({len(hits)} names); {1000 * median:.0f} ms for 4 names,"
            f" {median / least:.2f}x two passes"
        )


def shift(model: BuiltinEmbedder, data: Path, count: int) -> None:
    """Print how well small photos are met, with the mirror image and without."""
    ground = [
        row["file"] for row in labelled(data / "corel") if row["class"] in ("beach", "mountain")
    ]
    photos = labelled(data / "caltech")
    chance = random.Random(0)
    found: dict[str, list[tuple[bool, float]]] = {"with its mirror image": [], "alone": []}
    for _ in range(count):
        row = chance.choice(photos)
        left, top = chance.randrange(SIDE - SMALL), chance.randrange(SIDE - SMALL)
        picture = square(data / "corel" / chance.choice(ground), SIDE)
        picture.paste(square(data / "caltech" / row["file"], SMALL), (left, top))
        # The mirror image is a picture of its own, so that landscapes favour neither side.
        for image, x in ((picture, left), (ImageOps.mirror(picture), SIDE - SMALL - left)):
            prepared = model.prepare(image)
            both = model._pictures.features(np.stack([prepared, prepared[:, ::-1]]))
            text = model.embed_texts([row["class"].replace("_", " ")])
            weights = class_weights(text, model.cohort) @ model._open_classifier()
            maps = class_activation(weights, both[0]), class_activation(weights, both[1])
            for name, values in (
                ("with its mirror image", (maps[0] + maps[1][:, :, ::-1]) / 2),
                ("alone", maps[0]),
            ):
                heat = over_photo(Heat(values, WHOLE, WHOLE, 4.0, "class activation"), 40, 40)[0]
                down, across = (
                    (place + 0.5) * SIDE / 40
                    for place in np.unravel_index(heat.argmax(), heat.shape)
                )
                is_on = x <= across < x + SMALL and top <= down < top + SMALL
                found[name].append((bool(is_on), float(across - x - SMALL / 2)))
    for name, each in found.items():
        away = statistics.median(distance for _, distance in each)
        print(
            f"small photos, {name:21} hottest on it {np.mean([hit for hit, _ in each]):.3f}"
            f" ({len(each)} names), {100 * away / SIDE:+.1f} % of the width to the right"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--grids", type=int, default=60)
    options = parser.parse_args()
    model = load_builtin(paths.models_cache(), "cpu")
    model.heat(Image.new("RGB", (SIDE, SIDE)), ["a"])
    for name in ("caltech", "corel"):
        play(model, options.data / name, options.grids)
    shift(model, options.data, 5 * options.grids)


if __name__ == "__main__":
    main()
