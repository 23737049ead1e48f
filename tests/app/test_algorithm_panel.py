"""The algorithm panel asks for tabs when a slider rests, and shows what came of it."""

from __future__ import annotations

from textual import on
from textual.app import App, ComposeResult
from textual.widgets import Label

from tui_selector.app.widgets.algorithm_panel import AlgorithmPanel
from tui_selector.app.widgets.choice import Choice
from tui_selector.app.widgets.curve import Curve
from tui_selector.app.widgets.slider import Slider
from tui_selector.engine.protocol import Clustered, Suggestion
from tui_selector.library.catalog.clusters import Clustering


class Host(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Clustering] = []
        self.wanted: list[str] = []

    def compose(self) -> ComposeResult:
        yield AlgorithmPanel(Clustering(k=12), photos=100)

    @on(AlgorithmPanel.Changed)
    def changed(self, event: AlgorithmPanel.Changed) -> None:
        self.asked.append(event.clustering)

    @on(AlgorithmPanel.SuggestionWanted)
    def suggest(self, event: AlgorithmPanel.SuggestionWanted) -> None:
        self.wanted.append(event.algorithm)

    @property
    def panel(self) -> AlgorithmPanel:
        return self.query_one(AlgorithmPanel)

    async def settled(self) -> Clustering:
        """Wait for the panel to ask, by its message and by nothing else."""
        import asyncio

        while not self.asked:
            await asyncio.sleep(0.01)
        return self.asked.pop()


async def test_a_moved_slider_asks_once_when_it_rests() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.press("tab", "right", "right", "shift+right")
        assert (await app.settled()).k == 24
        assert app.asked == []


async def test_another_algorithm_brings_its_own_sliders_and_asks_for_a_curve() -> None:
    app = Host()
    async with app.run_test() as pilot:
        assert app.wanted == ["kmeans"]
        await pilot.press("right")
        clustering = await app.settled()
        assert (clustering.algorithm, clustering.k, clustering.threshold) == ("dbscan", None, None)
        assert app.wanted == ["kmeans", "dbscan"]
        shown = {slider.id for slider in app.query(Slider) if slider.display}
        assert shown == {"threshold", "min_samples"}
        assert app.query_one("#leftovers", Choice).display


async def test_the_suggestion_is_drawn_and_can_be_taken() -> None:
    app = Host()
    async with app.run_test() as pilot:
        suggested = Clustering(k=10)
        app.panel.show_suggestion(
            Suggestion(
                clustering=suggested,
                curve=[(float(k), 1 / (1 + abs(k - 10))) for k in range(2, 30)],
                label="mean silhouette",
                reason="10 has the highest.",
            )
        )
        await pilot.pause()
        assert app.query_one(Curve).display
        assert "10 has the highest." in str(app.query_one("#reason", Label).content)
        await pilot.press("s")
        assert (await app.settled()).k == 10
        assert app.query_one("#k", Slider).value == 10


async def test_the_result_fills_in_what_was_used() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.press("right")
        used = await app.settled()
        filled = Clustering(algorithm="dbscan", threshold=0.7, min_samples=used.min_samples)
        app.panel.show_result(Clustered(clustering=filled, tabs=9, singles=4, note="A note."))
        await pilot.pause()
        assert app.query_one("#threshold", Slider).value == 0.7
        assert str(app.query_one("#result", Label).content) == "9 tabs, 4 singles. A note."


async def test_an_answer_to_an_older_wish_does_not_move_the_sliders() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.press("tab", "right")
        app.panel.show_result(Clustered(clustering=Clustering(k=3), tabs=3, singles=0))
        await pilot.pause()
        assert app.query_one("#k", Slider).value == 13


async def test_curves_of_any_size_draw_at_any_width() -> None:
    app = Host()
    async with app.run_test() as pilot:
        curve = app.query_one(Curve)
        curve.remove_class("hidden")
        for count in (0, 1, 2, 500):
            curve.show([(float(n), float(n % 7)) for n in range(count)], 3.0, 0)
            await pilot.pause()
            for y in range(curve.size.height):
                assert curve.render_line(y).cell_length == curve.size.width
