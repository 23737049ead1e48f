"""What was measured of pictures: packed, stored, read in columns, and what is left to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, State
from tui_selector.library.quality import FIELDS, PACKED_SIZE, Blur, Quality, pack, unpack
from tui_selector.paths import library_paths

QUALITY = Quality(width=4000, height=3000, side=480, sharpness=0.75, blur=Blur.NONE, entropy=7.5)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def photo(catalog: Catalog, name: str, content: bytes) -> int:
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=2, kind=Kind.IMAGE)])
    indexed = indexed_row(id_, content, mtime_ns=2)
    catalog.photos.store_indexed([indexed])
    return id_


singles = st.floats(allow_nan=False, allow_infinity=False, width=32)
maybe = st.none() | singles


@given(
    st.integers(1, 2**24),
    maybe,
    singles,
    st.sampled_from(Blur),
    st.none() | st.integers(0, 99),
)
def test_signals_survive_packing(
    width: int, sharpness: float | None, entropy: float, blur: Blur, faces: int | None
) -> None:
    quality = Quality(
        width=width,
        height=1,
        side=1,
        sharpness=sharpness,
        entropy=entropy,
        blur=blur,
        faces=faces,
    )
    data = pack(quality)
    assert len(data) == PACKED_SIZE
    assert unpack(data) == quality


def test_bytes_of_another_layout_are_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        unpack(b"\0" * (PACKED_SIZE - 4))


def test_copies_share_what_was_measured(catalog: Catalog) -> None:
    one, other = photo(catalog, "a.jpg", b"same"), photo(catalog, "b.jpg", b"same")
    alone = photo(catalog, "c.jpg", b"unmeasured")
    catalog.qualities.store(b"same", "1", QUALITY, b"print")
    assert catalog.qualities.of([one, other, alone]) == {one: QUALITY, other: QUALITY}
    assert catalog.qualities.get(b"same") == QUALITY
    assert catalog.qualities.get(b"unmeasured") is None


def test_columns_hold_a_field_for_each_signal_and_nan_for_what_cannot_be_told(
    catalog: Catalog,
) -> None:
    first = photo(catalog, "a.jpg", b"1")
    second = photo(catalog, "b.jpg", b"2")
    catalog.qualities.store(b"2", "1", QUALITY, b"two")
    catalog.qualities.store(b"1", "1", Quality(width=1, height=2, side=2), b"one")
    columns = catalog.qualities.columns()
    assert columns.photos.tolist() == [first, second]
    assert columns.values.dtype.names == FIELDS
    assert columns.values["height"].tolist() == [2, 3000]
    assert math.isnan(columns.values["sharpness"][0])
    assert np.isclose(columns.values["sharpness"][1], 0.75)
    assert columns.fingerprints == [b"one", b"two"]


def test_columns_of_an_empty_catalog_are_empty(catalog: Catalog) -> None:
    columns = catalog.qualities.columns()
    assert len(columns.photos) == len(columns.values) == len(columns.fingerprints) == 0


def test_photos_that_left_are_not_in_the_columns(catalog: Catalog) -> None:
    gone = photo(catalog, "a.jpg", b"1")
    catalog.qualities.store(b"1", "1", QUALITY, b"")
    catalog.photos.set_state([gone], State.TRASHED)
    assert len(catalog.qualities.columns().photos) == 0


def test_a_newer_measure_measures_again_and_forgets_the_closer_look(catalog: Catalog) -> None:
    photo(catalog, "a.jpg", b"1")
    catalog.qualities.store(b"1", "1", QUALITY, b"old")
    catalog.qualities.store_look(b"1", 7, QUALITY)
    assert catalog.qualities.unmeasured("1", 9) == []
    assert [each.path for each in catalog.qualities.unmeasured("2", 9)] == ["a.jpg"]
    catalog.qualities.store(b"1", "2", QUALITY, b"new")
    assert catalog.qualities.columns().fingerprints == [b"new"]
    assert [each.path for each in catalog.qualities.unlooked(7, 9)] == ["a.jpg"]


def test_measuring_the_same_again_keeps_the_closer_look(catalog: Catalog) -> None:
    photo(catalog, "a.jpg", b"1")
    catalog.qualities.store(b"1", "1", QUALITY, b"")
    closer = Quality(width=4000, height=3000, side=480, faces=2, prominent=2, eyes=1)
    catalog.qualities.store_look(b"1", 7, closer)
    catalog.qualities.store(b"1", "1", QUALITY, b"")
    assert catalog.qualities.get(b"1") == closer
    assert catalog.qualities.unlooked(7, 9) == []


def test_what_is_left_to_do_comes_in_natural_order_and_is_counted(catalog: Catalog) -> None:
    for number in (10, 2, 1):
        photo(catalog, f"{number}.jpg", b"%d" % number)
    assert [each.path for each in catalog.qualities.unmeasured("1", 2)] == ["1.jpg", "2.jpg"]
    assert catalog.qualities.unlooked(1, 9) == []  # measuring comes first
    catalog.qualities.store(b"2", "1", QUALITY, b"")
    assert [each.path for each in catalog.qualities.unlooked(1, 9)] == ["2.jpg"]
    assert catalog.qualities.progress("1", 1) == (0, 3)
    catalog.qualities.store_look(b"2", 1, QUALITY)
    assert catalog.qualities.progress("1", 1) == (1, 3)
