"""What is known of each photo of a run, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from tui_selector.criteria.run import (
    LABELS_SHOWN,
    OTHER,
    SAMPLES_SHOWN,
    Class,
    LabelCount,
    Run,
    Sample,
    Step,
)


class Subject(msgspec.Struct, frozen=True):
    """A picture that is to be sorted.

    Attributes:
        key: The content hash of its file in hexadecimal.
        photos: Ids of the photos that are this file, copies of it included.
        path: Of the first of them, as `Photo.path`.
    """

    key: str
    photos: tuple[int, ...]
    path: str


class Row(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of one picture; None where a step has not come to it.

    Attributes:
        key: As `Subject.key`.
        description: What it shows, with the criterion in mind.
        label: Its raw label.
        label_confidence: Of the label, 0 to 1.
        label_reason: One sentence on the label.
        class_: The class that it was assigned to.
        answer: What was answered in the last step, where that is no name of a class.
        confidence: Of the class, 0 to 1.
        reason: One sentence on the class.
        failed: One sentence on what kept a step from an answer; "" otherwise.
        owner: The class that the owner has put it into.
    """

    key: str
    description: str | None = None
    label: str | None = None
    label_confidence: float = 0.0
    label_reason: str = ""
    class_: str | None = None
    answer: str = ""
    confidence: float = 0.0
    reason: str = ""
    failed: str = ""
    owner: str | None = None

    @property
    def final(self) -> str | None:
        """The class that counts: the owner's word before the run's."""
        return self.class_ if self.owner is None else self.owner

    def lacks(self, step: Step) -> bool:
        """Whether a step of a photo has yet to be done."""
        match step:
            case "describe":
                return self.description is None
            case "label":
                return self.label is None
            case "assign":
                return self.class_ is None
        return False

    def forget(self, step: Step) -> None:
        """Be as before a step, and before those that follow it."""
        if step == "describe":
            self.description = None
        if step in ("describe", "label"):
            self.label, self.label_confidence, self.label_reason = None, 0.0, ""
        self.class_, self.answer, self.failed = None, "", ""
        self.confidence, self.reason = self.label_confidence, self.label_reason


def histogram(rows: Iterable[Row]) -> list[LabelCount]:
    """Raw labels with the class that most of their photos are in, most frequent first."""
    counts: Counter[str] = Counter()
    classes: dict[str, Counter[str]] = {}
    for row in rows:
        if row.label:
            counts[row.label] += 1
            if row.final:
                classes.setdefault(row.label, Counter())[row.final] += 1
    found = []
    for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        votes = classes.get(label)
        class_ = votes.most_common(1)[0][0] if votes else ""
        found.append(LabelCount(label=label, photos=count, class_=class_))
    return found


def offers(rows: Iterable[Row], classes: Sequence[Class]) -> tuple[LabelCount, ...]:
    """Answers of photos outside of every class, most frequent first."""
    names = {each.name.casefold() for each in classes}
    counts: Counter[str] = Counter()
    for row in rows:
        if row.final == OTHER:
            offered = (row.answer or row.label or "").strip()
            if offered and offered.casefold() not in names | {OTHER}:
                counts[offered] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(LabelCount(label=label, photos=count) for label, count in ordered[:LABELS_SHOWN])


def counted(classes: Iterable[Class], rows: Sequence[Row]) -> tuple[Class, ...]:
    """The classes with the number of their photos, and the labels that go to them.

    A label goes where most of its photos are; one that has no photos there yet stays.
    """
    counts = Counter(row.final for row in rows)
    of_label = {each.label: each.class_ for each in histogram(rows) if each.class_}
    found = []
    for each in classes:
        staying = [label for label in each.labels if of_label.get(label, each.name) == each.name]
        coming = [label for label, class_ in of_label.items() if class_ == each.name]
        labels = tuple(dict.fromkeys((*coming, *staying)))
        found.append(msgspec.structs.replace(each, photos=counts[each.name], labels=labels))
    return tuple(found)


def summary(run: Run, rows: Sequence[Row], subjects: Sequence[Subject]) -> Run:
    """The run as it stands, its counts and samples taken from the rows."""
    labels = histogram(rows)
    ids = {subject.key: subject.photos[0] for subject in subjects}
    step = max(1, len(rows) // SAMPLES_SHOWN)
    samples = [row for row in rows[::step] if row.description or row.label or row.final]
    return msgspec.structs.replace(
        run,
        classes=counted(run.classes, rows),
        histogram=tuple(labels[:LABELS_SHOWN]),
        labels=len(labels),
        offers=offers(rows, run.classes),
        samples=tuple(
            Sample(
                photo=ids[row.key],
                description=row.description or "",
                label=row.label or "",
                class_=row.final or "",
            )
            for row in samples[:SAMPLES_SHOWN]
            if row.key in ids
        ),
        photos=len(rows),
        waiting=sum(row.final is None for row in rows),
    )
