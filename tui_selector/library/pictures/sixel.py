"""Pictures as Sixel data, six rows of pixels in a character, as small as a palette lets them be.

Source: DEC VT330/VT340 Programmer Reference Manual, vol. 2, chapter 14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

BAND = 6
"""Rows of pixels in one line of characters."""

_FEW_COLOURS = 64
_SAMPLE = 3000
"""Pixels from which a palette is learned."""
_ROUNDS = 6

_CELLS_AT_ONCE = 1 << 22
"""Most (colour, pixel) pairs worked on at a time, which bounds the memory."""

_DISTANCES_AT_ONCE = 1 << 15
"""Most (colour, pixel) pairs compared at a time. They fit into the cache of a processor, and their
product is too small for the algebra to call a second one, which would then wait for the next."""

Bits = NDArray[np.uint8]
Numbers = NDArray[Any]


def encode_sixel(image: Image.Image, width: int, height: int, colours: int) -> bytes:
    """Return an RGB picture as Sixel data that fits inside `width` x `height` pixels.

    The aspect is kept, nothing is padded. A small picture is enlarged, since no terminal scales
    Sixel data. Every pixel is set, and nothing around them is (P2 = 1), so that the background of
    the terminal shows beside the picture.

    Args:
        image: The picture.
        width: Width of the box in pixels.
        height: Height of the box in pixels.
        colours: Size of the palette, 2 to 256, at most the colour registers of the terminal.
    """
    from tui_selector.library.pictures.picture import fit

    return sixel_data(*_indexed(fit(image, (width, height), enlarge=True), colours))


def _indexed(image: Image.Image, colours: int) -> tuple[Bits, list[int]]:
    """Reduce an RGB picture to a palette.

    An octree is quick, and good where colours are many. Few are chosen better by k-means, begun
    at the octree's colours and run on a few thousand of the pixels.
    """
    from PIL import Image as pillow  # noqa: N813

    octree, plain = pillow.Quantize.FASTOCTREE, pillow.Dither.NONE
    if colours > _FEW_COLOURS:
        indexed = image.quantize(colours, method=octree, dither=plain)
        return np.array(indexed, np.uint8), indexed.getpalette("RGB") or []
    step = max(1, round((image.width * image.height / _SAMPLE) ** 0.5))
    size = max(1, image.width // step), max(1, image.height // step)
    sample = image.resize(size, pillow.Resampling.NEAREST)
    start = sample.quantize(colours, method=octree, dither=plain).getpalette("RGB") or []
    palette = np.array(start[: 3 * colours], np.float32).reshape(-1, 3)
    points = np.asarray(sample, np.float32).reshape(-1, 3)
    for _ in range(_ROUNDS):
        labels = _nearest(points, palette)
        counts = np.bincount(labels, minlength=len(palette))
        for channel in range(3):
            sums = np.bincount(labels, points[:, channel], len(palette))
            palette[:, channel] = np.where(
                counts, sums / np.maximum(counts, 1), palette[:, channel]
            )
    labels = _nearest(np.asarray(image, np.float32).reshape(-1, 3), palette)
    pixels = labels.reshape(image.height, image.width)
    return pixels, palette.round().astype(int).ravel().tolist()


def _nearest(points: NDArray[np.float32], palette: NDArray[np.float32]) -> Bits:
    """The number of the colour that is nearest to each of (n, 3) points."""
    lengths = np.square(palette).sum(axis=1)
    doubled = 2 * palette.T
    labels = np.empty(len(points), np.uint8)
    count = max(1, _DISTANCES_AT_ONCE // len(palette))
    for first in range(0, len(points), count):
        distances = lengths - points[first : first + count] @ doubled
        labels[first : first + count] = distances.argmin(axis=1)
    return labels


def sixel_data(pixels: NDArray[np.uint8], palette: list[int]) -> bytes:
    """Write indexed pixels as Sixel data.

    Args:
        pixels: Colour numbers, height x width.
        palette: Red, green and blue, 0-255, of the colours in turn.
    """
    height, width = pixels.shape
    used = np.unique(pixels)
    defined = b"".join(
        b"#%d;2;%d;%d;%d"
        % (colour, *(round(value * 100 / 255) for value in palette[3 * colour : 3 * colour + 3]))
        for colour in used.tolist()
    )
    bands = -(-height // BAND)
    step = max(1, _CELLS_AT_ONCE // (len(used) * width))
    body = [_bands(pixels[BAND * first : BAND * (first + step)]) for first in range(0, bands, step)]
    return b'\x1bP0;1;0q"1;1;%d;%d%b%b\x1b\\' % (width, height, defined, b"-".join(body))


def _bands(pixels: NDArray[np.uint8]) -> bytes:
    """Some bands of a picture, separated by line feeds (`-`).

    Within a band the commonest colour is drawn first, and may also cover what a later colour draws
    over; that joins its runs.
    """
    must, names = _planes(pixels)
    # A colour may cover every pixel that is not yet drawn for good: those of colours after it.
    may = np.bitwise_or.accumulate(must[:, ::-1], axis=1)[:, ::-1]
    width = must.shape[2]
    present = must.any(axis=2)
    lines = must[present], may[present]
    starts, values = _runs(*lines)
    # Nothing is said about what is right of the last pixel of a colour.
    last = width - 1 - np.argmax(lines[0][:, ::-1] != 0, axis=1)
    line, column = np.nonzero(starts & (np.arange(width) <= last[:, None]))
    first = np.r_[True, line[1:] != line[:-1]]
    stop = np.r_[column[1:], 0]
    ends = np.r_[first[1:], True]
    stop[ends] = last + 1
    codes = (stop - column) * 64 + values[line, stop - 1]
    different, which = np.unique(codes, return_inverse=True)
    tokens = [_token(*divmod(code, 64)) for code in different.tolist()]
    words = [tokens[number] for number in which.tolist()]
    begins = [*np.nonzero(first)[0].tolist(), len(words)]
    band_of = np.nonzero(present)[0].tolist()
    out: list[bytes] = []
    for number, name in enumerate(names[present].tolist()):
        if number and band_of[number] == band_of[number - 1]:
            out.append(b"$")
        elif number:
            out.append(b"-")
        out.append(b"#%d" % name)
        out += words[begins[number] : begins[number + 1]]
    return b"".join(out)


def _planes(pixels: NDArray[np.uint8]) -> tuple[Bits, Numbers]:
    """The bits of every colour in every band.

    Returns:
        Bits of shape (bands, colours, width), and the colour numbers of shape (bands, colours);
        within a band the commonest colour comes first.
    """
    height, width = pixels.shape
    bands = -(-height // BAND)
    used, dense = np.unique(pixels, return_inverse=True)
    dense = dense.reshape(height, width)
    band = np.arange(height) // BAND
    counts = np.zeros((bands, len(used)), np.intp)
    np.add.at(counts, (band[:, None], dense), 1)
    order = np.argsort(-counts, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    most = int(np.count_nonzero(counts, axis=1).max())
    planes = np.zeros((bands, most, width), np.uint8)
    for row in range(min(BAND, height)):
        rows = dense[row::BAND]
        at = np.arange(len(rows))[:, None]
        planes[at, rank[at, rows], np.arange(width)] |= np.uint8(1 << row)
    return planes, used[order[:, :most]]


def _runs(must: Bits, may: Bits) -> tuple[NDArray[np.bool_], Bits]:
    """Cut lines of bits into the longest runs of one value that has what it must and may have.

    Args:
        must: Bits to set, lines x width.
        may: Bits that may be set, a superset.

    Returns:
        Whether a run starts at each column, and the bits of the run that ends there.
    """
    lines, width = must.shape
    must_columns, may_columns = np.ascontiguousarray(must.T), np.ascontiguousarray(may.T)
    starts, values = np.zeros((width, lines), np.bool_), np.zeros((width, lines), np.uint8)
    need, room = must_columns[0].copy(), may_columns[0].copy()
    starts[0], values[0] = True, need
    for column in range(1, width):
        here, allowed = must_columns[column], may_columns[column]
        joint = need | here
        fresh = (joint & ~(room & allowed)) != 0
        need = np.where(fresh, here, joint)
        room = np.where(fresh, allowed, room & allowed)
        starts[column], values[column] = fresh, need
    return starts.T, values.T


def _token(count: int, value: int) -> bytes:
    character = bytes([63 + value])
    return b"!%d%b" % (count, character) if count > 3 else character * count
