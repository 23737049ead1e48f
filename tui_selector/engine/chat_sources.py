"""What the built-in assistant asks the other threads of the engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from tui_selector.analysis.cull.shots import Alike
from tui_selector.chat.assistant.sources import Sources
from tui_selector.chat.backend import Backend, ChatError, ChatRequest
from tui_selector.engine.group_messages import FindGroups, FoundGroups
from tui_selector.engine.protocol import AnyAnswer
from tui_selector.engine.search_messages import Found, Search
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.groups import GroupSetting, GroupWish
from tui_selector.paths import LibraryPaths
from tui_selector.search.query import Query, Term
from tui_selector.search.query import format as written

#: Seconds that another thread may take; one that takes longer is gone without.
_PATIENCE = 60.0

#: Numbers of clients that no connection has: each question is one of its own.
_numbers = itertools.count(-1, -1)

_RULES: dict[GroupSetting, str] = {
    "duplicate": "duplicates",
    "bursts": "bursts",
    "similar": "similar",
}


class AnswersSearches(Protocol):
    """The searcher."""

    def ask(self, question: Search, client: int) -> Future[AnyAnswer]: ...


class AnswersGroups(Protocol):
    """The grouper."""

    def ask(self, question: FindGroups, client: int) -> Future[AnyAnswer]: ...


class SearchedChances:
    """See `chat.assistant.sources.WordChances`."""

    def __init__(self, searcher: AnswersSearches) -> None:
        self._searcher = searcher

    def __call__(self, text: str, photos: Sequence[int]) -> Mapping[int, float]:
        """Nothing where the search fails."""
        if not photos or not text.strip():
            return {}
        asked = Search(
            text=written(Query(terms=(Term("words", " ".join(text.split())),))),
            among=list(photos),
            limit=len(photos),
            floor=0.0,
            reasons=False,
        )
        found = _wait(self._searcher.ask(asked, next(_numbers)))
        if not isinstance(found, Found):
            return {}
        return {hit.photo: hit.score for hit in (*found.hits, *found.nearest)}


class GroupedAlike:
    """See `chat.assistant.sources.AlikePhotos`."""

    def __init__(self, grouper: AnswersGroups) -> None:
        self._grouper = grouper

    def __call__(self, photos: Sequence[int], setting: GroupSetting) -> Sequence[Alike]:
        """Nothing where grouping fails."""
        asked = FindGroups(wish=GroupWish(setting=setting), photos=list(photos), counts=False)
        found = _wait(self._grouper.ask(asked, next(_numbers)))
        if not isinstance(found, FoundGroups):
            return ()
        return [
            Alike(
                rule=_RULES[setting],
                kind=group.kind,
                protected=group.protected,
                why=group.why,
                photos=tuple(group.photos),
                reasons=tuple(group.reasons),
            )
            for group in found.groups
        ]


def _wait(reply: Future[AnyAnswer]) -> AnyAnswer | None:
    try:
        return reply.result(_PATIENCE)
    except TimeoutError:
        reply.cancel()
        return None


class EngineAssistant(Backend):
    """The built-in assistant, for any thread: each answer opens a catalog of its own."""

    name = "built-in assistant"
    sees = False

    def __init__(self, library: LibraryPaths, sources: Callable[[], Sources]) -> None:
        """
        Args:
            library: Whose photos.
            sources: What can be asked of the engine now.
        """
        self._library = library
        self._sources = sources

    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        """See `Backend.answer`."""
        from tui_selector.chat.assistant.assistant import Assistant

        try:
            with Catalog.open(self._library) as catalog:
                yield from Assistant(catalog, self._sources()).answer(request, stop)
        except CatalogError as error:
            raise ChatError(str(error)) from error
