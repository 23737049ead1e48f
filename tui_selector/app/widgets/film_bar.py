"""Where one is in a video: the time, a line to click on, the whole length.

While something is searched for, the line is a strip of heat: the higher and the brighter, the
better that part of the video fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

_EIGHTHS = "▁▂▃▄▅▆▇█"


class FilmBar(Widget):
    """One line; a click or a drag on it goes there."""

    DEFAULT_CSS = """
    FilmBar {
        height: 1; background: $surface; color: $text-muted;
        & > .film-bar--done { color: $accent; background: $surface; }
        & > .film-bar--time { color: $foreground; background: $surface; }
        & > .film-bar--match { color: $warning; background: $surface; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "film-bar--done",
        "film-bar--time",
        "film-bar--match",
    }
    ALLOW_SELECT = False

    class Sought(Message):
        """A place in the video was chosen.

        Attributes:
            share: From 0 (the beginning) to 1.
        """

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    def __init__(self) -> None:
        super().__init__()
        self._moment: float | None = None
        self._duration = 0.0
        self._heat: tuple[tuple[float, float], ...] = ()
        self._floor = 0.0
        self._grabbed = False

    def show(self, moment: float | None, duration: float) -> None:
        """Show a time.

        Args:
            moment: Seconds; None while the poster is shown.
            duration: Seconds; 0 where it is not known.
        """
        self._moment, self._duration = moment, duration
        self.refresh()

    def show_heat(self, moments: Sequence[tuple[float, float]], floor: float) -> None:
        """Show how well the video fits what is searched for; without moments, nothing of it.

        Args:
            moments: Times (seconds, ascending) and scores (0 to 1): each holds until the next.
            floor: The score from which a frame is a match.
        """
        self._heat, self._floor = tuple(moments), floor
        self.refresh()

    @property
    def _ends(self) -> tuple[str, str]:
        left = f" ▶ {clock(self._moment or 0.0)} " if self._moment is not None else " ▶ poster "
        return left, f" {clock(self._duration)} " if self._duration else " ? "

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._grabbed = True
        self.capture_mouse()
        self._seek(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._grabbed:
            self._seek(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._grabbed:
            self._grabbed = False
            self.release_mouse()

    def _seek(self, x: int) -> None:
        left, right = map(cell_len, self._ends)
        length = max(1, self.size.width - left - right - 1)
        if self._duration:
            self.post_message(self.Sought(min(max(0.0, (x - left) / length), 1.0)))

    def render_line(self, y: int) -> Strip:
        left, right = self._ends
        length = max(0, self.size.width - cell_len(left) - cell_len(right))
        share = min(1.0, (self._moment or 0.0) / self._duration) if self._duration else 0.0
        done = round(share * max(0, length - 1))
        done_style = self.get_component_rich_style("film-bar--done")
        time_style = self.get_component_rich_style("film-bar--time")
        line = [Segment(left, time_style)]
        if length and self._heat and self._duration:
            line += self._strip(length, done)
        elif length:
            line += [
                Segment("━" * done + "●", done_style),
                Segment("─" * (length - done - 1), self.rich_style),
            ]
        line.append(Segment(right, time_style))
        return Strip(line).adjust_cell_length(self.size.width, self.rich_style)

    def _strip(self, length: int, here: int) -> list[Segment]:
        """The scores along the video, and where one is."""
        styles = {
            "here": self.get_component_rich_style("film-bar--time"),
            "match": self.get_component_rich_style("film-bar--match"),
            "other": self.rich_style,
        }
        scores = column_scores(self._heat, self._duration, length)
        cells = [
            ("●", "here")
            if column == here
            else (
                _EIGHTHS[min(int(score * len(_EIGHTHS)), len(_EIGHTHS) - 1)],
                "match" if score >= self._floor else "other",
            )
            for column, score in enumerate(scores)
        ]
        return [
            Segment("".join(char for char, _ in some), styles[style])
            for style, some in groupby(cells, lambda cell: cell[1])
        ]


def column_scores(
    moments: Sequence[tuple[float, float]], duration: float, columns: int
) -> list[float]:
    """The best score in each of some equal parts of a video; each moment's holds until the next."""
    scores = [0.0] * columns
    for (start, score), end in zip(
        moments, [*(second for second, _ in moments[1:]), duration], strict=True
    ):
        first = min(int(start / duration * columns), columns - 1)
        last = min(max(first + 1, int(end / duration * columns)), columns)
        for column in range(first, last):
            scores[column] = max(scores[column], score)
    return scores


def clock(seconds: float) -> str:
    """A time in a video, e.g. "0:03.20" or "1:02:03.20"."""
    hundredths = round(100 * seconds)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 100:02d}.{rest % 100:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
