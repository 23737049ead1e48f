from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis.cull.language import (
    KINDS,
    MOST_CHARACTERS,
    Rule,
    RulesError,
    canonical,
    parse,
)
from tui_selector.library.display import printable


def thresholds(name: str) -> st.SearchStrategy[float | None]:
    kind = KINDS[name]
    if kind.least == kind.most:
        return st.none()
    return st.floats(kind.least, kind.most).map(lambda value: round(value, 6))


@st.composite
def written(draw: st.DrawFn) -> tuple[Rule, ...]:
    names = draw(st.lists(st.sampled_from(list(KINDS)), unique=True))
    return tuple(
        Rule(
            name,
            draw(st.none() | thresholds(name)),
            draw(st.booleans()),
        )
        for name in names
    )


def without_columns(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(Rule(rule.name, rule.threshold, rule.exclude) for rule in rules)


@given(written())
@settings(deadline=None)
def test_what_is_written_is_read_as_the_same(rules: tuple[Rule, ...]) -> None:
    assert without_columns(parse(canonical(rules))) == rules


@given(st.text(max_size=60) | st.text(alphabet="blury dak-:,.0%15_ \t\x1b", max_size=60))
@settings(deadline=None)
def test_any_text_is_read_or_pointed_at(text: str) -> None:
    try:
        rules = parse(text)
    except RulesError as error:
        assert 0 <= error.column <= len(text)  # noqa: PT017
        assert 0 <= error.length <= len(text) - error.column  # noqa: PT017
        assert printable(error.sentence) == error.sentence  # noqa: PT017
    else:
        assert parse(canonical(rules)) == parse(canonical(without_columns(rules)))
        assert all(not text[rule.column].isspace() for rule in rules)


def test_names_thresholds_and_what_is_left_out() -> None:
    rules = parse("Blurry, dark:5.,\tLow Information:2.5 , -screenshots,similar : .9")
    assert rules == (
        Rule("blurry", None, False, 0),
        Rule("dark", 5, False, 8),
        Rule("low-information", 2.5, False, 17),
        Rule("screenshots", None, True, 39),
        Rule("similar", 0.9, False, 52),
    )
    assert parse("") == parse(" \t") == ()


@pytest.mark.parametrize(
    ("text", "column", "length", "sentence"),
    [
        ("blury", 0, 5, "do you mean blurry?"),
        ("dark, blur", 6, 4, "do you mean blurry?"),
        ("dark, ", 6, 0, "A rule is missing here"),
        (",dark", 0, 0, "A rule is missing here"),
        ("dark,,bright", 5, 0, "A rule is missing here"),
        ("xyzzy", 0, 5, "there are duplicates, bursts"),
        ("dark:", 5, 0, "A number comes after the colon, e.g. dark:3.5."),
        ("dark: much", 6, 4, "A number comes after the colon"),
        ("dark:12", 5, 2, "lies between 0.5 and 10; 3.5 is usual"),
        ("dark:5%", 6, 1, "takes no %"),
        ("closed-eyes:1", 12, 1, "takes no number"),
        ("dark:-1", 5, 2, "A number comes"),
        ("dark:1.2.1", 8, 2, "A comma or the end comes after dark"),
        ("small:5%", 7, 1, "takes no %"),
        ("- dark", 0, 6, "A minus stands right before"),
        ("dark, -dark", 6, 5, "stands here twice"),
        ("dark>3", 4, 2, "A comma or the end"),
        ("1", 0, 1, "is no rule"),
        ("dark,\x1b[2J", 5, 4, "“\\x1b[2J” is no rule"),
        ("dark" * 300, MOST_CHARACTERS, 200, "at most 1,000 characters"),
    ],
)
def test_errors_point_at_the_column(text: str, column: int, length: int, sentence: str) -> None:
    with pytest.raises(RulesError) as caught:
        parse(text)
    error = caught.value
    assert (error.column, error.length) == (column, length)
    assert sentence in error.sentence


def test_every_rule_has_a_usual_threshold_that_makes_sense() -> None:
    for kind in KINDS.values():
        assert kind.least <= kind.usual <= kind.most
        assert parse(kind.name) == (Rule(kind.name),)
        if kind.least < kind.most:
            assert parse(kind.example) == (Rule(kind.name, kind.usual),)
    assert parse("bright:5%") == (Rule("bright", 0.05),)
