"""The panel that says how tabs are made: an algorithm, its sliders, and the curve behind them."""

from __future__ import annotations

from typing import ClassVar, cast

import msgspec
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Label

from tui_selector.app.widgets.choice import Choice
from tui_selector.app.widgets.curve import Curve
from tui_selector.app.widgets.slider import Slider
from tui_selector.engine.protocol import Clustered, Suggestion
from tui_selector.library.catalog.clusters import Algorithm, Clustering, Leftovers, Space

#: Seconds without a move of a slider before the photos are clustered again.
_SETTLED = 0.15

_ALGORITHMS = [
    ("kmeans", "k-means"),
    ("dbscan", "DBSCAN"),
    ("linked", "linked"),
    ("hdbscan", "HDBSCAN"),
]
_LEFTOVERS = [
    ("singles", "to Singles"),
    ("nearest", "to the nearest tab"),
    ("each", "a tab each"),
]
_SPACES = [
    ("vectors", "by looks"),
    ("map", "on the map"),
]
_WORDS = {
    "kmeans": "As many tabs as you say, each around its mean.",
    "dbscan": "Tabs grow where photos are dense; the rest is left over.",
    "linked": "A chain of similar photos is one tab.",
    "hdbscan": "Dense groups at any scale; the rest is left over.",
}
#: Algorithm to the sliders it has.
_SLIDERS: dict[str, tuple[str, ...]] = {
    "kmeans": ("k",),
    "dbscan": ("threshold", "min_samples"),
    "linked": ("threshold",),
    "hdbscan": ("min_cluster_size", "min_samples"),
}


