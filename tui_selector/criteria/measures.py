"""What a photo's file, its measures and its pixels answer, by facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import cos, radians

from tui_selector.analysis.tags import file_tags
from tui_selector.criteria import pixels
from tui_selector.criteria.material import DecodeError, Material
from tui_selector.criteria.pixels import Seen
from tui_selector.criteria.rows import Subject
from tui_selector.library.pictures.metadata import Metadata

#: Most dates that are told apart before wider ones are taken: days, months, years.
_MOST_DATES = 14
#: How far from a place photos may lie and still be of it, km.
_NEAR_KM = 2.0

_SEASONS = frozenset(("winter", "spring", "summer", "autumn"))
_TIMES = frozenset(("morning", "noon", "afternoon", "evening", "night"))

_PIXELS: dict[str, Callable[..., Seen]] = {
    "colour": pixels.colour,
    "brightness": pixels.brightness,
    "shape": pixels.shape,
    "count": pixels.count,
}

#: What the facets answer by, for the eye.
SOURCES = {
    "colour": "the pixels of the subject",
    "brightness": "the lightness of the pixels",
    "shape": "outlines of things on a plain background",
    "count": "things that stand apart on a plain background",
    "people": "faces that were found; people who look away are not counted",
    "orientation": "the size of the picture",
    "time of day": "the camera's clock",
    "season": "the camera's clock",
    "date": "the camera's clock",
    "camera": "what the camera wrote into the file",
    "coordinates": "GPS positions in the files",
}


def measure(
    facet: str, criterion: str, subjects: Sequence[Subject], material: Material
) -> list[Seen]:
    """What photos answer to a facet; see `facets.MEASURED`.

    Dates and places depend on all photos that are asked about together.
    """
    if facet in _PIXELS:
        return [_seen(_PIXELS[facet], subject, material) for subject in subjects]
    if facet == "date":
        return _dates(criterion, [material.metadata(subject) for subject in subjects])
    if facet == "coordinates":
        return _places([material.metadata(subject) for subject in subjects])
    single: dict[str, Callable[[Subject, Material], Seen]] = {
        "people": _people,
        "orientation": _orientation,
        "time of day": lambda subject, material: _clock(subject, material, _TIMES),
        "season": lambda subject, material: _clock(subject, material, _SEASONS),
        "camera": _lens if "lens" in criterion.casefold() else _camera,
    }
    return [single[facet](subject, material) for subject in subjects]


def _seen(look: Callable[..., Seen], subject: Subject, material: Material) -> Seen:
    try:
        return look(material.pixels(subject))
    except (DecodeError, OSError) as error:
        return Seen("", f"Its picture cannot be read: {error}", 0.0)


def _people(subject: Subject, material: Material) -> Seen:
    marked = material.metadata(subject).faces
    if marked:
        said = "1 face is" if len(marked) == 1 else f"{len(marked)} faces are"
        return Seen(_number(len(marked)), f"{said} marked in the file.", 1.0)
    quality = material.quality(subject)
    if quality is None or quality.faces is None:
        return Seen("", "Nobody has looked for faces in it yet.", 0.0)
    faces = "face was" if quality.faces == 1 else "faces were"
    return Seen(_number(quality.faces), f"{quality.faces or 'No'} {faces} found.", 0.7)


def _number(people: int) -> str:
    if people == 0:
        return "no face found"
    if people == 1:
        return "1 person"
    return f"{people} people" if people <= 5 else "6 or more people"


def _orientation(subject: Subject, material: Material) -> Seen:
    photo = material.photo(subject)
    if photo is None or not photo.width:
        return Seen("", "Its size is not known.", 0.0)
    ratio = max(photo.width, photo.height) / min(photo.width, photo.height)
    label = "landscape" if photo.width > photo.height else "portrait"
    label = "square" if ratio <= 1.06 else "panorama" if ratio >= 2.0 else label
    return Seen(label, f"It is {photo.width} pixels wide and {photo.height} high.", 1.0)


def _clock(subject: Subject, material: Material, names: frozenset[str]) -> Seen:
    for tag in file_tags(material.metadata(subject)):
        if tag.name in names:
            half = "" if tag.score == 1.0 else " (of the northern half, since there is no GPS)"
            return Seen(tag.name, f"So says the time that the camera wrote{half}.", tag.score)
    return Seen("", "Its file does not say when it was taken.", 0.0)


def _camera(subject: Subject, material: Material) -> Seen:
    name = material.metadata(subject).camera
    return _written(name, "camera")


def _lens(subject: Subject, material: Material) -> Seen:
    return _written(material.metadata(subject).lens, "lens")


def _written(name: str, what: str) -> Seen:
    if not name:
        return Seen("", f"Its file does not say which {what} took it.", 0.0)
    return Seen(" ".join(name.split())[:60], f"Its file names this {what}.", 1.0)


def _dates(criterion: str, facts: Sequence[Metadata]) -> list[Seen]:
    """Days, months or years: what was asked for, else the finest that stays short."""
    clocks = [_local(each) for each in facts]
    said = criterion.casefold()
    forms = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
    asked = next((forms[name] for name in forms if name in said), "")
    for form in (asked,) if asked else tuple(forms.values()):
        if len({clock.strftime(form) for clock in clocks if clock}) <= _MOST_DATES:
            break
    return [
        Seen(clock.strftime(form), f"It was taken on {clock:%Y-%m-%d}.", 1.0)
        if clock
        else Seen("", "Its file does not say when it was taken.", 0.0)
        for clock in clocks
    ]


def _local(facts: Metadata) -> datetime | None:
    if facts.taken is None:
        return None
    try:
        shift = timedelta(seconds=facts.taken, minutes=facts.taken_offset or 0)
        return datetime(1970, 1, 1, tzinfo=UTC) + shift
    except (OverflowError, ValueError):
        return None


def _places(facts: Sequence[Metadata]) -> list[Seen]:
    """Positions, each called by the first photo within `_NEAR_KM` of it; most visited first."""
    spots: Counter[tuple[float, float]] = Counter()
    for each in facts:
        if each.latitude is not None and each.longitude is not None:
            spots[(round(each.latitude, 3), round(each.longitude, 3))] += 1
    centres: list[tuple[float, float]] = []
    of_spot: dict[tuple[float, float], tuple[float, float]] = {}
    for spot, _ in spots.most_common():
        near = next((centre for centre in centres if _km(centre, spot) <= _NEAR_KM), None)
        if near is None:
            centres.append(spot)
        of_spot[spot] = near or spot
    found = []
    for each in facts:
        if each.latitude is None or each.longitude is None:
            found.append(Seen("", "Its file has no GPS position.", 0.0))
            continue
        north, east = of_spot[(round(each.latitude, 3), round(each.longitude, 3))]
        label = f"{abs(north):.2f}°{'NS'[north < 0]} {abs(east):.2f}°{'EW'[east < 0]}"
        found.append(Seen(label, f"It was taken within {_NEAR_KM:g} km of there.", 1.0))
    return found


def _km(one: tuple[float, float], two: tuple[float, float]) -> float:
    """The distance of two near positions (degrees north and east), km."""
    north = (one[0] - two[0]) * 111.2
    east = ((one[1] - two[1] + 180.0) % 360.0 - 180.0) * 111.2 * cos(radians(one[0]))
    return float((north**2 + east**2) ** 0.5)
