"""What the owner decides about photos and tabs, and how it is undone.

Every decision becomes a plan, is checked, written to the journal and carried out at once; none
needs the engine. `Decisions` belongs to one thread at a time, as its catalog does; other processes
may decide about the same library meanwhile, and undo takes back the last decision of any of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tag_table import tag_name
from tui_selector.library.decisions.execution import Execution, Outcome, Refusal, finish
from tui_selector.library.decisions.history import Run
from tui_selector.library.decisions.journal import BusyError, Journal, JournalError
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.decisions.plan import Plan, new_plan
from tui_selector.library.decisions.planning import Planner
from tui_selector.library.display import printable
from tui_selector.library.photo import LABELS, MAX_RATING, Flag

if TYPE_CHECKING:
    from tui_selector.library.decisions.plan_file import Proposal

__all__ = ["Decisions", "Outcome", "Refusal"]


class Decisions:
    """The decisions about one library.

    No method raises for what a disk, a file or another process does: what could not be done is in
    `Outcome.refused`, a sentence each.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._planner = Planner(catalog)
        self._journal = Journal(catalog.paths.journal)
        self._notices: list[str] = []

    # -- photos ------------------------------------------------------------------------------

    def flag(self, ids: Sequence[int], flag: Flag) -> Outcome:
        """Pick, reject or unflag photos."""
        return self._decide(lambda: self._planner.flag(ids, flag))

    def rate(self, ids: Sequence[int], rating: int) -> Outcome:
        """Give photos 1 to 5 stars; 0 clears them.

        Raises:
            ValueError: There is no such rating.
        """
        if not 0 <= rating <= MAX_RATING:
            raise ValueError(f"a rating is 0 to {MAX_RATING}, not {rating}")
        return self._decide(lambda: self._planner.rate(ids, rating))

    def label(self, ids: Sequence[int], label: str) -> Outcome:
        """Give photos a colour label; "" clears it.

        Raises:
            ValueError: There is no such label.
        """
        if label and label not in LABELS:
            raise ValueError(f"a label is one of {', '.join(LABELS)}, not {label!r}")
        return self._decide(lambda: self._planner.label(ids, label))

    def tag(
        self, ids: Sequence[int], add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Outcome:
        """Give photos tags and take tags away from them.

        A tag of the program that is taken away stays away, also when the photo is indexed again.

        Raises:
            ValueError: A text names no tag, or a tag is given and taken away at once.
        """
        given = list(dict.fromkeys(map(tag_name, add)))
        taken = list(dict.fromkeys(map(tag_name, remove)))
        if both := set(given).intersection(taken):
            raise ValueError(f"{printable(min(both))} is given and taken away at once; say one.")
        return self._decide(lambda: self._planner.tag(ids, given, taken))

    def trash(self, ids: Sequence[int]) -> Outcome:
        """Move photos and what belongs to them to the trash."""
        return self._decide(lambda: self._planner.trash(ids))

    def bring(
        self, sources: Iterable[Path], folder: str = "", how: Literal["copy", "move"] = "copy"
    ) -> Outcome:
        """Copy or move photos and folders of photos from outside into the library.

        Args:
            sources: Files and folders, absolute; of folders, photos and sidecars are taken.
            folder: Where to, relative to the root; made where it is missing.
            how: Move works within one disk only; nothing is ever copied and then deleted.
        """
        from tui_selector.library.folder.bring import plan_bringing

        try:
            plan, refused = plan_bringing(self._catalog, sources, folder, how)
        except RefusedError as error:
            return _refused("", str(error))
        outcome = self.apply(plan)
        return Outcome(plan, outcome.done, (*refused, *outcome.refused))

    # -- tabs --------------------------------------------------------------------------------

    def rename_tab(self, tab: int, name: str) -> Outcome:
        """Name a tab; the program never renames it again."""
        return self._decide(lambda: self._planner.rename_tab(tab, name))

    def merge_tabs(self, source: int, target: int) -> Outcome:
        """Put every photo of one tab into another (0 is Singles); the emptied tab disappears."""
        return self._decide(lambda: self._planner.merge_tabs(source, target))

    def move_to_tab(self, ids: Sequence[int], tab: int | str) -> Outcome:
        """Put photos into a tab (0 is Singles), or into a new one of this name."""
        return self._decide(lambda: self._planner.move_to_tab(ids, tab))

    def split_tab(self, tab: int, parts: Sequence[Sequence[int]], names: Sequence[str]) -> Outcome:
        """Divide a tab: the first part stays in it, each other part gets a tab after it.

        Args:
            tab: The tab to divide (0 is Singles, which keeps its name).
            parts: Photo ids, two or more parts.
            names: What each part is called.

        Raises:
            ValueError: There is not one name for each part, or fewer than two parts.
        """
        if len(parts) != len(names) or len(parts) < 2:
            raise ValueError("a tab is split into two or more parts, each with a name")
        return self._decide(lambda: self._planner.split_tab(tab, parts, names))

    def make_tabs(self, groups: Sequence[tuple[str, Sequence[int]]]) -> Outcome:
        """Put photos into tabs of these names, in one decision; tabs that are missing are made.

        Args:
            groups: The name of a tab and the ids of the photos that go there.
        """
        return self._decide(lambda: self._planner.make_tabs(groups))

    # -- plans -------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> Outcome:
        """Carry out a plan that was made earlier; what does not fit any more is refused."""
        return self._decide(lambda: plan)

    def apply_proposal(self, proposal: Proposal) -> Outcome:
        """Carry out what a plan file proposes; photos that have changed since are refused."""
        from tui_selector.library.decisions.proposing import plan_proposal

        refused: list[Refusal] = []

        def build() -> Plan:
            planned = plan_proposal(self._catalog, proposal)
            refused.extend(planned.refused)
            return planned.plan

        outcome = self._decide(build)
        return Outcome(outcome.plan, outcome.done, (*refused, *outcome.refused))

    def undo(self, plan: str | None = None) -> Outcome | None:
        """Take back the last decision; None where there is none.

        What cannot be taken back now (the old place of a photo is taken) stays undoable; what can
        never be (the trash was emptied) is forgotten.

        Args:
            plan: The id of an earlier plan to take back instead, out of turn; all of it, where it
                was applied several times.
        """
        return self._revert("undo", plan)

    def redo(self) -> Outcome | None:
        """Do again what `undo` took back last; None where there is nothing."""
        return self._revert("redo", None)

    @property
    def undo_title(self) -> str | None:
        """What `undo` would take back, for the eye."""
        try:
            run = self._journal.last_undoable()
        except JournalError:
            return None
        return run.begin.plan.title if run else None

    @property
    def redo_title(self) -> str | None:
        """What `redo` would do again, for the eye."""
        try:
            run = self._journal.last_redoable()
        except JournalError:
            return None
        return run.begin.plan.title if run else None

    def history(self, count: int = 50) -> list[Plan]:
        """The last plans that can be undone, the last one first."""
        try:
            return [run.begin.plan for run in self._journal.undoable(count)]
        except JournalError:
            return []

    def recover(self) -> list[str]:
        """Finish or take back what a crash interrupted; return sentences for the owner.

        Called when a library is opened. While another process is at work there is nothing to do.
        """
        try:
            if self._journal.unfinished() is not None:
                with self._journal.locked(patience=0.5):
                    self._clean_up()
        except BusyError:
            pass  # the process that is at work cleans up after itself
        except (JournalError, sqlite3.Error) as error:
            self._notices.append(_sentence(error))
        notices, self._notices = self._notices, []
        return notices

    # -- carrying out ------------------------------------------------------------------------

    def _decide(self, build: Callable[[], Plan]) -> Outcome:
        """Make a plan and carry it out, alone among all processes."""
        plan: Plan | None = None
        try:
            with self._journal.locked():
                self._clean_up()
                plan = build()
                execution = Execution(self._catalog, self._journal, "do")
                return execution.run(plan, [], drop=False)
        except RefusedError as error:
            return _refused("", str(error))
        except (JournalError, sqlite3.Error) as error:
            self._catalog.suspect(error)
            return _refused("", _sentence(error), plan)

    def _revert(self, way: Literal["undo", "redo"], wanted: str | None) -> Outcome | None:
        plan: Plan | None = None
        outcomes: list[Outcome] = []
        try:
            with self._journal.locked():
                self._clean_up()
                for run in self._runs_to_revert(way, wanted):
                    of = list(reversed(run.standing))
                    whole = run.begin.plan
                    actions = tuple(whole.actions[index] for index in of)
                    plan = Plan(whole.id, whole.title, whole.time, actions)
                    execution = Execution(self._catalog, self._journal, way, reverts=run)
                    outcomes.append(execution.run(plan, of, drop=wanted is None))
        except (JournalError, sqlite3.Error) as error:
            self._catalog.suspect(error)
            outcomes.append(_refused("", _sentence(error), plan))
        return _together(outcomes)

    def _runs_to_revert(self, way: Literal["undo", "redo"], wanted: str | None) -> list[Run]:
        """The last run, or all of the plan that is wanted, the last one first."""
        if wanted is None:
            last = self._journal.last_undoable if way == "undo" else self._journal.last_redoable
            run = last()
            return [run] if run else []
        count = 64
        while len(runs := self._journal.undoable(count)) == count:
            count *= 4
        return [run for run in runs if run.begin.plan.id == wanted]

    def _clean_up(self) -> None:
        """Finish a run whose process died; the journal's lock is held."""
        begin = self._journal.unfinished()
        if begin is not None:
            self._notices.append(finish(self._catalog, self._journal, begin))


def _refused(path: str, sentence: str, plan: Plan | None = None) -> Outcome:
    return Outcome(plan or new_plan("", ()), 0, (Refusal(path, sentence),))


def _together(outcomes: list[Outcome]) -> Outcome | None:
    """What became of several runs of one plan; None where there is none."""
    if len(outcomes) < 2:
        return outcomes[0] if outcomes else None
    first = outcomes[0].plan
    actions = tuple(action for outcome in outcomes for action in outcome.plan.actions)
    return Outcome(
        Plan(first.id, first.title, first.time, actions),
        sum(outcome.done for outcome in outcomes),
        tuple(refusal for outcome in outcomes for refusal in outcome.refused),
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, sqlite3.Error):
        return f"The catalog cannot be used ({error}); nothing was changed."
    return str(error)
