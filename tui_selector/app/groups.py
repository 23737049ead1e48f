"""The groups of a library as a screen shows them: in which order, and where each photo stands."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

from msgspec.structs import replace

from tui_selector.app.album import Album
from tui_selector.app.duel import Ranked, choice_words
from tui_selector.app.widgets.tile import Tile
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.display import printable
from tui_selector.library.groups import GroupKind, GroupSetting

GroupOrder = Literal["confidence", "size", "time"]
"""Which groups come first: those that belong together most certainly, the biggest, the earliest."""

ORDERS: tuple[GroupOrder, ...] = get_args(GroupOrder)

ORDER_WORDS: Mapping[GroupOrder, str] = {
    "confidence": "most certain first",
    "size": "biggest first",
    "time": "earliest first",
}

SETTING_WORDS: Mapping[GroupSetting, str] = {
    "duplicate": "the same picture",
    "bursts": "the same moment",
    "similar": "the same motif",
}

KIND_WORDS: Mapping[GroupKind, str] = {
    "copies": "Copies",
    "duplicates": "Duplicates",
    "shot": "One shot",
    "burst": "Burst",
    "bracket": "Exposure bracket",
    "focus stack": "Focus stack",
    "panorama": "Panorama",
    "similar": "Similar",
}


class ShownGroups:
    """Groups in an order, their photos one after the other; the `GroupedModel` of the grid.

    Photos that are gone are left out, and groups of which less than two are left.

    Attributes:
        order: Which groups come first.
        groups: What is shown, in order.
        ids: The photos shown, in order.
        sizes: How many photos of each group are shown.
        gone: Photos that are left out.
    """

    def __init__(self, album: Album, order: GroupOrder = "confidence") -> None:
        """
        Args:
            album: Has the photos' tiles.
            order: Which groups come first.
        """
        self._album = album
        self._all: Sequence[SimilarGroup] = ()
        self.gone: frozenset[int] = frozenset()
        self._ranks: Callable[[Sequence[int]], Ranked | None] = lambda photos: None
        self._firsts = array("q", [0])
        self.order: GroupOrder = order
        self.groups: list[SimilarGroup] = []
        self.ids = array("q")
        self.sizes: list[int] = []

    def show(
        self,
        groups: Sequence[SimilarGroup] | None = None,
        *,
        gone: Collection[int] | None = None,
        ranks: Callable[[Sequence[int]], Ranked | None] | None = None,
    ) -> None:
        """Show other groups, or the same ones anew; what is None stays as it was.

        Args:
            groups: As the engine found them.
            gone: Photos that are not in the library any more.
            ranks: Returns the photos of a group in the order that the owner's choices give them,
                None where nothing was chosen.
        """
        self._all = self._all if groups is None else groups
        self.gone = self.gone if gone is None else frozenset(gone)
        self._ranks = self._ranks if ranks is None else ranks
        kept = (self._kept(group) for group in self._all)
        self.groups = sorted((group for group in kept if len(group.photos) > 1), key=self._place)
        self.sizes = [len(group.photos) for group in self.groups]
        self.ids = array("q", (photo for group in self.groups for photo in group.photos))
        self._firsts = array("q", [0])
        for size in self.sizes:
            self._firsts.append(self._firsts[-1] + size)

    def _kept(self, group: SimilarGroup) -> SimilarGroup:
        """A group without what is gone, in the owner's order."""
        if not self.gone.isdisjoint(group.photos):
            kept = [n for n, photo in enumerate(group.photos) if photo not in self.gone]
            group = replace(
                group,
                photos=[group.photos[n] for n in kept],
                reasons=[group.reasons[n] for n in kept],
            )
        ranked = None if group.protected else self._ranks(group.photos)
        if ranked is None:
            return group
        reasons = dict(zip(group.photos, group.reasons, strict=True))
        told = [
            " ".join(filter(None, (_choice(ranked, place), reasons[photo])))
            for place, photo in enumerate(ranked.photos)
        ]
        return replace(group, photos=ranked.photos, reasons=told)

    def _place(self, group: SimilarGroup) -> tuple[float, float, str]:
        start = float("inf") if group.start is None else group.start
        first = {
            "confidence": -group.confidence,
            "size": -float(len(group.photos)),
            "time": start,
        }[self.order]
        return first, start, group.key

    # -- tiles -------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.ids)

    def tile(self, index: int) -> Tile:
        if index >= len(self.ids):
            return Tile("", "", "")
        tile = self._album.tile_of(self._album.photo_among(self.ids, index))
        number = self.group_of(index)
        place = index - self._firsts[number]
        best = "best" if place == 0 and not self.groups[number].protected else ""
        return replace(tile, badge=" ".join(filter(None, (best, tile.badge)))) if best else tile

    def heading(self, group: int) -> str:
        return heading(self.groups[group])

    # -- places ------------------------------------------------------------------------------

    def group_of(self, index: int) -> int:
        """The number of the group that the tile at `index` stands in."""
        return bisect_right(self._firsts, index, hi=len(self._firsts) - 1) - 1

    def first_of(self, group: int) -> int:
        """The index of the first tile of a group."""
        return self._firsts[group]

    def index_of(self, photo: int | None) -> int | None:
        """Where a photo stands."""
        try:
            return self.ids.index(photo) if photo is not None else None
        except ValueError:
            return None

    def reason(self, index: int) -> str:
        """What speaks for and against the photo at `index`, as a sentence."""
        number = self.group_of(index)
        return printable(self.groups[number].reasons[index - self._firsts[number]])


def _choice(ranked: Ranked, place: int) -> str:
    """What the owner's choices say of the photo at a place, as a sentence; "" where nothing."""
    photo, count = ranked.photos[place], len(ranked.photos)
    if ranked.is_decided(photo):
        return f"Your choice: {place + 1} of {count}."
    words = choice_words(ranked.over[photo], ranked.under[photo], count - 1)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def heading(group: SimilarGroup) -> str:
    """What a group is, in a line: kind, number, time, how certain, and why it stays whole."""
    kept = "stays whole" if group.protected else f"{100 * group.confidence:.0f} % certain"
    return " · ".join(filter(None, [kind_words(group), _span(group), kept, printable(group.why)]))


def kind_words(group: SimilarGroup) -> str:
    """What a group is, and of how many photos."""
    return f"{KIND_WORDS[group.kind]} · {len(group.photos)} photos"


def _span(group: SimilarGroup) -> str:
    """When it was shot, by the clock of the place, and how long that took."""
    if group.start is None:
        return ""
    try:
        begin = datetime.fromtimestamp(group.start if group.clock is None else group.clock, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    seconds = (group.start if group.end is None else group.end) - group.start
    return f"{begin:%d %b %Y %H:%M:%S}{_lasting(seconds)}"


def _lasting(seconds: float) -> str:
    for unit, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f", {seconds / unit:.0f} {word}"
    return f", {seconds:.1f} s" if seconds > 0 else ""


def photos_of(groups: Iterable[SimilarGroup]) -> list[int]:
    """Every photo of these groups."""
    return [photo for group in groups for photo in group.photos]
