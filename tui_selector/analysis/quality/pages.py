"""Pictures that are no photographs of a scene: screenshots, and pages with text."""

from __future__ import annotations

import numpy as np

from tui_selector.analysis.quality.planes import Grey, Planes, buffer, opencv

#: Grey levels of a strong edge (sum of the Sobel kernel), and how straight it stands: the smaller
#: of its two parts as a share of the whole.
_EDGE, _STRAIGHT = 200.0, 0.05
#: Width of the strokes of writing at most, pixels; how much darker than the page ink is.
_STROKE, _INK = 15, 40
#: Grey level from which a page is bright, and the spread of its channels up to which it is pale.
_PAPER, _PALE = 110, 50
#: Tiles along each side for writing, and the share of ink in a tile that is written on.
_TILES, _LEAST_INK, _MOST_INK = 16, 0.04, 0.5
#: Rows that are compared at once.
_BAND = 64
#: Least side of a picture that can be told, pixels.
_LEAST_SIDE = 64


def measure_pages(planes: Planes) -> tuple[float, float]:
    """How much a picture looks like a screenshot, and like a page with text, 0 to 1 each.

    Screens are drawn: neighbours are equal, few colours fill much, edges stand straight. A page is
    bright and pale, even, and written on in most places.
    """
    grey = planes.grey
    if min(grey.shape) < _LEAST_SIDE:
        return 0.0, 0.0
    equal, near = _even(grey)
    return _screen(grey, equal), _document(planes, near)


def _even(grey: Grey) -> tuple[float, float]:
    """Shares of pixels that equal the two next to them, or differ by one grey level at most."""
    cv2 = opencv()
    differ = apart = count = 0
    for top in range(0, grey.shape[0] - 1, _BAND):
        rows = grey[top : top + _BAND + 1]
        inner = rows[:-1, :-1]
        below = cv2.absdiff(rows[1:, :-1], inner, dst=buffer("below", inner.shape, np.uint8))
        beside = cv2.absdiff(rows[:-1, 1:], inner, dst=buffer("beside", inner.shape, np.uint8))
        more = cv2.max(below, beside, dst=below)
        differ += cv2.countNonZero(more)
        apart += cv2.countNonZero(cv2.subtract(more, 1, dst=beside))
        count += inner.size
    return 1 - differ / count, 1 - apart / count


def _screen(grey: Grey, equal: float) -> float:
    if equal < 0.5:
        return 0.0
    cv2 = opencv()
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    fullest = float(np.sort(counts)[-2:].sum()) / grey.size
    across = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0))
    down = np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    length = np.hypot(across, down)
    strong = length > _EDGE
    straight = strong & (np.minimum(across, down) < _STRAIGHT * length)
    return min(
        _ramp(equal, 0.5, 0.7),
        _ramp(fullest, 0.35, 0.5),
        _ramp(float(strong.mean()), 0.04, 0.1),
        _ramp(int(straight.sum()) / max(int(strong.sum()), 1), 0.15, 0.25),
    )


def _document(planes: Planes, near: float) -> float:
    score = _ramp(near, 0.35, 0.55)
    if score <= 0.0:
        return 0.0
    cv2 = opencv()
    red, green, blue = cv2.split(planes.rgb)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    score = min(score, _ramp(float((spread < _PALE).mean()), 0.8, 0.95))
    if score <= 0.0:
        return 0.0
    # Closing takes thin dark strokes away and leaves the page.
    page = cv2.morphologyEx(planes.grey, cv2.MORPH_CLOSE, np.ones((_STROKE, _STROKE), np.uint8))
    ink = (cv2.subtract(page, planes.grey) > _INK).astype(np.float32)
    tiles = cv2.resize(ink, (_TILES, _TILES), interpolation=cv2.INTER_AREA)
    written = float(((tiles > _LEAST_INK) & (tiles < _MOST_INK)).mean())
    paper = float((page > _PAPER).mean())
    return min(score, _ramp(paper, 0.8, 0.95), _ramp(written, 0.25, 0.4))


def _ramp(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
