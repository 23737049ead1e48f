"""Indexing against its parts, and against a plain loop with the same weights, model by model.

    python tests/benchmarks/bench_pipeline.py [--device D] [--models M,...] [--small N] [--large N]
        [--rounds N] [--keep FOLDER]

Models are the built-in one and dual encoders with random weights of the size of CLIP ViT-B/32, and,
where they are named, of SigLIP 2 ViT-B/16 and So400m, which are measured by themselves on a GPU.
Rounds are interleaved and the medians compared, by the clock and, for a machine that others use
too, by processor time.

- engine: everything the engine does for a photo, with one worker for each core
- decode: reading, decoding and scaling for the network, from one thread for each core
- model: the network alone, on prepared pictures, from one thread for each core, which on a CPU
  all have as much to do
- PyTorch: the same, where another runtime than PyTorch runs the network of a dual encoder
- plain loop: Pillow decodes in full, PyTorch embeds batches of 8 in float32 with a thread for each
  core, one after the other

The limit is 1.2 times the slower of decode and model. What that means depends on where the network
runs, so that three ratios are told:

- to the slower of both, each alone with all cores. On a GPU, which decodes nothing, this is the
  limit. On a CPU both need the same cores: however it is built, the engine cannot come below
  (decode + model) / slower, which is told beside it.
- to both, one after the other: what a CPU can reach is 1, and more is what the engine does beside
  them (thumbnail, quality signals, fingerprint, tags, catalog; "where the time goes" has each).
- to the slower of both, each with a share of the cores of its own: what a row of stages, one with
  half of the cores for decoding and one with the other half for the network, would reach.

Where there is no GPU, a device of its own is imitated: the network's place is taken by waiting as
long as the engine needs for the rest of a photo, which leaves it the least time to hide anything.
What is compared is the clock, and it says whether decoding goes on while the device is at work; it
says nothing of any GPU's speed, and wants many more photos than there are in a batch. On a GPU it
is told how long the network was at work, as a share of the engine's time.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, cast
from unittest.mock import patch

os.environ["HF_HUB_OFFLINE"] = "1"

import bench_indexing
import numpy as np
import torch
import transformers
from bench_indexing import BATCH, CORES, engine, write_files
from PIL import Image
from random_models import write_clip, write_siglip2

from tui_selector import paths
from tui_selector.analysis.threads import single_threaded_algebra
from tui_selector.engine import pipeline
from tui_selector.engine.store import Store
from tui_selector.library.pictures.decode import decode
from tui_selector.models.builtin import load_builtin
from tui_selector.models.device import choose_device
from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder
from tui_selector.models.embedder import Embedder, Embedding, ModelError
from tui_selector.models.runtime import TorchPictures

Run = Callable[[Sequence[Path]], Any]

#: What is measured unless somebody says otherwise.
ON_CPU, ON_GPU = ("builtin", "clip-b32"), ("builtin", "siglip2-b16", "siglip2-so400m")
BUDGET = 1.2

#: The cores that a stage has of its own where two stages share them, and how such a run is called.
SHARE, SHARED = max(1, CORES // 2), ", own cores"

#: What the engine does beside the network, by what does it in its pipeline.
_PARTS = {
    "_read": "reading and hash",
    "read_metadata": "metadata",
    "decode": "decoding",
    "measured": "quality and fingerprint",
    "encode_thumbnail": "thumbnail",
    "pixel_tags": "tags of pixels",
}


#: What it does once for all photos, which for few of them is much for each.
_OPENING, _INDEXING = "opening an empty catalog", "indexing"


class Measured(NamedTuple):
    """A model, and the same weights as the plain loop and as PyTorch alone run them."""

    embedder: Embedder
    plain: Callable[[list[Image.Image]], np.ndarray]
    original: Embedder | None = None


def load(name: str, home: Path, device: str) -> Measured:
    """Load a model by the name that `--models` takes."""
    if name == "builtin":
        embedder = load_builtin(paths.models_cache(), device)
        tower = TorchPictures("cpu" if device == "cpu" else device, BATCH)
        return Measured(
            embedder,
            lambda pictures: tower(np.stack([embedder.prepare(each) for each in pictures]))[0],
        )
    folder = home / name
    if not folder.is_dir():
        if name == "clip-b32":
            write_clip(folder)
        else:
            write_siglip2(folder, name)
    network_: Any = transformers.AutoModel.from_pretrained(folder).eval().to(device)
    processor: Any = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")

    def plain(pictures: list[Image.Image]) -> np.ndarray:
        inputs = processor(images=pictures, return_tensors="pt").to(device)
        with torch.inference_mode():
            rows = network_.get_image_features(**inputs).pooler_output
            return np.asarray(torch.nn.functional.normalize(rows, dim=-1).cpu().numpy())

    embedder = load_dual_encoder(folder, device, cache=home / "cache")
    if "PyTorch" in embedder.name:
        return Measured(embedder, plain)
    return Measured(embedder, plain, load_dual_encoder(folder, device))


def decoding(model: Embedder, threads: int = CORES) -> Run:
    def one(path: Path) -> np.ndarray:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as picture:
            longest = pipeline.longest_side(*picture.size, model.input_size)
        return model.prepare(decode(path, longest=longest, data=data).image)

    def run(files: Sequence[Path]) -> list[np.ndarray]:
        with single_threaded_algebra(), ThreadPoolExecutor(threads) as workers:
            return list(workers.map(one, files))

    return run


def network(model: Embedder, device: str, threads: int = CORES) -> Run:
    grey = model.prepare(Image.new("RGB", (500, 375), (90, 120, 150)))

    def run(files: Sequence[Path]) -> None:
        count = -(-len(files) // model.batch_size)
        if device == "cpu":  # where the cores are the device, none may have to wait at the end
            count = min(len(files), -(-count // threads) * threads)
        sizes = [len(part) for part in np.array_split(np.arange(len(files)), count)]
        with single_threaded_algebra(), ThreadPoolExecutor(threads) as workers:
            list(workers.map(lambda count: model.embed([grey] * count), sizes))

    return run


def plain_loop(plain: Callable[[list[Image.Image]], np.ndarray]) -> Run:
    def run(files: Sequence[Path]) -> np.ndarray:
        torch.set_num_threads(CORES)
        vectors = []
        for start in range(0, len(files), BATCH):
            pictures = [Image.open(path).convert("RGB") for path in files[start : start + BATCH]]
            vectors.append(plain(pictures))
        torch.set_num_threads(1)
        return np.concatenate(vectors)

    return run


class Watch:
    """Counts the seconds in which the network of a dual encoder is at work."""

    def __init__(self, model: Embedder) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()
        if isinstance(model, DualEncoder):
            batches = model._pictures
            inner = batches._run

            def run(loaded: Any) -> np.ndarray:
                began = time.perf_counter()
                found = inner(loaded)
                with self._lock:
                    self.seconds += time.perf_counter() - began
                return found

            batches._run = run


class Parts:
    """Counts the processor time that each part of the engine's work takes."""

    def __init__(self, model: Any) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._model = model
        self._lock = threading.Lock()

    @contextmanager
    def watched(self) -> Iterator[None]:
        wanted = [(pipeline, *part) for part in _PARTS.items()]
        wanted += [(self._model, "prepare", "scaling"), (self._model, "embed", "network")]
        wanted += [(Store, "write", "catalog"), (bench_indexing, "index", _INDEXING)]
        began = time.thread_time()
        with ExitStack() as patches:
            for owner, name, part in wanted:
                counted = self._counted(getattr(owner, name), part)
                patches.enter_context(patch.object(owner, name, counted))
            yield
        # This thread opens and closes; in between it stores, which is counted by itself.
        self.seconds[_OPENING] += time.thread_time() - began - self.seconds.pop(_INDEXING)

    def _counted(self, inner: Callable[..., Any], part: str) -> Callable[..., Any]:
        def run(*arguments: Any, **names: Any) -> Any:
            began = time.thread_time()
            try:
                return inner(*arguments, **names)
            finally:
                with self._lock:
                    self.seconds[part] += time.thread_time() - began

        return run


