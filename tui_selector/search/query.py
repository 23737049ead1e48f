"""What a search asks for, as data, and its canonical text.

The text that stands for a query is read by `tui_selector.search.language`. A column counts
characters from 0 at the start of that text; two queries that differ in columns alone ask the same.
"""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from tui_selector.library.mistake import Mistake

Operator = Literal[":", "=", "<", "<=", ">", ">="]

#: The text of a photo term that stands for the photos that are marked at the time.
MARKED = "marked"

#: Starts of a bare word that make it a file's path.
PATH_STARTS = ("/", "./", "../", "~/")


class QueryError(Mistake):
    """A query that cannot be understood or answered."""


class Term(msgspec.Struct, frozen=True):
    """Something that results should look like, or, with a negative weight, should not.

    Attributes:
        kind: Words; a photo of the library; an image file from anywhere.
        text: The words, each apart by one blank; the photo's name or path, or `MARKED`; the
            file's path, where a leading `~` is not expanded.
        weight: How much it counts beside the other terms; never 0.
        column: Where the term begins, its sign and weight included.
    """

    kind: Literal["words", "photo", "file"]
    text: str
    weight: float = 1.0
    column: int = 0


class TagClause(msgspec.Struct, frozen=True):
    """Results have one of these tags, or, with `exclude`, none of them. Names are casefolded."""

    names: tuple[str, ...]
    exclude: bool = False
    column: int = 0


class Filter(msgspec.Struct, frozen=True):
    """Results have a property, or, with `exclude`, have not.

    Attributes:
        field: Name of the property, lower case; one of `tui_selector.search.fields.FIELDS`.
        operator: How the property compares with the value; ":" and "=" mean the same.
        values: At least one; any of them will do.
        exclude: Whether photos that match are left out instead.
        column: Where the filter begins, its sign included.
    """

    field: str
    operator: Operator
    values: tuple[str, ...]
    exclude: bool = False
    column: int = 0


class Query(msgspec.Struct, frozen=True):
    """Terms rank the photos; tags and filters, all of which must hold, choose among them."""

    terms: tuple[Term, ...] = ()
    tags: tuple[TagClause, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing at all."""
        return not (self.terms or self.tags or self.filters)

    @property
    def has_only_negatives(self) -> bool:
        """Whether there are terms, and all of them say what results should not look like."""
        return bool(self.terms) and all(term.weight < 0 for term in self.terms)


def is_blank(char: str) -> bool:
    """Whether a character parts words: white space and control characters do."""
    return char.isspace() or unicodedata.category(char) == "Cc"


def format(query: Query) -> str:  # noqa: A001 - read as `query.format`
    """The canonical text of a query; reading it gives the same query, columns apart."""
    parts: list[str] = []
    was_bare = False
    for term in query.terms:
        bare = term.kind == "words" and _is_plain(term.text)
        # Bare words side by side would be read as one phrase.
        text = _quote(term.text) if bare and term.weight == 1 and was_bare else _term(term)
        was_bare = bare and term.weight == 1 and not text.startswith('"')
        parts.append(_weight(term.weight) + text)
    parts += [_sign(tag.exclude) + "#" + _values(tag.names) for tag in query.tags]
    parts += [_sign(f.exclude) + f.field + f.operator + _values(f.values) for f in query.filters]
    return " ".join(parts)


def with_absolute_files(query: Query) -> Query:
    """The query with every file's path absolute, and a leading `~` expanded where it can be."""
    return msgspec.structs.replace(
        query,
        terms=tuple(
            msgspec.structs.replace(term, text=_absolute(term.text))
            if term.kind == "file"
            else term
            for term in query.terms
        ),
    )


def _absolute(name: str) -> str:
    path = Path(name)
    with suppress(RuntimeError):  # there is no home folder
        path = path.expanduser()
    return str(path.absolute())


def value(text: str) -> str:
    """One value of a tag or filter as it is written: in quotes where it needs them."""
    return text if _is_bare(text) and "|" not in text and text[0] != "#" else _quote(text)


def name(text: str) -> str:
    """The name of a photo as it is written after "@": in quotes where it needs them."""
    return text if _is_bare(text) else _quote(text)


def _sign(exclude: bool) -> str:
    return "-" if exclude else ""


def _weight(weight: float) -> str:
    size = "" if abs(weight) == 1 else f"{abs(weight):.3f}".rstrip("0").rstrip(".") + ":"
    return _sign(weight < 0) + size


def _term(term: Term) -> str:
    text = term.text
    if term.kind == "photo":
        return "@" + name(text)
    if term.kind == "file":
        is_path = text.startswith(PATH_STARTS) and _is_bare(text)
        return text if is_path else "file:" + _quote(text)
    is_one_word = term.weight == 1 or " " not in text
    return text if is_one_word and _is_plain(text) else _quote(text)


def _values(values: tuple[str, ...]) -> str:
    return "|".join(map(value, values))


def _is_bare(text: str) -> bool:
    """Whether a value can stand without quotes."""
    return bool(text) and text[0] != '"' and not any(map(is_blank, text))


def _is_plain(text: str) -> bool:
    """Whether words can stand without quotes: nothing in them means anything else."""
    return not any(char in '":<>=' for char in text) and all(
        _is_bare(word) and word[0] not in "-#@" and not word.startswith(PATH_STARTS)
        for word in text.split(" ")
    )


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
