"""What was found, page by page, without a screen; and how scores are drawn."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tui_selector.app.searches import Results, Sought
from tui_selector.app.widgets.score_chart import ScoreChart
from tui_selector.engine.search_messages import Found, Hit, Search, Similar
from tui_selector.search.scores import Weights


def page(hits: dict[int, float], total: int, nearest: dict[int, float] | None = None) -> Found:
    return Found(
        query="",
        hits=[Hit(photo=photo, score=score) for photo, score in hits.items()],
        total=total,
        nearest=[Hit(photo=photo, score=score) for photo, score in (nearest or {}).items()],
        floor=0.5,
        ranked=True,
        complete=True,
        histogram=[0] * 20,
        notes=[],
        encoding_ms=0.0,
        searching_ms=0.0,
    )


NOTHING = Results(Sought(text="dog"), array("q"), 0, 0, ranked=True)


def test_pages_follow_one_another_and_the_nearest_come_last() -> None:
    first = NOTHING.with_page(page({1: 0.9, 2: 0.8}, 3))
    assert (list(first.ids), first.matches, first.has_more) == ([1, 2], 2, True)
    both = first.with_page(page({3: 0.7}, 3, {4: 0.4, 5: 0.3}))
    assert (list(both.ids), both.matches, both.has_more) == ([1, 2, 3, 4, 5], 3, False)
    assert [both.is_match(photo) for photo in both.ids] == [True] * 3 + [False] * 2


def test_a_photo_that_moved_to_the_next_page_stands_once() -> None:
    first = NOTHING.with_page(page({1: 0.9, 2: 0.8}, 4))
    both = first.with_page(page({2: 0.7, 3: 0.6}, 4, {1: 0.4}))
    assert list(both.ids) == [1, 2, 3]
    assert both.hits[2].score == 0.8


def test_a_page_without_hits_is_the_end() -> None:
    first = NOTHING.with_page(page({1: 0.9}, 9))
    assert not first.with_page(page({}, 9)).has_more


@given(st.lists(st.lists(st.integers(1, 30), max_size=8, unique=True), max_size=6))
def test_no_page_doubles_or_loses_a_photo(pages: list[list[int]]) -> None:
    results, told = NOTHING, set[int]()
    for photos in pages:
        results = results.with_page(page(dict.fromkeys(photos, 0.9), 30))
        told.update(photos)
    assert len(set(results.ids)) == len(results.ids) == results.matches
    assert set(results.ids) == told


def test_what_is_sought_becomes_a_request() -> None:
    weights = Weights(name=0)
    words = Sought(text="dog", marked=(7,), floor=0.3, weights=weights).request(5, 10, "dog")
    assert isinstance(words, Search)
    assert (words.text, words.marked, words.offset, words.limit) == ("dog", [7], 5, 10)
    assert (words.floor, words.weights) == (0.3, weights)
    like = Sought(photos=(1,), unlike=(2,), region=(0, 0, 1, 0.5)).request(0, 1, "x")
    assert isinstance(like, Similar)
    assert (like.photos, like.unlike, like.region, like.text) == ([1], [2], (0, 0, 1, 0.5), "x")


def test_titles_are_short_and_harmless() -> None:
    assert Sought(text=" red \n bus ").title == "red bus"
    assert Sought(text="\x1b[31m").title == "\\x1b[31m"
    assert len(Sought(text="a" * 10_000).title) <= 60
    assert Sought(text="sea", like="a.jpg").title == "like a.jpg, sea"


async def test_a_single_photo_shows_among_many_and_the_line_follows_the_threshold() -> None:
    class Charted(App[None]):
        CSS = "ScoreChart { width: 40; }"

        def compose(self) -> ComposeResult:
            yield ScoreChart()

    app = Charted()
    async with app.run_test() as pilot:
        chart = app.query_one(ScoreChart)
        chart.show([100_000, *[0] * 18, 1], 0.5)
        await pilot.pause()
        rows = [chart.render_line(y).text for y in range(chart.size.height)]
        assert all(len(row) == 40 for row in rows)
        assert rows[-2][-1] != " "
        assert rows[0][0] == "█"
        assert rows[-1][20] == "▲"
        assert {row[20] for row in rows[:-1]} == {"│"}
        for floor in (0.0, 0.3, 0.5, 0.51, 0.9):
            chart.show([100_000, *[0] * 19], floor)
            axis = chart.render_line(6).text
            assert axis.replace("▲", " ").split()[-2:] == ["score", "100"]
            assert axis.index("▲") == chart.line
            assert len(axis) == 40
        chart.show([100_000, *[0] * 19], 1.0)
        assert chart.render_line(6).text[-1] == "▲"
        chart.show([], 0.5)
        assert not chart.render_line(0).text.strip()
