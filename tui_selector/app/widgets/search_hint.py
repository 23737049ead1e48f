"""What is said below the line that searches are typed into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app.widgets.tile_caption import wrap
from tui_selector.library.display import printable
from tui_selector.search.completion import Completion

#: Lines of the longest sentence.
_MOST_LINES = 3

#: Words and the component that they look like, "" for none. Styles are taken when a line is drawn:
#: what is said may come before the widget has any.
Row = list[tuple[str, str]]


class Hint(Widget):
    """What came of a search, a fault under the column it is about, or completions.

    One line, and more where a sentence needs them.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hint--fault", "hint--taken", "hint--about"}
    DEFAULT_CSS = """
    Hint {
        height: 1; background: $panel; color: $text-muted;
        & > .hint--fault { color: $text-error; background: $panel; }
        & > .hint--taken { color: $text-accent; text-style: bold reverse; }
        & > .hint--about { color: $text-muted; text-style: italic; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = [[]]

    @property
    def text(self) -> str:
        """What the lines say."""
        words = ("".join(text for text, _ in row).strip() for row in self._rows)
        return " ".join(words).strip()

    @property
    def _width(self) -> int:
        return self.size.width or self.app.size.width

    def _show(self, rows: list[Row]) -> None:
        self._rows = rows or [[]]
        self.styles.height = len(self._rows)
        self.refresh()

    def _wrapped(self, words: str, look: str = "") -> list[Row]:
        lines = wrap(words, max(1, self._width - 2), _MOST_LINES)
        return [[(" " + line, look)] for line in lines]

    def say(self, words: str) -> None:
        """Say a printable sentence."""
        self._show(self._wrapped(words))

    def fault(self, sentence: str, cell: int | None) -> None:
        """Say what is wrong, and point at a cell of this line."""
        look, width = "hint--fault", self._width
        if cell is None or not 0 <= cell < width:
            self._show(self._wrapped(sentence, look))
        elif cell + 3 + cell_len(sentence) <= width:
            self._show([[(" " * cell + "^ " + sentence, look)]])
        elif cell > cell_len(sentence) + 2:
            before = " " * (cell - cell_len(sentence) - 1)
            self._show([[(f"{before}{sentence} ^", look)]])
        else:
            self._show([[(" " * cell + "^", look)], *self._wrapped(sentence, look)])

    def offer(self, offers: Sequence[Completion], taken: int) -> None:
        """Show completions side by side, the one that was taken in sight, and what it means."""
        width = self._width
        about = offers[taken].about if taken >= 0 else ""
        room = width - cell_len(about) - 3
        names = [f" {printable(offer.text)} " for offer in offers]
        first = 0
        while first < taken and sum(map(cell_len, names[first : taken + 1])) > room:
            first += 1
        row: Row = []
        for index, name in enumerate(names[first:], first):
            room -= cell_len(name)
            if room < 0 and row:
                break
            row.append((name, "hint--taken" if index == taken else ""))
        if about:
            row.append((f"  {printable(about)}", "hint--about"))
        self._show([row])

    def render_line(self, y: int) -> Strip:
        row = self._rows[y] if y < len(self._rows) else []
        strip = Strip(
            Segment(text, self.get_component_rich_style(look) if look else None)
            for text, look in row
        ).apply_style(self.rich_style)
        return strip.adjust_cell_length(self.size.width, self.rich_style)
