"""What was measured of pictures, by the hash of their bytes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui_selector.library.quality import Quality

#: Photos of which something can be measured.
_MEASURED = "p.state = 'indexed' AND p.hash IS NOT NULL"

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500


class Unseen(msgspec.Struct, frozen=True):
    """A photo that is still to be measured, or looked at closely. `path` as `Photo.path`."""

    id: int
    hash: bytes
    path: str
    size: int
    mtime_ns: int


class Signals(msgspec.Struct, frozen=True):
    """What was measured of all indexed photos, n of them, in columns.

    Attributes:
        photos: (n,) int64, their ids, ascending.
        values: (n,) structured: a float32 field for each of `quality.FIELDS`, NaN where it cannot
            be told; `values["sharpness"]` is a column.
        fingerprints: n fingerprints as `analysis.similar.hashing` makes them.
    """

    photos: NDArray[np.int64]
    values: NDArray[np.void]
    fingerprints: list[bytes]


class QualityTable:
    """Reads and writes what was measured. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # -- writing -----------------------------------------------------------------------------

    def store(self, hash_: bytes, version: str, quality: Quality, fingerprint: bytes) -> None:
        """Keep what was measured of a picture.

        What the same version has measured before stays, as it may know more: a closer look.

        Args:
            hash_: Of its bytes.
            version: Of the measure.
            quality: Its signals.
            fingerprint: What it is recognised by.
        """
        from tui_selector.library.quality import pack

        self._db.execute(
            "INSERT INTO qualities(hash, version, signals, fingerprint) VALUES(?, ?, ?, ?)"
            " ON CONFLICT(hash) DO UPDATE SET version = excluded.version, look = 0,"
            " signals = excluded.signals, fingerprint = excluded.fingerprint"
            " WHERE version <> excluded.version",
            (hash_, version, pack(quality), fingerprint),
        )

    def store_look(self, hash_: bytes, look: int, quality: Quality) -> None:
        """Keep the signals of a measured picture with what a closer look has added.

        Args:
            hash_: Of its bytes.
            look: Version of the closer look, not 0.
            quality: All its signals.
        """
        from tui_selector.library.quality import pack

        self._db.execute(
            "UPDATE qualities SET look = ?, signals = ? WHERE hash = ?",
            (look, pack(quality), hash_),
        )

    # -- reading -----------------------------------------------------------------------------

    def get(self, hash_: bytes) -> Quality | None:
        """The signals of a picture; None where it was not measured."""
        from tui_selector.library.quality import unpack

        row = self._db.execute("SELECT signals FROM qualities WHERE hash = ?", (hash_,)).fetchone()
        if row is None:
            return None
        try:
            return unpack(row[0])
        except ValueError:
            return None  # it is measured anew soon

    def of(self, photos: Sequence[int]) -> dict[int, Quality]:
        """Photo id to its signals; photos that were not measured are left out."""
        from tui_selector.library.quality import PACKED_SIZE, unpack

        found: dict[int, Quality] = {}
        for start in range(0, len(photos), _CHUNK):
            some = photos[start : start + _CHUNK]
            rows = self._db.execute(
                "SELECT p.id, q.signals FROM photos p JOIN qualities q ON q.hash = p.hash"  # noqa: S608
                f" WHERE p.id IN ({','.join('?' * len(some))}) AND length(q.signals) = ?",
                (*some, PACKED_SIZE),
            )
            found.update((id_, unpack(signals)) for id_, signals in rows)
        return found

    def columns(self) -> Signals:
        """What was measured of every indexed photo, at once."""
        import numpy as np

        from tui_selector.library.quality import FIELDS, PACKED_SIZE

        rows = self._db.execute(
            "SELECT p.id, q.signals, q.fingerprint FROM photos p"  # noqa: S608
            " JOIN qualities q ON q.hash = p.hash"
            f" WHERE {_MEASURED} AND length(q.signals) = ? ORDER BY p.id",
            (PACKED_SIZE,),
        ).fetchall()
        kind = np.dtype([(name, "<f4") for name in FIELDS])
        return Signals(
            photos=np.fromiter((row[0] for row in rows), np.int64, len(rows)),
            values=np.frombuffer(b"".join([row[1] for row in rows]), kind),
            fingerprints=[row[2] for row in rows],
        )

    # -- what is left to do ------------------------------------------------------------------

    def unmeasured(self, version: str, limit: int) -> list[Unseen]:
        """The first indexed photos, in natural order, that this version has not measured."""
        return self._unseen(
            "NOT EXISTS (SELECT 1 FROM qualities q WHERE q.hash = p.hash AND q.version = ?)",
            version,
            limit,
        )

    def unlooked(self, look: int, limit: int) -> list[Unseen]:
        """The first measured photos, in natural order, that had no closer look of this version."""
        return self._unseen(
            "EXISTS (SELECT 1 FROM qualities q WHERE q.hash = p.hash AND q.look <> ?)", look, limit
        )

    def progress(self, version: str, look: int) -> tuple[int, int]:
        """How many indexed photos are measured and looked at closely, and how many there are."""
        done, everything = self._db.execute(
            "SELECT count(q.hash), count(*) FROM photos p LEFT JOIN qualities q"  # noqa: S608
            f" ON q.hash = p.hash AND q.version = ? AND q.look = ? WHERE {_MEASURED}",
            (version, look),
        ).fetchone()
        return int(done), int(everything)

    def _unseen(self, condition: str, version: object, limit: int) -> list[Unseen]:
        rows = self._db.execute(
            f"SELECT id, hash, path, size, mtime_ns FROM photos p WHERE {_MEASURED}"  # noqa: S608
            f" AND {condition} ORDER BY sort_key LIMIT ?",
            (version, limit),
        )
        return [
            Unseen(id_, hash_, os.fsdecode(path), size, mtime_ns)
            for id_, hash_, path, size, mtime_ns in rows
        ]
