"""What every way of sorting photos has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import Class, LabelCount, Step, Way


class Said(NamedTuple):
    """What a step says of one photo.

    Attributes:
        text: A description or a raw label; "" where there is none.
        failed: One sentence on why there is none; "" where nothing went wrong.
        cached: Whether it was known before.
        reason: One sentence on how it came about; "" where there is nothing to say.
        confidence: 0 to 1.
    """

    text: str
    failed: str = ""
    cached: bool = False
    reason: str = ""
    confidence: float = 1.0


class Named(NamedTuple):
    """A list of classes, `OTHER` not among them.

    Attributes:
        classes: The largest first.
        note: One sentence where they are not what was asked for; "" otherwise.
        cached: How many answers of a model were known before.
        calls: How many a model was asked for.
    """

    classes: list[Class]
    note: str = ""
    cached: int = 0
    calls: int = 0


class Verdict(NamedTuple):
    """The class of a photo: one of the list or `OTHER`; see `Row` for the other fields."""

    class_: str
    confidence: float
    reason: str
    answer: str = ""
    failed: str = ""
    cached: bool = False


class Interrupted(Exception):  # noqa: N818 -- nothing is wrong
    """The run was cancelled while something was under way."""


class Broken(Exception):  # noqa: N818 -- its text is what the owner reads
    """The run cannot go on for now; its text is a sentence. What is known stays."""


class Sorting(ABC):
    """Does the steps of a run; see `criteria.run`.

    Attributes:
        way: Which way it is.
        model: What answers; "" where no model does.
        skips: Steps that are not needed.
        calls: How many answers a model was asked for so far.
    """

    way: Way
    model: str = ""
    skips: frozenset[Step] = frozenset()

    @property
    def calls(self) -> int:
        return 0

    def piece(self, step: Step) -> int:
        """How many photos a step takes at once; 0 is all of them."""
        return 0

    def describe(self, rows: Sequence[Row]) -> list[Said]:
        """Describe photos; a way that skips the step says nothing of them."""
        return []

    @abstractmethod
    def label(self, rows: Sequence[Row], everything: Sequence[Row]) -> list[Said]:
        """Give raw labels to `rows`, which are among `everything` that is in the run."""

    @abstractmethod
    def name(self, labels: Sequence[LabelCount], rows: Sequence[Row]) -> Named:
        """Make a list of classes of all raw labels of the rows, however rare."""

    @abstractmethod
    def assign(self, rows: Sequence[Row], classes: Sequence[Class]) -> list[Verdict]:
        """Assign photos to classes, `OTHER` among them where it is allowed."""


#: Tells whether a run is to be stopped.
Stop = Callable[[], bool]
