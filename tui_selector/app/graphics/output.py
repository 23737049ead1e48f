"""From the probe's answer to a painter, and from the painter to the terminal."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui_selector.app.graphics.halfcell import Depth, HalfCellPainter
from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.link_driver import is_full
from tui_selector.app.graphics.painter import Painter, TextPainter
from tui_selector.app.graphics.probe import TerminalGraphics

if TYPE_CHECKING:
    from textual.driver import Driver

_COMMAND = re.compile(r"\x1b_G[^\x1b]*\x1b\\")

LONGEST = 480
"""Most pixels on a side of a tile's picture; the terminal scales up what needs more."""

LARGEST = 2400
"""Most pixels on a side of a picture that has the screen to itself."""

UPPER_IDS = 1 << 23
"""Where the ids of large pictures begin, far from those of tiles."""


def make_painter(
    app: App[Any],
    graphics: TerminalGraphics,
    *,
    large: bool = False,
    link: TerminalLink | None = None,
) -> Painter:
    """The painter for a terminal; one serves every grid of the app, another its large pictures.

    Pictures that it leaves in the terminal are freed when the app leaves the screen: at its end,
    when it is suspended, and after a crash.

    Args:
        app: The app, running or about to.
        graphics: What the probe found.
        large: Whether for pictures that have the screen to themselves.
        link: The line to the terminal, which all painters of an app share.
    """
    width, height = graphics.cell_width_px, graphics.cell_height_px
    if graphics.kind == "off":
        return TextPainter()
    if graphics.kind == "kitty":
        output = TerminalOutput(app, passthrough=graphics.passthrough)
        random_id = int.from_bytes(os.urandom(3), "big") % UPPER_IDS
        painter = KittyPainter(
            output.write,
            backlog=output.full,
            link=link,
            cell_width=width,
            cell_height=height,
            first_id=random_id + (UPPER_IDS if large else 0),
            longest=LARGEST if large else LONGEST,
        )
        output.painter = painter
        return painter
    return HalfCellPainter(depth_of(app), cell_width=width, cell_height=height)


def depth_of(app: App[Any]) -> Depth:
    """Colours for half blocks, as Textual chose them for the terminal."""
    if app.no_color:
        return "ramp"
    colours = app.console.color_system
    if colours == "truecolor":
        return "truecolor"
    return "256" if colours == "256" else "ramp"


class TerminalOutput:
    """Writes escape sequences through the app's driver, in one queue with the frames."""

    def __init__(self, app: App[Any], *, passthrough: bool = False) -> None:
        """
        Args:
            app: The app.
            passthrough: Whether to wrap graphics commands for tmux to hand on.
        """
        self._app = app
        self._passthrough = passthrough
        self._driver: Driver | None = None
        self.painter: Painter | None = None

    def write(self, text: str) -> None:
        driver = self._app._driver
        if driver is None:
            return
        if driver is not self._driver:
            self._clean_up_before_leaving(driver)
        driver.write(_COMMAND.sub(_for_tmux, text) if self._passthrough else text)

    def full(self) -> bool:
        """Whether so much is under way that a picture would make the next frame wait."""
        return is_full(self._app._driver)

    def _clean_up_before_leaving(self, driver: Driver) -> None:
        """Free the pictures whenever the driver gives the screen back, whatever the cause."""
        self._driver = driver
        leave = driver.stop_application_mode

        def free_and_leave() -> None:
            if self.painter is not None:
                self.painter.clear_all()
            leave()

        driver.stop_application_mode = free_and_leave  # type: ignore[method-assign]


def _for_tmux(command: re.Match[str]) -> str:
    doubled = command[0].replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
