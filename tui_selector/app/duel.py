"""Ranking photos by choosing the better of two, again and again.

Binary insertion: photos are put one by one where they belong among those that are ranked already,
so that the k-th needs at most ceil(log2 k) choices, and n photos need at most the sum of these:
1, 3, 5, 8, 11, 14, 17 for 2 to 8 of them (Knuth, The Art of Computer Programming 3, 5.3.1; merge
insertion saves one choice from 5 photos on). What follows from choices made before, also in another
order or on other days, is never asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tui_selector.library.catalog.vote_table import Vote


def most_choices(count: int) -> int:
    """How many choices rank so many photos at most."""
    return sum(map(_steps, range(2, count + 1)))


def _steps(places: int) -> int:
    """How many choices find one of so many places at most: ceil(log2)."""
    return (places - 1).bit_length()


class Ranked(NamedTuple):
    """Photos in an order that choices have a part in.

    Attributes:
        photos: Their ids, the best first.
        over: How many of the others behind it each was chosen over, be it by a chain of choices.
        under: How many of the others before it were chosen over each.
    """

    photos: list[int]
    over: dict[int, int]
    under: dict[int, int]

    def is_decided(self, photo: int) -> bool:
        """Whether choices alone give a photo its place, and no judgement has a part in it."""
        return self.over[photo] + self.under[photo] == len(self.photos) - 1


def choice_words(over: int, under: int, others: int) -> str:
    """What choices say of a photo whose place they do not decide; "" where they say nothing.

    Args:
        over: How many others it was chosen over.
        under: How many were chosen over it.
        others: How many there are.
    """
    of = f"of {others} others"
    if over and under:
        return f"you chose it over {over} {of}, and {under} over it"
    if over:
        return f"you chose it over {over} {of}"
    return f"you chose {under} {of} over it" if under else ""


class Duel:
    """The ranking of a group while it is made.

    Attributes:
        ranked: The photos, best first: as they stood, but each after those chosen over it.
        placed: How many of them have their place.
        pair: The two between which is to be chosen next; None where all have their place.
        left: How many choices are left at most.
        made: The choices that were made here, in order.
    """

    def __init__(self, photos: Sequence[int], votes: Iterable[Vote] = ()) -> None:
        """
        Args:
            photos: Their ids, those that are likely to be better first.
            votes: Choices that were made before, the oldest first.
        """
        self._photos = list(photos)
        self._given = list(votes)
        self.made: list[Vote] = []
        self.ranked: list[int] = []
        self.placed = 0
        self.pair: tuple[int, int] | None = None
        self.left = 0
        self._rank()

    def choose(self, winner: int) -> Vote:
        """Take one of the pair as the better one.

        Raises:
            ValueError: It is none of the pair.
        """
        if self.pair is None or winner not in self.pair:
            raise ValueError(f"Photo {winner} is not in the pair {self.pair}.")
        one, other = self.pair
        vote = Vote(winner, other if winner == one else one)
        self.made.append(vote)
        self._rank()
        return vote

    def take_back(self) -> Vote | None:
        """Take back the last choice that was made here; None where there is none."""
        if not self.made:
            return None
        vote = self.made.pop()
        self._rank()
        return vote

    def drop(self, photos: Iterable[int]) -> None:
        """Rank without some photos, which have gone."""
        gone = set(photos)
        self._photos = [photo for photo in self._photos if photo not in gone]
        self._rank()

    def _rank(self) -> None:
        self._beaten: dict[int, dict[int, None]] = {}
        for vote in (*self._given, *self.made):
            self._beaten.setdefault(vote.winner, {})[vote.loser] = None
            self._beaten.get(vote.loser, {}).pop(vote.winner, None)
        self.pair, self.left = None, 0
        ranked: list[int] = []
        for number, photo in enumerate(self._photos):
            low, high = 0, len(ranked)
            while low < high:
                middle = (low + high) // 2
                better = self._is_better(photo, ranked[middle])
                if better is None:
                    self.pair = (ranked[middle], photo)
                    later = range(number + 2, len(self._photos) + 1)
                    self.left = _steps(high - low + 1) + sum(map(_steps, later))
                    self.placed, self.ranked = number, self._merged()
                    return
                low, high = (low, middle) if better else (middle + 1, high)
            ranked.insert(low, photo)
        self.placed, self.ranked = len(ranked), ranked

    def _merged(self) -> list[int]:
        """The photos as they stood, but each after those chosen over it, so far as that goes."""
        chosen_over: dict[int, list[int]] = {}
        for winner in reversed(self._photos):
            for loser in self._beaten.get(winner, ()):
                chosen_over.setdefault(loser, []).append(winner)
        merged: dict[int, None] = {}
        begun: set[int] = set()
        waiting = self._photos[::-1]
        while waiting:
            photo = waiting[-1]
            better = [] if photo in begun else chosen_over.get(photo, [])
            begun.add(photo)
            before = [each for each in better if each not in begun]
            if before:
                waiting += before
            else:
                merged.setdefault(waiting.pop())
        return list(merged)

    def standing(self) -> Ranked:
        """The ranking as far as it has come, and what choices say of each place."""
        over = dict.fromkeys(self.ranked, 0)
        under = dict(over)
        for place, photo in enumerate(self.ranked):
            for other in self.ranked[place + 1 :]:
                if self._leads(photo, other):
                    over[photo] += 1
                    under[other] += 1
        return Ranked(self.ranked, over, under)

    def _is_better(self, photo: int, other: int) -> bool | None:
        """Whether choices, one or a chain of them, say that a photo is better; None: neither."""
        if self._leads(photo, other):
            return True
        return False if self._leads(other, photo) else None

    def _leads(self, photo: int, other: int) -> bool:
        seen, waiting = {photo}, [photo]
        while waiting:
            for beaten in self._beaten.get(waiting.pop(), ()):
                if beaten == other:
                    return True
                if beaten not in seen:
                    seen.add(beaten)
                    waiting.append(beaten)
        return False


class Votes:
    """All choices of a library, by the photos they are about."""

    def __init__(self, votes: Iterable[Vote] = ()) -> None:
        """
        Args:
            votes: The oldest first.
        """
        self._votes = list(dict.fromkeys(votes))
        self._won: dict[int, list[int]] = {}
        for number, vote in enumerate(self._votes):
            self._won.setdefault(vote.winner, []).append(number)

    def __bool__(self) -> bool:
        return bool(self._votes)

    def among(self, photos: Sequence[int]) -> list[Vote]:
        """The choices between two of these photos, the oldest first."""
        if self._won.keys().isdisjoint(photos):
            return []
        some = set(photos)
        found = [
            number
            for photo in some
            for number in self._won.get(photo, ())
            if self._votes[number].loser in some
        ]
        return [self._votes[number] for number in sorted(found)]

    def ranked(self, photos: Sequence[int]) -> Ranked | None:
        """These photos in the order that choices give them; None where nothing was chosen.

        Args:
            photos: In the order that counts where nothing was chosen.
        """
        votes = self.among(photos)
        return Duel(photos, votes).standing() if votes else None

    def changed(self, add: Iterable[Vote] = (), remove: Iterable[Vote] = ()) -> Votes:
        """These with others, and without some."""
        gone = {*remove, *(Vote(vote.loser, vote.winner) for vote in add)}
        return Votes([*(vote for vote in self._votes if vote not in gone), *add])
