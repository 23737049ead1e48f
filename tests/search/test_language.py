"""The query language: what is read, what is refused and where, whatever is typed."""

from __future__ import annotations

import re
import sys
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_selector.library.display import printable
from tui_selector.search import query as queries
from tui_selector.search.fields import FIELDS
from tui_selector.search.language import MAX_PARTS, parse, spot
from tui_selector.search.query import Filter, Query, QueryError, TagClause, Term


def read(text: str) -> Query:
    """The query without its columns."""
    found = parse(text)
    return Query(
        tuple(Term(each.kind, each.text, each.weight) for each in found.terms),
        tuple(TagClause(each.names, each.exclude) for each in found.tags),
        tuple(Filter(f.field, f.operator, f.values, f.exclude) for f in found.filters),
    )


def terms(text: str) -> list[tuple[str, str, float]]:
    return [(term.kind, term.text, term.weight) for term in parse(text).terms]


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red bus at night", [("words", "red bus at night", 1)]),
        ('"red bus" night', [("words", "red bus", 1), ("words", "night", 1)]),
        ("red #dog bus", [("words", "red", 1), ("words", "bus", 1)]),
        (
            "beach -people sunset",
            [("words", "beach", 1), ("words", "people", -1), ("words", "sunset", 1)],
        ),
        ("2:beach sand", [("words", "beach", 2), ("words", "sand", 1)]),
        ('0.5:"old town" -2:x', [("words", "old town", 0.5), ("words", "x", -2)]),
        (".25:x 3.:y", [("words", "x", 0.25), ("words", "y", 3)]),
        ("@IMG_0042.jpg", [("photo", "IMG_0042.jpg", 1)]),
        ("-@marked", [("photo", "marked", -1)]),
        ('3:@"my photo (1).jpg"', [("photo", "my photo (1).jpg", 3)]),
        ("/a.jpg ./b ../c ~/d", [("file", path, 1) for path in ("/a.jpg", "./b", "../c", "~/d")]),
        ('-file:"/tmp/an example.jpg"', [("file", "/tmp/an example.jpg", -1)]),
        ("FILE:a.jpg", [("file", "a.jpg", 1)]),
        ("e-mail t-shirt 12\" don't", [("words", "e-mail t-shirt 12\" don't", 1)]),
        ('"say \\"cheese\\" \\\\ \\n"', [("words", 'say "cheese" \\ \\n', 1)]),
        ('"old town"beach', [("words", "old town", 1), ("words", "beach", 1)]),
        ("1984 35mm 4x4", [("words", "1984 35mm 4x4", 1)]),
        ("<3 :) 100%", [("words", "<3 :) 100%", 1)]),
        ("🐕 собака כלב 犬", [("words", "🐕 собака כלב 犬", 1)]),
        ("a\tb\x00c\x1b[31m\nd", [("words", "a b c [31m d", 1)]),
        ('"a\n\x07 b"', [("words", "a b", 1)]),
        ('"rating>=3"', [("words", "rating>=3", 1)]),
        ("x \ud83d", [("words", "x \ufffd", 1)]),
        ('@"a\ndcl\udcff.jpg"', [("photo", "a\ndcl\udcff.jpg", 1)]),
    ],
)
def test_terms(text: str, expected: list[tuple[str, str, float]]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "names", "exclude"),
    [
        ("#dog", ("dog",), False),
        ("#Dog|CAT", ("dog", "cat"), False),
        ("#dog|#cat", ("dog", "cat"), False),
        ("-#indoor", ("indoor",), True),
        ('#"black  and white"|red', ("black and white", "red"), False),
        ('#"#1"', ("#1",), False),
    ],
)
def test_tags(text: str, names: tuple[str, ...], exclude: bool) -> None:
    assert read(text) == Query(tags=(TagClause(names, exclude),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date:2025-07..2025-08", Filter("date", ":", ("2025-07..2025-08",))),
        ("date:..2024", Filter("date", ":", ("..2024",))),
        ("date>=2024-02-29", Filter("date", ">=", ("2024-02-29",))),
        ("Camera:X100", Filter("camera", ":", ("X100",))),
        ('-camera:"Canon EOS R5"|X100', Filter("camera", ":", ("Canon EOS R5", "X100"), True)),
        ("rating>=3", Filter("rating", ">=", ("3",))),
        ("rating=none", Filter("rating", "=", ("none",))),
        ("flag:PICK|none", Filter("flag", ":", ("pick", "none"))),
        ("-type:raw|video", Filter("type", ":", ("raw", "video"), True)),
        ("near:-33.86,151.21,2.5", Filter("near", ":", ("-33.86,151.21,2.5",))),
        ('in:"Old town"', Filter("in", ":", ("Old town",))),
        ("name:IMG_00*.jp?g", Filter("name", ":", ("IMG_00*.jp?g",))),
        ("megapixels>12.5", Filter("megapixels", ">", ("12.5",))),
        ("iso:100..800", Filter("iso", ":", ("100..800",))),
        ('text:"exit"', Filter("text", ":", ("exit",))),
    ],
)
def test_filters(text: str, expected: Filter) -> None:
    assert read(text) == Query(filters=(expected,))


