"""What the pixels of one picture answer: its main colour, its light, and the things on a plain
background, how many they are and what shape they have.

Colour and light can always be told. Things can be counted and their outlines read only where they
stand out from a plain background and from each other; of other pictures nothing is said.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.tags import COLOURS, colour_names, lab

if TYPE_CHECKING:
    from PIL import Image

FloatArray = NDArray[np.float32]

#: Long side that pictures are looked at in, pixels.
SIDE = 192
#: Every so many pixels count for colours.
_COARSE = 2
#: Width of the frame that shows the background, share of the short side.
_FRAME = 0.06
#: Share of the frame that one colour has on a plain background, and the CIELAB distance from it at
#: which something else begins.
_PLAIN, _APART = 0.8, 14.0
#: Least area of a thing, share of the picture, and of the largest thing in it.
_LEAST_AREA, _LEAST_SHARE = 0.0015, 0.08
#: Most things that are counted.
MOST_THINGS = 12
#: CIELAB lightness, 0 to 100, below which a picture is dark or dim, and from which it is bright.
_DARK, _DIM, _BRIGHT = 25.0, 40.0, 72.0
#: How far from the middle colours count, share of the half side.
_REACH = 0.55
#: CIELAB distance from the colours of the frame at which a pixel fully counts as subject.
_SUBJECT = 35.0
#: Which colours name a thing even where windows, tyres and shadows (brown, grey, black) fill more
#: of it, and the share of what fills most from which they do.
_VIVID = np.array([name not in ("brown", "grey", "black", "white") for name in COLOURS], bool)
_PREFERRED = 0.5
#: Chroma under which a picture has no colour, 95th percentile.
_GREY = 5.0
#: A surface without colour is white where its lit part (this quantile of it) sends back so much of
#: what the brightest part of the picture does: the luminance between white and light grey.
_LIT, _WHITENESS = 0.75, 0.68
#: By how much more each step of chroma asks for: what has a tint has to be lighter to be off-white
#: and not light grey (after the blocks of "white" and "light grey", Kelly and Judd 1976).
_TINT = 0.017
#: Most light that folds and shades take from it, and most chroma of one of its pixels.
_SHADE, _OFF_WHITE = 0.5, 15.0
_GREYS, _WHITE = np.array([COLOURS.index("grey"), COLOURS.index("white")]), COLOURS.index("white")


class Seen(NamedTuple):
    """What a picture answers; `label` is "" where it cannot be told, and `reason` says why."""

    label: str
    reason: str
    confidence: float


class Thing(NamedTuple):
    """A thing on a plain background: its shape and its area, share of the picture."""

    shape: str
    area: float


def numpy_of(image: Image.Image) -> NDArray[np.uint8]:
    """The picture in the size that it is looked at in, (h, w, 3) uint8."""
    if image.mode != "RGB":
        image = image.convert("RGB")
    factor = SIDE / max(image.size)
    if factor < 1.0:
        from PIL import Image as pillow  # noqa: N813

        size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
        image = image.resize(size, pillow.Resampling.BOX)
    return np.asarray(image, np.uint8)


# -- colour and light --------------------------------------------------------------------------


def colour(pixels: NDArray[np.uint8]) -> Seen:
    """The colour that the subject has most of.

    On a plain background the subject is all else; otherwise what stands in the middle and apart
    from the colours at the edges, the vivid before the dull.
    """
    picture = lab(pixels[::_COARSE, ::_COARSE])
    chroma = np.hypot(picture[..., 1], picture[..., 2])
    mask = _foreground(picture)
    stands = mask is not None and float(mask.mean()) >= _LEAST_AREA
    parts = (chroma, chroma[mask]) if stands else (chroma,)
    if all(np.percentile(part, 95) < _GREY for part in parts):
        return Seen("black and white", "No pixel of it has a colour.", 1.0)
    if mask is not None and stands:
        weights, what = mask.astype(np.float32), "of what stands on the background"
    else:
        weights, what = _subject(picture, chroma), "of its subject"
    names, whiteness = _without_shade(colour_names(picture), picture, chroma, weights)
    filled = np.bincount(names.ravel(), weights.ravel(), len(COLOURS))
    shares = np.asarray(filled / max(float(filled.sum()), 1e-9), np.float64)
    first, second = [int(place) for place in np.argsort(-shares)[:2]]
    vivid = int(np.where(_VIVID, shares, 0.0).argmax())
    is_dull = not _VIVID[first] and first != _WHITE
    if not stands and is_dull and shares[vivid] >= _PREFERRED * shares[first]:
        first, second = vivid, first
    share, rival = float(shares[first]), float(shares[second])
    reason = f"{share:.0%} {what} is {COLOURS[first]}, {rival:.0%} {COLOURS[second]}."
    sure = share / max(share + rival, 1e-9)
    if first == _WHITE and whiteness:
        reason = f"{share:.0%} {what} is white, partly in shade, {rival:.0%} {COLOURS[second]}."
        sure = min(sure, 0.5 + 0.5 * (whiteness - _WHITENESS) / (1.0 - _WHITENESS))
    return Seen(COLOURS[first], reason, min(max(sure, 0.5), 1.0))


def _without_shade(
    names: NDArray[np.intp], picture: FloatArray, chroma: FloatArray, weights: FloatArray
) -> tuple[NDArray[np.intp], float]:
    """Name white what is grey only because less light falls on it.

    The brightest part of a picture is seen as white, and the rest by how it compares (the anchoring
    of lightness, Gilchrist et al. 1999); of one surface the lit part shows what it is.

    Args:
        names: The places of the names in `COLOURS`, (h, w).
        picture: CIELAB, (h, w, 3).
        chroma: Of the picture, (h, w).
        weights: How much each pixel belongs to the subject, (h, w).

    Returns:
        The names, and the luminance of the subject's lit part as a share of the brightest; 0 where
        no name was changed.
    """
    surface = np.isin(names, _GREYS) & (chroma < _OFF_WHITE) & (weights > 0)
    if not surface.any():
        return names, 0.0
    lightness = picture[..., 0]
    luminance = np.where(lightness > 8.0, ((lightness + 16.0) / 116.0) ** 3, lightness / 903.3)
    lit = _quantile(luminance[surface], weights[surface], _LIT)
    whiteness = min(lit / max(float(np.percentile(luminance, 99)), 1e-6), 1.0)
    tint = [_quantile(picture[..., axis][surface], weights[surface], 0.5) for axis in (1, 2)]
    shaded = surface & (names != _WHITE) & (luminance >= _SHADE * lit)
    if whiteness < _WHITENESS + _TINT * math.hypot(*tint) or not shaded.any():
        return names, 0.0
    return np.where(shaded, _WHITE, names), whiteness


def _quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """The value under which a share of the weights lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order[int(np.searchsorted(below, share * below[-1]))]])


