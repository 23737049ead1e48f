"""What encoded pictures say of themselves, and how they fade: neither decodes a pixel."""

from __future__ import annotations

import binascii
import re
import struct

from tui_selector.app.graphics import halfcell

_RASTER = re.compile(rb'\x1bP[\d;]*q"\d+;\d+;(\d+);(\d+)')
_DEFINITION = re.compile(rb"(#\d+;2;)(\d+;\d+;\d+)")

PNG_HEADER = b"\x89PNG\r\n\x1a\n"


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height that a PNG file states in its header."""
    width, height = struct.unpack_from(">II", png, 16)
    return width, height


def fade_png(png: bytes) -> bytes:
    """The same palette PNG with dark, nearly grey colours; only the palette is rewritten.

    A file without a palette is returned as it is.
    """
    position = len(PNG_HEADER)
    while position + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind = png[position + 4 : position + 8]
        if kind == b"PLTE":
            body = png[position + 8 : position + 8 + length]
            chunk = kind + fade_rgb(body)
            checked = chunk + struct.pack(">I", binascii.crc32(chunk))
            return png[: position + 4] + checked + png[position + 12 + length :]
        if kind == b"IDAT":
            break
        position += 12 + length
    return png


def sixel_size(data: bytes) -> tuple[int, int]:
    """Width and height that Sixel data states in its raster attributes.

    Raises:
        ValueError: It states none.
    """
    found = _RASTER.match(data)
    if found is None:
        raise ValueError("The Sixel data does not begin with its size.")
    return int(found[1]), int(found[2])


def fade_sixel(data: bytes) -> bytes:
    """The same Sixel data with dark, nearly grey colours; only the palette is rewritten."""

    def fade(definition: re.Match[bytes]) -> bytes:
        colour = bytes(map(int, definition[2].split(b";")))
        return b"%b%d;%d;%d" % (definition[1], *fade_rgb(colour))

    return _DEFINITION.sub(fade, data)


def fade_rgb(colours: bytes) -> bytes:
    """RGB triples, dark and nearly grey: how a rejected photo looks.

    Weights of the brightness: ITU-R BT.601.
    """
    faded = bytearray()
    for red, green, blue in zip(colours[::3], colours[1::3], colours[2::3], strict=False):
        grey = (299 * red + 587 * green + 114 * blue) // 1000
        faded += bytes(
            (3 * grey + value) * halfcell.FADED_PERCENT // 400 for value in (red, green, blue)
        )
    return bytes(faded)
