"""Narrowing the photos that a screen shows: to a span of time, or to some kinds of photos."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import msgspec

from tui_selector.app.screens.decide import Part
from tui_selector.app.snapshot import Query

if TYPE_CHECKING:
    from tui_selector.app.album import Album
    from tui_selector.app.narrowing import Legend


class Narrowed(msgspec.Struct, frozen=True):
    """What a screen shows.

    Attributes:
        query: Which photos.
        listed: What a search has found, where the query's tab is a search.
        ranked: Whether it stands in an order of its own.
    """

    query: Query
    listed: array[int] | None = None
    ranked: bool = False


class Narrowing(Part):
    """What the timeline and the list of kinds need of the screen that they stand on."""

    #: What stands below the timeline, as a selector.
    below_timeline: ClassVar[str]

    @abstractmethod
    def narrowed(self, album: Album) -> Narrowed:
        """What the screen shows of an album."""

    async def open_query(self, query: Query) -> None:
        """Show what a query finds."""
        await self.selector.reader.show(query)

    @property
    @abstractmethod
    def current_id(self) -> int | None:
        """The photo that is looked at."""

    @abstractmethod
    def point_at(self, photo: int) -> bool:
        """Look at a photo; return whether it is shown."""

    @abstractmethod
    def focus_photos(self) -> None:
        """Give the keys to the photos."""

    @abstractmethod
    async def open_kinds(self) -> None:
        """Put the list of kinds on the screen, and wait until it stands there."""

    @abstractmethod
    async def close_kinds(self) -> None:
        """Take the list of kinds away, and give the keys back to the photos."""

    def colours_of_kinds(self, legend: Legend) -> Mapping[str, str]:
        """Colours that stand for the kinds of a legend here, by the name of a kind."""
        return {}
