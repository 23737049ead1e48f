"""What is measured and how it is laid out, without a screen: groups, known classes, measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tui_selector.app.matrix import Matrix
from tui_selector.criteria.telling import told_apart
from tui_selector.engine.criteria_messages import GetRun, RunResult
from tui_selector.engine.evaluation_messages import Evaluated, NamedPhotos
from tui_selector.engine.protocol import AnyAnswer, Group, Groups
from tui_selector.library.catalog.clusters import Clustering

if TYPE_CHECKING:
    from tui_selector.criteria.run import Run
    from tui_selector.library.catalog.catalog import Catalog

#: What algorithms are called that have a threshold.
_NAMES = {"dbscan": "DBSCAN", "linked": "linked"}

#: What the photos are called that no group has taken.
NO_GROUP = "in none"

#: The measures of a table of runs: heading, and how it is read.
MEASURES: tuple[tuple[str, Callable[[Evaluated], float | None]], ...] = (
    ("ACC", lambda each: each.accuracy),
    ("ARI", lambda each: each.ari),
    ("NMI", lambda each: each.nmi),
    ("silhouette", lambda each: each.silhouette),
    ("CH", lambda each: each.calinski_harabasz),
    ("DB", lambda each: each.davies_bouldin),
)


class Contender(msgspec.Struct, frozen=True):
    """Groups that can be measured: the tabs as they are, an algorithm's, a criterion's.

    Attributes:
        name: What it is called, printable or not.
        request: What the engine is asked for the groups; None for the tabs, which the catalog has.
    """

    name: str
    request: Group | GetRun | None = None

    @property
    def clustering(self) -> Clustering | None:
        """The parameters of an algorithm; None for others."""
        return self.request.clustering if isinstance(self.request, Group) else None


TABS = Contender("tabs as they are")


def algorithms(classes: int) -> list[Contender]:
    """The algorithms with what they suggest; k-means with as many groups as there are classes."""
    found = [Contender(f"k-means, K = {classes}", Group(clustering=Clustering(k=classes)))]
    if classes < 1:
        found = [Contender("k-means, K as suggested", Group(clustering=Clustering()))]
    return [
        *found,
        Contender("DBSCAN", Group(clustering=Clustering(algorithm="dbscan"))),
        Contender("linked", Group(clustering=Clustering(algorithm="linked"))),
        Contender("HDBSCAN", Group(clustering=Clustering(algorithm="hdbscan"))),
    ]


def stepped(contender: Contender, used: Clustering | None, steps: int) -> Contender | None:
    """An algorithm with its parameter some steps on; None where there is no such parameter.

    Args:
        contender: The algorithm.
        used: Its parameters with what was suggested filled in; None while that is not known.
        steps: How many, and which way.
    """
    wanted = contender.clustering
    if wanted is None:
        return None
    now = used or wanted
    if now.algorithm == "kmeans":
        k = max(2, (now.k or 2) + steps)
        return Contender(f"k-means, K = {k}", Group(clustering=replace(wanted, k=k)))
    if now.algorithm == "hdbscan":
        size = max(2, now.min_cluster_size + steps)
        other = replace(wanted, min_cluster_size=size)
        return Contender(f"HDBSCAN, {size} photos at least", Group(clustering=other))
    threshold = round(min(1.0, max(-1.0, (now.threshold or 0.0) + 0.01 * steps)), 2)
    name = f"{_NAMES[now.algorithm]}, from {threshold:.2f}"
    return Contender(name, Group(clustering=replace(wanted, threshold=threshold)))


def of_runs(runs: Sequence[Run]) -> list[Contender]:
    """What runs of criteria have found; those without classes are left out."""
    with_classes = [run for run in runs if run.classes]
    return [
        Contender(
            f"criterion: {run.wish.criterion}" + (f" · {told}" if told else ""), GetRun(run=run.id)
        )
        for run, told in zip(with_classes, told_apart(with_classes), strict=True)
    ]


def groups_in(answer: AnyAnswer) -> list[NamedPhotos]:
    """The groups in the engine's answer to a contender's request; those of Singles are in none."""
    if isinstance(answer, Groups):
        return [NamedPhotos(group.name, group.photos) for group in answer.groups]
    assert isinstance(answer, RunResult)
    names = [each.name for each in answer.run.classes]
    return [NamedPhotos(name, found) for name, found in zip(names, answer.members, strict=True)]


def tab_groups(catalog: Catalog) -> list[NamedPhotos]:
    """The tabs of clusters and of the owner, as the catalog has them."""
    return [
        NamedPhotos(tab.name, list(catalog.tabs.photo_ids(tab.id)))
        for tab in catalog.tabs.all()
        if tab.id > 0
    ]


def named(known: Mapping[int, str]) -> list[NamedPhotos]:
    """Known classes in the order of their names, each with its photos."""
    photos: dict[str, list[int]] = {}
    for photo, name in known.items():
        photos.setdefault(name, []).append(photo)
    return [NamedPhotos(name, photos[name]) for name in sorted(photos)]


class Measured(msgspec.Struct, frozen=True):
    """A contender that was measured.

    Attributes:
        contender: Which.
        groups: Its groups, in the order that they were measured in.
        classes: What they were compared with.
        result: The measures.
        order: For each column of `matrix` the index of its group; -1 for what is in none.
    """

    contender: Contender
    groups: list[NamedPhotos]
    classes: list[NamedPhotos]
    result: Evaluated
    order: tuple[int, ...]

    @property
    def matrix(self) -> Matrix:
        """The confusion matrix: what stands for a class in the order of classes, then the others,
        the largest first."""
        scores = self.result.classes
        counts = self.result.counts
        return Matrix(
            rows=tuple(each.name for each in scores),
            columns=tuple(NO_GROUP if n < 0 else self.groups[n].name for n in self.order),
            counts=tuple(tuple(row[n] for n in self.order) for row in counts),
            row_word="class",
            column_word="group",
            head=("prec.", "recall", "F1"),
            notes=tuple(
                tuple(f"{value:.2f}" for value in (each.precision, each.recall, each.f1))
                for each in scores
            ),
            pairs=tuple(self.order.index(each.group) if each.group >= 0 else -1 for each in scores),
        )

    def photos(self, row: int | None, column: int | None) -> list[int]:
        """The photos of a cell; None is every row, or every column."""
        wanted = self.classes if row is None else [self.classes[row]]
        found = [photo for each in wanted for photo in each.photos]
        if column is None:
            return found
        number = self.order[column]
        if number >= 0:
            inside = set(self.groups[number].photos)
            return [photo for photo in found if photo in inside]
        grouped = {photo for each in self.groups for photo in each.photos}
        return [photo for photo in found if photo not in grouped]

    @property
    def report(self) -> dict[str, Any]:
        """All of it, for JSON."""
        result = self.result
        measures = {
            name: getattr(result, name)
            for name in (
                *("accuracy", "ari", "nmi", "purity"),
                *("silhouette", "calinski_harabasz", "davies_bouldin"),
            )
        }
        names = [each.name for each in self.groups]
        return {
            "name": self.contender.name,
            "groups": len(self.groups),
            "photos": result.photos,
            "measures": measures,
            "classes": [
                {
                    "name": each.name,
                    "photos": each.photos,
                    "group": names[each.group] if each.group >= 0 else None,
                    "precision": each.precision,
                    "recall": each.recall,
                    "f1": each.f1,
                }
                for each in result.classes
            ],
            "matrix": {"columns": [*names, NO_GROUP], "counts": result.counts},
            "vectors": result.vectors,
            "model": result.model,
            "note": result.note,
        }


def measured(
    contender: Contender,
    groups: list[NamedPhotos],
    classes: list[NamedPhotos],
    result: Evaluated,
) -> Measured:
    """Lay out what the engine has measured."""
    return Measured(contender, groups, classes, result, _order(result, len(groups)))


def _order(result: Evaluated, groups: int) -> tuple[int, ...]:
    """Columns: those that stand for a class, in the order of classes, then the largest first.

    Groups without a photo of known class are left out, and what is in none where that is nothing.
    """
    if not result.counts:
        return ()
    sizes = [sum(column) for column in zip(*result.counts, strict=True)]
    matched = [each.group for each in result.classes if each.group >= 0]
    others = [n for n in range(groups) if n not in set(matched) and sizes[n]]
    others.sort(key=lambda n: -sizes[n])
    return (*matched, *others, *((-1,) if sizes[-1] else ()))


def short(value: float | None) -> str:
    """A measure in a narrow column."""
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"
