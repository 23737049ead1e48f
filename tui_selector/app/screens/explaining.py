"""Parts of the photo in the loupe: where words are in it, and what other photos are like one."""

from __future__ import annotations

from tui_selector.app.graphics.painter import HeatLayer
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.widgets.region_view import RegionView
from tui_selector.app.widgets.why_bar import WhyBar
from tui_selector.engine.search_messages import Explain, Explanation

#: How much of the photo heat covers where it is hottest, percent: at first, at least, at most, and
#: how much a key changes.
_OPACITY, _LEAST, _MOST, _STEP = 60, 20, 100, 20


class Explaining(Deciding):
    """A screen with one large photo, in which words are found and of which parts are chosen."""

    _why = False
    _unheard = False
    _asked: tuple[int, str, float | None] | None = None
    _explanation: Explanation | None = None
    _word = ""
    _opacity = _OPACITY

    @property
    def view(self) -> RegionView:
        """Where the photo is."""
        return self.query_one(RegionView)

    def on_mount(self) -> None:
        self.selector.status_changed.subscribe(self, self._ask_again)

    # -- where words are ---------------------------------------------------------------------

    def action_why(self) -> None:
        """Show where the words of the search are in the photo, or its tags; or stop it."""
        self._why = not self._why
        self.query_one(WhyBar).display = self._why
        self.explain()

    def action_why_word(self) -> None:
        """Show the next word by itself, and after the last one all of them."""
        if not self._why:
            self.action_why()
        elif self._explanation is not None:
            self._choose_word(self._word_shown(self._explanation) + 1)
        else:
            self.app.bell()

    def action_why_opacity(self, by: int) -> None:
        """Cover less or more of the photo."""
        opacity = min(max(_LEAST, self._opacity + by * _STEP), _MOST)
        if not self._why or opacity == self._opacity:
            self.app.bell()
        self._opacity = opacity
        self._paint_heat()

    def on_why_bar_chosen(self, message: WhyBar.Chosen) -> None:
        self._choose_word(message.index)

    def explain(self) -> None:
        """Look for the words in the photo that is shown, unless that is done already."""
        album = self.album
        photo = album.current if album is not None else None
        results = album.results if album is not None else None
        text = results.sought.text if results is not None else ""
        asked = None
        if self._why and photo is not None:
            asked = (photo.id, text, self.view.moment)
        if asked == self._asked:
            return
        self._asked, self._explanation, self._unheard = asked, None, False
        self.view.heat = None
        if asked is None:
            self.workers.cancel_group(self, "why")
            return
        self.query_one(WhyBar).say("Looking …")
        self.run_worker(self._look(*asked), exclusive=True, group="why")

    async def _look(self, photo: int, text: str, moment: float | None) -> None:
        """Ask the engine, first for what it knows quickly."""
        from tui_selector.engine.client import EngineError

        bar, detail = self.query_one(WhyBar), 0
        while True:
            try:
                answer = await self.selector.link.request(
                    Explain(photo=photo, text=text, moment=moment, detail=detail)
                )
            except EngineError as error:
                if self._explanation is None:  # what is known already stays
                    bar.say(str(error))
                    self._unheard = not self.selector.link.connected
                return
            assert isinstance(answer, Explanation)
            self._explanation = answer
            self._paint_heat()
            if not answer.finer:
                return
            detail += 1

    def _ask_again(self, _: object) -> None:
        """Ask what could not be asked while the engine was away."""
        if self._unheard and self.selector.link.connected:
            self._asked = None
            self.explain()

    def _word_shown(self, explanation: Explanation) -> int:
        """The place of the chosen word; of another photo's words it may be none, then all count."""
        texts = [word.text for word in explanation.words]
        return texts.index(self._word) if self._word in texts else 0

    def _choose_word(self, index: int) -> None:
        if self._explanation is not None:
            words = self._explanation.words
            self._word = words[index % len(words)].text
            self._paint_heat()

    def _paint_heat(self) -> None:
        explanation = self._explanation
        if explanation is None:
            return
        index = self._word_shown(explanation)
        heat = explanation.words[index].heat
        self.view.heat = (
            HeatLayer(explanation.columns, explanation.rows, heat, self._opacity) if heat else None
        )
        self.query_one(WhyBar).show(explanation, index, self._opacity)

    # -- photos like a part ------------------------------------------------------------------

    def action_region(self) -> None:
        """Choose a part of the photo."""
        if self.view.region_chosen is not None:
            self.view.end()
        elif not self.view.begin():
            self.selector.say(
                "There is no picture yet to choose a part of; a frame of a video has no parts."
            )

    def region_words(self) -> str:
        """What is framed and what can be done with it; "" while nothing is framed."""
        region = self.view.region_chosen
        if region is None:
            return ""
        left, top, right, bottom = (f"{100 * edge:.0f}" for edge in region)
        keys = self.selector.keys
        return (
            f"{left}-{right} % across, {top}-{bottom} % down: {keys.first('region-go')} finds"
            f" photos like it · {keys.first('region-left')} … {keys.first('region-right')} move ·"
            f" {keys.first('region-narrower')} … {keys.first('region-wider')} size ·"
            f" a drag draws · {keys.first('region-leave')} leaves"
        )

    def on_region_view_chosen(self, message: RegionView.Chosen) -> None:
        album = self.album
        if album is not None and album.current_id is not None:
            self.selector.find_similar([album.current_id], region=message.region)
