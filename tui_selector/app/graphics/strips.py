"""Strips that carry their finished terminal text, taken apart only when something covers them.

A row of a picture is hundreds of styled cells; building a Rich style for each of them would cost
more than showing the picture. These strips hand the text over as it is, and make segments only for
the consumers that need them: a dialog that cuts a line, the style under the mouse, an SVG export.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip


class LazyStrip(Strip):
    """A strip of known length whose segments are built on first use."""

    __slots__ = ("_built",)

    _built: list[Segment] | None

    def __init__(self, cell_length: int) -> None:
        self._cell_length = cell_length
        self._render_cache = None
        self._built = None

    def __getattr__(self, name: str) -> Any:
        # A strip's memories of its cut and restyled copies take longer to make than the strip, and
        # few are asked for them: all are made when one is.
        if name not in Strip.__slots__:
            raise AttributeError(name)
        known = self._built, self._render_cache
        super().__init__((), self._cell_length)
        self._built, self._render_cache = known
        return getattr(self, name)

    # The slot of the base class becomes a property here, so every inherited method works on demand.
    @property
    def _segments(self) -> list[Segment]:
        if self._built is None:
            self._built = self.build_segments()
        return self._built

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        self._built = segments

    @property
    def ground(self) -> tuple[Color | None] | None:
        """The one ground of its cells, of which none is blank; None where there are several."""
        return None

    @abstractmethod
    def build_segments(self) -> list[Segment]:
        """The strip as segments, one style each."""

    @abstractmethod
    def build_text(self, console: Console) -> str:
        """The strip as terminal text that leaves no style behind."""

    @abstractmethod
    def cut(self, start: int, end: int) -> Strip:
        """The cells `start` up to `end`, both inside the strip and `start < end`."""

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            self._render_cache = self.build_text(console)
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        length = self.cell_length
        start = max(0, start)
        end = length if end is None else min(length, end)
        if start == 0 and end == length:
            return self
        if end <= start:
            return Strip([], 0)
        return self.cut(start, end)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        strips: list[Strip] = []
        position = 0
        for cut in cuts:
            if cut > self.cell_length:
                break
            strips.append(self.crop(position, cut))
            position = cut
        return strips

    def __bool__(self) -> bool:
        return self.cell_length > 0


class LineStrip(LazyStrip):
    """Strips side by side; cutting it leaves the parts that the cut does not touch as they are."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[Strip]) -> None:
        self._parts = tuple(part for part in parts if part.cell_length)
        super().__init__(sum(part.cell_length for part in self._parts))

    @property
    def parts(self) -> tuple[Strip, ...]:
        """The strips from left to right."""
        return self._parts

    def build_segments(self) -> list[Segment]:
        return [segment for part in self._parts for segment in part]

    def build_text(self, console: Console) -> str:
        return "".join([part.render(console) for part in self._parts])

    def cut(self, start: int, end: int) -> Strip:
        parts: list[Strip] = []
        position = 0
        for part in self._parts:
            stop = position + part.cell_length
            if stop > start and position < end:
                parts.append(part.crop(max(0, start - position), min(stop, end) - position))
            position = stop
        return LineStrip(parts)


def same_strip(first: Strip, second: Strip) -> bool:
    """Whether two strips are the same objects all through, so that they show the same."""
    if isinstance(first, LineStrip) and isinstance(second, LineStrip):
        return len(first._parts) == len(second._parts) and all(
            map(same_strip, first._parts, second._parts)
        )
    return first is second


def leaves(strip: Strip) -> list[Strip]:
    """The strips that a strip is made of in the end, from left to right."""
    if not isinstance(strip, LineStrip):
        return [strip]
    return [leaf for part in strip.parts for leaf in leaves(part)]
