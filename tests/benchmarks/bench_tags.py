"""Tags of a large library: how long counting takes, and whether keys wait for it.

    python tests/benchmarks/bench_tags.py [--photos 100000] [--folder FOLDER]

A library is made up with about ten tags a photo out of a thousand. Counting is held against the
plainest statement over the same rows; keys are pressed while the panel of tags is opened, narrowed
and chosen in, and the longest time that the event loop did not answer is held against 50 ms: by
the clock, which other programs disturb, and by the processor time that its thread used meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

import big_catalog

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Tag
from tui_selector.paths import LibraryPaths, library_paths

#: What a key may take, seconds.
BUDGET = 0.05


def tag(paths: LibraryPaths, seed: int = 7) -> None:
    """Give every photo about ten tags."""
    chance = random.Random(seed)
    with Catalog.open(paths) as catalog:
        ids = list(catalog.tabs.photo_ids(View.ALL))
        for start in range(0, len(ids), 5000):
            with catalog.transaction():
                for id_ in ids[start : start + 5000]:
                    names = {min(int(chance.paretovariate(0.5)), 999) for _ in range(10)}
                    catalog.tags.set_program(
                        id_, [Tag(f"thing {n}", chance.uniform(0.1, 1), "model") for n in names]
                    )
        with catalog.transaction():
            for id_ in ids[:1000]:
                catalog.tags.set_verdict(id_, "mine", True)
                catalog.tags.set_verdict(id_, "thing 1", False)


def measure(paths: LibraryPaths) -> None:
    """Count in every way, beside the plainest count of the same rows."""

    def took(job: object) -> float:
        start = time.perf_counter()
        job()  # type: ignore[operator]
        return time.perf_counter() - start

    with Catalog.open(paths) as catalog:
        plain = "SELECT name, count(DISTINCT photo) FROM tags GROUP BY name"
        peer = min(took(lambda: catalog.connection.execute(plain).fetchall()) for _ in range(3))
        rows = catalog.connection.execute("SELECT count(*) FROM tags").fetchone()[0]
        tabs = [each.id for each in catalog.tabs.all() if each.id > 0]
        jobs = {
            "all": lambda: catalog.tags.counted(),
            "all, undecided": lambda: catalog.tags.counted(undecided=True),
            "one tab": lambda: catalog.tags.counted(tabs[0]),
            "photos with a frequent tag": lambda: catalog.tags.having("thing 2"),
        }
        print(f"{rows:,} tags; the plainest count of them takes {1000 * peer:.0f} ms")
        for name, job in jobs.items():
            best = min(took(job) for _ in range(3))
            print(f"  {name:<28} {1000 * best:6.0f} ms  {best / peer:5.2f} x the plainest count")


async def press(paths: LibraryPaths) -> None:
    """Use the panel, and tell how long the event loop was deaf at most."""
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.graphics.probe import TerminalGraphics
    from tui_selector.app.widgets.tag_list import TagList
    from tui_selector.settings import Settings

    app = SelectorApp(paths, Settings(), TerminalGraphics("off"), start_engine=False)
    gaps: list[float] = []
    work: list[float] = []

    async def listen() -> None:
        last, worked = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now, works = time.perf_counter(), time.thread_time()
            gaps.append(now - last)
            work.append(works - worked)
            last, worked = now, works

    async with app.run_test(size=(140, 40)) as pilot:
        while app.album is None or not len(app.album):
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        listener = asyncio.create_task(listen())
        for keys, what in (
            ((*"jjjj",), "moving, no panel"),
            (("#", *["escape", *"jjjj"] * 2), "opening the panel and moving"),
            (("#", *"thing 12"), "narrowing"),
            (("enter",), "choosing a tag"),
            (("enter",), "excluding it"),
            (("down", "+", "+", "+"), "moving its threshold"),
        ):
            gaps.clear()
            work.clear()
            for key in keys:
                await pilot.press(key)
            end = time.perf_counter() + 3
            while time.perf_counter() < end:
                await asyncio.sleep(0.02)
            worst, busy = max(gaps), max(work)
            print(
                f"  {what:<30} longest silence {1000 * worst:4.0f} ms"
                f" ({worst / BUDGET:4.2f} x the budget), of its own work {1000 * busy:4.0f} ms"
                f" ({busy / BUDGET:4.2f} x), {sum(each > BUDGET for each in work)} over it"
            )
        print(f"  the list has {len(app.screen.query_one(TagList).rows):,} rows at the end")
        listener.cancel()
    app.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the library here and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = options.folder or Path(made)
        for name in ("DATA", "CACHE", "STATE", "RUNTIME"):
            suffix = "DIR" if name == "RUNTIME" else "HOME"
            os.environ[f"XDG_{name}_{suffix}"] = str(home / name.lower())
        paths = library_paths(home / "album")
        if not paths.catalog.exists():
            big_catalog.make(home / "album", options.photos)
            tag(paths)
        measure(paths)
        asyncio.run(press(paths))


if __name__ == "__main__":
    main()
