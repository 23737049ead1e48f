"""Which frames stand for a video: the first of each scene, and one every few seconds.

Key frames are compared first, because they decode without the frames between them and encoders
like to begin scenes with them. Only where two of them lie far apart, or come at a steady pace and
differ, is a stretch of the film decoded, and that up to a limit for the whole film. Two pictures
are of different scenes where the histograms of their colours differ (Swain and Ballard 1991,
histogram intersection), which a moving hand or camera changes little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from tui_selector.library.pictures.video import Film

#: Seconds of a scene after which another frame is chosen.
EVERY = 5.0
#: Most frames of one video.
MOST = 64

#: Shares of the pixels, 0 to 1, that have another colour where another scene begins: between key
#: frames, and between frames that follow each other, where it must also be so many times as much
#: as is usual in that film.
_CUT, _NEAR_CUT, _UNUSUAL = 0.18, 0.08, 4.0
#: Seconds up to which frames follow each other.
_NEAR = 0.2
#: Seconds between which no second cut is looked for: a flash is no scene.
_SHORTEST = 0.4
#: Seconds between two key frames that differ from which the cut is looked for, where the longest
#: way between two is so many times the shortest at most.
_COARSE, _STEADY = 2.0, 1.2
#: Key frames are far apart where no frame would be chosen for so many times the usual seconds.
_FAR = 2.0
#: Frames decoded at most for one film, apart from its key frames.
_DECODED = 2500
#: Least seconds between key frames that are compared, and most such frames of one film.
_APART, _COMPARED = 0.5, 512
#: Pixels of the pictures that are compared, and levels of each colour.
_WIDTH, _HEIGHT, _LEVELS = 64, 36, 4


class _Glance(NamedTuple):
    """A moment of the film, in seconds, and the colours then: (64,) float32, sum 1."""

    moment: float
    colours: np.ndarray


def choose_moments(
    film: Film,
    *,
    every: float = EVERY,
    most: int = MOST,
    go_on: Callable[[], bool] = lambda: True,
) -> list[float]:
    """Choose the frames that stand for a film.

    Args:
        film: The film.
        every: Seconds of a scene after which another frame is chosen; more in a long film.
        most: How many frames at most; where there are more scenes, short ones are left out.
        go_on: Asked now and then; what has been seen by then decides where it says no.

    Returns:
        Times in seconds, ascending, each that of a frame: `Film.frame` returns it.

    Raises:
        DecodeError or av.error.FFmpegError: Nothing can be decoded.
    """
    look = _Eye(go_on)
    with film.memory():
        every = max(every, film.duration / most)
        keys = look(film.key_frames(max(_APART, film.duration / _COMPARED)))
        glances = _closer(film, keys or look(film.stretch(0.0, math.inf)), every, look)
    return [_up(moment) for moment in _thinned(_chosen(glances, every), most)]


class _Eye:
    """Looks at frames, at the colours of a miniature of each."""

    def __init__(self, go_on: Callable[[], bool]) -> None:
        self._go_on = go_on
        self._scale = VideoReformatter()

    def __call__(
        self, frames: Iterable[tuple[float, av.VideoFrame]], most: int = 10**9
    ) -> list[_Glance]:
        glances = []
        for moment, frame in frames:
            glances.append(_Glance(moment, self._colours(frame)))
            if len(glances) >= most or not self._go_on():
                break
        return glances

    def _colours(self, frame: av.VideoFrame) -> np.ndarray:
        """Share of the pixels in each of 64 colours."""
        # The reformatter is kept, and simple: what it does else takes longer than decoding.
        small = self._scale.reformat(
            frame, _WIDTH, _HEIGHT, "rgb24", interpolation=Interpolation.FAST_BILINEAR
        )
        levels = np.right_shift(small.to_ndarray().astype(np.intp), 6)
        bins = (levels[..., 0] * _LEVELS + levels[..., 1]) * _LEVELS + levels[..., 2]
        counts = np.bincount(bins.ravel(), minlength=_LEVELS**3)
        return np.asarray(counts / bins.size, np.float32)


def _closer(film: Film, keys: list[_Glance], every: float, look: _Eye) -> list[_Glance]:
    """Add frames where keys are far apart, or hide a cut between them; the widest gaps first."""
    found = sorted(keys, key=lambda glance: glance.moment)
    if not found:
        return found
    end = _Glance(max(film.duration, found[-1].moment), found[-1].colours)
    pairs = list(pairwise((*found, end)))
    lengths = [after.moment - before.moment for before, after in pairs]
    # An encoder that looks for cuts puts keys there; keys at a steady pace fall anywhere.
    steady = max(lengths[:-1], default=0) <= _STEADY * min(lengths[:-1], default=0)
    gaps = [
        (length, before.moment, after.moment)
        for length, (before, after) in zip(lengths, pairs, strict=True)
        if length > _FAR * every
        or (length > _COARSE and len(found) == 1)
        or (length > _COARSE and steady and _difference(before, after) > _CUT)
    ]
    left = _DECODED
    for _, start, stop in sorted(gaps, reverse=True):
        more = look(film.stretch(start, stop), left)
        found += more[1:]  # the first is the key frame that is known
        left -= len(more)
        if left <= 0:
            break
    return sorted(found, key=lambda glance: glance.moment)


def _chosen(glances: Sequence[_Glance], every: float) -> list[float]:
    """The moments at which a scene begins or has gone on for long."""
    if not glances:
        return []
    pairs = list(pairwise(glances))
    differences = [_difference(*pair) for pair in pairs]
    near = [after.moment - before.moment <= _NEAR for before, after in pairs]
    usual = np.median(
        [each for each, is_near in zip(differences, near, strict=True) if is_near] or [0]
    )
    chosen = [glances[0].moment]
    for (_, glance), difference, is_near in zip(pairs, differences, near, strict=True):
        since = glance.moment - chosen[-1]
        least = max(_NEAR_CUT, _UNUSUAL * float(usual)) if is_near else _CUT
        if since >= every or (difference > least and since >= _SHORTEST):
            chosen.append(glance.moment)
    return chosen


def _thinned(moments: list[float], most: int) -> list[float]:
    """Leave out the moments that follow another one most closely."""
    kept = list(moments)
    while len(kept) > most:
        gaps = [after - before for before, after in pairwise(kept)]
        del kept[gaps.index(min(gaps)) + 1]
    return kept


def _difference(one: _Glance, other: _Glance) -> float:
    """Share of the pixels whose colour only one of them has, 0 to 1."""
    return 1.0 - float(np.minimum(one.colours, other.colours).sum())


def _up(moment: float) -> float:
    """Rounded to milliseconds so that the frame is on screen by then."""
    return max(0.0, math.ceil(1000 * moment - 0.05) / 1000)
