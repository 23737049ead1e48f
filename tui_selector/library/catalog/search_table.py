"""The searches that the owner keeps: a name and the text of a query."""

from __future__ import annotations

import sqlite3

import msgspec


class SavedSearch(msgspec.Struct, frozen=True):
    """A search under a name.

    Attributes:
        name: As the owner wrote it; unique, upper and lower case of ASCII letters being the same.
        query: What is searched for, in the query language.
    """

    name: str
    query: str


class SearchTable:
    """Saved searches in the owner's order. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[SavedSearch]:
        """Every saved search in order."""
        rows = self._db.execute("SELECT name, query FROM searches ORDER BY position, name")
        return [SavedSearch(name, query) for name, query in rows]

    def get(self, name: str) -> SavedSearch | None:
        """The search of this name."""
        row = self._db.execute(
            "SELECT name, query FROM searches WHERE name = ?", (name,)
        ).fetchone()
        return SavedSearch(*row) if row else None

    def save(self, name: str, query: str) -> None:
        """Keep a query under a name, at the end, or in the place of the search of that name."""
        self._db.execute(
            "INSERT INTO searches(name, query, position)"
            " VALUES(?, ?, (SELECT COALESCE(max(position), 0) + 1 FROM searches))"
            " ON CONFLICT(name) DO UPDATE SET query = excluded.query",
            (name, query),
        )

    def rename(self, name: str, new: str) -> bool:
        """Give a search another name; False where there is no such search.

        Raises:
            ValueError: Another search has that name.
        """
        try:
            cursor = self._db.execute("UPDATE searches SET name = ? WHERE name = ?", (new, name))
        except sqlite3.IntegrityError:
            raise ValueError("Another saved search has that name already.") from None
        return cursor.rowcount > 0

    def remove(self, name: str) -> bool:
        """Forget a search; False where there is none of that name."""
        return self._db.execute("DELETE FROM searches WHERE name = ?", (name,)).rowcount > 0
