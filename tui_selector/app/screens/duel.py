"""The duel: two photos of a group at a time, zoomed in on the same place; which is better?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from tui_selector.app import actions
from tui_selector.app.comparison import Comparison, Pair
from tui_selector.app.duel import Duel
from tui_selector.app.screens.compare import CompareScreen
from tui_selector.app.widgets.loupe_caption import percent
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.quality import Quality


class DuelScreen(CompareScreen, inherit_bindings=False):
    """Asks which of two photos is better until all of a group have their place.

    Nothing is decided about the photos here. Each choice is stored at once; who leaves early finds
    the ranking as far as it has come, and goes on later.

    Attributes:
        duel: The ranking.
    """

    contexts: ClassVar[tuple[actions.Context, ...]] = ("duel",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("duel")]

    def __init__(self, photos: Sequence[int], votes: Sequence[Vote]) -> None:
        """
        Args:
            photos: Of the group, those that are likely to be better first; not all ranked yet.
            votes: What was chosen between them before.
        """
        self.duel = Duel(photos, votes)
        super().__init__(self.duel.pair or ())
        self._photos = list(photos)
        self._qualities: dict[int, Quality] = {}
        self._leaving = False

    def on_mount(self) -> None:
        super().on_mount()
        self._read_qualities()

    @work(exclusive=True, group="qualities")
    async def _read_qualities(self) -> None:
        """Learn where the photos are sharpest, and look there."""

        def read(catalog: Catalog) -> dict[int, Quality]:
            return catalog.qualities.of(self._photos)

        self._qualities = await self.selector.reader.ask(read) or {}
        self.action_sharpest()

    # -- looking -----------------------------------------------------------------------------

    @property
    def place(self) -> Pair | None:
        """Where to look: at the face of the sharper photo, or else where that is sharpest; None
        where neither is known."""
        known = [
            self._qualities[each] for each in self.comparison.photos if each in self._qualities
        ]
        for quality in sorted(known, key=lambda each: -(each.sharpness or 0.0)):
            if quality.face_x is not None and quality.face_y is not None:
                return quality.face_x, quality.face_y
            if quality.sharpest_x is not None and quality.sharpest_y is not None:
                return quality.sharpest_x, quality.sharpest_y
        return None

    def action_sharpest(self) -> None:
        """Look at both at 100 % where the sharper one is sharpest, or at its face."""
        place = self.place
        if place is None or not self.comparison.frames:
            return
        first = self.comparison.frames[0]
        first.zoom, first.centre = 1.0, place
        self.comparison.active = 0
        self.comparison.align(self._sides())
        self._look()

    def action_look(self, right: int, down: int) -> None:
        """Pan by a part of the pane; nothing in the fit."""
        if self._view is not None and self._view.zoom is not None:
            super().action_look(right, down)

    def is_chosen(self, index: int) -> bool:
        """No photo is: nothing is decided about any."""
        return False

    def choose(self, index: int) -> None:
        """A click on a photo pans it; only the keys choose."""

    # -- choosing ----------------------------------------------------------------------------

    def action_prefer(self, side: int) -> None:
        """Take the left photo (0) or the right one (1) as the better one, and go on."""
        pair = self.comparison.photos
        if self.duel.pair is None or len(pair) < 2 or self._leaving:
            return
        self._keep(add=[self.duel.choose(pair[side])])
        self._next()

    def action_take_back(self) -> None:
        """Take the last choice back."""
        vote = self.duel.take_back()
        if vote is None:
            self.selector.say("There is no choice to take back.")
            self.app.bell()
            return
        self._keep(remove=[vote])
        self._next()

    def _keep(self, add: Sequence[Vote] = (), remove: Sequence[Vote] = ()) -> None:
        """Store a choice in the background, also when this screen is left meanwhile."""
        self.selector.run_worker(self._store(add, remove), name="votes")

    async def _store(self, add: Sequence[Vote] = (), remove: Sequence[Vote] = ()) -> None:
        desk = self.selector.desk
        fault = await desk.change_votes(add, remove) if desk is not None else ""
        if fault:
            self.selector.say(fault, "error")

    def _next(self) -> None:
        """Ask about the next pair; leave where all have their place."""
        pair = self.duel.pair
        if pair is None:
            self.action_back()
            return
        zooms = [frame.zoom for frame in self.comparison.frames]
        self.comparison = Comparison(pair)
        self._looked.clear()
        self.show_photos()
        if any(zoom is not None for zoom in zooms):
            self.action_sharpest()

    def action_back(self) -> None:
        """Leave, with the ranking as far as it has come."""
        self._leaving = True
        self.leave()

    def _changed(self, photos: Sequence[int] | None) -> None:
        """Go on without photos that have gone meanwhile."""
        gone = [photo for photo in self.duel.ranked if not self._is_there(photo)]
        if gone:
            self.duel.drop(gone)
            self._next()
        else:
            self.show_photos()

    # -- words -------------------------------------------------------------------------------

    def _words(self) -> str:
        """The line below the photos."""
        keys, duel = self.selector.keys, self.duel
        left, right = (keys.first(f"prefer-{side}") for side in ("left", "right"))
        zoom = self._view.zoom if self._view is not None else None
        choices = "1 choice" if duel.left == 1 else f"{duel.left} choices"
        return " · ".join(
            [
                f"Which is better? {left} this, {right} that",
                f"{duel.placed} of {len(duel.ranked)} ranked, {choices} left at most",
                "whole photos" if zoom is None else percent(zoom),
            ]
        )
