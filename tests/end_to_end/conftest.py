"""What end-to-end tests share: a terminal, an album, and no engine left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminal_session import Terminal

from tui_selector.cli.demo_album import write_album
from tui_selector.cli.root import run

Open = Callable[..., Terminal]


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Path]:
    """The demo album; its engine is stopped at the end."""
    folder = tmp_path / "Photos"
    folder.mkdir()
    list(write_album(folder))
    yield folder
    run(["engine", "stop", str(folder)])


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
