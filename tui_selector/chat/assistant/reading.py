"""From a question as it was typed to what its words say: which photos, which aspect, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from tui_selector.chat.assistant.lexicon import Concept, Meaning
from tui_selector.chat.assistant.purposes import purpose_in
from tui_selector.chat.assistant.words import RANGE, Shelf, Word, clauses_of, words_of
from tui_selector.library.groups import GroupSetting

_QUOTED = re.compile(r"\"([^\"]{1,80})\"|“([^”]{1,80})”|(?<!\w)'([^']{1,80})'(?!\w)")

#: Aspects that a fault is the far end of.
_ASPECTS = {"blurry": "-sharp", "out-of-focus": "-sharp", "dark": "-bright", "bright": "bright",
            "noisy": "noise", "small": "-large"}  # fmt: skip

#: Concepts that may stand between the words of a thing: "dog on the beach", "cup of tea".
_BETWEEN: frozenset[Concept] = frozenset(("filler", "of", "and", "or", "for", "number", "without"))
#: What follows a number that says how many: "3 photos", "2 of them", "two blurry ones".
_COUNTED = ("most", "fault", "photo", "group", "of them")

#: Concepts at the ends of a purpose that are no part of it: "for a large print, 1 or 2?"
_AROUND: frozenset[Concept | None] = frozenset(
    ("filler", "photo", "number", "ordinal", "or", "and", "it", "them", "which", "is", "any", "of")
)


class Part(msgspec.Struct, kw_only=True):
    """What a question, or a clause of it, says.

    Attributes:
        concepts: What it speaks of; besides what words mean there are `number` (photos are named),
            `count`, `thing`, `purpose` and `quoted`.
        photos: Photos that are named.
        count: How many are wanted; None where that is not said.
        stars: How many stars are to be given; 0 for none.
        degree: `plain`, `more` or `most` where an aspect is named, else "".
        aspect: What is to be compared, "-" before it for the opposite; "" for nothing.
        faults: What may be wrong with photos.
        unless: Faults that they must not have.
        alike: How much photos have in common, a setting of groups; "" where that is not asked.
        act: What is to be done: an act of `chat.proposals`; "" for nothing.
        thing: What is looked for in photos, as it was typed; "" for nothing.
        purpose: What photos are to be good for, as it was typed; "" for nothing.
        quoted: What stood in quotation marks.
        excepted: Photos that are named after "but" or "except".
    """

    concepts: set[str] = msgspec.field(default_factory=set)
    photos: tuple[int, ...] = ()
    count: int | None = None
    stars: int = 0
    degree: str = ""
    aspect: str = ""
    faults: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    alike: GroupSetting | Literal[""] = ""
    act: str = ""
    thing: str = ""
    purpose: str = ""
    quoted: str = ""
    excepted: tuple[int, ...] = ()

    def says(self, *concepts: str) -> bool:
        """Whether it speaks of one of these."""
        return not self.concepts.isdisjoint(concepts)


class Reading(NamedTuple):
    """A question that was read.

    Attributes:
        whole: What all of it says.
        clauses: What each part of it says that begins with something to be done.
        words: What it is made of.
    """

    whole: Part
    clauses: tuple[Part, ...]
    words: tuple[Word, ...]


def read(text: str, shelf: Shelf, *, correct: bool = False) -> Reading:
    """Read a question.

    Args:
        text: As it was typed.
        shelf: Photos that it can name.
        correct: Whether words that are nearly known are taken for what they nearly are.
    """
    quoted = _QUOTED.search(text)
    said = text if quoted is None else text[: quoted.start()] + " " + text[quoted.end() :]
    words = words_of(said, shelf, correct=correct)
    if not any(word.concept == "stars" for word in words):
        # "give me the best" is no rating
        words = tuple(
            word._replace(meaning=Meaning("filler")) if word.text == "give" else word
            for word in words
        )
    whole = _part(words, shelf, said)
    if quoted is not None:
        whole.quoted = next(filter(None, quoted.groups()))
        whole.concepts.add("quoted")
    clauses = tuple(_part(clause, shelf, said) for clause in clauses_of(words))
    return Reading(whole, clauses, words)


# -- what they say -------------------------------------------------------------------------------


def _part(words: Sequence[Word], shelf: Shelf, text: str) -> Part:
    part = Part(concepts={word.concept for word in words if word.concept})
    _read_numbers(part, words, shelf)
    for place, word in enumerate(words):
        if word.meaning and word.meaning.concept == "decide" and not part.act:
            part.act = word.meaning.value
        elif word.meaning and word.meaning.concept == "fault":
            fault = word.meaning.value.removeprefix("-")
            part.faults = (*part.faults, fault)
            is_none = _concept_at(words, place - 1, step=-1) in ("not", "without")
            if is_none or word.meaning.value.startswith("-"):
                part.unless = (*part.unless, fault)
                part.concepts.discard("not")
        elif word.meaning and word.meaning.concept == "duplicates":
            part.alike = "duplicate" if word.meaning.value == "duplicate" else "similar"
    _read_aspect(part, words)
    if not part.act and part.says("choose"):
        part.act = "keep"
    if not part.act and part.stars:
        part.act = "rate"
        part.concepts.add("decide")
    _read_things(part, words, text)
    for name in ("photos", "count", "stars", "thing", "purpose", "excepted"):
        if getattr(part, name):
            part.concepts.add({"photos": "number", "excepted": "except"}.get(name, name))
    return part


def _read_numbers(part: Part, words: Sequence[Word], shelf: Shelf) -> None:
    """Tell photos that are named from how many are wanted and how many stars are given."""
    part.concepts.discard("number")
    named: dict[int, None] = {}
    excepted: dict[int, None] = {}
    is_excepted = False
    skipped = -1
    for place, word in enumerate(words):
        if place == skipped or word.meaning is None:
            continue
        before = _concept_at(words, place - 1, step=-1)
        after = _concept_at(words, place + 1)
        is_excepted = is_excepted or word.concept == "except"
        into = excepted if is_excepted else named
        if word.concept == "ordinal":
            many = _number_at(words, place + 1)
            position = int(word.meaning.value)
            if position == 1 and many and many <= len(shelf.chosen):
                into.update(dict.fromkeys(shelf.chosen[:many]))
                skipped = place + 1
            elif position <= len(shelf.chosen):
                into[shelf.chosen[position - 1]] = None
        elif word.concept == "last" and before != "when":
            many = _number_at(words, place + 1)
            into.update(dict.fromkeys(shelf.chosen[-(many or 1) :]))
            skipped = place + 1 if many else -1
        elif word.concept == "both" and after in ("most", "fault"):
            part.count = 2
        elif word.concept == "number":
            _read_number(part, word.meaning.value, before, after, into, shelf)
    part.photos = tuple(named)
    part.excepted = tuple(excepted)


def _read_number(
    part: Part,
    value: str,
    before: str | None,
    after: str | None,
    into: dict[int, None],
    shelf: Shelf,
) -> None:
    if match := RANGE.fullmatch(value):
        first, last = sorted((int(match[1]), int(match[2])))
        into.update(dict.fromkeys(n for n in range(first, last + 1) if n in shelf.numbers))
        return
    number = int(value.removeprefix("#"))
    if value.startswith("#") or before == "photo":
        into[number] = None
    elif after == "stars":
        part.stars = number if 1 <= number <= 5 else 0
    elif before in ("most", "degree", "all", "them") or after in _COUNTED:
        part.count = number
    else:
        into[number] = None


def _concept_at(words: Sequence[Word], place: int, step: int = 1) -> str | None:
    """The concept of the next word, or the one before, that is no small word."""
    while 0 <= place < len(words):
        if words[place].text in ("of", "from") and step > 0:
            return "of them"
        if words[place].concept != "filler":
            return words[place].concept
        place += step
    return None


def _number_at(words: Sequence[Word], place: int) -> int:
    """The number that a word is; 0 for none."""
    meaning = words[place].meaning if place < len(words) else None
    is_number = meaning is not None and meaning.concept == "number" and meaning.value.isdigit()
    return int(meaning.value) if meaning is not None and is_number else 0


def _read_aspect(part: Part, words: Sequence[Word]) -> None:
    """What photos are to be compared by: "sharpest", "more colourful", "best exposed"."""
    pending = ""
    found: list[tuple[str, str]] = []
    for word in words:
        if word.meaning is None or word.concept == "filler":
            continue
        concept: str = word.meaning.concept
        value = word.meaning.value
        if concept == "degree":
            pending = value
            continue
        if concept == "fault" and pending:
            concept, value = "plain", _ASPECTS.get(value, "good")
        elif concept == "size" and (pending or (found and found[-1][1] == "good")):
            concept, value = "plain", "large"
        elif concept == "people" and pending:
            concept, value = "plain", "people"
        if concept in ("plain", "more", "most"):
            if pending and concept == "plain":
                concept, value = _turned(pending, value)
            if found and concept == "plain" and found[-1][1] in ("good", "-good"):
                # "best exposed" compares exposure
                sign = "-" if found[-1][1] == "-good" else ""
                value = "exposed" if word.text == "light" else value
                found[-1] = (found[-1][0], _signed(sign, value))
            else:
                found.append((concept, value))
            pending = ""
    if pending and not found:
        found.append(_turned(pending, "good"))
    for degree in ("most", "more", "plain"):
        for concept, value in found:
            if concept == degree and not part.degree:
                part.degree, part.aspect = concept, value
    part.concepts -= {"plain", "more", "most", "degree"}
    if part.degree:
        part.concepts.add(part.degree)
    if part.degree in ("more", "most") and "wrong" not in part.faults:
        part.concepts.discard("fault")


def _turned(degree: str, aspect: str) -> tuple[str, str]:
    """An aspect with "more", "most" or, with "-" before it, "less" and "least" in front."""
    sign = "-" if degree.startswith("-") else ""
    return "most" if degree.endswith("most") else "more", _signed(sign, aspect)


def _signed(sign: str, aspect: str) -> str:
    if sign and aspect.startswith("-"):
        return aspect[1:]
    return sign + aspect


def _read_things(part: Part, words: Sequence[Word], text: str) -> None:
    """What is looked for, and what photos are to be good for, as they were typed."""
    after_for = next((n for n, word in enumerate(words) if word.concept == "for"), None)
    if after_for is not None:
        wanted = list(words[after_for + 1 :])
        while wanted and wanted[-1].concept in _AROUND:
            wanted.pop()
        while wanted and wanted[0].concept in _AROUND:
            wanted.pop(0)
        said = text[wanted[0].start : wanted[-1].end] if wanted else ""
        if _stretch(wanted) or purpose_in(said) is not None:
            part.purpose = said
            words = words[:after_for]
    things = _stretch(words)
    if things:
        part.thing = text[things[0].start : things[-1].end]


def _stretch(words: Sequence[Word]) -> Sequence[Word]:
    """From the first word without a meaning as far as only small words stand between such."""
    unknown = [place for place, word in enumerate(words) if word.meaning is None]
    if not unknown:
        return ()
    start = end = unknown[0]
    for place in unknown[1:]:
        if any(word.concept not in _BETWEEN for word in words[end + 1 : place]):
            break
        end = place
    return words[start : end + 1]
