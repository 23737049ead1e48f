"""What the owner asks of groups of photos that are nearly the same, and what a group is."""

from __future__ import annotations

from math import isnan
from typing import Annotated, Literal

import msgspec

#: How much photos of a group have in common: the same picture, the same moment, the same motif.
GroupSetting = Literal["duplicate", "bursts", "similar"]

#: What a group is:
#:
#: - copies: the same bytes
#: - duplicates: one picture in other sizes, formats, flipped, turned or cropped
#: - shot: one exposure and what was made of it (an edit, another format)
#: - burst: shot in a row of the same motif
#: - bracket: shot in a row with a ladder of exposures
#: - focus stack: shot in a row of the same frame, in focus from near to far
#: - panorama: shot in a row while the camera turned
#: - similar: the same motif, whenever it was shot
GroupKind = Literal[
    "copies", "duplicates", "shot", "burst", "bracket", "focus stack", "panorama", "similar"
]

#: What the threshold of each setting is where the owner has set none; `analysis.similar` says why.
THRESHOLDS: dict[GroupSetting, float] = {"duplicate": 0.9, "bursts": 0.3, "similar": 0.65}

#: The lowest and the highest threshold of each setting, the ends of its slider.
LIMITS: dict[GroupSetting, tuple[float, float]] = {
    "duplicate": (0.85, 1.0),
    "bursts": (0.1, 1.0),
    "similar": (0.5, 1.0),
}

#: How far apart the values of each slider are.
STEPS: dict[GroupSetting, float] = {"duplicate": 0.01, "bursts": 0.05, "similar": 0.02}

#: Groups that must stay whole: to keep the best and reject the rest would destroy what it is for.
PROTECTED: frozenset[GroupKind] = frozenset({"shot", "bracket", "focus stack", "panorama"})


def slider(setting: GroupSetting) -> list[float]:
    """The thresholds that a slider offers, ascending."""
    low, high = LIMITS[setting]
    count = round((high - low) / STEPS[setting])
    return [round(low + step * (high - low) / count, 4) for step in range(count + 1)]


class GroupWish(msgspec.Struct, frozen=True, kw_only=True):
    """How photos are to be grouped.

    Attributes:
        setting: How much they have in common.
        threshold: How alike photos of a group are at least: the correlation of their fingerprints
            (duplicate), the cosine of their vectors (bursts, similar); None is the usual value.
        gap: Seconds between two frames of a burst at most.
    """

    setting: GroupSetting = "similar"
    threshold: float | None = None
    gap: Annotated[float, msgspec.Meta(gt=0)] = 2.0

    @property
    def value(self) -> float:
        """The threshold, the usual one where none is set."""
        return THRESHOLDS[self.setting] if self.threshold is None else self.threshold

    def validate(self) -> str | None:
        """Return one sentence on what is wrong, or None."""
        low, high = LIMITS[self.setting]
        if isnan(self.value) or not low <= self.value <= high:
            return (
                f"The threshold for {self.setting} must lie between {low:g} and {high:g}, "
                f"not {self.value:g}."
            )
        return None
