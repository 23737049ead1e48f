"""The panel at the side of the culling screen: what is known of a photo, or how tabs are made.

The panels are imported when one is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual import work
from textual.containers import Container
from textual.widget import Widget

from tui_selector.app.screens.arrange import Arranging
from tui_selector.app.session import Panel
from tui_selector.engine.protocol import (
    Clustered,
    GetStatus,
    Recluster,
    Status,
    Suggest,
    Suggestion,
)

if TYPE_CHECKING:
    from tui_selector.app.details import Details
    from tui_selector.app.widgets.algorithm_panel import AlgorithmPanel


#: Each panel and its widget's type.
_PANELS: dict[Panel, str] = {
    "info": "InfoPanel",
    "algorithm": "AlgorithmPanel",
    "search": "SearchPanel",
    "tags": "TagPanel",
    "chat": "ChatPane",
    "legend": "LegendPanel",
}


class Panelled(Arranging):
    """Opens and closes panels in the container `#side`, one at a time."""

    def action_info(self) -> None:
        """Show or hide what is known of the current photo."""
        self.open_panel("" if self.panel == "info" else "info")

    def action_algorithm(self) -> None:
        """Show or hide how the tabs are made."""
        self.open_panel("" if self.panel == "algorithm" else "algorithm")

    @property
    def panel(self) -> Panel:
        """Which panel is open."""
        side = self.query_one("#side", Container)
        return next((name for name, type_ in _PANELS.items() if side.query(type_)), "")

    @work(exclusive=True, group="panel")
    async def open_panel(self, panel: Panel) -> None:
        """Open this panel instead of the one that is open; "" closes it."""
        await self.put_panel(panel)

    async def put_panel(self, panel: Panel) -> None:
        """`open_panel`, awaited: what is typed meanwhile waits for the panel."""
        side = self.query_one("#side", Container)
        made = await self.make_panel(panel)
        selector = self.selector
        kept = panel if made is not None else ""
        selector.session = msgspec.structs.replace(selector.session, panel=kept)
        await side.remove_children()
        side.display = made is not None
        if made is None:
            self.focus_photos()
            return
        await side.mount(made)
        if panel == "info":
            self.tell_details()

    async def make_panel(self, panel: Panel) -> Widget | None:
        """A panel; None where there is nothing to show in it."""
        if panel == "info":
            from tui_selector.app.widgets.info_panel import InfoPanel

            return InfoPanel()
        if panel != "algorithm" or self.album is None:
            return None
        from tui_selector.app.widgets.algorithm_panel import AlgorithmPanel
        from tui_selector.engine.client import EngineError

        try:
            status = await self.selector.link.request(GetStatus())
        except EngineError as error:
            self.selector.say(str(error), "warning")
            return None
        assert isinstance(status, Status)
        return AlgorithmPanel(status.clustering, self.album.tabs[0].count)

    def focus_photos(self) -> None:
        """Give the keys back to the photos."""

    # -- info --------------------------------------------------------------------------------

    @work(exclusive=True, group="details")
    async def tell_details(self) -> None:
        """Fill the info panel with the current photo, if it is open."""
        album = self.album
        if album is None or self.panel != "info":
            return
        from tui_selector.app.details import read_details
        from tui_selector.app.widgets.info_panel import InfoPanel

        photo = album.current_id
        details: Details | None = None
        if photo is not None:
            details = await self.selector.reader.ask(lambda catalog: read_details(catalog, photo))
        results = album.results
        for panel in self.query(InfoPanel):
            panel.show(details, results.hits.get(photo or 0) if results is not None else None)
        if photo is not None and self.selector.link.connected:
            if details is not None and details.standing is not None:
                from tui_selector.app.standing import judged_rows

                rows = await judged_rows(self.selector.link, details.standing)
                for panel in self.query(InfoPanel):
                    panel.show_judgement(rows)
            await self._tell_answers(photo)

    async def _tell_answers(self, photo: int) -> None:
        """Say in the info panel what criteria say about a photo."""
        from tui_selector.app.criteria import answer_facts
        from tui_selector.app.widgets.info_panel import InfoPanel
        from tui_selector.engine.client import EngineError
        from tui_selector.engine.criteria_messages import AskPhoto, PhotoAnswers

        try:
            answer = await self.selector.link.request(AskPhoto(photo=photo))
        except EngineError:
            return  # whatever else the panel says is true without an engine
        if isinstance(answer, PhotoAnswers):
            for panel in self.query(InfoPanel):
                panel.show_answers(answer_facts(answer.answers))

    # -- algorithm ---------------------------------------------------------------------------

    def on_algorithm_panel_suggestion_wanted(self, event: AlgorithmPanel.SuggestionWanted) -> None:
        """Ask for the curve of an algorithm."""
        event.stop()
        self._ask(Suggest(algorithm=event.algorithm, space=event.space))

    def on_algorithm_panel_changed(self, event: AlgorithmPanel.Changed) -> None:
        """Ask for other tabs."""
        event.stop()
        self._ask(Recluster(clustering=event.clustering))

    @work
    async def _ask(self, request: Suggest | Recluster) -> None:
        """Put a request of the panel to the engine and show it the answer."""
        from tui_selector.app.widgets.algorithm_panel import AlgorithmPanel
        from tui_selector.engine.client import EngineError

        try:
            answer = await self.selector.link.request(request)
        except EngineError as error:
            for panel in self.query(AlgorithmPanel):
                panel.show_fault(str(error))
            return
        for panel in self.query(AlgorithmPanel):
            if isinstance(answer, Suggestion):
                panel.show_suggestion(answer)
            elif isinstance(answer, Clustered):
                panel.show_result(answer)
