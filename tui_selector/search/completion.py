"""What may follow where the cursor stands in a query."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, Protocol

import msgspec

from tui_selector.search import query as queries
from tui_selector.search.fields import FIELDS, NONE, Field
from tui_selector.search.language import Spot, spot
from tui_selector.search.query import MARKED

#: Letters of a word from which tags are offered for it.
_ENOUGH = 2
#: Most photos whose names are compared.
_PHOTOS = 200
_BARE_REST = re.compile(r"[^\s\x00-\x1f\x7f-\x9f|]*")
_WORD_REST = re.compile(r"[\w-]*")
_QUOTED_REST = re.compile(r'[^"]*"')


class Source(Protocol):
    """What there is to offer; `tui_selector.search.vocabulary.Vocabulary` is one."""

    def counted(self, what: Literal["tag", "camera", "lens"]) -> list[tuple[str, int]]:
        """Every tag, camera or lens, and how many photos have it."""

    def tabs(self) -> list[tuple[int, str]]:
        """Id and name of every tab in order."""

    def paths(self, pattern: str) -> Iterator[tuple[int, str]]:
        """Id and path of photos whose name has a pattern."""


class Completion(msgspec.Struct, frozen=True):
    """Something that may stand at the cursor.

    Attributes:
        text: What replaces the characters from `start` to `end` of the query.
        start: Column where the replaced part begins.
        end: Column after the replaced part.
        about: What it means, or how many photos have it; "" where nothing is to say.
    """

    text: str
    start: int
    end: int
    about: str = ""

    def apply(self, text: str) -> str:
        """The query with the completion in it; the cursor then stands `len(self.text)` after
        `start`."""
        return text[: self.start] + self.text + text[self.end :]


class _Offer(msgspec.Struct, frozen=True):
    """A candidate: the name it is compared by, what is written for it, and how common it is."""

    name: str
    text: str
    about: str = ""
    count: int = 0


def complete(text: str, cursor: int, source: Source, limit: int = 12) -> list[Completion]:
    """Offer what may stand at the cursor of a query, the likeliest first.

    Names that begin with what is written come before those with a word that does, and those before
    names that hold it elsewhere; the more photos have a name, the earlier it comes.
    """
    here = spot(text[:cursor])
    end = _end(text, cursor, here)
    written = here.text.casefold()
    ranked = []
    for index, offer in enumerate(_offers(here, source)):
        rank = _rank(written, offer.name.casefold())
        if rank is not None:
            ranked.append((rank, -offer.count, index, offer))
    ranked.sort(key=lambda each: each[:3])
    has_operator = here.kind == "word" and text[end : end + 1] in tuple(":=<>")
    return [
        Completion(o.text.removesuffix(":") if has_operator else o.text, here.start, end, o.about)
        for *_, o in ranked[:limit]
    ]


def _end(text: str, cursor: int, here: Spot) -> int:
    """Where what is being written ends, after the cursor."""
    rest = _WORD_REST if here.kind == "word" else _BARE_REST
    if text[here.start : here.start + 1] == '"':
        rest = _QUOTED_REST
    more = rest.match(text, cursor)
    return more.end() if more else cursor


def _rank(written: str, name: str) -> int | None:
    """How well a name fits what is written, 0 best; None where it does not."""
    at = name.find(written)
    if at <= 0:
        return None if at else 0
    return 1 if re.search(rf"\W{re.escape(written)}", name) else 2


def _offers(here: Spot, source: Source) -> Iterable[_Offer]:
    match here.kind:
        case "word":
            return _words(here.text, source)
        case "tag":
            return _counted(source, "tag")
        case "photo":
            return _photos(here.text, source)
        case "value" if here.field in FIELDS:
            return _values(FIELDS[here.field], here.text, source)
    return ()


def _words(written: str, source: Source) -> Iterator[_Offer]:
    """Fields and tags that begin with a word."""
    begun = written.casefold()
    for field in FIELDS.values():
        if field.name.startswith(begun):
            yield _Offer(field.name, field.name + ":", f"{field.meaning}, e.g. {field.example}")
    if len(written) >= _ENOUGH:
        for name, count in source.counted("tag"):
            if name.casefold().startswith(begun):
                yield _Offer(name, "#" + queries.value(name), _photos_of(count))


def _counted(source: Source, what: Literal["tag", "camera", "lens"]) -> Iterator[_Offer]:
    for name, count in source.counted(what):
        yield _Offer(name, queries.value(name), _photos_of(count), count)


def _photos(written: str, source: Source) -> Iterator[_Offer]:
    yield _Offer(MARKED, MARKED, "the marked photos", 1)
    for _, path in islice(source.paths(f"*{glob.escape(written)}*"), _PHOTOS):
        yield _Offer(path if "/" in written else path.rpartition("/")[2], queries.name(path))


def _values(field: Field, written: str, source: Source) -> Iterable[_Offer]:
    if field.name in {"camera", "lens"}:
        return _counted(source, "camera" if field.name == "camera" else "lens")
    if field.sort == "tab":
        return [_Offer(name, queries.value(name)) for _, name in source.tabs()]
    if field.sort == "glob":
        names = {
            path.rpartition("/")[2]
            for _, path in islice(source.paths(f"*{glob.escape(written)}*"), _PHOTOS)
        }
        return [_Offer(name, queries.value(glob.escape(name))) for name in sorted(names)]
    return [_Offer(c, c, "no " + field.name if c == NONE else "") for c in field.choices]


def _photos_of(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"
