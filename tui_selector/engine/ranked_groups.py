"""Groups as clients see them: the best photo first, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tui_selector.analysis.quality.judge import Judgement, judge
from tui_selector.analysis.similar.grouping import Group
from tui_selector.analysis.similar.shots import Shots
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.groups import LIMITS, PROTECTED, GroupKind, GroupWish
from tui_selector.library.quality import Quality

#: Groups that are put in order of time, not of quality.
_IN_ORDER: frozenset[GroupKind] = frozenset({"bracket", "focus stack", "panorama"})


class Ranking:
    """Puts the photos of groups in order; what was judged is remembered until signals change."""

    def __init__(self) -> None:
        self._judged: dict[tuple[int, ...], Judgement] = {}

    def forget(self) -> None:
        """Judge anew: photos or their signals have changed."""
        self._judged.clear()

    def ranked(
        self, catalog: Catalog, shots: Shots, groups: Sequence[Group], wish: GroupWish
    ) -> list[SimilarGroup]:
        """Tell groups as a client sees them, in the order given."""
        judged = [group for group in groups if group.kind not in _IN_ORDER]
        self._judge(catalog, shots, judged)
        firsts = [first for group in groups if (first := _first(shots, group)) is not None]
        clocks = dict(catalog.listing.clocks(firsts))
        return [self._told(shots, group, wish, clocks) for group in groups]

    def _judge(self, catalog: Catalog, shots: Shots, groups: Iterable[Group]) -> None:
        waiting = [ids for group in groups if (ids := _ids(shots, group)) not in self._judged]
        measured = catalog.qualities.of([id_ for ids in waiting for id_ in ids])
        pixels = dict(zip(shots.ids.tolist(), shots.pixels.tolist(), strict=True))
        for ids in waiting:
            self._judged[ids] = judge(
                [measured.get(id_) or _unmeasured(pixels[id_]) for id_ in ids]
            )

    def _told(
        self, shots: Shots, group: Group, wish: GroupWish, clocks: Mapping[int, float | None]
    ) -> SimilarGroup:
        rows = group.rows
        first = _first(shots, group)
        ids = _ids(shots, group)
        taken = shots.taken[rows][~np.isnan(shots.taken[rows])]
        if group.kind in _IN_ORDER:
            photos, reasons, best = list(ids), _places(shots, group), 0.0
        else:
            judgement = self._judged[ids]
            photos = [ids[place] for place in judgement.order]
            reasons = ["; ".join(judgement.reasons[place]) for place in judgement.order]
            best = judgement.confidence
        return SimilarGroup(
            key=f"{group.kind}:{shots.ids[rows[0]]}",
            kind=group.kind,
            protected=group.kind in PROTECTED,
            why=group.why,
            photos=photos,
            reasons=reasons,
            confidence=_confidence(group, wish),
            best=best,
            start=float(taken.min()) if len(taken) else None,
            end=float(taken.max()) if len(taken) else None,
            clock=None if first is None else clocks.get(first),
        )


def _first(shots: Shots, group: Group) -> int | None:
    """Id of the photo of a group that was taken first; None where no time is known."""
    times = shots.taken[group.rows].tolist()
    known = [
        (time, row)
        for time, row in zip(times, group.rows.tolist(), strict=True)
        if not math.isnan(time)
    ]
    return int(shots.ids[min(known)[1]]) if known else None


def _ids(shots: Shots, group: Group) -> tuple[int, ...]:
    """Ids of a group in the order that counts where nothing else does.

    That is time where the group stays so. Else the original comes before what was made of it: the
    larger one, that which knows its camera and its time (editors and messengers lose them), the
    earlier one, and the shorter name, as copies are called `IMG_1 (2)` and `IMG_1_small` after
    their original.
    """
    rows = group.rows
    if group.kind not in _IN_ORDER:
        taken = shots.taken[rows]
        lengths = np.array([len(shots.names[row]) for row in rows.tolist()])
        keys = (lengths, np.nan_to_num(taken, nan=np.inf), np.isnan(taken))
        rows = rows[np.lexsort((*keys, shots.cameras[rows] < 0, -shots.pixels[rows]))]
    return tuple(shots.ids[rows].tolist())


def _places(shots: Shots, group: Group) -> list[str]:
    """What each photo of a set that stays whole is there for."""
    count = len(group.rows)
    if group.kind != "bracket":
        return [f"frame {place} of {count}" for place in range(1, count + 1)]
    exposures = shots.exposures[group.rows]
    middle = float(np.median(exposures))
    return [f"{exposure - middle:+.1f} EV".replace("-", "−") for exposure in exposures.tolist()]


def _confidence(group: Group, wish: GroupWish) -> float:
    """That photos belong together, 0.5 at the lowest threshold to 1 for the same picture."""
    if group.kind in PROTECTED or group.kind == "copies":
        return 1.0
    low, high = LIMITS[wish.setting]
    share = (group.strength - low) / (high - low)
    return round(0.5 + 0.5 * min(max(share, 0.0), 1.0), 3)


def _unmeasured(pixels: int) -> Quality:
    return Quality(width=pixels, height=1, side=0)
