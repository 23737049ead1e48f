"""What the user asks of a clustering, shared by the catalog, the engine and the terminal."""

from __future__ import annotations

from math import isnan
from typing import Literal

import msgspec

Algorithm = Literal["kmeans", "dbscan", "linked", "hdbscan"]
Leftovers = Literal["singles", "nearest", "each"]
Space = Literal["vectors", "map"]


class Clustering(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm and its parameters.

    ``k`` is the number of clusters (k-means). ``threshold`` is a cosine similarity in [-1, 1]:
    the neighbourhood of DBSCAN, the link of ``linked``; larger is tighter. ``None`` in either
    means "use the suggested value". ``min_samples`` counts the photo itself (DBSCAN, HDBSCAN).
    ``leftovers`` says where photos go that no cluster wants: to *Singles*, to the nearest
    cluster, or to a cluster each. ``space`` says what is near: photos whose vectors are alike, or
    photos that lie close on the map; a threshold on the map is the cosine of its features.
    """

    algorithm: Algorithm = "kmeans"
    k: int | None = None
    threshold: float | None = None
    min_samples: int = 3
    min_cluster_size: int = 5
    leftovers: Leftovers = "singles"
    seed: int = 0
    space: Space = "vectors"

    def validate(self, n: int) -> str | None:
        """Return one sentence on what is wrong for a library of ``n`` photos, or None.

        A ``k`` above the number of photos is not an error: the clustering lowers it to the
        number of distinct photos and says so.
        """
        if n < 0:
            return f"A library cannot hold {n} photos."
        if self.k is not None and self.k < 1:
            return f"K must be 1 or more, not {self.k}."
        if self.threshold is not None and (
            isnan(self.threshold) or not -1.0 <= self.threshold <= 1.0
        ):
            return (
                f"The threshold is a cosine similarity and must lie between -1 and 1, "
                f"not {self.threshold:g}."
            )
        if self.min_samples < 1:
            return f"The minimum of samples must be 1 or more, not {self.min_samples}."
        if self.min_cluster_size < 2:
            return f"The smallest cluster must have 2 photos or more, not {self.min_cluster_size}."
        if self.seed < 0:
            return f"The seed must be 0 or more, not {self.seed}."
        return None
