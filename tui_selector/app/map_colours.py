"""What the photos of a map are coloured by, and which colour means what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_selector.library.catalog.map_table import MapFacts
from tui_selector.library.catalog.tab_table import TabInfo
from tui_selector.library.display import printable

ColourBy = Literal["tab", "tag", "flag", "date", "score"]
"""The photo's tab, the tag of the most frequent ones that fits it best, whether it is picked or
rejected, when it was taken, or its score in the search that was made last."""

COLOURINGS: tuple[ColourBy, ...] = get_args(ColourBy)

TITLES: dict[ColourBy, str] = {
    "tab": "By tab",
    "tag": "By tag",
    "flag": "By flag",
    "date": "By date",
    "score": "By search score",
}
"""What the legend is headed by."""

Rgb = tuple[int, int, int]

#: Colours that are told apart on dark grey, also where red and green look alike; then the rest.
HUES: tuple[Rgb, ...] = (
    (94, 169, 238),
    (240, 168, 72),
    (116, 205, 133),
    (232, 112, 144),
    (181, 142, 236),
    (240, 220, 96),
    (84, 206, 202),
    (226, 128, 88),
    (150, 190, 90),
    (214, 136, 210),
    (128, 150, 220),
    (198, 168, 128),
)

#: What belongs to no colour.
GREY: Rgb = (122, 122, 122)

_FLAGS: tuple[tuple[str, Rgb], ...] = (
    ("undecided", (130, 140, 155)),
    ("picked", (116, 205, 133)),
    ("rejected", (232, 92, 92)),
)

#: Stops of a scale from early or low to late or high, the brighter the higher.
_SCALE: tuple[Rgb, ...] = (
    (84, 72, 170),
    (58, 120, 196),
    (40, 164, 170),
    (82, 200, 128),
    (190, 220, 80),
    (252, 226, 76),
)

_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)

#: Share of a colour that is left of photos that are not marked while others are.
_FADED = 0.34

State = Literal["plain", "faded", "marked"]
"""How a photo is drawn: as it is; back behind others that are marked; marked."""

States = tuple[State, ...]

#: Parts of a scale, and how many of its colours the legend names.
_PARTS = 12


class Ink(NamedTuple):
    """Colours that a map is drawn with beside those of photos.

    Attributes:
        ground: Behind everything.
        accent: Marked photos and the line that is drawn.
        words: Texts, and the crosshair at rest.
        dark: Whether the ground is dark.
    """

    ground: Rgb
    accent: Rgb
    words: Rgb
    dark: bool


class LegendEntry(msgspec.Struct, frozen=True):
    """A colour: what it means, in printable words, and how many photos have it."""

    name: str
    colour: Rgb
    count: int


class Colouring(msgspec.Struct, frozen=True):
    """A colour for each photo.

    Attributes:
        kinds: (n,) int16: the number of each photo's entry.
        legend: The entries.
        peak: Whether the highest entry of photos that lie together is shown, not the most frequent.
        note: One sentence where there is nothing to colour by; "" otherwise.
    """

    kinds: NDArray[np.int16]
    legend: tuple[LegendEntry, ...]
    peak: bool = False
    note: str = ""


def by_tab(facts: MapFacts, tabs: Sequence[TabInfo]) -> Colouring:
    """By tab, in the order of the tabs; those after the last hue share a grey."""
    names = {tab.id: printable(tab.name) for tab in tabs if tab.id > 0}
    places = {tab: place for place, tab in enumerate(list(names)[: len(HUES)])}
    rest = len(places)
    there, row = np.unique(facts.tabs, return_inverse=True)
    kinds = np.array([places.get(tab, rest) for tab in there.tolist()], np.int16)[row]
    called = [*(names[tab] for tab in places)]
    other = "Singles" if len(names) <= len(HUES) else "other tabs"
    return Colouring(kinds, _legend(kinds, [*zip(called, HUES, strict=False), (other, GREY)]))


def by_tag(facts: MapFacts, tags: Sequence[str], best: NDArray[np.int64]) -> Colouring:
    """By the tag that fits a photo best.

    Args:
        facts: Of the photos.
        tags: Those that count.
        best: (m, 2), photo id and number of its tag, by id.
    """
    kinds = np.full(len(facts.ids), len(tags), np.int16)
    row = np.searchsorted(best[:, 0], facts.ids)
    row[row == len(best)] = 0
    if len(best):
        has_tag = best[row, 0] == facts.ids
        kinds[has_tag] = best[row, 1][has_tag]
    called = [*zip(map(printable, tags), HUES, strict=False), ("none of these", GREY)]
    note = "" if tags else "No photo has a tag yet."
    return Colouring(kinds, _legend(kinds, called), note=note)


def by_flag(facts: MapFacts) -> Colouring:
    """By what was decided; decided ones are seen among many that are not."""
    kinds = (facts.flags % 3).astype(np.int16)
    return Colouring(kinds, _legend(kinds, _FLAGS), peak=True)


def by_date(facts: MapFacts) -> Colouring:
    """By when photos were taken: as many photos in each part of the scale."""
    taken = facts.taken
    known = np.flatnonzero(~np.isnan(taken))
    kinds = np.zeros(len(taken), np.int16)
    if not len(known):
        return Colouring(
            kinds,
            _legend(kinds, [("no date", GREY)]),
            note="No photo says when it was taken.",
        )
    parts = min(_PARTS, len(np.unique(taken[known])))
    # Photos of one moment have one colour.
    ranks = np.searchsorted(np.sort(taken[known]), taken[known])
    kinds[known] = 1 + np.minimum(ranks * parts // len(known), parts - 1)
    called: list[tuple[str, Rgb]] = [("no date", GREY)]
    for part in range(parts):
        first = taken[known][kinds[known] == part + 1]
        called.append((_day(float(first.min())) if len(first) else "", scale(part, parts)))
    return Colouring(kinds, _legend(kinds, called))


def by_score(facts: MapFacts, scores: Mapping[int, float], sought: str) -> Colouring:
    """By the score in a search: the best are seen among many."""
    values = np.array([scores.get(photo, 0.0) for photo in facts.ids.tolist()], np.float64)
    parts = 6
    kinds = np.where(values > 0, 1 + np.minimum(values * parts, parts - 1), 0).astype(np.int16)
    called: list[tuple[str, Rgb]] = [("not found", GREY)]
    called += [
        (f"{100 * part // parts} to {100 * (part + 1) // parts} %", scale(part, parts))
        for part in range(parts)
    ]
    note = "" if scores else "Nothing was searched for: / in the grid, then come back."
    if scores and sought:
        called[0] = (f"not found by: {printable(sought)}", GREY)
    return Colouring(kinds, _legend(kinds, called), peak=True, note=note)


def scale(part: int, parts: int) -> Rgb:
    """The colour of a part of the scale, from 0."""
    at = part / max(1, parts - 1) * (len(_SCALE) - 1)
    low = min(int(at), len(_SCALE) - 2)
    return mixed(_SCALE[low], _SCALE[low + 1], at - low)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """A colour between two: all of the first at 0, all of the other at 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def shades(legend: Sequence[LegendEntry], ink: Ink, levels: int, states: States) -> list[Rgb]:
    """The colours of photos, entry by entry, for each level of brightness one for each state.

    Args:
        legend: The entries.
        ink: What they are drawn upon.
        levels: How many there are; a photo that is not among many has the last but one.
        states: Which there are.
    """
    far = _WHITE if ink.dark else _BLACK
    found: list[Rgb] = []
    for entry in legend:
        own = entry.colour if ink.dark else mixed(entry.colour, _BLACK, 0.35)
        for level in range(levels):
            if 0 < level == levels - 1:
                shade = mixed(own, far, 0.25)
            else:
                dark = max(0, levels - 2 - level) / max(1, levels - 2)
                shade = mixed(own, ink.ground, 0.5 * dark)
            drawn: dict[State, Rgb] = {
                "plain": shade,
                "faded": mixed(ink.ground, shade, _FADED),
                "marked": mixed(own, far, 0.55),
            }
            found += [drawn[state] for state in states]
    return found


def _legend(kinds: NDArray[np.int16], called: Sequence[tuple[str, Rgb]]) -> tuple[LegendEntry, ...]:
    counts = np.bincount(kinds, minlength=len(called)).tolist()
    return tuple(
        LegendEntry(name, colour, count)
        for (name, colour), count in zip(called, counts, strict=True)
    )


def _day(seconds: float) -> str:
    try:
        return f"from {datetime.fromtimestamp(seconds, UTC):%d %b %Y}"
    except (OverflowError, OSError, ValueError):
        return "from an impossible date"