def brightness(pixels: NDArray[np.uint8]) -> Seen:
    """Whether a picture is dark, dim, of normal light or bright."""
    mean = float(lab(pixels)[..., 0].mean())
    edges = ((_DARK, "dark"), (_DIM, "dim"), (_BRIGHT, "normal"), (math.inf, "bright"))
    label = next(name for edge, name in edges if mean < edge)
    away = min(abs(mean - edge) for edge in (_DARK, _DIM, _BRIGHT))
    reason = f"Its mean lightness is {mean:.0f} of 100."
    return Seen(label, reason, 0.5 + 0.5 * min(away / 10.0, 1.0))


def _subject(picture: FloatArray, chroma: FloatArray) -> FloatArray:
    """How much each pixel belongs to the subject, (h, w), where the background is not plain."""
    height, width = picture.shape[:2]
    down = (np.arange(height, dtype=np.float32) + 0.5) / height * 2.0 - 1.0
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * 2.0 - 1.0
    middle = np.exp(-(down[:, None] ** 2 + across[None, :] ** 2) / (2.0 * _REACH**2))
    edges = _edge_colours(picture)
    gaps = np.stack([np.linalg.norm(picture - edge, axis=-1) for edge in edges]).min(axis=0)
    apart = np.clip(gaps / _SUBJECT, 0.0, 1.0)
    vivid = 0.5 + np.clip(chroma / 50.0, 0.0, 1.0)
    return np.asarray(middle * (0.1 + apart) * vivid, np.float32)


def _edge_colours(picture: FloatArray) -> list[FloatArray]:
    """The colours along the top and both sides: the bottom often belongs to the subject."""
    height, width = picture.shape[:2]
    edge = max(1, round(min(height, width) * _FRAME))
    parts = (picture[:edge], picture[:, :edge], picture[:, -edge:])
    return [np.median(part.reshape(-1, 3), axis=0).astype(np.float32) for part in parts]


# -- things on a plain background --------------------------------------------------------------


