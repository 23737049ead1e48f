"""The neighbour graph, built before anybody asks for it: DBSCAN and the linked threshold cut it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import msgspec

from tui_selector.analysis.clustering import ClusterSpace
from tui_selector.library.catalog.clusters import Algorithm, Clustering

_log = logging.getLogger(__name__)

#: What cuts the graph.
_ALGORITHMS: tuple[Algorithm, ...] = ("linked", "dbscan")
_LINKED = Clustering(algorithm="linked")


class _DroppedError(Exception):
    """The graph that is being built is not wanted any more."""


class GraphBuilder:
    """Builds the graph of one space at a time, in a thread that gives way to others.

    Once there is a graph, the suggested thresholds are looked for, too. A space that is given anew
    takes the place of the one before. Methods are for any thread.
    """

    def __init__(self, on_end: Callable[[], None]) -> None:
        """
        Args:
            on_end: Called in the thread when a graph is there or cannot be had.
        """
        self._on_end = on_end
        self._changed = threading.Condition()
        self._space: ClusterSpace | None = None
        self._base = Clustering()
        self._thread: threading.Thread | None = None
        self._failed = False
        self._may_run = False
        self._urgent = False
        self._closed = False

    def want(self, space: ClusterSpace, base: Clustering, *, urgent: bool = False) -> bool:
        """Build the graph of this space and no other; begin unless that is under way.

        Args:
            space: What to build it of.
            base: The parameters for which thresholds are suggested.
            urgent: Whether somebody waits, so that it gives way to nobody.

        Returns:
            Whether it will be there; False where it could not be built.
        """
        with self._changed:
            if self._closed or (space is self._space and self._failed):
                return False
            if space is not self._space:
                self._space, self._base, self._failed = space, base, False
                self._thread = threading.Thread(
                    target=self._run, args=(space,), name="graph", daemon=True
                )
                self._thread.start()
            self._urgent = self._urgent or urgent
            self._changed.notify_all()
        return True

    def allow(self, allowed: bool) -> None:
        """Go on, or wait while the machine is needed for something else."""
        with self._changed:
            self._may_run = allowed
            self._changed.notify_all()

    def close(self) -> None:
        """End; a graph that is not ready is dropped."""
        with self._changed:
            self._closed, self._space = True, None
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def _run(self, space: ClusterSpace) -> None:
        try:
            self._pause(space)
            if space.needs_graph(_LINKED):
                space.build_graph(lambda: self._pause(space))
        except _DroppedError:
            return
        except Exception:
            _log.exception("the neighbour graph cannot be built")
            with self._changed:
                self._failed = self._failed or space is self._space
        with self._changed:
            self._urgent = False
        self._on_end()
        self._suggest(space)

    def _suggest(self, space: ClusterSpace) -> None:
        """Find the thresholds that are suggested first when one of the algorithms is chosen."""
        try:
            for algorithm in _ALGORITHMS:
                self._pause(space)
                if not self._failed:
                    wish = msgspec.structs.replace(
                        self._base, algorithm=algorithm, k=None, threshold=None
                    )
                    space.suggest(wish)
        except _DroppedError:
            return
        except Exception:
            _log.exception("no threshold can be suggested")

    def _pause(self, space: ClusterSpace) -> None:
        """Wait until the thread may go on.

        Raises:
            _DroppedError: It is not to go on.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: space is not self._space or self._may_run or self._urgent
            )
            if space is not self._space:
                raise _DroppedError
