"""How fast the map is drawn and laid out, and what laying it out costs keys.

    python tests/benchmarks/bench_map.py           frames of 100,000 photos; layouts of 10,000
    python tests/benchmarks/bench_map.py keys      key to frame while 10,000 photos are laid out

Limits: a frame of 100,000 photos in 100 ms; neighbours kept as often as by the peers (pacmap and
umap-learn, where they are installed); keys no slower beside a layout than without one.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from tui_selector.analysis import projection
from tui_selector.analysis.projection_spacing import spaced
from tui_selector.app.graphics.painter import PictureRequest
from tui_selector.app.map_camera import Camera
from tui_selector.app.map_colours import HUES, Colouring, Ink, LegendEntry
from tui_selector.app.map_picture import PixelFrame, encoded, picture_of
from tui_selector.app.map_points import MapPoints
from tui_selector.app.widgets.map_frame import FrameDrawer, Sketch

ROUNDS = 15
PRESSES = 250
PIXELS = 1732, 866
INK = Ink((27, 27, 27), (217, 179, 108), (212, 212, 212), True)


def library(count: int, groups: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors of photos that fall into groups, and their groups."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((groups, 48))
    owners = random.integers(0, groups, count)
    turn = random.standard_normal((48, 512)) / 7
    vectors = (centres[owners] + 0.55 * random.standard_normal((count, 48))) @ turn
    vectors += 0.1 * random.standard_normal((count, 512))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), owners


def milliseconds(work: Callable[[], object]) -> float:
    """Median of some rounds."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - start))
    return median(took)


def frames(count: int) -> None:
    """Frames of a large library at several zooms, in a window of 200 by 50 cells."""
    random = np.random.default_rng(0)
    centres = random.uniform(8000, 57000, (300, 2))
    owners = random.integers(0, 300, count)
    places = centres[owners] + random.standard_normal((count, 2)) * 1500
    points = MapPoints(np.arange(count), np.clip(places, 0, 65535))
    points.mark(range(0, count, 50))
    kinds = (owners % len(HUES)).astype(np.int16)
    colouring = Colouring(kinds, tuple(LegendEntry(f"{n}", hue, 1) for n, hue in enumerate(HUES)))
    whole = Camera.fitting(points.bounds, 200, 50)
    lasso = [(20000.0, 20000.0), (45000.0, 20000.0), (45000.0, 48000.0), (20000.0, 48000.0)]
    for name, camera, sketch in (
        ("all of it", whole, Sketch(crosshair=(9, 9))),
        ("all of it, with a lasso", whole, Sketch("lasso", lasso)),
        ("4 times larger", whole.zoomed(4, 100, 25), Sketch()),
        ("16 times larger", whole.zoomed(16, 100, 25), Sketch()),
    ):
        drawer = FrameDrawer(INK)

        def draw(
            drawer: FrameDrawer = drawer, camera: Camera = camera, sketch: Sketch = sketch
        ) -> None:
            drawer.draw(points, colouring, camera, sketch)

        took = milliseconds(draw)
        print(f"  frame, {name:26} {took:7.1f} ms   {took / 100:5.2f} of the limit of 100 ms")
    frame = PixelFrame(points, points.marked, colouring, whole, INK)
    request = PictureRequest("map", "", 200, 50, *PIXELS, "png")
    made = milliseconds(lambda: encoded(request, *picture_of(frame, PIXELS, 256)))
    print(
        f"  the same as pixels, beside keys  {made:7.1f} ms   {made / 100:5.2f} of the limit"
        f"   ({PIXELS[0]} x {PIXELS[1]} as PNG)"
    )
    camera = whole
    print(
        f"  photos in a lasso                {milliseconds(lambda: points.inside(lasso)):7.1f} ms"
    )
    nearest = milliseconds(lambda: points.nearest(camera.place(70, 20), 9e9))
    print(f"  the photo under the mouse        {nearest:7.1f} ms")


def kept(vectors: np.ndarray, places: np.ndarray, near: int = 10) -> float:
    """The share of the nearest neighbours of 1000 photos that are neighbours on the map, too."""
    asked = np.linspace(0, len(vectors) - 1, 1000).astype(int)

    def rows(points: np.ndarray) -> np.ndarray:
        squares = (points**2).sum(axis=1)
        apart = squares[None] - 2 * points[asked] @ points.T
        apart[np.arange(len(asked)), asked] = np.inf
        return np.argpartition(apart, near, axis=1)[:, :near]

    pairs = zip(rows(vectors), rows(places.astype(np.float64)), strict=True)
    return float(np.mean([len(set(one) & set(other)) / near for one, other in pairs]))


