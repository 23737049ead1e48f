"""What the calibration of dual encoders is worth on photos, where no real one is at hand.

    python tests/benchmarks/bench_calibration.py [--data FOLDER] [--steps N]

Two small dual encoders are trained, one by the sigmoid loss (SigLIP) and one by the softmax loss
(CLIP), on the features of the built-in networks: a picture is one to three ImageNet classes by the
weights of the classifier, with the noise of real photos, and its text names a class of it or a
group. Neither has seen a photo. Then the names of the shared test data are asked of its photos, and
words that no photo shows. For each prior precision, recall and F1 at the floor are printed, and the
share of the absent words of which nothing is found.

The noise comes from photos, those of Caltech-101. The prior of captions was chosen with these very
sets in view, so that figures at that prior show that the method works, not how well it does
elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from bench_search import ABSENT, COCO, DATA
from PIL import Image
from torch.nn import functional

from tui_selector import paths
from tui_selector.models import calibration
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.models.calibration import NEGATIVES, Contrastive, Sigmoid, least_of
from tui_selector.models.labels import labels
from tui_selector.models.vocabulary import own_list

BATCH, WIDTH, PROMPT = 512, 192, "a photo of a {}."
#: Priors that are tried: of captions and of the cohort.
PRIORS = {
    "sigmoid": ((0.05, 0.05), (0.1, 0.05), (0.25, 0.05), (0.4, 0.05), (0.25, 0.1)),
    "softmax": ((0.25, 0.02), (0.25, 0.05), (0.25, 0.1)),
}
SETS = (
    ("caltech", "labels.csv", "class"),
    ("corel", "labels.csv", "class"),
    ("clothing", "labels.csv", "class"),
    ("coco", "objects.csv", "objects"),
)


class Photos(NamedTuple):
    """Photos of one folder: their features (n, 1280), and what each shows."""

    name: str
    features: np.ndarray
    shown: list[set[str]]

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """What is asked: names of what is there, and of what is not."""
        there = sorted(set().union(*self.shown))
        absent = [word for word in COCO.split("|") if word not in there]
        return there, absent if self.name == "coco" else ABSENT.split("|")


def read(data: Path, model: BuiltinEmbedder) -> Iterator[Photos]:
    for name, file, column in SETS:
        with (data / name / file).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        inputs = [model.prepare(Image.open(data / name / row["file"])) for row in rows]
        features = [
            model._pictures.features(np.stack(inputs[start : start + 8])).mean(axis=(2, 3))
            for start in range(0, len(inputs), 8)
        ]
        shown = [set(row[column].replace("_", " ").split(";")) for row in rows]
        yield Photos(name, np.concatenate(features), shown)


class Training:
    """Pictures and texts that belong together, made of what the built-in networks know."""

    def __init__(self, model: BuiltinEmbedder, noisy: Photos) -> None:
        model.heat(Image.new("RGB", (64, 64)), ["dog"])  # opens the classifier
        assert model._classifier is not None
        weights = model._classifier - model._classifier.mean(axis=0)
        self._classes = torch.tensor(weights / np.linalg.norm(weights, axis=1, keepdims=True))
        classes = [min(shown) for shown in noisy.shown]
        same = np.array([[one == other for other in classes] for one in classes], np.float32)
        self._noise = torch.tensor(
            noisy.features - same @ noisy.features / same.sum(axis=1, keepdims=True)
        )
        self.mean = torch.tensor(noisy.features.mean(axis=0))
        along = (noisy.features - noisy.features.mean(axis=0)) @ self._classes.numpy().T
        self._length = float(along.max(axis=1).mean())
        known = labels()
        self._places = {word: place for place, word in enumerate(known.words)}
        prompts = [PROMPT.format(word) for word in known.words]
        self._texts = torch.tensor(model.embed_texts([*known.words, *prompts]))
        self._named = [
            [
                self._places[known.names[number]],
                *(p for p in np.flatnonzero(row) if known.words[p] != known.names[number]),
            ]
            for number, row in enumerate(known.members)
        ]
        self._random = np.random.default_rng(0)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Features of pictures, and text vectors of what each shows."""
        random = self._random
        shown = random.integers(0, 1000, (BATCH, 3))
        shares = random.uniform(0.4, 1.0, (BATCH, 3)).astype(np.float32)
        counts = random.integers(1, 4, BATCH)
        shares[np.arange(3) >= counts[:, None]] = 0
        shares /= np.linalg.norm(shares, axis=1, keepdims=True)
        noise = self._noise[torch.tensor(random.integers(0, len(self._noise), BATCH))]
        things = (torch.tensor(shares)[:, :, None] * self._classes[torch.tensor(shown)]).sum(dim=1)
        names = [
            self._named[shown[row, random.integers(count)]] for row, count in enumerate(counts)
        ]
        words = [
            some[0] if random.random() < 0.6 or len(some) == 1 else random.choice(some[1:])
            for some in names
        ]
        chosen = np.array(words) + len(self._places) * random.integers(0, 2, BATCH)
        return self.mean + self._length * things + noise, self._texts[torch.tensor(chosen)]


