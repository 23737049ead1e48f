"""The headings of the columns of a table: their names, or numbers and a list of the names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from rich.cells import cell_len, set_cell_size

#: Lines of a heading, and of the list of names, at most.
_LINES, _LIST = 3, 4
#: Cells of a name in the list, at most.
_LONGEST = 24
#: What words of a name end with where it may be broken.
_WORDS = re.compile(r"[^\s_-]+[_-]?|[_-]")


class Heads(msgspec.Struct, frozen=True):
    """The headings of columns.

    Attributes:
        lines: For each column its heading, one line or more.
        names: The printable names.
        listed: Lines above the headings that tell which name a number stands for; 0 where the
            headings are the names.
        room: Cells of such a line.
    """

    lines: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    listed: int = 0
    room: int = 0

    @property
    def height(self) -> int:
        """Lines of all of it."""
        return self.listed + max(map(len, self.lines), default=0)

    def text(self, column: int, line: int) -> str | None:
        """A line of a heading; None above it."""
        place = line - (self.height - len(self.lines[column]))
        return self.lines[column][place] if place >= 0 else None

    def list_line(self, line: int, first: int) -> list[tuple[int, str]]:
        """Columns and what is said of them in a line of the list.

        Args:
            line: From 0.
            first: The column that the list begins with.
        """
        lines = _listed(self.names, self.room, first)
        return lines[line] if line < min(self.listed, len(lines)) else []

    def listed_at(self, x: int, line: int, first: int) -> int | None:
        """The column whose name is at a place of the list; None where none is."""
        end = 0
        for column, text in self.list_line(line, first):
            end += cell_len(text)
            if x < end:
                return column
        return None


def heads(names: Sequence[str], width: int, room: int) -> Heads:
    """Lay out headings: the names where no word of them has to be broken, else numbers.

    Args:
        names: Printable names.
        width: Cells of a column.
        room: Cells of the whole table.
    """
    folded = [folded_name(name, width - 1) for name in names]
    if all(each is not None for each in folded):
        return Heads(lines=tuple(tuple(each or ("",)) for each in folded), names=tuple(names))
    numbers = tuple((f"{number}",) for number in range(1, len(names) + 1))
    needed = len(_listed(names, room, 0))
    return Heads(lines=numbers, names=tuple(names), listed=needed, room=room)


def folded_name(name: str, width: int) -> list[str] | None:
    """A name on a few lines, broken between words; None where there is no room for it.

    Scripts without spaces may be broken anywhere.
    """
    lines: list[str] = []
    for part in name.split() or [""]:
        glue = " "
        for word in _pieces(part):
            if cell_len(word) > width:
                return None
            if lines and cell_len(lines[-1]) + len(glue) + cell_len(word) <= width:
                lines[-1] += glue + word
            else:
                lines.append(word)
            glue = ""
    return lines if len(lines) <= _LINES else None


def shortened(name: str, width: int) -> str:
    """A name in so many cells, without its last words where it is longer."""
    if cell_len(name) <= width:
        return name
    cut = set_cell_size(name, width - 1)
    if not re.match(r"[\s_-]", name[len(cut) :]):
        border = max(cut.rfind(" "), cut.rfind("_"), cut.rfind("-"))
        cut = cut[:border] if border > len(cut) // 3 else cut
    return cut.rstrip(" _-") + "…"


def _pieces(part: str) -> list[str]:
    """What a part without spaces may be broken into."""
    return [
        piece
        for word in _WORDS.findall(part) or [part]
        for piece in (list(word) if cell_len(word) > len(word) else [word])
    ]


def _listed(names: Sequence[str], room: int, first: int) -> list[list[tuple[int, str]]]:
    """The lines of the list from a column on, as many columns as there is room for."""
    lines: list[list[tuple[int, str]]] = [[]]
    used = 0
    for column in range(first, len(names)):
        text = f" {column + 1} {shortened(names[column], _LONGEST)} "
        if used + cell_len(text) > room and lines[-1]:
            if len(lines) == _LIST:
                break
            lines.append([])
            used = 0
        lines[-1].append((column, text))
        used += cell_len(text)
    return lines
