"""Take the pictures of this folder: the demo album in a real terminal on a virtual screen.

    python screenshots/make.py [--kitty COMMAND] [--xterm COMMAND] [--only NAME]

Needs Xvfb, xdotool, ImageMagick, xterm and kitty 0.28 or newer, and for `browser` Chromium and the
extra `serve`. COMMAND starts the terminal where it is not on the PATH; options and the program to
run are appended to it. The album, the catalog and
the settings lie in a temporary folder, so nothing of the user's is shown or changed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
CELL = (10, 20)

#: Seconds in which nothing on the screen changes, so that everything has come.
STILL = 2.5

#: Seconds that a terminal may take to leave.
PATIENCE = 20


@dataclass(frozen=True)
class Text:
    """What is typed into a line, letter by letter."""

    text: str


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the terminal, the keys typed before it, the window in cells."""

    name: str
    keys: tuple[str | Text, ...] = ()
    terminal: str = "kitty"
    size: tuple[int, int] = (150, 44)


SHOTS = (
    Shot("grid", ("l", "l", "p", "l", "space", "l", "x", "4", "l", "l", "8", "j")),
    Shot("loupe", ("bracketright", "bracketright", "Return"), size=(130, 38)),
    Shot("algorithm", ("bracketright", "a")),
    Shot("info", ("bracketright", "i")),
    Shot("help", ("question",)),
    Shot("compare", (*"jjlll", "space", "space", "space", "l", "space", "equal")),
    Shot(
        "chat",
        (
            *(*"jjlll", "space", "space", "space", "l", "space", "c"),
            *(Text("Which of these would you keep, and why?"), "Return"),
            # A blank, behind which is waited for the answer.
            *(Text(" "), "Escape"),
        ),
    ),
    Shot("groups", ("D",)),
    Shot("map", ("M",)),
    Shot("criteria", ("C", "n", Text("what colour"), "Return", "4")),
    Shot("evaluate", ("V",)),
    Shot("table", ("y", "H")),
    Shot("search", ("slash", Text("a cup of coffee"), "Return", "w")),
    Shot("heat", ("slash", Text("tripod"), "Return", "Return", "W", "w")),
    Shot(
        "tags",
        (
            *("numbersign", Text("spring"), "Return", *["BackSpace"] * 6),
            *(Text("animal"), "Return", "Return", *["BackSpace"] * 6),
        ),
    ),
    Shot("halfcell", ("bracketright",), terminal="xterm"),
    Shot("small", (), terminal="kitty", size=(80, 24)),
)


