"""Finding the nearest of many vectors: the interface, the exact index, and which index is taken.

An index holds rows, numbered in the order in which they were added, and never forgets one: what a
search may return is said with each search (`allowed`), so photos that were deleted and photos that
a filter leaves out are the same thing, and a filtered search still returns k. Indexes know neither
files nor photos.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import numpy as np

Kind = Literal["exact", "rotated", "hnsw", "faiss-ivf"]
#: What a setting may say.
Choice = Literal["auto", "exact", "rotated", "hnsw", "faiss-ivf"]

#: Up to so many bytes of float32 vectors, exact search is instant: one core reads some 10 GB/s, so
#: a query takes 27 ms (130,000 rows of 512).
EXACT_BYTES = 1 << 28

#: A search among at most this share of the rows looks at those rows alone, exactly.
FEW = 0.1


class Hits(NamedTuple):
    """The nearest rows of m queries, best first.

    Attributes:
        rows: (m, k) int64; -1 where fewer than k rows are allowed.
        scores: (m, k) float32, cosine; -inf where the row is -1.
    """

    rows: np.ndarray
    scores: np.ndarray


class Index(Protocol):
    """Vectors that can be searched. One thread at a time may use an index."""

    @property
    def kind(self) -> Kind: ...

    @property
    def vectors(self) -> np.ndarray:
        """Every row, (n, d) float32."""
        ...

    def __len__(self) -> int: ...

    def add(self, vectors: np.ndarray) -> None:
        """Append rows, (n, d) float32, unit length."""
        ...

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Hits:
        """Find the nearest rows.

        Args:
            queries: (m, d) float32, unit rows.
            k: How many rows to return for each query, at least 1.
            allowed: (n,) bool, which rows may be returned; None allows all.
        """
        ...

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The exact cosine of one query (d,) with these rows (r,), float32."""
        ...


class Rows:
    """A matrix that grows at its end without being copied each time."""

    def __init__(self, vectors: np.ndarray) -> None:
        """Hold (n, d) float32."""
        self._room = np.ascontiguousarray(vectors, np.float32)
        self._count = len(vectors)

    def __len__(self) -> int:
        return self._count

    @property
    def matrix(self) -> np.ndarray:
        """(n, d) float32; a view that `append` may leave behind."""
        return self._room[: self._count]

    def append(self, vectors: np.ndarray) -> None:
        """Put (n, d) float32 at the end."""
        end = self._count + len(vectors)
        if end > len(self._room):
            room = np.empty((max(end, len(self._room) * 5 // 4), self._room.shape[1]), np.float32)
            room[: self._count] = self.matrix
            self._room = room
        self._room[self._count : end] = vectors
        self._count = end


class InMemory:
    """What every index in memory does alike.

    Attributes:
        vectors: (n, d) float32, unit rows.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def vectors(self) -> np.ndarray:
        return self._rows.matrix

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See `Index.scores`."""
        matrix = self._rows.matrix
        # To gather many rows costs more than to multiply all of them.
        if len(rows) > FEW * len(matrix):
            return np.asarray((matrix @ query)[rows])
        return np.asarray(matrix[rows] @ query)


class ExactIndex(InMemory):
    """Compares a query with every row: one pass over the matrix, then a partial sort."""

    kind: Kind = "exact"

    def add(self, vectors: np.ndarray) -> None:
        self._rows.append(vectors)

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Hits:
        matrix = self._rows.matrix
        if allowed is not None and few(allowed):
            return search_among(matrix, queries, k, np.flatnonzero(allowed))
        return best(products(matrix, queries), k, allowed)


def few(allowed: np.ndarray) -> bool:
    """Whether so few rows are allowed that it is quickest to look at each of them."""
    return int(np.count_nonzero(allowed)) <= FEW * len(allowed)


def products(matrix: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Scalar products of every query with every row, (m, n) float32.

    A single query goes through the matrix-vector product, which reads the matrix once at the speed
    of the memory.
    """
    if len(queries) == 1:
        return np.asarray((matrix @ queries[0])[None])
    return np.asarray(queries @ matrix.T)


def best(scores: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Hits:
    """The k best columns of (m, n) scores, which are overwritten where they are not allowed."""
    if allowed is not None:
        scores[:, ~allowed] = -np.inf
    taken = min(k, scores.shape[1])
    if taken == 0:
        return _padded(np.empty((len(scores), 0), np.int64), scores[:, :0], k)
    rows = np.argpartition(scores, scores.shape[1] - taken, axis=1)[:, -taken:]
    found = np.take_along_axis(scores, rows, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    rows = np.take_along_axis(rows, order, axis=1).astype(np.int64)
    found = np.take_along_axis(found, order, axis=1)
    rows[np.isneginf(found)] = -1
    return _padded(rows, found, k)


def search_among(matrix: np.ndarray, queries: np.ndarray, k: int, rows: np.ndarray) -> Hits:
    """The k nearest of some rows, exactly.

    Args:
        matrix: (n, d) float32.
        queries: (m, d) float32.
        k: How many.
        rows: Which rows, ascending.
    """
    hits = best(products(matrix[rows], queries), k)
    if not len(rows):
        return hits
    return Hits(np.where(hits.rows >= 0, rows[hits.rows], -1), hits.scores)


def _padded(rows: np.ndarray, scores: np.ndarray, k: int) -> Hits:
    lacking = k - rows.shape[1]
    if lacking <= 0:
        return Hits(rows, scores)
    edges = ((0, 0), (0, lacking))
    return Hits(
        np.pad(rows, edges, constant_values=-1), np.pad(scores, edges, constant_values=-np.inf)
    )


def recall(found: Hits, exact: Hits) -> float:
    """Mean share of the exact hits that were found, 0 to 1."""
    shares = [
        len(np.intersect1d(ours, truth[truth >= 0])) / max(int(np.count_nonzero(truth >= 0)), 1)
        for ours, truth in zip(found.rows, exact.rows, strict=True)
    ]
    return float(np.mean(shares)) if shares else 1.0


def choose(rows: int, dimensions: int, wish: Choice) -> Kind:
    """Which index a library of so many vectors gets."""
    if wish != "auto":
        return wish
    return "exact" if 4 * rows * dimensions <= EXACT_BYTES else "rotated"


def build(kind: Kind, vectors: np.ndarray) -> Index:
    """Build an index of (n, d) float32 unit rows.

    The rotated index shares the matrix; those of faiss keep a copy of their own.
    """
    rows = Rows(vectors)
    if kind == "rotated":
        from tui_selector.search.rotated import RotatedIndex

        return RotatedIndex(rows)
    if kind in ("hnsw", "faiss-ivf"):
        from tui_selector.search.approximate import FaissIndex

        return FaissIndex(rows, kind)
    return ExactIndex(rows)
