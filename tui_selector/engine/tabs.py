"""Clusters become tabs: the photos with their vectors, the names, and what the catalog is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.clustering import ClusterSpace, Grouping
from tui_selector.analysis.identity import match_tabs
from tui_selector.analysis.kmeans import by_label
from tui_selector.analysis.naming import ClusterName, TagTable, plain_name
from tui_selector.analysis.suggest import Suggestion as Suggested
from tui_selector.engine.protocol import (
    Divide,
    Group,
    Groups,
    PhotoGroup,
    Suggest,
    Suggestion,
)
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.catalog.tab_table import View


@dataclass(frozen=True, slots=True)
class Album:
    """The photos that have a vector, in natural order, and what clustering needs of them.

    Attributes:
        ids: n photo ids.
        rows: Of their vectors in the store.
        names: Their file names.
        taken: Their capture times.
        tags: What they show.
        space: Their vectors.
    """

    ids: list[int]
    rows: list[int]
    names: list[str]
    taken: list[float | None]
    tags: TagTable
    space: ClusterSpace

    def name(self, grouping: Grouping) -> list[ClusterName]:
        """Name the clusters of a grouping."""
        members, starts = by_label(grouping.labels, grouping.count)

        def plain(cluster: int) -> str:
            rows = members[starts[cluster] : starts[cluster + 1]].tolist()
            return plain_name([self.names[row] for row in rows], [self.taken[row] for row in rows])

        return self.tags.name(grouping.labels, plain)

    def part(self, ids: Sequence[int]) -> Album:
        """Some of the photos, those of `ids` that are here."""
        wanted = set(ids)
        rows = [row for row, id_ in enumerate(self.ids) if id_ in wanted]
        return Album(
            ids=[self.ids[row] for row in rows],
            rows=[self.rows[row] for row in rows],
            names=[self.names[row] for row in rows],
            taken=[self.taken[row] for row in rows],
            tags=self.tags.part(rows),
            space=ClusterSpace(self.space.vectors[rows]),
        )

    def groups(self, grouping: Grouping) -> tuple[list[PhotoGroup], list[int]]:
        """The clusters of a grouping with their names, largest first, and the single photos."""
        named = self.name(grouping)
        groups = [
            PhotoGroup(name=cluster.name, tags=tuple(cluster.tags), photos=photos)
            for cluster, photos in zip(named, self.members(grouping), strict=True)
        ]
        return groups, self._ids_at(np.flatnonzero(grouping.labels < 0))

    def members(self, grouping: Grouping) -> list[list[int]]:
        """The ids of the photos of each cluster, in natural order."""
        rows, starts = by_label(grouping.labels, grouping.count)
        return [self._ids_at(part) for part in np.split(rows, starts[1:-1])][: grouping.count]

    def _ids_at(self, rows: NDArray[np.intp]) -> list[int]:
        return [self.ids[row] for row in rows.tolist()]


def load_album(catalog: Catalog, spaces: Spaces, known: Album | None) -> Album:
    """Read the indexed photos and their vectors; `known` is returned where it is still right.

    Tags are read anew where photos have come or gone, not for each change of a tag.
    """
    stored = catalog.vectors.rows(spaces.pictures)
    photos = [photo for photo in catalog.photos.indexed() if photo[1] in stored]
    ids = [id_ for id_, _, _, _ in photos]
    rows = [stored[hash_] for _, hash_, _, _ in photos]
    if known is not None and known.ids == ids and known.rows == rows:
        return known
    _, vectors = catalog.vectors.load(spaces.pictures, spaces.dimensions)
    if rows != list(range(len(vectors))):
        vectors = vectors[rows]
    return Album(
        ids=ids,
        rows=rows,
        names=[path.rpartition("/")[2] for _, _, path, _ in photos],
        taken=[taken for _, _, _, taken in photos],
        tags=_load_tags(catalog, ids),
        space=ClusterSpace(vectors),
    )


def retagged(catalog: Catalog, album: Album) -> Album:
    """An album with the tags that its photos have now."""
    return replace(album, tags=_load_tags(catalog, album.ids))


def _load_tags(catalog: Catalog, ids: Sequence[int]) -> TagTable:
    photos, names, sources, scores = catalog.tags.columns()
    everyone, rows = np.unique(np.array([*photos, *ids], np.int64), return_inverse=True)
    table = TagTable.of(len(everyone), rows[: len(photos)], names, sources, scores)
    return table.part(rows[len(photos) :])


def write_tabs(catalog: Catalog, album: Album, grouping: Grouping) -> list[int]:
    """Make the tabs say what a grouping says, each cluster in the tab that it continues.

    Names by the owner and pins stay. Only what differs is written.

    Returns:
        The tab of each cluster.

    Raises:
        sqlite3.OperationalError: The catalog cannot be written; the tabs are as before.
    """
    labels = grouping.labels.tolist()
    named = album.name(grouping)
    before = catalog.tabs.clusters()
    continued = match_tabs(before, album.members(grouping))
    with catalog.transaction():
        there = catalog.tabs.positions()
        tabs = [
            tab
            if tab is not None and tab in there
            else catalog.tabs.create(cluster.name, tags=cluster.tags)
            for tab, cluster in zip(continued, named, strict=True)
        ]
        for tab, cluster in zip(tabs, named, strict=True):
            catalog.tabs.describe(tab, cluster.name, cluster.tags)
        home = {id_: tab for tab, ids in before.items() for id_ in ids}
        pins = catalog.tabs.pins()
        merged = merged_tabs(before, pins)
        wanted = {
            id_: tabs[label] if label >= 0 else int(View.SINGLES)
            for id_, label in zip(album.ids, labels, strict=True)
        }
        for id_, tab in wanted.items():
            if tab in merged and id_ not in pins:
                wanted[id_] = merged[tab]
        catalog.tabs.assign(
            {id_: tab for id_, tab in wanted.items() if home.get(id_) != tab or not tab}
        )
        catalog.tabs.remove_unused()
    return tabs


def tell(
    album: Album,
    wish: Group | Suggest | Divide,
    usual: Clustering,
    cluster: Callable[[Album, Clustering], Grouping],
    suggest: Callable[[Album, Clustering], Suggested],
) -> Suggestion | Groups:
    """Group photos, or suggest how; the tabs stay.

    Args:
        album: The photos.
        wish: What somebody wants to know.
        usual: What the owner asked for last, of which a suggestion changes what is suggested.
        cluster: Clusters an album.
        suggest: Suggests how.

    Raises:
        ValueError: The wish does not fit the album.
    """
    if isinstance(wish, Suggest):
        base = msgspec.structs.replace(
            usual, algorithm=wish.algorithm, space=wish.space, k=None, threshold=None
        )
        found = suggest(album, base)
        return Suggestion(
            clustering=found.params, curve=found.curve, label=found.label, reason=found.reason
        )
    if isinstance(wish, Divide):
        album = album.part(wish.photos)
        clustering = Clustering(k=wish.parts)
    else:
        clustering = wish.clustering
    grouping = cluster(album, clustering)
    groups, singles = album.groups(grouping)
    return Groups(
        clustering=grouping.used, groups=groups, singles=singles, note=grouping.note or ""
    )


def merged_tabs(clusters: Mapping[int, set[int]], pins: Mapping[int, int]) -> dict[int, int]:
    """Tabs that the owner has emptied into others, and where most of their photos went.

    Photos that clustering would put there later follow them.
    """
    merged: dict[int, int] = {}
    for tab, photos in clusters.items():
        away = Counter(pins[photo] for photo in photos if pins.get(photo, tab) != tab)
        if away and away.total() == len(photos):
            merged[tab] = away.most_common(1)[0][0]
    return merged


def read_tabs(catalog: Catalog, album: Album, used: Clustering) -> tuple[Grouping, list[int]]:
    """The grouping that the tabs hold now, as if it had just been made, and each cluster's tab.

    Photos of a tab that the owner merged into another one count to that other tab.
    """
    home = {id_: tab for tab, ids in catalog.tabs.clusters().items() for id_ in ids}
    moved = catalog.tabs.of([id_ for id_ in album.ids if id_ not in home])
    home.update({id_: tab for id_, tab in moved.items() if tab > 0})
    numbers = {tab: number for number, tab in enumerate(sorted(set(home.values())))}
    labels = [numbers[home[id_]] if id_ in home else -1 for id_ in album.ids]
    grouping = album.space.regroup(labels, used)
    tabs = [int(View.SINGLES)] * grouping.count
    for id_, label in zip(album.ids, grouping.labels.tolist(), strict=True):
        if label >= 0:
            tabs[label] = home.get(id_, int(View.SINGLES))
    return grouping, tabs
