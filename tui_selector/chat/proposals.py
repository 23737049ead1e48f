"""What an answer proposes: a fixed form, and its reader, which trusts nothing.

An answer may end in a block:

    ```proposals
    keep 2: sharper at the eyes
    reject 1, 3: blurred by motion
    mark 4
    rate 2, 5 as 4: the best light
    search "dog on a beach"
    rename "Beach day"
    ```

One proposal a line: a verb; numbers of photos of the conversation, or a text in quotation marks;
and, after a colon, a reason. What is not of this form, or about other photos, is left out and
noted. Nothing here acts: `chat.planning` makes a plan of proposals, which the owner confirms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from tui_selector.chat.hostile import harmless, one_line
from tui_selector.library.photo import MAX_RATING

Act: TypeAlias = Literal["keep", "reject", "mark", "rate", "search", "rename"]
ACTS: tuple[Act, ...] = get_args(Act)

#: Most lines of a block that are read, and most characters of a line.
MOST_LINES, LONGEST_LINE = 40, 600
#: Longest reason, and longest text to search for and name of a tab, characters.
LONGEST_REASON, LONGEST_TEXT = 200, 80

#: Characters of a line that is quoted.
_SHOWN = 60

#: The line that opens a block.
OPENING = "```proposals"

_OPENING = re.compile(r"^[ ]{0,3}(?:```+|~~~+)[ ]*proposals?[ ]*$", re.IGNORECASE | re.MULTILINE)
_CLOSING = re.compile(r"^[ ]{0,3}(?:```+|~~~+)[ ]*$", re.MULTILINE)
_VERB = re.compile(r"(?:[-*•] )?([a-z]+)(?: tab)?\b ?", re.IGNORECASE)
#: One piece of a list of numbers.
_PIECE = re.compile(r" ?(?:(\d{1,4})(?!\w)|,|&|#|and\b|photos?\b)", re.IGNORECASE)
_STARS = re.compile(
    r" ?(?:as|with|at|=|->|→)? ?(\d) ?(?:stars?)?(?= ?(?:$|[:(–—-]))", re.IGNORECASE
)
_TEXT = re.compile(r"""(?:"([^"]*)"|“([^”]*)”|'([^']*)')""")
_REASON = re.compile(r"(?:[:(–—]|- ) ?")

