"""Asking the engine to sort photos by criteria, and holding what it says of the runs."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.screen import Screen

from tui_selector.app.criteria import step_now
from tui_selector.criteria.run import Edit, Run, Step, Wish
from tui_selector.engine.criteria_messages import (
    AskLabel,
    AskWays,
    CancelRun,
    EditClasses,
    GetRun,
    LabelPhotos,
    ListRuns,
    RemoveRun,
    ResumeRun,
    RunInfo,
    RunList,
    RunProgress,
    RunResult,
    StartRun,
    Ways,
)
from tui_selector.engine.launch import EngineError
from tui_selector.engine.protocol import AnyAnswer, AnyRequest

if TYPE_CHECKING:
    from tui_selector.app.album import Album
    from tui_selector.app.app import SelectorApp

#: Seconds between two questions for what is in the classes, while a run works.
_EVERY = 1.0


class Sorting(Screen[None]):
    """Holds the runs, the one that is looked at, and what is in its classes.

    Attributes:
        runs: In the order in which they are shown, the latest first.
        chosen: Id of the run that is looked at; "" for none.
        result: What is in its classes; None while that is not known.
        step: The step that is looked at; None for the one that is worked at.
        ways: How the wish that is being typed could be sorted.
        trouble: Why nothing is known, in a sentence; "" otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self.chosen = ""
        self.result: RunResult | None = None
        self.step: Step | None = None
        self.ways: Ways | None = None
        self.trouble = ""
        self._asked = 0.0
        # Photos by run and raw label, and for which of them they have been asked of late.
        self._labelled: dict[tuple[str, str], list[int]] = {}
        self._labels_asked: set[tuple[str, str]] = set()

    @property
    def selector(self) -> SelectorApp:
        """The application, as what it is."""
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    @property
    def album(self) -> Album | None:
        """The view-model; None until the catalog is open."""
        return self.selector.album

    @property
    def current(self) -> Run | None:
        """The run that is looked at."""
        return next((run for run in self.runs if run.id == self.chosen), None)

    @property
    def shown_step(self) -> Step:
        """The step that is looked at."""
        run = self.current
        return self.step or (step_now(run) if run is not None else "describe")

    @abstractmethod
    def show_run(self) -> None:
        """Show the run as it is now."""

    @abstractmethod
    def show_photos(self) -> None:
        """Show the photos of the row under the cursor."""

    @abstractmethod
    def started(self) -> None:
        """Go from what was typed to the run that has begun with it."""

    @abstractmethod
    def show_ways(self) -> None:
        """Show how the wish that is being typed could be sorted."""

    # -- asking ------------------------------------------------------------------------------

    async def ask(self, request: AnyRequest) -> AnyAnswer | None:
        """The engine's answer; None, and a sentence on the screen, where it has none."""
        try:
            return await self.selector.link.request(request)
        except EngineError as error:
            self.selector.say(str(error), "warning")
            return None

    @work(exclusive=True, group="list")
    async def look(self) -> None:
        """Learn which runs there are."""
        try:
            answer = await self.selector.link.request(ListRuns())
        except EngineError as error:
            self.trouble = str(error)
            self.show_run()
            return
        assert isinstance(answer, RunList)
        self.trouble, self.runs = "", answer.runs
        if self.current is None:
            self.chosen = self.runs[0].id if self.runs else ""
        self.look_into()

    def came(self) -> None:
        """Ask again when the engine has come."""
        if self.trouble and self.selector.link.connected:
            self.trouble = ""
            self.look()

    @work(exclusive=True, group="members")
    async def look_into(self) -> None:
        """Learn what is in the classes of the run that is looked at."""
        self._asked = time.monotonic()
        wanted = self.chosen
        if not wanted:
            self.result = None
            self.show_run()
            return
        answer = await self.ask(GetRun(run=wanted))
        if isinstance(answer, RunResult) and self.chosen == wanted:
            self._take(answer)

    def _take(self, answer: RunResult) -> None:
        self.result = answer
        self._labels_asked.clear()  # photos may have come
        self.news(answer.run)

    def hear(self, event: RunProgress) -> None:
        """Show how far a run is; look into it where its classes may have changed."""
        before = next((run for run in self.runs if run.id == event.run.id), None)
        self.news(event.run)
        is_over = before is not None and before.state != event.run.state
        if event.run.id == self.chosen and (is_over or time.monotonic() - self._asked > _EVERY):
            self.look_into()

    def news(self, run: Run) -> None:
        """Take over how a run is now."""
        ids = [each.id for each in self.runs]
        if run.id in ids:
            self.runs[ids.index(run.id)] = run
        else:
            self.runs.insert(0, run)
        self.show_run()

    # -- runs --------------------------------------------------------------------------------

    @work(exclusive=True, group="ways")
    async def ask_ways(self, wish: Wish) -> None:
        """Learn how a wish could be sorted, while it is typed."""
        try:
            answer = await self.selector.link.request(AskWays(wish=wish))
        except EngineError:
            return  # starting it meets the same trouble, and says it
        assert isinstance(answer, Ways)
        self.ways = answer
        self.show_ways()

    @work(exclusive=True, group="start")
    async def start(
        self, wish: Wish, *, run: str = "", step: Step = "describe", afresh: bool = False
    ) -> None:
        """Sort photos, or again from a step on; the run is looked at from then on."""
        if trouble := wish.validate():
            self.selector.say(trouble, "warning")
            return
        answer = await self.ask(StartRun(wish=wish, run=run, step=step, afresh=afresh))
        if isinstance(answer, RunInfo):
            self.chosen, self.step = answer.run.id, None
            self.started()
            self.news(answer.run)
            self.look_into()

    @work(exclusive=True, group="stop")
    async def stop_or_go_on(self) -> None:
        """Stop the run, or go on with it."""
        run = self.current
        if run is None:
            self.app.bell()
        elif run.state in ("waiting", "running"):
            await self._follow(CancelRun(run=run.id))
        elif run.state in ("cancelled", "failed"):
            await self._follow(ResumeRun(run=run.id))
        else:
            self.selector.say("This criterion is done.")

    async def _follow(self, request: CancelRun | ResumeRun) -> None:
        answer = await self.ask(request)
        if isinstance(answer, RunInfo):
            self.news(answer.run)

    @work(exclusive=True, group="forget")
    async def forget_run(self, run: str) -> None:
        """Forget a run."""
        if await self.ask(RemoveRun(run=run)) is None:
            return
        self.runs = [each for each in self.runs if each.id != run]
        self.chosen = self.runs[0].id if self.runs else ""
        self.look_into()

    @work(group="edit")
    async def edit_classes(self, *edits: Edit) -> None:
        """Change the list of classes."""
        if self.current is not None:
            answer = await self.ask(EditClasses(run=self.chosen, edits=list(edits)))
            if isinstance(answer, RunResult):
                self._take(answer)

    # -- photos ------------------------------------------------------------------------------

    def photos_of(self, key: str, step: Step) -> list[int]:
        """The photos behind a row of a step.

        Args:
            key: Of the row.
            step: Which step shows it.
        """
        run, result = self.current, self.result
        if run is None:
            return []
        if step == "describe":
            return [each.photo for each in run.samples if f"{each.photo}" == key]
        if step == "label":
            samples = [each.photo for each in run.samples if each.label == key]
            return self._labelled.get((run.id, key), samples)
        if result is None or result.run.id != run.id:
            return []
        names = [each.name for each in result.run.classes]
        return result.members[names.index(key)] if key in names else []

    @property
    def groups(self) -> list[tuple[str, list[int]]]:
        """The classes of the run that is looked at, and their photos; what fits nowhere stays."""
        result = self.result
        if result is None or result.run.id != self.chosen:
            return []
        return [
            (each.name, members)
            for each, members in zip(result.run.classes, result.members, strict=True)
            if members and each.origin != "other"
        ]

    @work(group="label")
    async def ask_label(self, label: str) -> None:
        """Learn which photos have a raw label, unless that was asked since the last news."""
        wanted = self.chosen, label
        if wanted in self._labels_asked:
            return
        self._labels_asked.add(wanted)
        answer = await self.ask(AskLabel(run=self.chosen, label=label))
        if isinstance(answer, LabelPhotos):
            self._labelled[wanted] = answer.photos
            self.show_photos()

    def wish_with(self, **changes: object) -> Wish | None:
        """The wish of the run that is looked at, changed."""
        return replace(self.current.wish, **changes) if self.current is not None else None
