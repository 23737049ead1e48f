"""What the engine's threads make of requests: runs, edits, cross-tables, new photos."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from figures import AddFigures, Figure, figures
from patience import PATIENCE
from scripted import ScriptedModel

from tui_selector.chat.backend import ChatError
from tui_selector.criteria.run import OTHER, Edit, Run, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.engine import criteria_messages as said
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.criteria_messages import AnyCriterionRequest, RunProgress, RunResult
from tui_selector.engine.protocol import AnyEvent, Done, Failure
from tui_selector.engine.sorter import Sorter
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.models.language import LanguageModel
from tui_selector.paths import LibraryPaths

T = TypeVar("T")


class Models(ChatModels):
    """Gives one scripted model, or none."""

    def __init__(self, model: LanguageModel | None) -> None:
        self.model = model

    def language_model(
        self, name: str = "", *, url: str = "", allow_remote: bool = False
    ) -> LanguageModel:
        if self.model is None:
            raise ChatError("There is no chat model here.")
        return self.model

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    def turn(self, backend: object) -> threading.Lock:
        return threading.Lock()


class Bench:
    """A sorter at work, and what it tells."""

    def __init__(self, paths: LibraryPaths, model: LanguageModel | None = None) -> None:
        self.paths = paths
        self._events: queue.Queue[AnyEvent] = queue.Queue()
        self.sorter = Sorter(paths, Models(model), self._events.put, on_rest=lambda: None)
        self.sorter.use(None)
        self.sorter.start()

    def ask(self, request: AnyCriterionRequest, kind: type[T]) -> T:
        answer = self.sorter.ask(request, 1).result(20)
        assert isinstance(answer, kind), answer
        return answer

    def run(self, wish: Wish, **options: object) -> RunResult:
        """Make a run and wait for its end."""
        request = said.StartRun(wish=wish, **options)  # type: ignore[arg-type]
        begun = self.ask(request, said.RunInfo).run
        self.wait(begun.id)
        return self.ask(said.GetRun(run=begun.id), RunResult)

    def wait(self, run: str) -> Run:
        """Return when a run has ended."""
        while True:
            event = self._events.get(timeout=PATIENCE)
            if not isinstance(event, RunProgress) or event.run.id != run:
                continue
            if event.run.state not in ("waiting", "running"):
                return event.run


def sizes(result: RunResult) -> dict[str, int]:
    names = [each.name for each in result.run.classes]
    return {name: len(some) for name, some in zip(names, result.members, strict=True) if some}


@pytest.fixture(scope="module")
def made() -> list[Figure]:
    return figures(seed=5)[:24]


@pytest.fixture
def library(tmp_path: Path, made: list[Figure], add_figures: AddFigures) -> LibraryPaths:
    return add_figures(tmp_path / "Photos", made)


@pytest.fixture
def open_bench(library: LibraryPaths) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def open_(model: LanguageModel | None = None) -> Bench:
        benches.append(Bench(library, model))
        return benches[-1]

    yield open_
    for bench in benches:
        bench.sorter.close()


def seen_in(library: LibraryPaths, made: list[Figure]) -> dict[str, str]:
    """What a model sees in each picture of the library, by the picture's key."""
    with Catalog.open(library) as catalog:
        hashes = {path: hash_ for _, hash_, path, _ in catalog.photos.indexed()}
    return {
        hashes[f"{number:03d}.jpg"].hex(): f"There is a {each.shape}."
        for number, each in enumerate(made)
    }


class Looking(ScriptedModel):
    """Sees pictures of any size."""

    def _answer(self, system, question):  # type: ignore[no-untyped-def]
        pictures = [part for part in question.parts if not isinstance(part, str)]
        if pictures:
            assert pictures[0].load(4000).width <= 80
            return "describe", self._seen[pictures[0].key]
        return super()._answer(system, question)


def count(values: list[str]) -> dict[str, int]:
    return {value: values.count(value) for value in values}


