"""Learning from the owner's choices between two photos what he would prefer among others."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence

import numpy as np

from tui_selector.analysis.preference import learn, signals
from tui_selector.engine.group_messages import Taste
from tui_selector.engine.protocol import Failure
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)


def taste(library: LibraryPaths, photos: Sequence[int]) -> Taste | Failure:
    """Learn from all choices, and say how much each of these photos would be preferred."""
    try:
        with Catalog.open(library) as catalog:
            votes = catalog.votes.all()
            wanted = list(photos) if votes else []
            voted = {photo for vote in votes for photo in (vote.winner, vote.loser)}
            known = catalog.qualities.of(list(voted.union(wanted)))
    except (CatalogError, sqlite3.Error) as error:
        _log.warning("choices cannot be read: %s", error)
        return Failure(sentence=f"Your choices between photos cannot be read: {error}")
    votes = [vote for vote in votes if vote.winner in known and vote.loser in known]
    learnt = learn(
        signals([known[vote.winner] for vote in votes]),
        signals([known[vote.loser] for vote in votes]),
        np.array(_groups(votes), np.int64),
    )
    if learnt is None:
        return Taste(choices=len(votes))
    scores = learnt.scores(signals([known.get(photo) for photo in wanted]))
    return Taste(
        choices=learnt.choices,
        agreement=learnt.agreement,
        scores=scores.tolist() if learnt.trusted else [],
    )


def _groups(votes: Sequence[Vote]) -> list[int]:
    """For each choice the group it is of: photos that choices connect are one group."""
    parents: dict[int, int] = {}

    def root(photo: int) -> int:
        while (parent := parents.setdefault(photo, photo)) != photo:
            parents[photo] = parents[parent]
            photo = parents[photo]
        return photo

    for vote in votes:
        parents[root(vote.winner)] = root(vote.loser)
    return [root(vote.winner) for vote in votes]
