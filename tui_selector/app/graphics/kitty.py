"""Real pixels through the kitty graphics protocol, placed with Unicode placeholders.

Every picture is sent once, with an id, and a virtual placement of `columns` x `rows` cells is made
for it. From then on the picture is text: cells that hold U+10EEEE with the id as the foreground
colour and the row and column as combining marks. The text can be scrolled, covered and repainted by
anything that moves text, and costs four bytes per cell.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import os
from base64 import standard_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from math import ceil

import msgspec
from msgspec.structs import replace
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_selector.app.graphics.link import TerminalLink, Transfer
from tui_selector.app.graphics.painter import (
    EncodedPicture,
    Painter,
    PictureRequest,
    Write,
    centred,
    fit,
)
from tui_selector.app.graphics.quality import QualityChoice, ladder
from tui_selector.app.graphics.strips import LazyStrip

PLACEHOLDER = "\U0010eeee"
CHUNK = 2048
"""Base64 characters in one escape sequence: 4096 are allowed, but a key may wait for one."""

# The marks that stand for 0, 1, 2, ...: kitty's rowcolumn-diacritics.txt, as ranges of code points.
_MARK_RANGES = """
0305 030D-030E 0310 0312 033D-033F 0346 034A-034C 0350-0352 0357 035B 0363-036F 0483-0487 0592-0595
0597-0599 059C-05A1 05A8-05A9 05AB-05AC 05AF 05C4 0610-0617 0657-065B 065D-065E 06D6-06DC 06DF-06E2
06E4 06E7-06E8 06EB-06EC 0730 0732-0733 0735-0736 073A 073D 073F-0741 0743 0745 0747 0749-074A
07EB-07F1 07F3 0816-0819 081B-0823 0825-0827 0829-082D 0951 0953-0954 0F82-0F83 0F86-0F87 135D-135F
17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC
1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D
A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189
1D1AA-1D1AD 1D242-1D244
"""


def _marks() -> tuple[str, ...]:
    marks: list[str] = []
    for span in _MARK_RANGES.split():
        first, _, last = span.partition("-")
        marks += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return tuple(marks)


MARKS = _marks()
"""Combining marks for the numbers 0 to 296; also the most rows or columns a picture can have."""


def transmit(image_id: int, png: bytes) -> list[str]:
    """The escape sequences that send a PNG file, in order.

    Args:
        image_id: Id of the image in the terminal, 1 to 2**24 - 1.
        png: The file.
    """
    payload = standard_b64encode(png).decode("ascii")
    chunks = [payload[start : start + CHUNK] for start in range(0, len(payload), CHUNK)] or [""]
    parts = []
    for index, chunk in enumerate(chunks):
        more = int(index < len(chunks) - 1)
        keys = f"a=t,f=100,i={image_id},q=2,m={more}" if index == 0 else f"q=2,m={more}"
        parts.append(f"\x1b_G{keys};{chunk}\x1b\\")
    return parts


def place_virtually(image_id: int, columns: int, rows: int) -> str:
    """The escape sequence that makes the virtual placement of an image.

    Args:
        image_id: Id of the image in the terminal.
        columns: Width of the placement in cells; the terminal fits the picture into it and keeps
            its aspect.
        rows: Height of the placement in cells.
    """
    return f"\x1b_Ga=p,U=1,i={image_id},c={columns},r={rows},q=2\x1b\\"


def abort(image_id: int) -> str:
    """What ends a file in the middle: a last piece without data, which makes it unreadable.

    The terminal drops what it cannot read and says nothing (`q=2`).
    """
    return f"\x1b_Gq=2,m=0;\x1b\\{delete(image_id)}"


def delete(image_id: int) -> str:
    """The escape sequence that frees an image and all its placements."""
    return f"\x1b_Ga=d,d=I,i={image_id},q=2\x1b\\"


class PlaceholderStrip(LazyStrip):
    """One row of a placed image, the columns `start` up to `end`.

    The first cell names its row and column; the cells after it inherit them, which holds as long as
    they stay together. A cut therefore makes new strips that name their own first column.
    """

    __slots__ = ("_end", "_row", "_start", "_style")

    def __init__(self, style: Style, row: int, start: int, end: int) -> None:
        super().__init__(end - start)
        self._style, self._row, self._start, self._end = style, row, start, end

    @property
    def ground(self) -> tuple[Color | None]:
        return (self._style.bgcolor,)

    def cut(self, start: int, end: int) -> Strip:
        return PlaceholderStrip(self._style, self._row, self._start + start, self._start + end)

    def build_text(self, console: Console) -> str:
        foreground, background = self._style.color, self._style.bgcolor
        assert foreground is not None
        # Written out here because a console with fewer colours would round the id.
        codes = list(foreground.get_ansi_codes())
        if background is not None and console._color_system is not None:
            codes += background.downgrade(console._color_system).get_ansi_codes(foreground=False)
        column = MARKS[self._start] if self._start else ""
        rest = PLACEHOLDER * (self._end - self._start - 1)
        return f"\x1b[{';'.join(codes)}m{PLACEHOLDER}{MARKS[self._row]}{column}{rest}\x1b[0m"

    def build_segments(self) -> list[Segment]:
        row = PLACEHOLDER + MARKS[self._row]
        return [
            Segment(row + MARKS[column], self._style) for column in range(self._start, self._end)
        ]


_DRAWN_TOGETHER = 4
"""Pictures that arrive before their tiles are drawn, on a slow line."""


class Upload(msgspec.Struct):
    """An image that the terminal holds, or that is on its way there."""

    image_id: int
    columns: int
    rows: int
    width: int
    height: int
    background: Style | None = None
    strips: Sequence[Strip] = ()

    @property
    def pixels(self) -> int:
        return self.width * self.height


class KittyPainter(Painter):
    """Sends each picture once, draws it as placeholder text, frees what went unused longest."""

    encoding = "png"

    def __init__(
        self,
        write: Write,
        *,
        backlog: Callable[[], bool] = lambda: False,
        link: TerminalLink | None = None,
        cell_width: int = 10,
        cell_height: int = 20,
        first_id: int | None = None,
        bytes_budget: int = 64 << 20,
        longest: int = 480,
        batch_bytes: int = 256 << 10,
    ) -> None:
        """
        Args:
            write: Sends text to the terminal, in order with the frames.
            backlog: Says whether the terminal is behind, in which case nothing is sent.
            link: The line that pictures share with everything else; one of its own if left out.
            cell_width: Width of a cell in pixels.
            cell_height: Height of a cell in pixels.
            first_id: First image id; random by default, so that two programs in one window do not
                meet.
            bytes_budget: Memory in the terminal, counted as four bytes per pixel.
            longest: Most pixels on a side of a picture; the terminal scales up what needs more.
            batch_bytes: Most bytes that one `pump` sends, though at least one picture.
        """
        self._write = write
        self._backlog = backlog
        self._link = TerminalLink() if link is None else link
        self._cell = (max(1, cell_width), max(1, cell_height))
        random_id = int.from_bytes(os.urandom(3), "big")
        self._next_id = (random_id if first_id is None else first_id) or 1
        self._budget = bytes_budget // 4
        self._longest = longest
        self._batch_bytes = batch_bytes
        self._uploads: OrderedDict[PictureRequest, Upload] = OrderedDict()
        self._pixels = 0
        self._offers: dict[PictureRequest, EncodedPicture] = {}
        self._sending: dict[PictureRequest, tuple[Transfer, Upload]] = {}
        self._arrived: list[PictureRequest] = []
        self._on_screen: frozenset[PictureRequest] = frozenset()
        self.choice = QualityChoice(self._link)

    def request(self, key: str, path: str, box: Size, dimmed: bool) -> PictureRequest:
        columns, rows = min(box.width, len(MARKS)), min(box.height, len(MARKS))
        width, height = columns * self._cell[0], rows * self._cell[1]
        shrink = min(1.0, self._longest / max(1, width, height))
        return PictureRequest(
            key,
            path,
            columns,
            rows,
            max(1, round(width * shrink)),
            max(1, round(height * shrink)),
            self.encoding,
            dimmed,
        )

    def variants(self, request: PictureRequest) -> Sequence[PictureRequest]:
        return ladder(request) if self._link.paced else (request,)

    def finest(self, request: PictureRequest) -> PictureRequest:
        """With a dithered palette, which costs a quarter more and shows skies without bands."""
        return replace(request, dithered=True, on_disk=False) if self._link.paced else request

    @property
    def refines(self) -> bool:
        return self._link.paced and self.choice.level == 0

    def level(self, on_screen: Sequence[PictureRequest]) -> int:
        return self.choice.choose(on_screen)

    @property
    def quality(self) -> str:
        return self.choice.quality.words if self._link.paced else ""

    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        if request not in self._uploads and request not in self._sending:
            self._offers[request] = picture

    @property
    def busy(self) -> bool:
        return bool(self._offers or self._sending or self._arrived)

    def keep(self, requests: Iterable[PictureRequest]) -> None:
        self._on_screen = frozenset(requests)
        for request in self._on_screen:
            if request in self._uploads:
                self._uploads.move_to_end(request)

    def withdraw(self, requests: Iterable[PictureRequest]) -> None:
        for request in requests:
            self._offers.pop(request, None)
            if sending := self._sending.pop(request, None):
                self._link.cancel(sending[0])

    def pump(self, wanted: Sequence[PictureRequest]) -> list[PictureRequest]:
        if not self._backlog():
            room = self._batch_bytes
            for request in wanted:
                picture = self._offers.get(request)
                if picture is None:
                    continue
                size = len(picture.data) * 4 // 3
                if not self._link.ready or room < min(size, self._batch_bytes):
                    break
                room -= size
                self._upload(request, self._offers.pop(request))
        self._free()
        # Every time tiles are drawn again the lines left of them are written, too.
        few = len(self._arrived) < _DRAWN_TOGETHER and (self._sending or self._offers)
        if self._link.slow and few:
            return []
        arrived, self._arrived = self._arrived, []
        return arrived

    def _upload(self, request: PictureRequest, picture: EncodedPicture) -> None:
        cell_width, cell_height = self._cell
        width, height = fit(
            picture.width,
            picture.height,
            request.columns * cell_width,
            request.rows * cell_height,
        )
        columns = min(request.columns, ceil(round(width / cell_width, 3)))
        rows = min(request.rows, ceil(round(height / cell_height, 3)))
        upload = Upload(self._take_id(), columns, rows, picture.width, picture.height)
        pieces = self._pieces(upload, picture.data)
        transfer = Transfer(
            pieces, self._write, abort(upload.image_id), lambda: self._has_arrived(request)
        )
        self._sending[request] = (transfer, upload)
        if self._link.paced:
            box = Size(request.columns, request.rows)
            full = self.request(request.key, request.path, box, request.dimmed)
            self.choice.weigh(full, request, transfer.size)
        self._link.send(transfer)

    def _pieces(self, upload: Upload, png: bytes) -> list[str]:
        """The escape sequences that send a picture."""
        placement = place_virtually(upload.image_id, upload.columns, upload.rows)
        return [*transmit(upload.image_id, png), placement]

    def _has_arrived(self, request: PictureRequest) -> None:
        """The last piece of a picture was written."""
        _, upload = self._sending.pop(request)
        self._uploads[request] = upload
        self._pixels += upload.pixels
        self._arrived.append(request)

    def _take_id(self) -> int:
        """The next free id of 24 bits, so that it fits a foreground colour."""
        used = {upload.image_id for upload in self._uploads.values()}
        used.update(upload.image_id for _, upload in self._sending.values())
        image_id = self._next_id
        while image_id in used or image_id == 0:
            image_id = (image_id + 1) % (1 << 24)
        self._next_id = (image_id + 1) % (1 << 24)
        return image_id

    def _free(self) -> None:
        """Delete what was not used for longest until the budget holds; never what is on screen."""
        for request in list(self._uploads):
            if self._pixels <= self._budget:
                return
            if request not in self._on_screen:
                self._drop(request)

    def _drop(self, request: PictureRequest) -> None:
        upload = self._uploads.pop(request)
        self._pixels -= upload.pixels
        self._link.command(self._write, delete(upload.image_id))

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        upload = self._uploads.get(request)
        if upload is None:
            return None
        if upload.background != background:
            upload.background = background
            image_id = upload.image_id
            colour = Color.from_rgb(image_id >> 16, image_id >> 8 & 255, image_id & 255)
            style = Style.from_color(colour, background.bgcolor)
            rows = [PlaceholderStrip(style, row, 0, upload.columns) for row in range(upload.rows)]
            upload.strips = centred(rows, upload.columns, request, background)
        return upload.strips

    def __contains__(self, request: object) -> bool:
        return request in self._uploads

    def forget(self, key: str) -> None:
        waiting = [*self._offers, *self._sending]
        self.withdraw([request for request in waiting if request.key == key])
        for request in [request for request in self._uploads if request.key == key]:
            self._drop(request)

    def clear_all(self) -> None:
        self.withdraw([*self._offers, *self._sending])
        self._arrived.clear()
        if self._uploads:
            self._link.command(
                self._write,
                "".join(delete(upload.image_id) for upload in self._uploads.values()),
            )
        self._uploads.clear()
        self._pixels = 0

    def cell_size_changed(self, width: int, height: int) -> None:
        """Pictures are asked for in the new size from now on; those of the old size age out."""
        self._cell = (max(1, width), max(1, height))
