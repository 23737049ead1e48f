"""What a table shows of photos beside their rows, and the orders in which it can show them."""

from __future__ import annotations

import sqlite3
import struct
from array import array
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tui_selector.library.photo import LABELS

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500

#: When a photo was taken by the clock of the place, in seconds as if it showed UTC.
CLOCK = "COALESCE(m.clock, p.taken)"

_LABEL_PLACES = " ".join(f"WHEN '{label}' THEN {place}" for place, label in enumerate(LABELS))

#: What photos can be ordered by, as SQL over the photo `p` and its metadata `m`; NULL stands last.
_KEYS: Mapping[str, str] = {
    "name": "p.sort_key",
    "date": CLOCK,
    "camera": "m.camera COLLATE NOCASE",
    "lens": "m.lens COLLATE NOCASE",
    "iso": "m.iso",
    "size": "p.size",
    "pixels": "NULLIF(p.width * p.height, 0)",
    "flag": "NULLIF(p.flag, 0)",
    "rating": "NULLIF(p.rating, 0)",
    "label": f"CASE p.label {_LABEL_PLACES} END",
    "tab": "COALESCE(t.name, CASE WHEN b.indexed THEN 'Singles' END) COLLATE NOCASE",
    "tags": "g.name COLLATE NOCASE",
}
#: Tables that a key needs beside the photos.
_JOINS: Mapping[str, str] = {
    "tab": " LEFT JOIN members b ON b.photo = p.id LEFT JOIN tabs t ON t.id = b.tab",
    **dict.fromkeys(("date", "camera", "lens", "iso"), " LEFT JOIN metadata m ON m.photo = p.id"),
}
#: Joins the best tag of each photo; SQLite gives the name of the row that has the greatest score.
_BEST_TAG = (
    " LEFT JOIN (SELECT k.photo AS photo, k.name AS name, max(k.score) FROM {source} WHERE"
    " k.source IN ('model', 'owner') AND k.score > 0{refused} GROUP BY k.photo) g"
    " ON g.photo = p.id"
)
_REFUSED = "SELECT name, photo FROM tags WHERE source = 'owner' AND score <= 0"
#: Of more photos than this all tags are walked, which is in the order of the photos.
_MANY = 10_000
#: Signals of `library.quality` that photos can be ordered by.
_SIGNALS = ("sharpness", "noise", "faces")

#: What tells photos of one kind from those of another.
_KINDS = {
    "tab": "CASE WHEN b.indexed THEN CAST(b.tab AS TEXT) ELSE '' END",
    "label": "p.label",
}
_KIND_JOINS = {"tab": " LEFT JOIN members b ON b.photo = p.id", "label": ""}

