"""What is searched for and what was found: the searches behind tabs, without a screen.

Tags and filters alone are answered out of the catalog, with or without an engine. Whatever ranks
photos is asked of the engine, page by page.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tui_selector.library.catalog.tab_table import UNKNOWN, TabInfo
from tui_selector.library.display import printable
from tui_selector.search.scores import FLOOR, Weights

if TYPE_CHECKING:
    from tui_selector.app.album_reader import AlbumReader
    from tui_selector.app.engine_link import EngineLink
    from tui_selector.engine.search_messages import Found, Hit, Search, Similar
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.catalog.search_table import SavedSearch
    from tui_selector.search.query import Query, QueryError

#: The tab of the search that is not kept. Those of saved searches have smaller ids, those of
#: clusters and views have larger ones.
SEARCH = -1000

#: Hits that are asked for at once.
PAGE = 200

#: Longest part of a query that names a tab, characters.
_LONGEST_TITLE = 60

Region = tuple[float, float, float, float]
"""Left, top, right, bottom of a part of a photo, as shares of its upright width and height."""


def search_tab(name: str) -> int:
    """The id of a saved search's tab, which is always the same for a name."""
    return SEARCH - 1 - zlib.crc32(name.lower().encode("utf-8", "surrogatepass"))


class SearchError(Exception):
    """A search was not made; the message is a sentence for the owner.

    Attributes:
        column: Where in the query the reason stands, in characters from 0; -1 for other reasons.
        length: How many characters are meant.
        temporary: Whether the same search may be answered when the engine is there.
    """

    def __init__(
        self, sentence: str, column: int = -1, length: int = 0, *, temporary: bool = False
    ) -> None:
        super().__init__(sentence)
        self.column = column
        self.length = length
        self.temporary = temporary


