"""The columns of the table: what each says about a photo, and how wide it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from tui_selector.app.widgets.tile_caption import PICK, REJECT, STAR
from tui_selector.library.catalog.listing_table import Facts
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo
from tui_selector.library.timeline import datetime_of

#: How a cell looks beside the colours of its line.
Look = Literal["name", "plain", "flag", "rating", "label", "score"]

_FLAGS = {Flag.PICK: PICK, Flag.NONE: "", Flag.REJECT: REJECT}


class Known(msgspec.Struct, frozen=True):
    """What is known of a photo of a row.

    Attributes:
        photo: Its row in the catalog, as it was decided.
        facts: What the catalog knows beside.
        score: How well it fits what is searched for; None where nothing is, or it is no match.
        doubt: How near it is to the border of its tab, 0 to 1; None where nobody has asked.
    """

    photo: Photo
    facts: Facts
    score: float | None = None
    doubt: float | None = None


class Column(msgspec.Struct, frozen=True):
    """A column.

    Attributes:
        id: Name in the session; stable.
        title: What stands in the head of the table.
        meaning: What it says, in a few words.
        width: Cells, at least.
        text: What it says of a photo, printable.
        sort: What is sorted by; "" where nothing can be.
        right: Whether it is aligned to the right, as numbers are.
        grows: Share of the room that is left which it takes.
        falls: Whether the first sort is descending: the greatest first.
        look: How its cells look.
    """

    id: str
    title: str
    meaning: str
    width: int
    text: Callable[[Known], str]
    sort: str
    right: bool = False
    grows: int = 0
    falls: bool = False
    look: Look = "plain"


def _date(known: Known) -> str:
    clock = known.facts.clock
    return "" if clock is None else f"{datetime_of(clock):%Y-%m-%d %H:%M}"


def _size(known: Known) -> str:
    size = known.photo.size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size / 1e3, 0.1):.1f} kB"


def _pixels(known: Known) -> str:
    photo = known.photo
    return f"{photo.width}×{photo.height}" if photo.width else ""


def _signal(name: str, digits: int) -> Callable[[Known], str]:
    def text(known: Known) -> str:
        value = known.facts.signals.get(name)
        return "" if value is None else f"{value:.{digits}f}"

    return text


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


COLUMNS: Mapping[str, Column] = {
    column.id: column
    for column in (
        Column(
            "name",
            "name",
            "name of the file; sorted by its path",
            16,
            lambda known: printable(known.photo.name),
            "name",
            grows=3,
            look="name",
        ),
        Column(
            "score",
            "score",
            "how well it fits the search",
            6,
            lambda known: _share(known.score),
            "score",
            right=True,
            falls=True,
            look="score",
        ),
        Column(
            "doubt",
            "doubt",
            "how near it is to the border of its tab",
            6,
            lambda known: _share(known.doubt),
            "doubt",
            right=True,
            falls=True,
            look="score",
        ),
        Column("date", "date", "when it was taken, by the clock there", 16, _date, "date"),
        Column(
            "camera",
            "camera",
            "camera that took it",
            12,
            lambda known: printable(known.facts.camera),
            "camera",
            grows=1,
        ),
        Column("size", "size", "bytes of its file", 9, _size, "size", right=True, falls=True),
        Column(
            "pixels",
            "pixels",
            "width and height",
            10,
            _pixels,
            "pixels",
            right=True,
            falls=True,
        ),
        Column(
            "tab",
            "tab",
            "tab it is in",
            12,
            lambda known: printable(known.facts.tab),
            "tab",
            grows=2,
        ),
        Column(
            "tags",
            "tags",
            "what it shows, best first; sorted by the best",
            14,
            lambda known: printable(", ".join(known.facts.tags)),
            "tags",
            grows=4,
        ),
        Column(
            "flag",
            "flag",
            "picked or rejected",
            5,
            lambda known: _FLAGS[known.photo.flag],
            "flag",
            falls=True,
            look="flag",
        ),
        Column(
            "rating",
            "rating",
            "stars",
            6,
            lambda known: STAR * known.photo.rating,
            "rating",
            falls=True,
            look="rating",
        ),
        Column(
            "label",
            "label",
            "colour label",
            8,
            lambda known: known.photo.label,
            "label",
            look="label",
        ),
        Column(
            "sharpness",
            "sharp",
            "detail of the sharpest parts: 0.7 and more is sharp",
            6,
            _signal("sharpness", 2),
            "sharpness",
            right=True,
            falls=True,
        ),
        Column(
            "noise",
            "noise",
            "noise, of 255 grey levels",
            6,
            _signal("noise", 1),
            "noise",
            right=True,
            falls=True,
        ),
        Column(
            "faces",
            "faces",
            "faces that were found",
            6,
            _signal("faces", 0),
            "faces",
            right=True,
            falls=True,
        ),
        Column(
            "folder",
            "folder",
            "folder that the file is in",
            14,
            lambda known: printable(known.photo.path.rpartition("/")[0]),
            "name",
            grows=2,
        ),
        Column(
            "lens",
            "lens",
            "lens it was taken with",
            14,
            lambda known: printable(known.facts.lens),
            "lens",
            grows=1,
        ),
        Column(
            "iso",
            "ISO",
            "sensitivity",
            6,
            lambda known: "" if known.facts.iso is None else f"{known.facts.iso:.0f}",
            "iso",
            right=True,
            falls=True,
        ),
    )
}

#: What a table shows before anybody has chosen.
USUAL = (
    *("name", "score", "doubt", "date", "camera", "size", "tab", "tags"),
    *("flag", "rating", "label"),
)


def chosen(ids: Iterable[str]) -> tuple[Column, ...]:
    """The columns with these ids that there are, the name first; the usual ones where none is."""
    wanted = [id_ for id_ in dict.fromkeys(ids) if id_ in COLUMNS and id_ != "name"]
    return tuple(COLUMNS[id_] for id_ in ("name", *(wanted or USUAL[1:])))


def widths(columns: Iterable[Column], room: int) -> list[int]:
    """How wide each column is, so that all fill the room where they do; one cell parts them."""
    columns = list(columns)
    found = [column.width for column in columns]
    left = room - sum(found) - len(found)
    shares = sum(column.grows for column in columns)
    if left > 0 and shares:
        for place, column in enumerate(columns):
            found[place] += left * column.grows // shares
    return found
