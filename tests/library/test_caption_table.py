"""What pictures show: stored, looked for, and what is still to be described."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.caption_table import LONGEST, Caption
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, State
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def photo(catalog: Catalog, name: str, content: bytes) -> int:
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=2, kind=Kind.IMAGE)])
    photo = indexed_row(id_, content, mtime_ns=2)
    catalog.photos.store_indexed([photo])
    return id_


def test_a_description_comes_back_and_gives_way_to_a_newer_one(catalog: Catalog) -> None:
    catalog.captions.store(b"h", "  A dog\x1b[31m on grass.\n", "tiny", made=5.0)
    first = Caption(text="A dog\x1b[31m on grass.", author="tiny", made=5.0)
    assert catalog.captions.get(b"h") == first
    catalog.captions.store(b"h", "A cat.", "other", made=6.0)
    assert catalog.captions.of([b"h", b"unknown"]) == {
        b"h": Caption(text="A cat.", author="other", made=6.0)
    }
    catalog.captions.remove([b"h"])
    assert catalog.captions.get(b"h") is None


def test_each_aspect_has_a_description_of_its_own(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", b"a")
    catalog.captions.store(b"a", "Two people at a table.", "tiny", made=1.0)
    catalog.captions.store(b"a", "They seem joyful.", "tiny", aspect="mood", made=2.0)
    assert catalog.captions.all()[id_].text == "Two people at a table."
    assert catalog.captions.all("mood")[id_].text == "They seem joyful."
    assert catalog.captions.progress("action") == (0, 1)
    assert catalog.captions.with_words(["joyful"]) == {id_}
    catalog.captions.remove([b"a"], "mood")
    assert catalog.captions.with_words(["joyful"]) == set()
    assert catalog.captions.with_caption() == {id_}


def test_a_very_long_description_is_cut(catalog: Catalog) -> None:
    catalog.captions.store(b"h", "word " * LONGEST, "tiny")
    kept = catalog.captions.get(b"h")
    assert kept is not None
    assert len(kept.text) <= LONGEST


def test_what_is_not_described_comes_in_natural_order(catalog: Catalog) -> None:
    ids = {name: photo(catalog, name, name.encode()) for name in ("10.jpg", "9.jpg", "1.jpg")}
    gone = photo(catalog, "gone.jpg", b"gone")
    catalog.photos.set_state([gone], State.TRASHED)
    catalog.captions.store(b"9.jpg", "A dog.", "tiny")
    table = catalog.captions
    assert [each.path for each in table.undescribed(9)] == ["1.jpg", "10.jpg"]
    assert [each.path for each in table.undescribed(1)] == ["1.jpg"]
    assert [each.id for each in table.undescribed(9, photos=[ids["10.jpg"]])] == [ids["10.jpg"]]
    assert table.undescribed(9, photos=[]) == []
    assert len(table.undescribed(9, author="another")) == 3
    assert len(table.undescribed(9, author="tiny")) == 2
    assert table.progress() == (1, 3)


def test_descriptions_are_searched_by_words_and_by_parts(catalog: Catalog) -> None:
    assert not catalog.captions.has_any()
    dog, cafe = photo(catalog, "a.jpg", b"a"), photo(catalog, "b.jpg", b"b")
    catalog.captions.store(b"a", "A Dog runs after dogs.", "tiny")
    catalog.captions.store(b"b", "A café; nobody is there. \u202e", "tiny")
    assert catalog.captions.has_any()
    assert catalog.captions.with_words(["DOG", "runs"]) == {dog}
    assert catalog.captions.with_words(["run"]) == set()
    assert catalog.captions.with_words(["!"]) == set()
    assert catalog.captions.with_words([]) == set()
    assert catalog.captions.holding("cafe nobody") == {cafe}
    assert catalog.captions.holding("run") == {dog}
    assert catalog.captions.holding("'; DROP TABLE captions") == set()


def test_a_picture_that_was_described_as_nothing_is_done_and_is_not_found(catalog: Catalog) -> None:
    photo(catalog, "a.jpg", b"a")
    catalog.captions.store(b"a", "", "tiny")
    assert catalog.captions.undescribed(9) == []
    assert catalog.captions.with_caption() == set()
