"""Photos of a catalog as photos of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec

from tui_selector.chat.conversation import ChatPhoto, Conversation
from tui_selector.chat.hostile import one_line
from tui_selector.library.photo import PRESENT, Photo
from tui_selector.library.pictures.metadata import Metadata

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog

#: Longest file name that is shown whole, characters.
LONGEST_NAME = 80


def read_photos(catalog: Catalog, ids: Sequence[int]) -> list[ChatPhoto]:
    """The photos with these ids that are there, numbered from 1 in the order given.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    found = [photo for photo in catalog.photos.get(ids) if photo.state in PRESENT]
    return [_told(catalog, photo, number) for number, photo in enumerate(found, 1)]


def refreshed(catalog: Catalog, conversation: Conversation) -> Conversation:
    """The conversation with photos as they are now: gone, back again, or renamed.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    ids = [photo.id for photo in conversation.photos]
    here = {photo.id: photo for photo in catalog.photos.get(ids) if photo.state in PRESENT}
    return msgspec.structs.replace(
        conversation,
        photos=tuple(
            _told(catalog, here[photo.id], photo.number)
            if photo.id in here
            else msgspec.structs.replace(photo, gone=True)
            for photo in conversation.photos
        ),
    )


def metadata_of(catalog: Catalog, id_: int) -> Metadata:
    """What a photo's file says about itself; empty where that is not known."""
    try:
        return msgspec.json.decode(catalog.photos.metadata(id_), type=Metadata)
    except msgspec.MsgspecError:
        return Metadata()


def clock(taken: float | None, offset: int | None) -> datetime | None:
    """A capture time as the camera's clock showed it; None where there is none.

    Args:
        taken: As `Metadata.taken`.
        offset: As `Metadata.taken_offset`.
    """
    if taken is None:
        return None
    try:
        zone = UTC if offset is None else timezone(timedelta(minutes=offset))
        return datetime.fromtimestamp(taken, zone)
    except (OverflowError, OSError, ValueError):
        return None


def _told(catalog: Catalog, photo: Photo, number: int) -> ChatPhoto:
    moment = clock(photo.taken, metadata_of(catalog, photo.id).taken_offset)
    return ChatPhoto(
        number=number,
        id=photo.id,
        key=photo.key,
        name=one_line(photo.name, LONGEST_NAME),
        taken="" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}",
    )
