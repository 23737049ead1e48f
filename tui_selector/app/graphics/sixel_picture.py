"""Sixel data of a picture, and of parts of it that are painted one by one.

Source: https://vt100.net/docs/vt3xx-gp/chapter14.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil, gcd

from tui_selector.app.graphics.picture_cells import Part
from tui_selector.app.graphics.placed import Picture

BAND = 6
"""Rows of pixels in one line of Sixel data, lines being separated by `-`."""

ST = "\x1b\\"
"""What ends the data."""

STRIPE = 2048
"""Bytes above which a picture is painted in pieces, between which the frame that answers a key
finds its way. They begin where a row of cells and a line of Sixel data begin together, and what is
too much between two such rows is parted from left to right."""

Layer = tuple[str, str]
"""One colour of a band: its number with the sign before it, and what it sets in every column."""

_HEAD = re.compile(r"(.*?\"\d+;\d+;\d+);\d+((?:#\d+;2;\d+;\d+;\d+)*)", re.DOTALL)
_DEFINED = re.compile(r"#(\d+);2;\d+;\d+;\d+")
_USED = re.compile(r"#(\d+)")
_REPEATED = re.compile(r"!(\d+)(.)")
_ALIKE = re.compile(r"([?-~])\1{3,}")
_EMPTY = "?"


class SixelPicture(Picture):
    """Sixel data, and the cells under it."""

    def __init__(self, columns: int, rows: int, cell: tuple[int, int], data: bytes) -> None:
        """
        Args:
            columns: Its width in cells.
            rows: Its height in cells.
            cell: Width and height of a cell in pixels.
            data: All of it.
        """
        super().__init__(columns, rows)
        self.data = data.decode("ascii")
        self._cell_width, self._cell_height = cell
        # The head of the data says how large the picture is.
        self._size = columns, rows, self.data[: self.data.index("#")]
        # The bands that were parted last: pieces of a stripe come one after the other.
        self._written_out: tuple[int, int | None, list[list[Layer]]] | None = None

    def replaces(self, other: Picture) -> bool:
        return isinstance(other, SixelPicture) and self._size == other._size

    def stripes(self) -> list[range]:
        """The rows of cells that are painted together, from the top down."""
        rows = BAND // gcd(BAND, self._cell_height)
        rows *= max(1, ceil(self.rows * STRIPE / len(self.data) / rows))
        return [range(row, min(row + rows, self.rows)) for row in range(0, self.rows, rows)]

    def pieces(self) -> list[Part]:
        """What is painted at once at the least, in reading order."""
        pieces = []
        for stripe in self.stripes():
            count = ceil(len(self.data) * len(stripe) / self.rows / STRIPE)
            width = ceil(self.columns / count)
            for column in range(0, self.columns, width):
                columns = min(width, self.columns - column)
                pieces.append(Part(column, stripe.start, columns, len(stripe)))
        return pieces

    def part(self, part: Part) -> str:
        """Some of the cells alone: whole stripes, or columns of one.

        Where the last row is not the last of a stripe, the band that reaches beyond is missing.
        """
        if part == (0, 0, self.columns, self.rows):
            return self.data
        found = _HEAD.match(self.data)
        assert found is not None
        bands = self.data[found.end() :].removesuffix(ST).split("-")
        end = part.row + part.rows
        first = part.row * self._cell_height // BAND
        last = None if end == self.rows else max(first + 1, end * self._cell_height // BAND)
        bands = bands[first:last]
        width = int(found[1].rpartition(";")[2])
        if part.columns != self.columns:
            start = part.column * self._cell_width
            width = min(width - start, part.columns * self._cell_width)
            text = cut(self._layers(first, last, bands), start, start + width)
            if part.column + part.columns == self.columns:
                # Written out it takes several times the room, and its last piece is made.
                self._written_out = None
        else:
            text = "-".join(bands)
        used = set(_USED.findall(text))
        colours = "".join(colour[0] for colour in _DEFINED.finditer(found[2]) if colour[1] in used)
        head = found[1].rpartition(";")[0]
        return f"{head};{width};{BAND * len(bands)}{colours}{text}{ST}"

    def _layers(self, first: int, last: int | None, bands: list[str]) -> list[list[Layer]]:
        """The layers of the bands `first` up to `last`, which these are."""
        if self._written_out is None or self._written_out[:2] != (first, last):
            self._written_out = first, last, [layers(band) for band in bands]
        return self._written_out[2]


def layers(band: str) -> list[Layer]:
    """A line of Sixel data, every column of pixels a character."""
    written_out = _REPEATED.sub(lambda run: run[2] * int(run[1]), band)
    found = (_USED.match(layer) for layer in written_out.split("$"))
    return [(colour[0], colour.string[colour.end() :]) for colour in found if colour]


def cut(bands: Iterable[Iterable[Layer]], start: int, end: int) -> str:
    """Sixel data of the columns of pixels `start` up to `end` of lines that are written out."""
    lines = []
    for band in bands:
        inside = ((colour, pixels[start:end].rstrip(_EMPTY)) for colour, pixels in band)
        lines.append("$".join(colour + pixels for colour, pixels in inside if pixels))
    return _ALIKE.sub(lambda run: f"!{run.end() - run.start()}{run[1]}", "-".join(lines))
