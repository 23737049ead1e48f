"""The words of a question, each with what it may mean, and the photos that they can name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tui_selector.chat.assistant.lexicon import LONGEST, PHRASES, Concept, Meaning
from tui_selector.chat.assistant.spelling import corrected

#: Most words of a question that are read.
MOST_WORDS = 200

_WORD = re.compile(r"#?\w+(?:[.'’-]\w+)*|&")
#: Two numbers, and all between them: "2-5", "2..5".
RANGE = re.compile(r"(\d{1,2})(?:-|\.\.)(\d{1,2})", re.ASCII)
_DIGITS = re.compile(r"#?(\d{1,3})", re.ASCII)

#: What is said in one word, as several.
_CONTRACTED = {
    "isn't": "is not", "aren't": "are not", "can't": "can not", "cannot": "can not",
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "wasn't": "was not",
    "shouldn't": "should not", "wouldn't": "would not", "couldn't": "could not",
    "i'd": "i would", "you'd": "you would", "let's": "let us", "whats": "what is",
    "wheres": "where is", "which's": "which is", "pictures'": "pictures",
}  # fmt: skip
_IS_AFTER = frozenset(
    ("what", "which", "who", "where", "when", "why", "how", "that", "it", "there", "one")
)


class Word(NamedTuple):
    """A word or a phrase of a question, and where it stands in the text."""

    text: str
    start: int
    end: int
    meaning: Meaning | None

    @property
    def concept(self) -> Concept | None:
        return self.meaning.concept if self.meaning else None


class Shelf(NamedTuple):
    """Photos that a question can name.

    Attributes:
        numbers: Of all of the conversation, ascending.
        chosen: Those that the question is about: "the first" is the first of them.
        names: File names, casefolded, with and without their ending, to numbers.
    """

    numbers: tuple[int, ...]
    chosen: tuple[int, ...]
    names: Mapping[str, int]


def words_of(text: str, shelf: Shelf, *, correct: bool) -> tuple[Word, ...]:
    """The words and phrases of a text with their meanings; see `reading.read`."""
    return tuple(_phrases(list(_split(text))[:MOST_WORDS], shelf, correct=correct))


def _split(text: str) -> Iterator[Word]:
    """The words of a text, lower case, contractions apart."""
    for match in _WORD.finditer(text):
        word = match[0].casefold().replace("’", "'")
        stem, _, ending = word.partition("'")
        if ending == "s" and stem in _IS_AFTER:
            parts = [stem, "is"]
        elif ending in ("re", "ll", "ve", "d", "m"):
            parts = [stem]
        else:
            parts = _CONTRACTED.get(word, word).split()
        for part in parts:
            yield Word(part, match.start(), match.end(), None)


def _phrases(words: Sequence[Word], shelf: Shelf, *, correct: bool) -> Iterator[Word]:
    """Words with their meanings, the longest phrases first."""
    place = 0
    while place < len(words):
        for length in range(min(LONGEST, len(words) - place), 0, -1):
            some = words[place : place + length]
            text = " ".join(word.text for word in some)
            meaning = _meaning(text, shelf, correct=correct and length == 1)
            if meaning is not None or length == 1:
                yield Word(text, some[0].start, some[-1].end, meaning)
                place += length
                break


def _meaning(text: str, shelf: Shelf, *, correct: bool) -> Meaning | None:
    if text in shelf.names:
        return Meaning("number", f"#{shelf.names[text]}")
    if RANGE.fullmatch(text):
        return Meaning("number", text)
    if digits := _DIGITS.fullmatch(text):
        return Meaning("number", text if text.startswith("#") else digits[1])
    known = PHRASES.get(text)
    if known is None and correct:
        known = PHRASES.get(corrected(text) or "")
    return known


def clauses_of(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """What belongs to each word for something to be done: what follows, at the first what stands
    before it, too."""
    starts = [
        place
        for place, word in enumerate(words)
        if word.concept in ("decide", "choose") and not (place and words[place - 1].concept == "of")
    ]
    for place, end in enumerate([*starts, len(words)][1:]):
        yield words[starts[place] if place else 0 : end]


def names_of(photos: Collection[tuple[int, str]]) -> dict[str, int]:
    """File names to numbers, casefolded, with and without their ending."""
    found: dict[str, int] = {}
    for number, name in photos:
        folded = name.casefold()
        for each in (folded, folded.rpartition(".")[0]):
            if len(each) > 2 and each not in PHRASES:
                found[each] = number
    return found
