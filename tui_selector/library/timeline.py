"""Photos in time: how many in each hour, day or month, and the events that pauses make of them.

Times are seconds on the clock of the place, as if it showed UTC (`ListingTable.clocks`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby, pairwise
from typing import Literal

import msgspec

Unit = Literal["hour", "day", "month", "year"]

#: The units of a bar, the finest first.
UNITS: tuple[Unit, ...] = ("hour", "day", "month", "year")

_SECONDS = {"hour": 3600.0, "day": 86_400.0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: How many times as long as the pauses around it a pause is that parts two events, and how many
#: pauses on each side are looked at (Platt, Czerwinski and Field, "PhotoTOC", 2003).
_TIMES, _SIDE = 17, 10
#: Shorter pauses count as so long, seconds: frames of a burst make no event of the next minute.
_SHORTEST = 60.0
#: Pauses that are assumed before the first and after the last photo, seconds.
_ASSUMED = 600.0
#: A pause of so many seconds always parts two events.
_LONGEST = 30 * 86_400.0


class Event(msgspec.Struct, frozen=True):
    """Photos that were taken without a long pause.

    Attributes:
        first: Index of the first of them among all that are dated.
        end: Index after the last.
        start: When the first was taken.
        last: When the last was taken.
    """

    first: int
    end: int
    start: float
    last: float

    def __len__(self) -> int:
        return self.end - self.first


class Bar(msgspec.Struct, frozen=True):
    """The photos of one hour, day, month or year of an event.

    Attributes:
        first: Index of the first of them among all that are dated.
        end: Index after the last.
        event: Which event they belong to.
        start: When the unit of time begins.
    """

    first: int
    end: int
    event: int
    start: float

    def __len__(self) -> int:
        return self.end - self.first


def events(clocks: Sequence[float]) -> list[Event]:
    """Part photos where nothing was taken for long, compared with the pauses around.

    The logarithm of a pause is held against the mean of those of the pauses around it, as PhotoTOC
    does; a wedding is parted by other pauses than a year of walks. Unlike there pauses under a
    minute count as a minute, a month without photos always parts, and beyond the ends pauses of ten
    minutes are assumed, so that few photos have events, too.

    Args:
        clocks: When each photo was taken, in seconds, ascending.
    """
    if not clocks:
        return []
    pauses = [after - before for before, after in pairwise(clocks)]
    logs = [math.log(max(pause, _SHORTEST)) for pause in pauses]
    padding = [math.log(_ASSUMED)] * _SIDE
    sums = list(accumulate([*padding, *logs, *padding], initial=0.0))
    window = 2 * _SIDE + 1
    least = math.log(_TIMES)
    starts = [0]
    for place, (pause, log) in enumerate(zip(pauses, logs, strict=True)):
        mean = (sums[place + window] - sums[place]) / window
        if pause >= _LONGEST or log >= least + mean:
            starts.append(place + 1)
    ends = [*starts[1:], len(clocks)]
    return [
        Event(first, end, clocks[first], clocks[end - 1])
        for first, end in zip(starts, ends, strict=True)
    ]


def bars(clocks: Sequence[float], among: Sequence[Event], unit: Unit) -> list[Bar]:
    """How many photos there are in each unit of time that has some, event by event.

    Args:
        clocks: When each photo was taken, in seconds, ascending.
        among: Their events.
        unit: What a bar stands for.
    """
    if unit not in _SECONDS:
        # Few days are told by the calendar, not each of many photos.
        groups = groupby(
            bars(clocks, among, "day"), lambda day: (day.event, begin(day.start, unit))
        )
        return [
            Bar((parts := list(days))[0].first, parts[-1].end, event, start)
            for (event, start), days in groups
        ]
    found: list[Bar] = []
    seconds = _SECONDS[unit]
    for number, event in enumerate(among):
        first = event.first
        for start, times in groupby(
            clocks[event.first : event.end], lambda clock: clock // seconds
        ):
            end = first + len(list(times))
            found.append(Bar(first, end, number, start * seconds))
            first = end
    return found


def begin(clock: float, unit: Unit) -> float:
    """When the hour, day, month or year of a moment begins."""
    if unit in _SECONDS:
        return clock // _SECONDS[unit] * _SECONDS[unit]
    moment = datetime_of(clock)
    month = moment.month if unit == "month" else 1
    return (datetime(moment.year, month, 1, tzinfo=UTC) - _EPOCH).total_seconds()


def datetime_of(clock: float) -> datetime:
    """A moment as a date and a time; beyond the years 1 to 9999 the first or the last of them."""
    try:
        return _EPOCH + timedelta(seconds=clock)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if clock > 0 else datetime.min.replace(tzinfo=UTC)


def words(start: float, last: float) -> str:
    """A span of time in a few words: "Sat 12 Jul 2025, 10:05 to 18:30"."""
    first, end = datetime_of(start), datetime_of(last)
    if first.date() != end.date():
        return f"{_day(first)} to {_day(end)}"
    times = (
        f"{first:%H:%M}"
        if (first.hour, first.minute) == (end.hour, end.minute)
        else (f"{first:%H:%M} to {end:%H:%M}")
    )
    return f"{_day(first)}, {times}"


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b} {moment.year}"
