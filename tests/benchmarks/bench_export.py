"""How long it takes to plan and to write exports and sidecars, beside the plain way.

    python tests/benchmarks/bench_export.py [--photos 2000]

Copies are compared with `shutil.copy2` and an fsync of each file, sidecars with writing the same
bytes as plainly; an export of a table with reading the same rows. Ratios are of one run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plainly(sources: list[Path], folder: Path) -> None:
    folder.mkdir()
    for source in sources:
        with Path(shutil.copy2(source, folder)).open("rb") as copy:
            os.fsync(copy.fileno())


def write_plainly(sources: list[Path], folder: Path) -> None:
    folder.mkdir()
    for source in sources:
        with (folder / source.name).open("wb") as stream:
            stream.write(source.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())


def measure(home: Path, count: int) -> None:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.catalog.photo_table import Found
    from tui_selector.library.decisions.decisions import Decisions
    from tui_selector.library.export.execution import export
    from tui_selector.library.export.planning import plan_export
    from tui_selector.library.photo import Kind
    from tui_selector.library.xmp.sidecars import read_sidecars, sidecars_of, write_sidecars
    from tui_selector.paths import library_paths

    root = home / "album"
    root.mkdir()
    places = [root / f"{number:05}.jpg" for number in range(count)]
    for place in places:
        place.write_bytes(os.urandom(100_000))
    with Catalog.open(library_paths(root)) as catalog:
        with catalog.transaction():
            ids = catalog.photos.add(
                Found(
                    path=place.name,
                    size=100_000,
                    mtime_ns=place.stat().st_mtime_ns,
                    kind=Kind.IMAGE,
                )
                for place in places
            )
        Decisions(catalog).rate(ids, 3)
        planned = timed(lambda: plan_export(catalog, ids, home / "out", "copy"))
        print(f"plan {count:,} photos: {planned:.2f} s")
        plain = timed(lambda: plainly(places, home / "plain"))
        plan = plan_export(catalog, ids, home / "out", "copy")
        copied = timed(lambda: export(catalog, plan))
        print(f"copy: {copied:.2f} s, {copied / plain:.2f}x copy2 and fsync ({plain:.2f} s)")
        again = plan_export(catalog, ids, home / "out", "copy")
        print(f"the same again: {timed(lambda: export(catalog, again)):.2f} s")
        for form in ("csv", "jsonl"):
            table = plan_export(catalog, ids, home / f"a.{form}", form)  # type: ignore[arg-type]
            print(f"{form}: {timed(lambda table=table: export(catalog, table)):.2f} s")
        written = timed(lambda: write_sidecars(catalog, ids))
        sidecars = sorted(root.glob("*.xmp"))
        plain = timed(lambda: write_plainly(sidecars, home / "sidecars"))
        print(f"write sidecars: {written:.2f} s, {written / plain:.2f}x plain ({plain:.2f} s)")
        print(f"write them again: {timed(lambda: write_sidecars(catalog, ids)):.2f} s")
        read = timed(lambda: read_sidecars(catalog, sidecars_of(catalog, ids)))
        print(f"read sidecars: {read:.2f} s, {1000 * read / count:.2f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
            folder = Path(home) / "xdg" / name
            folder.mkdir(mode=0o700, parents=True)
            os.environ[f"XDG_{name}"] = str(folder)
        measure(Path(home), arguments.photos)


if __name__ == "__main__":
    main()
