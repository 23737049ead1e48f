"""Indexes of faiss: a navigable graph (HNSW, Malkov and Yashunin 2018) and inverted lists."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from tui_selector.search.index import Hits, InMemory, Kind, Rows, few, search_among

#: The type stubs of faiss lack the parameters of a search.
_faiss: Any = faiss

#: Links of a node of the graph, and how many neighbours are looked at for each when it is built.
_LINKS, _BUILDING = 32, 100
#: Neighbours that a search of the graph looks at, for each wanted row and at least.
_LOOKING, _LEAST_LOOKING = 4, 96
#: Lists for each square root of the number of rows (faiss' guideline), and which share of them a
#: search reads.
_LISTS, _READ = 4, 0.04
#: Fewest rows that a list is trained on, by faiss' own measure.
_TRAINED = 39


class FaissIndex(InMemory):
    """A graph or inverted lists, searched by scalar product."""

    def __init__(self, rows: Rows, kind: Kind) -> None:
        """Build over the rows, a minute for each 100,000 or so on one core.

        Args:
            rows: What to search; kept for searches among few rows.
            kind: "hnsw" or "faiss-ivf".
        """
        self.kind = kind
        super().__init__(rows)
        matrix = rows.matrix
        size, dimensions = matrix.shape
        if kind == "hnsw":
            self._index: Any = faiss.IndexHNSWFlat(dimensions, _LINKS, faiss.METRIC_INNER_PRODUCT)
            self._index.hnsw.efConstruction = _BUILDING
        else:
            self._lists = max(1, min(int(_LISTS * size**0.5), size // _TRAINED))
            self._quantizer = faiss.IndexFlatIP(dimensions)
            self._index = faiss.IndexIVFFlat(
                self._quantizer, dimensions, self._lists, faiss.METRIC_INNER_PRODUCT
            )
            if size:
                self._index.train(matrix)
        if size:
            self._index.add(matrix)

    def add(self, vectors: np.ndarray) -> None:
        self._rows.append(vectors)
        rows = np.ascontiguousarray(vectors, np.float32)
        if not self._index.is_trained:
            self._index.train(rows)
        self._index.add(rows)

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Hits:
        matrix = self._rows.matrix
        if allowed is not None and few(allowed):
            return search_among(matrix, queries, k, np.flatnonzero(allowed))
        selector = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = _faiss.IDSelectorBitmap(bits)
        share = 1.0 if allowed is None else float(allowed.mean())
        scores, rows = self._index.search(
            np.ascontiguousarray(queries, np.float32),
            k,
            params=self._parameters(k, selector, share),
        )
        scores = np.where(rows >= 0, scores, -np.float32(np.inf))
        # A walk through the graph can end before it has met k rows that are allowed.
        there = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if (np.count_nonzero(rows >= 0, axis=1) < min(k, there)).any():
            among = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
            return search_among(matrix, queries, k, among)
        return Hits(rows, scores)

    def _parameters(self, k: int, selector: Any, share: float) -> Any:
        """How far to look: the further, the smaller the share of the rows that is allowed."""
        chosen = {"sel": selector} if selector is not None else {}
        if self.kind == "hnsw":
            looking = max(_LOOKING * k, _LEAST_LOOKING)
            return _faiss.SearchParametersHNSW(efSearch=int(looking / share), **chosen)
        read = max(8, int(_READ * self._lists / share))
        return _faiss.SearchParametersIVF(nprobe=min(read, self._lists), **chosen)
