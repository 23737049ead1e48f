"""The indexes on 100,000 vectors of real photos, against one numpy pass and against faiss itself.

    python tests/benchmarks/bench_index.py [--vectors 100000] [--data FOLDER]

Vectors: every photo of the shared test data is cut into crops (half to nine tenths of its sides,
every second one mirrored) which the built-in model embeds. There are too few photos for 100,000
crops in a bearable time, so each vector is repeated with a part of the difference between two
crops of some photo added, which moves it as another crop would. The queries are crops that are not
among the vectors.

Every way to search answers one query after the other in turns, so that a busy machine slows all of
them alike; the median and the quickest time of each stand beside those of the peer. The peer of the
exact and the rotated index is one pass of numpy over all vectors, that of the graph is faiss called
directly with the same parameters.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Threads of OpenMP that wait busily would take the processor from whatever is measured next.
os.environ["OMP_WAIT_POLICY"] = "passive"

import faiss
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tui_selector import paths
from tui_selector.library.pictures.decode import decode
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.search.index import Hits, Index, build, recall

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDERS = ("coco", "corel", "caltech", "clothing", "immich")
CROPS, K, QUERIES = 6, 10, 100
#: How much of a difference between two crops is added.
MOVED = 0.7
#: Budgets: times over the peer's, and recall.
EXACT, ROTATED, ROTATED_RECALL, HNSW_RECALL = 1.3, 0.25, 0.99, 0.98

Search = Callable[[np.ndarray], np.ndarray]


def crops(image: Image.Image, random: np.random.Generator) -> list[Image.Image]:
    """Different parts of a photo, every second one mirrored."""
    parts = []
    for number in range(CROPS):
        share = random.uniform(0.5, 0.9)
        width, height = round(image.width * share), round(image.height * share)
        left = int(random.integers(0, image.width - width + 1))
        top = int(random.integers(0, image.height - height + 1))
        part = image.crop((left, top, left + width, top + height))
        parts.append(part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if number % 2 else part)
    return parts


def embedded(embedder: BuiltinEmbedder, data: Path) -> np.ndarray:
    """Vectors of the crops of every photo, (photos, CROPS, d) float32."""
    random = np.random.default_rng(0)
    photos = []
    for folder in FOLDERS:
        for file in sorted((data / folder).glob("*.jpg")):
            image = decode(file, longest=2 * embedder.input_size).image
            inputs = [embedder.prepare(part) for part in crops(image, random)]
            photos.append(embedder.embed(inputs).vectors)
    return np.stack(photos)


def library(photos: np.ndarray, count: int) -> np.ndarray:
    """(count, d) float32 unit rows around the vectors of the crops."""
    random = np.random.default_rng(1)
    flat = photos.reshape(-1, photos.shape[-1])
    vectors = np.resize(flat, (count, flat.shape[1]))
    late = np.arange(count) >= len(flat)
    photo = random.integers(0, len(photos), count)
    one = random.integers(0, photos.shape[1], count)
    other = (one + random.integers(1, photos.shape[1], count)) % photos.shape[1]
    vectors[late] += MOVED * (photos[photo, one] - photos[photo, other])[late]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def numpy_pass(vectors: np.ndarray) -> Search:
    def search(query: np.ndarray) -> np.ndarray:
        scores = vectors @ query
        best = np.argpartition(scores, len(scores) - K)[-K:]
        return np.asarray(best[np.argsort(-scores[best])])

    return search


def ours(index: Index) -> Search:
    return lambda query: index.search(query[None], K).rows[0]


def of_faiss(index: faiss.Index) -> Search:
    return lambda query: index.search(query[None], K)[1][0]


def built(name: str, make: Callable[[], Index | faiss.Index]) -> Index | faiss.Index:
    start = time.perf_counter()
    index = make()
    print(f"  {name} built in {time.perf_counter() - start:.1f} s", flush=True)
    return index


def faiss_flat(vectors: np.ndarray) -> faiss.Index:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def faiss_graph(vectors: np.ndarray) -> faiss.Index:
    """With the parameters that the index in the house has."""
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.hnsw.efSearch = 96
    index.add(vectors)
    return index


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--vectors", type=int, default=100_000)
    arguments.add_argument(
        "--data", type=Path, default=Path(os.environ.get("TUI_SELECTOR_TEST_DATA", DATA))
    )
    given = arguments.parse_args()
    embedder = load_builtin(paths.models_cache(), "cpu")
    photos = embedded(embedder, given.data)
    # The last crop of each photo is asked for, the others are searched.
    asked = photos[:: max(1, len(photos) // QUERIES), -1][:QUERIES]
    vectors = library(photos[:, :-1], given.vectors)
    crop_count = photos.shape[0] * (photos.shape[1] - 1)
    print(
        f"{len(vectors)} vectors x {vectors.shape[1]} around {crop_count} crops of {len(photos)}"
        f" photos; {len(asked)} queries, {os.cpu_count()} cores"
    )
    ways: dict[str, Search] = {
        "numpy, one pass": numpy_pass(vectors),
        "exact": ours(build("exact", vectors)),
        "faiss IndexFlatIP": of_faiss(faiss_flat(vectors)),
    }
    rotated = built("rotated", lambda: build("rotated", vectors))
    ways[f"rotated to {rotated.width}"] = ours(rotated)
    ways["hnsw"] = ours(built("hnsw", lambda: build("hnsw", vectors)))
    ways["faiss IndexHNSWFlat"] = of_faiss(
        built("faiss IndexHNSWFlat", lambda: faiss_graph(vectors))
    )

    times: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, list[np.ndarray]] = {name: [] for name in ways}
    for query in asked:
        for name, search in ways.items():
            start = time.perf_counter()
            rows = search(query)
            times[name].append(time.perf_counter() - start)
            found[name].append(rows)
    report(times, found)


def report(times: dict[str, list[float]], found: dict[str, list[np.ndarray]]) -> None:
    budgets = {
        "exact": f"limit {EXACT}x",
        "rotated": f"limit {ROTATED}x at recall {ROTATED_RECALL}",
        "hnsw": f"limit recall {HNSW_RECALL}",
    }
    peer = next(iter(times))
    base, least = statistics.median(times[peer]), min(times[peer])
    truth = hits(found[peer])
    for name, taken in times.items():
        median = statistics.median(taken)
        quickest = min(taken)
        print(
            f"  {name:22}{1e3 * median:8.2f} ms {median / base:6.3f}x  quickest"
            f" {1e3 * quickest:8.2f} ms {quickest / least:6.3f}x"
            f"  recall@{K} {recall(hits(found[name]), truth):.4f}"
            f"  {budgets.get(name.split()[0], '')}"
        )


def hits(rows: list[np.ndarray]) -> Hits:
    stacked = np.stack(rows)
    return Hits(stacked, np.zeros(stacked.shape, np.float32))


if __name__ == "__main__":
    main()
