"""The cells of one tile: frame, picture or text, caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.strips import LineStrip
from tui_selector.app.widgets.looks import Look, drawn_style
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_caption import CaptionStyles, caption, wrap

if TYPE_CHECKING:
    from textual.widget import Widget

LOADING = "◌"
"""Stands in a tile whose picture is on its way."""

LOOKS = {
    "card": Look(ground="surface"),
    "caption": Look("text-muted", "background"),
    "name": Look("foreground"),
    "faded": Look("text-disabled"),
    "cursor": Look("block-cursor-foreground", "block-cursor-background", bold=True),
    "cursor-blurred": Look("foreground", "block-cursor-blurred-background"),
    "marked": Look("text-warning", "warning-muted"),
    "range": Look("foreground", "primary 50%"),
    "mark": Look("text-warning", bold=True),
    "pick": Look("text-success", bold=True),
    "reject": Look("text-error", bold=True),
    "rating": Look("text-warning"),
    "badge": Look("text-accent"),
    "note": Look("text-error"),
    "loading": Look("text-disabled"),
    "empty": Look("text-muted"),
}
"""How the parts of tiles look."""

LABELS = {
    "red": Look("#ffffff", "#c4314b", bold=True),
    "yellow": Look("#000000", "#e8b931", bold=True),
    "green": Look("#000000", "#57ab5a", bold=True),
    "blue": Look("#ffffff", "#3577d4", bold=True),
    "purple": Look("#ffffff", "#8e5bc0", bold=True),
}
"""How the colour labels look, in any theme."""


class TileStyles(msgspec.Struct, frozen=True):
    """Rich styles of everything the grid draws, worked out once per theme."""

    ground: Style
    card: Style
    caption: Style
    cursor: Style
    cursor_blurred: Style
    marked: Style
    range: Style
    note: Style
    loading: Style
    empty: Style
    parts: CaptionStyles


def tile_styles(widget: Widget) -> TileStyles:
    """The styles of a widget's theme."""

    def style(look: Look) -> Style:
        return drawn_style(look, widget)

    ground = style(Look(ground="background"))
    part = {name: style(look) for name, look in LOOKS.items()}
    card = ground + part["card"]
    line = ground + part["caption"]
    return TileStyles(
        ground=ground,
        card=card,
        caption=line,
        cursor=line + part["cursor"],
        cursor_blurred=line + part["cursor-blurred"],
        marked=line + part["marked"],
        range=line + part["range"],
        note=card + part["note"],
        loading=card + part["loading"],
        empty=ground + part["empty"],
        parts=CaptionStyles(
            name=part["name"],
            faded=part["faded"],
            mark=part["mark"],
            pick=part["pick"],
            reject=part["reject"],
            rating=part["rating"],
            badge=part["badge"],
            labels={label: style(look) for label, look in LABELS.items()},
        ),
    )


def draw_tile(
    tile: Tile,
    size: Size,
    picture: Sequence[Strip],
    line: Style,
    frame: Style | None,
    styles: TileStyles,
    *,
    side_frame: bool,
) -> list[Strip]:
    """Put a tile together.

    Args:
        tile: What to say in the caption.
        size: The whole tile in cells.
        picture: `size.height - 2` strips of `size.width - 2` cells.
        line: Style of the caption line.
        frame: Style of the cursor's frame, None where the cursor is not.
        styles: The other styles.
        side_frame: Whether the frame also runs beside the picture.

    Returns:
        `size.height` strips of `size.width` cells.
    """
    inner = size.width - 2
    ground = styles.ground
    if frame is None:
        edge = Strip.blank(1, ground)
        left = right = foot_left = foot_right = edge
        top = Strip.blank(size.width, ground)
    else:
        # Half blocks in the background colour of the caption make one band around the picture.
        band = Style(color=frame.bgcolor, bgcolor=ground.bgcolor)
        top = Strip([Segment("▗" + "▄" * inner + "▖", band)], size.width)
        foot_left, foot_right = Strip([Segment("▐", band)], 1), Strip([Segment("▌", band)], 1)
        blank = Strip.blank(1, ground)
        left, right = (foot_left, foot_right) if side_frame else (blank, blank)
    faded = tile.dimmed and line is styles.caption
    words = caption(tile, inner, line, styles.parts, plain=frame is not None, faded=faded)
    return [
        top,
        *(LineStrip((left, row, right)) for row in picture),
        LineStrip((foot_left, Strip(words, inner), foot_right)),
    ]


def text_rows(text: str, box: Size, style: Style) -> list[Strip]:
    """A sentence centred in a box.

    Returns:
        `box.height` strips of `box.width` cells.
    """
    margin = 1 if box.width > 8 else 0
    lines = wrap(text, max(1, box.width - 2 * margin), box.height)
    top = (box.height - len(lines)) // 2
    rows = [Strip.blank(box.width, style)] * top
    for line in lines:
        before = max(0, (box.width - cell_len(line)) // 2)
        after = max(0, box.width - before - cell_len(line))
        text_row = Strip([Segment(" " * before + line + " " * after, style)])
        rows.append(text_row.adjust_cell_length(box.width, style))
    return rows + [Strip.blank(box.width, style)] * (box.height - len(rows))
