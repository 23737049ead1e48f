"""The thread that answers what clients ask about sorting photos by a criterion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import msgspec
import numpy as np

from tui_selector.analysis.kmeans import spherical_kmeans, unit
from tui_selector.criteria.choice import choose, offers
from tui_selector.criteria.editing import EditError, Editing, cross
from tui_selector.criteria.job import begin_again, new_run, retry
from tui_selector.criteria.making import means_for
from tui_selector.criteria.prompts import DEFAULTS
from tui_selector.criteria.rows import Row, Subject, summary
from tui_selector.criteria.run import OTHER, PhotoAnswer, Run, Wish
from tui_selector.engine import criteria_messages as said
from tui_selector.engine.answering import AnsweringThread, Waiting
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.criteria_messages import AnyCriterionRequest
from tui_selector.engine.protocol import AnyAnswer, AnyEvent, Done, Failure
from tui_selector.engine.sorting_work import Desk, SortingWork, Tools, open_desk
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.models.embedder import Embedder
from tui_selector.paths import LibraryPaths


class _Refused(Exception):  # noqa: N818 -- its text is the answer
    """What was asked cannot be done; the message is a sentence."""


class Sorter(AnsweringThread[AnyCriterionRequest]):
    """See the head of this module."""

    _broken = "Sorting failed; the engine's log says more."

    def __init__(
        self,
        paths: LibraryPaths,
        models: ChatModels,
        publish: Callable[[AnyEvent], None],
        on_rest: Callable[[], None],
    ) -> None:
        """Prepare the thread; for the arguments see `SortingWork`."""
        super().__init__("sorter", paths)
        self._on_rest = on_rest
        self._work = SortingWork(paths, models, publish, on_rest)
        self._embedder: Embedder | None = None
        self._known = False

    # -- for any thread --------------------------------------------------------------------------

    def start(self) -> None:
        super().start()
        self._work.start()

    def close(self) -> None:
        """End after what is under way."""
        self._work.close()
        super().close()

    @property
    def busy(self) -> bool:
        return super().busy or self._work.busy

    def use(self, embedder: Embedder | None) -> None:
        """Compare texts with this model's; None where there is none."""
        with self._changed:
            self._embedder, self._known = embedder, True
            self._changed.notify()
        self._work.use(embedder)

    def note_photos(self, all_indexed: bool) -> None:
        """Photos have come, changed or gone; are all indexed by now?"""
        self._work.note_photos(all_indexed)

    # -- the thread ------------------------------------------------------------------------------

    def _rest(self) -> None:
        self._on_rest()

    def _is_ready(self) -> bool:
        return self._known

    def _replaces(self, newer: AnyCriterionRequest, older: AnyCriterionRequest) -> bool:
        return False

    def _answer(self, catalog: Catalog, asked: Waiting[AnyCriterionRequest]) -> AnyAnswer | None:
        with ExitStack() as stack:
            try:
                desk = open_desk(stack, self._paths, self._embedder, catalog)
                return self._reply_to(desk, asked.question)
            except (_Refused, EditError, ValueError) as error:
                return Failure(sentence=str(error))
            except OSError as error:
                return Failure(sentence=f"The runs cannot be read or written: {error}.")

    def _reply_to(self, desk: Desk, question: AnyCriterionRequest) -> AnyAnswer:
        match question:
            case said.ListRuns():
                return said.RunList(runs=desk.store.runs())
            case said.AskWays():
                return self._ways(desk, question.wish)
            case said.StartRun():
                return self._begin_run(desk, question)
            case said.CancelRun():
                return self._cancel(desk, question.run)
            case said.ResumeRun():
                return self._resume(desk, question.run)
            case said.RemoveRun():
                self._work.cancel(self._run_of(desk, question.run).id)
                desk.store.remove(question.run)
                return Done()
            case said.GetRun():
                return self._result(desk, self._run_of(desk, question.run))
            case said.EditClasses():
                return self._edit(desk, question)
            case said.AskCrossTable():
                return self._cross(desk, question)
            case said.AskLabel():
                return self._labelled(desk, self._run_of(desk, question.run), question.label)
            case said.AskPhoto():
                return self._photo(desk, question.photo)

    def _run_of(self, desk: Desk, id_: str) -> Run:
        """
        Raises:
            _Refused: There is no such run.
        """
        run = desk.store.run(id_)
        if run is None:
            raise _Refused("There is no such run any more.")
        return run

    def _idle_run(self, desk: Desk, id_: str) -> Run:
        """
        Raises:
            _Refused: There is no such run, or it is being made.
        """
        run = self._run_of(desk, id_)
        if self._work.works_at(id_):
            raise _Refused("The run is being made; wait for it, or cancel it first.")
        return run

    # -- making ----------------------------------------------------------------------------------

    def _ways(self, desk: Desk, wish: Wish) -> AnyAnswer:
        if trouble := wish.validate():
            raise _Refused(trouble)
        tools = self._work.tools()
        subjects = desk.material.subjects(wish.photos)
        means = means_for(
            wish, desk.material, subjects, tools.embedder, tools.model, tools.no_model
        )
        return said.Ways(ways=offers(wish, means))

    def _begin_run(self, desk: Desk, question: said.StartRun) -> AnyAnswer:
        wish = question.wish
        if trouble := wish.validate():
            raise _Refused(trouble)
        subjects = desk.material.subjects(wish.photos)
        if not subjects:
            raise _Refused("There are no indexed photos to sort.")
        run, rows = new_run(wish), list[Row]()
        tools = self._work.tools()
        if question.run:
            known = self._idle_run(desk, question.run)
            rows = list(desk.store.rows(known.id).values())
            if wish.way is None and question.step != "describe":
                wish = msgspec.structs.replace(wish, way=known.way)
            run = begin_again(known, rows, wish, question.step, question.afresh)
        run = self._chosen(desk, run, wish, subjects, tools)
        desk.store.save(run, rows)
        run = summary(run, rows or [Row(key=each.key) for each in subjects], subjects)
        self._work.submit(run.id)
        return said.RunInfo(run=run)

    def _chosen(
        self, desk: Desk, run: Run, wish: Wish, subjects: Sequence[Subject], tools: Tools
    ) -> Run:
        """The run with the way that is taken.

        Raises:
            ValueError: There is none; the message is a sentence.
        """
        means = means_for(
            wish, desk.material, subjects, tools.embedder, tools.model, tools.no_model
        )
        offer = choose(wish, means)
        if offer.way in ("vision", "language"):
            prompts = {**DEFAULTS, **wish.prompts}
            run = msgspec.structs.replace(
                run, wish=msgspec.structs.replace(run.wish, prompts=prompts)
            )
        return msgspec.structs.replace(run, way=offer.way, reason=offer.sentence)

    def _cancel(self, desk: Desk, id_: str) -> AnyAnswer:
        run = self._run_of(desk, id_)
        if not self._work.cancel(id_) and run.state in ("waiting", "running"):
            self._work.submit(id_)  # it was left by another engine; the thread ends it
            self._work.cancel(id_)
        if run.state == "waiting":
            run = msgspec.structs.replace(run, state="cancelled")
            desk.store.save(run)
        return said.RunInfo(run=run)

    def _resume(self, desk: Desk, id_: str) -> AnyAnswer:
        run = self._idle_run(desk, id_)
        rows = list(desk.store.rows(id_).values())
        retry(rows)
        run = msgspec.structs.replace(run, state="waiting", note="")
        desk.store.save(run, rows)
        self._work.submit(id_)
        return said.RunInfo(run=run)

    # -- looking ---------------------------------------------------------------------------------

    def _result(self, desk: Desk, run: Run) -> said.RunResult:
        subjects = desk.material.subjects(run.wish.photos)
        rows = desk.store.rows(run.id)
        known = [rows.get(subject.key) or Row(key=subject.key) for subject in subjects]
        run = summary(run, known, subjects)
        places = {each.name: place for place, each in enumerate(run.classes)}
        members: list[list[tuple[float, tuple[int, ...]]]] = [[] for _ in run.classes]
        waiting: list[int] = []
        for subject, row in zip(subjects, known, strict=True):
            place = places.get(row.final or "")
            if place is None:
                waiting += subject.photos
            else:
                sure = 2.0 if row.owner else row.confidence
                members[place].append((-sure, subject.photos))
        return said.RunResult(
            run=run,
            members=[
                [id_ for _, ids in sorted(some, key=lambda each: each[0]) for id_ in ids]
                for some in members
            ],
            waiting=waiting,
        )

    def _cross(self, desk: Desk, question: said.AskCrossTable) -> AnyAnswer:
        down, across = (self._run_of(desk, id_) for id_ in (question.rows, question.columns))
        names = [[each.name for each in run.classes] for run in (down, across)]
        ids = {subject.key: subject.photos for subject in desk.material.subjects()}
        keys = cross(desk.store.rows(down.id), desk.store.rows(across.id), names)
        cells = [
            [[id_ for key in cell for id_ in ids.get(key, ())] for cell in row] for row in keys
        ]
        return said.CrossTable(rows=names[0], columns=names[1], cells=cells)

    def _labelled(self, desk: Desk, run: Run, label: str) -> AnyAnswer:
        rows = desk.store.rows(run.id)
        photos = [
            id_
            for subject in desk.material.subjects(run.wish.photos)
            if (row := rows.get(subject.key)) is not None and row.label == label
            for id_ in subject.photos
        ]
        return said.LabelPhotos(photos=photos)

    def _photo(self, desk: Desk, id_: int) -> AnyAnswer:
        photo = desk.catalog.photos.one(id_)
        if photo is None:
            raise _Refused("The photo is not in the library any more.")
        answers = [
            PhotoAnswer(
                run=run.id,
                criterion=run.wish.criterion,
                class_=row.final or "",
                reason=row.reason,
                confidence=1.0 if row.owner else row.confidence,
                description=row.description or "",
                label=row.label or "",
                answer=row.answer,
                way=run.way,
                model=run.model,
                by_owner=row.owner is not None,
            )
            for run, row in desk.store.of_photo(photo.key)
            if row.final or row.description or row.label
        ]
        return said.PhotoAnswers(answers=answers)

    # -- editing ---------------------------------------------------------------------------------

    def _edit(self, desk: Desk, question: said.EditClasses) -> AnyAnswer:
        run = self._idle_run(desk, question.run)
        subjects = desk.material.subjects(run.wish.photos)
        known = desk.store.rows(run.id)
        rows = [known[subject.key] for subject in subjects if subject.key in known]
        keys = {id_: subject.key for subject in subjects for id_ in subject.photos}
        editing = Editing(run.classes, rows, keys, lambda some: self._divide(desk, some))
        for edit in question.edits:
            editing.apply(edit)
        again = bool(editing.added) and run.way in ("vision", "language") and run.state == "done"
        if again:
            for row in rows:
                if row.class_ == OTHER and row.owner is None and not row.failed:
                    row.forget("assign")
                    editing.touched.add(row.key)
        run = msgspec.structs.replace(run, classes=tuple(editing.classes))
        desk.store.save(run, [row for row in rows if row.key in editing.touched])
        run = summary(run, rows, subjects)
        desk.store.save(run)
        desk.store.record(run, rows, {subject.key: subject.path for subject in subjects})
        if again:
            self._work.submit(run.id)
        return self._result(desk, run)

    def _divide(self, desk: Desk, rows: Sequence[Row]) -> Sequence[int]:
        """Cut rows in two: by what their labels mean, or by how the pictures look.

        Raises:
            EditError: They cannot be told apart.
        """
        labels = [row.label or "" for row in rows]
        if len(set(labels)) > 1 and self._embedder is not None:
            names = list(dict.fromkeys(labels))
            vectors = self._embedder.embed_texts(names)
            mass = np.array([labels.count(name) for name in names], np.float32)
            parts = spherical_kmeans(unit(vectors - vectors.mean(axis=0)), 2, weights=mass).labels
            part = dict(zip(names, parts.tolist(), strict=True))
            return _smaller_leaves([part[label] for label in labels])
        if self._embedder is not None:
            space = Spaces(str(self._embedder.key), self._embedder.dimensions)
            hashes = [bytes.fromhex(row.key) for row in rows]
            found = desk.catalog.vectors.get(space.pictures, hashes, space.dimensions)
            if len(found) == len(rows):
                points = np.stack([found[hash_] for hash_ in hashes])
                return _smaller_leaves(spherical_kmeans(points, 2).labels.tolist())
        raise EditError("These photos cannot be told apart; name the labels that leave.")


def _smaller_leaves(parts: Sequence[int]) -> list[int]:
    """1 for the smaller of two parts, 0 for the other one."""
    leaving = 1 if 2 * sum(parts) <= len(parts) else 0
    return [int(part == leaving) for part in parts]
