"""What is shown of a tab, and in which order: a span of time, the kinds that are ticked, a column.

All of it is a view: leaving it changes nothing about any photo.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.photo import LABELS

Kinds = Literal["tab", "tag", "label"]

#: The key of what has no tab, no tag or no colour label.
NOTHING = ""

#: Longest name in a line about what is shown, characters.
_LONGEST = 20


class Sort(msgspec.Struct, frozen=True):
    """An order by a column of the table.

    Attributes:
        key: One of `listing_table.SORT_KEYS`, or "score" or "doubt", whose values are not in the
            catalog.
        descending: Whether the greatest value stands first.
    """

    key: str
    descending: bool = False

    def words(self) -> str:
        """As the status line has it."""
        return f"by {self.key} {'↓' if self.descending else '↑'}"


class Span(msgspec.Struct, frozen=True):
    """From one moment on and before another, in seconds on the clock of the place."""

    first: float
    end: float

    def words(self) -> str:
        """As the status line has it."""
        from tui_selector.library.timeline import words

        return words(self.first, self.end)


class Legend(msgspec.Struct, frozen=True):
    """Which kinds of photos are ticked.

    Attributes:
        by: What the kinds are: tabs (by id), tags, or colour labels.
        on: The kinds that are shown; None shows all. A photo with several tags is shown where one
            of them is ticked.
        within: Only these photos are shown, whatever their kind; None for all.
    """

    by: Kinds = "tab"
    on: frozenset[str] | None = None
    within: frozenset[int] | None = None

    @property
    def is_on(self) -> bool:
        """Whether it keeps anything back."""
        return self.on is not None or self.within is not None

    def is_ticked(self, key: str) -> bool:
        """Whether photos of this kind are shown."""
        return self.on is None or key in self.on

    def toggled(self, key: str, keys: Sequence[str]) -> Legend:
        """The same with one kind ticked or not; `keys` are all the kinds that there are."""
        on = frozenset(keys) if self.on is None else self.on
        on ^= {key}
        return msgspec.structs.replace(self, on=None if on.issuperset(keys) else on)

    def words(self) -> str:
        """As the status line has it."""
        among = "" if self.within is None else f"among {len(self.within):,} marked"
        if self.on is None:
            return among
        count = len(self.on)
        named = next(iter(self.on)) if count == 1 and self.by != "tab" else ""
        short = printable(named)[:_LONGEST]
        kinds = f"{self.by} {short}" if short else f"{count:,} {self.by}{'' if count == 1 else 's'}"
        return ", ".join(filter(None, (f"only {kinds}", among)))


class KindCount(msgspec.Struct, frozen=True):
    """A kind of photos.

    Attributes:
        key: What `Legend.on` calls it.
        name: What the owner calls it.
        photos: How many there are.
    """

    key: str
    name: str
    photos: int


def within_span(catalog: Catalog, ids: array[int], span: Span | None) -> array[int]:
    """Those of some photos that were taken in a span of time, in their order."""
    if span is None:
        return ids
    taken = catalog.listing.taken_within(span.first, span.end)
    return array("q", (id_ for id_ in ids if id_ in taken))


def ticked(catalog: Catalog, ids: array[int], legend: Legend) -> array[int]:
    """Those of some photos that a legend shows, in their order."""
    if legend.within is not None:
        within = legend.within
        ids = array("q", (id_ for id_ in ids if id_ in within))
    if legend.on is None:
        return ids
    shown: set[int] = set()
    if legend.by == "tag":
        shown.update(*map(catalog.tags.having, legend.on - {NOTHING}))
        if NOTHING in legend.on:
            shown.update(set(ids) - catalog.listing.tagged())
    else:
        shown = catalog.listing.of_kinds(legend.by, sorted(legend.on))
    return array("q", (id_ for id_ in ids if id_ in shown))


def kinds(catalog: Catalog, ids: Sequence[int], by: Kinds) -> list[KindCount]:
    """The kinds of some photos and how many there are of each.

    Tabs and colour labels stand in their order, tags by how many photos have them; what has none of
    them stands last.
    """
    if by == "tag":
        found = [KindCount(tag.name, tag.name, tag.photos) for tag in catalog.tags.shared(ids)]
        bare = len(set(ids) - catalog.listing.tagged())
        return [*found, KindCount(NOTHING, "no tag", bare)] if bare else found
    counts = catalog.listing.count_kinds(by, ids)
    if by == "label":
        places = {label: place for place, label in enumerate(LABELS)}
        names: Mapping[str, str] = dict.fromkeys(places, "") | {NOTHING: "no label"}
    else:
        tabs = [tab for tab in catalog.tabs.all() if tab.id >= 0]
        places = {str(tab.id): place for place, tab in enumerate(tabs)}
        names = {str(tab.id): tab.name for tab in tabs} | {NOTHING: "in no tab yet"}
    return [
        KindCount(key, names.get(key) or key, count)
        for key, count in sorted(
            counts.items(), key=lambda each: (places.get(each[0], len(places)), each[0])
        )
    ]
