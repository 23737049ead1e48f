"""What a photo is: the names that every room shares."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal

import msgspec


class Flag(IntEnum):
    """The owner's verdict on a photo."""

    REJECT = -1
    NONE = 0
    PICK = 1


class Kind(StrEnum):
    """What sort of file holds the photo."""

    IMAGE = "image"
    RAW = "raw"
    VIDEO = "video"


class State(StrEnum):
    """Where a photo stands on its way through the house."""

    FOUND = "found"  # seen by a scan, not decoded yet
    INDEXED = "indexed"  # decoded; thumbnail, signals and vectors are stored
    PROBLEM = "problem"  # could not be decoded; `Photo.problem` says why
    MISSING = "missing"  # the file is gone; the row waits for it to turn up elsewhere
    TRASHED = "trashed"  # moved to the trash by a plan


#: States of a photo whose file stands in the library's folder.
PRESENT = (State.FOUND, State.INDEXED, State.PROBLEM)

#: Colour labels, the first four in the order of the keys 6 to 9; "" is no label.
LABELS = ("red", "yellow", "green", "blue", "purple")

#: Longest rating, in stars.
MAX_RATING = 5


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """One photo of a library: a row of the catalog.

    Attributes:
        id: Stable for the life of the catalog; survives moves and renames of the file.
        path: Relative to the library's root, with `/`; bytes that are not UTF-8 are kept as
            surrogate escapes (`os.fsdecode`).
        size: Bytes.
        mtime_ns: Modification time, nanoseconds since the epoch.
        hash: BLAKE2b-128 of the bytes; None until the file has been read once.
        kind: Image, raw or video.
        state: See `State`.
        problem: One sentence where the state is `PROBLEM`, or a remark on a photo that was indexed
            all the same (a file that is cut short); "" otherwise.
        width: Upright width of the original, pixels; 0 until indexed.
        height: Upright height of the original, pixels; 0 until indexed.
        taken: Capture time, seconds since the epoch, UTC; None where the file does not say.
        flag: Pick, reject or none.
        rating: 1 to 5 stars; 0 is unrated.
        label: One of `LABELS` or "".
    """

    id: int
    path: str
    size: int
    mtime_ns: int
    hash: bytes | None
    kind: Kind
    state: State
    problem: str
    width: int
    height: int
    taken: float | None
    flag: Flag
    rating: int
    label: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]

    @property
    def key(self) -> str:
        """The content hash in hexadecimal, "" until it is known."""
        return self.hash.hex() if self.hash else ""


class Companion(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belongs to a photo's shot: its raw, its movie, its sidecars.

    Attributes:
        path: As `Photo.path`.
        role: What it is to the photo.
        size: Bytes.
        mtime_ns: Modification time, nanoseconds since the epoch.
    """

    path: str
    role: Literal["raw", "movie", "sidecar"]
    size: int
    mtime_ns: int


class Tag(msgspec.Struct, frozen=True):
    """A word that describes a photo.

    Attributes:
        name: Lower-case English, e.g. "dog", "red", "evening".
        score: Confidence from 0 to 1.
        source: The model, the pixels, what the file says about itself (EXIF, XMP), or the owner.
    """

    name: str
    score: float
    source: Literal["model", "pixels", "exif", "owner"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could not be read, and why.

    Attributes:
        path: As `Photo.path`.
        sentence: What happened and what to do.
        time: Seconds since the epoch, UTC.
    """

    path: str
    sentence: str
    time: float
