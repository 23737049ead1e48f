"""The panel that tells what is known of the photo under the cursor."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_selector.app.details import Details, facts
from tui_selector.library.display import printable
from tui_selector.library.photo import Tag

_BAR = 10
_SOURCES = {"model": "model", "pixels": "pixels", "exif": "EXIF", "owner": "yours"}


class InfoPanel(VerticalScroll, can_focus=False):
    """Facts of one photo and its tags, each with its score and where it comes from."""

    DEFAULT_CSS = """
    InfoPanel {
        width: 40; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
        & Static { width: 1fr; }
        & #tags { margin-top: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="facts")
        yield Static(id="tags")

    def show(self, details: Details | None) -> None:
        """Tell about this photo; None empties the panel."""
        if details is None:
            self.query_one("#facts", Static).update("")
            self.query_one("#tags", Static).update("")
            return
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, text in facts(details):
            table.add_row(Text(label), Text(text))
        self.query_one("#facts", Static).update(table)
        self.query_one("#tags", Static).update(_tags(details.tags))


def _tags(tags: tuple[Tag, ...]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for tag in tags:
        filled = round(min(max(tag.score, 0.0), 1.0) * _BAR)
        bar = Text("━" * filled)
        bar.append("─" * (_BAR - filled), "dim")
        table.add_row(Text(printable(tag.name)), bar, Text(_SOURCES[tag.source]))
    return table
