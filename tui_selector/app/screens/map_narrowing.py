"""The timeline over the map and the list of kinds beside it: what is chosen there is shown."""

from __future__ import annotations

from collections.abc import Mapping as Colours
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.css.query import NoMatches

from tui_selector.app.screens.legend import Legended
from tui_selector.app.screens.mapping import Mapping
from tui_selector.app.screens.narrowing import Narrowed
from tui_selector.app.screens.timeline import Timed
from tui_selector.app.widgets.map_side import MapSide

if TYPE_CHECKING:
    from tui_selector.app.album import Album
    from tui_selector.app.narrowing import Legend


class MapNarrowing(Legended, Timed, Mapping):
    """Narrows the photos of all tabs.

    The list of kinds stands in the place of the picture and the legend, in the same colours.
    """

    below_timeline = "#map-middle"

    def on_mount(self) -> None:
        """Read and count anew where photos or marks are others."""
        self.selector.album_changed.subscribe(self, self._narrowed_changed)

    def _narrowed_changed(self, photos: Sequence[int] | None) -> None:
        if photos is None:
            self.read_times()
            self.count_kinds()
        else:
            self.count_kinds_soon()

    def narrowed(self, album: Album) -> Narrowed:
        return Narrowed(album.query.filters)

    async def open_kinds(self) -> None:
        await self.query_one(MapSide).put(self.make_kinds())

    async def close_kinds(self) -> None:
        """Show the picture and the legend again."""
        self.focus_photos()
        await self.query_one(MapSide).put(None)

    def colours_of_kinds(self, legend: Legend) -> Colours[str, str]:
        """None where the map is coloured by something else."""
        if self.shown is None or legend.by != self.colour_by:
            return {}
        entries = self.shown.colouring.legend
        return {entry.name: "#{:02x}{:02x}{:02x}".format(*entry.colour) for entry in entries}

    def show_colours_of_kinds(self) -> None:
        """Show the colours that kinds have on the map, where the list is open."""
        if (panel := self.kinds_panel) is not None:
            with suppress(NoMatches):  # it is being taken down
                panel.colour(self.colours_of_kinds(panel.legend))
