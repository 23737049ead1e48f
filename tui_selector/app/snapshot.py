"""Which photos a screen shows: the question, and the catalog's answer to it."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping

import msgspec
from msgspec.structs import replace

from tui_selector.app.narrowing import Legend, Sort, Span, ticked, within_span
from tui_selector.app.searches import search_tab
from tui_selector.app.session import Session
from tui_selector.app.tag_filter import TagFilter
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.search_table import SavedSearch
from tui_selector.library.catalog.tab_table import Order, TabInfo, View
from tui_selector.settings import Settings


class Query(msgspec.Struct, frozen=True):
    """Which photos to show.

    Attributes:
        tab: A cluster's id or a `View`.
        order: By file name or by capture time.
        undecided: Only photos neither picked nor rejected.
        search: Which of the searches made in a tab; another number is another search.
        tags: Only photos with, and without, some tags.
        folded: Of photos that are nearly the same, only the best one.
        sort: By a column of the table instead; None for `order`, or for that of a search.
        span: Only photos taken in this time.
        legend: Only photos of the kinds that are ticked.
    """

    tab: int = View.ALL
    order: Order = "name"
    undecided: bool = False
    search: int = 0
    tags: TagFilter = TagFilter()
    folded: bool = False
    sort: Sort | None = None
    span: Span | None = None
    legend: Legend = Legend()

    @property
    def whole(self) -> Query:
        """The same tab as it is without a view: everything in it, in the usual order."""
        return Query(self.tab, self.order, search=self.search)

    @property
    def filters(self) -> Query:
        """What keeps photos back, for the photos of all tabs."""
        return replace(self, tab=View.ALL, search=0, sort=None)

    @property
    def is_filtered(self) -> bool:
        """Whether anything keeps photos back beside the tab."""
        return self.filters != Query(order=self.order)

    def filter_words(self) -> str:
        """What keeps photos back, in a line."""
        parts = (
            "undecided only" if self.undecided else "",
            "folded" if self.folded else "",
            self.tags.words(),
            self.legend.words(),
            self.span.words() if self.span is not None else "",
        )
        return ", ".join(filter(None, parts))


class Snapshot(msgspec.Struct, frozen=True):
    """The answer to a query.

    Attributes:
        query: What was asked, with the tab that is really shown: a tab that has gone is replaced.
        tabs: Every tab with its counts, in order; None where they were not asked for.
        ids: The photos of the tab, in order.
        found: The photo that was looked for, where it stands in `ids`.
        lost: Marked photos that are not in the library any more.
        saved: The searches that the owner keeps; None where the tabs were not asked for.
    """

    query: Query
    tabs: tuple[TabInfo, ...] | None
    ids: array[int]
    found: int | None = None
    lost: frozenset[int] = frozenset()
    saved: tuple[SavedSearch, ...] | None = None


def first_query(kept: Session, settings: Settings) -> Query:
    """What is shown at first: where the last session stood, in the order that is set."""
    order = kept.order or settings.order
    if settings.order != Settings().order:
        order = settings.order
    return Query(kept.tab, order, kept.undecided)


def read(
    catalog: Catalog,
    query: Query,
    *,
    find: int | None = None,
    marks: Collection[int] = (),
    with_tabs: bool = True,
    listed: array[int] | None = None,
    ranked: bool = False,
    values: Mapping[int, float] | None = None,
) -> Snapshot:
    """Ask the catalog which photos to show.

    Args:
        catalog: Of the thread this runs on.
        query: What to show.
        find: A photo to show; where it is not in the tab, its own tab is shown instead, without
            the filters if need be.
        marks: Marked photos, to learn which of them are gone.
        with_tabs: Whether to count what is in each tab, which takes long in a large library; and
            to show all photos where the query's tab is gone.
        listed: What a search has found, where the query's tab is a search.
        ranked: Whether it stands in an order of its own.
        values: What is sorted by, where that is not in the catalog.
    """
    tabs = tuple(catalog.tabs.all()) if with_tabs else None
    saved = tuple(catalog.searches.all()) if with_tabs else None
    if tabs is not None and saved is not None and listed is None:
        there = {tab.id for tab in tabs} | {search_tab(search.name) for search in saved}
        if query.tab not in there:
            query = replace(query, tab=View.ALL)
    sort = query.sort
    at_once = listed is None and values is None and find is None and _is_everything(query)
    if at_once and sort is not None:
        # Asked for once, already in order: in a large library this takes half as long.
        ids = catalog.listing.sort(None, sort.key, descending=sort.descending)
    elif listed is None:
        ids = _ids(catalog, query)
    elif ranked:
        ids = _present(catalog, listed, query)
    else:
        wanted = set(listed)
        all_photos = catalog.tabs.photo_ids(View.ALL, order=query.order, undecided=query.undecided)
        ids = array("q", (photo for photo in all_photos if photo in wanted))
        ids = _narrowed(catalog, ids, query)
    if find is not None and find not in ids:
        query, ids = _query_with(catalog, query, ids, find)
    if not at_once:
        ids = _sorted(catalog, ids, query, values)
    lost: frozenset[int] = frozenset()
    if marks:
        everything = Query(order=query.order)
        lost = frozenset(marks).difference(
            ids if query == everything else _ids(catalog, everything)
        )
    found = find if find is not None and find in ids else None
    return Snapshot(query, tabs, ids, found, lost, saved)


def filtered(catalog: Catalog, query: Query) -> array[int] | None:
    """The photos of all tabs that a query's filters let through; None where it has none."""
    return _ids(catalog, query.filters) if query.is_filtered else None


