"""What the screens show, without a screen: the tab, its photos, the cursor and the marks.

An `Album` lives on the UI thread. Which photos stand in a tab comes to it as a `Snapshot`, read on
another thread; rows are fetched when a tile is drawn (`PhotoRows`), so that a library of 100,000
photos opens like one of 100. What the owner decides is shown at once (`amend`, `take_away`) while a
decision thread makes it true.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from tui_selector.app.photo_rows import Fetch, PhotoRows, Stacks
from tui_selector.app.searches import SEARCH, Results
from tui_selector.app.snapshot import Query, Snapshot
from tui_selector.app.widgets.tile import Tile
from tui_selector.library.catalog.search_table import SavedSearch
from tui_selector.library.catalog.tab_table import TabInfo, View
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Kind, Photo, State

#: Up to so many photos are looked for one by one, which takes less than a set of all.
_FEW = 32
#: Looking for so many that are not there takes as long as making a set of all.
_PROBED = 3


class _Place(msgspec.Struct):
    """Where the owner stood in a tab: the photo, its index, the first tile on screen, and in which
    search."""

    photo: int | None = None
    index: int = 0
    top: int | None = None
    search: int = 0


class Album:
    """The view-model of one library; it is also the `TileModel` of the grid.

    Attributes:
        root: The library's folder.
        query: What is shown.
        tabs: Every tab with its counts, in order.
        ids: The photos shown, in order.
        marks: Ids of marked photos, in whatever tab; changed by methods alone.
        results: What the search has found whose tab is shown; None in other tabs.
        saved: The searches that the owner keeps.
        doubts: How near photos are to the border of their tab, 0 to 1, once that was asked for.
        rivals: The tabs that such a photo is between.
    """

    def __init__(self, root: Path, fetch: Fetch, stacks: Stacks = lambda photos: {}) -> None:
        """
        Args:
            root: The library's folder.
            fetch: Returns the photos with the ids given (`PhotoTable.get`), on the UI thread.
            stacks: Returns how many photos are in the group of each of some that is in one.
        """
        self.root = root
        self.query = Query()
        self.tabs: tuple[TabInfo, ...] = (TabInfo(id=View.ALL, name="All"),)
        self.ids = array("q")
        self.marks: set[int] = set()
        self.results: Results | None = None
        self.saved: tuple[SavedSearch, ...] = ()
        self.doubts: dict[int, float] = {}
        self.rivals: dict[int, tuple[int, ...]] = {}
        self._marks_here: int | None = None
        self._cursor = 0
        self._rows = PhotoRows(fetch, stacks)
        self._places: dict[int, _Place] = {}

    # -- what is shown -----------------------------------------------------------------------

    @property
    def tab(self) -> TabInfo:
        """The tab that is shown."""
        for tab in self.tabs:
            if tab.id == self.query.tab:
                return tab
        return TabInfo(id=self.query.tab, name="")

    @property
    def is_rejected_tab(self) -> bool:
        """Whether the view of rejected photos is shown."""
        return self.query.tab == View.REJECTED

    def show(self, snapshot: Snapshot, results: Results | None = None) -> None:
        """Take over what a query found.

        The cursor stays on its photo, or goes to the next one that is still there; in another tab
        it goes where it was when that tab was last shown, or to the first photo of another search.
        `Snapshot.found` overrules them all.

        Args:
            snapshot: The photos.
            results: Their scores, where a search found them.
        """
        before, same_tab = self.ids, snapshot.query.tab == self.query.tab
        self.remember_place()
        if same_tab and snapshot.query.search != self.query.search:
            del self._places[self.query.tab]
            same_tab = False
        elif snapshot.query.tab == SEARCH and not same_tab:
            last = self._places.get(SEARCH)
            if last is not None and last.search != snapshot.query.search:
                del self._places[SEARCH]
        self.results = results
        self.saved = self.saved if snapshot.saved is None else snapshot.saved
        self.query, self.tabs = snapshot.query, snapshot.tabs or self.tabs
        self.unmark(snapshot.lost)
        self.ids = _without(snapshot.ids, self._rows.leaving)
        place = self._places.get(self.query.tab, _Place())
        if snapshot.found is not None:
            self._cursor = self.index_of(snapshot.found) or 0
        else:
            self._cursor = self._index_near(place, before if same_tab else array("q"))
        self.remember_place()

    def values(self, key: str, results: Results | None) -> Mapping[int, float] | None:
        """What photos are sorted by where it is not in the catalog; None where it is.

        Args:
            key: Of a `Sort`.
            results: What a search found, where its tab is shown.
        """
        if key == "doubt":
            return self.doubts
        if key == "score":
            hits = {} if results is None else results.hits
            return {photo: hit.score for photo, hit in hits.items()}
        return None

    def remember_place(self, top: int | None = None) -> None:
        """Note where the cursor stands in this tab, and which tile is the first on screen."""
        place = self._places.setdefault(self.query.tab, _Place())
        place.search = self.query.search
        photo = self.current_id
        if photo is not None:
            place.photo, place.index = photo, self._cursor
        if top is not None:
            place.top = top

    @property
    def top(self) -> int | None:
        """The first tile on screen when this tab was last shown; None where it never was."""
        return self._places.get(self.query.tab, _Place()).top

    def restore_place(self, tab: int, photo: int | None, top: int | None) -> None:
        """Make the cursor go to this photo when the tab is shown (what a session kept)."""
        self._places[tab] = _Place(photo, 0, top)

    def _index_near(self, place: _Place, before: array[int]) -> int:
        """The index of a place's photo, or of its nearest neighbour that is still there."""
        if place.photo is not None:
            index = self.index_of(place.photo)
            if index is not None:
                return index
        for photo in before[place.index : place.index + _PROBED]:
            index = self.index_of(photo)
            if index is not None:
                return index
        if place.index < len(before):
            left = set(self.ids)
            for photo in (*before[place.index :], *reversed(before[: place.index])):
                if photo in left:
                    return self.ids.index(photo)
        return max(0, min(place.index, len(self.ids) - 1))

    def forget_rows(self, photos: Collection[int] | None = None) -> None:
        """Fetch these photos (all of them where None) again when they are next drawn."""
        self._rows.forget(photos)

    # -- the cursor --------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """Index of the current photo in `ids`; 0 where there is none."""
        return self._cursor

    @cursor.setter
    def cursor(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self.ids) - 1))

    def step(self, by: int) -> bool:
        """Move the cursor; return whether it moved."""
        before = self._cursor
        self.cursor = before + by
        return self._cursor != before

    @property
    def current_id(self) -> int | None:
        """Id of the photo under the cursor."""
        return self.ids[self._cursor] if self._cursor < len(self.ids) else None

    @property
    def current(self) -> Photo | None:
        """The photo under the cursor; None in an empty tab."""
        return self.photo(self._cursor) if self._cursor < len(self.ids) else None

    def index_of(self, photo: int) -> int | None:
        """Where a photo stands in this tab."""
        if self.current_id == photo:
            return self._cursor
        try:
            return self.ids.index(photo)
        except ValueError:
            return None

    # -- rows and tiles ----------------------------------------------------------------------

    def photo(self, index: int) -> Photo | None:
        """The photo at `index`; None where it has gone from the catalog since."""
        return self._rows.at(self.ids, index)

    def photo_among(self, ids: array[int], index: int) -> Photo | None:
        """The photo whose id stands at `index` of a list of another screen; None where it is
        gone. Its neighbours there are fetched with it."""
        return self._rows.at(ids, index)

    def as_decided(self, photos: dict[int, Photo]) -> dict[int, Photo]:
        """Photos as the catalog has them, with what has been decided about them meanwhile."""
        changed = {
            id_: self._rows.as_decided(photos[id_]) for id_ in self._rows.pending if id_ in photos
        }
        return photos | changed if changed else photos

    def photo_of(self, id_: int) -> Photo | None:
        """The photo with this id, in whatever tab, as it was decided; None where it is gone."""
        return self._rows.of(id_)

    def __len__(self) -> int:
        return len(self.ids)

    def tile(self, index: int) -> Tile:
        """The tile at `index`, for the grid, which may still be drawing a longer list."""
        if index >= len(self.ids):
            return Tile("", "", "")
        tile = self.tile_of(self.photo(index))
        size = self._rows.stack(self.ids[index])
        if size < 2:
            return tile
        return msgspec.structs.replace(tile, badge=f"{tile.badge} ×{size}".lstrip())

    def tile_of(self, photo: Photo | None) -> Tile:
        """The tile of a photo, whether it stands in this tab or not; None is one that has gone."""
        if photo is None:
            return Tile("", "", "", note="This photo has gone from the catalog.")
        return Tile(
            key=photo.key,
            path=self.file_of(photo),
            caption=printable(photo.name),
            flag=int(photo.flag),
            rating=photo.rating,
            label=photo.label,
            marked=photo.id in self.marks,
            badge=self._badge(photo),
            note=printable(photo.problem) if photo.state is State.PROBLEM else "",
            dimmed=photo.flag is Flag.REJECT or self._is_beside(photo.id),
            width=photo.width,
            height=photo.height,
        )

    def is_match(self, photo: int) -> bool:
        """Whether a photo is a match of the search that is shown; all are where none is."""
        return self.results is None or self.results.is_match(photo)

    def _is_beside(self, photo: int) -> bool:
        """Whether a photo is none of the matches that it stands behind."""
        return self.results is not None and self.results.matches > 0 and not self.is_match(photo)

    def _badge(self, photo: Photo) -> str:
        hit = self.results.hits.get(photo.id) if self.results is not None else None
        score = "" if hit is None else score_text(hit.score, match=self.is_match(photo.id))
        return " ".join(filter(None, (_badge(photo), score)))

    def file_of(self, photo: Photo) -> str:
        """Absolute path of a photo's file, as the operating system takes it."""
        return os.path.join(self.root, photo.path)  # noqa: PTH118 (drawn for every tile)

    # -- marks -------------------------------------------------------------------------------

    def toggle(self, index: int) -> None:
        """Mark or unmark the photo at `index`."""
        self.marks.symmetric_difference_update({self.ids[index]})
        self._marks_here = None

    def mark(self, indices: Iterable[int]) -> None:
        """Mark the photos at these indices."""
        self.marks.update(self.ids[index] for index in indices)
        self._marks_here = None

    def mark_photos(self, photos: Iterable[int]) -> None:
        """Mark these photos, by id, in whatever tab they are."""
        self.marks.update(photos)
        self._marks_here = None

    def mark_all(self) -> None:
        """Mark every photo of this tab that is shown; of a search, every match."""
        self.marks.update(filter(self.is_match, self.ids))
        self._marks_here = None

    def invert_marks(self) -> None:
        """Mark what is not marked in this tab, and unmark what is."""
        self.marks.symmetric_difference_update(self.ids)
        self._marks_here = None

    def unmark(self, photos: Collection[int]) -> None:
        """Unmark these photos, by id."""
        self.marks.difference_update(photos)
        self._marks_here = None

    def unmark_all(self) -> None:
        """Unmark every photo in every tab."""
        self.unmark(self.marks.copy())

    @property
    def marks_here(self) -> int:
        """How many of the marked photos stand in this tab."""
        if self._marks_here is None:
            self._marks_here = len(self.marks.intersection(self.ids)) if self.marks else 0
        return self._marks_here

    def targets(self) -> list[int]:
        """Whom a decision is about: the marked photos (those of this tab first, in its order), or
        the current one, or nobody."""
        if self.marks:
            here = [id_ for id_ in self.ids if id_ in self.marks]
            return here + sorted(self.marks.difference(here))
        return [] if self.current_id is None else [self.current_id]

    # -- decisions on their way --------------------------------------------------------------

    def amend(self, photos: Iterable[int], **changes: object) -> int:
        """Show photos with these fields (`flag`, `rating`, `label`) from now on.

        Returns:
            A ticket for `settle`, once the decision has been made or refused.
        """
        return self._rows.amend(photos, changes)

    def take_away(self, photos: Iterable[int]) -> int:
        """Show these photos no more, and unmark them: they are on their way to the trash.

        Returns:
            A ticket for `settle`.
        """
        removed = frozenset(photos)
        self.remember_place()
        before, self.ids = self.ids, _without(self.ids, removed)
        self.unmark(removed)
        self.cursor = len(_without(before[: self._cursor], removed))
        self.remember_place()
        return self._rows.remove(removed)

    @property
    def leaving(self) -> frozenset[int]:
        """Photos that decisions on their way take to the trash."""
        return self._rows.leaving

    def is_leaving(self, photo: int) -> bool:
        """Whether a decision on its way takes this photo out of the tab."""
        return photo in self._rows.leaving

    def settle(self, ticket: int) -> None:
        """Trust the catalog again about the photos of this ticket."""
        self._rows.settle(ticket)


def score_text(score: float, *, match: bool) -> str:
    """A score as captions have it: "87 %"; "≈ 31 %" where it is none of a match."""
    return f"{'' if match else '≈ '}{100 * score:.0f} %"


def _without(ids: array[int], removed: Collection[int]) -> array[int]:
    """`ids` without these; the same array where nothing is removed."""
    if not removed:
        return ids
    if len(removed) > _FEW:
        return array("q", (id_ for id_ in ids if id_ not in removed))
    left = ids[:]
    for id_ in removed:
        try:
            left.remove(id_)
        except ValueError:
            continue
    return left


def _badge(photo: Photo) -> str:
    if photo.state not in PRESENT:
        return str(photo.state)
    return {Kind.IMAGE: "", Kind.RAW: "RAW", Kind.VIDEO: "▶"}[photo.kind]
