"""Which of some almost equal photos is technically the best, how sure that is, and why.

Signals are compared within the group alone; a signal that was not measured of every photo counts
for none. What decides most is sharpness, at the eyes where faces were found in all photos, then
eyes, exposure, resolution and noise.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from tui_selector.analysis.quality.tags import is_blank
from tui_selector.library.quality import Blur, Quality

#: Points, in doublings of sharpness (which counts one each): for a face without eyes among all
#: faces, for all pixels clipped white or black, for one EV off the others (beyond a tolerance), for
#: a doubling of the pixels and of the noise, for a picture with nothing to see.
_EYES, _WHITE, _BLACK, _LIGHT, _PIXELS, _NOISE, _BLANK = 0.5, 3.0, 1.0, 0.10, 0.5, 0.10, 10.0
#: How much of sharpness is that of the faces, where all have some.
_AT_FACES = 0.7
#: EV that photos may differ by, share of pixels that may be clipped, grey levels of noise: below it
#: nothing is said or counted.
_SAME_LIGHT, _FEW_CLIPPED, _FEW_BLACK, _QUIET = 0.3, 0.005, 0.02, 1.5
#: Sharpness and pixels up to which photos are equal, as a ratio.
_AS_SHARP, _AS_LARGE = 1.03, 1.1
#: Points up to which photos are as good as each other: copies that were compressed again differ by
#: that much.
_AS_GOOD = math.log2(_AS_SHARP)
#: Points by which the best leads and of which one in e is luck.
_LUCK = 0.15
#: Confidence at most where nobody can tell which is sharper.
_BLIND = 0.6

#: What is said of a picture that is blurred as a whole.
_BLURS = {
    Blur.MOTION: "blurred by motion",
    Blur.DEFOCUS: "out of focus",
    Blur.UNSURE: "blurred; can't tell whether by motion or by focus",
}


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What signals say about a group.

    Attributes:
        order: Places in the group, the best first; those that are as good in the order given.
        points: Of each photo, in doublings of sharpness; the best has most, or as good as most.
        confidence: That the first is the best, 0 to 1: 0.5 is a tossed coin between the first two;
            0 where nothing could be compared.
        reasons: For each photo in the order given, what speaks for and against it, in words.
    """

    order: tuple[int, ...]
    points: tuple[float, ...]
    confidence: float
    reasons: tuple[tuple[str, ...], ...]


class _Part(NamedTuple):
    """What one signal says: points and words for each photo."""

    points: list[float]
    words: list[str]


def judge(group: Sequence[Quality]) -> Judgement:
    """Put a group in order.

    Args:
        group: The signals of its photos; one that could not be measured has `side` 0.
    """
    if not group:
        return Judgement(order=(), points=(), confidence=0.0, reasons=())
    if not all(each.side for each in group):
        unknown = tuple(
            ("can't tell: not every photo is measured",) if each.side else ("not measured",)
            for each in group
        )
        return Judgement(
            order=tuple(range(len(group))),
            points=(0.0,) * len(group),
            confidence=0.0,
            reasons=unknown,
        )
    sharpness = _sharpness(group)
    parts = [_blank(group), sharpness, _eyes(group), _clipping(group), _light(group)]
    parts += [_resolution(group), _noise(group)]
    known = [part for part in parts if part is not None]
    points = [sum(part.points[place] for part in known) for place in range(len(group))]
    order = _order(points)
    reasons = []
    for place in range(len(group)):
        words = [part.words[place] for part in known if part.words[place]]
        if sharpness is None and len(group) > 1:
            words.append(_why_blind(group))
        reasons.append(tuple(words))
    return Judgement(
        order=tuple(order),
        points=tuple(round(each, 4) for each in points),
        confidence=_confidence(points, order, sharpness is not None),
        reasons=tuple(reasons),
    )


def _order(points: Sequence[float]) -> list[int]:
    """Places by points, most first; those that are as good as the first of them as they stand."""
    order: list[int] = []
    equal: list[int] = []
    for place in sorted(range(len(points)), key=lambda place: -points[place]):
        if equal and points[place] < points[equal[0]] - _AS_GOOD:
            order += sorted(equal)
            equal = []
        equal.append(place)
    return order + sorted(equal)


def _confidence(points: Sequence[float], order: Sequence[int], seen: bool) -> float:
    if len(order) < 2:
        return 1.0
    lead = points[order[0]] - points[order[1]]
    if not seen and lead == 0.0:
        return 0.0
    confidence = 1.0 - 0.5 * math.exp(-max(lead, 0.0) / _LUCK)
    return round(confidence if seen or lead >= _BLANK / 2 else min(confidence, _BLIND), 3)


# -- sharpness -----------------------------------------------------------------------------------


def _column(
    group: Sequence[Quality], signal: Callable[[Quality], float | None]
) -> list[float] | None:
    """A signal of all photos that have something to see; None where one lacks it."""
    values = [None if is_blank(each) else signal(each) for each in group]
    if any(value is None and not is_blank(each) for value, each in zip(values, group, strict=True)):
        return None
    known = [value for value in values if value is not None]
    return [value if value is not None else min(known) for value in values] if known else None


