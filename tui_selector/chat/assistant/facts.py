"""What is known of the photos of a conversation, read once for one answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from tui_selector.chat.conversation import ChatPhoto, Conversation
from tui_selector.chat.hostile import one_line
from tui_selector.chat.photos import clock, metadata_of
from tui_selector.library.catalog.caption_table import Caption
from tui_selector.library.catalog.group_table import GroupPlace
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Photo, State, Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.quality import Quality

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog


#: Characters of why a file cannot be read.
_PROBLEM = 120


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog knows of one photo.

    Attributes:
        number: In the conversation.
        photo: Its row.
        quality: Its signals; None where it was not measured yet.
        tags: Best first.
        metadata: What its file says about itself.
        tab: Name of its tab, printable; "" for none.
        group: Its place among photos that are nearly the same; None for none, or nobody looked.
        caption: What a model says that it shows, hostile; None where none has looked.
    """

    number: int
    photo: Photo
    quality: Quality | None
    tags: tuple[Tag, ...]
    metadata: Metadata
    tab: str
    group: GroupPlace | None
    caption: Caption | None = None

    @property
    def called(self) -> str:
        """How it is spoken of."""
        return f"photo {self.number}"

    @property
    def measured(self) -> Quality | None:
        """The signals of a photo of which something could be measured."""
        return self.quality if self.quality is not None and self.quality.side else None

    @property
    def unmeasured(self) -> str:
        """Why nothing was measured of it, in a few printable words."""
        if self.photo.state is State.PROBLEM:
            return f"it cannot be read ({one_line(self.photo.problem, _PROBLEM).rstrip('.')})"
        return "not measured yet"

    @property
    def moment(self) -> datetime | None:
        """When it was taken, as the camera's clock showed it."""
        return clock(self.photo.taken, self.metadata.taken_offset)

    def tag(self, name: str) -> float:
        """The score of a tag; 0 where it has none of that name."""
        return max((tag.score for tag in self.tags if tag.name == name), default=0.0)


class Album:
    """The photos that a question can be about."""

    def __init__(self, catalog: Catalog, conversation: Conversation) -> None:
        self.catalog = catalog
        self._conversation = conversation

    @cached_property
    def facts(self) -> dict[int, Facts]:
        """Number to facts, of the photos that are there.

        Raises:
            sqlite3.Error: The catalog cannot be read.
        """
        numbers = {photo.id: photo.number for photo in self._conversation.photos}
        ids = list(numbers)
        photos = [photo for photo in self.catalog.photos.get(ids) if photo.state in PRESENT]
        qualities = self.catalog.qualities.of(ids)
        tags = self.catalog.tags.of(ids)
        groups = self.catalog.groups.of(ids)
        captions = self.catalog.captions.of(photo.hash for photo in photos if photo.hash)
        return {
            numbers[photo.id]: Facts(
                number=numbers[photo.id],
                photo=photo,
                quality=qualities.get(photo.id),
                tags=tuple(tags.get(photo.id, ())),
                metadata=metadata_of(self.catalog, photo.id),
                tab=self._tab(photo.id),
                group=groups.get(photo.id),
                caption=captions.get(photo.hash or b""),
            )
            for photo in photos
        }

    @property
    def gone(self) -> list[ChatPhoto]:
        """Photos of the conversation that are no longer in the library."""
        return [photo for photo in self._conversation.photos if photo.number not in self.facts]

    def of(self, numbers: Iterable[int]) -> list[Facts]:
        """The facts of some photos that are there, in this order."""
        return [self.facts[number] for number in numbers if number in self.facts]

    def _tab(self, photo: int) -> str:
        tab = self.catalog.tabs.tab_of(photo)
        known = None if tab is None else self.catalog.tabs.one(tab)
        return printable(known.name) if known else ""
