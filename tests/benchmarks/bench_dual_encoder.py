"""Indexing with a dual encoder against its parts and against a plain loop with the same weights.

    python tests/benchmarks/bench_dual_encoder.py [--device D] [--small N] [--large N] [--rounds N]

The model is as large as CLIP ViT-B/32, its weights are random. Rounds are interleaved and the
medians compared, by the clock and, for a machine that others use too, by processor time.

- engine: everything the engine does for a photo, with one worker for each core
- decode: what of that comes before the network
- model: the network alone, on prepared pictures, from one thread for each core
- plain loop: Pillow decodes in full, the model's own processor prepares, PyTorch embeds batches of
  8 in float32 with a thread for each core, one after the other

Where the network runs on the same cores as the decoding, the engine cannot be faster than both
together: a bound from processor time is printed beside the budget.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
import transformers
from bench_indexing import BATCH, CORES, engine, write_files
from PIL import Image

from tui_selector.library.pictures.decode import decode
from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder

Run = Callable[[Sequence[Path]], object]


def write_model(folder: Path) -> None:
    """A CLIP with the picture network of ViT-B/32 and a small one for words."""
    torch.manual_seed(0)
    words = {"num_hidden_layers": 1, "vocab_size": 64, "eos_token_id": 1, "bos_token_id": 0}
    config = transformers.CLIPConfig(text_config=words)
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPImageProcessorPil().save_pretrained(folder)
    pieces = ["<|startoftext|>", "<|endoftext|>", *"abcdefghijklmnop"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)


def decoding(model: DualEncoder) -> Run:
    def one(path: Path) -> np.ndarray:
        with Image.open(path) as picture:
            width, height = picture.size
        longest = model.input_size * max(width, height) / min(width, height)
        return model.prepare(decode(path, longest=max(512, round(longest))).image)

    def run(files: Sequence[Path]) -> list[np.ndarray]:
        with ThreadPoolExecutor(CORES) as workers:
            return list(workers.map(one, files))

    return run


def network(model: DualEncoder) -> Run:
    grey = model.prepare(Image.new("RGB", (500, 375), (90, 120, 150)))

    def run(files: Sequence[Path]) -> None:
        size = model.batch_size
        sizes = [min(size, len(files) - start) for start in range(0, len(files), size)]
        with ThreadPoolExecutor(CORES) as workers:
            list(workers.map(lambda count: model.embed_images([grey] * count), sizes))

    return run


def plain_loop(folder: Path, device: str) -> Run:
    network_: Any = transformers.AutoModel.from_pretrained(folder).eval().to(device)
    processor = transformers.CLIPImageProcessorPil.from_pretrained(folder)

    def run(files: Sequence[Path]) -> np.ndarray:
        torch.set_num_threads(CORES)
        vectors = []
        with torch.inference_mode():
            for start in range(0, len(files), BATCH):
                pictures = [
                    Image.open(path).convert("RGB") for path in files[start : start + BATCH]
                ]
                inputs = processor(images=pictures, return_tensors="pt").to(device)
                rows = network_.get_image_features(**inputs).pooler_output
                vectors.append(torch.nn.functional.normalize(rows, dim=-1).cpu().numpy())
        torch.set_num_threads(1)
        return np.concatenate(vectors)

    return run


def measure(name: str, files: list[Path], runs: dict[str, Run], rounds: int) -> None:
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    processor: dict[str, list[float]] = {key: [] for key in runs}
    found: dict[str, Any] = {}
    for run in runs.values():
        run(files[:BATCH])
    for _ in range(rounds):
        for key, run in runs.items():
            began, worked = time.perf_counter(), time.process_time()
            found[key] = run(files)
            seconds[key].append((time.perf_counter() - began) / len(files))
            processor[key].append((time.process_time() - worked) / len(files))
    clock = {key: statistics.median(times) for key, times in seconds.items()}
    cost = {key: statistics.median(times) for key, times in processor.items()}
    print(f"{name}: {len(files)} files, {files[0].stat().st_size / 1024:.0f} KB")
    for key in runs:
        print(
            f"  {key:12} {1 / clock[key]:7.1f} img/s  {1000 * cost[key]:7.1f} ms of processor time"
        )
    slower = max(clock["decode"], clock["model"])
    print(
        f"  engine / slower of decode and model: {clock['engine'] / slower:.2f} (budget 1.2); "
        f"by processor time, engine / both: {cost['engine'] / (cost['decode'] + cost['model']):.2f}"
    )
    print(
        f"  plain loop / engine: {clock['plain loop'] / clock['engine']:.2f}, "
        f"by processor time {cost['plain loop'] / cost['engine']:.2f}"
    )
    cosines = np.sum(found["engine"] * found["plain loop"], axis=1)
    print(f"  cosine to the plain loop: median {np.median(cosines):.4f}, least {cosines.min():.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--small", type=int, default=96)
    parser.add_argument("--large", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "model"
        write_model(folder)
        model = load_dual_encoder(folder, arguments.device)
        print(f"{CORES} cores; {model.name}, batches of {model.batch_size}")
        runs: dict[str, Run] = {
            "engine": engine(model),
            "decode": decoding(model),
            "model": network(model),
            "plain loop": plain_loop(folder, "cuda" if "GPU" in model.name else "cpu"),
        }
        small = write_files(Path(home) / "small", arguments.small, (500, 375), 95)
        measure("small (500 x 375)", small, runs, arguments.rounds)
        large = write_files(Path(home) / "large", arguments.large, (4000, 3000), 92)
        measure("large (4000 x 3000)", large, runs, arguments.rounds)


if __name__ == "__main__":
    main()
