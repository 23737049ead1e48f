from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import TabInfo, View
from tui_selector.library.photo import Flag, Kind, State
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def photos(catalog: Catalog, *names: str, taken: float | None = None) -> list[int]:
    """Add indexed photos."""
    ids = catalog.photos.add(
        Found(path=f"{name}.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE) for name in names
    )
    catalog.photos.store_indexed(indexed_row(id_, b"%d" % id_, taken=taken) for id_ in ids)
    return ids


def tabs(catalog: Catalog) -> dict[str, TabInfo]:
    return {tab.name: tab for tab in catalog.tabs.all()}


def test_an_empty_library_has_the_tab_all(catalog: Catalog) -> None:
    assert [(tab.id, tab.count) for tab in catalog.tabs.all()] == [(View.ALL, 0)]


def test_tabs_come_in_order_and_empty_ones_are_left_out(catalog: Catalog) -> None:
    ids = photos(catalog, "1", "2", "3", "4")
    last = catalog.tabs.create("last", position=9.0)
    first = catalog.tabs.create("first", position=1.0)
    catalog.tabs.create("empty", position=2.0)
    catalog.tabs.create("mine", position=3.0, named_by="owner")
    catalog.tabs.assign({ids[0]: last, ids[1]: first, ids[2]: 0})
    catalog.photos.set_flag(ids[0], Flag.REJECT)
    catalog.photos.set_problem(ids[3], "Damaged.")
    names = [tab.name for tab in catalog.tabs.all()]
    assert names == ["All", "first", "mine", "last", "Singles", "Rejected", "Problems"]


def test_counts_tell_fresh_undecided_and_pinned_photos(catalog: Catalog) -> None:
    ids = photos(catalog, *"abcdef")
    tab = catalog.tabs.create("dogs", tags=("dog", "grass"))
    catalog.tabs.assign(dict.fromkeys(ids[:2], tab))
    catalog.tabs.assign(dict.fromkeys(ids[2:4], tab), fresh=True)
    catalog.tabs.pin(ids[4], tab)
    catalog.photos.set_flag(ids[0], Flag.PICK)
    catalog.photos.set_flag(ids[1], Flag.REJECT)
    info = tabs(catalog)["dogs"]
    assert info == TabInfo(
        id=tab, name="dogs", tags=("dog", "grass"), count=5, fresh=2, undecided=3, pinned=1
    )
    assert (tabs(catalog)["All"].count, tabs(catalog)["All"].undecided) == (6, 4)
    assert tabs(catalog)["Rejected"].count == 1


@pytest.mark.parametrize("state", [State.MISSING, State.TRASHED])
def test_photos_that_are_away_count_nowhere(catalog: Catalog, state: State) -> None:
    (id_,) = photos(catalog, "a")
    tab = catalog.tabs.create("dogs")
    catalog.tabs.assign({id_: tab})
    catalog.photos.set_flag(id_, Flag.REJECT)
    catalog.photos.set_state((id_,), state)
    assert [(info.name, info.count) for info in catalog.tabs.all()] == [("All", 0)]
    for view in (View.ALL, View.REJECTED, tab):
        assert list(catalog.tabs.photo_ids(view)) == []
    catalog.photos.set_state((id_,), State.INDEXED)
    assert tabs(catalog)["dogs"].count == 1


def test_photos_of_a_tab_come_by_name_or_by_time(catalog: Catalog) -> None:
    (ten,) = photos(catalog, "10", taken=1.0)
    (nine,) = photos(catalog, "9", taken=2.0)
    (eight,) = photos(catalog, "8")
    assert list(catalog.tabs.photo_ids(View.ALL)) == [eight, nine, ten]
    assert list(catalog.tabs.photo_ids(View.ALL, order="time")) == [ten, nine, eight]
    catalog.photos.set_flag(nine, Flag.PICK)
    assert list(catalog.tabs.photo_ids(View.ALL, undecided=True)) == [eight, ten]


def test_views_hold_what_they_say(catalog: Catalog) -> None:
    a, b, c = photos(catalog, *"abc")
    (waiting,) = catalog.photos.add([Found(path="d.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)])
    catalog.photos.set_flag(a, Flag.REJECT)
    catalog.photos.set_problem(b, "Damaged.")
    catalog.tabs.assign({a: 0, c: 0})
    assert list(catalog.tabs.photo_ids(View.ALL)) == [a, b, c, waiting]
    assert list(catalog.tabs.photo_ids(View.REJECTED)) == [a]
    assert list(catalog.tabs.photo_ids(View.PROBLEMS)) == [b]
    assert list(catalog.tabs.photo_ids(View.SINGLES)) == [a, c]


def test_a_pin_wins_over_clustering_until_it_is_taken_away(catalog: Catalog) -> None:
    (id_,) = photos(catalog, "a")
    clustered, chosen = catalog.tabs.create("clustered"), catalog.tabs.create("chosen")
    assert catalog.tabs.tab_of(id_) is None
    catalog.tabs.pin(id_, chosen)
    assert catalog.tabs.tab_of(id_) == chosen
    catalog.tabs.assign({id_: clustered})
    assert (catalog.tabs.tab_of(id_), catalog.tabs.pin_of(id_)) == (chosen, chosen)
    assert catalog.tabs.clusters() == {clustered: {id_}}
    catalog.tabs.pin(id_, None)
    assert (catalog.tabs.tab_of(id_), catalog.tabs.pin_of(id_)) == (clustered, None)


def test_a_pin_to_singles_is_a_pin(catalog: Catalog) -> None:
    (id_,) = photos(catalog, "a")
    tab = catalog.tabs.create("dogs")
    catalog.tabs.assign({id_: tab})
    catalog.tabs.pin(id_, 0)
    assert (catalog.tabs.tab_of(id_), catalog.tabs.pin_of(id_)) == (0, 0)
    assert tabs(catalog)["Singles"].pinned == 1


def test_a_photo_in_no_tab_at_all_is_in_singles(catalog: Catalog) -> None:
    (id_,) = photos(catalog, "a")
    tab = catalog.tabs.create("dogs")
    catalog.tabs.assign({id_: tab})
    catalog.tabs.remove(tab)
    assert catalog.tabs.tab_of(id_) == 0
    assert tabs(catalog).keys() == {"All", "Singles"}


def test_removing_a_tab_lets_go_of_its_pins(catalog: Catalog) -> None:
    (id_,) = photos(catalog, "a")
    clustered, chosen = catalog.tabs.create("clustered"), catalog.tabs.create("chosen")
    catalog.tabs.assign({id_: clustered})
    catalog.tabs.pin(id_, chosen)
    catalog.tabs.remove(chosen)
    assert catalog.tabs.tab_of(id_) == clustered


def test_only_newcomers_are_fresh_until_they_are_seen(catalog: Catalog) -> None:
    old, new = photos(catalog, "old", "new")
    tab, other = catalog.tabs.create("dogs"), catalog.tabs.create("cats")
    catalog.tabs.assign({old: tab})
    catalog.tabs.assign({old: other, new: other}, fresh=True)
    assert tabs(catalog)["cats"].fresh == 1
    catalog.tabs.mark_seen(tab)
    assert tabs(catalog)["cats"].fresh == 1
    catalog.tabs.mark_seen(other)
    assert tabs(catalog)["cats"].fresh == 0


def test_only_unused_tabs_of_the_program_are_removed(catalog: Catalog) -> None:
    a, b, c = photos(catalog, *"abc")
    used, pinned, unused = (catalog.tabs.create(name) for name in ("used", "pinned", "unused"))
    away = catalog.tabs.create("away")
    mine = catalog.tabs.create("mine", named_by="owner")
    catalog.tabs.assign({a: used, b: used, c: away})
    catalog.tabs.pin(b, pinned)
    catalog.photos.set_state((c,), State.MISSING)  # it may come back
    catalog.tabs.remove_unused()
    assert catalog.tabs.positions().keys() == {used, pinned, away, mine}
    assert catalog.tabs.one(unused) is None


def test_a_name_by_the_owner_stays(catalog: Catalog) -> None:
    tab = catalog.tabs.create("dogs", tags=("dog",))
    catalog.tabs.describe(tab, "puppies", ("puppy",))
    assert catalog.tabs.one(tab) == TabInfo(id=tab, name="puppies", tags=("puppy",))
    catalog.tabs.rename(tab, "Rex", "owner")
    catalog.tabs.describe(tab, "cats", ("cat",))
    assert catalog.tabs.one(tab) == TabInfo(id=tab, name="Rex", named_by="owner", tags=("cat",))


def test_ids_of_tabs_are_never_used_again(catalog: Catalog) -> None:
    tab = catalog.tabs.create("dogs")
    catalog.tabs.remove(tab)
    expected = catalog.tabs.next_id()
    assert expected > tab
    assert catalog.tabs.create("cats") == expected


def test_new_tabs_stand_at_the_end(catalog: Catalog) -> None:
    first = catalog.tabs.create("first", position=7.5)
    second = catalog.tabs.create("second")
    assert catalog.tabs.positions() == {first: 7.5, second: 8.5}
    given = catalog.tabs.create("given", id_=77)
    assert given == 77


def test_forgetting_a_photo_takes_it_out_of_its_tab(catalog: Catalog) -> None:
    (id_,) = photos(catalog, "a")
    catalog.tabs.assign({id_: catalog.tabs.create("dogs")})
    catalog.photos.remove((id_,))
    assert catalog.tabs.clusters() == {}
