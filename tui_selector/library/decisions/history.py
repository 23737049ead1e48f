"""What the journal's entries amount to: what can be undone, what redone, what was interrupted.

A *run* is one time that actions were done, undone or redone: a `Begin` entry that says everything
needed to finish it or to revert it, and a `Done` entry.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from tui_selector.library.decisions.plan import Plan

Way = Literal["do", "undo", "redo"]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a run moves.

    Attributes:
        action: Index of the action in the run's plan that it is part of.
        kind: Rename, copy, into the trash, or out of it.
        source: Absolute path.
        target: Absolute path.
        size: Bytes.
        mtime_ns: Modification time of the file when the run began.
        info: Absolute path of the note about it in the trash; "" where none is involved.
    """

    action: int
    kind: Literal["rename", "copy", "trash", "restore"]
    source: str
    target: str
    size: int
    mtime_ns: int
    info: str = ""


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A run is about to change something.

    Attributes:
        run: Unique, random.
        way: Whether the plan is done, undone or redone.
        plan: The plan, with the actions that this run is about and no other.
        moves: Every file that it moves, in order.
        reverts: The run that this one takes back; "" where `way` is "do".
        of: For each action of `plan`, its index in the plan of the run in `reverts`.
    """

    run: str
    way: Way
    plan: Plan
    moves: tuple[Move, ...] = ()
    reverts: str = ""
    of: tuple[int, ...] = ()


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A run is over.

    Attributes:
        run: As in `Begin`.
        failed: Indexes of the actions of the run's plan that did not happen.
        dropped: Indexes of the actions of the run in `Begin.reverts` that can never be reverted.
    """

    run: str
    failed: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()


Entry: TypeAlias = Begin | Done


class Run(msgspec.Struct):
    """A finished run and which of its actions still stand, as indexes into its plan."""

    begin: Begin
    standing: list[int]


class History:
    """The stacks of undo and redo, as entries are added in the order they were written.

    Attributes:
        undo: Runs that can be undone, the next one last.
        redo: Runs that can be redone, the next one last.
        unfinished: A run that began and is not over.
        decided: Whether a new decision was among the entries (what was undone before it cannot
            be redone).
    """

    def __init__(self) -> None:
        self.undo: list[Run] = []
        self.redo: list[Run] = []
        self.unfinished: Begin | None = None
        self.decided = False

    def add(self, entry: Entry) -> None:
        """Take in the next entry."""
        if isinstance(entry, Begin):
            self.unfinished = entry
        elif self.unfinished is not None and self.unfinished.run == entry.run:
            begin, self.unfinished = self.unfinished, None
            self._settle(begin, entry)

    def _settle(self, begin: Begin, done: Done) -> None:
        failed = set(done.failed)
        happened = [index for index in range(len(begin.plan.actions)) if index not in failed]
        if begin.way == "do":
            if happened:
                self.undo.append(Run(begin, happened))
                self.redo.clear()
                self.decided = True
            return
        reverted, grown = (self.undo, self.redo) if begin.way == "undo" else (self.redo, self.undo)
        over = {begin.of[index] for index in happened}.union(done.dropped)
        for position in reversed(range(len(reverted))):
            run = reverted[position]
            if run.begin.run == begin.reverts:
                run.standing = [index for index in run.standing if index not in over]
                if not run.standing:
                    del reverted[position]
                break
        if happened:
            grown.append(Run(begin, happened))
