"""An index that compares a few dimensions first.

The rows are turned so that their first dimensions hold most of what tells them apart (principal
components, about the origin, because scalar products are what counts). A query is compared with
those few of every row, and only the best rows are compared whole.
"""

from __future__ import annotations

import numpy as np

from tui_selector.search.index import Hits, InMemory, Kind, Rows, best, few, products, search_among

#: Dimensions that are compared first; the fewest are taken that reach `_RECALL`.
_WIDTHS = (64, 128, 256)
#: Least share of the ten nearest rows that must be among the candidates, measured on rows of the
#: library itself.
_RECALL = 0.99
#: Rows that the measurement asks for, and from which the turn is computed.
_ASKED, _SAMPLE = 200, 20_000
#: Rows that are compared whole: so many for each wanted row, and at least so many.
_CANDIDATES, _LEAST_CANDIDATES = 4, 200


class RotatedIndex(InMemory):
    """Principal components, then exact scores of the best rows.

    Attributes:
        width: How many dimensions are compared first.
    """

    kind: Kind = "rotated"

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        matrix = rows.matrix
        sample = matrix[:: max(1, len(matrix) // _SAMPLE)]
        moments = sample.T.astype(np.float64) @ sample
        # Ascending by how much of the vectors' length lies along each axis.
        axes = np.linalg.eigh(moments)[1][:, ::-1].astype(np.float32)
        for self.width in _WIDTHS:
            self._axes = np.ascontiguousarray(axes[:, : self.width])
            self._turned = Rows(matrix @ self._axes)
            if self.width >= matrix.shape[1] or self._recall() >= _RECALL:
                break

    def add(self, vectors: np.ndarray) -> None:
        self._rows.append(vectors)
        self._turned.append(vectors @ self._axes)

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Hits:
        matrix = self._rows.matrix
        if allowed is not None and few(allowed):
            return search_among(matrix, queries, k, np.flatnonzero(allowed))
        coarse = products(self._turned.matrix, queries @ self._axes)
        if allowed is not None:
            coarse[:, ~allowed] = -np.inf
        wanted = min(max(_CANDIDATES * k, _LEAST_CANDIDATES), len(matrix))
        rows = np.argpartition(coarse, len(matrix) - wanted, axis=1)[:, -wanted:]
        scores = np.stack(
            [matrix[few_rows] @ query for few_rows, query in zip(rows, queries, strict=True)]
        )
        scores[np.isneginf(np.take_along_axis(coarse, rows, axis=1))] = -np.inf
        hits = best(scores, k)
        found = np.take_along_axis(rows, np.maximum(hits.rows, 0), axis=1)
        return Hits(np.where(hits.rows >= 0, found, -1), hits.scores)

    def _recall(self) -> float:
        """Share of the ten nearest rows that the search finds, over some rows of its own."""
        from tui_selector.search.index import recall

        matrix = self._rows.matrix
        asked = matrix[:: max(1, len(matrix) // _ASKED)][:_ASKED]
        return recall(self.search(asked, 10), best(products(matrix, asked), 10))
