"""An album of noise, a dialog over it, and a driver that hands a test what the terminal gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from textual.app import ComposeResult
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_selector.app.widgets.tile_grid import Tile

#: How many files there are; photos with higher numbers show the same again.
FILES = 7


def noise(folder: Path, size: tuple[int, int]) -> Path:
    """Write the files of an album; noise makes the largest pictures there are."""
    for name in range(FILES):
        Image.effect_noise(size, 60 + name).convert("RGB").save(folder / f"{name}.jpg")
    return folder


class Album:
    """Photos named by numbers; those whose index is in `dimmed` are drawn dark."""

    def __init__(self, folder: Path, names: range) -> None:
        self.folder = folder
        self.names = names
        self.dimmed: set[int] = set()

    def __len__(self) -> int:
        return len(self.names)

    def tile(self, index: int) -> Tile:
        name = self.names[index]
        return Tile(
            f"{name:064x}",
            str(self.folder / f"{name % FILES}.jpg"),
            f"{name}.jpg",
            dimmed=index in self.dimmed,
        )


class Dialog(ModalScreen[None]):
    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > Static { width: 31; height: 9; background: $surface; }
    """

    def compose(self) -> ComposeResult:
        yield Static("over the grid")


def driver_to(write: Callable[[str], object]) -> type[Driver]:
    """A driver that writes as one of a real terminal does, but to a function."""

    class Recorder(HeadlessDriver):
        @property
        def is_headless(self) -> bool:
            return False

        def write(self, data: str) -> None:
            write(data)

        def disable_input(self) -> None:
            return

        def stop_application_mode(self) -> None:
            return

    return Recorder
