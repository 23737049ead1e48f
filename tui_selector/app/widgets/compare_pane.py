"""One of the photos that stand side by side: its picture and two lines about it."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app.graphics.painter import Painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_caption import MARK, PICK, REJECT, STAR, shorten
from tui_selector.app.widgets.zoom_view import ZoomView

#: From this many rows on, a pane has two lines of words.
TALL = 9


class PaneWords(msgspec.Struct, frozen=True):
    """What stands under a photo.

    Attributes:
        number: Its place, from 1.
        active: Whether decisions are about it.
        tile: Its name and what was decided.
        sharpness: Share of the sharpest, e.g. "78 %"; "" while it is not known.
        sharpest: Whether it is the sharpest.
        facts: Exposure and the like.
    """

    number: int
    active: bool
    tile: Tile
    sharpness: str = ""
    sharpest: bool = False
    facts: str = ""


class PaneCaption(Widget):
    """The lines under the photo; the active one's stand on the cursor's colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pane-caption--active",
        "pane-caption--quiet",
        "pane-caption--good",
        "pane-caption--bad",
        "pane-caption--stars",
    }
    DEFAULT_CSS = """
    PaneCaption {
        height: 1; background: $surface; color: $foreground;
        & > .pane-caption--active {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
        & > .pane-caption--quiet { color: $text-muted; }
        & > .pane-caption--good { color: $text-success; text-style: bold; }
        & > .pane-caption--bad { color: $text-error; }
        & > .pane-caption--stars { color: $text-warning; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._words: PaneWords | None = None

    @property
    def words(self) -> PaneWords | None:
        """What is said."""
        return self._words

    def show(self, words: PaneWords) -> None:
        """Say this."""
        if words != self._words:
            self._words = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        words, width = self._words, self.size.width
        if words is None or y > 1:
            return Strip.blank(width, self.rich_style)
        if y == 1:
            quiet = self._style("quiet", words, plain=False)
            text = Text(" " + shorten(words.facts, max(0, width - 2)), quiet)
        else:
            text = self._first_line(words, width)
        ground = self._style("", words, plain=words.active and y == 0)
        text.truncate(width)
        segments = list(text.render(self.app.console))
        return Strip(segments).adjust_cell_length(width, ground).apply_style(ground)

    def _first_line(self, words: PaneWords, width: int) -> Text:
        """Number, what was decided, name; at the right how sharp it is."""
        tile, plain = words.tile, words.active
        text = Text(f" {words.number} ", "bold")
        if tile.marked:
            text.append(f"{MARK} ", self._style("stars", words, plain))
        if tile.flag:
            glyph, kind = (PICK, "good") if tile.flag > 0 else (REJECT, "bad")
            text.append(f"{glyph} ", self._style(kind, words, plain))
        if tile.rating:
            stars = STAR * tile.rating if width >= 36 else f"{tile.rating}{STAR}"
            text.append(f"{stars} ", self._style("stars", words, plain))
        if tile.label:
            text.append(f"● {tile.label if width >= 44 else tile.label[0].upper()} ", tile.label)
        sharp = Text()
        if words.sharpness:
            words_for_it = "sharpness " if width >= 44 else ""
            kind = "good" if words.sharpest else "quiet"
            best = "◆ " if words.sharpest else ""
            sharp.append(f"{best}{words_for_it}{words.sharpness} ", self._style(kind, words, plain))
        badge = f" {tile.badge}" if tile.badge else ""
        room = width - text.cell_len - sharp.cell_len - cell_len(badge)
        if room < cell_len(tile.caption) and badge:
            room, badge = room + cell_len(badge), ""
        name = shorten(tile.caption, max(1, room - 1))
        text.append(name)
        text.append(badge, self._style("quiet", words, plain))
        text.append(" " * max(1, width - text.cell_len - sharp.cell_len))
        return text + sharp

    def _style(self, kind: str, words: PaneWords, plain: bool) -> Style:
        """The style of a part; on the cursor's colour every part has the cursor's colours."""
        if plain:
            return self.get_component_rich_style("pane-caption--active")
        return self.get_component_rich_style(f"pane-caption--{kind}") if kind else self.rich_style


class ComparePane(Vertical):
    """A photo that can be zoomed, with its caption below."""

    DEFAULT_CSS = """
    ComparePane {
        width: 1fr; height: 1fr;
        & ZoomView { height: 1fr; }
        &.-tall PaneCaption { height: 2; }
        &.-unused { display: none; }
    }
    """

    class Chosen(Message):
        """The mouse was pressed on a pane."""

        def __init__(self, pane: ComparePane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, source: Pictures, painter: Painter) -> None:
        """
        Args:
            source: Where encoded pictures come from.
            painter: How they are drawn.
        """
        super().__init__()
        self.view = ZoomView(source, painter)
        self.caption = PaneCaption()

    def compose(self) -> ComposeResult:
        yield self.view
        yield self.caption

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= TALL, "-tall")

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.post_message(self.Chosen(self))
