"""Clusters from density: DBSCAN, linked threshold and HDBSCAN on cosine similarity.

DBSCAN and the linked threshold are cuts of a `NeighbourGraph`, which is built once and cut again
for every threshold. Nothing here recurses: a chain of any length is one cluster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.threads import single_threaded_algebra

FloatArray = NDArray[np.float32]
Labels = NDArray[np.int32]

NEIGHBOURS = 16
"""Neighbours kept per photo; `min_samples` up to one more than this is exact."""

NEAR_PHOTOS = 250
"""How many photos around it each photo of a large library is compared with, about."""

BATCH_FLOATS = 2_000_000
"""Similarities held at once of cells whose spanning trees are grown together, by each thread."""

MOST_THREADS = 8
GROUPS_PER_RESULT = 4


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """Who is similar to whom.

    ``ids`` and ``similarities`` are (n, q): the q nearest other photos of each photo, best
    first. ``first``, ``second`` and ``link`` are (e,): edges enough to keep the connected
    components right at every threshold.
    """

    ids: NDArray[np.int32]
    similarities: FloatArray
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    link: FloatArray

    @property
    def size(self) -> int:
        """The number of photos."""
        return len(self.ids)

    def core(self, min_samples: int) -> FloatArray:
        """Return (n,): the largest threshold at which each photo is a DBSCAN core photo."""
        if min_samples <= 1 or self.size == 0:
            return np.ones(self.size, np.float32)
        if min_samples > self.size:
            return np.full(self.size, -2.0, np.float32)
        return self.similarities[:, min(min_samples - 2, self.similarities.shape[1] - 1)]


def dense_graph(vectors: FloatArray) -> NeighbourGraph:
    """Build the exact graph of ``vectors`` (n, d) unit rows; needs n * n floats for a moment."""
    n = len(vectors)
    if n < 2:
        return _without_links(n)
    block = np.clip(vectors @ vectors.T, -1.0, 1.0)
    np.fill_diagonal(block, -np.inf)
    ids, similarities = top(block, min(NEIGHBOURS, n - 1))
    parents, links = spanning_trees(block[None])
    child = np.arange(1, n, dtype=np.int32)
    tree = _Edges()
    tree.add(child, parents[0, 1:].astype(np.int32), links[0, 1:])
    tree.add_neighbours(ids, similarities)
    return NeighbourGraph(ids, similarities, *tree.joined())


def cell_graph(
    vectors: FloatArray,
    cells: Labels,
    near: NDArray[np.int32],
    neighbours: int = NEIGHBOURS,
    pause: Callable[[], None] = lambda: None,
) -> NeighbourGraph:
    """Build the graph of many photos by looking only into nearby cells.

    ``vectors`` (n, d) are unit rows, ``cells`` (n,) says in which of c cells each photo lies and
    ``near`` (c, p) lists the cells nearest to each cell, itself first. Similarities are exact;
    a neighbour that lies in none of the near cells is missed. Edges are each photo's nearest
    neighbours, a spanning tree inside each cell and the best link of each pair of near cells.

    ``pause`` is called before each cell, from several threads; it may wait, and what it raises
    ends the building.
    """
    build = _CellGraph(vectors, cells, near, neighbours, pause)
    edges = _Edges()
    # A thread for each core that multiplies small blocks alone is quicker than one after the
    # other by all cores, and is not slowed down as much by whatever else is running.
    with (
        single_threaded_algebra(),
        ThreadPoolExecutor(min(_cores(), MOST_THREADS), "graph") as threads,
    ):
        for found in threads.map(build.look_into, build.batches()):
            edges.parts += found.parts
    edges.add_neighbours(build.ids, build.similarities)
    return NeighbourGraph(build.ids, build.similarities, *edges.joined())


class _CellGraph:
    """What the threads that build a graph share; each writes the rows of its own cells."""

    def __init__(
        self,
        vectors: FloatArray,
        cells: Labels,
        near: NDArray[np.int32],
        neighbours: int,
        pause: Callable[[], None],
    ) -> None:
        order = np.argsort(cells, kind="stable")
        bounds = np.searchsorted(cells[order], np.arange(1, len(near)))
        self.ids = np.zeros((len(vectors), neighbours), np.int32)
        self.similarities = np.full((len(vectors), neighbours), -np.inf, np.float32)
        self._vectors = vectors
        self._members = np.split(order.astype(np.int32), bounds)
        self._near = near
        self._pause = pause

    def batches(self) -> Iterator[list[int]]:
        """Cells of like size, so few together that their blocks stay small."""
        batch: list[int] = []
        for cell in sorted(range(len(self._members)), key=lambda c: len(self._members[c])):
            size = len(self._members[cell])
            if batch and (len(batch) + 1) * size * size > BATCH_FLOATS:
                yield batch
                batch = []
            if size:
                batch.append(cell)
        if batch:
            yield batch

    def look_into(self, batch: Sequence[int]) -> _Edges:
        """Find the neighbours of the photos in some cells; return the edges that are not theirs."""
        edges = _Edges()
        inner: list[tuple[NDArray[np.int32], FloatArray]] = []
        for cell in batch:
            self._pause()
            rows = self._members[cell]
            parts = [part for c in self._near[cell].tolist() if len(part := self._members[c])]
            columns = np.concatenate(parts)
            around = self._vectors[columns]
            block = around[: len(rows)] @ around.T
            np.clip(block, -1.0, 1.0, out=block)
            own = np.arange(len(rows))
            block[own, own] = -np.inf
            width = min(self.ids.shape[1], block.shape[1] - 1)
            if width > 0:
                picked, values = top(block, width)
                self.ids[rows, :width] = columns[picked]
                self.similarities[rows, :width] = values
            _add_bridges(edges, block, rows, columns, [len(part) for part in parts])
            if len(rows) > 1:
                inner.append((rows, block[:, : len(rows)].copy()))
        _add_trees(edges, inner)
        return edges


def linked(graph: NeighbourGraph, threshold: float) -> Labels:
    """Label connected photos, where an edge is a cosine of at least ``threshold``; -1 is alone."""
    labels = components(graph, graph.link >= threshold)
    alone = np.bincount(labels, minlength=1)[labels] == 1
    labels[alone] = -1
    return labels


def dbscan(graph: NeighbourGraph, threshold: float, min_samples: int) -> Labels:
    """Label by DBSCAN (Ester et al. 1996), (n,) with -1 for noise.

    A photo is core when ``min_samples`` photos, itself included, have a cosine of at least
    ``threshold`` to it. A border photo joins the most similar core photo.
    """
    core = graph.core(min_samples) >= threshold
    joined = (graph.link >= threshold) & core[graph.first] & core[graph.second]
    labels = components(graph, joined)
    labels[~core] = -1
    if graph.size and graph.ids.shape[1]:
        reach = np.where(
            core[graph.ids] & (graph.similarities >= threshold), graph.similarities, -np.inf
        )
        best = reach.argmax(axis=1)
        rows = np.arange(graph.size)
        border = ~core & np.isfinite(reach[rows, best])
        labels[border] = labels[graph.ids[border, best[border]]]
    return labels


def hdbscan(points: FloatArray, min_cluster_size: int, min_samples: int) -> Labels:
    """Label ``points`` (n, d) by HDBSCAN (Campello et al. 2013), -1 for noise."""
    n = len(points)
    size = max(2, min_cluster_size)
    if n < size or n < 3:
        return np.full(n, -1, np.int32)
    from sklearn.cluster import HDBSCAN

    model = HDBSCAN(
        min_cluster_size=size,
        min_samples=min(max(1, min_samples), n),
        metric="euclidean",
        copy=True,
    )
    return np.asarray(model.fit(points).labels_, np.int32)


def components(graph: NeighbourGraph, kept: NDArray[np.bool_]) -> Labels:
    """Label the connected components of the graph's ``kept`` edges, (n,) from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = graph.first[kept], graph.second[kept]
    n = graph.size
    adjacency = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    _, labels = connected_components(adjacency.tocsr(), directed=False)
    return np.asarray(labels, np.int32)