def things(pixels: NDArray[np.uint8]) -> list[Thing] | None:
    """The things on a plain background, the largest first; None where it is not plain."""
    cv2 = _opencv()
    mask = _foreground(lab(pixels))
    if mask is None:
        return None
    clean = cv2.morphologyEx(
        mask.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    )
    outlines, _ = cv2.findContours(clean, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = [float(cv2.contourArea(outline)) for outline in outlines]
    least = max(_LEAST_AREA * clean.size, _LEAST_SHARE * max(areas, default=0.0), 12.0)
    found = [
        Thing(_shape(outline, area), area / clean.size)
        for outline, area in zip(outlines, areas, strict=True)
        if area >= least
    ]
    return sorted(found, key=lambda thing: -thing.area)


def count(pixels: NDArray[np.uint8]) -> Seen:
    """How many things stand on a plain background."""
    found = things(pixels)
    if found is None:
        return Seen("", "Its background is not plain, so things cannot be counted.", 0.0)
    if not found:
        return Seen("", "Nothing stands out from its background.", 0.0)
    number = len(found)
    label = str(number) if number <= MOST_THINGS else f"more than {MOST_THINGS}"
    parts = "1 thing stands" if number == 1 else f"{number} things stand"
    return Seen(label, f"{parts} apart on a plain background.", 0.9)


def shape(pixels: NDArray[np.uint8]) -> Seen:
    """The shape of the things on a plain background that most of their area has."""
    found = things(pixels)
    if found is None:
        return Seen("", "Its background is not plain, so outlines cannot be told.", 0.0)
    areas: dict[str, float] = {}
    for thing in found:
        areas[thing.shape] = areas.get(thing.shape, 0.0) + thing.area
    if not areas:
        return Seen("", "Nothing stands out from its background.", 0.0)
    best = max(areas, key=lambda name: areas[name])
    share = areas[best] / sum(areas.values())
    return Seen(best, f"{share:.0%} of what stands out has the outline of a {best}.", share)


def _foreground(picture: FloatArray) -> NDArray[np.bool_] | None:
    """What differs from a plain background, (h, w); None where the background is not plain."""
    height, width = picture.shape[:2]
    edge = max(1, round(min(height, width) * _FRAME))
    frame = np.ones((height, width), bool)
    frame[edge:-edge, edge:-edge] = False
    background = np.median(picture[frame], axis=0)
    apart = np.linalg.norm(picture - background, axis=-1) > _APART
    if float((~apart[frame]).mean()) < _PLAIN:
        return None
    return np.asarray(apart)


def _shape(outline: Any, area: float) -> str:
    """What an outline is called: by its corners, and by how well a circle or an ellipse fits."""
    cv2 = _opencv()
    hull = cv2.convexHull(outline)
    hull_area = max(float(cv2.contourArea(hull)), 1.0)
    (_, _), (one, two), _ = cv2.minAreaRect(outline)
    short, long = sorted((max(one, 1.0), max(two, 1.0)))
    corners = len(cv2.approxPolyDP(hull, 0.04 * cv2.arcLength(hull, closed=True), closed=True))
    if area / hull_area < 0.82:
        return "star" if _points(outline) >= 4 else "irregular shape"
    if corners == 3:
        return "triangle"
    filled = area / (short * long)
    if corners == 4 and filled > 0.86:
        return "square" if long / short < 1.2 else "rectangle"
    if len(outline) >= 5 and abs(filled - math.pi / 4.0) < 0.05 and corners >= 5:
        return "circle" if long / short < 1.2 else "oval"
    if corners == 4:
        return "diamond" if filled < 0.7 else "rectangle"
    return {5: "pentagon", 6: "hexagon"}.get(corners, "irregular shape")


def _points(outline: Any) -> int:
    """How many points of an outline stand out from its middle."""
    points = outline.reshape(-1, 2).astype(np.float32)
    away = np.linalg.norm(points - points.mean(axis=0), axis=1)
    bins = max(36, len(away) // 8)
    around = np.interp(np.linspace(0, len(away), bins, endpoint=False), np.arange(len(away)), away)
    smooth = (around + np.roll(around, 1) + np.roll(around, -1)) / 3.0
    peak = (smooth > np.roll(smooth, 1)) & (smooth >= np.roll(smooth, -1))
    return int(np.count_nonzero(peak & (smooth > 1.1 * smooth.mean())))


def _opencv() -> Any:
    from tui_selector.analysis.quality.planes import opencv

    return opencv()
