"""From the probe's answer to a painter, and from the painter to the terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui_selector.app.graphics.halfcell import Depth, HalfCellPainter
from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.link_driver import is_full
from tui_selector.app.graphics.painter import Painter, TextPainter
from tui_selector.app.graphics.partial_frames import write_changes_alone
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
    if graphics.kind == "off":
        return TextPainter()
    if graphics.kind in ("halfcell", "kitty") and not large:
        write_changes_alone(app, link, erases=graphics.repeats)
    if graphics.kind == "halfcell":
        return HalfCellPainter(
            depth_of(app),
            cell_width=graphics.cell_width_px,
            cell_height=graphics.cell_height_px,
        )
    output = TerminalOutput(app, passthrough=graphics.passthrough)
    link = TerminalLink() if link is None else link
    painter: Painter
    if graphics.kind == "sixel":
        painter = _sixel_painter(output, graphics, link, large=large)
    else:
        painter = _kitty_painter(output, graphics, link, large=large)
    output.painter = painter
    return painter


def _kitty_painter(
    output: TerminalOutput, graphics: TerminalGraphics, link: TerminalLink, *, large: bool
) -> KittyPainter:
    random_id = int.from_bytes(os.urandom(3), "big") % UPPER_IDS
    make: Callable[..., KittyPainter] = KittyPainter
    if graphics.kind == "classic":
        from tui_selector.app.graphics.classic import ClassicLayer, ClassicPainter
        from tui_selector.app.graphics.placed import PictureLayer

        layer = PictureLayer.of(output.app)
        if not isinstance(layer, ClassicLayer):
            layer = ClassicLayer(output.app, output.write, link, erases=graphics.repeats)
        make = partial(ClassicPainter, layer)
    return make(
        output.write,
        backlog=output.full,
        link=link,
        cell_width=graphics.cell_width_px,
        cell_height=graphics.cell_height_px,
        first_id=random_id + (UPPER_IDS if large else 0),
        longest=LARGEST if large else LONGEST,
    )


def _sixel_painter(
    output: TerminalOutput, graphics: TerminalGraphics, link: TerminalLink, *, large: bool
) -> Painter:
    from tui_selector.app.graphics import sixel
    from tui_selector.app.graphics.placed import PictureLayer

    layer = PictureLayer.of(output.app)
    if not isinstance(layer, sixel.SixelLayer):
        layer = sixel.SixelLayer(output.app, output.write, link, erases=graphics.repeats)
    registers = graphics.colours or 256
    most = sixel.LARGEST
    if graphics.largest_width_px and graphics.largest_height_px:
        most = graphics.largest_width_px, graphics.largest_height_px
    longest = LARGEST if large else LONGEST
    return sixel.SixelPainter(
        layer,
        cell_width=graphics.cell_width_px,
        cell_height=graphics.cell_height_px,
        colours=min(registers, sixel.LARGE_COLOURS if large else sixel.TILE_COLOURS),
        largest=(min(longest, most[0]), min(longest, most[1])),
    )


def depth_of(app: App[Any]) -> Depth:
    """Colours for half blocks, as Textual chose them for the terminal."""
    if app.no_color:
        return "ramp"
    colours = app.console.color_system
    depths: dict[str | None, Depth] = {"truecolor": "truecolor", "256": "256", None: "ramp"}
    return depths.get(colours, "16")


class TerminalOutput:
    """Writes escape sequences through the app's driver, in one queue with the frames."""

    def __init__(self, app: App[Any], *, passthrough: bool = False) -> None:
        """
        Args:
            app: The app.
            passthrough: Whether to wrap graphics commands for tmux to hand on.
        """
        self.app = app
        self._passthrough = passthrough
        self._driver: Driver | None = None
        self.painter: Painter | None = None

    def write(self, text: str) -> None:
        driver = self.app._driver
        if driver is None:
            return
        if driver is not self._driver:
            self._clean_up_before_leaving(driver)
        driver.write(_COMMAND.sub(_for_tmux, text) if self._passthrough else text)

    def full(self) -> bool:
        """Whether so much is under way that a picture would make the next frame wait."""
        return is_full(self.app._driver)

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
