"""What becomes of a plan file: what fits is done and undone, the rest is refused by name."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.decisions.plan_file import VERBS, Proposal, Proposed, Verb
from tui_selector.library.decisions.proposing import plan_proposal
from tui_selector.library.photo import Flag, State

NAMES = ("a.jpg", os.fsdecode(b"b\xff.jpg"), "sub/c.jpg", "sub/deep/d\n.jpg")


def propose(album: Any, verbs: dict[str, Verb], **more: Any) -> Proposal:
    """A proposal about photos as they are now."""
    made = [
        Proposed(path=path, hash=album.catalog.photos.at(path).hash, action=verb)
        for path, verb in verbs.items()
    ]
    return Proposal(id=os.urandom(8).hex(), library=album.root, made=0, photos=tuple(made), **more)


def put(album: Any, *paths: str) -> list[int]:
    return [album.add(path, path + ".xmp") for path in paths]


def flags(album: Any) -> dict[str, Flag]:
    return {photo.path: photo.flag for photo in album.catalog.photos.all()}


def test_each_action_does_what_it_says(album: Any) -> None:
    put(album, "k.jpg", "p.jpg", "r.jpg", "t.jpg")
    proposal = propose(
        album, {"k.jpg": "keep", "p.jpg": "pick", "r.jpg": "reject", "t.jpg": "trash"}
    )
    first = (album.files(), album.rows())
    outcome = Decisions(album.catalog).apply_proposal(proposal)
    assert (outcome.done, outcome.refused) == (3, ())
    assert outcome.plan.title == "Pick p.jpg, reject r.jpg, trash t.jpg"
    assert flags(album) == {"k.jpg": Flag.NONE, "p.jpg": Flag.PICK, "r.jpg": Flag.REJECT}
    assert "t.jpg.xmp" not in album.files()
    undone = Decisions(album.catalog).undo(proposal.id)
    assert undone
    assert (undone.done, undone.refused) == (3, ())
    assert (album.files(), album.rows()) == first


class TestProperties:
    make: Any = None

    @pytest.fixture(autouse=True)
    def maker(self, album: Any) -> None:
        type(self).make = type(album)

    @given(
        verbs=st.lists(st.sampled_from(VERBS), min_size=4, max_size=4),
        changed=st.sets(st.integers(0, 3)),
        indexed=st.booleans(),
    )
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_what_changed_is_refused_and_the_rest_is_done_and_undone(
        self, verbs: list[Verb], changed: set[int], indexed: bool
    ) -> None:
        home = Path(tempfile.mkdtemp())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_DATA_HOME", str(home / "data"))
            patch.setattr(os, "fsync", lambda descriptor: None)
            album = self.make(home / "album")
            try:
                self.check(album, verbs, changed, indexed)
            finally:
                album.catalog.close()
                shutil.rmtree(home)

    def check(self, album: Any, verbs: list[Verb], changed: set[int], indexed: bool) -> None:
        ids = put(album, *NAMES)
        proposal = propose(album, dict(zip(NAMES, verbs, strict=True)))
        for number in changed:
            place = album.write(NAMES[number], os.urandom(9))
            status = place.stat()
            if indexed:  # the catalog knows of it already, by a scan
                album.catalog.photos.set_changed(
                    ids[number],
                    size=status.st_size,
                    mtime_ns=status.st_mtime_ns,
                    kind=album.catalog.photos.one(ids[number]).kind,
                )
        first = (album.files(), album.rows())
        outcome = Decisions(album.catalog).apply_proposal(proposal)
        acting = {number for number in range(4) if verbs[number] != "keep"}
        assert {refusal.path for refusal in outcome.refused} == {
            NAMES[number] for number in acting & changed
        }
        assert all("has changed" in refusal.sentence for refusal in outcome.refused)
        assert outcome.done == len(acting - changed)
        for number in range(4):
            photo = album.catalog.photos.one(ids[number])
            is_done = number in acting - changed
            expected: Any = {
                "trash": State.TRASHED,
                "pick": Flag.PICK,
                "reject": Flag.REJECT,
            }.get(verbs[number], Flag.NONE)
            assert (expected in (photo.state, photo.flag)) is (is_done or expected is Flag.NONE)
            here = {NAMES[number], NAMES[number] + ".xmp"} & set(album.files())
            assert len(here) == (0 if photo.state is State.TRASHED else 2)
        again = plan_proposal(album.catalog, proposal)
        assert (again.plan.actions, again.settled) == ((), len(acting - changed))
        undone = Decisions(album.catalog).undo(proposal.id)
        assert (undone.done if undone else 0) == outcome.done
        assert (album.files(), album.rows()) == first


def test_a_plan_about_another_folder_is_refused(album: Any, tmp_path: Path) -> None:
    put(album, "a.jpg")
    proposal = propose(album, {"a.jpg": "trash"})
    other = Proposal(id="01234567", library=tmp_path, made=0, photos=proposal.photos)
    with pytest.raises(RefusedError, match="is about"):
        plan_proposal(album.catalog, other)
    outcome = Decisions(album.catalog).apply_proposal(other)
    assert (outcome.done, len(outcome.refused)) == (0, 1)
    assert "a.jpg" in album.files()


def refusal(album: Any, proposal: Proposal) -> str:
    """The one sentence of a proposal about one photo that is refused."""
    before = (album.files(), album.rows())
    outcome = Decisions(album.catalog).apply_proposal(proposal)
    assert outcome.done == 0
    assert (album.files(), album.rows()) == before
    (only,) = outcome.refused
    return only.sentence


def test_the_owner_is_not_overruled(album: Any) -> None:
    ids = put(album, "a.jpg", "b.jpg")
    proposals = [propose(album, {"a.jpg": verb}) for verb in ("trash", "reject")]
    other = propose(album, {"b.jpg": "pick"})
    Decisions(album.catalog).flag(ids[:1], Flag.PICK)
    Decisions(album.catalog).flag(ids[1:], Flag.REJECT)
    assert all("is picked" in refusal(album, each) for each in proposals)
    assert "is rejected" in refusal(album, other)


def test_a_file_that_was_only_touched_is_the_same(album: Any) -> None:
    ids = put(album, "a.jpg", "b.jpg")
    proposal = propose(album, {"a.jpg": "trash", "b.jpg": "reject"})
    for id_, name in zip(ids, ("a.jpg", "b.jpg"), strict=True):
        os.utime(album.root / name, ns=(1, 1))
        if name == "a.jpg":  # a scan has seen it
            photo = album.catalog.photos.one(id_)
            album.catalog.photos.set_changed(id_, size=photo.size, mtime_ns=1, kind=photo.kind)
    outcome = Decisions(album.catalog).apply_proposal(proposal)
    assert (outcome.done, outcome.refused) == (2, ())


def test_a_photo_behind_a_link_that_leaves_the_folder_is_left_alone(
    album: Any, tmp_path: Path
) -> None:
    put(album, "sub/a.jpg")
    proposal = propose(album, {"sub/a.jpg": "trash"})
    (album.root / "sub").rename(tmp_path / "outside")
    (album.root / "sub").symlink_to(tmp_path / "outside")
    before = sorted((tmp_path / "outside").iterdir())
    assert "leaves the library" in refusal(album, proposal)
    assert sorted((tmp_path / "outside").iterdir()) == before


def test_plans_are_redone_and_taken_back_again(album: Any) -> None:
    put(album, "a.jpg", "b.jpg")
    proposal = propose(album, {"a.jpg": "trash", "b.jpg": "reject"})
    decisions = Decisions(album.catalog)
    decisions.apply_proposal(proposal)
    first = (album.files(), album.rows())
    for undo in (lambda: decisions.undo(proposal.id), decisions.undo):
        undone = undo()
        assert undone
        assert undone.done == 2
        redone = decisions.redo()
        assert redone
        assert redone.done == 2
        assert (album.files(), album.rows()) == first


def test_a_photo_that_moved_or_went_is_refused(album: Any) -> None:
    ids = put(album, "a.jpg", "b.jpg")
    proposals = [propose(album, {name: "trash"}) for name in ("a.jpg", "b.jpg")]
    (album.root / "a.jpg").rename(album.root / "c.jpg")
    album.catalog.photos.set_path(ids[0], "c.jpg")
    (album.root / "b.jpg").unlink()
    assert "no longer there" in refusal(album, proposals[1])
    album.catalog.photos.set_state(ids[1:], State.MISSING)
    assert refusal(album, proposals[0]).startswith("a.jpg is c.jpg now")
    assert "not in the library any more" in refusal(album, proposals[1])


def test_what_goes_for_a_better_one_stays_when_that_is_gone(album: Any) -> None:
    for name in ("a.jpg", "b.jpg"):
        album.write(name, b"the same")
        album.add(name)
    both = propose(album, {"a.jpg": "keep", "b.jpg": "trash"})
    kept, gone = both.photos
    wanted = Proposed(path="b.jpg", hash=gone.hash, action="trash", instead=kept.hash)
    proposal = Proposal(id="01234567", library=album.root, made=0, photos=(kept, wanted))
    (album.root / "a.jpg").unlink()
    album.catalog.photos.set_state([album.catalog.photos.at("a.jpg").id], State.MISSING)
    assert "a better one stays" in refusal(album, proposal)
    album.write("a.jpg", b"the same")
    album.add("a.jpg")
    assert Decisions(album.catalog).apply_proposal(proposal).done == 1
    # Two that each go for the other: neither goes.
    Decisions(album.catalog).undo(proposal.id)
    other = Proposed(path="a.jpg", hash=kept.hash, action="trash", instead=kept.hash)
    outcome = Decisions(album.catalog).apply_proposal(
        Proposal(id="01234568", library=album.root, made=0, photos=(other, wanted))
    )
    assert (outcome.done, len(outcome.refused)) == (0, 2)


def test_a_plan_applied_in_two_goes_is_undone_at_once(album: Any) -> None:
    put(album, "a.jpg", "b.jpg", "c.jpg")
    whole = (album.files(), album.rows())
    proposal = propose(album, dict.fromkeys(("a.jpg", "b.jpg", "c.jpg"), "trash"))
    (album.root / "b.jpg").rename(album.root / "aside")
    decisions = Decisions(album.catalog)
    assert decisions.apply_proposal(proposal).done == 2
    (album.root / "aside").rename(album.root / "b.jpg")
    assert decisions.apply_proposal(proposal).done == 1
    decisions.flag([album.add("d.jpg")], Flag.PICK)
    undone = decisions.undo(proposal.id)
    assert undone
    assert undone.done == 3
    assert decisions.undo(proposal.id) is None
    files, rows = album.files(), album.rows()
    assert {path for path in files if path[0] != "d"} == set(whole[0])
    assert rows[0][:3] == whole[1][0]


def test_what_cannot_come_back_is_said_and_the_rest_comes(album: Any) -> None:
    ids = put(album, "a.jpg", "b.jpg", "c.jpg")
    proposal = propose(album, {"a.jpg": "trash", "b.jpg": "trash", "c.jpg": "reject"})
    decisions = Decisions(album.catalog)
    decisions.apply_proposal(proposal)
    album.write("a.jpg", b"another file has come to its place")
    decisions.flag(ids[2:], Flag.PICK)
    outcome = decisions.undo(proposal.id)
    assert outcome
    assert outcome.done == 1
    assert {refusal.path for refusal in outcome.refused} == {"a.jpg", "c.jpg"}
    assert {"b.jpg", "b.jpg.xmp"} <= set(album.files())
    (album.root / "a.jpg").unlink()
    decisions.flag(ids[2:], Flag.REJECT)
    again = decisions.undo(proposal.id)
    assert again
    assert (again.done, again.refused) == (2, ())
