"""What a catalog has that queries can name: tags, cameras, lenses, tabs and photos."""

from __future__ import annotations

import difflib
import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.display import printable

Counted = list[tuple[str, int]]

_PRESENT = "state IN ('found', 'indexed', 'problem')"
_IS_PRESENT = "photo NOT IN (SELECT id FROM photos WHERE state IN ('trashed', 'missing'))"
_COUNTED = {
    "camera": "SELECT camera, count(*) AS photos FROM metadata"  # noqa: S608
    f" WHERE camera IS NOT NULL AND {_IS_PRESENT} GROUP BY camera ORDER BY photos DESC, camera",
    "lens": "SELECT lens, count(*) AS photos FROM metadata"  # noqa: S608
    f" WHERE lens IS NOT NULL AND {_IS_PRESENT} GROUP BY lens ORDER BY photos DESC, lens",
}
#: Steps from each text to the next in the index, past all photos that have the same.
_TEXTS = {
    column: f"WITH RECURSIVE texts(text) AS (SELECT min({column}) FROM metadata"  # noqa: S608
    f" WHERE {column} IS NOT NULL UNION ALL SELECT (SELECT min({column}) FROM metadata"
    f" WHERE {column} > text) FROM texts WHERE text IS NOT NULL)"
    " SELECT text FROM texts WHERE text IS NOT NULL"
    for column in ("camera", "lens")
}
_VIEWS = {
    View.ALL: "All",
    View.SINGLES: "Singles",
    View.REJECTED: "Rejected",
    View.PROBLEMS: "Problems",
}
_WILDCARD = re.compile(r"[*?\[]")
#: Letters that stand for themselves in a pattern and whose case SQLite knows.
_LITERAL = re.compile(r"[^*?\x80-\U0010ffff]+")
#: Longest name that a nearest one is looked for, characters.
_LONGEST = 80


class Vocabulary:
    """Reads from one catalog; lists with counts are kept until the catalog changes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._db = catalog.connection
        self._version = (-1, -1)
        self._lists: dict[str, Counted] = {}

    def counted(self, what: Literal["tag", "camera", "lens"]) -> Counted:
        """Every tag, camera or lens, and how many photos have it; most photos first."""
        version = (self._catalog.data_version, self._db.total_changes)
        if version != self._version:
            self._version = version
            self._lists.clear()
        if what not in self._lists and what == "tag":
            counted = self._catalog.tags.counted()
            self._lists[what] = [(each.name, each.photos) for each in counted]
        elif what not in self._lists:
            self._lists[what] = self._db.execute(_COUNTED[what]).fetchall()
        return self._lists[what]

    def texts(self, what: Literal["camera", "lens"]) -> list[str]:
        """Every camera or lens in the catalog, in alphabetical order."""
        return [text for (text,) in self._db.execute(_TEXTS[what])]

    def tabs(self) -> list[tuple[int, str]]:
        """Id and name of every tab in order, those that are always there last."""
        rows = self._db.execute("SELECT id, name FROM tabs ORDER BY position, id").fetchall()
        return [*rows, *((int(view), name) for view, name in _VIEWS.items())]

    def paths(self, pattern: str) -> Iterator[tuple[int, str]]:
        """Id and path of the present photos whose name has a pattern, in no order.

        A pattern with `*`, `?` or `[...]` is of the whole name, any other of a part of it; one with
        `/` is of the path. Upper and lower case are the same.
        """
        if not _WILDCARD.search(pattern):
            pattern = f"*{pattern}*"
        wanted = re.compile(fnmatch.translate(pattern), re.IGNORECASE)
        # SQLite leaves out most of the photos by a part of the pattern that has to be there.
        literals = _LITERAL.findall(pattern.partition("[")[0])
        rows = self._db.execute(
            f"SELECT id, path FROM photos WHERE {_PRESENT}"  # noqa: S608
            " AND instr(lower(CAST(path AS TEXT)), lower(?))",
            (max(literals, key=len, default=""),),
        )
        is_path = "/" in pattern
        for id_, raw in rows:
            path = os.fsdecode(raw)
            if wanted.match(path if is_path else path.rpartition("/")[2]):
                yield id_, path


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence that says that a name is not there: which is like it."""
    by_fold = {known.casefold(): known for known in names if len(known) <= _LONGEST}
    near = difflib.get_close_matches(name.casefold()[:_LONGEST], by_fold, n=1)
    return f"; do you mean {printable(by_fold[near[0]])}?" if near else "."
