"""The dots of a map on terminals that show pixels: made beside the app, shown when they are there.

Braille stands on the screen meanwhile: a picture takes longer to make and to send than a key may
take to be answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Literal

import msgspec
from msgspec.structs import replace
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import EncodedPicture, Painter, PictureRequest
from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.map_camera import Camera
from tui_selector.app.map_picture import PixelFrame, encoded, picture_of

#: Most pixels of a picture that the terminal scales; it has more on screens of fine resolution.
_MOST = 1_500_000

#: Columns and rows of a part where pictures cannot be cut: what stands over one repaints it all.
_PART = (32, 8)

#: Photos in sight, and colours, from which on braille serves better than Sixel data. It is 240 kB
#: for 20,000 photos in a window of 100 by 36 cells and 510 kB for 100,000.
_MOST_PHOTOS, _MOST_COLOURS = 100_000, 40

#: Seconds that a picture may take on the line, and its bytes, which grow with the root of the
#: photos in sight: 20 kB for 300 of them, 100 kB for 5000; Sixel data is about twice as much.
_SECONDS, _BYTES = 0.4, 1400

#: How many times as long it may take where pixels are drawn already.
_PATIENCE = 4

#: Columns of a part elsewhere, which the placeholders of a picture can count.
_WIDE = (256, 256)

_numbers = count()

Dots = Literal["auto", "braille", "pixels"]
"""How photos are drawn: as pixels where the terminal shows these, as braille; or as pixels unless
the line is slow."""


class Part(msgspec.Struct, frozen=True):
    """A part of a map's picture: where it stands in cells, and what asks for it."""

    column: int
    row: int
    request: PictureRequest


class PixelPicture(msgspec.Struct, frozen=True):
    """A frame as pictures of the terminal's."""

    frame: PixelFrame
    key: str
    parts: tuple[Part, ...]


