"""A list of tags that scrolls over thousands of rows, each with a sign, a name and a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

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
from tui_selector.library.display import printable

Sign = Literal["with", "without", "some", ""]

_SIGNS: Mapping[Sign, str] = {"with": "+", "without": "−", "some": "~", "": " "}


class TagRow(msgspec.Struct, frozen=True):
    """A row of the list.

    Attributes:
        name: The tag.
        sign: What is chosen for it.
        note: What stands at the end of the row, e.g. how many photos have it; printable.
        colour: Of the dot before its name, as CSS has it; "" for no dot.
    """

    name: str
    sign: Sign = ""
    note: str = ""
    colour: str = ""


class TagList(ScrolledView, can_focus=True):
    """Shows rows of tags. Up and down choose one; space, enter or a click change its sign."""

    DEFAULT_CSS = """
    TagList {
        height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; background: $surface;
        & > .tags--with { color: $text-success; text-style: bold; }
        & > .tags--without { color: $text-error; text-style: bold; }
        & > .tags--some { color: $text-warning; }
        & > .tags--note { color: $text-muted; }
        & > .tags--empty { color: $text-muted; }
        & > .tags--cursor { color: $foreground; background: $primary-muted; }
        &:focus > .tags--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("tags--with", "tags--without", "tags--some", "tags--note", "tags--empty", "tags--cursor")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "previous", show=False),
        Binding("down", "move(1)", "next", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "move(-1000000)", "first", show=False),
        Binding("end", "move(1000000)", "last", show=False),
        Binding("space", "choose", "change", show=False),
    ]

    SIGNS: ClassVar[Mapping[Sign, str]] = _SIGNS

    cursor: reactive[int] = reactive(0)

    class Toggled(Message):
        """The owner wants another sign for a tag."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Moved(Message):
        """Another row is chosen; `name` is None in an empty list."""

        def __init__(self, name: str | None) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        """
        Args:
            empty: What is said where there are no rows.
            id: As for any widget.
        """
        super().__init__(id=id)
        self.empty = empty
        self.rows: Sequence[TagRow] = ()

    def show(self, rows: Sequence[TagRow], *, stay: bool = True) -> None:
        """Show other rows; with `stay` the cursor stays on its tag, else it goes to the first."""
        before = self.current
        self.rows = rows
        self.virtual_size = Size(self.size.width, len(rows))
        cursor = 0
        if stay and before is not None:
            cursor = next((i for i, row in enumerate(rows) if row.name == before), self.cursor)
        self.cursor = cursor
        self._scroll_to_cursor()
        self.refresh()
        if self.current != before:
            self.post_message(self.Moved(self.current))

    @property
    def current(self) -> str | None:
        """The tag of the row that is chosen."""
        return self.rows[self.cursor].name if self.cursor < len(self.rows) else None

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Choose another row."""
        before = self.cursor
        self.cursor += by
        if self.cursor != before:
            self._scroll_to_cursor()
            self.post_message(self.Moved(self.current))

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 1))

    def action_choose(self) -> None:
        """Ask for another sign for the tag that is chosen."""
        if self.current is None:
            self.app.bell()
        else:
            self.post_message(self.Toggled(self.current))

    def on_click(self, event: events.Click) -> None:
        row = event.y + round(self.scroll_offset.y)
        if row < len(self.rows):
            self.action_move(row - self.cursor)
            self.action_choose()

    def _scroll_to_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, self.size.width, 1), animate=False, force=True)

    # -- drawing -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows))

    def watch_cursor(self, before: int, now: int) -> None:
        top = round(self.scroll_offset.y)
        for row in {before, now}:
            self.refresh(Region(0, row - top, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width, index = self.size.width, y + round(self.scroll_offset.y)
        if index >= len(self.rows):
            text = self.empty if not self.rows and y == 0 else ""
            style = self.get_component_rich_style("tags--empty")
            return Strip([Segment(set_cell_size(text, width), style)], width)
        row = self.rows[index]
        base = note = self.rich_style
        if index == self.cursor:
            base = note = self.get_component_rich_style("tags--cursor")
        else:
            note += Style(color=self.get_component_rich_style("tags--note").color)
        sign = base
        if row.sign and not (index == self.cursor and self.has_focus):
            sign += Style(color=self.get_component_rich_style(f"tags--{row.sign}").color, bold=True)
        dot = [Segment("● ", base + Style(color=row.colour))] if row.colour else []
        room = max(0, width - cell_len(row.note) - 4 - 2 * len(dot))
        name = printable(row.name)
        if cell_len(name) > room:
            name = set_cell_size(name, max(0, room - 1)) + "…"
        return Strip(
            [
                Segment(f" {self.SIGNS[row.sign]} ", sign),
                *dot,
                Segment(set_cell_size(name, room), sign),
                Segment(row.note + " ", note),
            ]
        ).adjust_cell_length(width, base)
