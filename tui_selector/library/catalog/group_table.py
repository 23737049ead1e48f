"""Which photos are nearly the same: what grouping asks of photos, and the groups that are kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence

import msgspec

from tui_selector.library.groups import GroupKind
from tui_selector.library.photo import Kind

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500

_Numbers = tuple[float | None, ...]


class ShotFacts(msgspec.Struct, frozen=True):
    """What is known of an indexed photo besides its picture. `path` as `Photo.path`.

    Attributes:
        width: Upright, pixels; 0 where unknown.
        height: Upright, pixels; 0 where unknown.
        camera: Model and serial number; "" where neither is known.
        numbers: Exposure time (seconds), f-number, ISO, focal length (mm), compensation (EV).
    """

    id: int
    hash: bytes
    path: str
    kind: Kind
    taken: float | None
    width: int
    height: int
    camera: str
    numbers: _Numbers


class GroupPlace(msgspec.Struct, frozen=True):
    """Where a photo stands in its group.

    Attributes:
        key: Of the group.
        kind: Of the group.
        place: From 0, the best; in a set that must stay whole, in order of time.
        size: How many photos are in the group.
    """

    key: str
    kind: GroupKind
    place: int
    size: int


class GroupTable:
    """Reads what groups are made of, and keeps them. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def facts(self) -> list[ShotFacts]:
        """Every indexed photo, by id."""
        rows = self._db.execute(
            "SELECT p.id, p.hash, p.path, p.kind, p.taken, p.width, p.height,"
            " COALESCE(m.camera, ''), COALESCE(json_extract(m.facts, '$.serial'), ''),"
            " json_extract(m.facts, '$.exposure_time', '$.f_number', '$.iso', '$.focal_length',"
            " '$.exposure_bias')"
            " FROM photos p LEFT JOIN metadata m ON m.photo = p.id"
            " WHERE p.state = 'indexed' AND p.hash IS NOT NULL ORDER BY p.id"
        ).fetchall()
        nothing = (None,) * 5
        return [
            ShotFacts(
                id_,
                hash_,
                os.fsdecode(path),
                Kind(kind),
                taken,
                width,
                height,
                f"{camera}\0{serial}" if camera or serial else "",
                msgspec.json.decode(numbers, type=_Numbers) if numbers else nothing,
            )
            for id_, hash_, path, kind, taken, width, height, camera, serial, numbers in rows
        ]

    # -- kept groups -------------------------------------------------------------------------

    def of(self, photos: Sequence[int]) -> dict[int, GroupPlace]:
        """Photo id to its place in its group, of those of some photos that are in one."""
        found: dict[int, GroupPlace] = {}
        for start in range(0, len(photos), _CHUNK):
            some = photos[start : start + _CHUNK]
            rows = self._db.execute(
                "SELECT g.photo, g.key, g.kind, g.place,"  # noqa: S608
                " (SELECT count(*) FROM grouped o WHERE o.key = g.key) FROM grouped g"
                f" WHERE g.photo IN ({','.join('?' * len(some))})",
                some,
            )
            found.update((photo, GroupPlace(*place)) for photo, *place in rows)
        return {photo: place for photo, place in found.items() if place.size > 1}

    def places(self) -> dict[int, tuple[str, int]]:
        """Photo id to the key of its group and its place there, of all that are in one."""
        rows = self._db.execute("SELECT photo, key, place FROM grouped")
        return {photo: (key, place) for photo, key, place in rows}

    def members(self, key: str) -> list[int]:
        """The photos of a group in order."""
        rows = self._db.execute("SELECT photo FROM grouped WHERE key = ? ORDER BY place", (key,))
        return [photo for (photo,) in rows]

    def replace(self, places: Mapping[int, tuple[str, GroupKind, int]]) -> list[int]:
        """Keep these groups and no others.

        Args:
            places: Photo id to the key and the kind of its group, and its place there.

        Returns:
            The photos whose group or place has changed; only these are written.
        """
        known = {
            photo: (key, kind, place)
            for photo, key, kind, place in self._db.execute(
                "SELECT photo, key, kind, place FROM grouped"
            )
        }
        gone = [photo for photo in known if photo not in places]
        changed = [photo for photo, place in places.items() if known.get(photo) != place]
        self._db.executemany("DELETE FROM grouped WHERE photo = ?", [(photo,) for photo in gone])
        self._db.executemany(
            "INSERT INTO grouped(photo, key, kind, place)"
            " SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM photos WHERE id = ?1)"
            " ON CONFLICT(photo) DO UPDATE SET key = excluded.key, kind = excluded.kind,"
            " place = excluded.place",
            [(photo, *places[photo]) for photo in changed],
        )
        return gone + changed
