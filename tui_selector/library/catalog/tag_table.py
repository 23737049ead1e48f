"""The tags of photos: what the program sees, and what the owner says about it.

The owner's word outweighs the program's and outlives indexing. It is kept as a tag with the source
"owner": score 1 says that the tag is the photo's, score 0 that it is not, whoever finds it.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Tag

#: Longest name of a tag, characters.
LONGEST = 100

#: SQLite takes this many `?` in one statement everywhere.
_CHUNK = 500
#: More photos than this are counted by walking all tags.
_MANY = 10_000

_PRESENT = "state IN ('found', 'indexed', 'problem')"
_VIEWS: Mapping[int, str] = {
    View.ALL: _PRESENT,
    View.REJECTED: f"flag = -1 AND {_PRESENT}",
    View.PROBLEMS: "state = 'problem'",
}
#: Names of tags of which not every one by the program counts.
_APART = "SELECT name FROM tag_thresholds UNION SELECT name FROM tags WHERE source = 'owner'"


class TagCount(msgspec.Struct, frozen=True):
    """A tag, and how many photos have it.

    Attributes:
        name: The tag.
        photos: How many of the photos that were asked about have it.
        owned: To how many of these the owner gave it.
    """

    name: str
    photos: int
    owned: int = 0


def tag_name(text: str) -> str:
    """The name under which a tag is kept: one line in lower case, without a leading "#".

    Raises:
        ValueError: The text names no tag; the message is a sentence.
    """
    shown = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    blank = "".join(" " if unicodedata.category(char) == "Cc" else char for char in shown)
    name = " ".join(blank.casefold().split()).removeprefix("#").strip()
    if not name:
        raise ValueError("A tag needs a name; type one or more letters.")
    if len(name) > LONGEST:
        raise ValueError(f"A tag has at most {LONGEST} characters; this one has {len(name):,}.")
    return name


class TagTable:
    """Reads and writes tags. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # -- of photos ---------------------------------------------------------------------------

    def of(self, ids: Sequence[int]) -> dict[int, list[Tag]]:
        """Photo id to its tags, best first. What the owner took away is not among them; where the
        owner and the program say the same, the owner's is."""
        found: dict[int, list[Tag]] = {id_: [] for id_ in ids}
        said: dict[tuple[int, str], bool] = {}
        for start in range(0, len(ids), _CHUNK):
            some = ids[start : start + _CHUNK]
            rows = self._db.execute(
                "SELECT photo, name, source, score FROM tags"  # noqa: S608
                f" WHERE photo IN ({','.join('?' * len(some))}) ORDER BY photo, score DESC, name",
                some,
            )
            for photo, name, source, score in rows:
                if source == "owner":
                    said[photo, name] = score > 0
                found[photo].append(Tag(name, score, source))
        return {
            id_: [
                tag
                for tag in tags
                if said.get((id_, tag.name)) is None
                or (tag.source == "owner" and said[id_, tag.name])
            ]
            for id_, tags in found.items()
        }

    def of_program(self, photo: int) -> tuple[Tag, ...]:
        """What the program sees in a photo, whatever the owner says."""
        rows = self._db.execute(
            "SELECT name, score, source FROM tags WHERE photo = ? AND source <> 'owner'", (photo,)
        )
        return tuple(Tag(*row) for row in rows)

    def shared(self, photos: Sequence[int]) -> list[TagCount]:
        """The tags of some photos and how many of them have each; most photos first."""
        ids = msgspec.json.encode(list(photos)).decode()
        return self._counts("IN (SELECT value FROM json_each(:ids))", len(photos), {"ids": ids})

    def columns(self) -> tuple[list[int], list[str], list[str], list[float]]:
        """Every tag of the library that counts, in any order: photos, names, sources, scores."""
        # One row: each row hands the interpreter lock over, and has to wait for it.
        columns = self._db.execute(
            "SELECT json_group_array(photo), json_group_array(name), json_group_array(source),"
            " json_group_array(score) FROM tags t WHERE NOT EXISTS (SELECT 1 FROM tags o"
            " WHERE o.name = t.name AND o.photo = t.photo AND o.source = 'owner' AND o.score <= 0)"
        ).fetchone()
        kinds = (list[int], list[str], list[str], list[float])
        ids, names, sources, scores = (
            msgspec.json.decode(column, type=kind)
            for column, kind in zip(columns, kinds, strict=True)
        )
        return ids, names, sources, scores

    # -- of the library ----------------------------------------------------------------------

    def counted(self, tab: int = View.ALL, *, undecided: bool = False) -> list[TagCount]:
        """Every tag in a tab or view and how many of its photos have it; most photos first.

        Args:
            tab: A cluster's id or a `View`.
            undecided: Whether only photos that are neither picked nor rejected are counted.
        """
        which, parameters = _photos_in(tab, undecided), {"tab": tab}
        (size,) = self._db.execute(f"SELECT count(*) FROM ({which})", parameters).fetchone()  # noqa: S608
        within = f"IN ({which})"
        if tab == View.ALL and not undecided:
            # Those that are not present are few, most of the time.
            within = "NOT IN (SELECT id FROM photos WHERE state IN ('trashed', 'missing'))"
        return self._counts(within, size, parameters)

    def names(self) -> list[str]:
        """Every tag that any photo has or is said not to have, in alphabetical order."""
        # Steps from each name to the next in the index, past all photos that have the same.
        rows = self._db.execute(
            "WITH RECURSIVE steps(name) AS (SELECT min(name) FROM tags UNION ALL"
            " SELECT (SELECT min(name) FROM tags WHERE name > steps.name) FROM steps"
            " WHERE steps.name IS NOT NULL) SELECT name FROM steps WHERE name IS NOT NULL"
        )
        return [name for (name,) in rows]

    def having(self, name: str, least: float | None = None) -> set[int]:
        """The ids of the photos that have a tag, whether they are present or not.

        Args:
            name: The tag.
            least: Score from which a tag of the program counts; its threshold where None.
        """
        if least is None:
            row = self._db.execute("SELECT least FROM tag_thresholds WHERE name = ?", (name,))
            (least,) = row.fetchone() or (0.0,)
        return self._ids(
            "CASE source WHEN 'owner' THEN score > 0 ELSE score >= ? END", name, least
        ) - self._ids("source = 'owner' AND score <= ?", name, 0.0)

    def _ids(self, condition: str, name: str, score: float) -> set[int]:
        """The photos with a tag that meets a condition on its source and score."""
        # One row with every id: a row each would hand the interpreter lock over as often.
        (ids,) = self._db.execute(
            f"SELECT json_group_array(photo) FROM tags WHERE name = ? AND {condition}",  # noqa: S608
            (name, score),
        ).fetchone()
        return set(msgspec.json.decode(ids, type=list[int]))

    def _counts(self, within: str, size: int, parameters: Mapping[str, object]) -> list[TagCount]:
        """Count the tags of some photos.

        Args:
            within: The condition that a photo's id is among them.
            size: How many they are.
            parameters: Of the condition.
        """
        # Of many photos the index over names is walked, which is in the order that is counted in;
        # of few their own tags are looked up.
        source = "tags t INDEXED BY tags_name" if size > _MANY else "tags t"
        # Most names have no threshold and nothing said about them by the owner: these are counted
        # without asking that of every row.
        (rows,) = self._db.execute(
            "SELECT json_group_array(json_array(name, photos, owned)) FROM ("  # noqa: S608
            " SELECT t.name AS name, count(DISTINCT t.photo) AS photos, 0 AS owned"
            f" FROM {source} WHERE t.photo {within} GROUP BY t.name HAVING t.name NOT IN ({_APART})"
            " UNION ALL SELECT name, count(*), sum(owned) FROM (SELECT t.name AS name,"
            " max(t.source = 'owner' AND t.score > 0) AS owned,"
            " max(t.source = 'owner' AND t.score <= 0) AS refused,"
            " max(t.source <> 'owner' AND t.score >= COALESCE(h.least, 0)) AS seen"
            f" FROM {source} LEFT JOIN tag_thresholds h ON h.name = t.name"
            f" WHERE t.name IN ({_APART}) AND t.photo {within} GROUP BY t.name, t.photo)"
            " WHERE owned OR (seen AND NOT refused) GROUP BY name ORDER BY 2 DESC, 1)",
            parameters,
        ).fetchone()
        found = msgspec.json.decode(rows, type=list[tuple[str, int, int]])
        return [TagCount(*row) for row in found]

    # -- thresholds --------------------------------------------------------------------------

    def thresholds(self) -> dict[str, float]:
        """The confidence from which a tag of the program counts, of tags that have a threshold."""
        return dict(self._db.execute("SELECT name, least FROM tag_thresholds").fetchall())

    def set_threshold(self, name: str, least: float) -> None:
        """Let a tag of the program count from a confidence of 0 to 1 on; 0 takes all of them."""
        if least > 0:
            self._db.execute(
                "INSERT OR REPLACE INTO tag_thresholds(name, least) VALUES(?, ?)", (name, least)
            )
        else:
            self._db.execute("DELETE FROM tag_thresholds WHERE name = ?", (name,))

    # -- what indexing writes ----------------------------------------------------------------

    def set_program(self, photo: int, tags: Iterable[Tag]) -> None:
        """Replace the tags that the program gave a photo; what the owner says stays."""
        self._db.execute("DELETE FROM tags WHERE photo = ? AND source <> 'owner'", (photo,))
        self._db.executemany(
            "INSERT OR REPLACE INTO tags(photo, name, source, score) VALUES(?, ?, ?, ?)",
            [(photo, tag.name, tag.source, tag.score) for tag in tags if tag.source != "owner"],
        )

    # -- what the owner decides --------------------------------------------------------------

    def verdict(self, photo: int, name: str) -> bool | None:
        """Whether the owner says that a tag is a photo's; None where the owner says nothing."""
        row = self._db.execute(
            "SELECT score > 0 FROM tags WHERE photo = ? AND name = ? AND source = 'owner'",
            (photo, name),
        ).fetchone()
        return bool(row[0]) if row else None

    def set_verdict(self, photo: int, name: str, verdict: bool | None) -> None:
        """Keep what the owner says about a tag of a photo; None leaves it to the program."""
        if verdict is None:
            self._db.execute(
                "DELETE FROM tags WHERE photo = ? AND name = ? AND source = 'owner'", (photo, name)
            )
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO tags(photo, name, source, score) VALUES(?, ?, 'owner', ?)",
                (photo, name, float(verdict)),
            )


def _photos_in(tab: int, undecided: bool) -> str:
    """The statement that selects the ids of the photos in the tab `:tab`."""
    if tab in _VIEWS:
        also = " AND flag = 0" if undecided else ""
        return f"SELECT id FROM photos WHERE {_VIEWS[tab]}{also}"  # noqa: S608
    also = " AND undecided = 1" if undecided else ""
    return f"SELECT photo FROM members WHERE tab = :tab AND indexed = 1{also}"  # noqa: S608
