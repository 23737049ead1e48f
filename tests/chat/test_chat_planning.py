"""From proposals to plans that are carried out and undone."""

from __future__ import annotations

import pytest
from chat_library import Made

from tui_selector.chat.conversation import Conversation, new_conversation
from tui_selector.chat.photos import read_photos, refreshed
from tui_selector.chat.planning import PlanLine, plan_proposals
from tui_selector.chat.proposals import Proposal, read_answer
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.photo import Flag, State


@pytest.fixture
def talk(made: Made) -> Conversation:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        made.add(name)
    return new_conversation(read_photos(made.catalog, made.ids))


def flags(made: Made) -> list[Flag]:
    return [photo.flag for photo in made.catalog.photos.get(made.ids)]


def test_a_plan_is_carried_out_and_undone_as_one(made: Made, talk: Conversation) -> None:
    answer = read_answer(
        '```proposals\nkeep 2: sharp\nreject 1, 3: blurred\nrate 2 as 4\nmark 3\nsearch "dog"\n```',
        talk.numbers,
    )
    planned = plan_proposals(made.catalog, talk, answer.proposals)
    assert planned.plan.title == "Pick b.jpg, reject 2 photos, rate b.jpg 4 stars"
    assert planned.lines == (
        PlanLine("keep", 2, "b.jpg", "sharp"),
        PlanLine("reject", 1, "a.jpg", "blurred"),
        PlanLine("reject", 3, "c.jpg", "blurred"),
        PlanLine("rate", 2, "b.jpg", "★★★★  "),
        PlanLine("mark", 3, "c.jpg", ""),
        PlanLine("search", 0, "dog", ""),
    )
    assert planned.marks == (made.ids[2],)
    assert planned.searches == ("dog",)
    assert flags(made) == [Flag.NONE] * 3
    decisions = Decisions(made.catalog)
    outcome = decisions.apply(planned.plan)
    assert (outcome.done, outcome.refused) == (4, ())
    assert flags(made) == [Flag.REJECT, Flag.PICK, Flag.REJECT]
    decisions.undo()
    assert flags(made) == [Flag.NONE] * 3
    assert [photo.rating for photo in made.catalog.photos.get(made.ids)] == [0, 0, 0]


def test_what_the_owner_decided_counts_more(made: Made, talk: Conversation) -> None:
    decisions = Decisions(made.catalog)
    decisions.flag(made.ids[:1], Flag.PICK)
    decisions.flag(made.ids[1:2], Flag.REJECT)
    planned = plan_proposals(
        made.catalog,
        talk,
        [Proposal(act="reject", photos=(1,)), Proposal(act="keep", photos=(2, 3))],
    )
    assert [(line.number, line.refused) for line in planned.lines] == [
        (1, True),
        (2, True),
        (3, False),
    ]
    assert planned.lines[0].why == "It is picked; unflag it first."
    decisions.apply(planned.plan)
    assert flags(made) == [Flag.PICK, Flag.REJECT, Flag.PICK]


def test_photos_that_are_gone_or_changed_are_left_alone(made: Made, talk: Conversation) -> None:
    with made.catalog.transaction():
        made.catalog.photos.set_state(made.ids[:1], State.TRASHED)
        made.catalog.connection.execute(
            "UPDATE photos SET hash = ? WHERE id = ?", (b"x" * 16, made.ids[1])
        )
    planned = plan_proposals(made.catalog, talk, [Proposal(act="reject", photos=(1, 2))])
    assert [line.why for line in planned.lines] == [
        "It is no longer here.",
        "Its file has changed since; ask again.",
    ]
    assert planned.plan.actions == ()
    now = refreshed(made.catalog, talk)
    assert now.numbers == (2, 3)
    assert now.photos[0].gone


def test_a_tab_is_renamed_where_the_conversation_has_one(made: Made, talk: Conversation) -> None:
    with made.catalog.transaction():
        tab = made.catalog.tabs.create("Singles of a day")
    rename = [Proposal(act="rename", text="Beach day")]
    refused = plan_proposals(made.catalog, talk, rename)
    assert refused.lines == (
        PlanLine("rename", 0, "Beach day", "This conversation is about no tab.", refused=True),
    )
    about = new_conversation(talk.photos, tab)
    Decisions(made.catalog).apply(plan_proposals(made.catalog, about, rename).plan)
    found = made.catalog.tabs.one(tab)
    assert found is not None
    assert found.name == "Beach day"
