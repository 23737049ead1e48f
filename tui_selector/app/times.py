"""When the photos of a tab were taken: what the timeline shows, without a screen."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence

import msgspec

from tui_selector.app.narrowing import Span
from tui_selector.app.snapshot import Query, read
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.timeline import UNITS, Bar, Event, Unit, bars, events

#: Units whose bars belong to events; those of the others are of all photos.
_FINE: tuple[Unit, ...] = ("hour", "day")

_SECONDS = {"hour": 3600.0, "day": 86_400.0, "month": 32 * 86_400.0, "year": 367 * 86_400.0}


class Times(msgspec.Struct, frozen=True):
    """The photos of a tab that have a capture time, in its order.

    Attributes:
        photos: Their ids.
        clocks: When each was taken, seconds on the clock of the place.
        places: Photo id to its index in both.
        events: What the pauses make of them.
        undated: How many others have no capture time.
    """

    photos: array[int]
    clocks: array[float]
    places: Mapping[int, int]
    events: Sequence[Event]
    undated: int


class Column(msgspec.Struct, frozen=True):
    """A column of the timeline: a bar and what its dates are called; `bar` -1 is a pause."""

    bar: int
    label: str = ""


class Scale(msgspec.Struct, frozen=True):
    """The bars of a timeline.

    Attributes:
        unit: What a bar stands for.
        bars: In the order of time.
        columns: From left to right; a pause parts events, or units of time that have no photo.
    """

    unit: Unit
    bars: Sequence[Bar]
    columns: Sequence[Column]

    def bar_at(self, place: int) -> int:
        """The bar of the photo at a place of `Times`."""
        return bisect_right(self.bars, place, key=lambda bar: bar.first) - 1


def read_times(
    catalog: Catalog, query: Query, listed: array[int] | None = None, *, ranked: bool = False
) -> Times:
    """When the photos were taken that a query finds, whatever span of time it is limited to.

    Args:
        catalog: Of the thread this runs on.
        query: What is shown.
        listed: What a search has found, where the query's tab is a search.
        ranked: Whether it stands in an order of its own.
    """
    whole = msgspec.structs.replace(query, span=None, sort=None)
    ids = read(catalog, whole, with_tabs=False, listed=listed, ranked=ranked).ids
    rows = catalog.listing.clocks(ids)
    dated = [(photo, clock) for photo, clock in rows if clock is not None]
    clocks = array("d", (clock for _, clock in dated))
    photos = array("q", (photo for photo, _ in dated))
    return Times(
        photos,
        clocks,
        {photo: place for place, photo in enumerate(photos)},
        events(clocks),
        len(rows) - len(dated),
    )


def scale(times: Times, unit: Unit) -> Scale:
    """The bars of some times."""
    fine = unit in _FINE
    everything = [Event(0, len(times.clocks), times.clocks[0], times.clocks[-1])]
    found = bars(times.clocks, times.events if fine else everything, unit)
    columns: list[Column] = []
    named = ""
    for number, bar in enumerate(found):
        before = found[number - 1] if number else None
        if before is not None and (
            before.event != bar.event if fine else bar.start - before.start > _SECONDS[unit]
        ):
            columns.append(Column(-1))
        name = _name(bar, unit)
        begins = before is None or before.event != bar.event or name != named
        columns.append(Column(number, name if begins else ""))
        named = name
    return Scale(unit, found, columns)


def fitting(times: Times, width: int) -> Scale:
    """The finest bars that have room in so many columns; years where none have."""
    for unit in UNITS[:-1]:
        # There are at least as many columns as events: units that cannot fit are not tried.
        if unit not in _FINE or 2 * len(times.events) <= width + 1:
            found = scale(times, unit)
            if len(found.columns) <= width:
                return found
    return scale(times, UNITS[-1])


def span_of(times: Times, first: Bar | Event, last: Bar | Event) -> Span:
    """From the first photo of a bar or event to the last photo of another."""
    end = math.nextafter(times.clocks[last.end - 1], math.inf)
    return Span(times.clocks[first.first], end)


def _name(bar: Bar, unit: Unit) -> str:
    from tui_selector.library.timeline import datetime_of

    moment = datetime_of(bar.start)
    if unit in _FINE:
        return f"{moment.day} {moment:%b} {moment.year}"
    return f"{moment.year}"
