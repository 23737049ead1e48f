from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from tui_selector.app.graphics.halfcell import HalfCellPainter
from tui_selector.app.graphics.painter import EncodedPicture, Painter, PictureRequest, TextPainter
from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.widgets.tile_caption import CaptionStyles, caption, shorten, wrap
from tui_selector.app.widgets.tile_grid import TILE_SIZES, Tile, TileGrid
from tui_selector.app.widgets.tile_layout import TileLayout

# Where tiles stand.

layouts = st.builds(
    TileLayout,
    viewport=st.builds(Size, st.integers(1, 500), st.integers(1, 150)),
    tile=st.sampled_from(TILE_SIZES),
    count=st.integers(0, 100_000),
)


@given(layouts, st.data())
def test_every_tile_is_found_where_it_stands(layout: TileLayout, data: st.DataObject) -> None:
    if not layout.count:
        assert layout.index_at(Offset(0, 0)) is None
        return
    index = data.draw(st.integers(0, layout.count - 1))
    region = layout.region(index)
    assert layout.index_at(region.offset) == index
    assert layout.index_at(region.bottom_right - Offset(1, 1)) == index
    assert layout.index_at(region.offset - Offset(1, 0)) != index
    if layout.columns > 1:
        assert region.right <= layout.viewport.width


@given(layouts, st.integers(0, 2_000_000))
def test_the_visible_tiles_are_those_that_meet_the_viewport(
    layout: TileLayout, scroll: int
) -> None:
    visible = layout.visible(scroll)
    screen = Region(
        0, scroll, max(layout.viewport.width, layout.tile.width), layout.viewport.height
    )
    near = range(max(0, visible.start - 3), min(layout.count, visible.stop + 3))
    assert [index for index in near if layout.region(index).overlaps(screen)] == list(visible)


