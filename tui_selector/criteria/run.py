"""What the owner asks for when photos are sorted by a criterion, and what a run of it is.

Photos are sorted in four steps, after IC|TC (Kwon et al. 2024, "Image Clustering Conditioned on
Text Criteria"): each photo is described with the criterion in mind, each description becomes a raw
label, the raw labels become a list of classes, and each photo is assigned to one of them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Step = Literal["describe", "label", "name", "assign"]

#: The steps in their order.
STEPS: tuple[Step, ...] = ("describe", "label", "name", "assign")

#: How photos are sorted:
#:
#: - vision: a vision-language model does all four steps
#: - language: there are captions; a language model does the other three steps
#: - captions: there are captions; text vectors, clustering and counting do the rest
#: - words: the words of the criterion are compared with the photos' own vectors
#: - facts: pixels, EXIF and found faces answer by themselves
Way = Literal["vision", "language", "captions", "words", "facts"]

#: The ways in the order in which they are tried, unless a fact answers the criterion exactly.
WAYS: tuple[Way, ...] = ("vision", "language", "captions", "facts", "words")

#: What ways are called on screen.
WAY_NAMES: dict[Way, str] = {
    "vision": "with a vision-language model",
    "language": "by captions, with a language model",
    "captions": "by captions, with text vectors",
    "words": "by the words of the criterion",
    "facts": "by pixels, EXIF and faces",
}

#: The class of photos that fit no other one.
OTHER = "other"

#: Most classes of a run, and most characters of a criterion, of the name of a class and of a text
#: that is kept of a photo.
MOST_CLASSES, LONGEST_CRITERION, LONGEST_NAME, LONGEST_TEXT = 200, 500, 80, 4000

StepState = Literal["waiting", "running", "done", "skipped"]
RunState = Literal["waiting", "running", "done", "cancelled", "failed"]


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what photos are to be sorted, and how.

    Attributes:
        criterion: In the owner's words: "what colour", "which instrument".
        k: How many classes, `OTHER` not counted; None finds a number.
        way: How; None chooses what is there.
        classes: The list of classes, where the owner gives it: then none are looked for.
        other: Whether a photo that fits no class may stay outside, in `OTHER`.
        photos: Ids of the photos to sort; None is the whole library, also as it grows.
        described_as: The criterion that descriptions are made for; "" is `criterion`. A new wording
            that keeps it needs no new descriptions.
        captions: A file of JSON lines ({"image_file": ..., "text": ...}) with descriptions to go
            by, an absolute path; "" takes those of the catalog.
        prompts: What a model is told in a step, in the place of `prompts.DEFAULTS`.
    """

    criterion: str
    k: int | None = None
    way: Way | None = None
    classes: tuple[str, ...] = ()
    other: bool = True
    photos: tuple[int, ...] | None = None
    described_as: str = ""
    captions: str = ""
    prompts: dict[Step, str] = {}

    def validate(self) -> str | None:
        """Return one sentence on what is wrong, or None."""
        if not self.criterion.strip():
            return "Say by what to sort, e.g. “what colour” or “which instrument”."
        if max(len(self.criterion), len(self.described_as)) > LONGEST_CRITERION:
            return f"A criterion has at most {LONGEST_CRITERION} characters."
        if self.k is not None and not 1 <= self.k <= MOST_CLASSES:
            return f"The number of classes lies between 1 and {MOST_CLASSES}, not {self.k}."
        return names_trouble(self.classes)


def names_trouble(names: tuple[str, ...]) -> str | None:
    """One sentence on what is wrong with the names of classes, or None."""
    if len(names) > MOST_CLASSES:
        return f"There are {len(names)} classes; {MOST_CLASSES} is the most."
    seen: set[str] = set()
    for name in names:
        bare = name.strip().casefold()
        if not bare:
            return "A class needs a name."
        if len(name) > LONGEST_NAME:
            return f"The name of a class has at most {LONGEST_NAME} characters."
        if bare in seen:
            return f"Two classes are called “{name.strip()}”."
        seen.add(bare)
    return None


class LabelCount(msgspec.Struct, frozen=True, kw_only=True):
    """A raw label, of how many photos it is, and the class that it was put into ("" for none)."""

    label: str
    photos: int
    class_: str = ""


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """A class of a run.

    Attributes:
        name: Unique in the run, whatever the case of its letters.
        labels: Raw labels that were folded into it.
        origin: The run has found it, the owner gave it, or it takes what fits nowhere else.
        photos: How many photos are in it.
    """

    name: str
    labels: tuple[str, ...] = ()
    origin: Literal["found", "owner", "other"] = "found"
    photos: int = 0


class StepInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How far a step is.

    Attributes:
        step: Which.
        state: Skipped steps are not needed (descriptions are there, or the classes are given).
        done: Photos (of the step name: raw labels) that are through, out of `total`.
        total: See `done`.
        calls: Answers that a model was asked for in this run of the step.
        cached: Answers that were known from before.
        failed: Photos without a usable answer: it was refused, nonsense, or did not come.
        seconds: That the step took.
        note: One sentence where something needs the owner's eye; "" otherwise.
    """

    step: Step
    state: StepState = "waiting"
    done: int = 0
    total: int = 0
    calls: int = 0
    cached: int = 0
    failed: int = 0
    seconds: float = 0.0
    note: str = ""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one photo: its description, raw label and class, "" while there is none."""

    photo: int
    description: str = ""
    label: str = ""
    class_: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run: what was asked for, how far it is and what came out of it.

    Attributes:
        id: Stays the same when the run is made again.
        wish: What was asked for.
        way: How photos are sorted.
        reason: One sentence: why that way, or what it answers by.
        model: Which model answers; "" where none is asked.
        state: Failed runs say why in `note`, and go on from where they stopped.
        steps: All four, in order.
        classes: Largest first as they were made, then in the owner's order; `OTHER` last.
        histogram: Raw labels, most frequent first; the first `LABELS_SHOWN`.
        labels: How many different raw labels there are.
        offers: Answers outside of the list, most frequent first: classes that could be added.
        samples: Some photos and what became of them.
        photos: How many photos the run is about.
        waiting: How many of them have no class yet.
        note: One sentence where something needs the owner's eye; "" otherwise.
        created: Seconds since the epoch, UTC.
        attempts: How many times a model was to be asked afresh in a step.
        folder: Where prompts, answers and settings of the run are written.
    """

    id: str
    wish: Wish
    way: Way
    reason: str = ""
    model: str = ""
    state: RunState = "waiting"
    steps: tuple[StepInfo, ...] = ()
    classes: tuple[Class, ...] = ()
    histogram: tuple[LabelCount, ...] = ()
    labels: int = 0
    offers: tuple[LabelCount, ...] = ()
    samples: tuple[Sample, ...] = ()
    photos: int = 0
    waiting: int = 0
    note: str = ""
    created: float = 0.0
    attempts: dict[Step, int] = {}
    folder: str = ""


#: How many raw labels and samples a `Run` holds for the eye.
LABELS_SHOWN, SAMPLES_SHOWN = 200, 12


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the list of classes.

    Attributes:
        do: - rename: the first of `names` is called `to`
            - merge: all of `names` become one class, called `to`
            - split: the labels in `labels` leave the first of `names` for a new class `to`; without
              labels the class is cut in two by what its photos have in common
            - add: a class `to`; photos whose answer or raw label is that (or among `labels`) go
              there, and with a model those of `OTHER` are asked again
            - remove: photos of the first of `names` go to `OTHER`
            - move: the photos in `photos` belong to the class `to`, whatever the run has found
            - order: `names` is the new order
        names: Of classes that there are.
        to: The name of a class.
        labels: Raw labels.
        photos: Ids of photos.
    """

    do: Literal["rename", "merge", "split", "add", "remove", "move", "order"]
    names: tuple[str, ...] = ()
    to: str = ""
    labels: tuple[str, ...] = ()
    photos: tuple[int, ...] = ()


class PhotoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says about one photo.

    Attributes:
        run: Its id.
        criterion: In the owner's words.
        class_: "" where there is no answer yet.
        reason: One sentence: why.
        confidence: 0 to 1; 0.5 is a tossed coin between the first two classes.
        description: What the photo was described as; "" where it was not.
        label: Its raw label; "" without.
        answer: What the model answered, as it was, where that is not the name of the class.
        way: How it was sorted.
        model: What answered; "" where no model did.
        by_owner: Whether the owner has put it into the class.
    """

    run: str
    criterion: str
    class_: str
    reason: str
    confidence: float
    description: str = ""
    label: str = ""
    answer: str = ""
    way: Way = "facts"
    model: str = ""
    by_owner: bool = False


class WayOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether photos can be sorted in a way.

    Attributes:
        way: Which.
        ready: Whether it can be done now.
        sentence: With what; or why not, and what would help.
    """

    way: Way
    ready: bool
    sentence: str
