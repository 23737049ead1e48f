"""Real pixels through the kitty graphics protocol, placed at a cell of the screen.

For terminals that know the protocol but not its Unicode placeholders: Konsole, WezTerm, kitty
before 0.28. A picture is sent once and then placed by its id; a placement has an id of its own, and
placing it again moves it. Where a dialog covers a picture, what is left in sight is placed as a few
rectangles of it; what went out of sight is deleted, the pixels stay.

Placing every row of cells as a slice under the text (a z-index below INT32_MIN / 2 leaves the
hiding to the backgrounds of other cells) would need no ledger of the screen. But slices of pictures
that went away stay on top of later ones, the same photo could not stand twice on a screen, and 24
tiles of seven rows cost 12 kB in every frame. From the ledger a tile is one command of 60 bytes,
and none while it stays where it is.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#display-images-on-screen
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from rich.style import Style
from textual.app import App
from textual.strip import Strip

from tui_selector.app.graphics.kitty import KittyPainter, Upload, transmit
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import PictureRequest, Write, fit
from tui_selector.app.graphics.picture_cells import Part, Place, rectangles
from tui_selector.app.graphics.placed import Picture, PictureLayer
from tui_selector.app.graphics.sequences import move_to

SAVE_CURSOR, RESTORE_CURSOR = "\x1b7", "\x1b8"


class ClassicPicture(Picture):
    """A picture that the terminal holds."""

    def __init__(self, upload: Upload, cell: tuple[int, int], box: tuple[int, int]) -> None:
        """
        Args:
            upload: The image in the terminal.
            cell: Width and height of a cell in pixels.
            box: Columns and rows into which the picture is fitted.
        """
        super().__init__(upload.columns, upload.rows)
        self.image_id = upload.image_id
        self._pixels = upload.width, upload.height
        self._cell = cell
        shown = fit(upload.width, upload.height, box[0] * cell[0], box[1] * cell[1])
        self._scale = shown[0] / upload.width
        # The picture ends with its last cell; what is left over is at its left and top.
        self._spare = (
            max(0, int(upload.columns * cell[0] - shown[0])),
            max(0, int(upload.rows * cell[1] - shown[1])),
        )

    def source(self, part: Part) -> str:
        """The keys of a placement that say which pixels to show, and how large."""
        left, width, first = self._span(0, part.column, part.columns)
        top, height, above = self._span(1, part.row, part.rows)
        keys = f"x={left},y={top},w={width},h={height}"
        if first:
            keys += f",X={first}"
        if above:
            keys += f",Y={above}"
        if abs(self._scale - 1) > 0.01:
            keys += f",c={part.columns},r={part.rows}"
        return keys

    def _span(self, axis: int, start: int, cells: int) -> tuple[int, int, int]:
        """First pixel and number of pixels under some cells, and the gap in front of them."""
        cell, spare, pixels = self._cell[axis], self._spare[axis], self._pixels[axis]
        first = max(0, round((start * cell - spare) / self._scale))
        last = min(pixels, round(((start + cells) * cell - spare) / self._scale))
        first = min(first, pixels - 1)
        return first, max(1, last - first), 0 if start else spare


class _Placement(NamedTuple):
    """A part of a picture and the cell of the screen where its corner is."""

    picture: ClassicPicture
    x: int
    y: int
    part: Part


class ClassicLayer(PictureLayer):
    """Places, moves and deletes what the ledger says."""

    def __init__(
        self, app: App[Any], write: Write, link: TerminalLink, *, erases: bool = False
    ) -> None:
        """
        Args:
            app: Whose frames to read.
            write: Sends text to the terminal, in order with the frames.
            link: The line, which may be in the middle of a picture.
            erases: Whether the terminal erases in the colour of the ground.
        """
        super().__init__(app, link, erases=erases)
        self._write = write
        self._placed: dict[_Placement, int] = {}
        self._ids = count(1)

    def commands(self, touched: set[Place]) -> str:
        wanted: set[_Placement] = set()
        again: set[_Placement] = set()
        for place, runs in self.places().items():
            picture = place.picture
            if not isinstance(picture, ClassicPicture):
                continue
            placements = {
                _Placement(picture, place.x + part.column, place.y + part.row, part)
                for part in rectangles(place, runs)
            }
            wanted |= placements
            if place in touched:
                again |= placements
        gone = {
            placement: number
            for placement, number in self._placed.items()
            if placement not in wanted and placement.picture.alive
        }
        spare: dict[ClassicPicture, list[int]] = {}
        for placement, number in gone.items():
            spare.setdefault(placement.picture, []).append(number)
        placed: dict[_Placement, int] = {}
        out: list[str] = []
        # What was placed before keeps its number, so that no number is given away twice.
        for placement in sorted(wanted, key=lambda placement: (placement.y, placement.x)):
            before = self._placed.get(placement)
            if before is not None and placement not in again:
                placed[placement] = before
                continue
            if before is None:
                free = spare.get(placement.picture)
                before = free.pop() if free else next(self._ids)
            placed[placement] = before
            out.append(_place(placement, before))
        for picture, numbers in spare.items():
            out += [_take_away(picture.image_id, number) for number in numbers]
        self._placed = placed
        return self._in_order("".join(out))

    def _in_order(self, commands: str) -> str:
        """The commands as part of the frame; later where a picture is half sent just now."""
        now: list[str] = []
        open_frame = True

        def write(text: str) -> None:
            if open_frame:
                now.append(text)
            else:
                self._write(SAVE_CURSOR + text + RESTORE_CURSOR)

        if commands:
            self.link.command(write, commands)
        open_frame = False
        return "".join(now)

    def reset(self) -> None:
        super().reset()
        # Whatever stands somewhere is placed again under the same number, or deleted.


def _place(placement: _Placement, number: int) -> str:
    keys = placement.picture.source(placement.part)
    image_id = placement.picture.image_id
    return (
        f"{move_to(placement.x, placement.y)}\x1b_Ga=p,i={image_id},p={number},{keys},C=1,q=2\x1b\\"
    )


def _take_away(image_id: int, number: int) -> str:
    """Delete a placement and keep the image."""
    return f"\x1b_Ga=d,d=i,i={image_id},p={number},q=2\x1b\\"


class ClassicPainter(KittyPainter):
    """Sends each picture once and lets a layer place it."""

    def __init__(
        self,
        layer: ClassicLayer,
        write: Write,
        *,
        backlog: Callable[[], bool] = lambda: False,
        link: TerminalLink | None = None,
        cell_width: int = 10,
        cell_height: int = 20,
        first_id: int | None = None,
        bytes_budget: int = 64 << 20,
        longest: int = 480,
        batch_bytes: int = 256 << 10,
    ) -> None:
        """
        Args:
            layer: Places the pictures of the app; the other arguments are those of `KittyPainter`.
        """
        super().__init__(
            write,
            backlog=backlog,
            link=link,
            cell_width=cell_width,
            cell_height=cell_height,
            first_id=first_id,
            bytes_budget=bytes_budget,
            longest=longest,
            batch_bytes=batch_bytes,
        )
        self._layer = layer
        self._placeable: dict[PictureRequest, ClassicPicture] = {}

    def _pieces(self, upload: Upload, png: bytes) -> list[str]:
        return transmit(upload.image_id, png)

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        upload = self._uploads.get(request)
        if upload is None:
            return None
        picture = self._placeable.get(request)
        if picture is None:
            picture = ClassicPicture(upload, self._cell, (request.columns, request.rows))
            self._placeable[request] = picture
        return picture.strips(request, background)

    def _drop(self, request: PictureRequest) -> None:
        super()._drop(request)
        # The terminal deletes the placements with the image.
        if picture := self._placeable.pop(request, None):
            picture.alive = False

    def clear_all(self) -> None:
        super().clear_all()
        for picture in self._placeable.values():
            picture.alive = False
        self._placeable.clear()
        self._layer.reset()
