"""How right groups of almost equal photos are, beside other programs, and how long they take.

    python tests/benchmarks/bench_groups.py [FOLDER]

FOLDER is that of the real test photos (else TUI_SELECTOR_TEST_DATA). Pairwise F1 is of the pairs
that share a group, against `neardup/groups.csv`, in which one file is corrupt on purpose: its pair
can be found by nobody. Peers make groups of pairs within their usual distance. The other data sets
hold no near-duplicates, so that what is grouped there is wrong, or a motif that a series repeats.
Then parts are cropped out of some photos, anywhere: how many are joined with theirs, and how many
with others. Times are of 10,000 crops of these photos, from fingerprints and vectors in memory to
groups.
"""

from __future__ import annotations

import csv
import importlib
import os
import sys
import time
import types
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tui_selector import paths
from tui_selector.analysis.similar.fingerprints import Fingerprints
from tui_selector.analysis.similar.forest import components
from tui_selector.analysis.similar.grouping import Grouping
from tui_selector.analysis.similar.hashing import picture_hash
from tui_selector.analysis.similar.shots import Shots
from tui_selector.library.folder.files import DecodeError
from tui_selector.library.groups import LIMITS, GroupSetting, GroupWish
from tui_selector.library.pictures.decode import decode
from tui_selector.models.loading import load_embedder

PHOTOS, BUDGET, ROUNDS = 10_000, 0.25, 5
CROPPED, SHARES = 100, (0.95, 0.9, 0.8, 0.7, 0.6)
_BURST = 5
OTHERS = ("corel", "caltech", "coco", "clothing")
SUFFIXES = {".jpg", ".jpeg", ".png"}

Named = dict[str, Image.Image]


def read(folder: Path) -> Named:
    """The pictures of a folder that can be read, as large as the engine sees them."""
    pictures: Named = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            try:
                pictures[path.name] = decode(path, longest=512).image
            except DecodeError:
                continue
    return pictures


def shots_of(
    hashes: Sequence[bytes],
    vectors: np.ndarray,
    taken: np.ndarray | None = None,
    shapes: np.ndarray | None = None,
) -> Shots:
    """Photos of which only the picture is known, its shape, and when they were taken."""
    count = len(hashes)
    unknown = np.full(count, np.nan)
    return Shots(
        ids=np.arange(count, dtype=np.int64),
        contents=np.arange(count),
        names=[""] * count,
        prints=Fingerprints.of(hashes),
        vectors=vectors,
        taken=unknown if taken is None else taken,
        cameras=np.zeros(count, np.intp),
        exposures=unknown,
        biases=unknown,
        seconds=unknown,
        focal_lengths=unknown,
        pixels=np.ones(count, np.int64),
        shapes=np.ones(count) if shapes is None else shapes,
        sharpest=np.full((count, 2), np.nan),
    )


class Ours:
    """The program's own groups, with vectors of the builtin model."""

    def __init__(self) -> None:
        self._embedder = load_embedder(
            "builtin", "cpu", models=paths.models_folder(), cache=paths.models_cache()
        )
        self._known: dict[bytes, np.ndarray] = {}

    def vectors(self, pictures: Iterable[Image.Image]) -> np.ndarray:
        return np.concatenate([self._vector(each) for each in pictures])

    def _vector(self, picture: Image.Image) -> np.ndarray:
        key = picture.tobytes()
        if key not in self._known:
            prepared = self._embedder.prepare(picture)
            self._known[key] = self._embedder.embed([prepared]).vectors
        return self._known[key]

    def groups(self, pictures: Named, setting: GroupSetting) -> list[list[str]]:
        hashes = [picture_hash(np.asarray(each)) for each in pictures.values()]
        shapes = np.array([each.width / each.height for each in pictures.values()])
        shots = shots_of(hashes, self.vectors(pictures.values()), shapes=shapes)
        names = list(pictures)
        return [
            [names[row] for row in group.rows]
            for group in Grouping(shots, 2.0).groups(GroupWish(setting=setting))
        ]


