"""Runs with a language model: the four steps, what goes wrong in them, and what is asked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from scripted import BoundModel, ScriptedModel, album, blank, dying_after, refusing

from tui_selector.criteria.asking import Asker
from tui_selector.criteria.job import Job, begin_again, new_run, retry
from tui_selector.criteria.record import RecordError, recorded_wish
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import OTHER, Run, Step, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.criteria.ways.by_model import ModelSorting

LABELS = ["cat"] * 9 + ["dog"] * 7 + ["bird"] * 4
WISH = Wish(criterion="which animal")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.open(tmp_path / "criteria") as opened:
        yield opened


def job_of(
    run: Run,
    subjects: Sequence[Subject],
    model: ScriptedModel,
    store: RunStore,
    stops: Sequence[int] = (),
) -> Job:
    """A job; it is told to stop once so many answers were asked for."""

    def stop() -> bool:
        return bool(stops) and model.asked.total() >= stops[0]

    asker = Asker(model, store, stop, blank, attempts=run.attempts)
    sorting = ModelSorting(asker, run.wish, "vision", {each.key: each for each in subjects})
    return Job(run, subjects, store, sorting)


def finish(job: Job) -> Job:
    while not job.is_done:
        job.advance()
    return job


def sizes(job: Job) -> dict[str, int]:
    return {each.name: each.photos for each in job.run.classes}


def test_four_steps_end_in_classes(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert job.run.state == "done"
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    # One question for each picture; the text steps ask about eight at once.
    assert model.asked == {"describe": 20, "label": 3, "name": 1, "assign": 3}
    assert [each.state for each in job.run.steps] == ["done"] * 4
    assert [each.calls for each in job.run.steps] == [20, 3, 1, 3]
    assert job.rows[0].reason == "it says cat"


@pytest.mark.parametrize("after", [1, 7, 20, 22, 24, 26])
def test_what_was_stopped_goes_on_without_asking_twice(store: RunStore, after: int) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects, model, store, stops=[after]))
    assert job.run.state == "cancelled"
    stored = store.run(job.run.id)
    assert stored is not None
    job = finish(job_of(stored, subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    # What was under way when it stopped is the only thing that was asked once more.
    assert model.asked.total() <= 27 + 1
    assert model.asked["describe"] <= 21


def test_the_same_wish_asks_nothing_again(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    finish(job_of(new_run(WISH), subjects, model, store))
    model.asked.clear()
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    assert not model.asked
    assert sum(each.cached for each in job.run.steps) == 20 + 20 + 1 + 20


def test_another_number_of_classes_redoes_only_names_and_assignments(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    model.asked.clear()
    wish = msgspec.structs.replace(WISH, k=2)
    again = begin_again(job.run, job.rows, wish, "name", afresh=False)
    store.save(again, job.rows)
    job = finish(job_of(again, subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, OTHER: 4}
    assert set(model.asked) == {"name", "assign"}
    assert [(each.label, each.photos) for each in job.run.offers] == [("bird", 4)]


def test_another_wording_keeps_descriptions_that_were_made_for_the_first(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    finish(job_of(new_run(WISH), subjects, model, store))
    model.asked.clear()
    wish = Wish(criterion="which pet", described_as=WISH.criterion)
    finish(job_of(new_run(wish), subjects, model, store))
    assert "describe" not in model.asked
    assert model.asked["label"] == 3


@pytest.mark.parametrize(("step", "again"), [("describe", 20), ("label", 0), ("assign", 0)])
def test_afresh_asks_again_from_that_step(store: RunStore, step: Step, again: int) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    model.asked.clear()
    run = begin_again(job.run, job.rows, WISH, step, afresh=True)
    store.save(run, job.rows)
    finish(job_of(run, subjects, model, store))
    assert model.asked["describe"] == again
    assert model.asked["assign"] == 3


def test_labels_outside_of_the_list_are_kept_and_offered(store: RunStore) -> None:
    subjects, seen = album([*LABELS, "horse", "horse", "fish"])
    wish = Wish(criterion="which animal", classes=("cat", "dog", "bird"))
    job = finish(job_of(new_run(wish), subjects, ScriptedModel(seen), store))
    assert sizes(job)[OTHER] == 3
    assert [(each.label, each.photos) for each in job.run.offers] == [("horse", 2), ("fish", 1)]
    assert job.run.steps[1].state == "skipped"


@pytest.mark.parametrize("count", [1, 2, 5, 15])
def test_a_few_photos_are_enough(store: RunStore, count: int) -> None:
    labels = [f"thing{number}" for number in range(count)]
    subjects, seen = album(labels)
    job = finish(job_of(new_run(WISH), subjects, ScriptedModel(seen), store))
    assert job.run.state == "done"
    assert len(job.run.classes) == count + 1
    assert sizes(job)[OTHER] == 0


def test_more_classes_than_answers_are_said(store: RunStore) -> None:
    subjects, seen = album(["cat", "dog", "cat"])
    wish = Wish(criterion="which animal", k=9)
    job = finish(job_of(new_run(wish), subjects, ScriptedModel(seen), store))
    assert sizes(job) == {"cat": 2, "dog": 1, OTHER: 0}
    assert "2 classes, not 9" in job.run.note


def test_no_photos_are_a_sentence(store: RunStore) -> None:
    job = finish(job_of(new_run(WISH), [], ScriptedModel({}), store))
    assert job.run.state == "done"
    assert "no indexed photos" in job.run.note


def test_every_answer_other(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    wish = Wish(criterion="which vehicle", classes=("car", "bus"))
    job = finish(job_of(new_run(wish), subjects, ScriptedModel(seen), store))
    assert sizes(job) == {"car": 0, "bus": 0, OTHER: 20}
    assert "No photo fits" in job.run.note
    assert [each.label for each in job.run.offers] == ["cat", "dog", "bird"]


def test_every_label_none_leaves_a_sentence(store: RunStore) -> None:
    subjects, seen = album(["none"] * 5)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert sizes(job) == {OTHER: 5}
    assert "No photo has a label" in job.run.note
    assert not model.asked["name"]


@pytest.mark.parametrize(
    "nonsense",
    ["", "🦆🦆🦆", "As you can see there is a great deal to be said about this, " * 9, "|||", "1:"],
)
@pytest.mark.parametrize("step", ["label", "name", "assign"])
def test_nonsense_leaves_a_result_and_a_sentence(store: RunStore, step: str, nonsense: str) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    model.spoil = lambda asked, answer: nonsense if asked == step else answer
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert job.run.state == "done"
    assert job.run.note
    assert sum(sizes(job).values()) == 20
    if step == "name":  # the most frequent labels stand in
        assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    else:
        assert sizes(job)[OTHER] == 20


@pytest.mark.parametrize("step", ["describe", "label", "assign"])
def test_refusals_are_no_answers(store: RunStore, step: str) -> None:
    subjects, seen = album(LABELS[:3])
    model = ScriptedModel(seen)
    model.spoil = refusing(step)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert job.run.state == "done"
    assert all("refuses" in row.failed for row in job.rows)
    assert "3 photos have no usable answer" in job.run.note
    assert not any("sorry" in (row.description or "") for row in job.rows)
    # When it thinks better of it, only what failed is asked again.
    model.spoil = lambda asked, answer: answer
    model.asked.clear()
    retry(job.rows)
    store.save(job.run, job.rows)
    job = finish(job_of(job.run, subjects, model, store))
    assert not any(row.failed for row in job.rows)
    assert model.asked["describe"] == (3 if step == "describe" else 0)


@pytest.mark.parametrize("after", [0, 4, 20, 22, 24])
def test_a_model_that_dies_half_way_is_named_and_taken_up_again(
    store: RunStore, after: int
) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    model.spoil = dying_after(after)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert job.run.state == "failed"
    assert job.run.note.startswith("The server has gone away.")
    answered = Counter(model.asked)
    stored = store.run(job.run.id)
    assert stored is not None
    model.spoil = lambda asked, answer: answer
    model.asked.clear()
    rows = list(store.rows(stored.id).values())
    retry(rows)
    store.save(stored, rows)
    job = finish(job_of(stored, subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    assert answered["describe"] >= min(after, 20)
    assert model.asked["describe"] == 20 - min(after, 20)


def test_an_answer_that_takes_too_long_is_given_up(store: RunStore) -> None:
    subjects, seen = album(["cat"])
    model, seconds = ScriptedModel(seen), iter(range(0, 100_000, 1000))

    def slow(stop: object) -> None:
        assert callable(stop)
        assert stop()

    original = model.answer

    def answer(messages, stop, **options):  # type: ignore[no-untyped-def]
        slow(stop)
        return original(messages, stop, **options)

    model.answer = answer  # type: ignore[method-assign]
    asker = Asker(model, store, lambda: False, blank, clock=lambda: float(next(seconds)))
    (found,) = asker.ask_each("what is it", subjects)
    assert found.text == ""
    assert "did not answer within" in found.failed


def test_many_labels_are_asked_in_parts_and_none_is_left_out(store: RunStore) -> None:
    labels = [f"{'x' * 40}{number:04d}" for number in range(300)]
    subjects, seen = album(labels)
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(Wish(criterion="which code", k=5)), subjects, model, store))
    assert job.run.state == "done"
    assert model.asked["name"] > 1
    assert job.run.labels == 300
    assert len(job.run.classes) == 6


def test_a_model_that_can_be_held_to_the_classes_is(store: RunStore) -> None:
    subjects, seen = album([*LABELS, "horse", "horse", "fish"])
    model = BoundModel(seen)
    wish = Wish(criterion="which animal", classes=("cat", "dog", "bird"))
    job = finish(job_of(new_run(wish), subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 3}
    assert {bound.texts for bound in model.bounds} == {("cat", "dog", "bird", OTHER)}
    assert [bound.lines for bound in model.bounds] == [8, 8, 7]
    # What is of no class is asked about once more, freely: what is it instead?
    assert model.asked["assign"] == 3 + 3
    assert [(each.label, each.photos) for each in job.run.offers] == [("horse", 2), ("fish", 1)]
    model.bounds.clear()
    wish = Wish(criterion="which animal", k=2, other=False)
    job = finish(job_of(new_run(wish), subjects, model, store))
    assert {bound.texts for bound in model.bounds} == {("cat", "dog")}
    assert sizes(job) == {"cat": 9, "dog": 14}


def test_pictures_are_described_as_many_at_once_as_the_model_takes(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    model.together = 8
    sizes_asked: list[int] = []
    each = model.answer_each

    def answer_each(conversations, *arguments, **options):  # type: ignore[no-untyped-def]
        sizes_asked.append(len(conversations))
        return each(conversations, *arguments, **options)

    model.answer_each = answer_each  # type: ignore[method-assign]
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert sizes(job) == {"cat": 9, "dog": 7, "bird": 4, OTHER: 0}
    assert sizes_asked == [8, 8, 4]
    assert job.run.steps[0].calls == 20


def test_what_came_before_a_model_died_among_several_is_kept(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    model = ScriptedModel(seen)
    model.together = 8
    model.spoil = dying_after(3)
    job = finish(job_of(new_run(WISH), subjects, model, store))
    assert job.run.state == "failed"
    model.spoil = lambda asked, answer: answer
    model.asked.clear()
    stored = store.run(job.run.id)
    assert stored is not None
    job = finish(job_of(stored, subjects, model, store))
    assert model.asked["describe"] == 17


def test_the_record_can_be_read_by_others(store: RunStore) -> None:
    subjects, seen = album(LABELS)
    job = finish(job_of(new_run(WISH), subjects, ScriptedModel(seen), store))
    folder = store.folder(job.run.id)
    lines = (folder / "answers.jsonl").read_text().splitlines()
    first = msgspec.json.decode(lines[0])
    assert (first["image_file"], first["class"], first["label"]) == ("0.jpg", "cat", "cat")
    assert len(lines) == 20
    again = msgspec.json.decode((folder / "run.json").read_bytes(), type=Run)
    assert again.wish == WISH
    model = ScriptedModel(seen)
    repeated = finish(job_of(new_run(recorded_wish(folder, {})), subjects, model, store))
    assert not model.asked
    assert repeated.run.classes == job.run.classes
    assert [row.final for row in repeated.rows] == [row.final for row in job.rows]
    store.remove(job.run.id)
    assert not folder.exists()
    assert store.run(job.run.id) is None
    assert not store.rows(job.run.id)


def test_a_record_names_its_photos_by_their_content(tmp_path: Path) -> None:
    run = new_run(Wish(criterion="which animal", photos=(3, 4)))
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(run))
    (tmp_path / "answers.jsonl").write_text('{"hash": "a"}\n{"hash": "b"}\n')
    assert recorded_wish(tmp_path, {"b": 9, "c": 1}).photos == (9,)
    with pytest.raises(RecordError, match="None of the photos"):
        recorded_wish(tmp_path, {})
    (tmp_path / "answers.jsonl").unlink()
    with pytest.raises(RecordError, match="No such file"):
        recorded_wish(tmp_path, {})
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RecordError, match="that can be read"):
        recorded_wish(tmp_path, {})


def test_new_photos_are_sorted_into_the_classes_that_are_there(store: RunStore) -> None:
    subjects, seen = album([*LABELS, "cat", "fish"])
    model = ScriptedModel(seen)
    job = finish(job_of(new_run(WISH), subjects[:20], model, store))
    model.asked.clear()
    job = finish(job_of(job.run, subjects, model, store))
    assert sizes(job) == {"cat": 10, "dog": 7, "bird": 4, OTHER: 1}
    assert model.asked == {"describe": 2, "label": 1, "assign": 1}
    assert [each.label for each in job.run.offers] == ["fish"]
