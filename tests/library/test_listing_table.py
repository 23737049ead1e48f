"""What tables show of photos, and the orders that they show them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.listing_table import SORT_KEYS, by_value
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Flag, Kind, Tag
from tui_selector.library.quality import Quality
from tui_selector.paths import library_paths

#: Name, bytes, width, capture time, camera, tags by the model.
PHOTOS = (
    ("10.jpg", 300, 40, 500.0, "b100", (("dog", 0.9), ("beach", 0.3))),
    ("2.jpg", 100, 60, None, "A200", ()),
    ("3.jpg", 200, 50, 100.0, "", (("beach", 0.5),)),
)
#: By path in natural order, as the catalog lists them.
TWO, THREE, TEN = 2, 3, 1


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as catalog, catalog.transaction():
        for number, (name, size, width, taken, camera, tags) in enumerate(PHOTOS):
            (id_,) = catalog.photos.add([Found(path=name, size=size, mtime_ns=0, kind=Kind.IMAGE)])
            facts = {"camera": camera} | ({} if taken is None else {"taken": taken})
            hash_ = bytes([number]) * 16
            catalog.photos.store_indexed(
                [
                    indexed_row(
                        id_,
                        hash_,
                        size=size,
                        mtime_ns=0,
                        width=width,
                        height=10,
                        taken=taken,
                        metadata=json.dumps(facts),
                        tags=tuple(Tag(tag, score, "model") for tag, score in tags),
                    )
                ]
            )
            if number != 1:
                sharpness = 0.5 + number
                quality = Quality(width=width, height=10, side=width, sharpness=sharpness)
                catalog.qualities.store(hash_, "1", quality, b"")
        catalog.photos.set_flag(TEN, Flag.REJECT)
        catalog.photos.set_flag(THREE, Flag.PICK)
        catalog.photos.set_rating(TWO, 4)
        catalog.photos.set_label(TEN, "green")
        catalog.photos.set_label(TWO, "yellow")
        catalog.tabs.assign({TEN: catalog.tabs.create("zoo"), TWO: catalog.tabs.create("air")})
        catalog.tabs.assign({THREE: 0})
        yield catalog


@pytest.mark.parametrize(
    ("key", "rising", "falling"),
    [
        ("name", [TWO, THREE, TEN], [TEN, THREE, TWO]),
        ("date", [THREE, TEN, TWO], [TEN, THREE, TWO]),
        ("camera", [TWO, TEN, THREE], [TEN, TWO, THREE]),
        ("size", [TWO, THREE, TEN], [TEN, THREE, TWO]),
        ("pixels", [TEN, THREE, TWO], [TWO, THREE, TEN]),
        ("flag", [TEN, THREE, TWO], [THREE, TEN, TWO]),
        ("rating", [TWO, THREE, TEN], [TWO, THREE, TEN]),
        ("label", [TWO, TEN, THREE], [TEN, TWO, THREE]),
        ("tab", [TWO, THREE, TEN], [TEN, THREE, TWO]),
        ("tags", [THREE, TEN, TWO], [TEN, THREE, TWO]),
        ("sharpness", [TEN, THREE, TWO], [THREE, TEN, TWO]),
    ],
)
def test_photos_are_put_in_order_and_those_without_a_value_last(
    catalog: Catalog, key: str, rising: list[int], falling: list[int]
) -> None:
    ids = catalog.tabs.photo_ids(View.ALL)
    assert list(catalog.listing.sort(ids, key)) == rising
    assert list(catalog.listing.sort(ids, key, descending=True)) == falling
    assert list(catalog.listing.sort(rising[:2], key)) == rising[:2]
    assert list(catalog.listing.sort(None, key, descending=True)) == falling


def test_every_key_orders_no_photos_and_another_is_refused(catalog: Catalog) -> None:
    for key in SORT_KEYS:
        assert list(catalog.listing.sort([], key)) == []
    with pytest.raises(ValueError, match="colour"):
        catalog.listing.sort([1], "colour")


def test_facts_have_the_owners_word_on_tags(catalog: Catalog) -> None:
    catalog.tags.set_verdict(TEN, "dog", False)
    catalog.tags.set_verdict(TEN, "mine", True)
    facts = catalog.listing.facts([TEN, TWO, THREE, 99])
    assert facts[TEN].tags == ("mine", "beach")
    assert (facts[TEN].tab, facts[TEN].camera, facts[TEN].clock) == ("zoo", "b100", 500.0)
    assert facts[TEN].signals["sharpness"] == pytest.approx(0.5)
    assert (facts[TWO].tab, facts[TWO].clock, dict(facts[TWO].signals)) == ("air", None, {})
    assert facts[THREE].tab == "Singles"
    assert 99 not in facts
    assert list(catalog.listing.sort([TEN, THREE], "tags")) == [THREE, TEN]


def test_times_are_those_of_the_place_and_undated_photos_stand_last(catalog: Catalog) -> None:
    assert catalog.listing.clocks() == [(THREE, 100.0), (TEN, 500.0), (TWO, None)]
    assert catalog.listing.clocks([TWO, TEN]) == [(TEN, 500.0), (TWO, None)]
    assert catalog.listing.taken_within(100.0, 500.0) == {THREE}


def test_equal_values_keep_their_order() -> None:
    assert list(by_value([3, 1, 2, 4], {1: 5.0, 2: 5.0, 3: 9.0})) == [1, 2, 3, 4]
    assert list(by_value([3, 1, 2, 4], {1: 5.0, 2: 5.0, 3: 5.0}, descending=True)) == [3, 1, 2, 4]
