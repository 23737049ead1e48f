"""Any decisions in any order, crashes in between: nothing is lost, undoing all restores all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tui_selector.library.decisions import trash
from tui_selector.library.decisions.decisions import Decisions, Outcome
from tui_selector.library.decisions.history import Done
from tui_selector.library.decisions.journal import Journal, JournalError
from tui_selector.library.photo import Flag, State, Tag

NAMES = ("a.jpg", os.fsdecode(b"b\xff.jpg"), "sub/a.jpg", "sub/deep/c\n.jpg")

TAGS = ("dog", "bright", "[31mmine", "[b]markup[/b]")

photos = st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True)


class Culling(RuleBasedStateMachine):
    """Real files and a real catalog against a stack of what they were before each decision."""

    make: Any = None

    @initialize()
    def fill(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            (self.home / name).mkdir()
            self.patch.setenv(name, str(self.home / name))
        self.patch.setattr(os, "fsync", lambda descriptor: None)
        self.album = self.make(self.home / "album")
        self.ids = [
            self.album.add(name, *([name + ".xmp"] if number % 2 else []))
            for number, name in enumerate(NAMES)
        ]
        for id_ in self.ids[::2]:
            found = [Tag("dog", 0.7, "model"), Tag("bright", 0.6, "pixels")]
            self.album.catalog.tags.set_program(id_, found)
        self.bytes = sorted(self.album.files().values())
        self.brought = 0
        self.decisions = Decisions(self.album.catalog)
        self.first = self.now()
        self.past: list[object] = []
        self.future: list[object] = []

    def teardown(self) -> None:
        if not hasattr(self, "album"):
            return
        try:
            while self.past:
                self.undo()
            assert self.now() == self.first
        finally:
            self.album.catalog.close()
            self.patch.undo()
            shutil.rmtree(self.home)

    def now(self) -> object:
        rows, pins, companions, tabs = self.album.rows()
        known = rows[: len(self.ids)]
        tags = self.album.catalog.tags.of(self.ids)
        verdicts = [self.album.catalog.tags.verdict(id_, name) for id_ in self.ids for name in TAGS]
        return self.album.files(), known, pins, companions, tabs, tags, verdicts

    def did(self, before: object, outcome: Outcome) -> None:
        assert all("library any more" in refusal.sentence for refusal in outcome.refused)
        if outcome.done:
            self.past.append(before)
            self.future.clear()
        else:
            assert self.now() == before

    @rule(which=photos, flag=st.sampled_from(Flag))
    def flag(self, which: list[int], flag: Flag) -> None:
        before = self.now()
        self.did(before, self.decisions.flag([self.ids[i] for i in which], flag))

    @rule(which=photos, rating=st.integers(0, 5))
    def rate(self, which: list[int], rating: int) -> None:
        before = self.now()
        self.did(before, self.decisions.rate([self.ids[i] for i in which], rating))

    @rule(which=photos, add=st.sets(st.sampled_from(TAGS)), remove=st.sets(st.sampled_from(TAGS)))
    def tag(self, which: list[int], add: set[str], remove: set[str]) -> None:
        before = self.now()
        ids = [self.ids[i] for i in which]
        self.did(before, self.decisions.tag(ids, add, {*remove}.difference(add)))

    @rule(which=photos)
    def trash(self, which: list[int]) -> None:
        before = self.now()
        self.did(before, self.decisions.trash([self.ids[i] for i in which]))

    @rule(which=photos, name=st.sampled_from(["Beach", "Dogs"]))
    def move(self, which: list[int], name: str) -> None:
        before = self.now()
        self.did(before, self.decisions.move_to_tab([self.ids[i] for i in which], name))

    @rule(move=st.booleans())
    def bring(self, move: bool) -> None:
        source = self.home / f"new{self.brought}.jpg"
        source.write_bytes(source.name.encode())
        self.bytes = sorted([*self.bytes, source.read_bytes()])
        self.brought += 1
        before = self.now()
        self.did(before, self.decisions.bring([source], how="move" if move else "copy"))
        if not move:
            source.unlink()

    @rule()
    def undo(self) -> None:
        outcome = self.decisions.undo()
        assert (outcome is None) == (not self.past)
        if outcome:
            assert not outcome.refused
            before = self.past.pop()
            self.future.append(before)
            assert self.now() == before

    @precondition(lambda self: self.future)
    @rule()
    def redo(self) -> None:
        before = self.now()
        outcome = self.decisions.redo()
        assert outcome
        assert not outcome.refused
        self.past.append(before)
        assert self.future.pop() == before

    @rule()
    def restart(self) -> None:
        self.decisions = Decisions(self.album.reopen())
        assert not self.decisions.recover()

    @rule(which=photos)
    def die_before_the_last_entry(self, which: list[int]) -> None:
        """As if the process were killed once the files had moved."""
        before = self.now()
        write = Journal.write

        def dying(journal: Journal, entry: Any, *, sync: bool = False) -> None:
            if isinstance(entry, Done):
                raise JournalError("killed")
            write(journal, entry, sync=sync)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Journal, "write", dying)
            outcome = self.decisions.trash([self.ids[i] for i in which])
        self.decisions = Decisions(self.album.reopen())
        assert bool(self.decisions.recover()) == bool(outcome.done)
        self.did(before, outcome)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "album"):
            return
        outside = [place.read_bytes() for place in self.home.glob("new*.jpg")]
        assert sorted([*self.album.files().values(), *self.album.trashed(), *outside]) == self.bytes
        for photo in self.album.catalog.photos.get(self.ids):
            assert (self.album.root / photo.path).exists() == (photo.state != State.TRASHED)
        notes = trash.home_trash() / "info"
        assert len(list(notes.glob("*"))) == len(self.album.trashed())
        assert (self.decisions.undo_title is None) == (not self.past)
        assert (self.decisions.redo_title is None) == (not self.future)


@pytest.mark.usefixtures("own_folders")
def test_culling_can_be_undone_to_the_beginning(album: Any) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Culling.make = staticmethod(type(album))
    run_state_machine_as_test(
        Culling,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
