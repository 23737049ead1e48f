"""What a cluster is called: the words that hold for its photos and not for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from math import log

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


@dataclass(frozen=True, slots=True)
class _Word:
    """A tag within one cluster."""

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

    A tag's strength is its share in the cluster times the log of how much larger that is than
    its share in all other photos (a weighted log-odds, smoothed), times how sure its source is:
    the owner, then models, then EXIF and colours. What photos show goes before how they look;
    where no such tag holds for `FAIR_SHARE` of the photos two may share the name. Where
    nothing holds, ``fallbacks`` (one per cluster, see `plain_names`) name it. Clusters that
    would share a name get a second word that tells them apart.
    Raises ValueError when ``tags`` and ``labels`` differ in length.
    """
    if len(tags) != len(labels):
        raise ValueError(f"Tags of {len(tags)} photos do not fit {len(labels)} labels.")
    count = max(labels, default=-1) + 1
    found = [_best_source(of_photo) for of_photo in tags]
    sizes = Counter(labels)
    inside = [Counter[str]() for _ in range(count)]
    everywhere: Counter[str] = Counter()
    weights: dict[str, float] = {}
    for words, label in zip(found, labels, strict=True):
        everywhere.update(words.keys())
        if label >= 0:
            inside[label].update(words.keys())
        for text, weight in words.items():
            weights[text] = max(weights.get(text, 0.0), weight)
    ranked = []
    for cluster, counts in enumerate(inside):
        others = len(labels) - sizes[cluster]
        ranked.append(_ranked(counts, everywhere - counts, max(sizes[cluster], 1), others, weights))
    members = _members(labels, count)
    heads = [
        _head(words, [found[row] for row in rows])
        for words, rows in zip(ranked, members, strict=True)
    ]
    names = _unique(heads, ranked, fallbacks, weights)
    return [
        ClusterName(name, [word.text for word in words[:LISTED_TAGS]], head[1] if head else 0.0)
        for name, words, head in zip(names, ranked, heads, strict=True)
    ]


def plain_names(
    files: Sequence[str], taken: Sequence[float | None], labels: Sequence[int]
) -> list[str]:
    """Return a name for each cluster from dates and file names alone, for lack of tags.

    ``files`` are file names without their folders, ``taken`` capture times in seconds since the
    epoch, UTC. Dates are used where most photos of the cluster have one.
    """
    names = []
    for rows in _members(labels, max(labels, default=-1) + 1):
        times = sorted(time for row in rows if (time := taken[row]) is not None)
        dates = _date_range(times) if 2 * len(times) > len(rows) else None
        names.append(dates or _stem([files[row] for row in rows]))
    return names


def _members(labels: Sequence[int], count: int) -> list[list[int]]:
    """Return the rows of each cluster; -1 is left out."""
    members: list[list[int]] = [[] for _ in range(count)]
    for row, label in enumerate(labels):
        if label >= 0:
            members[label].append(row)
    return members


def _best_source(tags: Sequence[Tag]) -> dict[str, float]:
    """Map each tag of one photo to its weight: how sure the source, how sure the score."""
    weights: dict[str, float] = {}
    for tag in tags:
        weight = SOURCE_WEIGHTS[tag.source] * (0.5 + 0.5 * min(max(tag.score, 0.0), 1.0))
        weights[tag.name] = max(weights.get(tag.name, 0.0), weight)
    return weights


def _ranked(
    counts: Counter[str],
    outside: Counter[str],
    size: int,
    others: int,
    weights: dict[str, float],
) -> list[_Word]:
    """Return the words that are more frequent inside than outside, strongest first."""
    words = []
    for text, hits in counts.items():
        share = hits / size
        lift = log((hits + 0.5) / (size + 1)) - log((outside[text] + 0.5) / (others + 1))
        if others == 0:
            lift = 1.0
        if lift > 0:
            subject = weights[text] >= SUBJECT_WEIGHT
            words.append(_Word(text, share, weights[text] * share * lift, subject))
    return sorted(words, key=lambda word: (-word.strength, word.text))


def _head(words: Sequence[_Word], photos: Sequence[dict[str, float]]) -> tuple[str, float] | None:
    """Return a name and its share: what most photos show, else how they look, else None."""
    telling = [word for word in words if word.text not in SHAPES]
    subjects = [word for word in telling if word.subject]
    return (
        _one(subjects)
        or _two(subjects, photos, SURE_PAIR_SHARE)
        or _one(telling)
        or _two(telling, photos, FAIR_SHARE)
    )


def _one(words: Sequence[_Word]) -> tuple[str, float] | None:
    """Return the strongest word of a fair share."""
    return next(((word.text, word.share) for word in words if word.share >= FAIR_SHARE), None)


def _two(
    words: Sequence[_Word], photos: Sequence[dict[str, float]], least: float
) -> tuple[str, float] | None:
    """Return the strongest two words that together hold for the share ``least``."""
    halves = [word.text for word in words if word.share >= PART_SHARE][:4]
    for one, two in combinations(halves, 2):
        covered = sum(one in photo or two in photo for photo in photos)
        if covered >= least * len(photos):
            return f"{one} / {two}", covered / len(photos)
    return None


def _unique(
    heads: Sequence[tuple[str, float] | None],
    ranked: Sequence[Sequence[_Word]],
    fallbacks: Sequence[str],
    weights: dict[str, float],
) -> list[str]:
    """Tell namesakes apart; the one whose name fits best keeps it bare."""
    strength = [words[0].strength if words else 0.0 for words in ranked]
    names: list[str] = [""] * len(heads)
    taken: set[str] = set()
    for cluster in sorted(range(len(heads)), key=lambda c: (-strength[c], c)):
        head = heads[cluster]
        fallback = fallbacks[cluster] if cluster < len(fallbacks) else ""
        if head is None:
            name = fallback or f"Cluster {cluster + 1}"
        elif head[0] not in taken:
            name = head[0]
        else:
            rivals = [
                ranked[other]
                for other, rival in enumerate(heads)
                if other != cluster and rival is not None and rival[0] == head[0]
            ]
            name = _qualified(head[0], ranked[cluster], rivals, taken, weights, fallback)
        number = 2
        bare = name
        while name in taken:
            name = f"{bare} ({number})"
            number += 1
        taken.add(name)
        names[cluster] = name
    return names


def _qualified(
    head: str,
    words: Sequence[_Word],
    rivals: Sequence[Sequence[_Word]],
    taken: set[str],
    weights: dict[str, float],
    fallback: str,
) -> str:
    """Add the word that holds here and least among the rivals of the same name."""
    among_rivals: dict[str, float] = {}
    for rival in rivals:
        for word in rival:
            among_rivals[word.text] = max(among_rivals.get(word.text, 0.0), word.share)
    used = set(head.split(" / "))
    best: tuple[float, str] | None = None
    for word in words:
        if word.text in used | SHAPES or word.share < FAIR_SHARE:
            continue
        name = f"{head} · {word.text}"
        ahead = word.share - among_rivals.get(word.text, 0.0)
        if ahead > 0 and name not in taken:
            score = ahead * weights[word.text]
            if best is None or score > best[0]:
                best = score, name
    if best is not None:
        return best[1]
    return f"{head} · {fallback}" if fallback else head


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
