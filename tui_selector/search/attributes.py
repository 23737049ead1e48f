"""Words of a query that tags answer better than a model of things: colours, light, time, faults."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Words to the tag they ask for: those of `tui_selector.analysis.tags` and `.quality.tags`.
_TAGS: dict[str, str] = {
    name: name
    for name in (
        *("red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown"),
        *("white", "grey", "black", "black and white", "dark", "bright"),
        *("square", "landscape", "portrait", "panorama"),
        *("winter", "spring", "summer", "autumn"),
        *("morning", "noon", "afternoon", "evening", "night"),
        *("blurry", "motion blur", "out of focus", "overexposed", "underexposed", "noisy"),
    )
} | {
    "gray": "grey",
    "blurred": "blurry",
    "unsharp": "blurry",
    "grainy": "noisy",
    "teal": "turquoise",
    "violet": "purple",
    "b&w": "black and white",
    "monochrome": "black and white",
    "fall": "autumn",
    "panoramic": "panorama",
    "midday": "noon",
    "nighttime": "night",
    "at night": "night",
}

#: Tags that come from the clock alone, and what else says them, if less surely: a tag, its least
#: score, how much of it counts, and the tags that contradict.
STAND_INS = {"night": ("dark", 0.75, 0.75, ("morning", "noon", "afternoon"))}

#: Words that are as often a thing as an attribute: an attribute only where they stand alone.
_ALONE = frozenset({"orange", "square", "landscape", "portrait", "spring", "fall", "panorama"})

#: Words that count, by digits.
_DIGITS = {
    str(number): word
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2
    )
}
_NUMBERS = frozenset((*_DIGITS, *_DIGITS.values(), "dozen"))
#: What tags call those who are counted.
_COUNTED = {"persons": "people", "faces": "people"}

#: Words that name nothing by themselves.
_EMPTY = frozenset(
    (
        *("a", "an", "the", "of", "at", "in", "on", "with", "and", "or", "by", "to", "is", "are"),
        *("photo", "photos", "picture", "pictures", "image", "images"),
    )
)

_WORD = re.compile(r"[\w&'-]+")
_LONGEST = max(len(words.split()) for words in _TAGS)


class Wording(NamedTuple):
    """What words ask for.

    Attributes:
        things: What is left for the model; "" where nothing is.
        tags: Tags that stand for some of the words.
        numbers: Words that count.
    """

    things: str
    tags: tuple[str, ...]
    numbers: tuple[str, ...]


def read(text: str) -> Wording:
    """Tell the attributes in a text from the things.

    "a red bus" asks for a bus and for the tag "red"; the rest of a sentence stays as it is.
    """
    found = list(_WORD.finditer(text))
    words = [match[0].casefold() for match in found]
    alone = len([word for word in words if word not in _EMPTY]) == 1
    tags: list[str] = []
    kept: list[str] = []
    end = place = 0
    while place < len(words):
        length, tag = _attribute(words, place, alone=alone)
        if tag:
            kept.append(text[end : found[place].start()])
            end = found[place + length - 1].end()
            tags.append(tag)
        place += length
    things = " ".join(("".join(kept) + text[end:]).split()) if tags else text
    if all(word in _EMPTY for word in map(str.casefold, _WORD.findall(things))) and tags:
        things = ""
    numbers = tuple(word for word in words if word in _NUMBERS)
    return Wording(things, tuple(dict.fromkeys(tags)), numbers)


def _attribute(words: list[str], place: int, *, alone: bool) -> tuple[int, str]:
    """How many words from `place` on are one attribute, and its tag; (1, "") where none is."""
    for length in range(min(_LONGEST, len(words) - place), 0, -1):
        word = " ".join(words[place : place + length])
        if word in _TAGS and (alone or word not in _ALONE):
            return length, _TAGS[word]
    return 1, ""


def tag_names(things: str) -> tuple[str, ...]:
    """Tags that would say that a photo shows what is asked for.

    "the dogs" is "dog", and "2 persons" is "two people".
    """
    words = [word.casefold() for word in _WORD.findall(things)]
    while words and words[0] in _EMPTY:
        words = words[1:]
    if not words:
        return ()
    name = " ".join(words)
    names = [name]
    if words[0] in _NUMBERS:
        names.append(" ".join(_DIGITS.get(word, _COUNTED.get(word, word)) for word in words))
    if words == ["one", "person"]:
        names.append("person")
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if name.endswith(ending) and len(name) > len(ending) + 2:
            names.append(name.removesuffix(ending) + instead)
    return tuple(dict.fromkeys(names))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text or of a file's name that mean something, casefolded."""
    parts = re.findall(r"[^\W_]+", text.casefold())
    return tuple(part for part in parts if part not in _EMPTY)
