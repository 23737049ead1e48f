"""Decisions saved from a lost catalog, until the photos they were made for are read again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

import msgspec

from tui_selector.library.catalog.tag_table import TagTable
from tui_selector.library.photo import Flag

_UNDECIDED = "flag = 0 AND rating = 0 AND label = ''"
_PRESENT = "state IN ('found', 'indexed', 'problem')"


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one photo, as it was then.

    `hash` is that of its bytes, `path` as `Photo.path`; `tags` says which are its own and which it
    lacks. With `here_only` no file elsewhere is
    taken for it: the photo is in the trash, and another with its bytes is another photo.
    """

    hash: bytes
    path: str
    flag: Flag
    rating: int
    label: str
    here_only: bool = False
    tags: dict[str, bool] = {}


class RescuedTable:
    """Gives each decision to one photo, once. Writes join the caller's transaction.

    It belongs to the photo with these bytes at this path. Where the path is gone, or holds other
    bytes, the photo was renamed: it is one with these bytes that nothing is decided about.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._tags = TagTable(connection)

    def add(self, decisions: Iterable[Rescued]) -> None:
        """Keep decisions, and give those whose photos have been read already."""
        rows = [
            (
                each.hash,
                os.fsencode(each.path),
                int(each.flag),
                each.rating,
                each.label,
                not each.here_only,
                msgspec.json.encode(each.tags).decode(),
            )
            for each in decisions
        ]
        self._db.executemany(
            "INSERT OR REPLACE INTO rescued(hash, path, flag, rating, label, elsewhere, tags)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        for hash_, path, _, _, _, elsewhere, _ in rows:
            self._give(hash_, path, elsewhere=elsewhere)

    def give(self, id_: int) -> None:
        """Give what waited for a photo that has just been read, or for its place to be seen."""
        rows = self._db.execute(
            "SELECT r.hash, r.path, r.elsewhere FROM photos p JOIN rescued r ON r.hash = p.hash"
            " WHERE p.id = ?1 UNION"
            " SELECT r.hash, r.path, r.elsewhere FROM photos p JOIN rescued r ON r.path = p.path"
            " WHERE p.id = ?1",
            (id_,),
        )
        for hash_, path, elsewhere in rows.fetchall():
            self._give(hash_, path, elsewhere=bool(elsewhere))

    def _give(self, hash_: bytes, path: bytes, *, elsewhere: bool) -> None:
        row = self._db.execute(
            f"SELECT id, hash FROM photos WHERE path = ? AND {_PRESENT}",  # noqa: S608
            (path,),
        ).fetchone()
        if row is not None and row[1] is None:
            return  # nobody knows yet what it shows
        if row is None or row[1] != hash_:
            row = self._elsewhere(hash_) if elsewhere else None
        if row is None:
            return
        self._db.execute(
            "UPDATE photos SET (flag, rating, label) ="  # noqa: S608
            " (SELECT flag, rating, label FROM rescued WHERE hash = ?1 AND path = ?2)"
            f" WHERE id = ?3 AND {_UNDECIDED}",
            (hash_, path, row[0]),
        )
        self._give_tags(hash_, path, row[0])
        self._db.execute("DELETE FROM rescued WHERE hash = ? AND path = ?", (hash_, path))

    def _give_tags(self, hash_: bytes, path: bytes, photo: int) -> None:
        """Give what waits of tags; what the owner has said since counts more."""
        (tags,) = self._db.execute(
            "SELECT tags FROM rescued WHERE hash = ? AND path = ?", (hash_, path)
        ).fetchone()
        for name, verdict in msgspec.json.decode(tags, type=dict[str, bool]).items():
            if self._tags.verdict(photo, name) is None:
                self._tags.set_verdict(photo, name, verdict)

    def _elsewhere(self, hash_: bytes) -> tuple[int, bytes] | None:
        """A photo with these bytes that nothing was decided about, before or since."""
        row: tuple[int, bytes] | None = self._db.execute(
            f"SELECT id, hash FROM photos WHERE hash = ?1 AND {_PRESENT} AND {_UNDECIDED}"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM rescued r WHERE r.hash = ?1 AND r.path = photos.path)"
            " ORDER BY sort_key LIMIT 1",
            (hash_,),
        ).fetchone()
        return row
