"""Keeping the best of groups: which photos that rejects, said before it is done."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tui_selector.app.groups import kind_words
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo

KeepVerb = Literal["keep", "reject", "mark", "rate", "search", "rename", "leave", ""]


class KeepLine(msgspec.Struct, frozen=True):
    """What is to become of a photo; or, where `verb` is empty, which group follows. Printable."""

    verb: KeepVerb
    name: str
    why: str = ""


class KeepPlan(msgspec.Struct, frozen=True):
    """What keeping the best comes to.

    Attributes:
        groups: How many groups something is rejected of.
        reject: Ids of the photos that are rejected.
        lines: All that stays and goes, group by group.
        note: What is left as it is, and why; "" where nothing is.
    """

    groups: int
    reject: list[int]
    lines: list[KeepLine]
    note: str

    @property
    def title(self) -> str:
        """What is done, in a sentence."""
        if not self.reject:
            return "There is nothing to reject."
        many, groups = len(self.reject), self.groups
        photos = "1 photo" if many == 1 else f"{many:,} photos"
        return f"Reject {photos} of {'1 group' if groups == 1 else f'{groups:,} groups'}?"


class KeepPlans:
    """Plans to keep the best photos of groups and to reject the rest of each.

    What the owner has decided counts more than what was judged: picked photos are kept, in the
    place of better ones; rejected ones stay rejected, and the next best is kept. Sets that must
    stay whole are left as they are.
    """

    def __init__(
        self, groups: Iterable[SimilarGroup], photos: Mapping[int, Photo], *, keep: int = 1
    ) -> None:
        """
        Args:
            groups: Their photos the best first.
            photos: As they were decided, by id; those that are not here are gone.
            keep: How many of each group are kept at least.
        """
        self._reject: list[int] = []
        self._lines: list[KeepLine] = []
        self._uncertain: list[float] = []
        # Behind each group: sets that stay whole, groups touched, photos rejected, lines.
        self._ends: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)]
        whole = touched = 0
        for group in sorted(groups, key=lambda each: -each.confidence):
            if group.protected:
                whole += 1
            else:
                touched += self._add(group, photos, keep)
            self._uncertain.append(-group.confidence)
            self._ends.append((whole, touched, len(self._reject), len(self._lines)))

    def _add(self, group: SimilarGroup, photos: Mapping[int, Photo], keep: int) -> bool:
        """Plan for a group; return whether something of it is rejected."""
        kept, gone = _parted(group, photos, keep)
        if not gone:
            return False
        reason = dict(zip(group.photos, group.reasons, strict=True))

        def line(verb: Literal["keep", "reject"], photo: Photo) -> KeepLine:
            why = "picked" if photo.flag is Flag.PICK else printable(reason[photo.id])
            return KeepLine(verb, printable(photo.name), why)

        self._lines.append(KeepLine("", kind_words(group), printable(group.why)))
        self._lines += [line("keep", photo) for photo in kept]
        self._lines += [line("reject", photo) for photo in gone]
        self._reject += [photo.id for photo in gone]
        return True

    def certain(self, least: float) -> KeepPlan:
        """The plan for all groups of this confidence at least, the most certain first."""
        whole, touched, rejected, lines = self._ends[bisect_right(self._uncertain, -least)]
        return KeepPlan(touched, self._reject[:rejected], self._lines[:lines], _note(whole))


def keep_best(group: SimilarGroup, photos: Mapping[int, Photo], *, keep: int = 1) -> KeepPlan:
    """The plan for one group; see `KeepPlans`."""
    return KeepPlans([group], photos, keep=keep).certain(0.0)


def _parted(
    group: SimilarGroup, photos: Mapping[int, Photo], keep: int
) -> tuple[list[Photo], list[Photo]]:
    """What is kept of a group, and what is rejected."""
    there = [photo for id_ in group.photos if (photo := photos.get(id_)) and photo.state in PRESENT]
    picked = [photo for photo in there if photo.flag is Flag.PICK]
    open_ = [photo for photo in there if photo.flag is Flag.NONE]
    more = max(0, keep - len(picked))
    return picked + open_[:more], open_[more:]


def _note(whole: int) -> str:
    if not whole:
        return ""
    sets = (
        "1 set that must stay whole is"
        if whole == 1
        else f"{whole:,} sets that must stay whole are"
    )
    return f"{sets} left as {'it is' if whole == 1 else 'they are'}."
