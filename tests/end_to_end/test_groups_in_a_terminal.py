"""Near-duplicates in a real pseudo-terminal: found by the engine, thinned out, ranked, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installed_command import paths_of
from patience import LONG_PATIENCE
from PIL import Image, ImageFilter
from skimage import data
from terminal_session import Terminal

from tui_selector.engine.client import stop
from tui_selector.library.photo import Flag
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]


@pytest.fixture
def frames(tmp_path: Path) -> Iterator[Path]:
    """Three frames of one picture, the second sharp, and another picture; the engine is stopped at
    the end."""
    folder = tmp_path / "Frames"
    folder.mkdir()
    scene = Image.fromarray(data.astronaut())
    for name, blur in (("a", 2.0), ("b", 0.0), ("c", 4.0)):
        scene.filter(ImageFilter.GaussianBlur(blur)).save(folder / f"{name}.jpg", quality=95)
    Image.fromarray(data.coffee()).save(folder / "other.jpg", quality=95)
    yield folder
    stop(library_paths(folder), LONG_PATIENCE)


def rejected(folder: Path) -> list[str]:
    """Names of the photos that are rejected."""
    return paths_of(folder, f"flag = {int(Flag.REJECT)}")


def test_a_group_is_found_thinned_out_and_ranked(frames: Path, open_terminal: Open) -> None:
    terminal = open_terminal(frames, "--graphics", "halfcell")
    terminal.wait("other.jpg")
    terminal.press("D")
    terminal.wait("3 photos ·")
    terminal.wait("b.jpg · 1 of 3")
    terminal.wait("best")

    terminal.press("b")
    terminal.wait("Reject 2 photos of 1 group?")
    terminal.press("\r")
    terminal.wait("✗")
    terminal.wait(lambda: rejected(frames) == ["a.jpg", "c.jpg"])
    terminal.press("u")
    terminal.wait(lambda: rejected(frames) == [])

    terminal.press("w")
    terminal.wait("1 of 3 ranked, 3 choices left at most")
    terminal.press("l")
    terminal.wait("2 of 3 ranked")
    terminal.press("\x1b")
    terminal.wait("2 of 3 photos are ranked")
    terminal.press("g")
    terminal.wait("You chose it over 1 of 2 others.")
    assert rejected(frames) == []
    terminal.press("\x1b")
    terminal.wait("×3")
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen
