"""Pictures as half blocks: two pixels in every cell, in any terminal that has colours.

Four depths: 24-bit colour, the 240 fixed colours of the xterm palette, the 16 colours that every
terminal with colours has, and a ramp of characters by brightness for a terminal without.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.painter import (
    EncodedPicture,
    Encoding,
    Painter,
    PictureRequest,
    centred,
    fit,
)
from tui_selector.app.graphics.strips import LazyStrip

if TYPE_CHECKING:
    from PIL.Image import Image

Depth = Literal["truecolor", "256", "16", "ramp"]

UPPER_HALF = "▀"
RAMP = " .:-=+*#%@"
FADED_PERCENT = 45
"""Brightness of a dimmed picture."""
FIRST_FIXED_COLOUR = 16
"""The xterm colours below this one follow the user's theme; with 240 others they are not used."""
SIXTEEN = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)),
    *((0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""Red, green and blue of the 16 colours as xterm shows them; a theme may differ."""

# Numbers of the colours that are grey, and the chroma (0-255) from which a colour is not.
_GREYS, _STRONG = (0, 8, 7, 15), 90

# SGR parameters of the 16 colours in front; behind they are greater by 10.
_SIXTEEN_CODES = bytes([*range(30, 38), *range(90, 98), *bytes(240)])
_BEHIND = 10


class HalfCellStrip(LazyStrip):
    """The cells `start` up to `end` of one row: pixel rows `2 * row` and `2 * row + 1`."""

    __slots__ = ("_background", "_depth", "_end", "_picture", "_row", "_start")

    def __init__(
        self,
        picture: EncodedPicture,
        depth: Encoding,
        row: int,
        start: int,
        end: int,
        background: Style,
    ) -> None:
        super().__init__(end - start)
        self._picture, self._depth, self._background = picture, depth, background
        self._row, self._start, self._end = row, start, end

    def _pixels(self) -> tuple[bytes, bytes | None]:
        """The pixels of the upper and of the lower half; no lower half in an odd last row."""
        size = 3 if self._depth == "truecolor" else 1
        width = self._picture.width * size
        upper = 2 * self._row * width
        first, last = self._start * size, self._end * size
        data = self._picture.data
        lower = data[upper + width + first : upper + width + last]
        return data[upper + first : upper + last], lower or None

    def cut(self, start: int, end: int) -> Strip:
        return HalfCellStrip(
            self._picture,
            self._depth,
            self._row,
            self._start + start,
            self._start + end,
            self._background,
        )

    def build_text(self, console: Console) -> str:
        upper, lower = self._pixels()
        count = self._end - self._start
        if self._depth == "ramp" or lower is None:
            return Strip(self.build_segments(), count).render(console)
        channels = 3 if self._depth == "truecolor" else 1
        values = bytearray(2 * channels * count)
        for channel in range(channels):
            values[channel :: 2 * channels] = upper[channel::channels]
            values[channels + channel :: 2 * channels] = lower[channel::channels]
        if self._depth == "16":
            values[::2] = upper.translate(_SIXTEEN_CODES)
            values[1::2] = bytes(code + _BEHIND for code in lower.translate(_SIXTEEN_CODES))
        # One format call for the whole row is several times faster than one per cell.
        return _row_format(self._depth, count) % tuple(values)

    def build_segments(self) -> list[Segment]:
        upper, lower = self._pixels()
        count = self._end - self._start
        if self._depth == "ramp":
            light = is_light(self._background)
            ink = Style(color="black" if light else "bright_white")
            return [Segment(ramp_text(upper, lower, dark_ink=light), self._background + ink)]
        background = self._background.bgcolor
        segments = []
        for index in range(count):
            above = self._colour(upper, index)
            below = background if lower is None else self._colour(lower, index)
            segments.append(Segment(UPPER_HALF, Style.from_color(above, below)))
        return segments

    def _colour(self, pixels: bytes, index: int) -> Color:
        if self._depth == "truecolor":
            return Color.from_rgb(*pixels[3 * index : 3 * index + 3])
        return Color.from_ansi(pixels[index])


@lru_cache(maxsize=512)
def _row_format(depth: Encoding, count: int) -> str:
    if depth == "truecolor":
        cell = f"\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm{UPPER_HALF}"
    elif depth == "256":
        cell = f"\x1b[38;5;%d;48;5;%dm{UPPER_HALF}"
    else:
        cell = f"\x1b[%d;%dm{UPPER_HALF}"
    return cell * count + "\x1b[0m"


def ramp_text(upper: bytes, lower: bytes | None, *, dark_ink: bool = False) -> str:
    """Characters by the mean brightness (0-255) of the two halves of each cell.

    Much ink stands for bright, unless the ink is dark.
    """
    ramp = RAMP[::-1] if dark_ink else RAMP
    pairs = zip(upper, lower or upper, strict=True)
    return "".join([ramp[(a + b) * len(ramp) // 512] for a, b in pairs])


def is_light(background: Style) -> bool:
    """Whether dark ink is read better on a background; not where its colour is not known."""
    colour = background.bgcolor
    return colour is not None and sum(colour.get_truecolor(foreground=False)) > 3 * 127


def encode(
    image: Image,
    width: int,
    height: int,
    depth: Encoding,
    *,
    stretch: float = 1.0,
    dimmed: bool = False,
) -> EncodedPicture:
    """Shrink an image to half-cell pixels.

    Args:
        image: The photo, upright, any mode.
        width: Width of the box in pixels, one per cell.
        height: Height of the box in pixels, two per cell.
        depth: "truecolor" (RGB triples), "256" or "16" (xterm colour numbers) or "ramp" (brightness
            0-255).
        stretch: Width of a pixel divided by its height; 1 where cells are twice as high as wide.
        dimmed: Whether the picture is to be dark and nearly grey.

    Returns:
        A picture that keeps the aspect of the image and touches the box on one side at least.
    """
    from PIL.Image import Dither, Resampling

    fitted_width, fitted_height = fit(image.width, image.height, width * stretch, height)
    size = (
        min(width, max(1, round(fitted_width / stretch))),
        min(height, max(1, round(fitted_height))),
    )
    small = image.convert("RGB").resize(size, Resampling.BICUBIC, reducing_gap=2.0)
    if dimmed:
        small = _faded(small)
    if depth == "ramp":
        return EncodedPicture(*size, small.convert("L").tobytes())
    if depth == "256":
        indexed = small.quantize(palette=_palette(_fixed_colours()), dither=Dither.NONE)
        shift = bytes(min(255, index + FIRST_FIXED_COLOUR) for index in range(256))
        return EncodedPicture(*size, indexed.tobytes().translate(shift))
    if depth == "16":
        return EncodedPicture(*size, _in_sixteen(small))
    return EncodedPicture(*size, small.tobytes())


def _in_sixteen(image: Image) -> bytes:
    """The nearest of the 16 colours where the photo is colourful, greys mixed by dither elsewhere.

    Mixed from all 16, so few and so strong, a photo is noise. Four greys show most where the photo
    has the whole range from black to white.
    """
    from PIL import Image as pillow  # noqa: N813
    from PIL import ImageChops, ImageOps

    image = ImageOps.autocontrast(image, cutoff=2, preserve_tone=True)
    red, green, blue = image.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    strong = ImageChops.subtract(most, least).point([255 * (c > _STRONG) for c in range(256)])
    plain, mixed = pillow.Dither.NONE, pillow.Dither.FLOYDSTEINBERG
    greys = tuple(SIXTEEN[number] for number in _GREYS)
    grey = image.convert("L").convert("RGB").quantize(palette=_palette(greys), dither=mixed)
    colour = image.quantize(palette=_palette(SIXTEEN), dither=plain)
    numbers = [
        pillow.frombytes("L", image.size, indexed.tobytes().translate(names))
        for indexed, names in (
            (colour, bytes(range(16)) + bytes(240)),
            (grey, bytes(_GREYS) + bytes(252)),
        )
    ]
    return pillow.composite(numbers[0], numbers[1], strong).tobytes()


def _faded(image: Image) -> Image:
    """Three quarters grey, then darker."""
    from PIL import Image as pillow  # noqa: N813

    grey = image.convert("L").convert("RGB")
    darker = [value * FADED_PERCENT // 100 for value in range(256)] * 3
    return pillow.blend(image, grey, 0.75).point(darker)


@lru_cache(maxsize=2)
def _palette(colours: tuple[tuple[int, int, int], ...]) -> Image:
    """An image that has these colours."""
    from PIL import Image as pillow  # noqa: N813

    holder = pillow.new("P", (1, 1))
    holder.putpalette([value for colour in colours for value in colour])
    return holder


def _fixed_colours() -> tuple[tuple[int, int, int], ...]:
    """The xterm colours 16 to 255."""
    levels = (0, 95, 135, 175, 215, 255)
    cube = [(r, g, b) for r in levels for g in levels for b in levels]
    return (*cube, *((grey, grey, grey) for grey in range(8, 239, 10)))


class HalfCellPainter(Painter):
    """Half blocks in the colours that the terminal has."""

    def __init__(
        self,
        depth: Depth = "truecolor",
        *,
        cell_width: int = 10,
        cell_height: int = 20,
        side_frame: bool = False,
        cells_budget: int = 150_000,
    ) -> None:
        """
        Args:
            depth: Colours of the terminal.
            cell_width: Width of a cell in pixels; only the ratio to the height matters.
            cell_height: Height of a cell in pixels.
            side_frame: Whether a cursor move may repaint picture rows; over a slow link that is
                as much as sending the picture again.
            cells_budget: Cells of pictures kept ready to draw.
        """
        self.depth: Encoding = depth
        self.side_frame = side_frame
        self._stretch = 1.0
        self.cell_size_changed(cell_width, cell_height)
        self._pictures: OrderedDict[PictureRequest, EncodedPicture] = OrderedDict()
        self._rows: dict[PictureRequest, tuple[Style, Sequence[Strip]]] = {}
        self._cells = 0
        self._cells_budget = cells_budget

    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        width, height = box
        return PictureRequest(
            key, path, width, height, width, 2 * height, self.depth, dimmed, self._stretch
        )

    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        if request in self._pictures:
            return
        self._pictures[request] = picture
        self._cells += cells(picture)
        while self._cells > self._cells_budget and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        picture = self._pictures.get(request)
        if picture is None:
            return None
        self._pictures.move_to_end(request)
        drawn = self._rows.get(request)
        if drawn is not None and drawn[0] == background:
            return drawn[1]
        rows = [
            HalfCellStrip(picture, self.depth, row, 0, picture.width, background)
            for row in range((picture.height + 1) // 2)
        ]
        strips = centred(rows, picture.width, request, background)
        self._rows[request] = (background, strips)
        return strips

    def __contains__(self, request: object) -> bool:
        return request in self._pictures

    def keep(self, requests: object) -> None:
        """The order of use alone decides: a screen of cells always fits the budget."""

    def _drop(self, request: PictureRequest) -> None:
        self._cells -= cells(self._pictures.pop(request))
        self._rows.pop(request, None)

    def forget(self, key: str) -> None:
        for request in [request for request in self._pictures if request.key == key]:
            self._drop(request)

    def clear_all(self) -> None:
        self._pictures.clear()
        self._rows.clear()
        self._cells = 0

    def cell_size_changed(self, width: int, height: int) -> None:
        self._stretch = round(2 * width / height, 3) if width > 0 and height > 0 else 1.0


def cells(picture: EncodedPicture) -> int:
    """Terminal cells that a half-cell picture covers."""
    return picture.width * ((picture.height + 1) // 2)
