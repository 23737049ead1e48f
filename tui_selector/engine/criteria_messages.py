"""What a client asks the engine about sorting photos by a criterion, and what it is answered."""

from __future__ import annotations

from typing import TypeAlias

from tui_selector.criteria.run import Edit, PhotoAnswer, Run, Step, WayOffer, Wish
from tui_selector.engine.messages import Answer, Message, Request


class StartRun(Request, frozen=True, kw_only=True):
    """Sort photos by a criterion. Answered by `RunInfo` at once; `RunProgress` follows.

    What is known from earlier runs is not asked of a model again.

    Attributes:
        wish: By what and how.
        run: The run to make again with this wish, "" for a new one. The class list that the owner
            has edited stays where it is made again from the step assign.
        step: The first step to do again; steps before it keep their answers, even where they were
            given to another wording.
        afresh: Whether a model is to be asked again from that step on, though its answers are
            known.
    """

    wish: Wish
    run: str = ""
    step: Step = "describe"
    afresh: bool = False


class CancelRun(Request, frozen=True, kw_only=True):
    """Stop a run after the photos under way. Answered by `RunInfo`. What it has stays."""

    run: str


class ResumeRun(Request, frozen=True, kw_only=True):
    """Go on with a run that was cancelled or failed. Answered by `RunInfo`."""

    run: str


class RemoveRun(Request, frozen=True, kw_only=True):
    """Forget a run and its folder; what models have answered stays known. Answered by `Done`."""

    run: str


class ListRuns(Request, frozen=True, kw_only=True):
    """Answered by `RunList`."""


class AskWays(Request, frozen=True, kw_only=True):
    """Ask how photos could be sorted by a criterion. Answered by `Ways`.

    Attributes:
        wish: Its `way` is not looked at.
    """

    wish: Wish


class GetRun(Request, frozen=True, kw_only=True):
    """Answered by `RunResult`."""

    run: str


class EditClasses(Request, frozen=True, kw_only=True):
    """Change the list of classes; photos follow. Answered by `RunResult`.

    Either all edits are made or, with a `Failure` that says why, none.
    """

    run: str
    edits: list[Edit]


class AskCrossTable(Request, frozen=True, kw_only=True):
    """Hold two runs against each other. Answered by `CrossTable`."""

    rows: str
    columns: str


class AskLabel(Request, frozen=True, kw_only=True):
    """Ask which photos of a run have a raw label. Answered by `LabelPhotos`."""

    run: str
    label: str


class AskPhoto(Request, frozen=True, kw_only=True):
    """Ask what all runs say about a photo. Answered by `PhotoAnswers`."""

    photo: int


class RunInfo(Answer, frozen=True, kw_only=True):
    """How far a run is."""

    run: Run


class RunList(Answer, frozen=True, kw_only=True):
    """All runs, the latest first."""

    runs: list[Run]


class Ways(Answer, frozen=True, kw_only=True):
    """What could sort photos by the criterion; the first that is ready is chosen."""

    ways: list[WayOffer]


class RunResult(Answer, frozen=True, kw_only=True):
    """A run and what is in its classes.

    Attributes:
        run: Its classes in order.
        members: For each class the ids of its photos, the surest first.
        waiting: Photos that have no class yet.
    """

    run: Run
    members: list[list[int]]
    waiting: list[int]


class CrossTable(Answer, frozen=True, kw_only=True):
    """Two runs held against each other.

    Attributes:
        rows: Names of classes of the one run.
        columns: Names of classes of the other one.
        cells: For each row and column the ids of the photos that are in both classes.
    """

    rows: list[str]
    columns: list[str]
    cells: list[list[list[int]]]


class LabelPhotos(Answer, frozen=True, kw_only=True):
    """The ids of the photos that have a raw label, in natural order."""

    photos: list[int]


class PhotoAnswers(Answer, frozen=True, kw_only=True):
    """What runs say about a photo, the latest run first."""

    answers: list[PhotoAnswer]


class RunProgress(Message, frozen=True, kw_only=True):
    """An event: how far a run is. Sent when a step begins or ends and some times a second."""

    run: Run


#: Any request about criteria.
AnyCriterionRequest: TypeAlias = (
    StartRun
    | CancelRun
    | ResumeRun
    | RemoveRun
    | ListRuns
    | AskWays
    | GetRun
    | EditClasses
    | AskCrossTable
    | AskLabel
    | AskPhoto
)
#: Any answer to one, but `Done` and `Failure`.
AnyCriterionAnswer: TypeAlias = (
    RunInfo | RunList | Ways | RunResult | CrossTable | LabelPhotos | PhotoAnswers
)
