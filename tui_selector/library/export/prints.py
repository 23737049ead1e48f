"""What contact sheets show of a photo: its picture, small, and a few words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo
from tui_selector.library.pictures.thumbnails import (
    THUMBNAIL_SIDE,
    ThumbnailStore,
    encode_thumbnail,
)

if TYPE_CHECKING:
    from PIL import Image

_FLAGS = {Flag.PICK: "picked", Flag.NONE: "", Flag.REJECT: "rejected"}


class Print(msgspec.Struct, frozen=True):
    """One photo on a contact sheet; texts are printable.

    Attributes:
        name: Of the file.
        words: Decisions, date and camera, as many as are known.
        tags: By the owner.
        jpeg: The picture, long side at most 512 pixels; b"" where there is none.
    """

    name: str
    words: tuple[str, ...]
    tags: tuple[str, ...]
    jpeg: bytes

    def image(self) -> Image.Image | None:
        """The picture as an RGB image; None where there is none."""
        from PIL import Image

        return Image.open(io.BytesIO(self.jpeg)).convert("RGB") if self.jpeg else None


def print_of(catalog: Catalog, store: ThumbnailStore, photo: Photo) -> Print:
    """What a sheet shows of a photo. Its file is read only where no thumbnail is stored."""
    tags = catalog.tags.of([photo.id])[photo.id]
    return Print(
        name=printable(photo.name),
        words=tuple(filter(None, _words(catalog, photo))),
        tags=tuple(printable(tag.name) for tag in tags if tag.source == "owner"),
        jpeg=(store.get(photo.hash) if photo.hash else None) or _decoded(catalog, photo),
    )


def _words(catalog: Catalog, photo: Photo) -> list[str]:
    from datetime import UTC, datetime, timedelta, timezone

    from tui_selector.library.pictures.metadata import Metadata

    try:
        facts = msgspec.json.decode(catalog.photos.metadata(photo.id), type=Metadata)
    except msgspec.MsgspecError:
        facts = Metadata()
    when = ""
    if photo.taken is not None:
        zone = (
            UTC if facts.taken_offset is None else timezone(timedelta(minutes=facts.taken_offset))
        )
        try:
            when = datetime.fromtimestamp(photo.taken, zone).strftime("%Y-%m-%d %H:%M:%S")
        except (OverflowError, OSError, ValueError):
            when = ""
    stars = "★" * photo.rating
    return [stars, _FLAGS[photo.flag], photo.label, when, printable(facts.camera)]


def _decoded(catalog: Catalog, photo: Photo) -> bytes:
    from tui_selector.library.pictures.decode import DecodeError, decode

    try:
        return encode_thumbnail(decode(catalog.root / photo.path, longest=THUMBNAIL_SIDE).image)
    except DecodeError:
        return b""
