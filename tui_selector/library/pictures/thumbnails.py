"""The cache of small pictures: JPEG thumbnails and terminal tiles, keyed by content hash."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeVar

if TYPE_CHECKING:
    from PIL import Image

THUMBNAIL_SIDE = 512

_VERSION = 2
_SCHEMA = f"""
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS thumbnail (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    image BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS tile (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    colours INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    image BLOB NOT NULL,
    UNIQUE (hash, width, height, colours, encoding)
);
CREATE TABLE IF NOT EXISTS wanted (
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    colours INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    asked REAL NOT NULL,
    PRIMARY KEY (width, height, colours, encoding)
);
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_SIZES_KEPT = 4

# In batches, so that no transaction holds up the writer of new thumbnails for long.
_PRUNE = (
    """DELETE FROM tile WHERE id IN (
        SELECT id FROM tile WHERE (width, height, colours, encoding) NOT IN (
            SELECT width, height, colours, encoding FROM wanted ORDER BY asked DESC LIMIT 4
        ) ORDER BY id LIMIT 256)""",
    "DELETE FROM tile WHERE id IN (SELECT id FROM tile ORDER BY id LIMIT 256)",
    "DELETE FROM thumbnail WHERE id IN (SELECT id FROM thumbnail ORDER BY id LIMIT 256)",
)

Result = TypeVar("Result")


TileEncoding = Literal["png", "sixel"]
"""How a tile is stored: as a palette PNG, or as Sixel data."""


class TileSize(NamedTuple):
    """The box of a tile in pixels, how many colours its palette may have, and its encoding."""

    width: int
    height: int
    colours: int = 256
    encoding: TileEncoding = "png"


class Tile(NamedTuple):
    """The encoded tile of one photo: its content hash, the size asked for, the data."""

    hash: bytes
    width: int
    height: int
    colours: int
    image: bytes
    encoding: TileEncoding = "png"


class ThumbnailStore:
    """Thumbnails and tiles in one SQLite file, read by many threads and processes at a time.

    It is only a cache and behaves like one: a damaged or foreign file is replaced by an empty
    one, what cannot be read is a miss, and what cannot be stored (disk full, folder read-only) is
    reported as False and costs nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the store at `path`, creating folder and file where they are missing."""
        store = cls(path)
        store._attempt(lambda connection: None, None)
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every thread's connection; the store may be used again afterwards."""
        with self._lock:
            for connection in list(self._connections):
                connection.close()
            self._connections.clear()
            self._local = threading.local()

    def get(self, photo: bytes) -> bytes | None:
        """Return the JPEG thumbnail of the photo with this content hash, or None."""
        return self._read("SELECT image FROM thumbnail WHERE hash = ?", (photo,))

    def hashes(self) -> set[bytes]:
        """Return the content hash of every photo that has a thumbnail here."""

        def read(connection: sqlite3.Connection) -> set[bytes]:
            return {bytes(photo) for (photo,) in connection.execute("SELECT hash FROM thumbnail")}

        return self._attempt(read, set())

    def put_many(self, thumbnails: Iterable[tuple[bytes, bytes]]) -> bool:
        """Store (content hash, JPEG) pairs in one transaction; False where that failed."""
        return self._write(
            "INSERT OR REPLACE INTO thumbnail (hash, image) VALUES (?, ?)", list(thumbnails)
        )

    def get_tile(
        self,
        photo: bytes,
        width: int,
        height: int,
        colours: int = 256,
        encoding: TileEncoding = "png",
    ) -> bytes | None:
        """Return the encoded tile of a photo in exactly this size, or None."""
        return self._read(
            "SELECT image FROM tile "
            "WHERE hash = ? AND width = ? AND height = ? AND colours = ? AND encoding = ?",
            (photo, width, height, colours, encoding),
        )

    def put_tiles(self, tiles: Iterable[Tile]) -> bool:
        """Store tiles in one transaction; False where that failed."""
        return self._write(
            "INSERT OR REPLACE INTO tile (hash, width, height, colours, image, encoding) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            list(tiles),
        )

    def want_size(
        self, width: int, height: int, colours: int = 256, encoding: TileEncoding = "png"
    ) -> bool:
        """Register a tile size that a terminal shows, so that indexing encodes it ahead."""
        row = (width, height, colours, encoding, time.time())
        return self._write("INSERT OR REPLACE INTO wanted VALUES (?, ?, ?, ?, ?)", [row])

    def wanted_sizes(self) -> list[TileSize]:
        """Return the few sizes that were registered last, the latest first."""

        def sizes(connection: sqlite3.Connection) -> list[TileSize]:
            rows = connection.execute(
                "SELECT width, height, colours, encoding FROM wanted ORDER BY asked DESC LIMIT ?",
                (_SIZES_KEPT,),
            )
            return [TileSize(*row) for row in rows]

        return self._attempt(sizes, [])

    def prune(self, max_bytes: int) -> int:
        """Delete the oldest entries until the file is within `max_bytes`; return its size.

        Tiles of sizes that no terminal asked for lately go first, then other tiles, which a
        thumbnail brings back quickly, and thumbnails last.
        """

        def shrink(connection: sqlite3.Connection) -> int:
            for statement in _PRUNE:
                while _used(connection) > max_bytes:
                    with connection:
                        if not connection.execute(statement).rowcount:
                            break
            # `execute` would stop after the first freed page.
            connection.executescript("PRAGMA incremental_vacuum")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return _used(connection)

        return self._attempt(shrink, 0)

    def _read(self, query: str, values: tuple[object, ...]) -> bytes | None:
        def read(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute(query, values).fetchone()
            return None if row is None else bytes(row[0])

        return self._attempt(read, None)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> bool:
        def write(connection: sqlite3.Connection) -> bool:
            with connection:
                connection.executemany(statement, rows)
            return True

        return self._attempt(write, False)

    def _attempt(self, work: Callable[[sqlite3.Connection], Result], failed: Result) -> Result:
        """Run `work` on this thread's connection; a damaged file is replaced and tried again."""
        for retry in (True, False):
            try:
                return work(self._connection())
            except sqlite3.OperationalError:
                # Full, locked or read-only: the next call may fare better.
                return failed
            except sqlite3.DatabaseError:
                if not retry:
                    return failed
                self._discard()
            except OSError:
                return failed
        return failed

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection, a new one where the file has been replaced."""
        known: _Connection | None = getattr(self._local, "connection", None)
        if known is not None and known.file == _identity(self._path):
            return known
        if known is not None:
            known.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=5, check_same_thread=False, factory=_Connection
        )
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != _VERSION:
                if version:
                    raise sqlite3.DatabaseError(f"the cache has version {version}")
                connection.executescript(_SCHEMA)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        connection.file = _identity(self._path)
        self._local.connection = connection
        with self._lock:
            self._connections.add(connection)
        return connection

    def _discard(self) -> None:
        """Delete the file; connections of other threads and processes notice by its identity."""
        known: _Connection | None = getattr(self._local, "connection", None)
        if known is not None:
            known.close()
            self._local.connection = None
            if known.file != _identity(self._path):
                return
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


class _Connection(sqlite3.Connection):
    """A connection that remembers which file it has opened, by device and inode."""

    file: tuple[int, int] | None = None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _used(connection: sqlite3.Connection) -> int:
    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")


def encode_thumbnail(image: Image.Image) -> bytes:
    """Return an RGB picture as JPEG, its long side at most 512 pixels."""
    from io import BytesIO

    from tui_selector.library.pictures.picture import fit

    stream = BytesIO()
    fit(image, (THUMBNAIL_SIDE, THUMBNAIL_SIDE)).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def encode_tile(
    image: Image.Image,
    width: int,
    height: int,
    colours: int = 256,
    encoding: TileEncoding = "png",
) -> bytes:
    """Return an RGB picture as a tile that fits inside `width` x `height` pixels.

    The aspect is kept, nothing is padded or enlarged. `colours` is 2 to 256. A PNG has an octree
    palette, which without dither costs a third of the bytes of true colour at about 36 dB.
    """
    if encoding == "sixel":
        from tui_selector.library.pictures.sixel import encode_sixel

        return encode_sixel(image, width, height, colours)
    from io import BytesIO

    from PIL import Image

    from tui_selector.library.pictures.picture import fit

    small = fit(image, (width, height)).quantize(
        colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    stream = BytesIO()
    small.save(stream, "PNG", compress_level=6)
    return stream.getvalue()
