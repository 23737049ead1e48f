"""The view-model without a screen: what is shown, where the cursor stays, whom a decision hits."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui_selector.app.album import Album
from tui_selector.app.snapshot import Query, Snapshot, read
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Flag, Kind, Photo, State
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Eight photos: 1 to 4 in "cats", 5 to 7 in "dogs", and 8 that could not be read."""
    with Catalog.open(library_paths(tmp_path)) as catalog, catalog.transaction():
        ids = catalog.photos.add(
            Found(path=f"{number}.jpg", size=number, mtime_ns=0, kind=Kind.IMAGE)
            for number in range(1, 9)
        )
        catalog.photos.store_indexed(
            indexed_row(id_, bytes([id_]) * 16, size=id_, mtime_ns=0, taken=100.0 - id_)
            for id_ in ids[:7]
        )
        catalog.photos.set_problem(ids[7], "The file is\x1b[2J cut short.")
        cats, dogs = catalog.tabs.create("cats"), catalog.tabs.create("dogs")
        catalog.tabs.assign(dict.fromkeys(ids[:4], cats) | dict.fromkeys(ids[4:7], dogs))
        yield catalog


def album_of(catalog: Catalog, query: Query | None = None) -> Album:
    album = Album(catalog.root, catalog.photos.get)
    album.show(read(catalog, query or Query()))
    return album


def tab_named(album: Album, name: str) -> int:
    return next(tab.id for tab in album.tabs if tab.name == name)


def names(album: Album) -> list[str]:
    return [album.tile(index).caption for index in range(len(album))]


def test_all_photos_are_shown_in_order(catalog: Catalog) -> None:
    album = album_of(catalog)
    assert names(album) == [f"{number}.jpg" for number in range(1, 9)]
    assert [tab.name for tab in album.tabs] == ["All", "cats", "dogs", "Problems"]
    assert album.tab.count == 8


def test_time_order_puts_photos_without_a_time_last(catalog: Catalog) -> None:
    album = album_of(catalog, Query(order="time"))
    assert names(album) == [f"{number}.jpg" for number in (7, 6, 5, 4, 3, 2, 1, 8)]


def test_a_problem_is_shown_as_a_sentence_without_control_characters(catalog: Catalog) -> None:
    album = album_of(catalog, Query(View.PROBLEMS))
    assert album.tile(0).note == r"The file is\x1b[2J cut short."


def test_a_tab_that_has_gone_is_replaced_by_all(catalog: Catalog) -> None:
    assert read(catalog, Query(tab=999)).query.tab == View.ALL


def test_rows_are_fetched_by_the_window(catalog: Catalog) -> None:
    asked: list[Sequence[int]] = []

    def fetch(ids: Sequence[int]) -> list[Photo]:
        asked.append(ids)
        return catalog.photos.get(ids)

    album = Album(catalog.root, fetch)
    album.show(read(catalog, Query()))
    assert not asked
    names(album)
    assert len(asked) == 1


def test_each_tab_has_a_cursor_of_its_own(catalog: Catalog) -> None:
    album = album_of(catalog)
    cats, dogs = tab_named(album, "cats"), tab_named(album, "dogs")
    album.show(read(catalog, Query(cats)))
    album.cursor = 2
    album.remember_place(top=1)
    album.show(read(catalog, Query(dogs)))
    assert album.cursor == 0
    album.show(read(catalog, Query(cats)))
    assert album.current_id == 3
    assert album.top == 1