def test_facts_make_runs_side_by_side_and_a_cross_table(
    open_bench: Callable[..., Bench], made: list[Figure]
) -> None:
    bench = open_bench()
    colour = bench.run(Wish(criterion="what colour"))
    assert colour.run.way == "facts"
    assert sizes(colour) == count([each.colour for each in made])
    shape = bench.run(Wish(criterion="which shape"))
    assert sizes(shape) == count([each.shape for each in made])
    table = bench.ask(said.AskCrossTable(rows=colour.run.id, columns=shape.run.id), said.CrossTable)
    for row, name in enumerate(table.rows):
        for column, other in enumerate(table.columns):
            wanted = sum((each.colour, each.shape) == (name, other) for each in made)
            assert len(table.cells[row][column]) == wanted
    runs = bench.ask(said.ListRuns(), said.RunList).runs
    assert {run.id for run in runs} == {colour.run.id, shape.run.id}
    photo = colour.members[0][0]
    answers = bench.ask(said.AskPhoto(photo=photo), said.PhotoAnswers).answers
    red = [number for number, each in enumerate(made, 1) if each.colour == "red"]
    labelled = bench.ask(said.AskLabel(run=colour.run.id, label="red"), said.LabelPhotos)
    assert sorted(labelled.photos) == red
    none = bench.ask(said.AskLabel(run=colour.run.id, label="no such"), said.LabelPhotos)
    assert none.photos == []
    by_criterion = {each.criterion: each for each in answers}
    assert by_criterion["what colour"].class_ == colour.run.classes[0].name
    assert by_criterion["what colour"].reason.endswith(".")
    # A step that is done again goes by what the steps before it have said.
    again = bench.run(colour.run.wish, run=colour.run.id, step="assign")
    assert again.members == colour.members
    assert bench.ask(said.AskPhoto(photo=photo), said.PhotoAnswers).answers == answers


def test_classes_are_edited_and_photos_follow(
    open_bench: Callable[..., Bench], made: list[Figure]
) -> None:
    bench = open_bench()
    run = bench.run(Wish(criterion="what colour")).run.id

    def edit(*edits: Edit) -> RunResult:
        return bench.ask(said.EditClasses(run=run, edits=list(edits)), RunResult)

    before = count([each.colour for each in made])
    result = edit(
        Edit(do="rename", names=("red",), to="warm"),
        Edit(do="merge", names=("green", "blue"), to="cold"),
    )
    assert sizes(result)["warm"] == before["red"]
    assert sizes(result)["cold"] == before["green"] + before["blue"]
    result = edit(Edit(do="split", names=("cold",), to="sky", labels=("blue",)))
    assert sizes(result)["sky"] == before["blue"]
    assert sizes(result)["cold"] == before["green"]
    photo = result.members[0][0]
    result = edit(Edit(do="add", to="mine"), Edit(do="move", to="mine", photos=(photo,)))
    assert sizes(result)["mine"] == 1
    answer = bench.ask(said.AskPhoto(photo=photo), said.PhotoAnswers).answers[0]
    assert (answer.class_, answer.by_owner) == ("mine", True)
    result = edit(Edit(do="remove", names=("sky",)))
    assert sizes(result)[OTHER] == before["blue"]
    assert [(each.label, each.photos) for each in result.run.offers] == [("sky", before["blue"])]
    result = edit(Edit(do="order", names=("mine", "warm")))
    assert [each.name for each in result.run.classes][:2] == ["mine", "warm"]
    assert sum(sizes(result).values()) == len(made)
    for wrong in (
        Edit(do="rename", names=("warm",), to="mine"),
        Edit(do="rename", names=("nobody",), to="x"),
        Edit(do="remove", names=(OTHER,)),
        Edit(do="split", names=("warm",), labels=("nothing",)),
        Edit(do="move", to="warm", photos=(10**9,)),
        Edit(do="add", to=" "),
    ):
        asked = bench.sorter.ask(said.EditClasses(run=run, edits=[wrong]), 1).result(20)
        assert isinstance(asked, Failure)
        assert asked.sentence.endswith(".")
    assert sizes(bench.ask(said.GetRun(run=run), RunResult)) == sizes(result)


def test_new_photos_are_sorted_on_arrival_also_after_an_edit(
    open_bench: Callable[..., Bench],
    library: LibraryPaths,
    made: list[Figure],
    add_figures: AddFigures,
) -> None:
    bench = open_bench()
    first = bench.run(Wish(criterion="what colour"))
    run = first.run.id
    rename = said.EditClasses(run=run, edits=[Edit(do="rename", names=("red",), to="rosy")])
    bench.ask(rename, RunResult)
    part = bench.run(Wish(criterion="what colour", photos=tuple(first.members[0][:2])))
    more = figures(seed=9)[:10]
    add_figures(library.root, more)
    bench.sorter.note_photos(all_indexed=True)
    bench.wait(run)
    after = sizes(bench.ask(said.GetRun(run=run), RunResult))
    wanted = count([each.colour for each in (*made, *more)])
    wanted["rosy"] = wanted.pop("red")
    assert after == wanted
    # A run of some photos stays as it is.
    assert bench.ask(said.GetRun(run=part.run.id), RunResult).run.photos == 2


