"""The photos that a query's tags and filters let through, out of the catalog.

Every clause is one statement that an index answers, with parameters alone from the query; their
answers are put together as sets. A photo of which a property is not known does not have it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tui_selector.library.catalog.caption_table import CaptionTable
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import Order, View
from tui_selector.library.catalog.text_table import TROUBLE_KEY, TextTable
from tui_selector.library.photo import Flag
from tui_selector.search import query as queries
from tui_selector.search.fields import FIELDS, NONE, Circle, interval, place, quoted
from tui_selector.search.query import Filter, Query, QueryError, TagClause
from tui_selector.search.vocabulary import Vocabulary, nearest

_UNREAD = (
    "No text has been read in the photos yet; the engine does that when nothing else is to be done."
)

_UNDESCRIBED = "No photo is described yet; `tui-selector caption` has a chat model do that."

_PRESENT = "state IN ('found', 'indexed', 'problem')"
_PHOTOS = f"SELECT id FROM photos INDEXED BY photos_search WHERE {_PRESENT} AND "  # noqa: S608
_SUFFIXES = {
    "jpeg": ("jpg", "jpeg", "jpe", "jfif", "mpo"),
    "heic": ("heic", "heif", "hif"),
    "png": ("png", "apng"),
    "webp": ("webp",),
    "gif": ("gif",),
    "avif": ("avif",),
    "tiff": ("tif", "tiff"),
}
#: Longer side over shorter up to which a picture is a square.
_SQUARE = 1.06
_ORIENTATIONS = {
    "landscape": "width > height * ? AND height > 0",
    "portrait": "height > width * ? AND width > 0",
    "square": "max(width, height) <= min(width, height) * ? AND width > 0",
}
_HAVING = {
    "date": "SELECT photo AS id FROM metadata WHERE clock IS NOT NULL",
    "gps": "SELECT photo AS id FROM metadata WHERE latitude IS NOT NULL AND longitude IS NOT NULL",
    # Faces that somebody marked, and those that were found.
    "faces": "SELECT photo AS id FROM tags WHERE name IN ('person', 'people') AND source = 'exif'"
    " UNION SELECT photo FROM tags WHERE name = 'faces' AND source = 'pixels'",
    # Every photo has tags by its pixels.
    "tags": "SELECT DISTINCT photo AS id FROM tags WHERE source IN ('model', 'owner')",
}
_NUMBERS = {
    "rating": _PHOTOS + "rating >= ? AND rating < ?",
    "width": _PHOTOS + "width >= ? AND width < ? AND width > 0",
    "height": _PHOTOS + "height >= ? AND height < ? AND height > 0",
    "megapixels": _PHOTOS + "width * height / 1e6 >= ? AND width * height / 1e6 < ? AND width > 0",
    "iso": "SELECT photo AS id FROM metadata WHERE iso >= ? AND iso < ?",
    "duration": "SELECT photo AS id FROM metadata WHERE duration >= ? AND duration < ?",
    "date": "SELECT photo AS id FROM metadata WHERE clock >= ? AND clock < ?",
}
_VIEWS = {
    View.ALL: _PHOTOS + "1",
    View.REJECTED: _PHOTOS + "flag = -1",
    View.PROBLEMS: _PHOTOS + "state = 'problem'",
}
_MEMBERS = "SELECT photo AS id FROM members WHERE tab = ? AND indexed = 1"
#: Mean radius of the Earth, km (IUGG).
_EARTH = 6371.0088
#: Degrees by which a box is larger than the circle in it, for what rounding loses.
_MARGIN = 1e-7


def matching(
    catalog: Catalog,
    query: Query,
    *,
    order: Order | None = None,
    least: Mapping[str, float] | None = None,
) -> array[int]:
    """The ids of the present photos that pass every tag and filter of a query.

    Args:
        catalog: Where the photos are.
        query: Its terms do not matter.
        order: By path or by time; by id where it is None.
        least: Score from which a tag of the program counts, by tag; the owner's threshold for
            tags that are not there.

    Raises:
        QueryError: A filter asks for what is not known, or for a tab that is not there.
    """
    found = _Finder(catalog, least or {}).find(query)
    if order is None:
        return array("q", sorted(found))
    in_order = catalog.tabs.photo_ids(View.ALL, order=order)
    if len(found) == len(in_order):
        return in_order
    return array("q", [id_ for id_ in in_order if id_ in found])


def obstacle(catalog: Catalog, query: Query, least: Mapping[str, float] | None = None) -> str:
    """Say why no photo passes the tags and filters of a query.

    Raises:
        QueryError: As `matching`.
    """
    finder, known = _Finder(catalog, least or {}), Vocabulary(catalog)
    for tag in query.tags:
        if not tag.exclude and not finder.tagged(tag):
            hint = nearest(tag.names[0], [name for name, _ in known.counted("tag")])
            return f"No photo has the tag {' or '.join(map(quoted, tag.names))}{hint}"
    for clause in query.filters:
        if not clause.exclude and not finder.filtered(clause):
            return f"No photo has {quoted(queries.format(Query(filters=(clause,))))}."
    return "No photo meets all the conditions at once."


def remark(catalog: Catalog, query: Query) -> str:
    """What the owner should know about the answer: that not every photo has been read; or ""."""
    if any(f.field == "caption" or _asks(f, "caption") for f in query.filters):
        described, everything = catalog.captions.progress()
        if described < everything:
            return f"{described:,} of {everything:,} photos are described so far."
    if not any(f.field == "text" or _asks(f, "text") for f in query.filters):
        return ""
    read, everything = catalog.texts.progress()
    if read >= everything:
        return ""
    trouble = catalog.load(TROUBLE_KEY, str, "")
    return f"Text has been read in {read:,} of {everything:,} photos so far. {trouble}".strip()


def _asks(clause: Filter, what: str) -> bool:
    """Whether a filter asks for photos of which something is known."""
    return clause.field == "has" and what in clause.values


def distance(latitude: float, longitude: float, circle: Circle) -> float:
    """Kilometres along a round Earth from a place in degrees to a circle's middle (haversine)."""
    here, there = math.radians(latitude), math.radians(circle.latitude)
    half_north = (there - here) / 2
    half_east = math.radians(circle.longitude - longitude) / 2
    chord = math.sin(half_north) ** 2 + math.cos(here) * math.cos(there) * math.sin(half_east) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(chord, 1.0)))


