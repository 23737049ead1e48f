"""The built-in model: ONNX Runtime against the plain PyTorch loop.

    python tests/benchmarks/bench_embedding.py [FOLDER OF PHOTOS]

Without a folder it embeds photographs that scikit-image and scikit-learn ship. Rates are
medians of interleaved rounds; each ratio is against PyTorch (eager, float32, the same number of
threads, one picture at a time) in the same round.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_images

from tui_selector.models import artifacts
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.models.runtime import OnnxPictures, TorchPictures

ROUNDS = 5
COUNT = 32
LIMIT = 4.0


def open_photos(arguments: list[str]) -> list[Image.Image]:
    """At least `COUNT` upright pictures, repeated where there are fewer."""
    if arguments:
        paths = sorted(Path(arguments[0]).glob("*.jpg"))[:COUNT]
        photos = [Image.open(path).convert("RGB") for path in paths]
    else:
        names = ("astronaut", "chelsea", "coffee", "rocket")
        arrays = [getattr(skimage.data, name)() for name in names] + load_sample_images().images
        photos = [Image.fromarray(array) for array in arrays]
    return (photos * COUNT)[:COUNT]


def batches(inputs: list[np.ndarray], size: int) -> list[np.ndarray]:
    return [np.stack(inputs[at : at + size]) for at in range(0, len(inputs), size)]


def serial(run: Callable[[np.ndarray], object], parts: list[np.ndarray]) -> Callable[[], object]:
    return lambda: [run(part) for part in parts]


def workers(run: Callable[[np.ndarray], object], parts: list[np.ndarray]) -> Callable[[], object]:
    """One worker per core on one shared session, as the engine's pipeline does."""
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    return lambda: list(pool.map(run, parts))


def pipeline(model: BuiltinEmbedder, photos: list[Image.Image]) -> Callable[[], object]:
    pool = ThreadPoolExecutor(os.cpu_count() or 1)

    def one(start: int) -> object:
        return model.embed([model.prepare(photo) for photo in photos[start : start + 8]])

    return lambda: list(pool.map(one, range(0, len(photos), 8)))


def main() -> None:
    """Print a table of images per second and the ratios to PyTorch."""
    import torch

    torch.set_num_threads(1)
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        model = load_builtin(Path(folder), "cpu")
        converted = time.perf_counter() - started
        started = time.perf_counter()
        load_builtin(Path(folder), "cpu")
        print(f"first start {converted:.1f} s, later {time.perf_counter() - started:.2f} s")
        weights = artifacts.folder_in(Path(folder)) / artifacts.PICTURES
        one, all_cores = OnnxPictures(weights, 1), OnnxPictures(weights, cores)
        eager = TorchPictures("cpu")
        photos = open_photos(sys.argv[1:])
        inputs = [model.prepare(photo) for photo in photos]
        singles, eights = batches(inputs, 1), batches(inputs, 8)
        runs: dict[str, tuple[int, Callable[[], object]]] = {
            "torch eager, batch 1": (1, serial(eager, singles)),
            "torch eager, batch 8": (1, serial(eager, eights)),
            "ONNX Runtime, batch 1": (1, serial(one, singles)),
            "ONNX Runtime, batch 8": (1, serial(one, eights)),
        }
        for size, parts in ((1, singles), (8, eights)):
            name = f"torch eager, batch {size}, {cores} threads"
            runs[name] = (cores, serial(eager, parts))
            name = f"ONNX Runtime, batch {size}, {cores} threads"
            runs[name] = (cores, serial(all_cores, parts))
        runs[f"ONNX Runtime, batch 8, {cores} workers"] = (cores, workers(one, eights))
        runs[f"prepare + embed + tags, {cores} workers"] = (cores, pipeline(model, photos))

        rates: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, (threads, run) in runs.items():
                torch.set_num_threads(threads)
                started = time.perf_counter()
                run()
                rates[name].append(COUNT / (time.perf_counter() - started))
        report(rates, {name: threads for name, (threads, _) in runs.items()}, cores)


def report(rates: dict[str, list[float]], threads: dict[str, int], cores: int) -> None:
    """Print each rate and its ratio to eager PyTorch, batch 1, with as many threads."""
    peers = {1: "torch eager, batch 1", cores: f"torch eager, batch 1, {cores} threads"}
    for name, values in rates.items():
        peer = rates[peers[threads[name]]]
        ratio = statistics.median(ours / theirs for ours, theirs in zip(values, peer, strict=True))
        print(f"{name:42} {statistics.median(values):7.1f} images/s {ratio:6.2f} x")
    print(f"limit: the last line at least {LIMIT:.0f} x")


if __name__ == "__main__":
    main()
