"""How the parts of a widget look, in colours of the theme, without the style sheet.

Textual styles every component class as if it were a widget of its own. For the forty parts that
stand on the first screen that takes a twelfth of the whole start; a look costs one lookup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError

if TYPE_CHECKING:
    from textual.widget import Widget


class Look(msgspec.Struct, frozen=True):
    """How a part of a widget looks.

    Attributes:
        colour: Of its text: a variable of the theme such as "text-muted", or a colour such as
            "#ffffff"; "" for that of what it stands on.
        ground: Behind it, in the same way, with an opacity after it if need be ("primary 50%").
        bold: Whether its text is bold.
    """

    colour: str = ""
    ground: str = ""
    bold: bool = False


def style_of(look: Look, variables: Mapping[str, str], ground: Color) -> Style:
    """What a look itself sets, translucent colours mixed with what is behind.

    Args:
        look: How a part looks.
        variables: Of the theme.
        ground: The colour behind the part.
    """
    background = ground
    if look.ground:
        background = ground + _colour(look.ground, variables, ground)
    colour = None
    if look.colour:
        colour = (background + _colour(look.colour, variables, background)).rich_color
    return Style(
        color=colour,
        bgcolor=background.rich_color if look.ground else None,
        bold=True if look.bold else None,
    )


def _colour(words: str, variables: Mapping[str, str], behind: Color) -> Color:
    """A colour as themes write it: "primary 50%", "#8fb0d6", "auto 60%" (what contrasts with it).

    What no theme should say shows as what contrasts.
    """
    name, _, share = words.partition(" ")
    if name in variables:
        return _faded(_colour(variables[name], {}, behind), share)
    if name == "auto":
        return _faded(behind.get_contrast_text(1.0), share)
    try:
        return _faded(Color.parse(name), share)
    except ColorParseError:
        return behind.get_contrast_text()


def _faded(colour: Color, share: str) -> Color:
    """A colour with an opacity such as "50%", or as it is."""
    number = share.strip().removesuffix("%")
    return colour.multiply_alpha(float(number) / 100) if number.isdecimal() else colour


def drawn_style(look: Look, widget: Widget) -> Style:
    """`style_of` on a widget that draws past Textual, after the filters that it would apply.

    Args:
        look: How a part looks.
        widget: Whose part it is.
    """
    ground = widget.background_colors[1]
    segments = [Segment(" ", style_of(look, widget.app.theme_variables, ground))]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, ground)
    return segments[0].style or Style.null()


class Looks:
    """The styles of a widget's parts, worked out once per theme."""

    def __init__(self, widget: Widget, ground: str, looks: Mapping[str, Look]) -> None:
        """
        Args:
            widget: Whose parts these are.
            ground: The look behind all of them, as `Look.ground`.
            looks: Name of a part to its look.
        """
        self._widget = widget
        self._ground = ground
        self._looks = looks
        self._theme = ""
        self._styles: dict[str, Style] = {}

    def __getitem__(self, part: str) -> Style:
        app = self._widget.app
        if self._theme != app.theme:
            self._theme = app.theme
            variables = app.theme_variables
            ground = _colour(self._ground, variables, Color(0, 0, 0))
            behind = Style(bgcolor=ground.rich_color)
            self._styles = {
                name: behind + style_of(look, variables, ground)
                for name, look in self._looks.items()
            }
        return self._styles[part]
