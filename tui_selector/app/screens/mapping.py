"""Asking for the map of a library, and keeping what is shown of it true."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from textual import work

from tui_selector.app.map_colours import ColourBy
from tui_selector.app.map_reading import Colours, ShownMap, read_shown
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.screens.narrowing import Narrowing
from tui_selector.engine.launch import EngineError
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.library.map_file import PROJECTION_WORDS, Projection, maps_folder

#: Seconds until what has changed is read again; many changes are one.
_SOON = 0.4

#: Seconds between two questions for the map while photos are being indexed.
_AGAIN = 5.0

#: Matches of a search whose scores are shown at most, and those asked for at once.
_MOST_SCORES, _PAGE = 5000, 1000


class Mapping(Narrowing, Deciding):
    """Holds the map that the engine has made.

    Attributes:
        method: How the map is to be made.
        colour_by: What photos are coloured by.
        shown: The map; None while there is none.
        found: The engine's last answer; None while there is none.
        trouble: Why there is no answer, in a sentence; "" otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.method: Projection = "pacmap"
        self.colour_by: ColourBy = "tab"
        self.shown: ShownMap | None = None
        self.found: FoundMap | None = None
        self.trouble = ""
        self._asking = False
        self._was_busy = False
        self._asked = 0.0
        self._left: frozenset[int] = frozenset()

    @abstractmethod
    def show_map(self) -> None:
        """Show the map as it is now."""

    @abstractmethod
    def tell(self) -> None:
        """Say in words what is shown."""

    # -- asking ------------------------------------------------------------------------------

    @work(exclusive=True, group="map")
    async def ask(self) -> None:
        """Show the map that was made last; then what the engine makes, until nothing better comes.

        A map of an earlier visit stands there before there is any engine.
        """
        if self.found is None or self.found.method != self.method:
            await self._read(None)
        if not self.selector.link.connected:
            self.tell()
            return
        self._asking, self._asked, after = True, time.monotonic(), ""
        self.tell()
        try:
            while True:
                answer = await self.selector.link.request(FindMap(method=self.method, after=after))
                assert isinstance(answer, FoundMap)
                self.trouble, self.found = "", answer
                await self._read(maps_folder(self.selector.paths) / answer.file)
                if not answer.coming or answer.version == after:
                    break
                after = answer.version
        except EngineError as error:
            self.trouble = str(error)
        finally:
            self._asking = False
        self.tell()
        if self.shown is None:
            self.show_map()

    async def _read(self, file: Path | None) -> None:
        """Show a map, or the same one anew."""
        colours = self._colours()
        album = self.album
        leaving = album.leaving if album is not None else frozenset[int]()
        query = album.query if album is not None else None
        shown = await self.selector.reader.ask(
            lambda catalog: read_shown(catalog, colours, file, self.method, leaving, query)
        )
        if shown is not None:
            self.shown = shown
            self.show_map()

    def _colours(self) -> Colours:
        album, results = self.album, self.selector.searches.last
        scores = {photo: hit.score for photo, hit in results.hits.items()} if results else {}
        sought = results.sought.title if results is not None else ""
        return Colours(self.colour_by, album.tabs if album is not None else (), scores, sought)

    @work(exclusive=True, group="colour")
    async def colour_anew(self, after: float = 0.0) -> None:
        """Read again what the photos are coloured by, and which of them are there."""
        await asyncio.sleep(after)
        if self.colour_by == "score":
            await self._fetch_scores()
        if self.shown is not None:
            head = self.shown.head
            file = None
            if self.found is not None and self.found.version == head.version:
                file = maps_folder(self.selector.paths) / self.found.file
            await self._read(file)
        self.tell()

    async def _fetch_scores(self) -> None:
        """Have more scores of the search that was made last."""
        from tui_selector.app.searches import SearchError

        searches = self.selector.searches
        while (last := searches.last) is not None and last.has_more and last.ranked:
            if len(last.hits) >= _MOST_SCORES or searches.busy:
                return
            try:
                more = await searches.more(last, _PAGE)
            except SearchError:
                return
            if len(more.hits) == len(last.hits) or searches.last is not last:
                return
            searches.last = more

    # -- staying true ------------------------------------------------------------------------

    def status_changed(self, nothing: None) -> None:
        """Ask when the engine has come, and again when it has indexed what was waiting."""
        stage = self.selector.progress.stage
        if self.selector.link.connected and not self._asking:
            has_worked = self._was_busy and stage == "idle"
            if has_worked or self.found is None:
                self._was_busy = False
                if not self.trouble or has_worked:
                    self.ask()
        self._was_busy = self._was_busy or stage in ("indexing", "scanning", "swapping")
        self.tell()

    def album_changed(self, photos: Sequence[int] | None) -> None:
        """Draw marks anew, and soon the colours, too; have new photos put onto the map."""
        if self.shown is None or self.album is None:
            return
        is_growing = photos is None and self.selector.progress.stage == "indexing"
        may_ask = self.selector.link.connected and not self._asking
        if is_growing and may_ask and time.monotonic() > self._asked + _AGAIN:
            self.ask()
            return
        self.shown.points.mark(self.album.marks)
        self.redraw()
        left = self.album.leaving
        if photos is None or self.colour_by in ("flag", "tag") or left != self._left:
            self._left = left
            query = self.album.query
            is_same = self.shown.filters == (query.filters if query.is_filtered else None)
            self.colour_anew(_SOON if is_same else 0.0)
        self.tell()

    @abstractmethod
    def redraw(self) -> None:
        """Draw what is there anew."""

    # -- words -------------------------------------------------------------------------------

    def head_words(self) -> str:
        """What is shown, in a line."""
        shown, album = self.shown, self.album
        if shown is None:
            return "Map"
        points, found = shown.points, self.found
        marked = len(album.marks) if album is not None else 0
        here = int(points.marked.sum())
        count = f"{len(points):,}"
        if shown.hidden:
            count += f" of {len(points) + shown.hidden:,}"
        parts = [
            "1 photo" if count == "1" else f"{count} photos",
            shown.filters.filter_words() if shown.filters is not None else "",
            PROJECTION_WORDS[shown.head.method],
            f"{here:,} marked" + (f", {marked - here:,} elsewhere" if marked > here else "")
            if marked
            else "",
            self._coming_words(),
            f"{found.waiting:,} photos are not indexed yet" if found and found.waiting else "",
            found.note if found is not None else "",
            self.trouble,
        ]
        return "Map · " + " · ".join(filter(None, parts))

    def _coming_words(self) -> str:
        found = self.found
        if found is None or not found.coming or not self._asking:
            return ""
        if found.method == self.method:
            return "laying it out anew …"
        return f"{PROJECTION_WORDS[self.method]} is coming …"

    def empty_words(self) -> str:
        """Why there is no map."""
        if self.trouble:
            return self.trouble
        link, found = self.selector.link, self.found
        if self.shown is not None and self.shown.hidden:
            first = self.selector.keys.first("map-reset")
            return f"The filters keep back all photos of the map. {first}: show them"
        if found is not None:
            waiting = f"{found.waiting:,} photos are still to be indexed; " if found.waiting else ""
            return (
                f"{waiting}photos come onto the map when they are."
                if waiting
                else ("There are no indexed photos here.")
            )
        if not link.connected:
            return link.trouble or "The engine is starting …"
        is_starting = self.selector.progress.stage == "starting"
        return "The engine is loading its model …" if is_starting else "Laying out the map …"
