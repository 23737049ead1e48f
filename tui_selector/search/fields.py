"""The properties of a photo that a query filters by, and what their values mean."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Literal

import msgspec

from tui_selector.library.display import printable
from tui_selector.library.photo import LABELS, MAX_RATING
from tui_selector.search.query import Operator

Sort = Literal["choice", "number", "date", "place", "text", "tab", "glob"]

#: What `Filter.values` of a number mean beside digits.
NONE = "none"

#: Longest text of an error's quotation, characters.
_SHOWN = 40
#: Longest pattern of names, characters.
_LONGEST_NAME = 1000
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
#: Half of the way round the Earth, km: nothing is farther away.
_FARTHEST = 20_038

_NUMBER = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_DEGREES = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?", re.ASCII)


class Field(msgspec.Struct, frozen=True):
    """A property that filters ask for.

    Attributes:
        name: As it is typed, in lower case.
        sort: How its values are read.
        meaning: What it asks, in a few words.
        example: A filter that uses it.
        choices: Every value of a choice; of a number, words that stand for 0.
    """

    name: str
    sort: Sort
    meaning: str
    example: str
    choices: tuple[str, ...] = ()

    @property
    def compares(self) -> bool:
        """Whether it can be asked for with < and >."""
        return self.sort in {"number", "date"}


class Interval(msgspec.Struct, frozen=True):
    """The numbers from `low` on and below `high`."""

    low: float
    high: float


class Circle(msgspec.Struct, frozen=True):
    """A circle on the Earth: degrees north and east of its middle, its radius in km."""

    latitude: float
    longitude: float
    radius: float


TYPES = ("jpeg", "heic", "png", "webp", "gif", "avif", "tiff", "raw", "video", "image")

FIELDS = {
    field.name: field
    for field in (
        Field("date", "date", "day it was taken, by the clock there", "date:2025-07..2025-08"),
        Field("camera", "text", "camera that took it", "camera:X100"),
        Field("lens", "text", "lens it was taken with", 'lens:"23mm"'),
        Field("rating", "number", f"stars, 1 to {MAX_RATING}", "rating>=3", (NONE,)),
        Field("flag", "choice", "your verdict", "flag:pick", ("pick", "reject", NONE)),
        Field("label", "choice", "colour label", "label:red", (*LABELS, NONE)),
        Field("type", "choice", "sort of file", "type:raw|video", TYPES),
        Field(
            "orientation",
            "choice",
            "shape of the picture",
            "orientation:portrait",
            ("landscape", "portrait", "square"),
        ),
        Field(
            "has",
            "choice",
            "what is known of it or seen in it",
            "has:gps",
            ("caption", "date", "faces", "gps", "tags", "text"),
        ),
        Field("near", "place", "where: latitude, longitude, km", "near:52.5163,13.3777,2"),
        Field("in", "tab", "tab it is in", "in:Singles"),
        Field("name", "glob", "name of its file", "name:IMG_00*"),
        Field("width", "number", "width in pixels", "width>=3000"),
        Field("height", "number", "height in pixels", "height>=2000"),
        Field("megapixels", "number", "millions of pixels", "megapixels>12"),
        Field("iso", "number", "sensitivity", "iso>=3200"),
        Field("duration", "number", "length of a video in seconds", "duration>10"),
        Field("text", "text", "words written in the picture", 'text:"exit"'),
        Field("caption", "text", "words of its description", "caption:umbrella"),
    )
}


def quoted(text: str) -> str:
    """What somebody typed, for a sentence: short, in quotes and safe to show."""
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"“{printable(short)}”"


def checked(field: Field, operator: Operator, value: str) -> str:
    """The value of a filter as it is kept in a query.

    Raises:
        ValueError: The field has no such value; the message is a sentence that says which it has.
    """
    if field.sort == "choice":
        value = value.casefold()
        if value not in field.choices:
            raise ValueError(
                f"{field.name} has no value {quoted(value)}; it is one of"
                f" {', '.join(field.choices)}."
            )
    elif field.sort == "number":
        value = value.casefold()
        interval(field, operator, value)
    elif field.sort == "date":
        interval(field, operator, value)
    elif field.sort == "place":
        place(value)
    elif field.sort == "glob" and len(value) > _LONGEST_NAME:
        raise ValueError(f"A name has at most {_LONGEST_NAME} characters.")
    return value


def interval(field: Field, operator: Operator, value: str) -> Interval:
    """What numbers a filter lets through; of dates, seconds from the start of 1970.

    Without < or > a number stands for all that round to it, and a date for the whole day, month or
    year. Dates are on the clock of the place: nothing is said of time zones.

    Raises:
        ValueError: The value is no number or date; the message is a sentence.
    """
    span = _date_span if field.sort == "date" else _number_span
    if ".." in value:
        if operator not in {":", "="}:
            raise ValueError(
                f"A range stands after a colon, not after {operator}; write"
                f" {quoted(f'{field.name}:{value}')}."
            )
        first, _, last = value.partition("..")
        if not (first or last):
            raise ValueError(f"A range has a first or a last value, e.g. {field.example}.")
        low = span(field, first, round_to=True).low if first else -math.inf
        high = span(field, last, round_to=True).high if last else math.inf
        if low >= high:
            raise ValueError(f"The range {quoted(value)} ends before it begins.")
        return Interval(low, high)
    match operator:
        case ">":
            return Interval(span(field, value).high, math.inf)
        case ">=":
            return Interval(span(field, value).low, math.inf)
        case "<":
            return Interval(-math.inf, span(field, value).low)
        case "<=":
            return Interval(-math.inf, span(field, value).high)
    return span(field, value, round_to=True)


def place(value: str) -> Circle:
    """Read LATITUDE,LONGITUDE,KM.

    Raises:
        ValueError: It is none; the message is a sentence.
    """
    parts = value.split(",")
    if len(parts) != 3 or not all(map(_DEGREES.fullmatch, parts[:2])):
        raise ValueError(
            "near takes a latitude, a longitude and a distance in km, with commas and no blanks"
            f" between, e.g. {FIELDS['near'].example}."
        )
    if not _NUMBER.fullmatch(parts[2]):
        raise ValueError(f"{quoted(parts[2])} is no distance in km, e.g. 2 or 0.5.")
    found = Circle(float(parts[0]), float(parts[1]), float(parts[2]))
    if abs(found.latitude) > 90:
        raise ValueError("A latitude lies between -90 and 90 degrees.")
    if abs(found.longitude) > 180:
        raise ValueError("A longitude lies between -180 and 180 degrees.")
    if not 0 < found.radius <= _FARTHEST:
        raise ValueError(f"A distance is more than 0 and at most {_FARTHEST} km.")
    return found


def _number_span(field: Field, value: str, *, round_to: bool = False) -> Interval:
    """The number itself, or, with `round_to`, what rounds to it at the digits that it has."""
    if value in field.choices:
        value = "0"
    match = _NUMBER.fullmatch(value)
    if match is None:
        words = "".join(f", {word}" for word in field.choices)
        raise ValueError(
            f"{field.name} takes a number, a range like 2..5{words}, not {quoted(value)};"
            f" e.g. {field.example}."
        )
    number = float(value)
    if field.name == "rating" and number > MAX_RATING:
        raise ValueError(f"A rating is 0 to {MAX_RATING} stars, not {quoted(value)}.")
    if round_to:
        half = 0.5 * 10.0 ** -len(match[2] or "")
        return Interval(number - half, number + half)
    return Interval(number, math.nextafter(number, math.inf))


def _date_span(field: Field, value: str, *, round_to: bool = False) -> Interval:
    """The day, month or year from its first second to the first one after it."""
    match = _DATE.fullmatch(value)
    if match is None:
        raise ValueError(
            f"{quoted(value)} is no date; write 2025, 2025-07 or 2025-07-14, or a range,"
            f" e.g. {field.example}."
        )
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        first = date(year, month or 1, day or 1).toordinal()
        if day is not None:
            end = first + 1
        elif (month or 12) == 12:
            end = date(year, 12, 31).toordinal() + 1
        else:
            end = date(year, (month or 0) + 1, 1).toordinal()
    except ValueError:
        raise ValueError(f"There is no date {quoted(value)} in the calendar.") from None
    return Interval(float((first - _EPOCH) * _DAY), float((end - _EPOCH) * _DAY))
