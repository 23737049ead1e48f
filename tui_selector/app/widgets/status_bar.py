"""The status line: what is said depends on the room, the most important first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app.widgets.looks import Look, Looks
from tui_selector.engine.protocol import Progress

Tone = Literal["plain", "strong", "work", "warning", "error"]

_SEPARATOR = " │ "
_BAR = 10

_STAGES = {
    "starting": "starting",
    "scanning": "scanning",
    "indexing": "indexing",
    "clustering": "making tabs",
    "swapping": "changing the model",
    "reading": "reading text",
    "paused": "paused",
    "failed": "failed",
}

#: Stages of which it is said how fast they are and how long they take.
_TIMED = ("indexing", "swapping")


class Part(msgspec.Struct, frozen=True):
    """One thing the status line says.

    Attributes:
        text: Printable.
        weight: Where there is no room, the smallest weight goes first.
        tone: How it looks.
        shrinks: Whether it may be cut with an ellipsis instead of going.
    """

    text: str
    weight: int
    tone: Tone = "plain"
    shrinks: bool = False


def fit(parts: Iterable[Part], width: int) -> list[Part]:
    """The parts that have room in `width` cells, in their order."""
    kept = [part for part in parts if part.text]
    while kept and _length(kept) > width:
        last = min(kept, key=lambda part: part.weight)
        place = kept.index(last)
        room = cell_len(last.text) - (_length(kept) - width)
        if last.shrinks and room >= 8:
            shortened = set_cell_size(last.text, room - 1) + "…"
            kept[place] = Part(shortened, last.weight, last.tone)
        elif len(kept) == 1:
            kept = [Part(set_cell_size(last.text, width), last.weight, last.tone)]
        else:
            del kept[place]
    return kept


def _length(parts: Sequence[Part]) -> int:
    return sum(cell_len(part.text) for part in parts) + len(_SEPARATOR) * (len(parts) - 1)


def progress_text(progress: Progress) -> str:
    """What the engine is doing: "indexing ▰▰▰▱▱▱▱▱▱▱ 120/400 41/s 0:07"; "" while idle."""
    if progress.stage == "idle":
        return ""
    words = [_STAGES[progress.stage]]
    if progress.total and progress.stage in ("indexing", "swapping", "reading", "paused"):
        done = min(progress.done, progress.total)
        full = _BAR * done // progress.total
        words += ["▰" * full + "▱" * (_BAR - full), f"{done}/{progress.total}"]
        if progress.rate > 0 and progress.stage in _TIMED:
            words.append(
                f"{progress.rate:.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s"
            )
        if progress.remaining is not None and progress.stage in _TIMED:
            words.append(duration(progress.remaining))
    return " ".join(words)


def duration(seconds: float) -> str:
    """A time span as a clock shows it: "0:07", "12:30", "3:05:00"."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_LOOKS = {
    "plain": Look("text-muted"),
    "strong": Look("foreground", bold=True),
    "work": Look("text-accent"),
    "warning": Look("text-warning"),
    "error": Look("text-error", bold=True),
    "separator": Look("text-disabled"),
}


class StatusBar(Widget):
    """One line of parts, separated by bars."""

    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        background: $panel;
    }
    """

    ALLOW_SELECT = False

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._parts: tuple[Part, ...] = ()
        self._looks = Looks(self, "panel", _LOOKS)

    @property
    def text(self) -> str:
        """What the line says at its present width."""
        return _SEPARATOR.join(part.text for part in fit(self._parts, self._room))

    def show(self, parts: Iterable[Part]) -> None:
        """Say this; parts without text are left out."""
        parts = tuple(parts)
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    @property
    def _room(self) -> int:
        return max(0, self.size.width - 2)

    def render_line(self, y: int) -> Strip:
        looks = self._looks
        plain, separator = looks["plain"], looks["separator"]
        segments = [Segment(" ", plain)]
        for part in fit(self._parts, self._room):
            if len(segments) > 1:
                segments.append(Segment(_SEPARATOR, separator))
            segments.append(Segment(part.text, looks[part.tone]))
        return Strip(segments).adjust_cell_length(self.size.width, plain)
