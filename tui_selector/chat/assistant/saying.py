"""How answers are put: lists of photos, sentences, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.hostile import one_line
from tui_selector.chat.numbering import in_words

#: Characters of a name and of a quotation.
_NAME, _QUOTED = 60, 300
#: Most photos that are listed one by one.
MOST_LISTED = 20


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words in a row: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def named(photos: Iterable[Facts]) -> str:
    """Photos by number: "photo 2", "photos 1, 2 and 5", "photos 1–9"; "no photo" for none."""
    return photos_called([each.number for each in photos])


def photos_called(numbers: Sequence[int]) -> str:
    """The same, by their numbers."""
    if not numbers:
        return "no photo"
    return f"photo{'s' if len(numbers) > 1 else ''} {joined(in_words(numbers))}"


def capital(text: str) -> str:
    """With a capital letter at the start."""
    return text[:1].upper() + text[1:]


def sentence(words: str) -> str:
    """What was said in a few words, as a sentence."""
    return f"{capital(words.strip()).rstrip('.')}." if words.strip() else ""


def listed(lines: Iterable[str]) -> str:
    """A Markdown list."""
    rows = [f"- {line}" for line in lines]
    more = len(rows) - MOST_LISTED
    return "\n".join([*rows[:MOST_LISTED], *([f"- and {more} more"] if more > 0 else [])])


def called(text: str) -> str:
    """A name of somebody else's making, as it is: no Markdown, one line."""
    return f"`{one_line(text, _NAME).replace('`', chr(39))}`"


def quotation(text: str) -> str:
    """What somebody else wrote, in one line."""
    return f"“{one_line(text, _QUOTED)}”"


def many(count: int, what: str = "photo") -> str:
    """How many: "1 photo", "3 photos"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def paragraphs(*texts: str) -> str:
    """Texts apart by blank lines; empty ones are left out."""
    return "\n\n".join(text for text in texts if text)