def hashed_groups(
    pictures: Named, bits_of: Callable[[Image.Image], np.ndarray], most: int
) -> list[list[str]]:
    """What pairs of hashes at most so many bits apart join."""
    names = list(pictures)
    bits = np.array([bits_of(each).ravel() for each in pictures.values()])
    distances = (bits[:, None] != bits[None]).sum(axis=2)
    left, right = np.nonzero(np.triu(distances <= most, 1))
    labels = components(len(names), left, right)
    found = [
        [names[row] for row in np.flatnonzero(labels == label)] for label in set(labels.tolist())
    ]
    return [group for group in found if len(group) > 1]


def pairs(groups: Iterable[Sequence[str]]) -> set[frozenset[str]]:
    return {frozenset(pair) for group in groups for pair in combinations(group, 2)}


def report(
    what: str, found: set[frozenset[str]], truth: set[frozenset[str]], wrong: int | None = None
) -> float:
    """Print precision, recall and F1, and how many pairs of other photos were joined."""
    right = len(found & truth)
    precision = right / len(found) if found else 1.0
    recall = right / len(truth)
    score = 2 * right / (len(found) + len(truth))
    print(
        f"  {what:<34} F1 {score:.3f}  precision {precision:.3f}  recall {recall:.3f}"
        + ("" if wrong is None else f"  pairs elsewhere {wrong:4d}")
    )
    return score


def accuracy(folder: Path, ours: Ours) -> None:
    with (folder / "neardup" / "groups.csv").open() as file:
        group_of = {row["file"]: row["group"] for row in csv.DictReader(file)}
    truth = {
        frozenset(pair)
        for pair in combinations(group_of, 2)
        if group_of[pair[0]] == group_of[pair[1]]
    }
    near = read(folder / "neardup")
    others = {
        f"{name}/{file}": each for name in OTHERS for file, each in read(folder / name).items()
    }
    print(
        f"Near-duplicates: {len(near)} photos, {len(truth)} pairs; elsewhere {len(others)} photos"
    )
    scores: dict[str, float] = {}

    def measure(what: str, groups: Callable[[Named], list[list[str]]]) -> None:
        wrong = len(pairs(groups(others)))
        scores[what] = report(what, pairs(groups(near)), truth, wrong)

    measure("similar", lambda pictures: ours.groups(pictures, "similar"))
    measure("duplicate", lambda pictures: ours.groups(pictures, "duplicate"))
    for what, groups in peers():
        measure(what, groups)
    best = max((score for what, score in scores.items() if what not in LIMITS), default=0.0)
    print(f"  similar against the limit of 0.95: {scores['similar'] / 0.95:.2f}", end="")
    print(f"; against the best peer: {scores['similar'] / best:.2f}" if best else "")
    joined = ours.groups(near, "duplicate")
    print(f"  joined as duplicates: {'; '.join(', '.join(group) for group in joined)}")


def peers() -> Iterable[tuple[str, Callable[[Named], list[list[str]]]]]:
    """Other programs' methods, at the distances that are usual for them."""
    try:
        imagehash = importlib.import_module("imagehash")
    except ImportError as error:
        print(f"  imagehash is not here: {error}")
    else:
        for name in ("phash", "dhash"):
            bits_of = getattr(imagehash, name)
            for most in (6, 10, 12):
                yield (
                    f"imagehash {name} <= {most}",
                    lambda pictures, bits_of=bits_of, most=most: hashed_groups(
                        pictures, lambda each: bits_of(each).hash, most
                    ),
                )
    try:
        hashes = imagededup_hashes()
    except ImportError as error:
        print(f"  imagededup is not here: {error}")
    else:
        for name in ("PHash", "DHash", "AHash", "WHash"):
            method = getattr(hashes, name)(verbose=False)

            def bits_of(picture: Image.Image, method=method) -> np.ndarray:  # type: ignore[no-untyped-def]
                number = int(method.encode_image(image_array=np.asarray(picture)), 16)
                return np.array([number >> place & 1 for place in range(64)])

            yield (
                f"imagededup {name} <= 10",
                lambda pictures, bits_of=bits_of: hashed_groups(pictures, bits_of, 10),
            )


