"""Partial frames that write the cells that changed, and no others.

Textual writes a changed line from the left edge of its widget. For a tile at the right end of a
grid that is a line of pictures, for pictures that stand beside the text it would take them away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip


def write_changes_alone(app: App[Any]) -> None:
    """Have every partial frame of an app written so; once for each app."""
    display = app._display

    def display_changes(screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = cast("RenderableType", _Changes(renderable))
        display(screen, renderable)

    # Every frame of every screen goes through this method.
    app._display = display_changes  # type: ignore[method-assign]


class _Changes(CompositorUpdate):
    """A partial frame on its way to the driver."""

    def __init__(self, update: ChopsUpdate) -> None:
        self._update = update

    def render_segments(self, console: Console) -> str:
        out: list[str] = []
        at = (-1, -1)
        for y, x, strip in changed_pieces(self._update):
            if (x, y) != at:
                out.append(move_to(x, y))
            out.append(strip.render(console))
            at = x + strip.cell_length, y
        return "".join(out)


def changed_pieces(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Line, column and strip of what a partial frame changes."""
    for y, first, last in update.spans:
        yield from pieces_between(update.chops[y].items(), first, last, y)


def pieces_between(
    chops: Iterable[tuple[int, Strip | None]], first: int, last: int, y: int
) -> Iterator[tuple[int, int, Strip]]:
    """Line, column and strip of what a line shows in the columns `first` up to `last`.

    Args:
        chops: Column and strip of the line's pieces; None where a piece was not rendered.
    """
    for x, strip in chops:
        if strip is None:
            continue
        start, end = max(x, first), min(x + strip.cell_length, last)
        if start < end:
            whole = start == x and end == x + strip.cell_length
            yield y, start, strip if whole else strip.crop(start - x, end - x)


def move_to(x: int, y: int) -> str:
    """The escape sequence that moves the cursor to a cell, both counted from 0."""
    return f"\x1b[{y + 1};{x + 1}H"
