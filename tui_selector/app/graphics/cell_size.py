"""Notices another font size in a running session: by the kernel, in-band, or by asking again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events

from tui_selector.app.graphics.answers import CELL_SIZE, cell_of
from tui_selector.app.graphics.late_answers import CellSizeAnswer, LateAnswers
from tui_selector.app.graphics.multiplexer import multiplexer
from tui_selector.app.graphics.probe import window_of

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp

PATIENCE = 5.0
"""Seconds that an answer may take; then the question may be put again."""


class CellSize:
    """Keeps the painters of an app in agreement with the terminal's cells.

    A window that is resized tells its size in pixels where the terminal has in-band reports (mode
    2048), and the kernel knows it most of the time. Where its word is not what the terminal has
    said of itself, the terminal is asked again.
    """

    def __init__(self, app: SelectorApp, late: LateAnswers | None) -> None:
        """
        Args:
            app: The app; its `graphics` hold the size now.
            late: Takes the answer out of what is typed; None where the terminal cannot be asked.
        """
        self._app = app
        self._late = late
        # What tmux says of its window is exact, and not every tmux answers the question.
        said = app.graphics.cell_source == "terminal"
        self._asks = said and not multiplexer(app.graphics.name, os.environ)
        self._asked_at: float | None = None
        self._again = False

    def resized(self, event: events.Resize) -> None:
        """The window has another size, in cells or in pixels."""
        if event.pixel_size is not None:
            columns, rows = event.size
            width, height = event.pixel_size
            self._take(cell_of((rows, columns, width, height)))
            return
        cell = self._kernels()
        if cell == self._now():
            return
        if self._asks and self._late is not None:
            self._ask(self._late)
        else:
            self._take(cell)

    def answered(self, answer: CellSizeAnswer) -> None:
        """The terminal has answered."""
        self._asked_at = None
        self._take((answer.width, answer.height))
        if self._again and self._late is not None:
            self._ask(self._late)

    def _now(self) -> tuple[int, int]:
        graphics = self._app.graphics
        return graphics.cell_width_px, graphics.cell_height_px

    def _kernels(self) -> tuple[int, int] | None:
        descriptor = getattr(self._app._driver, "fileno", None)
        return cell_of(window_of(descriptor)) if isinstance(descriptor, int) else None

    def _ask(self, late: LateAnswers) -> None:
        """Ask once, however often the window is resized until the answer comes, then once more."""
        now, driver = time.monotonic(), self._app._driver
        if self._asked_at is not None and now - self._asked_at < PATIENCE:
            self._again = True
        elif driver is not None:
            self._asked_at, self._again = now, False
            late.expect(PATIENCE)
            driver.write(CELL_SIZE.decode())

    def _take(self, cell: tuple[int, int] | None) -> None:
        """Tell painters and views of a new size."""
        if cell is None or cell == self._now():
            return
        app = self._app
        width, height = cell
        app.graphics = replace(app.graphics, cell_width_px=width, cell_height_px=height)
        for painter in (app.painter, app.loupe_painter):
            painter.cell_size_changed(width, height)
        for screen in app.screen_stack:
            for view in screen.query("TileView, PhotoView"):
                # Drops the lines that were drawn with pictures of the old size, and plans anew.
                view.notify_style_update()
                view.refresh()
                view.post_message(events.Resize(view.size, view.virtual_size, view.container_size))