#: Everything that photos can be ordered by.
SORT_KEYS = (*_KEYS, *_SIGNALS)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog knows of a photo beside its row.

    Attributes:
        tab: Name of the tab it is in; "" while it is in none.
        clock: Capture time by the clock of the place, seconds as if it showed UTC.
        camera: Camera that took it; "" where the file does not say.
        lens: The same of the lens.
        iso: Sensitivity.
        tags: Names of its tags of the model and the owner, best first.
        signals: Value of each measured signal that is known.
    """

    tab: str = ""
    clock: float | None = None
    camera: str = ""
    lens: str = ""
    iso: float | None = None
    tags: tuple[str, ...] = ()
    signals: Mapping[str, float] = {}


class ListingTable:
    """Reads what tables show. It writes nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def sort(self, ids: Sequence[int] | None, key: str, *, descending: bool = False) -> array[int]:
        """Some photos in another order; equal ones by path, those without a value last.

        Args:
            ids: The photos, in the order of their paths; every present one where None.
            key: One of `SORT_KEYS`.
            descending: Whether the greatest value stands first.

        Raises:
            ValueError: Nothing can be ordered by this key.
        """
        if key in _SIGNALS:
            ids = self.sort(None, "name") if ids is None else ids
            return by_value(ids, self.signal(key), descending=descending)
        if key not in _KEYS:
            raise ValueError(f"Photos cannot be ordered by {key}.")
        join = _JOINS.get(key, "")
        if key == "tags":
            few = "json_each(?1) e CROSS JOIN tags k ON k.photo = e.value"
            is_few = ids is not None and len(ids) <= _MANY
            # Asked of every tag only where the owner has taken one away from a photo.
            is_refused = self._db.execute(f"{_REFUSED} LIMIT 1").fetchone() is not None
            join = _BEST_TAG.format(
                source=few if is_few else "tags k",
                refused=f" AND (k.name, k.photo) NOT IN ({_REFUSED})" if is_refused else "",
            )
        source, parameters = "photos p", tuple[str, ...]()
        among = "WHERE p.state IN ('found', 'indexed', 'problem')"
        if ids is not None:
            source, among = "json_each(?1) j JOIN photos p ON p.id = j.value", ""
            parameters = (msgspec.json.encode(list(ids)).decode(),)
        expression, way = _KEYS[key], "DESC" if descending else "ASC"
        # One row with every id: a row each would hand the interpreter lock over as often.
        (found,) = self._db.execute(
            "SELECT '[' || COALESCE(group_concat(id), '') || ']' FROM (SELECT p.id AS id"  # noqa: S608
            f" FROM {source}{join} {among}"
            f" ORDER BY {expression} {way} NULLS LAST, p.sort_key)",
            parameters,
        ).fetchone()
        return array("q", msgspec.json.decode(found, type=list[int]))

    def signal(self, name: str) -> dict[int, float]:
        """A measured signal of every photo of which it is known.

        Args:
            name: "sharpness" (the closer look's, where there was one), or a field of `Quality`.
        """
        from tui_selector.library.quality import FIELDS, PACKED_SIZE

        def column(field: str) -> dict[int, float]:
            place = FIELDS.index(field)
            rows = self._db.execute(
                "SELECT p.id, substr(q.signals, ?, 4) FROM photos p"
                " JOIN qualities q ON q.hash = p.hash WHERE length(q.signals) = ?",
                (4 * place + 1, PACKED_SIZE),
            ).fetchall()
            values = struct.unpack(f"<{len(rows)}f", b"".join([row[1] for row in rows]))
            return {
                row[0]: value for row, value in zip(rows, values, strict=True) if value == value
            }

        found = column(name)
        return found | column("close_sharpness") if name == "sharpness" else found

    def facts(self, ids: Sequence[int]) -> dict[int, Facts]:
        """Photo id to what is known of it, for the photos that are there."""
        found: dict[int, Facts] = {}
        for start in range(0, len(ids), _CHUNK):
            found |= self._facts(ids[start : start + _CHUNK])
        return found

    def _facts(self, ids: Sequence[int]) -> dict[int, Facts]:
        marks = ",".join("?" * len(ids))
        tags: dict[int, dict[str, float]] = {}
        for photo, name, score, owned in self._db.execute(
            "SELECT photo, name, score, source = 'owner' FROM tags"  # noqa: S608
            f" WHERE photo IN ({marks}) AND source IN ('model', 'owner') ORDER BY source = 'owner'",
            ids,
        ):
            known = tags.setdefault(photo, {})
            # The owner's word is the last: it outweighs the program's.
            if owned and score <= 0:
                known.pop(name, None)
            else:
                known[name] = max(score, known.get(name, 0.0)) + owned
        signals = self._signals(ids)
        return {
            id_: Facts(
                tab=tab,
                clock=clock,
                camera=camera or "",
                lens=lens or "",
                iso=iso,
                tags=_best_first(tags.get(id_, {})),
                signals=signals.get(id_, {}),
            )
            for id_, tab, clock, camera, lens, iso in self._db.execute(
                "SELECT p.id, COALESCE(t.name, CASE WHEN b.indexed THEN 'Singles' ELSE '' END),"  # noqa: S608
                f" {CLOCK}, m.camera, m.lens, m.iso FROM photos p"
                " LEFT JOIN members b ON b.photo = p.id LEFT JOIN tabs t ON t.id = b.tab"
                f" LEFT JOIN metadata m ON m.photo = p.id WHERE p.id IN ({marks})",
                ids,
            )
        }

    def _signals(self, ids: Sequence[int]) -> dict[int, dict[str, float]]:
        from tui_selector.library.quality import FIELDS, PACKED_SIZE

        places = {name: FIELDS.index(name) for name in (*_SIGNALS, "close_sharpness")}
        found: dict[int, dict[str, float]] = {}
        for id_, packed in self._db.execute(
            "SELECT p.id, q.signals FROM photos p JOIN qualities q ON q.hash = p.hash"  # noqa: S608
            f" WHERE p.id IN ({','.join('?' * len(ids))}) AND length(q.signals) = {PACKED_SIZE}",
            ids,
        ):
            known = {
                name: value
                for name, place in places.items()
                if (value := struct.unpack_from("<f", packed, 4 * place)[0]) == value
            }
            close = known.pop("close_sharpness", None)
            found[id_] = known if close is None else known | {"sharpness": close}
        return found

    # -- times and kinds ---------------------------------------------------------------------

    def clocks(self, ids: Sequence[int] | None = None) -> list[tuple[int, float | None]]:
        """Photos and when each was taken, by the clock of the place; the earliest first.

        Args:
            ids: Which photos; every present one where None.
        """
        among = "" if ids is None else " AND p.id IN (SELECT value FROM json_each(:ids))"
        (found,) = self._db.execute(
            "SELECT json_group_array(json_array(id, moment)) FROM (SELECT p.id AS id,"  # noqa: S608
            f" {CLOCK} AS moment FROM photos p LEFT JOIN metadata m ON m.photo = p.id"
            f" WHERE p.state IN ('found', 'indexed', 'problem'){among}"
            " ORDER BY moment NULLS LAST, p.sort_key)",
            {"ids": msgspec.json.encode(list(ids or ())).decode()},
        ).fetchone()
        return msgspec.json.decode(found, type=list[tuple[int, float | None]])

    def taken_within(self, first: float, end: float) -> set[int]:
        """The photos taken from one moment on and before another, by the clock of the place."""
        (found,) = self._db.execute(
            "SELECT json_group_array(p.id) FROM photos p LEFT JOIN metadata m ON m.photo = p.id"  # noqa: S608
            f" WHERE {CLOCK} >= ? AND {CLOCK} < ?",
            (first, end),
        ).fetchone()
        return set(msgspec.json.decode(found, type=list[int]))

    def tagged(self) -> set[int]:
        """The photos that have a tag of the model or of the owner."""
        (found,) = self._db.execute(
            "SELECT json_group_array(photo) FROM (SELECT DISTINCT photo FROM tags"
            " WHERE source IN ('model', 'owner') AND score > 0)"
        ).fetchone()
        return set(msgspec.json.decode(found, type=list[int]))

    def of_kinds(self, by: Literal["tab", "label"], keys: Sequence[str]) -> set[int]:
        """The present photos with one of these colour labels, or in one of these tabs (ids as
        text); "" stands for no label, or for no tab."""
        (found,) = self._db.execute(
            f"SELECT json_group_array(p.id) FROM photos p{_KIND_JOINS[by]}"  # noqa: S608
            f" WHERE {_KINDS[by]} IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(keys)).decode(),),
        ).fetchone()
        return set(msgspec.json.decode(found, type=list[int]))

    def count_kinds(self, by: Literal["tab", "label"], ids: Sequence[int]) -> dict[str, int]:
        """How many of some photos are in each tab, or have each colour label; as `of_kinds`."""
        return dict(
            self._db.execute(
                f"SELECT {_KINDS[by]}, count(*) FROM json_each(?) j"  # noqa: S608
                f" JOIN photos p ON p.id = j.value{_KIND_JOINS[by]} GROUP BY 1",
                (msgspec.json.encode(list(ids)).decode(),),
            ).fetchall()
        )


def _best_first(tags: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(tags, key=lambda name: (-tags[name], name)))


def by_value(
    ids: Sequence[int], values: Mapping[int, float], *, descending: bool = False
) -> array[int]:
    """Photos by a value; equal ones as they stand, those without a value last."""
    # Sorting backwards leaves equal ones in their order, too.
    known = sorted(
        (id_ for id_ in ids if id_ in values), key=values.__getitem__, reverse=descending
    )
    unknown = (id_ for id_ in ids if id_ not in values)
    return array("q", [*known, *unknown])