class MapPixels:
    """Has a map painted, and keeps what was painted last until the next is there."""

    def __init__(self, painter: Painter, link: TerminalLink, dots: Dots = "auto") -> None:
        """
        Args:
            painter: Sends large pictures to the terminal.
            link: The line that they share with everything else.
            dots: Whether pixels are wanted.
        """
        self._painter, self._link = painter, link
        self._dots: Dots = dots
        self._is_shown = False
        self._due: PixelFrame | None = None
        self._wanted: PixelFrame | None = None
        self._coming: PixelPicture | None = None
        self._there: PixelPicture | None = None

    @property
    def can_draw(self) -> bool:
        """Whether the terminal shows pixels."""
        encoding = self._painter.request("", "", Size(1, 1), False).encoding
        return self._painter.draws and encoding in ("png", "sixel")

    def suits(self, photos: int, pictures: int) -> bool:
        """Whether dots are to be pixels, not braille, with so many photos and pictures in sight."""
        self._is_shown = self._suits(photos, pictures)
        return self._is_shown

    def _suits(self, photos: int, pictures: int) -> bool:
        if self._dots == "braille" or not self.can_draw:
            return False
        # Pictures that cannot be cut cannot stand over each other either.
        if not self._painter.cuttable and (photos > _MOST_PHOTOS or pictures):
            return False
        speed = self._link.speed
        if self._dots == "pixels" or not self._link.paced or not speed.measured:
            return True
        # What is pixels already stays so on a line that is slow for a moment.
        patience = _SECONDS * (_PATIENCE if self._is_shown else 1)
        size = _BYTES * photos**0.5 * (1 if self._painter.cuttable else 2)
        return bool(size <= patience * speed.rate)

    def switch(self) -> Dots:
        """Draw braille where there are pixels now, and pixels where there is braille."""
        self._dots = "braille" if self._is_shown else "pixels"
        if self._dots == "braille":
            self.forget()
        return self._dots

    def want(self, frame: PixelFrame) -> bool:
        """Ask for a frame; return whether it is another one than was asked for last."""
        if self._wanted is not None and frame.is_like(self._wanted):
            return False
        self._due = self._wanted = frame
        return True

    async def paint(self) -> None:
        """Make the pictures of what is wanted, each time of what was wanted last."""
        while (frame := self._due) is not None:
            self._due = None
            key = f"map {next(_numbers)}"
            parts = tuple(self._parts(frame.camera, key))
            try:
                pictures = await asyncio.to_thread(_painted, frame, parts)
            except ValueError:
                self._drop()  # braille has any number of kinds
                continue
            if self._wanted is not frame:
                continue
            self._withdraw(self._coming)
            # What shows nothing needs no picture.
            drawn = [(part, made) for part, made in zip(parts, pictures, strict=True) if made]
            self._coming = PixelPicture(frame, key, tuple(part for part, _ in drawn))
            for part, made in drawn:
                self._painter.offer(part.request, made)

    def _parts(self, camera: Camera, key: str) -> list[Part]:
        wide, high = _WIDE if self._painter.cuttable else _PART
        parts: list[Part] = []
        for row in range(0, camera.rows, high):
            for column in range(0, camera.columns, wide):
                box = Size(min(wide, camera.columns - column), min(high, camera.rows - row))
                request = self._painter.request(key, f"{column} {row}", box, False)
                share = min(1.0, (_MOST / (request.width * request.height)) ** 0.5)
                if request.encoding == "png" and share < 1:
                    width, height = round(request.width * share), round(request.height * share)
                    request = replace(request, width=width, height=height)
                if request.encoding == "sixel":
                    request = replace(request, colours=min(request.colours, _MOST_COLOURS))
                parts.append(Part(column, row, replace(request, on_disk=False)))
        return parts

    def pump(self) -> bool:
        """Send what is ready; return whether something else can be shown from now on."""
        coming = self._coming
        if coming is None:
            return False
        requests = [part.request for part in coming.parts]
        self._painter.pump(requests)
        if not all(request in self._painter for request in requests):
            return False
        before, self._there, self._coming = self._there, coming, None
        if before is not None:
            self._painter.forget(before.key)
        return True

    @property
    def busy(self) -> bool:
        """Whether pictures wait for `pump`."""
        return self._coming is not None

    def forget(self) -> None:
        """Drop all pictures: dots are drawn as braille, or not at all, from now on."""
        self._drop()
        self._due = self._wanted = None

    def _drop(self) -> None:
        self._withdraw(self._coming)
        if self._there is not None:
            self._painter.forget(self._there.key)
        self._coming = self._there = None

    def _withdraw(self, picture: PixelPicture | None) -> None:
        if picture is not None:
            self._painter.withdraw([part.request for part in picture.parts])
            self._painter.forget(picture.key)

    def rows(
        self, camera: Camera, text: Callable[[], Sequence[Strip]], ground: Style
    ) -> list[Strip] | None:
        """The rows of a view; None where there is no picture that fits it.

        A picture of the same map a few cells further on stands in until its own is there.

        Args:
            camera: The view.
            text: Draws the same view as text, which stands where the picture does not reach.
            ground: Style of what is behind the dots.
        """
        there = self._there
        shift = there.frame.shift(camera) if there is not None else None
        if there is None or shift is None or (shift != (0, 0) and not self._painter.cuttable):
            return None
        right, down = shift
        plain = text() if right or down else ()
        blank = Strip.blank(camera.columns, ground)
        inside = range(max(0, down), min(camera.rows, camera.rows + down))
        rows = [blank if row in inside else plain[row] for row in range(camera.rows)]
        for part in there.parts:
            strips = self._painter.strips(part.request, ground)
            if strips is None:
                return None
            for number, strip in enumerate(strips):
                row = part.row + down + number
                if 0 <= row < camera.rows:
                    rows[row] = laid_over(rows[row], [(part.column + right, strip)])
        if right:
            # Beside the picture there is text as well.
            edge = slice(0, right) if right > 0 else slice(camera.columns + right, camera.columns)
            for row in inside:
                beside = plain[row].crop(edge.start, edge.stop)
                rows[row] = laid_over(rows[row], [(edge.start, beside)])
        return rows


def laid_over(row: Strip, parts: Sequence[tuple[int, Strip]]) -> Strip:
    """A row with strips laid over it, which do not overlap; what is beyond its ends is cut."""
    line: list[Strip] = []
    position, width = 0, row.cell_length
    for column, strip in sorted(parts, key=lambda part: part[0]):
        first, last = max(0, -column), min(strip.cell_length, width - column)
        if first >= last:
            continue
        cut = strip if (first, last) == (0, strip.cell_length) else strip.crop(first, last)
        line += [row.crop(position, column + first), cut]
        position = column + last
    line.append(row.crop(position, width))
    return LineStrip([strip for strip in line if strip.cell_length])


def _painted(frame: PixelFrame, parts: Sequence[Part]) -> list[EncodedPicture | None]:
    """Paint a frame, and encode its parts; None for what shows nothing. In a thread."""
    camera, first = frame.camera, parts[0].request
    # Pixels of a cell as the terminal shows them, or as many as are sent of them.
    across, down = first.width / first.columns, first.height / first.rows
    size = round(across * camera.columns), round(down * camera.rows)
    pixels, palette = picture_of(frame, size, first.colours)
    made: list[EncodedPicture | None] = []
    for part in parts:
        left, top = round(part.column * across), round(part.row * down)
        right = round((part.column + part.request.columns) * across)
        bottom = round((part.row + part.request.rows) * down)
        cut = pixels[top:bottom, left:right]
        made.append(encoded(part.request, cut, palette) if cut.any() else None)
    return made
