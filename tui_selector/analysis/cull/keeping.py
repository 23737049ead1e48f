"""What a number of photos to keep makes of an album, and how that is said."""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tui_selector.analysis.cull.budget import Candidates, choose
from tui_selector.analysis.cull.shots import Shot, Units
from tui_selector.analysis.cull.signals import worth as worth_of
from tui_selector.library.display import printable


class _Facts(NamedTuple):
    """What is said of a photo: how many photos there are in its event and in its tab."""

    event: int
    event_kept: int
    when: str
    better: int
    in_tab: int
    kept_in_tab: int
    shot: Shot

    def tab(self) -> str:
        if not self.shot.tab_name:
            return ""
        name = printable(self.shot.tab_name)
        return f", and {self.kept_in_tab:,} of {self.in_tab:,} in {name}"


class Keeping:
    """What a number to keep makes of the photos that rules leave."""

    def __init__(
        self, shots: Sequence[Shot], keep: int, looks: Mapping[int, int], units: Units
    ) -> None:
        """Choose.

        Args:
            shots: What rules leave.
            keep: How many of them are to stay.
            looks: Photo to a negative number that photos share which are nearly the same.
            units: Photos that stay as one.

        Attributes:
            kept: Ids of the photos that stay.
        """
        worth = [worth_of(shot.quality) for shot in shots]
        choice = choose(
            Candidates(
                keys=[os.fsencode(shot.path) for shot in shots],
                quality=np.array(worth, np.float64),
                taken=np.array(
                    [math.nan if shot.taken is None else shot.taken for shot in shots], np.float64
                ),
                tabs=np.array([shot.tab for shot in shots], np.int64),
                looks=np.array([looks.get(shot.id, shot.id) for shot in shots], np.int64),
                units=np.array([units.of(shot.id) for shot in shots], np.int64),
                fixed=np.array([shot.is_owners for shot in shots], np.bool_),
            ),
            keep,
        )
        self._keep = keep
        self.kept = {shot.id for shot, is_kept in zip(shots, choice.kept, strict=True) if is_kept}
        events: dict[int, list[tuple[float, Shot]]] = {}
        for shot, each, event in zip(shots, worth, choice.event.tolist(), strict=True):
            events.setdefault(event, []).append((each, shot))
        in_tab = Counter(shot.tab for shot in shots)
        kept_in_tab = Counter(shot.tab for shot in shots if shot.id in self.kept)
        self._facts: dict[int, _Facts] = {}
        for some in events.values():
            some.sort(key=lambda pair: -pair[0])
            stay = sum(shot.id in self.kept for _, shot in some)
            when = _when([shot for _, shot in some])
            better = 0
            for place, (each, shot) in enumerate(some):
                better = better if place and some[place - 1][0] == each else place
                self._facts[shot.id] = _Facts(
                    len(some), stay, when, better, in_tab[shot.tab], kept_in_tab[shot.tab], shot
                )

    def reason_to_stay(self, id_: int) -> str:
        """One sentence on a photo that is kept."""
        facts = self._facts[id_]
        if facts.event == 1:
            return f"The only one {facts.when}{facts.tab()}."
        if facts.event == facts.event_kept:
            return f"All {facts.event:,} photos {facts.when} stay{facts.tab()}."
        if facts.event_kept == 1:
            return f"The only one that stays of {facts.event:,} photos {facts.when}{facts.tab()}."
        return (
            f"One of {facts.event_kept:,} that stay of {facts.event:,} photos {facts.when}"
            f"{facts.tab()}."
        )

    def reason_to_go(self, id_: int) -> str:
        """One sentence on a photo that is not."""
        facts = self._facts[id_]
        return (
            f"Over the {self._keep:,} to keep: {facts.event_kept:,} of {facts.event:,} photos"
            f" {facts.when} stay{facts.tab()}; {facts.better:,} of the {facts.event:,} are sharper"
            " or better exposed."
        )


def _when(shots: Sequence[Shot]) -> str:
    """When the photos of an event were taken: "of 2026-07-03, 14:10 to 16:30"."""
    times = [shot.taken for shot in shots if shot.taken is not None]
    if not times:
        return "without a time"
    try:
        first, last = (time.gmtime(each) for each in (min(times), max(times)))
    except (OverflowError, OSError, ValueError):
        return "of one event"
    day, clock = "%Y-%m-%d", "%H:%M"
    if first[:3] == last[:3]:
        start, end = time.strftime(clock, first), time.strftime(clock, last)
        hours = start if start == end else f"{start} to {end}"
        return f"of {time.strftime(day, first)}, {hours}"
    return f"of {time.strftime(day, first)} to {time.strftime(day, last)}"
