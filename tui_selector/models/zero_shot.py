"""Tags without training: which words of a vocabulary a photo shows, and that it shows none of them.

A vocabulary has facets: what thing, where, doing what. Of each facet a photo has one answer or
none, so a label's chance is its share of a softmax over its facet and "nothing". What "nothing"
weighs is said by the model's calibration, from how sure the photo is of the labels of all other
facets (see `calibration.Contrastive`). Classes also count for their groups, as with the built-in
model: three breeds at a quarter each make a dog.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_selector.library.photo import Tag
from tui_selector.models.calibration import Contrastive, log_sum, sigmoid
from tui_selector.models.labels import labels
from tui_selector.models.tags import MAX_TAGS, MIN_SCORE
from tui_selector.models.vocabulary import OWN, THINGS, Label


class Tagger:
    """Gives tags to photos by their vectors alone."""

    def __init__(
        self,
        calibration: Contrastive,
        vocabulary: Sequence[Label],
        rows: np.ndarray,
    ) -> None:
        """
        Args:
            calibration: Of the model; its cohort are the labels but the owner's.
            vocabulary: v labels.
            rows: Their vectors, (v, d) float32, unit rows.
        """
        self._calibration = calibration
        self._rows = rows
        self._places: dict[str, list[int]] = {}
        for place, label in enumerate(vocabulary):
            self._places.setdefault(label.facet, []).append(place)
        self._tags = [label.tag for label in vocabulary]
        self._members = _members([self._tags[place] for place in self._places.get(THINGS, [])])

    def tags(self, vectors: np.ndarray) -> list[tuple[Tag, ...]]:
        """Tags of photos by their vectors (n, d), the surest first; none where nothing is sure."""
        logits = self._calibration.logits(vectors @ self._rows.T).astype(np.float64)
        found: list[list[Tag]] = [[] for _ in vectors]
        for facet in self._places:
            words, chances = self._chances(facet, logits)
            for row, photo in zip(chances, found, strict=True):
                best = np.argsort(-row, kind="stable")[: None if facet == OWN else MAX_TAGS]
                photo += [
                    Tag(words[place], round(float(row[place]), 3), "model")
                    for place in best
                    if row[place] >= MIN_SCORE
                ]
        return [_best(tags) for tags in found]

    def _chances(self, facet: str, logits: np.ndarray) -> tuple[list[str], np.ndarray]:
        """The words of a facet and the chance (n, w) of each, by the logits (n, v) of all."""
        places = self._places[facet]
        words, own = [self._tags[place] for place in places], logits[:, places]
        others = [
            place
            for other, some in self._places.items()
            if other not in (facet, OWN)
            for place in some
        ]
        if not others:  # nothing else is known than this facet
            others = places
        nothing = self._calibration.nothing(log_sum(logits[:, others]))[:, None]
        if facet == OWN:
            return words, sigmoid(own - nothing)
        chances = np.exp(own - log_sum(np.concatenate([own, nothing], axis=1))[:, None])
        if facet == THINGS:
            words, chances = list(labels().words), chances @ self._members
        return words, np.minimum(chances, 1.0)


def _members(things: Sequence[str]) -> np.ndarray:
    """Which things count for which of the words of `labels`, (t, w)."""
    known = labels()
    rows = {name: number for number, name in enumerate(known.names)}
    return known.members[[rows[thing] for thing in things]]


def _best(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags by score, each word once."""
    best: dict[str, Tag] = {}
    for tag in sorted(tags, key=lambda tag: -tag.score):
        best.setdefault(tag.name, tag)
    return tuple(best.values())
