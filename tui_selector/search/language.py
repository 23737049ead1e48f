"""The query language: one line of text into a `Query`.

    query    = { blank } , { clause , { blank } } ;
    clause   = [ "-" ] , ( tag | filter | [ weight ] , term ) ;
    weight   = number , ":" ;                                    (* 0.001 to 1000 *)
    term     = photo | file | words ;
    photo    = "@" , ( quoted | bare ) ;                         (* @marked: those that are *)
    file     = "file:" , ( quoted | bare ) | path ;
    path     = ( "/" | "./" | "../" | "~/" ) , bare ;
    words    = quoted | word , { blank , word } ;                (* weighted or negative: one *)
    tag      = "#" , value , { "|" , [ "#" ] , value } ;
    filter   = field , operator , value , { "|" , value } ;
    operator = ":" | "=" | "<" | "<=" | ">" | ">=" ;
    value    = quoted | { any character but blank and "|" }- ;
    bare     = { any character but blank }- ;
    word     = bare ;                                            (* that begins no other clause *)
    quoted   = '"' , { character | '\"' | '\\' } , '"' ;
    field    = letter , { letter | digit | "_" | "-" } ;
    blank    = white space or a control character ;

Inside quotes nothing means anything but the quote and the backslash before a quote or a backslash.
Elsewhere a quote means something only where a value can begin. Reading takes time in proportion to
the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, cast

import msgspec

from tui_selector.search.fields import FIELDS, checked, quoted
from tui_selector.search.query import (
    PATH_STARTS,
    Filter,
    Operator,
    Query,
    QueryError,
    TagClause,
    Term,
)

#: Most terms, tag names and filter values of one query.
MAX_PARTS = 100
MIN_WEIGHT, MAX_WEIGHT = 0.001, 1000.0
#: Digits that a weight keeps after the point.
_WEIGHT_DIGITS = 3

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_BARE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")
_VALUE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f|]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_WEIGHT = re.compile(r"(\d++(?:\.\d*+)?|\.\d++):", re.ASCII)
_FILTER = re.compile(r"([^\W\d_][\w-]*+)(<=|>=|[:=<>])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
#: Longest name that a nearest field is looked for, characters.
_LONGEST_NAME = 24

#: What people type for what the language writes otherwise.
_MEANT = {
    "tag": "#dog",
    "tags": "#dog",
    "photo": "@IMG_0042.jpg",
    "image": "@IMG_0042.jpg",
    "like": "@IMG_0042.jpg",
    "path": "file:/tmp/example.jpg",
}


class Spot(msgspec.Struct, frozen=True):
    """What is being written where a text ends.

    Attributes:
        kind: A value of a filter, a tag, a photo, a file, or a word that may become any of them.
        field: The filter's field, "" for others.
        start: Where it begins, its opening quote included.
        text: What is there of it, without the quote.
    """

    kind: Literal["word", "tag", "value", "photo", "file"]
    field: str
    start: int
    text: str


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: It cannot be understood; the error says where and what would be right.
    """
    return _Reader(text).query()


