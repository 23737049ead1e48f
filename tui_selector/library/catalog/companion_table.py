"""The files that belong to the shots of photos: sidecars, raw files, clips."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

from tui_selector.library.photo import Companion

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500


class CompanionTable:
    """Companions of photos. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def of(self, photo: int) -> tuple[Companion, ...]:
        """The files that belong to a photo's shot."""
        return tuple(
            Companion(path=os.fsdecode(path), role=role, size=size, mtime_ns=mtime_ns)
            for path, role, size, mtime_ns in self._db.execute(
                "SELECT path, role, size, mtime_ns FROM companions WHERE photo = ? ORDER BY path",
                (photo,),
            )
        )

    def all(self) -> dict[int, tuple[Companion, ...]]:
        """Photo id to its companions, for every photo that has some."""
        found: dict[int, tuple[Companion, ...]] = {}
        for photo, path, role, size, mtime_ns in self._db.execute(
            "SELECT photo, path, role, size, mtime_ns FROM companions ORDER BY photo, path"
        ):
            companion = Companion(path=os.fsdecode(path), role=role, size=size, mtime_ns=mtime_ns)
            found[photo] = (*found.get(photo, ()), companion)
        return found

    def owners(self, paths: Iterable[str]) -> dict[str, int]:
        """Path of a companion to the id of its photo."""
        wanted = [os.fsencode(path) for path in paths]
        found: dict[str, int] = {}
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(some))
            for path, photo in self._db.execute(
                f"SELECT path, photo FROM companions WHERE path IN ({marks})",  # noqa: S608
                some,
            ):
                found[os.fsdecode(path)] = photo
        return found

    def replace(self, photo: int, companions: Iterable[Companion]) -> None:
        """Replace the companions of a photo."""
        self._db.execute("DELETE FROM companions WHERE photo = ?", (photo,))
        self._db.executemany(
            "INSERT OR REPLACE INTO companions(path, photo, role, size, mtime_ns)"
            " VALUES(?, ?, ?, ?, ?)",
            [(os.fsencode(c.path), photo, c.role, c.size, c.mtime_ns) for c in companions],
        )
