"""Processes that are killed at the worst moment."""

from __future__ import annotations

import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from installed_command import command, engine_pid, query, wait_until
from patience import LONG_PATIENCE
from PIL import Image

from tui_selector.engine.client import stop
from tui_selector.engine.launch import is_running
from tui_selector.library.decisions import trash
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.builtin import load_builtin
from tui_selector.paths import library_paths

PHOTOS, CONTENTS = 360, 354
KILLS = 10


@pytest.fixture
def many(album: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder of small photos, the last of which are byte for byte copies of the first."""
    folder = tmp_path / "Many"
    folder.mkdir()
    sources = []
    for path in sorted(album.glob("*_0[1-6].jpg")):
        with Image.open(path) as picture:
            small = io.BytesIO()
            picture.resize((96, 64)).save(small, "JPEG")
            sources.append(small.getvalue())
    for number in range(PHOTOS):
        # What follows the end of a JPEG is no part of the picture.
        content = number % CONTENTS
        data = sources[content % len(sources)] + content.to_bytes(4, "big")
        (folder / f"{number:03}.jpg").write_bytes(data)
    yield folder
    stop(library_paths(folder), LONG_PATIENCE)


def test_an_engine_killed_ten_times_loses_and_doubles_nothing(
    many: Path, converted_models: Path
) -> None:
    # The model is converted by then; otherwise nine of ten engines would die at that.
    load_builtin(converted_models, "cpu")
    count = "SELECT count(*) FROM photos WHERE state = 'indexed'"
    start = [sys.executable, "-m", "tui_selector", "index", str(many)]
    killed: set[int] = set()
    done = before = 0
    chance = random.Random(7)
    for round_ in range(KILLS):
        client = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: engine_pid(many) not in killed | {0})
        wait_until(library_paths(many).socket.exists)
        # In turn: while it starts, at its first photos, and in the middle of more.
        wait_until(partial(_has_indexed, many, done + round_ % 3 * 12))
        time.sleep(chance.random() * 0.1)  # at any moment of a batch
        client.kill()  # or it would start another engine
        client.wait()
        pid = engine_pid(many)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(library_paths(many)))
        library_paths(many).socket.unlink()
        killed.add(pid)
        before, ((done,),) = done, query(many, count)
        assert done >= before
    assert len(killed) == KILLS
    assert 0 < done < PHOTOS, "the engine was done before it was killed"

    answer = command("index", many, "--json")
    assert answer.code == 0
    assert (answer.json["photos"], answer.json["problems"]) == (PHOTOS, [])
    assert query(many, count) == [(PHOTOS,)]
    assert query(many, "SELECT count(DISTINCT path), count(DISTINCT hash) FROM photos") == [
        (PHOTOS, CONTENTS)
    ]
    # One row of the vectors' file for each content, named by nobody else.
    spaces = query(
        many,
        "SELECT space, count(*), count(DISTINCT hash), max(row) + 1 FROM vectors GROUP BY space",
    )
    assert len(spaces) == 2
    assert all(numbers == [CONTENTS, CONTENTS, CONTENTS] for _, *numbers in spaces)
    sizes = sorted(file.stat().st_size for file in library_paths(many).vectors.iterdir())
    assert sizes == [CONTENTS * 384 * 2, CONTENTS * 512 * 2]
    with ThumbnailStore.open(library_paths(many).thumbnails) as thumbnails:
        assert thumbnails.hashes() >= {hash_ for (hash_,) in query(many, "SELECT hash FROM photos")}
    assert query(many, "SELECT count(*) FROM members") == [(PHOTOS,)]
    orphans = "SELECT count(*) FROM vectors WHERE hash NOT IN (SELECT hash FROM photos)"
    assert query(many, orphans) == [(0,)]
    assert query(many, "PRAGMA integrity_check") == [("ok",)]
    assert len(list(many.iterdir())) == PHOTOS


def _has_indexed(folder: Path, wanted: int) -> bool:
    """Whether the engine has begun a catalog and indexed so many photos."""
    if not library_paths(folder).catalog.exists():
        return False
    try:
        ((done,),) = query(folder, "SELECT count(*) FROM photos WHERE state = 'indexed'")
    except sqlite3.OperationalError:
        return False  # its tables are just being made
    return int(done) >= wanted


#: Trashes photos and dies before its `sys.argv[2]`-th move of a file, the journal being written.
_DIE = """
import os, signal, sys
from tui_selector.cli.root import run
from tui_selector.engine.launch import is_running
from tui_selector.library.decisions import trash

moves = 0
rename = trash.rename_new

def die(source, target):
    global moves
    if moves == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    moves += 1
    rename(source, target)

trash.rename_new = die
run(["trash", sys.argv[1], *sys.argv[3:]])
"""


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_dying_between_the_journal_and_the_move_loses_no_photo(album: Path, moved: int) -> None:
    names = ["cat_01.jpg", "cat_02.jpg", "cat_03.jpg"]
    before = {name: (album / name).read_bytes() for name in names}
    everything = {path.name for path in album.iterdir()}
    assert command("mark", album, *names, "--pick").code == 0
    died = subprocess.run([sys.executable, "-c", _DIE, album, str(moved), *names])
    assert died.returncode == -signal.SIGKILL
    assert len([path for path in album.iterdir() if path.name in names]) == len(names) - moved
    assert '"trash"' in library_paths(album).journal.read_text()

    # The next command brings every photo to one of its two places, and says so.
    after = command("list", album, "--json")
    assert after.err.count("\n") == 1
    listed = {photo["path"] for photo in after.json}
    standing = {path.name for path in album.iterdir()}
    assert listed == standing
    for name in names:
        in_trash = [place.trash_path for place in trash.find(album / name)]
        places = [*([album / name] if (album / name).exists() else []), *in_trash]
        assert [place.read_bytes() for place in places] == [before[name]], name
    assert everything - standing <= set(names)

    if standing != everything:
        assert command("undo", album).code == 0
    assert {path.name for path in album.iterdir()} == everything
    assert all((album / name).read_bytes() == before[name] for name in names)
    picked = command("list", album, "--flag", "pick", "--json").json
    assert {photo["path"] for photo in picked} >= set(names)
