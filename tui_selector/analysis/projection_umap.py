"""Maps by UMAP, where umap-learn is installed (McInnes, Healy and Melville 2018).

It runs in a process of its own: compiling it takes up to a minute, in which a thread would keep
every other thread of the process from its turn.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tui_selector.analysis.kmeans import FloatArray

#: As users of Bulk Image Clustering know it, but for the metric: points are centred already.
NEIGHBOURS, NEAREST = 15, 0.01

#: Seconds between two looks at whether it is done.
_LOOK = 0.05


class UmapError(Exception):
    """UMAP is not there, or has failed; the message is a sentence."""


def obstacle() -> str:
    """Why there is no UMAP here, in a sentence; "" where there is."""
    if find_spec("umap") is not None:
        return ""
    return "UMAP is not installed here (pip install 'tui-selector[umap]'); this is PaCMAP."


def umap(points: FloatArray, folder: Path, seed: int = 0) -> Generator[None, None, FloatArray]:
    """Lay out a map in another process, which ends with this generator.

    Args:
        points: (n, r) float32.
        folder: Where files may be made meanwhile.
        seed: The same one gives the same map.

    Returns:
        (n, 2) float32, when the generator ends.

    Raises:
        UmapError: It has failed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="umap-") as work:
        given, made = Path(work) / "points.npy", Path(work) / "places.npy"
        np.save(given, points)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(given), str(made), str(seed)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            while True:
                try:
                    process.wait(_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    yield
        finally:
            if process.poll() is None:
                process.kill()
            _, said = process.communicate()
        if process.returncode:
            last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise UmapError(f"UMAP has failed ({last}); this is PaCMAP.")
        return np.asarray(np.load(made, allow_pickle=False), np.float32)


def main(given: str, made: str, seed: str) -> None:
    """Lay out the points of one file into another."""
    import umap as learn

    points = np.load(given, allow_pickle=False)
    mapper = learn.UMAP(
        n_neighbors=min(NEIGHBOURS, len(points) - 1),
        min_dist=NEAREST,
        random_state=int(seed),
        n_jobs=1,
        # The spectral start needs more points than dimensions to look for.
        init="spectral" if len(points) > 2 * NEIGHBOURS else "random",
    )
    np.save(made, mapper.fit_transform(points).astype(np.float32))


if __name__ == "__main__":
    main(*sys.argv[1:])