def test_a_model_describes_is_stopped_and_goes_on_in_another_engine(
    open_bench: Callable[..., Bench], library: LibraryPaths, made: list[Figure]
) -> None:
    model = Looking(seen_in(library, made))
    bench = open_bench(model)
    asked = threading.Event()

    def slow(step: str, answer: str) -> str:
        if model.asked["describe"] == 10:
            asked.set()
        return answer

    model.spoil = slow
    wish = Wish(criterion="which figure")
    run = bench.ask(said.StartRun(wish=wish), said.RunInfo).run
    assert run.way == "vision"
    assert asked.wait(PATIENCE)
    busy = bench.sorter.ask(said.EditClasses(run=run.id, edits=[]), 1).result(20)
    bench.sorter.close()
    assert isinstance(busy, Failure | RunResult)
    bench = open_bench(model)
    with RunStore.open(bench.paths.criteria) as store:
        state = store.run(run.id)
        assert state is not None
    if state.state != "done":
        bench.wait(run.id)
    result = bench.ask(said.GetRun(run=run.id), RunResult)
    assert sizes(result) == count([each.shape for each in made])
    # What was under way when the engine left is the only one that may be asked again.
    assert model.asked["describe"] <= len(made) + 1
    assert result.run.wish.prompts["describe"]
    assert (Path(result.run.folder) / "prompts.txt").read_text().startswith("# describe")
    # With a class that is added, only the photos outside of the list are asked about again.
    gone = Edit(do="remove", names=("star",))
    bench.ask(said.EditClasses(run=run.id, edits=[gone]), RunResult)
    model.asked.clear()
    bench.ask(said.EditClasses(run=run.id, edits=[Edit(do="add", to="star")]), RunResult)
    assert sizes(bench.ask(said.GetRun(run=run.id), RunResult)) == count(
        [each.shape for each in made]
    )


def test_runs_are_cancelled_taken_up_and_removed(
    open_bench: Callable[..., Bench], library: LibraryPaths, made: list[Figure]
) -> None:
    model = Looking(seen_in(library, made))
    bench = open_bench(model)
    begun, go_on = threading.Event(), threading.Event()

    def halt(step: str, answer: str) -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        return answer

    model.spoil = halt
    run = bench.ask(said.StartRun(wish=Wish(criterion="which figure")), said.RunInfo).run.id
    assert begun.wait(PATIENCE)
    bench.ask(said.CancelRun(run=run), said.RunInfo)
    go_on.set()
    assert bench.wait(run).state == "cancelled"
    bench.ask(said.ResumeRun(run=run), said.RunInfo)
    assert bench.wait(run).state == "done"
    bench.ask(said.RemoveRun(run=run), Done)
    assert bench.ask(said.ListRuns(), said.RunList).runs == []
    assert isinstance(bench.sorter.ask(said.GetRun(run=run), 1).result(20), Failure)


def test_what_cannot_be_done_is_said(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench()
    for wish, sentence in (
        (Wish(criterion=" "), "Say by what to sort"),
        (Wish(criterion="colour", k=0), "between 1 and"),
        (Wish(criterion="colour", classes=("a", "A")), "Two classes are called"),
        (Wish(criterion="which mood"), "cannot be sorted by “which mood”"),
        (Wish(criterion="colour", way="vision"), "There is no chat model here."),
        (Wish(criterion="colour", way="captions"), "no model that makes vectors"),
        (Wish(criterion="colour", captions="/nowhere/c.jsonl"), "cannot be read"),
        (Wish(criterion="colour", photos=(10**9,)), "no indexed photos"),
    ):
        answer = bench.sorter.ask(said.StartRun(wish=wish), 1).result(20)
        assert isinstance(answer, Failure)
        assert sentence in answer.sentence


def test_ways_are_told_with_reasons(open_bench: Callable[..., Bench]) -> None:
    ways = open_bench().ask(said.AskWays(wish=Wish(criterion="what colour")), said.Ways).ways
    assert [each.way for each in ways if each.ready] == ["facts"]
    assert all(each.sentence.endswith(".") for each in ways)


def test_classes_become_tabs_in_one_decision(
    open_bench: Callable[..., Bench], library: LibraryPaths
) -> None:
    bench = open_bench()
    result = bench.run(Wish(criterion="what colour"))
    names = [each.name for each in result.run.classes]
    with Catalog.open(library) as catalog:
        decisions = Decisions(catalog)
        groups = [(name, ids) for name, ids in zip(names, result.members, strict=True) if ids]
        decisions.make_tabs(groups)
        tabs = {tab.name: tab.id for tab in catalog.tabs.all() if tab.id > 0}
        assert set(tabs) == {name for name, _ in groups}
        for name, ids in groups:
            assert set(catalog.tabs.photo_ids(tabs[name])) == set(ids)
        decisions.make_tabs(groups[:1])  # a tab of that name is there already
        assert len([tab for tab in catalog.tabs.all() if tab.id > 0]) == len(groups)
        decisions.undo()
        decisions.undo()
        assert not any(catalog.tabs.of([id_]).get(id_, 0) > 0 for _, ids in groups for id_ in ids)
