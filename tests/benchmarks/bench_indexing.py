"""Indexing against plain loops over the same files with the same model.

    python tests/benchmarks/bench_indexing.py [--small N] [--large N] [--rounds N]

Ours is everything the engine does for a photo (hash, thumbnail, fingerprint, tags, metadata,
vector, all of it stored); the loops only decode and embed. Rounds are interleaved and the medians
compared, by the clock and, for a machine that others use too, by processor time.

- plain loop: Pillow decodes in full, one loader thread for each core reads ahead, batches of 8 go
  through ONNX Runtime with a thread for each core
- eager loop: Pillow decodes in full, then PyTorch embeds batches of 8
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from PIL import Image
from skimage import data

from tui_selector import paths
from tui_selector.engine.feed import Feed, Work, Workers
from tui_selector.engine.pipeline import Item, Outcome, Signals, process
from tui_selector.engine.store import Spaces, Store
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models import artifacts
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.models.embedder import Embedder
from tui_selector.models.runtime import OnnxPictures, TorchPictures

CORES = len(os.sched_getaffinity(0))
BATCH = 8
Loop = Callable[[Sequence[Path]], np.ndarray]

SUBJECTS = ("astronaut", "coffee", "chelsea", "rocket", "hubble_deep_field", "immunohistochemistry")


def write_files(folder: Path, count: int, size: tuple[int, int], quality: int) -> list[Path]:
    """Different photos of one size, with the noise of a sensor."""
    folder.mkdir()
    random = np.random.default_rng(0)
    files = []
    for number in range(count):
        picture = Image.fromarray(np.asarray(getattr(data, SUBJECTS[number % 6])())[..., :3])
        width, height = picture.size
        left, top = random.integers(0, width // 4), random.integers(0, height // 4)
        box = (left, top, left + width * 3 // 4, top + height * 3 // 4)
        pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC, box=box), np.int16)
        noise = random.normal(0, 4, (size[1], size[0], 1)).astype(np.int16)
        path = folder / f"{number:04}.jpg"
        noisy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(path, quality=quality)
        files.append(path)
    return files


def decode_in_full(embedder: BuiltinEmbedder, path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return embedder.prepare(picture.convert("RGB"))


def plain_loop(embedder: BuiltinEmbedder) -> Loop:
    """Loader threads ahead of one session with a thread for each core."""
    folder = artifacts.ensure(paths.models_cache())
    network = OnnxPictures(folder / artifacts.PICTURES, threads=CORES)

    def run(files: Sequence[Path]) -> np.ndarray:
        with ThreadPoolExecutor(CORES) as loaders:
            inputs = loaders.map(lambda path: decode_in_full(embedder, path), files)
            vectors = []
            for start in range(0, len(files), BATCH):
                batch = [next(inputs) for _ in files[start : start + BATCH]]
                vectors.append(network(np.stack(batch))[0])
        return np.concatenate(vectors)

    return run


def eager_loop(embedder: BuiltinEmbedder) -> Loop:
    network = TorchPictures("cpu")

    def run(files: Sequence[Path]) -> np.ndarray:
        vectors = []
        for start in range(0, len(files), BATCH):
            batch = [decode_in_full(embedder, path) for path in files[start : start + BATCH]]
            vectors.append(network(np.stack(batch))[0])
        return np.concatenate(vectors)

    return run


def engine(embedder: Embedder) -> Loop:
    """The engine's workers and store on a fresh catalog."""

    def run(files: Sequence[Path]) -> np.ndarray:
        with tempfile.TemporaryDirectory() as home:
            library = paths.LibraryPaths(
                files[0].parent, "bench", *(Path(home) / name for name in "dcsr")
            )
            thumbnails_at = ThumbnailStore.open(library.thumbnails)
            with Catalog.open(library) as catalog, thumbnails_at as thumbnails:
                return index(embedder, files, catalog, thumbnails)

    return run


