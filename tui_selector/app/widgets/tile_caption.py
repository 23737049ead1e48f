"""The line under a tile: mark, flag, stars, colour label, name and badge in a few cells."""

from __future__ import annotations

import msgspec
from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tui_selector.app.widgets.tile import Tile

MARK = "✓"
PICK = "⚑"
REJECT = "✗"
STAR = "★"
ELLIPSIS = "…"

# A name may hold the character that image placeholders are made of.
_PLACEHOLDER = "\U0010eeee"


class CaptionStyles(msgspec.Struct, frozen=True):
    """Styles of the parts of a caption, all with the background of the line where they set none."""

    name: Style
    faded: Style
    mark: Style
    pick: Style
    reject: Style
    rating: Style
    badge: Style
    labels: dict[str, Style]


def caption(
    tile: Tile, width: int, line: Style, styles: CaptionStyles, *, plain: bool, faded: bool
) -> list[Segment]:
    """Lay a caption out.

    Args:
        tile: What to say.
        width: Cells to fill exactly.
        line: Style of the whole line, under the styles of the parts.
        styles: Styles of the parts.
        plain: Whether the parts take the colours of the line (on a strong background), labels
            aside.
        faded: Whether the name steps back, as that of a rejected photo does.

    Returns:
        Segments of `width` cells together.
    """
    glyphs = _glyphs(tile, styles, short=width < 18)
    parts: list[Segment] = []
    room = width
    for text, style in glyphs:
        if cell_len(text) + 1 > room:
            break
        keep = plain and style not in styles.labels.values()
        parts += [Segment(text, line if keep else line + style), Segment(" ", line)]
        room -= cell_len(text) + 1
    name = shorten(tile.caption.replace(_PLACEHOLDER, "?"), room)
    badge = tile.badge
    # The badge gives way before the name becomes unreadable.
    if badge and room - cell_len(badge) - 1 >= min(cell_len(name), 8):
        room -= cell_len(badge) + 1
        name = shorten(tile.caption.replace(_PLACEHOLDER, "?"), room)
    else:
        badge = ""
    name_style = line if plain else line + (styles.faded if faded else styles.name)
    parts.append(Segment(set_cell_size(name, room), name_style))
    if badge:
        parts += [Segment(" ", line), Segment(badge, line if plain else line + styles.badge)]
    return parts


def _glyphs(tile: Tile, styles: CaptionStyles, *, short: bool) -> list[tuple[str, Style]]:
    glyphs: list[tuple[str, Style]] = []
    if tile.marked:
        glyphs.append((MARK, styles.mark))
    if tile.flag:
        glyphs.append((PICK, styles.pick) if tile.flag > 0 else (REJECT, styles.reject))
    if tile.rating:
        stars = f"{tile.rating}{STAR}" if short else STAR * tile.rating
        glyphs.append((stars, styles.rating))
    if tile.label in styles.labels:
        # The letter tells the label to those who do not tell the colours.
        glyphs.append((tile.label[0].upper(), styles.labels[tile.label]))
    return glyphs


def one_line(text: str, width: int) -> str:
    """A text in exactly so many cells: filled up, or cut with an ellipsis at its end."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + ELLIPSIS[:width]


def shorten(name: str, width: int) -> str:
    """Shorten a name to `width` cells by leaving out the middle, where file names differ least.

    The end is kept longer than the beginning, for it holds the number; where there is little room
    the suffix goes first.
    """
    if cell_len(name) <= width:
        return name
    stem, dot, _ = name.rpartition(".")
    if width < 10 and dot and stem:
        name = stem
        if cell_len(name) <= width:
            return name
    if width <= 1:
        return ELLIPSIS[:width]
    tail_cells = (width - 1) * 3 // 5
    head = set_cell_size(name, width - 1 - tail_cells)
    tail = ""
    for character in reversed(name):
        if cell_len(character + tail) > tail_cells:
            break
        tail = character + tail
    return head + ELLIPSIS + tail


def wrap(text: str, width: int, height: int) -> list[str]:
    """Break text into at most `height` lines of `width` cells, words whole where they fit."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        pieces = [word] if cell_len(word) <= width else chop_cells(word, max(1, width))
        for piece in pieces:
            joined = f"{line} {piece}" if line else piece
            if cell_len(joined) <= width:
                line = joined
            else:
                lines.append(line)
                line = piece
    if line:
        lines.append(line)
    if len(lines) > height:
        lines = lines[:height]
        if lines:
            lines[-1] = (
                shorten(lines[-1] + ELLIPSIS, width)
                if cell_len(lines[-1]) >= width
                else lines[-1] + ELLIPSIS
            )
    return lines
