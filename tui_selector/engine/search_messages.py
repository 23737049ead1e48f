"""What a client asks the engine about finding photos, and what it is answered.

Scores are chances, 0 to 1, that a photo is meant.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tui_selector.engine.messages import Answer, Request
from tui_selector.search.scores import FLOOR, Signal, Weights


class Search(Request, frozen=True, kw_only=True):
    """Rank the photos for a query. Answered by `Found`.

    A newer `Search` or `Similar` of the same client makes an older one that has not begun answer
    `Failure`. The first search of an engine loads what searching needs; an empty text does that
    and finds everything.

    Attributes:
        text: In the query language; file paths in it are absolute.
        marked: The photos that `@marked` stands for.
        among: Only these photos; None is all.
        offset: How many of the best to pass over.
        limit: How many hits to tell.
        floor: The score from which a photo is a match.
        weights: Of the kinds of signals.
        reasons: Whether each hit says what its score is made of.
    """

    text: str
    marked: list[int] = msgspec.field(default_factory=list)
    among: list[int] | None = None
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=0)] = 100
    floor: float = FLOOR
    weights: Weights = Weights()
    reasons: bool = True


class Similar(Request, frozen=True, kw_only=True):
    """Rank the photos by how much they look like others. Answered by `Found`.

    Attributes:
        photos: What results should look like, together; they are among the results themselves.
        unlike: What results should not look like.
        region: Only this part of the one photo: left, top, right, bottom as shares of its upright
            width and height, 0 to 1.
        text: A query that results must fit as well; "" for none.
    """

    photos: list[int]
    unlike: list[int] = msgspec.field(default_factory=list)
    region: tuple[float, float, float, float] | None = None
    text: str = ""
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=0)] = 100
    floor: float = FLOOR
    weights: Weights = Weights()
    reasons: bool = True


class Explain(Request, frozen=True, kw_only=True):
    """Tell where in a photo words are found. Answered by `Explanation`.

    A newer `Explain` of the same client makes an older one answer `Failure`, at once or, where a
    slow one is under way, soon; any search ends a slow one, too.

    Attributes:
        photo: Which photo.
        text: A query, of which the words count; where it has none, the photo's tags do.
        moment: Which frame of a video, in seconds; None for its poster.
        detail: How fine, from 0, for models that find places step by step.
    """

    photo: int
    text: str = ""
    moment: float | None = None
    detail: Annotated[int, msgspec.Meta(ge=0)] = 0


class IndexInfo(Request, frozen=True, kw_only=True):
    """Measure the indexes on the library's own vectors. Answered by `IndexFacts`."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A photo that was found.

    Attributes:
        photo: Its id.
        score: From 0 to 1; of a video, that of its best frame.
        reasons: What the score is made of.
        moments: Of a video, the time (seconds) and the score of each frame that was compared.
    """

    photo: int
    score: float
    reasons: tuple[Signal, ...] = ()
    moments: tuple[tuple[float, float], ...] = ()

    @property
    def moment(self) -> float | None:
        """Where a video fits best, in seconds; None for photos."""
        return max(self.moments, key=lambda each: each[1])[0] if self.moments else None


class Found(Answer, frozen=True, kw_only=True):
    """What a search found, best first.

    Attributes:
        query: The query as it was understood, in its canonical text.
        hits: Some of the matches, from the offset asked for.
        total: How many matches there are; at least so many where it is not `complete`.
        nearest: What comes next under the floor, where the hits end with the last match.
        floor: The score from which a photo is a match.
        ranked: Whether scores mean anything: False where tags and filters alone were asked for.
        complete: Whether every photo was scored, not only the best that an index gave.
        histogram: How many photos have each score, in 20 equal parts of 0 to 1.
        notes: What could not be looked for; one sentence each.
        encoding_ms: Time for turning words and pictures into vectors.
        searching_ms: Time for all the rest in the engine.
    """

    query: str
    hits: list[Hit]
    total: int
    nearest: list[Hit]
    floor: float
    ranked: bool
    complete: bool
    histogram: list[int]
    notes: list[str]
    encoding_ms: float
    searching_ms: float


class WordHeat(msgspec.Struct, frozen=True, kw_only=True):
    """Where one word is found.

    Attributes:
        text: The word; a minus before it where it is not wanted, "" for all words together.
        heat: One byte for each cell of the grid, row by row, 255 where the word surely is; nothing
            where it has no place.
        chance: That the photo shows it, as a search ranks it, 0 to 1; None where that is not
            known.
        from_pixels: Whether it is a colour or the light, which needs no model.
        note: Why it has no place; "" otherwise.
    """

    text: str
    heat: bytes = b""
    chance: float | None = None
    from_pixels: bool = False
    note: str = ""


class Explanation(Answer, frozen=True, kw_only=True):
    """Where in a photo words are found.

    Attributes:
        words: Each of them; before them all together, where there are several.
        rows: Of the grid over the upright photo.
        columns: Of the grid.
        seen: The part of the photo that the model looks at: left, top, right, bottom as shares.
        from_tags: Whether the words are the photo's tags.
        method: How the places were found.
        model: What found them.
        finer: Whether a higher `detail` tells more.
        milliseconds: That it took in the engine.
    """

    words: list[WordHeat]
    rows: int
    columns: int
    seen: tuple[float, float, float, float]
    from_tags: bool
    method: Literal["class activation", "patches", "occlusion"]
    model: str
    finer: bool
    milliseconds: float


class SpaceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The index over one kind of vectors.

    Attributes:
        space: "pictures", or "words" for what texts are compared with.
        kind: Which index.
        vectors: How many rows it has.
        dimensions: Of a vector.
        megabytes: Of the vectors in memory.
        build_seconds: How long building the index took; 0 where there is nothing to build.
        recall: Share of the ten nearest that it finds, against exact search.
        p50_ms: Median time of a query for the ten nearest.
        p95_ms: Time that 95 % of the queries stay under.
        exact_p50_ms: Median time of the exact search.
    """

    space: Literal["pictures", "words"]
    kind: Literal["exact", "rotated", "hnsw", "faiss-ivf"]
    vectors: int
    dimensions: int
    megabytes: float
    build_seconds: float
    recall: float
    p50_ms: float
    p95_ms: float
    exact_p50_ms: float


class IndexFacts(Answer, frozen=True, kw_only=True):
    """The indexes of a library; `photos` are those that can be found."""

    photos: int
    model: str
    spaces: list[SpaceFacts]
