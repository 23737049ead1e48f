"""A run at work: a piece of a step at a time, kept as soon as it is done."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

import msgspec

from tui_selector.criteria.rows import Row, Subject, histogram, summary
from tui_selector.criteria.run import OTHER, STEPS, Class, Run, Step, StepInfo, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.criteria.ways.way import Broken, Interrupted, Said, Sorting, Verdict

_OTHER_CLASS = Class(name=OTHER, origin="other")


def new_run(wish: Wish) -> Run:
    """A run that has not begun, with an id of its own."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return Run(
        id=f"{stamp}-{secrets.token_hex(3)}",
        wish=wish,
        way="facts",
        steps=tuple(StepInfo(step=step) for step in STEPS),
        created=time.time(),
    )


def begin_again(run: Run, rows: Sequence[Row], wish: Wish, step: Step, afresh: bool) -> Run:
    """The run with another wish, its rows as they were before a step.

    Classes stay where only the step assign is done again. What the owner has put into a class
    stays there as long as there is such a class.
    """
    for row in rows:
        # The step name has no answer of its own in a row: what follows it goes.
        row.forget("assign" if step == "name" else step)
        if step in ("describe", "label"):
            row.failed = ""
    keeps = step == "assign" and not (wish.classes and wish.classes != run.wish.classes)
    attempts = dict(run.attempts)
    if afresh:
        for later in STEPS[STEPS.index(step) :]:
            attempts[later] = attempts.get(later, 0) + 1
    return msgspec.structs.replace(
        run,
        wish=wish,
        state="waiting",
        note="",
        classes=run.classes if keeps else (),
        attempts=attempts,
        steps=tuple(StepInfo(step=each) for each in STEPS),
    )


def retry(rows: Sequence[Row]) -> None:
    """Let photos without a usable answer be asked about once more."""
    for row in rows:
        if row.failed:
            row.forget("label" if row.description else "describe")


