"""What a model meant: labels, names and choices out of the text that it wrote.

Models wrap what they are asked for in headings, quotes, bold type and remarks, think aloud first,
refuse, or write something else. What cannot be understood is no answer, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tui_selector.chat.hostile import one_line
from tui_selector.criteria.run import LONGEST_NAME, OTHER

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_NUMBERED = re.compile(
    r"^\W*(?:photo|image|description)?\W*(\d{1,4})[\s*_]*[:.)\]|–—-]+\s*(.*)$", re.IGNORECASE
)
_HEADING = re.compile(
    r"^(?:the\s+)?(?:answer|label|class|category|result)\s*(?:is)?\s*[:=]\s*", re.IGNORECASE
)
_REFUSAL = re.compile(
    r"^\W*(?:i\W?m sorry|i am sorry|sorry\b|i can\W?t\b|i cannot|i\W?m (?:not able|unable)|"
    r"i am (?:not able|unable)|as an ai\b|unfortunately, i)",
    re.IGNORECASE,
)
#: What models write where there is nothing to say.
_NOTHING = {"none", "n/a", "na", "unknown", "unclear", "not specified", "not mentioned", "null"}

#: Longest label, words: what is longer is a sentence and no label.
_MOST_WORDS = 6


class Choice(NamedTuple):
    """What was chosen from a list.

    Attributes:
        class_: A name of the list, or `OTHER`.
        answer: What was answered instead, where that is no name of the list; "" otherwise.
        reason: In the model's words; "" where it gave none.
        sure: Whether the name was given as it stands in the list.
    """

    class_: str
    answer: str
    reason: str
    sure: bool


def spoken(text: str) -> str:
    """What a model says, without what it thought aloud."""
    return _THOUGHT.sub("", text).replace("```", "").strip()


def is_refusal(text: str) -> bool:
    """Whether a model says that it will not answer."""
    return bool(_REFUSAL.match(spoken(text)))


def numbered(text: str, count: int) -> dict[int, str]:
    """The answers to questions 1 to `count`, by number; what has no number is left out.

    Where one question was asked, a single line is its answer even without a number.
    """
    found: dict[int, str] = {}
    lines = [line.strip() for line in spoken(text).splitlines() if line.strip()]
    for line in lines:
        match = _NUMBERED.match(line)
        if match and 1 <= int(match[1]) <= count and match[2].strip():
            found.setdefault(int(match[1]), match[2].strip())
    if not found and count == 1 and len(lines) == 1 and not _NUMBERED.match(lines[0]):
        found[1] = lines[0]
    return found


def bare(text: str) -> str:
    """A label or a name without quotes, bold type, headings and a final full stop; one line."""
    line = _HEADING.sub("", one_line(text, 400).strip(" \t*_`\"'“”‘’"))
    line = re.sub(r"\s*\([^()]*\)\s*$", "", line) or line
    return line.strip(" \t*_`\"'“”‘’.,;:")


def label(text: str) -> str | None:
    """A raw label, in lower case; "" where the model says that there is none, None for nonsense."""
    found = bare(text.split("|")[0]).casefold()
    if found in _NOTHING or found == OTHER:
        return ""
    if not found or len(found) > LONGEST_NAME or len(found.split()) > _MOST_WORDS:
        return None
    return found if any(char.isalnum() for char in found) else None


def names(text: str) -> list[str]:
    """The names of a list, one on a line, with or without numbers; namesakes once, no `OTHER`."""
    found: dict[str, str] = {}
    lines = [line.strip() for line in spoken(text).splitlines() if line.strip()]
    marked = [line for line in lines if _NUMBERED.match(line) or line[0] in "-*•"]
    for line in marked or lines:
        match = _NUMBERED.match(line)
        name = bare(re.split(r"\s[|–—-]\s|: ", match[2] if match else line.lstrip("-*• "))[0])
        short = name and len(name) <= LONGEST_NAME and len(name.split()) <= _MOST_WORDS
        if short and name.casefold() != OTHER and any(char.isalnum() for char in name):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def choice(text: str, classes: Sequence[str]) -> Choice | None:
    """What was chosen of a list; None for nonsense.

    A name counts in any case, in the plural, and where it is the only one of the list in a longer
    answer. What is none of the list is `OTHER`, and what was said instead is kept.
    """
    said, _, reason = text.partition("|")
    said, reason = bare(said) or said.strip(), one_line(reason.strip(), 200)
    by_name = {_folded(name): name for name in classes}
    if (name := by_name.get(_folded(said))) is not None:
        return Choice(name, "", reason, sure=True)
    head, colon, rest = said.partition(":")
    if _folded(head) == OTHER:
        instead = label(rest) if colon else ""
        if instead and (name := by_name.get(_folded(instead))) is not None:
            return Choice(name, "", reason, sure=False)
        return Choice(OTHER, instead or "", reason, sure=True)
    inside = [name for name in classes if re.search(rf"\b{re.escape(name)}\b", said, re.IGNORECASE)]
    longest = [name for name in inside if not any(name != o and name in o for o in inside)]
    if len(longest) == 1:
        return Choice(longest[0], "", reason, sure=False)
    instead = label(said)
    if instead is None:
        return None
    return Choice(OTHER, instead, reason, sure=bool(instead))


def _folded(name: str) -> str:
    """A name as it is compared: case, blanks and a plural do not count."""
    flat = " ".join(name.casefold().replace("-", " ").split())
    return flat[:-1] if len(flat) > 3 and flat.endswith("s") and not flat.endswith("ss") else flat
