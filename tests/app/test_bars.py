"""The row of tabs and the status line: what they show in the room they have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tui_selector.app.widgets.status_bar import Part, StatusBar, duration, fit, progress_text
from tui_selector.app.widgets.tab_bar import TabBar
from tui_selector.engine.protocol import Progress
from tui_selector.library.catalog.tab_table import TabInfo

TABS = [TabInfo(id=-1, name="All", count=300)] + [
    TabInfo(id=number, name=f"cluster {number}", count=number, fresh=number % 3)
    for number in range(1, 301)
]


class Bars(App[None]):
    """Both bars, and what the row of tabs says."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield TabBar()
        yield StatusBar()

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        self.chosen.append(message.tab)


def text(bar: TabBar | StatusBar) -> str:
    return bar.render_line(0).text


async def test_the_active_of_hundreds_of_tabs_is_in_view() -> None:
    app = Bars()
    async with app.run_test(size=(60, 5)) as pilot:
        bar = app.query_one(TabBar)
        for active in (-1, 150, 300, 3):
            bar.show(TABS, active)
            await pilot.pause()
            name = next(tab.name for tab in TABS if tab.id == active)
            assert f" {name} " in text(bar)
            assert cell_len(text(bar)) == 60
        bar.show(TABS, 150)
        assert text(bar).startswith("‹")
        assert text(bar).endswith("›")


async def test_what_is_new_is_counted() -> None:
    app = Bars()
    async with app.run_test(size=(80, 5)):
        bar = app.query_one(TabBar)
        bar.show(TABS[:4], -1)
        assert text(bar).rstrip() == "All 300  cluster 1 1 +1  cluster 2 2 +2  cluster 3 3".join(
            (" ", "")
        )


async def test_a_name_is_made_safe_and_short() -> None:
    app = Bars()
    async with app.run_test(size=(80, 5)):
        bar = app.query_one(TabBar)
        bar.show([TabInfo(id=1, name="a\x1b[2J\u202e" + "海" * 40, count=1)], 1)
        assert "\x1b" not in text(bar)
        assert "…" in text(bar)
        assert cell_len(text(bar).rstrip()) < 32


async def test_clicks_choose_tabs_and_hints_scroll() -> None:
    app = Bars()
    async with app.run_test(size=(60, 5)) as pilot:
        bar = app.query_one(TabBar)
        bar.show(TABS, -1)
        await pilot.pause()
        await pilot.click(TabBar, offset=(12, 0))
        assert app.chosen == [1]
        await pilot.click(TabBar, offset=(59, 0))
        assert app.chosen == [1]
        assert text(bar).startswith("‹")
        await pilot.click(TabBar, offset=(0, 0))
        assert bar.tab_at(1) == -1


parts = st.lists(
    st.builds(
        Part,
        st.text("abc 海★", max_size=30),
        st.integers(0, 9),
        st.sampled_from(["plain", "error"]),
        st.booleans(),
    ),
    max_size=8,
)


@given(parts, st.integers(0, 120))
def test_parts_never_take_more_than_the_room(some: list[Part], width: int) -> None:
    kept = fit(some, width)
    assert cell_len(" │ ".join(part.text for part in kept)) <= max(width, 0)


@given(parts)
def test_everything_is_said_where_there_is_room(some: list[Part]) -> None:
    assert fit(some, 10_000) == [part for part in some if part.text]


def test_the_least_weight_goes_first_and_long_parts_shrink() -> None:
    some = [
        Part("a photo with a long name", 9, shrinks=True),
        Part("marks", 8),
        Part("kitty", 1),
    ]
    assert [part.text for part in fit(some, 33)] == ["a photo with a long name", "marks"]
    assert [part.text for part in fit(some, 24)] == ["a photo with a long name"]
    assert [part.text for part in fit(some, 12)] == ["a photo wit…"]


async def test_the_status_line_is_as_wide_as_the_screen() -> None:
    app = Bars()
    async with app.run_test(size=(30, 5)):
        bar = app.query_one(StatusBar)
        bar.show([Part("IMG_1.jpg  1/3", 9, "strong"), Part("", 5), Part("2 marked", 8)])
        assert text(bar) == " IMG_1.jpg  1/3 │ 2 marked    "


def test_progress_in_words() -> None:
    assert progress_text(Progress(stage="idle", done=3, total=3)) == ""
    assert progress_text(Progress(stage="clustering")) == "making tabs"
    assert progress_text(Progress(stage="scanning", total=9)) == "scanning"
    slow = Progress(stage="indexing", done=5, total=10, rate=2.34, remaining=65.0)
    assert progress_text(slow) == "indexing ▰▰▰▰▰▱▱▱▱▱ 5/10 2.3/s 1:05"
    assert progress_text(Progress(stage="paused", done=12, total=10)) == "paused ▰▰▰▰▰▰▰▰▰▰ 10/10"


def test_durations() -> None:
    assert [duration(s) for s in (0, 7.4, 65, 3600, 36_061)] == [
        "0:00",
        "0:07",
        "1:05",
        "1:00:00",
        "10:01:01",
    ]
