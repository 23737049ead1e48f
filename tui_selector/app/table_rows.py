"""The rows of the table: the album's photos with what is known of them, fetched where drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence

from tui_selector.app.album import Album
from tui_selector.app.table_columns import Column, Known
from tui_selector.app.widgets.table_model import TableRow
from tui_selector.library.catalog.listing_table import Facts
from tui_selector.library.photo import Flag

#: Photos of which facts are kept, and of how many around a missing one they are fetched at once.
_KEPT, _WINDOW = 2048, 64


class TableRows:
    """What a `TableView` shows of an album; the photos and their order are the album's."""

    def __init__(
        self,
        album: Album,
        fetch: Callable[[Sequence[int]], Mapping[int, Facts]],
        columns: Sequence[Column],
    ) -> None:
        """
        Args:
            album: Whose photos.
            fetch: Returns the facts of the photos with these ids (`AlbumReader.facts_of`).
            columns: What is told of each.
        """
        self.album = album
        self.columns = tuple(columns)
        self._fetch = fetch
        self._facts: OrderedDict[int, Facts] = OrderedDict()

    def __len__(self) -> int:
        return len(self.album)

    def forget(self, photos: Collection[int] | None = None) -> None:
        """Fetch what is known of these photos (of all where None) again when it is next drawn."""
        if photos is None:
            self._facts.clear()
            return
        for photo in photos:
            self._facts.pop(photo, None)

    def row(self, index: int) -> TableRow:
        """The row at `index`, which may stand in a longer list that is still drawn."""
        album = self.album
        photo = album.photo(index) if index < len(album) else None
        if photo is None:
            return TableRow(
                ("This photo has gone from the catalog.",) if index < len(album) else ()
            )
        hit = album.results.hits.get(photo.id) if album.results is not None else None
        known = Known(
            photo,
            self._facts_at(index),
            None if hit is None else hit.score,
            album.doubts.get(photo.id),
        )
        return TableRow(
            tuple(column.text(known) for column in self.columns),
            marked=photo.id in album.marks,
            flag=int(photo.flag),
            label=photo.label,
            dimmed=photo.flag is Flag.REJECT,
        )

    def _facts_at(self, index: int) -> Facts:
        ids = self.album.ids
        photo = ids[index]
        if photo not in self._facts:
            first = max(0, index - _WINDOW // 4)
            missing = [id_ for id_ in ids[first : first + _WINDOW] if id_ not in self._facts]
            self._facts.update(self._fetch(missing))
            self._facts.setdefault(photo, Facts())
            while len(self._facts) > _KEPT:
                self._facts.popitem(last=False)
        return self._facts[photo]
