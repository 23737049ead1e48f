"""A scrolled plane of tiles on the line API: a hundred thousand photos cost what a hundred do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.style import Style
from textual.app import App
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from tui_selector.app.graphics.painter import Painter
from tui_selector.app.graphics.pictures import PictureSource
from tui_selector.app.graphics.strips import LineStrip, same_strip
from tui_selector.app.widgets.drawn_tiles import DrawnTiles
from tui_selector.app.widgets.scrolled_view import ScrolledView
from tui_selector.app.widgets.tile import NoTiles, Tile, TileModel
from tui_selector.app.widgets.tile_drawing import TileStyles, text_rows, tile_styles
from tui_selector.app.widgets.tile_layout import DEFAULT_STEP, TILE_SIZES, TileLayout
from tui_selector.app.widgets.tile_pictures import TilePictures

PUMP_SECONDS = 1 / 30


class TileView(ScrolledView, inherit_bindings=False):
    """Draws the tiles of a model and scrolls over them.

    The view keeps no photo: it asks its model for the tiles it draws and its source for their
    pictures. Finished lines go to the screen as they are, past Textual's box model; a border or
    padding on the view itself works but makes it draw slowly, so put it on a container around the
    view.
    """

    ALLOW_SELECT = False

    step: reactive[int] = reactive(DEFAULT_STEP, repaint=False, init=False)
    """Tile size, an index into `TILE_SIZES`."""

    class PicturesReady(Message):
        """Pictures have come in; many of these in a row are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TileView.PicturesReady)

    def __init__(
        self,
        source: PictureSource,
        painter: Painter,
        model: TileModel | None = None,
        *,
        empty: str = "",
        step: int = DEFAULT_STEP,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
            model: The tiles; none at first if left out.
            empty: What to say where there are no tiles.
            step: Tile size, an index into `TILE_SIZES`.
        """
        super().__init__(name=name, id=id, classes=classes)
        self._model: TileModel = NoTiles() if model is None else model
        self._painter = painter
        self._pictures = TilePictures(source, painter, self._pictures_came)
        self._empty = empty
        self.set_reactive(TileView.step, self.validate_step(step))
        self._grid = TileLayout(Size(0, 0), TILE_SIZES[self.step], len(self._model))
        # Where to scroll to once the size is known: the tile at the top, and one that must be on
        # screen.
        self._arrive: tuple[int, int | None] | None = (0, None)
        self._lines: dict[int, Strip] = {}
        self._lines_width = 0
        self._tiles = DrawnTiles(painter, self._pictures)
        self._tile_styles: TileStyles | None = None
        self._direction = 1
        self._plan_due = False
        self._told = False
        self._pump_timer: Timer | None = None

    @property
    def model(self) -> TileModel:
        return self._model

    @property
    def painter(self) -> Painter:
        return self._painter

    @property
    def columns(self) -> int:
        """Tiles side by side."""
        return self._grid.columns

    @property
    def page_rows(self) -> int:
        """Rows of tiles that fit the screen whole, at least one."""
        return self._grid.page_rows

    @property
    def top_index(self) -> int:
        """The first tile on screen."""
        return self.visible_range().start

    def visible_range(self) -> range:
        """Indices of the tiles of which at least one line is on screen."""
        return self._grid.visible(self.scroll_offset.y)

    def index_at(self, x: int, y: int) -> int | None:
        """The tile at a cell of the widget, None beside the tiles."""
        return self._grid.index_at(Offset(x, y) + self.scroll_offset)

    def caption_at(self, x: int, y: int) -> int | None:
        """The tile whose caption is at a cell of the widget, None where there is no caption."""
        line = (y + self.scroll_offset.y) % self._grid.tile.height
        return self.index_at(x, y) if line == self._grid.tile.height - 1 else None

    def zoom(self, direction: int) -> None:
        """Make tiles larger (1) or smaller (-1)."""
        self.step = self.step + direction

    def show(self, index: int) -> None:
        """Scroll no further than needed to have the whole tile on screen."""
        if self._arrive is not None:
            self._arrive = (self._arrive[0], index)
            return
        line = self._grid.scroll_to_show(index, self.scroll_offset.y)
        if line != self.scroll_offset.y:
            self.scroll_to(y=line, animate=False, force=True)

    def scroll_rows(self, rows: int) -> None:
        """Scroll by rows of tiles, so that one begins at the top."""
        height = self._grid.tile.height
        self.scroll_to(
            y=(self.scroll_offset.y // height + rows) * height, animate=False, force=True
        )

    # What a subclass says about its tiles.

    def tile_line(self, index: int, tile: Tile, styles: TileStyles) -> tuple[Style, Style | None]:
        """Style of a tile's caption line, and of the frame around it if it has one."""
        return (styles.marked if tile.marked else styles.caption), None

    def kept_index(self) -> int | None:
        """A tile that, once on screen, stays there when the size of view or tiles changes."""
        return None

    def make_layout(self, size: Size, tile: Size, count: int) -> TileLayout:
        """Where so many tiles of a size stand in a viewport of a size."""
        return TileLayout(size, tile, count)

    # Layout and scrolling.

    def validate_step(self, step: int) -> int:
        return min(max(0, step), len(TILE_SIZES) - 1)

    def watch_step(self) -> None:
        self._tiles.clear()
        self._pictures.forget_tiles()
        self._relayout()

    def on_mount(self) -> None:
        super().on_mount()  # type: ignore[no-untyped-call]
        self._pump_timer = self.set_interval(PUMP_SECONDS, self._pump, pause=True)
        self.app.app_resume_signal.subscribe(self, self._resumed)

    def on_unmount(self) -> None:
        self._pictures.close()

    def on_show(self) -> None:
        self._plan_soon()

    def on_hide(self) -> None:
        self._pictures.close()

    def on_resize(self) -> None:
        self._relayout()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value != old_value:
            self._direction = 1 if new_value > old_value else -1
            self._plan_soon()

    def _relayout(self) -> None:
        """Fit the tiles to the size of the view, and keep the place."""
        size = self.scrollable_content_region.size
        place = self._arrive
        if place is None:
            kept = self.kept_index()
            place = (self.top_index, kept if kept in self.visible_range() else None)
        count = len(self._model)
        self._grid = self.make_layout(size, TILE_SIZES[self.step], count)
        self.refresh()
        if not size:
            self._arrive = place
            return
        self._arrive = None
        self.virtual_size = Size(size.width, self._grid.height)
        top, shown = (
            min(index, max(0, count - 1)) if index is not None else None for index in place
        )
        line = self._grid.line_of(top or 0)
        if shown is not None:
            line = self._grid.scroll_to_show(shown, line)
        self.scroll_to(y=line, animate=False, force=True)
        self._plan_soon()

    def _replace_model(self, model: TileModel, top: int, shown: int | None) -> None:
        """Draw another model, or the same one after its tiles have moved."""
        self._model = model
        self._tiles.clear()
        self._pictures.forget_tiles()
        self._arrive = (top, shown)
        self._relayout()

    # Pictures.

    def _plan_soon(self) -> None:
        """Plan once after the next frame, however often the view moves before it."""
        if not self._plan_due and self.is_attached:
            self._plan_due = True
            self.call_after_refresh(self._plan)

    def _plan(self) -> None:
        self._plan_due = False
        grid = self._grid
        if not grid.viewport or not self.is_attached:
            return
        visible = self.visible_range()
        page = grid.columns * (grid.page_rows + 1)
        ahead = (
            range(visible.stop, min(grid.count, visible.stop + page))
            if self._direction > 0
            else range(max(0, visible.start - page), visible.start)[::-1]
        )
        # The eye is where the cursor is.
        kept = self.kept_index()
        first = [kept] if kept is not None and kept in visible else []
        rest = [index for index in visible if index != kept]
        for gone in self._pictures.plan(self._model, [*first, *rest], ahead, grid.picture):
            self._tiles.take(gone)
        self._redraw(self._pictures.arrived())
        self._start_pump()

    def _pictures_came(self) -> None:
        """Called from decoding threads: tell the view once until it has looked."""
        if not self._told:
            self._told = True
            self.post_message(self.PicturesReady())

    def on_tile_view_pictures_ready(self, message: PicturesReady) -> None:
        message.stop()
        self._told = False
        self._redraw(self._pictures.arrived())
        self._start_pump()

    def _start_pump(self) -> None:
        if self._painter.busy and self._pump_timer is not None:
            self._pump_timer.resume()

    def _pump(self) -> None:
        self._redraw(self._pictures.pump())
        if self._pictures.outdated:
            self._plan_soon()
        if not self._painter.busy and self._pump_timer is not None:
            self._pump_timer.pause()

    def _resumed(self, app: App[Any]) -> None:
        """The terminal has forgotten its pictures while the app was suspended."""
        self._tiles.clear()
        self.refresh()
        self._plan_soon()

    # Drawing.

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tile_styles = None
        self._tiles.clear()
        self._lines.clear()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> TileView:
        if not regions:
            self._lines.clear()
        for region in regions:
            for y in region.line_range:
                self._lines.pop(y, None)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def _redraw(self, indices: Iterable[int]) -> None:
        """Draw some tiles again, if they are on screen, and repaint the rows that changed."""
        visible, screen = self.visible_range(), self._grid.viewport.region
        regions: list[Region] = []
        for index in indices:
            before = self._tiles.take(index)
            if index not in visible or index >= len(self._model):
                continue
            region = self._grid.region(index).translate(-self.scroll_offset)
            if before is None:
                regions.append(region.intersection(screen))
                continue
            for row, (old, new) in enumerate(zip(before, self._tile_rows(index), strict=True)):
                if not same_strip(old, new):
                    line = Region(region.x, region.y + row, region.width, 1)
                    regions.append(line.intersection(screen))
        if regions := [region for region in regions if region]:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.styles.gutter.totals != (0, 0):
            return super().render_lines(crop)
        width = self.outer_size.width
        if width != self._lines_width:
            self._lines.clear()
            self._lines_width = width
        lines = [self._line(y, width) for y in crop.line_range]
        if crop.column_span != (0, width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        return self._line(y, self.size.width)

    def _line(self, y: int, width: int) -> Strip:
        line = self._lines.get(y)
        if line is None:
            line = self._lines[y] = self._draw_line(y, width)
        return line

    def _draw_line(self, y: int, width: int) -> Strip:
        styles, grid = self._styles(), self._grid
        if not grid.count:
            rows = text_rows(self._empty, grid.viewport, styles.empty)
            line = rows[y] if y < len(rows) else Strip.blank(width, styles.ground)
            return line.adjust_cell_length(width, styles.ground)
        return self.draw_plane(y + self.scroll_offset.y, width)

    def draw_plane(self, line: int, width: int) -> Strip:
        """Draw a line of the scrolled plane."""
        grid = self._grid
        row, inner = divmod(line, grid.tile.height)
        first = row * grid.columns
        return self.draw_row(range(first, min(first + grid.columns, grid.count)), inner, width)

    def draw_row(self, tiles: range, inner: int, width: int) -> Strip:
        """Draw one of the lines of tiles that stand side by side."""
        styles, grid = self._styles(), self._grid
        parts = [Strip.blank(grid.margin, styles.ground)]
        gap = Strip.blank(grid.gap, styles.ground)
        for index in tiles:
            parts += [self._tile_rows(index)[inner], gap]
        used = sum(part.cell_length for part in parts)
        if used < width:
            parts.append(Strip.blank(width - used, styles.ground))
        return LineStrip(parts).crop(0, width)

    def _tile_rows(self, index: int) -> list[Strip]:
        rows = self._tiles.rows(index)
        if rows is None:
            tile, grid, styles = self._model.tile(index), self._grid, self._styles()
            sizes, looks = (grid.tile, grid.picture), self.tile_line(index, tile, styles)
            rows = self._tiles.draw(index, tile, sizes, looks, styles)
        return rows

    def _styles(self) -> TileStyles:
        if self._tile_styles is None:
            self._tile_styles = tile_styles(self)
        return self._tile_styles
