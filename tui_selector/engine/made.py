"""How the tabs were made, and how all of them are made of another model's vectors at once."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tui_selector.analysis.clustering import Grouping
from tui_selector.engine.store import Spaces
from tui_selector.engine.swap import SERVING_KEY, Serving, take_over
from tui_selector.engine.tabs import Album, load_album, retagged, write_tabs
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering

#: Keys of the catalog: what the owner asked for, and what the tabs were made by.
WISH_KEY, _MADE_KEY = "clustering", "clustered"

#: Photos at which the first tabs are made while more are being indexed; then at each multiple.
_FIRST, _GROWTH = 64, 4

#: A library that has grown this much since its tabs were made is clustered anew.
_DOUBLED = 2


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How the tabs were made.

    Attributes:
        space: Of the vectors.
        photos: How many there were.
        used: The parameters, filled in.
        complete: Whether all photos of the library were indexed by then.
    """

    space: str = ""
    photos: int = 0
    used: Clustering = Clustering()
    complete: bool = False


def load_made(catalog: Catalog) -> Made:
    """How the tabs were made; nothing where there are none."""
    return catalog.load(_MADE_KEY, Made, Made())


def is_due(made: Made, spaces: Spaces, photos: int, *, all_indexed: bool) -> bool:
    """Whether the tabs are to be made anew, of so many photos that are indexed by now."""
    if made.space != spaces.pictures and made.photos:
        return all_indexed
    if made.complete:
        return all_indexed and photos >= _DOUBLED * made.photos
    return all_indexed or photos >= max(_FIRST, _GROWTH * made.photos)


def load_wish(catalog: Catalog) -> Clustering:
    """What the owner asked for."""
    return catalog.load(WISH_KEY, Clustering, Clustering())


@dataclass(frozen=True, slots=True)
class Tabs:
    """What tabs were made of: the photos, their grouping, and the tab of each cluster."""

    album: Album
    grouping: Grouping
    tabs: list[int]


def make_tabs(
    catalog: Catalog, album: Album, spaces: Spaces, grouping: Grouping, *, complete: bool
) -> Tabs:
    """Rewrite the tabs by the clusters of an album.

    Raises:
        sqlite3.OperationalError: The catalog cannot be written; the tabs are as before.
    """
    with catalog.transaction():
        return _write(catalog, album, spaces, grouping, complete=complete)


def remake_tabs(catalog: Catalog, spaces: Spaces, serving: Serving) -> Tabs | None:
    """Let another model serve: its tags and the tabs of its vectors come in one step.

    What takes long, clustering, is done before anything changes. A threshold that the owner set
    was meant for the cosines of the model before; the suggested one takes its place. There is no
    map of the new vectors yet, so they themselves are clustered.

    Returns:
        What the tabs were made of; None where there is no photo.

    Raises:
        sqlite3.OperationalError: The catalog cannot be written; all is as before.
    """
    wish = load_wish(catalog)
    unset = msgspec.structs.replace(wish, threshold=None, space="vectors")
    album = load_album(catalog, spaces, None)
    grouping = album.space.cluster(unset) if album.ids else None
    former = catalog.load(SERVING_KEY, Serving, Serving()).space
    with catalog.transaction():
        take_over(catalog, former, serving)
        if grouping is None:
            return None
        if unset != wish:
            catalog.store(WISH_KEY, unset)
        return _write(catalog, retagged(catalog, album), spaces, grouping, complete=True)


def _write(
    catalog: Catalog, album: Album, spaces: Spaces, grouping: Grouping, *, complete: bool
) -> Tabs:
    tabs = write_tabs(catalog, album, grouping)
    made = Made(space=spaces.pictures, photos=len(album.ids), used=grouping.used, complete=complete)
    catalog.store(_MADE_KEY, made)
    return Tabs(album, grouping, tabs)
