"""Embeddings on disk: an append-only file of float16 rows for each space, named in SQLite.

A space is a model with its revision and preprocessing. A row counts once the catalog names it, so
a crash between the file's growth and the catalog's commit leaves only bytes that the next append
overwrites, and no photo is embedded twice.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BYTES = 2  # of one float16


class VectorStore:
    """The vectors of one catalog, by space and content hash."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._db = connection
        self._folder = folder
        self._files: dict[str, int] = {}

    def append(self, space: str, hashes: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store one row for each hash; hashes that have one already are passed over.

        Args:
            space: The model key.
            hashes: Content hashes, n of them.
            vectors: (n, d) float32, unit rows.

        Raises:
            OSError: The disk is full or not writable; nothing is stored then.
        """
        import numpy as np

        stored = self.present(space, hashes)
        fresh: dict[bytes, int] = {}
        for index, hash_ in enumerate(hashes):
            if hash_ not in stored:
                fresh.setdefault(hash_, index)
        if not fresh:
            return
        rows = np.ascontiguousarray(vectors[list(fresh.values())], dtype=np.float16)
        first = self.count(space)
        _write_all(self._file(space), rows.tobytes(), first * rows.shape[1] * _BYTES)
        self._db.executemany(
            "INSERT INTO vectors(space, hash, row) VALUES(?, ?, ?)",
            [(space, hash_, first + offset) for offset, hash_ in enumerate(fresh)],
        )

    def replace(self, space: str, hash_: bytes, vector: NDArray[np.float32]) -> None:
        """Store another vector (d,) float32, unit length, for a hash.

        It gets a row of its own; nothing is called by the old one any more.

        Raises:
            OSError: As `append`.
        """
        import numpy as np

        row = self.count(space)
        _write_all(
            self._file(space),
            np.asarray(vector, np.float16).tobytes(),
            row * len(vector) * _BYTES,
        )
        self._db.execute(
            "INSERT INTO vectors(space, hash, row) VALUES(?1, ?2, ?3)"
            " ON CONFLICT(space, hash) DO UPDATE SET row = ?3",
            (space, hash_, row),
        )

    def present(self, space: str, hashes: Iterable[bytes]) -> set[bytes]:
        """Which of these hashes have a vector in the space."""
        return {
            hash_
            for hash_ in hashes
            if self._db.execute(
                "SELECT 1 FROM vectors WHERE space = ? AND hash = ?", (space, hash_)
            ).fetchone()
        }

    def hashes(self, space: str) -> set[bytes]:
        """Every content hash that has a vector in the space."""
        rows = self._db.execute("SELECT hash FROM vectors WHERE space = ?", (space,))
        return {hash_ for (hash_,) in rows}

    def rows(self, space: str) -> dict[bytes, int]:
        """Every content hash that has a vector in the space, and the number of its row."""
        return dict(
            self._db.execute("SELECT hash, row FROM vectors WHERE space = ?", (space,)).fetchall()
        )

    def count(self, space: str) -> int:
        """How many rows the space has, replaced ones included."""
        (rows,) = self._db.execute(
            "SELECT COALESCE(max(row) + 1, 0) FROM vectors WHERE space = ?", (space,)
        ).fetchone()
        return int(rows)

    def spaces(self) -> list[str]:
        """Every space that has a vector."""
        return [space for (space,) in self._db.execute("SELECT DISTINCT space FROM vectors")]

    def load(
        self, space: str, dimensions: int, first: int = 0
    ) -> tuple[list[bytes], NDArray[np.float32]]:
        """Every vector of a space, from row `first` on.

        Returns:
            n content hashes and (n, dimensions) float32, unit rows, in the order of storing. A row
            that has been replaced by a later one is called b"".
        """
        import numpy as np

        hashes = [b""] * max(0, self.count(space) - first)
        for hash_, row in self._db.execute(
            "SELECT hash, row FROM vectors WHERE space = ? AND row >= ?", (space, first)
        ):
            hashes[row - first] = hash_
        wanted = len(hashes) * dimensions * _BYTES
        start = first * dimensions * _BYTES
        data = os.pread(self._file(space), wanted, start) if wanted else b""
        while len(data) < wanted:
            more = os.pread(self._file(space), wanted - len(data), start + len(data))
            if not more:
                break
            data += more
        whole = len(data) // (dimensions * _BYTES)
        rows = np.frombuffer(data, np.float16, count=whole * dimensions)
        matrix = rows.reshape(whole, dimensions).astype(np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))[:, None]
        np.divide(matrix, norms, out=matrix, where=norms > 0)
        return hashes[:whole], matrix

    def get(
        self, space: str, hashes: Sequence[bytes], dimensions: int
    ) -> dict[bytes, NDArray[np.float32]]:
        """The vectors (dimensions,) float32 of some hashes, unit length; hashes without are left
        out."""
        import numpy as np

        found: dict[bytes, NDArray[np.float32]] = {}
        for hash_ in hashes:
            row = self._db.execute(
                "SELECT row FROM vectors WHERE space = ? AND hash = ?", (space, hash_)
            ).fetchone()
            length = dimensions * _BYTES
            data = os.pread(self._file(space), length, row[0] * length) if row else b""
            if len(data) == length:
                vector = np.frombuffer(data, np.float16).astype(np.float32)
                found[hash_] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return found

    def trim(self, space: str, dimensions: int) -> list[bytes]:
        """Drop the rows whose bytes the file has lost; return their hashes, to embed again."""
        whole = os.fstat(self._file(space)).st_size // (dimensions * _BYTES)
        lost = [
            hash_
            for (hash_,) in self._db.execute(
                "SELECT hash FROM vectors WHERE space = ? AND row >= ?", (space, whole)
            )
        ]
        self._db.execute("DELETE FROM vectors WHERE space = ? AND row >= ?", (space, whole))
        return lost

    def close(self) -> None:
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _file(self, space: str) -> int:
        if space not in self._files:
            import hashlib  # brings OpenSSL along; the screen reads no vectors

            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = hashlib.blake2b(space.encode(), digest_size=8).hexdigest() + ".f16"
            self._files[space] = os.open(
                self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        return self._files[space]


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
    os.fdatasync(descriptor)
