"""Raw labels out of descriptions without a language model: the word that answers the criterion.

Of each description that word is its label which lies nearest to the criterion in the space of
texts, says most, and comes first. "Musician" lies near to "instrument", too; but where a photo has
a guitar it is called that, so a word that mostly loses against others in the same description
counts less and less, round after round, until the words are left that tell photos apart.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui_selector.criteria.facets import Facet, listed

FloatArray: TypeAlias = NDArray[np.float32]
#: Gives the vectors of texts, (n, d) float32, unit rows.
Embed: TypeAlias = Callable[[Sequence[str]], FloatArray]

#: Rounds in which words compete.
_ROUNDS = 10
#: What a word is worth at the end of a description, of what it is worth at its start.
_LATE = 0.6
#: What a word in -ing or -ed is worth where the criterion asks for no doing.
_DOING = 0.35
#: Cosine of a criterion with words that have nothing to do with it.
_UNRELATED = 0.2
#: Cosine with the criterion from which a word only repeats it.
_SAME = 0.85
#: Words of a facet's own list count from this cosine, and fully from the next one on.
_NEAR, _MEANT = 0.5, 0.85
#: What a word is worth that the owner has named.
_SAID = 3.0
#: Texts with at most so many words are labels as they are.
_SHORT = 3

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")

_STOP = frozenset(listed("stop"))


class Phrase(NamedTuple):
    """The label of a description; `text` is "" where none of its words answers.

    `confidence` is 0.5 where the next best word is worth as much, and 1 where nothing rivals.
    """

    text: str
    confidence: float


def stem(word: str) -> str:
    """A word without its plural and genitive s."""
    word = word.replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 5 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def words_in(text: str) -> list[str]:
    """The words of a text in lower case, without plural."""
    return [stem(word) for word in _WORD.findall(text.casefold())]


def label_all(
    texts: Sequence[str],
    criterion: str,
    embed: Embed,
    facet: Facet | None = None,
    named: Sequence[str] = (),
) -> list[Phrase]:
    """Label descriptions by what answers a criterion.

    Args:
        texts: The descriptions; "" where there is none.
        criterion: What is asked for, without the words that only ask ("instrument").
        embed: The space of texts.
        facet: What the criterion is about, where that is known.
        named: Labels that the owner wants: where one is said, it goes first.
    """
    sequences = [words_in(text) for text in texts]
    filled = [len(sequence) for sequence in sequences if sequence]
    if filled and float(np.median(filled)) <= _SHORT:
        return [Phrase(" ".join(sequence[:6]), 1.0) for sequence in sequences]
    table = _Table(sequences)
    if not table.words:
        return [Phrase("", 0.0) for _ in texts]
    worth = _relevance(table, criterion, embed, facet or Facet(name=""))
    for place, word in enumerate(table.words):
        if word in {" ".join(words_in(name)) for name in named}:
            worth[place] = _SAID
    return _compete(table, worth)


class _Table:
    """Which words are in which description, where they stand first and how often."""

    def __init__(self, sequences: Sequence[Sequence[str]]) -> None:
        pairs = _fixed_pairs(sequences)
        places: dict[str, int] = {}
        self.rows: list[list[tuple[int, float]]] = []
        for sequence in sequences:
            first: dict[str, list[float]] = {}
            for at, word in enumerate(sequence):
                follower = sequence[at + 1] if at + 1 < len(sequence) else ""
                both = (word, follower) in pairs
                for term in (word, f"{word} {follower}" if both else ""):
                    if term and term not in _STOP and (len(term) > 2 or term.isdigit()):
                        seen = first.setdefault(term, [at / len(sequence), 0.0])
                        seen[1] += 1.0
            self.rows.append(
                [
                    (
                        places.setdefault(term, len(places)),
                        (1.0 - (1.0 - _LATE) * start) * (1.0 + 0.3 * math.log(times)),
                    )
                    for term, (start, times) in first.items()
                ]
            )
        self.words = list(places)
        self.spread = np.zeros(len(places), np.float64)
        for row in self.rows:
            for place, _ in row:
                self.spread[place] += 1.0


def _fixed_pairs(sequences: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """Pairs of words that belong together: one of them mostly stands beside the other."""
    single = Counter(word for sequence in sequences for word in sequence)
    double = Counter(
        pair
        for sequence in sequences
        for pair in pairwise(sequence)
        if pair[0] not in _STOP and pair[1] not in _STOP
    )
    return {
        (one, two)
        for (one, two), count in double.items()
        if count >= 3 and 2 * count >= min(single[one], single[two])
    }


def _relevance(table: _Table, criterion: str, embed: Embed, facet: Facet) -> NDArray[np.float64]:
    """What each word is worth as an answer before words compete, (w,), 0 and more."""
    vectors = embed(table.words)
    asked = set(words_in(criterion))
    near = (vectors @ embed([criterion])[0]).astype(np.float64)
    repeats = np.array([bool(set(word.split()) & asked) for word in table.words], bool) | (
        near >= _SAME
    )
    worth = np.clip(near - _UNRELATED, 0.0, None)
    worth[repeats] = 0.0
    if facet.words:
        own = (vectors @ embed(facet.words).T).max(axis=1).astype(np.float64)
        listed = np.clip((own - _NEAR) / (_MEANT - _NEAR), 0.0, 1.0)
        # What is on the list goes before what merely lies near the criterion.
        worth = np.where(listed > 0, 0.5 + listed, 0.0 if facet.closed else 0.1 * worth)
    if not facet.doing:
        doing = [word.endswith(("ing", "ed")) for word in table.words]
        worth *= np.where(doing, _DOING, 1.0)
    # A word that nearly all descriptions have tells nothing apart, where others do.
    rare = np.log((len(table.rows) + 1) / np.maximum(table.spread, 1.0)) / math.log(4.0)
    return np.asarray(worth * np.sqrt(np.clip(rare, 0.02, 1.0)))


def _compete(table: _Table, worth: NDArray[np.float64]) -> list[Phrase]:
    """Let the words of each description compete until the winners stay."""
    weight, winners = worth.copy(), [-1] * len(table.rows)
    for _ in range(_ROUNDS):
        before = winners
        winners = [_best(row, weight) for row in table.rows]
        if winners == before:
            break
        wins = np.bincount(
            [winner for winner in winners if winner >= 0], minlength=len(table.words)
        )
        weight = worth * (wins + 0.5) / (table.spread + 1.0)
    found = []
    for row, winner in zip(table.rows, winners, strict=True):
        if winner < 0:
            found.append(Phrase("", 0.0))
            continue
        scores = {place: weight[place] * stand for place, stand in row}
        own = scores.pop(winner)
        rival = max(scores.values(), default=0.0)
        found.append(Phrase(table.words[winner], float(own / (own + rival)) if own else 0.5))
    return found


def _best(row: Sequence[tuple[int, float]], weight: NDArray[np.float64]) -> int:
    """The place of the word of a description that is worth most; -1 where none is worth any."""
    best, most = -1, 0.0
    for place, stand in row:
        if (score := weight[place] * stand) > most:
            best, most = place, score
    return best
