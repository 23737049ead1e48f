"""Partial frames leave the screen as full ones do, and write what changes alone."""

from __future__ import annotations

import re

import pyte
import pytest
from drawn_album import driver_to
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.probe import TerminalGraphics

SIZE = (40, 8)


class Sheet(Widget):
    """Lines of text, of which some cells change at a time."""

    DEFAULT_CSS = "Sheet { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.lines = ["日本語の写真 and words up to the end"] * SIZE[1]

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(self.lines[y])]).adjust_cell_length(self.size.width)

    def change(self, y: int, x: int, text: str) -> None:
        """Write over cells right of the wide characters at the start."""
        line = self.lines[y]
        at = x - sum(cell_len(character) - 1 for character in line)
        self.lines[y] = line[:at] + text + line[at + len(text) :]
        self.refresh(Region(x, y, len(text), 1))


class Card(ModalScreen[None]):
    DEFAULT_CSS = """
    Card { align: center middle; background: transparent; }
    Card > Static { width: 11; height: 3; }
    """

    def compose(self) -> ComposeResult:
        yield Static("over it all")


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def app(written: list[str]) -> App[None]:
    class SheetApp(App[None]):
        def __init__(self) -> None:
            super().__init__(driver_class=driver_to(written.append))
            make_painter(self, TerminalGraphics("halfcell", truecolour=True))

        def compose(self) -> ComposeResult:
            yield Sheet()

    return SheetApp()


def seen(written: list[str]) -> list[str]:
    screen = pyte.Screen(*SIZE)
    pyte.Stream(screen).feed(re.sub(r"\x1b\[[<>=?][\d;]*[a-zA-Z]", "", "".join(written)))
    return list(screen.display)


async def frame(pilot: Pilot[None], written: list[str], count: int) -> str:
    """Wait for a frame behind the first `count` writes, and return it."""
    while not any(map(str.strip, written[count:])):
        await pilot.pause(0.005)
    return "".join(written[count:])


async def test_a_change_at_the_right_end_writes_nothing_of_the_left(
    app: App[None], written: list[str]
) -> None:
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        sheet = app.query_one(Sheet)
        count = len(written)
        sheet.change(2, 30, "NEW")
        sheet.change(5, 20, "x")
        text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", await frame(pilot, written, count))
        assert "".join(text.split()) == "NEWx"
        assert seen(written)[2][24:27] == "NEW", "six characters before it are wide"


async def test_the_screen_is_what_a_full_repaint_would_leave(
    app: App[None], written: list[str]
) -> None:
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        sheet = app.query_one(Sheet)
        for step in range(12):
            count = len(written)
            sheet.change(step % SIZE[1], 13 + 2 * step, "#" * (1 + step % 3))
            if step == 5:
                await app.push_screen(Card())
            if step == 9:
                await app.pop_screen()
            await frame(pilot, written, count)
            partly, count = seen(written), len(written)
            app.screen.refresh(layout=True, repaint=True)
            await frame(pilot, written, count)
            assert seen(written) == partly
        assert not any("over it all" in line for line in seen(written))
