"""Where a photo stands in its group, and why: for the info panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tui_selector.app.duel import Votes, choice_words
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.groups import PROTECTED, GroupKind

if TYPE_CHECKING:
    from tui_selector.app.engine_link import EngineLink

#: What is said where nothing that was measured sets a photo apart.
_EQUAL = "nothing measured sets it apart"


class Standing(msgspec.Struct, frozen=True):
    """The place of a photo in the group that is kept for it.

    Attributes:
        photo: Its id.
        kind: Of the group.
        place: From 0, the best; in a set that must stay whole, as it is kept.
        size: How many photos of the group are in the library.
        over: How many of the others the owner's choices put behind it.
        under: How many of the others they put before it.
        rival: Id of the photo it is held against: the best, or the next best where it is the best
            itself; None in a set that must stay whole.
        rival_name: Printable file name of that photo.
    """

    photo: int
    kind: GroupKind
    place: int
    size: int
    over: int = 0
    under: int = 0
    rival: int | None = None
    rival_name: str = ""


def read_standing(catalog: Catalog, photo: int) -> Standing | None:
    """Where a photo stands; None where it is in no group that is kept."""
    kept = catalog.groups.of([photo]).get(photo)
    if kept is None:
        return None
    members = catalog.groups.members(kept.key)
    present = catalog.tabs.present(members)
    photos = [each for each in members if each in present]
    if photo not in photos or len(photos) < 2:
        return None
    if kept.kind in PROTECTED:
        return Standing(photo, kept.kind, photos.index(photo), len(photos))
    ranked = Votes(catalog.votes.among(photos)).ranked(photos)
    order = photos if ranked is None else ranked.photos
    place = order.index(photo)
    rival = catalog.photos.one(order[1 if place == 0 else 0])
    return Standing(
        photo,
        kept.kind,
        place,
        len(order),
        0 if ranked is None else ranked.over[photo],
        0 if ranked is None else ranked.under[photo],
        rival.id if rival is not None else None,
        printable(rival.name) if rival is not None else "",
    )


def standing_words(standing: Standing) -> str:
    """Which group it is, and the place of the photo in it."""
    from tui_selector.app.groups import KIND_WORDS

    group = f"{KIND_WORDS[standing.kind]} · {standing.size} photos"
    place = f"{standing.place + 1} of {standing.size}"
    if standing.kind in PROTECTED:
        return f"{group} · {place} · stays whole"
    where = "the best" if standing.place == 0 else place
    others = standing.size - 1
    if standing.over + standing.under == others:
        return f"{group} · {where} by your choice"
    choice = choice_words(standing.over, standing.under, others)
    return " · ".join(filter(None, (group, where, choice)))


async def judged_rows(link: EngineLink, standing: Standing) -> list[tuple[str, str]]:
    """Label and printable text of what sets a photo apart from the best, or the best from the next.

    Empty where the set must stay whole, or there is no engine that could tell.
    """
    from tui_selector.engine.group_messages import AskJudgement, Judged
    from tui_selector.engine.launch import EngineError

    if standing.rival is None:
        return []
    try:
        answer = await link.request(AskJudgement(photos=[standing.photo, standing.rival]))
    except EngineError:
        return []  # whatever else the panel says is true without an engine
    assert isinstance(answer, Judged)
    mine, theirs = (printable(reasons) or _EQUAL for reasons in answer.reasons)
    other = "next" if standing.place == 0 else "best"
    return [("this", mine), (other, f"{standing.rival_name}: {theirs}")]
