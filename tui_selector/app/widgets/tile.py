"""One tile of the grid, and where the grid gets its tiles from."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Tile(msgspec.Struct, frozen=True):
    """What the grid draws for one photo.

    All text is printable already (`library.display.printable`).

    Attributes:
        key: Content hash in hex; empty while it is not known.
        path: Absolute path of the file.
        caption: Name under the picture.
        flag: -1 rejected, 0 undecided, 1 picked.
        rating: 0 to 5 stars.
        label: "", "red", "yellow", "green", "blue" or "purple".
        marked: Whether the photo is marked.
        badge: A few characters at the right of the caption: "RAW", "▶ 0:12", "new".
        note: A sentence shown instead of the picture; empty where there is a picture.
        dimmed: Whether the picture is faded, as rejected photos are.
        width: Upright width of the original in pixels; 0 while it is not known.
        height: Upright height of the original in pixels; 0 while it is not known.
    """

    key: str
    path: str
    caption: str
    flag: int = 0
    rating: int = 0
    label: str = ""
    marked: bool = False
    badge: str = ""
    note: str = ""
    dimmed: bool = False
    width: int = 0
    height: int = 0


class TileModel(Protocol):
    """A row of tiles that may be long: the grid asks only for those it draws."""

    def __len__(self) -> int: ...

    def tile(self, index: int) -> Tile:
        """The tile at `index`, `0 <= index < len(self)`. On the UI thread: it must be cheap."""
        ...


class NoTiles:
    """The model of a view that has not been given one."""

    def __len__(self) -> int:
        return 0

    def tile(self, index: int) -> Tile:
        raise IndexError(index)
