"""What XMP sidecars and the catalog agreed on last, by the path of the sidecar.

What both agreed on tells who has changed something since: the owner here, or another program there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

import msgspec

from tui_selector.library.photo import Flag


class Marks(msgspec.Struct, frozen=True):
    """What the owner decided about a photo, as far as sidecars can say it.

    `tags` are those that the owner gave.
    """

    flag: Flag = Flag.NONE
    rating: int = 0
    label: str = ""
    tags: frozenset[str] = frozenset()


class SaidFlag(msgspec.Struct, frozen=True):
    """How a sidecar said a flag, which it can say in two ways.

    Attributes:
        by_stars: Whether `xmp:Rating` is -1.
        by_label: digiKam's `PickLabel`; "" where it has none.
        flag: What both came to; None where they say nothing.
    """

    by_stars: bool
    by_label: str
    flag: Flag | None


class Agreed(Marks, frozen=True):
    """What the catalog and a sidecar agreed on, and how the sidecar said the flag then.

    `said` is None where they never met.
    """

    said: SaidFlag | None = None


class SidecarFile(msgspec.Struct, frozen=True):
    """A sidecar of a photo that is present. `path` as `Photo.path`, `size` in bytes."""

    path: str
    photo: int
    size: int
    mtime_ns: int


class SidecarTable:
    """Reads and writes what was agreed on. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def agreed(self, path: str) -> Agreed:
        """What the catalog and the sidecar at a path agreed on; nothing where they never met."""
        row = self._db.execute(
            "SELECT agreed FROM sidecars WHERE path = ?", (os.fsencode(path),)
        ).fetchone()
        if row is None:
            return Agreed()
        try:
            return msgspec.json.decode(row[0], type=Agreed)
        except msgspec.MsgspecError:
            return Agreed()

    def store(self, path: str, size: int, mtime_ns: int, agreed: Agreed) -> None:
        """Keep what both agree on, and the file that was looked at."""
        self._db.execute(
            "INSERT OR REPLACE INTO sidecars(path, size, mtime_ns, agreed) VALUES(?, ?, ?, ?)",
            (os.fsencode(path), size, mtime_ns, msgspec.json.encode(agreed).decode()),
        )

    def is_seen(self, path: str) -> bool:
        """Whether somebody has looked at the sidecar at a path as the catalog knows it."""
        row = self._db.execute(
            "SELECT 1 FROM sidecars s JOIN companions c ON c.path = s.path"
            " WHERE s.path = ? AND s.size = c.size AND s.mtime_ns = c.mtime_ns",
            (os.fsencode(path),),
        ).fetchone()
        return row is not None

    def changed(self) -> list[SidecarFile]:
        """The XMP sidecars of present photos that nobody has looked at as they are now."""
        rows = self._db.execute(
            "SELECT c.path, c.photo, c.size, c.mtime_ns FROM companions c"
            " JOIN photos p ON p.id = c.photo LEFT JOIN sidecars s ON s.path = c.path"
            " WHERE c.role = 'sidecar' AND lower(substr(c.path, -4)) = '.xmp'"
            " AND p.state IN ('found', 'indexed', 'problem')"
            " AND (s.path IS NULL OR s.size <> c.size OR s.mtime_ns <> c.mtime_ns)"
            " ORDER BY p.sort_key, c.path"
        )
        return _files(rows)

    def of(self, photos: Iterable[int]) -> list[SidecarFile]:
        """The XMP sidecars of some photos that are present."""
        ids = msgspec.json.encode(list(photos)).decode()
        rows = self._db.execute(
            "SELECT c.path, c.photo, c.size, c.mtime_ns FROM companions c"
            " JOIN photos p ON p.id = c.photo WHERE c.role = 'sidecar'"
            " AND lower(substr(c.path, -4)) = '.xmp'"
            " AND p.state IN ('found', 'indexed', 'problem')"
            " AND c.photo IN (SELECT value FROM json_each(?)) ORDER BY p.sort_key, c.path",
            (ids,),
        )
        return _files(rows)


def _files(rows: Iterable[tuple[bytes, int, int, int]]) -> list[SidecarFile]:
    return [
        SidecarFile(os.fsdecode(path), photo, size, mtime_ns)
        for path, photo, size, mtime_ns in rows
    ]
