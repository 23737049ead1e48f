"""How long a clustering takes, against the budgets and against scikit-learn, in one run.

    python tests/benchmarks/bench_clustering.py [--quick]

Photos are a synthetic mixture: groups in a 48-dimensional latent space, turned into 512
dimensions, with noise. ARI is the agreement with the groups that made them. ``--quick`` leaves out
100,000 photos. Each time is the quickest of some rounds, so that a busy machine weighs less.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tui_selector.analysis.clustering import ClusterSpace
from tui_selector.analysis.kmeans import FloatArray, unit
from tui_selector.analysis.metrics import adjusted_rand_index
from tui_selector.analysis.suggest import suggest
from tui_selector.library.catalog.clusters import Algorithm, Clustering

T = TypeVar("T")
ROUNDS = 5
STEP_BUDGETS = {10_000: 0.3, 100_000: 1.5}
RECUT_BUDGET = 0.2


def mixture(n: int, groups: int) -> tuple[FloatArray, list[int]]:
    """Return (n, 512) unit rows and the group of each."""
    random = np.random.default_rng(0)
    turn = random.standard_normal((48, 512)).astype(np.float32) / np.sqrt(48)
    centres = random.standard_normal((groups, 48)).astype(np.float32)
    truth = random.integers(0, groups, n)
    latent = centres[truth] + 0.6 * random.standard_normal((n, 48)).astype(np.float32)
    rows = latent @ turn + 0.1 * random.standard_normal((n, 512)).astype(np.float32)
    return unit(rows), truth.tolist()


def timed(run: Callable[[], T], rounds: int = ROUNDS) -> tuple[float, T]:
    """Return the seconds of the quickest of some rounds, and what the last one gave."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def report(what: str, seconds: float, budget: float | None = None, note: str = "") -> None:
    share = f"{seconds / budget:5.2f} of {budget * 1e3:.0f} ms" if budget else ""
    print(f"  {what:<44}{seconds * 1e3:8.0f} ms  {share:<18}{note}")


def one_size(n: int, groups: int) -> None:
    vectors, truth = mixture(n, groups)
    print(f"{n} photos, {groups} groups")
    built, space = timed(lambda: ClusterSpace(vectors))
    report("build the space", built)
    asked = Clustering(k=groups)
    whole, grouping = timed(lambda: ClusterSpace(vectors).cluster(asked))
    ari = adjusted_rand_index(truth, grouping.labels.tolist())
    report("slider step: build and k-means", whole, STEP_BUDGETS[n], f"ARI {ari:.2f}")
    for k in (2, groups // 2, groups, groups * 2):
        seconds, _ = timed(lambda k=k: space.cluster(Clustering(k=k)))  # type: ignore[misc]
        report(f"re-cut, k-means K = {k}", seconds, RECUT_BUDGET)
    seconds, graph = timed(lambda: ClusterSpace(vectors).graph, rounds=1)
    report(
        "build the graph (DBSCAN, linked; once)", seconds - built, note=f"{len(graph.link)} edges"
    )
    assert space.graph.size == n
    density: tuple[Algorithm, ...] = ("linked", "dbscan", "hdbscan")
    for algorithm in density:
        params = Clustering(algorithm=algorithm, threshold=0.75)
        space.cluster(params)
        seconds, grouping = timed(lambda p=params: space.cluster(p))  # type: ignore[misc]
        ari = adjusted_rand_index(truth, grouping.labels.tolist())
        report(f"re-cut, {algorithm}", seconds, RECUT_BUDGET, f"ARI {ari:.2f}")
    everything: tuple[Algorithm, ...] = ("kmeans", *density)
    for algorithm in everything:
        seconds, found = timed(lambda a=algorithm: suggest(space, a), rounds=3)  # type: ignore[misc]
        report(f"suggest, {algorithm}", seconds, note=found.reason)
    seconds, _ = timed(lambda: grouping.assign(vectors[:100]))
    report("assign 100 new photos", seconds)
    if n <= 10_000:
        against_scikit_learn(vectors, truth, groups, whole)


def against_scikit_learn(vectors: FloatArray, truth: list[int], groups: int, ours: float) -> None:
    from sklearn.cluster import KMeans

    model = KMeans(groups, n_init=1, random_state=0)
    theirs, _ = timed(lambda: model.fit(vectors), rounds=1)
    ari = adjusted_rand_index(truth, model.labels_.tolist())
    report("scikit-learn KMeans, n_init=1", theirs, note=f"ARI {ari:.2f}")
    print(f"  build and k-means takes {ours / theirs:.3f} of scikit-learn's time")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="10,000 photos only")
    quick = options.parse_args().quick
    small, _ = mixture(4000, 20)
    ClusterSpace(small).cluster(Clustering(algorithm="hdbscan"))  # imports are not measured
    one_size(10_000, 100)
    if not quick:
        one_size(100_000, 300)


if __name__ == "__main__":
    main()
