"""What is offered at the cursor, from a source without a catalog and from a real one."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.photo import Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.search.completion import complete
from tui_selector.search.fields import FIELDS
from tui_selector.search.language import parse
from tui_selector.search.vocabulary import Vocabulary


class Words:
    """A source of a few words."""

    LISTS = {  # noqa: RUF012
        "tag": [("dog", 40), ("red", 30), ("black and white", 20), ("hot dog", 1), ("do|x", 1)],
        "camera": [("Canon EOS R5", 7), ("FUJIFILM X100V", 3)],
        "lens": [("RF50mm", 2)],
    }
    PATHS = ("a/IMG_1.jpg", "a/IMG_2.jpg", "b/IMG_1.jpg", "b/my photo.jpg", "b/x[1].png")

    def counted(self, what: str) -> list[tuple[str, int]]:
        return self.LISTS[what]

    def tabs(self) -> list[tuple[int, str]]:
        return [(1, "Beach"), (2, "Old town"), (-1, "All")]

    def paths(self, pattern: str) -> Iterator[tuple[int, str]]:
        for number, path in enumerate(self.PATHS):
            name = path if "/" in pattern else path.rpartition("/")[2]
            if fnmatch.fnmatch(name.lower(), pattern.lower()):
                yield number, path


def offered(text: str, **options: int) -> list[str]:
    cursor = text.index("^") if "^" in text else len(text)
    return [each.text for each in complete(text.replace("^", ""), cursor, Words(), **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fla", ["flag:"]),
        ("-FLA", ["flag:"]),
        ("dog rat", ["rating:"]),
        ("do", ["#dog", '#"do|x"']),
        ("d", ["date:", "duration:"]),
        ("#", ["dog", "red", '"black and white"', '"hot dog"', '"do|x"']),
        ("#do", ["dog", '"do|x"', '"hot dog"']),
        ("-#red|bl", ['"black and white"']),
        ('#"black a', ['"black and white"']),
        ("#white", ['"black and white"']),
        ("flag:", ["pick", "reject", "none"]),
        ("flag:pick|r", ["reject"]),
        ("label:bl", ["blue"]),
        ("has:", ["caption", "date", "faces", "gps", "tags", "text"]),
        ("rating:", ["none"]),
        ("camera:x1", ['"FUJIFILM X100V"']),
        ("camera:", ['"Canon EOS R5"', '"FUJIFILM X100V"']),
        ("lens:rf", ["RF50mm"]),
        ("in:", ["Beach", '"Old town"', "All"]),
        ("in:to", ['"Old town"']),
        ("@mar", ["marked"]),
        ("@img_1", ["a/IMG_1.jpg", "b/IMG_1.jpg"]),
        ("2:@b/m", ['"b/my photo.jpg"']),
        ("name:x[", ["x[[]1].png"]),
        ("width:", []),
        ("nonsense:", []),
        ("./x", []),
        ("qqq", []),
    ],
)
def test_offers(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_nothing_written_yet_offers_every_field() -> None:
    assert offered("", limit=100) == [f"{name}:" for name in FIELDS]
    assert len(offered("")) == 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red fl^ag rating>3", "red flag: rating>3"),
        ("#d^|cat", "#dog|cat"),
        ('#"bla^ck and" x', '#"black and white" x'),
        ('camera:"x1^', 'camera:"FUJIFILM X100V"'),
        ("flag:p^", "flag:pick"),
        ("-ty^pe:raw", "-type:raw"),
        ("rat^ing>=3", "rating>=3"),
    ],
)
def test_a_completion_replaces_what_it_completes(text: str, expected: str) -> None:
    cursor = text.index("^")
    text = text.replace("^", "")
    assert complete(text, cursor, Words())[0].apply(text) == expected


def test_completions_say_what_they_are() -> None:
    assert complete("#dog", 4, Words())[0].about == "40 photos"
    assert complete('#"hot', 5, Words())[0].about == "1 photo"
    assert complete("flag:no", 7, Words())[0].about == "no flag"
    assert "flag:pick" in complete("flag", 4, Words())[0].about


@given(st.text(alphabet=' "\\-:@#|<>=./~,12abfilednrtg*[]\x00🐕', max_size=40), st.integers(0, 40))
def test_any_text_is_completed_within_it(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    for each in complete(text, cursor, Words()):
        assert 0 <= each.start <= cursor <= each.end <= len(text)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_every_example_and_every_value_that_is_offered_is_understood(field) -> None:
    assert parse(field.example).filters[0].field == field.name
    for each in complete(f"{field.name}:", len(field.name) + 1, Words()):
        assert parse(f"{field.name}:{each.text}").filters


def test_a_catalog_is_a_source(search_album) -> None:
    search_album.add("a/IMG_1.jpg", tags=[Tag("dog", 1, "model")], metadata=Metadata(camera="X100"))
    source = Vocabulary(search_album.catalog)
    assert [each.text for each in complete("#d", 2, source)] == ["dog"]
    assert [each.text for each in complete("camera:x", 8, source)] == ["X100"]
    assert [each.text for each in complete("@img", 4, source)] == ["a/IMG_1.jpg"]
    assert [each.text for each in complete("in:sing", 7, source)] == ["Singles"]
