"""What a client asks the engine about how good groups are, and what it is answered."""

from __future__ import annotations

import msgspec

from tui_selector.engine.messages import Answer, Request


class NamedPhotos(msgspec.Struct, frozen=True):
    """Photos that are called the same: a known class, or a group that somebody has made."""

    name: str
    photos: list[int]


class Evaluate(Request, frozen=True, kw_only=True):
    """Measure groups. Answered by `Evaluated`.

    Attributes:
        groups: No photo is in two of them; groups may be empty.
        classes: What the photos are known to show, no photo in two of them; empty where nothing is
            known, then only what vectors tell is measured.
    """

    groups: list[NamedPhotos]
    classes: list[NamedPhotos] = msgspec.field(default_factory=list)


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """How well a class was found.

    Attributes:
        name: Of the class.
        photos: How many are known to be of it.
        group: Index of the group that stands for it; -1 where none does.
        precision: Share of that group that is of the class.
        recall: Share of the class that is in that group.
        f1: Harmonic mean of both.
    """

    name: str
    photos: int
    group: int
    precision: float
    recall: float
    f1: float


class Evaluated(Answer, frozen=True, kw_only=True):
    """How good groups are.

    Attributes:
        photos: How many of known class were counted.
        accuracy: Share of them in the group that stands for their class (Hungarian method); None,
            as the next three, where no class is known.
        ari: Adjusted Rand index.
        nmi: Normalized mutual information.
        purity: Share of them that are of the most frequent class of their group.
        classes: In the order that was asked with.
        counts: For each class how many of its photos are in each group, in that order, and last how
            many are in none; each of those counts as a group of its own.
        silhouette: Cosine, of all photos in groups, known or not; None, as the next two, where
            there are no two groups or no vectors.
        calinski_harabasz: Of the unit vectors.
        davies_bouldin: Of the unit vectors.
        vectors: How many photos in groups have a vector.
        model: Whose vectors; "" for none.
        note: One sentence on what could not be measured; "" otherwise.
        milliseconds: That it took in the engine.
    """

    photos: int = 0
    accuracy: float | None = None
    ari: float | None = None
    nmi: float | None = None
    purity: float | None = None
    classes: list[ClassScore] = msgspec.field(default_factory=list)
    counts: list[list[int]] = msgspec.field(default_factory=list)
    silhouette: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None
    vectors: int = 0
    model: str = ""
    note: str = ""
    milliseconds: float = 0.0
