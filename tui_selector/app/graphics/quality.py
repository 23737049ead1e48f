"""How good tiles are sent at first, so that a screen of them arrives in time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import PictureRequest


class Quality(NamedTuple):
    """One rung of the ladder: how many colours, how large, and what that costs.

    Attributes:
        colours: Most colours of the palette.
        scale: Pixels on a side, as a share of those of the cells.
        share: Bytes, as a share of the first rung's.
    """

    colours: int
    scale: float
    share: float

    @property
    def words(self) -> str:
        """As the status line says it: "64 colours 3/4"."""
        size = {1.0: "", 0.75: " 3/4", 0.5: " 1/2"}[self.scale]
        return f"{self.colours} colours{size}"


LADDER = (
    Quality(256, 1.0, 1.0),
    Quality(128, 1.0, 0.88),
    Quality(64, 1.0, 0.72),
    Quality(256, 0.75, 0.62),
    Quality(64, 0.75, 0.45),
    Quality(32, 0.75, 0.31),
    Quality(64, 0.5, 0.25),
    Quality(32, 0.5, 0.17),
)
"""Each rung is the one most like the first (SSIM, enlarged again) among those that cost as little,
of palettes of 32 to 256 colours and three sizes; the shares are means over 40 photographs in tiles
of 200 x 140 pixels."""

SIXEL_LADDER = (
    Quality(31, 1.0, 1.0),
    Quality(16, 1.0, 0.63),
    Quality(16, 0.5, 0.40),
    Quality(8, 0.5, 0.27),
)
"""The same for Sixel data, where pixels are drawn as blocks because no terminal scales it."""

PAGE_SECONDS = 1.0
"""Time that a screen of pictures may take."""

_BYTES_PER_PIXEL = 0.55
"""Bytes on the line per pixel of a tile's box at the first rung, before any was sent."""


@lru_cache(maxsize=4096)
def ladder(request: PictureRequest) -> tuple[PictureRequest, ...]:
    """The variants of a picture, one for each rung of its encoding, itself first."""
    if request.encoding == "sixel":
        return (request, *(_in_blocks(request, rung) for rung in SIXEL_LADDER[1:]))
    return (request, *(_smaller(request, rung) for rung in LADDER[1:]))


def _smaller(request: PictureRequest, rung: Quality) -> PictureRequest:
    """A variant of fewer pixels, which the terminal scales up."""
    return replace(
        request,
        width=max(1, round(request.width * rung.scale)),
        height=max(1, round(request.height * rung.scale)),
        colours=rung.colours,
        on_disk=False,
    )


def _in_blocks(request: PictureRequest, rung: Quality) -> PictureRequest:
    """A variant of the same size whose pixels are larger."""
    colours = min(request.colours, rung.colours)
    return replace(request, colours=colours, block=round(1 / rung.scale), on_disk=False)


class QualityChoice:
    """Chooses the rung for a screen of tiles by the speed of the line and what tiles cost on it."""

    def __init__(self, link: TerminalLink, rungs: Sequence[Quality] = LADDER) -> None:
        """
        Args:
            link: The line to the terminal.
            rungs: What there is to choose from.
        """
        self._link, self._rungs = link, rungs
        self._bytes_per_pixel = _BYTES_PER_PIXEL
        self.level = 0

    @property
    def quality(self) -> Quality:
        """The rung that was chosen last."""
        return self._rungs[self.level]

    def choose(self, on_screen: Sequence[PictureRequest]) -> int:
        """The best rung at which all these pictures arrive within `PAGE_SECONDS`, or the last."""
        if not self._link.paced:
            return 0
        pixels = sum(request.width * request.height for request in on_screen)
        seconds = pixels * self._bytes_per_pixel / self._link.speed.rate
        last = len(self._rungs) - 1
        level = next((at for at in range(last) if self._in_time(at, seconds)), last)
        # One rung up only with room to spare: every change has pictures encoded anew.
        if level != self.level - 1 or self._in_time(level, seconds * 1.25):
            self.level = level
        return self.level

    def _in_time(self, level: int, seconds: float) -> bool:
        return seconds * self._rungs[level].share <= PAGE_SECONDS

    def weigh(self, full: PictureRequest, sent: PictureRequest, size: int) -> None:
        """Learn what a tile of this library costs.

        Args:
            full: The request at the first rung.
            sent: The variant that was sent.
            size: Its bytes on the line.
        """
        for rung, variant in zip(self._rungs, ladder(full), strict=True):
            if variant == sent:
                cost = size / (full.width * full.height * rung.share)
                self._bytes_per_pixel += 0.1 * (cost - self._bytes_per_pixel)
                return
