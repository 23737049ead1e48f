"""Events: pauses part them, whatever the pace; bars count what is in them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library import timeline
from tui_selector.library.timeline import UNITS, Unit, bars, begin, events

HOUR, DAY = 3600.0, 86_400.0
moments = st.lists(
    st.floats(-5e9, 5e9) | st.floats(1.7e9, 1.7e9 + 30 * DAY) | st.floats(1.7e9, 1.7e9 + HOUR),
    max_size=80,
).map(lambda clocks: sorted(round(clock, 3) for clock in clocks))


@given(moments)
def test_every_photo_is_in_one_event_and_in_its_order(clocks: list[float]) -> None:
    found = events(clocks)
    assert [index for event in found for index in range(event.first, event.end)] == list(
        range(len(clocks))
    )
    for event in found:
        assert event.start == clocks[event.first]
        assert event.last == clocks[event.end - 1]


@given(moments)
def test_a_month_always_parts_and_a_quarter_of_an_hour_never_does(clocks: list[float]) -> None:
    starts = {event.first for event in events(clocks)}
    for place, (before, after) in enumerate(pairwise(clocks), 1):
        if after - before >= 30 * DAY:
            assert place in starts
        if after - before < HOUR / 4:
            assert place not in starts


@given(moments, st.integers(-1000, 1000))
def test_only_the_pauses_count(clocks: list[float], days: int) -> None:
    whole = [round(clock) for clock in clocks]
    later = [clock + days * DAY for clock in whole]
    assert [event.first for event in events(whole)] == [event.first for event in events(later)]


@given(moments, st.sampled_from(UNITS))
def test_bars_count_every_photo_once_and_lie_in_their_event(
    clocks: list[float], unit: Unit
) -> None:
    found = events(clocks)
    drawn = bars(clocks, found, unit)
    assert [index for bar in drawn for index in range(bar.first, bar.end)] == list(
        range(len(clocks))
    )
    for bar in drawn:
        event = found[bar.event]
        assert event.first <= bar.first < bar.end <= event.end
        assert {begin(clock, unit) for clock in clocks[bar.first : bar.end]} == {bar.start}


def test_the_nights_of_a_journey_part_its_days() -> None:
    days = [day * DAY + 9 * HOUR + 300 * n for day in range(4) for n in range(80)]
    assert [len(event) for event in events(days)] == [80] * 4


def test_a_photo_a_day_for_weeks_is_one_event() -> None:
    assert len(events([day * DAY for day in range(60)])[1:-1]) <= 4
    assert max(map(len, events([day * DAY for day in range(60)]))) > 30


def test_two_photos_of_different_days_are_two_events_and_none_is_none() -> None:
    assert [len(event) for event in events([0.0, DAY])] == [1, 1]
    assert [len(event) for event in events([0.0, HOUR])] == [2]
    assert events([]) == []


def test_a_span_is_told_in_words() -> None:
    noon = 1_752_321_900.0  # 2025-07-12 12:05
    assert timeline.words(noon, noon) == "Sat 12 Jul 2025, 12:05"
    assert timeline.words(noon, noon + HOUR) == "Sat 12 Jul 2025, 12:05 to 13:05"
    assert timeline.words(noon, noon + DAY) == "Sat 12 Jul 2025 to Sun 13 Jul 2025"
    assert "9999" in timeline.words(noon, 1e18)
