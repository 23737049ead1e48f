"""The thread that groups almost equal photos: what clients ask for, and what is kept on tiles.

Photos are read and compared once; other thresholds and other settings cut what is known. When
photos come or go, only the new ones are compared with the rest to find duplicates.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np

from tui_selector.analysis.similar.grouping import Grouping
from tui_selector.analysis.similar.shots import Shots
from tui_selector.engine.answering import PAUSE, AnsweringThread, Job, Waiting
from tui_selector.engine.group_messages import FindGroups, FoundGroups, ThresholdCount
from tui_selector.engine.protocol import AnyAnswer, AnyEvent, CatalogChanged, Failure
from tui_selector.engine.ranked_groups import Ranking
from tui_selector.engine.shots import load_shots
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.groups import GroupKind, GroupWish
from tui_selector.library.photo import State
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Key of the catalog: how the groups are made that are kept.
_KEPT_KEY = "grouping"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How the groups are made that are kept; None where none are."""

    wish: GroupWish | None = None


class Grouper(AnsweringThread[FindGroups]):
    """See the head of this module."""

    _replaced = "A newer question for groups took the place of this one."
    _broken = "Grouping failed; the engine's log says more."

    def __init__(
        self, paths: LibraryPaths, publish: Callable[[AnyEvent], None], on_rest: Callable[[], None]
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            publish: Tells every client.
            on_rest: Called when something has been done.
        """
        super().__init__("grouper", paths)
        self._publish = publish
        self._on_rest = on_rest
        self._spaces: Spaces | None = None
        self._failure = ""
        self._news = True
        self._all_indexed = False
        self._again_at = 0.0
        self._grouping: Grouping | None = None
        self._read: tuple[int, Spaces | None] = (-1, None)
        self._ranking = Ranking()

    # -- for any thread ------------------------------------------------------------------------

    def use(self, spaces: Spaces) -> None:
        """Compare these vectors."""
        with self._changed:
            self._spaces, self._news = spaces, True
            self._changed.notify()

    def fail(self, sentence: str) -> None:
        """There is no model: photos are compared by their fingerprints alone."""
        with self._changed:
            self._failure = sentence
            self._changed.notify()

    def note_photos(self, all_indexed: bool) -> None:
        """Photos have come, changed or gone; are all indexed by now?"""
        with self._changed:
            self._news, self._all_indexed = True, all_indexed
            self._changed.notify()

    # -- the thread ----------------------------------------------------------------------------

    def _rest(self) -> None:
        self._on_rest()

    def _is_ready(self) -> bool:
        return bool(self._spaces or self._failure)

    def _other_work(self, catalog: Catalog) -> Job | float | None:
        if not (self._news and self._all_indexed and self._is_ready()):
            return None
        pause = self._again_at - time.monotonic()
        if pause > 0:
            return pause
        self._news = False
        return partial(self._follow, catalog)

    def _follow(self, catalog: Catalog) -> None:
        """Make the kept groups anew."""
        try:
            kept = catalog.load(_KEPT_KEY, Kept, Kept())
            if kept.wish is not None:
                self._keep(catalog, kept.wish)
        except sqlite3.OperationalError as error:
            _log.warning("the groups cannot be written: %s", error)
            with self._changed:
                self._news, self._again_at = True, time.monotonic() + PAUSE

    def _answer(self, catalog: Catalog, asked: Waiting[FindGroups]) -> AnyAnswer:
        question = asked.question
        if trouble := question.wish.validate():
            return Failure(sentence=trouble)
        start = time.perf_counter()
        grouping = self._current(catalog, question.wish)
        if question.photos is not None:
            rows = np.flatnonzero(np.isin(grouping.shots.ids, np.array(question.photos, np.int64)))
            grouping = Grouping(grouping.shots.part(rows), question.wish.gap)
        setting = question.wish.setting
        counts = grouping.counts(setting) if question.counts else []
        found = self._ranking.ranked(
            catalog, grouping.shots, grouping.groups(question.wish), question.wish
        )
        if question.keep:
            catalog.store(_KEPT_KEY, Kept(wish=question.wish))
            self._keep(catalog, question.wish)
        waiting = catalog.photos.count(State.FOUND)
        return FoundGroups(
            wish=msgspec.structs.replace(question.wish, threshold=question.wish.value),
            groups=found,
            counts=[ThresholdCount(*each) for each in counts],
            photos=len(grouping.shots),
            waiting=waiting,
            note=self._note(grouping.shots),
            milliseconds=round(1000 * (time.perf_counter() - start), 3),
        )

    def _note(self, shots: Shots) -> str:
        if self._spaces is None:
            return f"{self._failure} Photos are compared by their fingerprints alone."
        unknown = int(shots.prints.unknown.sum())
        if unknown:
            photos = "1 photo is" if unknown == 1 else f"{unknown:,} photos are"
            copies = "its copies are" if unknown == 1 else "their copies are"
            return f"{photos} not measured yet; only {copies} found."
        return ""

    def _keep(self, catalog: Catalog, wish: GroupWish) -> None:
        """Write the groups of the whole library where they differ from what is kept.

        Raises:
            sqlite3.Error: The catalog cannot be written.
        """
        grouping = self._current(catalog, wish)
        groups = self._ranking.ranked(catalog, grouping.shots, grouping.groups(wish), wish)
        places: dict[int, tuple[str, GroupKind, int]] = {
            photo: (group.key, group.kind, place)
            for group in groups
            for place, photo in enumerate(group.photos)
        }
        with catalog.transaction():
            changed = catalog.groups.replace(places)
        if changed:
            self._publish(CatalogChanged(groups=True))

    def _current(self, catalog: Catalog, wish: GroupWish) -> Grouping:
        """The photos as they are now; read anew only where somebody has written the catalog."""
        read = catalog.data_version, self._spaces
        known = self._grouping
        if known is None or read != self._read:
            self._ranking.forget()
            shots = load_shots(catalog, self._spaces)
            if known is None or not known.shots.is_same(shots):
                known = Grouping(shots, wish.gap, known)
        if known.gap != wish.gap:
            known = Grouping(known.shots, wish.gap, known)
        self._grouping, self._read = known, read
        return known
