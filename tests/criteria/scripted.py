"""A model that answers as it was told to, and counts what it was asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from tui_selector.criteria.rows import Subject
from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import MOST_TOKENS, LanguageModel, Message, Picture

_CLASS = re.compile(r"^- (.*)$", re.MULTILINE)
_ITEM = re.compile(r"^(\d+)\. (.*)$", re.MULTILINE)


class ScriptedModel(LanguageModel):
    """Describes picture "k" as told for it, labels by the last word of a description, names the
    labels as classes, and assigns by the class whose name is in the text.

    Attributes:
        asked: How often it was asked, by step.
        spoil: Changes what it answers: gets the step and the answer; may raise `ModelError`.
    """

    name = "scripted"
    sees = True

    def __init__(self, seen: dict[str, str]) -> None:
        self._seen = seen
        self.asked: Counter[str] = Counter()
        self.spoil: Callable[[str, str], str] = lambda step, answer: answer

    def stream(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        *,
        most_tokens: int = MOST_TOKENS,
        report: Callable[[str], None] = lambda sentence: None,
    ) -> Iterator[str]:
        system = "".join(str(part) for part in messages[0].parts if len(messages) > 1)
        step, answer = self._answer(system, messages[-1])
        self.asked[step] += 1
        yield self.spoil(step, answer)

    def _answer(self, system: str, question: Message) -> tuple[str, str]:
        text = "".join(part for part in question.parts if isinstance(part, str))
        pictures = [part for part in question.parts if isinstance(part, Picture)]
        if pictures:
            assert pictures[0].load(1000).size == (8, 8)
            return "describe", self._seen[pictures[0].key]
        if "short labels" in system:
            lines = [f"{n}: {said.rstrip('.').split()[-1]}" for n, said in _ITEM.findall(text)]
            return "label", "\n".join(lines)
        if "Below stand the labels" in system:
            labels = [line.rpartition(":")[0] for line in text.splitlines()]
            wanted = re.search(r"exactly (\d+) classes", system)
            names = labels[: int(wanted[1]) if wanted else None]
            return "name", "\n".join(f"{n}: {name}" for n, name in enumerate(names, 1))
        classes = _CLASS.findall(system)
        lines = []
        for number, said in _ITEM.findall(text):
            fits = [name for name in classes if name in said]
            label = said.rstrip(".").split()[-1]
            lines.append(f"{number}: {fits[0] if fits else f'other: {label}'} | it says {label}")
        return "assign", "\n".join(lines)


class BoundModel(ScriptedModel):
    """Is held to lists of answers where there is one.

    Attributes:
        bounds: To what it was held.
    """

    def __init__(self, seen: dict[str, str]) -> None:
        super().__init__(seen)
        self.bounds: list[Bound] = []

    def bound_answer(
        self,
        messages: Sequence[Message],
        bound: Bound,
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> str:
        self.bounds.append(bound)
        free = self.answer(messages, stop, most_tokens=most_tokens)
        said = [line.split("|")[0].partition(": ")[2].strip() for line in free.splitlines()]
        held = [text if text in bound.texts else bound.texts[-1] for text in said]
        assert len(held) == bound.lines
        return "\n".join(f"{number}: {text}" for number, text in enumerate(held, 1))


def refusing(step: str) -> Callable[[str, str], str]:
    """Refuses one step."""
    return lambda asked, answer: "I'm sorry, I can't help with that." if asked == step else answer


def dying_after(count: int) -> Callable[[str, str], str]:
    """Answers so many times and never again."""
    left = [count]

    def spoil(step: str, answer: str) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise ModelError("The server has gone away.")
        return answer

    return spoil


def album(labels: Sequence[str]) -> tuple[list[Subject], dict[str, str]]:
    """Pictures of things, and what is seen in each."""
    subjects = [
        Subject(f"{number:04x}", (number + 1,), f"{number}.jpg") for number in range(len(labels))
    ]
    seen = {
        subject.key: f"On a table, number {place}, lies a {label}."
        for place, (subject, label) in enumerate(zip(subjects, labels, strict=True))
    }
    return subjects, seen


def blank(subject: Subject, pixels: int) -> Image.Image:
    """Any picture."""
    return Image.new("RGB", (8, 8))
