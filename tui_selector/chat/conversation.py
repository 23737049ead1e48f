"""Conversations about numbered photos, as values that can be sent and stored.

A photo keeps its number for as long as the conversation lasts, whatever joins or goes: what an
answer said of photo 2 is about photo 2 ever after.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from typing import Annotated, Literal

import msgspec

from tui_selector.chat.hostile import harmless
from tui_selector.chat.proposals import Proposal

#: Most photos of a conversation.
MOST_PHOTOS = 99
#: Longest question and answer, characters.
LONGEST_QUESTION, LONGEST_ANSWER = 8_000, 60_000

Number = Annotated[int, msgspec.Meta(ge=1, le=MOST_PHOTOS)]


class ChatPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of a conversation.

    Attributes:
        number: From 1, in the order in which photos joined.
        id: As `Photo.id`.
        key: Content hash in hexadecimal, "" where it was not known.
        name: The file's name, printable.
        taken: The camera's clock, "2026-07-03 14:03:22"; "" where the file does not say.
        gone: Whether it is no longer in the library.
    """

    number: Number
    id: int
    key: str = ""
    name: str
    taken: str = ""
    gone: bool = False


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What was said at once.

    Attributes:
        who: The owner, or who answers.
        text: Harmless Markdown without the proposals.
        photos: Numbers of the photos that it is about: of a question, those that were chosen; of
            an answer, those of its question.
        when: Seconds since the epoch, UTC.
        by: Name of the backend that answered; "" for the owner.
        proposals: What an answer proposes.
        notes: What was left out of the proposals, a sentence each.
        stopped: Whether the answer was cut short.
    """

    who: Literal["owner", "assistant"]
    text: str
    photos: tuple[Number, ...] = ()
    when: float = 0.0
    by: str = ""
    proposals: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: bool = False


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it stands; what changes it returns another one.

    Attributes:
        id: Unique, random.
        started: Seconds since the epoch, UTC.
        photos: In the order of their numbers, 1 first, none left out.
        turns: The first first. A question that waits for its answer is the last one.
        tab: The tab that it is about, whose name can be proposed; None for none.
    """

    id: str
    started: float
    photos: tuple[ChatPhoto, ...] = ()
    turns: tuple[Turn, ...] = ()
    tab: int | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the photos that are still there."""
        return tuple(photo.number for photo in self.photos if not photo.gone)

    @property
    def question(self) -> Turn | None:
        """The question that waits for its answer; None where none does."""
        last = self.turns[-1] if self.turns else None
        return last if last is not None and last.who == "owner" else None

    def photo(self, number: int) -> ChatPhoto | None:
        """The photo with a number, gone or not."""
        return self.photos[number - 1] if 1 <= number <= len(self.photos) else None

    def joined(self, photos: Iterable[ChatPhoto]) -> Conversation:
        """With more photos, numbered anew; those that are in it stay, and come back if gone.

        What is more than `MOST_PHOTOS` is left out.
        """
        all_ = list(self.photos)
        places = {photo.id: place for place, photo in enumerate(all_)}
        for photo in photos:
            place = places.get(photo.id)
            if place is not None:
                all_[place] = msgspec.structs.replace(photo, number=place + 1)
            elif len(all_) < MOST_PHOTOS:
                places[photo.id] = len(all_)
                all_.append(msgspec.structs.replace(photo, number=len(all_) + 1))
        return msgspec.structs.replace(self, photos=tuple(all_))

    def without(self, ids: Collection[int]) -> Conversation:
        """With the photos of these ids gone; their numbers stay."""
        photos = tuple(
            msgspec.structs.replace(photo, gone=True) if photo.id in ids else photo
            for photo in self.photos
        )
        return msgspec.structs.replace(self, photos=photos)

    def asked(self, text: str, about: Iterable[int] | None = None) -> Conversation:
        """With a question.

        Args:
            text: As it was typed.
            about: Numbers of the photos that it is about; None for all that are there.
        """
        here = self.numbers
        chosen = here if about is None else tuple(n for n in dict.fromkeys(about) if n in here)
        said = Turn(
            who="owner",
            text=harmless(text[:LONGEST_QUESTION]).strip(),
            photos=chosen,
            when=time.time(),
        )
        return self.said(said)

    def said(self, turn: Turn) -> Conversation:
        """With one more turn."""
        return msgspec.structs.replace(self, turns=(*self.turns, turn))

    def retried(self) -> Conversation:
        """Back at the last question, without what was answered."""
        turns = self.turns
        while turns and turns[-1].who != "owner":
            turns = turns[:-1]
        return msgspec.structs.replace(self, turns=turns)


def new_conversation(photos: Iterable[ChatPhoto] = (), tab: int | None = None) -> Conversation:
    """A conversation that begins now."""
    empty = Conversation(id=os.urandom(8).hex(), started=time.time(), tab=tab)
    return empty.joined(photos)