class AlgorithmPanel(VerticalScroll):
    """Shows a clustering and lets the owner change it; every change is answered by new tabs."""

    DEFAULT_CSS = """
    AlgorithmPanel {
        width: 40; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
        & Label { width: 1fr; }
        & .panel--title { text-style: bold; margin-bottom: 1; }
        & .panel--words { color: $text-muted; margin-bottom: 1; }
        & .panel--result { margin-top: 1; }
        & .panel--fault { color: $text-error; }
        & Curve { margin-top: 1; }
        & .hidden { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "app.focus_previous", "previous line", show=False),
        Binding("down,j", "app.focus_next", "next line", show=False),
        Binding("s", "use_suggestion", "use what is suggested", show=False),
    ]

    class Changed(Message):
        """The owner asks for other tabs."""

        def __init__(self, clustering: Clustering) -> None:
            super().__init__()
            self.clustering = clustering

    class SuggestionWanted(Message):
        """The panel needs the curve and the suggested parameters of an algorithm."""

        def __init__(self, algorithm: Algorithm, space: Space) -> None:
            super().__init__()
            self.algorithm, self.space = algorithm, space

    def __init__(self, clustering: Clustering, photos: int, *, id: str | None = None) -> None:  # noqa: A002
        """
        Args:
            clustering: What the tabs are made by now.
            photos: How many photos there are to cluster.
            id: As for any widget.
        """
        super().__init__(id=id)
        self.clustering = clustering
        self._photos = photos
        self._suggested: Clustering | None = None
        self._curve: list[tuple[float, float]] = []
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        most = max(self._photos, 2)
        yield Label("How tabs are made", classes="panel--title")
        yield Choice("algorithm", _ALGORITHMS, id="algorithm")
        yield Label("", classes="panel--words", id="words")
        yield Slider("clusters K", minimum=2, maximum=most, id="k")
        yield Slider(
            "similarity", minimum=-1, maximum=1, step=0.01, value=0.5, decimals=2, id="threshold"
        )
        yield Slider("min samples", minimum=1, maximum=min(most, 50), value=3, id="min_samples")
        yield Slider(
            "min photos", minimum=2, maximum=min(most, 200), value=5, id="min_cluster_size"
        )
        yield Choice("near", _SPACES, id="space")
        yield Choice("left over", _LEFTOVERS, id="leftovers")
        yield Curve(id="curve")
        yield Label("", classes="panel--words", id="reason")
        yield Label("", classes="panel--result", id="result")

    def on_mount(self) -> None:
        self._show()
        self.post_message(self._wanted())
        self.query_one("#algorithm", Choice).focus()

    # -- what the engine says ----------------------------------------------------------------

    def show_suggestion(self, suggestion: Suggestion) -> None:
        """Draw the curve and offer the suggested parameters."""
        if _way(suggestion.clustering) != _way(self.clustering):
            return
        self._suggested = suggestion.clustering
        self._curve = suggestion.curve
        text = f"{suggestion.label}. {suggestion.reason} (s: use it)"
        self.query_one("#reason", Label).update(Text(text))
        self._show()

    def show_result(self, result: Clustered) -> None:
        """Say what came of the last change; sliders take over the values that were used."""
        if _way(result.clustering) != _way(self.clustering) or self._pending is not None:
            return
        self.clustering = result.clustering
        words = f"{result.tabs} tabs" + (f", {result.singles} singles" if result.singles else "")
        self._result(f"{words}. {result.note}".strip(), fault=False)
        self._show()

    def show_fault(self, sentence: str) -> None:
        """Say why there are no new tabs."""
        self._result(sentence, fault=True)

    def _result(self, text: str, *, fault: bool) -> None:
        label = self.query_one("#result", Label)
        label.update(Text(text))
        label.set_class(fault, "panel--fault")

    # -- what the owner does -----------------------------------------------------------------

    @on(Choice.Changed, "#algorithm")
    def _algorithm(self, event: Choice.Changed) -> None:
        event.stop()
        self._begin_anew(algorithm=cast(Algorithm, event.answer))

    @on(Choice.Changed, "#space")
    def _space(self, event: Choice.Changed) -> None:
        event.stop()
        self._begin_anew(space=cast(Space, event.answer))

    def _begin_anew(self, **changes: object) -> None:
        """Ask for tabs that are made another way, with the values that are suggested for it."""
        self._suggested, self._curve = None, []
        self.query_one("#reason", Label).update("")
        self._change(**changes, k=None, threshold=None)
        self.post_message(self._wanted())

    def _wanted(self) -> SuggestionWanted:
        return self.SuggestionWanted(self.clustering.algorithm, self.clustering.space)

    @on(Choice.Changed, "#leftovers")
    def _leftovers(self, event: Choice.Changed) -> None:
        event.stop()
        self._change(leftovers=cast(Leftovers, event.answer))

    @on(Slider.Changed)
    def _slid(self, event: Slider.Changed) -> None:
        event.stop()
        name = event.slider.id or ""
        value = event.value if name == "threshold" else round(event.value)
        self._change(**{name: value})

    def action_use_suggestion(self) -> None:
        """Take the suggested parameters."""
        if self._suggested is not None:
            kept = {"leftovers": self.clustering.leftovers, "seed": self.clustering.seed}
            self.clustering = msgspec.structs.replace(self._suggested, **kept)
            self._change()

    def _change(self, **changes: object) -> None:
        """Show other parameters at once; ask for tabs when the slider rests."""
        self.clustering = msgspec.structs.replace(self.clustering, **changes)
        self._show()
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(_SETTLED, self._settled)

    def _settled(self) -> None:
        self._pending = None
        self.post_message(self.Changed(self.clustering))

    # -- drawing -----------------------------------------------------------------------------

    def _show(self) -> None:
        now = self.clustering
        self.query_one("#algorithm", Choice).answer = now.algorithm
        self.query_one("#space", Choice).answer = now.space
        self.query_one("#leftovers", Choice).answer = now.leftovers
        self.query_one("#leftovers").set_class(now.algorithm == "kmeans", "hidden")
        self.query_one("#words", Label).update(_WORDS[now.algorithm])
        values = {
            "k": now.k,
            "threshold": now.threshold,
            "min_samples": now.min_samples,
            "min_cluster_size": now.min_cluster_size,
        }
        for name, value in values.items():
            slider = self.query_one(f"#{name}", Slider)
            slider.set_class(name not in _SLIDERS[now.algorithm], "hidden")
            if value is not None:
                slider.value = value
        main = _SLIDERS[now.algorithm][0]
        here = values[main]
        curve = self.query_one("#curve", Curve)
        curve.set_class(not self._curve, "hidden")
        curve.show(self._curve, here, 2 if main == "threshold" else 0)


def _way(clustering: Clustering) -> tuple[Algorithm, Space]:
    """What sliders and their values belong to."""
    return clustering.algorithm, clustering.space
