"""Sorting by a model: it describes, labels, names the classes and assigns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from tui_selector.chat.hostile import harmless
from tui_selector.criteria import answers
from tui_selector.criteria.asking import Answered, Asker
from tui_selector.criteria.prompts import fill
from tui_selector.criteria.rows import Row, Subject
from tui_selector.criteria.run import (
    LONGEST_TEXT,
    OTHER,
    Class,
    LabelCount,
    Step,
    Way,
    Wish,
)
from tui_selector.criteria.ways.way import Named, Said, Sorting, Verdict
from tui_selector.models.bound import Bound

#: Photos that are asked about at once in the steps that show no picture.
_AT_ONCE = 8
#: Characters of labels in one question for names.
_ROOM = 6000
#: Most characters of a description in a question.
_LONGEST = 800

T = TypeVar("T")


class Allowed(NamedTuple):
    """The answers that there are.

    Attributes:
        texts: Names of classes, `OTHER` among them where it is allowed.
        asks_instead: Whether it is to be found out what photos are that are `OTHER`.
    """

    texts: tuple[str, ...]
    asks_instead: bool

    def wants_more(self, answer: str) -> bool:
        """Whether an answer says too little."""
        return self.asks_instead and answer.strip() == OTHER


class ModelSorting(Sorting):
    """See the head of this module."""

    def __init__(
        self,
        asker: Asker,
        wish: Wish,
        way: Way,
        subjects: Mapping[str, Subject],
    ) -> None:
        """
        Args:
            asker: Asks the model.
            wish: What was asked for, with its prompts.
            way: "vision" or "language", where photos are described already.
            subjects: The pictures by key.
        """
        self.way = way
        self.model = asker.model.name
        given = frozenset[Step](("label", "name")) if wish.classes else frozenset[Step]()
        self.skips = given | ({"describe"} if way == "language" else frozenset[Step]())
        self._asker, self._wish, self._subjects = asker, wish, subjects

    @property
    def calls(self) -> int:
        return self._asker.calls

    def piece(self, step: Step) -> int:
        return max(1, self._asker.model.together) if step == "describe" else _AT_ONCE

    # -- describe and label ----------------------------------------------------------------------

    def describe(self, rows: Sequence[Row]) -> list[Said]:
        wording = self._wish.described_as or self._wish.criterion
        question = fill("describe", self._wish.prompts, wording)
        pictures = [self._subjects[row.key] for row in rows]
        said: dict[str, Said] = {}
        for each in pictures:
            if (known := self._asker.known("describe", question, "", each)) is not None:
                said[each.key] = Said(known, cached=True)
        waiting = [each for each in pictures if each.key not in said]
        for each, answer in zip(waiting, self._asker.ask_each(question, waiting), strict=True):
            text = harmless(answers.spoken(answer.text)).strip()[:LONGEST_TEXT]
            if text:
                self._asker.keep("describe", question, "", each, text)
            failed = answer.failed or ("" if text else "It was not described.")
            said[each.key] = Said(text, failed)
        return [said[each.key] for each in pictures]

    def label(self, rows: Sequence[Row], everything: Sequence[Row]) -> list[Said]:
        system = fill("label", self._wish.prompts, self._wish.criterion)
        found = self._each("label", system, rows, answers.label, _described)
        return [
            Said("", failed, cached) if label is None else Said(label, "", cached)
            for label, failed, cached in found
        ]

    # -- name ------------------------------------------------------------------------------------

    def name(self, labels: Sequence[LabelCount], rows: Sequence[Row]) -> Named:
        before = self._asker.calls
        if not labels:
            return Named([], "No photo has a label, so there are no classes.")
        cached = 0
        counts = [(each.label, each.photos) for each in labels]
        while True:
            parts = _parts(counts)
            proposals: list[str] = []
            for part in parts:
                names, known, failed = self._names(part, last=len(parts) == 1)
                cached += known
                if not names:
                    return self._by_count(labels, failed, cached, self._asker.calls - before)
                proposals += [name for name in names if name not in proposals]
            if len(parts) == 1 or len(proposals) >= len(counts):
                break
            counts = [(name, 1) for name in proposals]
        note = ""
        k = self._wish.k
        if k and len(proposals) > k:
            proposals = proposals[:k]
        elif k and len(proposals) < k:
            note = f"{self.model} found {len(proposals)} classes, not {k}."
        classes = [Class(name=name) for name in proposals]
        return Named(classes, note, cached, self._asker.calls - before)

    def _names(
        self, labels: Sequence[tuple[str, int]], *, last: bool
    ) -> tuple[list[str], bool, str]:
        """Names of classes for some labels, whether they were known, and why there are none."""
        k = min(self._wish.k, len(labels)) if self._wish.k and last else None
        system = fill("name", self._wish.prompts, self._wish.criterion, k=k)
        question = "\n".join(f"{label}: {count}" for label, count in labels)
        known = self._asker.known("name", system, question, None)
        if known is not None:
            return answers.names(known), True, ""
        failed = ""
        for _ in range(2):
            answer = self._asker.ask(system, question)
            names = answers.names(answer.text)
            if names:
                self._asker.keep("name", system, question, None, answer.text)
                return names, False, ""
            failed = answer.failed or f"{self.model} wrote no list of classes."
        return [], False, failed

    def _by_count(
        self, labels: Sequence[LabelCount], failed: str, cached: int, calls: int
    ) -> Named:
        """The most frequent labels as classes, where the model names none."""
        most = self._wish.k or 12
        classes = [Class(name=each.label, labels=(each.label,)) for each in labels[:most]]
        note = f"{failed} The most frequent labels are the classes; edit the list."
        return Named(classes, note, cached, calls)

    # -- assign ----------------------------------------------------------------------------------

    def assign(self, rows: Sequence[Row], classes: Sequence[Class]) -> list[Verdict]:
        names = tuple(each.name for each in classes if each.origin != "other")
        system = fill(
            "assign",
            self._wish.prompts,
            self._wish.criterion,
            classes=names,
            other=self._wish.other,
        )
        asked = [row for row in rows if names and (row.description or row.label)]
        allowed = Allowed((*names, OTHER) if self._wish.other else names, "label" in self.skips)
        found = self._each(
            "assign", system, asked, lambda text: answers.choice(text, names), _both, allowed
        )
        by_key = {row.key: each for row, each in zip(asked, found, strict=True)}
        return [self._verdict(row, by_key.get(row.key), names) for row in rows]

    def _verdict(
        self,
        row: Row,
        found: tuple[answers.Choice | None, str, bool] | None,
        names: Sequence[str],
    ) -> Verdict:
        if found is None:
            reason = row.failed or "There is no description to go by."
            return Verdict(OTHER, 0.0, reason, failed=row.failed)
        chosen, failed, cached = found
        if chosen is None:
            return Verdict(OTHER, 0.0, failed, failed=failed, cached=cached)
        confidence = 0.9 if chosen.sure else 0.6
        reason = chosen.reason or (
            f"{self.model} answers “{chosen.answer}”, which is no class."
            if chosen.answer
            else f"{self.model} says so of: {row.description or row.label}"[:200]
        )
        return Verdict(chosen.class_, confidence, reason, chosen.answer, cached=cached)

    # -- many at once ----------------------------------------------------------------------------

    def _each(
        self,
        step: Step,
        system: str,
        rows: Sequence[Row],
        read: Callable[[str], T | None],
        item: Callable[[Row], str],
        allowed: Allowed | None = None,
    ) -> list[tuple[T | None, str, bool]]:
        """Ask about rows, several at once, and alone about those that went wrong.

        Each answer is kept by its own item, so it does not matter with which others it was asked.

        Args:
            step: Which step it is.
            system: What is to be done.
            rows: Which.
            read: Understands an answer; None for nonsense.
            item: What is asked about a row.
            allowed: The answers that there are, to which a model is held that can be; None for any.

        Returns:
            For each row what was read, or None and a sentence; and whether it was known before.
        """
        found: dict[str, tuple[T | None, str, bool]] = {}
        waiting = []
        for row in rows:
            if not item(row):
                found[row.key] = (None, row.failed or "There is no description to go by.", False)
                continue
            known = self._asker.known(step, system, item(row), None)
            if known is not None and (meaning := read(known)) is not None:
                found[row.key] = (meaning, "", True)
            else:
                waiting.append(row)
        for start in range(0, len(waiting), _AT_ONCE):
            together = waiting[start : start + _AT_ONCE]
            vague = self._ask_about(step, system, together, read, item, found, allowed)
            missing = [row for row in together if row.key not in found and len(together) > 1]
            for row in (*missing, *vague):
                self._ask_about(step, system, [row], read, item, found)
        return [
            found.get(row.key, (None, f"{self.model} did not answer in the form asked for.", False))
            for row in rows
        ]

    def _ask_about(
        self,
        step: Step,
        system: str,
        rows: Sequence[Row],
        read: Callable[[str], T | None],
        item: Callable[[Row], str],
        found: dict[str, tuple[T | None, str, bool]],
        allowed: Allowed | None = None,
    ) -> list[Row]:
        """Ask one question about rows, and put what can be understood into `found`.

        Returns:
            Those of which a model that was held to `allowed` could not say what they are.
        """
        bound = Bound(allowed.texts, len(rows)) if allowed is not None else None
        vague = []
        question = "\n".join(f"{number}. {item(row)}" for number, row in enumerate(rows, 1))
        answer: Answered = self._asker.ask(system, question, bound)
        said = answers.numbered(answer.text, len(rows))
        for number, row in enumerate(rows, 1):
            text = said.get(number, "")
            meaning = read(text) if text else None
            if meaning is not None:
                self._asker.keep(step, system, item(row), None, text)
                found[row.key] = (meaning, "", False)
                if allowed is not None and answer.is_bound and allowed.wants_more(text):
                    vague.append(row)
            elif len(rows) == 1 and row.key not in found:
                failed = answer.failed or f"{self.model} did not answer in the form asked for."
                found[row.key] = (None, failed, False)
        return vague


def _described(row: Row) -> str:
    return " ".join((row.description or "").split())[:_LONGEST]


def _both(row: Row) -> str:
    """What is known of a photo: its label goes first, where the description is long."""
    label, text = row.label or "", _described(row)
    return f"{label}. {text}" if label and text else label or text


def _parts(labels: Sequence[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """Labels in as few parts as have room in a question each, none left out."""
    parts: list[list[tuple[str, int]]] = [[]]
    room = _ROOM
    for label, count in labels:
        room -= len(label) + 8
        if room < 0 and parts[-1]:
            parts.append([])
            room = _ROOM - len(label) - 8
        parts[-1].append((label, count))
    return parts
