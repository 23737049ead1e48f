"""Three sides made one: the catalog, a sidecar, and what both agreed on last.

What only one side has changed since is taken from that side. What both have changed differently
stays as it is on both, and is told, unless one side is preferred.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import structs

from tui_selector.library.catalog.sidecar_table import Agreed, Marks
from tui_selector.library.photo import Flag
from tui_selector.library.xmp.statement import Statement

Side = Literal["catalog", "sidecar"]

#: What a sidecar and the catalog say one word about each.
WORDS = ("flag", "rating", "label")


class Merged(NamedTuple):
    """What each side is to say, and the words (flag, rating, label) that they differ about."""

    catalog: Marks
    sidecar: Marks
    conflicts: tuple[str, ...]


def merge(ours: Marks, said: Statement, agreed: Marks, prefer: Side | None = None) -> Merged:
    """Merge what the catalog has (`ours`) and what a sidecar says."""
    catalog: dict[str, object] = {}
    sidecar: dict[str, object] = {}
    conflicts: list[str] = []
    for word in WORDS:
        mine, base = getattr(ours, word), getattr(agreed, word)
        theirs = getattr(said, word)
        # A label that is not known here is a word of the other program's, and not overwritten.
        is_foreign = word == "label" and theirs is None and mine != base and prefer != "catalog"
        theirs = base if theirs is None else theirs
        if theirs in (base, mine) and not is_foreign:
            catalog[word] = sidecar[word] = mine
        elif mine == base or prefer == "sidecar":
            catalog[word] = sidecar[word] = theirs
        elif prefer == "catalog":
            catalog[word] = sidecar[word] = mine
        else:
            catalog[word], sidecar[word] = mine, theirs
            conflicts.append(word)
    gone = agreed.tags - said.tags
    tags = (ours.tags - gone) | (said.tags - agreed.tags)
    return Merged(
        structs.replace(ours, **catalog, tags=tags),
        structs.replace(ours, **sidecar, tags=tags),
        tuple(conflicts),
    )


def agreement(ours: Marks, said: Statement, agreed: Marks) -> Agreed:
    """What both sides agree on now; where they differ, what they agreed on before."""
    rating = ours.rating if said.rating == ours.rating else agreed.rating
    return Agreed(
        flag=ours.flag if said.flag == ours.flag else agreed.flag,
        # A rejected photo's stars are not in its sidecar.
        rating=0 if said.rating is None else rating,
        label=ours.label if said.label == ours.label else agreed.label,
        tags=said.tags & (ours.tags | agreed.tags),
        said=said.how,
    )


def differences(before: Marks, after: Marks) -> str:
    """What changes from one to the other, for the eye: "3 stars, +beach"."""
    words: list[str] = []
    if before.flag != after.flag:
        words.append({Flag.PICK: "picked", Flag.REJECT: "rejected"}.get(after.flag, "unflagged"))
    if before.rating != after.rating:
        stars = f"{after.rating} star{'s' if after.rating > 1 else ''}"
        words.append(stars if after.rating else "no stars")
    if before.label != after.label:
        words.append(after.label or "no label")
    words += [f"+{tag}" for tag in sorted(after.tags - before.tags)]
    words += [f"-{tag}" for tag in sorted(before.tags - after.tags)]
    return ", ".join(words)
