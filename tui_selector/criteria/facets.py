"""What criteria are about, where that is known: words that answer them, and what can measure them.

A criterion in the owner's words is looked up by the words in it. One that is about nothing known
here is still sorted by the words that lie near it; see `phrases` and `ways.by_words`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec

#: Facets that pixels, EXIF or found faces answer; see `facts`.
MEASURED = frozenset(
    (
        "colour",
        "brightness",
        "orientation",
        "shape",
        "count",
        "people",
        "time of day",
        "season",
        "date",
        "camera",
        "coordinates",
    )
)

#: Of these the file itself says more than anybody who looks at the picture.
EXACT = frozenset(("orientation", "date", "camera", "coordinates"))


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """Something that criteria are about.

    Attributes:
        name: Of the facet.
        words: Answers to it; empty where there are too many to list.
        groups: Wide classes, and words that belong to each.
        closed: Whether `words` are all the answers that there are.
        doing: Whether answers are words in -ing and -ed.
    """

    name: str
    words: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    closed: bool = False
    doing: bool = False


#: What the words of a criterion say it is about; the first that fits counts.
_ABOUT: tuple[tuple[str, str], ...] = (
    ("people", r"\b(?:how many|number of|count of)\b.*\b(?:people|persons?|faces?|humans?)\b"),
    ("people", r"\b(?:people|persons?|faces?) count\b|\bgroup size\b"),
    ("count", r"\bhow many\b|\bnumber of\b|\bcount(?:s|ing)?\b|\bhow much\b"),
    ("colour", r"\bcolou?rs?\b|\bcolou?red\b|\bhues?\b"),
    ("brightness", r"\bbrightness\b|\bbright or dark\b|\bdark or bright\b|\bexposure\b"),
    ("brightness", r"\bhow (?:bright|dark)\b|\blight(?:ness)? level\b"),
    ("orientation", r"\borientation\b|\bportrait or landscape\b|\blandscape or portrait\b"),
    ("orientation", r"\baspect\b"),
    ("shape", r"\bshapes?\b|\bgeometric\b|\bform of\b"),
    ("time of day", r"\btime of (?:the )?day\b|\bhour\b|\bday or night\b|\bmorning\b"),
    ("season", r"\bseasons?\b|\btime of (?:the )?year\b"),
    ("camera", r"\bcameras?\b|\blens(?:es)?\b|\bdevice\b"),
    ("date", r"\byears?\b|\bmonths?\b|\bdates?\b|\bwhen\b|\bdays?\b"),
    ("coordinates", r"\bgps\b|\bcoordinates?\b"),
    ("coordinates", r"\bwhere (?:was|were) (?:it|they|this|these)\b.*\btaken\b"),
    ("indoor or outdoor", r"\bindoors?\b|\boutdoors?\b|\binside\b.*\boutside\b"),
    ("mood", r"\bmoods?\b|\bemotions?\b|\bfeelings?\b|\batmosphere\b|\bvibes?\b"),
    ("activity", r"\bactions?\b|\bactivit(?:y|ies)\b|\bdoing\b|\bdoes\b"),
    ("occasion", r"\boccasions?\b|\bevents?\b|\bcelebrat"),
    ("place", r"\bplaces?\b|\bscenes?\b|\bwhere\b|\bsettings?\b|\benvironments?\b"),
    ("place", r"\blocations?\b|\bbackgrounds?\b|\blandscapes?\b"),
    ("kind", r"\bkinds? of (?:picture|image|photo)|\bmedium\b|\bgenre\b"),
    ("thing", r"\bwhat is (?:in|on|shown)|\bobjects?\b|\bsubjects?\b|\bcontents?\b"),
    ("thing", r"\bthings?\b|\bmotifs?\b"),
)

#: Words that only ask; without them a criterion is its subject.
_ASKING = re.compile(
    r"\b(?:which|what|who|whose|how|the|a|an|of|is|are|was|were|do|does|in|on|it|this|that|these|"
    r"those|photos?|pictures?|images?|kinds?|types?|sorts?|main|shown|seen|group|sort|by|there|"
    r"being|played|used|playing|visible|can|be|person|to|and|or)\b",
    re.IGNORECASE,
)

_NUMBERS = ("one", "two", "three", "four", "five", "six", "many", "nobody")
_CLOSED: dict[str, tuple[str, ...]] = {
    "brightness": ("dark", "dim", "bright"),
    "time of day": ("morning", "noon", "afternoon", "evening", "night"),
    "season": ("winter", "spring", "summer", "autumn"),
    "shape": ("circle", "square", "rectangle", "triangle", "star", "oval"),
    "count": _NUMBERS,
    "people": _NUMBERS,
}


def about(criterion: str) -> str:
    """The name of the facet that a criterion is about; "" where it is none that is known."""
    folded = criterion.casefold()
    return next((name for name, pattern in _ABOUT if re.search(pattern, folded)), "")


def subject(criterion: str) -> str:
    """What a criterion asks for, without the words that only ask: "which instrument" is about
    "instrument"."""
    bare = " ".join(re.sub(r"[^\w\s'-]", " ", _ASKING.sub(" ", criterion)).split())
    name = about(criterion)
    return bare.casefold() or (name or criterion.strip().casefold())


@cache
def listed(section: str) -> tuple[str, ...]:
    """The words of a section of `data/words.txt`."""
    text = files("tui_selector.criteria").joinpath("data", "words.txt").read_text("utf-8")
    lines = text.partition(f"[{section}]\n")[2].partition("\n[")[0].splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split("|"))


@cache
def facet(name: str) -> Facet:
    """The facet of a name; one without words where it is not known."""
    if name == "colour":
        from tui_selector.analysis.tags import COLOURS

        return Facet(name=name, words=COLOURS, closed=True)
    if name in _CLOSED:
        return Facet(name=name, words=_CLOSED[name], closed=True)
    match name:
        case "mood":
            return Facet(name=name, words=listed("mood"), doing=True)
        case "place" | "indoor or outdoor":
            sides = {side: listed(side) for side in ("indoors", "outdoors")}
            return Facet(name=name, words=sum(sides.values(), ()), groups=sides)
        case "activity":
            return Facet(name=name, doing=True)
    return Facet(name=name)
