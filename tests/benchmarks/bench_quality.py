"""What measuring quality costs against indexing with the built-in model, on the same files.

    python tests/benchmarks/bench_quality.py [--small N] [--large N] [--rounds N]

Indexing is run as it is and with the measuring left out, in turns; what is compared is processor
time, as other programs may use the machine too. The budget is 15 % of indexing. The closer look
(faces, fine detail), which the engine takes while it is idle, is told apart. Last, all signals of
100,000 photos are read into columns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from bench_indexing import write_files

from tui_selector import paths
from tui_selector.analysis.quality import close, measure
from tui_selector.analysis.similar.hashing import HASH_BYTES
from tui_selector.engine import measuring
from tui_selector.engine.pipeline import Item, process
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found, Indexed
from tui_selector.library.photo import Kind
from tui_selector.library.pictures.decode import decode
from tui_selector.library.quality import Quality
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin

BUDGET = 0.15
BATCH = 8
PHOTOS = 100_000


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Leave out the signals, the fingerprint or both."""
    with (
        patch.object(measuring.measure, "measure", lambda *_: measuring.UNKNOWN)
        if "signals" in names
        else patch.object(measuring, "VERSION", measuring.VERSION),
        patch.object(measuring, "hash_of", lambda _: measuring.UNRECOGNISED)
        if "fingerprint" in names
        else patch.object(measuring, "HASH_BYTES", HASH_BYTES),
    ):
        yield


def seconds(action: Callable[[], object]) -> float:
    """Processor time of this thread."""
    began = time.thread_time()
    action()
    return time.thread_time() - began


def compare(name: str, files: list[Path], embedder: BuiltinEmbedder, rounds: int) -> None:
    items = [
        Item(number, path, Kind.IMAGE, path.stat().st_size) for number, path in enumerate(files)
    ]
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]

    def index() -> None:
        for batch in batches:
            process(batch, embedder)

    index()
    times: dict[str, list[float]] = {"neither": [], "fingerprint": [], "both": []}
    for _ in range(rounds):
        with without("signals", "fingerprint"):
            times["neither"].append(seconds(index))
        with without("signals"):
            times["fingerprint"].append(seconds(index))
        times["both"].append(seconds(index))
    bare, printed, whole = (1000 * statistics.median(t) / len(files) for t in times.values())
    share = (whole - printed) / bare
    verdict = "within" if share <= BUDGET else "OVER"
    print(f"{name}: indexing {bare:.1f} ms a photo without quality")
    print(f"  fingerprint  {printed - bare:+6.2f} ms  {100 * (printed - bare) / bare:4.1f} %")
    print(
        f"  quality      {whole - printed:+6.2f} ms  {100 * share:4.1f} %  "
        f"{verdict} the budget of {100 * BUDGET:.0f} %"
    )

    def look() -> None:
        for path in files[:BATCH]:
            image = decode(path, longest=close.SIDE).image
            close.look_closely(measure.measure(image), image)

    print(f"  closer look   {1000 * seconds(look) / BATCH:5.1f} ms a photo, while idle")


def read_columns(folder: Path) -> None:
    """Time to read the signals of a large library, against reading its photos' rows."""
    library = paths.LibraryPaths(folder, "bench", *(folder / name for name in "dcsr"))
    with Catalog.open(library) as catalog:
        with catalog.transaction():
            ids = catalog.photos.add(
                Found(path=f"{number}.jpg", size=1, mtime_ns=0, kind=Kind.IMAGE)
                for number in range(PHOTOS)
            )
            catalog.photos.store_indexed(
                Indexed(
                    id=id_,
                    size=1,
                    mtime_ns=0,
                    hash=id_.to_bytes(16, "big"),
                    width=1,
                    height=1,
                    taken=None,
                    metadata="{}",
                    tags=(),
                )
                for id_ in ids
            )
            quality = Quality(width=4000, height=3000, side=480, sharpness=1.0)
            for id_ in ids:
                catalog.qualities.store(id_.to_bytes(16, "big"), "1", quality, bytes(HASH_BYTES))
        began = time.perf_counter()
        columns = catalog.qualities.columns()
        took = time.perf_counter() - began
        began = time.perf_counter()
        rows = sum(1 for _ in catalog.photos.all())
        other = time.perf_counter() - began
        assert len(columns.photos) == rows == PHOTOS
        print(f"columns of {PHOTOS:,} photos: {took:.2f} s, {took / other:.2f}x their rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--small", type=int, default=64)
    parser.add_argument("--large", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    embedder = load_builtin(paths.models_cache(), "cpu")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        small = write_files(folder / "small", arguments.small, (500, 375), 95)
        compare("small (500 x 375)", small, embedder, arguments.rounds)
        large = write_files(folder / "large", arguments.large, (4000, 3000), 92)
        compare("large (4000 x 3000)", large, embedder, arguments.rounds)
        read_columns(folder)


if __name__ == "__main__":
    main()
