"""A list of names with how many photos they have, as bars: labels, classes, samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui_selector.app.widgets.scrolled_view import ScrolledView

_EIGHTHS = " ▏▎▍▌▋▊▉█"

#: Cells of a bar beside a note and without one, and of the number behind it.
_BAR, _LONG_BAR, _NUMBER = 10, 40, 7


class BarRow(msgspec.Struct, frozen=True):
    """A row.

    Attributes:
        key: What the row is about; the cursor stays on it.
        text: Its name, printable.
        count: Photos; None for no bar.
        note: What stands behind, printable.
        marked: Whether it is marked.
        faint: Whether it is no more than an offer.
    """

    key: str
    text: str
    count: int | None = None
    note: str = ""
    marked: bool = False
    faint: bool = False


class BarList(ScrolledView, can_focus=True):
    """Shows rows. Up and down choose one; what becomes of it is the screen's matter."""

    DEFAULT_CSS = """
    BarList {
        scrollbar-size-vertical: 1; overflow-x: hidden; background: $surface;
        & > .bars--bar { color: $primary; }
        & > .bars--note { color: $text-muted; }
        & > .bars--mark { color: $text-warning; text-style: bold; }
        & > .bars--cursor { color: $foreground; background: $primary-muted; }
        &:focus > .bars--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("bars--bar", "bars--note", "bars--mark", "bars--cursor")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """Another row is chosen."""

    class Activated(Message):
        """A row was double-clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.rows: Sequence[BarRow] = ()
        self._empty = ""

    def show(self, rows: Sequence[BarRow], empty: str = "") -> None:
        """Show other rows, the cursor on the same one where it is still there."""
        before = self.current
        self.rows, self._empty = rows, empty
        self.virtual_size = Size(self.size.width, len(rows))
        if before is not None:
            keys = [row.key for row in rows]
            if before.key in keys:
                self.cursor = keys.index(before.key)
        self.cursor = self.cursor  # within what there is now
        self._scroll_to_cursor()
        self.refresh()

    @property
    def current(self) -> BarRow | None:
        """The row that is chosen."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        self.refresh()

    def action_move(self, by: int) -> None:
        """Choose another row."""
        before = self.cursor
        self.cursor += by
        if self.cursor != before:
            self._scroll_to_cursor()
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        row = event.y + round(self.scroll_offset.y)
        if row < len(self.rows):
            self.action_move(row - self.cursor)
            if event.chain == 2:
                self.post_message(self.Activated())

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows))

    def _scroll_to_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, self.size.width, 1), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        width, index = self.size.width, y + round(self.scroll_offset.y)
        note = self.get_component_rich_style("bars--note")
        if index >= len(self.rows):
            text = f" {self._empty}" if not self.rows and y == 0 else ""
            return Strip([Segment(set_cell_size(text, width), note)], width)
        row = self.rows[index]
        here = index == self.cursor
        base = self.get_component_rich_style("bars--cursor") if here else self.rich_style
        mark = base if here else self.get_component_rich_style("bars--mark")
        segments = [Segment("▌" if row.marked else " ", mark)]
        if row.count is None:
            words = f"{row.text}  {row.note}" if row.note else row.text
            segments.append(Segment(words, note if row.faint and not here else base))
            return Strip(segments).adjust_cell_length(width, base)
        name, most = self._widths(width)
        segments.append(
            Segment(_fitted(row.text, name) + " ", note if row.faint and not here else base)
        )
        bar = self.get_component_rich_style("bars--bar")
        bar = base if here else Style(color=bar.color, bgcolor=self.rich_style.bgcolor)
        segments += [
            Segment(_bar(row.count / max(1, self._most), most), bar),
            Segment(f"{row.count:>{_NUMBER},}  ", base),
            Segment(row.note, base if here else note),
        ]
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def _most(self) -> int:
        return max((row.count or 0 for row in self.rows), default=0)

    def _widths(self, width: int) -> tuple[int, int]:
        """Cells of names and of bars."""
        longest = max((cell_len(row.text) for row in self.rows), default=0)
        name = max(8, min(longest, width - _BAR - _NUMBER - 6))
        if any(row.note for row in self.rows):
            return name, _BAR
        return name, max(_BAR, min(_LONG_BAR, width - name - _NUMBER - 6))


def _fitted(text: str, width: int) -> str:
    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)


def _bar(share: float, most: int) -> str:
    eighths = max(round(8 * most * share), 1 if share else 0)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(most)
