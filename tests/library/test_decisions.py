from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tui_selector.library.decisions import file_actions, moves, trash
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.history import Begin
from tui_selector.library.decisions.journal import Journal
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.decisions.plan import FileRef, SetFlag, TrashPhoto, new_plan, subject_of
from tui_selector.library.photo import Flag, Photo, State


def photo(album: Any, id_: int) -> Photo:
    found = album.catalog.photos.one(id_)
    assert found
    return found  # type: ignore[no-any-return]


@pytest.fixture
def decisions(album: Any) -> Decisions:
    return Decisions(album.catalog)


def journal_length(album: Any) -> int:
    return len(list(Journal(album.paths.journal).entries()))


# -- flags, ratings, labels ------------------------------------------------------------------------


def test_flags_ratings_and_labels_are_set_and_undone(album: Any, decisions: Decisions) -> None:
    ids = [album.add("a.jpg"), album.add("b.jpg")]
    assert decisions.flag(ids, Flag.REJECT).done == 2
    assert decisions.rate(ids[:1], 4).done == 1
    assert decisions.label(ids[1:], "red").done == 1
    assert [photo(album, id_).flag for id_ in ids] == [Flag.REJECT, Flag.REJECT]
    assert photo(album, ids[0]).rating == 4
    assert photo(album, ids[1]).label == "red"
    assert decisions.undo_title == "Label b.jpg red"
    decisions.undo()
    assert decisions.undo_title == "Rate a.jpg 4 stars"
    assert decisions.redo_title == "Label b.jpg red"
    decisions.undo()
    decisions.undo()
    assert decisions.undo() is None
    assert decisions.undo_title is None
    assert [photo(album, id_).flag for id_ in ids] == [Flag.NONE, Flag.NONE]
    assert (photo(album, ids[0]).rating, photo(album, ids[1]).label) == (0, "")
    while decisions.redo():
        pass
    assert photo(album, ids[1]).label == "red"
    assert photo(album, ids[0]).flag == Flag.REJECT


@pytest.mark.parametrize(
    ("decide", "title"),
    [
        (lambda d, i: d.flag(i, Flag.PICK), "Pick 2 photos"),
        (lambda d, i: d.flag(i[:1], Flag.REJECT), r"Reject \x1b[2J.jpg"),
        (lambda d, i: d.rate(i, 1), "Rate 2 photos 1 star"),
        (lambda d, i: d.trash(i), "Trash 2 photos"),
        (lambda d, i: d.move_to_tab(i, "Beach"), "Move 2 photos to Beach"),
    ],
)
def test_titles_say_what_is_done(album: Any, decisions: Decisions, decide: Any, title: str) -> None:
    ids = [album.add("\x1b[2J.jpg"), album.add("b.jpg")]
    assert decide(decisions, ids).plan.title == title
    assert decisions.undo_title == title


