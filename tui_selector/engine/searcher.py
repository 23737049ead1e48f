"""The thread that searches: the newest question of each client, warm after the first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from tui_selector.engine.answering import AnsweringThread, Waiting
from tui_selector.engine.asking import Asker
from tui_selector.engine.collection import Collection, SpaceIndex
from tui_selector.engine.explaining import explain_photo
from tui_selector.engine.protocol import AnyAnswer, Failure
from tui_selector.engine.search_messages import (
    Explain,
    Found,
    Hit,
    IndexFacts,
    IndexInfo,
    Search,
    Similar,
    SpaceFacts,
)
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.files import DecodeError
from tui_selector.models.embedder import Embedder
from tui_selector.paths import LibraryPaths
from tui_selector.search import floor, query
from tui_selector.search.filters import matching, remark
from tui_selector.search.index import Choice, ExactIndex, Hits, Index, Rows, recall
from tui_selector.search.language import parse
from tui_selector.search.query import Query, QueryError
from tui_selector.search.ranking import Asked, Shelf, explain, moments, rank

#: Photos that are offered where nothing, or nothing more, matches.
_NEAREST = 20
#: Queries that an index is measured with, and how many photos each of them wants.
_MEASURED, _WANTED = 100, 10

AnyQuestion = Search | Similar | Explain | IndexInfo


class Searcher(AnsweringThread[AnyQuestion]):
    """See the head of this module."""

    _replaced = "A newer search took the place of this one."
    _broken = "Searching failed; the engine's log says more."

    def __init__(self, paths: LibraryPaths, choice: Choice = "auto") -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            choice: Which index the owner wants.
        """
        super().__init__("searcher", paths)
        self._choice = choice
        self._embedder: Embedder | None = None
        self._collection: Collection | None = None
        self._searched_with: Embedder | None = None
        self._failure = ""

    def use(self, embedder: Embedder) -> None:
        """Search with this model."""
        with self._changed:
            self._embedder = embedder
            self._changed.notify()

    def fail(self, sentence: str) -> None:
        """There is no model: say so to everyone who asks."""
        with self._changed:
            self._failure = sentence
            self._changed.notify()

    @property
    def model(self) -> str:
        """Name of the model that it searches with; "" for none."""
        embedder = self._embedder
        return embedder.name if embedder is not None else ""

    # -- the thread ----------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        return bool(self._embedder or self._failure)

    def _replaces(self, newer: AnyQuestion, older: AnyQuestion) -> bool:
        return isinstance(newer, Explain) == isinstance(older, Explain)

    def _answer(self, catalog: Catalog, asked: Waiting[AnyQuestion]) -> AnyAnswer:
        question = asked.question
        try:
            if self._embedder is None:
                return Failure(sentence=self._failure)
            if isinstance(question, IndexInfo):
                return self._facts(catalog, self._embedder)
            if isinstance(question, Explain):
                return explain_photo(
                    catalog,
                    self._current(self._embedder),
                    self._embedder,
                    question,
                    lambda: self._is_overtaken(asked.client),
                )
            return self._find(catalog, self._embedder, question)
        except QueryError as error:
            return Failure(sentence=error.sentence, column=error.column, length=error.length)
        except (DecodeError, ValueError) as error:
            return Failure(sentence=str(error))

    def _is_overtaken(self, client: int) -> bool:
        """Whether a client is not to be told any more where something is.

        It may take seconds: the client's newer question and everybody's searches go first.
        """
        with self._changed:
            return self._stopping or any(
                other.client == client or not isinstance(other.question, Explain)
                for other in self._questions
            )

    def _current(self, embedder: Embedder) -> Collection:
        if self._collection is None or self._searched_with is not embedder:
            self._searched_with = embedder
            self._collection = Collection(
                Spaces(str(embedder.key), embedder.dimensions),
                embedder.calibration,
                self._choice,
            )
        return self._collection

    # -- searching -----------------------------------------------------------------------------

    def _find(self, catalog: Catalog, embedder: Embedder, question: Search | Similar) -> Found:
        start = time.perf_counter()
        asks = parse(question.text)
        collection = self._current(embedder)
        shelf = collection.refresh(catalog)
        if isinstance(question, Search):
            asker = Asker(catalog, collection, embedder, question.marked)
            asked: list[Asked] = []
        else:
            asker = Asker(catalog, collection, embedder, ())
            asked = _similar(catalog, asker, question)
        asked += asker.asked(asks.terms)
        if asks.is_empty and not asked:
            embedder.embed_texts(["photo"])  # whoever opens the search bar asks for words next
        if asked:
            allowed = None
            if asks.tags or asks.filters:
                allowed = np.isin(collection.ids, np.asarray(matching(catalog, asks), np.int64))
            if isinstance(question, Search) and question.among is not None:
                among = np.isin(collection.ids, np.asarray(question.among, np.int64))
                allowed = among if allowed is None else allowed & among
            found = _ranked(shelf, collection.ids, asked, allowed, question)
        else:
            found = _unranked(catalog, asks, question)
        took = time.perf_counter() - start
        return msgspec.structs.replace(
            found,
            query=query.format(asks),
            notes=[*asker.notes, *filter(None, [remark(catalog, asks)])],
            encoding_ms=_milliseconds(asker.seconds),
            searching_ms=_milliseconds(took - asker.seconds),
        )

    # -- looking at the index --------------------------------------------------------------------

    def _facts(self, catalog: Catalog, embedder: Embedder) -> IndexFacts:
        collection = self._current(embedder)
        collection.refresh(catalog)
        for space in (collection.pictures, collection.words):
            space.wait()
        return IndexFacts(
            photos=len(collection.ids),
            model=embedder.name,
            spaces=[
                _measure("pictures", collection.pictures),
                _measure("words", collection.words),
            ],
        )


