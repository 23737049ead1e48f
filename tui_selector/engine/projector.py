"""The thread that lays out the map of a library, a little at a time, after everything else.

Principal axes are there at once. A layout takes seconds to minutes: it goes on in small steps at
the lowest priority, between which questions are answered. Photos that have come since a layout was
made are placed between those that they look like; when they have become many, all are laid out
anew.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis import projection, projection_umap
from tui_selector.analysis.projection_spacing import spaced
from tui_selector.engine.answering import AnsweringThread, Job, Waiting
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.engine.protocol import AnyAnswer, Failure
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.map_file import (
    SIDE,
    PhotoMap,
    Projection,
    file_name,
    map_of,
    maps_folder,
    read_map,
    write_map,
)
from tui_selector.library.photo import State
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Seconds that a layout goes on before questions are looked at again.
_STEP = 0.05

#: Seconds until it is asked again whether a layout may go on.
_REST = 0.2

#: Below the rest of the engine, which is itself below what is on screen.
_NICENESS = 19

#: The share of photos that may have been placed one by one before all are laid out anew.
_MOST_PLACED = 0.2

#: A map on which more photos than this share are missing is not shown meanwhile.
_MOST_FOLLOWED = 0.5


class _Points(NamedTuple):
    """The photos that can be on a map.

    Attributes:
        space: Of their vectors.
        ids: (n,) the photos.
        rows: (n,) the rows of their vectors.
        points: (n, r) what `projection.reduced` makes of the vectors, which take too much to keep.
    """

    space: str
    ids: NDArray[np.int64]
    rows: NDArray[np.int64]
    points: NDArray[np.float32]


class _Layout(NamedTuple):
    """A layout under way."""

    method: Projection
    points: _Points
    steps: Generator[None, None, NDArray[np.float32]]


class Projector(AnsweringThread[FindMap]):
    """See the head of this module."""

    _replaced = "A newer question for the map took the place of this one."
    _broken = "The map cannot be made; the engine's log says more."

    def __init__(
        self, paths: LibraryPaths, seed: int = 0, may_go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            seed: The same one gives the same map.
            may_go_on: Whether a layout goes on now; asked several times a second.
        """
        super().__init__("projector", paths)
        self._may_go_on = may_go_on
        self._seed = seed
        self._folder = maps_folder(paths)
        self._spaces: Spaces | None = None
        self._failure = ""
        self._points: _Points | None = None
        self._read: tuple[int, Spaces | None] = (-1, None)
        self._layout: _Layout | None = None
        self._stepped_back = False
        #: Why a method cannot be had here, once that is known.
        self._obstacles: dict[Projection, str] = {}

    # -- for any thread ------------------------------------------------------------------------

    def use(self, spaces: Spaces) -> None:
        """Lay out these vectors."""
        with self._changed:
            self._spaces = spaces
            self._ask_again()
            self._changed.notify()

    def fail(self, sentence: str) -> None:
        """There is no model."""
        with self._changed:
            self._failure = sentence
            self._changed.notify()

    # -- the thread ----------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        return bool(self._spaces or self._failure)

    def _other_work(self, catalog: Catalog) -> Job | float | None:
        if self._layout is None:
            return None
        return self._go_on if self._may_go_on() else _REST

    def _answer(self, catalog: Catalog, asked: Waiting[FindMap]) -> AnyAnswer | None:
        start = time.perf_counter()
        with self._changed:
            spaces = self._spaces
        if spaces is None:
            return Failure(sentence=self._failure)
        self._step_back()
        points = self._current(catalog, spaces)
        method, note = self._possible(asked.question.method, len(points.ids))
        try:
            shown = self._best(points, method)
            coming = self._order(points, method, shown)
        except OSError as error:
            return Failure(sentence=f"The map cannot be written ({error}).")
        if coming and asked.question.after == shown.head.version:
            with self._changed:
                self._aside.append(asked)
            return None
        head = shown.head
        return FoundMap(
            file=file_name(head.method, head.space),
            method=head.method,
            version=head.version,
            photos=head.photos,
            placed=head.photos - head.laid_out,
            waiting=catalog.photos.count(State.FOUND),
            coming=coming,
            note=note,
            milliseconds=round(1000 * (time.perf_counter() - start), 3),
        )

    def _step_back(self) -> None:
        """Work on one core and after everything else; not before there is something to do."""
        if self._stepped_back:
            return
        import faiss

        # Both hold for this thread alone.
        faiss.omp_set_num_threads(1)
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        self._stepped_back = True

    def _ask_again(self) -> None:
        """Let those who wait for a layout be answered anew; called under the lock."""
        self._questions += self._aside
        self._aside.clear()

    def _current(self, catalog: Catalog, spaces: Spaces) -> _Points:
        """The photos as they are now; read anew only where somebody has written the catalog."""
        read = catalog.data_version, spaces
        if self._points is None or read != self._read:
            self._points = None
            self._points, self._read = _points(catalog, spaces, self._seed), read
        return self._points

    def _possible(self, method: Projection, photos: int) -> tuple[Projection, str]:
        """The method that is used where another was asked for, and why."""
        if method == "umap" and method not in self._obstacles:
            self._obstacles[method] = projection_umap.obstacle()
        note = self._obstacles.get(method, "")
        if method == "umap" and note:
            method = "pacmap"
        if method == "pacmap" and method in self._obstacles:
            return "pca", self._obstacles[method]
        return ("pca" if photos < projection.FEWEST else method), note

    # -- maps that are there ---------------------------------------------------------------------

    def _best(self, points: _Points, method: Projection) -> PhotoMap:
        """The map of all photos that can be shown at once.

        Raises:
            OSError: It cannot be written.
        """
        for tried in dict.fromkeys((method, "pca")):
            known = read_map(self._folder / file_name(tried, points.space))
            if known is None or known.head.space != points.space:
                continue
            if np.array_equal(known.ids, points.ids) and np.array_equal(known.rows, points.rows):
                return known
            followed = None if tried == "pca" else _followed(known, points)
            if followed is not None:
                write_map(self._folder, followed)
                return followed
        places = projection.fitted(projection.principal(points.points))
        made = map_of("pca", points.space, points.ids, points.rows, places, len(places))
        write_map(self._folder, made)
        return made

    # -- layouts ---------------------------------------------------------------------------------

    def _order(self, points: _Points, method: Projection, shown: PhotoMap) -> bool:
        """Begin a layout where the map that is shown is not good enough; is one under way?"""
        placed = shown.head.photos - shown.head.laid_out
        if shown.head.method == method and placed <= _MOST_PLACED * shown.head.photos:
            return False
        under_way = self._layout
        if under_way is None or (under_way.method, under_way.points.space) != (
            method,
            points.space,
        ):
            if under_way is not None:
                under_way.steps.close()
            self._layout = _Layout(method, points, self._steps(points, method))
        return True

    def _steps(
        self, points: _Points, method: Projection
    ) -> Generator[None, None, NDArray[np.float32]]:
        """Lay out step by step."""
        if method == "umap":
            places = yield from projection_umap.umap(points.points, self._folder, self._seed)
        else:
            places = yield from projection.pacmap(points.points, self._seed)
        return (yield from spaced(places))

    def _go_on(self) -> None:
        """Go on with the layout for a moment; write it down when it is done."""
        layout = self._layout
        assert layout is not None
        until = time.perf_counter() + _STEP
        try:
            while time.perf_counter() < until:
                next(layout.steps)
            return
        except StopIteration as end:
            self._write(layout, end.value)
        except projection_umap.UmapError as error:
            self._obstacles[layout.method] = str(error)
        except Exception:
            _log.exception("the layout failed")
            self._obstacles[layout.method] = self._broken
        self._layout = None
        with self._changed:
            self._ask_again()

    def _write(self, layout: _Layout, places: NDArray[np.float32]) -> None:
        points = layout.points
        made = map_of(
            layout.method,
            points.space,
            points.ids,
            points.rows,
            projection.fitted(places),
            len(points.ids),
        )
        try:
            write_map(self._folder, made)
        except OSError as error:
            self._obstacles[layout.method] = f"The map cannot be written ({error})."


