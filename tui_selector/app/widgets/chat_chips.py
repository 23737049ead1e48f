"""The photos of a conversation, small and numbered: what "Photo 2" is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
from msgspec.structs import replace
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_drawing import TileStyles
from tui_selector.app.widgets.tile_grid import TILE_SIZES, TileGrid
from tui_selector.app.widgets.tile_view import TileView

if TYPE_CHECKING:
    from tui_selector.app.album import Album

#: Tile sizes of chips, an index into `TILE_SIZES`: the largest with which all have room.
_STEPS, _STEPS_WIDE = (2, 1, 0), (3, 2, 1, 0)

#: Share of the pane's height that chips may take; that the smallest may.
_SHARE, _MOST_SHARE = 0.28, 0.38


class Chip(msgspec.Struct, frozen=True):
    """A photo that is talked about, or is about to be.

    Attributes:
        id: As `Photo.id`.
        number: In the conversation; 0 where it joins with the next question.
        name: Printable.
        gone: Whether it is no longer in the library.
        asked: Whether the next question is about it.
    """

    id: int
    number: int
    name: str
    gone: bool = False
    asked: bool = False


class Chips:
    """Chips as tiles; the `TileModel` of the grid of them."""

    def __init__(self, album: Album | None, chips: Sequence[Chip] = ()) -> None:
        """
        Args:
            album: Has the photos' tiles.
            chips: What is shown.
        """
        self._album = album
        self.chips = tuple(chips)
        # Where all are asked about there is nothing to tell apart.
        self._tells = not all(chip.asked for chip in chips)

    def __len__(self) -> int:
        return len(self.chips)

    def tile(self, index: int) -> Tile:
        chip = self.chips[index]
        caption = f"{chip.number or '+'} {chip.name.rpartition('.')[0] or chip.name}"
        photo = self._album.photo_of(chip.id) if self._album is not None else None
        if chip.gone or photo is None or self._album is None:
            return Tile("", "", caption, note="gone")
        tile = self._album.tile_of(photo)
        marked = self._tells and chip.asked
        return replace(tile, caption=caption, marked=marked, badge="", rating=0, label="")


class ChatChips(TileGrid):
    """Chips in a row or two; posts `Chosen` for the one that is clicked or gone to."""

    DEFAULT_CSS = """
    ChatChips {
        height: 5; display: none; scrollbar-gutter: auto; background: $surface;
        scrollbar-background: $surface; scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        & > .tile-grid--caption { background: $surface; }
        & > .tile-grid--card { background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1, 0)", show=False),
        Binding("right,l", "step(1, 0)", show=False),
        Binding("up,k", "step(0, -1)", show=False),
        Binding("down,j", "step(0, 1)", show=False),
        Binding("space", "ask_about", show=False),
    ]

    class Chosen(Message):
        """The cursor was put on a chip."""

        def __init__(self, chip: Chip) -> None:
            super().__init__()
            self.chip = chip

    class Toggled(Message):
        """The next question is to be about a photo, or not to be."""

        def __init__(self, chip: Chip) -> None:
            super().__init__()
            self.chip = chip

    _chips = Chips(None)
    _room = Size(0, 0)
    _pointing = False
    _wide = False

    def put(self, album: Album | None, chips: Sequence[Chip]) -> None:
        """Show these."""
        before = self._chips
        self._chips = Chips(album, chips)
        same = [chip.id for chip in before.chips] == [chip.id for chip in chips]
        self.fit(self._room)
        if same and self.model is before:
            self._model = self._chips
            if (here := self.current()) is not None and here.gone:
                self._pointing = False  # nobody went there since the photo has gone
            self.model_changed(range(len(chips)))
        else:
            self._pointing = False
            self.set_model(self._chips, cursor=min(self.cursor, max(0, len(chips) - 1)))

    def fit(self, room: Size, *, wide: bool | None = None) -> None:
        """Choose the size of chips for the room that there is.

        Args:
            room: Of the pane, in cells.
            wide: Whether the pane has the window to itself.
        """
        self._room, self._wide = room, self._wide if wide is None else wide
        count = len(self._chips)
        self.display = bool(count) and room.height >= 16
        if not count or not room.width:
            return
        steps = _STEPS_WIDE if self._wide else _STEPS

        def height(step: int) -> int:
            tile = TILE_SIZES[step]
            return tile.height * -(-count // max(1, room.width // tile.width))

        step = next((step for step in steps if height(step) <= room.height * _SHARE), 0)
        low = TILE_SIZES[step].height
        most = max(low, int(room.height * _MOST_SHARE) // low * low)
        self.step = step
        self.styles.height = min(height(step), most)

    def draw_again(self) -> None:
        """Ask for pictures that the painter has let go of."""
        self.refresh()
        self._plan_soon()

    def go(self, number: int) -> None:
        """Put the cursor on the photo with a number."""
        for index, chip in enumerate(self._chips.chips):
            if chip.number == number:
                self._pointing = True
                self._redraw((index,))
                self.cursor = index

    def current(self) -> Chip | None:
        """The chip under the cursor."""
        chips = self._chips.chips
        return chips[self.cursor] if self.cursor < len(chips) else None

    @property
    def shows_cursor(self) -> bool:
        """Whether a ring is around the chip under the cursor: the owner has put it there."""
        return self.has_focus or self._pointing

    def tile_line(self, index: int, tile: Tile, styles: TileStyles) -> tuple[Style, Style | None]:
        if index == self.cursor and not self.shows_cursor:
            return TileView.tile_line(self, index, tile, styles)
        return super().tile_line(index, tile, styles)

    def action_step(self, dx: int, dy: int) -> None:
        """Go to a chip beside, above or below."""
        self.move(dx, dy)
        self.action_choose()

    def action_ask_about(self) -> None:
        """Ask about this photo, or do not."""
        chip = self.current()
        if chip is not None:
            self.post_message(self.Toggled(chip))

    def action_choose(self) -> None:
        """Go to the photo under the cursor."""
        chip = self.current()
        if chip is not None:
            self.post_message(self.Chosen(chip))

    def on_tile_grid_cursor_moved(self, event: TileGrid.CursorMoved) -> None:
        """The cursor of chips is none of the photos'."""
        event.stop()

    def on_tile_grid_activated(self, event: TileGrid.Activated) -> None:
        """A second click says what the first one said."""
        event.stop()

    def on_tile_grid_mark_requested(self, event: TileGrid.MarkRequested) -> None:
        """With ctrl: ask about it, or do not."""
        event.stop()
        if not event.extend:
            self.action_ask_about()

    def on_click(self, event: events.Click) -> None:
        # Textual calls the handler of the base class, which moves the cursor, after this one.
        if self.index_at(event.x, event.y) is not None and not (event.ctrl or event.shift):
            self.call_later(self.action_choose)