@given(layouts, st.data())
def test_scrolling_shows_the_tile_and_moves_no_further(
    layout: TileLayout, data: st.DataObject
) -> None:
    if not layout.count:
        return
    index = data.draw(st.integers(0, layout.count - 1))
    height, tile = layout.viewport.height, layout.tile.height
    limit = max(0, layout.height - height)
    start = data.draw(st.integers(0, limit // tile)) * tile
    line = layout.scroll_to_show(index, start)
    region = layout.region(index)
    assert 0 <= line <= limit
    assert line % tile == 0
    assert line <= region.y
    assert region.bottom <= line + max(height, tile)
    assert layout.scroll_to_show(index, line) == line


# The caption.

PLAIN = Style()
LABEL = Style(bgcolor="red")
STYLES = CaptionStyles(
    name=Style(color="white"),
    faded=Style(color="bright_black"),
    mark=Style(color="yellow"),
    pick=Style(color="green"),
    reject=Style(color="red"),
    rating=Style(color="yellow"),
    badge=Style(color="cyan"),
    labels={"red": LABEL},
)


def caption_text(tile: Tile, width: int) -> str:
    parts = caption(tile, width, PLAIN, STYLES, plain=False, faded=False)
    return "".join(part.text for part in parts)


def test_a_caption_says_everything_there_is_room_for() -> None:
    tile = Tile("", "/a", "IMG_2041.jpg", 1, 3, "red", marked=True, badge="RAW")
    assert caption_text(tile, 34) == "✓ ⚑ ★★★ R IMG_2041.jpg         RAW"
    assert caption_text(tile, 20) == "✓ ⚑ ★★★ R IMG_…1.jpg"
    assert caption_text(tile, 10) == "✓ ⚑ 3★ R …"
    assert caption_text(Tile("", "/a", "a.jpg", -1), 8) == "✗ a.jpg "


@given(
    st.builds(
        Tile,
        key=st.just(""),
        path=st.just("/a"),
        caption=st.text(st.characters(exclude_categories=["C", "M", "Z"]), max_size=40),
        flag=st.integers(-1, 1),
        rating=st.integers(0, 5),
        label=st.sampled_from(["", "red"]),
        marked=st.booleans(),
        badge=st.sampled_from(["", "RAW", "▶ 0:12"]),
    ),
    st.integers(1, 64),
)
def test_a_caption_fills_its_width_exactly(tile: Tile, width: int) -> None:
    assert cell_len(caption_text(tile, width)) == width


def test_a_file_name_cannot_draw_a_picture() -> None:
    assert "\U0010eeee" not in caption_text(Tile("", "/a", "\U0010eeee\u0305.jpg"), 20)


def test_on_the_cursor_the_parts_take_its_colours_but_the_label_keeps_its_own() -> None:
    line = Style(color="black", bgcolor="blue")
    tile = Tile("", "/a", "a.jpg", 1, 2, "red", marked=True, badge="new")
    parts = caption(tile, 30, line, STYLES, plain=True, faded=False)
    assert {part.style for part in parts} == {line, line + LABEL}


def test_long_names_lose_their_middle_and_short_room_the_suffix() -> None:
    assert shorten("IMG_20240131_120301.jpg", 23) == "IMG_20240131_120301.jpg"
    assert shorten("IMG_20240131_120301.jpg", 16) == "IMG_20…20301.jpg"
    assert shorten("IMG_2041.jpg", 8) == "IMG_2041"
    assert shorten("IMG_2041.jpg", 6) == "IM…041"
    assert shorten("漢字漢字漢字", 7) in {"漢 …字", "漢字…字", "漢…字"}
    assert [shorten("name", width) for width in (0, 1)] == ["", "…"]


@given(st.text(max_size=80), st.integers(1, 30), st.integers(1, 6))
def test_wrapped_lines_fit(text: str, width: int, height: int) -> None:
    lines = wrap(text, width, height)
    assert len(lines) <= height
    assert all(cell_len(line) <= max(width, 2) for line in lines)


def test_a_sentence_is_broken_between_words() -> None:
    assert wrap("The file is cut short.", 9, 5) == ["The file", "is cut", "short."]
    assert wrap("The file is cut short.", 9, 2) == ["The file", "is cut…"]


# The widget.


class Album:
    def __init__(self, count: int) -> None:
        self.tiles = [Tile(f"{n:x}", f"/p/{n}.jpg", f"{n}.jpg") for n in range(count)]
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.tiles)

    def tile(self, index: int) -> Tile:
        self.asked.append(index)
        return self.tiles[index]


class Source:
    """Answers when the test lets it."""

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready
        self.problems: dict[str, str] = {}
        self.wishes: list[PictureRequest] = []
        self.listener = lambda: None

    def get(self, request: PictureRequest) -> EncodedPicture | None:
        if not self.ready:
            return None
        if problem := self.problems.get(request.key):
            return EncodedPicture(problem=problem)
        pixels = bytes([200, 100, 50]) * (request.width * request.height)
        return EncodedPicture(request.width, request.height, pixels)

    def request(
        self, listener: object, wishes: Sequence[PictureRequest], *, patient: bool = False
    ) -> None:
        self.listener = listener  # type: ignore[assignment]
        self.wishes = list(wishes)

    def forget(self, key: str) -> None:
        return


class GridApp(App[None]):
    def __init__(
        self, album: Album, source: Source | None = None, painter: Painter | None = None
    ) -> None:
        super().__init__()
        self.album = album
        self.source = source or Source()
        self.painter = painter or HalfCellPainter()
        self.messages: list[Message] = []

    def compose(self) -> ComposeResult:
        self.grid = TileGrid(self.source, self.painter, self.album, empty="Nothing here.")
        yield self.grid

    def on_mount(self) -> None:
        self.grid.focus()

    def on_tile_grid_cursor_moved(self, message: TileGrid.CursorMoved) -> None:
        self.messages.append(message)

    def on_tile_grid_activated(self, message: TileGrid.Activated) -> None:
        self.messages.append(message)

    def on_tile_grid_mark_requested(self, message: TileGrid.MarkRequested) -> None:
        self.messages.append(message)


def moves(app: GridApp) -> list[int]:
    return [message.index for message in app.messages if isinstance(message, TileGrid.CursorMoved)]


def screen_text(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_the_cursor_moves_like_a_reader_and_says_so() -> None:
    app = GridApp(Album(14))
    async with app.run_test(size=(100, 40)) as pilot:
        grid = app.grid
        assert grid.columns == 4
        for dx, dy, index in [(1, 0, 1), (0, 1, 5), (-1, 0, 4), (-1, 0, 3), (1, 0, 4), (0, -1, 0)]:
            grid.move(dx, dy)
            assert grid.cursor == index
        grid.move(-1, 0)
        assert grid.cursor == 0
        grid.last()
        assert grid.cursor == 13
        grid.move(0, 1)
        assert grid.cursor == 13
        grid.move(0, -1)
        assert grid.cursor == 9
        grid.move(1, 0)
        grid.move(0, 1)
        assert grid.cursor == 13
        grid.first()
        await pilot.pause()
        assert moves(app) == [1, 5, 4, 3, 4, 0, 13, 9, 10, 13, 0]


async def test_the_view_follows_the_cursor_by_whole_rows() -> None:
    app = GridApp(Album(400))
    async with app.run_test(size=(100, 40)) as pilot:
        grid = app.grid
        assert grid.page_rows == 4
        for _ in range(4):
            grid.move(0, 1)
        await pilot.pause()
        assert grid.scroll_offset.y == 9
        grid.page(1)
        await pilot.pause()
        assert (grid.cursor, grid.scroll_offset.y) == (32, 45)
        grid.half_page(-1)
        grid.last()
        await pilot.pause()
        assert grid.scroll_offset.y == grid.max_scroll_y == 96 * 9
        assert grid.cursor in grid.visible_range()
        grid.first()
        await pilot.pause()
        assert grid.scroll_offset.y == 0


async def test_the_scrollbar_comes_up_where_the_view_stands() -> None:
    app = GridApp(Album(0))
    async with app.run_test(size=(100, 40)) as pilot:
        grid = app.grid
        assert not grid.show_vertical_scrollbar
        grid.set_model(Album(400), cursor=399, scroll=390, in_sight=True)
        await pilot.pause()
        assert grid.show_vertical_scrollbar
        assert grid.scroll_offset.y > 0
        assert grid.vertical_scrollbar.position == grid.scroll_y


async def test_a_hundred_thousand_tiles_cost_no_more_than_those_on_screen() -> None:
    album = Album(100_000)
    app = GridApp(album)
    async with app.run_test(size=(100, 40)) as pilot:
        app.grid.last()
        await pilot.pause()
        await pilot.pause()
        assert app.grid.visible_range().stop == 100_000
        seen = set(album.asked)
        assert len(seen) <= 4 * len(app.grid.visible_range())
        asked = len(album.asked)
        app.grid.move(-1, 0)
        await pilot.pause()
        assert len(album.asked) - asked <= 2


@pytest.mark.parametrize("beside", [True, False])
async def test_a_cursor_move_draws_two_tiles_and_no_others(
    monkeypatch: pytest.MonkeyPatch, beside: bool
) -> None:
    app = GridApp(Album(100), painter=HalfCellPainter(side_frame=beside))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        changed: list[Region] = []
        refresh = app.grid.refresh

        def record(*regions: Region, **options: bool) -> object:
            changed.extend(regions)
            return refresh(*regions, **options)

        monkeypatch.setattr(app.grid, "refresh", record)
        app.grid.move(1, 0)
        tiles = [app.grid._grid.region(index) for index in (0, 1)]
        rows = range(9) if beside else (0, 8)
        assert changed == [Region(tile.x, tile.y + row, 22, 1) for tile in tiles for row in rows]

        changed.clear()
        app.album.tiles[5] = Tile("5", "/p/5.jpg", "5.jpg", rating=2, marked=True)
        app.grid.model_changed([5])
        tile = app.grid._grid.region(5)
        assert changed == [Region(tile.x, tile.bottom - 1, 22, 1)], "only the caption changed"


async def test_pictures_are_wished_for_in_order_and_drawn_when_they_come() -> None:
    source = Source(ready=False)
    app = GridApp(Album(400), source)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        shown = app.grid.visible_range()
        keys = [int(request.key, 16) for request in source.wishes]
        assert keys[: len(shown)] == list(shown)
        assert keys[len(shown) :] == list(range(shown.stop, shown.stop + 20))
        assert "▀" not in screen_text(app)
        source.ready = True
        await asyncio.to_thread(source.listener)
        await pilot.pause()
        assert screen_text(app).count("▀") > 15 * 100

        app.grid.page(1)
        app.grid.page(1)
        await pilot.pause()
        app.grid.page(-1)
        await pilot.pause()
        source.ready = False
        app.grid.set_model(Album(400), cursor=200)
        await pilot.pause()
        app.painter.clear_all()
        app.grid.scroll_rows(-2)
        await pilot.pause()
        shown = app.grid.visible_range()
        keys = [int(request.key, 16) for request in source.wishes]
        assert keys[: len(shown)] == list(shown)
        assert keys[len(shown)] == shown.start - 1, "the page in the direction of travel"


async def test_many_pictures_are_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(ready=False)
    app = GridApp(Album(40), source)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        ready = 0
        post = app.grid.post_message

        def count(message: Message) -> bool:
            nonlocal ready
            ready += isinstance(message, TileGrid.PicturesReady)
            return post(message)

        monkeypatch.setattr(app.grid, "post_message", count)
        for _ in range(5):
            source.listener()
        assert ready == 1
        await pilot.pause()
        source.listener()
        assert ready == 2


async def test_a_problem_is_told_in_the_tile() -> None:
    source = Source()
    source.problems["1"] = "The file is cut short."
    app = GridApp(Album(3), source)
    app.album.tiles[2] = Tile("", "/p/2.jpg", "2.jpg", note="No permission to read it.")
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert "The file is cut" in text
        assert "No permission to" in text


async def test_without_graphics_the_names_stand_in_the_tiles() -> None:
    app = GridApp(Album(2), painter=TextPainter())
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert screen_text(app).count("1.jpg") == 2
        assert app.source.wishes == []


async def test_an_empty_grid_says_what_the_owner_wants() -> None:
    app = GridApp(Album(0))
    async with app.run_test(size=(60, 20)) as pilot:
        assert "Nothing here." in screen_text(app)
        app.grid.move(1, 1)
        app.grid.last()
        app.grid.page(1)
        app.grid.activate()
        app.grid.range_anchor = 0
        await pilot.pause()
        assert app.grid.cursor == 0
        assert app.grid.selected_range() is None
        assert app.messages == []
        app.grid.set_model(Album(0), empty="No match.")
        await pilot.pause()
        assert "No match." in screen_text(app)


async def test_zoom_keeps_the_cursor_on_screen_and_stops_at_the_ends() -> None:
    app = GridApp(Album(500))
    async with app.run_test(size=(120, 40)) as pilot:
        app.grid.cursor = 300
        await pilot.pause()
        for direction in (1,) * 10 + (-1,) * 20:
            app.grid.zoom(direction)
            await pilot.pause()
            assert 300 in app.grid.visible_range()
        assert app.grid.step == 0
        assert app.grid.columns == 9


async def test_tabs_share_one_grid_and_come_back_to_their_place() -> None:
    app = GridApp(Album(400))
    async with app.run_test(size=(100, 40)) as pilot:
        grid = app.grid
        grid.cursor = 100
        grid.scroll_rows(-2)
        await pilot.pause()
        place = (grid.cursor, grid.top_index)
        other = Album(3)
        grid.set_model(other)
        await pilot.pause()
        assert (grid.cursor, grid.scroll_offset.y) == (0, 0)
        grid.set_model(app.album, cursor=place[0], scroll=place[1])
        await pilot.pause()
        assert (grid.cursor, grid.top_index) == place
        assert moves(app) == [100]


async def test_a_place_of_a_larger_window_is_left_as_far_as_the_cursor_needs() -> None:
    app = GridApp(Album(400))
    async with app.run_test(size=(100, 20)) as pilot:
        app.grid.set_model(app.album, cursor=100, scroll=50, in_sight=True)
        await pilot.pause()
        assert 100 in app.grid.visible_range()
        assert 50 not in app.grid.visible_range()
        app.grid.set_model(app.album, cursor=101, scroll=100, in_sight=True)
        await pilot.pause()
        assert app.grid.top_index == 100


async def test_tiles_that_go_take_the_cursor_along() -> None:
    app = GridApp(Album(50))
    async with app.run_test(size=(100, 40)) as pilot:
        app.grid.last()
        del app.album.tiles[30:]
        app.grid.model_changed()
        await pilot.pause()
        assert app.grid.cursor == 29
        assert moves(app) == [49, 29]
        assert 29 in app.grid.visible_range()
        app.album.tiles.clear()
        app.grid.model_changed()
        await pilot.pause()
        assert app.grid.cursor == 0
        assert "Nothing here." in screen_text(app)


async def test_a_changed_tile_is_drawn_anew() -> None:
    app = GridApp(Album(5))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        app.album.tiles[3] = Tile("3", "/p/3.jpg", "3.jpg", rating=4, marked=True)
        app.grid.model_changed([3])
        await pilot.pause()
        assert "✓ ★★★★ 3.jpg" in screen_text(app)


async def test_the_visual_range_reaches_from_anchor_to_cursor() -> None:
    app = GridApp(Album(50))
    async with app.run_test(size=(100, 40)) as pilot:
        grid = app.grid
        grid.cursor = 6
        grid.range_anchor = 6
        grid.move(0, -1)
        assert grid.selected_range() == range(2, 7)
        grid.move(0, 1)
        grid.move(2, 0)
        assert grid.selected_range() == range(6, 9)
        await pilot.pause()
        lines = {
            grid.tile_line(index, app.album.tiles[index], grid._styles())[0] for index in (6, 7)
        }
        assert lines == {grid._styles().range}
        grid.set_model(app.album)
        assert grid.selected_range() is None


async def click(pilot: Pilot[None], index: int, **options: object) -> None:
    grid = pilot.app.query_one(TileGrid)
    region = grid._grid.region(index).translate(-grid.scroll_offset)
    line = region.height - 1 if options.pop("on_caption", False) else 3
    await pilot.click(TileGrid, offset=(region.x + 4, region.y + line), **options)  # type: ignore[arg-type]


async def test_the_mouse_does_what_keys_do() -> None:
    app = GridApp(Album(50))
    async with app.run_test(size=(100, 40)) as pilot:
        await click(pilot, 5)
        assert moves(app) == [5]
        await click(pilot, 7, on_caption=True)
        await click(pilot, 2, control=True)
        await click(pilot, 9, shift=True)
        marks = [
            (message.indices, message.extend)
            for message in app.messages
            if isinstance(message, TileGrid.MarkRequested)
        ]
        assert marks == [(range(7, 8), False), (range(2, 3), False), (range(2, 10), True)]
        await click(pilot, 6, times=2)
        assert [
            message.index for message in app.messages if isinstance(message, TileGrid.Activated)
        ] == [6]
        before = len(app.messages)
        await pilot.click(TileGrid, offset=(0, 0))
        assert len(app.messages) == before


async def test_the_wheel_scrolls_by_rows_and_leaves_the_cursor() -> None:
    app = GridApp(Album(100))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot._post_mouse_events([MouseScrollDown], TileGrid, (5, 5))
        await pilot.pause()
        assert app.grid.scroll_offset.y == 9
        assert app.grid.cursor == 0
        app.grid.scroll_rows(-5)
        await pilot.pause()
        assert app.grid.scroll_offset.y == 0


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (13, 4), (80, 24), (500, 60)])
@pytest.mark.parametrize("count", [0, 1, 7, 1000])
async def test_any_window_is_filled_exactly(size: tuple[int, int], count: int) -> None:
    app = GridApp(Album(count))
    async with app.run_test(size=size) as pilot:
        app.grid.last()
        app.grid.page(-1)
        await pilot.pause()
        lines = app.grid.render_lines(Region(0, 0, *size))
        assert [line.cell_length for line in lines] == [size[0]] * size[1]
        assert [cell_len(line.text) for line in lines] == [size[0]] * size[1]
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert app.grid.cursor in app.grid.visible_range() or not count


