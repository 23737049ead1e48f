"""Rows of the catalog as they were decided: fetched a window at a time, ahead of the catalog."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tui_selector.library.photo import Photo

#: Rows kept in memory, and rows fetched at once around one that is missing.
_KEPT = 4096
_WINDOW = 64

#: Flags, ratings and labels by the names of the fields, as a decision is about to make them.
Changes = dict[str, Any]

Fetch = Callable[[Sequence[int]], list[Photo]]
Stacks = Callable[[Sequence[int]], Mapping[int, int]]


class _Ahead(msgspec.Struct):
    """Changes of one decision that the catalog may not hold yet."""

    changes: dict[int, Changes]
    removed: frozenset[int] = frozenset()


class PhotoRows:
    """Photos by id. What a decision on its way changes is seen at once, until it is settled."""

    def __init__(self, fetch: Fetch, stacks: Stacks = lambda photos: {}) -> None:
        """
        Args:
            fetch: Returns the photos with the ids given that are there (`PhotoTable.get`).
            stacks: Returns how many photos are in the group of each photo that is in one.
        """
        self._fetch = fetch
        self._fetch_stacks = stacks
        self._stacks: dict[int, int] = {}
        self._rows: OrderedDict[int, Photo] = OrderedDict()
        self._ahead: dict[int, _Ahead] = {}
        self._tickets = 0

    def at(self, ids: array[int], index: int) -> Photo | None:
        """The photo whose id stands at `index`; those around it are fetched with it.

        Returns:
            None where it has gone from the catalog.
        """
        id_ = ids[index]
        if id_ not in self._rows:
            self._fetch_around(ids, index)
        row = self._rows.get(id_)
        if row is not None:
            self._rows.move_to_end(id_)
        return row

    def of(self, id_: int) -> Photo | None:
        """The photo with this id, which is fetched alone; None where it is gone."""
        if id_ not in self._rows:
            found = self._fetch([id_])
            return self.as_decided(found[0]) if found else None
        return self._rows[id_]

    def stack(self, id_: int) -> int:
        """How many photos are in the group of a photo that was fetched; 0 where it is in none."""
        return self._stacks.get(id_, 0)

    def forget(self, photos: Collection[int] | None = None) -> None:
        """Fetch these photos (all of them where None) again when they are next asked for."""
        if photos is None:
            self._rows.clear()
            self._stacks.clear()
            return
        for photo in photos:
            self._rows.pop(photo, None)
            self._stacks.pop(photo, None)

    def _fetch_around(self, ids: array[int], index: int) -> None:
        first = max(0, index - _WINDOW // 4)
        missing = [id_ for id_ in ids[first : first + _WINDOW] if id_ not in self._rows]
        for photo in self._fetch(missing):
            self._rows[photo.id] = self.as_decided(photo)
        self._stacks.update(self._fetch_stacks(missing))
        while len(self._rows) > _KEPT:
            gone, _ = self._rows.popitem(last=False)
            self._stacks.pop(gone, None)

    def as_decided(self, photo: Photo) -> Photo:
        """A photo as the catalog has it, with what decisions on their way change."""
        for ahead in self._ahead.values():
            changes = ahead.changes.get(photo.id)
            if changes:
                photo = msgspec.structs.replace(photo, **changes)
        return photo

    # -- decisions on their way --------------------------------------------------------------

    def amend(self, photos: Iterable[int], changes: Changes) -> int:
        """Show photos with these fields from now on; return a ticket for `settle`."""
        ticket = self._begin(_Ahead(dict.fromkeys(photos, changes)))
        for id_ in self._ahead[ticket].changes:
            row = self._rows.get(id_)
            if row is not None:
                self._rows[id_] = msgspec.structs.replace(row, **changes)
        return ticket

    def remove(self, photos: frozenset[int]) -> int:
        """Note that these photos are on their way to the trash; return a ticket for `settle`."""
        return self._begin(_Ahead({}, photos))

    def _begin(self, ahead: _Ahead) -> int:
        self._tickets += 1
        self._ahead[self._tickets] = ahead
        return self._tickets

    @property
    def leaving(self) -> frozenset[int]:
        """Photos that decisions on their way take to the trash."""
        return frozenset().union(*(ahead.removed for ahead in self._ahead.values()))

    @property
    def pending(self) -> frozenset[int]:
        """Photos that decisions on their way change."""
        return frozenset().union(*(ahead.changes for ahead in self._ahead.values()))

    def settle(self, ticket: int) -> None:
        """Trust the catalog again about the photos of this ticket."""
        ahead = self._ahead.pop(ticket, None)
        if ahead is not None:
            self.forget(ahead.changes.keys() | ahead.removed)
