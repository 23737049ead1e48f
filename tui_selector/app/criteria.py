"""Runs of criteria in words, without a screen: what each step shows, and photos as tiles."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from tui_selector.app.widgets.bar_list import BarRow
from tui_selector.app.widgets.tile import Tile
from tui_selector.criteria.run import (
    OTHER,
    STEPS,
    WAY_NAMES,
    PhotoAnswer,
    Run,
    Step,
    StepInfo,
)
from tui_selector.criteria.telling import told_apart
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.album import Album

_SIGNS = {"waiting": "·", "running": "▶", "done": "✓", "skipped": "–"}

#: Key of a row that offers a class which there is not yet.
OFFER = "offer:"


class PhotoList:
    """Some photos in an order, as tiles."""

    def __init__(self, album: Album, photos: Sequence[int] = ()) -> None:
        self._album = album
        self.ids = array("q", photos)

    def __len__(self) -> int:
        return len(self.ids)

    def tile(self, index: int) -> Tile:
        if index >= len(self.ids):
            return Tile("", "", "")
        return self._album.tile_of(self._album.photo_among(self.ids, index))


def runs_words(runs: Sequence[Run]) -> list[str]:
    """The runs in the line of all runs; those of one criterion say what they differ in."""
    return [run_words(run, told) for run, told in zip(runs, told_apart(runs), strict=True)]


def run_words(run: Run, told: str = "") -> str:
    """A run in the line of all runs.

    Args:
        run: The run.
        told: What tells it from others of its criterion.
    """
    classes = sum(each.origin != "other" for each in run.classes)
    share = ""
    if run.state == "running":
        now = step_now(run)
        info = next((each for each in run.steps if each.step == now), None)
        share = f" ▶ {now}" + (f" {100 * info.done // info.total} %" if info and info.total else "")
    elif run.state in ("failed", "cancelled"):
        share = f" {run.state}"
    return run_name(run, told, f"{classes or ''}") + share


def run_name(run: Run, told: str = "", count: str = "") -> str:
    """The criterion of a run, its number of classes, and what tells it from others."""
    words = f"{printable(run.wish.criterion)} {count}".strip()
    return words + (f" · {printable(told)}" if told else "")


def step_words(run: Run | None) -> list[str]:
    """The four steps with how far each is."""
    infos = {info.step: info for info in run.steps} if run is not None else {}
    return [f"{number} {_label(step, infos.get(step))}" for number, step in enumerate(STEPS, 1)]


def _label(step: Step, info: StepInfo | None) -> str:
    words = "name the classes" if step == "name" else step
    if info is None:
        return words
    count = ""
    if info.total and info.state != "skipped":
        count = f" {info.done:,}/{info.total:,}" if info.done < info.total else f" {info.total:,}"
    return f"{words} {_SIGNS[info.state]}{count}"


def step_now(run: Run) -> Step:
    """The step that is worked at, or the last."""
    return next(
        (info.step for info in run.steps if info.state in ("running", "waiting")), STEPS[-1]
    )


def rows_of(
    run: Run, step: Step, marked: Collection[str], name_of: Callable[[int], str]
) -> list[BarRow]:
    """What a step shows.

    Args:
        run: The run.
        step: Which of its steps.
        marked: Names of classes that are marked.
        name_of: The printable name of a photo.
    """
    if step == "describe":
        return [
            BarRow(
                f"{each.photo}",
                name_of(each.photo),
                note=" ".join(printable(each.description or each.label or "…").split()),
            )
            for each in run.samples
        ]
    if step == "label":
        return [
            BarRow(
                each.label,
                printable(each.label),
                each.photos,
                f"→ {printable(each.class_)}" if each.class_ else "",
            )
            for each in run.histogram
        ]
    return [
        *(
            BarRow(
                each.name,
                printable(each.name),
                each.photos,
                _class_note(each.labels, each.origin) if step == "name" else "",
                each.name in marked,
            )
            for each in run.classes
        ),
        *(
            BarRow(
                OFFER + each.label,
                f"+ {printable(each.label)}",
                each.photos,
                "not in the list",
                faint=True,
            )
            for each in run.offers
        ),
    ]


def _class_note(labels: Sequence[str], origin: str) -> str:
    by = {"owner": "yours", "other": "fits nowhere else"}.get(origin, "")
    return " · ".join(filter(None, [by, ", ".join(map(printable, labels[:8]))]))


def way_words(run: Run) -> str:
    """How photos are sorted, and why that way."""
    model = f" ({printable(run.model)})" if run.model else ""
    return " · ".join(
        filter(None, [WAY_NAMES[run.way] + model, printable(run.reason), printable(run.note)])
    )


def step_note(run: Run, step: Step) -> str:
    """What a step has taken, and what needs the owner's eye."""
    info = next((each for each in run.steps if each.step == step), None)
    if info is None:
        return ""
    parts = [
        {"skipped": "not needed", "waiting": "still to come"}.get(info.state, ""),
        f"{info.calls:,} answers of the model" if info.calls else "",
        f"{info.cached:,} known from before" if info.cached else "",
        f"{info.failed:,} without a usable answer" if info.failed else "",
        f"{info.seconds:.1f} s" if info.seconds else "",
        f"{run.labels:,} different labels" if step == "label" and run.labels else "",
        printable(info.note),
    ]
    return " · ".join(filter(None, parts))


def answer_facts(answers: Sequence[PhotoAnswer]) -> list[tuple[str, str]]:
    """What runs say about a photo: the criterion, and the class with its reason."""
    return [
        (printable(answer.criterion), " · ".join(filter(None, _answer(answer))))
        for answer in answers
    ]


def _answer(answer: PhotoAnswer) -> list[str]:
    if not answer.class_:
        return ["no class yet"]
    sure = "yours" if answer.by_owner else f"{100 * answer.confidence:.0f} %"
    label = answer.label if answer.label != answer.class_ else ""
    return [
        f"{printable(answer.class_)} ({sure})",
        printable(answer.reason),
        f"label: {printable(label)}" if label else "",
        f"answered: {printable(answer.answer)}" if answer.answer else "",
        f"described: {printable(answer.description)}" if answer.description else "",
    ]


def is_fixed(name: str) -> bool:
    """Whether a class cannot be renamed or merged."""
    return name == OTHER
