"""The photos of a catalog: rows, queries, and what indexing and the owner write into them."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec

from tui_selector.library.catalog.rescued_table import Rescued, RescuedTable
from tui_selector.library.catalog.tag_table import TagTable
from tui_selector.library.photo import (
    PRESENT,
    Companion,
    Flag,
    Kind,
    Photo,
    Problem,
    State,
    Tag,
)

T = TypeVar("T")

_COLUMNS = (
    "id, path, size, mtime_ns, hash, kind, state, problem, width, height, taken,"
    " flag, rating, label"
)
_PRESENT = "('found', 'indexed', 'problem')"

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a scan sees it. `path` as `Photo.path`, `mtime_ns` in nanoseconds."""

    path: str
    size: int
    mtime_ns: int
    kind: Kind
    companions: tuple[Companion, ...] = ()


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """What indexing learned about one photo.

    `size`, `mtime_ns` and `hash` describe the bytes that were read. `metadata` is a JSON object.
    `remark` is "" or one sentence on a photo that was indexed with a loss.
    """

    id: int
    size: int
    mtime_ns: int
    hash: bytes
    width: int
    height: int
    taken: float | None
    metadata: str
    tags: tuple[Tag, ...]
    remark: str = ""


def natural_key(path: str) -> bytes:
    """A key whose byte order is the natural order of paths: `2.jpg` before `10.jpg`.

    The path itself stands at the end, so that no two paths share a key.
    """

    def number(match: re.Match[bytes]) -> bytes:
        digits = match[0].lstrip(b"0")
        return b"0" + bytes((min(len(digits), 255),)) + digits

    folded = path.casefold().replace("/", "\x01")
    ordered = re.sub(rb"[0-9]+", number, folded.encode("utf-8", "surrogateescape"))
    return ordered + b"\0" + os.fsencode(path)


