"""Where in a picture a tag of the pixels is true: its colours and its light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui_selector.analysis import tags

if TYPE_CHECKING:
    from PIL import Image

#: Pixels of a cell's side that are looked at.
_FINE = 4
#: CIELAB lightness, 0 to 100, of the pixels that bear a tag: from, and up to.
_LIGHT = {"dark": (0.0, 30.0), "bright": (75.0, 101.0)}


def has_place(tag: str) -> bool:
    """Whether a tag is true of parts of a picture."""
    return tag in _LIGHT or tag in tags.COLOURS


def where(image: Image.Image, tag: str, rows: int, columns: int) -> np.ndarray | None:
    """The share of each cell of a grid that bears a tag.

    Args:
        image: Upright, RGB.
        tag: One of `tags.pixel_tags`.
        rows: Of the grid over the picture.
        columns: Of the grid.

    Returns:
        (rows, columns) float32 from 0 to 1; None where the tag has no place in a picture.
    """
    if not has_place(tag):
        return None
    from PIL import Image as pillow  # noqa: N813

    small = image.resize((_FINE * columns, _FINE * rows), pillow.Resampling.BOX)
    pixels = tags.lab(np.asarray(small))
    if tag in _LIGHT:
        least, most = _LIGHT[tag]
        bears = (pixels[..., 0] >= least) & (pixels[..., 0] < most)
    else:
        bears = tags.colour_names(pixels) == tags.COLOURS.index(tag)
    cells = bears.reshape(rows, _FINE, columns, _FINE)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)
