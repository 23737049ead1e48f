"""Every key, made from the action registry, on a screen of its own."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from tui_selector.app.keymap import Keymap, sections

#: Cells of the column of keys.
_KEYS = 22

#: From this many columns on, sections stand side by side.
_WIDE = 110


class HelpScreen(ModalScreen[None]):
    """The keys in use, the owner's own included; any of the keys that open it closes it."""

    DEFAULT_CSS = """
    HelpScreen {
        background: $background;
        & VerticalScroll { padding: 1 3; scrollbar-size-vertical: 1; }
        & #title { padding: 0 3; width: 1fr; background: $surface; text-style: bold; }
        & #hint { dock: bottom; padding: 0 3; width: 1fr; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", "close", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        yield Label("Keys", id="title")
        with VerticalScroll():
            yield Static(id="keys")
        yield Label(
            "esc closes · the mouse works wherever a key does · keys are changed in the settings",
            id="hint",
        )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        self.query_one("#keys", Static).update(self._keys(self.size.width >= _WIDE))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _keys(self, wide: bool) -> RenderableType:
        blocks: list[tuple[int, RenderableType]] = []
        for heading, rows in sections(self._keymap):
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(style="bold", no_wrap=True, min_width=_KEYS)
            table.add_column()
            for shown, description in rows:
                table.add_row(Text(shown), Text(description))
            title = Text(heading, style="bold underline")
            blocks.append((len(rows) + 2, Group(title, table, Text())))
        if not wide:
            return Group(*(block for _, block in blocks))
        half = sum(height for height, _ in blocks) / 2
        left: list[RenderableType] = []
        right: list[RenderableType] = []
        used = 0
        for height, block in blocks:
            (left if used + height / 2 <= half else right).append(block)
            used += height
        both = Table.grid(expand=True, padding=(0, 4, 0, 0))
        both.add_column(ratio=1)
        both.add_column(ratio=1)
        both.add_row(Group(*left), Group(*right))
        return both
