"""The words that dual encoders look for in every photo: a list of ours, and one of the owner's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from tui_selector.library.catalog.tag_table import tag_name
from tui_selector.library.display import printable
from tui_selector.models.embedder import ModelError
from tui_selector.models.labels import labels

#: The facet of the ImageNet classes, and that of the owner's words.
THINGS, OWN = "things", "own"
#: Most words of the owner's, and most characters of what is asked for one.
MOST, LONGEST = 1000, 200


class Label(NamedTuple):
    """A word that a photo may get.

    Attributes:
        tag: The word as a tag.
        asked: What the model is asked, which says more where the word has several meanings.
        facet: Which question it answers: of one facet a photo has one answer or none. Those of
            the owner's words do not exclude each other.
    """

    tag: str
    asked: str
    facet: str


@cache
def own_list() -> tuple[Label, ...]:
    """The list that ships with the package: ImageNet's classes, then the other facets."""
    things = dict.fromkeys(labels().names)
    text = files("tui_selector.models").joinpath("data", "vocabulary.txt").read_text("utf-8")
    found = [Label(name, name, THINGS) for name in things]
    facet = ""
    for line in text.splitlines():
        if line.startswith("["):
            facet = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append(_label(line, facet))
    return tuple(found)


def owner_list(file: Path) -> tuple[Label, ...]:
    """The words in the owner's file, each once; none where there is no file.

    A line is a tag, or a tag, a colon and what the model is asked; "#" begins a remark.

    Raises:
        ModelError: The file cannot be read, or a line of it names no tag.
    """
    shown = printable(str(file))
    try:
        text = file.read_text("utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The words in {shown} cannot be read: {error}.") from error
    found: dict[str, Label] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        try:
            label = _label(written, OWN)
        except ValueError as error:
            raise ModelError(f"Line {number} of {shown}: {error}") from error
        found.setdefault(label.tag, label)
        if len(found) > MOST:
            raise ModelError(f"{shown} has more than {MOST:,} words; keep those that matter.")
    return tuple(found.values())


def _label(line: str, facet: str) -> Label:
    """
    Raises:
        ValueError: The line names no tag, or asks too much.
    """
    tag, colon, asked = line.partition(":")
    asked = " ".join(asked.split()) if colon else " ".join(tag.split())
    if not asked or len(asked) > LONGEST:
        raise ValueError(f"What is asked for a tag has 1 to {LONGEST} characters.")
    return Label(tag_name(tag), asked, facet)


def fingerprint(vocabulary: Iterable[Label], templates: Iterable[str] = ()) -> str:
    """Which words these are and what they are put into, 16 hexadecimal digits."""
    whole = "\n".join((*templates, *("\t".join(label) for label in vocabulary)))
    return hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()


def facets(vocabulary: Iterable[Label]) -> dict[str, list[str]]:
    """The tags of each facet, in the order of the vocabulary."""
    found: dict[str, list[str]] = {}
    for label in vocabulary:
        found.setdefault(label.facet, []).append(label.tag)
    return found
