"""What the screen of the map shows, read in the thread of the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tui_selector.app import map_colours
from tui_selector.app.map_colours import HUES, ColourBy, Colouring
from tui_selector.app.map_points import MapPoints
from tui_selector.app.snapshot import Query, filtered
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.map_table import MapFacts
from tui_selector.library.catalog.tab_table import TabInfo
from tui_selector.library.map_file import MapHead, PhotoMap, Projection, last_map, read_map


class ShownMap(NamedTuple):
    """A map as it is shown.

    Attributes:
        head: What it is.
        points: The photos that are still there.
        colouring: In the order of the points.
        hidden: How many photos of the map filters keep back.
        filters: These filters; None where none is set.
    """

    head: MapHead
    points: MapPoints
    colouring: Colouring
    hidden: int = 0
    filters: Query | None = None


class Colours(NamedTuple):
    """What photos are coloured by.

    Attributes:
        by: Which of them.
        tabs: The tabs, in order.
        scores: Of the search that was made last, by photo.
        sought: What that searched for, printable.
    """

    by: ColourBy
    tabs: Sequence[TabInfo]
    scores: Mapping[int, float]
    sought: str

    def of(self, catalog: Catalog, facts: MapFacts) -> Colouring:
        """The colour of each photo.

        Raises:
            sqlite3.Error: The catalog cannot be read.
        """
        match self.by:
            case "tab":
                return map_colours.by_tab(facts, self.tabs)
            case "tag":
                return map_colours.by_tag(facts, *catalog.maps.best_tags(len(HUES)))
            case "flag":
                return map_colours.by_flag(facts)
            case "date":
                return map_colours.by_date(facts)
            case "score":
                return map_colours.by_score(facts, self.scores, self.sought)


def read_shown(
    catalog: Catalog,
    colours: Colours,
    file: Path | None,
    method: Projection,
    leaving: Collection[int] = (),
    query: Query | None = None,
) -> ShownMap | None:
    """Read a map and the colours of its photos.

    Args:
        catalog: Knows the photos.
        colours: What they are coloured by.
        file: The map; None for the last one of the method.
        method: How it was made.
        leaving: Photos that are on their way out.
        query: Whose filters decide which photos are shown; None shows all.

    Returns:
        None where there is no such map.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    photo_map = last_map(catalog.paths, method) if file is None else read_map(file)
    if photo_map is None:
        return None
    return shown_of(catalog, colours, photo_map, leaving, query)


def shown_of(
    catalog: Catalog,
    colours: Colours,
    photo_map: PhotoMap,
    leaving: Collection[int] = (),
    query: Query | None = None,
) -> ShownMap:
    """A map with the colours of its photos; arguments as of `read_shown`.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    facts = catalog.maps.facts()
    there = np.isin(photo_map.ids, facts.ids)
    if leaving:
        there &= ~np.isin(photo_map.ids, np.fromiter(leaving, np.int64, len(leaving)))
    whole, hidden = photo_map.places[there], 0
    through = filtered(catalog, query) if query is not None else None
    if through is not None:
        passing = there & np.isin(photo_map.ids, np.frombuffer(through, np.int64))
        hidden = int(there.sum() - passing.sum())
        there = passing
    ids = photo_map.ids[there]
    points = MapPoints(ids, photo_map.places[there], whole)
    colouring = colours.of(catalog, facts.at(np.searchsorted(facts.ids, ids)))
    filters = query.filters if query is not None and query.is_filtered else None
    return ShownMap(photo_map.head, points, colouring, hidden, filters)
