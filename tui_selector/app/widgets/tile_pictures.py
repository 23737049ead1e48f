"""The way of a picture into a tile: asked for, encoded, handed to the painter, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.painter import Painter, PictureRequest
from tui_selector.app.graphics.pictures import PictureSource
from tui_selector.app.widgets.tile import Tile, TileModel


class TilePictures:
    """Knows which tiles on screen still wait for their picture, and orders pictures in advance."""

    def __init__(self, source: PictureSource, painter: Painter, ready: Callable[[], None]) -> None:
        """
        Args:
            source: Encodes pictures in the background.
            painter: Draws them.
            ready: Called from any thread when the source has something new.
        """
        self.painter = painter
        self._source = source
        self._ready = ready
        self._waiting: dict[int, PictureRequest] = {}
        self._wanted: list[PictureRequest] = []

    def request(self, tile: Tile, box: Size) -> PictureRequest:
        return self.painter.request(tile.key or tile.path, tile.path, box, tile.dimmed)

    def rows(
        self, index: int, request: PictureRequest, card: Style
    ) -> Sequence[Strip] | str | None:
        """The picture as rows, or the sentence why there is none, or None while it comes."""
        strips = self.painter.strips(request, card)
        if strips is None:
            picture = self._source.get(request)
            if picture is not None:
                if picture.problem:
                    self._waiting.pop(index, None)
                    return picture.problem
                self.painter.offer(request, picture)
                strips = self.painter.strips(request, card)
        if strips is None:
            self._waiting[index] = request
        else:
            self._waiting.pop(index, None)
        return strips

    def plan(self, model: TileModel, visible: range, ahead: Iterable[int], box: Size) -> None:
        """Ask for what is missing on screen, then for what comes next; drop older wishes."""
        wishes: list[PictureRequest] = []
        on_screen = self._missing(model, visible, box, wishes)
        self.painter.keep(on_screen)
        wanted = on_screen + self._missing(model, ahead, box, wishes)
        self.painter.withdraw(set(self._wanted).difference(wanted))
        self._wanted = wanted
        self._waiting = {
            index: request for index, request in self._waiting.items() if index in visible
        }
        self._source.request(self._ready, wishes)

    def _missing(
        self, model: TileModel, indices: Iterable[int], box: Size, wishes: list[PictureRequest]
    ) -> list[PictureRequest]:
        """The requests of these tiles; the unanswered ones are appended to `wishes`."""
        requests: list[PictureRequest] = []
        for index in indices:
            tile = model.tile(index)
            if tile.note:
                continue
            request = self.request(tile, box)
            requests.append(request)
            if request in self.painter:
                continue
            picture = self._source.get(request)
            if picture is None:
                wishes.append(request)
            elif not picture.problem:
                self.painter.offer(request, picture)
        return requests

    def arrived(self) -> list[int]:
        """Take what the source has ready; return the indices of the tiles to draw again."""
        changed: list[int] = []
        for request in self._wanted:
            if request not in self.painter:
                picture = self._source.get(request)
                if picture is not None and not picture.problem:
                    self.painter.offer(request, picture)
        for index, request in self._waiting.items():
            picture = self._source.get(request)
            if request in self.painter or (picture is not None and picture.problem):
                changed.append(index)
        return changed

    def pump(self) -> list[int]:
        """Let the painter send a few pictures; return the indices of the tiles to draw again."""
        sent = set(self.painter.pump(self._wanted))
        return [index for index, request in self._waiting.items() if request in sent]

    def forget_tiles(self) -> None:
        """The indices mean other tiles now."""
        self._waiting.clear()

    def close(self) -> None:
        """Withdraw every wish and offer."""
        self._source.request(self._ready, ())
        self.painter.withdraw(self._wanted)
        self._wanted = []
