from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_selector.search.fields import FIELDS, checked, interval, place, quoted

DAYS = st.dates(date(1800, 1, 1), date(2200, 1, 1))
PERIODS = st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"])


def seconds(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


@given(DAYS, DAYS, PERIODS, st.integers(0, 86_399))
@example(date(2024, 2, 29), date(2024, 2, 29), "%Y-%m", 86_399)
@example(date(2024, 12, 31), date(2024, 12, 1), "%Y-%m", 0)
def test_a_date_holds_the_moments_that_are_written_with_it(
    named: date, other: date, period: str, second: int
) -> None:
    value = named.strftime(period)
    moment = seconds(other) + second
    span = interval(FIELDS["date"], ":", value)
    assert (span.low <= moment < span.high) == (other.strftime(period) == value)
    after = interval(FIELDS["date"], ">", value)
    before = interval(FIELDS["date"], "<", value)
    assert (before.low <= moment < before.high) == (other.strftime(period) < value)
    assert (after.low <= moment < after.high) == (other.strftime(period) > value)
    upto, since = interval(FIELDS["date"], "<=", value), interval(FIELDS["date"], ">=", value)
    assert (upto.low, upto.high) == (-math.inf, span.high)
    assert (since.low, since.high) == (span.low, math.inf)


@given(DAYS, DAYS, PERIODS)
def test_a_range_of_dates_goes_from_the_first_start_to_the_last_end(
    one: date, other: date, period: str
) -> None:
    first, last = sorted((one, other))
    value = f"{first.strftime(period)}..{last.strftime(period)}"
    span = interval(FIELDS["date"], ":", value)
    assert span.low == interval(FIELDS["date"], ":", first.strftime(period)).low
    assert span.high == interval(FIELDS["date"], ":", last.strftime(period)).high


def test_the_last_day_of_the_calendar_has_an_end() -> None:
    span = interval(FIELDS["date"], ":", "9999-12-31")
    assert span.high - span.low == timedelta(days=1).total_seconds()
    assert interval(FIELDS["date"], ":", "9999").high == span.high


@pytest.mark.parametrize(
    ("operator", "value", "inside", "outside"),
    [
        (":", "3", [2.5, 3, 3.4], [2.4, 3.5]),
        (":", "12.5", [12.45, 12.54], [12.44, 12.55]),
        (":", "2..4", [1.5, 4.4], [1.4, 4.5]),
        (":", "..4", [-9, 4], [5]),
        (":", "4..", [4, 1e9], [3]),
        ("=", "none", [0], [1]),
        (">", "3", [3.0001], [3, 2]),
        (">=", "3", [3, 4], [2.9999]),
        ("<", "3", [2.9999], [3]),
        ("<=", "3", [3, 0], [3.0001]),
    ],
)
def test_numbers(operator, value: str, inside: list[float], outside: list[float]) -> None:
    field = FIELDS["rating" if value == "none" else "megapixels"]
    span = interval(field, operator, value)
    assert all(span.low <= number < span.high for number in inside)
    assert not any(span.low <= number < span.high for number in outside)


@given(st.sampled_from(sorted(FIELDS)), st.sampled_from([":", "<", ">="]), st.text(max_size=30))
def test_a_value_is_kept_or_refused_with_a_sentence(name: str, operator, value: str) -> None:
    field = FIELDS[name]
    try:
        kept = checked(field, operator if field.compares else ":", value)
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = "."
        assert checked(field, operator if field.compares else ":", kept) == kept
    assert sentence.endswith(".")


def test_a_place_is_read_with_its_signs() -> None:
    found = place("-33.8568,+151.2153,0.5")
    assert (found.latitude, found.longitude, found.radius) == (-33.8568, 151.2153, 0.5)


def test_what_is_quoted_is_short_and_safe() -> None:
    assert quoted("a\x1b[31m\u202e") == "“a\\x1b[31m\\u202e”"
    assert len(quoted("x" * 10_000)) == 42
