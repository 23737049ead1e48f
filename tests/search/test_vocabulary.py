from __future__ import annotations

import pytest

from tui_selector.library.photo import State, Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.search.query import QueryError, Term
from tui_selector.search.vocabulary import Vocabulary, nearest


def test_words_are_counted_by_present_photos_until_the_catalog_changes(search_album) -> None:
    dog, cat = Tag("dog", 0.9, "model"), Tag("cat", 0.8, "model")
    first = search_album.add(
        "a.jpg", tags=[dog, cat, Tag("dog", 1, "owner")], metadata=Metadata(camera="X", lens="L")
    )
    search_album.add("b.jpg", tags=[dog, Tag("cat", 0, "owner")], metadata=Metadata(camera="Y"))
    search_album.add("c.jpg", tags=[], metadata=Metadata(camera="Y"))
    words = Vocabulary(search_album.catalog)
    assert words.counted("tag") == [("dog", 2), ("cat", 1)]
    assert words.counted("camera") == [("Y", 2), ("X", 1)]
    assert words.counted("lens") == [("L", 1)]
    assert words.texts("camera") == ["X", "Y"]
    search_album.lose(first)
    assert words.counted("tag") == [("dog", 1)]
    assert words.counted("camera") == [("Y", 2)]
    assert words.texts("lens") == ["L"]


def test_an_empty_catalog_has_no_words(search_album) -> None:
    words = Vocabulary(search_album.catalog)
    assert words.counted("tag") == words.texts("lens") == list(words.paths("")) == []
    assert [name for _, name in words.tabs()] == ["All", "Singles", "Rejected", "Problems"]


def test_a_photo_is_found_by_path_name_and_name_without_suffix(search_album) -> None:
    one = search_album.add("trip/IMG_1.jpg")
    other = search_album.add("home/IMG_1.jpg")
    odd = search_album.add("odd/[x]*?.jpg")
    raw = search_album.add("odd/IMG_2.jpg.png")
    plain = search_album.add("odd/IMG_2.jpg")
    search_album.lose(search_album.add("IMG_3.jpg"), State.TRASHED)
    find = Vocabulary(search_album.catalog).photo
    assert find(Term("photo", "trip/IMG_1.jpg")) == one
    assert find(Term("photo", "[X]*?")) == odd
    assert find(Term("photo", "img_2.JPG")) == plain
    assert find(Term("photo", "IMG_2.jpg.png")) == raw
    assert other != one
    with pytest.raises(
        QueryError, match=r"2 photos are called “IMG_1”; name the folder too: home/IMG_1\.jpg, trip"
    ) as caught:
        find(Term("photo", "IMG_1", -1.0, 7))
    assert (caught.value.column, caught.value.length) == (7, len("-@IMG_1"))
    with pytest.raises(
        QueryError, match=r"No photo is called “MG_2”: odd/IMG_2.jpg, odd/IMG_2.jpg.png\."
    ):
        find(Term("photo", "MG_2"))
    with pytest.raises(QueryError, match=r"No photo is called “IMG_3”\."):
        find(Term("photo", "IMG_3"))


def test_a_name_that_is_no_text_is_found(search_album) -> None:
    odd = search_album.add("a/\udcff\u202e.jpg")
    words = Vocabulary(search_album.catalog)
    assert words.photo(Term("photo", "\udcff\u202e.jpg")) == odd
    assert [id_ for id_, _ in words.paths("*\udcff*")] == [odd]
    with pytest.raises(QueryError) as caught:
        words.photo(Term("photo", "\udcff"))
    assert "\u202e" not in caught.value.sentence


def test_the_nearest_name() -> None:
    assert nearest("beech", ["Beach", "dog"]) == "; do you mean Beach?"
    assert nearest("beech", []) == "."
    assert nearest("b\u202ex" * 5000, ["b" * 9000]) == "."
