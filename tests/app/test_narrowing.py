"""What is shown of a tab: an order, a span of time, the kinds that are ticked."""

from __future__ import annotations

from array import array

import pytest

from tui_selector.app.narrowing import KindCount, Legend, Sort, Span, kinds, ticked
from tui_selector.app.snapshot import Query, read
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Tag
from tui_selector.paths import LibraryPaths

ALL = list(range(1, 13))


@pytest.fixture
def labelled(small_library: LibraryPaths) -> LibraryPaths:
    """1 to 3 are red, 4 is blue; 1 and 6 show a dog, 2 a dog on a beach."""
    with Catalog.open(small_library) as catalog, catalog.transaction():
        for photo, label in ((1, "red"), (2, "red"), (3, "red"), (4, "blue")):
            catalog.photos.set_label(photo, label)
        for photo, tags in ((1, ("dog",)), (2, ("dog", "beach")), (6, ("dog",))):
            catalog.tags.set_program(photo, [Tag(tag, 0.5, "model") for tag in tags])
    return small_library


def shown(paths: LibraryPaths, query: Query, **asked: object) -> list[int]:
    with Catalog.open(paths) as catalog:
        return list(read(catalog, query, with_tabs=False, **asked).ids)  # type: ignore[arg-type]


def test_a_sort_stands_above_the_order_of_the_tab_and_of_a_search(
    small_library: LibraryPaths,
) -> None:
    assert shown(small_library, Query(order="time", sort=Sort("name"))) == ALL
    assert shown(small_library, Query(sort=Sort("date"))) == [*range(11, 0, -1), 12]
    falling = Query(sort=Sort("name", descending=True))
    assert shown(small_library, falling, listed=array("q", [3, 9, 5]), ranked=True) == [9, 5, 3]
    by_score = Query(sort=Sort("score", descending=True))
    assert shown(small_library, by_score, values={5: 0.1, 7: 0.9})[:3] == [7, 5, 1]


def test_a_span_of_time_keeps_the_others_back(small_library: LibraryPaths) -> None:
    # Photo n was taken 1000 - n seconds after the epoch; 12 has no date.
    assert shown(small_library, Query(span=Span(994.0, 997.0))) == [4, 5, 6]
    assert shown(small_library, Query(tab=2, span=Span(994.0, 997.0))) == [6]


def test_ticked_kinds_are_shown_and_may_be_sought_among_marked_photos(
    labelled: LibraryPaths,
) -> None:
    for legend, expected in (
        (Legend("tab", frozenset({"2"})), [6, 7, 8, 9]),
        (Legend("tab", frozenset({"0", ""})), [10, 11, 12]),
        (Legend("label", frozenset({"red", "blue"})), [1, 2, 3, 4]),
        (Legend("tag", frozenset({"beach"})), [2]),
        (Legend("tag", frozenset({"dog", ""})), ALL),
        (Legend("tag", frozenset({""})), [3, 4, 5, *range(7, 13)]),
        (Legend("label", frozenset({"red"}), frozenset({1, 4, 3})), [1, 3]),
        (Legend(within=frozenset({9, 2})), [2, 9]),
        (Legend("tag", frozenset()), []),
    ):
        assert shown(labelled, Query(legend=legend)) == expected, legend


def test_kinds_are_counted_in_their_order(labelled: LibraryPaths) -> None:
    with Catalog.open(labelled) as catalog:
        assert kinds(catalog, ALL, "tab") == [
            KindCount("1", "beach", 5),
            KindCount("2", "forest", 4),
            KindCount("0", "Singles", 2),
            KindCount("", "in no tab yet", 1),
        ]
        assert [(kind.key, kind.photos) for kind in kinds(catalog, ALL, "label")] == [
            ("red", 3),
            ("blue", 1),
            ("", 8),
        ]
        assert kinds(catalog, ALL, "tag") == [
            KindCount("dog", "dog", 3),
            KindCount("beach", "beach", 1),
            KindCount("", "no tag", 9),
        ]
        for by in ("tab", "label", "tag"):
            for kind in kinds(catalog, ALL, by):
                only = ticked(catalog, array("q", ALL), Legend(by, frozenset({kind.key})))
                assert len(only) == kind.photos


def test_a_photo_that_is_looked_for_is_found_behind_any_view(labelled: LibraryPaths) -> None:
    legend = Legend("label", frozenset({"blue"}))
    hidden = Query(legend=legend, span=Span(990.0, 998.0), sort=Sort("name", descending=True))
    with Catalog.open(labelled) as catalog:
        found = read(catalog, hidden, find=9)
    assert found.found == 9
    assert list(found.ids) == ALL[::-1]
    assert found.query.whole == Query(View.ALL)


def test_ticks_are_toggled_and_all_of_them_are_no_filter() -> None:
    keys = ["a", "b", "c"]
    without = Legend().toggled("b", keys)
    assert without.on == {"a", "c"}
    assert without.toggled("b", keys) == Legend()
    assert not Legend().is_on
    assert Legend("tag", frozenset({"a"})).words() == "only tag a"
    assert Legend("tab", frozenset({"1"}), frozenset({5})).words() == "only 1 tab, among 1 marked"
