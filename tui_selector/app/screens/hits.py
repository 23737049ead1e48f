"""What a search has found: page by page, from hit to hit, and more photos like some of them."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from tui_selector.app.screens.searching import Searching
from tui_selector.app.searches import PAGE, Region, Results, SearchError, Sought
from tui_selector.app.snapshot import Query
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag

#: The next page is asked for when so few photos are left below the last one on screen.
_AHEAD = PAGE // 2


class Hits(Searching):
    """Fetches what was found as the owner scrolls, and goes about in it."""

    # -- photos like others ------------------------------------------------------------------

    def find_similar(
        self, photos: Sequence[int], unlike: Sequence[int] = (), region: Region | None = None
    ) -> None:
        """Search for photos that look like some; see `SelectorApp.find_similar`."""
        if not photos or self.album is None:
            self.app.bell()
            return
        like = self._called(photos)
        if region is not None:
            like = f"a part of {like}"
        if unlike:
            like = f"{like}, not like {self._called(unlike)}"
        self.search(
            Sought(photos=tuple(photos), unlike=tuple(unlike), region=region, like=like), fresh=True
        )

    def show_listed(self, photos: Sequence[int], called: str) -> None:
        """Show some photos in a tab of their own; see `SelectorApp.show_photos`."""
        if self.album is not None:
            listed = tuple(photos)
            self.search(Sought(listed=listed, called=printable(called)), fresh=True)
            self.focus_photos()

    def _called(self, photos: Sequence[int]) -> str:
        photo = self.album.photo_of(photos[0]) if self.album and len(photos) == 1 else None
        return printable(photo.name) if photo is not None else f"{len(photos)} photos"

    def action_similar(self) -> None:
        """Find photos like the marked ones that are not rejected, or like this one."""
        album = self.album
        if album is None:
            return
        photos = self.targets()
        self.end_range()
        rejected = [
            photo
            for photo in photos
            if len(photos) > 1 and (row := album.photo_of(photo)) and row.flag is Flag.REJECT
        ]
        unlike = set(rejected)
        like = [photo for photo in photos if photo not in unlike]
        if rejected and not like:
            self.selector.say(
                "Every marked photo is rejected; mark some that you do not reject, to say what"
                " results should look like.",
                "warning",
            )
            return
        self.find_similar(like, rejected)

    # -- more --------------------------------------------------------------------------------

    def search_tab_shown(self) -> None:
        super().search_tab_shown()
        self.fetch_ahead()

    def fetch_ahead(self) -> None:
        """Ask for the next page where the owner comes near the end of what was told."""
        album = self.album
        if album is None or album.results is None or not album.results.has_more:
            return
        # Of what was told, tags that are chosen may keep most back: then ever more is asked for.
        told = album.results.matches
        if self.last_seen() + _AHEAD >= min(told, len(album)) and not self.searches.busy:
            limit = max(PAGE, told) if album.query.tags.is_on else PAGE
            self._fetch(album.query, album.results, limit)

    def last_seen(self) -> int:
        """Index of the last photo on screen or under the cursor."""
        return 0

    @work(exclusive=True, group="page")
    async def _fetch(self, query: Query, results: Results, limit: int) -> None:
        await self._extend(query, results, limit)

    async def _extend(self, query: Query, results: Results, limit: int) -> None:
        try:
            more = await self.searches.more(results, limit)
        except SearchError:
            return  # scrolling on asks again
        if self.searches.results.get(query.tab) is results:
            self.searches.keep(query.tab, more)
            if self.album is not None and self.album.query.tab == query.tab:
                await self.selector.reader.show(self.album.query)

    async def fetch_all(self) -> None:
        """Wait until every match of the open tab's search has been told."""
        album = self.album
        if album is not None and album.results is not None and album.results.has_more:
            results = album.results
            await self._extend(album.query, results, results.total - results.matches)

    # -- going from hit to hit ---------------------------------------------------------------

    def action_hit(self, by: int) -> None:
        """Go to the next or the previous photo of this tab that the last search has found."""
        album, results = self.album, self.searches.last
        if album is None or results is None:
            key = self.selector.keys.first("search")
            self.selector.say(f"Nothing was searched for yet; {key} does.")
            return
        hits = set(results.ids[: results.matches])
        index = album.cursor + by
        while 0 <= index < len(album):
            if album.ids[index] in hits:
                album.cursor = index
                self.show_decided([])
                return
            index += by
        way = "after" if by > 0 else "before"
        self.selector.say(f"No photo found for '{results.sought.title}' comes {way} this one here.")
