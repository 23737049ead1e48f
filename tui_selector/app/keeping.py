"""Keeping the best of groups: which photos that rejects, said before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tui_selector.app.groups import kind_words
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo


class KeepLine(msgspec.Struct, frozen=True):
    """What is to become of a photo; or, where `verb` is empty, which group follows. Printable."""

    verb: Literal["keep", "reject", ""]
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


def keep_best(
    groups: Sequence[SimilarGroup], photos: Mapping[int, Photo], *, keep: int = 1
) -> KeepPlan:
    """Plan to keep the best photos of groups and to reject the rest of each.

    What the owner has decided counts more than what was judged: picked photos are kept, in the
    place of better ones; rejected ones stay rejected, and the next best is kept. Sets that must
    stay whole are left as they are.

    Args:
        groups: Their photos the best first.
        photos: As they were decided, by id; those that are not here are gone.
        keep: How many of each group are kept at least.
    """
    reject: list[int] = []
    lines: list[KeepLine] = []
    whole = touched = 0
    for group in groups:
        if group.protected:
            whole += 1
            continue
        kept, gone = _parted(group, photos, keep)
        if not gone:
            continue
        touched += 1
        reason = dict(zip(group.photos, group.reasons, strict=True))
        lines.append(KeepLine("", kind_words(group), printable(group.why)))
        for verb, some in (("keep", kept), ("reject", gone)):
            lines += [
                KeepLine(
                    "keep" if verb == "keep" else "reject",
                    printable(photo.name),
                    "picked" if photo.flag is Flag.PICK else printable(reason[photo.id]),
                )
                for photo in some
            ]
        reject += [photo.id for photo in gone]
    return KeepPlan(touched, reject, lines, _note(whole))


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
