"""A small world in which it is known what every photo shows, and dual encoders trained on it.

Things are directions. A photo is the sum of the few that it shows, a text that of the one that it
names, each with noise, and both lie apart in cones of their own as those of real dual encoders do
(Liang et al. 2022, "Mind the Gap"). What training finds besides, the scale and the bias, is found
here as there: by the loss, over pairs from the world.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Things in the world, how many of them are labels of the cohort, and numbers of a vector.
THINGS, LABELS, DIMENSIONS = 600, 400, 128
#: Texts that do not belong to a picture for the one that does, as SigLIP has them.
NEGATIVES = 32_767


class World(NamedTuple):
    """Directions of the things, and those that all photos and all texts share."""

    things: np.ndarray
    photos: np.ndarray
    texts: np.ndarray

    def show(self, shown: list[list[int]], random: np.random.Generator) -> np.ndarray:
        """Vectors of photos that show some things each, (n, d) float32, unit rows."""
        sums = np.stack([self.things[some].sum(axis=0) / len(some) ** 0.5 for some in shown])
        return _unit(sums + 1.2 * self.photos + _noise(random, len(shown)))

    def name(self, things: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Vectors of texts that name one thing each, (n, d) float32, unit rows."""
        return _unit(self.things[things] + 1.2 * self.texts + 0.6 * _noise(random, len(things)))


def make_world(random: np.random.Generator) -> World:
    common = _unit(random.normal(size=(2, DIMENSIONS)))
    return World(_unit(random.normal(size=(THINGS, DIMENSIONS))), common[0], common[1])


def train(world: World, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of 3,000 pairs that belong together, and of 100,000 that do not."""
    shown = [_some(random) for _ in range(3000)]
    named = np.array([random.choice(some) for some in shown])
    photos, texts = world.show(shown, random), world.name(named, random)
    one, other = random.integers(0, 3000, (2, 100_000))
    right = (photos * texts).sum(axis=1)
    return right, (photos[one] * texts[other]).sum(axis=1)


def fit_sigmoid(right: np.ndarray, wrong: np.ndarray) -> tuple[float, float]:
    """The scale and the bias of least sigmoid loss, by Newton's method."""
    cosines = np.concatenate([right, wrong]).astype(np.float64)
    truth = np.arange(len(cosines)) < len(right)
    weights = np.where(truth, 1 / len(right), NEGATIVES / len(wrong))
    design = np.stack([cosines, np.ones(len(cosines))], axis=1)
    found = np.array([20.0, -15.0])
    for _ in range(40):
        chances = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (chances - truth))
        curve = design.T @ ((weights * chances * (1 - chances))[:, None] * design)
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
        found = found - step / max(1.0, float(np.abs(step).max()) / 5)
    return float(found[0]), float(found[1])


def fit_softmax(right: np.ndarray, wrong: np.ndarray, batch: int = 2000) -> float:
    """The scale of least softmax loss over so many texts for a picture."""
    others = wrong[: len(wrong) // batch * batch].reshape(-1, batch)
    own = right[: len(others) * 20].reshape(20, -1, 1)
    losses = {}
    for scale in range(5, 80):
        rest = np.log(np.exp(scale * others).sum(axis=1))[None]
        losses[scale] = float(
            (np.logaddexp(scale * own[..., 0], rest) - scale * own[..., 0]).mean()
        )
    return float(min(losses, key=losses.__getitem__))


def _some(random: np.random.Generator) -> list[int]:
    return random.choice(THINGS, random.integers(1, 3), replace=False).tolist()


def _noise(random: np.random.Generator, count: int) -> np.ndarray:
    return random.normal(size=(count, DIMENSIONS)) * (0.8 / DIMENSIONS**0.5)


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)
