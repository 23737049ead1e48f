"""What culling is told of photos and of groups of them, and what it says about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tui_selector.library.groups import GroupKind
from tui_selector.library.photo import Flag
from tui_selector.library.quality import Quality

#: What stands for a rule where the number to keep takes a photo away.
BUDGET = "keep"

#: Rules that go by groups.
ALIKE = ("duplicates", "bursts", "similar")


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """A photo as it is judged; the fields are those of `Photo`.

    Attributes:
        tab: The tab that it is in.
        tab_name: What that is called; "" where nobody has put it into one.
        quality: Its signals; None where it was not measured.
    """

    id: int
    path: str
    taken: float | None = None
    flag: Flag = Flag.NONE
    rating: int = 0
    tab: int = 0
    tab_name: str = ""
    quality: Quality | None = None

    @property
    def is_owners(self) -> bool:
        """Whether the owner has said that it is worth keeping."""
        return self.flag is Flag.PICK or self.rating > 0


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Photos that are nearly the same.

    Attributes:
        rule: The rule that asked for it, one of `ALIKE`.
        kind: What the group is.
        protected: Whether it must stay whole.
        why: One sentence on the group.
        photos: Ids, the best first.
        reasons: For each photo one sentence that says where it stands and why.
    """

    rule: str
    kind: GroupKind
    protected: bool
    why: str
    photos: tuple[int, ...]
    reasons: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of one photo.

    Attributes:
        id: The photo.
        keeps: Whether it stays.
        rules: Rules that take it away, and `BUDGET`; empty where it stays.
        reasons: A sentence each.
        instead: The photo that stays in its place; None where there is none.
    """

    id: int
    keeps: bool
    rules: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    instead: int | None = None


class Units:
    """Photos that are kept as one, or not at all."""

    def __init__(self, groups: Iterable[Sequence[int]]) -> None:
        self._members: dict[int, set[int]] = {}
        for group in groups:
            joined = set(group).union(*(self._members.get(id_, ()) for id_ in group))
            for id_ in joined:
                self._members[id_] = joined

    def same(self, one: int, other: int) -> bool:
        """Whether two photos are kept as one."""
        return other in self._members.get(one, ())

    def of(self, id_: int) -> int:
        """A number that the photos of a unit share."""
        return min(self._members.get(id_, {id_}))

    def all(self) -> list[set[int]]:
        """Every unit of more photos than one."""
        return [unit for id_, unit in self._members.items() if id_ == min(unit)]