def _points(catalog: Catalog, spaces: Spaces, seed: int) -> _Points:
    """The indexed photos that have a vector, by id."""
    known = catalog.vectors.rows(spaces.pictures)
    _, vectors = catalog.vectors.load(spaces.pictures, spaces.dimensions)
    photos = sorted(
        (photo, row)
        for photo, hash_, _, _ in catalog.photos.indexed()
        if (row := known.get(hash_, len(vectors))) < len(vectors)
    )
    ids, rows = np.array(photos, np.int64).reshape(-1, 2).T
    points = projection.reduced(vectors[rows], seed)
    return _Points(spaces.pictures, ids.copy(), rows.copy(), points)


def _followed(known: PhotoMap, points: _Points) -> PhotoMap | None:
    """A map with the photos that there are now: those it knew stay, new ones are placed.

    None where it knew too few of them.
    """
    order = np.argsort(known.ids, kind="stable")
    ids, rows, places = known.ids[order], known.rows[order], known.places[order]
    found = np.searchsorted(ids, points.ids)
    found[found == len(ids)] = 0
    stays = (ids[found] == points.ids) & (rows[found] == points.rows) if len(ids) else None
    if stays is None or stays.sum() < max(1, len(points.ids) * (1 - _MOST_FOLLOWED)):
        return None
    where = np.zeros((len(points.ids), 2), np.float32)
    where[stays] = places[found[stays]]
    if not stays.all():
        where[~stays] = projection.place(points.points[stays], where[stays], points.points[~stays])
    placed = min(len(ids), known.head.photos - known.head.laid_out) + int((~stays).sum())
    # Those that were placed and have gone are not told apart.
    laid_out = max(0, min(len(points.ids) - int((~stays).sum()), len(points.ids) - placed))
    places = np.asarray(np.clip(np.rint(where), 0, SIDE), np.uint16)
    return map_of(known.head.method, points.space, points.ids, points.rows, places, laid_out)
