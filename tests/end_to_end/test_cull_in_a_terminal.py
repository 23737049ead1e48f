"""The installed command, driven by keys in a real pseudo-terminal, from first bytes to quitting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from installed_command import command, engine_pid, paths_of
from terminal_session import Terminal

from tui_selector.library.photo import Flag

Open = Callable[..., Terminal]


def listed(folder: Path, *arguments: str) -> list[dict[str, object]]:
    """What the command says that the photos are."""
    answer = command("list", folder, "--json", *arguments)
    assert answer.code == 0
    found: list[dict[str, object]] = answer.json
    return found


def indexed(folder: Path) -> bool:
    return paths_of(folder, "true") != [] and not paths_of(folder, "state = 'found'")


def flagged(folder: Path, flag: Flag) -> list[str]:
    return paths_of(folder, f"flag = {int(flag)}")


def test_open_cull_undo_leave_and_come_back(album: Path, open_terminal: Open) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("All")
    terminal.wait("Problems")
    terminal.wait(lambda: indexed(album))
    assert len([photo for photo in listed(album) if photo["state"] == "problem"]) == 1

    terminal.press("gp")
    terminal.wait(lambda: len(flagged(album, Flag.PICK)) == 1)
    assert len(listed(album, "--flag", "pick")) == 1
    terminal.press("xx")
    terminal.wait(lambda: len(flagged(album, Flag.REJECT)) == 2)
    assert len(listed(album, "--flag", "reject")) == 2
    terminal.press("u")
    terminal.wait(lambda: len(flagged(album, Flag.REJECT)) == 1)
    before = {path.name for path in album.iterdir()}
    terminal.press("d")
    terminal.wait(lambda: len({path.name for path in album.iterdir()}) < len(before))
    terminal.press("u")
    terminal.wait(lambda: {path.name for path in album.iterdir()} == before)
    terminal.press("4")
    terminal.wait(lambda: len(paths_of(album, "rating = 4")) == 1)

    assert terminal.leave() == 0
    assert b"\x1b[?1049l" in terminal.seen
    assert b"Traceback" not in terminal.seen

    again = open_terminal(album, "--graphics", "halfcell")
    rated = listed(album, "--rating", "4")[0]
    again.wait(Path(str(rated["path"])).name)
    assert again.leave() == 0


def test_new_photos_come_in_while_the_album_is_open(
    album: Path, open_terminal: Open, tmp_path: Path
) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("All")
    terminal.wait(lambda: indexed(album))
    count = len(listed(album))
    data = (album / "cat_01.jpg").read_bytes()
    whole = tmp_path / "outside.jpg"
    whole.write_bytes(data[:-2] + b"\xff\xd9")
    with (album / "slow.jpg").open("wb") as slow:
        slow.write(data[: len(data) // 2])
        slow.flush()
        whole.rename(album / "renamed_in.jpg")
        terminal.wait(lambda: len(paths_of(album, "true")) >= count + 1)
        slow.write(data[len(data) // 2 :])
    terminal.wait(lambda: len(paths_of(album, "true")) == count + 2 and indexed(album))
    slow_row = next(photo for photo in listed(album) if photo["path"] == "slow.jpg")
    assert slow_row["state"] == "indexed"
    assert slow_row["bytes"] == len(data)
    assert terminal.leave() == 0


def test_a_lost_connection_leaves_the_engine_at_work(album: Path, open_terminal: Open) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("All")
    status = [sys.executable, "-m", "tui_selector", "engine", "status", str(album), "--json"]
    terminal.wait(lambda: engine_pid(album))
    os.kill(terminal.process.pid, signal.SIGHUP)
    terminal.wait(lambda: not terminal.process.isalive())
    answer = subprocess.run(status, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["pid"]


def test_an_empty_folder_says_so(tmp_path: Path, open_terminal: Open) -> None:
    terminal = open_terminal(tmp_path, "--graphics", "halfcell")
    terminal.wait(lambda: re.search("[Nn]o photos", terminal.text))
    terminal.wait(lambda: engine_pid(tmp_path))
    assert terminal.leave() == 0
    assert command("engine", "stop", tmp_path).code == 0


def test_a_tiny_window_and_a_dumb_terminal(album: Path, open_terminal: Open) -> None:
    tiny = open_terminal(album, "--graphics", "halfcell", columns=1, lines=1)
    tiny.wait(lambda: b"\x1b[?1049h" in tiny.seen)
    tiny.wait(lambda: tiny.seen.count(b"\x1b[") > 20)
    assert tiny.leave() == 0
    assert b"Traceback" not in tiny.seen
    dumb = open_terminal(album, environment={"TERM": "dumb"})
    dumb.wait("TERM=dumb")
