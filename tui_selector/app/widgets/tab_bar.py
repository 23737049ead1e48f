"""The row of tabs: one line, drawn cell by cell, so that hundreds of clusters cost what five do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app.widgets.looks import Look, Looks
from tui_selector.library.catalog.tab_table import UNKNOWN, TabInfo
from tui_selector.library.display import printable

#: Longest name that is written out, in cells.
_LONGEST_NAME = 24

_LOOKS = {
    "tab": Look("foreground"),
    "count": Look("text-muted"),
    "active": Look("block-cursor-foreground", "block-cursor-background", bold=True),
    "active-count": Look("block-cursor-foreground", "block-cursor-background"),
    "fresh": Look("text-success", bold=True),
    "hint": Look("text-accent", bold=True),
}


class TabBar(Widget):
    """Tabs side by side; the active one is always in view.

    `‹` and `›` at the ends say that there are more, and go there when clicked; so does the wheel.
    The bar takes no focus: keys belong to the grid.
    """

    DEFAULT_CSS = """
    TabBar {
        height: 1;
        background: $panel;
    }
    """

    ALLOW_SELECT = False

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, bar: TabBar, tab: int) -> None:
            super().__init__()
            self.bar = bar
            self.tab = tab

        @property
        def control(self) -> TabBar:
            return self.bar

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._looks = Looks(self, "panel", _LOOKS)
        self._tabs: tuple[TabInfo, ...] = ()
        self._active = 0
        self._spans: list[tuple[int, int]] = []
        self._scroll = 0

    def show(self, tabs: Sequence[TabInfo], active: int) -> None:
        """Show these tabs, `active` being the id of the one that is open."""
        tabs = tuple(tabs)
        if (tabs, active) == (self._tabs, self._active):
            return
        self._tabs, self._active = tabs, active
        self._spans = []
        end = 0
        for tab in tabs:
            begin, end = end, end + sum(cell_len(part) for part in _parts(tab))
            self._spans.append((begin, end))
        self._show_active()
        self.refresh()

    def tab_at(self, x: int) -> int | None:
        """Id of the tab at a column of the widget; None beside the tabs."""
        column = x + self._scroll
        for tab, (begin, end) in zip(self._tabs, self._spans, strict=True):
            if begin <= column < end:
                return tab.id
        return None

    @property
    def _length(self) -> int:
        return self._spans[-1][1] if self._spans else 0

    def _slide(self, column: int) -> None:
        column = max(0, min(column, self._length - self.size.width))
        if column != self._scroll:
            self._scroll = column
            self.refresh()

    def _show_active(self) -> None:
        """Bring the active tab into view, and a little of its neighbours."""
        width = self.size.width
        for tab, (begin, end) in zip(self._tabs, self._spans, strict=True):
            if tab.id == self._active and width:
                room = min(8, max(0, (width - (end - begin)) // 2))
                first, last = end + room - width, begin - room
                self._slide(max(first, min(self._scroll, last)))

    def on_resize(self) -> None:
        self._slide(self._scroll)
        self._show_active()

    def on_click(self, event: events.Click) -> None:
        if self._scroll > 0 and event.x == 0:
            self._slide(self._scroll - self.size.width // 2)
        elif self._scroll + self.size.width < self._length and event.x == self.size.width - 1:
            self._slide(self._scroll + self.size.width // 2)
        elif (tab := self.tab_at(event.x)) is not None:
            self.post_message(self.Chosen(self, tab))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._slide(self._scroll + 8)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._slide(self._scroll - 8)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        hint = self._looks["hint"]
        first, last = self._scroll, self._scroll + width
        segments: list[Segment] = []
        begin = end = 0
        for tab, (tab_begin, tab_end) in zip(self._tabs, self._spans, strict=True):
            if tab_end <= first or tab_begin >= last:
                continue
            if not segments:
                begin = tab_begin
            end = tab_end
            segments.extend(self._segments(tab))
        strip = Strip(segments, end - begin).crop(first - begin, last - begin)
        strip = strip.extend_cell_length(width, self._looks["tab"])
        if first > 0:
            strip = Strip.join([Strip([Segment("‹", hint)], 1), strip.crop(1)])
        if last < self._length:
            strip = Strip.join([strip.crop(0, width - 1), Strip([Segment("›", hint)], 1)])
        return strip

    def _segments(self, tab: TabInfo) -> list[Segment]:
        active = tab.id == self._active
        names = ("active", "active-count", "active") if active else ("tab", "count", "fresh")
        return [
            Segment(text, self._looks[name]) for text, name in zip(_parts(tab), names, strict=True)
        ]


def _parts(tab: TabInfo) -> tuple[str, str, str]:
    """What is written for a tab: its name, its count, and what is new in it."""
    name = printable(tab.name) or "(no name)"
    if cell_len(name) > _LONGEST_NAME:
        name = set_cell_size(name, _LONGEST_NAME - 1).rstrip() + "…"
    fresh = f"+{tab.fresh} " if tab.fresh else ""
    count = "… " if tab.count == UNKNOWN else f"{tab.count} "
    return f" {name} ", count, fresh
