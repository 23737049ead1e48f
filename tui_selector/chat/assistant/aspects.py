"""What photos are compared by, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui_selector.chat.assistant.facts import Facts
from tui_selector.library.quality import Blur, Quality

#: Mean light that looks neither dark nor bright, EV relative to white: a card of 18 % grey.
_MIDDLE = -2.5

_BLURS = {
    Blur.UNKNOWN: "too little detail to tell whether it is sharp",
    Blur.NONE: "sharp",
    Blur.UNSURE: "blurred, I can't tell whether by motion or by focus",
    Blur.MOTION: "blurred by motion",
    Blur.DEFOCUS: "out of focus",
}
_DARK, _BRIGHT = -3.5, -1.6
_GREY, _COLOURFUL = 15.0, 45.0
_FLAT, _CONTRASTY = 30.0, 70.0
_QUIET, _NOISY = 2.0, 6.0


class Aspect(NamedTuple):
    """Something by which photos are compared.

    Attributes:
        most: What the photo with the highest value is called.
        least: What the photo with the lowest value is called.
        unknown: Why a photo may have no value.
        value: None where it cannot be told.
        say: The value in words.
        same: Difference up to which two photos are equal.
    """

    most: str
    least: str
    unknown: str
    value: Callable[[Facts], float | None]
    say: Callable[[Facts], str]
    same: float = 0.0


def _measured(
    value: Callable[[Quality], float | None],
) -> Callable[[Facts], float | None]:
    def of(facts: Facts) -> float | None:
        quality = facts.measured
        return None if quality is None else value(quality)

    return of


def _said(say: Callable[[Quality], str]) -> Callable[[Facts], str]:
    def of(facts: Facts) -> str:
        quality = facts.measured
        return facts.unmeasured if quality is None else say(quality)

    return of


def sharpness_of(quality: Quality) -> float | None:
    """The sharpness as closely as somebody has looked."""
    return quality.sharpness if quality.close_sharpness is None else quality.close_sharpness


def _sharp(quality: Quality) -> str:
    value = sharpness_of(quality)
    said = _BLURS[quality.blur]
    return said if value is None else f"{said} (sharpness {value:.2f})"


def _light(quality: Quality) -> str:
    how = "dark" if quality.light <= _DARK else "bright" if quality.light >= _BRIGHT else "medium"
    return f"{how}, {abs(quality.light):.1f} EV under white"


def _exposure(quality: Quality) -> str:
    parts = [_light(quality)]
    if quality.clipped_white >= 0.005:
        parts.append(f"{quality.clipped_white:.1%} burnt out")
    if quality.clipped_black >= 0.02:
        parts.append(f"{quality.clipped_black:.1%} black")
    return ", ".join(parts) if len(parts) > 1 else f"{parts[0]}, nothing clipped"


def _exposed(quality: Quality) -> float:
    """How little is lost at both ends, and how far the mean is from the middle."""
    lost = 3 * quality.clipped_white + quality.clipped_black
    return -lost - 0.1 * max(0.0, abs(quality.light - _MIDDLE) - 1.0)


def _level(value: float, low: float, high: float, words: tuple[str, str, str]) -> str:
    return words[0] if value < low else words[2] if value > high else words[1]


def _colours(quality: Quality) -> str:
    words = ("muted", "normal", "strong")
    how = _level(quality.colourfulness, _GREY, _COLOURFUL, words)
    return f"{how} colours ({quality.colourfulness:.0f}; 33 is moderate, 82 very strong)"


def _contrast(quality: Quality) -> str:
    how = _level(quality.contrast, _FLAT, _CONTRASTY, ("low", "medium", "high"))
    return f"{how} contrast ({quality.contrast:.0f} of 255)"


def _noise(quality: Quality) -> str:
    if quality.noise is None:
        return "noise: can't tell, nothing in it is flat"
    how = _level(quality.noise, _QUIET, _NOISY, ("little", "some", "much"))
    return f"{how} noise ({quality.noise:.1f} of 255 on flat parts)"


def size_of(facts: Facts) -> str:
    """Width, height and megapixels."""
    photo = facts.photo
    if not photo.width:
        return "size not known yet"
    megapixels = photo.width * photo.height / 1e6
    return f"{photo.width} × {photo.height} pixels, {megapixels:.1f} MP"


def time_of(facts: Facts) -> str:
    """When it was taken, for the eye."""
    moment = facts.moment
    return (
        "its file does not say when it was taken"
        if moment is None
        else (f"{moment:%a %d %b %Y, %H:%M:%S}")
    )


def _faces(quality: Quality) -> str:
    if quality.faces is None:
        return "nobody has looked for faces yet"
    return f"{quality.faces or 'no'} face{'' if quality.faces == 1 else 's'} found"


ASPECTS: dict[str, Aspect] = {
    "sharp": Aspect(
        "sharpest", "least sharp", "it has too little detail", _measured(sharpness_of),
        _said(_sharp), 0.03,
    ),
    "bright": Aspect(
        "brightest", "darkest", "", _measured(lambda quality: quality.light), _said(_light), 0.1,
    ),
    "exposed": Aspect(
        "best exposed", "worst exposed", "", _measured(_exposed), _said(_exposure), 0.005,
    ),
    "colourful": Aspect(
        "most colourful", "least colourful", "",
        _measured(lambda quality: quality.colourfulness), _said(_colours), 2.0,
    ),
    "contrast": Aspect(
        "one with most contrast", "one with least contrast", "",
        _measured(lambda quality: quality.contrast), _said(_contrast), 2.0,
    ),
    "noise": Aspect(
        "noisiest", "cleanest", "nothing in it is flat",
        _measured(lambda quality: quality.noise), _said(_noise), 0.3,
    ),
    "large": Aspect(
        "largest", "smallest", "its size is not known yet",
        lambda facts: float(facts.photo.width * facts.photo.height) or None, size_of,
    ),
    "new": Aspect(
        "newest", "oldest", "its file has no time", lambda facts: facts.photo.taken, time_of,
    ),
    "people": Aspect(
        "one with most faces", "one with fewest faces", "nobody has looked for faces in it",
        _measured(lambda quality: None if quality.faces is None else float(quality.faces)),
        _said(_faces),
    ),
}  # fmt: skip


def untold(facts: Facts, aspect: Aspect) -> str:
    """Why a photo has no value of an aspect."""
    return facts.unmeasured if facts.measured is None else aspect.unknown or "not known"


class Order(NamedTuple):
    """Photos by an aspect.

    Attributes:
        photos: Those that have a value, the first first.
        unknown: Those that have none.
        tied: How many share the first place.
    """

    photos: list[Facts]
    unknown: list[Facts]
    tied: int


def ordered(photos: Sequence[Facts], aspect: Aspect, *, most: bool = True) -> Order:
    """Put photos in order by an aspect, those with the highest value first, or the lowest."""
    values = {each.number: aspect.value(each) for each in photos}
    if aspect is ASPECTS["sharp"]:
        values = _comparable(photos, values)
    known = [(value, each) for each in photos if (value := values[each.number]) is not None]
    known.sort(key=lambda pair: -pair[0] if most else pair[0])
    tied = sum(abs(value - known[0][0]) <= aspect.same for value, _ in known)
    unknown = [each for each in photos if values[each.number] is None]
    return Order([each for _, each in known], unknown, tied)


def _comparable(
    photos: Sequence[Facts], values: dict[int, float | None]
) -> dict[int, float | None]:
    """Sharpness as all photos were looked at: closely, or not."""
    close = [each.measured.close_sharpness for each in photos if each.measured is not None]
    if all(value is not None for value in close):
        return values
    return {each.number: each.measured.sharpness if each.measured else None for each in photos}
