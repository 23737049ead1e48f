"""What indexing learned goes into the catalog, in an order that a crash cannot spoil.

Thumbnails are only a cache and go first. Vectors are written to their file inside the transaction
that names them and the photos: either a photo is indexed with its vector, or it is found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from tui_selector.engine.measuring import VERSION, with_quality
from tui_selector.engine.pipeline import Copied, Failed, Frames, Item, Outcome, Signals
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Indexed
from tui_selector.library.photo import PRESENT, Kind, Photo, State, Tag
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.library.quality import Quality


@dataclass(frozen=True, slots=True)
class Spaces:
    """The names under which a model's vectors are stored, and their lengths."""

    pictures: str
    dimensions: int

    @property
    def words(self) -> str:
        """The space of the vectors that text is compared with."""
        return f"{self.pictures}/words"


@dataclass(slots=True)
class Stored:
    """What became of a batch, by photo id; `again` are to be fed anew, `soon` after a moment.

    Of `seen` videos the frames are stored.
    """

    indexed: list[int] = field(default_factory=list)
    problems: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    soon: list[int] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)


class Store:
    """Writes outcomes of the pipeline; belongs to the thread of its catalog."""

    def __init__(self, catalog: Catalog, thumbnails: ThumbnailStore, spaces: Spaces) -> None:
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._spaces = spaces

    def lacking(self) -> list[int]:
        """Indexed photos whose vector or thumbnail is not there (any more): to be made again.

        Rows of vectors that the disk has lost are forgotten first.
        """
        vectors = self._catalog.vectors
        with self._catalog.transaction():
            vectors.trim(self._spaces.pictures, self._spaces.dimensions)
        there = vectors.hashes(self._spaces.pictures) & self._thumbnails.hashes()
        indexed = self._catalog.photos.all((State.INDEXED,))
        return [photo.id for photo in indexed if photo.hash not in there]

    def lacking_frames(self) -> list[int]:
        """Indexed videos whose frames, or some vectors of them, are not there."""
        return self._catalog.frames.lacking(self._spaces.pictures)

    def leave_frames(self, photo: Photo, sentence: str) -> None:
        """Let the poster stand for a video that cannot be gone through; `sentence` says why."""
        if photo.hash is not None:
            with self._catalog.transaction():
                self._catalog.frames.set_poster(photo.hash)
                self._catalog.photos.set_remark(photo.id, sentence)

    def write(self, results: Sequence[tuple[Item, Outcome]]) -> Stored:
        """Store a batch.

        Raises:
            sqlite3.OperationalError: The catalog cannot be written (disk full); nothing is stored.
            OSError: The vectors cannot be written; nothing is stored.
        """
        signals = [outcome for _, outcome in results if isinstance(outcome, Signals)]
        self._thumbnails.put_many([(each.content.hash, each.thumbnail) for each in signals])
        self._thumbnails.put_tiles([tile for each in signals for tile in each.tiles])
        stored = Stored()
        with self._catalog.transaction():
            rows = {
                photo.id: photo
                for photo in self._catalog.photos.get([item.photo for item, _ in results])
                if photo.state in PRESENT
            }
            self._append_vectors([each for each in signals if each.photo in rows])
            for item, outcome in results:
                photo = rows.get(item.photo)
                if photo is None:
                    continue  # it left while it was looked at
                if isinstance(outcome, Frames):
                    self._write_frames(photo, outcome)
                    stored.seen.append(photo.id)
                elif item.film is not None:
                    continue  # they are looked at again some other time
                elif isinstance(outcome, Signals):
                    if item.kind is Kind.VIDEO:  # its vector is that of its poster, again
                        self._catalog.frames.set(outcome.content.hash, ())
                    self._write_signals(photo.kind, outcome)
                    stored.indexed.append(photo.id)
                elif isinstance(outcome, Copied):
                    done = self._write_copy(outcome)
                    (stored.indexed if done else stored.soon).append(photo.id)
                else:
                    self._write_failure(item, photo, outcome, stored)
        return stored

    def _write_signals(self, kind: Kind, signals: Signals) -> None:
        """Store what was learned about a photo.

        Its tags follow what is stored of its quality: that may know more, from a closer look.
        """
        hash_, qualities = signals.content.hash, self._catalog.qualities
        qualities.store(hash_, VERSION, signals.quality, signals.fingerprint)
        quality = qualities.get(hash_) or signals.quality
        self._catalog.photos.store_indexed([_indexed(signals, quality, kind)])

    def _write_frames(self, photo: Photo, frames: Frames) -> None:
        """Store the frames of a video: their vectors, and their mean as the video's own.

        The poster stands for a video without frames.
        """
        hash_ = frames.content.hash
        if photo.hash != hash_ or photo.state is not State.INDEXED:
            return  # it shows something else meanwhile
        twins = self._catalog.photos.with_hash(hash_, (State.INDEXED,))
        if frames.sentence:
            self._catalog.frames.set_poster(hash_)
            for twin in twins:
                self._catalog.photos.set_remark(twin.id, frames.sentence)
            return
        keys = self._catalog.frames.set(hash_, frames.seconds)
        vectors = self._catalog.vectors
        for space, rows in (
            (self._spaces.pictures, frames.vectors),
            (self._spaces.words, frames.words),
        ):
            vectors.append(space, keys, rows)
            vectors.replace(space, hash_, mean_of(rows))
        for twin in twins:
            tags = self._catalog.tags.of_program(twin.id)
            kept = [tag for tag in tags if tag.source not in ("model", "pixels")]
            self._catalog.tags.set_program(twin.id, (*frames.tags, *kept))
        self._catalog.tabs.unsort([twin.id for twin in twins])

    def _append_vectors(self, signals: Sequence[Signals]) -> None:
        if not signals:
            return
        hashes = [each.content.hash for each in signals]
        vectors = self._catalog.vectors
        vectors.append(self._spaces.pictures, hashes, np.stack([each.vector for each in signals]))
        vectors.append(self._spaces.words, hashes, np.stack([each.words for each in signals]))

    def _write_copy(self, copied: Copied) -> bool:
        """Store what is known about another photo with the same bytes; False if none is left."""
        photos = self._catalog.photos
        twin = twin_of(photos.with_hash(copied.content.hash), copied.photo)
        if twin is None:
            return False
        indexed = Indexed(
            id=copied.photo,
            size=copied.content.size,
            mtime_ns=copied.content.mtime_ns,
            hash=copied.content.hash,
            width=twin.width,
            height=twin.height,
            taken=twin.taken,
            metadata=photos.metadata(twin.id),
            tags=self._catalog.tags.of_program(twin.id),
            remark=twin.problem if twin.state is State.INDEXED else "",
        )
        photos.store_indexed([indexed])
        return True

    def _write_failure(self, item: Item, photo: Photo, failed: Failed, stored: Stored) -> None:
        place = self._catalog.root / photo.path
        if place != item.path:
            stored.again.append(photo.id)  # it was renamed while it was looked at
        elif failed.again == "soon":
            stored.soon.append(photo.id)
        elif failed.again == "later" and not place.exists():
            stored.gone.append(photo.path)
        else:
            self._catalog.photos.set_problem(
                photo.id, failed.sentence, retry=failed.again == "later"
            )
            stored.problems.append(photo.id)


def twin_of(photos: Iterable[Photo], photo: int) -> Photo | None:
    """Another photo among those with the same bytes that has been indexed."""
    return next((each for each in photos if each.id != photo and each.width), None)


def mean_of(rows: np.ndarray) -> np.ndarray:
    """Mean of (n, d) unit rows, unit length; the first one where they cancel each other out."""
    mean = rows.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 1e-6 else rows[0], np.float32)


def _indexed(signals: Signals, quality: Quality, kind: Kind) -> Indexed:
    tags = with_quality(signals.tags, quality, kind)
    best: dict[tuple[str, str], Tag] = {(tag.name, tag.source): tag for tag in tags}
    return Indexed(
        id=signals.photo,
        size=signals.content.size,
        mtime_ns=signals.content.mtime_ns,
        hash=signals.content.hash,
        width=signals.width,
        height=signals.height,
        taken=signals.metadata.taken,
        metadata=msgspec.json.encode(signals.metadata).decode(),
        tags=tuple(best.values()),
        remark=signals.remark,
    )
