"""Photos into clusters, live: built once per set of vectors, cut again for every slider step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_selector.analysis import density, two_level
from tui_selector.analysis.kmeans import (
    FloatArray,
    Labels,
    by_label,
    fill_empty,
    spherical_kmeans,
    unit,
)
from tui_selector.analysis.suggest import Suggestion, suggest
from tui_selector.analysis.threads import single_threaded_algebra
from tui_selector.analysis.two_level import Cells, Projection
from tui_selector.library.catalog.clusters import Clustering

EXACT_PHOTOS = 3000
"""Up to this many photos every pair is compared; above, cells stand in for photos."""

FINE_DIMENSIONS, COARSE_DIMENSIONS = 128, 48
CENTRING_PHOTOS = 3
COARSE_STARTS = 4
REFINING_ROUNDS = 1

WIDTH_OF_BOUND = 2.5
SPREAD_PRIOR = 5.0
SPREAD_ALONE = 0.1


@dataclass(frozen=True, slots=True)
class Grouping:
    """Photos in clusters, the largest cluster first.

    Attributes:
        labels: (n,) int32, the cluster of each photo; -1 is a single.
        centroids: (c, d) float32 unit rows, the mean direction of each cluster.
        tightness: (c,) mean cosine of the photos of a cluster with its centroid.
        used: The parameters with K or threshold filled in and clamped.
        note: One sentence about what differs from what was asked, or None.
        bounds: (c,) how similar a new photo must be to join, in the space of `projection`.
        directions: (c, r) the clusters' mean directions in the space of `projection`.
        projection: The space in which new photos are compared.
    """

    labels: Labels
    centroids: FloatArray
    tightness: FloatArray
    used: Clustering
    note: str | None
    bounds: FloatArray
    directions: FloatArray
    projection: Projection

    @property
    def count(self) -> int:
        """The number of clusters, singles left out."""
        return len(self.centroids)

    def assign(self, vectors: ArrayLike) -> Labels:
        """Return (m,): the cluster that each new photo of ``vectors`` (m, d) slides into.

        A photo joins the nearest cluster if it is as similar to it as all but the outermost of
        that cluster's own photos, else it is a single (-1). With ``leftovers="nearest"`` it
        always joins.
        """
        rows = _checked(vectors)
        if not len(rows) or not self.count:
            return np.full(len(rows), -1, np.int32)
        labels, similarity = two_level.nearest_rows(self.projection.apply(rows), self.directions)
        if self.used.leftovers != "nearest":
            labels[similarity < self.bounds[labels]] = -1
        return labels


class ClusterSpace:
    """The vectors of a library, prepared so that a cut costs little.

    ``vectors`` is (n, d) with unit rows. Building finds the principal axes and, above
    `EXACT_PHOTOS` photos, about a thousand cells; `graph` is built when a density algorithm
    first asks for it, unless `build_graph` was called before. Raises ValueError for anything but
    a finite two-dimensional array.
    """

    def __init__(self, vectors: ArrayLike, *, seed: int = 0) -> None:
        with single_threaded_algebra():
            self._prepare(vectors, seed)
        self._graph: density.NeighbourGraph | None = None
        self._suggestions: dict[tuple[str, int], Suggestion] = {}
        self._suggesting: dict[tuple[str, int], Lock] = {}

    def _prepare(self, vectors: ArrayLike, seed: int) -> None:
        self.vectors = _checked(vectors)
        self.seed = seed
        self.size = len(self.vectors)
        self.distinct = _count_distinct(self.vectors)
        if self.distinct < CENTRING_PHOTOS:
            d = self.vectors.shape[1]
            self.projection = Projection(np.zeros(d, np.float32), np.eye(d, dtype=np.float32))
        else:
            wanted = FINE_DIMENSIONS if self.size <= EXACT_PHOTOS else COARSE_DIMENSIONS
            self.projection = two_level.fit_projection(self.vectors, wanted, seed)
        self.points = self.projection.apply(self.vectors)
        self.cells: Cells | None = None
        if self.size > EXACT_PHOTOS:
            self.cells = two_level.make_cells(self.points, seed)

    @property
    def graph(self) -> density.NeighbourGraph:
        """The neighbours that DBSCAN and the linked threshold cut."""
        return self._graph or self.build_graph()

    def needs_graph(self, params: Clustering) -> bool:
        """Whether a graph must be built before the space can be cut like this."""
        return self._graph is None and params.algorithm in ("dbscan", "linked")

    def build_graph(self, pause: Callable[[], None] = lambda: None) -> density.NeighbourGraph:
        """Build `graph`, ahead of its first use, in whatever thread.

        ``pause`` is called every now and then, from several threads; what it raises is raised and
        leaves no graph.
        """
        if self.cells is None:
            graph = density.dense_graph(self.vectors)
        else:
            near = self.cells.near(density.NEAR_PHOTOS)
            graph = density.cell_graph(self.vectors, self.cells.of, near, pause=pause)
        self._graph = graph
        return graph

    @property
    def coarse(self) -> tuple[FloatArray, FloatArray]:
        """Rows (m, r) that stand for all photos, and how many photos each stands for."""
        if self.cells is not None:
            return self.cells.centres, self.cells.weights
        return self.points, np.ones(self.size, np.float32)

    def suggest(self, params: Clustering) -> Suggestion:
        """Return the suggested K, threshold or size for ``params.algorithm``, remembered.

        A thread that asks for what another is looking for waits for that.
        """
        key = (params.algorithm, params.min_samples)
        with self._suggesting.setdefault(key, Lock()):
            if key not in self._suggestions:
                with single_threaded_algebra():
                    self._suggestions[key] = suggest(self, params.algorithm, params)
        return self._suggestions[key]

    def cluster(self, params: Clustering) -> Grouping:
        """Cut the space; every photo gets a cluster or -1. The same seed gives the same result.

        Raises ValueError with one sentence when ``params`` make no sense.
        """
        wrong = params.validate(self.size)
        if wrong is not None:
            raise ValueError(wrong)
        with single_threaded_algebra():
            return self._cut(params)

    def _cut(self, params: Clustering) -> Grouping:
        used, note = self._filled_in(params)
        if self.size == 0:
            labels = np.zeros(0, np.int32)
        elif used.algorithm == "kmeans":
            assert used.k is not None
            labels = self._kmeans(used.k, used.seed)
        elif used.algorithm == "hdbscan":
            labels, note = self._hdbscan(used)
        elif used.algorithm == "dbscan":
            assert used.threshold is not None
            labels = density.dbscan(self.graph, used.threshold, used.min_samples)
        else:
            assert used.threshold is not None
            labels = density.linked(self.graph, used.threshold)
        return self._grouping(labels, used, note)

    def regroup(self, labels: ArrayLike, used: Clustering) -> Grouping:
        """Return the grouping of photos whose clusters (n,) are known already, -1 for singles.

        The clusters are renumbered, the largest first.
        """
        return self._grouping(np.asarray(labels, np.int32), used, None)

    def split(self, indices: ArrayLike, k: int = 2, seed: int = 0) -> Labels:
        """Divide the photos ``indices`` (m,) by k-means; returns (m,) labels from 0."""
        rows = self.vectors[np.asarray(indices, np.intp)]
        return ClusterSpace(rows).cluster(Clustering(k=k, seed=seed)).labels

    def _filled_in(self, params: Clustering) -> tuple[Clustering, str | None]:
        """Fill in the suggested K or threshold, and lower K to what is there."""
        if params.algorithm == "kmeans":
            k = params.k if params.k is not None else self.suggest(params).params.k
            assert k is not None
            most = max(self.distinct, 1)
            if k > most and self.size:
                photos = "photo" if most == 1 else "photos"
                note = f"Only {most} distinct {photos}, so K is {most}."
                return msgspec.structs.replace(params, k=most), note
            return msgspec.structs.replace(params, k=k), None
        if params.algorithm == "hdbscan":
            return params, None
        threshold = params.threshold
        if threshold is None:
            threshold = self.suggest(params).params.threshold
        most = density.NEIGHBOURS + 1
        if params.algorithm == "dbscan" and params.min_samples > most:
            note = (
                f"Neighbourhoods hold at most {most} photos, so the minimum of samples is {most}."
            )
            return msgspec.structs.replace(params, threshold=threshold, min_samples=most), note
        return msgspec.structs.replace(params, threshold=threshold), None

    def _kmeans(self, k: int, seed: int) -> Labels:
        if self.cells is None:
            return spherical_kmeans(self.points, k, seed=seed).labels
        if k == 1:
            return np.zeros(self.size, np.int32)
        if k > len(self.cells.centres) // 2:
            return two_level.faiss_kmeans(self.points, k, seed)
        coarse = spherical_kmeans(
            self.cells.centres, k, weights=self.cells.weights, seed=seed, starts=COARSE_STARTS
        )
        labels = coarse.labels[self.cells.of]
        for _ in range(REFINING_ROUNDS):
            centroids = unit(_sums_of_rows(self.points, labels, k))
            labels, nearest = two_level.nearest_rows(self.points, centroids)
            labels = fill_empty(labels, nearest, k)
        return labels

    def _hdbscan(self, used: Clustering) -> tuple[Labels, str | None]:
        if self.distinct == 1 and self.size >= used.min_cluster_size:
            return np.zeros(self.size, np.int32), None
        if self.cells is None:
            return density.hdbscan(self.points, used.min_cluster_size, used.min_samples), None
        per_cell = self.size / len(self.cells.centres)
        smallest = max(2, round(used.min_cluster_size / per_cell))
        labels = density.hdbscan(
            self.cells.centres, smallest, max(1, round(used.min_samples / per_cell))
        )
        note = None
        if smallest * per_cell > 1.5 * used.min_cluster_size:
            note = (
                f"With {self.size} photos HDBSCAN looks at groups of about {per_cell:.0f}, so a "
                f"cluster has about {smallest * per_cell:.0f} photos or more."
            )
        return labels[self.cells.of], note

    def _grouping(self, labels: Labels, used: Clustering, note: str | None) -> Grouping:
        labels = _largest_first(labels)
        if used.leftovers == "each":
            alone = labels < 0
            first = int(labels.max(initial=-1)) + 1
            labels[alone] = first + np.arange(int(alone.sum()), dtype=np.int32)
        count = int(labels.max(initial=-1)) + 1
        directions = unit(_sums_of_rows(self.points, labels, count))
        if used.leftovers == "nearest" and count and (labels < 0).any():
            nearest, _ = two_level.nearest_rows(self.points, directions)
            labels = _largest_first(np.where(labels < 0, nearest, labels))
            directions = unit(_sums_of_rows(self.points, labels, count))
        sums = _sums_of_rows(self.vectors, labels, count)
        sizes = np.bincount(labels[labels >= 0], minlength=count)
        tightness = np.linalg.norm(sums, axis=1) / np.maximum(sizes, 1)
        return Grouping(
            labels=labels,
            centroids=unit(sums),
            tightness=tightness.astype(np.float32),
            used=used,
            note=note,
            bounds=_bounds(self.points, labels, directions),
            directions=directions,
            projection=self.projection,
        )


def _checked(vectors: ArrayLike) -> FloatArray:
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.ndim != 2:
        raise ValueError(f"Vectors must be a table of rows, not of {rows.ndim} dimensions.")
    if not np.isfinite(rows.sum()):
        raise ValueError("Some vectors hold numbers that are not finite.")
    return rows


def _count_distinct(vectors: FloatArray) -> int:
    """Count rows that differ by more than rounding, by two random projections of each."""
    if len(vectors) < 2:
        return len(vectors)
    random = np.random.default_rng(0)
    shadows = vectors @ random.standard_normal((vectors.shape[1], 2)).astype(np.float32)
    keys = np.round(shadows.astype(np.float64), 4)
    return len(np.unique(keys[:, 0] + 1j * keys[:, 1]))


def _largest_first(labels: Labels) -> Labels:
    """Renumber clusters by falling size, ties by their first photo; -1 stays."""
    inside = np.flatnonzero(labels >= 0)
    sizes = np.bincount(labels[inside])
    first = np.zeros(len(sizes), np.intp)
    first[labels[inside][::-1]] = inside[::-1]
    names = np.flatnonzero(sizes)
    rank = np.full(len(sizes) + 1, -1, np.int32)
    order = np.lexsort((first[names], -sizes[names]))
    rank[names[order]] = np.arange(len(names), dtype=np.int32)
    return rank[labels]


def _sums_of_rows(vectors: FloatArray, labels: Labels, count: int) -> FloatArray:
    """Return the (count, d) sum of the rows of each label, without a copy of the rows."""
    from scipy.sparse import csr_array

    members, starts = by_label(labels, count)
    ones = np.ones(len(members), np.float32)
    member = csr_array((ones, members, starts), shape=(count, len(vectors)))
    return np.asarray(member @ vectors, np.float32)


def _bounds(points: FloatArray, labels: Labels, directions: FloatArray) -> NDArray[np.float32]:
    """Return (c,): mean similarity of a cluster's own photos less some standard deviations.

    The spread of a small cluster is drawn toward the spread of all.
    """
    inside = np.flatnonzero(labels >= 0)
    count = len(directions)
    own = labels[inside]
    similarity = np.einsum("ij,ij->i", points[inside], directions[own]).astype(np.float64)
    sizes = np.maximum(np.bincount(own, minlength=count), 1)
    mean = np.bincount(own, similarity, minlength=count) / sizes
    squares = np.bincount(own, (similarity - mean[own]) ** 2, minlength=count)
    several = sizes > 1
    pooled = squares[several].sum() / sizes[several].sum() if several.any() else 0.0
    pooled = max(pooled, SPREAD_ALONE**2)
    spread = np.sqrt((squares + SPREAD_PRIOR * pooled) / (sizes + SPREAD_PRIOR))
    return np.asarray(mean - WIDTH_OF_BOUND * spread, np.float32)
