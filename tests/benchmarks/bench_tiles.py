"""Bytes and time of a screen of tiles, against textual-image's widgets in the same run.

    python tests/benchmarks/bench_tiles.py

Both show the same photographs (cut from the ones that scikit-image ships) in boxes of 20 x 7 cells
at 10 x 20 pixels, in a window of 184 x 48 cells, and every byte they write is counted. The peer
gets pictures that are shrunk already, so that neither side decodes. Times are CPU time of the
thread that runs the user interface.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"

from PIL import Image, ImageOps
from rich.console import Console
from skimage import data
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.widget import Widget

from tui_selector.app.graphics.halfcell import HalfCellPainter
from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.painter import Painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.probe import Kind, TerminalGraphics
from tui_selector.app.widgets.tile_grid import Tile, TileGrid

BOX_PIXELS = (200, 140)
WINDOW = (184, 48)
VISIBLE = 24
ROUNDS = 9


PICTURE = re.compile(r"\x1b_Ga=t[^\x1b]*\x1b|\x1b_Gq=2,m=[^\x1b]*\x1b|\x1bP[^\x1b]*\x1b")
"""Pixels on their way to the terminal."""


class Counter:
    """Counts what is written to a terminal that is not there."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.bytes = self.pictures = 0

    def write(self, text: str) -> int:
        self.bytes += len(text.encode())
        self.pictures += sum(len(found[0]) for found in PICTURE.finditer(text))
        return len(text)

    def flush(self) -> None:
        return

    def isatty(self) -> bool:
        return False

    def take(self) -> int:
        count, self.bytes, self.pictures = self.bytes, 0, 0
        return count


COUNTER = Counter()


