"""The photos and vectors that are searched, as the catalog has them, and the indexes over them.

Indexes only grow: a photo that is gone leaves its row behind, which no search returns any more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

import numpy as np

from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.models.calibration import Calibration, least_of
from tui_selector.search.frames import NO_FRAMES, Frames
from tui_selector.search.index import Choice, ExactIndex, Index, Kind, Rows, build, choose
from tui_selector.search.ranking import Shelf

_log = logging.getLogger(__name__)

#: An index that was made for fewer rows than this share of today's is made anew.
_OUTGROWN = 0.5


class SpaceIndex:
    """The index over one space of vectors. Exact search serves until a quicker one is built.

    Attributes:
        index: What to search.
        seconds: How long building it took; 0 for the exact one.
    """

    def __init__(self, space: str, dimensions: int, choice: Choice) -> None:
        self.dimensions = dimensions
        self.seconds = 0.0
        self._space = space
        self._choice = choice
        self._rows: dict[bytes, int] = {}
        self.index: Index = self._exact(np.empty((0, dimensions), np.float32))
        self._made_for = 0
        self._builder: threading.Thread | None = None
        self._built: list[tuple[Index, float]] = []

    def refresh(self, catalog: Catalog) -> None:
        """Take in the vectors that were stored since the last time."""
        count = catalog.vectors.count(self._space)
        if count < len(self.index):  # the disk has lost rows, whose numbers are given anew
            self.index, self._rows = self._exact(np.empty((0, self.dimensions), np.float32)), {}
            self._builder, self._built = None, []
        first = len(self.index)
        if count > first:
            hashes, vectors = catalog.vectors.load(self._space, self.dimensions, first)
            self._rows.update((hash_, first + place) for place, hash_ in enumerate(hashes))
            if first:
                self.index.add(vectors)
            else:
                self.index = self._exact(vectors)
        self._adopt()
        self._improve()

    def rows(self, hashes: Sequence[bytes]) -> np.ndarray:
        """The rows of content hashes, (n,) int64; -1 for those that have none."""
        return np.fromiter((self._rows.get(hash_, -1) for hash_ in hashes), np.int64, len(hashes))

    def wait(self) -> None:
        """Return when no index is being built."""
        if self._builder is not None:
            self._builder.join()
            self._adopt()

    def _exact(self, vectors: np.ndarray) -> ExactIndex:
        self.seconds = 0.0
        return ExactIndex(Rows(vectors))

    def _improve(self) -> None:
        """Begin to build a better index, where there is one for so many vectors."""
        count = len(self.index)
        kind = choose(count, self.dimensions, self._choice)
        fits = self.index.kind == kind and self._made_for >= _OUTGROWN * count
        if self._builder is not None or kind == "exact" or fits or not count:
            return
        self._built = []
        self._builder = threading.Thread(
            target=_build,
            args=(kind, self.index.vectors, self._built),
            name=f"index {kind}",
            daemon=True,
        )
        self._builder.start()

    def _adopt(self) -> None:
        """Search with the index that was built meanwhile, once it holds the latest rows too."""
        if self._builder is None or self._builder.is_alive() or not self._built:
            return
        index, self.seconds = self._built.pop()
        self._builder = None
        late = self.index.vectors[len(index) :]
        self._made_for = len(index)
        if len(late):
            index.add(late)
        self.index = index


def _build(kind: Kind, vectors: np.ndarray, built: list[tuple[Index, float]]) -> None:
    """Put a new index and the seconds that it took into `built`."""
    start = time.monotonic()
    try:
        index = build(kind, vectors)
    except Exception:
        _log.exception("the %s index cannot be built", kind)
    else:
        built.append((index, time.monotonic() - start))


class Collection:
    """Every indexed photo of a library, by position in natural order.

    Attributes:
        ids: (n,) int64, photo ids.
        paths: Their paths.
        folded: Their paths, casefolded.
        words: Index of the vectors that texts are compared with.
        pictures: Index of the image vectors.
    """

    def __init__(self, spaces: Spaces, calibration: Calibration, choice: Choice) -> None:
        """Begin empty; `refresh` reads.

        Args:
            spaces: Of the model.
            calibration: Of the model.
            choice: Which index the owner wants.
        """
        self.ids = np.empty(0, np.int64)
        self.paths: list[str] = []
        self.folded: list[str] = []
        self.words = SpaceIndex(spaces.words, calibration.dimensions, choice)
        self.pictures = SpaceIndex(spaces.pictures, spaces.dimensions, choice)
        self._calibration = calibration
        self._partitions = Rows(np.empty((0, 1), np.float32))
        self._version = -1
        self._shelf: Shelf | None = None
        self._hashes: list[bytes] = []
        self._frames = NO_FRAMES

    def refresh(self, catalog: Catalog) -> Shelf:
        """Read what has changed; what is searched from now on."""
        version = catalog.data_version
        is_new = version != self._version or self._shelf is None
        if is_new:
            photos = catalog.photos.indexed()
            self.ids = np.fromiter((photo[0] for photo in photos), np.int64, len(photos))
            self._hashes = [photo[1] for photo in photos]
            self.paths = [photo[2] for photo in photos]
            self.folded = [path.casefold() for path in self.paths]
            self._version = version
        self.words.refresh(catalog)
        self.pictures.refresh(catalog)
        if is_new or self._shelf is None:
            word_rows = self.words.rows(self._hashes)
            picture_rows = self.pictures.rows(self._hashes)
            self._frames = self._read_frames(catalog)
        else:
            word_rows, picture_rows = self._shelf.word_rows, self._shelf.picture_rows
        partitions = self._survey()
        self._shelf = Shelf(
            self.words.index,
            word_rows,
            self.pictures.index,
            picture_rows,
            self._calibration,
            partitions,
            self._frames,
            least_of(partitions),
        )
        return self._shelf

    def _survey(self) -> np.ndarray:
        """The partition of every row of words, (w,) float32; computed once for each."""
        vectors = self.words.index.vectors
        if len(self._partitions) > len(vectors):  # the disk has lost rows
            self._partitions = Rows(np.empty((0, 1), np.float32))
        late = vectors[len(self._partitions) :]
        if len(late):
            self._partitions.append(self._calibration.log_partition(late)[:, None])
        return self._partitions.matrix[:, 0]

    def _read_frames(self, catalog: Catalog) -> Frames:
        """The frames of the videos that are here."""
        known = catalog.frames.all()
        if not known:
            return NO_FRAMES
        positions: list[int] = []
        seconds: list[float] = []
        keys: list[bytes] = []
        for position, hash_ in enumerate(self._hashes):
            for second, key in known.get(hash_, ()):
                positions.append(position)
                seconds.append(second)
                keys.append(key)
        return Frames(
            np.array(positions, np.int64),
            np.array(seconds, np.float64),
            self.words.rows(keys),
            self.pictures.rows(keys),
        )

    def positions(self, ids: Sequence[int]) -> np.ndarray:
        """Positions of those photos that are here, ascending."""
        return np.flatnonzero(np.isin(self.ids, np.asarray(ids, np.int64)))

    def hashes(self, positions: np.ndarray) -> list[bytes]:
        """Content hashes of the photos at some positions."""
        return [self._hashes[position] for position in positions.tolist()]
