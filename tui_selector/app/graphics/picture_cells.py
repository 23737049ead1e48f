"""Which cells of the screen are under which cells of which picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.color import Color

if TYPE_CHECKING:
    from tui_selector.app.graphics.placed import Picture


class Run(NamedTuple):
    """Cells `x` up to `end` of a screen line, under one row of a picture from a column on."""

    x: int
    end: int
    picture: Picture
    row: int
    column: int
    background: Color | None

    @property
    def origin(self) -> int:
        """Where on the screen the picture's first column is, or would be."""
        return self.x - self.column


class Place(NamedTuple):
    """A picture with its top left corner at a cell of the screen, perhaps outside."""

    picture: Picture
    x: int
    y: int


class Part(NamedTuple):
    """A rectangle of a picture, in cells of the picture."""

    column: int
    row: int
    columns: int
    rows: int


def covers(old: Run, new: Run) -> bool:
    """Whether the cells of a run are under the same part of a picture at the same place already."""
    return (
        old.x <= new.x
        and new.end <= old.end
        and old.row == new.row
        and old.origin == new.origin
        and old.background == new.background
    )


def cut_run(run: Run, first: int, last: int) -> Run | None:
    """The cells of a run in the columns `first` up to `last`."""
    x, end = max(run.x, first), min(run.end, last)
    return run._replace(x=x, end=end, column=run.column + x - run.x) if x < end else None


def joined(runs: list[Run]) -> list[Run]:
    """Put runs together that a frame has written in two pieces."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.end == run.x
            and last.picture is run.picture
            and last.row == run.row
            and last.origin == run.origin
            and last.background == run.background
        ):
            joined[-1] = last._replace(end=run.end)
        else:
            joined.append(run)
    return joined


def rectangles(place: Place, runs: Sequence[Run]) -> list[Part]:
    """The parts of a picture in sight as few rectangles.

    Args:
        place: Where the picture stands.
        runs: Its cells in sight, line by line from the top.
    """
    parts: list[Part] = []
    for run in runs:
        columns = run.end - run.x
        for index, part in enumerate(parts):
            if (part.column, part.columns) == (run.column, columns) and (
                part.row + part.rows == run.row
            ):
                parts[index] = part._replace(rows=part.rows + 1)
                break
        else:
            parts.append(Part(run.column, run.row, columns, 1))
    return parts
