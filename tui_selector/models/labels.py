"""The ImageNet classes: their display names and the coarse groups they belong to."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np


class Labels(NamedTuple):
    """The vocabulary of the built-in classifier.

    Attributes:
        names: The display name of each of the 1,000 classes; a few classes share one.
        words: Every distinct class name and group name.
        members: (1000, len(words)) float32, 1 where a class counts for a word.
        phrases: What each class is called in a sentence for the text model, its groups after it.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    members: np.ndarray
    phrases: tuple[str, ...]


def _lines(name: str) -> list[str]:
    text = files("tui_selector.models").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _numbers(text: str) -> list[int]:
    """Class numbers from ranges such as "101 385-386"."""
    numbers: list[int] = []
    for part in text.split():
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


@cache
def narrower(word: str) -> tuple[str, ...]:
    """The groups whose classes all belong to a wider one: of "animal" birds, dogs, elephants.

    Those of a word that is no group are none.
    """
    found = labels()
    if word not in found.words:
        return ()
    own = found.members[:, found.words.index(word)]
    sizes = found.members.sum(axis=0)
    within = (own @ found.members == sizes) & (sizes < own.sum())
    groups = set(found.words) - set(found.names)
    return tuple(
        each for each, is_in in zip(found.words, within, strict=True) if is_in and each in groups
    )


@cache
def labels() -> Labels:
    """Read the vocabulary that ships with the package."""
    names = tuple(line.split("\t")[1] for line in _lines("imagenet.tsv"))
    members: dict[str, set[int]] = {}
    for number, name in enumerate(names):
        members.setdefault(name, set()).add(number)
    groups: list[tuple[str, list[int]]] = []
    for line in _lines("groups.txt"):
        group, _, ranges = line.partition(":")
        groups.append((group, _numbers(ranges)))
        members.setdefault(group, set()).update(groups[-1][1])

    phrases: list[list[str]] = [[name] for name in names]
    for group, numbers in sorted(groups, key=lambda item: len(item[1])):
        for number in numbers:
            if group != names[number]:
                phrases[number].append(group)
    table = np.zeros((len(names), len(members)), np.float32)
    for column, numbers_of_word in enumerate(members.values()):
        table[sorted(numbers_of_word), column] = 1.0
    return Labels(names, tuple(members), table, tuple(", ".join(parts) for parts in phrases))
