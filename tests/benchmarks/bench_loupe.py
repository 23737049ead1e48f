"""The loupe and comparing on 12 MP files: from the key to the next photo, a zoom, a pan.

Run: python tests/benchmarks/bench_loupe.py [FOLDER OF LARGE PHOTOS]

The application runs without a terminal and draws for kitty. A photo is there when everything in
sight can be drawn at its best. Beside it stands what showing the same file costs without anything
made ready: full decode, resize, PNG.
"""

from __future__ import annotations

import asyncio
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.compare import CompareScreen
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.widgets.zoom_view import ZoomView
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.paths import library_paths
from tui_selector.settings import Settings

LIMIT = 0.100
SIZE = (4000, 3000)
PHOTOS = 8
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "immich"
KITTY = TerminalGraphics("kitty", 10, 20, "benchmark")


def make_album(folder: Path, source: Path) -> None:
    """Fill a folder with 12 MP JPEGs cut from real photos."""
    large = []
    for path in sorted(source.glob("*.jpg")):
        with Image.open(path) as image:
            if image.width * image.height > 8_000_000:
                large.append(path)
    if not large:
        raise SystemExit(f"There are no photos of more than 8 megapixels in {source}.")
    for number in range(PHOTOS):
        with Image.open(large[number % len(large)]) as image:
            photo = image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        if number >= len(large):
            photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        photo.save(folder / f"{number}.jpg", quality=92)


def show_from_scratch(path: Path, box: tuple[int, int]) -> float:
    """Seconds to decode a photo in full, shrink it and make a PNG of it."""
    begun = time.perf_counter()
    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail(box)
    small.save(io.BytesIO(), "PNG", compress_level=2)
    return time.perf_counter() - begun


async def until(view: ZoomView, ready: Callable[[], bool]) -> None:
    while not ready():
        await asyncio.sleep(0.002)


async def timed(view: ZoomView, act: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await act()
    await until(view, lambda: view.complete)
    drawn = asyncio.Event()
    view.call_after_refresh(drawn.set)
    await drawn.wait()
    return time.perf_counter() - begun


async def rested(app: SelectorApp, view: ZoomView) -> None:
    """Wait until the neighbours are ready: what a look at the photo gives time for."""
    await until(view, lambda: view.complete and view.prepared)


async def measure(app: SelectorApp, pilot: Pilot[None]) -> dict[str, list[float]]:
    while app.album is None or not len(app.album):
        await pilot.pause(0.02)
    await pilot.press("g", "enter")
    await pilot.pause()
    loupe = app.screen
    assert isinstance(loupe, LoupeScreen)
    view = loupe.view
    found: dict[str, list[float]] = {"fit, ready": [], "100 %, ready": [], "pan": []}

    async def forward() -> None:
        loupe.action_step(1)

    await rested(app, view)
    for _ in range(PHOTOS - 1):
        found["fit, ready"].append(await timed(view, forward))
        await rested(app, view)
    loupe.action_first()
    await rested(app, view)

    async def zoom() -> None:
        loupe.action_toggle_zoom()

    found["first zoom"] = [await timed(view, zoom)]
    await rested(app, view)
    for _ in range(PHOTOS - 1):
        found["100 %, ready"].append(await timed(view, forward))
        await rested(app, view)

    async def pan() -> None:
        loupe.action_look(1, 0)

    for _ in range(4):
        found["pan"].append(await timed(view, pan))
        await pilot.pause()
    return found


async def measure_comparison(app: SelectorApp, pilot: Pilot[None]) -> dict[str, list[float]]:
    """Zoom four photos side by side, whose sharpness is known, and pan them together."""
    assert app.album is not None
    await pilot.press("escape", "g", "space", "space", "space", "space", "=")
    await pilot.pause()
    screen = app.screen
    assert isinstance(screen, CompareScreen)

    def all_complete() -> bool:
        return screen.measured and all(pane.view.complete for pane in screen.panes)

    async def settled(act: Callable[[], None]) -> float:
        begun = time.perf_counter()
        act()
        while not all(pane.view.complete for pane in screen.panes):
            await asyncio.sleep(0.002)
        took = time.perf_counter() - begun
        while not all_complete():
            await asyncio.sleep(0.01)
        return took

    await settled(lambda: None)
    zooms = [await settled(screen.action_toggle_zoom) for _ in range(4)]
    pans = [await settled(lambda: screen.action_look(1, 0)) for _ in range(4)]
    return {"compare 4: 100 %": zooms[::2], "compare 4: fit": zooms[1::2], "compare 4: pan": pans}


async def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "album"
        folder.mkdir()
        for kind in ("DATA", "CACHE", "STATE", "CONFIG", "RUNTIME"):
            home = Path(temporary) / kind.lower()
            home.mkdir(mode=0o700)
            os.environ[f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}"] = str(home)
        make_album(folder, source)
        paths = library_paths(folder)
        with Catalog.open(paths) as catalog:
            reconcile(catalog, scan(folder))
        app = SelectorApp(paths, Settings(), KITTY, start_engine=False)
        async with app.run_test(size=(160, 48)) as pilot:
            found = await measure(app, pilot) | await measure_comparison(app, pilot)
        scratch = [show_from_scratch(path, (1600, 920)) for path in sorted(folder.glob("*.jpg"))]
    print(f"{PHOTOS} photos of {SIZE[0] * SIZE[1] / 1e6:.0f} MP, a window of 160 x 48 cells")
    for name, seconds in (*found.items(), ("from scratch", scratch)):
        middle, worst = statistics.median(seconds), max(seconds)
        print(
            f"{name:16}  median {1e3 * middle:6.1f} ms  worst {1e3 * worst:6.1f} ms"
            f"  {middle / LIMIT:5.2f} x the limit of {1e3 * LIMIT:.0f} ms"
        )


if __name__ == "__main__":
    asyncio.run(main())
