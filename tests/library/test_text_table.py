"""What is written in pictures: stored, looked for, and what is still to be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.text_table import TextLine, words_of
from tui_selector.library.photo import Kind, State
from tui_selector.paths import library_paths

BOX = (0.1, 0.2, 0.3, 0.4)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def photo(catalog: Catalog, name: str, content: bytes, kind: Kind = Kind.IMAGE) -> int:
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=2, kind=kind)])
    photo = indexed_row(id_, content, mtime_ns=2)
    catalog.photos.store_indexed([photo])
    return id_


def test_lines_come_back_as_they_were_read(catalog: Catalog) -> None:
    lines = (TextLine("EXIT \x1b[31m", 0.98, BOX), TextLine("出口", 0.7, BOX))
    catalog.texts.store(b"h", "reader", lines)
    assert catalog.texts.lines(b"h") == lines
    assert catalog.texts.lines(b"unknown") == ()


def test_pictures_with_the_same_bytes_are_read_once(catalog: Catalog) -> None:
    ids = [photo(catalog, "10.jpg", b"same"), photo(catalog, "9.jpg", b"same")]
    assert [each.path for each in catalog.texts.unread("reader", 9)] == ["9.jpg", "10.jpg"]
    catalog.texts.store(b"same", "reader", [TextLine("Exit", 0.9, BOX)])
    assert catalog.texts.unread("reader", 9) == []
    assert catalog.texts.holding("exit") == set(ids)


def test_another_reader_reads_again(catalog: Catalog) -> None:
    photo(catalog, "a.jpg", b"a")
    catalog.texts.store(b"a", "old", [TextLine("Exlt", 0.9, BOX)])
    assert len(catalog.texts.unread("new", 9)) == 1
    catalog.texts.store(b"a", "new", [TextLine("Exit", 0.9, BOX)])
    assert catalog.texts.unread("new", 9) == []
    assert catalog.texts.holding("exlt") == set()


def test_only_pictures_that_are_there_are_read(catalog: Catalog) -> None:
    photo(catalog, "film.mov", b"v", Kind.VIDEO)
    (gone,) = [photo(catalog, "gone.jpg", b"g")]
    raw = photo(catalog, "a.cr2", b"r", Kind.RAW)
    catalog.photos.set_state([gone], State.TRASHED)
    assert [each.id for each in catalog.texts.unread("reader", 9)] == [raw]
    assert catalog.texts.progress() == (0, 1)
    catalog.texts.store(b"r", "reader", [])
    assert catalog.texts.progress() == (1, 1)
    assert catalog.texts.with_text() == set()
    assert catalog.texts.has_any()


def test_words_are_looked_for_as_a_whole(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", b"a")
    catalog.texts.store(b"a", "reader", [TextLine("Fire exits,", 0.9, BOX)])
    assert catalog.texts.with_words(["EXITS", "fire"]) == {id_}
    assert catalog.texts.with_words(["exit"]) == set()
    assert catalog.texts.with_words([]) == set()
    assert catalog.texts.with_words(["!"]) == set()
    assert catalog.texts.holding("exit") == {id_}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  No-Entry!\n", "no entry"),
        ("CAFÉ Müller", "cafe muller"),
        ("Cafe\u0301", "cafe"),
        ("Straße №5", "strasse no5"),
        ("हिन्दी", "हनद"),
        ("出口", "出口"),
        ("\x1b[31m", "31m"),
    ],
)
def test_words_are_letters_and_digits(text: str, words: str) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_are_in_one_form(text: str) -> None:
    words = words_of(text)
    assert words_of(words) == words
    assert words == " ".join(words.split())


@given(st.text(min_size=1))
def test_what_is_written_is_found_by_any_part_of_it(text: str) -> None:
    words = words_of(text)
    for word in words.split():
        assert word in words_of(f"before {text} after")
