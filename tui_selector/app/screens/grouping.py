"""Asking the engine for groups, and keeping what is shown of them true."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

import msgspec
from textual import work

from tui_selector.app.duel import Votes
from tui_selector.app.groups import SETTING_WORDS, ShownGroups, photos_of
from tui_selector.app.screens.decide import Deciding
from tui_selector.engine.group_messages import (
    AskTaste,
    FindGroups,
    FoundGroups,
    SimilarGroup,
    Taste,
)
from tui_selector.engine.launch import EngineError
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.groups import LIMITS, GroupWish

#: Seconds that a threshold stands still before it is asked for.
_STILL = 0.15


class Grouping(Deciding):
    """Holds the groups that the engine has found, less what is gone since.

    Attributes:
        wish: How photos are grouped.
        found: The engine's last answer; None while there is none.
        trouble: Why there is no answer to the wish, in a sentence; "" otherwise.
        shown: The groups in order; None until the catalog is open.
        votes: What the owner has chosen between two photos.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wish = GroupWish()
        self.found: FoundGroups | None = None
        self.trouble = ""
        self.shown: ShownGroups | None = None
        self.votes = Votes()
        self._taste: Taste | None = None
        self._scores: dict[int, float] = {}
        self._asking = False
        self._was_busy = False

    @abstractmethod
    def show_groups(self, photo: int | None) -> None:
        """Show the groups as they are now, the cursor on a photo where that is still there."""

    @abstractmethod
    def tell(self) -> None:
        """Say in words what is shown."""

    @property
    @abstractmethod
    def current_id(self) -> int | None:
        """Id of the photo under the cursor."""

    # -- asking ------------------------------------------------------------------------------

    def wish_for(self, wish: GroupWish, after: float = 0.0) -> None:
        """Ask for other groups, in so many seconds unless something else is asked for before."""
        self.wish = wish
        selector = self.selector
        selector.session = msgspec.structs.replace(selector.session, grouping=wish)
        self.tell()
        self._ask(after)

    def wish_soon(self, wish: GroupWish) -> None:
        """Ask for other groups once the wish has stood still."""
        self.wish_for(wish, _STILL)

    @work(exclusive=True, group="groups")
    async def _ask(self, after: float) -> None:
        await asyncio.sleep(after)
        self._asking = True
        self.tell()
        try:
            answer = await self.selector.link.request(FindGroups(wish=self.wish, keep=True))
        except EngineError as error:
            self.trouble = str(error)
        else:
            assert isinstance(answer, FoundGroups)
            self.trouble, self.found = "", answer
            await self._take(answer.groups)
        finally:
            self._asking = False
        self.tell()
        if self.trouble and self.found is None:
            self.show_groups(None)
        if not self.trouble:
            self.call_later(self.status_changed, None)

    async def _take(self, groups: Sequence[SimilarGroup]) -> None:
        """Show other groups."""
        if self.shown is None:
            return
        photo = self.current_id
        self.votes = Votes(
            await self.selector.reader.ask(lambda catalog: catalog.votes.all()) or ()
        )
        gone = await self._gone_of(groups)
        self.shown.show(groups, gone=gone, ranks=self.votes.ranked)
        self.show_groups(photo)
        if self.votes:
            self.ask_taste()

    @work(exclusive=True, group="taste")
    async def ask_taste(self) -> None:
        """Ask what the owner's choices say about the photos that are shown."""
        photos = list(self.shown.ids) if self.shown is not None else []
        try:
            answer = await self.selector.link.request(AskTaste(photos=photos))
        except EngineError:
            return  # nothing is suggested then
        assert isinstance(answer, Taste)
        self._taste = answer
        self._scores = dict(zip(photos, answer.scores, strict=False))
        self.tell()

    def taste_words(self, group: SimilarGroup, photo: int) -> str:
        """Where a photo would stand by the owner's taste; "" where that is not known well."""
        taste, scores = self._taste, [self._scores.get(each) for each in group.photos]
        if taste is None or group.protected or photo not in self._scores or None in scores:
            return ""
        better = sum(score > self._scores[photo] for score in scores if score is not None)
        return (
            f"by your taste {better + 1} of {len(scores)} (foresees {100 * taste.agreement:.0f} % "
            f"of your {taste.choices} choices)"
        )

    # -- staying true ------------------------------------------------------------------------

    def status_changed(self, nothing: None) -> None:
        """Ask again when the engine has come, and when it has indexed what was waiting."""
        link, stage = self.selector.link, self.selector.progress.stage
        if link.connected and not self._asking:
            has_worked = self._was_busy and stage == "idle"
            if has_worked or (self.found is None and bool(self.trouble)):
                self._was_busy = False
                self._ask(0.0)
        # What is over while an answer is awaited may have come too late for it.
        self._was_busy = self._was_busy or stage != "idle"
        self.tell()

    def album_changed(self, photos: Sequence[int] | None) -> None:
        """Draw photos that look different, and let go of those that have left."""
        album, shown = self.album, self.shown
        if album is None or shown is None:
            return
        if photos is None:
            self._look_who_is_there()
            return
        left = {photo for photo in photos if album.is_leaving(photo)}
        if left.isdisjoint(shown.ids):
            self.redraw(photos)
        else:
            self._let_go(shown.gone | left)

    @abstractmethod
    def redraw(self, photos: Sequence[int] | None) -> None:
        """Draw these photos again, all where None; none has come or gone."""

    @work(exclusive=True, group="presence")
    async def _look_who_is_there(self) -> None:
        await self.look_who_is_there()

    async def look_who_is_there(self) -> None:
        """Let go of photos that have left the library, and take back those that came back."""
        if self.shown is not None and self.found is not None:
            self._let_go(await self._gone_of(self.found.groups))

    def _let_go(self, gone: frozenset[int]) -> None:
        shown = self.shown
        if shown is None:
            return
        if gone == shown.gone:
            self.redraw(None)
            return
        photo, number = self.current_id, shown.index_of(self.current_id) or 0
        shown.show(gone=gone)
        if shown.index_of(photo) is None and len(shown):
            photo = shown.ids[min(number, len(shown) - 1)]
        self.show_groups(photo)

    async def _gone_of(self, groups: Sequence[SimilarGroup]) -> frozenset[int]:
        """The photos of groups that are not in the library, or on their way out of it."""

        def absent(catalog: Catalog) -> set[int]:
            ids = photos_of(groups)
            return set(ids) - catalog.tabs.present(ids)

        gone = await self.selector.reader.ask(absent) or set()
        return frozenset(gone | self.album.leaving) if self.album is not None else frozenset(gone)

    # -- words -------------------------------------------------------------------------------

    def count_words(self) -> str:
        """How many groups the threshold gives, as soon as it is chosen."""
        found = self.found
        if found is None or found.wish.setting != self.wish.setting or not found.counts:
            return ""
        if found.wish.value == self.wish.value:
            groups, photos = len(found.groups), sum(len(each.photos) for each in found.groups)
        else:
            near = min(found.counts, key=lambda each: abs(each.threshold - self.wish.value))
            groups, photos = near.groups, near.photos
        return f"{'1 group' if groups == 1 else f'{groups:,} groups'}, {photos:,} photos"

    def head_words(self) -> str:
        """What is shown, in a line."""
        found, shown = self.found, self.shown
        if self.trouble and found is not None:
            return self.trouble
        if found is None or shown is None:
            return "Near-duplicates and bursts"
        number = len(shown.groups)
        groups = "1 group" if number == 1 else f"{number:,} groups"
        waiting = f"{found.waiting:,} photos are not indexed yet" if found.waiting else ""
        parts = [
            f"{groups}: {len(shown):,} of {found.photos:,} photos",
            "grouping …" if self._asking else "",
            waiting,
            found.note,
        ]
        return " · ".join(filter(None, parts))

    def empty_words(self) -> str:
        """Why there are no groups."""
        link = self.selector.link
        if self.trouble and link.connected:
            return self.trouble
        found = self.found
        if found is None:
            if not link.connected:
                return link.trouble or "The engine is starting …"
            is_starting = self.selector.progress.stage == "starting"
            return "The engine is loading its model …" if is_starting else "Grouping …"
        if found.photos < 2:
            return (
                f"{found.waiting:,} photos are still to be indexed; groups come then."
                if found.waiting
                else "There are no two indexed photos here to compare."
            )
        keys = self.selector.keys
        low, _ = LIMITS[found.wish.setting]
        less = f" {keys.first('group-looser')}: less alike ·" if found.wish.value > low else ""
        return (
            f"No two of {found.photos:,} photos show {SETTING_WORDS[found.wish.setting]} at "
            f"{found.wish.value:.2f}.{less} {keys.first('group-setting')}: what makes a group"
        )
