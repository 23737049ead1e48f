"""What a cluster is called: the words that hold for its photos and not for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_selector.analysis.quality.tags import FAULTS
from tui_selector.library.photo import Tag

FAIR_SHARE = 0.4
"""A name holds for at least this share of a cluster's photos."""

PART_SHARE = 0.15
"""A half of a double name ("horse / zebra") holds for at least this share."""

SURE_PAIR_SHARE = 0.6
"""Two subjects go before a colour only if they hold for this share together: a rare subject is
more often a model's slip."""

LISTED_TAGS = 6
SHORTEST_STEM = 3

SOURCE_WEIGHTS = {"owner": 2.0, "model": 1.0, "exif": 0.45, "pixels": 0.35}
SUBJECT_WEIGHT = 0.5
"""Owner and models are at least this sure of what a photo shows; no colour or date is."""

SHAPES = frozenset({"portrait", "landscape", "square", "panorama"})
"""Words for the shape of the frame: as a name they would seem to speak of what is in it."""

MUTE = SHAPES | FAULTS
"""Words that name no cluster: nobody looks for photos by their faults under a tab's name."""


@dataclass(frozen=True, slots=True)
class ClusterName:
    """A cluster's name.

    Attributes:
        name: Unique among the clusters named together.
        tags: Its most distinctive tags, best first.
        share: The share of its photos for which the name holds; 0.0 where the name says
            nothing about what they show.
    """

    name: str
    tags: list[str]
    share: float


class _Word(NamedTuple):
    """A tag within one cluster."""

    number: int
    text: str
    share: float
    strength: float
    subject: bool


def name_clusters(
    tags: Sequence[Sequence[Tag]],
    labels: Sequence[int],
    fallbacks: Sequence[str] = (),
) -> list[ClusterName]:
    """Name the clusters 0..c-1 of ``labels`` (n,) from the ``tags`` of each photo.

    Where no tag names a cluster ``fallbacks`` (one per cluster, see `plain_names`) does.
    Raises ValueError when ``tags`` and ``labels`` differ in length.
    """
    if len(tags) != len(labels):
        raise ValueError(f"Tags of {len(tags)} photos do not fit {len(labels)} labels.")
    flat = [(row, tag) for row, of_photo in enumerate(tags) for tag in of_photo]
    table = TagTable.of(
        len(tags),
        [row for row, _ in flat],
        [tag.name for _, tag in flat],
        [tag.source for _, tag in flat],
        [tag.score for _, tag in flat],
    )
    return table.name(labels, lambda c: fallbacks[c] if c < len(fallbacks) else "")