def layouts(count: int) -> None:
    """The layout beside its peers, in the same run."""
    vectors, _ = library(count)

    def own() -> np.ndarray:
        steps = projection.pacmap(projection.reduced(vectors))
        return _end(spaced(_end(steps)))

    def axes() -> np.ndarray:
        return projection.principal(projection.reduced(vectors))

    def peer(module: str, name: str, **options: object) -> Callable[[], np.ndarray]:
        found = getattr(importlib.import_module(module), name)
        return lambda: found(random_state=0, **options).fit_transform(vectors)

    entries: list[tuple[str, Callable[[], np.ndarray]]] = [("axes", axes), ("this", own)]
    for module, name, options in (
        ("pacmap", "PaCMAP", {}),
        ("umap", "UMAP", {"n_neighbors": 15, "min_dist": 0.01, "metric": "cosine"}),
    ):
        try:
            entries.append((module, peer(module, name, **options)))
        except ImportError:
            print(f"  {module} is not installed")
    base = 0.0
    for name, work in entries:
        wall, cpu = time.perf_counter(), time.process_time()
        places = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        base = wall if name == "this" else base
        times = f"{wall / base:6.1f} times this" if base else " " * 17
        print(
            f"  {name:8} {wall:7.1f} s, {cpu:6.1f} s of CPU {times}"
            f"   neighbours kept {kept(vectors, places):.3f}"
        )


def _end(steps: object) -> np.ndarray:
    while True:
        try:
            next(steps)  # type: ignore[call-overload]
        except StopIteration as end:
            return np.asarray(end.value)


def keys() -> None:
    """Key to frame on the map of 10,000 photos while the engine lays it out, and afterwards."""
    import asyncio
    import os
    import tempfile

    from tui_selector.paths import models_cache

    converted = models_cache()
    with tempfile.TemporaryDirectory() as home:
        if converted.is_dir():
            (Path(home) / "CACHE" / "tui-selector").mkdir(parents=True)
            (Path(home) / "CACHE" / "tui-selector" / "models").symlink_to(converted)
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = f"{home}/{name}"
        os.environ["XDG_RUNTIME_DIR"] = home
        asyncio.run(_keys(Path(home) / "Photos"))


async def _keys(root: Path) -> None:
    """Press arrows on the real application with its engine."""
    import asyncio

    from big_catalog import make
    from textual.screen import Screen

    from tui_selector.app.app import SelectorApp
    from tui_selector.app.graphics.probe import TerminalGraphics
    from tui_selector.app.screens.map import MapScreen
    from tui_selector.engine.client import stop
    from tui_selector.settings import Settings

    paths = await asyncio.to_thread(make, root, 10_000, files=True, whole=True)

    class Counting(SelectorApp):
        drawn = 0

        def _display(self, screen: Screen[object], renderable: object) -> None:
            super()._display(screen, renderable)
            self.drawn += 1

    app = Counting(paths, Settings(), TerminalGraphics("halfcell"))
    try:
        async with app.run_test(size=(200, 50)) as pilot:
            while app.progress.stage != "idle" or not app.progress.model:
                await asyncio.sleep(0.1)
            await pilot.press("M")
            while not (isinstance(app.screen, MapScreen) and app.screen.found):
                await asyncio.sleep(0.02)
            view = app.screen
            for name in ("while it is laid out", "when it is there"):
                was_coming = view.found.coming
                took = []
                for number in range(PRESSES):
                    before, start = app.drawn, time.perf_counter()
                    app.screen.action_go((1, -1)[number // 4 % 2], 0)
                    while app.drawn == before:
                        await asyncio.sleep(0)
                    took.append(1000 * (time.perf_counter() - start))
                    await asyncio.sleep(0.04)
                took.sort()
                print(
                    f"  {name:20} key to frame p50 {took[len(took) // 2]:5.1f} ms,"
                    f" p95 {took[int(len(took) * 0.95)]:5.1f} ms, max {took[-1]:5.1f} ms"
                    f"   (layout under way: {was_coming and view.found.coming})"
                )
                while view.found.coming:
                    await asyncio.sleep(0.1)
    finally:
        app.close()
        stop(paths)


if __name__ == "__main__":
    if sys.argv[1:] == ["keys"]:
        keys()
    else:
        print("frames of 100,000 photos, 200 by 50 cells")
        frames(100_000)
        print("layouts of 10,000 photos")
        layouts(10_000)
