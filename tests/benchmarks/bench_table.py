"""The table, the timeline and the list of kinds over a large library: how long each takes.

    python tests/benchmarks/bench_table.py [--photos 100000] [--folder FOLDER]

Keys are put into an application without a terminal. Opening the table is held against 300 ms,
showing other photos or another order against 500 ms, until the rows are drawn. Meanwhile the event
loop is watched: the longest time that it did not answer is held against 50 ms, by the clock, which
other programs disturb, and by the processor time that its thread used meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import big_catalog

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths, library_paths

#: What opening and what another order may take, and how long a key may wait, seconds.
OPENING, SHOWING, KEY = 0.3, 0.5, 0.05


class Ear:
    """Listens to the event loop."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.work: list[float] = []

    async def listen(self) -> None:
        last, worked = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now, works = time.perf_counter(), time.thread_time()
            self.gaps.append(now - last)
            self.work.append(works - worked)
            last, worked = now, works

    def tell(self) -> str:
        worst, busy = max(self.gaps), max(self.work)
        self.gaps.clear()
        self.work.clear()
        return (
            f"silent {1000 * worst:4.0f} ms ({worst / KEY:4.2f} x),"
            f" of its own work {1000 * busy:3.0f} ms ({busy / KEY:4.2f} x)"
        )


def plainest(paths: LibraryPaths) -> float:
    """Seconds that the plainest statement takes that tells all photos in another order."""
    found = []
    with Catalog.open(paths) as catalog:
        for _ in range(3):
            begin = time.perf_counter()
            catalog.connection.execute("SELECT id FROM photos ORDER BY size, sort_key").fetchall()
            found.append(time.perf_counter() - begin)
    return min(found)


async def measure(paths: LibraryPaths) -> None:
    from textual import events
    from textual.keys import _character_to_key

    from tui_selector.app.app import SelectorApp
    from tui_selector.app.graphics.probe import TerminalGraphics
    from tui_selector.settings import Settings

    app = SelectorApp(paths, Settings(), TerminalGraphics("off"), start_engine=False)
    async with app.run_test(size=(150, 45)):
        while app.album is None or not len(app.album):
            await asyncio.sleep(0.01)
        await asyncio.sleep(2)
        ear = Ear()
        listener = asyncio.create_task(ear.listen())
        screen: Any = app.screen

        async def timed(what: str, key: str, limit: float, shown: Callable[[], object]) -> None:
            await asyncio.sleep(0.5)
            ear.tell()
            drawn = asyncio.Event()
            begin = time.perf_counter()
            name = _character_to_key(key) if len(key) == 1 else key
            app.post_message(events.Key(name, key if len(key) == 1 else None))
            while not shown():
                await asyncio.sleep(0.001)
            screen.call_after_refresh(drawn.set)
            await drawn.wait()
            took = time.perf_counter() - begin
            share = f"{took / limit:4.2f} x the limit"
            print(f"  {what:<30} {1000 * took:5.0f} ms ({share}); {ear.tell()}", flush=True)

        def line(y: int) -> str:
            return str(screen.grid.render_line(y).text)

        peer = plainest(paths)
        print(
            f"{len(app.album):,} photos; the plainest sorted statement takes {1000 * peer:.0f} ms"
        )
        await timed("opening the table", "y", OPENING, lambda: "IMG" in line(1))
        for way, key in (("the next column", ">"), ("the other way", "O")):
            for _ in range(7 if key == ">" else 1):
                query = app.album.query
                await timed(
                    f"ordering by {way}",
                    key,
                    SHOWING,
                    lambda query=query: app.album.query != query,
                )
                print(f"      {app.album.query.sort.words()}")
        await timed("the last row", "G", KEY, lambda: screen.grid.cursor == len(app.album) - 1)
        await timed("the first row", "g", KEY, lambda: screen.grid.cursor == 0)
        for _ in range(3):
            cursor = screen.grid.cursor
            await timed("a page", "pagedown", KEY, lambda c=cursor: screen.grid.cursor > c)
        await timed("all as it was", "R", SHOWING, lambda: app.album.query.sort is None)
        await timed(
            "opening the timeline",
            "H",
            2 * SHOWING,
            lambda: any("event" in each.render_line(0).text for each in screen.query("#timeline")),
        )
        whole = len(app.album)
        await timed("the photos of an event", "enter", SHOWING, lambda: app.album.query.span)
        await timed("those of all times", "backspace", SHOWING, lambda: len(app.album) == whole)
        await timed("back to the photos", "escape", KEY, lambda: screen.grid.has_focus)
        await timed(
            "opening the list of kinds",
            "Y",
            2 * SHOWING,
            lambda: any(each.rows for each in screen.query("KindList")),
        )
        await timed("only one tab", "o", SHOWING, lambda: len(app.album) < whole)
        await timed("all tabs", "a", SHOWING, lambda: len(app.album) == whole)
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
        asyncio.run(measure(paths))


if __name__ == "__main__":
    main()
