"""The kinds of the photos that are shown: how many there are of each, and which photos they are."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tui_selector.app.narrowing import KindCount, Kinds, Legend, kinds
from tui_selector.app.snapshot import Query, read
from tui_selector.library.catalog.catalog import Catalog


class KindCounts(NamedTuple):
    """What a list of kinds shows.

    Attributes:
        kinds: Each kind and how many photos of it there are, ticked or not.
        marked: How many of these are marked, by kind.
    """

    kinds: Sequence[KindCount]
    marked: Mapping[str, int]


def count_kinds(
    catalog: Catalog, query: Query, marks: Collection[int], listed: array[int] | None = None
) -> KindCounts:
    """Count the kinds of what a query finds, whichever of them it shows.

    Args:
        catalog: Of the thread this runs on.
        query: What is shown; the kinds are those of its legend.
        marks: The marked photos.
        listed: What a search has found, where the query's tab is a search.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    legend = query.legend
    whole = replace(query, legend=Legend(within=legend.within), sort=None)
    ids = read(catalog, whole, with_tabs=False, listed=listed).ids
    marked = list(set(ids).intersection(marks))
    found = kinds(catalog, marked, legend.by) if marked else []
    return KindCounts(kinds(catalog, ids, legend.by), {each.key: each.photos for each in found})


def photos_of_kind(
    catalog: Catalog, query: Query, by: Kinds, key: str, listed: array[int] | None = None
) -> array[int]:
    """The photos of a kind among those that a query finds, whichever kinds it shows.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    legend = Legend(by, frozenset({key}), query.legend.within)
    alone = replace(query, legend=legend, sort=None)
    return read(catalog, alone, with_tabs=False, listed=listed).ids