def test_the_cursor_stays_on_its_photo_when_others_go(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.cursor = 4
    with catalog.transaction():
        catalog.photos.set_state([1, 2], State.MISSING)
    album.show(read(catalog, album.query))
    assert album.current_id == 5
    assert album.cursor == 2


def test_the_cursor_goes_to_the_next_photo_when_its_own_goes(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.cursor = 4
    with catalog.transaction():
        catalog.photos.set_state([5, 6], State.MISSING)
    album.show(read(catalog, album.query))
    assert album.current_id == 7


def test_the_cursor_goes_back_when_nothing_follows(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.cursor = 7
    album.take_away([7, 8])
    assert album.current_id == 6


def test_a_photo_is_found_in_its_own_tab(catalog: Catalog) -> None:
    album = album_of(catalog)
    cats, dogs = tab_named(album, "cats"), tab_named(album, "dogs")
    album.show(read(catalog, Query(cats)))
    album.show(read(catalog, album.query, find=6))
    assert album.query.tab == dogs
    assert album.current_id == 6


def test_a_decided_photo_is_found_although_the_filter_hides_it(catalog: Catalog) -> None:
    with catalog.transaction():
        catalog.photos.set_flag(2, Flag.PICK)
    snapshot = read(catalog, Query(undecided=True), find=2)
    assert snapshot.found == 2
    assert not snapshot.query.undecided


def test_a_photo_that_is_nowhere_leaves_the_tab_as_it_was(catalog: Catalog) -> None:
    snapshot = read(catalog, Query(undecided=True), find=12345)
    assert snapshot.found is None
    assert snapshot.query == Query(undecided=True)


def test_marks_survive_other_tabs_and_forget_what_is_gone(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.mark([0, 1, 5])
    album.show(read(catalog, replace(album.query, tab=tab_named(album, "dogs")), marks=album.marks))
    assert album.marks == {1, 2, 6}
    assert album.marks_here == 1
    with catalog.transaction():
        catalog.photos.set_state([2], State.MISSING)
    album.show(read(catalog, album.query, marks=album.marks))
    assert album.marks == {1, 6}


def test_decisions_are_about_the_marked_or_else_the_current(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.cursor = 3
    assert album.targets() == [4]
    album.mark([6, 1])
    assert album.targets() == [2, 7]
    album.invert_marks()
    assert album.targets() == [1, 3, 4, 5, 6, 8]
    album.unmark_all()
    album.show(replace(read(catalog, album.query), ids=array("q")))
    assert album.targets() == []
    assert album.current is None


def test_a_decision_is_shown_before_the_catalog_has_it(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.tile(0)
    ticket = album.amend([1], flag=Flag.REJECT)
    assert album.tile(0).flag == -1
    album.forget_rows()
    assert album.tile(0).flag == -1
    assert album.tile(0).dimmed
    album.settle(ticket)
    assert album.tile(0).flag == 0


def test_a_photo_on_its_way_to_the_trash_does_not_come_back(catalog: Catalog) -> None:
    album = album_of(catalog)
    album.mark([0])
    ticket = album.take_away([1])
    album.show(read(catalog, album.query))
    assert 1 not in album.ids
    assert not album.marks
    album.settle(ticket)
    album.show(read(catalog, album.query))
    assert album.ids[0] == 1


def test_a_row_that_has_gone_is_a_tile_with_a_sentence(catalog: Catalog) -> None:
    album = album_of(catalog)
    with catalog.transaction():
        catalog.photos.remove([3])
    assert "gone" in album.tile(2).note


@given(
    before=st.lists(st.integers(1, 30), unique=True, min_size=1),
    after=st.lists(st.integers(1, 30), unique=True),
    cursor=st.integers(0, 40),
)
def test_the_cursor_never_jumps_while_its_photo_stays(
    before: list[int], after: list[int], cursor: int
) -> None:
    album = Album(Path("/"), lambda ids: [])
    album.show(Snapshot(Query(), album.tabs, array("q", before)))
    album.cursor = cursor
    stood_on = album.current_id
    album.show(Snapshot(Query(), album.tabs, array("q", after)))
    assert 0 <= album.cursor <= max(0, len(after) - 1)
    if stood_on in after:
        assert album.current_id == stood_on
    following = before[before.index(stood_on or 0) :]
    if survivors := [photo for photo in following if photo in after]:
        assert album.current_id == survivors[0]