async def test_resizing_keeps_the_cursor_in_view() -> None:
    app = GridApp(Album(1000))
    async with app.run_test(size=(200, 60)) as pilot:
        app.grid.cursor = 500
        await pilot.pause()
        for size in [(80, 24), (30, 10), (160, 48)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert 500 in app.grid.visible_range()


async def test_text_over_the_grid_cuts_it_cleanly() -> None:
    app = GridApp(Album(50))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        field = Input("typed over the pictures")
        field.styles.layer = "over"
        field.styles.offset = (11, 2)
        field.styles.width = 37
        field.styles.border = ("none", "red")
        app.screen.styles.layers = ("default", "over")
        before = screen_text(app).splitlines()
        await app.screen.mount(field)
        await pilot.pause()
        after = screen_text(app).splitlines()
        at = next(number for number, line in enumerate(after) if "typed over" in line)
        assert after[at][:11] == before[at][:11]
        assert after[at][48:] == before[at][48:]
        assert len(after[at]) == 100


async def test_another_theme_changes_the_colours_of_every_tile() -> None:
    app = GridApp(Album(8))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        console = Console(color_system="truecolor")
        before = [line.render(console) for line in app.grid.render_lines(Region(0, 0, 100, 40))]
        app.theme = "textual-light"
        await pilot.pause()
        after = [line.render(console) for line in app.grid.render_lines(Region(0, 0, 100, 40))]
        assert all(old != new for old, new in zip(before, after, strict=True))


async def test_no_color_leaves_no_colour_in_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = GridApp(Album(8), painter=TextPainter())
    app.album.tiles[1] = Tile("1", "/p/1.jpg", "1.jpg", 1, 5, "red", marked=True, badge="new")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        for line in app.grid.render_lines(Region(0, 0, 100, 40)):
            for segment in line:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    if colour is not None:
                        red, green, blue = colour.get_truecolor()
                        assert red == green == blue


async def test_an_unfocused_grid_shows_its_cursor_more_quietly() -> None:
    app = GridApp(Album(8))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        focused = app.grid.tile_line(0, app.album.tiles[0], app.grid._styles())
        app.set_focus(None)
        await pilot.pause()
        blurred = app.grid.tile_line(0, app.album.tiles[0], app.grid._styles())
        assert focused != blurred
        assert blurred[1] is not None


async def test_a_border_on_the_grid_still_draws_the_tiles_inside_it() -> None:
    app = GridApp(Album(8))
    async with app.run_test(size=(100, 40)) as pilot:
        app.grid.styles.border = ("round", "red")
        await pilot.pause()
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert lines[0].startswith("╭")
        assert lines[5].startswith("│")
        assert "0.jpg" in screen_text(app)
        assert "▀" in lines[5]


def test_a_line_of_strips_is_cut_like_one_strip() -> None:
    parts = [Strip.blank(3), LineStrip([Strip.blank(2), Strip.blank(4)]), Strip.blank(0)]
    line = LineStrip(parts)
    assert line.cell_length == 9
    assert line.crop(0, 9) is line
    assert line.crop(4, 4).cell_length == 0
    assert [piece.cell_length for piece in line.divide([2, 4, 9])] == [2, 2, 5]
    assert line.crop(2, 50).cell_length == 7
    assert bool(line)
    assert not LineStrip([])
