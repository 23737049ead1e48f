"""Beside the map: the photo that is looked at, and what the colours mean, or a list of kinds."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui_selector.app.graphics.painter import Painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.map_colours import Colouring
from tui_selector.app.widgets.photo_view import PhotoView
from tui_selector.app.widgets.tile import Tile


class MapSide(Vertical):
    """A picture with its name above the legend, or a panel below the name in their place."""

    DEFAULT_CSS = """
    MapSide {
        width: 36; background: $surface;
        & PhotoView { height: 13; margin: 1 1 0 1; background: $surface; }
        & Static { padding: 0 1; width: 1fr; }
        & #map-words { height: 4; color: $foreground; }
        & #map-legend { height: 1fr; color: $text-muted; }
        &.-panel PhotoView, &.-panel #map-legend { display: none; }
    }
    """

    def __init__(self, source: Pictures, painter: Painter) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
        """
        super().__init__(id="map-side")
        self._view = PhotoView(source, painter, id="map-photo")
        self._legend: tuple[Colouring | None, str] = (None, "")

    def compose(self) -> ComposeResult:
        yield self._view
        yield Static(id="map-words", markup=False)
        yield Static(id="map-legend", markup=False)

    async def put(self, panel: Widget | None) -> None:
        """Show a panel in the place of the picture and the legend, or these again."""
        before = [each for each in self.children if each.has_class("-put")]
        with self.app.batch_update():
            self.set_class(panel is not None, "-panel")
            for each in before:
                await each.remove()
            if panel is not None:
                await self.mount(panel.add_class("-put"))

    def show_photo(self, tile: Tile | None, words: str) -> None:
        """Show a photo, and say what it is."""
        self._view.show(tile)
        self.query_one("#map-words", Static).update(words, layout=False)

    def show_legend(self, colouring: Colouring | None, title: str) -> None:
        """Say what the colours mean."""
        self._legend = colouring, title
        self._draw_legend()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_legend)

    def _draw_legend(self) -> None:
        """Write the legend, as much of it as there is room for."""
        colouring, title = self._legend
        widget = self.query_one("#map-legend", Static)
        entries = [entry for entry in colouring.legend if entry.count] if colouring else []
        room = max(1, widget.size.height - 1)
        shown = entries if len(entries) <= room else entries[: room - 1]
        note = colouring.note if colouring is not None else ""
        text = Text(f"{title}\n", style="bold", no_wrap=not note, overflow="ellipsis")
        for entry in shown:
            colour = "#{:02x}{:02x}{:02x}".format(*entry.colour)
            count = f"{entry.count:,}"
            name, space = entry.name, max(1, widget.content_size.width - len(count) - 4)
            if cell_len(name) > space:
                name = set_cell_size(name, space - 1) + "…"
            text.append("● ", Style(color=colour, bold=False))
            text.append(f"{name}  ", Style(bold=False))
            text.append(f"{count}\n", Style(bold=False, dim=True))
        if more := len(entries) - len(shown):
            text.append(f"and {more} more", Style(bold=False))
        if note:
            text.append(note, Style(bold=False))
        widget.update(text, layout=False)
