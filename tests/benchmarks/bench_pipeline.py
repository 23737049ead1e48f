"""Indexing against its parts, and against a plain loop with the same weights, model by model.

    python tests/benchmarks/bench_pipeline.py [--device D] [--models M,...] [--small N] [--large N]
        [--rounds N]

Models are the built-in one and dual encoders with random weights of the size of CLIP ViT-B/32; on
a GPU of SigLIP 2 ViT-B/16 and So400m instead, which would take hours on a CPU. Rounds are
interleaved and the medians compared, by the clock and, for a machine that others use too, by
processor time.

- engine: everything the engine does for a photo, with one worker for each core
- decode: what of that comes before the network
- model: the network alone, on prepared pictures, from one thread for each core
- PyTorch: the same, where another runtime than PyTorch runs the network of a dual encoder
- plain loop: Pillow decodes in full, PyTorch embeds batches of 8 in float32 with a thread for each
  core, one after the other

Where the network runs on the same cores as the decoding, the engine cannot be faster than both
together, which is told as a second bound. On a GPU it is told how long the network was at work, as
a share of the engine's time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
import transformers
from bench_indexing import BATCH, CORES, engine, write_files
from PIL import Image

from tui_selector import paths
from tui_selector.library.pictures.decode import decode
from tui_selector.models.builtin import load_builtin
from tui_selector.models.device import choose_device
from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder
from tui_selector.models.embedder import Embedder, ModelError
from tui_selector.models.runtime import TorchPictures

Run = Callable[[Sequence[Path]], Any]

#: What is measured unless somebody says otherwise.
ON_CPU, ON_GPU = ("builtin", "clip-b32"), ("builtin", "siglip2-b16", "siglip2-so400m")
BUDGET = 1.2

#: Picture networks of SigLIP 2: input and patch in pixels, width, depth, heads, inner width.
_SIGLIP2 = {
    "siglip2-b16": (224, 16, 768, 12, 12, 3072),
    "siglip2-so400m": (384, 14, 1152, 27, 16, 4304),
}


class Measured(NamedTuple):
    """A model, and the same weights as the plain loop and as PyTorch alone run them."""

    embedder: Embedder
    plain: Callable[[list[Image.Image]], np.ndarray]
    original: Embedder | None = None


def write_clip(folder: Path) -> None:
    """A CLIP with the picture network of ViT-B/32 and a small one for words."""
    torch.manual_seed(0)
    words = {"num_hidden_layers": 1, "vocab_size": 64, "eos_token_id": 1, "bos_token_id": 0}
    config = transformers.CLIPConfig(text_config=words)
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPImageProcessorPil().save_pretrained(folder)
    pieces = ["<|startoftext|>", "<|endoftext|>", *"abcdefghijklmnop"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)


def write_siglip2(folder: Path, name: str) -> None:
    """A SigLIP 2 for pictures of one size, with a small network for words."""
    torch.manual_seed(0)
    side, patch, width, depth, heads, inner = _SIGLIP2[name]
    eyes = {
        "image_size": side,
        "patch_size": patch,
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "intermediate_size": inner,
    }
    words = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": heads}
    words |= {"vocab_size": 64, "projection_size": width, "max_position_embeddings": 64}
    config = transformers.SiglipConfig(text_config=words, vision_config=eyes)
    transformers.SiglipModel(config).save_pretrained(folder)
    size = {"height": side, "width": side}
    transformers.SiglipImageProcessorPil(size=size).save_pretrained(folder)
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *"abcdefghijklmnop"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    transformers.Siglip2Tokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)


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


def decoding(model: Embedder) -> Run:
    def one(path: Path) -> np.ndarray:
        with Image.open(path) as picture:
            width, height = picture.size
        longest = model.input_size * max(width, height) / min(width, height)
        return model.prepare(decode(path, longest=max(512, round(longest))).image)

    def run(files: Sequence[Path]) -> list[np.ndarray]:
        with ThreadPoolExecutor(CORES) as workers:
            return list(workers.map(one, files))

    return run


def network(model: Embedder) -> Run:
    grey = model.prepare(Image.new("RGB", (500, 375), (90, 120, 150)))

    def run(files: Sequence[Path]) -> None:
        size = model.batch_size
        sizes = [min(size, len(files) - start) for start in range(0, len(files), size)]
        with ThreadPoolExecutor(CORES) as workers:
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


def measure(name: str, files: list[Path], runs: dict[str, Run], rounds: int, watch: Watch) -> None:
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    processor: dict[str, list[float]] = {key: [] for key in runs}
    busy: list[float] = []
    found: dict[str, Any] = {}
    for run in runs.values():
        run(files[:BATCH])
    for _ in range(rounds):
        for key, run in runs.items():
            watch.seconds = 0.0
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
            f"  {key:12} {1 / clock[key]:7.1f} img/s  {1000 * cost[key]:7.1f} ms of processor time"
        )
    for label, of in (("clock", clock), ("processor time", cost)):
        slower, both = max(of["decode"], of["model"]), of["decode"] + of["model"]
        print(
            f"  by {label}: engine / slower of decode and model {of['engine'] / slower:.2f} "
            f"(budget {BUDGET}), engine / both {of['engine'] / both:.2f}, "
            f"plain loop / engine {of['plain loop'] / of['engine']:.2f}"
        )
    if "PyTorch" in clock:
        print(
            f"  PyTorch / model: {clock['PyTorch'] / clock['model']:.2f} by clock, "
            f"{cost['PyTorch'] / cost['model']:.2f} by processor time"
        )
    if torch.cuda.is_available() and any(busy):
        print(f"  the network was at work {100 * statistics.median(busy):.0f} % of the time")
    cosines = np.sum(found["engine"] * found["plain loop"], axis=1)
    print(f"  cosine to the plain loop: median {np.median(cosines):.4f}, least {cosines.min():.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--models", default="")
    parser.add_argument("--small", type=int, default=96)
    parser.add_argument("--large", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    try:
        device = choose_device(arguments.device)
    except ModelError as error:
        sys.exit(str(error))
    if device == "cpu":
        print("skipped: SigLIP 2 on a GPU (there is none that PyTorch can use here)")
    names = [*filter(None, arguments.models.split(","))] or (ON_CPU if device == "cpu" else ON_GPU)
    with tempfile.TemporaryDirectory() as home:
        small = write_files(Path(home) / "small", arguments.small, (500, 375), 95)
        large = write_files(Path(home) / "large", arguments.large, (4000, 3000), 92)
        for name in names:
            model, plain, original = load(name, Path(home), device)
            watch = Watch(model)
            print(f"\n{name}: {model.name}, batches of {model.batch_size}, {CORES} cores")
            runs: dict[str, Run] = {
                "engine": engine(model),
                "decode": decoding(model),
                "model": network(model),
                "plain loop": plain_loop(plain),
            }
            if original is not None:
                runs["PyTorch"] = network(original)
            measure("small (500 x 375)", small, runs, arguments.rounds, watch)
            measure("large (4000 x 3000)", large, runs, arguments.rounds, watch)


if __name__ == "__main__":
    main()
