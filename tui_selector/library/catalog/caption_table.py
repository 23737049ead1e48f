"""What pictures show, in sentences, by the hash of their bytes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence

import msgspec

from tui_selector.library.catalog.text_table import words_of

#: Longest description that is kept, characters.
LONGEST = 4000

#: Photos that can be described: whose picture is known.
_DESCRIBED = "p.state = 'indexed' AND p.hash IS NOT NULL"


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """A description of a picture.

    Attributes:
        text: What a model or the owner says of it: hostile, as anything from outside.
        author: The name of the model, or what the description was read from.
        made: When, seconds since the epoch, UTC.
    """

    text: str
    author: str
    made: float


class Undescribed(msgspec.Struct, frozen=True):
    """A photo that has no description. `path` as `Photo.path`."""

    id: int
    hash: bytes
    path: str
    size: int
    mtime_ns: int


class CaptionTable:
    """Reads and writes descriptions. Writes join the caller's transaction.

    A picture has one description of each aspect: "" is the picture as a whole; others are what a
    description was asked to look at, as words of the caller's choice.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def store(
        self,
        hash_: bytes,
        text: str,
        author: str,
        *,
        aspect: str = "",
        made: float | None = None,
    ) -> None:
        """Keep a description in the place of an earlier one; text beyond `LONGEST` is cut off.

        Args:
            hash_: Of the picture's bytes.
            text: The description; blanks around it go.
            author: Who made it.
            aspect: What it looks at.
            made: Seconds since the epoch, UTC; now where it is None.
        """
        text = text.strip()[:LONGEST]
        words = words_of(text)
        self._db.execute(
            "INSERT OR REPLACE INTO captions(hash, aspect, author, text, words, made)"
            " VALUES(?, ?, ?, ?, ?, ?)",
            (
                hash_,
                aspect,
                author,
                text,
                # With blanks around, a word is looked for as a whole.
                f" {words} " if words else "",
                time.time() if made is None else made,
            ),
        )

    def get(self, hash_: bytes, aspect: str = "") -> Caption | None:
        """The description of a picture; None where there is none."""
        return self.of([hash_], aspect).get(hash_)

    def of(self, hashes: Iterable[bytes], aspect: str = "") -> dict[bytes, Caption]:
        """The descriptions of pictures, by hash; those that have none are left out."""
        found: dict[bytes, Caption] = {}
        for hash_ in hashes:
            row = self._db.execute(
                "SELECT text, author, made FROM captions WHERE hash = ? AND aspect = ?",
                (hash_, aspect),
            ).fetchone()
            if row is not None:
                found[hash_] = Caption(text=row[0], author=row[1], made=row[2])
        return found

    def all(self, aspect: str = "") -> dict[int, Caption]:
        """The description of every indexed photo that has one, by the photo's id."""
        rows = self._db.execute(
            "SELECT p.id, c.text, c.author, c.made FROM photos p"  # noqa: S608
            f" JOIN captions c ON c.hash = p.hash AND c.aspect = ? WHERE {_DESCRIBED}"
            " ORDER BY p.sort_key",
            (aspect,),
        )
        return {
            id_: Caption(text=text, author=author, made=made) for id_, text, author, made in rows
        }

    def undescribed(
        self,
        limit: int,
        *,
        aspect: str = "",
        photos: Sequence[int] | None = None,
        author: str = "",
    ) -> list[Undescribed]:
        """The first indexed photos, in natural order, that have no description.

        Args:
            limit: How many at most.
            aspect: What a description would look at.
            photos: Only these; None is all.
            author: Descriptions by anybody else count as none; "" lets every one count.
        """
        chosen = "" if photos is None else "AND p.id IN (SELECT value FROM json_each(:photos))"
        rows = self._db.execute(
            f"SELECT id, hash, path, size, mtime_ns FROM photos p WHERE {_DESCRIBED} {chosen}"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM captions c WHERE c.hash = p.hash"
            " AND c.aspect = :aspect AND :author IN ('', c.author))"
            " ORDER BY sort_key LIMIT :limit",
            {
                "aspect": aspect,
                "author": author,
                "limit": limit,
                "photos": msgspec.json.encode(photos or ()).decode(),
            },
        )
        return [
            Undescribed(id_, hash_, os.fsdecode(path), size, mtime_ns)
            for id_, hash_, path, size, mtime_ns in rows
        ]

    def progress(self, aspect: str = "") -> tuple[int, int]:
        """How many indexed photos have a description, and how many photos are indexed."""
        done, everything = self._db.execute(
            "SELECT count(c.hash), count(*) FROM photos p"  # noqa: S608
            f" LEFT JOIN captions c ON c.hash = p.hash AND c.aspect = ? WHERE {_DESCRIBED}",
            (aspect,),
        ).fetchone()
        return int(done), int(everything)

    def remove(self, hashes: Iterable[bytes], aspect: str = "") -> None:
        """Forget the descriptions of pictures."""
        self._db.executemany(
            "DELETE FROM captions WHERE hash = ? AND aspect = ?",
            [(hash_, aspect) for hash_ in hashes],
        )

    # -- searching -------------------------------------------------------------------------------

    def has_any(self) -> bool:
        """Whether any picture has a description."""
        return self._db.execute("SELECT 1 FROM captions LIMIT 1").fetchone() is not None

    def holding(self, text: str) -> set[int]:
        """The ids of the photos whose description holds a text, as a part of its words."""
        words = words_of(text)
        return self._photos("instr(c.words, ?)", words) if words else set()

    def with_words(self, words: Iterable[str]) -> set[int]:
        """The ids of the photos whose description holds each of these words, as a whole word."""
        wanted = list({f" {found} " for word in words if (found := words_of(word))})
        if not wanted:
            return set()
        return self._photos(
            "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE NOT instr(c.words, value))",
            msgspec.json.encode(wanted).decode(),
        )

    def with_caption(self) -> set[int]:
        """The ids of the photos that have a description."""
        return self._photos("1")

    def _photos(self, condition: str, *parameters: str) -> set[int]:
        # One row with every id: a row each would hand the interpreter lock over as often.
        (ids,) = self._db.execute(
            "SELECT json_group_array(p.id) FROM captions c JOIN photos p ON p.hash = c.hash"  # noqa: S608
            f" WHERE c.words <> '' AND {condition}",
            parameters,
        ).fetchone()
        return set(msgspec.json.decode(ids, type=list[int]))
