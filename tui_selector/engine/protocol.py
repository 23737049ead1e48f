"""What a client and the engine say to each other.

Each message is one line of JSON, a tagged struct (`msgspec`), on a Unix-domain stream socket. The
engine speaks first (`Welcome`), so that a client of another version can say clearly what is wrong.
Every request carries a number that its answer repeats; events come unasked. Photos are named by
id: no path, which may be any bytes, ever travels.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from tui_selector.library.catalog.clusters import Algorithm, Clustering
from tui_selector.search.scores import FLOOR, Signal, Weights

#: Raised whenever a message changes in a way that an older side would misread.
PROTOCOL = 2

#: A longer line from the engine is no message of ours; the connection is closed.
LONGEST_LINE = 64 * 1024 * 1024

#: The same for a line from a client: room for a request about every photo of a large library.
LONGEST_REQUEST = 16 * 1024 * 1024

Stage = Literal[
    "starting", "scanning", "indexing", "clustering", "reading", "idle", "paused", "failed"
]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Anything that travels."""


class Welcome(Message, frozen=True, kw_only=True):
    """The engine's first word: which protocol it speaks, which program it is."""

    protocol: int
    version: str
    pid: int


# -- requests ----------------------------------------------------------------------------------


class Request(Message, frozen=True, kw_only=True):
    """A client's wish; `number` is chosen by the client and repeated in the answer."""

    number: int = 0


class GetStatus(Request, frozen=True, kw_only=True):
    """Answered by `Status`."""


class Pause(Request, frozen=True, kw_only=True):
    """Stop indexing after the batches under way, until `Resume`, also of another engine.

    Answered by `Done`.
    """


class Resume(Request, frozen=True, kw_only=True):
    """Go on indexing. Answered by `Done`."""


class Stop(Request, frozen=True, kw_only=True):
    """Finish the batches under way and leave. Answered by `Done` before the socket closes."""


class Rescan(Request, frozen=True, kw_only=True):
    """Compare the folder with the catalog again. Answered by `Done` once compared."""


class Settle(Request, frozen=True, kw_only=True):
    """Answered by `Done` when nothing is left to scan, index or cluster."""


class Look(Request, frozen=True, kw_only=True):
    """Index these photos first: they are on screen. Answered by `Done` at once."""

    photos: list[int]


class Tell(Request, frozen=True, kw_only=True):
    """The client has changed the catalog; the other clients are told. Answered by `Done`."""

    photos: list[int] = []
    tabs: bool = False


class Recluster(Request, frozen=True, kw_only=True):
    """Cluster with these parameters, remember them, and rewrite the tabs.

    Answered by `Clustered`. A newer `Recluster` of the same client makes an older one that has
    not begun answer `Failure`.
    """

    clustering: Clustering


class Group(Request, frozen=True, kw_only=True):
    """Cluster with these parameters and tell the groups; tabs stay. Answered by `Groups`."""

    clustering: Clustering


class Suggest(Request, frozen=True, kw_only=True):
    """Answered by `Suggestion`: the parameters that fit best, and the curve they came from."""

    algorithm: Algorithm


class Divide(Request, frozen=True, kw_only=True):
    """Cut these photos into `parts` groups of look-alikes. Answered by `Groups`."""

    photos: list[int]
    parts: int = 2


class Search(Request, frozen=True, kw_only=True):
    """Rank the photos for a query. Answered by `Found`.

    A newer `Search` or `Similar` of the same client makes an older one that has not begun answer
    `Failure`. The first search of an engine loads what searching needs; an empty text does that
    and finds everything.

    Attributes:
        text: In the query language; file paths in it are absolute.
        marked: The photos that `@marked` stands for.
        offset: How many of the best to pass over.
        limit: How many hits to tell.
        floor: The score from which a photo is a match.
        weights: Of the kinds of signals.
        reasons: Whether each hit says what its score is made of.
    """

    text: str
    marked: list[int] = []
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
    unlike: list[int] = []
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


# -- answers -----------------------------------------------------------------------------------


class Answer(Message, frozen=True, kw_only=True):
    """The answer to the request with the same number."""

    number: int = 0


class Done(Answer, frozen=True, kw_only=True):
    """It is done."""


