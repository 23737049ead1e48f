"""A zoomable photo of which a part can be chosen, with the mouse or by keys.

The part is a frame of cells over the picture, which is not sent again. A drag with the right button
draws one at any time, a drag with the left button after `begin`; keys move and size it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from tui_selector.app import actions
from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.searches import Region
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.zoom_view import ZoomView

#: The frame at first, as shares of what is in sight.
_AT_FIRST = (0.25, 0.75)
#: A frame drawn smaller than so many columns and rows is a slip of the hand.
_LEAST = (3, 2)
_RIGHT_BUTTON = 3


class RegionView(ZoomView):
    """Shows one photo; while a part is being chosen it has the focus and its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("region")]
    DEFAULT_CSS = """
    RegionView > .region-view--frame { color: $warning; background: black; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"region-view--frame"}

    class Changed(Message):
        """Another part is framed, or none any more."""

    class Chosen(Message):
        """A part was chosen.

        Attributes:
            region: The part.
        """

        def __init__(self, region: Region) -> None:
            super().__init__()
            self.region = region

    _region: Region | None = None
    _anchor: Offset | None = None

    @property
    def region_chosen(self) -> Region | None:
        """The part in the frame; None while none is being chosen."""
        return self._region

    def begin(self) -> bool:
        """Frame the middle of what is in sight; return whether there is a picture to frame."""
        viewport = self._whereabouts()
        if viewport is None or self.moment is not None:
            return False
        left, top, right, bottom = viewport.seen
        wide, high = right - left, bottom - top
        first, last = _AT_FIRST
        self._frame(
            (left + first * wide, top + first * high, left + last * wide, top + last * high)
        )
        return True

    def end(self) -> None:
        """Frame nothing any more."""
        if self._region is not None:
            self._frame(None)

    def show(self, tile: Tile | None, near: Sequence[Tile] = ()) -> None:
        if tile is None or self._tile is None or tile.path != self._tile.path:
            self.end()
        super().show(tile, near)

    # -- keys --------------------------------------------------------------------------------

    def action_move_region(self, right: int, down: int) -> None:
        """Move the frame by cells, as far as the picture is in sight."""
        self._change(right, down, right, down)

    def action_size_region(self, right: int, down: int) -> None:
        """Make the frame wider or higher by cells, or less."""
        self._change(0, 0, right, down)

    def action_choose_region(self) -> None:
        """Take what is framed."""
        region = self._region
        if region is not None:
            self.end()
            self.post_message(self.Chosen(region))

    def action_leave_region(self) -> None:
        """Choose nothing."""
        self.end()

    def _change(self, left: int, top: int, right: int, bottom: int) -> None:
        """Move the edges of the frame by cells; nothing where it would leave the sight."""
        viewport, region = self._whereabouts(), self._region
        if viewport is None or region is None:
            return
        wide, high = viewport.extent
        moved = [
            edge + by / cells
            for edge, by, cells in zip(
                region, (left, top, right, bottom), (wide, high, wide, high), strict=True
            )
        ]
        seen = viewport.seen
        # The last step ends at the edge of the picture, which may lie within a cell.
        if left or top:
            back = [
                max(seen[side] - moved[side], 0) - max(moved[side + 2] - seen[side + 2], 0)
                for side in (0, 1)
            ]
            moved = [edge + back[place % 2] for place, edge in enumerate(moved)]
        else:
            moved = [*moved[:2], *(min(moved[side], seen[side]) for side in (2, 3))]
        least = (1 / wide, 1 / high)
        is_empty = any(moved[side + 2] - moved[side] < 0.99 * least[side] for side in (0, 1))
        if is_empty or tuple(moved) == region:
            self.app.bell()
        else:
            self._frame((moved[0], moved[1], moved[2], moved[3]))

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        draws = event.button == _RIGHT_BUTTON or (event.button == 1 and self._region is not None)
        if draws and self._whereabouts() is not None and self.moment is None:
            event.prevent_default()
            self._anchor = event.offset
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._anchor is not None:
            event.prevent_default()
            self._frame(self._between(self._anchor, event.offset))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._anchor is None:
            return
        event.prevent_default()
        anchor, self._anchor = self._anchor, None
        self.release_mouse()
        moved = event.offset - anchor
        if abs(moved.x) + 1 >= _LEAST[0] and abs(moved.y) + 1 >= _LEAST[1]:
            self._frame(self._between(anchor, event.offset))
            self.action_choose_region()
        else:
            self.end()
            self.app.bell()

    def _between(self, one: Offset, other: Offset) -> Region | None:
        """The part under a rectangle of cells, both corners included."""
        viewport = self._whereabouts()
        if viewport is None:
            return None
        left, right = sorted((one.x, other.x))
        top, bottom = sorted((one.y, other.y))
        return (*viewport.point(left, top), *viewport.point(right + 1, bottom + 1))

    # -- drawing -----------------------------------------------------------------------------

    def _frame(self, region: Region | None) -> None:
        if region is not None and self._region is None:
            self.can_focus = True
            self.focus()
        elif region is None:
            if self._anchor is not None:
                self._anchor = None
                self.release_mouse()
            if self.has_focus:
                self.screen.set_focus(None)
            self.can_focus = False
        self._region = region
        self.post_message(self.Changed())
        self.refresh()

    def _rows(self) -> Sequence[Strip]:
        rows, viewport = super()._rows(), self._whereabouts()
        if self._region is None or viewport is None:
            return rows
        (wide, high), (left, top) = viewport.extent, viewport.offset
        x, y, right, bottom = self._region
        return framed(
            rows,
            (round(x * wide) - left, round(y * high) - top),
            (round(right * wide) - left, round(bottom * high) - top),
            self.get_component_rich_style("region-view--frame"),
        )


def framed(
    rows: Sequence[Strip], first: tuple[int, int], end: tuple[int, int], style: Style
) -> list[Strip]:
    """Draw a frame over rows of cells; what is outside of them is left out.

    Args:
        rows: Of equal length.
        first: Column and row of the frame's first cell.
        end: Column and row behind its last cell.
        style: Of the frame.
    """
    answer = list(rows)
    right, bottom = max(end[0] - 1, first[0]), max(end[1] - 1, first[1])
    across = right - first[0] - 1
    for row in range(max(0, first[1]), min(len(answer), bottom + 1)):
        strip = answer[row]
        if row in (first[1], bottom):
            corners = "┏┓" if row == first[1] else "┗┛"
            line = corners[0] + "━" * across + corners[1] if across >= 0 else "┃"
            answer[row] = _over(strip, first[0], line, style)
        else:
            answer[row] = _over(_over(strip, first[0], "┃", style), right, "┃", style)
    return answer


def _over(strip: Strip, column: int, text: str, style: Style) -> Strip:
    """A strip with text written over it, cut at its ends."""
    length = strip.cell_length
    text = text[max(0, -column) : max(0, length - column)]
    column = max(0, column)
    if not text:
        return strip
    end = column + len(text)
    over = Strip([Segment(text, style)], len(text))
    return LineStrip([strip.crop(0, column), over, strip.crop(end, length)])
