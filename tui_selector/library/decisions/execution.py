"""Carrying out a run: check, journal, change, and clean up what a crash left half done.

The order makes every moment safe. The journal's `Begin` entry, which names each move, is on the
disk before the first file moves; the catalog is told of a photo just before its files move, so
that a watcher that sees them move finds the catalog in agreement; `Done` comes last. A run without
`Done` under the journal's lock is one whose process died: `finish` brings every photo to one of
its two places.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.catalog_actions import change, holds
from tui_selector.library.decisions.file_actions import Mover, folders_of, record
from tui_selector.library.decisions.history import Begin, Done, Move, Run, Way
from tui_selector.library.decisions.journal import Journal, JournalError
from tui_selector.library.decisions.moves import GoneError, RefusedError, sync_folders
from tui_selector.library.decisions.plan import (
    LEAVING,
    Action,
    BringFile,
    CreateTab,
    FileAction,
    Plan,
    RenameTab,
    TrashPhoto,
    path_of,
)


class Refusal(NamedTuple):
    """What was not done: the path it is about (a tab's name, or "") and a sentence why."""

    path: str
    sentence: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of a plan.

    Attributes:
        plan: The plan; for undo and redo, with the actions that were to be undone or redone.
        done: How many of its actions were done.
        refused: What was not.
    """

    plan: Plan
    done: int
    refused: tuple[Refusal, ...] = ()


class Execution:
    """One run of a plan. The journal's lock is held while it lasts."""

    def __init__(
        self, catalog: Catalog, journal: Journal, way: Way, *, reverts: Run | None = None
    ) -> None:
        self._catalog = catalog
        self._journal = journal
        self._way: Way = way
        self._back = way == "undo"
        self._reverts = reverts
        self._earlier = _by_action(reverts.begin.moves if reverts else ())
        self._mover = Mover(catalog, os.urandom(8).hex())
        self._accepted: list[Action] = []
        self._of: list[int] = []
        self._moves: dict[int, list[Move]] = {}
        self._dropped: list[int] = []
        self._refused: list[Refusal] = []

    def run(self, plan: Plan, of: list[int], *, drop: bool) -> Outcome:
        """Do what fits of a plan's actions and say what became of it.

        Args:
            of: For each action, its index in the run that is taken back; empty for a new plan.
            drop: Forget actions of that run which can never be taken back.

        Raises:
            JournalError: Nothing was changed.
            sqlite3.Error: Nothing was changed.
        """
        begin: Begin | None = None
        try:
            with self._catalog.transaction():
                self._check(plan, of, drop=drop)
                if self._accepted or self._dropped:
                    begin = self._begin(plan)
        except sqlite3.Error:
            if begin is not None:
                everything = tuple(range(len(begin.plan.actions)))
                with contextlib.suppress(JournalError):
                    self._journal.write(Done(run=begin.run, failed=everything))
            raise
        if begin is None:
            return Outcome(plan, 0, tuple(self._refused))
        failed = self._move_files()
        _sync(begin)
        # Where this cannot be written, the next decision finishes the run.
        with contextlib.suppress(JournalError):
            self._journal.write(
                Done(run=begin.run, failed=tuple(failed), dropped=tuple(self._dropped))
            )
        return Outcome(plan, len(self._accepted) - len(failed), tuple(self._refused))

    def _check(self, plan: Plan, of: list[int], *, drop: bool) -> None:
        photos = None
        if self._way == "do":
            ids = [a.photo.id for a in plan.actions if not isinstance(a, _WITHOUT_PHOTO)]
            photos = {photo.id: photo for photo in self._catalog.photos.get(ids)}
        for index, action in enumerate(plan.actions):
            number = len(self._accepted)
            try:
                if isinstance(action, FileAction):
                    self._moves[number] = self._moves_of(action, of[index] if of else 0, number)
                else:
                    change(self._catalog, action, back=self._back, photos=photos)
            except RefusedError as refused:
                self._refused.append(Refusal(path_of(action), str(refused)))
                if drop and isinstance(refused, GoneError):
                    self._dropped.append(of[index])
            else:
                self._accepted.append(action)
                self._of.extend(of[index : index + 1])

    def _moves_of(self, action: FileAction, origin: int, number: int) -> list[Move]:
        if self._reverts is None or (self._way == "redo" and isinstance(action, TrashPhoto)):
            return self._mover.moves_for(action, number)
        return self._mover.moves_against(action, self._earlier.get(origin, []), number)

    def _begin(self, plan: Plan) -> Begin:
        moves = tuple(move for some in self._moves.values() for move in some)
        begin = Begin(
            run=self._mover.run,
            way=self._way,
            plan=Plan(plan.id, plan.title, plan.time, tuple(self._accepted)),
            moves=moves,
            reverts=self._reverts.begin.run if self._reverts else "",
            of=tuple(self._of),
        )
        self._journal.write(begin, sync=bool(moves))
        return begin

    def _move_files(self) -> list[int]:
        """Make the moves of every action that has some; return those that did not happen."""
        failed: list[int] = []
        for number, moves in self._moves.items():
            action = self._accepted[number]
            assert isinstance(action, FileAction)
            try:
                note = move_photo(
                    self._catalog, self._mover, action, moves, back=self._back, way=self._way
                )
            except RefusedError as refused:
                failed.append(number)
                note = str(refused)
            if note:
                self._refused.append(Refusal(path_of(action), note))
        return failed


_WITHOUT_PHOTO = (BringFile, CreateTab, RenameTab)


def move_photo(
    catalog: Catalog, mover: Mover, action: FileAction, moves: list[Move], *, back: bool, way: Way
) -> str:
    """Tell the catalog, then move the files; take both back where that fails.

    Returns:
        "", or a sentence where only some files could be moved.

    Raises:
        RefusedError: Every file is where it was.
    """
    # What is brought in for the first time is for the scan to find.
    is_known = way != "do" or isinstance(action, LEAVING)
    try:
        if is_known:
            with catalog.transaction():
                record(catalog, action, back=back)
        try:
            return mover.make(action, moves)
        except RefusedError:
            if is_known:
                with catalog.transaction():
                    record(catalog, action, back=not back)
            raise
    except sqlite3.Error as error:
        raise RefusedError(
            f"The catalog cannot be written ({error}); the files stay where they are."
        ) from error


def _by_action(moves: Iterable[Move]) -> dict[int, list[Move]]:
    """Index of an action to its moves, in order."""
    found: dict[int, list[Move]] = {}
    for move in moves:
        found.setdefault(move.action, []).append(move)
    return found


def _sync(begin: Begin) -> None:
    # The renames have happened; a disk that cannot promise to keep them does not undo them.
    with contextlib.suppress(OSError):
        sync_folders(folders_of(begin))


# -- after a crash -------------------------------------------------------------------------------


def finish(catalog: Catalog, journal: Journal, begin: Begin) -> str:
    """End a run whose process died; return a sentence for the owner.

    A photo of which a file had moved is moved wholly, one of which none had stays where it is.

    Raises:
        JournalError: The journal cannot be written; the next call goes on.
        sqlite3.Error: The catalog cannot be written; the next call goes on.
    """
    mover = Mover(catalog, begin.run)
    back = begin.way == "undo"
    failed: list[int] = []
    notes: list[str] = []
    moves = _by_action(begin.moves)
    for number, action in enumerate(begin.plan.actions):
        if not isinstance(action, FileAction):
            if not holds(catalog, action, back=back):
                failed.append(number)
            continue
        note, is_done = _finish_photo(catalog, mover, action, moves.get(number, []), begin)
        if not is_done:
            failed.append(number)
        if note:
            notes.append(note)
    _sync(begin)
    journal.write(Done(run=begin.run, failed=tuple(failed)))
    return " ".join((_interrupted(begin, len(failed)), *notes))


def _finish_photo(
    catalog: Catalog, mover: Mover, action: FileAction, moves: list[Move], begin: Begin
) -> tuple[str, bool]:
    """Bring one photo to one of its places; return a sentence or "", and whether it has moved."""
    back = begin.way == "undo"
    note = ""
    # Looking finishes a rename that a crash cut in two, so every move is looked at.
    happened = [mover.has_happened(action, move) for move in moves]
    is_done = any(happened)
    if is_done:
        try:
            note = move_photo(catalog, mover, action, moves, back=back, way=begin.way)
        except RefusedError as refused:
            note, is_done = str(refused), False
    elif begin.way != "do" or isinstance(action, LEAVING):
        with catalog.transaction():
            record(catalog, action, back=not back)
    for move in moves:
        mover.tidy(move)
    return note, is_done


def _interrupted(begin: Begin, failed: int) -> str:
    what = {"do": "", "undo": "Undoing ", "redo": "Redoing "}[begin.way]
    total = len(begin.plan.actions)
    if not failed:
        end = "and has been finished"
    elif failed == total:
        end = "before anything was changed; do it again"
    else:
        end = f"; {total - failed} of {total} were finished, the others are as they were"
    return f"{what}“{begin.plan.title}” was interrupted {end}.".replace(" ;", ";")
