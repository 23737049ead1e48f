from __future__ import annotations

from tui_selector.library.photo import Tag
from tui_selector.library.pictures.metadata import Metadata
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


def test_a_name_that_is_no_text_is_found(search_album) -> None:
    odd = search_album.add("a/\udcff\u202e.jpg")
    words = Vocabulary(search_album.catalog)
    assert list(words.paths("*\udcff*")) == [(odd, "a/\udcff\u202e.jpg")]
    assert list(words.paths("\udcfe")) == []


def test_the_nearest_name() -> None:
    assert nearest("beech", ["Beach", "dog"]) == "; do you mean Beach?"
    assert nearest("beech", []) == "."
    assert nearest("b\u202ex" * 5000, ["b" * 9000]) == "."
