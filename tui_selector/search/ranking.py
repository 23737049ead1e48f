"""Ranks photos by everything that speaks for them, on one scale, and says what did.

Every signal is a chance from 0 to 1 that the photo shows what was asked for: cosines of words and
of pictures through the model's calibration, tags by their own scores, which are chances already,
and the words of file names, of what is written in the picture and of its description. What says the
same about a term in several ways (its meaning, a tag, the file's name, its text, its description)
joins as independent witnesses do, 1 - Π(1 - p); attributes of a thing must hold together, Π p; and
the terms of a query meet in their weighted geometric mean, where a term that is not wanted counts
by 1 - p. A chance of one half is thus the floor whatever a query is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tui_selector.search.floor import Calibration
from tui_selector.search.frames import NO_FRAMES, Entries, Frames, entries
from tui_selector.search.index import Index
from tui_selector.search.scores import FLOOR, Signal, SignalKind, Weights

#: Chance that a photo is meant whose path holds every word that was asked for.
NAMED = 0.9
#: Chance that a photo is meant in which every word is written that was asked for.
WRITTEN = 0.9
#: Chance that a photo is meant whose description has every word that was asked for: models that
#: describe photos also name what is not there.
DESCRIBED = 0.85
#: Chance of an attribute that no tag confirms: just under a match, so "a red bus" finds no blue
#: bus, yet blue buses are the nearest. Tags see what fills the picture; small things go untagged.
UNTAGGED = 0.45
#: Candidates that an index which is not exact is asked for.
CANDIDATES = 1000


class Marks(NamedTuple):
    """Scores that only some photos have: ascending positions (p,) and their scores (p,)."""

    positions: np.ndarray
    scores: np.ndarray

    def over(self, positions: np.ndarray) -> np.ndarray:
        """The scores of photos at ascending `positions`, 0 where there is none."""
        scores = np.zeros(len(positions))
        places = np.searchsorted(positions, self.positions)
        inside = places < len(positions)
        inside[inside] = positions[places[inside]] == self.positions[inside]
        scores[places[inside]] = self.scores[inside]
        return scores


NO_MARKS = Marks(np.empty(0, np.int64), np.empty(0))


class Asked(NamedTuple):
    """One term of a query, ready to be compared.

    Attributes:
        text: What to call it.
        weight: As `Term.weight`.
        words: Vector of the things asked for, (t,) float32 unit length; None where there are none.
        picture: Vector of a photo, (d,) float32 unit length; None for words.
        attributes: Tags that have to hold too, and which photos have them.
        labels: Photos with a tag that says the same as the words.
        names: Photos whose path says the same as the words.
        texts: Photos in which the words are written.
        captions: Photos whose description has the words.
    """

    text: str
    weight: float = 1.0
    words: np.ndarray | None = None
    picture: np.ndarray | None = None
    attributes: tuple[tuple[str, Marks], ...] = ()
    labels: Marks = NO_MARKS
    names: Marks = NO_MARKS
    texts: Marks = NO_MARKS
    captions: Marks = NO_MARKS


class Shelf(NamedTuple):
    """The n photos that are ranked, by position in natural order.

    Attributes:
        words: Index of the vectors that texts are compared with.
        word_rows: (n,) int64, the row of each photo there; -1 for none.
        pictures: Index of the image vectors.
        picture_rows: (n,) int64.
        calibration: What the model's cosines mean.
        partitions: (w,) float32, of every row of `words`; see `floor.Calibration`.
        frames: What is compared of videos, in the place of their own vectors.
        least: What nearly all of the partitions are at least.
    """

    words: Index
    word_rows: np.ndarray
    pictures: Index
    picture_rows: np.ndarray
    calibration: Calibration
    partitions: np.ndarray
    frames: Frames = NO_FRAMES
    least: float = 0.0

    def entries(self, positions: np.ndarray) -> Entries:
        """What is compared of the photos at ascending positions."""
        return entries(positions, self.word_rows, self.picture_rows, self.frames)


class Ranking(NamedTuple):
    """Photos, best first.

    Attributes:
        positions: (r,) int64.
        chances: (r,) float64, descending.
        complete: Whether all allowed photos are there, not only the best ones.
    """

    positions: np.ndarray
    chances: np.ndarray
    complete: bool

    def matches(self, least: float = FLOOR) -> int:
        """How many are at or above a floor."""
        return int(np.searchsorted(-self.chances, -least, side="right"))


class _Witness(NamedTuple):
    kind: SignalKind
    asked: str
    raw: np.ndarray
    chance: np.ndarray
    weight: float
    attribute: bool = False


def rank(
    shelf: Shelf,
    asked: Sequence[Asked],
    *,
    weights: Weights = Weights(),  # noqa: B008 - frozen
    allowed: np.ndarray | None = None,
    wanted: int = CANDIDATES,
) -> Ranking:
    """Rank photos; equals stay in natural order.

    Args:
        shelf: The photos.
        asked: The terms; with none, all allowed photos are matches.
        weights: Of the kinds of signals.
        allowed: (n,) bool, which photos may be returned; None allows all.
        wanted: How many photos must be returned at least, as far as there are so many.
    """
    positions, complete = _candidates(shelf, asked, allowed, wanted)
    these = shelf.entries(positions)
    chances = these.best(_chances(shelf, asked, these, weights))
    order = np.argsort(-chances, kind="stable")
    return Ranking(positions[order], chances[order], complete)


def explain(
    shelf: Shelf, asked: Sequence[Asked], positions: np.ndarray, weights: Weights
) -> list[tuple[Signal, ...]]:
    """What speaks for and against each of some photos, in the order of the query.

    Of a video it is what speaks for its best frame.
    """
    order = np.argsort(positions, kind="stable")
    these = shelf.entries(positions[order])
    seen = _chances(shelf, asked, these, _by_sight(weights))
    best = [span.start + int(seen[span].argmax()) for span in map(these.span, range(len(order)))]
    reasons: list[list[Signal]] = [[] for _ in positions]
    for term in asked:
        for witness in _witnesses(shelf, term, these, weights):
            for place, raw, chance in zip(
                order.tolist(),
                witness.raw[best].tolist(),
                witness.chance[best].tolist(),
                strict=True,
            ):
                if raw or witness.attribute or witness.kind in ("meaning", "picture"):
                    weight = witness.weight * term.weight
                    reasons[place].append(
                        Signal(witness.kind, witness.asked, round(raw, 4), round(chance, 4), weight)
                    )
    return [tuple(signals) for signals in reasons]


def moments(
    shelf: Shelf, asked: Sequence[Asked], positions: np.ndarray, weights: Weights
) -> list[list[tuple[float, float]]]:
    """Time (seconds) and score of every frame of each of some photos; empty for what is no video.

    A frame is scored by what it shows: what tags and names say of all the video tells no frame from
    another.
    """
    order = np.argsort(positions, kind="stable")
    these = shelf.entries(positions[order])
    found: list[list[tuple[float, float]]] = [[] for _ in positions]
    if len(these.photo) == len(positions) and np.isnan(these.seconds).all():
        return found
    seen = _chances(shelf, asked, these, _by_sight(weights))
    for photo, place in enumerate(order.tolist()):
        span = these.span(photo)
        if not np.isnan(these.seconds[span.start]):
            found[place] = list(zip(these.seconds[span].tolist(), seen[span].tolist(), strict=True))
    return found


def _by_sight(weights: Weights) -> Weights:
    """Only what is seen counts."""
    return Weights(
        meaning=weights.meaning, picture=weights.picture, tag=0, name=0, text=0, caption=0
    )


def _chances(shelf: Shelf, asked: Sequence[Asked], these: Entries, weights: Weights) -> np.ndarray:
    """The score of every entry, (e,) float64."""
    logs = np.zeros(len(these.photo))
    total = sum(abs(term.weight) for term in asked)
    for term in asked:
        chance = _together(_witnesses(shelf, term, these, weights))
        wanted_chance = chance if term.weight > 0 else 1.0 - chance
        logs += abs(term.weight) / total * np.log(np.clip(wanted_chance, 1e-12, 1.0))
    return np.asarray(np.exp(logs))


def _candidates(
    shelf: Shelf, asked: Sequence[Asked], allowed: np.ndarray | None, wanted: int
) -> tuple[np.ndarray, bool]:
    """Positions to score, ascending, and whether they are all that are allowed."""
    count = len(shelf.picture_rows)
    everything = np.arange(count) if allowed is None else np.flatnonzero(allowed)
    searches = []
    for term in asked:
        if term.weight > 0 and term.picture is not None:
            searches.append((shelf.pictures, term.picture))
        elif term.weight > 0 and term.words is not None:
            searches.append((shelf.words, term.words))
    wanted = max(wanted, CANDIDATES)
    is_small = len(everything) <= 2 * wanted
    if not searches or is_small or all(index.kind == "exact" for index, _ in searches):
        return everything, True
    these = shelf.entries(everything)
    chosen = np.zeros(count, bool)
    for index, query in searches:
        rows = these.word_rows if index is shelf.words else these.picture_rows
        chosen[everything[_nearest(index, query, rows, these.photo, wanted)]] = True
    for term in asked:
        if term.weight > 0:
            for marks in (
                term.labels,
                term.names,
                term.texts,
                term.captions,
                *(marks for _, marks in term.attributes),
            ):
                chosen[marks.positions] = True
    if allowed is not None:
        chosen &= allowed
    return np.flatnonzero(chosen), False


def _nearest(
    index: Index, query: np.ndarray, rows: np.ndarray, photo: np.ndarray, wanted: int
) -> np.ndarray:
    """The photos nearest to a query (d,): at least `wanted`, as far as so many have a row.

    Args:
        index: What to search.
        query: What to look for.
        rows: (e,) int64, the row of each entry; -1 for none.
        photo: (e,) int64, the photo of each entry. Those of one video may all be near.
        wanted: How many photos.
    """
    there = rows >= 0
    rows, photo = rows[there], photo[there]
    mask = np.zeros(len(index), bool)
    mask[rows] = True
    enough = min(wanted, len(np.unique(photo)))
    most = int(np.count_nonzero(mask))
    while True:
        found = np.zeros(len(index) + 1, bool)
        found[index.search(query[None], wanted, mask).rows[0]] = True
        found[-1] = False  # where fewer rows are allowed than wanted
        near = np.unique(photo[found[rows]])
        if len(near) >= enough or wanted >= most:
            return near
        wanted = min(2 * wanted, most)


def _witnesses(shelf: Shelf, term: Asked, these: Entries, weights: Weights) -> list[_Witness]:
    """All that is known of a term about some entries."""

    def marked(marks: Marks) -> np.ndarray:
        return np.asarray(marks.over(these.positions)[these.photo])

    found: list[_Witness] = []
    if term.picture is not None:
        raw, there = _cosines(shelf.pictures, these.picture_rows, term.picture)
        chance = np.where(there, shelf.calibration.pictures(raw), 0.0)
        found.append(_Witness("picture", term.text, raw, chance, weights.picture))
    if term.words is not None:
        raw, there = _cosines(shelf.words, these.word_rows, term.words)
        chance = np.zeros(len(raw))
        chance[there] = shelf.calibration.words(
            term.words, raw[there], shelf.partitions[these.word_rows[there]], shelf.least
        )
        found.append(_Witness("meaning", term.text, raw, chance, weights.meaning))
        labels = marked(term.labels)
        found.append(_Witness("tag", term.text, labels, labels, weights.tag))
        names = marked(term.names)
        found.append(_Witness("name", term.text, names, NAMED * names, weights.name))
        texts = marked(term.texts)
        found.append(_Witness("text", term.text, texts, WRITTEN * texts, weights.text))
        told = marked(term.captions)
        found.append(_Witness("caption", term.text, told, DESCRIBED * told, weights.caption))
    for name, marks in term.attributes:
        raw = marked(marks)
        chance = np.where(raw > 0, raw, UNTAGGED)
        found.append(_Witness("tag", "#" + name, raw, chance, weights.tag, attribute=True))
    return found


def _cosines(index: Index, rows: np.ndarray, query: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of entries by their rows, 0 where there is no vector, and where one is."""
    there = rows >= 0
    cosines = np.zeros(len(rows), np.float32)
    cosines[there] = index.scores(query, rows[there])
    return cosines, there


def _together(witnesses: Sequence[_Witness]) -> np.ndarray:
    """Chance that a photo shows all that a term asks for."""
    doubt: np.ndarray | None = None
    held: np.ndarray | float = 1.0
    for witness in witnesses:
        if witness.attribute:
            held = held * witness.chance**witness.weight
        else:
            against = np.clip(1.0 - witness.chance, 1e-12, 1.0) ** witness.weight
            doubt = against if doubt is None else doubt * against
    return np.asarray(held if doubt is None else (1.0 - doubt) * held)
