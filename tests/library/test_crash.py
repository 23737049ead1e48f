"""A process that dies at any moment of a decision loses nothing, and leaves nothing half done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mortal import Mortals

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions import trash
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.plan_file import Proposal, Proposed, Verb
from tui_selector.library.export.execution import take_out
from tui_selector.library.export.planning import plan_export
from tui_selector.library.photo import Flag, State


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing that it wrote; only a power cut would."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    made = Mortals()
    yield made
    made.close()


Act = tuple[str, tuple[Any, ...]]
"""The name of a method of `Decisions`, and what it is given."""


def do(act: Act, decisions: Decisions) -> None:
    method, arguments = act
    getattr(decisions, method)(*arguments)


def die_at(moment: int, album: Any, mortals: Mortals, act: Act) -> bool:
    """Do `act` in a process that is killed at a moment; return whether it came to that."""
    album.catalog.close()
    method, arguments = act
    died = mortals.die_at(moment, album.paths, method, *arguments)
    album.catalog = Catalog.open(album.paths)
    return died


def begin_anew(album: Any) -> None:
    """Forget the history: what is tried next would read all of it, over and over."""
    album.paths.journal.unlink(missing_ok=True)


def leftovers(root: Path) -> list[Path]:
    """Unfinished copies, and notes in the trash about nothing."""
    home = trash.home_trash()
    notes = [
        note
        for note in (home / "info").glob("*")
        if not (home / "files" / note.name.removesuffix(".trashinfo")).exists()
    ]
    return notes + list(root.rglob("*.part"))


def check(album: Any, everything: list[bytes]) -> None:
    """Every byte is in one place only, shots are together, and the catalog says where."""
    files = album.files()
    assert sorted([*files.values(), *album.trashed()]) == everything
    assert not leftovers(album.root)
    for photo in album.catalog.photos.all(tuple(State)):
        assert (photo.state != State.TRASHED) == (photo.path in files), photo
    for stem in ("a.jpg", "b.jpg", "sub/c.jpg"):
        shot = [path for path in SHOTS[stem] if path in files]
        assert len(shot) in {0, len(SHOTS[stem])}, shot


SHOTS = {
    "a.jpg": ("a.jpg", "a.raw", "a.xmp"),
    "b.jpg": ("b.jpg",),
    "sub/c.jpg": ("sub/c.jpg", "sub/c.xmp"),
}


def fill(album: Any) -> list[int]:
    return [album.add(*names) for names in SHOTS.values()]


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ([], "trash"),
        ([], "plan"),
        (["plan"], "undo-plan"),
        (["trash"], "undo"),
        (["trash", "undo"], "redo"),
        (["flag"], "undo"),
        ([], "flag"),
        ([], "tab"),
        (["tab"], "undo"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, list) else each,
)
def test_nothing_is_lost_whenever_the_process_dies(
    album: Any, mortals: Mortals, before: list[str], act: str
) -> None:
    ids = fill(album)
    verbs: list[Verb] = ["trash", "reject", "trash"]
    proposed = [
        Proposed(path=path, hash=album.catalog.photos.at(path).hash, action=verb)
        for path, verb in zip(SHOTS, verbs, strict=True)
    ]
    proposal = Proposal(id="01234567", library=album.root, made=0, photos=tuple(proposed))
    acts: dict[str, Act] = {
        "trash": ("trash", (ids,)),
        "plan": ("apply_proposal", (proposal,)),
        "undo-plan": ("undo", (proposal.id,)),
        "flag": ("flag", (ids, Flag.REJECT)),
        "tab": ("move_to_tab", (ids, "Beach")),
        "undo": ("undo", ()),
        "redo": ("redo", ()),
    }
    everything = sorted(album.files().values())
    first = (album.files(), album.rows())
    moment = 0
    while True:
        decisions = Decisions(album.catalog)
        for each in before:
            do(acts[each], decisions)
        died = die_at(moment, album, mortals, acts[act])
        if moment % 5 == 3:  # the process that cleans up dies as well
            die_at(moment % 13, album, mortals, ("recover", ()))
        decisions = Decisions(album.catalog)
        said = decisions.recover()
        assert died or not said
        check(album, everything)
        assert not decisions.recover()
        # Whatever was done can be undone, and then all is as it was.
        while outcome := decisions.undo():
            assert not outcome.refused
        assert (album.files(), album.rows()) == first
        if not died:
            break
        begin_anew(album)
        moment += 1
    assert moment > 5


@pytest.mark.parametrize("how", ["copy", "move"])
def test_bringing_is_whole_or_not_at_all(
    album: Any, mortals: Mortals, tmp_path: Path, how: Any
) -> None:
    moment = 0
    while True:
        outside = tmp_path / f"{how}{moment}"
        outside.mkdir()
        sources = [outside / f"{name}{moment}.jpg" for name in "xy"]
        for source in sources:
            source.write_bytes(os.urandom(2000))
        data = {source.name: source.read_bytes() for source in sources}
        died = die_at(moment, album, mortals, ("bring", (sources, "new", how)))
        decisions = Decisions(album.catalog)
        decisions.recover()
        assert not leftovers(album.root)
        for source in sources:
            brought = album.root / "new" / source.name
            assert brought.exists() or source.exists()
            for place in (brought, source):
                assert not place.exists() or place.read_bytes() == data[source.name]
            if how == "move":
                assert brought.exists() != source.exists()
        if not died:
            break
        while outcome := decisions.undo():
            assert not outcome.refused
        assert not album.files()
        assert all(source.exists() for source in sources)
        moment += 1
    assert moment > 5


@pytest.mark.parametrize("back", ["undo", "redo"])
def test_taking_bringing_back_survives_too(
    album: Any, mortals: Mortals, tmp_path: Path, back: str
) -> None:
    source = tmp_path / "x.jpg"
    source.write_bytes(b"picture")
    Decisions(album.catalog).bring([source])
    moment = 0
    while True:
        if back == "redo":
            Decisions(album.catalog).undo()
        died = die_at(moment, album, mortals, (back, ()))
        decisions = Decisions(album.catalog)
        decisions.recover()
        assert sorted([*album.files().values(), *album.trashed()]) == [b"picture"]
        assert not leftovers(album.root)
        if decisions.redo_title:
            decisions.redo()
        assert album.files() == {"x.jpg": b"picture"}
        if not died:
            break
        moment += 1
    assert moment > 5


@pytest.mark.parametrize("before", [[], ["out"]], ids="-".join)
def test_moving_out_loses_nothing_whenever_the_process_dies(
    album: Any, mortals: Mortals, tmp_path: Path, before: list[str]
) -> None:
    ids, out = fill(album)[:1], tmp_path / "out"
    first, everything = (album.files(), album.rows()), sorted(album.files().values())
    plan = take_out(plan_export(album.catalog, ids, out, "move"))
    acts: dict[str, Act] = {"out": ("apply", (plan,)), "undo": ("undo", ())}
    act = "undo" if before else "out"
    moment = 0
    while True:
        for each in before:
            do(acts[each], Decisions(album.catalog))
        died = die_at(moment, album, mortals, acts[act])
        decisions = Decisions(album.catalog)
        decisions.recover()
        files = album.files()
        moved = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
        assert sorted([*files.values(), *moved]) == everything
        for photo in album.catalog.photos.all(tuple(State)):
            assert (photo.state != State.MISSING) == (photo.path in files), photo
        for shot in SHOTS.values():
            assert sum(path in files for path in shot) in {0, len(shot)}, shot
        while outcome := decisions.undo():
            assert not outcome.refused
        assert (album.files(), album.rows()) == first
        if not died:
            break
        begin_anew(album)
        moment += 1
    assert moment > 5
