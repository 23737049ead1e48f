"""The panel that tells what is known of the photo under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_selector.app.details import Details, facts
from tui_selector.library.display import printable
from tui_selector.library.photo import Tag

if TYPE_CHECKING:
    from tui_selector.engine.search_messages import Hit

_BAR = 10
_RAW = {"meaning": "cosine", "picture": "cosine", "tag": "score"}
_SOURCES = {"model": "model", "pixels": "pixels", "exif": "EXIF", "owner": "yours"}


class InfoPanel(VerticalScroll, can_focus=False):
    """Facts of one photo and its tags, each with its score and where it comes from."""

    DEFAULT_CSS = """
    InfoPanel {
        width: 40; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
        & Static { width: 1fr; }
        & #tags, & #reasons, & #answers { margin-top: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="facts")
        yield Static(id="judgement")
        yield Static(id="reasons")
        yield Static(id="answers")
        yield Static(id="tags")

    def show(self, details: Details | None, hit: Hit | None = None) -> None:
        """Tell about this photo; None empties the panel.

        Args:
            details: What is known of it.
            hit: Its score in the search that is shown, and what that is made of.
        """
        self.show_answers([])
        self.show_judgement([])
        reasons = self.query_one("#reasons", Static)
        reasons.display = details is not None and hit is not None
        if hit is not None:
            reasons.update(_reasons(hit))
        if details is None:
            self.query_one("#facts", Static).update("")
            self.query_one("#tags", Static).update("")
            return
        self.query_one("#facts", Static).update(_facts(facts(details)))
        self.query_one("#tags", Static).update(_tags(details.tags))

    def show_answers(self, answers: Sequence[tuple[str, str]]) -> None:
        """Say what criteria say about this photo: each, and the class with its reason."""
        place = self.query_one("#answers", Static)
        place.display = bool(answers)
        place.update(_facts(answers))

    def show_judgement(self, rows: Sequence[tuple[str, str]]) -> None:
        """Say why this photo is the best of its group, or why another one is."""
        place = self.query_one("#judgement", Static)
        place.display = bool(rows)
        place.update(_facts(rows))


def _facts(rows: Sequence[tuple[str, str]]) -> Table:
    """Labels and printable texts."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(Text(label), Text(text))
    return table


def _reasons(hit: Hit) -> Table:
    """The score of a search, and below it each thing that speaks for or against the photo."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_row(Text("score"), _bar(hit.score), Text(f"{100 * hit.score:.1f} %"))
    for signal in hit.reasons:
        against = "not " if signal.weight < 0 else ""
        times = "" if abs(signal.weight) == 1 else f" ×{abs(signal.weight):g}"
        table.add_row(
            Text(signal.kind),
            Text(f"{against}{printable(signal.asked)}"),
            Text(f"{100 * signal.chance:.1f} %{times}"),
        )
        table.add_row(
            Text(""),
            _bar(signal.chance),
            Text(f"{_RAW[signal.kind]} {signal.raw:.2f}" if signal.kind in _RAW else "", "dim"),
        )
    return table


def _bar(share: float) -> Text:
    filled = round(min(max(share, 0.0), 1.0) * _BAR)
    bar = Text("━" * filled)
    bar.append("─" * (_BAR - filled), "dim")
    return bar


def _tags(tags: tuple[Tag, ...]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for tag in tags:
        table.add_row(Text(printable(tag.name)), _bar(tag.score), Text(_SOURCES[tag.source]))
    return table
