"""Partial frames leave the screen as full ones do, and write what changes alone."""

from __future__ import annotations

import asyncio
import re
from functools import cache

import pyte
import pytest
from drawn_album import driver_to
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.graphics.strips import LineStrip

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


def terminal(written: list[str]) -> pyte.Screen:
    """The terminal after all that was written to it."""
    screen = pyte.Screen(*SIZE)
    pyte.Stream(screen).feed(re.sub(r"\x1b\[[<>=?][\d;]*[a-zA-Z]", "", "".join(written)))
    return screen


def seen(written: list[str]) -> list[str]:
    return list(terminal(written).display)


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


CARD, GAP = Color.parse("blue"), Color.parse("red")


class Wall(Widget):
    """Tiles of six cells by two lines, six to a row; each says its number and how often it changed.

    Its strips stay the same objects until a tile changes, as those of a grid do.
    """

    DEFAULT_CSS = "Wall { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.top = 0
        self.changes: dict[int, int] = {}

    @staticmethod
    @cache
    def tile(number: int, changes: int, row: int) -> Strip:
        on, beside = Style(bgcolor=CARD), Style(bgcolor=GAP)
        words = f"{number:03}" if row == 0 else f"{changes or '':<3}"
        parts = [Segment(" ", beside), Segment(f" {words} ", on), Segment("", on)]
        return LineStrip([Strip([part]) for part in parts])

    def render_line(self, y: int) -> Strip:
        row, inner = divmod(y + self.top, 2)
        tiles = range(6 * row, 6 * row + 6)
        parts = [self.tile(number, self.changes.get(number, 0), inner) for number in tiles]
        return LineStrip([*parts, Strip.blank(self.size.width - 36, Style(bgcolor=GAP))])

    def render_lines(self, crop: Region) -> list[Strip]:
        return [self.render_line(y).crop(*crop.column_span) for y in crop.line_range]

    def change(self, tile: int) -> None:
        """Let a tile that is on the screen look different."""
        number = self.top // 2 * 6 + tile
        self.changes[number] = self.changes.get(number, 0) + 1
        y = number // 6 * 2 - self.top
        self.refresh(Region(number % 6 * 6, max(0, y), 6, 2 - max(0, -y)))

    def scroll_by(self, lines: int) -> None:
        self.top = max(0, self.top + lines)
        self.refresh()

    @property
    def text(self) -> list[str]:
        return [self.render_line(y).text for y in range(SIZE[1] - 1)]

    @property
    def grounds(self) -> list[list[str]]:
        """The colour behind every cell."""
        return [
            [
                segment.style.bgcolor.name
                for segment in self.render_line(y)
                if segment.style is not None and segment.style.bgcolor is not None
                for _ in segment.text
            ]
            for y in range(SIZE[1] - 1)
        ]


def wall_app(written: list[str], *, slow: bool = False) -> App[None]:
    link = TerminalLink()
    if slow:
        link.speed.rate = 250_000.0
        link.listen(lambda _: None)
    graphics = TerminalGraphics("halfcell", truecolour=True, name="kitty(0.41.1)")

    class WallApp(App[None]):
        def __init__(self) -> None:
            super().__init__(driver_class=driver_to(written.append))
            make_painter(self, graphics, link=link)

        def compose(self) -> ComposeResult:
            yield Static("a wall")
            yield Wall()

    return WallApp()


async def test_scrolling_writes_what_comes_into_sight_alone(
    written: list[str],
) -> None:
    app = wall_app(written)
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        wall = app.query_one(Wall)
        for lines, whole in ((2, True), (2, False), (4, False), (-2, False), (-4, False)):
            count = len(written)
            wall.scroll_by(lines)
            text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", await frame(pilot, written, count))
            assert seen(written)[1:] == wall.text
            comes = SIZE[1] - 1 if whole else abs(lines)
            assert len(re.sub(r"[\r\n]", "", text)) == comes * SIZE[0], "the first is not known yet"
        count = len(written)
        wall.change(4)
        wall.scroll_by(2)
        await frame(pilot, written, count)
        assert seen(written)[1:] == wall.text


async def test_nothing_is_moved_that_the_terminal_has_forgotten(
    written: list[str],
) -> None:
    app = wall_app(written)
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        wall = app.query_one(Wall)
        for _ in range(2):
            count = len(written)
            wall.scroll_by(2)
            await frame(pilot, written, count)
        app.app_resume_signal.publish(app)
        del written[:]
        wall.scroll_by(2)
        await frame(pilot, written, 0)
        assert seen(written)[1:] == wall.text


steps = st.lists(
    st.one_of(
        st.tuples(st.just("scroll"), st.integers(-7, 7)),
        st.tuples(st.just("change"), st.integers(0, 23)),
        st.tuples(st.just("both"), st.integers(-5, 5)),
        st.tuples(st.just("cover"), st.just(0)),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps, slow=st.booleans())
def test_whatever_moves_and_changes_the_screen_is_right(
    steps: list[tuple[str, int]], slow: bool
) -> None:
    written: list[str] = []

    async def run() -> None:
        app = wall_app(written, slow=slow)
        async with app.run_test(headless=False, size=SIZE) as pilot:
            await pilot.pause()
            wall = app.query_one(Wall)
            for what, number in steps:
                if what == "cover":
                    await app.push_screen(Card())
                    await pilot.pause()
                    await app.pop_screen()
                if what in ("scroll", "both"):
                    wall.scroll_by(number)
                if what in ("change", "both"):
                    wall.change(abs(number))
                app.screen._on_timer_update()
                await pilot.pause()
                screen = terminal(written)
                assert list(screen.display)[1:] == wall.text, (what, number)
                grounds = [[screen.buffer[y][x].bg for x in range(SIZE[0])] for y in range(SIZE[1])]
                assert grounds[1:] == wall.grounds, (what, number)

    asyncio.run(run())


async def test_on_a_slow_line_only_words_are_written_and_what_has_changed(
    written: list[str],
) -> None:
    app = wall_app(written, slow=True)
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        wall = app.query_one(Wall)
        for lines in (2, 2):
            count = len(written)
            wall.scroll_by(lines)
            text = await frame(pilot, written, count)
        # Lines that come into sight are erased at once, and then the tiles on them, one by one.
        assert text.count("X") == 2 + 2 * 6
        words = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", " ", text)
        assert words.split() == [f"{number:03}" for number in range(30, 36)]
        assert seen(written)[1:] == wall.text
        count = len(written)
        wall.change(8)
        text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", await frame(pilot, written, count))
        assert text.split() == ["1"]
        assert seen(written)[1:] == wall.text