def spot(text: str) -> Spot:
    """What is being written at the end of a text; what cannot be understood is passed over."""
    reader = _Reader(text)
    reader.skim()
    if reader.spot is None or reader.spot_end < len(text):
        return Spot("word", "", len(text), "")
    return reader.spot


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.terms: list[Term] = []
        self.tags: list[TagClause] = []
        self.filters: list[Filter] = []
        self.parts = 0
        #: The value that was read last, and where it ends (-1 where a closing quote ends it).
        self.spot: Spot | None = None
        self.spot_end = -1

    def query(self) -> Query:
        while self._skip_blanks():
            self._count()
            self._clause()
        return Query(tuple(self.terms), tuple(self.tags), tuple(self.filters))

    def skim(self) -> None:
        """Read as far as there are parts that a query may have, past those that are wrong."""
        while self._skip_blanks() and self.parts < MAX_PARTS:
            self.parts += 1
            start = self.at
            try:
                self._clause()
            except QueryError:
                bare = _BARE.match(self.text, start)
                if bare and bare.end() > self.at:
                    self.at = self.spot_end = bare.end()
                    self.spot = Spot("word", "", start, bare[0])

    # -- clauses -----------------------------------------------------------------------------

    def _clause(self) -> None:
        start = self.at
        exclude = self._take("-")
        if exclude and (self._is_at_blank() or self._take("-")):
            raise QueryError(
                "A minus stands right before what is to be left out, e.g. -indoor.", start, 1
            )
        weight = self._weight()
        filter_ = _FILTER.match(self.text, self.at)
        if self._take("#"):
            self._refuse(weight, "tag", start)
            self._tag(start, exclude)
        elif filter_ and filter_[0].casefold() != "file:":
            self._refuse(weight, "filter", start)
            self._filter(filter_, start, exclude)
        else:
            self._term(start, weight, exclude)

    def _term(self, start: int, weight: float | None, exclude: bool) -> None:
        kind: Literal["words", "photo", "file"] = "words"
        if self._take("@"):
            kind = "photo"
            text = self._name("photo", "@ needs a photo's name, e.g. @IMG_0042.jpg, or @marked")
        elif self.text[self.at : self.at + 5].casefold() == "file:":
            kind = "file"
            self.at += 5
            text = self._name("file", 'file: needs a path, e.g. file:"/tmp/an example.jpg"')
        elif self.text.startswith(PATH_STARTS, self.at):
            kind = "file"
            text = self._name("file", "")
        elif self.text.startswith('"', self.at):
            text = self._words_of(self._quoted("word", ""), start)
        else:
            text = self._words(single=exclude or weight is not None, start=start)
        size = 1.0 if weight is None else weight
        self.terms.append(Term(kind, text, -size if exclude else size, start))

    def _words(self, *, single: bool, start: int) -> str:
        """Read a word and, unless it is to be `single`, the plain words that follow it."""
        if self._is_at_blank():
            raise self._error("A weight stands right before a term, e.g. 2:beach", start)
        if self.text.startswith("-", self.at):
            raise self._error("The minus stands before the weight, e.g. -2:indoor", start)
        words = [self._bare("word", "", _BARE)]
        while not single and self._skip_blanks() and self._is_at_word():
            words.append(self._bare("word", "", _BARE))
        return self._words_of(" ".join(words), start)

    def _tag(self, start: int, exclude: bool) -> None:
        def name(text: str) -> str:
            cleaned = _clean(text).casefold()
            if not cleaned:
                raise ValueError("# needs a tag's name, e.g. #dog or #dog|cat")
            return cleaned

        self.tags.append(TagClause(self._values("tag", "", name), exclude, start))

    def _filter(self, match: re.Match[str], start: int, exclude: bool) -> None:
        name, operator = match[1].casefold(), cast("Operator", match[2])
        field = FIELDS.get(name)
        if field is None:
            raise QueryError(_unknown(match[1]), match.start(), len(match[1]))
        self.at = match.end()
        if operator not in {":", "="} and not field.compares:
            sentence = f"{name} has no order; use a colon, e.g. {field.example}"
            raise self._error(sentence, match.start(2))

        def value(text: str) -> str:
            text = text if field.sort == "glob" else _clean(text)
            if not text:
                raise ValueError(f"{name} needs a value right after it, e.g. {field.example}")
            return checked(field, operator, text)

        values = self._values("value", name, value)
        if len(values) > 1 and operator not in {":", "="}:
            raise self._error(f"Only one value stands after {operator}", match.end())
        self.filters.append(Filter(name, operator, values, exclude, start))

    # -- values ------------------------------------------------------------------------------

    def _values(
        self, kind: Literal["tag", "value"], field: str, check: Callable[[str], str]
    ) -> tuple[str, ...]:
        """Read values with bars between them; `check` gives each as it is kept."""
        values: list[str] = []
        while not values or self._take("|"):
            if values:
                self._count()
            if kind == "tag" and values:
                self._take("#")
            start = self.at
            is_quoted = self.text.startswith('"', start)
            text = self._quoted(kind, field) if is_quoted else self._bare(kind, field, _VALUE)
            try:
                values.append(check(text))
            except ValueError as error:
                raise self._error(str(error), start) from None
        return tuple(values)

    def _name(self, kind: Literal["photo", "file"], missing: str) -> str:
        """Read a name or path, as it is."""
        start = self.at
        name = (
            self._quoted(kind, "")
            if self.text.startswith('"', start)
            else self._bare(kind, "", _BARE)
        )
        if not name.strip():
            raise self._error(missing, start)
        return name

    def _quoted(self, kind: Literal["word", "tag", "value", "photo", "file"], field: str) -> str:
        start = self.at
        match = _QUOTED.match(self.text, start)
        if match is None:
            self.at = self.spot_end = len(self.text)
            self.spot = Spot(kind, field, start, _unescape(self.text[start + 1 :]))
            raise self._error("The quote that opens here is never closed", start)
        self.at, self.spot_end = match.end(), -1
        return _unescape(match[1])

    def _bare(
        self,
        kind: Literal["word", "tag", "value", "photo", "file"],
        field: str,
        pattern: re.Pattern[str],
    ) -> str:
        """Read what stands without quotes; "" where nothing does."""
        start = self.at
        match = pattern.match(self.text, start)
        text = match[0] if match else ""
        self.at = self.spot_end = start + len(text)
        self.spot = Spot(kind, field, start, text)
        return text

    def _weight(self) -> float | None:
        match = _WEIGHT.match(self.text, self.at)
        if match is None:
            return None
        weight = round(float(match[1]), _WEIGHT_DIGITS)
        if not MIN_WEIGHT <= weight <= MAX_WEIGHT:
            raise QueryError(
                f"A weight lies between {MIN_WEIGHT:g} and {MAX_WEIGHT:g}; to search for the"
                " number itself, put it in quotes.",
                match.start(),
                len(match[1]),
            )
        self.at = match.end()
        return weight

    # -- characters --------------------------------------------------------------------------

    def _skip_blanks(self) -> bool:
        """Go to the next character that is no blank; False at the end."""
        match = _BLANK.match(self.text, self.at)
        if match:
            self.at = match.end()
        return self.at < len(self.text)

    def _take(self, char: str) -> bool:
        if not self.text.startswith(char, self.at):
            return False
        self.at += 1
        return True

    def _is_at_blank(self) -> bool:
        return self.at == len(self.text) or _BLANK.match(self.text, self.at) is not None

    def _is_at_word(self) -> bool:
        """Whether a word begins here that means nothing but itself."""
        return not (
            self.text.startswith(("-", "#", "@", '"', *PATH_STARTS), self.at)
            or _WEIGHT.match(self.text, self.at)
            or _FILTER.match(self.text, self.at)
        )

    def _words_of(self, text: str, start: int) -> str:
        cleaned = _clean(text)
        if not cleaned:
            raise self._error("Nothing stands between the quotes", start)
        return cleaned

    def _count(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise QueryError(
                f"A query has at most {MAX_PARTS} parts; leave out what stands from here on.",
                self.at,
                len(self.text) - self.at,
            )

    def _refuse(self, weight: float | None, what: str, start: int) -> None:
        if weight is not None:
            raise self._error(
                f"A {what} chooses photos and has no weight; only words, photos and files have",
                start,
            )

    def _error(self, sentence: str, start: int) -> QueryError:
        """An error about the text from `start` to here."""
        return QueryError(sentence.rstrip(".") + ".", start, self.at - start)


def _clean(text: str) -> str:
    """Words apart by one blank, without control characters and halves of characters."""
    return _SURROGATE.sub("\ufffd", _BLANK.sub(" ", text).strip())


def _unescape(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)


def _unknown(name: str) -> str:
    """Say that there is no such field, and which one may be meant."""
    import difflib

    folded = name.casefold()
    if folded in _MEANT:
        hint = f"write {_MEANT[folded]} instead"
    else:
        near = difflib.get_close_matches(folded[:_LONGEST_NAME], FIELDS, n=1)
        hint = f"do you mean {near[0]}" if near else "there are " + ", ".join(FIELDS)
    mark = "?" if hint.startswith("do") else "."
    return f"There is no field {quoted(name)}; {hint}{mark} Put words with a colon in quotes."
