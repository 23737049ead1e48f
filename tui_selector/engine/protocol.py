"""What a client and the engine say to each other.

Each message is one line of JSON, a tagged struct (`msgspec`), on a Unix-domain stream socket. The
engine speaks first (`Welcome`), so that a client of another version can say clearly what is wrong.
Every request carries a number that its answer repeats; events come unasked. Photos are named by
id: no path, which may be any bytes, ever travels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from tui_selector.engine.messages import Answer, Message, Request
from tui_selector.library.catalog.clusters import Algorithm, Clustering, Space

if TYPE_CHECKING:
    from tui_selector.engine.all_messages import AnyAnswer as AnyAnswer
    from tui_selector.engine.all_messages import AnyEvent as AnyEvent
    from tui_selector.engine.all_messages import AnyRequest as AnyRequest
    from tui_selector.engine.all_messages import FromEngine as FromEngine
else:  # a name for annotations; what each stands for is in that module
    AnyAnswer = AnyEvent = AnyRequest = FromEngine = Message

#: Raised whenever a message changes in a way that an older side would misread.
PROTOCOL = 4

#: A longer line from the engine is no message of ours; the connection is closed.
LONGEST_LINE = 64 * 1024 * 1024

#: The same for a line from a client: room for a request about every photo of a large library.
LONGEST_REQUEST = 16 * 1024 * 1024

Stage = Literal[
    "starting",
    "scanning",
    "indexing",
    "clustering",
    "swapping",
    "reading",
    "idle",
    "paused",
    "failed",
]


class Welcome(Message, frozen=True, kw_only=True):
    """The engine's first word: which protocol it speaks, which program it is."""

    protocol: int
    version: str
    pid: int


# -- requests ----------------------------------------------------------------------------------


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

    photos: list[int] = msgspec.field(default_factory=list)
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
    space: Space = "vectors"


class Divide(Request, frozen=True, kw_only=True):
    """Cut these photos into `parts` groups of look-alikes. Answered by `Groups`."""

    photos: list[int]
    parts: int = 2


# -- answers -----------------------------------------------------------------------------------


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
            While the model is swapped, photos that have a vector of the other one.
        rate: Photos per second over the last seconds; 0 while unknown.
        remaining: Seconds until `total`; None while unknown.
        problems: Files of the library that could not be read.
        closed: Folders of the library that cannot be looked into.
        model: Name and device of the model that makes the vectors; "" until it is loaded.
        coming: The same of a model that is to take over, for which photos are embedded while the
            stage is "swapping"; "" where there is none.
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
    coming: str = ""
    watching: Literal["events", "polling", "no"] = "no"
    note: str = ""


class CatalogChanged(Message, frozen=True, kw_only=True):
    """Something in the catalog is new: some photos, the tabs, or both.

    Attributes:
        photos: Ids of the photos that changed; empty where they are `many`.
        many: Any photo may have changed.
        tabs: Which tabs there are, or which photo is in which, has changed.
        groups: Which photos are in which kept group has changed.
    """

    photos: list[int] = msgspec.field(default_factory=list)
    many: bool = False
    tabs: bool = False
    groups: bool = False


class Notice(Message, frozen=True, kw_only=True):
    """One sentence for the owner."""

    sentence: str
    severity: Literal["information", "warning", "error"] = "information"


class Leaving(Message, frozen=True, kw_only=True):
    """The engine was told to stop. Whoever wants another one starts it; nobody does so unasked."""


_encoder = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """One line, its line feed included."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Read what a client sent.

    Raises:
        msgspec.MsgspecError: It is no request of this protocol.
    """
    from tui_selector.engine.all_messages import REQUESTS

    return REQUESTS.decode(line)


def decode_from_engine(line: bytes) -> FromEngine:
    """Read what the engine sent.

    Raises:
        msgspec.MsgspecError: It is no message of this protocol.
    """
    from tui_selector.engine.all_messages import FROM_ENGINE

    return FROM_ENGINE.decode(line)
