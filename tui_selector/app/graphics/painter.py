"""What the tile grid asks of a way to draw pictures, whichever protocol the terminal speaks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal

import msgspec
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.strips import LineStrip

Encoding = Literal["png", "sixel", "truecolor", "256", "16", "ramp"]
"""How a picture is handed to a painter: a palette PNG, Sixel data, or one value per half cell as
RGB triples, xterm colour numbers (240 or 16 of them) or brightness."""

Overlay = Literal["", "clipping", "focus"]
"""What is painted over a large picture: nothing, lost shadows and highlights, edges in focus."""


class HeatLayer(msgspec.Struct, frozen=True):
    """Heat to paint over a large picture.

    Attributes:
        columns: Of the grid over the whole photo.
        rows: Of the grid.
        heat: One byte for each cell, row by row, 255 the hottest.
        opacity: How much of the photo it covers where it is hottest, percent.
    """

    columns: int
    rows: int
    heat: bytes
    opacity: int


class PictureRequest(msgspec.Struct, frozen=True):
    """One picture at one size in one encoding: the key of every cache of encoded pictures.

    `key` is the content hash in hex, or the path while the hash is unknown. The picture is fitted,
    aspect kept, into a box of `columns` x `rows` cells, for which it is encoded with at most
    `width` x `height` pixels; in the half-cell encodings a pixel is half a cell high, and `stretch`
    is its width divided by its height. Sixel data shows squares of `block` pixels on a side in one
    colour, which takes fewer bytes. `on_disk` says whether every photo will be shown at this size,
    so that it is worth making when photos are indexed.

    A large picture (not `on_disk`) may also be a part of the photo: `crop` is its left, top, right
    and bottom as fractions of the upright picture, shown at exactly `width` x `height` pixels; what
    of it lies beyond the right and bottom edges is transparent or black. `moment` is the time of a
    video's frame in seconds; None is the poster. `overlay` and `heat` are painted over it. Its PNG
    has full colour where `colours` is 0, or a `dithered` palette, in which skies show no bands.
    """

    key: str
    path: str
    columns: int
    rows: int
    width: int
    height: int
    encoding: Encoding
    dimmed: bool = False
    stretch: float = 1.0
    on_disk: bool = True
    crop: tuple[float, float, float, float] | None = None
    moment: float | None = None
    overlay: Overlay = ""
    dithered: bool = False
    colours: int = 256
    block: int = 1
    heat: HeatLayer | None = None


class EncodedPicture(msgspec.Struct, frozen=True):
    """An encoded picture, or the sentence that says why there is none.

    `width` and `height` are in pixels and at most those of the request; `data` is a PNG file, or
    `width * height` pixels row by row.
    """

    width: int = 0
    height: int = 0
    data: bytes = b""
    problem: str = ""


Write = Callable[[str], None]
"""Sends text to the terminal, in order with everything else that is drawn."""


class Painter(ABC):
    """Draws pictures as strips of cells.

    A picture goes through three steps: `request` says what to ask the picture source for, `offer`
    hands the answer over, `strips` returns the rows once the terminal can show them. A painter that
    has to send something first does so in `pump`, a little at a time.
    """

    encoding: ClassVar[Encoding] = "png"
    draws: ClassVar[bool] = True
    """Whether there are pictures at all; the grid shows names where there are none."""

    cuttable: ClassVar[bool] = True
    """Whether the strips of a picture may be cut at any cell, so that a large one can be panned."""

    side_frame: bool = True
    """Whether the grid may draw the cursor beside the picture rows, which repaints them as text."""

    @abstractmethod
    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        """What to ask for to fill `box` (in cells) with this photo."""

    @abstractmethod
    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        """The picture centred in its box: `request.rows` strips of `request.columns` cells.

        None while the picture has not been offered, or has not been sent yet.
        """

    @abstractmethod
    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        """Take an encoded picture (without a problem) that answers the request."""

    @abstractmethod
    def __contains__(self, request: object) -> bool:
        """Whether `strips` would return rows for this request now."""

    def variants(self, request: PictureRequest) -> Sequence[PictureRequest]:
        """The same picture in falling quality and size, `request` itself first.

        The grid shows the best that the painter holds. A painter that sends nothing over a slow
        line has one.
        """
        return (request,)

    def finest(self, request: PictureRequest) -> PictureRequest:
        """The picture as a tile on screen gets it in the end, `request` itself if that is it."""
        return request

    @property
    def refines(self) -> bool:
        """Whether the line has room for the finest pictures, too, as `level` found out last."""
        return False

    def level(self, on_screen: Sequence[PictureRequest]) -> int:
        """Which of the variants to send first, so that all of these are soon on screen."""
        return 0

    @property
    def quality(self) -> str:
        """How good pictures are sent at first, in words; "" where there is no choice."""
        return ""

    def keep(self, requests: Iterable[PictureRequest]) -> None:  # noqa: B027
        """Name the pictures on screen: they are the last to be dropped from a cache."""

    def withdraw(self, requests: Iterable[PictureRequest]) -> None:  # noqa: B027
        """Take back offers that nobody waits for any more."""

    def pump(self, wanted: Sequence[PictureRequest]) -> list[PictureRequest]:
        """Send a few of the offered pictures, in the order of `wanted`.

        Returns:
            The requests that can be shown from now on.
        """
        return []

    @property
    def busy(self) -> bool:
        """Whether pictures wait for `pump`."""
        return False

    @abstractmethod
    def forget(self, key: str) -> None:
        """Drop every size of one photo: its file has changed or is gone."""

    @abstractmethod
    def clear_all(self) -> None:
        """Drop everything, in the terminal too: before leaving it, or when it was reset."""

    def cell_size_changed(self, width: int, height: int) -> None:  # noqa: B027
        """The terminal's cells have another size in pixels (a new font size)."""


class TextPainter(Painter):
    """Draws no pictures: for `--graphics off` and terminals that can draw nothing."""

    draws = False

    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        return PictureRequest(key, path, box.width, box.height, 0, 0, self.encoding, dimmed)

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        return [Strip.blank(request.columns, background)] * request.rows

    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        return

    def __contains__(self, request: object) -> bool:
        return True

    def forget(self, key: str) -> None:
        return

    def clear_all(self) -> None:
        return


def fit(width: int, height: int, box_width: float, box_height: float) -> tuple[float, float]:
    """The largest size inside a box that keeps the aspect of `width` x `height`.

    Args:
        width: Width of the picture, any unit.
        height: Height of the picture, same unit.
        box_width: Width of the box.
        box_height: Height of the box.

    Returns:
        Width and height in the unit of the box.
    """
    scale = min(box_width / max(1, width), box_height / max(1, height))
    return max(1, width) * scale, max(1, height) * scale


def centred(
    rows: Sequence[Strip], width: int, request: PictureRequest, background: Style
) -> list[Strip]:
    """Centre the rows of a picture in the box of its request.

    Args:
        rows: At most `request.rows` strips of `width` cells.
        width: Width of the rows in cells, at most `request.columns`.
        request: What the picture answers.
        background: Style of the cells around the picture.

    Returns:
        `request.rows` strips of `request.columns` cells.
    """
    left = (request.columns - width) // 2
    right = request.columns - width - left
    top = (request.rows - len(rows)) // 2
    blank = Strip.blank(request.columns, background)
    before, after = Strip.blank(left, background), Strip.blank(right, background)
    middle = [LineStrip([before, row, after]) if left or right else row for row in rows]
    return [blank] * top + middle + [blank] * (request.rows - top - len(middle))
