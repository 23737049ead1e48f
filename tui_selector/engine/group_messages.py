"""What a client asks the engine about photos that are nearly the same, and what it is answered."""

from __future__ import annotations

import msgspec

from tui_selector.engine.messages import Answer, Request
from tui_selector.library.groups import GroupKind, GroupWish


class FindGroups(Request, frozen=True, kw_only=True):
    """Group the photos. Answered by `FoundGroups`.

    A newer `FindGroups` of the same client makes an older one that has not begun answer `Failure`.

    Attributes:
        wish: How.
        photos: Only these; the whole library where it is None.
        keep: Whether the engine is to remember the wish and to keep the groups of the whole
            library in the catalog, as photos come and go; for the badges of every grid.
        counts: Whether to tell how many groups other thresholds give.
    """

    wish: GroupWish = GroupWish()
    photos: list[int] | None = None
    keep: bool = False
    counts: bool = True


class SimilarGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Photos that are nearly the same.

    Attributes:
        key: Stays the same while the photo that was shot first stays in a group of this kind.
        kind: What the group is.
        protected: Whether it must stay whole: to keep the best and reject the rest would destroy
            what it was shot for.
        why: One sentence: what makes it a group, and why it is protected if it is.
        photos: Ids, the best first; a set that must stay whole in order of time.
        reasons: For each photo, in that order, one sentence that says where it stands and why.
        confidence: That these photos belong together: 1 for the same bytes, 0.5 at the lowest
            threshold.
        best: That the first photo is the best of them, 0 to 1; 0.5 is a tossed coin, 0 where
            nothing could be compared, or the set must stay whole.
        start: Capture time of the first, seconds since the epoch, UTC; None where none is known.
        end: Of the last.
        clock: What the clock of the place showed at `start`, in seconds as if it showed UTC.
    """

    key: str
    kind: GroupKind
    protected: bool
    why: str
    photos: list[int]
    reasons: list[str]
    confidence: float
    best: float = 0.0
    start: float | None = None
    end: float | None = None
    clock: float | None = None


class ThresholdCount(msgspec.Struct, frozen=True, array_like=True):
    """What a threshold gives: how many groups, and how many photos are in them."""

    threshold: float
    groups: int
    photos: int


class AskTaste(Request, frozen=True, kw_only=True):
    """Ask what the owner would prefer, by the choices between two photos that he has made.

    Answered by `Taste`.

    Attributes:
        photos: Which photos; those of a group compare with each other.
    """

    photos: list[int]


class Taste(Answer, frozen=True, kw_only=True):
    """What was learnt from the owner's choices.

    Attributes:
        choices: How many it was learnt from.
        agreement: Share of them that were foreseen while their group was held out.
        scores: How much each photo asked for is preferred; empty where what was learnt has not
            shown that it foresees choices well enough to suggest anything.
    """

    choices: int = 0
    agreement: float = 0.0
    scores: list[float] = msgspec.field(default_factory=list)


class AskJudgement(Request, frozen=True, kw_only=True):
    """Ask which of some photos is technically the best, and why. Answered by `Judged`.

    Attributes:
        photos: Ids; they are compared with each other alone.
    """

    photos: list[int]


class Judged(Answer, frozen=True, kw_only=True):
    """Which of some photos is technically the best.

    Attributes:
        order: Their ids, the best first.
        reasons: For each photo, in the order asked for, what speaks for and against it; "" where
            nothing sets it apart.
        confidence: That the first is the best, 0 to 1: 0.5 is a tossed coin, 0 where nothing could
            be compared.
    """

    order: list[int]
    reasons: list[str]
    confidence: float


class FoundGroups(Answer, frozen=True, kw_only=True):
    """The groups of a library or of some of its photos.

    Attributes:
        wish: As it was understood, its threshold filled in.
        groups: Those with most photos first; a photo is in one group at most.
        counts: What thresholds give, from the lowest to the highest; empty where not asked for.
        photos: How many photos were compared.
        waiting: How many were not, since they are not indexed yet.
        note: One sentence on what could not be taken into account; "" otherwise.
        milliseconds: That it took in the engine.
    """

    wish: GroupWish
    groups: list[SimilarGroup]
    counts: list[ThresholdCount]
    photos: int
    waiting: int
    note: str
    milliseconds: float