class Job:
    """Does a run piece by piece; belongs to the thread of its store.

    Attributes:
        run: As it stands.
        rows: What is known of each picture, in the order of the subjects.
    """

    def __init__(
        self,
        run: Run,
        subjects: Sequence[Subject],
        store: RunStore,
        sorting: Sorting,
        descriptions: dict[str, str] | None = None,
    ) -> None:
        """Take up a run where it stands.

        Args:
            run: What is to be done.
            subjects: The pictures, as they are now; those that are new are sorted, too.
            store: Where answers and rows are kept.
            sorting: Does the steps.
            descriptions: Of pictures by key, where the way does not describe them itself.
        """
        known = store.rows(run.id)
        self._store, self._sorting, self._subjects = store, sorting, subjects
        self.rows = [known.get(subject.key) or Row(key=subject.key) for subject in subjects]
        if descriptions is not None:
            for row in self.rows:
                row.description = descriptions.get(row.key, "")
        classes = run.classes
        if not classes and run.wish.classes:
            classes = tuple(Class(name=name.strip(), origin="owner") for name in run.wish.classes)
        if classes and run.wish.other and classes[-1].origin != "other":
            classes = (*classes, _OTHER_CLASS)
        names = {each.name for each in classes}
        for row in self.rows:
            if classes and row.owner is not None and row.owner not in names:
                row.owner = None
        self.run = msgspec.structs.replace(
            run,
            state="running",
            note="",
            way=sorting.way,
            model=sorting.model,
            classes=classes,
            folder=str(store.folder(run.id)),
            steps=tuple(self._info(run, step) for step in STEPS),
        )
        self._named = bool(classes)
        self._update()
        store.save(self.run)

    def _info(self, run: Run, step: Step) -> StepInfo:
        before = next((each for each in run.steps if each.step == step), StepInfo(step=step))
        if step in self._sorting.skips:
            return StepInfo(step=step, state="skipped")
        return msgspec.structs.replace(before, state="waiting", total=len(self.rows))

    # -- progress --------------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        return self.run.state != "running"

    def advance(self) -> None:
        """Do the next piece; afterwards the run may be done, or failed with a sentence.

        What a model has answered before it failed stays.
        """
        try:
            step = self._next_step()
            if step is None:
                self._finish()
            elif step == "name":
                self._name()
            else:
                self._work(step)
        except Interrupted:
            self.cancel()
        except Broken as error:
            self._end("failed", f"{error} What is known stays; go on when that is mended.")

    def cancel(self) -> None:
        """Stop; the run can be taken up again."""
        self._end("cancelled", "Cancelled; what is known stays.")

    def leave(self) -> None:
        """Stop for now, to be taken up by itself later."""
        self._end("waiting", "")

    def _next_step(self) -> Step | None:
        for step in STEPS:
            if step in self._sorting.skips:
                continue
            if step == "name":
                if not self._named:
                    return step
            elif any(row.lacks(step) for row in self.rows):
                return step
        return None

    # -- the steps -------------------------------------------------------------------------------

    def _work(self, step: Step) -> None:
        waiting = [row for row in self.rows if row.lacks(step)]
        piece = self._sorting.piece(step)
        rows = waiting[:piece] if piece else waiting
        start, calls = time.perf_counter(), self._calls
        try:
            if step == "assign":
                verdicts = self._sorting.assign(rows, self.run.classes)
                for row, verdict in zip(rows, verdicts, strict=True):
                    _assign(row, verdict)
                cached = sum(verdict.cached for verdict in verdicts)
            else:
                said = self._say(step, rows)
                for row, each in zip(rows, said, strict=True):
                    _note(row, step, each)
                cached = sum(each.cached for each in said)
        finally:
            self._tally(step, start, calls)
        self._tally(step, time.perf_counter(), self._calls, cached)
        self._update()
        self._store.save(self.run, rows)

    def _say(self, step: Step, rows: Sequence[Row]) -> list[Said]:
        if step == "describe":
            return self._sorting.describe(rows)
        return self._sorting.label(rows, self.rows)

    def _name(self) -> None:
        start, calls = time.perf_counter(), self._calls
        try:
            named = self._sorting.name(histogram(self.rows), self.rows)
        finally:
            self._tally("name", start, calls)
        classes = tuple(named.classes)
        if self.run.wish.other or not classes:
            classes = (*(each for each in classes if each.name != OTHER), _OTHER_CLASS)
        self.run = msgspec.structs.replace(self.run, classes=classes)
        self._named = True
        self._tally("name", time.perf_counter(), self._calls, named.cached, named.note)
        self._update()
        self._store.save(self.run)

    def _finish(self) -> None:
        fitting = [row for row in self.rows if row.final not in (None, OTHER)]
        notes = [each.note for each in self.run.steps if each.note]
        if not self.rows:
            notes = ["There are no indexed photos to sort."]
        elif not fitting and len(self.run.classes) > 1:
            notes.append("No photo fits any of the classes; edit the list, or the criterion.")
        failed = sum(bool(row.failed) for row in self.rows)
        if failed:
            photos = "1 photo has" if failed == 1 else f"{failed} photos have"
            notes.append(f"{photos} no usable answer.")
        self._end("done", " ".join(notes))

    # -- keeping count ---------------------------------------------------------------------------

    @property
    def _calls(self) -> int:
        return self._sorting.calls

    def _tally(self, step: Step, start: float, calls: int, cached: int = 0, note: str = "") -> None:
        """Count what a piece of a step has cost."""
        seconds = time.perf_counter() - start
        self.run = msgspec.structs.replace(
            self.run,
            steps=tuple(
                msgspec.structs.replace(
                    each,
                    calls=each.calls + self._calls - calls,
                    cached=each.cached + cached,
                    seconds=round(each.seconds + seconds, 3),
                    note=note or each.note,
                )
                if each.step == step
                else each
                for each in self.run.steps
            ),
        )

    def _update(self) -> None:
        """Take the counts of steps and classes from the rows."""
        current = self._next_step()
        steps = []
        for each in self.run.steps:
            if each.state == "skipped":
                steps.append(each)
                continue
            if each.step == "name":
                total = len({row.label for row in self.rows if row.label})
                done = total if self._named else 0
            else:
                total = len(self.rows)
                done = sum(not row.lacks(each.step) for row in self.rows)
            before = current is None or STEPS.index(each.step) < STEPS.index(current)
            state = "done" if before else "running" if each.step == current else "waiting"
            failed = sum(bool(row.failed) for row in self.rows) if each.step == "assign" else 0
            steps.append(
                msgspec.structs.replace(each, state=state, done=done, total=total, failed=failed)
            )
        run = msgspec.structs.replace(self.run, steps=tuple(steps))
        self.run = summary(run, self.rows, self._subjects)

    def _end(self, state: str, note: str) -> None:
        self._update()
        self.run = msgspec.structs.replace(self.run, state=state, note=note)
        self._store.save(self.run, self.rows)
        paths = {subject.key: subject.path for subject in self._subjects}
        try:
            self._store.record(self.run, self.rows, paths)
        except OSError as error:
            sentence = f"The record of the run cannot be written: {error.strerror}."
            self.run = msgspec.structs.replace(self.run, note=f"{note} {sentence}".strip())
            self._store.save(self.run)


def _note(row: Row, step: Step, said: Said) -> None:
    """Write what a step says of a photo into its row."""
    if step == "describe":
        row.description = said.text
    else:
        row.label = said.text
        row.label_reason, row.label_confidence = said.reason, said.confidence
        row.reason, row.confidence = said.reason, said.confidence
    row.failed = said.failed or row.failed


def _assign(row: Row, verdict: Verdict) -> None:
    row.class_, row.confidence = verdict.class_, float(verdict.confidence)
    row.reason, row.answer = verdict.reason, verdict.answer
    row.failed = verdict.failed or row.failed