class TagTable:
    """The tags of a library's photos, counted once, so that naming its clusters costs little."""

    def __init__(
        self,
        photos: int,
        texts: Sequence[str],
        weights: NDArray[np.float64],
        rows: NDArray[np.int32],
        words: NDArray[np.int32],
    ) -> None:
        """
        Args:
            photos: How many photos there are.
            texts: w different tags.
            weights: (w,) how much each tells: how sure the source, how sure the score.
            rows: (m,) a photo, 0..photos-1.
            words: (m,) a tag that it has, 0..w-1; no pair of both stands there twice.
        """
        self._photos, self._texts, self._weights = photos, texts, weights
        self._rows, self._words = rows, words
        self._everywhere = np.bincount(words, minlength=len(texts))
        self._rank = np.empty(len(texts), np.int64)
        self._rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))

    @classmethod
    def of(
        cls,
        photos: int,
        rows: ArrayLike,
        names: Sequence[str],
        sources: Sequence[str],
        scores: ArrayLike,
    ) -> TagTable:
        """Count m tags: whose they are (0..photos-1), what they say, their sources and scores."""
        places: dict[str, int] = {}
        words = np.array([places.setdefault(name, len(places)) for name in names], np.int64)
        sure = np.array([SOURCE_WEIGHTS[source] for source in sources], np.float64)
        sure *= 0.5 + 0.5 * np.clip(np.asarray(scores, np.float64), 0.0, 1.0)
        weights = np.zeros(len(places))
        np.maximum.at(weights, words, sure)
        # A photo that has a tag from two sources has it once.
        pairs = np.sort(np.asarray(rows, np.int64) * max(len(places), 1) + words)
        pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
        of_photo, of_word = np.divmod(pairs, max(len(places), 1))
        return cls(
            photos, list(places), weights, of_photo.astype(np.int32), of_word.astype(np.int32)
        )

    def part(self, rows: ArrayLike) -> TagTable:
        """The tags of some photos, which are 0, 1, ... from then on."""
        wanted = np.asarray(rows, np.intp)
        place = np.full(self._photos, -1, np.int32)
        place[wanted] = np.arange(len(wanted), dtype=np.int32)
        moved = place[self._rows]
        kept = moved >= 0
        return TagTable(len(wanted), self._texts, self._weights, moved[kept], self._words[kept])

    def name(self, labels: ArrayLike, fallback: Callable[[int], str]) -> list[ClusterName]:
        """Name the clusters 0..c-1 of ``labels`` (n,); -1 is in none.

        A tag's strength is its share in the cluster times the log of how much larger that is than
        its share in all other photos (a weighted log-odds, smoothed), times how sure its source is:
        the owner, then models, then EXIF and colours. What photos show goes before how they look;
        where no such tag holds for `FAIR_SHARE` of the photos two may share the name. Where
        nothing holds, ``fallback`` of the cluster names it. Clusters that would share a name get a
        second word that tells them apart.
        """
        own = np.asarray(labels, np.int64)
        count = int(own.max(initial=-1)) + 1
        ranked = self._ranked(own, count)
        pairs = _Pairs(own[self._rows], self._rows, self._words)
        sizes = np.bincount(own[own >= 0], minlength=count).tolist()
        heads = [
            _head(words, partial(pairs.share, cluster, size))
            for cluster, (words, size) in enumerate(zip(ranked, sizes, strict=True))
        ]
        names = _unique(heads, ranked, fallback, self._weights)
        return [
            ClusterName(name, [word.text for word in words[:LISTED_TAGS]], head[1] if head else 0.0)
            for name, words, head in zip(names, ranked, heads, strict=True)
        ]

    def _ranked(self, own: NDArray[np.int64], count: int) -> list[list[_Word]]:
        """Return the words more frequent inside each cluster than outside, strongest first.

        Those of less than `PART_SHARE` are left out unless they are among the strongest.
        """
        width = max(len(self._texts), 1)
        keys, hits = np.unique(own[self._rows] * width + self._words, return_counts=True)
        cluster, word = np.divmod(keys, width)
        cluster, word, hits = (each[cluster >= 0] for each in (cluster, word, hits))
        size = np.maximum(np.bincount(own[own >= 0], minlength=count), 1)[cluster]
        others = self._photos - size
        share = hits / size
        lift = np.log((hits + 0.5) / (size + 1))
        lift -= np.log((self._everywhere[word] - hits + 0.5) / (others + 1))
        lift[others == 0] = 1.0
        strength = self._weights[word] * share * lift
        order = np.lexsort((self._rank[word], -strength, cluster))
        order = order[lift[order] > 0]
        starts = np.searchsorted(cluster[order], np.arange(count))
        place = np.arange(len(order)) - starts[cluster[order]]
        order = order[(place < LISTED_TAGS) | (share[order] >= PART_SHARE)]
        ranked: list[list[_Word]] = [[] for _ in range(count)]
        subject = self._weights[word] >= SUBJECT_WEIGHT
        for of, index, part, strong, shows in zip(
            *(each[order].tolist() for each in (cluster, word, share, strength, subject)),
            strict=True,
        ):
            ranked[of].append(_Word(index, self._texts[index], part, strong, shows))
        return ranked


class _Pairs:
    """Says what share of a cluster has one or the other of two words; sorted when first asked."""

    def __init__(
        self, clusters: NDArray[np.int64], rows: NDArray[np.int32], words: NDArray[np.int32]
    ) -> None:
        self._clusters, self._rows, self._words = clusters, rows, words
        self._sorted = False

    def share(self, cluster: int, size: int, one: int, two: int) -> float:
        """The share among the ``size`` photos of a cluster."""
        if not self._sorted:
            order = np.argsort(self._clusters, kind="stable")
            self._clusters = self._clusters[order]
            self._rows, self._words = self._rows[order], self._words[order]
            self._sorted = True
        low, high = np.searchsorted(self._clusters, (cluster, cluster + 1))
        words = self._words[low:high]
        return len(np.unique(self._rows[low:high][(words == one) | (words == two)])) / size


def plain_names(
    files: Sequence[str], taken: Sequence[float | None], labels: Sequence[int]
) -> list[str]:
    """Return a name for each cluster from dates and file names alone, for lack of tags.

    ``files`` are file names without their folders, ``taken`` capture times in seconds since the
    epoch, UTC.
    """
    members: list[list[int]] = [[] for _ in range(max(labels, default=-1) + 1)]
    for row, label in enumerate(labels):
        if label >= 0:
            members[label].append(row)
    return [
        plain_name([files[row] for row in rows], [taken[row] for row in rows]) for rows in members
    ]


def plain_name(files: Sequence[str], taken: Sequence[float | None]) -> str:
    """Return a name for one cluster: dates where most photos have one, else what files share."""
    times = sorted(time for time in taken if time is not None)
    dates = _date_range(times) if 2 * len(times) > len(files) else None
    return dates or _stem(files)


def _head(
    words: Sequence[_Word], together: Callable[[int, int], float]
) -> tuple[str, float] | None:
    """Return a name and its share: what most photos show, else how they look, else None.

    ``together`` says what share of the photos has one or the other of two words.
    """
    telling = [word for word in words if word.text not in MUTE]
    subjects = [word for word in telling if word.subject]
    return (
        _one(subjects)
        or _two(subjects, together, SURE_PAIR_SHARE)
        or _one(telling)
        or _two(telling, together, FAIR_SHARE)
    )