class CountingDriver(HeadlessDriver):
    """Takes frames for a terminal, unlike the headless driver that it is."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, text: str) -> None:
        COUNTER.write(text)

    def disable_input(self) -> None:
        return

    def stop_application_mode(self) -> None:
        return


def photographs(count: int) -> list[Image.Image]:
    """Different cuts of a few photographs, each of the shape of the box."""
    sources = [
        Image.fromarray(getattr(data, name)()).convert("RGB")
        for name in ("astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry")
    ]
    cuts = []
    for number in range(count):
        source = sources[number % len(sources)]
        size = 0.5 + 0.4 * ((number * 7) % 11) / 11
        left, top = (source.width * (1 - size) * ((number * k) % 5) / 5 for k in (3, 2))
        box = (left, top, left + source.width * size, top + source.height * size)
        cuts.append(ImageOps.fit(source.crop(tuple(map(round, box))), (400, 280)))
    return cuts


class Album:
    def __init__(self, folder: Path, count: int) -> None:
        paths = [folder / f"{number}.png" for number in range(count)]
        self.tiles = [Tile("", str(path), path.name) for path in paths]

    def __len__(self) -> int:
        return len(self.tiles)

    def tile(self, index: int) -> Tile:
        return self.tiles[index]


class OurApp(App[None]):
    def __init__(self, album: Album, kind: Kind) -> None:
        super().__init__(driver_class=CountingDriver)
        self.album, self.kind = album, kind
        self.source = Pictures()

    def compose(self) -> ComposeResult:
        painter: Painter = HalfCellPainter()
        if self.kind != "halfcell":
            painter = make_painter(self, TerminalGraphics(self.kind, truecolour=True))
        self.grid = TileGrid(self.source, painter, self.album)
        yield self.grid

    def on_mount(self) -> None:
        self.grid.focus()


async def ready(app: OurApp) -> None:
    """Wait until every tile on screen and one page ahead has its picture."""
    grid = app.grid
    while True:
        await asyncio.sleep(0.1)
        tiles = [app.album.tile(index) for index in grid.visible_range()]
        requests = [grid._pictures.request(tile, grid._grid.picture) for tile in tiles]
        if all(request in grid.painter for request in [*requests, *grid._pictures._wanted]):
            break
    await asyncio.sleep(0.2)


def paint(grid: TileGrid, *, first: bool) -> float:
    """UI-thread milliseconds per visible tile to draw the whole view as terminal text."""
    console = Console(color_system="truecolor")
    times = []
    for _ in range(ROUNDS):
        if first:
            grid._tiles.clear()
            if isinstance(grid.painter, HalfCellPainter):
                grid.painter._rows.clear()
        grid._lines.clear()
        gc.collect()
        start = time.thread_time()
        for line in grid.render_lines(Region(0, 0, *grid.outer_size)):
            line.render(console)
        times.append(time.thread_time() - start)
    return 1000 * median(times) / len(grid.visible_range())


async def measure_ours(folder: Path, kind: Kind) -> dict[str, float]:
    found: dict[str, float] = {}
    app = OurApp(Album(folder, VISIBLE), kind)
    async with app.run_test(headless=False, size=WINDOW) as pilot:
        await ready(app)
        found["first paint, bytes"] = COUNTER.take()
        moves = []
        for _ in range(10):
            app.grid.move(1, 0)
            await pilot.pause()
            moves.append(COUNTER.take())
        found["cursor move, bytes"] = median(moves)
        found["first paint, ms per tile"] = paint(app.grid, first=True)
        found["repaint, ms per tile"] = paint(app.grid, first=False)
    app.source.close()
    app = OurApp(Album(folder, 4 * VISIBLE), kind)
    async with app.run_test(headless=False, size=WINDOW) as pilot:
        await ready(app)
        app.grid.scroll_rows(1)
        await ready(app)
        COUNTER.take()
        app.grid.scroll_rows(-1)
        await pilot.pause()
        await asyncio.sleep(0.2)
        found["scroll back, pixels"] = COUNTER.pictures
        found["scroll back, bytes"] = COUNTER.take()
        if kind == "kitty":
            found["send, ms per tile"] = send_time(app)
    app.source.close()
    COUNTER.take()
    return found


def send_time(app: OurApp) -> float:
    """UI-thread milliseconds to hand one encoded picture to the terminal."""
    painter = KittyPainter(lambda text: None)
    tiles = [app.album.tile(index) for index in app.grid.visible_range()]
    requests = [app.grid._pictures.request(tile, app.grid._grid.picture) for tile in tiles]
    offers = [(request, app.source.get(request)) for request in requests]
    start = time.thread_time()
    for request, picture in offers:
        if picture is not None:
            painter.offer(request, picture)
            painter.pump([request])
    return 1000 * (time.thread_time() - start) / len(offers)


def peer_app(pictures: Sequence[Image.Image], widget: type[Widget]) -> App[None]:
    class PeerApp(App[None]):
        CSS = """
        VerticalScroll { layout: grid; grid-size: 8; grid-rows: 9; }
        .tile { width: 20; height: 7; }
        .cursor { background: $primary; }
        """

        def __init__(self) -> None:
            super().__init__(driver_class=CountingDriver)

        def compose(self) -> ComposeResult:
            with VerticalScroll():
                for picture in pictures:
                    yield widget(picture, classes="tile")  # type: ignore[arg-type]

    return PeerApp()


async def measure_peer(pictures: Sequence[Image.Image], widget: type[Widget]) -> dict[str, float]:
    found: dict[str, float] = {}
    app = peer_app(pictures[:VISIBLE], widget)
    start = time.thread_time()
    async with app.run_test(headless=False, size=WINDOW) as pilot:
        await pilot.pause()
        await asyncio.sleep(0.3)
        found["first paint, bytes"] = COUNTER.take()
        # The whole start of the app on the UI thread: the peer encodes there.
        found["first paint, ms per tile"] = 1000 * (time.thread_time() - start) / VISIBLE
        images = list(app.query(".tile"))
        moves = []
        for before, after in pairwise(images[:11]):
            before.remove_class("cursor")
            after.add_class("cursor")
            await pilot.pause()
            moves.append(COUNTER.take())
        found["cursor move, bytes"] = median(moves[1:])
    app = peer_app(pictures, widget)
    async with app.run_test(headless=False, size=WINDOW) as pilot:
        view = app.query_one(VerticalScroll)
        for y in (9, 0):
            await pilot.pause()
            await asyncio.sleep(0.3)
            COUNTER.take()
            view.scroll_to(y=y, animate=False)
            await pilot.pause()
            await asyncio.sleep(0.3)
        found["scroll back, bytes"] = COUNTER.take()
    COUNTER.take()
    return found


def shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.3f}" if value < 50 else f"{value:,.0f}"


async def main() -> None:
    pictures = photographs(4 * VISIBLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, picture in enumerate(pictures):
            picture.save(folder / f"{number}.png")
        kinds: tuple[Kind, ...] = ("kitty", "classic", "sixel", "halfcell")
        rows = {str(kind): await measure_ours(folder, kind) for kind in kinds}
    real, sys.__stdout__ = sys.__stdout__, COUNTER  # type: ignore[misc, assignment]
    try:
        from textual_image.widget import SixelImage, TGPImage

        small = [picture.resize(BOX_PIXELS) for picture in pictures]
        rows["their TGP"] = await measure_peer(small, TGPImage)
        rows["their Sixel"] = await measure_peer(small, SixelImage)
    finally:
        sys.__stdout__ = real  # type: ignore[misc]
    print(f"{VISIBLE} tiles of 20 x 7 cells, {BOX_PIXELS[0]} x {BOX_PIXELS[1]} pixels")
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    print(f"{'':28}" + "".join(f"{kind:>16}" for kind in rows))
    for name in names:
        values = [row.get(name) for row in rows.values()]
        cells = [shown(value) for value in values]
        print(f"{name:28}" + "".join(f"{cell:>16}" for cell in cells))
    print()
    for ours, theirs in (
        ("kitty", "their TGP"),
        ("classic", "their TGP"),
        ("sixel", "their Sixel"),
    ):
        peer = rows[theirs]
        for name, limit in (
            ("first paint, bytes", 0.35),
            ("cursor move, bytes", 0.05),
            ("scroll back, bytes", 0.75),
        ):
            ratio = rows[ours][name] / peer[name]
            print(f"{ours} {name}: {ratio:.4f} x {theirs} (limit {limit})")
    for kind in map(str, kinds):
        slowest = max(rows[kind]["first paint, ms per tile"], rows[kind]["repaint, ms per tile"])
        slowest += rows[kind].get("send, ms per tile", 0.0)
        print(f"{kind} CPU per visible tile: {slowest:.3f} ms (limit 0.5)")


if __name__ == "__main__":
    asyncio.run(main())