def _similar(catalog: Catalog, asker: Asker, question: Similar) -> list[Asked]:
    """What looking like some photos, and not like others, asks for.

    Raises:
        ValueError: The photos are not there or have no vectors.
        DecodeError: The photo that the region is of cannot be read.
    """
    if question.region is not None:
        photo = catalog.photos.one(question.photos[0]) if len(question.photos) == 1 else None
        if photo is None:
            raise ValueError("A region is of one photo of this library.")
        asked: Asked | None = asker.region(catalog.root / photo.path, question.region)
    else:
        asked = asker.like("like these", question.photos)
    if asked is None:
        raise ValueError("None of these photos is indexed yet; wait until they are.")
    # What is wanted and what is not weigh the same, however many photos there are of each.
    unlike = asker.like("not like those", question.unlike, -1.0)
    return [asked, unlike] if unlike is not None else [asked]


def _ranked(
    shelf: Shelf,
    ids: np.ndarray,
    asked: Sequence[Asked],
    allowed: np.ndarray | None,
    question: Search | Similar,
) -> Found:
    """Rank photos, and cut at the floor."""
    last = question.offset + question.limit
    ranking = rank(shelf, asked, weights=question.weights, allowed=allowed, wanted=last + _NEAREST)
    total = ranking.matches(question.floor)
    end = min(last, total)
    # What is just under the floor is offered once the matches have been told.
    shown = slice(question.offset, end if end < total else max(end, question.offset) + _NEAREST)
    positions = ranking.positions[shown]
    if question.reasons:
        reasons = explain(shelf, asked, positions, question.weights)
    else:
        reasons = [()] * len(positions)
    hits = [
        Hit(
            photo=photo,
            score=round(score, 4),
            reasons=why,
            moments=tuple((round(second, 3), round(chance, 4)) for second, chance in when),
        )
        for photo, score, why, when in zip(
            ids[positions].tolist(),
            ranking.chances[shown].tolist(),
            reasons,
            moments(shelf, asked, positions, question.weights),
            strict=True,
        )
    ]
    there = max(end - question.offset, 0)
    return _found(
        hits[:there],
        total,
        question.floor,
        nearest=hits[there:],
        ranked=True,
        complete=ranking.complete,
        histogram=floor.histogram(ranking.chances),
    )


def _unranked(catalog: Catalog, asks: Query, question: Search | Similar) -> Found:
    """Every photo that the filters let through, in natural order."""
    ids = matching(catalog, asks, order="name")
    hits = [Hit(photo=id_, score=1.0) for id_ in ids[question.offset :][: question.limit]]
    return _found(hits, len(ids), question.floor)


def _found(
    hits: list[Hit],
    total: int,
    least: float,
    *,
    nearest: Sequence[Hit] = (),
    ranked: bool = False,
    complete: bool = True,
    histogram: Sequence[int] = (),
) -> Found:
    """An answer that lacks what only the question knows: its text, notes and times."""
    return Found(
        query="",
        hits=hits,
        total=total,
        nearest=list(nearest),
        floor=least,
        ranked=ranked,
        complete=complete,
        histogram=list(histogram),
        notes=[],
        encoding_ms=0.0,
        searching_ms=0.0,
    )


def _measure(name: Literal["pictures", "words"], space: SpaceIndex) -> SpaceFacts:
    """Ask an index, and exact search, for what is nearest to some of its own rows."""
    index = space.index
    vectors = index.vectors
    exact = ExactIndex(Rows(vectors))
    asked = vectors[:: max(1, len(vectors) // _MEASURED)][:_MEASURED]
    ours, our_times = _ask_each(index, asked)
    truth, exact_times = (ours, our_times) if index.kind == "exact" else _ask_each(exact, asked)
    return SpaceFacts(
        space=name,
        kind=index.kind,
        vectors=len(index),
        dimensions=space.dimensions,
        megabytes=round(vectors.nbytes / 1e6, 1),
        build_seconds=round(space.seconds, 2),
        recall=round(recall(ours, truth), 4),
        p50_ms=_milliseconds(float(np.quantile(our_times, 0.5))),
        p95_ms=_milliseconds(float(np.quantile(our_times, 0.95))),
        exact_p50_ms=_milliseconds(float(np.quantile(exact_times, 0.5))),
    )


def _ask_each(index: Index, asked: np.ndarray) -> tuple[Hits, list[float]]:
    """The nearest rows of each query, asked one by one, and the seconds that each took."""
    times, found = [], []
    for one in asked:
        start = time.perf_counter()
        found.append(index.search(one[None], _WANTED))
        times.append(time.perf_counter() - start)
    rows = [hits.rows for hits in found] or [np.empty((0, _WANTED), np.int64)]
    scores = [hits.scores for hits in found] or [np.empty((0, _WANTED), np.float32)]
    return Hits(np.concatenate(rows), np.concatenate(scores)), times or [0.0]


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 3)