#: Verbs that models write for what is called otherwise.
_MEANT: dict[str, Act] = {"pick": "keep", "star": "rate", "find": "search", "name": "rename"}


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an answer proposes.

    Attributes:
        act: Keep is to pick; mark selects on the screen alone.
        photos: Numbers in the conversation; empty for `search` and `rename`.
        stars: 1 to 5 for `rate`, else 0.
        text: What to search for, or the tab's new name: one printable line.
        reason: Why, one printable line; "" where nothing was said.
    """

    act: Act
    photos: tuple[int, ...] = ()
    stars: Annotated[int, msgspec.Meta(ge=0, le=MAX_RATING)] = 0
    text: str = ""
    reason: str = ""


class Answer(NamedTuple):
    """An answer that was read.

    Attributes:
        text: What it says, harmless, without the proposals.
        proposals: What it proposes.
        notes: What was left out of them, a sentence each.
    """

    text: str
    proposals: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()


def read_answer(text: str, numbers: Collection[int]) -> Answer:
    """Take an answer apart. Never raises, whatever a model wrote.

    Args:
        text: All of it.
        numbers: Photos that it may be about: those of the conversation that are there.
    """
    prose, body = _parted(harmless(text))
    if body is None:
        return Answer(prose.strip())
    reader = _Reader(frozenset(numbers))
    proposals = reader.read(body)
    return Answer(prose.strip(), proposals, tuple(reader.notes))


def so_far(text: str) -> str:
    """What can be shown of an answer that is still being written: harmless, without proposals."""
    prose, body = _parted(harmless(text))
    if body is not None:
        return prose.rstrip()
    head, _, last = prose.rpartition("\n")
    is_opening = last.strip() and OPENING.startswith(last.strip().casefold())
    return head.rstrip() if is_opening else prose


def _parted(text: str) -> tuple[str, str | None]:
    """What an answer says, and the inside of its last block; None where it has none."""
    openings = list(_OPENING.finditer(text))
    if not openings:
        return text, None
    opening = openings[-1]
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        return text[: opening.start()], text[opening.end() :]
    before, after = text[: opening.start()].rstrip(), text[closing.end() :].strip()
    return f"{before}\n\n{after}" if after else before, text[opening.end() : closing.start()]


def written(proposals: Iterable[Proposal]) -> str:
    """Proposals in the form that `read_answer` reads; "" for none."""
    lines = [_line(each) for each in proposals]
    return "\n".join((OPENING, *lines, "```")) if lines else ""


def _line(proposal: Proposal) -> str:
    if proposal.act in ("search", "rename"):
        text = proposal.text.replace('"', "'")
        said = f'{proposal.act} "{text}"'
    else:
        said = f"{proposal.act} {', '.join(map(str, proposal.photos))}"
        said += f" as {proposal.stars}" if proposal.act == "rate" else ""
    return f"{said}: {proposal.reason}" if proposal.reason else said


class _NoProposalError(Exception):
    """A line proposes nothing; the message ends a sentence that begins with the line."""


class _Reader:
    """Reads the lines of one block."""

    def __init__(self, numbers: frozenset[int]) -> None:
        self.notes: list[str] = []
        self._numbers = numbers

    def read(self, body: str) -> tuple[Proposal, ...]:
        lines = [" ".join(line.split()) for line in body.split("\n")]
        lines = [line for line in lines if line]
        if len(lines) > MOST_LINES:
            self.notes.append(f"Only the first {MOST_LINES} lines of the proposals were read.")
        found: list[Proposal] = []
        for line in lines[:MOST_LINES]:
            try:
                if (proposal := self._proposal(line)) is not None:
                    found.append(proposal)
            except _NoProposalError as error:
                self._note(f"“{one_line(line, _SHOWN)}” {error}; it is left out.")
        return tuple(self._agreeing(found))

    def _proposal(self, line: str) -> Proposal | None:
        if len(line) > LONGEST_LINE:
            raise _NoProposalError("is too long")
        verb = _VERB.match(line)
        word = verb[1].casefold() if verb else ""
        act = next((act for act in ACTS if act == word), _MEANT.get(word))
        if verb is None or act is None:
            raise _NoProposalError("is none of " + ", ".join(ACTS))
        if act in ("search", "rename"):
            return self._with_text(act, line, verb.end())
        wanted, end = self._listed(line, verb.end())
        if not wanted:
            raise _NoProposalError("names no photo")
        stars = 0
        if act == "rate":
            rated = _STARS.match(line, end)
            if rated is None or not 1 <= int(rated[1]) <= MAX_RATING:
                raise _NoProposalError(f"gives no stars from 1 to {MAX_RATING}")
            end, stars = rated.end(), int(rated[1])
        reason = self._reason(line, end)
        if reason is None:
            raise _NoProposalError("goes on after its photos")
        known = tuple(number for number in wanted if number in self._numbers)
        for number in wanted:
            if number not in self._numbers:
                self._note(f"There is no photo {number} here; it is left out.")
        return Proposal(act=act, photos=known, stars=stars, reason=reason) if known else None

    def _listed(self, line: str, start: int) -> tuple[tuple[int, ...], int]:
        """The numbers that are listed from `start` on, each once, and where the last one ends."""
        numbers: dict[int, None] = {}
        end = place = start
        while piece := _PIECE.match(line, place):
            place = piece.end()
            if piece[1]:
                numbers[int(piece[1])] = None
                end = place
        return tuple(numbers), end

    def _with_text(self, act: Act, line: str, start: int) -> Proposal:
        quoted = _TEXT.match(line, start)
        if quoted is None:
            raise _NoProposalError("has no text in quotation marks")
        text = one_line(next(filter(None, quoted.groups()), ""), LONGEST_TEXT)
        reason = self._reason(line, quoted.end())
        if not text or reason is None:
            raise _NoProposalError("has no text" if not text else "goes on after its text")
        return Proposal(act=act, text=text, reason=reason)

    def _reason(self, line: str, start: int) -> str | None:
        """What is said after a colon; None where something else follows."""
        rest = line[start:].strip().rstrip(".")
        if not rest:
            return ""
        match = _REASON.match(rest)
        if match is None:
            return None
        said = rest[match.end() :]
        return one_line(said.removesuffix(")") if rest[0] == "(" else said, LONGEST_REASON)

    def _agreeing(self, found: Iterable[Proposal]) -> Iterator[Proposal]:
        """Proposals that do not contradict each other, each photo once for each act."""
        found = list(found)
        kept = {number for each in found if each.act == "keep" for number in each.photos}
        gone = {number for each in found if each.act == "reject" for number in each.photos}
        for number in sorted(kept & gone):
            self._note(f"Photo {number} was to be kept and rejected at once; it is left as it is.")
        seen: set[tuple[str, int]] = set()
        texts: set[str] = set()
        for each in found:
            if not each.photos:
                if each.act not in texts or each.act == "search":
                    texts.add(each.act)
                    yield each
                continue
            left = tuple(
                number
                for number in each.photos
                if (each.act, number) not in seen
                and not (each.act in ("keep", "reject") and number in kept & gone)
            )
            seen.update((each.act, number) for number in left)
            if left:
                yield msgspec.structs.replace(each, photos=left)

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)