def index(
    embedder: Embedder,
    files: Sequence[Path],
    catalog: Catalog,
    thumbnails: ThumbnailStore,
) -> np.ndarray:
    sizes = [path.stat().st_size for path in files]
    with catalog.transaction():
        ids = catalog.photos.add(
            Found(path=path.name, size=size, mtime_ns=0, kind=Kind.IMAGE)
            for path, size in zip(files, sizes, strict=True)
        )
    items = [Item(*each, Kind.IMAGE, size) for *each, size in zip(ids, files, sizes, strict=True)]
    store = Store(catalog, thumbnails, Spaces(str(embedder.key), embedder.dimensions))
    feed = Feed(CORES)
    results: SimpleQueue[tuple[list[Item], list[Outcome] | Exception]] = SimpleQueue()

    @contextmanager
    def open_work() -> Iterator[Work]:
        yield lambda batch: process(batch, embedder)

    workers = Workers(
        feed,
        CORES,
        embedder.batch_size,
        open_work,
        lambda batch, result: results.put((batch, result)),
    )
    feed.add(items)
    vectors: dict[int, np.ndarray] = {}
    while len(vectors) < len(items):
        batch, result = results.get()
        assert isinstance(result, list)
        places = {item.photo: item for item in batch}
        store.write([(places[outcome.photo], outcome) for outcome in result])
        for outcome in result:
            assert isinstance(outcome, Signals)
            vectors[outcome.photo] = outcome.vector
    feed.close()
    while workers.alive:
        time.sleep(0.001)
    return np.stack([vectors[id_] for id_ in ids])


def measure(name: str, files: list[Path], loops: dict[str, Loop], rounds: int) -> None:
    seconds: dict[str, list[float]] = {key: [] for key in loops}
    processor: dict[str, list[float]] = {key: [] for key in loops}
    vectors: dict[str, np.ndarray] = {}
    for loop in loops.values():
        loop(files[: 2 * BATCH])
    for _ in range(rounds):
        for key, loop in loops.items():
            began, worked = time.perf_counter(), time.process_time()
            vectors[key] = loop(files)
            seconds[key].append(time.perf_counter() - began)
            processor[key].append(time.process_time() - worked)
    speed = {key: len(files) / statistics.median(times) for key, times in seconds.items()}
    cost = {key: statistics.median(times) / len(files) for key, times in processor.items()}
    print(f"{name}: {len(files)} files, {files[0].stat().st_size / 1024:.0f} KB")
    for key, rate in speed.items():
        print(
            f"  {key:12} {rate:7.1f} img/s  {rate / speed['plain loop']:.2f}x the plain loop"
            f"   {1000 * cost[key]:6.1f} ms of processor time, "
            f"{cost['plain loop'] / cost[key]:.2f}x"
        )
    print(
        f"  engine / eager loop: {speed['engine'] / speed['eager loop']:.2f}, "
        f"by processor time {cost['eager loop'] / cost['engine']:.2f}"
    )
    cosines = np.sum(vectors["engine"] * vectors["plain loop"], axis=1)
    print(
        f"  cosine to the plain loop: median {np.median(cosines):.4f}, "
        f"5 % {np.quantile(cosines, 0.05):.4f}, least {cosines.min():.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--small", type=int, default=192)
    parser.add_argument("--large", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    embedder = load_builtin(paths.models_cache(), "cpu")
    loops = {
        "plain loop": plain_loop(embedder),
        "engine": engine(embedder),
        "eager loop": eager_loop(embedder),
    }
    print(f"{CORES} cores; budgets: 3.5x the plain loop on large files, 1.1x on small, 4x eager")
    with tempfile.TemporaryDirectory() as folder:
        small = write_files(Path(folder) / "small", arguments.small, (500, 375), 95)
        measure("small (500 x 375)", small, loops, arguments.rounds)
        large = write_files(Path(folder) / "large", arguments.large, (4000, 3000), 92)
        measure("large (4000 x 3000)", large, loops, arguments.rounds)


if __name__ == "__main__":
    main()