def _present(catalog: Catalog, listed: array[int], query: Query) -> array[int]:
    """What is still there of a list, in its order."""
    present = catalog.tabs.present(listed, undecided=query.undecided)
    return _narrowed(catalog, array("q", (photo for photo in listed if photo in present)), query)


def _ids(catalog: Catalog, query: Query) -> array[int]:
    ids = catalog.tabs.photo_ids(query.tab, order=query.order, undecided=query.undecided)
    return _narrowed(catalog, ids, query)


def _narrowed(catalog: Catalog, ids: array[int], query: Query) -> array[int]:
    """Those of some photos that all the choices of a query let through, in their order."""
    ids = query.tags.passing(catalog, ids)
    ids = within_span(catalog, ids, query.span)
    ids = ticked(catalog, ids, query.legend)
    return _folded(catalog, ids) if query.folded else ids


def _is_everything(query: Query) -> bool:
    """Whether all photos are wanted, in the order of a column."""
    return query.sort is not None and query == replace(Query(order=query.order), sort=query.sort)


def _sorted(
    catalog: Catalog, ids: array[int], query: Query, values: Mapping[int, float] | None
) -> array[int]:
    if query.sort is None:
        return ids
    if values is not None:
        from tui_selector.library.catalog.listing_table import by_value

        return by_value(ids, values, descending=query.sort.descending)
    return catalog.listing.sort(ids, query.sort.key, descending=query.sort.descending)


def _folded(catalog: Catalog, ids: array[int]) -> array[int]:
    """Of each group only the photo of these that is the best; the others as they are."""
    places = catalog.groups.places()
    best: dict[str, tuple[int, int]] = {}
    for photo in ids:
        if photo in places:
            key, place = places[photo]
            best[key] = min(best.get(key, (place, photo)), (place, photo))
    kept = {photo for _, photo in best.values()}
    return array("q", (photo for photo in ids if photo in kept or photo not in places))


def _query_with(
    catalog: Catalog, query: Query, ids: array[int], photo: int
) -> tuple[Query, array[int]]:
    """The nearest query that shows the photo, and its answer; the same where none does."""
    own = catalog.tabs.tab_of(photo)
    tabs = [tab for tab in (query.tab, own, View.ALL) if tab is not None]
    fewer = dict.fromkeys(
        (
            query,
            replace(query, folded=False),
            replace(query.whole, undecided=query.undecided, sort=query.sort),
            replace(query.whole, sort=query.sort),
        )
    )
    for less in fewer:
        for tab in tabs:
            other = replace(less, tab=tab)
            found = _ids(catalog, other)
            if photo in found:
                return other, found
    return query, ids