class Sought(msgspec.Struct, frozen=True):
    """What is searched for.

    Attributes:
        text: In the query language.
        photos: Photos that results look like, if any.
        unlike: Photos that they do not look like.
        region: The part of the one photo that is meant; None for all of it.
        like: What the photos are called, printable: "a.jpg", "3 photos, not like 1".
        listed: Nothing is searched for: these photos were chosen elsewhere. None for a search.
        called: What those are called, printable: "red, bus".
        marked: What `@marked` stands for.
        floor: The score from which a photo is a match.
        weights: Of the kinds of signals.
    """

    text: str = ""
    photos: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    region: Region | None = None
    like: str = ""
    listed: tuple[int, ...] | None = None
    called: str = ""
    marked: tuple[int, ...] = ()
    floor: float = FLOOR
    weights: Weights = Weights()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is searched for."""
        return self.listed is None and not (self.photos or self.text.strip())

    @property
    def prompt(self) -> str:
        """What stands before the text of the search; "" for words alone."""
        return f"like {self.like}" if self.like else self.called

    @property
    def title(self) -> str:
        """A few printable words."""
        text = printable(" ".join(self.text[:_LONGEST_TITLE].split()))
        return ", ".join(filter(None, (self.prompt, text)))

    def request(self, offset: int, limit: int, text: str) -> Search | Similar:
        """What the engine is asked; `text` is the query with absolute paths."""
        from tui_selector.engine.search_messages import Search, Similar

        if not self.photos:
            return Search(
                text=text,
                marked=list(self.marked),
                offset=offset,
                limit=limit,
                floor=self.floor,
                weights=self.weights,
            )
        return Similar(
            photos=list(self.photos),
            unlike=list(self.unlike),
            region=self.region,
            text=text,
            offset=offset,
            limit=limit,
            floor=self.floor,
            weights=self.weights,
        )


class Results(msgspec.Struct, frozen=True):
    """What a search has found so far.

    Attributes:
        sought: What was searched for.
        ids: Photos, best first: the matches, then the nearest of those that are none.
        matches: How many of `ids` are matches.
        total: How many matches there are; at least so many where not `complete`.
        hits: Score and reasons by photo; empty where nothing was ranked.
        ranked: Whether there are scores.
        complete: Whether every photo was scored.
        histogram: How many photos have each score, in equal parts of 0 to 1.
        notes: What could not be looked for, or why nothing was found.
        milliseconds: That the engine took; 0 where it was not asked.
    """

    sought: Sought
    ids: array[int]
    matches: int
    total: int
    hits: Mapping[int, Hit] = {}
    ranked: bool = False
    complete: bool = True
    histogram: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    milliseconds: float = 0.0

    @property
    def has_more(self) -> bool:
        """Whether there are matches that were not asked for yet."""
        return self.matches < self.total

    def is_match(self, photo: int) -> bool:
        """Whether a photo of `ids` is at or above the floor."""
        hit = self.hits.get(photo)
        return hit is None or hit.score >= self.sought.floor

    def with_page(self, found: Found) -> Results:
        """These and the next ones; a photo that has moved from page to page stands once."""
        fresh = {hit.photo: hit for hit in found.hits if hit.photo not in self.hits}
        near = {
            hit.photo: hit
            for hit in found.nearest
            if hit.photo not in self.hits and hit.photo not in fresh
        }
        matches = self.ids[: self.matches] + array("q", fresh)
        total = found.total if found.hits else len(matches)
        return replace(
            self,
            ids=matches + array("q", near),
            matches=len(matches),
            total=max(total, len(matches)),
            hits={**self.hits, **fresh, **near},
            histogram=tuple(found.histogram),
        )


class Searches:
    """Makes the searches of one screen, and remembers what they found.

    Attributes:
        results: What the search of a tab found last, by tab.
        counts: How many photos match, by tab; it outlives `results`.
        saved: The searches that the owner keeps, in order.
        stale: Tabs whose results may not hold any more.
        last: What was found last, for going from hit to hit in other tabs.
    """

    def __init__(self, link: EngineLink, reader: AlbumReader) -> None:
        self._link = link
        self._reader = reader
        self._asking = 0
        self.results: dict[int, Results] = {}
        self.counts: dict[int, int] = {}
        self.saved: tuple[SavedSearch, ...] = ()
        self.stale: set[int] = set()
        self.last: Results | None = None

    @property
    def busy(self) -> bool:
        """Whether the engine is being asked; another question would take the place of this one."""
        return self._asking > 0

    def saved_in(self, tab: int) -> SavedSearch | None:
        """The saved search that a tab shows."""
        return next((each for each in self.saved if search_tab(each.name) == tab), None)

    def sought_in(self, tab: int) -> Sought | None:
        """What a tab searches for; None for a tab that is no search."""
        if tab in self.results:
            return self.results[tab].sought
        saved = self.saved_in(tab)
        return Sought(text=saved.query) if saved is not None else None

    def keep(self, tab: int, results: Results) -> None:
        """Remember what the search of a tab found."""
        self.results[tab] = self.last = results
        self.counts[tab] = results.total
        self.stale.discard(tab)

    def count(self, tab: int, total: int) -> None:
        """Remember how many photos the search of a tab finds, and nothing else."""
        self.counts[tab] = total
        self.stale.discard(tab)

    def forget(self, tab: int) -> None:
        """Remember nothing of a tab's search."""
        self.results.pop(tab, None)
        self.counts.pop(tab, None)
        self.stale.discard(tab)

    def catalog_changed(self) -> None:
        """Note that everything may be different now."""
        self.stale.update(self.results, self.counts)

    def among(self, tabs: Iterable[TabInfo]) -> tuple[TabInfo, ...]:
        """The tabs with those of searches behind the first."""
        others = [tab for tab in tabs if tab.id > SEARCH]
        return (*others[:1], *self._tabs(), *others[1:])

    def _tabs(self) -> Iterable[TabInfo]:
        current = self.results.get(SEARCH)
        if current is not None:
            title = current.sought.title
            name = f"Search: {title}" if current.sought.listed is None else title
            yield TabInfo(id=SEARCH, name=name, count=self.counts[SEARCH])
        for search in self.saved:
            tab = search_tab(search.name)
            yield TabInfo(
                id=tab, name=search.name, named_by="owner", count=self.counts.get(tab, UNKNOWN)
            )

    # -- searching ---------------------------------------------------------------------------

    async def find(self, sought: Sought, limit: int = PAGE) -> Results:
        """Make a search; of ranked photos the best `limit` are told at first.

        Raises:
            SearchError: It cannot be understood or answered.
        """
        if sought.listed is not None:
            return Results(sought, array("q", sought.listed), *2 * (len(sought.listed),))
        asks = parsed(sought.text)
        if not (sought.photos or asks.terms):
            return await self._filter(sought, asks)
        found = await self._ask(sought, asks, 0, limit)
        empty = Results(
            sought,
            array("q"),
            0,
            0,
            ranked=found.ranked,
            complete=found.complete,
            notes=tuple(found.notes),
            milliseconds=found.encoding_ms + found.searching_ms,
        )
        results = empty.with_page(found)
        return replace(results, total=max(found.total, results.matches))

    async def more(self, results: Results, limit: int = PAGE) -> Results:
        """The same search with its next page.

        Raises:
            SearchError: It cannot be answered any more.
        """
        asks = parsed(results.sought.text)
        return results.with_page(await self._ask(results.sought, asks, results.matches, limit))

    async def _filter(self, sought: Sought, asks: Query) -> Results:
        """What tags and filters let through, out of the catalog."""
        from tui_selector.search.query import QueryError

        def look(catalog: Catalog) -> tuple[array[int], str]:
            from tui_selector.search.filters import matching, obstacle

            ids = matching(catalog, asks, order="name")
            return ids, "" if len(ids) or asks.is_empty else obstacle(catalog, asks)

        try:
            answer = await self._reader.ask(look)
        except QueryError as error:
            raise _refused(error) from error
        if answer is None:
            raise SearchError("The catalog cannot be read.")
        ids, why = answer
        return Results(sought, ids, len(ids), len(ids), notes=(why,) if why else ())

    async def _ask(self, sought: Sought, asks: Query, offset: int, limit: int) -> Found:
        from tui_selector.engine.client import EngineError
        from tui_selector.engine.search_messages import Found
        from tui_selector.search import query as queries

        # Where nothing changes, the columns of the engine's errors are those of the text.
        absolute = queries.with_absolute_files(asks)
        text = sought.text if absolute == asks else queries.format(absolute)
        if not self._link.connected:
            trouble = self._link.trouble
            raise SearchError(
                f"{trouble} Tags and filters alone can still be searched for."
                if trouble
                else "The engine is still starting; the search follows as soon as it is there.",
                temporary=True,
            )
        self._asking += 1
        try:
            found = await self._link.request(sought.request(offset, limit, text))
        except EngineError as error:
            column = error.column if text == sought.text else -1
            raise SearchError(
                str(error), column, error.length, temporary=not self._link.connected
            ) from error
        finally:
            self._asking -= 1
        assert isinstance(found, Found)
        return found


def parsed(text: str) -> Query:
    """Read a query.

    Raises:
        SearchError: It cannot be understood.
    """
    from tui_selector.search.language import parse
    from tui_selector.search.query import QueryError

    try:
        return parse(text)
    except QueryError as error:
        raise _refused(error) from error


def _refused(error: QueryError) -> SearchError:
    return SearchError(error.sentence, error.column, error.length)


def as_query(photos: Sequence[str], unlike: Sequence[str], text: str) -> str:
    """A query for photos by their paths, with a text that results fit as well."""
    from tui_selector.search import query as queries

    like = [f"@{queries.name(path)}" for path in photos]
    return " ".join([*like, *(f"-@{queries.name(path)}" for path in unlike), text]).strip()
