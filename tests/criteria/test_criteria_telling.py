"""What tells runs of one criterion apart."""

from __future__ import annotations

from tui_selector.criteria.run import Run, Way, Wish
from tui_selector.criteria.telling import told_apart


def run(criterion: str, way: Way = "facts", created: float = 0.0, **wish: object) -> Run:
    return Run(id="", wish=Wish(criterion=criterion, **wish), way=way, created=created)  # type: ignore[arg-type]


def test_a_single_run_of_a_criterion_needs_no_more_words() -> None:
    assert told_apart([]) == []
    assert told_apart([run("colour", k=3), run("place")]) == ["", ""]


def test_what_differs_is_said_and_nothing_else() -> None:
    runs = [run("What colour", k=3), run("what  colour", k=5), run("where"), run("what colour")]
    assert told_apart(runs) == ["K 3", "K 5", "", "K auto"]
    runs = [run("colour", k=3), run("colour", "words", k=3)]
    assert told_apart(runs) == ["facts", "words"]
    runs = [run("colour", classes=("red", "blue")), run("colour", other=False)]
    assert told_apart(runs) == ["in red, blue", "K auto, no other"]
    runs = [run("colour", captions="/a/one.jsonl"), run("colour", captions="/a/two.jsonl")]
    assert told_apart(runs) == ["one.jsonl", "two.jsonl"]


def test_equal_runs_are_told_apart_by_when_they_were() -> None:
    minute, day = 60.0, 86400.0
    noon = 43200.0
    near = told_apart([run("colour", created=noon), run("colour", created=noon + minute)])
    assert len(set(near)) == 2
    assert all(len(each) == len("12:00") for each in near)
    far = told_apart([run("colour", created=noon), run("colour", created=noon + day)])
    assert len(set(far)) == 2
    both = told_apart([run("colour", created=noon), run("colour", created=noon + 1, k=2)])
    assert both == ["K auto", "K 2"]
    seconds = told_apart([run("colour", created=noon), run("colour", created=noon + 1)])
    assert len(set(seconds)) == 2
