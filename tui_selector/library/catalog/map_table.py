"""What the photos on a map are coloured by."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import msgspec


class MapFacts(NamedTuple):
    """What is known of every indexed photo, one list for each fact, all in one order.

    Attributes:
        ids: The photos.
        tabs: The tab that each is in; 0 is Singles.
        flags: -1 reject, 0 none, 1 pick.
        taken: Capture time, seconds since the epoch, UTC; None where it is not known.
    """

    ids: list[int]
    tabs: list[int]
    flags: list[int]
    taken: list[float | None]


class MapTable:
    """Reads what maps show. It writes nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def facts(self) -> MapFacts:
        """What is known of every indexed photo."""
        # One row: each row would hand the interpreter lock over.
        row = self._db.execute(
            "SELECT json_group_array(p.id), json_group_array(COALESCE(m.tab, 0)),"
            " json_group_array(p.flag), json_group_array(p.taken) FROM photos p"
            " LEFT JOIN members m ON m.photo = p.id WHERE p.state = 'indexed'"
        ).fetchone()
        ids, tabs, flags, taken = (msgspec.json.decode(column) for column in row)
        return MapFacts(ids, tabs, flags, taken)

    def best_tags(self, most: int) -> tuple[list[str], dict[int, int]]:
        """The most frequent tags of the model and the owner, and which of them fits a photo best.

        Args:
            most: How many tags.

        Returns:
            The tags, and photo id to the number of its tag; photos with none of them are left out.
        """
        owned = (
            "NOT EXISTS (SELECT 1 FROM tags o WHERE o.name = t.name AND o.photo = t.photo"
            " AND o.source = 'owner' AND o.score <= 0)"
        )
        names = [
            name
            for (name,) in self._db.execute(
                "SELECT t.name FROM tags t JOIN photos p ON p.id = t.photo"  # noqa: S608
                " WHERE t.source IN ('model', 'owner') AND t.score > 0"
                f" AND p.state = 'indexed' AND {owned}"
                " GROUP BY t.name ORDER BY count(DISTINCT t.photo) DESC, t.name LIMIT ?",
                (most,),
            )
        ]
        # SQLite gives the place of the row that has the greatest score; the owner's comes first.
        (found,) = self._db.execute(
            "SELECT json_group_array(json_array(photo, place)) FROM (SELECT t.photo AS photo,"  # noqa: S608
            " j.key AS place, max(t.score + (t.source = 'owner')) FROM json_each(?) j"
            " JOIN tags t ON t.name = j.value WHERE t.source IN ('model', 'owner')"
            f" AND t.score > 0 AND {owned} GROUP BY t.photo)",
            (msgspec.json.encode(names).decode(),),
        ).fetchone()
        return names, dict(msgspec.json.decode(found, type=list[tuple[int, int]]))
