"""Deciding about whole groups: which of their photos stay, by judgement or by duel."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import work

from tui_selector.app.duel import Duel, Votes
from tui_selector.app.keeping import KeepPlan, KeepPlans, keep_best
from tui_selector.app.screens.grouping import Grouping
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo

if TYPE_CHECKING:
    from tui_selector.app.screens.plan_dialog import Dial

#: From which confidence on all groups are proposed to be thinned out at first.
_SURE = 0.8


class GroupDeciding(Grouping):
    """Proposes what stays of a group, or of all, and lets the owner rank the photos of one.

    Nothing is rejected that was not shown in a plan.
    """

    @property
    @abstractmethod
    def group(self) -> SimilarGroup | None:
        """The group under the cursor."""

    # -- the best ----------------------------------------------------------------------------

    async def action_keep_best(self) -> None:
        """Propose to keep the best of this group and to reject the rest."""
        group, album = self.group, self.album
        if group is None or album is None:
            self.app.bell()
            return
        if group.protected:
            self.selector.say(f"This {group.kind} stays whole. {printable(group.why)}")
            return
        plan = keep_best(group, await self._photos(group.photos))
        await self._propose(lambda _: plan)

    async def action_keep_all_best(self) -> None:
        """Propose the same for all groups above a confidence."""
        from tui_selector.app.screens.plan_dialog import Dial

        shown = self.shown
        if shown is None or not shown.groups:
            self.app.bell()
            return
        groups, photos = list(shown.groups), await self._photos(list(shown.ids))
        plans = await asyncio.to_thread(KeepPlans, groups, photos)
        await self._propose(plans.certain, Dial("certain from", 0.0, 1.0, 0.05, _SURE, 2))

    async def _photos(self, ids: Sequence[int]) -> Mapping[int, Photo]:
        """Photos as they were decided, those alone that are there."""

        def read(catalog: Catalog) -> dict[int, Photo]:
            return {photo.id: photo for photo in catalog.photos.get(ids)}

        found = await self.selector.reader.ask(read) or {}
        return self.album.as_decided(found) if self.album is not None else found

    async def _propose(self, make: Callable[[float], KeepPlan], dial: Dial | None = None) -> None:
        """Show a plan, and reject what it says where the owner agrees."""
        from tui_selector.app.screens.plan_dialog import PlanDialog

        def answered(photos: list[int] | None) -> None:
            desk, album = self.selector.desk, self.album
            if photos and desk is not None and album is not None:
                desk.flag(photos, Flag.REJECT)
                key = self.selector.keys.first("undo")
                count = "1 photo" if len(photos) == 1 else f"{len(photos):,} photos"
                self.selector.say(f"Rejected {count}: {key} takes that back.")
                self._decided(album, photos, advance=False)

        # Letters that follow are for the dialog: they wait for it, and decide about no photo.
        await self.app.push_screen(PlanDialog(make, dial), answered)

    # -- duels -------------------------------------------------------------------------------

    async def action_duel(self) -> None:
        """Rank this group, two photos at a time; where that is done, propose what stays."""
        from tui_selector.app.screens.dialogs import ChoiceDialog
        from tui_selector.app.screens.duel import DuelScreen

        group = self.group
        if group is None:
            self.app.bell()
            return
        if group.protected:
            self.selector.say(f"This {group.kind} stays whole. {printable(group.why)}")
            return
        votes = self.votes.among(group.photos)
        if Duel(group.photos, votes).pair is not None:
            screen = DuelScreen(group.photos, votes)
            await self.app.push_screen(screen, lambda _: self._fought(screen.duel))
            return

        def answered(answer: str | None) -> None:
            if answer == "keep":
                self._propose_ranked(group.photos)
            elif answer == "again":
                self._forget(group.photos)

        dialog = ChoiceDialog(
            "This group is ranked already.",
            f"By {len(votes)} of your choices." if len(votes) > 1 else "By a choice of yours.",
            [
                ("k", "keep", "keep the best of it, reject the rest: a plan first"),
                ("a", "again", "forget the choices and rank it again"),
            ],
        )
        await self.app.push_screen(dialog, answered)

    def _fought(self, duel: Duel) -> None:
        """Show the ranking as far as it has come; where it is complete, propose what stays."""
        self.votes = self.votes.changed(add=duel.made)
        self._rank_anew()
        if duel.made:
            self.ask_taste()
        if duel.pair is None:
            self._propose_ranked(duel.ranked)
        elif duel.made:
            key = self.selector.keys.first("duel")
            self.selector.say(
                f"{duel.placed} of {len(duel.ranked)} photos are ranked; {key} goes on."
            )

    @work
    async def _propose_ranked(self, photos: Sequence[int]) -> None:
        """Propose to keep the best of a ranking, as many as the owner says."""
        from tui_selector.app.screens.plan_dialog import Dial

        groups = self.shown.groups if self.shown is not None else []
        group = next((each for each in groups if each.photos == list(photos)), None)
        if group is None or len(photos) < 2:
            return
        rows = await self._photos(photos)
        await self._propose(
            lambda count: keep_best(group, rows, keep=round(count)),
            Dial("keep the best", 1, len(photos) - 1, 1, 1),
        )

    @work
    async def _forget(self, photos: Sequence[int]) -> None:
        """Forget the choices between these photos, and begin again."""
        votes, desk = self.votes.among(photos), self.selector.desk
        fault = await desk.change_votes(remove=votes) if desk is not None else ""
        if fault:
            self.selector.say(fault, "error")
        self.votes = self.votes.changed(remove=votes)
        self._rank_anew()
        await self.action_duel()

    def take_votes(self, votes: Votes | None) -> None:
        """Take over what was chosen elsewhere, where something was."""
        if votes is None or votes is self.votes:
            return
        self.votes = votes
        self._rank_anew()
        self.ask_taste()

    def _rank_anew(self) -> None:
        """Show every group in the order that was chosen, the cursor where it is."""
        photo = self.current_id
        if self.shown is not None:
            self.shown.show(ranks=self.votes.ranked)
            self.show_groups(photo)