class Failure(Answer, frozen=True, kw_only=True):
    """It was not done; one sentence says why.

    Attributes:
        sentence: Safe to show in a terminal.
        column: Where in the text of a query the reason stands, in characters from 0; -1 elsewhere.
        length: How many characters are meant.
    """

    sentence: str
    column: int = -1
    length: int = 0


class Clustered(Answer, frozen=True, kw_only=True):
    """The tabs were rewritten. `clustering` has every suggested value filled in."""

    clustering: Clustering
    tabs: int
    singles: int
    note: str = ""


class PhotoGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Photos that belong together and what they are called."""

    name: str
    tags: tuple[str, ...]
    photos: list[int]


class Groups(Answer, frozen=True, kw_only=True):
    """Groups, largest first, and the photos that no group wants."""

    clustering: Clustering
    groups: list[PhotoGroup]
    singles: list[int]
    note: str = ""


class Suggestion(Answer, frozen=True, kw_only=True):
    """`curve` holds (parameter, score) pairs; `label` says what the score is."""

    clustering: Clustering
    curve: list[tuple[float, float]]
    label: str
    reason: str


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


class Status(Answer, frozen=True, kw_only=True):
    """What the engine is doing and for whom."""

    progress: Progress
    pid: int
    version: str
    started: float
    clients: int
    clustering: Clustering


# -- events ------------------------------------------------------------------------------------


class Progress(Message, frozen=True, kw_only=True):
    """Sent when a stage changes and a few times a second while one runs.

    Attributes:
        done: Photos indexed since the work began, out of `total`; at rest, all of the library.
        rate: Photos per second over the last seconds; 0 while unknown.
        remaining: Seconds until `total`; None while unknown.
        problems: Files of the library that could not be read.
        closed: Folders of the library that cannot be looked into.
        model: Name and device of the model that makes the vectors; "" until it is loaded.
        watching: How changes of the folder are noticed.
        note: One sentence where something needs the owner's eye; "" otherwise.
    """

    stage: Stage
    done: int = 0
    total: int = 0
    rate: float = 0.0
    remaining: float | None = None
    problems: int = 0
    closed: int = 0
    model: str = ""
    watching: Literal["events", "polling", "no"] = "no"
    note: str = ""


class CatalogChanged(Message, frozen=True, kw_only=True):
    """Something in the catalog is new: some photos, the tabs, or both.

    Attributes:
        photos: Ids of the photos that changed; empty where they are `many`.
        many: Any photo may have changed.
        tabs: Which tabs there are, or which photo is in which, has changed.
    """

    photos: list[int] = []
    many: bool = False
    tabs: bool = False


class Notice(Message, frozen=True, kw_only=True):
    """One sentence for the owner."""

    sentence: str
    severity: Literal["information", "warning", "error"] = "information"


class Leaving(Message, frozen=True, kw_only=True):
    """The engine was told to stop. Whoever wants another one starts it; nobody does so unasked."""


AnyRequest: TypeAlias = (
    GetStatus
    | Pause
    | Resume
    | Stop
    | Rescan
    | Settle
    | Look
    | Tell
    | Recluster
    | Group
    | Suggest
    | Divide
    | Search
    | Similar
    | Explain
    | IndexInfo
)
AnyAnswer: TypeAlias = (
    Done | Failure | Clustered | Groups | Suggestion | Found | Explanation | IndexFacts | Status
)
AnyEvent: TypeAlias = Progress | CatalogChanged | Notice | Leaving
FromEngine: TypeAlias = Welcome | AnyAnswer | AnyEvent

_encoder = msgspec.json.Encoder()
_request_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_engine_decoder: msgspec.json.Decoder[FromEngine] = msgspec.json.Decoder(FromEngine)


def encode(message: Message) -> bytes:
    """One line, its line feed included."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Read what a client sent.

    Raises:
        msgspec.MsgspecError: It is no request of this protocol.
    """
    return _request_decoder.decode(line)


def decode_from_engine(line: bytes) -> FromEngine:
    """Read what the engine sent.

    Raises:
        msgspec.MsgspecError: It is no message of this protocol.
    """
    return _engine_decoder.decode(line)
