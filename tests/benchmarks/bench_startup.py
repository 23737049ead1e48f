"""First bytes, first real frame and key latency of the whole command on 100,000 photos.

    python tests/benchmarks/bench_startup.py [--photos 100000] [--runs 7] [--keys 300]

A catalog of so many rows, and as many tiny files, are made by a script. "Interactive" is the time
until the photos' tab row stands on screen and a key has been answered, beside a minimal Textual
application measured the same way in turn. Key latency is measured on the demo album's files, copied
many times, while the engine starts, loads its model and embeds.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from big_catalog import make

MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    BINDINGS = [("l", "step", "")]
    count = 0
    def compose(self):
        yield Static("All", id="all")
    def action_step(self):
        self.count += 1
        self.query_one("#all").update(f"All {self.count}")

Minimal().run()
"""

FIRST_BYTES_LIMIT = 0.060
INTERACTIVE_LIMIT = 1.3
KEY_LIMIT = 0.050


class Session:
    """A command in a pseudo-terminal, every byte of it with its time."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(environment, TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))
        self.output = b""
        self.first: float | None = None

    def read(self, seconds: float) -> float | None:
        """Wait so long for bytes; return when they came, or None."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return None
        try:
            data = os.read(self.fd, 1 << 18)
        except OSError:
            raise SystemExit(f"the command ended:\n{self.output[-2000:]!r}") from None
        now = time.perf_counter()
        self.first = self.first or now
        self.output += data
        if re.search(rb"\x1b\[0?c", data):
            os.write(self.fd, b"\x1b[?62;22c")
        return now

    def wait(self, pattern: bytes, seconds: float = 60) -> float:
        """When the pattern had been written, counted from the start."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            now = self.read(0.5)
            if now and re.search(pattern, self.output):
                return now - self.began
        raise SystemExit(f"{pattern!r} did not come:\n{self.output[-2000:]!r}")

    def interactive(self) -> float:
        """Seconds from the start until the tabs stand there and a key has been answered."""
        self.wait(rb"All")
        self.answer(b"l")
        return time.perf_counter() - self.began

    def answer(self, key: bytes) -> float:
        """Seconds from a key to the first bytes after it."""
        while self.read(0) is not None:
            pass
        sent = time.perf_counter()
        os.write(self.fd, key)
        while (now := self.read(2)) is None:
            print("a key got no answer within two seconds")
            return 2.0
        return now - sent

    def end(self) -> None:
        os.kill(self.pid, signal.SIGHUP)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.read(0.05)
            except SystemExit:
                break
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                os.close(self.fd)
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def start_up(folder: Path, runs: int, environment: dict[str, str]) -> None:
    ours = [sys.executable, "-m", "tui_selector", str(folder), "--graphics", "halfcell"]
    minimal = [sys.executable, "-c", MINIMAL]
    first, ready, peer = [], [], []
    # An installed program is compiled; a first run compiles a checkout, and indexes nothing.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    warm = Session(ours, environment)
    warm.interactive()
    subprocess.run(
        [sys.executable, "-m", "tui_selector", "index", str(folder)],
        check=True,
        capture_output=True,
    )
    warm.end()
    for _ in range(runs):
        session = Session(minimal, environment)
        peer.append(session.interactive())
        session.end()
        session = Session(ours, environment)
        ready.append(session.interactive())
        assert session.first is not None
        first.append(session.first - session.began)
        session.end()
    _row("first bytes", statistics.median(first), FIRST_BYTES_LIMIT)
    ratio = statistics.median(a / b for a, b in zip(ready, peer, strict=True))
    print(
        f"interactive: {statistics.median(ready):.3f} s, minimal Textual app "
        f"{statistics.median(peer):.3f} s, ratio {ratio:.2f} (limit {INTERACTIVE_LIMIT})"
    )


def keys(album: Path, count: int, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tui_selector", str(album), "--graphics", "halfcell"]
    subprocess.run([*command[:3], "list", str(album)], check=True, capture_output=True)
    session = Session(command, environment)
    session.wait(rb"copy00_")
    latencies = []
    for number in range(count):
        latencies.append(session.answer(b"l" if number % 40 < 20 else b"h"))
        session.read(0.02)
    session.end()
    latencies.sort()
    p99 = latencies[int(len(latencies) * 0.99) - 1]
    print(
        f"key to first byte while the engine starts and embeds: median "
        f"{statistics.median(latencies) * 1e3:.1f} ms, max {latencies[-1] * 1e3:.1f} ms"
    )
    _row("key p99", p99, KEY_LIMIT)


def _stop_engine(folder: Path) -> None:
    stop = [sys.executable, "-m", "tui_selector", "engine", "stop", str(folder)]
    subprocess.run(stop, capture_output=True, check=False)


def _row(what: str, value: float, limit: float) -> None:
    print(f"{what}: {value * 1e3:.1f} ms, {value / limit:.2f} of the limit of {limit * 1e3:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--keys", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            f"XDG_{name}": str(Path(home) / name)
            for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR")
        }
        for folder in environment.values():
            Path(folder).mkdir(mode=0o700)
        os.environ.update(environment)
        many = Path(home) / "many"
        make(many, arguments.photos, files=True, whole=True)
        start_up(many, arguments.runs, environment)
        _stop_engine(many)  # what it still has to do is not what is measured next

        album = Path(home) / "album"
        album.mkdir()
        from tui_selector.cli.demo_album import write_album

        names = list(write_album(album))
        for copy in range(12):
            for name in names:
                target = album / f"copy{copy:02}_{name}"
                shutil.copy(album / name, target)
                # Other bytes at the end make another photo, which has to be embedded too.
                with target.open("ab") as file:
                    file.write(bytes([copy]))
        keys(album, arguments.keys, environment)
        _stop_engine(album)


if __name__ == "__main__":
    main()