def spanning_trees(blocks: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Grow the maximum spanning tree of each of ``blocks`` (b, s, s), symmetric similarities.

    Prim's algorithm, all trees in step. Returns the parent of each node and the similarity to
    it, both (b, s); node 0 is the root. Padding is -inf and hangs on its parent by -inf.
    """
    count, size, _ = blocks.shape
    trees = np.arange(count)
    best = blocks[:, 0, :].copy()
    best[:, 0] = -np.inf
    parents = np.zeros((count, size), np.intp)
    links = np.full((count, size), -np.inf, np.float32)
    done = np.zeros((count, size), bool)
    done[:, 0] = True
    for _ in range(size - 1):
        node = np.where(done, -np.inf, best).argmax(axis=1)
        node = np.where(done[trees, node], np.argmin(done, axis=1), node)
        links[trees, node] = best[trees, node]
        done[trees, node] = True
        offered = blocks[trees, node]
        closer = (offered > best) & ~done
        best = np.where(closer, offered, best)
        parents[closer] = np.repeat(node, closer.sum(axis=1))
    return parents, links


def top(block: FloatArray, width: int) -> tuple[NDArray[np.int32], FloatArray]:
    """Return columns and values of the ``width`` largest entries of each row, best first.

    Entries are at most 1, and at least -1 or else -inf. Rows are first cut down to what is not
    below the ``width``-th largest of several columns' maxima, which leaves few.
    """
    n, columns = block.shape
    groups = GROUPS_PER_RESULT * width
    depth = columns // groups
    if depth < 2:
        picked = np.argpartition(-block, width - 1, axis=1)[:, :width]
        values = np.take_along_axis(block, picked, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        return (
            np.take_along_axis(picked, order, axis=1).astype(np.int32),
            np.take_along_axis(values, order, axis=1),
        )
    maxima = block[:, : depth * groups].reshape(n, depth, groups).max(axis=1)
    least = np.partition(maxima, groups - width, axis=1)[:, groups - width]
    places = np.flatnonzero(block >= least[:, None])
    rows = places // columns
    found = block.ravel()[places]
    # One sort for all rows: a row's values lie between its number times four, and the next row's.
    order = np.argsort(4.0 * rows - np.maximum(found, -2.0))
    starts = np.searchsorted(rows, np.arange(n))
    best = order[starts[:, None] + np.arange(width)]
    return (places[best] - columns * np.arange(n)[:, None]).astype(np.int32), found[best]


@dataclass(slots=True)
class _Edges:
    """Edges while they are collected."""

    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]] = field(
        default_factory=list
    )

    def add(self, first: NDArray[np.int32], second: NDArray[np.int32], link: FloatArray) -> None:
        real = np.isfinite(link)
        self.parts.append((first[real], second[real], link[real]))

    def add_neighbours(self, ids: NDArray[np.int32], similarities: FloatArray) -> None:
        rows = np.repeat(np.arange(len(ids), dtype=np.int32), ids.shape[1])
        columns, link = ids.ravel(), similarities.ravel()
        once = rows < columns
        again = np.flatnonzero(~once)
        once[again] = ~_mutual(ids, columns[again], rows[again])
        self.add(rows[once], columns[once], link[once])

    def joined(self) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
        if not self.parts:
            empty = np.zeros(0, np.int32)
            return empty, empty, np.zeros(0, np.float32)
        first, second, link = zip(*self.parts, strict=True)
        return np.concatenate(first), np.concatenate(second), np.concatenate(link)


def _mutual(
    ids: NDArray[np.int32], columns: NDArray[np.int32], rows: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Say for each pair whether the column's own neighbours hold the row."""
    return np.asarray((ids[columns] == rows[:, None]).any(axis=1))


def _add_bridges(
    edges: _Edges,
    block: FloatArray,
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    widths: Sequence[int],
) -> None:
    """Add the best link from a cell to each near cell; the first block column group is itself."""
    bounds = np.cumsum([0, *widths])
    best = block.max(axis=0)
    picked = np.array(
        [low + best[low:high].argmax() for low, high in pairwise(bounds[1:].tolist())], np.intp
    )
    nearest = rows[block[:, picked].argmax(axis=0)]
    edges.add(nearest, columns[picked], best[picked])


def _add_trees(edges: _Edges, inner: Sequence[tuple[NDArray[np.int32], FloatArray]]) -> None:
    """Add the spanning tree inside each cell, many cells of like size at once."""
    if not inner:
        return
    size = max(len(rows) for rows, _ in inner)
    blocks = np.full((len(inner), size, size), -np.inf, np.float32)
    for index, (rows, block) in enumerate(inner):
        blocks[index, : len(rows), : len(rows)] = block
    parents, links = spanning_trees(blocks)
    for (rows, _), parent, link in zip(inner, parents, links, strict=True):
        edges.add(rows[1:], rows[parent[1 : len(rows)]], link[1 : len(rows)])


def _without_links(n: int) -> NeighbourGraph:
    empty = np.zeros(0, np.int32)
    none = np.zeros(0, np.float32)
    return NeighbourGraph(
        np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32), empty, empty, none
    )


def _cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
