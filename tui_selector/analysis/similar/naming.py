"""What a group is, in words, and how the files of one shot are named."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.fingerprints import Rows
from tui_selector.analysis.similar.shots import Shots
from tui_selector.library.groups import GroupKind

#: What programs and people add to the name of a photo that they have edited.
_EDITED = re.compile(
    r"(?P<before>.*?)[-_ ~.]*[(]?(edit(ed)?|enhanced[-_ a-z]*|retouch(ed)?|bearbeitet|bw|hdr|dxo"
    r"|nik|final)[)]?[-_ ]?[0-9]*",
    re.IGNORECASE,
)

#: Apple's edited version of IMG_1234 is IMG_E1234.
_APPLE = re.compile(r"IMG_E(?P<number>[0-9]{4,})", re.IGNORECASE)


def is_edit(shots: Shots, rows: Rows) -> bool:
    """Whether photos that show one picture are a photo and what was made of it.

    They were taken at one time, and all names are that of the original or tell that they are
    edits of it.
    """
    taken = shots.taken[rows]
    if np.isnan(taken).any() or np.ptp(taken) > 1:
        return False
    stems = [shots.names[row].rpartition(".")[0] or shots.names[row] for row in rows.tolist()]
    originals = {_original(stem).casefold() for stem in stems}
    return len(originals) == 1 and any(_original(stem) != stem for stem in stems)


def _original(stem: str) -> str:
    """The name of the photo that an edit was made of; the name itself where it is no edit's."""
    apple = _APPLE.fullmatch(stem)
    if apple:
        return f"IMG_{apple['number']}"
    edited = _EDITED.fullmatch(stem)
    return edited["before"] if edited and edited["before"] else stem


def why(shots: Shots, kind: GroupKind, rows: Rows, strength: float) -> str:
    """One sentence: what makes photos a group, and why it stays whole if it does."""
    count = len(rows)
    match kind:
        case "copies":
            return f"{count} files hold the same bytes."
        case "duplicates":
            return "One picture: resized, saved anew, turned or cropped."
        case "shot":
            return "A photo and what was made of it; they stay together."
        case "burst":
            return f"{count} frames in {_seconds(shots.taken[rows])}, one after the other."
        case "bracket":
            return (
                f"{count} exposures, {_range(shots.exposures[rows])} EV from the darkest to the "
                "brightest, shot to be merged; they stay together."
            )
        case "focus stack":
            return (
                f"{count} frames with the same exposure whose sharp place travels, shot to be "
                "merged; they stay together."
            )
        case "panorama":
            return f"{count} frames that overlap, shot to be joined; they stay together."
        case "similar":
            return f"The same motif: alike by {strength:.2f} on average."


def _seconds(taken: NDArray[np.float64]) -> str:
    span = _span(taken)
    if span < 0.05:
        return "a moment"
    return f"{span:.1f} s" if span < 10 else f"{span:.0f} s"


def _range(values: NDArray[np.float64]) -> str:
    return f"{_span(values):.1f}".removesuffix(".0")


def _span(values: NDArray[np.float64]) -> float:
    """From the least to the most of a handful of numbers, of which one at least is known."""
    known: list[float] = [value for value in values.tolist() if not math.isnan(value)]
    return max(known) - min(known)
