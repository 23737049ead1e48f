"""The tabs of a catalog: which exist, what they are called, and which photo is in which.

A photo's tab is where the owner pinned it, else where clustering put it, else Singles.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Literal

import msgspec


class View(IntEnum):
    """Tabs that are always there; the ids of clusters are positive."""

    SINGLES = 0
    ALL = -1
    REJECTED = -2
    PROBLEMS = -3


Order = Literal["name", "time"]

#: The count of a tab whose photos nobody has counted yet.
UNKNOWN = -1


class TabInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A tab and how many photos are in it.

    Attributes:
        id: A cluster's id, stable over re-runs, or a `View`.
        name: What it is called.
        named_by: Who named it; a name by the owner is never changed by the program.
        tags: What its photos have in common, most telling first.
        count: Photos in it; `UNKNOWN` where nobody has counted them.
        fresh: Photos that came in since the owner last looked.
        undecided: Photos neither picked nor rejected.
        pinned: Photos that the owner put there.
    """

    id: int
    name: str
    named_by: Literal["program", "owner"] = "program"
    tags: tuple[str, ...] = ()
    count: int = 0
    fresh: int = 0
    undecided: int = 0
    pinned: int = 0


_INDEXES: Mapping[Order, str] = {"name": "photos_present", "time": "photos_time"}
_ORDERS: Mapping[Order, str] = {
    "name": "p.sort_key",
    "time": "p.taken IS NULL, p.taken, p.sort_key",
}


