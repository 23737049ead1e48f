"""The window over a zoomed picture: it never leaves the picture, and zooming keeps the point."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.graphics.viewport import PIECE, Viewport, next_level

CELLS = st.sampled_from([(10.0, 20.0), (9.0, 18.0), (1.0, 2.0), (0.983, 2.0)])
ZOOMS = st.sampled_from([1 / 16, 0.25, 0.5, 1.0, 2.0, 4.0])
FRACTIONS = st.floats(-3, 4)


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    sides = st.integers(1, 8000)
    cells = st.integers(1, 250)
    return Viewport(
        (draw(sides), draw(sides)),
        (draw(cells), draw(cells)),
        draw(CELLS),
        draw(ZOOMS),
        (draw(FRACTIONS), draw(FRACTIONS)),
    )


def inside(viewport: Viewport) -> bool:
    """Whether the window shows nothing but picture wherever the picture is large enough."""
    return all(
        0 <= offset <= size - window if size > window else -window < offset <= 0
        for offset, size, window in zip(
            viewport.offset, viewport.size, viewport.window, strict=True
        )
    )


@given(viewports(), st.integers(-9999, 9999), st.integers(-9999, 9999))
def test_the_window_never_leaves_the_picture(viewport: Viewport, right: int, down: int) -> None:
    assert inside(viewport)
    assert inside(viewport.settled())
    assert inside(viewport.panned(right, down))
    left, top, far, bottom = viewport.panned(right, down).seen
    assert 0 <= left <= far <= 1
    assert 0 <= top <= bottom <= 1


@given(viewports(), st.data())
def test_zooming_keeps_the_point_under_the_mouse(viewport: Viewport, data: st.DataObject) -> None:
    x = data.draw(st.floats(0, viewport.window[0]))
    y = data.draw(st.floats(0, viewport.window[1]))
    zoomed = viewport.zoomed(data.draw(ZOOMS), x, y)
    assert inside(zoomed)
    before, after = viewport.point(x, y), zoomed.point(x, y)
    for axis in (0, 1):
        at_an_edge = zoomed.offset[axis] <= 0 or (
            zoomed.offset[axis] >= zoomed.size[axis] - zoomed.window[axis]
        )
        if not at_an_edge:
            assert abs(before[axis] - after[axis]) * zoomed.extent[axis] <= 0.5 + 1e-6


@given(viewports(), st.integers(-40, 40), st.integers(-40, 40))
def test_a_pan_and_back_shows_the_same(viewport: Viewport, right: int, down: int) -> None:
    there = viewport.settled().panned(right, down)
    moved = tuple(a - b for a, b in zip(there.offset, viewport.offset, strict=True))
    assert there.panned(-moved[0], -moved[1]).offset == viewport.offset
    assert viewport.settled().offset == viewport.offset


@given(viewports())
def test_the_pieces_cover_the_window_once_and_lie_in_a_fixed_grid(viewport: Viewport) -> None:
    left, top = viewport.offset
    covered = 0
    for piece in viewport.pieces():
        assert piece.column % PIECE[0] == 0
        assert piece.row % PIECE[1] == 0
        assert piece.columns > 0
        assert piece.rows > 0
        across = min(left + viewport.window[0], piece.column + piece.columns) - max(
            left, piece.column
        )
        down = min(top + viewport.window[1], piece.row + piece.rows) - max(top, piece.row)
        assert across > 0
        assert down > 0
        covered += across * down
    (whole,) = viewport.parts(viewport.window)
    assert covered == whole.columns * whole.rows
    assert whole.columns == min(viewport.window[0], viewport.size[0])
    assert whole.rows == min(viewport.window[1], viewport.size[1])


@given(viewports(), st.tuples(st.integers(10, 60), st.integers(10, 60)))
def test_parts_tile_what_is_in_sight_and_none_is_larger_than_allowed(
    viewport: Viewport, most: tuple[int, int]
) -> None:
    (whole,) = viewport.parts(viewport.window)
    parts = viewport.parts(most)
    assert len({(part.column, part.row) for part in parts}) == len(parts)
    assert sum(part.columns * part.rows for part in parts) == whole.columns * whole.rows
    for part in parts:
        assert 0 < part.columns <= most[0]
        assert 0 < part.rows <= most[1]
        assert whole.column <= part.column
        assert whole.row <= part.row
        assert part.column + part.columns <= whole.column + whole.columns
        assert part.row + part.rows <= whole.row + whole.rows


@given(viewports())
def test_a_piece_is_cut_from_the_picture_at_the_zoom(viewport: Viewport) -> None:
    (piece,) = viewport.parts(viewport.window)
    left, top, right, bottom = viewport.crop(piece)
    wide, high = (side * viewport.zoom for side in viewport.picture)
    assert abs((right - left) * wide - piece.columns * viewport.cell[0]) < 1e-6
    assert abs((bottom - top) * high - piece.rows * viewport.cell[1]) < 1e-6
    assert 0 <= left < 1
    assert 0 <= top < 1
    assert (right - 1) * wide < viewport.cell[0]
    assert (bottom - 1) * high < viewport.cell[1]


def test_steps_go_from_the_fit_to_400_percent_and_back() -> None:
    viewport = Viewport((4000, 3000), (110, 34), (10.0, 20.0), 1.0)
    seen: list[float | None] = [None]
    while (after := next_level(viewport, seen[-1], 1)) != seen[-1]:
        seen.append(after)
    assert seen == [None, 0.25, 0.5, 1.0, 2.0, 4.0]
    back = [seen[-1]]
    while (after := next_level(viewport, back[-1], -1)) != back[-1]:
        back.append(after)
    assert back == seen[::-1]


def test_a_picture_smaller_than_the_window_can_still_be_seen_at_100_percent() -> None:
    viewport = Viewport((300, 200), (110, 34), (10.0, 20.0), 1.0)
    assert next_level(viewport, None, 1) == 4.0
    assert next_level(viewport, None, -1) == 1.0
    assert next_level(viewport, 1.0, 1) is None
    assert viewport.offset == (-40, -12)
    assert viewport.parts(viewport.window)[0].columns == 30