class Imitated:
    """A model whose network is a device of its own, at work for so many seconds on each photo."""

    def __init__(self, model: Embedder, seconds: float) -> None:
        self._model = model
        self._seconds = seconds
        self._turn = threading.Lock()
        grey = model.prepare(Image.new("RGB", (500, 375), (90, 120, 150)))
        self._one = model.embed([grey])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        count = len(batch)
        with self._turn:
            time.sleep(self._seconds * count)
        vectors, words, tags = self._one
        return Embedding(vectors.repeat(count, 0), words.repeat(count, 0), tags * count)


def beside_a_device(name: str, files: list[Path], model: Embedder, rounds: int) -> None:
    """Tell how much of the engine's own work is hidden behind a device that is as slow."""

    half = len(files) // 2

    def clock(seconds: float) -> float:
        """Seconds for each photo that half of them do not take: without the first and the last."""
        run = engine(cast("Embedder", Imitated(model, seconds)))
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            run(files)
            middle = time.perf_counter()
            run(files[:half])
            times.append((2 * middle - began - time.perf_counter()) / (len(files) - half))
        return statistics.median(times)

    rest = clock(0.0)
    print(f"{name}: a device of its own, imitated, {1000 * rest:.1f} ms at work on each photo")
    ratio = clock(rest) / rest
    print(f"  engine / slower of decode and model {ratio:.2f} (clock)")


