"""What is written in pictures, by the hash of their bytes."""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

#: Key of the catalog under which is kept why no text is read; "" while it is.
TROUBLE_KEY = "text_trouble"

#: Kinds of photos that text is read in.
_READ = "p.state = 'indexed' AND p.kind IN ('image', 'raw') AND p.hash IS NOT NULL"


class TextLine(msgspec.Struct, frozen=True, array_like=True):
    """A line of text in a picture.

    Attributes:
        text: What is written.
        confidence: Of the reader, from 0 to 1.
        box: Left, top, right and bottom as shares of the upright picture.
    """

    text: str
    confidence: float
    box: tuple[float, float, float, float]


class Unread(msgspec.Struct, frozen=True):
    """A photo that nobody has read the text of. `path` as `Photo.path`."""

    id: int
    hash: bytes
    path: str
    size: int
    mtime_ns: int


def words_of(text: str) -> str:
    """The words of a text as they are compared: letters and digits, casefolded, without accents.

    Readers lose accents more easily than letters. A blank is between two words.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = (char for char in folded if not unicodedata.category(char).startswith("M"))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


class TextTable:
    """Reads and writes what is written in pictures. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def store(self, hash_: bytes, reader: str, lines: Sequence[TextLine]) -> None:
        """Keep what a reader found in a picture, nothing included."""
        words = words_of(" ".join(line.text for line in lines))
        self._db.execute(
            "INSERT OR REPLACE INTO texts(hash, reader, words, lines) VALUES(?, ?, ?, ?)",
            # With blanks around, a word is looked for as a whole.
            (hash_, reader, f" {words} " if words else "", msgspec.json.encode(lines).decode()),
        )

    def lines(self, hash_: bytes) -> tuple[TextLine, ...]:
        """What is written in a picture; nothing where it was not read, too."""
        row = self._db.execute("SELECT lines FROM texts WHERE hash = ?", (hash_,)).fetchone()
        if row is None:
            return ()
        return msgspec.json.decode(row[0], type=tuple[TextLine, ...])

    def unread(self, reader: str, limit: int) -> list[Unread]:
        """The first indexed photos, in natural order, that this reader has not read."""
        rows = self._db.execute(
            f"SELECT id, hash, path, size, mtime_ns FROM photos p WHERE {_READ}"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.hash = p.hash AND t.reader = ?)"
            " ORDER BY sort_key LIMIT ?",
            (reader, limit),
        )
        return [
            Unread(id_, hash_, os.fsdecode(path), size, mtime_ns)
            for id_, hash_, path, size, mtime_ns in rows
        ]

    def progress(self) -> tuple[int, int]:
        """How many indexed photos have been read, and how many there are to read."""
        read, everything = self._db.execute(
            "SELECT count(t.hash), count(*) FROM photos p LEFT JOIN texts t ON t.hash = p.hash"  # noqa: S608
            f" WHERE {_READ}"
        ).fetchone()
        return int(read), int(everything)

    def has_any(self) -> bool:
        """Whether any picture was ever read."""
        return self._db.execute("SELECT 1 FROM texts LIMIT 1").fetchone() is not None

    def holding(self, text: str) -> set[int]:
        """The ids of the photos in which a text is written, as a part of what is written there."""
        words = words_of(text)
        return self._photos("instr(t.words, ?)", words) if words else set()

    def with_words(self, words: Iterable[str]) -> set[int]:
        """The ids of the photos in which each of these words is written, as a whole word."""
        wanted = list({f" {found} " for word in words if (found := words_of(word))})
        if not wanted:
            return set()
        return self._photos(
            "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE NOT instr(t.words, value))",
            msgspec.json.encode(wanted).decode(),
        )

    def with_text(self) -> set[int]:
        """The ids of the photos in which anything is written."""
        return self._photos("1")

    def _photos(self, condition: str, *parameters: str) -> set[int]:
        # One row with every id: a row each would hand the interpreter lock over as often.
        (ids,) = self._db.execute(
            "SELECT json_group_array(p.id) FROM texts t JOIN photos p ON p.hash = t.hash"  # noqa: S608
            f" WHERE t.words <> '' AND {condition}",
            parameters,
        ).fetchone()
        return set(msgspec.json.decode(ids, type=list[int]))
