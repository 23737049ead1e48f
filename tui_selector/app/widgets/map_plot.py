"""The map that is worked with: moved about, pointed at, and cut out of by lines and boxes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from textual import events
from textual.geometry import Offset
from textual.message import Message

from tui_selector.app.map_camera import STEP, Camera
from tui_selector.app.map_colours import Colouring
from tui_selector.app.map_points import MapPoints, Place
from tui_selector.app.widgets.map_frame import Drawing, Sketch
from tui_selector.app.widgets.map_view import MapView

#: How far the crosshair moves in cells: by a key, by a key with shift.
_KEY_STEP, _FAR_STEP = (2, 1), (10, 5)

#: The share of the view that a key pans by.
_PAN = 0.15


class MapPlot(MapView):
    """Tells by messages what it encloses and what is pointed at; marks are not its own."""

    class Enclosed(Message):
        """A line was closed.

        Attributes:
            corners: Its places.
            adding: Whether what is inside is to be marked, or unmarked.
        """

        def __init__(self, corners: Sequence[Place], adding: bool) -> None:
            super().__init__()
            self.corners, self.adding = tuple(corners), adding

    class Chosen(Message):
        """A photo was clicked twice.

        Attributes:
            index: Its number.
        """

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class DrawingChanged(Message):
        """Drawing has begun or ended."""

    _drawing: Drawing = ""

    _corners: tuple[Place, ...] = ()
    _aim: tuple[int, int] | None = None
    _by_mouse = False
    _grabbed: Offset | None = None
    _dragged = False
    _unmarks = False

    @property
    def drawing(self) -> Drawing:
        """What is being drawn."""
        return self._drawing

    @property
    def corners(self) -> tuple[Place, ...]:
        """The corners of it that were dropped."""
        return self._corners

    @property
    def aim(self) -> tuple[int, int]:
        """Column and row of the crosshair, in the middle where it was not moved."""
        if self._aim is None:
            return self._camera.columns // 2, self._camera.rows // 2
        return self._aim

    # -- moving ------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._aim = None
        super().on_resize()

    def reset(self) -> None:
        self._aim = None
        super().reset()

    def show_map(
        self, points: MapPoints | None, colouring: Colouring | None, *, empty: str = ""
    ) -> None:
        super().show_map(points, colouring, empty=empty)
        here = self.here_cell()
        if here is not None and not self._by_mouse and not self._drawing:
            self._aim = here  # the photo may lie elsewhere now

    def move(self, camera: Camera) -> None:
        super().move(camera)
        if not self._by_mouse:
            self._aimed()

    def zoom(self, direction: int, at: Offset | None = None) -> None:
        """Zoom in (1) or out (-1), at a cell or at the crosshair."""
        column, row = self.aim if at is None else (at.x, at.y)
        by = (STEP if at is not None else STEP**2) ** direction
        self.move(self._camera.zoomed(by, column + 0.5, row + 0.5))

    def go(self, right: int, down: int) -> None:
        """Pan; while drawing, move the crosshair."""
        if self._drawing:
            self._move_aim(right * _KEY_STEP[0], down * _KEY_STEP[1])
            return
        self._by_mouse = False
        columns = max(1, round(_PAN * self._camera.columns))
        rows = max(1, round(_PAN * self._camera.rows))
        self.move(self._camera.moved(right * columns, down * rows))

    def leap(self, right: int, down: int) -> bool:
        """Go to the next photo in a direction, or move the crosshair far while drawing.

        Returns:
            Whether there was somewhere to go.
        """
        if self._drawing:
            self._move_aim(right * _FAR_STEP[0], down * _FAR_STEP[1])
            return True
        camera, points = self._camera, self._points
        if points is None:
            return False
        start = camera.place(self.aim[0] + 0.5, self.aim[1] + 0.5)
        if self._here is not None:
            start = _pair(points.places[self._here].tolist())
        found = points.towards(start, right, down, 1 / camera.scale)
        if found is None:
            return False
        self.go_to(found)
        return True

    def go_to(self, index: int) -> None:
        """Bring the crosshair to a photo, which comes into sight where it is not."""
        assert self._points is not None
        camera = self._camera
        x, y = self._points.places[index].tolist()
        column, row = camera.cell(x, y)
        self._by_mouse = False
        if not (1 <= column < camera.columns - 1 and 1 <= row < camera.rows - 1):
            camera = replace(camera, x=x, y=y)
            column, row = camera.cell(x, y)
        self._aim = int(column), int(row)
        if camera != self._camera:
            self.move(camera)
        self.look_at_photo(index)
        self.refresh()

    def _move_aim(self, columns: int, rows: int) -> None:
        """Move the crosshair; at an edge the map moves instead."""
        self._by_mouse = False
        camera = self._camera
        column, row = self.aim[0] + columns, self.aim[1] + rows
        kept = min(max(column, 0), camera.columns - 1), min(max(row, 0), camera.rows - 1)
        self._aim = kept
        if (column, row) != kept:
            self.move(camera.moved(column - kept[0], row - kept[1]))
        self._aimed()

    def _aimed(self) -> None:
        """Look at what is under the crosshair."""
        self.look_at(self.aim[0] + 0.5, self.aim[1] + 0.5)
        self.refresh()

    # -- drawing lines -----------------------------------------------------------------------

    def draw(self, drawing: Drawing) -> None:
        """Begin to draw a line or a box; "" gives up."""
        self._drawing, self._corners, self._unmarks = drawing, (), False
        self.post_message(self.DrawingChanged())
        self.refresh()

    def corner(self) -> bool:
        """Drop a corner at the crosshair; return whether there is room for one."""
        if not self._drawing or (self._drawing == "box" and self._corners):
            return False
        self._corners = (*self._corners, self._aim_place())
        self.refresh()
        return True

    def close_line(self, *, adding: bool = True) -> bool:
        """Close the line; the crosshair is the last corner of a box.

        Returns:
            Whether there was a line to close.
        """
        corners = self._line()
        if len(corners) < 3:
            return False
        self.draw("")
        self.post_message(self.Enclosed(corners, adding))
        return True

    def _aim_place(self) -> Place:
        return self._camera.place(self.aim[0] + 0.5, self.aim[1] + 0.5)

    def _line(self) -> tuple[Place, ...]:
        """The line as it is drawn: by way of the corners to the crosshair; the four of a box."""
        corners = self._corners
        if not corners:
            return ()
        if not self._by_mouse and corners[-1] != self._aim_place():
            corners = (*corners, self._aim_place())
        if self._drawing == "box" and len(corners) > 1:
            (left, top), (right, bottom) = corners[0], corners[-1]
            return (left, top), (right, top), (right, bottom), (left, bottom)
        return corners

    def sketch(self) -> Sketch:
        aim = None if self._by_mouse else self.aim
        return Sketch(self._drawing, self._line(), aim, self.here_cell())

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.stop()
        if event.button not in (1, 3):
            return
        self._grabbed, self._dragged, self._by_mouse = event.offset, False, True
        self._unmarks = event.ctrl or event.button == 3
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        event.stop()
        self._by_mouse = True
        before = self._grabbed
        if before is None:
            self.look_at(event.x + 0.5, event.y + 0.5)
            self.refresh()
            return
        if event.offset == before:
            return
        place = self._camera.place(event.x + 0.5, event.y + 0.5)
        start = self._camera.place(before.x + 0.5, before.y + 0.5)
        if not self._dragged and self._drawing:
            self._corners = (start,)
        self._dragged = True
        if self._drawing == "lasso":
            self._corners = (*self._corners, place)
        elif self._drawing == "box":
            self._corners = (self._corners[0], place)
            self.refresh()
            return
        self._grabbed = event.offset
        if self._drawing:
            self.refresh()
        else:
            self.move(self._camera.moved(before.x - event.x, before.y - event.y))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._grabbed is None:
            return
        event.stop()
        self._grabbed = None
        self.release_mouse()
        if self._drawing and self._dragged:
            if not self.close_line(adding=not self._unmarks):
                self.draw(self._drawing)
        elif not self._dragged:
            self._aim, self._by_mouse = (event.x, event.y), False
            if self._drawing:
                self.corner()
            self._aimed()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.chain == 2 and not self._dragged and not self._drawing and self._here is not None:
            self.post_message(self.Chosen(self._here))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.zoom(1, event.offset)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.zoom(-1, event.offset)

    def on_leave(self) -> None:
        self._by_mouse = False
        self.refresh()


def _pair(place: Sequence[float]) -> Place:
    x, y = place
    return x, y