def imagededup_hashes() -> types.ModuleType:
    """The hashes of imagededup, without its packages' own import of networks.

    Those need a torchvision built for the very torch that is here, and weights from the internet.
    """
    folder = Path(str(importlib.import_module("imagededup").__file__)).parent
    for name in ("methods", "utils"):
        package = types.ModuleType(f"imagededup.{name}")
        package.__path__ = [str(folder / name)]
        sys.modules[package.__name__] = package
    return importlib.import_module("imagededup.methods.hashing")


def cropped(folder: Path, ours: Ours) -> None:
    """How many parts of photos are joined with theirs at the duplicate setting."""
    random = np.random.default_rng(1)
    photos = {
        f"{name}/{file}": each
        for name in ("neardup", *OTHERS)
        for file, each in read(folder / name).items()
        if not file.startswith("ukbench00120_")
    }
    chosen = [list(photos)[n] for n in random.permutation(len(photos))[:CROPPED]]
    print(
        f"Parts of {len(chosen)} of {len(photos)} photos at the duplicate setting, taken anywhere"
    )
    for share in SHARES:
        pictures = dict(photos)
        for name in chosen:
            width, height = (round(share * side) for side in photos[name].size)
            left, top = (
                int(random.integers(0, side - part + 1))
                for side, part in zip(photos[name].size, (width, height), strict=True)
            )
            pictures[f"{name}|"] = photos[name].crop((left, top, left + width, top + height))
        truth = {frozenset((name, f"{name}|")) for name in chosen}
        report(
            f"{100 * share:.0f} % of each side", pairs(ours.groups(pictures, "duplicate")), truth
        )


def times(folder: Path, ours: Ours) -> None:
    random = np.random.default_rng(0)
    pictures = [each for name in OTHERS for each in read(folder / name).values()]
    bases = ours.vectors(pictures)
    # Bursts of five frames, which a hand moves a little, half a second apart, every few minutes.
    burst = np.arange(PHOTOS) // _BURST
    which = burst % len(pictures)
    hashes = []
    for number, base in enumerate(which.tolist()):
        width, height = pictures[base].size
        if number % _BURST == 0:
            share = random.uniform(0.4, 0.8)
            corner = random.uniform(0, 0.98 - share, 2)
        left, top = (corner + random.uniform(0, 0.02, 2)) * (width, height)
        box = (int(left), int(top), int(left + share * width), int(top + share * height))
        hashes.append(picture_hash(np.asarray(pictures[base].crop(box).resize((160, 120)))))
    vectors = bases[which] + random.normal(0, 0.035, (PHOTOS, bases.shape[1])).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    taken = 300.0 * burst + 0.5 * (np.arange(PHOTOS) % _BURST)
    print(f"{PHOTOS} photos, {os.cpu_count()} cores, against {1e3 * BUDGET:.0f} ms")
    settings: tuple[GroupSetting, ...] = ("duplicate", "bursts", "similar")
    for setting in settings:
        seconds, cpu = [], []
        for _ in range(ROUNDS):
            shots = shots_of(hashes, vectors, taken)
            start, began = time.perf_counter(), time.process_time()
            grouping = Grouping(shots, 2.0)
            found = grouping.groups(GroupWish(setting=setting))
            seconds.append(time.perf_counter() - start)
            cpu.append(time.process_time() - began)
        start = time.perf_counter()
        grouping.groups(GroupWish(setting=setting, threshold=0.95))
        again = time.perf_counter() - start
        quickest = min(seconds)
        print(
            f"  {setting:<10} {1e3 * quickest:6.0f} ms  {quickest / BUDGET:5.2f} of the limit"
            f"  (CPU {1e3 * min(cpu):.0f} ms; {len(found)} groups;"
            f" another threshold {1e3 * again:.0f} ms)"
        )


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TUI_SELECTOR_TEST_DATA")
    folder = Path(given or Path(__file__).resolve().parents[3] / "shared" / "data")
    if not (folder / "neardup").is_dir():
        sys.exit(f"The real photos are not here: {folder}")
    ours = Ours()
    accuracy(folder, ours)
    cropped(folder, ours)
    times(folder, ours)


if __name__ == "__main__":
    main()
