"""An engine that stands back behind what somebody waits for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui_selector.engine.priority import make_way, stand_back_from_the_start

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this system does not weigh sessions"
)

Start = Callable[[str], subprocess.Popen[str]]

#: A process that says that it is there, and that it was told of a screen.
LISTENING = """
import signal, sys
signal.signal(signal.SIGURG, lambda *_: print("told", flush=True))
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts a process of a name in a session of its own."""
    started = []

    def run(name: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", LISTENING, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        started.append(process)
        # A process has no name yet in the moment in which it begins.
        assert said(process) == "there\n"
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def weight(process: subprocess.Popen[str]) -> int:
    return int(Path(f"/proc/{process.pid}/autogroup").read_text().split()[-1])


def test_a_running_engine_makes_way(start: Start, tmp_path: Path) -> None:
    engine, lock = start("tui_selector.engine"), tmp_path / "lock"
    assert weight(engine) == 0
    lock.write_text(f"{engine.pid}\n")
    make_way(lock)
    assert weight(engine) == 10
    assert said(engine) == "told\n"


def test_a_process_that_has_the_id_of_a_former_engine_is_left_alone(
    start: Start, tmp_path: Path
) -> None:
    other, lock = start("another program"), tmp_path / "lock"
    lock.write_text(str(other.pid))
    make_way(lock)
    assert weight(other) == 0
    assert other.communicate("")[0] == ""


@pytest.mark.parametrize("content", [None, "", "no number", "999999999"])
def test_without_an_engine_nothing_happens(tmp_path: Path, content: str | None) -> None:
    lock = tmp_path / "lock"
    if content is not None:
        lock.write_text(content)
    make_way(lock)


def test_an_engine_stands_back_from_the_start(start: Start) -> None:
    engine = start("tui_selector.engine")
    stand_back_from_the_start(engine.pid)
    assert weight(engine) == 10
