"""What end-to-end tests share: a terminal, an album, and no engine left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import LONG_PATIENCE
from terminal_session import Terminal

from tui_selector.cli.demo_album import write_album
from tui_selector.engine.client import stop
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]


@pytest.fixture(scope="session")
def pristine_album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo album, written once, to be copied and never opened."""
    folder = tmp_path_factory.mktemp("pristine")
    list(write_album(folder))
    return folder


@pytest.fixture
def album(pristine_album: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the demo album; its engine is stopped at the end."""
    folder = shutil.copytree(pristine_album, tmp_path / "Photos")
    yield folder
    stop(library_paths(folder), LONG_PATIENCE)


@pytest.fixture
def open_terminal() -> Iterator[Open]:
    """A function that starts `tui-selector` with these arguments in a terminal."""
    opened: list[Terminal] = []

    def start(*arguments: object, **options: object) -> Terminal:
        terminal = Terminal([str(argument) for argument in arguments], **options)  # type: ignore[arg-type]
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()
