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
    """Knows which tiles wait for their picture, and orders pictures in the sequence of their use.

    Over a slow line a tile first gets a lesser variant of its picture. So there are three ranks:
    what is on screen without any picture, what comes next, and what is on screen and could be
    better; over a line that turned out to be fast the last two change places, and in the end what
    is on screen is sent as fine as it gets. Whatever is not in the latest plan is not sent.
    """

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
        self._level = 0
        self._refines = False
        self._on_screen: list[PictureRequest] = []
        # Tiles on screen without a picture, as requests for the best variant.
        self._waiting: dict[int, PictureRequest] = {}
        # Variants in the order in which they are sent; and the tiles on screen that they are for.
        self._wanted: list[PictureRequest] = []
        self._shown_in: dict[PictureRequest, int] = {}

    def request(self, tile: Tile, box: Size) -> PictureRequest:
        return self.painter.request(tile.key or tile.path, tile.path, box, tile.dimmed)

    def rows(
        self, index: int, request: PictureRequest, card: Style
    ) -> tuple[PictureRequest, Sequence[Strip]] | str | None:
        """The best variant at hand and its rows, or why there is none, or None while it comes."""
        drawn = self._drawn(request, card)
        if drawn is None:
            variant = self._variant(request)
            picture = self._source.get(variant)
            if picture is not None:
                if picture.problem:
                    self._waiting.pop(index, None)
                    return picture.problem
                self.painter.offer(variant, picture)
                drawn = self._drawn(request, card)
        if drawn is None:
            self._waiting[index] = request
        else:
            self._waiting.pop(index, None)
        return drawn

    def _drawn(
        self, request: PictureRequest, card: Style
    ) -> tuple[PictureRequest, Sequence[Strip]] | None:
        best = self._best(request)
        strips = None if best is None else self.painter.strips(best, card)
        return None if best is None or strips is None else (best, strips)

    def _best(self, request: PictureRequest) -> PictureRequest | None:
        """The best variant that the painter holds."""
        for best in (self.painter.finest(request), request):
            if best in self.painter:
                return best
        variants = self.painter.variants(request)
        return next((variant for variant in variants[1:] if variant in self.painter), None)

    def _variant(self, request: PictureRequest) -> PictureRequest:
        """What is to be sent for a tile that has no picture."""
        variants = self.painter.variants(request)
        return variants[min(self._level, len(variants) - 1)]

    def plan(
        self, model: TileModel, visible: Iterable[int], ahead: Iterable[int], box: Size
    ) -> list[int]:
        """Ask for what is missing; drop what was asked for before and is not wanted now.

        Args:
            model: The tiles.
            visible: Indices of the tiles on screen, the most urgent first.
            ahead: Indices of the tiles that are likely to be on screen next.
            box: Size of the pictures in cells.

        Returns:
            Tiles that were drawn without a picture and went out of sight. Their picture may come
            unnoticed now, so they must be drawn anew when they are seen again.
        """
        tiles = self._requests(model, visible, box)
        self._on_screen = list(tiles.values())
        self._level = self.painter.level(self._on_screen)
        self._refines = self.painter.refines
        missing: list[PictureRequest] = []
        better: list[PictureRequest] = []
        fine: list[PictureRequest] = []
        shown: list[PictureRequest] = []
        self._shown_in = {}
        for index, request in tiles.items():
            best = self._best(request)
            if best is None:
                missing.append(self._variant(request))
            else:
                shown.append(best)
            finest = self.painter.finest(request)
            if best not in (finest, request):
                better.append(request)
            if best != finest and self._refines:
                fine.append(finest)
                self._shown_in[finest] = index
            # What was sent since the last frame is not drawn yet, although it is there.
            self._shown_in[request] = index
            self._shown_in[best or self._variant(request)] = index
        self.painter.keep([*shown, *self._shown_in])
        following = [
            self._best(request) or self._variant(request)
            for request in self._requests(model, ahead, box).values()
        ]
        # Where the line takes the best at once, better ones are worth more than the next page.
        later = [*following, *better] if self._level else [*better, *following]
        self._want(list(dict.fromkeys([*missing, *later, *fine])))
        gone = [index for index in self._waiting if index not in tiles]
        for index in gone:
            del self._waiting[index]
        return gone

    def _requests(
        self, model: TileModel, indices: Iterable[int], box: Size
    ) -> dict[int, PictureRequest]:
        tiles = ((index, model.tile(index)) for index in indices)
        return {index: self.request(tile, box) for index, tile in tiles if not tile.note}

    def _want(self, wanted: list[PictureRequest]) -> None:
        """Have these sent in this order and nothing else."""
        self.painter.withdraw(set(self._wanted).difference(wanted))
        self._wanted = wanted
        wishes: list[PictureRequest] = []
        for request in wanted:
            if request in self.painter:
                continue
            picture = self._source.get(request)
            if picture is None:
                wishes.append(request)
            elif not picture.problem:
                self.painter.offer(request, picture)
        self._source.request(self._ready, wishes, patient=True)

    @property
    def outdated(self) -> bool:
        """Whether the line has become so much faster or slower that a new plan is due."""
        chosen = self.painter.level(self._on_screen), self.painter.refines
        return chosen != (self._level, self._refines)

    def arrived(self) -> list[int]:
        """Take what the source has ready; return the indices of the tiles to draw again."""
        changed: list[int] = []
        for request in self._wanted:
            if request not in self.painter:
                picture = self._source.get(request)
                if picture is not None and not picture.problem:
                    self.painter.offer(request, picture)
        for index, request in self._waiting.items():
            picture = self._source.get(self._variant(request))
            if self._best(request) or (picture is not None and picture.problem):
                changed.append(index)
        return changed

    def pump(self) -> list[int]:
        """Let the painter send a few pictures; return the indices of the tiles to draw again."""
        sent = self.painter.pump(self._wanted)
        return [self._shown_in[request] for request in sent if request in self._shown_in]

    def forget_tiles(self) -> None:
        """The indices mean other tiles now."""
        self._waiting.clear()
        self._shown_in.clear()

    def close(self) -> None:
        """Withdraw every wish and offer."""
        self._source.request(self._ready, ())
        self.painter.withdraw(self._wanted)
        self._wanted = []