def _sharpness(group: Sequence[Quality]) -> _Part | None:
    seen = [each for each in group if not is_blank(each)]
    whole = _column(group, lambda each: each.close_sharpness)
    if whole is None and len({each.side for each in seen}) == 1:
        whole = _column(group, lambda each: each.sharpness)
    where, at = " at the eyes", None
    if all(each.faces for each in seen):
        at = _column(group, lambda each: each.eye_sharpness)
        if at is None:
            where, at = " at the face", _column(group, lambda each: each.face_sharpness)
    if at is None and whole is None:
        return None
    if at is None or whole is None:
        values, where = (whole, "") if at is None else (at, where)
        assert values is not None
        logs = [math.log2(max(value, 1e-3)) for value in values]
    else:
        values = at
        logs = [
            _AT_FACES * math.log2(max(face, 1e-3)) + (1 - _AT_FACES) * math.log2(max(all_, 1e-3))
            for face, all_ in zip(at, whole, strict=True)
        ]
    best = max(logs)
    return _Part([each - best for each in logs], _sharp_words(group, values, logs, where))


def _sharp_words(
    group: Sequence[Quality], values: list[float], logs: list[float], where: str
) -> list[str]:
    """Compare the sharpest with the next, and the others with the sharpest."""
    words = [_BLURS.get(each.blur, "") for each in group]
    if len(group) < 2:
        return words
    ranked = sorted(range(len(group)), key=lambda place: -logs[place])
    for place, other in [(ranked[0], ranked[1]), *((place, ranked[0]) for place in ranked[1:])]:
        if is_blank(group[place]) or is_blank(group[other]):
            continue
        ratio = values[place] / max(values[other], 1e-3)
        said = f"as sharp{where} as the sharpest"
        if ratio >= _AS_SHARP:
            said = f"sharper{where}, +{100 * (ratio - 1):.0f} %"
        elif ratio <= 1 / _AS_SHARP:
            said = f"less sharp{where}, −{100 * (1 - ratio):.0f} %"
        elif place == ranked[0]:
            said = f"as sharp{where} as the next"
        words[place] = f"{said}; {words[place]}" if words[place] else said
    return words


def _why_blind(group: Sequence[Quality]) -> str:
    if len({each.side for each in group}) > 1:
        return "can't tell which is sharper: the photos have different sizes"
    return "can't tell which is sharper: too little detail"


# -- the other signals ---------------------------------------------------------------------------


def _blank(group: Sequence[Quality]) -> _Part:
    blank = [is_blank(each) for each in group]
    return _Part(
        [-_BLANK * each for each in blank], ["nothing to see" if each else "" for each in blank]
    )


def _eyes(group: Sequence[Quality]) -> _Part | None:
    """Eyes that were found, among as many faces as were found in any of the photos."""
    if any(each.eyes is None or not each.prominent for each in group):
        return None
    faces = max(each.prominent or 0 for each in group)
    eyes = [min(each.eyes or 0, each.prominent or 0) for each in group]
    return _Part(
        [_EYES * (count - max(eyes)) / faces for count in eyes],
        [
            f"eyes found in {count} of {each.prominent}"
            for count, each in zip(eyes, group, strict=True)
        ],
    )


def _clipping(group: Sequence[Quality]) -> _Part:
    white = min(each.clipped_white for each in group)
    black = min(each.clipped_black for each in group)
    words = []
    for each in group:
        said = []
        if each.clipped_white >= _FEW_CLIPPED:
            said.append(f"{100 * each.clipped_white:.1f} % clipped white")
        if each.clipped_black - black >= _FEW_BLACK:  # a dark ground is black in all of them
            said.append(f"{100 * each.clipped_black:.1f} % clipped black")
        words.append(", ".join(said))
    return _Part(
        [
            -_WHITE * (each.clipped_white - white) - _BLACK * (each.clipped_black - black)
            for each in group
        ],
        words,
    )


def _light(group: Sequence[Quality]) -> _Part:
    middle = statistics.median(each.light for each in group)
    away = [each.light - middle for each in group]
    return _Part(
        [-_LIGHT * max(abs(each) - _SAME_LIGHT, 0.0) for each in away],
        [
            f"{abs(each):.1f} EV {'brighter' if each > 0 else 'darker'} than most"
            if abs(each) > _SAME_LIGHT and len(group) > 2
            else ""
            for each in away
        ],
    )


def _resolution(group: Sequence[Quality]) -> _Part:
    largest = max(each.megapixels for each in group)
    points, words = [], []
    for each in group:
        smaller = largest > _AS_LARGE * each.megapixels
        points.append(_PIXELS * math.log2(each.megapixels / largest) if smaller else 0.0)
        words.append(f"{each.megapixels:.1f} MP of {largest:.1f}" if smaller else "")
    return _Part(points, words)


def _noise(group: Sequence[Quality]) -> _Part | None:
    levels = [each.noise for each in group if each.noise is not None]
    if len(levels) < len(group):
        return None
    least = max(min(levels), _QUIET)
    over = [max(level / least, 1.0) for level in levels]
    return _Part(
        [-_NOISE * math.log2(each) for each in over],
        ["more noise" if each > _AS_LARGE else "" for each in over],
    )