class Small(torch.nn.Module):
    """A dual encoder on features: a hidden layer to each side."""

    def __init__(self, mean: torch.Tensor) -> None:
        super().__init__()
        self.mean = mean
        self.eyes = torch.nn.Sequential(
            torch.nn.Linear(1280, 256), torch.nn.GELU(), torch.nn.Linear(256, WIDTH)
        )
        self.words = torch.nn.Sequential(
            torch.nn.Linear(384, 256), torch.nn.GELU(), torch.nn.Linear(256, WIDTH)
        )
        self.scale = torch.nn.Parameter(torch.tensor(math.log(10.0)))
        self.bias = torch.nn.Parameter(torch.tensor(-10.0))

    def pictures(self, features: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.eyes((features - self.mean) / 3), dim=-1)

    def texts(self, vectors: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.words(vectors * 8), dim=-1)


def train(kind: str, training: Training, steps: int) -> Small:
    torch.manual_seed(0)
    model = Small(training.mean)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-3)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, steps)
    own = torch.eye(BATCH)
    for _ in range(steps):
        features, texts = training.batch()
        logits = model.scale.exp() * model.pictures(features) @ model.texts(texts).T
        if kind == "sigmoid":
            loss = -functional.logsigmoid((2 * own - 1) * (logits + model.bias)).sum() / BATCH
        else:
            each = torch.arange(BATCH)
            loss = functional.cross_entropy(logits, each) + functional.cross_entropy(logits.T, each)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    return model.eval()


def measure(kind: str, small: Small, builtin: BuiltinEmbedder, everything: list[Photos]) -> None:
    def ask(words: list[str]) -> np.ndarray:
        vectors = builtin.embed_texts([PROMPT.format(word) for word in words])
        return np.asarray(small.texts(torch.tensor(vectors)).numpy())

    cohort = ask([label.asked for label in own_list()])
    # The bias is that of the batches here; those of SigLIP have more that does not belong together.
    shift = math.log(NEGATIVES / (BATCH - 1))
    bias = small.bias.item() - shift if kind == "sigmoid" else None
    asked = [tuple(map(ask, photos.words)) for photos in everything]
    vectors = [small.pictures(torch.tensor(photos.features)).numpy() for photos in everything]
    for captions, prior in PRIORS[kind]:
        calibration.CAPTION_PRIOR, calibration.PRIOR = captions, prior
        model = Contrastive(small.scale.exp().item(), bias, cohort, Sigmoid(1.0, 0.0))
        first = f"captions {captions:.2f}, " if kind == "sigmoid" else ""
        print(f"{kind}, prior {first}cohort {prior:.2f}")
        for photos, rows, (there, absent) in zip(everything, vectors, asked, strict=True):
            partitions = model.log_partition(rows)

            def matches(
                text: np.ndarray, rows: np.ndarray = rows, partitions: np.ndarray = partitions
            ) -> np.ndarray:
                chances = model.words(text, rows @ text, partitions, least_of(partitions))  # noqa: B023
                return np.asarray(chances >= 0.5)

            found = np.stack([matches(text) for text in there])
            truth = np.array([[word in some for some in photos.shown] for word in photos.words[0]])
            right = int((found & truth).sum())
            silent = np.mean([not matches(text).any() for text in absent])
            print(
                f"  {photos.name:9} precision {right / max(found.sum(), 1):.3f}"
                f"  recall {right / truth.sum():.3f}"
                f"  F1 {2 * right / (found.sum() + truth.sum()):.3f}  absent: said so {silent:.3f}"
            )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--data", type=Path, default=Path(os.environ.get("TUI_SELECTOR_TEST_DATA", DATA))
    )
    arguments.add_argument("--steps", type=int, default=1500)
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    builtin = load_builtin(paths.models_cache(), "cpu")
    everything = list(read(chosen.data, builtin))
    training = Training(builtin, everything[0])
    for kind in PRIORS:
        small = train(kind, training, chosen.steps)
        with torch.inference_mode():
            measure(kind, small, builtin, everything)


if __name__ == "__main__":
    main()