class _Finder:
    """Answers clauses with sets of photo ids."""

    def __init__(self, catalog: Catalog, least: Mapping[str, float]) -> None:
        self._catalog = catalog
        self._least = least
        self._known = Vocabulary(catalog)
        self._answers: Mapping[str, Callable[[Filter], set[int]]] = {
            **dict.fromkeys(_NUMBERS, self._in_interval),
            "camera": self._holding,
            "lens": self._holding,
            "flag": self._flagged,
            "label": self._labelled,
            "type": self._of_type,
            "orientation": self._shaped,
            "has": self._having,
            "near": self._near,
            "in": self._in_tab,
            "name": self._named,
            "text": self._written,
            "caption": self._described,
        }

    def find(self, query: Query) -> set[int]:
        found: set[int] | None = None
        excluded: list[set[int]] = []
        answers = [
            *((clause.exclude, self.filtered(clause)) for clause in query.filters),
            *((tag.exclude, self.tagged(tag)) for tag in query.tags),
        ]
        for exclude, ids in answers:
            if exclude:
                excluded.append(ids)
            else:
                found = ids if found is None else found & ids
        if found is None:
            found = self._ids(_PHOTOS + "1")
        else:
            found -= self._ids("SELECT id FROM photos WHERE state IN ('trashed', 'missing')")
        return found.difference(*excluded)

    def filtered(self, clause: Filter) -> set[int]:
        """Photos that have what a filter asks for, whether they are present or not."""
        return self._answers[clause.field](clause)

    def _ids(self, statement: str, parameters: tuple[object, ...] = ()) -> set[int]:
        """The ids that a statement selects as `id`."""
        # One row with every id: a row each would hand the interpreter lock over as often.
        (ids,) = self._catalog.connection.execute(
            f"SELECT json_group_array(id) FROM ({statement})",  # noqa: S608
            parameters,
        ).fetchone()
        return set(msgspec.json.decode(ids, type=list[int]))

    # -- tags --------------------------------------------------------------------------------

    def tagged(self, clause: TagClause) -> set[int]:
        """Photos with one of the tags; the owner's word outweighs the program's."""
        found: set[int] = set()
        for name in clause.names:
            found |= self._catalog.tags.having(name, self._least.get(name))
        return found

    # -- filters -----------------------------------------------------------------------------

    def _in_interval(self, clause: Filter) -> set[int]:
        field = FIELDS[clause.field]
        found: set[int] = set()
        for value in clause.values:
            wanted = interval(field, clause.operator, value)
            found |= self._ids(_NUMBERS[clause.field], (wanted.low, wanted.high))
        return found

    def _holding(self, clause: Filter) -> set[int]:
        """Photos whose camera or lens holds one of the texts, in any case of letters."""
        wanted = [value.casefold() for value in clause.values]
        known = [
            text
            for text in self._known.texts("camera" if clause.field == "camera" else "lens")
            if any(value in text.casefold() for value in wanted)
        ]
        return self._ids(
            f"SELECT photo AS id FROM metadata WHERE {clause.field} IN"  # noqa: S608
            " (SELECT value FROM json_each(?))",
            (msgspec.json.encode(known).decode(),),
        )

    def _flagged(self, clause: Filter) -> set[int]:
        flags = [int(Flag[value.upper()]) for value in clause.values]
        return self._ids(_PHOTOS + f"flag IN ({_marks(flags)})", tuple(flags))

    def _labelled(self, clause: Filter) -> set[int]:
        labels = ["" if value == NONE else value for value in clause.values]
        return self._ids(_PHOTOS + f"label IN ({_marks(labels)})", tuple(labels))

    def _of_type(self, clause: Filter) -> set[int]:
        """Photos of a kind, or images by the end of their name; a raw beside a photo counts."""
        found: set[int] = set()
        for value in clause.values:
            if value in _SUFFIXES:
                suffixes = _SUFFIXES[value]
                condition = f"kind = 'image' AND suffix IN ({_marks(suffixes)})"
                found |= self._ids(_PHOTOS + condition, suffixes)
            else:
                found |= self._ids(_PHOTOS + "kind = ?", (value,))
            if value == "raw":
                found |= self._ids("SELECT photo AS id FROM companions WHERE role = 'raw'")
        return found

    def _shaped(self, clause: Filter) -> set[int]:
        found: set[int] = set()
        for value in clause.values:
            found |= self._ids(_PHOTOS + _ORIENTATIONS[value], (_SQUARE,))
        return found

    def _having(self, clause: Filter) -> set[int]:
        found: set[int] = set()
        for value in clause.values:
            if value == "text":
                found |= self._texts(clause).with_text()
            elif value == "caption":
                found |= self._captions(clause).with_caption()
            else:
                found |= self._ids(_HAVING[value])
        return found

    def _written(self, clause: Filter) -> set[int]:
        texts = self._texts(clause)
        return set().union(*map(texts.holding, clause.values))

    def _texts(self, clause: Filter) -> TextTable:
        """What is written in photos, if any was ever read."""
        texts = self._catalog.texts
        if not texts.has_any():
            raise _error(self._catalog.load(TROUBLE_KEY, str, "") or _UNREAD, clause)
        return texts

    def _described(self, clause: Filter) -> set[int]:
        captions = self._captions(clause)
        return set().union(*map(captions.holding, clause.values))

    def _captions(self, clause: Filter) -> CaptionTable:
        """Descriptions of photos, if there are any."""
        captions = self._catalog.captions
        if not captions.has_any():
            raise _error(_UNDESCRIBED, clause)
        return captions

    def _near(self, clause: Filter) -> set[int]:
        found: set[int] = set()
        for value in clause.values:
            circle = place(value)
            north = math.degrees(circle.radius / _EARTH) + _MARGIN
            for west, east in _longitudes(circle, north):
                candidates = self._catalog.connection.execute(
                    "SELECT photo, latitude, longitude FROM metadata WHERE latitude >= ?"
                    " AND latitude <= ? AND longitude >= ? AND longitude <= ?",
                    (circle.latitude - north, circle.latitude + north, west, east),
                )
                found.update(
                    photo
                    for photo, latitude, longitude in candidates
                    if distance(latitude, longitude, circle) <= circle.radius
                )
        return found

    def _in_tab(self, clause: Filter) -> set[int]:
        found: set[int] = set()
        known = self._known.tabs()
        for value in clause.values:
            wanted = value.casefold()
            tabs = [id_ for id_, name in known if name.casefold() == wanted]
            if not tabs:
                raise _error(
                    f"There is no tab {quoted(value)}{nearest(value, [n for _, n in known])}",
                    clause,
                )
            for tab in tabs:
                if tab in _VIEWS:
                    found |= self._ids(_VIEWS[View(tab)])
                else:
                    found |= self._ids(_MEMBERS, (tab,))
        return found

    def _named(self, clause: Filter) -> set[int]:
        return {id_ for value in clause.values for id_, _ in self._known.paths(value)}


def _longitudes(circle: Circle, north: float) -> list[tuple[float, float]]:
    """What lies west to east of a circle that reaches `north` degrees from its middle."""
    if abs(circle.latitude) + north >= 90:
        return [(-180.0, 180.0)]  # it has a pole in it
    reach = math.sin(math.radians(north)) / math.cos(math.radians(circle.latitude))
    east = math.degrees(math.asin(min(reach, 1.0))) + _MARGIN
    ranges = [(circle.longitude - east, circle.longitude + east)]
    if ranges[0][0] < -180:
        ranges.append((ranges[0][0] + 360, 180.0))
    if ranges[0][1] > 180:
        ranges.append((-180.0, ranges[0][1] - 360))
    return ranges


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _error(sentence: str, clause: Filter) -> QueryError:
    return QueryError(sentence, clause.column, len(queries.format(Query(filters=(clause,)))))
