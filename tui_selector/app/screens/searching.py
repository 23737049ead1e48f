"""Searching: the line for it, and the tab of what was found.

The line is imported when it is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.timer import Timer
from textual.worker import Worker, WorkerError

from tui_selector.app.screens.panels import Panelled
from tui_selector.app.searches import PAGE, SEARCH, Results, SearchError, Sought
from tui_selector.app.snapshot import Query
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.display import printable
from tui_selector.search.scores import FLOOR, Weights

if TYPE_CHECKING:
    from tui_selector.app.searches import Searches
    from tui_selector.app.widgets.search_bar import SearchBar, SearchInput
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.search.completion import Completion
    from tui_selector.search.vocabulary import Vocabulary

#: Seconds from a change of the catalog to the search that is made again, at least; and the share
#: of the time that searching again may take while photos stream in.
_AGAIN, _SHARE = 1.0, 0.1

#: Seconds that keys wait for the photos that they are about.
_PATIENCE = 2.0


class Searching(Panelled):
    """Makes searches and shows what they find as tabs."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: SearchBar | None = None
        self._before = Query()
        self._sought: Sought | None = None
        self._unanswered: Sought | None = None
        self._searching: Worker[None] | None = None
        self._made = 0
        self._took = 0.0
        self._again: Timer | None = None
        self._words: tuple[Catalog, Vocabulary] | None = None

    @property
    def searches(self) -> Searches:
        """Makes the searches."""
        return self.selector.searches

    @property
    def is_search_shown(self) -> bool:
        """Whether the tab that is open is a search."""
        return self.album is not None and self.album.query.tab <= SEARCH

    # -- the line ----------------------------------------------------------------------------

    async def action_search(self) -> None:
        """Open the line for a search."""
        if self.album is None:
            self.app.bell()
            return
        bar = await self.open_search_bar()
        # At once, not when there is time: the next key is a letter of the search.
        self.set_focus(bar.input)
        bar.input.select_all()
        self._sought = self._shown_sought()
        if self._sought.is_empty:
            bar.show_result("")
        self._warm_up()

    def on_search_input_typing(self, event: SearchInput.Typing) -> None:
        """Name the keys of the line while it is typed into."""
        event.stop()
        if event.on:
            self.query_one(KeyBar).show(("search",), event.field)
        else:
            self.name_keys()

    async def open_search_bar(self) -> SearchBar:
        """Show the line; it says what the open tab searches for."""
        from tui_selector.app.widgets.search_bar import SearchBar, SearchInput

        if self._bar is None:
            selector = self.selector
            field = SearchInput(
                selector.keys,
                selector.session.queries,
                self._complete,
                self.go_to_found,
                self.leave_search,
            )
            self._bar = SearchBar(field)
            await self.mount(self._bar, before="#status")
        if not self._bar.display or not self._bar.is_typed_in:
            self._bar.display = True
            sought = self._shown_sought()
            self._bar.show(sought.text, sought.prompt)
        return self._bar

    def _shown_sought(self) -> Sought:
        album = self.album
        found = self.searches.sought_in(album.query.tab) if album is not None else None
        return found or Sought()

    @work(exclusive=True, group="warm-up")
    async def _warm_up(self) -> None:
        """Let the engine load what searching needs while the first words are typed."""
        from tui_selector.engine.client import EngineError
        from tui_selector.engine.search_messages import Search

        if self.selector.link.connected and not self.searches.busy:
            try:
                await self.selector.link.request(Search(text="", limit=0))
            except EngineError:
                return  # the search itself meets the same trouble and says it

    async def _complete(self, text: str, cursor: int) -> list[Completion]:
        def look(catalog: Catalog) -> list[Completion]:
            from tui_selector.search.completion import complete
            from tui_selector.search.vocabulary import Vocabulary

            # Its lists are kept until the catalog changes.
            if self._words is None or self._words[0] is not catalog:
                self._words = (catalog, Vocabulary(catalog))
            return complete(text, cursor, self._words[1])

        return await self.selector.reader.ask(look) or []

    def on_search_bar_wanted(self, event: SearchBar.Wanted) -> None:
        """Search for what is typed."""
        event.stop()
        self._search_text(event.text)

    def _search_text(self, text: str) -> None:
        marked = tuple(self.album.marks) if self.album is not None else ()
        sought = self._sought or self._shown_sought()
        # Photos that were chosen elsewhere are no search that words could be added to.
        sought = sought if sought.listed is None else Sought()
        self.search(replace(sought, text=text, marked=marked))

    def remember(self, text: str) -> None:
        """Put a query at the end of the history, in the line and in what the session keeps."""
        from tui_selector.app.widgets.search_bar import remembered

        selector = self.selector
        queries = remembered(selector.session.queries, text)
        selector.session = replace(selector.session, queries=queries)
        if self._bar is not None:
            self._bar.input.forget_draft(queries)

    async def go_to_found(self) -> None:
        """Give the keys to the photos that the typed search has found.

        Waits for them a moment; where they do not come, or there is a fault, keys stay in the line.
        """
        bar = self._bar
        if bar is None:
            return
        self.remember(bar.text)
        text = bar.take()
        if text is not None:
            self._search_text(text)
        if self._searching is not None:
            await asyncio.wait({asyncio.create_task(_ended(self._searching))}, timeout=_PATIENCE)
        if self._sought is None or self._sought.is_empty:
            await self.leave_search()
        elif self._sought == self._shown_sought():
            self.focus_photos()

    async def leave_search(self) -> None:
        """Give up the search that is not kept, and go to the tab that was open before it."""
        self.workers.cancel_group(self, "search")
        self._sought = self._unanswered = None
        album = self.album
        if album is None:
            return
        if album.query.tab == SEARCH:
            self.searches.forget(SEARCH)
            self._close_bar()
            await self._open_query(self._before)
        elif not self.is_search_shown:
            self._close_bar()
        elif self._bar is not None:
            sought = self._shown_sought()
            self._bar.show(sought.text, sought.prompt)
            self.tell_found()
        self.focus_photos()

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.display = False

    async def _open_query(self, query: Query) -> None:
        """Show a query; where its tab has gone meanwhile, all photos."""
        album = self.album
        assert album is not None
        if query.tab not in {tab.id for tab in album.tabs}:
            query = replace(query, tab=View.ALL)
        await self.selector.reader.show(query)

    # -- searching ---------------------------------------------------------------------------

    def search(self, sought: Sought, *, fresh: bool = False) -> None:
        """Make a search in the tab for it, in the place of one that is under way.

        Args:
            sought: What to find; nothing brings back the tab that was open before.
            fresh: Whether it has nothing to do with the search that is shown.
        """
        album = self.album
        if album is None:
            return
        if album.query.tab != SEARCH:
            self._before = album.query
        self._sought = sought
        self._searching = self._search(sought, fresh)

    @work(exclusive=True, group="search")
    async def _search(self, sought: Sought, fresh: bool) -> None:
        bar = await self.open_search_bar()
        if fresh:
            bar.show(sought.text, sought.prompt)
        self._unanswered = None
        if sought.is_empty:
            await self._search_nothing(bar)
            return
        if not self.selector.progress.model and self.selector.link.connected:
            bar.show_result("The engine is loading its model …")
        try:
            results = await self.searches.find(sought)
        except SearchError as error:
            self._unanswered = sought if error.temporary else None
            bar.show_fault(str(error), error.column, error.length)
            return
        self._made += 1
        self.searches.keep(SEARCH, results)
        album = self.album
        assert album is not None
        await self.selector.reader.show(
            replace(album.query, tab=SEARCH, search=self._made, undecided=False)
        )

    async def _search_nothing(self, bar: SearchBar) -> None:
        """Show the tab that was open before while nothing is searched for."""
        self.searches.forget(SEARCH)
        album = self.album
        if album is not None and album.query.tab == SEARCH:
            await self._open_query(self._before)
        bar.show_result("")

    # -- showing -----------------------------------------------------------------------------

    def search_tab_shown(self) -> None:
        """Do what the tab that is shown now needs: called when the album has changed."""
        album = self.album
        if album is None:
            return
        if not self.is_search_shown:
            if self._bar is not None and not self._bar.is_typed_in:
                self._close_bar()
                self._sought = None
            if self.panel == "search":
                self.open_panel("")
            return
        tab = album.query.tab
        self.call_later(self.open_search_bar)
        self.call_later(self.tell_found)
        if tab not in self.searches.results:
            self.renew()
        elif tab in self.searches.stale and self._again is None:
            self._again = self.set_timer(max(_AGAIN, self._took / _SHARE), self.renew)

    def tell_found(self) -> None:
        """Say in the line what the open tab's search has found."""
        album, bar = self.album, self._bar
        if album is None or bar is None or self._unanswered is not None:
            return
        results = self.searches.results.get(album.query.tab)
        if results is not None:
            bar.show_result(self._summary(results))

    def _summary(self, results: Results) -> str:
        progress = self.selector.progress
        words = []
        if results.total:
            least = "" if results.complete else "at least "
            one = "1 photo" if results.total == 1 else f"{results.total:,} photos"
            words.append(f"{least}{one}")
        elif results.ranked and progress.stage in ("scanning", "indexing", "paused"):
            words.append(f"No match among the {progress.done:,} photos indexed so far")
        else:
            words.append("No match")
        near = len(results.ids) - results.matches
        if near:
            what = "1 that comes nearest" if near == 1 else f"{near} that come nearest"
            words.append(f"≈ and faded: the {what}" if results.total else f"≈ the {what}")
        sought = results.sought
        if results.ranked and sought.floor != FLOOR:
            words.append(f"from {100 * sought.floor:.0f} % on")
        if results.ranked and sought.weights != Weights():
            words.append("weights changed")
        if results.milliseconds:
            words.append(f"{results.milliseconds:.0f} ms")
        return "  ·  ".join([*words, *map(printable, results.notes)])

    @work(exclusive=True, group="renew")
    async def renew(self) -> None:
        """Make the search of the open tab again, and stay where the cursor is."""
        self._again = None
        if self.searches.busy:
            # What the owner asks for comes first; its answer would be lost for this question.
            self._again = self.set_timer(_AGAIN, self.renew)
            return
        album = self.album
        sought = self.searches.sought_in(album.query.tab) if album is not None else None
        if album is None or sought is None:
            return
        tab = album.query.tab
        before = self.searches.results.get(tab)
        if before is None:
            sought = replace(sought, marked=tuple(album.marks))
        began = time.monotonic()
        try:
            results = await self.searches.find(sought, max(PAGE, before.matches if before else 0))
        except SearchError as error:
            if before is None and album.query.tab == tab:
                bar = await self.open_search_bar()
                bar.show_fault(str(error), error.column, error.length)
            return
        self._took = time.monotonic() - began
        if self.searches.results.get(tab) is not before:
            return  # another search was made meanwhile
        self.searches.keep(tab, results)
        if album.query.tab == tab:
            await self.selector.reader.show(album.query)

    def engine_came(self) -> None:
        """Make the search that waits for the engine."""
        if not self.selector.link.connected:
            return
        unanswered, self._unanswered = self._unanswered, None
        if unanswered is not None:
            self.search(unanswered)
        elif self.is_search_shown and self.album and self.album.results is None:
            self.renew()


async def _ended(worker: Worker[None]) -> None:
    """Return when a worker has ended, in whatever way."""
    with suppress(WorkerError):
        await worker.wait()