def test_columns_are_where_each_clause_begins() -> None:
    found = parse('  red bus -2:"x" #dog  -flag:pick @a')
    assert [term.column for term in found.terms] == [2, 10, 34]
    assert found.tags[0].column == 17
    assert found.filters[0].column == 23


@pytest.mark.parametrize(
    ("text", "column", "length", "says"),
    [
        ("dog ratng>=3", 4, 5, "do you mean rating?"),
        ("lable:red", 0, 5, "do you mean label?"),
        ("tag:dog", 0, 3, "write #dog instead"),
        ("http://x", 0, 4, "there are date, camera"),
        ('dog "old town', 4, 9, "never closed"),
        ('camera:"X100', 7, 5, "never closed"),
        ("dog flag:pock", 9, 4, "pick, reject, none"),
        ("flag:pick|yes", 10, 3, "pick, reject, none"),
        ("flag>pick", 4, 1, "no order"),
        ("camera:", 7, 0, "camera:X100"),
        ("camera: X100", 7, 0, "right after it"),
        ("rating>x", 7, 1, "takes a number"),
        ("rating:7", 7, 1, "0 to 5"),
        ("width>1|2", 6, 3, "Only one value"),
        ("width>1..2", 6, 4, "after a colon"),
        ("width:5..2", 6, 4, "ends before it begins"),
        ("date:2025-13", 5, 7, "calendar"),
        ("date:2025-02-29", 5, 10, "calendar"),
        ("date:0000", 5, 4, "calendar"),
        ("date:..", 5, 2, "first or a last"),
        ("date:yesterday", 5, 9, "2025-07-14"),
        ("date:2025..2024", 5, 10, "ends before it begins"),
        ("near:52,13", 5, 5, "near:52.5163"),
        ("near:91,0,1", 5, 6, "latitude"),
        ("near:0,181,1", 5, 7, "longitude"),
        ("near:0,0,0", 5, 5, "distance"),
        ("near:nan,0,1", 5, 7, "near:52.5163"),
        ("#", 1, 0, "#dog"),
        ("#dog|", 5, 0, "#dog"),
        ("@ dog", 1, 0, "@marked"),
        ("file: x", 5, 0, "needs a path"),
        ('""', 0, 2, "Nothing stands"),
        ("dog - cat", 4, 1, "-indoor"),
        ("--dog", 0, 1, "-indoor"),
        ("2: dog", 0, 2, "2:beach"),
        ("2:-dog", 0, 2, "-2:indoor"),
        ("0:dog", 0, 1, "between 0.001 and 1000"),
        ("9" * 5000 + ":dog", 0, 5000, "between 0.001 and 1000"),
        ("2:#dog", 0, 3, "no weight"),
        ("2:flag:pick", 0, 2, "no weight"),
    ],
)
def test_errors_point_at_what_is_wrong(text: str, column: int, length: int, says: str) -> None:
    error = refusal(text)
    assert (error.column, error.length) == (column, length)
    assert says in error.sentence


def test_an_error_shows_hostile_text_as_escapes_and_short() -> None:
    error = refusal("flag:" + "\u202e[red]" * 200)
    assert "\u202e" not in error.sentence
    assert "\\u202e[red]" in error.sentence
    assert len(error.sentence) < 400


def test_nothing_and_only_negatives() -> None:
    assert parse("").is_empty
    assert parse(" \t\x00 ").is_empty
    assert not parse("#dog").is_empty
    assert parse("-dog -2:cat").has_only_negatives
    assert not parse("-dog cat").has_only_negatives
    assert not parse("-#dog").has_only_negatives


def test_a_query_has_a_limited_number_of_parts() -> None:
    assert len(parse(" ".join(["-x"] * MAX_PARTS)).terms) == MAX_PARTS
    error = refusal(" ".join(["-x"] * MAX_PARTS) + " #a")
    assert (error.column, error.length) == (3 * MAX_PARTS, 2)
    assert "at most" in refusal("#" + "|".join("abc" * MAX_PARTS)).sentence


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "w" * 100_000,
        "1" * 100_000,
        "." * 100_000,
        "1.1" * 33_000,
        "-" * 100_000,
        '"' * 100_000,
        '"' + "\\" * 99_999,
        "a-b_" * 25_000,
        "@" * 100_000,
        "#" + "|" * 99_999,
        "near:" + "1," * 50_000,
        "date:" + "." * 99_995,
        "rating:" + "1" * 99_993,
        "name:" + "*" * 99_995,
        "-x " * 33_000,
        "x:" * 50_000,
        "\x00" * 100_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_reading_takes_steps_in_proportion_to_the_length(text: str) -> None:
    """Steps are lines of Python run; the patterns in them read on and never back over a run."""

    def steps(part: str) -> int:
        count = 0

        def trace(frame: object, event: str, argument: object) -> object:
            nonlocal count
            count += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            for reader in (parse, spot):
                with suppress(QueryError):
                    reader(part)
        finally:
            sys.settrace(before)
        return count

    steps(text)
    whole, half = steps(text), steps(text[: len(text) // 2])
    assert whole <= 2.2 * half + 500


HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from(' "\\-:@#|<>=./~,0123456789abfilednrtg*\n\t\x00\x1b\u202e🐕'),
        st.characters(),
    ),
    max_size=80,
)
FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from([field.example for field in FIELDS.values()]),
        st.sampled_from([f"-{name}:" for name in FIELDS]),
        st.sampled_from(
            ["#dog|cat", "-#x", '@"a b"', "2:", "-", '"', "beach", "./a", "file:", " "]
        ),
        HOSTILE,
    ),
    max_size=8,
).map(" ".join)


