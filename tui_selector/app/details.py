"""What is known of one photo, in words: the text of the info panel, without a screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec

from tui_selector.app.standing import Standing, read_standing, standing_words
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.photo import Companion, Flag, Photo, State, Tag
from tui_selector.library.pictures.metadata import Metadata

if TYPE_CHECKING:
    from tui_selector.library.quality import Quality

#: Longest text in a photo that is told whole, characters.
_LONGEST_TEXT = 400

_FLAGS = {Flag.PICK: "picked", Flag.NONE: "undecided", Flag.REJECT: "rejected"}


class Details(msgspec.Struct, frozen=True):
    """Everything that the catalog holds about a photo.

    Attributes:
        photo: The photo.
        tab: Name of the tab it is in; "" while it is in none.
        metadata: What its file says about itself.
        tags: Its tags, best first.
        companions: The files that belong to its shot.
        written: The lines of text in it, from above to below.
        quality: What was measured of it; None where nothing was.
        caption: What a chat model says of it; "" where none was asked.
        standing: Its place among photos that are nearly the same; None where it has none.
    """

    photo: Photo
    tab: str
    metadata: Metadata
    tags: tuple[Tag, ...]
    companions: tuple[Companion, ...]
    written: tuple[str, ...] = ()
    quality: Quality | None = None
    caption: str = ""
    standing: Standing | None = None


def read_details(catalog: Catalog, id_: int) -> Details | None:
    """What the catalog holds about a photo; None where it has gone."""
    photo = catalog.photos.one(id_)
    if photo is None:
        return None
    try:
        metadata = msgspec.json.decode(catalog.photos.metadata(id_), type=Metadata)
    except msgspec.MsgspecError:
        metadata = Metadata()
    caption = catalog.captions.get(photo.hash or b"")
    tab = catalog.tabs.tab_of(id_)
    known = None if tab is None else catalog.tabs.one(tab)
    return Details(
        photo=photo,
        tab=known.name if known else "Singles" if tab == 0 else "",
        metadata=metadata,
        tags=tuple(catalog.tags.of([id_])[id_]),
        companions=catalog.companions.of(id_),
        written=tuple(line.text for line in catalog.texts.lines(photo.hash or b"")),
        quality=catalog.qualities.get(photo.hash or b""),
        caption=caption.text if caption is not None else "",
        standing=read_standing(catalog, id_),
    )


def facts(details: Details) -> list[tuple[str, str]]:
    """Label and printable text of each fact, in the order of the panel."""
    photo, metadata = details.photo, details.metadata
    found = [
        ("name", printable(photo.name)),
        ("folder", printable(photo.path.rpartition("/")[0]) or "."),
        ("tab", printable(details.tab)),
        ("flag", _FLAGS[photo.flag]),
        ("rating", "★" * photo.rating),
        ("label", photo.label),
        ("size", _size(photo)),
        ("taken", when(metadata, photo.taken)),
        ("camera", printable(metadata.camera)),
        ("lens", printable(metadata.lens)),
        ("exposure", exposure(metadata)),
        ("place", place(metadata)),
        ("length", "" if metadata.duration is None else f"{metadata.duration:.1f} s"),
        ("software", printable(metadata.software)),
        (
            "with it",
            ", ".join(printable(each.path.rpartition("/")[2]) for each in details.companions),
        ),
        *_measured(details.quality),
        ("group", standing_words(details.standing) if details.standing is not None else ""),
        ("shows", _written((" ".join(details.caption.split()),))),
        ("text", _written(details.written)),
        ("problem" if photo.state is State.PROBLEM else "remark", printable(photo.problem)),
        ("state", "waits to be indexed" if photo.state is State.FOUND else ""),
    ]
    return [(label, text) for label, text in found if text]


def _measured(quality: Quality | None) -> list[tuple[str, str]]:
    """What was measured of a photo, in plain words."""
    if quality is None or not quality.side:
        return []
    from tui_selector.app.measures import detail, faces, light

    return [("detail", detail(quality)), ("light", light(quality)), ("faces", faces(quality))]


def _written(lines: tuple[str, ...]) -> str:
    text = " / ".join(map(printable, lines))
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _size(photo: Photo) -> str:
    bytes_ = photo.size
    size = f"{bytes_ / 1e6:.1f} MB" if bytes_ >= 1e6 else f"{max(bytes_ / 1e3, 0.1):.1f} kB"
    if not photo.width:
        return size
    pixels = photo.width * photo.height / 1e6
    return f"{photo.width} × {photo.height} · {pixels:.1f} MP · {size}"


def when(metadata: Metadata, taken: float | None) -> str:
    """The capture time as the camera's clock showed it; "" where the file does not say."""
    if taken is None:
        return ""
    offset = metadata.taken_offset
    zone = UTC if offset is None else timezone(timedelta(minutes=offset))
    try:
        moment = datetime.fromtimestamp(taken, zone)
    except (OverflowError, OSError, ValueError):
        return ""
    text = moment.strftime("%a %d %b %Y %H:%M:%S")
    return text if offset is None else text + moment.strftime(" %z")


def exposure(metadata: Metadata) -> str:
    """Shutter, aperture, sensitivity and focal length, as photographers write them."""
    parts = []
    seconds = metadata.exposure_time
    if seconds:
        parts.append(f"1/{1 / seconds:.0f} s" if seconds < 0.4 else f"{seconds:g} s")
    if metadata.f_number:
        parts.append(f"f/{metadata.f_number:g}")
    if metadata.iso:
        parts.append(f"ISO {metadata.iso}")
    if metadata.focal_length:
        parts.append(f"{round(metadata.focal_length, 1):g} mm")
    if metadata.exposure_bias:
        parts.append(f"{metadata.exposure_bias:+.1f} EV")
    return " · ".join(parts)


def place(metadata: Metadata) -> str:
    """Latitude, longitude and altitude; "" where the file does not say."""
    if metadata.latitude is None or metadata.longitude is None:
        return ""
    north = "N" if metadata.latitude >= 0 else "S"
    east = "E" if metadata.longitude >= 0 else "W"
    text = f"{abs(metadata.latitude):.5f}° {north}, {abs(metadata.longitude):.5f}° {east}"
    return text if metadata.altitude is None else f"{text}, {metadata.altitude:.0f} m"
