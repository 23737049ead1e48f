"""How long tags and filters take on a large library.

    python tests/benchmarks/bench_filters.py [--photos 100000]

The peer is reading the library's album, every photo's id in order (`TabTable.photo_ids`), in the
same run. Each is run several times and the quickest counts. A usual query, one that keeps up to a
fifth of the photos, has 20 ms for 100,000 photos; those that keep more are shown beside them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import big_catalog

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.search.filters import matching
from tui_selector.search.language import parse

LIMIT_MS, USUAL_SHARE = 20.0, 0.2
QUERIES = (
    "#dog",
    "#dog|cat|bird",
    "-#dog",
    "rating>=4",
    "flag:pick",
    "date:2024-02",
    "date:..2024-01-20",
    "camera:x100",
    "-camera:x100",
    "type:raw",
    "near:52.52,13.40,2",
    "in:Singles",
    "has:gps",
    "orientation:landscape",
    "name:IMG_0000*",
    "#dog rating>=4 date:2024-01..2024-02",
)
#: Every photo gets a camera, a clock and stars, every second one a place.
FACTS = """
    UPDATE metadata SET facts = json_object(
        'camera', CASE photo % 6 WHEN 0 THEN 'FUJIFILM X100V' ELSE 'Canon EOS R' || (photo % 6) END,
        'taken', 1704067200 + photo * 60,
        'taken_offset', 60,
        'latitude', CASE photo % 2 WHEN 0 THEN 52.4 + (photo * 7919 % 1000) * 0.0002 END,
        'longitude', CASE photo % 2 WHEN 0 THEN 13.3 + (photo * 104729 % 1000) * 0.0002 END
    )
"""


def quickest(ask: Callable[[], Sequence[int]], times: int = 7) -> tuple[Sequence[int], float]:
    """What `ask` returns, and the milliseconds of its quickest run."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        answer = ask()
        best = min(best, (time.perf_counter() - start) * 1e3)
    return answer, best


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--photos", type=int, default=100_000)
    photos = arguments.parse_args().photos
    with tempfile.TemporaryDirectory() as folder:
        paths = big_catalog.make(Path(folder) / "album", photos)
        with Catalog.open(paths) as catalog:
            with catalog.transaction():
                catalog.connection.execute(FACTS)
                catalog.connection.execute("UPDATE photos SET rating = id % 12 % 6")
            _, peer = quickest(lambda: catalog.tabs.photo_ids(View.ALL))
            print(f"{'every id in order (peer)':40} {photos:>8} photos {peer:8.1f} ms")
            for text in QUERIES:
                query = parse(text)
                found, took = quickest(lambda query=query: matching(catalog, query))
                usual = len(found) <= USUAL_SHARE * photos
                print(
                    f"{text:40} {len(found):>8} photos {took:8.1f} ms {took / peer:6.2f}x"
                    + (f"  limit {LIMIT_MS:.0f} ms" if usual else "")
                )


if __name__ == "__main__":
    main()
