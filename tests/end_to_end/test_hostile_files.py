"""Real photos of every kind and files made to break decoders, in one folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installed_command import command, engine_pid, query
from patience import LONG_PATIENCE

from tui_selector.engine.client import stop
from tui_selector.library.folder.companions import kind_by_name
from tui_selector.paths import library_paths

#: Peak memory that the engine may take, bytes.
MOST_MEMORY = 1_500_000_000


@pytest.fixture
def hostile(tmp_path: Path, shared_data: Callable[[str], Path]) -> Iterator[Path]:
    folder = tmp_path / "Hostile"
    for name in ("broken", "formats", "exif"):
        shutil.copytree(shared_data(name), folder / name)
    yield folder
    stop(library_paths(folder), LONG_PATIENCE)


def peak_memory(pid: int) -> int:
    """The most memory that a process has had, bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def test_every_file_is_indexed_or_one_problem_with_a_sentence(hostile: Path) -> None:
    answer = command("index", hostile, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert not answer.hostile
    if Path("/proc/self/status").exists():
        assert 0 < peak_memory(engine_pid(hostile)) < MOST_MEMORY

    problems = answer.json["problems"]
    assert problems
    for problem in problems:
        assert re.fullmatch(r"[A-Z][^\n]+\.", problem["reason"]), problem
    told = [problem["path"] for problem in problems]
    assert len(told) == len(set(told))

    states = {os.fsdecode(path): state for path, state in query(hostile, _STATES)}
    companions = {os.fsdecode(path) for (path,) in query(hostile, "SELECT path FROM companions")}
    media = {
        str(path.relative_to(hostile))
        for path in hostile.rglob("*")
        if path.is_file() and kind_by_name(path.name) is not None
    }
    assert media == states.keys() | (companions & media)
    assert {path for path, state in states.items() if state == "problem"} == set(told)
    assert set(states.values()) == {"indexed", "problem"}
    assert answer.json["photos"] == len(states)

    for arguments in (["list"], ["clusters", "-k", "5"], ["index"]):
        text = command(*arguments, hostile)
        assert text.code == 0
        assert not text.hostile
        assert not text.err


_STATES = "SELECT path, state FROM photos WHERE state NOT IN ('trashed', 'missing')"
