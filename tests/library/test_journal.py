from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.library.decisions import journal as journal_module
from tui_selector.library.decisions.history import Begin, Done, Run
from tui_selector.library.decisions.journal import BusyError, Journal, JournalError
from tui_selector.library.decisions.plan import SetFlag, Subject, new_plan
from tui_selector.library.photo import Flag


def begin(run: str, way: str = "do", reverts: str = "", count: int = 1, name: str = "a") -> Begin:
    actions = [
        SetFlag(Subject(i, f"{name}{i}.jpg", 1, None), Flag.NONE, Flag.PICK) for i in range(count)
    ]
    of = tuple(range(count)) if reverts else ()
    return Begin(run=run, way=way, plan=new_plan(run, actions), reverts=reverts, of=of)  # type: ignore[arg-type]


def write(journal: Journal, *entries: Begin | Done) -> None:
    with journal.locked():
        for entry in entries:
            journal.write(entry)


def do(journal: Journal, run: str, way: str = "do", reverts: str = "", name: str = "a") -> None:
    write(journal, begin(run, way, reverts, name=name), Done(run=run))


def name_of(run: Run | None) -> str | None:
    return run.begin.run if run else None


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def test_an_empty_journal_has_nothing_to_undo(journal: Journal) -> None:
    assert journal.last_undoable() is None
    assert journal.last_redoable() is None
    assert journal.unfinished() is None
    assert not list(journal.entries())
    assert not journal.path.exists()


def test_undo_and_redo_are_stacks(journal: Journal) -> None:
    do(journal, "a")
    do(journal, "b")
    do(journal, "ub", "undo", "b")
    assert name_of(journal.last_undoable()) == "a"
    assert name_of(journal.last_redoable()) == "ub"
    do(journal, "ua", "undo", "a")
    assert journal.last_undoable() is None
    do(journal, "ra", "redo", "ua")
    assert name_of(journal.last_undoable()) == "ra"
    assert name_of(journal.last_redoable()) == "ub"
    do(journal, "c")
    assert journal.last_redoable() is None
    assert [name_of(run) for run in journal.undoable(9)] == ["c", "ra"]


def test_what_failed_to_be_undone_stays_undoable(journal: Journal) -> None:
    write(journal, begin("a", count=3), Done(run="a", failed=(1,)))
    run = journal.last_undoable()
    assert run
    assert run.standing == [0, 2]
    undo = Begin(
        run="u", way="undo", plan=new_plan("", run.begin.plan.actions[:2]), reverts="a", of=(2, 0)
    )
    write(journal, undo, Done(run="u", failed=(0,)))
    run = journal.last_undoable()
    assert run
    assert name_of(run) == "a"
    assert run.standing == [2]
    back = journal.last_redoable()
    assert back
    assert back.standing == [1]
    write(journal, Begin(run="v", way="undo", plan=new_plan("", ()), reverts="a"))
    write(journal, Done(run="v", dropped=(2,)))
    assert journal.last_undoable() is None


def test_a_run_without_its_end_is_unfinished(journal: Journal) -> None:
    write(journal, begin("a"))
    found = Journal(journal.path).unfinished()
    assert found
    assert found.run == "a"
    write(journal, Done(run="a"))
    assert Journal(journal.path).unfinished() is None


@pytest.mark.parametrize("rest", [b'{"type":"Begin","run":"x"', b"\0\0\0\0", b"\xff\xfe{"])
def test_a_torn_last_line_is_passed_over_and_repaired(journal: Journal, rest: bytes) -> None:
    do(journal, "a")
    with journal.path.open("ab") as file:
        file.write(rest)
    assert name_of(journal.last_undoable()) == "a"
    do(journal, "b")
    assert [name_of(run) for run in Journal(journal.path).undoable(9)] == ["b", "a"]
    assert len(list(journal.entries())) == 4


def test_a_full_disk_leaves_the_journal_as_it_was(journal: Journal) -> None:
    do(journal, "a")
    before = journal.path.read_bytes()
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 10:
            return real(descriptor, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(JournalError, match="no space left on device"):
            do(journal, "b")
    assert journal.path.read_bytes() == before


def test_other_processes_entries_are_seen_as_they_come(journal: Journal) -> None:
    other = Journal(journal.path)
    do(journal, "a")
    assert name_of(other.last_undoable()) == "a"
    do(journal, "b")
    assert name_of(other.last_undoable()) == "b"
    do(other, "ub", "undo", "b")
    assert name_of(journal.last_undoable()) == "a"


def test_a_journal_that_was_replaced_is_read_anew(journal: Journal) -> None:
    do(journal, "a")
    do(journal, "b")
    assert name_of(journal.last_undoable()) == "b"
    journal.path.unlink()
    assert journal.last_undoable() is None
    do(journal, "c")
    assert [name_of(run) for run in journal.undoable(9)] == ["c"]


def test_the_lock_is_had_by_one(journal: Journal) -> None:
    with journal.locked(), pytest.raises(BusyError), Journal(journal.path).locked(patience=0.02):
        pass


def append_many(path: Path, who: int) -> None:
    journal = Journal(path)
    for number in range(40):
        do(journal, f"{who}-{number}")


def test_several_processes_append_whole_entries(journal: Journal) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=append_many, args=(journal.path, who)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(journal.entries())) == 240
    assert len(journal.undoable(500)) == 120


def test_a_journal_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "nowhere" / "journal.jsonl")
    with pytest.raises(JournalError, match="cannot be written"), journal.locked():
        pass


def test_names_of_any_bytes_come_back(journal: Journal) -> None:
    name = os.fsdecode(b"\xff\n\x1b \\\"'%41")
    do(journal, "a", name=name)
    assert journal.path.read_bytes().isascii()
    run = Journal(journal.path).last_undoable()
    assert run
    assert run.begin.plan.actions[0].photo.path == f"{name}0.jpg"


@given(steps=st.lists(st.sampled_from("dur"), max_size=40), window=st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_reading_from_the_end_finds_what_reading_it_all_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], window: int
) -> None:
    journal = Journal(tmp_path_factory.mktemp("j") / "journal.jsonl")
    undo: list[str] = []
    redo: list[str] = []
    for number, step in enumerate(steps):
        run = str(number)
        if step == "d":
            do(journal, run)
            undo.append(run)
            redo.clear()
        elif step == "u" and undo:
            do(journal, run, "undo", undo.pop())
            redo.append(run)
        elif step == "r" and redo:
            do(journal, run, "redo", redo.pop())
            undo.append(run)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(journal_module, "_WINDOW", window)
            fresh = Journal(journal.path)
            assert name_of(fresh.last_redoable()) == (redo[-1] if redo else None)
            assert name_of(fresh.last_undoable()) == (undo[-1] if undo else None)
            assert [name_of(each) for each in fresh.undoable(99)] == undo[::-1]
        assert name_of(journal.last_undoable()) == (undo[-1] if undo else None)
        assert name_of(journal.last_redoable()) == (redo[-1] if redo else None)
