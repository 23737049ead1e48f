"""How well `tui-selector clusters FOLDER -k K --json` finds labelled classes, by the whole command.

    python tests/benchmarks/bench_clusters.py FOLDER...

Each folder holds photos and a labels.csv with the columns file and class. Printed are the accuracy
under the best one-to-one matching of clusters to classes (Kuhn 1955), beside the limit where this
project has set itself one.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

LIMITS = {"corel": 0.97, "caltech": 0.97, "clothing": 0.62}


def accuracy(truth: dict[str, str], found: dict[str, int]) -> float:
    """The share of labelled photos whose cluster is matched to their class."""
    classes = sorted(set(truth.values()))
    clusters = sorted(set(found.values()))
    counts = Counter((found[name], truth[name]) for name in truth if name in found)
    table = np.array([[counts[cluster, kind] for kind in classes] for cluster in clusters])
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum()) / len(truth)


def main(folders: list[str]) -> None:
    for folder in map(Path, folders):
        with (folder / "labels.csv").open(newline="") as file:
            truth = {row["file"]: row["class"] for row in csv.DictReader(file)}
        k = len(set(truth.values()))
        with tempfile.TemporaryDirectory() as copy:
            for name in truth:
                shutil.copy(folder / name, copy)
            command = [sys.executable, "-m", "tui_selector"]
            answer = subprocess.run(
                [*command, "clusters", copy, "-k", str(k), "--json"],
                capture_output=True,
                text=True,
                check=True,
            )
            subprocess.run([*command, "engine", "stop", copy], check=True, capture_output=True)
        groups = json.loads(answer.stdout)
        found = {
            photo["path"]: number
            for number, group in enumerate(groups["clusters"])
            for photo in group["photos"]
        }
        found |= {photo["path"]: -1 - n for n, photo in enumerate(groups["singles"])}
        limit = LIMITS.get(folder.name)
        print(
            f"{folder.name:<12} K={k:<4} ACC {accuracy(truth, found):.3f}"
            + (f"  limit {limit:.2f}" if limit else "")
            + f"  ({len(found)} of {len(truth)} photos)"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