class PhotoTable:
    """Photos and their metadata. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._rescued = RescuedTable(connection)
        self._tags = TagTable(connection)

    # -- reading -----------------------------------------------------------------------------

    def get(self, ids: Sequence[int]) -> list[Photo]:
        """The photos with these ids, in the order given; ids that are not there are left out."""
        found: dict[int, Photo] = {}
        for some in _chunks(ids):
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM photos WHERE id IN ({_marks(some)})",  # noqa: S608
                some,
            )
            for row in rows:
                found[row[0]] = _photo(row)
        return [found[id_] for id_ in ids if id_ in found]

    def one(self, id_: int) -> Photo | None:
        """The photo with this id."""
        photos = self.get((id_,))
        return photos[0] if photos else None

    def at(self, path: str) -> Photo | None:
        """The photo whose file stands at `path` (relative to the root)."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM photos WHERE path = ?"  # noqa: S608
            " AND state NOT IN ('trashed', 'missing')",
            (os.fsencode(path),),
        ).fetchone()
        return _photo(row) if row else None

    def with_hash(self, hash_: bytes, states: Iterable[State] = tuple(State)) -> list[Photo]:
        """The photos whose bytes have this hash, in the states given."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM photos WHERE hash = ? ORDER BY id",  # noqa: S608
            (hash_,),
        )
        wanted = set(states)
        return [photo for photo in map(_photo, rows) if photo.state in wanted]

    def all(self, states: Iterable[State] = PRESENT) -> Iterator[Photo]:
        """Every photo in the states given, in natural order of path."""
        wanted = [str(state) for state in states]
        return map(
            _photo,
            self._db.execute(
                f"SELECT {_COLUMNS} FROM photos WHERE state IN ({_marks(wanted)})"  # noqa: S608
                " ORDER BY sort_key",
                wanted,
            ),
        )

    def indexed(self) -> list[tuple[int, bytes, str, float | None]]:
        """Id, content hash, path and capture time of every indexed photo, in natural order."""
        return [
            (id_, hash_, os.fsdecode(path), taken)
            for id_, hash_, path, taken in self._db.execute(
                "SELECT id, hash, path, taken FROM photos"
                " WHERE state = 'indexed' AND hash IS NOT NULL ORDER BY sort_key"
            ).fetchall()
        ]

    def named(self, text: str, limit: int) -> list[Photo]:
        """The first present photos whose path holds `text`; upper and lower case of ASCII letters
        are the same."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM photos WHERE state IN {_PRESENT}"  # noqa: S608
            " AND instr(lower(CAST(path AS TEXT)), lower(?)) ORDER BY sort_key LIMIT ?",
            (text, limit),
        )
        return [_photo(row) for row in rows]

    def pending(self, limit: int) -> list[Photo]:
        """The first photos that wait to be indexed."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM photos WHERE state = 'found'"  # noqa: S608
            " ORDER BY sort_key LIMIT ?",
            (limit,),
        )
        return [_photo(row) for row in rows]

    def count(self, *states: State) -> int:
        """How many photos are in these states (in any present state when none is named)."""
        wanted = [str(state) for state in states or PRESENT]
        (number,) = self._db.execute(
            f"SELECT count(*) FROM photos WHERE state IN ({_marks(wanted)})",  # noqa: S608
            wanted,
        ).fetchone()
        return int(number)

    def known(self) -> dict[str, tuple[int, int, int]]:
        """Path to (id, size, mtime_ns) of every photo whose file should be there."""
        return {
            os.fsdecode(path): (id_, size, mtime_ns)
            for path, id_, size, mtime_ns in self._db.execute(
                f"SELECT path, id, size, mtime_ns FROM photos WHERE state IN {_PRESENT}"  # noqa: S608
            )
        }

    def known_at(self, paths: Iterable[str]) -> dict[str, tuple[int, int, int]]:
        """As `known`, of the photos at these paths."""
        found: dict[str, tuple[int, int, int]] = {}
        for some in _chunks([os.fsencode(path) for path in paths]):
            for path, id_, size, mtime_ns in self._db.execute(
                "SELECT path, id, size, mtime_ns FROM photos"  # noqa: S608
                f" WHERE path IN ({_marks(some)}) AND state NOT IN ('trashed', 'missing')",
                some,
            ):
                found[os.fsdecode(path)] = (id_, size, mtime_ns)
        return found

    def known_below(self, folder: str) -> dict[str, tuple[int, int, int]]:
        """As `known`, of the photos in a folder (relative to the root) and in those below it."""
        if not folder:
            return self.known()
        start = os.fsencode(folder) + b"/"
        return {
            os.fsdecode(path): (id_, size, mtime_ns)
            for path, id_, size, mtime_ns in self._db.execute(
                "SELECT path, id, size, mtime_ns FROM photos"
                " WHERE path >= ? AND path < ? AND state NOT IN ('trashed', 'missing')",
                (start, start[:-1] + b"0"),
            )
        }

    def metadata(self, id_: int) -> str:
        """What the file says about itself, a JSON object."""
        row = self._db.execute("SELECT facts FROM metadata WHERE photo = ?", (id_,)).fetchone()
        return row[0] if row else "{}"

    def problems(self) -> list[Problem]:
        """Every file that could not be read, in natural order."""
        return [
            Problem(path=os.fsdecode(path), sentence=sentence, time=noticed)
            for path, sentence, noticed in self._db.execute(
                "SELECT path, problem, noticed FROM photos WHERE state = 'problem'"
                " ORDER BY sort_key"
            )
        ]

    # -- what a scan writes ------------------------------------------------------------------

    def add(self, files: Iterable[Found]) -> list[int]:
        """Add files that were not known; return their new ids in the order given."""
        from tui_selector.library.catalog.companion_table import CompanionTable

        companions = CompanionTable(self._db)
        ids: list[int] = []
        now = time.time()
        for file in files:
            cursor = self._db.execute(
                "INSERT INTO photos(path, sort_key, size, mtime_ns, kind, noticed)"
                " VALUES(?, ?, ?, ?, ?, ?)",
                (
                    os.fsencode(file.path),
                    natural_key(file.path),
                    file.size,
                    file.mtime_ns,
                    str(file.kind),
                    now,
                ),
            )
            id_ = int(cursor.lastrowid or 0)
            companions.replace(id_, file.companions)
            ids.append(id_)
        return ids

    def set_changed(self, id_: int, *, size: int, mtime_ns: int, kind: Kind) -> None:
        """Note that a photo's file has other bytes now: it is to be indexed again."""
        self._db.execute(
            "UPDATE photos SET size = ?, mtime_ns = ?, kind = ?, state = 'found', problem = '',"
            " hash = NULL WHERE id = ?",
            (size, mtime_ns, str(kind), id_),
        )

    def set_touched(self, id_: int, *, mtime_ns: int) -> None:
        """Note a new modification time of a file whose bytes are the same."""
        self._db.execute("UPDATE photos SET mtime_ns = ? WHERE id = ?", (mtime_ns, id_))

    def set_path(self, id_: int, path: str, state: State | None = None) -> None:
        """Note that a photo's file stands at another path, and optionally in another state."""
        self._db.execute(
            "UPDATE photos SET path = ?, sort_key = ?, state = COALESCE(?, state) WHERE id = ?",
            (os.fsencode(path), natural_key(path), state and str(state), id_),
        )

    def set_state(self, ids: Iterable[int], state: State) -> None:
        """Put photos into a state; the reason of an earlier problem is cleared."""
        self._db.executemany(
            "UPDATE photos SET state = ?, problem = '' WHERE id = ?",
            [(str(state), id_) for id_ in ids],
        )

    def set_problem(self, id_: int, sentence: str, *, retry: bool = False) -> None:
        """Note that a photo could not be read, and why, in one sentence.

        With `retry` (the file system was at fault, not the file) the next comparison with the
        folder takes the file for a changed one, so that it is tried again.
        """
        self._db.execute(
            "UPDATE photos SET state = 'problem', problem = ?1, noticed = ?2,"
            " mtime_ns = CASE WHEN ?3 THEN 0 ELSE mtime_ns END WHERE id = ?4",
            (sentence, time.time(), retry, id_),
        )

    def set_remark(self, id_: int, sentence: str) -> None:
        """Note a loss at a photo that is indexed all the same; "" where there is none."""
        self._db.execute(
            "UPDATE photos SET problem = ? WHERE id = ? AND state = 'indexed'", (sentence, id_)
        )

    def remove(self, ids: Iterable[int]) -> None:
        """Forget photos altogether (their decisions too)."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", [(id_,) for id_ in ids])

    # -- what indexing writes ----------------------------------------------------------------

    def store_indexed(self, batch: Iterable[Indexed]) -> None:
        """Store what indexing learned; decisions rescued from a lost catalog are put back."""
        for photo in batch:
            self._db.execute(
                "UPDATE photos SET state = 'indexed', problem = ?, size = ?, mtime_ns = ?,"
                " hash = ?, width = ?, height = ?, taken = ? WHERE id = ?",
                (
                    photo.remark,
                    photo.size,
                    photo.mtime_ns,
                    photo.hash,
                    photo.width,
                    photo.height,
                    photo.taken,
                    photo.id,
                ),
            )
            self._db.execute(
                "INSERT OR REPLACE INTO metadata(photo, facts)"
                " SELECT id, ? FROM photos WHERE id = ?",
                (photo.metadata, photo.id),
            )
            self._tags.set_program(photo.id, photo.tags)
            self._rescued.give(photo.id)

    # -- what the owner decides --------------------------------------------------------------

    def set_flag(self, id_: int, flag: Flag) -> None:
        self._db.execute("UPDATE photos SET flag = ? WHERE id = ?", (int(flag), id_))

    def set_rating(self, id_: int, rating: int) -> None:
        self._db.execute("UPDATE photos SET rating = ? WHERE id = ?", (rating, id_))

    def set_label(self, id_: int, label: str) -> None:
        self._db.execute("UPDATE photos SET label = ? WHERE id = ?", (label, id_))

    def rescue(self, decisions: Iterable[Rescued]) -> None:
        """Give decisions from a lost catalog to their photos, at once or when they are indexed."""
        self._rescued.add(decisions)


def _photo(row: tuple[Any, ...]) -> Photo:
    return Photo(
        id=row[0],
        path=os.fsdecode(row[1]),
        size=row[2],
        mtime_ns=row[3],
        hash=row[4],
        kind=Kind(row[5]),
        state=State(row[6]),
        problem=row[7],
        width=row[8],
        height=row[9],
        taken=row[10],
        flag=Flag(row[11]),
        rating=row[12],
        label=row[13],
    )


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, _CHUNK)):
        yield some
