"""The panel of a search: its threshold on the scores of all photos, and what its signals weigh."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Label

from tui_selector.app.searches import Results
from tui_selector.app.widgets.score_chart import ScoreChart
from tui_selector.app.widgets.slider import Slider
from tui_selector.search.scores import FLOOR, Weights

#: Seconds without a move before photos are searched for again.
_SETTLED = 0.1

_SIGNALS = {
    "meaning": "words and what the model sees",
    "picture": "pictures and pictures",
    "tag": "tags that say it",
    "name": "words in file names",
    "text": "words in the pictures",
    "caption": "descriptions",
}


class SearchPanel(VerticalScroll):
    """Shows how scores are spread, and lets the owner move the threshold and the weights."""

    DEFAULT_CSS = """
    SearchPanel {
        width: 40; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
        & Label { width: 1fr; }
        & .panel--title { text-style: bold; margin-bottom: 1; }
        & .panel--words { color: $text-muted; }
        & .panel--heading { text-style: bold; margin-top: 1; }
        & Slider { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "app.focus_previous", "previous line", show=False),
        Binding("down,j", "app.focus_next", "next line", show=False),
        Binding("r", "reset", "as at first", show=False),
    ]

    class Changed(Message):
        """The owner wants another threshold or other weights."""

        def __init__(self, floor: float, weights: Weights) -> None:
            super().__init__()
            self.floor = floor
            self.weights = weights

    def __init__(self, floor: float, weights: Weights) -> None:
        """
        Args:
            floor: The score from which a photo is a match.
            weights: Of the kinds of signals.
        """
        super().__init__()
        self.floor, self.weights = floor, weights
        self._results: Results | None = None
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Label("Threshold and weights", classes="panel--title")
        yield ScoreChart(id="chart")
        yield Label("", classes="panel--words", id="found")
        yield Slider(
            "threshold",
            minimum=0,
            maximum=100,
            value=100 * self.floor,
            label_width=11,
            id="floor",
        )
        yield Label("What counts how much", classes="panel--heading")
        for kind, words in _SIGNALS.items():
            yield Slider(
                kind,
                minimum=0,
                maximum=3,
                step=0.1,
                decimals=1,
                value=getattr(self.weights, kind),
                label_width=11,
                id=kind,
            )
            yield Label(words, classes="panel--words")
        yield Label("r: as at first", classes="panel--words panel--heading")

    def on_mount(self) -> None:
        self._show()
        self.query_one("#floor", Slider).focus()

    def show_found(self, results: Results | None) -> None:
        """Show the scores that a search found; None while it is made."""
        self._results = results
        if results is not None and self._pending is None:
            self.floor, self.weights = results.sought.floor, results.sought.weights
        if self.is_mounted:
            self._show()

    # -- what the owner does -----------------------------------------------------------------

    @on(Slider.Changed)
    def _slid(self, event: Slider.Changed) -> None:
        event.stop()
        name = event.slider.id or ""
        if name == "floor":
            self._change(round(event.value / 100, 2), self.weights)
        else:
            self._change(self.floor, replace(self.weights, **{name: event.value}))

    @on(ScoreChart.Moved)
    def _moved(self, event: ScoreChart.Moved) -> None:
        event.stop()
        self._change(event.floor, self.weights)

    def action_reset(self) -> None:
        """Take the threshold and the weights that searches begin with."""
        self._change(FLOOR, Weights())

    def _change(self, floor: float, weights: Weights) -> None:
        """Show other values at once; ask for photos when the sliders rest."""
        if (floor, weights) == (self.floor, self.weights):
            return
        self.floor, self.weights = floor, weights
        self._show()
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(_SETTLED, self._settled)

    def _settled(self) -> None:
        self._pending = None
        self.post_message(self.Changed(self.floor, self.weights))

    # -- drawing -----------------------------------------------------------------------------

    def _show(self) -> None:
        self.query_one("#floor", Slider).value = 100 * self.floor
        for kind in _SIGNALS:
            self.query_one(f"#{kind}", Slider).value = getattr(self.weights, kind)
        counts = self._results.histogram if self._results is not None else ()
        self.query_one("#chart", ScoreChart).show(counts, self.floor)
        self.query_one("#found", Label).update(Text(self._words()))

    def _words(self) -> str:
        results = self._results
        if results is None:
            return "searching …"
        if not results.ranked:
            return "Tags and filters alone give no scores; add words or a photo to the search."
        of = f" of {sum(results.histogram):,}" if results.complete else ""
        least = "" if results.complete else "at least "
        # Counted by the engine at the threshold that it was last asked for.
        return f"{least}{results.total:,}{of} photos from {100 * results.sought.floor:.0f} % on"
