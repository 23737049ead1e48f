"""Real pixels as Sixel data, for terminals that keep no picture.

A Sixel picture is painted over the cells of the screen and gone as soon as text is written there;
to move it is to send it again. The layer therefore paints a picture only where cells came into
sight, once, and pictures that went out of sight before the line had room for them not at all. A
picture that is partly covered is painted whole, and in the same write the text over it anew, which
costs less than to encode what is left in sight; only rows at its end are left out. Where less than
half of what would be painted is in sight, it stays blank.

Source: https://vt100.net/docs/vt3xx-gp/chapter14.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import Any

from rich.style import Style
from textual._context import visible_screen_stack
from textual.app import App
from textual.geometry import Region, Size
from textual.strip import Strip

from tui_selector.app.graphics.link import PAINTING, TerminalLink, Transfer
from tui_selector.app.graphics.painter import EncodedPicture, Painter, PictureRequest, Write
from tui_selector.app.graphics.partial_frames import pieces_between
from tui_selector.app.graphics.picture_cells import Part, Place, Run
from tui_selector.app.graphics.placed import PictureLayer
from tui_selector.app.graphics.quality import SIXEL_LADDER, QualityChoice, ladder
from tui_selector.app.graphics.sequences import move_to
from tui_selector.app.graphics.sixel_picture import SixelPicture

END = "\x1b8\x1b[?2026l"
"""What a painting ends with: the cursor is where it was, all of it is shown."""

LARGEST = (1000, 1000)
"""Width and height in pixels that xterm takes unless it is told otherwise."""

TILE_COLOURS = 31
"""Colours of a tile: Sixel data grows with every colour, and 31 look like the photo at 34 dB."""

LARGE_COLOURS = 128
"""Colours of a picture that has the screen to itself."""


class Painting(Transfer, eq=False, kw_only=True):
    """A picture that is being painted.

    Attributes:
        parts: What each piece paints.
        painted: How many of them were.
    """

    parts: Sequence[Part]
    painted: int = 0

    def take(self) -> list[Part]:
        """What is to be painted now, once, as few rectangles."""
        first, self.painted = self.painted, self.position
        stripes: list[Part] = []
        for part in self.parts[first : self.painted]:
            if stripes and stripes[-1].row == part.row:
                last = stripes.pop()
                part = last._replace(columns=last.columns + part.columns)
            stripes.append(part)
        taken: list[Part] = []
        for part in stripes:
            if taken and (taken[-1].column, taken[-1].columns) == (part.column, part.columns):
                last = taken.pop()
                part = last._replace(rows=last.rows + part.rows)
            taken.append(part)
        return taken


class SixelLayer(PictureLayer):
    """Paints the pictures that came into sight, as fast as the line takes them."""

    def __init__(
        self, app: App[Any], write: Write, link: TerminalLink, *, erases: bool = False
    ) -> None:
        """
        Args:
            app: Whose frames to read.
            write: Sends text to the terminal, in order with the frames.
            link: Holds pictures back so that frames need not wait.
            erases: Whether the terminal erases in the colour of the ground.
        """
        super().__init__(app, link, erases=erases)
        self._write = write
        self._due: set[Place] = set()
        self._waiting: dict[Place, Painting] = {}

    @property
    def idle(self) -> bool:
        """Whether everything that came into sight is painted."""
        return not self._due and not self._waiting

    def commands(self, touched: set[Place]) -> str:
        # Behind the frame: on a slow line the text shows before the first picture has come.
        self._due |= touched
        return ""

    def after_frame(self) -> None:
        if not self._due and not self._waiting:
            return
        places = self.places()
        for place in [*self._waiting]:
            if place in self._due or place not in places:
                self.link.cancel(self._waiting.pop(place))
        due = sorted(self._due & places.keys(), key=lambda place: (place.y, place.x))
        self._due.clear()
        for place in due:
            if self._is_worth_it(place, places[place]):
                self._send(place)

    def reset(self) -> None:
        super().reset()
        self._due.clear()
        for transfer in self._waiting.values():
            self.link.cancel(transfer)
        self._waiting.clear()

    def _is_worth_it(self, place: Place, runs: Sequence[Run]) -> bool:
        picture, x, y = place
        width, height = self.app.size
        rows = _rows(runs)
        # At the end of the last line the terminal would scroll.
        if not (0 <= x <= width - picture.columns and 0 <= y < height - rows):
            return False
        return 2 * sum(run.end - run.x for run in runs) >= picture.columns * rows

    def _send(self, place: Place) -> None:
        picture = place.picture
        assert isinstance(picture, SixelPicture)
        parts = picture.pieces()
        # What is written is cut to what is in sight by then; these say how long it is at most.
        pieces = [picture.data[: len(picture.data) // len(parts)]] * len(parts)
        painting = Painting(
            pieces, lambda text: self._paint(place, text), "", lambda: None, parts=parts
        )
        self._waiting[place] = painting
        self.link.send(painting)

    def _paint(self, place: Place, text: str) -> None:
        """Write the pieces that there is room for: as much of them as is in sight now."""
        painting, runs = self._waiting.get(place), self.places().get(place)
        if painting is None or not text:
            return
        parts = painting.take()
        if painting.painted == len(painting.parts):
            del self._waiting[place]
        if runs is None:
            return
        if self.app.size != self.app.screen._compositor.size:
            # The frame that is about to come knows more.
            self._due.add(place)
            return
        picture = place.picture
        assert isinstance(picture, SixelPicture)
        for part in parts:
            part = part._replace(rows=min(_rows(runs) - part.row, part.rows))
            over = self._text_over(place, part) if part.rows > 0 else None
            if over is not None:
                at = move_to(place.x + part.column, place.y + part.row)
                self._write(f"{PAINTING}{at}{picture.part(part)}{over}{END}")

    def _text_over(self, place: Place, part: Part) -> str | None:
        """The text that covers some of a part; None where another picture does."""
        covered = list(self._covered(place, part))
        if not covered:
            return ""
        if any(
            run.picture is not place.picture and run.x < end and run.end > start
            for y, start, end in covered
            for run in self.runs(y)
        ):
            return None
        screen = self.app.screen
        visible_screen_stack.set(self.app._background_screens)
        region = Region(place.x + part.column, place.y + part.row, part.columns, part.rows)
        lines = {y for y, _, _ in covered}
        chops = screen._compositor._render_chops(region, lines.__contains__)
        return "".join(
            move_to(x, y) + strip.render(self.app.console)
            for y, start, end in covered
            for _, x, strip in pieces_between(chops[y].items(), start, end, y)
        )

    def _covered(self, place: Place, part: Part) -> Iterator[tuple[int, int, int]]:
        """Line, first and last column of the cells where a part is out of sight."""
        end = place.x + part.column + part.columns
        for row in range(part.row, part.row + part.rows):
            y, x = place.y + row, place.x + part.column
            for run in self.runs(y):
                if (run.picture, run.origin, run.row) == (place.picture, place.x, row):
                    if x < min(run.x, end):
                        yield y, x, min(run.x, end)
                    x = max(x, run.end)
            if x < end:
                yield y, x, end


def _rows(runs: Sequence[Run]) -> int:
    """Rows of a picture from the top down to the last of which something is in sight."""
    return max(run.row for run in runs) + 1


class SixelPainter(Painter):
    """Keeps encoded pictures ready and lets a layer paint them."""

    encoding = "sixel"
    cuttable = False
    side_frame = False

    def __init__(
        self,
        layer: SixelLayer,
        *,
        cell_width: int = 10,
        cell_height: int = 20,
        colours: int = TILE_COLOURS,
        largest: tuple[int, int] = LARGEST,
        bytes_budget: int = 32 << 20,
    ) -> None:
        """
        Args:
            layer: Paints the pictures of the app.
            cell_width: Width of a cell in pixels.
            cell_height: Height of a cell in pixels.
            colours: Palette of a picture, at most the colour registers of the terminal.
            largest: Width and height in pixels of the largest picture that the terminal takes.
            bytes_budget: Most bytes of pictures kept ready to paint.
        """
        self._layer = layer
        self._cell = (max(1, cell_width), max(1, cell_height))
        self._colours = max(2, min(256, colours))
        self._largest = largest
        self._budget = bytes_budget
        self._bytes = 0
        self._pictures: OrderedDict[PictureRequest, SixelPicture] = OrderedDict()
        self._on_screen: frozenset[PictureRequest] = frozenset()
        # Better versions of pictures that are held already: they wait for an idle line.
        self._better: dict[PictureRequest, EncodedPicture] = {}
        self.choice = QualityChoice(layer.link, SIXEL_LADDER)

    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        return PictureRequest(
            key,
            path,
            box.width,
            box.height,
            max(1, min(box.width * self._cell[0], self._largest[0])),
            max(1, min(box.height * self._cell[1], self._largest[1])),
            self.encoding,
            dimmed,
            colours=self._colours,
        )

    def variants(self, request: PictureRequest) -> Sequence[PictureRequest]:
        return ladder(request) if self._layer.link.paced else (request,)

    def level(self, on_screen: Sequence[PictureRequest]) -> int:
        return self.choice.choose(on_screen)

    @property
    def quality(self) -> str:
        return self.choice.quality.words if self._layer.link.paced else ""

    @property
    def busy(self) -> bool:
        return bool(self._better)

    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        if request in self._pictures:
            return
        if request.on_disk and any(
            variant in self._pictures for variant in self.variants(request)[1:]
        ):
            self._better[request] = picture
        else:
            self._hold(request, picture)

    def withdraw(self, requests: Iterable[PictureRequest]) -> None:
        for request in requests:
            self._better.pop(request, None)

    def pump(self, wanted: Sequence[PictureRequest]) -> list[PictureRequest]:
        first = next((request for request in wanted if request in self._better), None)
        # A picture is written whole: one that could wait shall not be in front of a key's frame.
        if first is None or not (self._layer.idle and self._layer.link.resting):
            return []
        self._hold(first, self._better.pop(first))
        return [first]

    def _hold(self, request: PictureRequest, picture: EncodedPicture) -> None:
        """Keep a picture ready to paint."""
        if self._layer.link.paced:
            box = Size(request.columns, request.rows)
            full = self.request(request.key, request.path, box, request.dimmed)
            self.choice.weigh(full, request, len(picture.data))
        columns = min(request.columns, ceil(picture.width / self._cell[0]))
        rows = min(request.rows, ceil(picture.height / self._cell[1]))
        self._pictures[request] = SixelPicture(columns, rows, self._cell, picture.data)
        self._bytes += len(picture.data)
        for old in list(self._pictures):
            if self._bytes <= self._budget:
                break
            if old not in self._on_screen and old != request:
                self._drop(old)

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        picture = self._pictures.get(request)
        if picture is None:
            return None
        self._pictures.move_to_end(request)
        return picture.strips(request, background)

    def __contains__(self, request: object) -> bool:
        return request in self._pictures

    def keep(self, requests: Iterable[PictureRequest]) -> None:
        self._on_screen = frozenset(requests)

    def _drop(self, request: PictureRequest) -> None:
        picture = self._pictures.pop(request)
        picture.alive = False
        self._bytes -= len(picture.data)

    def forget(self, key: str) -> None:
        self.withdraw([request for request in self._better if request.key == key])
        for request in [request for request in self._pictures if request.key == key]:
            self._drop(request)

    def clear_all(self) -> None:
        self._better.clear()
        for request in list(self._pictures):
            self._drop(request)
        self._layer.reset()

    def cell_size_changed(self, width: int, height: int) -> None:
        """Pictures are asked for in the new size from now on; those of the old size age out."""
        self._cell = (max(1, width), max(1, height))
        self._layer.reset()
