"""Classes out of raw labels without a language model: labels of one meaning are one class.

No label is left out for being rare: each goes into the class whose labels it lies nearest to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_selector.analysis.kmeans import spherical_kmeans, unit
from tui_selector.criteria.facets import Facet
from tui_selector.criteria.phrases import Embed, FloatArray
from tui_selector.criteria.run import Class, LabelCount

#: Cosine of labels that mean the same ("sofa", "couch").
_SYNONYM = 0.8
#: A found number of classes covers this share of the photos, with at most so many of them.
_COVERED, _MOST = 0.92, 12
#: Share of the photos of a class from which one label alone names it.
_SPEAKS = 0.4
#: How many of the nearest words of a wide class say whether a label belongs there.
_NEIGHBOURS = 3
#: Labels that k-means takes at once; of more, the rarest go to the nearest of the others.
_DIRECT = 1500


def fold(
    labels: Sequence[LabelCount], k: int | None, embed: Embed | None, facet: Facet | None = None
) -> tuple[list[Class], str]:
    """Put labels into classes.

    Args:
        labels: All of them, most frequent first.
        k: How many classes; None finds a number.
        embed: The space of texts; without it only the most frequent labels become classes.
        facet: What they answer, where that is known: its wide classes lend their names.

    Returns:
        The classes, largest first, and a sentence where there are not `k` of them, "" otherwise.
    """
    labels = [each for each in labels if each.label]
    if not labels:
        return [], "No photo has a label, so there are no classes."
    if k is not None and k >= len(labels):
        note = "" if k == len(labels) else f"There are only {_many(len(labels))}, not {k}."
        return [_class([each]) for each in labels], note
    if embed is None:
        kept = labels[: k or _MOST]
        return [_class([each]) for each in kept], ""
    vectors = embed([each.label for each in labels])
    facet = facet or Facet(name="")
    if facet.groups and (k == len(facet.groups) or (k is None and "or" in facet.name.split())):
        return _wide(labels, vectors, embed, facet), ""
    groups = _cut(labels, vectors, k) if k is not None else _cover(labels, vectors)
    return _named(groups, labels), ""


def _many(count: int) -> str:
    return "1 different label" if count == 1 else f"{count} different labels"


def _class(members: Sequence[LabelCount], name: str = "") -> Class:
    return Class(
        name=name or members[0].label,
        labels=tuple(each.label for each in members),
        photos=sum(each.photos for each in members),
    )


def _cut(labels: Sequence[LabelCount], vectors: FloatArray, k: int) -> list[list[int]]:
    """Exactly `k` groups, by k-means of the labels, each as heavy as its photos."""
    mass = np.array([each.photos for each in labels], np.float32)
    head = max(_DIRECT, k)
    # What all labels have in common says nothing about which belong together.
    apart = unit(vectors - (vectors * mass[:, None]).sum(axis=0) / mass.sum())
    parted = spherical_kmeans(apart[:head], k, weights=mass[:head], starts=20).labels
    groups: list[list[int]] = [np.flatnonzero(parted == group).tolist() for group in range(k)]
    if len(labels) > head:
        centres = np.stack([apart[group].sum(axis=0) for group in groups])
        nearest = (apart[head:] @ unit(centres).T).argmax(axis=1)
        for place, group in enumerate(nearest.tolist(), head):
            groups[group].append(place)
    return groups


def _cover(labels: Sequence[LabelCount], vectors: FloatArray) -> list[list[int]]:
    """As few groups as cover most photos: the most frequent labels, the others beside them."""
    groups: list[list[int]] = []
    rest: list[int] = []
    total = sum(each.photos for each in labels)
    covered = 0
    for place, each in enumerate(labels):
        cosines = [float(vectors[place] @ vectors[group[0]]) for group in groups]
        if cosines and max(cosines) >= _SYNONYM:
            groups[int(np.argmax(cosines))].append(place)
        elif len(groups) < _MOST and covered < _COVERED * total:
            groups.append([place])
        else:
            rest.append(place)
            continue
        covered += each.photos
    for place in rest:
        cosines = [float(vectors[place] @ vectors[group[0]]) for group in groups]
        groups[int(np.argmax(cosines))].append(place)
    return groups


def _named(groups: Sequence[Sequence[int]], labels: Sequence[LabelCount]) -> list[Class]:
    """The groups under names of their own, largest first."""
    drafts = []
    for group in groups:
        members = sorted((labels[place] for place in group), key=lambda each: -each.photos)
        total = sum(each.photos for each in members)
        if members[0].photos >= _SPEAKS * total or len(members) == 1:
            name = members[0].label
        else:
            name = f"{members[0].label} / {members[1].label}"
        drafts.append(_class(members, name))
    return sorted(drafts, key=lambda each: -each.photos)


def _wide(
    labels: Sequence[LabelCount], vectors: FloatArray, embed: Embed, facet: Facet
) -> list[Class]:
    """The wide classes of a facet, each label in the one whose words it lies nearest to."""
    names = list(facet.groups)
    near = [
        np.sort(vectors @ embed(facet.groups[name]).T, axis=1)[:, -_NEIGHBOURS:].mean(axis=1)
        for name in names
    ]
    best = np.stack(near, axis=1).argmax(axis=1)
    drafts = [
        _class([labels[place] for place in np.flatnonzero(best == side).tolist()], name)
        for side, name in enumerate(names)
        if np.any(best == side)
    ]
    return sorted(drafts, key=lambda each: -each.photos)
