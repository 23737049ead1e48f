"""Which photos are nearest to the border of their tab: the tabs as they are, pins included."""

from __future__ import annotations

import numpy as np

from tui_selector.analysis.doubts import doubts
from tui_selector.engine.doubt_messages import Doubtful
from tui_selector.engine.tabs import Album
from tui_selector.library.catalog.catalog import Catalog


def doubtful(catalog: Catalog, album: Album, limit: int) -> Doubtful:
    """Measure all photos against the centres of the tabs.

    Args:
        catalog: Knows which photo is in which tab.
        album: The photos that have a vector.
        limit: At most so many photos are told.
    """
    home, pins = catalog.tabs.of(album.ids), catalog.tabs.pins()
    tabs = sorted({tab for tab in home.values() if tab > 0})
    numbers = {tab: number for number, tab in enumerate(tabs)}
    labels = np.array([numbers.get(home.get(id_, 0), -1) for id_ in album.ids], np.int64)
    certain = sum(id_ in pins for id_ in album.ids)
    if len(tabs) < 2:
        note = "There are no two tabs that a photo could be between."
        return Doubtful(photos=[], doubts=[], others=[], certain=certain, note=note)
    found = doubts(album.space.vectors, labels, len(tabs))
    order = np.argsort(-found.doubt, kind="stable")
    rows = [row for row in order.tolist() if album.ids[row] not in pins][:limit]
    return Doubtful(
        photos=[album.ids[row] for row in rows],
        doubts=[round(float(found.doubt[row]), 4) for row in rows],
        others=[tabs[int(found.other[row])] for row in rows],
        certain=certain,
    )
