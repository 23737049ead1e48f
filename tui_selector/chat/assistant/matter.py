"""One question with all that its answer is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tui_selector.analysis.cull.shots import Alike
from tui_selector.chat.assistant.facts import Album, Facts
from tui_selector.chat.assistant.intents import Wish
from tui_selector.chat.assistant.reading import Part
from tui_selector.chat.assistant.sources import Sources
from tui_selector.chat.conversation import Conversation
from tui_selector.chat.markdown import mentions
from tui_selector.chat.proposals import Proposal
from tui_selector.library.groups import GroupSetting


class Reply(NamedTuple):
    """An answer: Markdown, and what it proposes."""

    text: str
    proposals: tuple[Proposal, ...] = ()


class Matter(NamedTuple):
    """See the head of this module.

    Attributes:
        conversation: Its last turn is the question.
        wish: What the question wants.
        album: The photos.
        sources: What else can be asked.
    """

    conversation: Conversation
    wish: Wish
    album: Album
    sources: Sources

    @property
    def said(self) -> Part:
        """What the question says."""
        return self.wish.said

    @property
    def chosen(self) -> list[Facts]:
        """The photos that the question was asked with."""
        question = self.conversation.question
        return self.album.of(question.photos if question is not None else ())

    @property
    def subjects(self) -> list[Facts]:
        """The photos that the question is about."""
        return self.about(self.said)

    def about(self, part: Part) -> list[Facts]:
        """The photos that a part of the question is about: those that are named, or all."""
        if part.excepted:
            return [each for each in self.chosen if each.number not in part.excepted]
        if part.photos:
            named = self.album.of(part.photos)
            if part.says("others"):
                return [each for each in self.chosen if each not in named]
            return named
        if part.says("it") and not part.says("them", "all", "which", "photo"):
            return self._spoken_of() or self.chosen
        if part.says("others"):
            spoken = self._spoken_of()
            return [each for each in self.chosen if each not in spoken]
        return self.chosen

    def _spoken_of(self) -> list[Facts]:
        """The photo that the last answer was about, as far as one can tell: its first."""
        for turn in reversed(self.conversation.turns[:-1]):
            if turn.who == "assistant":
                named = [number for _, _, number in mentions(turn.text)]
                return self.album.of(named[:1])
        return []

    def chances(self, text: str, photos: Sequence[Facts]) -> Mapping[int, float]:
        """How likely photos show what a text says, by number; empty where nobody can tell."""
        if self.sources.chances is None or not text.strip():
            return {}
        found = self.sources.chances(text, [each.photo.id for each in photos])
        return {each.number: found[each.photo.id] for each in photos if each.photo.id in found}

    def alike(self, photos: Sequence[Facts], setting: GroupSetting = "similar") -> list[Alike]:
        """Groups of photos that are nearly the same, as numbers, the best photo of each first."""
        numbers = {each.photo.id: each.number for each in photos}
        if self.sources.alike is not None and len(photos) > 1:
            found = self.sources.alike(list(numbers), setting)
        else:
            found = _copies(photos)
        known = [[(numbers[id_], why) for id_, why in _members(group, numbers)] for group in found]
        return [
            Alike(
                rule=group.rule,
                kind=group.kind,
                protected=group.protected,
                why=group.why,
                photos=tuple(number for number, _ in members),
                reasons=tuple(why for _, why in members),
            )
            for group, members in zip(found, known, strict=True)
            if len(members) > 1
        ]


def _members(group: Alike, numbers: Mapping[int, int]) -> Iterable[tuple[int, str]]:
    pairs = zip(group.photos, group.reasons, strict=True)
    return (pair for pair in pairs if pair[0] in numbers)


def _copies(photos: Sequence[Facts]) -> list[Alike]:
    """Photos with the same bytes: all that can be told where nothing compares pictures."""
    same: dict[bytes, list[Facts]] = {}
    for each in photos:
        if each.photo.hash is not None:
            same.setdefault(each.photo.hash, []).append(each)
    return [
        Alike(
            rule="duplicates",
            kind="copies",
            protected=False,
            why="The same bytes.",
            photos=tuple(each.photo.id for each in some),
            reasons=("",) * len(some),
        )
        for some in same.values()
        if len(some) > 1
    ]