def tell_ratios(costs: dict[str, float], shares: dict[str, float], label: str) -> None:
    """Print what the engine's seconds for a photo are to those of its parts.

    Args:
        costs: By run, with all cores.
        shares: Of decode and model with the cores of a share alone.
        label: What was measured.
    """
    engine_, decode_, model = costs["engine"], costs["decode"], costs["model"]
    slower, both = max(decode_, model), decode_ + model
    print(
        f"  by {label}: engine / slower of decode and model {engine_ / slower:.2f} (budget "
        f"{BUDGET}; on the same cores not below {both / slower:.2f}), "
        f"engine / both {engine_ / both:.2f}, "
        f"engine / slower with cores of its own {engine_ / max(shares.values()):.2f}, "
        f"plain loop / engine {costs['plain loop'] / engine_:.2f}"
    )


def measure(name: str, files: list[Path], runs: dict[str, Run], rounds: int, model: Any) -> None:
    watch, parts = Watch(model), Parts(model)
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    processor: dict[str, list[float]] = {key: [] for key in runs}
    busy: list[float] = []
    found: dict[str, Any] = {}
    for run in runs.values():
        run(files[:BATCH])
    for _ in range(rounds):
        for key, run in runs.items():
            watch.seconds = 0.0
            with parts.watched() if key == "engine" else nullcontext():
                began, worked = time.perf_counter(), time.process_time()
                found[key] = run(files)
                seconds[key].append((time.perf_counter() - began) / len(files))
                processor[key].append((time.process_time() - worked) / len(files))
            if key == "engine":
                busy.append(watch.seconds / (seconds[key][-1] * len(files)))
    clock = {key: statistics.median(times) for key, times in seconds.items()}
    cost = {key: statistics.median(times) for key, times in processor.items()}
    print(f"{name}: {len(files)} files, {files[0].stat().st_size / 1024:.0f} KB")
    for key in runs:
        print(
            f"  {key:16} {1 / clock[key]:7.1f} img/s  {1000 * cost[key]:7.1f} ms of processor time"
        )
    shares = [key for key in runs if key.endswith(SHARED)]
    tell_ratios(clock, {key: clock[key] for key in shares}, "clock")
    # Seconds of processor time for a photo, over the cores that spend them at once.
    alone = {key: cost[key] * CORES / SHARE for key in shares}
    tell_ratios(cost, alone, "processor time")
    whole = statistics.mean(processor["engine"])
    ranked = sorted(parts.seconds.items(), key=lambda part: -part[1])
    spent = {part: each / rounds / len(files) for part, each in ranked}
    spent["the rest"] = whole - sum(spent.values())
    told = ", ".join(f"{part} {1000 * each:.1f}" for part, each in spent.items())
    print(f"  where the time goes, ms of processor time: {told}")
    if "PyTorch" in clock:
        print(
            f"  PyTorch / model: {clock['PyTorch'] / clock['model']:.2f} by clock, "
            f"{cost['PyTorch'] / cost['model']:.2f} by processor time"
        )
    if torch.cuda.is_available() and any(busy):
        print(f"  the network was at work {100 * statistics.median(busy):.0f} % of the time")
    cosines = np.sum(found["engine"] * found["plain loop"], axis=1)
    print(f"  cosine to the plain loop: median {np.median(cosines):.4f}, least {cosines.min():.4f}")


def files(home: Path, name: str, count: int, size: tuple[int, int], quality: int) -> list[Path]:
    """Photos that are there, or are written now."""
    folder = home / f"{name}-{count}"
    if folder.is_dir():
        return sorted(folder.iterdir())
    return write_files(folder, count, size, quality) if count else []


def main() -> None:
    transformers.utils.logging.disable_progress_bar()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--models", default="")
    parser.add_argument("--small", type=int, default=96)
    parser.add_argument("--large", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", default="", help="a folder for models and photos, used again")
    arguments = parser.parse_args()
    try:
        device = choose_device(arguments.device)
    except ModelError as error:
        sys.exit(str(error))
    if device == "cpu":
        print("skipped: SigLIP 2 on a GPU (there is none that PyTorch can use here)")
    names = [*filter(None, arguments.models.split(","))] or (ON_CPU if device == "cpu" else ON_GPU)
    with tempfile.TemporaryDirectory() as home:
        keep = Path(arguments.keep or home)
        keep.mkdir(exist_ok=True)
        small = files(keep, "small", arguments.small, (500, 375), 95)
        large = files(keep, "large", arguments.large, (4000, 3000), 92)
        for name in names:
            model, plain, original = load(name, keep, device)
            print(f"\n{name}: {model.name}, batches of {model.batch_size}, {CORES} cores")
            runs: dict[str, Run] = {
                "engine": engine(model),
                "decode": decoding(model),
                "model": network(model, device),
                f"decode{SHARED}": decoding(model, SHARE),
                f"model{SHARED}": network(model, device, SHARE),
                "plain loop": plain_loop(plain),
            }
            if original is not None:
                runs["PyTorch"] = network(original, device)
            for what, some in (("small (500 x 375)", small), ("large (4000 x 3000)", large)):
                if some:
                    measure(what, some, runs, arguments.rounds, model)
                    if name == "builtin" and device == "cpu":
                        beside_a_device(what, some, model, arguments.rounds)


if __name__ == "__main__":
    main()
