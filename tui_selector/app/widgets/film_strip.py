"""The frames that stand for a video, side by side: where one is, and how well each one fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui_selector.app.widgets.film_bar import clock
from tui_selector.app.widgets.photo_view import PhotoView, Placed
from tui_selector.app.widgets.tile import Tile

#: Cells of a frame, and the height of the widget with the line under the frames.
WIDTH, HEIGHT = 14, 5
_GAP = 1

Frame = tuple[float, float | None]
"""A time in seconds, and a score from 0 to 1 where something is searched for."""


class FilmStrip(PhotoView):
    """As many frames as there is room for, those around where one is; a click on one goes there."""

    DEFAULT_CSS = """
    FilmStrip {
        height: 5; background: $background;
        & > .film-strip--time { color: $text-muted; background: $background; }
        & > .film-strip--match { color: $warning; background: $background; }
        & > .film-strip--here { color: $background; background: $foreground; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "film-strip--time",
        "film-strip--match",
        "film-strip--here",
    }
    ALLOW_SELECT = False

    class Chosen(Message):
        """A frame was clicked.

        Attributes:
            moment: Its time in seconds.
        """

        def __init__(self, moment: float) -> None:
            super().__init__()
            self.moment = moment

    _frames: tuple[Frame, ...] = ()
    _moment: float | None = None
    _floor = 0.0

    def show_frames(
        self, tile: Tile, frames: Sequence[Frame], moment: float | None, floor: float
    ) -> None:
        """Show the frames of a video.

        Args:
            tile: The video.
            frames: Ascending.
            moment: Where one is, in seconds; None at the poster.
            floor: The score from which a frame is a match.
        """
        self._frames, self._moment, self._floor = tuple(frames), moment, floor
        self.show(tile)

    @property
    def shown(self) -> tuple[Frame, ...]:
        """The frames there is room for, that where one is in the middle."""
        room = max(1, (self.content_size.width + _GAP) // (WIDTH + _GAP))
        first = max(0, min((self._here or 0) - room // 2, len(self._frames) - room))
        return self._frames[first : first + room]

    @property
    def _here(self) -> int | None:
        """The last frame that has begun."""
        if self._moment is None:
            return None
        begun = [n for n, (moment, _) in enumerate(self._frames) if moment <= self._moment]
        return begun[-1] if begun else None

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = event.x // (WIDTH + _GAP)
        shown = self.shown
        if place < len(shown):
            self.post_message(self.Chosen(shown[place][0]))

    def _box(self) -> Size:
        size = self.content_size
        return Size(size.width, max(0, size.height - 1))

    def _layout(self, tile: Tile) -> list[Placed]:
        request = self._painter.request(
            tile.key or tile.path, tile.path, Size(WIDTH, HEIGHT - 1), False
        )
        request = replace(request, on_disk=False)
        return [
            Placed(place * (WIDTH + _GAP), 0, (replace(request, moment=moment),))
            for place, (moment, _) in enumerate(self.shown)
        ]

    def render_line(self, y: int) -> Strip:
        return super().render_line(y) if y < self._box().height else self._times()

    def _times(self) -> Strip:
        """The time of each frame, and its score."""
        here = self._frames[self._here] if self._here is not None else None
        line: list[Segment] = []
        for frame in self.shown:
            moment, score = frame
            name = "match" if score is not None and score >= self._floor else "time"
            style = self.get_component_rich_style(
                f"film-strip--{'here' if frame == here else name}"
            )
            words = clock(moment)[:-3] + ("" if score is None else f" {round(100 * score)} %")
            line += [
                Segment(words.center(WIDTH)[:WIDTH], style),
                Segment(" " * _GAP, self.rich_style),
            ]
        return Strip(line).adjust_cell_length(self.size.width, self.rich_style)
