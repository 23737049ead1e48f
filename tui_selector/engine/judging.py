"""Which of some photos is the best, told to a client that asks about these alone."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence

from tui_selector.analysis.quality.judge import judge
from tui_selector.engine.group_messages import Judged
from tui_selector.engine.protocol import Failure
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.quality import Quality
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Stands for a photo that was not measured.
_UNMEASURED = Quality(width=1, height=1, side=0)


def judged(library: LibraryPaths, photos: Sequence[int]) -> Judged | Failure:
    """Compare these photos with each other by what was measured of them."""
    try:
        with Catalog.open(library) as catalog:
            measured = catalog.qualities.of(list(photos))
    except (CatalogError, sqlite3.Error) as error:
        _log.warning("what was measured cannot be read: %s", error)
        return Failure(sentence=f"What was measured of the photos cannot be read: {error}")
    judgement = judge([measured.get(photo, _UNMEASURED) for photo in photos])
    return Judged(
        order=[photos[place] for place in judgement.order],
        reasons=["; ".join(each) for each in judgement.reasons],
        confidence=judgement.confidence,
    )
