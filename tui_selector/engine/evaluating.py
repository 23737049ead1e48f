"""Measuring how good groups are: against known classes, and in the space of the photos' vectors."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.agreement import agreement, count
from tui_selector.analysis.separation import Separation, separation
from tui_selector.engine.evaluation_messages import ClassScore, Evaluate, Evaluated, NamedPhotos
from tui_selector.engine.protocol import Failure
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)


def evaluate(library: LibraryPaths, spaces: Spaces | None, asked: Evaluate) -> Evaluated | Failure:
    """Measure groups.

    Args:
        library: Has the vectors.
        spaces: The vectors that groups are separated in; None where there is no model.
        asked: The groups and the known classes.
    """
    start = time.perf_counter()
    home, twice = _places(asked.groups)
    truth, doubtful = _places(asked.classes)
    if twice or doubtful:
        what = "groups" if twice else "classes"
        return Failure(sentence=f"A photo is in two {what}; they cannot be measured.")
    try:
        vectors, labels = _vectors(library, spaces, home)
    except (CatalogError, sqlite3.Error) as error:
        _log.warning("vectors cannot be read: %s", error)
        return Failure(sentence=f"The vectors of the photos cannot be read: {error}")
    apart = separation(vectors, labels)
    answer = Evaluated(
        silhouette=apart.silhouette,
        calinski_harabasz=apart.calinski_harabasz,
        davies_bouldin=apart.davies_bouldin,
        vectors=len(vectors),
        model="" if spaces is None else spaces.pictures,
        note=_note(spaces, apart, len(home), len(vectors)),
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    return _compared(answer, asked, home, truth, start) if asked.classes else answer


def _compared(
    answer: Evaluated, asked: Evaluate, home: dict[int, int], truth: dict[int, int], start: float
) -> Evaluated:
    """An answer with what known classes tell."""
    known = np.fromiter(truth.values(), np.int64, len(truth))
    found = np.fromiter((home.get(photo, -1) for photo in truth), np.int64, len(truth))
    inside = found >= 0
    table = count(known[inside], found[inside], len(asked.classes), len(asked.groups))
    alone = np.bincount(known[~inside], minlength=len(asked.classes))
    result = agreement(table, alone)
    scores = [
        ClassScore(
            name=each.name,
            photos=len(each.photos),
            group=int(group),
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
        )
        for each, group, precision, recall, f1 in zip(
            asked.classes, result.match, result.precision, result.recall, result.f1, strict=True
        )
    ]
    from msgspec.structs import replace

    return replace(
        answer,
        photos=len(truth),
        accuracy=result.accuracy,
        ari=result.ari,
        nmi=result.nmi,
        purity=result.purity,
        classes=scores,
        counts=np.hstack([table, alone[:, None]]).tolist(),
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )


def _places(sets: Sequence[NamedPhotos]) -> tuple[dict[int, int], bool]:
    """For each photo the index of the set that it is in, and whether one is in two."""
    places = {photo: index for index, each in enumerate(sets) for photo in each.photos}
    return places, len(places) < sum(len(each.photos) for each in sets)


def _vectors(
    library: LibraryPaths, spaces: Spaces | None, home: dict[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The vectors of the photos in groups that have one, and their groups."""
    if spaces is None:
        return np.empty((0, 1), np.float32), np.empty(0, np.int64)
    with Catalog.open(library) as catalog:
        stored = catalog.vectors.rows(spaces.pictures)
        rows = [
            (stored[hash_], home[id_])
            for id_, hash_, _, _ in catalog.photos.indexed()
            if hash_ in stored and id_ in home
        ]
        _, vectors = catalog.vectors.load(spaces.pictures, spaces.dimensions)
    places = np.array(rows, np.int64).reshape(-1, 2)
    return vectors[places[:, 0]], places[:, 1]


def _note(spaces: Spaces | None, apart: Separation, photos: int, vectors: int) -> str:
    if spaces is None:
        return "No model is there: how well groups are separated is not measured."
    if vectors < photos:
        return f"{photos - vectors:,} photos have no vector yet; separation is that of the others."
    if apart.silhouette is None:
        return "Separation needs two groups at least, and more photos than groups."
    return ""
