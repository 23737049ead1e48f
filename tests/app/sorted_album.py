"""An album whose engine sorts by hand what it is asked to, and the application with the view."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine_by_hand import EngineByHand, attached
from msgspec.structs import replace
from piloted import until
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.criteria import CriteriaScreen
from tui_selector.criteria.run import (
    STEPS,
    Class,
    Edit,
    LabelCount,
    PhotoAnswer,
    Run,
    Sample,
    StepInfo,
    WayOffer,
    Wish,
)
from tui_selector.engine import criteria_messages as messages
from tui_selector.engine import protocol
from tui_selector.paths import LibraryPaths

MEMBERS = {"red": [1, 2, 3], "blue": [4, 5], "green": [6], "other": [7]}


def run_of(id_: str, wish: Wish) -> Run:
    """A run that is done: photos 1 to 7 by colour, photo 8 still to come."""
    return Run(
        id=id_,
        wish=wish,
        way=wish.way or "facts",
        reason="The pixels answer.",
        state="done",
        steps=tuple(StepInfo(step=step, state="done", done=8, total=8) for step in STEPS),
        classes=tuple(
            Class(
                name=name,
                labels=(f"dark {name}",),
                origin="other" if name == "other" else "found",
                photos=len(photos),
            )
            for name, photos in MEMBERS.items()
        ),
        histogram=(
            LabelCount(label="dark red", photos=3, class_="red"),
            LabelCount(label="dark blue", photos=2, class_="blue"),
        ),
        labels=4,
        offers=(LabelCount(label="maroon", photos=1),),
        samples=(
            Sample(photo=1, description="a red \x1b[2J bus", label="dark red", class_="red"),
            Sample(photo=4, description="a blue sea", label="dark blue", class_="blue"),
        ),
        photos=8,
        waiting=1,
    )


class Engine(EngineByHand):
    """The engine's side of the socket.

    Attributes:
        runs: That there are, the latest first.
        started: Every wish to start a run.
        edits: Every change of classes.
        refuses: A sentence that starting gets instead of an answer; "" for none.
        labelled: The photos of raw labels.
    """

    def __init__(self, *criteria: str) -> None:
        super().__init__()
        self.runs = [run_of(f"r{n}", Wish(criterion=text)) for n, text in enumerate(criteria)]
        self.started: list[messages.StartRun] = []
        self.edits: list[Edit] = []
        self.asked: list[protocol.Message] = []
        self.refuses = ""
        self.labelled = {"dark red": [1, 2, 3], "dark blue": [4, 5]}

    def _run(self, id_: str) -> Run:
        return next(run for run in self.runs if run.id == id_)

    def _result(self, id_: str) -> messages.RunResult:
        return messages.RunResult(run=self._run(id_), members=list(MEMBERS.values()), waiting=[8])

    def _answer(self, request: object) -> protocol.AnyAnswer:
        match request:
            case messages.ListRuns():
                return messages.RunList(runs=self.runs)
            case messages.AskWays():
                return messages.Ways(
                    ways=[
                        WayOffer(way="vision", ready=False, sentence="No model sees here."),
                        WayOffer(way="facts", ready=True, sentence="The pixels answer."),
                        WayOffer(way="words", ready=True, sentence="The words answer."),
                    ]
                )
            case messages.StartRun():
                self.started.append(request)
                if self.refuses:
                    return protocol.Failure(sentence=self.refuses)
                id_ = request.run or f"r{len(self.runs)}"
                self.runs = [run for run in self.runs if run.id != id_]
                self.runs.insert(0, run_of(id_, request.wish))
                return messages.RunInfo(run=self.runs[0])
            case messages.EditClasses():
                self.edits += request.edits
                return self._result(request.run)
            case messages.GetRun():
                return self._result(request.run)
            case messages.CancelRun() | messages.ResumeRun():
                state = "cancelled" if isinstance(request, messages.CancelRun) else "running"
                changed = replace(self._run(request.run), state=state)
                self.runs = [changed if run.id == changed.id else run for run in self.runs]
                return messages.RunInfo(run=changed)
            case messages.AskCrossTable():
                return messages.CrossTable(
                    rows=["red", "blue"], columns=["bus", "car"], cells=[[[1, 2], []], [[4], [5]]]
                )
            case messages.AskLabel():
                return messages.LabelPhotos(photos=self.labelled.get(request.label, []))
            case messages.AskPhoto():
                found = PhotoAnswer(
                    run="r0",
                    criterion="colour",
                    class_="red",
                    reason="Its pixels are red.",
                    confidence=0.9,
                    label="dark red",
                )
                return messages.PhotoAnswers(answers=[found])
            case messages.RemoveRun():
                self.runs = [run for run in self.runs if run.id != request.run]
        return protocol.Done()

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        self.asked.append(request)
        return self._answer(request)


@asynccontextmanager
async def sorting(
    library: LibraryPaths, *criteria: str, size: tuple[int, int] = (110, 30)
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Engine]]:
    """The application on a library with these criteria, the view open."""
    engine = Engine(*criteria)
    async with attached(library, engine, size) as (app, pilot):
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, CriteriaScreen))
        await until(pilot, lambda: not criteria or view(app).result is not None)
        await pilot.pause()
        yield app, pilot, engine


def view(app: SelectorApp) -> CriteriaScreen:
    """The view, whatever stands over it."""
    return app.get_screen("criteria", CriteriaScreen)


def rows(app: SelectorApp) -> list[str]:
    """What stands in the list, without bars."""
    listed = view(app).list_of_rows
    lines = (listed.render_line(y).text for y in range(len(listed.rows)))
    return [" ".join(re.sub("[█-▏]", "", line).split()) for line in lines]


def words(app: SelectorApp, name: str) -> str:
    """What a line says: "how" or "note"."""
    return str(view(app).query_one(f"#{name}", Static).content)


def photos(app: SelectorApp) -> list[int]:
    """The photos beside the list."""
    return list(view(app).grid.model.ids)  # type: ignore[attr-defined]