class TabTable:
    """Tabs and their members. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # -- reading -----------------------------------------------------------------------------

    def all(self) -> list[TabInfo]:
        """Every tab in order: All, the clusters, Singles, Rejected, Problems.

        Clusters that nothing is in are left out, unless the owner named them; Singles, Rejected
        and Problems are left out while empty.
        """
        # One row each time: every row hands the interpreter lock over, and has to wait for it.
        (grouped,) = self._db.execute(
            "SELECT json_group_array(json_array(tab, count, fresh, undecided, pinned)) FROM"
            " (SELECT tab, count(*) AS count, sum(fresh) AS fresh, sum(undecided) AS undecided,"
            " count(pinned) AS pinned FROM members WHERE indexed = 1 GROUP BY tab)"
        ).fetchone()
        counts = {
            tab: (count, fresh, undecided, pinned)
            for tab, count, fresh, undecided, pinned in msgspec.json.decode(grouped)
        }
        present, undecided, rejected, problems = self._db.execute(
            "SELECT count(*), COALESCE(sum(flag = 0), 0), COALESCE(sum(flag = -1), 0),"
            " COALESCE(sum(state = 'problem'), 0)"
            " FROM photos INDEXED BY photos_present WHERE state IN ('found', 'indexed', 'problem')"
        ).fetchone()
        tabs = [TabInfo(id=View.ALL, name="All", count=present, undecided=undecided)]
        (named,) = self._db.execute(
            "SELECT json_group_array(json_array(id, name, named_by, json(tags))) FROM"
            " (SELECT * FROM tabs ORDER BY position, id)"
        ).fetchone()
        for id_, name, named_by, tags in msgspec.json.decode(named):
            count, fresh, open_, pinned = counts.get(id_, (0, 0, 0, 0))
            if count or named_by == "owner":
                tabs.append(
                    TabInfo(
                        id=id_,
                        name=name,
                        named_by=named_by,
                        tags=tuple(tags),
                        count=count,
                        fresh=fresh,
                        undecided=open_,
                        pinned=pinned,
                    )
                )
        if View.SINGLES in counts:
            count, fresh, open_, pinned = counts[View.SINGLES]
            tabs.append(
                TabInfo(
                    id=View.SINGLES,
                    name="Singles",
                    count=count,
                    fresh=fresh,
                    undecided=open_,
                    pinned=pinned,
                )
            )
        if rejected:
            tabs.append(TabInfo(id=View.REJECTED, name="Rejected", count=rejected))
        if problems:
            tabs.append(TabInfo(id=View.PROBLEMS, name="Problems", count=problems))
        return tabs

    def one(self, id_: int) -> TabInfo | None:
        """The cluster tab with this id, without its counts."""
        row = self._db.execute(
            "SELECT id, name, named_by, tags FROM tabs WHERE id = ?", (id_,)
        ).fetchone()
        if row is None:
            return None
        return TabInfo(
            id=row[0],
            name=row[1],
            named_by=row[2],
            tags=msgspec.json.decode(row[3], type=tuple[str, ...]),
        )

    def photo_ids(self, tab: int, *, order: Order = "name", undecided: bool = False) -> array[int]:
        """The ids of the photos in a tab or view, in order; with `undecided`, only those
        neither picked nor rejected."""
        clauses = {
            View.ALL: "p.state IN ('found', 'indexed', 'problem')",
            View.REJECTED: "p.flag = -1 AND p.state IN ('found', 'indexed', 'problem')",
            View.PROBLEMS: "p.state = 'problem'",
        }
        if tab in clauses:
            source, where = "photos p", clauses[View(tab)]
            if tab == View.ALL:
                # The planner would sort every photo rather than walk the index that is sorted.
                source += f" INDEXED BY {_INDEXES[order]}"
        else:
            source = "members m JOIN photos p ON p.id = m.photo"
            where = "m.tab = :tab AND m.indexed = 1"
        if undecided:
            where += " AND p.flag = 0"
        # One row with every id: a row each would hand the interpreter lock over as often.
        (ids,) = self._db.execute(
            "SELECT '[' || COALESCE(group_concat(id), '') || ']' FROM"  # noqa: S608
            f" (SELECT p.id AS id FROM {source} WHERE {where} ORDER BY {_ORDERS[order]})",
            {"tab": tab},
        ).fetchone()
        return array("q", msgspec.json.decode(ids, type=list[int]))

    def present(self, photos: Collection[int], *, undecided: bool = False) -> set[int]:
        """Those of some photos that are in the library; with `undecided`, only those neither
        picked nor rejected."""
        rows = self._db.execute(
            "SELECT id, flag FROM photos WHERE state IN ('found', 'indexed', 'problem')"
            " AND id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(photos)).decode(),),
        )
        return {id_ for id_, flag in rows if not (undecided and flag)}

    def tab_of(self, photo: int) -> int | None:
        """The tab a photo is in; None while it is not indexed."""
        row = self._db.execute("SELECT tab FROM members WHERE photo = ?", (photo,)).fetchone()
        return int(row[0]) if row else None

    def of(self, photos: Sequence[int]) -> dict[int, int]:
        """Photo id to the tab it is in, for the photos that are in one."""
        wanted = set(photos)
        return {
            photo: tab
            for photo, tab in self._db.execute("SELECT photo, tab FROM members")
            if photo in wanted
        }

    def has_pins(self, tab: int) -> bool:
        """Whether the owner pinned a photo to this tab."""
        row = self._db.execute("SELECT 1 FROM members WHERE pinned = ? LIMIT 1", (tab,)).fetchone()
        return row is not None

    def members(self, tab: int) -> list[int]:
        """The ids of every photo that is in a tab, also of those that are not shown."""
        rows = self._db.execute("SELECT photo FROM members WHERE tab = ? ORDER BY photo", (tab,))
        return [photo for (photo,) in rows]

    def next_id(self) -> int:
        """The id that the next tab would get; it was never another tab's."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'tabs'").fetchone()
        return int(row[0]) + 1 if row else 1

    def pin_of(self, photo: int) -> int | None:
        """Where the owner pinned a photo; None where clustering decides."""
        row = self._db.execute("SELECT pinned FROM members WHERE photo = ?", (photo,)).fetchone()
        return row[0] if row else None

    def clusters(self) -> dict[int, set[int]]:
        """Tab id to the photos that clustering put there, whatever the owner pinned."""
        found: dict[int, set[int]] = {}
        for photo, cluster in self._db.execute(
            "SELECT photo, cluster FROM members WHERE cluster > 0"
        ):
            found.setdefault(cluster, set()).add(photo)
        return found

    def pins(self) -> dict[int, int]:
        """Photo id to the tab that the owner pinned it to."""
        rows = self._db.execute("SELECT photo, pinned FROM members WHERE pinned IS NOT NULL")
        return dict(rows.fetchall())

    def unsorted(self) -> list[tuple[int, bytes]]:
        """Id and content hash of the indexed photos that clustering has put nowhere yet."""
        return self._db.execute(
            "SELECT p.id, p.hash FROM photos p LEFT JOIN members m ON m.photo = p.id"
            " WHERE p.state = 'indexed' AND p.hash IS NOT NULL AND m.cluster IS NULL"
        ).fetchall()

    # -- what clustering writes --------------------------------------------------------------

    def create(
        self,
        name: str,
        *,
        tags: Sequence[str] = (),
        named_by: Literal["program", "owner"] = "program",
        id_: int | None = None,
        position: float | None = None,
    ) -> int:
        """Make a tab at the end (or at `position`) and return its id (`id_` where given)."""
        cursor = self._db.execute(
            "INSERT INTO tabs(id, name, named_by, position, tags) VALUES(?, ?, ?,"
            " COALESCE(?, (SELECT COALESCE(max(position), 0) + 1 FROM tabs)), ?)",
            (id_, name, named_by, position, msgspec.json.encode(tuple(tags)).decode()),
        )
        return int(cursor.lastrowid or 0)

    def describe(self, id_: int, name: str, tags: Sequence[str]) -> None:
        """Give a tab the program's name and tags; a name by the owner stays."""
        self._db.execute(
            "UPDATE tabs SET tags = ?2, name = CASE named_by WHEN 'owner' THEN name ELSE ?1 END"
            " WHERE id = ?3",
            (name, msgspec.json.encode(tuple(tags)).decode(), id_),
        )

    def assign(self, clusters: Mapping[int, int], *, fresh: bool = False) -> None:
        """Put photos (id to tab, 0 for Singles) where clustering wants them; pins stay.

        Photos that were in no tab before are marked as fresh where `fresh` is set.
        """
        self._db.executemany(
            "INSERT INTO members(photo, cluster, fresh) VALUES(?, ?, ?)"
            " ON CONFLICT(photo) DO UPDATE SET cluster = excluded.cluster",
            [(photo, tab, int(fresh)) for photo, tab in clusters.items()],
        )

    def unsort(self, photos: Iterable[int]) -> None:
        """Forget where clustering put these photos: they show something else now. Pins stay."""
        self._db.executemany(
            "UPDATE members SET cluster = NULL WHERE photo = ?", [(photo,) for photo in photos]
        )

    def remove_unused(self) -> None:
        """Drop the program's tabs that no photo is in or pinned to."""
        self._db.execute(
            "DELETE FROM tabs WHERE named_by = 'program'"
            " AND id NOT IN (SELECT cluster FROM members WHERE cluster IS NOT NULL)"
            " AND id NOT IN (SELECT pinned FROM members WHERE pinned IS NOT NULL)"
        )

    # -- what the owner decides --------------------------------------------------------------

    def rename(self, id_: int, name: str, named_by: Literal["program", "owner"]) -> None:
        self._db.execute(
            "UPDATE tabs SET name = ?, named_by = ? WHERE id = ?", (name, named_by, id_)
        )

    def remove(self, id_: int) -> None:
        """Drop a tab; photos that were in it fall back to where clustering puts them."""
        self._db.execute("DELETE FROM tabs WHERE id = ?", (id_,))
        self._db.execute("UPDATE members SET pinned = NULL WHERE pinned = ?", (id_,))
        self._db.execute("UPDATE members SET cluster = NULL WHERE cluster = ?", (id_,))

    def pin(self, photo: int, tab: int | None) -> None:
        """Pin a photo to a tab (0 for Singles); None leaves it to clustering again."""
        self._db.execute(
            "INSERT INTO members(photo, pinned) VALUES(?, ?)"
            " ON CONFLICT(photo) DO UPDATE SET pinned = excluded.pinned",
            (photo, tab),
        )

    def mark_seen(self, id_: int) -> None:
        """Note that the owner has looked at a tab: nothing in it is fresh any more."""
        self._db.execute("UPDATE members SET fresh = 0 WHERE tab = ? AND fresh", (id_,))

    def positions(self) -> dict[int, float]:
        """Tab id to its place in the row of tabs."""
        return dict(self._db.execute("SELECT id, position FROM tabs").fetchall())
