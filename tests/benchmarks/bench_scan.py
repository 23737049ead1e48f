"""Re-opening an unchanged library: scan and comparison against the obvious loop.

    python tests/benchmarks/bench_scan.py [--photos 100000]

The peer walks the folder with `Path.rglob`, asks each file for its status, and compares that with
what the catalog knows. Printed are medians of interleaved rounds and the ratio; the limit for
100,000 photos is 1.5 s until everything is verified.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import big_catalog

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.reconcile import reconcile, reconcile_paths
from tui_selector.library.folder.scan import scan
from tui_selector.library.pictures.formats import IMAGE_SUFFIXES

ROUNDS = 5
LIMIT = 1.5


def plain(catalog: Catalog) -> int:
    """How many files are not as the catalog knows them, the obvious way."""
    known = catalog.photos.known()
    changed = 0
    for path in catalog.root.rglob("*"):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            status = path.stat()
            row = known.get(path.relative_to(catalog.root).as_posix())
            if row is None or row[1:] != (status.st_size, status.st_mtime_ns):
                changed += 1
    return changed


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--photos", type=int, default=100_000)
    photos = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = f"{folder}/data"
        paths = big_catalog.make(Path(folder) / "photos", photos, files=True)
        ours, scans, peers, events = [], [], [], []
        for _ in range(ROUNDS):
            with Catalog.open(paths) as catalog:
                start = time.perf_counter()
                seen = scan(catalog.root)
                scans.append(time.perf_counter() - start)
                changes = reconcile(catalog, seen)
                ours.append(time.perf_counter() - start)
                assert not changes, changes
                peers.append(seconds(partial(plain, catalog)))
                one = {seen.files[0].path}
                events.append(seconds(partial(reconcile_paths, catalog, catalog.root, one)))
        mine, peer = statistics.median(ours), statistics.median(peers)
        print(f"{photos:,} photos, medians of {ROUNDS} rounds")
        print(f"scan                 {statistics.median(scans):7.3f} s")
        print(f"scan and comparison  {mine:7.3f} s   {mine / LIMIT:.2f} of the limit")
        print(f"rglob and stat       {peer:7.3f} s   {mine / peer:.2f} of it is ours")
        print(f"one changed path     {statistics.median(events) * 1000:7.1f} ms")


if __name__ == "__main__":
    main()
