"""What a question wants: a table, its rows tried from above to below."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from tui_selector.chat.assistant.purposes import purpose_in
from tui_selector.chat.assistant.reading import Part, Reading, read
from tui_selector.chat.assistant.words import Shelf

Intent: TypeAlias = Literal[
    "who", "eyes", "undo", "help", "rename", "delete", "advise", "decide", "suitable", "why",
    "sort", "find", "compare", "best", "duplicates", "faults", "count", "when", "where", "camera",
    "size", "name", "tags", "flags", "aspect", "people", "text", "contains", "describe", "yes",
    "hello", "thanks", "more", "edit",
]  # fmt: skip


class Row(NamedTuple):
    """When a question wants something.

    Attributes:
        intent: What it wants.
        example: A question that it is for.
        needs: It speaks of one of the concepts in each of these, apart by blanks.
        lacks: It speaks of none of these.
        sure: Whether it cannot well mean anything else; if it can, words that are nearly known are
            tried first.
    """

    intent: Intent
    example: str
    needs: tuple[str, ...]
    lacks: str = ""
    sure: bool = True


TABLE: tuple[Row, ...] = (
    Row("who", "Who are you?", ("identity",)),
    Row("describe", "What do you see in photo 2?", ("see", "what")),
    Row("eyes", "Can you see the photos?", ("see",), "thing number which"),
    Row("undo", "Undo that.", ("undo",)),
    Row("rename", 'Rename the tab "Beach day".', ("rename tab", "quoted"), "decide"),
    Row("rename", "Rename this tab to Beach day.", ("rename name", "tab"), "decide what is"),
    Row("edit", "Crop it.", ("edit",), "which what"),
    Row("flags", "Did I rate any of them?", ("mine", "decide flags choose")),
    Row("suitable", "Which would you pick for a calendar?", ("purpose", "which"), "delete find"),
    Row("advise", "Which should I keep?", ("decide choose delete", "which should")),
    Row("advise", "Is photo 2 worth keeping?", ("decide", "suit", "is")),
    Row("delete", "Delete photo 1.", ("delete",)),
    Row("decide", "Keep the best, reject the rest.", ("decide",)),
    Row("why", "Why is photo 2 better?", ("why",), "thing which"),
    Row("suitable", "Is it suitable for a children's album?", ("purpose",), "find compare"),
    Row("suitable", "Can I print photo 1?", ("use",)),
    Row("decide", "Choose the best two.", ("choose",)),
    Row("sort", "Sort them by sharpness.", ("sort",)),
    Row(
        "find",
        "Find photos of a dog.",
        ("find", "thing"),
        "more most fault duplicates why when which amount",
    ),
    Row("compare", "Compare 1 and 2.", ("compare",)),
    Row("best", "Which photo is better?", ("more most",), "how"),
    Row("duplicates", "Are there duplicates?", ("duplicates",), "thing"),
    Row("faults", "Which ones are blurry?", ("fault",)),
    Row("size", "How many megapixels is photo 3?", ("amount", "size")),
    Row("count", "How many photos are there?", ("amount",)),
    Row("tags", "Which tags does photo 1 have?", ("tags",)),
    Row("name", "What is photo 3 called?", ("name",)),
    Row("size", "What resolution do they have?", ("size",)),
    Row("camera", "Which camera was it?", ("camera exposure",)),
    Row("where", "Where was this taken?", ("where place",), "thing"),
    Row("flags", "Which ones have I picked?", ("flags",)),
    Row("when", "When was photo 2 taken?", ("when time",), "thing"),
    Row("aspect", "Is photo 2 sharp?", ("plain more most",), "thing"),
    Row("people", "Are there people in photo 1?", ("people eyes who",), "thing"),
    Row("text", "Is there text in it?", ("text",), "thing"),
    Row("describe", "Describe photo 1.", ("describe",), "thing"),
    Row("help", "What can you do?", ("help",)),
    Row("advise", "Which should go?", ("which", "should"), "thing", sure=False),
    Row(
        "contains",
        "Which one shows a dog?",
        ("thing", "which is any who"),
        "what how you",
        sure=False,
    ),
    Row("aspect", "How sharp are they?", ("plain more most",), sure=False),
    Row("describe", "What is in photo 2?", ("what",), "thing", sure=False),
    Row("suitable", "Do they fit?", ("suit",), sure=False),
    Row("find", "Show me.", ("find",), sure=False),
    Row("describe", "How are these?", ("how",), sure=False),
    Row("yes", "Yes, do it.", ("yes",)),
    Row("thanks", "Thank you!", ("thanks",)),
    Row("hello", "Hello!", ("hello",)),
    Row("more", "And photo 3?", ("number others last both them it all",), "thing", sure=False),
)


class Wish(NamedTuple):
    """What a question wants, with what it says."""

    intent: Intent
    reading: Reading

    @property
    def said(self) -> Part:
        return self.reading.whole


def understand(text: str, shelf: Shelf) -> Wish | None:
    """What a question wants; None where nothing is understood."""
    first = _looked_up(read(text, shelf))
    if first is not None and first[0].sure and not first[1].whole.says("thing"):
        return Wish(first[0].intent, first[1])
    second = _looked_up(read(text, shelf, correct=True))
    if second is not None and (first is None or second[0].sure > first[0].sure):
        return Wish(second[0].intent, second[1])
    if second is not None and first is not None and second[0] is first[0]:
        first = second
    return Wish(first[0].intent, first[1]) if first is not None else None


def _looked_up(reading: Reading) -> tuple[Row, Reading] | None:
    said = reading.whole
    if purpose_in(said.purpose or said.thing) is not None:
        said.concepts.add("use")
        said.purpose = said.purpose or said.thing
    for row in TABLE:
        if all(said.says(*group.split()) for group in row.needs) and not said.says(
            *row.lacks.split()
        ):
            return row, reading
    return None
