"""What the photos on a map are coloured by."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MapFacts(NamedTuple):
    """What is known of every indexed photo, all in one order, by id.

    Attributes:
        ids: (n,) int64, the photos.
        tabs: (n,) int64, the tab that each is in; 0 is Singles.
        flags: (n,) int64: -1 reject, 0 none, 1 pick.
        taken: (n,) float64, capture time, seconds since the epoch, UTC; NaN where it is not known.
    """

    ids: NDArray[np.int64]
    tabs: NDArray[np.int64]
    flags: NDArray[np.int64]
    taken: NDArray[np.float64]

    def at(self, rows: NDArray[np.intp]) -> MapFacts:
        """Of some photos."""
        return MapFacts(self.ids[rows], self.tabs[rows], self.flags[rows], self.taken[rows])


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
        import numpy as np

        ids, tabs, flags = (
            np.array(msgspec.json.decode(column, type=list[int]), np.int64) for column in row[:3]
        )
        # JSON knows no NaN; a photo without a time has null.
        taken = np.array(msgspec.json.decode(row[3], type=list[float | None]), np.float64)
        order = np.argsort(ids, kind="stable")
        return MapFacts(ids, tabs, flags, taken).at(order)

    def best_tags(self, most: int) -> tuple[list[str], NDArray[np.int64]]:
        """The most frequent tags of the model and the owner, and which of them fits a photo best.

        Args:
            most: How many tags.

        Returns:
            The tags; and (m, 2) int64, photo id and number of its tag, by id; photos with none of
            them are left out.
        """
        import numpy as np

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
            f" AND t.score > 0 AND {owned} GROUP BY t.photo ORDER BY t.photo)",
            (msgspec.json.encode(names).decode(),),
        ).fetchone()
        pairs = msgspec.json.decode(found, type=list[tuple[int, int]])
        return names, np.array(pairs, np.int64).reshape(-1, 2)