def test_what_changes_nothing_is_not_journalled(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    decisions.flag([id_], Flag.PICK)
    length = journal_length(album)
    outcome = decisions.flag([id_], Flag.PICK)
    assert (outcome.done, outcome.refused) == (0, ())
    assert decisions.flag([], Flag.PICK).done == 0
    assert journal_length(album) == length


def test_a_new_decision_forgets_what_could_be_redone(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    decisions.flag([id_], Flag.PICK)
    decisions.undo()
    assert decisions.redo_title == "Pick a.jpg"
    decisions.rate([id_], 3)
    assert decisions.redo_title is None
    assert decisions.redo() is None


@pytest.mark.parametrize("rating", [-1, 6])
def test_ratings_out_of_range_are_an_error(decisions: Decisions, rating: int) -> None:
    with pytest.raises(ValueError, match="rating"):
        decisions.rate([1], rating)


def test_unknown_labels_and_photos_are_refused(album: Any, decisions: Decisions) -> None:
    with pytest.raises(ValueError, match="label"):
        decisions.label([1], "mauve")
    outcome = decisions.flag([99], Flag.PICK)
    assert outcome.done == 0
    assert "No such photo" in outcome.refused[0].sentence


def test_another_process_and_another_week_can_undo(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    decisions.flag([id_], Flag.PICK)
    other = Decisions(album.catalog)
    other.rate([id_], 5)
    assert decisions.undo_title == "Rate a.jpg 5 stars"
    decisions.undo()
    assert other.undo_title == "Pick a.jpg"
    album.reopen()
    assert Decisions(album.catalog).undo()
    assert photo(album, id_).flag == Flag.NONE


def test_an_earlier_plan_can_be_undone_out_of_turn(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    first = decisions.flag([id_], Flag.PICK).plan
    decisions.rate([id_], 2)
    assert [plan.title for plan in decisions.history()] == ["Rate a.jpg 2 stars", "Pick a.jpg"]
    outcome = decisions.undo(first.id)
    assert outcome
    assert outcome.done == 1
    assert (photo(album, id_).flag, photo(album, id_).rating) == (Flag.NONE, 2)
    assert decisions.undo("no such plan") is None
    assert decisions.undo_title == "Rate a.jpg 2 stars"


def test_a_photo_without_a_hash_gets_one_in_the_journal(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg", indexed=False)
    decisions.flag([id_], Flag.PICK)
    (begin, _) = Journal(album.paths.journal).entries()
    assert isinstance(begin, Begin)
    album.index(id_)
    assert begin.plan.actions[0].photo.hash == photo(album, id_).hash  # type: ignore[union-attr]


# -- plans that do not fit any more ----------------------------------------------------------------


def test_a_plan_is_checked_when_it_is_applied(album: Any, decisions: Decisions) -> None:
    ids = [album.add(name) for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")]
    plan = new_plan(
        "Reject 4 photos",
        [SetFlag(subject_of(photo(album, id_)), Flag.NONE, Flag.REJECT) for id_ in ids],
    )
    decisions.flag(ids[:1], Flag.PICK)
    album.write("b.jpg", b"other")
    (album.root / "c.jpg").unlink()
    outcome = decisions.apply(plan)
    assert outcome.done == 1
    assert [refusal.path for refusal in outcome.refused] == ["a.jpg", "b.jpg", "c.jpg"]
    sentences = " ".join(refusal.sentence for refusal in outcome.refused)
    assert "been changed since" in sentences
    assert "changed on the disk" in sentences
    assert "no longer there" in sentences
    assert [photo(album, id_).flag for id_ in ids] == [Flag.PICK, 0, 0, Flag.REJECT]


def test_a_touched_file_with_the_same_bytes_still_fits(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    os.utime(album.root / "a.jpg", ns=(1, 1))
    assert decisions.flag([id_], Flag.PICK).done == 1
    assert decisions.trash([id_]).done == 1


def test_a_changed_file_is_not_trashed(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg", "a.xmp")
    place = album.root / "a.jpg"
    place.write_bytes(bytes(reversed(place.read_bytes())))
    outcome = decisions.trash([id_])
    assert outcome.done == 0
    assert "has changed on the disk" in outcome.refused[0].sentence
    assert set(album.files()) == {"a.jpg", "a.xmp"}
    assert decisions.undo_title is None


def test_a_plan_cannot_reach_outside(album: Any, decisions: Decisions, tmp_path: Path) -> None:
    id_ = album.add("a.jpg")
    victim = tmp_path / "victim.jpg"
    victim.write_bytes(b"1")
    stat = victim.stat()
    for path in ("../victim.jpg", str(victim)):
        files = (FileRef(path, 1, stat.st_mtime_ns),)
        outcome = decisions.apply(new_plan("x", [TrashPhoto(subject_of(photo(album, id_)), files)]))
        assert outcome.done == 0
        assert "inside the library" in outcome.refused[0].sentence
    assert victim.exists()


# -- trash -----------------------------------------------------------------------------------------


def test_a_shot_goes_and_comes_back_as_one(album: Any, decisions: Decisions) -> None:
    id_ = album.add("sub/a.jpg", "sub/a.cr2", "sub/a.xmp")
    other = album.add("b.jpg")
    decisions.flag([id_], Flag.PICK)
    decisions.move_to_tab([id_], "Beach")
    before = (album.files(), album.rows())
    assert decisions.trash([id_]).done == 1
    assert set(album.files()) == {"b.jpg"}
    assert len(album.trashed()) == 3
    assert photo(album, id_).state == State.TRASHED
    assert album.catalog.photos.at("sub/a.jpg") is None
    assert album.catalog.companions.all() == {}
    (album.root / "sub").rmdir()
    assert decisions.undo()
    assert (album.files(), album.rows()) == before
    assert not album.trashed()
    decisions.redo()
    assert photo(album, id_).state == State.TRASHED
    decisions.undo()
    assert (album.files(), album.rows()) == before
    assert photo(album, other).state == State.INDEXED


def test_a_problem_comes_back_as_a_problem(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg", indexed=False)
    album.catalog.photos.set_problem(id_, "It is cut short.", retry=True)
    before = album.rows()
    assert decisions.trash([id_]).done == 1
    decisions.undo()
    assert album.rows() == before


def test_an_occupied_place_keeps_the_photo_undoable(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg", "a.xmp")
    original = album.files()
    decisions.trash([id_])
    album.write("a.xmp", b"new")
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 0
    assert "another file called a.xmp" in outcome.refused[0].sentence
    assert album.files() == {"a.xmp": b"new"}
    assert len(album.trashed()) == 2
    assert photo(album, id_).state == State.TRASHED
    assert decisions.undo_title == "Trash a.jpg"
    (album.root / "a.xmp").unlink()
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 1
    assert album.files() == original


def test_what_can_come_back_does_and_the_rest_stays_undoable(
    album: Any, decisions: Decisions
) -> None:
    ids = [album.add("a.jpg"), album.add("b.jpg")]
    decisions.trash(ids)
    album.write("a.jpg", b"new")
    outcome = decisions.undo()
    assert outcome
    assert (outcome.done, len(outcome.refused)) == (1, 1)
    assert photo(album, ids[1]).state == State.INDEXED
    assert decisions.undo_title == "Trash 2 photos"
    assert decisions.redo_title == "Trash 2 photos"
    (album.root / "a.jpg").unlink()
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 1
    assert decisions.undo_title is None
    assert {p.state for p in album.catalog.photos.get(ids)} == {State.INDEXED}


def test_an_emptied_trash_does_not_block_older_decisions(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    decisions.flag([id_], Flag.PICK)
    decisions.trash([id_])
    for place in (trash.home_trash() / "files").iterdir():
        place.unlink()
    outcome = decisions.undo()
    assert outcome
    assert "no longer in the trash" in outcome.refused[0].sentence
    assert decisions.undo_title == "Pick a.jpg"


def test_a_companion_lost_from_the_trash_does_not_keep_its_photo(
    album: Any, decisions: Decisions
) -> None:
    id_ = album.add("a.jpg", "a.xmp")
    decisions.trash([id_])
    (trash.home_trash() / "files" / "a.xmp").unlink()
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 1
    assert set(album.files()) == {"a.jpg"}


def test_photos_of_one_name_are_all_kept_apart(album: Any, decisions: Decisions) -> None:
    ids = [album.add(f"{folder}/a.jpg") for folder in "xyz"]
    before = album.files()
    assert decisions.trash(ids).done == 3
    assert not album.files()
    decisions.undo()
    assert album.files() == before


@pytest.mark.parametrize("name", [b"\xff\xfe.jpg", b"a\nb.jpg", b"-rf \x1b[2J.jpg", b"%2e%2e.jpg"])
def test_hostile_names_go_and_come_back(album: Any, decisions: Decisions, name: bytes) -> None:
    path = os.fsdecode(name)
    id_ = album.add(path)
    data = (album.root / path).read_bytes()
    decisions.trash([id_])
    assert album.trashed() == [data]
    album.reopen()
    assert Decisions(album.catalog).undo()
    assert (album.root / path).read_bytes() == data


def test_links_out_of_the_library_are_left_alone(
    album: Any, decisions: Decisions, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.jpg").write_bytes(b"1")
    (album.root / "link.jpg").symlink_to(outside / "a.jpg")
    (album.root / "folder").symlink_to(outside)
    ids = [album.add("link.jpg"), album.add("folder/a.jpg")]
    outcome = decisions.trash(ids)
    assert outcome.done == 0
    assert all("left alone" in refusal.sentence for refusal in outcome.refused)
    assert (album.root / "link.jpg").is_symlink()
    assert (outside / "a.jpg").exists()


def fail_on(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, when: str) -> None:
    """Let a step fail for the file of one name."""
    real = getattr(module, name)

    def failing(source: Path, *rest: Any) -> Any:
        if source.name == when:
            raise RefusedError(f"{when} cannot be moved (input/output error).")
        return real(source, *rest)

    monkeypatch.setattr(module, name, failing)


def test_a_companion_that_cannot_move_brings_its_photo_back(
    album: Any, decisions: Decisions
) -> None:
    ids = [album.add("a.jpg", "a.xmp"), album.add("b.jpg")]
    before = (album.files(), album.rows())
    with pytest.MonkeyPatch.context() as patch:
        fail_on(patch, trash, "rename_new", "a.xmp")
        outcome = decisions.trash(ids)
    assert outcome.done == 1
    assert "input/output error" in outcome.refused[0].sentence
    assert set(album.files()) == {"a.jpg", "a.xmp"}
    assert photo(album, ids[0]).state == State.INDEXED
    assert len(album.trashed()) == 1
    outcome = Decisions(album.catalog).undo()
    assert outcome
    assert outcome.done == 1
    assert (album.files(), album.rows()) == before


def test_a_library_that_is_not_there_is_said_and_nothing_forgotten(
    album: Any, decisions: Decisions, tmp_path: Path
) -> None:
    ids = [album.add("a.jpg"), album.add("b.jpg")]
    decisions.trash(ids[:1])
    album.root.rename(tmp_path / "pulled")
    outcome = decisions.trash(ids[1:])
    assert outcome.done == 0
    assert "no longer there" in outcome.refused[0].sentence
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 0
    assert "is not there" in outcome.refused[0].sentence
    (tmp_path / "pulled").rename(album.root)
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 1
    assert set(album.files()) == {"a.jpg", "b.jpg"}


@pytest.fixture
def full_disk(album: Any) -> Iterator[Any]:
    """The folder with catalog and journal lies on a small disk; call to fill it."""
    import shutil

    album.catalog.close()
    aside = album.paths.data.with_name("aside")
    album.paths.data.rename(aside)
    album.paths.data.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m none '{album.paths.data}' 2>/dev/null") != 0:
        pytest.skip("mounting a file system is not permitted here")
    for place in aside.iterdir():
        if place.is_file():
            shutil.copy2(place, album.paths.data)
    album.reopen()
    filler = album.paths.data / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"0" * 512)
            except OSError:
                return

    yield fill, filler
    album.catalog.close()
    os.system(f"umount -l '{album.paths.data}'")
    album.catalog = type(album.catalog).open(album.paths)


def test_a_full_disk_refuses_and_changes_nothing(album: Any, full_disk: Any) -> None:
    fill, filler = full_disk
    ids = [
        album.add(f"{number}.jpg", "both.xmp" if not number else f"{number}.xmp")
        for number in range(20)
    ]
    decisions = Decisions(album.catalog)
    decisions.flag(ids[:1], Flag.PICK)
    before = (album.files(), album.rows())
    fill()
    assert filler.stat().st_size > 0
    for attempt in range(3):
        outcome = decisions.trash(ids)
        if outcome.done == 0:
            assert outcome.refused
            assert "cannot be" in outcome.refused[0].sentence
            assert (album.files(), album.rows()) == before
        with filler.open("rb+") as file:
            file.truncate(max(0, filler.stat().st_size - 9_000 * (attempt + 1)))
    filler.unlink()
    decisions = Decisions(album.catalog)
    decisions.recover()
    while (outcome := decisions.undo()) and not outcome.refused:
        pass
    decisions.flag(ids[:1], Flag.PICK)
    assert (album.files(), album.rows()) == before


def test_a_catalog_that_cannot_be_written_changes_no_file(
    album: Any, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    before = album.files()

    def full(*given: object, **named: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(type(album.catalog.photos), "set_path", full)
    monkeypatch.setattr(type(album.catalog.photos), "set_flag", full)
    for outcome in (decisions.trash([id_]), decisions.flag([id_], Flag.PICK)):
        assert outcome.done == 0
        assert "disk is full" in outcome.refused[0].sentence
    assert album.files() == before
    assert decisions.undo_title is None


def test_a_library_that_is_busy_is_said(
    album: Any, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    monkeypatch.setattr("tui_selector.library.decisions.journal._PATIENCE", 0.0)
    journal = Journal(album.paths.journal)
    with journal.locked():
        outcome = Decisions(album.catalog).flag([id_], Flag.PICK)
    assert outcome.done == 0
    assert "Another tui-selector" in outcome.refused[0].sentence


# -- tabs ------------------------------------------------------------------------------------------


def tab_names(album: Any) -> dict[int, str]:
    return {tab.id: tab.name for tab in album.catalog.tabs.all() if tab.id > 0}


@pytest.fixture
def tabs(album: Any) -> tuple[list[int], int, int]:
    ids = [album.add(f"{number}.jpg") for number in range(6)]
    first = album.catalog.tabs.create("dogs")
    second = album.catalog.tabs.create("cats")
    album.catalog.tabs.assign({id_: first if id_ % 2 else second for id_ in ids})
    return ids, first, second


def test_a_tab_is_renamed_for_good(album: Any, decisions: Decisions, tabs: Any) -> None:
    _, first, _ = tabs
    assert decisions.rename_tab(first, "  Rex \n at\x1b[2J sea ").done == 1
    album.catalog.tabs.describe(first, "dogs again", ())
    assert album.catalog.tabs.one(first).name == "Rex at\x1b[2J sea"
    assert decisions.undo_title == r"Rename tab to Rex at\x1b[2J sea"
    decisions.undo()
    found = album.catalog.tabs.one(first)
    assert (found.name, found.named_by) == ("dogs", "program")
    for outcome in (decisions.rename_tab(first, "  "), decisions.rename_tab(0, "x")):
        assert outcome.done == 0
        assert outcome.refused


def test_tabs_are_merged_and_parted_again(album: Any, decisions: Decisions, tabs: Any) -> None:
    ids, first, second = tabs
    decisions.rename_tab(first, "Rex")
    before = album.rows()
    assert decisions.merge_tabs(first, second).done == 4
    assert tab_names(album) == {second: "cats"}
    assert sorted(album.catalog.tabs.photo_ids(second)) == ids
    decisions.undo()
    assert album.rows() == before
    assert decisions.merge_tabs(first, first).refused
    assert decisions.merge_tabs(first, -1).refused
    assert decisions.merge_tabs(first, 0).done == 4
    assert len(album.catalog.tabs.photo_ids(0)) == 3


def test_photos_move_to_a_tab_old_or_new(album: Any, decisions: Decisions, tabs: Any) -> None:
    ids, first, _second = tabs
    before = album.rows()
    assert decisions.move_to_tab(ids, first).done == 6
    assert sorted(album.catalog.tabs.photo_ids(first)) == ids
    decisions.undo()
    assert album.rows() == before
    assert decisions.move_to_tab(ids[:2], "Beach").done == 3
    new = next(id_ for id_, name in tab_names(album).items() if name == "Beach")
    assert sorted(album.catalog.tabs.photo_ids(new)) == ids[:2]
    decisions.undo()
    assert album.rows() == before
    decisions.redo()
    assert tab_names(album)[new] == "Beach"
    assert sorted(album.catalog.tabs.photo_ids(new)) == ids[:2]
    assert decisions.move_to_tab(ids, 77).refused


def test_a_tab_is_split_and_whole_again(album: Any, decisions: Decisions, tabs: Any) -> None:
    _ids, first, _second = tabs
    members = list(album.catalog.tabs.photo_ids(first))
    before = album.rows()
    outcome = decisions.split_tab(first, [members[:1], members[1:2], members[2:]], "abc")
    assert outcome.done == 5
    names = [tab.name for tab in album.catalog.tabs.all() if tab.id > 0]
    assert names == ["a", "b", "c", "cats"]
    assert list(album.catalog.tabs.photo_ids(first)) == members[:1]
    decisions.undo()
    assert album.rows() == before
    with pytest.raises(ValueError, match="two or more parts"):
        decisions.split_tab(first, [members], ["a"])


def test_a_tab_that_others_use_is_not_taken_away(
    album: Any, decisions: Decisions, tabs: Any
) -> None:
    ids, _, _ = tabs
    plan = decisions.move_to_tab(ids[:1], "Beach").plan
    new = next(id_ for id_, name in tab_names(album).items() if name == "Beach")
    decisions.move_to_tab(ids[1:2], new)
    outcome = decisions.undo(plan.id)
    assert outcome
    assert outcome.done == 1
    assert "holds photos" in outcome.refused[0].sentence
    assert list(album.catalog.tabs.photo_ids(new)) == ids[1:2]


# -- beside the watcher ----------------------------------------------------------------------------


def test_a_row_that_a_scan_made_meanwhile_gives_way(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    decisions.flag([id_], Flag.PICK)
    data = (album.root / "a.jpg").read_bytes()
    decisions.trash([id_])
    album.write("a.jpg", data)
    album.add("a.jpg")
    (album.root / "a.jpg").unlink()
    outcome = decisions.undo()
    assert outcome
    assert outcome.done == 1
    found = album.catalog.photos.at("a.jpg")
    assert (found.id, found.flag) == (id_, Flag.PICK)


def test_the_mover_repeats_nothing_that_has_happened(album: Any, decisions: Decisions) -> None:
    id_ = album.add("a.jpg")
    action = decisions.trash([id_]).plan.actions[0]
    run = Journal(album.paths.journal).last_undoable()
    assert run
    assert isinstance(action, TrashPhoto)
    mover = file_actions.Mover(album.catalog, run.begin.run)
    assert mover.make(action, list(run.begin.moves)) == ""
    assert len(album.trashed()) == 1
    (album.root / "a.jpg").hardlink_to(run.begin.moves[0].target)
    assert mover.has_happened(action, run.begin.moves[0])
    assert not (album.root / "a.jpg").exists()
    assert moves.content_of(Path(run.begin.moves[0].target))
