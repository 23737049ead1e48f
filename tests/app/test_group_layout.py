"""Tiles in groups: every cell of the plane belongs to one heading, one tile, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Offset, Size

from tui_selector.app.widgets.group_layout import GroupLayout, group_layout

LAYOUTS = st.builds(
    group_layout,
    st.builds(Size, st.integers(1, 90), st.integers(1, 40)),
    st.builds(Size, st.integers(4, 30), st.integers(3, 12)),
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
)


@given(LAYOUTS)
def test_tiles_stand_below_their_heading_one_group_after_the_other(layout: GroupLayout) -> None:
    end = 0
    for group, top in enumerate(layout.tops[:-1]):
        assert top == end
        tiles = range(layout.firsts[group], layout.firsts[group + 1])
        regions = [layout.region(index) for index in tiles]
        assert regions[0].y == top + 1
        assert all(layout.group_of(index) == group for index in tiles)
        assert not any(one.overlaps(other) for one in regions for other in regions if one != other)
        end = regions[-1].bottom
    assert layout.tops[-1] == end
    assert layout.height >= end


@given(LAYOUTS, st.data())
def test_a_cell_finds_its_tile(layout: GroupLayout, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, layout.count - 1))
    region = layout.region(index)
    x = data.draw(st.integers(region.x, region.right - 1))
    y = data.draw(st.integers(region.y, region.bottom - 1))
    assert layout.index_at(Offset(x, y)) == index
    tiles, inner = layout.row_at(y)
    assert index in tiles
    assert inner == y - region.y
    group = layout.group_of(index)
    assert layout.index_at(Offset(x, layout.tops[group])) is None
    assert layout.row_at(layout.tops[group]) == (range(0), -1)


@given(LAYOUTS, st.data())
def test_what_is_visible_is_what_has_a_line_on_screen(
    layout: GroupLayout, data: st.DataObject
) -> None:
    scroll = data.draw(st.integers(0, layout.height - layout.viewport.height))
    screen = range(scroll, scroll + layout.viewport.height)
    seen = [
        index
        for index in range(layout.count)
        if layout.region(index).y < screen.stop and layout.region(index).bottom > screen.start
    ]
    assert list(layout.visible(scroll)) == seen


@given(LAYOUTS, st.data())
def test_scrolling_shows_the_tile_and_no_further_than_needed(
    layout: GroupLayout, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, layout.count - 1))
    scroll = data.draw(st.integers(0, layout.height))
    region = layout.region(index)
    there = layout.scroll_to_show(index, scroll)
    assert 0 <= there <= region.y
    if layout.viewport.height > layout.tile.height:
        assert region.bottom <= there + layout.viewport.height
    assert layout.scroll_to_show(index, there) == there
    assert layout.row_at(layout.snapped(scroll))[1] <= 0


@given(LAYOUTS, st.data())
def test_going_down_and_up_ends_in_the_group_where_it_began(
    layout: GroupLayout, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, layout.count - 1))
    rows = data.draw(st.integers(1, 30))
    below = layout.beside(index, rows)
    assert layout.region(below).y >= layout.region(index).y
    steps = index
    for _ in range(rows):
        steps = layout.beside(steps, 1)
    assert layout.region(steps).y == layout.region(below).y
    assert layout.region(layout.beside(below, -rows)).y <= layout.region(below).y
    assert layout.region(layout.beside(index, -1000)).y == 1


def test_nothing_is_laid_out_where_there_are_no_groups() -> None:
    layout = group_layout(Size(80, 24), Size(22, 9), [])
    assert layout.height == 24
    assert layout.visible(0) == range(0)
    assert layout.index_at(Offset(3, 3)) is None
    assert layout.line_of(0) == 0
