"""Beside the map: the photo that is looked at, and what the colours mean."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui_selector.app.graphics.painter import Painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.map_colours import Colouring
from tui_selector.app.widgets.photo_view import PhotoView
from tui_selector.app.widgets.tile import Tile


class MapSide(Vertical):
    """A picture with its name above the legend."""

    DEFAULT_CSS = """
    MapSide {
        width: 36; background: $surface;
        & PhotoView { height: 13; margin: 1 1 0 1; background: $surface; }
        & Static { padding: 0 1; width: 1fr; }
        & #map-words { height: 4; color: $foreground; }
        & #map-legend { height: 1fr; color: $text-muted; }
    }
    .-narrow MapSide { width: 26; & PhotoView { height: 9; } }
    """

    def __init__(self, source: Pictures, painter: Painter) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
        """
        super().__init__(id="map-side")
        self._view = PhotoView(source, painter, id="map-photo")

    def compose(self) -> ComposeResult:
        yield self._view
        yield Static(id="map-words", markup=False)
        yield Static(id="map-legend", markup=False)

    def show_photo(self, tile: Tile | None, words: str) -> None:
        """Show a photo, and say what it is."""
        self._view.show(tile)
        self.query_one("#map-words", Static).update(words)

    def show_legend(self, colouring: Colouring | None, title: str) -> None:
        """Say what the colours mean."""
        text = Text(f"{title}\n", style="bold")
        for entry in colouring.legend if colouring is not None else ():
            if entry.count:
                colour = "#{:02x}{:02x}{:02x}".format(*entry.colour)
                text.append("● ", Style(color=colour, bold=False))
                text.append(f"{entry.name}  ", Style(bold=False))
                text.append(f"{entry.count:,}\n", Style(bold=False, dim=True))
        if colouring is not None and colouring.note:
            text.append(colouring.note, Style(bold=False))
        self.query_one("#map-legend", Static).update(text)
