"""The tile grid over a slow ssh line: keys, pages of tiles and stale pictures, in real time.

    python tests/benchmarks/bench_link.py [FOLDER]

The command runs in a pseudo-terminal behind a line of 2 Mbit/s either way with a round trip of
80 ms and a buffer of 256 kB before its bottleneck; at the far end a small model of a kitty, then
one of an xterm with Sixel, takes in every byte and answers. Then the same over a line that nothing
slows down. A key counts from when it is pressed until the frame that answers it has arrived.
FOLDER holds photos; left out, they are those of the shared test data. They are indexed first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "end_to_end")]
os.chdir(ROOT)

from kitty_screen import KittyScreen  # noqa: E402 (the folder is put on the path above)
from sixel_screen import SixelScreen  # noqa: E402
from throttled_link import ThrottledLink  # noqa: E402

PHOTOS = 400
WINDOW = (184, 40)
LOADING = "◌"
KEYS = 60
STILL = 0.2
PAGES = 20
KEY_LIMIT, PAGE_LIMIT = 0.150, 2.0
TERMINALS: dict[str, tuple[type[KittyScreen], dict[str, str]]] = {
    "kitty": (KittyScreen, {}),
    "sixel": (SixelScreen, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
}


def photos(folder: Path | None, target: Path) -> int:
    """Copy up to `PHOTOS` photos, each under a name and with a content of its own."""
    shared = Path(os.environ.get("TUI_SELECTOR_TEST_DATA", ROOT.parent / "shared" / "data"))
    folders = [folder] if folder else [shared / name for name in ("corel", "caltech", "coco")]
    sources = sorted(path for each in folders for path in each.rglob("*.jpg"))
    if not sources:
        sys.exit(f"There are no photos in {', '.join(map(str, folders))}.")
    for number in range(PHOTOS):
        data = sources[number % len(sources)].read_bytes()
        # What follows the end of a JPEG is no part of the picture, but of its hash.
        (target / f"{number:04}.jpg").write_bytes(data + number.to_bytes(4, "big"))
    return PHOTOS


def position(line: ThrottledLink) -> int:
    """The number of the photo under the cursor, as the status line says it; 0 if it does not."""
    found = re.search(r"\.jpg +(\d+)/\d+", line.screen.text)
    return int(found[1]) if found else 0


def complete(line: ThrottledLink) -> bool:
    """Whether every tile on screen has its picture."""
    ids, text = line.screen.ids(), line.screen.text
    if not ids or LOADING in text:
        return False
    if isinstance(line.screen, SixelScreen):
        # The last caption is that of the status line; a row cut at the end may stay blank.
        return len(ids) >= len(re.findall(r"\d{4}\.jpg", text)) - 1
    return ids <= set(line.screen.images)


def page(line: ThrottledLink, key: str) -> float:
    """Press a key that shows another page; return the seconds until all of it has pictures."""
    before = position(line)
    start = time.monotonic()
    line.press(key)
    line.wait(lambda: position(line) not in (0, before), 10)
    # Its name stands below the tile, too, as soon as the grid is drawn.
    line.wait(lambda: line.screen.text.count(f"{position(line) - 1:04}.jpg") > 1, 10)
    line.wait(lambda: complete(line), 30)
    return settled(line) - start


def settled(line: ThrottledLink) -> float:
    """Wait until the picture that came last is whole; return when it was."""
    screen, last = line.screen, time.monotonic()
    if not isinstance(screen, SixelScreen):
        return last
    # Better versions that come later are pictures of their own.
    number = screen.begun[-1]
    size = screen.sizes[number]
    while time.monotonic() - last < STILL:
        line.rest(0.02)
        if screen.sizes[number] > size:
            last, size = time.monotonic(), screen.sizes[number]
    return last


def keys(line: ThrottledLink, key: str, count: int) -> list[float]:
    """Press a key again and again; return the seconds until the frame that answers it arrived."""
    times = []
    for _ in range(count):
        before = position(line)
        start = line.press(key)
        line.wait(lambda before=before: position(line) not in (0, before), 10)  # type: ignore[misc]
        times.append(line.shown_at - start)
        line.rest(0.03)
    return times


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def measure(album: Path, graphics: str, rate: float, round_trip: float) -> None:
    columns, lines = WINDOW
    terminal, environment = TERMINALS[graphics]
    line = ThrottledLink(
        [str(album), "--graphics", graphics],
        rate=rate,
        round_trip=round_trip,
        columns=columns,
        lines=lines,
        environment=environment,
        terminal=terminal,
    )
    name = f"{graphics}, {rate * 8 / 1e6:.0f} Mbit/s, {1000 * round_trip:.0f} ms"
    try:
        line.wait(lambda: position(line), 30)
        start = time.monotonic()
        line.wait(lambda: complete(line), 30)
        first = settled(line) - start
        tiles = len(line.screen.ids())
        print(f"\n{name}: {tiles} tiles on screen")
        print(f"  first page after the first frame   {first:6.2f} s")
        # The next page may be there in advance; one at the other end cannot.
        far = [page(line, key) for key in ("G", "g", "G")][:1]
        line.press("T")
        line.rest(1.5)
        status = line.screen.text.splitlines()
        said = next((row.strip() for row in status if "link " in row and "sent" in row), "")
        print(f"  a page that is far away            {far[0]:6.2f} s   limit {PAGE_LIMIT:.2f}")
        pages = []
        line.press("g")
        line.wait(lambda: position(line) == 1)
        for _ in range(4):
            line.rest(1.0)
            pages.append(page(line, "\x1b[6~"))
        print(
            f"  page down, 1 s on each             {median(pages):6.2f} s"
            f"   worst {max(pages):.2f}, limit {PAGE_LIMIT:.2f}"
        )
        line.press("G")
        line.wait(lambda: position(line) == PHOTOS)
        times = keys(line, "h", KEYS)
        print(
            f"  keys while pictures come           p50 {1000 * median(times):.0f} ms,"
            f" p99 {1000 * percentile(times, 0.99):.0f} ms, max {1000 * max(times):.0f} ms"
            f"   limit {1000 * KEY_LIMIT:.0f} ms"
        )
        stale(line)
        print(f"  most bytes before the bottleneck   {line.most_waiting}")
        print(f"  the status line says               {said}")
        print(f"  what it would stumble over         {line.screen.problems or 'nothing'}")
        code = line.leave()
        left = len(line.screen.images)
        print(f"  exit code {code}, pictures left in the terminal: {left}")
    finally:
        line.close()


def stale(line: ThrottledLink) -> None:
    """Run through pages as fast as keys repeat, and count what is sent for pages that are gone."""
    screen = line.screen
    line.press("g")
    line.wait(lambda: position(line) == 1)
    line.wait(lambda: complete(line))
    line.rest(0.5)
    begun, aborted = len(screen.begun), len(screen.aborted)
    before, shown = screen.picture_bytes, set(screen.shown)
    for _ in range(PAGES):
        line.press("\x1b[6~")
        line.rest(0.1)
    line.wait(lambda: complete(line))
    new = screen.begun[begun:]
    gone = [image for image in new if image not in screen.shown | shown | screen.ids()]
    unseen = sum(screen.sizes[image] for image in gone if image not in screen.aborted)
    cut = sum(screen.sizes[image] for image in screen.aborted[aborted:])
    total = screen.picture_bytes - before
    print(
        f"  through {PAGES} pages at 10 a second     {total} bytes of pictures: {cut} of"
        f" {len(screen.aborted) - aborted} cut short, {unseen} whole but never on screen"
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    # The thread that carries the bytes has little to do, but on time.
    sys.setswitchinterval(0.0005)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for variable in ("CONFIG", "DATA", "CACHE", "STATE", "RUNTIME"):
            key = f"XDG_{variable}_{'DIR' if variable == 'RUNTIME' else 'HOME'}"
            path = home / variable.lower()
            path.mkdir(mode=0o700)
            os.environ[key] = str(path)
        album = home / "Photos"
        album.mkdir()
        photos(folder, album)
        command = [sys.executable, "-m", "tui_selector"]
        subprocess.run([*command, "index", str(album)], check=True, stdout=subprocess.DEVNULL)
        try:
            for graphics in TERMINALS:
                measure(album, graphics, 250_000.0, 0.08)
            for graphics in TERMINALS:
                measure(album, graphics, 1e9, 0.0)
        finally:
            subprocess.run(
                [*command, "engine", "stop", str(album)], check=False, stdout=subprocess.DEVNULL
            )
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
