"""The rows of tiles that were drawn, kept as long as their pictures are there."""

from __future__ import annotations

from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_drawing import LOADING, TileStyles, draw_tile, text_rows
from tui_selector.app.widgets.tile_pictures import TilePictures

_MOST = 2048


class DrawnTiles:
    """Draws the tiles of a view, each once until something about it changes."""

    def __init__(self, painter: Painter, pictures: TilePictures) -> None:
        self._painter, self._pictures = painter, pictures
        self._drawn: LRUCache[int, tuple[PictureRequest | None, list[Strip]]] = LRUCache(_MOST)

    def rows(self, index: int) -> list[Strip] | None:
        """The rows of a tile that was drawn; None where it must be drawn, perhaps again."""
        drawn = self._drawn.get(index)
        if drawn is None or (drawn[0] is not None and drawn[0] not in self._painter):
            return None
        return drawn[1]

    def take(self, index: int) -> list[Strip] | None:
        """What a tile was drawn as, whatever became of its picture; it will be drawn again."""
        drawn = self._drawn.get(index)
        self._drawn.discard(index)
        return None if drawn is None else drawn[1]

    def clear(self) -> None:
        """Draw every tile again."""
        self._drawn.clear()

    def draw(
        self,
        index: int,
        tile: Tile,
        sizes: tuple[Size, Size],
        looks: tuple[Style, Style | None],
        styles: TileStyles,
    ) -> list[Strip]:
        """Draw a tile.

        Args:
            index: Under which it is kept.
            tile: What it shows.
            sizes: Of all of it, and of the picture in it, in cells.
            looks: Style of the caption line, and of the frame if there is one.
            styles: The other styles.
        """
        (size, box), (line, frame) = sizes, looks
        request = None
        if tile.note or not self._painter.draws:
            style = styles.note if tile.note else styles.loading
            picture = text_rows(tile.note or tile.caption, box, style)
        else:
            request = self._pictures.request(tile, box)
            found = self._pictures.rows(index, request, styles.card)
            if found is None or isinstance(found, str):
                request = None
                style = styles.loading if found is None else styles.note
                picture = text_rows(LOADING if found is None else found, box, style)
            else:
                request, picture = found[0], list(found[1])
        rows = draw_tile(
            tile, size, picture, line, frame, styles, side_frame=self._painter.side_frame
        )
        self._drawn[index] = (request, rows)
        return rows
