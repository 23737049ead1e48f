"""Where decisions are made: seen on the screen at once, made true by one thread, in order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec

from tui_selector.app.album import Album
from tui_selector.app.catalog_thread import CatalogThread
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.search_table import SearchTable
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths

if TYPE_CHECKING:
    from tui_selector.library.catalog.sidecar_table import SidecarFile
    from tui_selector.library.catalog.vote_table import Vote
    from tui_selector.library.decisions.decisions import Decisions, Outcome
    from tui_selector.library.decisions.plan import Plan
    from tui_selector.library.xmp.sidecars import Reading

Way = Literal["do", "undo", "redo"]
T = TypeVar("T")


class _Hands(NamedTuple):
    """What a decision is made with, in the thread."""

    catalog: Catalog
    decisions: Decisions


def _hands(catalog: Catalog) -> _Hands:
    from tui_selector.library.decisions.decisions import Decisions

    return _Hands(catalog, Decisions(catalog))


class Titles(msgspec.Struct, frozen=True):
    """What undo would take back and redo would do again; None where there is nothing."""

    undo: str | None = None
    redo: str | None = None


class Decided(msgspec.Struct, frozen=True):
    """What came of a decision.

    Attributes:
        way: Whether it was new, or taken back, or done again.
        title: What it was, e.g. "Reject 3 photos"; "" where there was nothing to do.
        done: How many actions were done.
        photos: Ids of the photos it was about.
        tabs: Whether it was about tabs.
        refused: One sentence for each thing that was not done.
        titles: What can be undone and redone now.
    """

    way: Way
    title: str
    done: int
    photos: tuple[int, ...]
    tabs: bool
    refused: tuple[str, ...]
    titles: Titles


class Desk:
    """Makes the owner's decisions.

    Each method shows the decision in the album, queues it, and returns a task that ends when it has
    been made or refused; nobody needs to wait for it. `finished` is called on the event loop after
    each, in the order of the decisions. No engine is needed.
    """

    def __init__(
        self, paths: LibraryPaths, album: Album, finished: Callable[[Decided], None]
    ) -> None:
        """
        Args:
            paths: Of the library.
            album: Shows what has been decided before it is true.
            finished: Is told what came of each decision.
        """
        self._album = album
        self._finished = finished
        self._thread = CatalogThread("decisions", paths, _hands)
        self._tasks: set[asyncio.Task[Decided]] = set()
        self.titles = Titles()

    @property
    def waiting(self) -> int:
        """Decisions that are not made yet."""
        return self._thread.waiting

    def close(self) -> None:
        """Make the decisions that are queued, then let go of the catalog. Waits."""
        self._thread.close()

    # -- photos ------------------------------------------------------------------------------

    def flag(self, photos: Sequence[int], flag: Flag) -> asyncio.Task[Decided]:
        """Pick, reject or unflag; photos that the filter or the tab hides then go at once."""
        album = self._album
        tickets = [album.amend(photos, flag=flag)]
        rejected_only, undecided_only = album.is_rejected_tab, album.query.undecided
        if (rejected_only and flag != Flag.REJECT) or (undecided_only and flag != Flag.NONE):
            tickets.append(album.take_away(photos))
        return self._decide(lambda hands: hands.decisions.flag(photos, flag), tickets)

    def rate(self, photos: Sequence[int], rating: int) -> asyncio.Task[Decided]:
        """Give 1 to 5 stars; 0 clears them."""
        ticket = self._album.amend(photos, rating=rating)
        return self._decide(lambda hands: hands.decisions.rate(photos, rating), [ticket])

    def label(self, photos: Sequence[int], label: str) -> asyncio.Task[Decided]:
        """Give a colour label; "" clears it."""
        ticket = self._album.amend(photos, label=label)
        return self._decide(lambda hands: hands.decisions.label(photos, label), [ticket])

    def tag(
        self, photos: Sequence[int], add: Sequence[str], remove: Sequence[str]
    ) -> asyncio.Task[Decided]:
        """Give photos tags and take tags away from them."""
        return self._decide(lambda hands: hands.decisions.tag(photos, add, remove))

    def trash(self, photos: Sequence[int]) -> asyncio.Task[Decided]:
        """Move photos and what belongs to them to the trash."""
        ticket = self._album.take_away(photos)
        return self._decide(lambda hands: hands.decisions.trash(photos), [ticket])

    def take_out(self, plan: Plan, photos: Sequence[int]) -> asyncio.Task[Decided]:
        """Move photos and what belongs to them out of the library, by a plan that is made."""
        ticket = self._album.take_away(photos)
        return self._decide(lambda hands: hands.decisions.apply(plan), [ticket])

    def read_sidecars(
        self, files: Sequence[SidecarFile], told: Callable[[Reading], None]
    ) -> asyncio.Task[Decided]:
        """Take over what sidecars say; `told` learns what they said, in the desk's thread."""

        def job(hands: _Hands) -> Outcome | None:
            from tui_selector.library.xmp.sidecars import read_sidecars, take_over

            reading = read_sidecars(hands.catalog, files)
            told(reading)
            return take_over(hands.catalog, reading)

        return self._decide(job)

    def bring(self, sources: Sequence[Path], how: Literal["copy", "move"]) -> asyncio.Task[Decided]:
        """Copy or move files and folders from outside into the library."""
        return self._decide(lambda hands: hands.decisions.bring(sources, how=how))

    # -- tabs --------------------------------------------------------------------------------

    def rename_tab(self, tab: int, name: str) -> asyncio.Task[Decided]:
        """Give a tab a name that the program never changes."""
        return self._decide(lambda hands: hands.decisions.rename_tab(tab, name))

    def merge_tabs(self, source: int, target: int) -> asyncio.Task[Decided]:
        """Put every photo of one tab into another."""
        return self._decide(lambda hands: hands.decisions.merge_tabs(source, target))

    def move_to_tab(self, photos: Sequence[int], tab: int | str) -> asyncio.Task[Decided]:
        """Put photos into a tab, or into a new one of this name."""
        return self._decide(lambda hands: hands.decisions.move_to_tab(photos, tab))

    def make_tabs(self, groups: Sequence[tuple[str, Sequence[int]]]) -> asyncio.Task[Decided]:
        """Put photos into tabs of these names, which are made where there are none."""
        return self._decide(lambda hands: hands.decisions.make_tabs(groups))

    def split_tab(
        self, tab: int, parts: list[list[int]], names: Sequence[str]
    ) -> asyncio.Task[Decided]:
        """Divide a tab into parts with these names."""
        return self._decide(lambda hands: hands.decisions.split_tab(tab, parts, names))

    def mark_seen(self, tab: int) -> None:
        """Note that the owner has looked at a tab: what is in it is not new any more."""

        def job(hands: _Hands) -> None:
            with hands.catalog.transaction():
                hands.catalog.tabs.mark_seen(tab)

        # A mark that cannot be stored costs nothing: the photos stay new.
        self._thread.run(job).add_done_callback(lambda future: future.exception())

    async def set_threshold(self, tag: str, least: float) -> bool:
        """Let a tag of the program count from a confidence on; whether that could be kept."""

        def job(hands: _Hands) -> None:
            with hands.catalog.transaction():
                hands.catalog.tags.set_threshold(tag, least)

        try:
            await self._thread.run(job)
        except (CatalogError, sqlite3.Error):
            return False
        return True

    async def change_votes(self, add: Sequence[Vote] = (), remove: Sequence[Vote] = ()) -> str:
        """Keep and forget choices between two photos, which change no photo and no history.

        Returns:
            Why they could not be kept, in a sentence; "" where they were.
        """

        def job(hands: _Hands) -> None:
            with hands.catalog.transaction():
                hands.catalog.votes.remove(list(remove))
                for vote in add:
                    hands.catalog.votes.add(vote)

        try:
            await self._thread.run(job)
        except (CatalogError, sqlite3.Error) as error:
            return f"The choice counts until you leave, but could not be stored: {error}"
        return ""

    def change_searches(self, change: Callable[[SearchTable], T]) -> asyncio.Future[T]:
        """Keep, rename or forget saved searches; no photo and no history is about them.

        The future fails with what `change` raises, `CatalogError` or `sqlite3.Error`.
        """

        def job(hands: _Hands) -> T:
            with hands.catalog.transaction():
                return change(hands.catalog.searches)

        return self._thread.run(job)

    # -- plans -------------------------------------------------------------------------------

    def carry_out(self, plan: Plan) -> asyncio.Task[Decided]:
        """Do what a plan says that the owner was shown; what does not fit any more is refused."""
        return self._decide(lambda hands: hands.decisions.apply(plan))

    # -- history -----------------------------------------------------------------------------

    def undo(self) -> asyncio.Task[Decided]:
        """Take back the last decision."""
        return self._decide(lambda hands: hands.decisions.undo(), way="undo")

    def redo(self) -> asyncio.Task[Decided]:
        """Do again what was taken back last."""
        return self._decide(lambda hands: hands.decisions.redo(), way="redo")

    async def recover(self) -> list[str]:
        """Finish what a crash interrupted; return sentences for the owner.

        Raises:
            CatalogError: The catalog cannot be opened.
        """

        def job(hands: _Hands) -> tuple[list[str], Titles]:
            return hands.decisions.recover(), _titles(hands)

        sentences, self.titles = await self._thread.run(job)
        return sentences

    # -- carrying out ------------------------------------------------------------------------

    def _decide(
        self,
        job: Callable[[_Hands], Outcome | None],
        tickets: Collection[int] = (),
        way: Way = "do",
    ) -> asyncio.Task[Decided]:
        future = self._thread.run(lambda hands: (job(hands), _titles(hands)))
        task = asyncio.create_task(self._finish(future, tickets, way))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(
        self,
        future: asyncio.Future[tuple[Outcome | None, Titles]],
        tickets: Collection[int],
        way: Way,
    ) -> Decided:
        try:
            outcome, self.titles = await future
        except (CatalogError, sqlite3.Error, OSError) as error:
            decided = Decided(way, "", 0, (), False, (str(error),), self.titles)
        else:
            decided = _decided(way, outcome, self.titles)
        for ticket in tickets:
            self._album.settle(ticket)
        self._finished(decided)
        return decided


def _titles(hands: _Hands) -> Titles:
    return Titles(hands.decisions.undo_title, hands.decisions.redo_title)


def _decided(way: Way, outcome: Outcome | None, titles: Titles) -> Decided:
    from tui_selector.library.decisions.plan import CreateTab, PinPhoto, RenameTab

    if outcome is None:
        return Decided(way, "", 0, (), False, (), titles)
    actions = outcome.plan.actions
    photos = dict.fromkeys(
        subject.id for action in actions if (subject := getattr(action, "photo", None))
    )
    return Decided(
        way,
        outcome.plan.title,
        outcome.done,
        tuple(photos),
        any(isinstance(action, CreateTab | RenameTab | PinPhoto) for action in actions),
        tuple(refusal.sentence for refusal in outcome.refused),
        titles,
    )
