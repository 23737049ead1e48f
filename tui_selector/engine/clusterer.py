"""The thread that clusters: what clients ask for, newest wish first, and what new photos call for.

The first tabs come while the first photos are still being indexed, and are made again as their
number grows. After that new photos slide into the tabs that are there, until the library has
doubled.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from tui_selector.analysis.clustering import Grouping
from tui_selector.engine.answering import PAUSE, AnsweringThread, Job, Waiting
from tui_selector.engine.doubt_messages import AskDoubts
from tui_selector.engine.doubting import doubtful
from tui_selector.engine.graphs import GraphBuilder
from tui_selector.engine.made import (
    WISH_KEY,
    Made,
    is_due,
    load_made,
    load_wish,
    make_tabs,
    remake_tabs,
)
from tui_selector.engine.map_space import MapSpace
from tui_selector.engine.protocol import (
    AnyAnswer,
    AnyEvent,
    CatalogChanged,
    Clustered,
    Divide,
    Failure,
    Group,
    Notice,
    Recluster,
    Suggest,
)
from tui_selector.engine.store import Spaces
from tui_selector.engine.swap import Serving
from tui_selector.engine.tabs import Album, load_album, merged_tabs, read_tabs, tell
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import State
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Seconds between two times that new photos slide into tabs.
_SLIDING = 1.0

AnyWish = Recluster | Group | Suggest | Divide | AskDoubts

#: Another model's vectors, its record, and what is told whether it serves now.
_Succession: TypeAlias = tuple[Spaces, Serving, Callable[[bool], None]]


class Clusterer(AnsweringThread[AnyWish]):
    """See the head of this module.

    Attributes:
        clustering: What the tabs were made by.
    """

    _replaced = "A newer wish took the place of this one."
    _broken = "Clustering failed; the engine's log says more."

    def __init__(
        self, paths: LibraryPaths, publish: Callable[[AnyEvent], None], on_rest: Callable[[], None]
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            publish: Tells every client.
            on_rest: Called when there is nothing to do any more.
        """
        super().__init__("clusterer", paths)
        self.clustering = Clustering()
        self._publish = publish
        self._on_rest = on_rest
        self._news = False
        self._all_indexed = False
        self._failure = ""
        self._spaces: Spaces | None = None
        self._succession: _Succession | None = None
        self._album: Album | None = None
        self._album_version = 0
        self._map = MapSpace(paths)
        self._graphs = GraphBuilder(on_end=self._graph_ended)
        self._resting = False
        self._grouping: tuple[Grouping, list[int]] | None = None
        self._slide_at = self._disk_at = 0.0

    # -- for any thread ------------------------------------------------------------------------

    def close(self) -> None:
        """End after what is being computed."""
        super().close()
        self._graphs.close()

    @property
    def busy(self) -> bool:
        """Whether anything is being clustered or waits to be.

        A graph that is built for nobody but the next wish does not count.
        """
        with self._changed:
            news = self._news and self._spaces
            waiting = self._questions or self._aside
            return bool(self._working or waiting or news or self._succession)

    def use(self, spaces: Spaces) -> None:
        """Cluster these vectors."""
        with self._changed:
            self._spaces = spaces
            self._changed.notify()

    def succeed(self, spaces: Spaces, serving: Serving, then: Callable[[bool], None]) -> None:
        """Let another model serve: make all tabs of its vectors, in one step.

        Args:
            spaces: Of its vectors, of which no photo lacks one.
            serving: What is kept of it in the catalog.
            then: Called by the thread, with whether the model serves now.
        """
        with self._changed:
            self._succession = spaces, serving, then
            self._changed.notify()

    def fail(self, sentence: str) -> None:
        """There is no model: say so to everyone who asks."""
        with self._changed:
            self._failure = sentence
            self._changed.notify()

    def note_photos(self, all_indexed: bool) -> None:
        """Photos have come, changed or gone; are all indexed by now?"""
        with self._changed:
            self._news = True
            self._all_indexed = all_indexed
            self._changed.notify()
            self._graphs.allow(all_indexed and not self._resting)

    def make_way(self, *, resting: bool) -> None:
        """Rest from what nobody waits for, or go on with it."""
        with self._changed:
            self._resting = resting
            self._graphs.allow(self._all_indexed and not resting)

    def _graph_ended(self) -> None:
        """Go on with the wishes that have waited for the graph; they are the oldest."""
        with self._changed:
            self._questions[:0] = self._aside
            self._aside.clear()
            self._changed.notify()

    # -- the thread ----------------------------------------------------------------------------

    def _begin(self, catalog: Catalog) -> None:
        made = load_made(catalog)
        self.clustering = made.used if made.photos else load_wish(catalog)

    def _rest(self) -> None:
        self._on_rest()

    def _is_ready(self) -> bool:
        return bool(self._spaces or self._failure)

    def _other_work(self, catalog: Catalog) -> Job | float | None:
        if self._succession is not None:
            succession, self._succession = self._succession, None
            return partial(self._work, catalog, partial(self._succeed, catalog, succession))
        due = self._disk_at if self._all_indexed else max(self._disk_at, self._slide_at)
        pause = max(0.0, due - time.monotonic()) if self._news and self._spaces else None
        if pause == 0.0 and self._spaces:
            self._news = False
            follow = partial(self._follow, catalog, self._spaces, self._all_indexed)
            return partial(self._work, catalog, follow)
        if self._album is not None:
            self._graphs.want(self._album.space, self.clustering)
        return pause

    def _work(self, catalog: Catalog, job: Job) -> None:
        try:
            job()
        except sqlite3.OperationalError as error:
            _log.warning("the tabs cannot be written: %s", error)
            self._retry()
        except Exception as error:
            _log.exception("clustering failed")
            catalog.suspect(error)
            self._publish(
                Notice(
                    sentence="Making the tabs failed; the engine's log says more.",
                    severity="error",
                )
            )

    def _retry(self) -> None:
        with self._changed:
            self._news = True
            self._disk_at = time.monotonic() + PAUSE

    # -- new photos ----------------------------------------------------------------------------

    def _follow(self, catalog: Catalog, spaces: Spaces, all_indexed: bool) -> None:
        """Make the tabs, or let new photos slide into them."""
        began = time.monotonic()
        made = load_made(catalog)
        count = catalog.photos.count(State.INDEXED)
        if not count:
            return
        if is_due(made, spaces, count, all_indexed=all_indexed):
            self._cluster(catalog, spaces, load_wish(catalog), complete=all_indexed)
        elif made.photos and made.space == spaces.pictures:
            self._slide(catalog, spaces, made)
        took = time.monotonic() - began
        self._slide_at = time.monotonic() + max(_SLIDING, 4 * took)

    def _slide(self, catalog: Catalog, spaces: Spaces, made: Made) -> None:
        """Put photos that are in no tab into the tab of the nearest cluster, or into Singles."""
        unsorted = catalog.tabs.unsorted()
        vectors = catalog.vectors.get(
            spaces.pictures, [hash_ for _, hash_ in unsorted], spaces.dimensions
        )
        photos = [(photo, vectors[hash_]) for photo, hash_ in unsorted if hash_ in vectors]
        if not photos:
            return
        there = catalog.tabs.positions()
        if self._grouping is None or not there.keys() >= {tab for tab in self._grouping[1] if tab}:
            self._grouping = read_tabs(catalog, self._current(catalog, spaces), made.used)
        grouping, tabs = self._grouping
        pins = catalog.tabs.pins()
        merged = merged_tabs(catalog.tabs.clusters(), pins) if pins else {}
        labels = grouping.assign([vector for _, vector in photos]).tolist()
        homes = {
            photo: merged.get(tabs[label], tabs[label]) if label >= 0 else int(View.SINGLES)
            for (photo, _), label in zip(photos, labels, strict=True)
        }
        with catalog.transaction():
            catalog.tabs.assign(homes, fresh=made.complete)
        few = list(homes) if len(homes) <= 256 else []
        self._publish(CatalogChanged(photos=few, many=not few, tabs=True))

    def _cluster(
        self, catalog: Catalog, spaces: Spaces, wish: Clustering, *, complete: bool
    ) -> tuple[Grouping, list[int]]:
        """Cluster everything and rewrite the tabs."""
        album = self._current(catalog, spaces)
        grouping = self._map.cluster(album, spaces.pictures, wish)
        made = make_tabs(catalog, album, spaces, grouping, complete=complete)
        self._grouping = made.grouping, made.tabs
        self.clustering = made.grouping.used
        self._publish(CatalogChanged(tabs=True))
        return self._grouping

    def _succeed(self, catalog: Catalog, succession: _Succession) -> None:
        """Make all tabs of another model's vectors, and go on with these."""
        spaces, serving, then = succession
        took_over = False
        try:
            version = catalog.data_version
            made = remake_tabs(catalog, spaces, serving)
            took_over = True
            self._spaces, self._album, self._grouping = spaces, None, None
            if made is not None:
                self._album, self._album_version = made.album, version
                self._grouping = made.grouping, made.tabs
                self.clustering = made.grouping.used
        finally:
            then(took_over)
        self._publish(CatalogChanged(many=True, tabs=True))

    def _current(self, catalog: Catalog, spaces: Spaces) -> Album:
        """The photos as they are now; read anew only where somebody has written the catalog."""
        version = catalog.data_version
        if self._album is None or version != self._album_version:
            self._album = load_album(catalog, spaces, self._album)
            self._album_version = version
        return self._album

    # -- wishes --------------------------------------------------------------------------------

    def _answer(self, catalog: Catalog, asked: Waiting[AnyWish]) -> AnyAnswer | None:
        wish = asked.question
        try:
            if self._spaces is None:
                return Failure(sentence=self._failure)
            if isinstance(wish, AskDoubts):
                return doubtful(catalog, self._current(catalog, self._spaces), wish.limit)
            if self._waits_for_graph(self._current(catalog, self._spaces), asked):
                return None
            if isinstance(wish, Recluster):
                return self._recluster(catalog, self._spaces, wish.clustering)
            model = self._spaces.pictures
            return tell(
                self._current(catalog, self._spaces),
                wish,
                load_wish(catalog),
                lambda album, how: self._map.cluster(album, model, how),
                lambda album, how: self._map.suggest(album, model, how),
            )
        except ValueError as error:
            return Failure(sentence=str(error))
        except sqlite3.OperationalError as error:
            return Failure(sentence=f"The tabs cannot be written ({error}); is the disk full?")

    def _waits_for_graph(self, album: Album, asked: Waiting[AnyWish]) -> bool:
        """Put a wish aside that needs the neighbour graph while that is built."""
        wish = asked.question
        if isinstance(wish, Divide | AskDoubts):
            return False
        if isinstance(wish, Suggest):
            params = Clustering(algorithm=wish.algorithm, space=wish.space)
        else:
            params = wish.clustering
        if params.space == "map":
            return False  # the map makes its own
        if params.validate(len(album.ids)) or not album.space.needs_graph(params):
            return False
        with self._changed:
            # Under the lock, so that a graph that is just ready finds the wish.
            waits = self._graphs.want(album.space, self.clustering, urgent=True)
            waits = waits and album.space.needs_graph(params)
            if waits:
                self._aside.append(asked)
        return waits

    def _recluster(self, catalog: Catalog, spaces: Spaces, wish: Clustering) -> AnyAnswer:
        made = load_made(catalog)
        complete = made.complete or self._all_indexed
        grouping, _ = self._cluster(catalog, spaces, wish, complete=complete)
        catalog.store(WISH_KEY, wish)
        return Clustered(
            clustering=grouping.used,
            tabs=grouping.count,
            singles=int((grouping.labels < 0).sum()),
            note=grouping.note or "",
        )