@given(st.one_of(HOSTILE, FRAGMENTS))
@example('"a" "b"')
@example("2:a b")
@example("#\u0345")
def test_any_text_is_a_query_or_an_error_about_a_part_of_it(text: str) -> None:
    spot(text)
    error = None
    try:
        found = read(text)
    except QueryError as raised:
        error = raised
    if error is None:
        assert read(queries.format(found)) == found
    else:
        assert 0 <= error.column <= error.column + error.length <= len(text)
        assert error.sentence.endswith(".")
        assert printable(error.sentence) == error.sentence


# Words are read without halves of characters, which only names of files may have.
WHOLE = HOSTILE.map(lambda text: re.sub("[\ud800-\udfff]", "\ufffd", text))
WORDS = WHOLE.map(
    lambda text: " ".join("".join(c if not queries.is_blank(c) else " " for c in text).split())
).filter(bool)
NAMES = HOSTILE.filter(lambda text: bool(text.strip()))
WEIGHTS = st.integers(1, 1_000_000).map(lambda n: n / 1000)
TERMS = st.builds(
    lambda kind, words, name, weight, sign: Term(
        kind, words if kind == "words" else name, sign * weight
    ),
    st.sampled_from(["words", "photo", "file"]),
    WORDS,
    NAMES,
    st.one_of(st.just(1.0), WEIGHTS),
    st.sampled_from([1, 1, -1]),
)
TAGS = st.builds(
    TagClause,
    st.lists(WORDS.map(str.casefold), min_size=1, max_size=3).map(tuple),
    st.booleans(),
)
VALUES = {
    "flag": st.sampled_from(["pick", "reject", "none"]),
    "rating": st.sampled_from(["1", "none", "2..4", "..3"]),
    "date": st.sampled_from(["2024", "2024-02..", "2024-02-29"]),
    "near": st.just("52.5,-13.4,2"),
    "camera": WORDS,
    "in": WORDS,
    "name": NAMES,
}
FILTERS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.builds(
        lambda values, exclude: Filter(name, ":", tuple(values), exclude),
        st.lists(VALUES[name], min_size=1, max_size=3),
        st.booleans(),
    )
)
QUERIES = st.builds(
    lambda terms, tags, filters: Query(tuple(terms), tuple(tags), tuple(filters)),
    st.lists(TERMS, max_size=4),
    st.lists(TAGS, max_size=2),
    st.lists(FILTERS, max_size=2),
)


@given(QUERIES)
def test_the_canonical_text_of_a_query_is_read_as_that_query(query: Query) -> None:
    assert read(queries.format(query)) == query


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('  "red   bus"  "night"', 'red bus "night"'),
        ("1:beach -1:x 2.50:y", "beach -x 2.5:y"),
        ("flag:PICK #Dog red @a", "red @a #dog flag:pick"),
        ('"-x" "a:b"', '"-x" "a:b"'),
        ('file:"./a.jpg" file:a.jpg', './a.jpg file:"a.jpg"'),
    ],
)
def test_the_canonical_text_is_short(text: str, canonical: str) -> None:
    assert queries.format(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "kind", "field", "start", "written"),
    [
        ("", "word", "", 0, ""),
        ("red fla", "word", "", 4, "fla"),
        ("red ", "word", "", 4, ""),
        ("-fla", "word", "", 1, "fla"),
        ("2:be", "word", "", 2, "be"),
        ("flag:", "value", "flag", 5, ""),
        ("flag:pick|re", "value", "flag", 10, "re"),
        ("-#do", "tag", "", 2, "do"),
        ("#dog|", "tag", "", 5, ""),
        ('#"black an', "tag", "", 1, "black an"),
        ("@IM", "photo", "", 1, "IM"),
        ("./Pho", "file", "", 0, "./Pho"),
        ("nonsense:1 rating:9 - #do", "tag", "", 23, "do"),
        ('camera:"X100" ', "word", "", 14, ""),
        ('"a b"', "word", "", 5, ""),
        ("foo:ba", "word", "", 0, "foo:ba"),
    ],
)
def test_what_is_being_written_at_the_end(
    text: str, kind: str, field: str, start: int, written: str
) -> None:
    found = spot(text)
    assert (found.kind, found.field, found.start, found.text) == (kind, field, start, written)