def _one(words: Sequence[_Word]) -> tuple[str, float] | None:
    """Return the strongest word of a fair share."""
    return next(((word.text, word.share) for word in words if word.share >= FAIR_SHARE), None)


def _two(
    words: Sequence[_Word], together: Callable[[int, int], float], least: float
) -> tuple[str, float] | None:
    """Return the strongest two words that together hold for the share ``least``."""
    halves = [word for word in words if word.share >= PART_SHARE][:4]
    for one, two in combinations(halves, 2):
        if one.share + two.share >= least and (share := together(one.number, two.number)) >= least:
            return f"{one.text} / {two.text}", share
    return None


def _unique(
    heads: Sequence[tuple[str, float] | None],
    ranked: Sequence[Sequence[_Word]],
    fallback: Callable[[int], str],
    weights: NDArray[np.float64],
) -> list[str]:
    """Tell namesakes apart; the one whose name fits best keeps it bare."""
    strength = [words[0].strength if words else 0.0 for words in ranked]
    namesakes: dict[str, list[int]] = {}
    for cluster, head in enumerate(heads):
        if head is not None:
            namesakes.setdefault(head[0], []).append(cluster)
    among = {
        head: _Shares([(cluster, ranked[cluster]) for cluster in clusters])
        for head, clusters in namesakes.items()
        if len(clusters) > 1
    }
    names: list[str] = [""] * len(heads)
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for cluster in sorted(range(len(heads)), key=lambda c: (-strength[c], c)):
        head = heads[cluster]
        if head is None:
            name = fallback(cluster) or f"Cluster {cluster + 1}"
        elif head[0] not in taken:
            name = head[0]
        else:
            shares = among.get(head[0]) or _Shares([])
            name = _qualified(head[0], ranked[cluster], shares, cluster, taken, weights)
            if name == head[0] and (plain := fallback(cluster)):
                name = f"{name} · {plain}"
        bare = name
        while name in taken:
            numbers[bare] = numbers.get(bare, 1) + 1
            name = f"{bare} ({numbers[bare]})"
        taken.add(name)
        names[cluster] = name
    return names


class _Shares:
    """The largest share of each word among some clusters, whichever of them is left out."""

    def __init__(self, clusters: Sequence[tuple[int, Sequence[_Word]]]) -> None:
        self._best: dict[int, tuple[float, int, float]] = {}
        for cluster, words in clusters:
            for word in words:
                first, holder, second = self._best.get(word.number, (0.0, -1, 0.0))
                if word.share > first:
                    self._best[word.number] = (word.share, cluster, first)
                elif word.share > second:
                    self._best[word.number] = (first, holder, word.share)

    def without(self, cluster: int, word: int) -> float:
        first, holder, second = self._best.get(word, (0.0, -1, 0.0))
        return second if holder == cluster else first


def _qualified(
    head: str,
    words: Sequence[_Word],
    rivals: _Shares,
    cluster: int,
    taken: set[str],
    weights: NDArray[np.float64],
) -> str:
    """Add the word that holds here and least among the rivals of the same name, if there is one."""
    used = set(head.split(" / "))
    best: tuple[float, str] | None = None
    for word in words:
        if word.text in used | MUTE or word.share < FAIR_SHARE:
            continue
        name = f"{head} · {word.text}"
        ahead = word.share - rivals.without(cluster, word.number)
        if ahead > 0 and name not in taken:
            score = ahead * float(weights[word.number])
            if best is None or score > best[0]:
                best = score, name
    return best[1] if best is not None else head


def _date_range(times: Sequence[float]) -> str | None:
    """Say a day, days, months or years, as short as the range allows."""
    try:
        first = datetime.fromtimestamp(times[0], UTC)
        last = datetime.fromtimestamp(times[-1], UTC)
    except (OverflowError, OSError, ValueError):
        return None
    if first.date() == last.date():
        return f"{first.day} {first:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {first:%b %Y}"
    if first.year == last.year:
        return f"{first:%b}–{last:%b %Y}"
    return f"{first.year}–{last.year}"


def _stem(files: Sequence[str]) -> str:
    """Return what the names begin with, or the first name and how many more there are."""
    stems = [file.rsplit(".", 1)[0] if "." in file[1:] else file for file in files]
    lowest, highest = min(stems), max(stems)
    same = next(
        (at for at, pair in enumerate(zip(lowest, highest, strict=False)) if pair[0] != pair[1]),
        min(len(lowest), len(highest)),
    )
    start = lowest[:same].rstrip("0123456789").strip(" _-.()")
    if len(start) >= SHORTEST_STEM and len(stems) > 1:
        return start
    if len(stems) == 1:
        return stems[0]
    return f"{lowest} + {len(stems) - 1}"
