"""What keeps large libraries live: fewer dimensions, and cells that stand for many photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.kmeans import FloatArray, Labels, fill_empty, group_sums, unit

SAMPLE = 4096
EXACT_ROWS = 512
CELLS = 1000
PHOTOS_PER_CELL = 8
MOST_PER_CELL = 512
BLOCK = 8192
TRAINED_PER_CLUSTER = 16
MOST_ROUNDS = 5
FEWEST_NEAR = 6
FAISS_WORK = 2e10
"""Multiply-adds that training may cost."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Centre and principal axes of a library's vectors: ``mean`` (d,), ``axes`` (d, r).

    Photos of one library share much of their direction; without the mean the cosine speaks
    about what tells them apart.
    """

    mean: FloatArray
    axes: FloatArray

    def apply(self, vectors: FloatArray) -> FloatArray:
        """Return (n, r): centred, scaled to unit length in all d dimensions, then projected.

        A row's length is at most 1: it is short where the axes miss what it shows.
        """
        reduced = np.empty((len(vectors), self.axes.shape[1]), np.float32)
        offset = self.mean @ self.axes
        twice = 2 * self.mean
        square = float(self.mean @ self.mean)
        for low in range(0, len(vectors), BLOCK):
            rows = vectors[low : low + BLOCK]
            lengths = np.einsum("ij,ij->i", rows, rows) - rows @ twice + square
            scale = np.sqrt(np.maximum(lengths, 1e-12))
            reduced[low : low + BLOCK] = (rows @ self.axes - offset) / scale[:, None]
        return reduced


def fit_projection(vectors: FloatArray, dimensions: int, seed: int = 0) -> Projection:
    """Find the principal axes of ``vectors`` (n, d).

    Up to `EXACT_ROWS` rows no information is lost (all axes, by the eigenvectors of the Gram
    matrix); above, the first ``dimensions`` axes of a sample by subspace iteration
    (Halko, Martinsson and Tropp 2011).
    """
    n, d = vectors.shape
    random = np.random.default_rng(seed)
    if n > SAMPLE:
        vectors = vectors[np.sort(random.choice(n, SAMPLE, replace=False))]
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = vectors - mean
    if n <= EXACT_ROWS:
        if n >= d:
            return Projection(mean, np.eye(d, dtype=np.float32))
        _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
        kept = max(1, int(np.count_nonzero(lengths > 1e-6)))
        return Projection(mean, np.ascontiguousarray(axes[:kept].T))
    wanted = min(dimensions, d)
    basis = random.standard_normal((d, min(wanted + 16, d))).astype(np.float32)
    for _ in range(4):
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    seen = centred @ basis
    _, turn = np.linalg.eigh(seen.T @ seen)
    return Projection(mean, np.ascontiguousarray(basis @ turn[:, ::-1][:, :wanted]))


@dataclass(frozen=True, slots=True)
class Cells:
    """Small groups of like photos: ``of`` (n,) cell of each photo, ``centres`` (c, r) unit rows,
    ``weights`` (c,) photos in each, ``siblings`` (c,) a part of the same divided cell, or the
    cell itself; no cell is empty."""

    of: Labels
    centres: FloatArray
    weights: FloatArray
    siblings: NDArray[np.int32]

    def near(self, photos: int) -> NDArray[np.int32]:
        """Return (c, p): the cells nearest to each cell, which hold about ``photos`` together.

        The cell itself comes first, then its siblings.
        """
        count = max(FEWEST_NEAR, round(photos / float(self.weights.mean())))
        similarities = self.centres @ self.centres.T
        everyone = np.arange(len(self.centres))
        similarities[everyone, self.siblings] = similarities[self.siblings, everyone] = 2.0
        np.fill_diagonal(similarities, np.inf)
        count = min(count, len(self.centres))
        picked = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(similarities, picked, axis=1), axis=1)
        return np.take_along_axis(picked, order, axis=1).astype(np.int32)


def make_cells(points: FloatArray, seed: int = 0) -> Cells:
    """Divide ``points`` (n, r) into about `CELLS` cells by faiss.

    A cell of more than `MOST_PER_CELL` photos, as many copies of one photo make it, is divided
    along its first axis, so that work inside a cell stays bounded.
    """
    count = max(1, min(CELLS, len(points) // PHOTOS_PER_CELL))
    labels = faiss_kmeans(points, count, seed)
    siblings = np.arange(count, dtype=np.int32)
    for cell in np.flatnonzero(np.bincount(labels, minlength=count) > MOST_PER_CELL).tolist():
        members = np.flatnonzero(labels == cell)
        rows = points[members] - points[members].mean(axis=0)
        order = members[np.argsort(rows @ _first_axis(rows), kind="stable")]
        parts = np.array_split(order, -(-len(order) // MOST_PER_CELL))
        fresh = np.arange(len(siblings), len(siblings) + len(parts) - 1, dtype=np.int32)
        for part, name in zip(parts[1:], fresh.tolist(), strict=True):
            labels[part] = name
        siblings = np.concatenate([siblings, np.array([cell, *fresh[:-1]], np.int32)])
    weights = np.bincount(labels).astype(np.float32)
    sums = group_sums(points, np.ones(len(points), np.float32), labels, len(weights))
    return Cells(labels, unit(sums), weights, siblings)


def _first_axis(rows: FloatArray) -> FloatArray:
    _, _, axes = np.linalg.svd(rows[:EXACT_ROWS], full_matrices=False)
    return np.asarray(axes[0], np.float32)


def faiss_kmeans(points: FloatArray, k: int, seed: int = 0) -> Labels:
    """Cluster ``points`` (n, r) quickly into ``k`` <= n clusters, none empty, by faiss.

    It trains on a sample, in fewer rounds the more clusters there are.
    """
    import faiss

    rounds = int(
        np.clip(
            FAISS_WORK / (min(len(points), TRAINED_PER_CLUSTER * k) * k * points.shape[1]),
            1,
            MOST_ROUNDS,
        )
    )

    points = np.ascontiguousarray(points, np.float32)
    model = faiss.Kmeans(
        points.shape[1],
        k,
        niter=rounds,
        spherical=True,
        seed=seed + 1,
        min_points_per_centroid=1,
        max_points_per_centroid=TRAINED_PER_CLUSTER,
    )
    model.train(points)
    nearest, labels = model.index.search(points, 1)
    return fill_empty(labels[:, 0].astype(np.int32), nearest[:, 0], k)


def nearest_rows(points: FloatArray, centres: FloatArray) -> tuple[Labels, FloatArray]:
    """Return for each of ``points`` (n, r) the centre of the largest dot product, and that."""
    labels = np.empty(len(points), np.int32)
    best = np.empty(len(points), np.float32)
    for low in range(0, len(points), BLOCK):
        dots = points[low : low + BLOCK] @ centres.T
        picked = dots.argmax(axis=1)
        labels[low : low + BLOCK] = picked
        best[low : low + BLOCK] = dots[np.arange(len(dots)), picked]
    return labels, best
