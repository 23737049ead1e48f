"""Clusters of the map instead of the vectors: groups as the owner sees them on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tui_selector.analysis import projection
from tui_selector.analysis.clustering import ClusterSpace, Grouping
from tui_selector.analysis.projection_features import features
from tui_selector.analysis.suggest import Suggestion
from tui_selector.engine.tabs import Album
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.map_file import PhotoMap, Projection, file_name, maps_folder, read_map
from tui_selector.paths import LibraryPaths

#: Which map is taken where none was opened later than the other.
_METHODS: tuple[Projection, ...] = ("pacmap", "umap")

_NO_MAP = "There is no map yet; the two longest axes stood for it. Open the map once, then again."


class MapSpace:
    """Clusters the places of photos; it keeps what the last map was made into."""

    def __init__(self, paths: LibraryPaths) -> None:
        """
        Args:
            paths: Of the library.
        """
        self._folder = maps_folder(paths)
        self._key: tuple[str, tuple[int, ...]] | None = None
        self._space: ClusterSpace | None = None

    def cluster(self, album: Album, model: str, wish: Clustering) -> Grouping:
        """Cluster an album on the map or by its vectors, as is wished.

        What belongs together on the map is known by its vectors afterwards, so that new photos
        slide into its tabs like into any others.

        Args:
            album: The photos.
            model: The space of their vectors.
            wish: How.

        Raises:
            ValueError: The wish does not fit the album.
        """
        if wish.space == "vectors" or not album.ids:
            return album.space.cluster(wish)
        space, note = self._of(album, model)
        found = space.cluster(wish)
        grouping = album.space.regroup(found.labels, found.used)
        return replace(grouping, note=" ".join(filter(None, (found.note, note))) or None)

    def suggest(self, album: Album, model: str, wish: Clustering) -> Suggestion:
        """Suggest a number of clusters or a threshold, on the map or for vectors as is wished."""
        if wish.space == "vectors" or not album.ids:
            return album.space.suggest(wish)
        return self._of(album, model)[0].suggest(wish)

    def _of(self, album: Album, model: str) -> tuple[ClusterSpace, str]:
        """The map's space, and a sentence where there is no map."""
        photo_map = self._latest(model)
        version = photo_map.head.version if photo_map is not None else ""
        key = version, tuple(album.ids)
        if self._space is None or self._key != key:
            self._space = ClusterSpace(features(_places(photo_map, album)))
            self._key = key
        return self._space, "" if photo_map is not None else _NO_MAP

    def _latest(self, model: str) -> PhotoMap | None:
        """The map that was made last of these vectors."""
        made: list[tuple[float, PhotoMap]] = []
        for method in _METHODS:
            file = self._folder / file_name(method, model)
            photo_map = read_map(file)
            if photo_map is not None and photo_map.head.space == model and len(photo_map.ids):
                made.append((file.stat().st_mtime if file.exists() else 0.0, photo_map))
        return max(made, key=lambda each: each[0], default=(0.0, None))[1]


def _places(photo_map: PhotoMap | None, album: Album) -> np.ndarray:
    """Where each photo of an album lies, (n, 2) float32; those not on the map are placed."""
    vectors = album.space.vectors
    if photo_map is None:
        return projection.principal(projection.reduced(vectors))
    place_of = dict(zip(photo_map.ids.tolist(), range(len(photo_map.ids)), strict=True))
    rows = np.array([place_of.get(photo, -1) for photo in album.ids], np.int64)
    places = photo_map.places[np.maximum(rows, 0)].astype(np.float32)
    fresh = rows < 0
    if fresh.all():
        return projection.principal(projection.reduced(vectors))
    if fresh.any():
        places[fresh] = projection.place(vectors[~fresh], places[~fresh], vectors[fresh])
    return places
