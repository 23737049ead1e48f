"""Giving and taking tags as decisions: planned, journalled, undone, checked."""

from __future__ import annotations

from typing import Any

import pytest

from tui_selector.library.catalog.tag_table import LONGEST
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.photo import Tag

HOSTILE = ("\x1b]0;title\x07x", "[bold red]markup[/]", "$(rm)", "a|b", '"quoted"', "🐕" * 40)


@pytest.fixture
def decisions(album: Any) -> Decisions:
    return Decisions(album.catalog)


def dog(album: Any, name: str = "a.jpg") -> int:
    id_: int = album.add(name)
    album.catalog.tags.set_program(id_, [Tag("dog", 0.7, "model")])
    return id_


def names(album: Any, id_: int) -> list[str]:
    return sorted(tag.name for tag in album.catalog.tags.of([id_])[id_])


def test_tags_are_given_and_taken_in_one_decision(album: Any, decisions: Decisions) -> None:
    ids = [dog(album), dog(album, "b.jpg")]
    outcome = decisions.tag(ids, ["Beach"], ["#dog"])
    assert (outcome.done, outcome.refused) == (4, ())
    assert outcome.plan.title == "Tag 2 photos: +beach -dog"
    assert [names(album, id_) for id_ in ids] == [["beach"], ["beach"]]
    decisions.undo()
    assert [names(album, id_) for id_ in ids] == [["dog"], ["dog"]]
    decisions.redo()
    assert [names(album, id_) for id_ in ids] == [["beach"], ["beach"]]


def test_a_tag_that_was_taken_away_stays_away(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    decisions.tag([id_], [], ["dog"])
    album.catalog.tags.set_program(id_, [Tag("dog", 0.99, "model")])
    assert names(album, id_) == []


def test_taking_away_what_nobody_says_changes_nothing(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    assert decisions.tag([id_], [], ["cat"]).done == 0
    assert decisions.undo() is None
    decisions.tag([id_], ["cat"])
    assert decisions.tag([id_], [], ["cat"]).done == 1
    assert album.catalog.tags.verdict(id_, "cat") is None


def test_a_tag_can_be_given_again_after_it_was_taken(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    decisions.tag([id_], [], ["dog"])
    decisions.tag([id_], ["dog"])
    assert names(album, id_) == ["dog"]
    decisions.undo()
    decisions.undo()
    assert album.catalog.tags.verdict(id_, "dog") is None


def test_undo_leaves_what_was_said_since(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    first = decisions.tag([id_], ["cat"])
    decisions.tag([id_], [], ["cat"])
    outcome = decisions.undo(first.plan.id)
    assert outcome
    assert outcome.done == 0
    assert "has been changed since" in outcome.refused[0].sentence
    assert album.catalog.tags.verdict(id_, "cat") is None


def test_hostile_names_are_kept_and_undone(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    outcome = decisions.tag([id_], HOSTILE)
    assert outcome.done == len(HOSTILE)
    assert outcome.plan.title.isprintable()
    assert all(name.isprintable() for name in names(album, id_))
    assert [plan.title for plan in Decisions(album.catalog).history()] == [outcome.plan.title]
    again = Decisions(album.reopen()).undo()
    assert again
    assert (again.done, again.refused) == (len(HOSTILE), ())
    assert names(album, id_) == ["dog"]


@pytest.mark.parametrize("name", ["", " \n", "#", "x" * 1000])
def test_what_is_no_tag_is_refused_before_anything_happens(
    album: Any, decisions: Decisions, name: str
) -> None:
    id_ = dog(album)
    with pytest.raises(ValueError, match=r"[Tt]ag .*\.$"):
        decisions.tag([id_], ["fine", name])
    assert names(album, id_) == ["dog"]
    assert decisions.undo() is None


def test_giving_and_taking_the_same_is_refused(album: Any, decisions: Decisions) -> None:
    with pytest.raises(ValueError, match="at once"):
        decisions.tag([dog(album)], ["Dog"], ["dog "])


def test_the_longest_name_fits(album: Any, decisions: Decisions) -> None:
    id_ = dog(album)
    assert decisions.tag([id_], ["x" * LONGEST]).done == 1
    title = decisions.undo_title
    assert title
    assert len(title) < 60


def test_a_photo_that_has_changed_on_the_disk_is_not_tagged(
    album: Any, decisions: Decisions
) -> None:
    id_ = dog(album)
    album.write("a.jpg", b"other bytes altogether")
    outcome = decisions.tag([id_], ["cat"])
    assert outcome.done == 0
    assert "has changed on the disk" in outcome.refused[0].sentence
