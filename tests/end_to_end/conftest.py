"""What end-to-end tests share: a terminal, an album, and no engine left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from patience import LONG_PATIENCE
from terminal_session import Terminal

from tui_selector.cli.demo_album import write_album
from tui_selector.engine.client import stop
from tui_selector.paths import library_paths

Open = Callable[..., Terminal]


@pytest.fixture(scope="session")
def pristine_album(tmp_path_factory: pytest.TempPathFactory, converted_models: Path) -> Path:
    """The demo album, written once for a run of the tests, to be copied and never opened."""
    folder = converted_models.with_name("pristine-album")
    if not folder.exists():
        made = tmp_path_factory.mktemp("pristine") / "album"
        made.mkdir()
        list(write_album(made))
        # Where another of the processes was faster, what it put there stays.
        with suppress(OSError):
            made.rename(folder)
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