@contextlib.contextmanager
def virtual_screen(size: tuple[int, int]) -> Iterator[None]:
    """Run an X server of this size in pixels for the programs started inside."""
    number = 90 + os.getpid() % 400
    server = subprocess.Popen(
        ["Xvfb", f":{number}", "-screen", "0", f"{size[0]}x{size[1]}x24"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = f":{number}"
    os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    try:
        while not Path(f"/tmp/.X11-unix/X{number}").exists():
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()
        if before is not None:
            os.environ["DISPLAY"] = before


def terminal_command(shot: Shot, start: str) -> list[str]:
    columns, lines = shot.size
    if shot.terminal == "kitty":
        options = ["remember_window_size=no", f"initial_window_width={columns}c"]
        options += [f"initial_window_height={lines}c", "font_size=11", "linux_display_server=x11"]
        return [*shlex.split(start), *(word for option in options for word in ("-o", option))]
    look = ["-fa", "DejaVu Sans Mono", "-fs", "10", "-tn", "xterm-256color"]
    return [*shlex.split(start), *look, "-geometry", f"{columns}x{lines}", "-e"]


def still(target: Path) -> None:
    """Take the picture once the screen has not changed for a while."""
    last, since = b"", 0.0
    end = time.monotonic() + 60
    while time.monotonic() < end:
        subprocess.run(["import", "-silent", "-window", "root", str(target)], check=True)
        now = subprocess.run(
            ["convert", str(target), "rgb:-"], check=True, capture_output=True
        ).stdout
        # A screen without any light is one on which nothing has been drawn yet.
        if now != last or not any(now):
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STILL:
            break
        time.sleep(0.3)
    # What the virtual screen shows beside the window is black.
    trim = ["-bordercolor", "black", "-border", "1", "-trim", "+repage", "-strip"]
    subprocess.run(["mogrify", *trim, str(target)], check=True)


def shrink(target: Path) -> None:
    """Store a picture with 256 colours of its own, dithered, where that takes fewer bytes."""
    with Image.open(target) as opened:
        image = opened.convert("RGB")
    palette = image.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1)
    few = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    files = []
    for each in (image, few):
        file = io.BytesIO()
        each.save(file, "PNG", optimize=True)
        files.append(file.getvalue())
    target.write_bytes(min(files, key=len))


def take(shot: Shot, album: Path, start: str) -> Path:
    target = HERE / f"{shot.name}.png"
    width, height = shot.size[0] * CELL[0] + 20, shot.size[1] * CELL[1] + 20
    program = [sys.executable, "-m", "tui_selector", str(album)]
    # A terminal that is slow to answer on a busy machine is not taken for a poorer one.
    program += ["--graphics", "kitty" if shot.terminal == "kitty" else "halfcell"]
    if shot.terminal == "xterm":
        os.environ["COLORTERM"] = "truecolor"
    with virtual_screen((width, height)), tempfile.TemporaryDirectory() as work:
        # A script carries the environment over to terminals that start with another one.
        script = Path(work) / "run"
        exports = "".join(
            f"export {name}={shlex.quote(value)}\n"
            for name, value in os.environ.items()
            if name.startswith(("XDG_", "PATH", "COLORTERM"))
        )
        script.write_text(f"#!/bin/sh\n{exports}exec {shlex.join(program)}\n")
        script.chmod(0o755)
        process = subprocess.Popen(
            [*terminal_command(shot, start), str(script)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            still(target)
            # A terminal that has just come up draws again when its window has its size.
            still(target)
            for key in shot.keys:
                if isinstance(key, Text):
                    subprocess.run(["xdotool", "type", "--delay", "50", key.text], check=True)
                    still(target)
                else:
                    subprocess.run(["xdotool", "key", key], check=True)
                    time.sleep(0.3)
            still(target)
        finally:
            subprocess.run(["xdotool", "key", "q"], check=False)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.terminate()
                process.wait()
    shrink(target)
    return target


def take_browser(album: Path) -> Path:
    """The same album in a browser."""
    target = HERE / "browser.png"
    command = [sys.executable, "-m", "tui_selector", "serve", str(album), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("Open ").strip()
        asyncio.run(_photograph(address, target))
        server.send_signal(signal.SIGINT)
    shrink(target)
    return target


async def _photograph(address: str, target: Path) -> None:
    sys.path.insert(0, str(HERE.parent / "tests" / "end_to_end"))
    from browser_page import browser_page

    async with browser_page() as page:
        await page.go(address)
        await asyncio.sleep(2 * STILL)
        await page.click(320, 110)
        for key in ("p", "l", "x", "l", "4", "l"):
            await page.type(key)
            await asyncio.sleep(0.3)
        await asyncio.sleep(2 * STILL)
        (await page.picture()).save(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kitty", default="kitty")
    parser.add_argument("--xterm", default="xterm")
    parser.add_argument("--only", action="append", help="name of a picture; may be repeated")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
            folder = Path(home) / name
            folder.mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(folder)
        album = Path(home) / "Photos"
        command = [sys.executable, "-m", "tui_selector"]
        subprocess.run([*command, "demo", str(album), "--make-only"], check=True)
        subprocess.run([*command, "index", str(album)], check=True)
        for shot in SHOTS:
            if arguments.only and shot.name not in arguments.only:
                continue
            # Each picture begins where a library is opened for the first time.
            for kept in (Path(home) / "STATE_HOME").glob("**/session.json"):
                kept.unlink()
            start = arguments.kitty if shot.terminal == "kitty" else arguments.xterm
            print(take(shot, album, start))
        if not arguments.only or "browser" in arguments.only:
            print(take_browser(album))
        subprocess.run([*command, "engine", "stop", str(album)], check=False)


if __name__ == "__main__":
    main()
